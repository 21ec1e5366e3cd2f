/* SPDX-License-Identifier: MIT */
/* What the parts of TLS share: the front, and its connections. */
#ifndef HTTP_TLS_INTERNAL_H
#define HTTP_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tls.h"

/* Bytes that could not be passed on yet. */
typedef struct tls_rest {
    char *bytes;
    size_t len, sent;
} tls_rest;

/* A connection: TLS on one side, plain on the other. */
typedef struct tls_conn {
    tls_front *front;
    SSL *ssl;
    int net, plain;                    /* plain -1: the handshake is not over */
    uint32_t net_events, plain_events; /* that are waited for; 0: it is not watched */
    uint32_t read_wants, write_wants;  /* of the net, that reading and writing wait for */
    tls_rest in, out;                  /* from the net, to it */
    int net_ended, plain_ended, deaf;  /* nothing more comes from there; deaf: nobody wants what comes from the net */
    int dead;                          /* freed after this round of events */
    int64_t since_ms;                  /* the last time something moved */
    char peer[48];
    struct tls_conn *next, **prev;
} tls_conn;

enum { TLS_ROOM = 16384 };

struct tls_front {
    tls_options o;
    SSL_CTX *context;
    int listener, epoll, wake;
    int accepting; /* the listener is watched */
    pthread_t thread;
    int started;
    atomic_int reload, close, closed, stop;
    atomic_int shaking; /* connections whose handshake is not over */
    int64_t now_ms, swept_ms, stop_ms;
    int64_t stop_most_ms;
    tls_conn *all, *dead;
    size_t n;
    char scratch[TLS_ROOM];
};

/* tls_context.c. SF_OK, SF_EINVAL, SF_ENOMEM. */
int tls_context_new(SSL_CTX **out, const char *cert, const char *key, sf_error *err);

/* tls_conn.c */
void tls_conn_add(tls_front *t, int net, const char *peer); /* the descriptor is closed if it cannot be had */
void tls_conn_move(tls_conn *c);                            /* as far as it goes */
void tls_conn_time(tls_conn *c);
void tls_conn_kill(tls_conn *c);

#endif
