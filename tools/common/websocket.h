/* SPDX-License-Identifier: MIT */
/* A client for streams of messages over WebSocket: wss: and ws: by libcurl, frames by wslay. Nothing here waits.
 *
 *     sf_websocket_open(&w, url, &options, &err);
 *     while ((r = sf_websocket_next(w, &message, &err)) > 0) ...      r == 0: wait for sf_websocket_fd(), and again
 *     sf_websocket_close(w);
 *
 * Pings are answered. Certificates are checked, redirects are not followed. One thread at a time. */
#ifndef SF_WEBSOCKET_H
#define SF_WEBSOCKET_H

#include "signalflow/signalflow.h"

typedef struct sf_websocket sf_websocket;

/* Start from {0}: what is 0 has a sensible default. */
typedef struct sf_websocket_options {
    const char *name;   /* the source's, for messages; must outlive it */
    int64_t timeout_ms; /* until it is open; 0: 16 s */
    size_t most_bytes;  /* of a message; a longer one ends the stream; 0: 1 MiB */
} sf_websocket_options;

/* Starts to connect. SF_OK; SF_EINVAL: the URL is none; SF_ENOMEM. */
int sf_websocket_open(sf_websocket **out, const char *url, const sf_websocket_options *o, sf_error *err);
void sf_websocket_close(sf_websocket *w); /* NULL is fine */

/* The next message, valid until the next call. 1; 0: there is none yet; SF_EIO: the stream has ended, or never was; SF_ENOMEM. */
int sf_websocket_next(sf_websocket *w, sf_str *message, sf_error *err);

/* Is it still to be opened? Then this waits for up to so long until that can go on. Returns 1; 0: it is open, or has ended. */
int sf_websocket_wait_open(sf_websocket *w, int64_t ms);

/* What can be read once there is more; -1: not yet. */
int sf_websocket_fd(const sf_websocket *w);

/* When anything came last, pings too: steady clock. */
int64_t sf_websocket_heard_ms(const sf_websocket *w);

/* ---- the handshake, for tests ---- */

/* What a server has to answer to a key: 28 characters and a NUL. */
void sf_websocket_accept(const char *key, char accept[29]);

/* Reads a server's answer to the handshake. The length of it; 0: there is more to come; SF_EIO: it is a refusal, and err says why. */
int64_t sf_websocket_read_handshake(sf_str bytes, const char *accept, sf_error *err);

#endif
