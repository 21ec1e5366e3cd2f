/* SPDX-License-Identifier: MIT */
/* A server for HTTP/1.1: one thread, one epoll loop. Whole requests go to a handler, which answers at once or later; what takes time is
 * done by workers. One request of a connection is on its way at a time, and while it is nothing more is read from there: a client that
 * sends much is held up by TCP, not by memory.
 *
 * All functions belong to the loop's thread but http_server_stop(), which may be called from a signal handler. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "body.h"
#include "head.h"
#include "workers.h"

typedef struct http_server http_server;
typedef struct http_exchange http_exchange;

/* A request, and what came of it. */
struct http_exchange {
    http_head head;
    sf_str body;
    char peer[48]; /* the connection's other end: an address without port */
    http_server *server;
    int gone; /* nobody waits for the answer any more; it must be given all the same */
    /* For the handler. */
    void *state;
    char remote[48]; /* who asks, as far as proxies that are trusted say */
    int secure;      /* https: so it came, or likewise */
    /* The server's own. */
    struct http_conn *conn;
    char *kept; /* what the texts point into, once the connection is gone */
};

/* An answer. */
typedef struct http_answer {
    int status;
    const char *type; /* of the body; NULL: it has none, and no length is said */
    sf_str fields;    /* more header lines, each with its CRLF */
    sf_str text;      /* the body; or */
    http_body *body;  /* held by the answer: the server releases it */
    int close;        /* end the connection */
} http_answer;

typedef struct http_options {
    void (*request)(void *payload, http_exchange *x); /* answers, now or later */
    void (*tick)(void *payload);                      /* once a second */
    /* A status that the server itself answers (400, 408, 413, ...): writes fields and body, and says the type. */
    const char *(*refusal)(void *payload, int status, sf_buffer *fields, sf_buffer *body);
    void *payload;
    size_t most_connections, most_of_peer; /* 0: any */
    int64_t head_ms, body_ms, idle_ms, write_ms;
    const char *tls_cert, *tls_key; /* files in PEM; NULL: plain HTTP */
    int64_t drain_ms;               /* how long answers may take once it is to stop */
} http_options;

/* "HOST:PORT", ":PORT" (loopback), "[::1]:PORT". SF_OK, SF_EINVAL (the address, the certificate), SF_EIO, SF_ENOMEM. */
int http_server_new(http_server **out, const char *address, const http_options *o, sf_error *err);
void http_server_free(http_server *s); /* NULL is fine */
int http_server_port(const http_server *s);

/* Makes workers whose jobs come back to this loop; they end with the server. NULL: no memory. */
workers *http_server_workers(http_server *s, workers_options o);

/* Runs until http_server_stop(): then it accepts no more, answers what has been asked, and returns. SF_OK, SF_EIO. */
int http_server_run(http_server *s, sf_error *err);
void http_server_stop(http_server *s);
void http_server_reload(http_server *s); /* reads the certificate again; for signal handlers too */
int http_server_stopping(const http_server *s);

/* How many connections there are. */
size_t http_server_connections(const http_server *s);

/* Answers; the exchange is gone afterwards. */
void http_reply(http_exchange *x, const http_answer *a);

/* An answer of unknown length: http_reply_start(), then pieces (each when the one before has gone out: ready() says so), then the end. A
 * client of HTTP/1.0 gets it without chunks. ready() is also called, with x->gone, once the client has left; then end it. */
void http_reply_start(http_exchange *x, const http_answer *a, void (*ready)(http_exchange *x));
void http_reply_piece(http_exchange *x, http_body *piece);
void http_reply_end(http_exchange *x,
                    int whole); /* whole 0: cut it off, so that the client sees that something is missing */

/* Gives the connection away: sends `head`, and returns the descriptor, in non-blocking mode, which the caller then owns; what the client
 * sent behind its request is appended to rest. -1: it could not be done. The exchange is gone afterwards. */
int http_take_over(http_exchange *x, sf_str head, sf_buffer *rest);

#endif
