/* SPDX-License-Identifier: MIT */
/* Signals to a channel of Redis, for sf-serve and whoever else listens: each as {"type":"signal", and the members of its JSON. Best effort: who is
 * not there when it is published does not get it, and Redis being away holds nothing up. */
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/plug.h"
#include "common/redis.h"
#include "msgpack.h"

enum { TIMEOUT_MS = 2000, PIPELINE = 128 };

static const char start[] = "{\"type\":\"signal\",";

typedef struct redis_sink {
    sf_sink base;
    sf_redis_place place;
    redisContext *c; /* NULL: to be connected */
    uint64_t number; /* the batch that is being published ... */
    size_t at;       /* ... from this record on: what Redis has answered to is not published again */
    char *message;
    size_t cap;
    sf_buffer event; /* where channels_redis hears it */
} redis_sink;

static void disconnect(redis_sink *s)
{
    if (s->c != NULL) {
        redisFree(s->c);
        s->c = NULL;
    }
}

static void sink_close(sf_sink *base)
{
    redis_sink *s = (redis_sink *)base;
    disconnect(s);
    free(s->message);
    sf_buffer_free(&s->event);
    free(s);
}

static int sink_open(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    (void)settings;
    redis_sink *s = calloc(1, sizeof *s);
    int r = s != NULL ? sf_redis_place_read(&s->place, url, err)
                      : sf_fail(err, SF_ENOMEM, "%.80s: %s", url->text, sf_strerror(SF_ENOMEM));
    if (r != SF_OK) {
        free(s);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* The message as consumers of Django's Channels get it: an event of which signal_update() is told the payload. */
static int wrap(redis_sink *s, sf_str message, sf_str *out)
{
    sf_buffer_cut(&s->event, 0);
    sf_msgpack_map(&s->event, 2);
    sf_msgpack_text(&s->event, sf_cstr("type"));
    sf_msgpack_text(&s->event, sf_cstr("signal.update"));
    sf_msgpack_text(&s->event, sf_cstr("payload"));
    int r = sf_msgpack_put(message, &s->event);
    *out = (sf_str){s->event.bytes, s->event.len};
    return r;
}

/* Queues one record. */
static int append(redis_sink *s, sf_record *r, sf_batch *memory, sf_error *err)
{
    sf_str json;
    int status = sf_record_json(r, memory, &json);
    size_t len = sizeof start - 1 + json.len - 1;
    if (status == SF_OK && len > s->cap) {
        char *message = realloc(s->message, len * 2);
        status = message != NULL ? SF_OK : SF_ENOMEM;
        s->message = message != NULL ? message : s->message;
        s->cap = message != NULL ? len * 2 : s->cap;
    }
    if (status != SF_OK) {
        return sf_fail(err, status, "%.80s: %s", s->base.name, sf_strerror(status));
    }
    memcpy(s->message, start, sizeof start - 1);
    memcpy(s->message + sizeof start - 1, json.ptr + 1, json.len - 1);
    sf_str message = {s->message, len};
    if (s->place.for_channels && (status = wrap(s, message, &message)) != SF_OK) {
        return sf_fail(err, status, "%.80s: %s", s->base.name, sf_strerror(status));
    }
    return redisAppendCommand(s->c, "PUBLISH %s %b", s->place.channel, message.ptr, message.len) == REDIS_OK
               ? SF_OK
               : sf_fail(err, SF_EAGAIN, "%.80s: %s", s->base.name, s->c->errstr);
}

/* Waits for n answers. */
static int take_answers(redis_sink *s, size_t n, sf_error *err)
{
    for (size_t i = 0; i < n; i++) {
        void *reply = NULL;
        if (redisGetReply(s->c, &reply) != REDIS_OK) {
            return sf_fail(err, SF_EAGAIN, "%.80s: %s", s->base.name, s->c->errstr);
        }
        const redisReply *r = reply;
        int refused = r->type == REDIS_REPLY_ERROR;
        int status = refused ? sf_fail(err, SF_EAGAIN, "%.80s: %s", s->base.name, r->str) : SF_OK;
        freeReplyObject(reply);
        if (refused) {
            return status;
        }
        s->at++;
    }
    return SF_OK;
}

static int publish(redis_sink *s, sf_records *b, sf_error *err)
{
    int r = s->c != NULL ? SF_OK : sf_redis_connect(&s->c, &s->place, TIMEOUT_MS, err);
    while (r == SF_OK && s->at < b->n) {
        size_t n = b->n - s->at < PIPELINE ? b->n - s->at : PIPELINE;
        for (size_t i = 0; i < n && r == SF_OK; i++) {
            r = append(s, &b->v[s->at + i], b->memory, err);
        }
        r = r == SF_OK ? take_answers(s, n, err) : r;
    }
    return r;
}

static int sink_write(sf_sink *base, sf_records *b, sf_error *err)
{
    redis_sink *s = (redis_sink *)base;
    if (s->number != b->number) {
        s->number = b->number;
        s->at = 0;
    }
    int r = publish(s, b, err);
    if (r != SF_OK) {
        disconnect(s);
    }
    return r == SF_EIO ? SF_EAGAIN : r; /* refused for now: a password can be changed */
}

/* Redis has answered to all of it. */
static int sink_flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    (void)base;
    (void)timeout_ms;
    (void)err;
    return SF_OK;
}

const sf_sink_ops sf_redis_sink = {
    .scheme = "redis",
    .summary = "//HOST:PORT/DB: each signal is published to a channel, for sf-serve",
    .best_effort = 1,
    .open = sink_open,
    .write = sink_write,
    .flush = sink_flush,
    .close = sink_close,
};
