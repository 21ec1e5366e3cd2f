/* SPDX-License-Identifier: MIT */
/* A small HTTP server on the loopback interface that answers as a test says. */
#ifndef SF_HTTP_SERVER_H
#define SF_HTTP_SERVER_H

#include <stddef.h>

typedef struct http_reply {
    const char *status;  /* "200", with a reason or without */
    const char *headers; /* more of them, each with its line end; NULL: none */
    const char *body;    /* NULL: "{}" */
    long length;         /* what Content-Length says; 0: the truth */
    int reset;           /* 1: the connection is reset instead */
    int hang;            /* 1: nothing is sent */
    int delay_ms;
} http_reply;

/* Tells what to answer to a request, whose text (headers and body) it may look at. Called by several threads at once, one a
 * connection, never two of them at the same time. */
typedef http_reply (*http_handler)(void *payload, const char *request);

typedef struct http_counts {
    int connections, requests, most_at_once;
} http_counts;

/* Starts it. Returns its port. It serves until the process ends. */
int http_server_start(http_handler handler, void *payload);
http_counts http_server_counts(void);

#endif
