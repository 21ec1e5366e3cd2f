/* SPDX-License-Identifier: MIT */
/* What clients may ask, and who they must be: the paths of the server and what lies behind each. */
#ifndef API_H
#define API_H

#include "../auth/jwt.h"
#include "../http/server.h"

typedef struct api api;

typedef struct api_options {
    const char *store;        /* users live there, and what is written; what is read too, unless: */
    const char *read_store;   /* NULL: as store */
    const char *read_users;   /* where users' rows are read; NULL: as they are written */
    const char *const *hosts; /* names that requests may call the server by, beside localhost and its addresses */
    size_t n_hosts;
    const char *const *origins; /* of pages that may ask from a browser: scheme, host, port */
    size_t n_origins;
    const char *const *apart; /* platforms that are not put together with others */
    size_t n_apart;
    const char *const *proxies; /* whose X-Forwarded-For and -Proto are believed */
    size_t n_proxies;
    int64_t access_ms, refresh_ms; /* how long tokens last */
    int64_t cache_ms;              /* how long answers are kept; 0: not at all */
    int64_t cache_bytes;
    double logins;     /* tries a minute for a name, twice that for an address; 0: any */
    const char *cache; /* where answers are shared with other instances: redis://...; NULL: not at all */
    const char
        *live; /* where signals are published: redis://...; NULL: the store itself is followed, if it is a file */
    size_t workers;
    size_t sockets_of_user;     /* that are open at once; 0: any */
    const char *const *watched; /* HOST:PORT of the figures of sf-process */
    size_t n_watched;
    int demo;       /* who brings no token may read */
    uint32_t reach; /* posts that an answer may look at one by one; 0: any number */
    jwt_keys *keys; /* the api's from now on */
} api_options;

/* SF_OK, SF_ENOMEM. */
int api_new(api **out, const api_options *o, sf_error *err);
void api_free(api *a); /* NULL is fine; after the server */

/* Ends what stays open, once the server has stopped; waits for at most so long. */
void api_stop(api *a, int64_t ms);

/* Ties it to its server, which must have been made with the three below and the api as payload. SF_OK, SF_ENOMEM. */
int api_start(api *a, http_server *server, sf_error *err);

void api_request(void *payload, http_exchange *x);
void api_tick(void *payload);
const char *api_refusal(void *payload, int status, sf_buffer *fields, sf_buffer *body);

#endif
