/* SPDX-License-Identifier: MIT */
/* The feed: where the hub's messages come from. Each kind has a thread of its own that reads, publishes to the hub, and tells the hub of gaps.
 *
 * Without Redis, the SQLite store itself is followed: what has been written to it since the last look goes out. */
#ifndef SERVE_FEED_H
#define SERVE_FEED_H

#include "hub.h"

typedef struct feed feed;

/* Follows redis://HOST:PORT/DB?channel=NAME (default: asgi:group:posts_feed). A server that is away is tried again, with backoff; once it is back,
 * the hub is told of a gap. SF_OK; SF_EINVAL: the URL; SF_ENOMEM. The hub must outlive it. */
int feed_redis(feed **out, hub *h, const char *url, sf_error *err);

/* Follows the file of sqlite:FILE. SF_OK, SF_EINVAL, SF_ENOMEM. */
int feed_sqlite(feed **out, hub *h, const char *url, sf_error *err);

/* For /ready/: 1 while it is connected; else 0, and why. */
int feed_ready(feed *f, char *why, size_t cap);

void feed_close(feed *f); /* NULL is fine */

#endif
