/* SPDX-License-Identifier: MIT */
/* Feeds: start and end, see feed.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "feed_internal.h"

int feed_new(feed **out, hub *h, const char *url, sf_error *err)
{
    feed *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return sf_fail(err, SF_ENOMEM, "%.80s: %s", url, sf_strerror(SF_ENOMEM));
    }
    int r = sf_url_parse(url, &f->url, err);
    if (r != SF_OK) {
        free(f);
        return r;
    }
    f->hub = h;
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)snprintf(f->why, sizeof f->why, "not connected yet");
    *out = f;
    return SF_OK;
}

static void *run(void *payload)
{
    feed *f = payload;
    f->run(f);
    return NULL;
}

int feed_start(feed *f)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    f->started = pthread_create(&f->thread, NULL, run, f) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return f->started ? SF_OK : SF_ENOMEM;
}

int feed_stopping(feed *f)
{
    pthread_mutex_lock(&f->lock);
    int yes = f->stopping;
    pthread_mutex_unlock(&f->lock);
    return yes;
}

void feed_say(feed *f, const char *why)
{
    pthread_mutex_lock(&f->lock);
    int changed = f->ready != (why == NULL) || (why != NULL && strncmp(f->why, why, sizeof f->why - 1) != 0);
    f->ready = why == NULL;
    (void)snprintf(f->why, sizeof f->why, "%s", why != NULL ? why : "");
    pthread_mutex_unlock(&f->lock);
    if (changed) {
        sf_log(why != NULL ? SF_LOG_WARN : SF_LOG_INFO, "live: %s", why != NULL ? why : f->url.text);
    }
}

int feed_ready(feed *f, char *why, size_t cap)
{
    pthread_mutex_lock(&f->lock);
    int ready = f->ready;
    (void)snprintf(why, cap, "%s", f->why);
    pthread_mutex_unlock(&f->lock);
    return ready;
}

void feed_pause(feed *f, int64_t ms)
{
    for (; ms > 0 && !feed_stopping(f); ms -= 50) {
        sf_sleep_ms(ms < 50 ? ms : 50);
    }
}

void feed_close(feed *f)
{
    if (f == NULL) {
        return;
    }
    if (f->started) {
        pthread_mutex_lock(&f->lock);
        f->stopping = 1;
        pthread_mutex_unlock(&f->lock);
        (void)pthread_join(f->thread, NULL);
    }
    free(f->own);
    sf_url_free(&f->url);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}
