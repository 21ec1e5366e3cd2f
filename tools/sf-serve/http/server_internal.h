/* SPDX-License-Identifier: MIT */
/* What the parts of the server share: connections, and what is done with them. */
#ifndef HTTP_SERVER_INTERNAL_H
#define HTTP_SERVER_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "server.h"
#include "tls.h"

typedef enum conn_state {
    CONN_HEAD,     /* a request is awaited, or has begun to come */
    CONN_BODY,     /* its body is coming */
    CONN_HANDLING, /* it is being answered */
    CONN_SENDING,  /* the answer goes out */
    CONN_STREAM,   /* likewise, piece by piece */
    CONN_LINGER    /* all is said; what still comes is thrown away, so that no reset eats the answer */
} conn_state;

/* What is still to go out. */
typedef struct conn_out {
    sf_buffer head;
    size_t head_sent;
    http_body *body;
    size_t body_sent;
    size_t tail_left; /* of "\r\n", behind a piece */
} conn_out;

typedef struct http_conn {
    http_server *s;
    int fd; /* -1: it is dead, and will be freed after this round of events */
    uint32_t events;
    conn_state state;
    int keep;   /* the connection goes on after this answer */
    int chunks; /* a stream is sent in chunks */
    int busy;   /* process() is at work on it further up */
    int fresh;  /* no request has come yet */
    int secure; /* there is TLS before it */
    char peer[48];
    char *in;
    size_t len, cap;
    size_t head_len; /* of the request whose body is coming */
    size_t taken;    /* bytes of the request that is being answered */
    http_chunks decoded;
    int64_t since_ms; /* begin of what is timed */
    http_exchange *x;
    void (*ready)(http_exchange *x);
    conn_out out;
    struct http_conn *next, **prev; /* of all; of the dead */
} http_conn;

enum { PEER_BUCKETS = 1024, MOST_POOLS = 4 };

/* TLS, and the connections that it hands over. */
typedef struct http_tls {
    tls_front *front; /* NULL: none */
    pthread_mutex_t lock;
    struct http_handed *first; /* under the lock */
} http_tls;

struct http_server {
    http_options o;
    int listener, epoll, wake, reserve;
    atomic_int stop;
    int stopping;
    int64_t stop_ms, tick_ms, now_ms;
    http_conn *all, *dead;
    size_t n;
    struct peer *peers[PEER_BUCKETS];
    workers *pools[MOST_POOLS];
    size_t n_pools;
    sf_buffer scratch; /* where heads are put together */
    char date[40];
    int64_t date_s;
    http_tls tls;
};

/* server.c: closes the descriptor if there are too many already. */
void http_conn_add(http_server *s, int fd, const char *peer, int secure);

/* server_tls.c */
int http_tls_start(http_server *s, sf_error *err); /* on the server's listener */
void http_tls_adopt(http_server *s);
int http_tls_pending(http_server *s); /* will some be handed over yet? */
void http_tls_end(http_server *s);

/* server_conn.c */
void http_conn_readable(http_conn *c);
void http_conn_writable(http_conn *c);
void http_conn_process(http_conn *c); /* goes on with what has come */
void http_conn_kill(http_conn *c);
void http_conn_refuse(http_conn *c, int status);
void http_conn_watch(http_conn *c, uint32_t events);
void http_conn_time(http_conn *c); /* is it too late for what it does? */

/* server_send.c */
/* Sends, or keeps what could not be sent. 1: all has gone; 0: the rest waits; -1: the connection is dead. */
int http_conn_send(http_conn *c, sf_str head, http_body *body, size_t tail);
int http_conn_flush(http_conn *c);
/* The head of an answer, in the server's scratch. */
typedef enum http_framing { HTTP_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE } http_framing;
sf_str http_compose(http_conn *c, const http_head *h, const http_answer *a, http_framing framing);

/* server_peers.c: connections of each peer. 0: too many already. */
void http_name_peer(const struct sockaddr_storage *a, char peer[48]);
int http_peer_add(http_server *s, const char *peer);
void http_peer_remove(http_server *s, const char *peer);

#endif
