/* SPDX-License-Identifier: MIT */
/* TLS in front of the server: a thread of its own speaks it to clients, and hands the server the plain end of each connection, once that is agreed upon.
 * So nothing behind it knows of TLS: not requests, not answers, not sockets that stay open. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "signalflow/signalflow.h"

typedef struct tls_front tls_front;

typedef struct tls_options {
    const char *cert, *key; /* files in PEM: the certificate with those that vouch for it, its key */
    size_t most;            /* connections at once; 0: any */
    /* Called in the front's thread: the plain end of a connection is the caller's from now on. */
    void (*take)(void *payload, int fd, const char *peer);
    void *payload;
} tls_options;

/* Listens on a descriptor, which is the front's from now on, also if it fails. SF_OK; SF_EINVAL: the files; SF_EIO, SF_ENOMEM. */
int tls_front_new(tls_front **out, int listener, const tls_options *o, sf_error *err);

/* Reads the files again, for connections to come; if they are no good, the old ones stay, and the log says why. For signal handlers. */
void tls_front_reload(tls_front *t);

/* Are there connections that will be handed over yet, once no more are taken? */
int tls_front_pending(tls_front *t);

/* Takes no more connections; those that are there go on. */
void tls_front_close(tls_front *t);

/* Sends what is on its way, for so long at most, and ends. NULL is fine. */
void tls_front_free(tls_front *t, int64_t ms);

#endif
