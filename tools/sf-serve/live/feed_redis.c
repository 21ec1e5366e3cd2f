/* SPDX-License-Identifier: MIT */
/* The feed from Redis: SUBSCRIBE, and each message as it comes. What is published while the connection is gone is lost to us, so that the hub is told of a
 * gap each time it is back. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/redis.h"
#include "feed_internal.h"

enum { TIMEOUT_MS = 5000, WAIT_MS = 100, PING_MS = 10000, SILENT_MS = 25000 };

static int is_message(const redisReply *r)
{
    return r->type == REDIS_REPLY_ARRAY && r->elements == 3 && r->element[0]->type == REDIS_REPLY_STRING &&
           strcmp(r->element[0]->str, "message") == 0 && r->element[2]->type == REDIS_REPLY_STRING;
}

/* Publishes all replies that are there. 0: the connection is broken. */
static int take_replies(feed *f, redisContext *c)
{
    void *reply = NULL;
    while (redisGetReplyFromReader(c, &reply) == REDIS_OK) {
        if (reply == NULL) {
            return 1;
        }
        const redisReply *r = reply;
        if (is_message(r)) {
            (void)hub_publish(f->hub, (sf_str){r->element[2]->str, r->element[2]->len}); /* counts what it refuses */
        }
        freeReplyObject(reply);
    }
    return 0;
}

static int send_all(redisContext *c)
{
    int done = 0;
    while (!done) {
        if (redisBufferWrite(c, &done) != REDIS_OK) {
            return 0;
        }
    }
    return 1;
}

/* Until the connection breaks, or the feed is to stop. */
static void listen_on(feed *f, redisContext *c, const sf_redis_place *p)
{
    int64_t heard = sf_clock_steady_ms(), pinged = heard;
    int good = redisAppendCommand(c, "SUBSCRIBE %s", p->channel) == REDIS_OK && send_all(c);
    while (good && !feed_stopping(f)) {
        struct pollfd fd = {.fd = c->fd, .events = POLLIN};
        int n = poll(&fd, 1, WAIT_MS);
        int64_t now = sf_clock_steady_ms();
        if (n > 0) {
            heard = now;
            good = redisBufferRead(c) == REDIS_OK && take_replies(f, c);
        } else if (now - heard > SILENT_MS) {
            good = 0;
        }
        if (good && now - heard > PING_MS && now - pinged > PING_MS) {
            pinged = now;
            good = redisAppendCommand(c, "PING") == REDIS_OK && send_all(c);
        }
    }
}

static void run(feed *f)
{
    const sf_redis_place *p = f->own;
    sf_backoff backoff = {.first_ms = 200, .most_ms = 5000};
    int before = 0;
    while (!feed_stopping(f)) {
        redisContext *c = NULL;
        sf_error err = {.message = ""};
        if (sf_redis_connect(&c, p, TIMEOUT_MS, &err) == SF_OK) {
            backoff.tries = 0;
            if (before) {
                hub_reset(f->hub); /* something may have been published in between */
            }
            before = 1;
            feed_say(f, NULL);
            listen_on(f, c, p);
            (void)sf_fail(&err, SF_EAGAIN, "redis://%s:%d: the connection is lost", p->host, p->port);
            redisFree(c);
            if (!feed_stopping(f)) {
                hub_reset(f->hub);
            }
        }
        if (!feed_stopping(f)) {
            feed_say(f, err.message);
            feed_pause(f, sf_backoff_next(&backoff));
        }
    }
}

int feed_redis(feed **out, hub *h, const char *url, sf_error *err)
{
    feed *f = NULL;
    int r = feed_new(&f, h, url, err);
    if (r != SF_OK) {
        return r;
    }
    sf_redis_place *place = malloc(sizeof *place);
    f->own = place;
    f->run = run;
    r = place != NULL ? sf_redis_place_read(place, &f->url, err) : SF_ENOMEM;
    r = r == SF_OK && place->for_channels ? sf_fail(err, SF_EINVAL, "--live %.80s: JSON is what is heard here", url)
                                          : r;
    r = r == SF_OK ? feed_start(f) : r;
    if (r != SF_OK) {
        feed_close(f);
        return r == SF_ENOMEM ? sf_fail(err, r, "%.80s: %s", url, sf_strerror(r)) : r;
    }
    *out = f;
    return SF_OK;
}
