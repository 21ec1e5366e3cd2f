/* SPDX-License-Identifier: MIT */
/* What the kinds of feed share: a thread that is told to stop, and what /ready/ says. */
#ifndef SERVE_FEED_INTERNAL_H
#define SERVE_FEED_INTERNAL_H

#include <pthread.h>

#include "common/url.h"
#include "feed.h"

struct feed {
    hub *hub;
    sf_url url;
    void (*run)(feed *f); /* the thread; until feed_stopping() */
    void *own;            /* what the kind has of its own; freed with the feed */
    pthread_t thread;
    int started;
    pthread_mutex_t lock;
    int stopping, ready; /* under the lock, as is: */
    char why[160];
};

/* Starts the thread of a feed whose kind has filled in run and own. Whatever comes of it, feed_close() ends it. */
int feed_start(feed *f);
int feed_new(feed **out, hub *h, const char *url, sf_error *err);

int feed_stopping(feed *f);
void feed_say(feed *f, const char *why); /* NULL: ready */

/* Sleeps, but no longer than until it is to stop. */
void feed_pause(feed *f, int64_t ms);

#endif
