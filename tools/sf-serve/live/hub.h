/* SPDX-License-Identifier: MIT */
/* The hub: sends each message of the feed to everyone who listens, over sockets that the HTTP side has upgraded (WebSocket) or given away
 * (server-sent events).
 *
 * It has a thread and an epoll loop of its own. A message is encoded once, into a ring that all sockets are served from: a client is a place
 * in the ring, not a queue. What has gathered since the last tick goes out in one send a socket. Who reads too slowly gets of each signal the
 * newest message only, and, should that not help, close 1013. The ring is also what clients resume from: each message carries
 * `"cursor":"EPOCH-N",`, and who comes back with it gets what it has missed, or {"type":"reset"}: fetch anew.
 *
 * Close codes: 1001 the server stops, 1008 the user was kicked, 1013 too slow, 4401 the token has expired; 1002, 1007, 1009 by RFC 6455.
 * Threads: any, unless said otherwise. Nothing here waits but hub_stop(). docs/live.md says what clients see. */
#ifndef SERVE_HUB_H
#define SERVE_HUB_H

#include "signalflow/signalflow.h"

typedef struct hub hub;

/* Start from {0}: what is 0 has a sensible default. */
typedef struct hub_options {
    size_t most_clients;  /* 0: 20,000 */
    size_t most_of_user;  /* of one user; 0: as many as there may be */
    size_t ring_bytes;    /* of encoded messages; 0: 6 MiB */
    size_t ring_messages; /* 0: 16,384 */
    size_t backlog_bytes; /* a client further behind gets conflated messages; 0: 256 KiB */
    int64_t backlog_ms;   /* one that has been so for so long is closed with 1013; 0: 10 s */
    int64_t tick_ms;      /* the longest wait for more to send; 0: 50. While there is little to do, nothing waits. */
    int64_t ping_ms;      /* 0: 20 s; closed after two that were not answered */
} hub_options;

/* Who comes. The texts are copied. */
typedef struct hub_client {
    sf_str user;        /* the user's id, for hub_kick_user() */
    int64_t expires_ms; /* of the token, ms since 1970; SF_NO_TIME: never */
    sf_str query;  /* the request's query string as it came: filters, cursor; other names (token) are passed over */
    sf_str cursor; /* of Last-Event-ID: goes before the one in the query; empty: none */
    sf_str rest;   /* bytes that the client sent behind its handshake */
} hub_client;

/* Starts the thread. SF_OK, SF_ENOMEM, SF_EIO. */
int hub_new(hub **out, const hub_options *o, sf_error *err);

/* Could a client with this query be adopted? For the answer 400 before the 101. SF_OK; SF_EINVAL with a message that names the filter. */
int hub_check_query(sf_str query, sf_error *err);

/* Is there room for another one of this user? For the answer 503 before the 101. */
int hub_has_room(hub *h, sf_str user);

/* Takes a socket over on which the 101 has been sent; it is in non-blocking mode. The descriptor is the hub's, also after a failure, and the hub
 * closes it. SF_OK; SF_EINVAL (the query), SF_ENOMEM, SF_EAGAIN (no room). */
int hub_adopt(hub *h, int fd, const hub_client *c);

/* Likewise, on which the head of a text/event-stream without a length has been sent. */
int hub_adopt_sse(hub *h, int fd, const hub_client *c);

/* Closes all sockets of a user, with 1008. */
void hub_kick_user(hub *h, sf_str user);

/* Sends a message, a JSON object, to all whose filters it passes. The bytes are copied. SF_OK; SF_EPARSE: it is none, or no UTF-8; SF_ETOOBIG;
 * SF_ENOMEM; the latter four are counted as dropped, and after SF_ETOOBIG and SF_ENOMEM clients are told to reset. */
int hub_publish(hub *h, sf_str message);

/* Messages may have been lost: clients get {"type":"reset"}. */
void hub_reset(hub *h);

/* Closes all with 1001, waits for at most so long until they are gone, and ends the thread; nothing is adopted any more. Then hub_free(). */
void hub_stop(hub *h, int64_t ms);
void hub_free(hub *h); /* NULL is fine; stops it if need be */

/* How many there are. */
size_t hub_clients(hub *h);

#endif
