/* SPDX-License-Identifier: MIT */
/* The feed from a SQLite store: whoever writes to the file, what has changed goes out within a look's pause. */
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/fail.h"
#include "feed_internal.h"
#include "stores/sqlite_follow.h"

enum { LOOK_MS = 50 };

static void take(void *payload, sf_str message)
{
    const feed *f = payload;
    (void)hub_publish(f->hub, message); /* counts what it refuses */
}

/* Until the file cannot be read any more, or the feed is to stop. */
static void look_on(feed *f, sf_sqlite_follower *follower, sf_error *err)
{
    int64_t n = 0;
    while (!feed_stopping(f) && (n >= 0 || n == SF_EAGAIN)) {
        n = sf_sqlite_follow_next(follower, take, f, err);
        feed_pause(f, LOOK_MS);
    }
}

static void run(feed *f)
{
    sf_backoff backoff = {.first_ms = 200, .most_ms = 5000};
    int before = 0;
    while (!feed_stopping(f)) {
        sf_sqlite_follower *follower = NULL;
        sf_error err = {.message = ""};
        if (sf_sqlite_follow(&follower, f->own, &err) == SF_OK) {
            backoff.tries = 0;
            if (before) {
                hub_reset(f->hub); /* something may have been written in between */
            }
            before = 1;
            feed_say(f, NULL);
            look_on(f, follower, &err);
            sf_sqlite_follow_close(follower);
        }
        if (!feed_stopping(f)) {
            feed_say(f, err.message);
            feed_pause(f, sf_backoff_next(&backoff));
        }
    }
}

int feed_sqlite(feed **out, hub *h, const char *url, sf_error *err)
{
    static const char *const no_keys[] = {NULL};
    const char *path = NULL;
    feed *f = NULL;
    int r = feed_new(&f, h, url, err);
    if (r != SF_OK) {
        return r;
    }
    f->run = run;
    r = sf_url_file(&f->url, no_keys, &path, err);
    f->own = r == SF_OK ? strdup(path) : NULL;
    r = r == SF_OK && f->own == NULL ? SF_ENOMEM : r;
    r = r == SF_OK ? feed_start(f) : r;
    if (r != SF_OK) {
        feed_close(f);
        return r == SF_ENOMEM ? sf_fail(err, r, "%.80s: %s", url, sf_strerror(r)) : r;
    }
    *out = f;
    return SF_OK;
}
