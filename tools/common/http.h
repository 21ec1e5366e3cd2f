/* SPDX-License-Identifier: MIT */
/* A client for the platforms' APIs: requests in, answers out, several at once on connections that are kept alive.
 *
 * A source has one client of its own, so all limits are limits for that source. Requests are asked again as http_retry.h
 * says, and what comes out is final for this request: a source never sees half an answer or an HTML page. If a request has
 * used up its tries and nothing else has worked since its first one, it is the server that is away: then all requests wait, for
 * pauses that grow to ten minutes, one is sent to try, and none of them is lost. The same after a 429.
 *
 *     sf_http_add(h, &request, &err);             while sf_http_room(h) > 0
 *     sf_http_wait(h, 200);
 *     while (sf_http_next(h, &answer)) ...
 *     if (sf_http_away(h, &err)) return SF_EAGAIN;
 *
 * Certificates are checked; redirects are not followed; nothing but http and https is spoken. One thread at a time. */
#ifndef SF_HTTP_H
#define SF_HTTP_H

#include "http_retry.h"

typedef struct sf_http sf_http;

/* Start from {0}: what is 0 has a sensible default. */
typedef struct sf_http_options {
    const char *name;       /* the source's, for messages; must outlive the client */
    const char *user_agent; /* NULL: SignalFlow/VERSION */
    size_t parallel;        /* requests at once; 0: 8 */
    double per_second;      /* requests a second on the average; 0: any number */
    int64_t timeout_ms;     /* of one request, all in all; 0: 16 s */
    size_t most_bytes;      /* of a body, unpacked; a longer one counts as broken; 0: 8 MiB */
    const char *nowhere;    /* a redirect to an address that holds this means: gone. NULL: none does */
    sf_http_limit limit;    /* how this platform tells of its limit: what it says is spread over the time it is for */
    /* Asked before each try: 0, and it is paid for; else for how many ms nothing can be paid. NULL: all is free. */
    int64_t (*pay)(void *payload, uint64_t tag);
    void *payload;
} sf_http_options;

typedef struct sf_http_request {
    const char *url;
    const char *const *headers; /* "name: value", ended by NULL; or NULL */
    const char *login;          /* "user:password" for basic authentication, or NULL */
    sf_str body;                /* with ptr NULL it is a GET, else a POST */
    uint64_t tag;               /* the caller's: what its answer will bear */
} sf_http_request;

typedef struct sf_http_answer {
    uint64_t tag;
    sf_http_verdict
        verdict;         /* never SF_HTTP_SLOW_DOWN; SF_HTTP_AGAIN: three tries were in vain, though others worked */
    long status;         /* 0: no answer */
    sf_str body;         /* valid until the next call */
    int64_t answered_ms; /* wall clock */
    const char *reason;  /* of a verdict that is not good: "503", "Connection refused"; valid as the body */
    void *line;          /* for sf_http_header() */
} sf_http_answer;

typedef struct sf_http_counts {
    uint64_t requests; /* sent, with those sent again */
    uint64_t again;    /* of these, failed and asked again */
    uint64_t slowed;   /* of these, answered by 429 */
    uint64_t failed;   /* answers that were not good, and requests without one */
    uint64_t good;     /* whole answers */
    uint64_t pauses;   /* times the server was taken to be away */
} sf_http_counts;

int sf_http_new(sf_http **out, const sf_http_options *o); /* SF_OK, SF_ENOMEM */
void sf_http_free(sf_http *h);                            /* requests on their way are dropped; NULL is fine */

/* Requests a second that go out at most, as set or as the server says; 0: any number. */
double sf_http_rate(const sf_http *h);

/* How many more requests it takes. */
size_t sf_http_room(const sf_http *h);

/* How many are on their way, or wait for that, or have been answered. */
size_t sf_http_busy(const sf_http *h);

/* Takes a request; all of it is copied. SF_OK; SF_EINVAL: no room, or the URL is none; SF_ENOMEM. */
int sf_http_add(sf_http *h, const sf_http_request *r, sf_error *err);

/* Sends what may be sent, and waits up to timeout_ms until an answer is there. Returns how many are. */
size_t sf_http_wait(sf_http *h, int64_t timeout_ms);

/* A further descriptor that ends waits once it can be read; -1: none. */
void sf_http_watch(sf_http *h, int fd);

/* Takes an answer. 1; 0: there is none. */
int sf_http_next(sf_http *h, sf_http_answer *out);

/* The value of a header of the answer that was taken last; NULL. Any case. */
const char *sf_http_header(const sf_http_answer *a, const char *name);

/* Holds all requests for so long: for sources that see a limit coming. `why` is for messages. */
void sf_http_hold(sf_http *h, int64_t ms, const char *why);

/* Is the server away, or are requests held and none is on its way? Then err says why and for how long. */
int sf_http_away(const sf_http *h, sf_error *err);

sf_http_counts sf_http_count(const sf_http *h);

#endif
