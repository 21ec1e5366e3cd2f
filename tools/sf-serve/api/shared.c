/* SPDX-License-Identifier: MIT */
/* Answers in Redis, see shared.h. Keys carry a prefix, so that they go with others where databases are not numbered. */
#include "shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/redis.h"

enum { PATIENCE_MS = 100, AGAIN_MS = 2000, MOST_BYTES = 16777216 };

static const char magic[] = "SF1 ";
static const char *const types[] = {"application/json", "application/problem+json"};

/* ---- as bytes ------------------------------------------------------------------------------------------------------ */

void shared_write(const shared_answer *a, sf_buffer *b)
{
    sf_buffer_format(b, "%s%d %lld %zu %zu %.*s\n", magic, a->status, (long long)a->made_ms, a->fields.len, a->body.len,
                     (int)a->type.len, a->type.ptr);
    sf_buffer_put(b, a->fields.ptr, a->fields.len);
    sf_buffer_put(b, a->body.ptr, a->body.len);
}

/* The type as this program has it, so that it may be pointed to. */
static const char *known_type(sf_str text)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i]) == text.len && memcmp(types[i], text.ptr, text.len) == 0) {
            return types[i];
        }
    }
    return NULL;
}

/* Header lines as they were written: each of plain characters, with its CRLF. */
static int are_fields(sf_str f)
{
    for (size_t i = 0; i < f.len; i++) {
        unsigned char c = (unsigned char)f.ptr[i];
        int ends = c == '\r' && i + 1 < f.len && f.ptr[i + 1] == '\n' && i > 0 && f.ptr[i - 1] != '\n';
        i += (size_t)ends;
        if (!ends && (c < ' ' || c >= 0x7f)) {
            return 0;
        }
    }
    return f.len == 0 || f.ptr[f.len - 1] == '\n';
}

int shared_read(sf_str value, shared_answer *a)
{
    char line[200];
    int used = 0;
    long long made;
    size_t fields, body, n = sizeof magic - 1;
    const char *end = value.len > n ? memchr(value.ptr, '\n', value.len) : NULL;
    size_t head = end != NULL ? (size_t)(end - value.ptr) : 0;
    if (head <= n || head >= sizeof line || memcmp(value.ptr, magic, n) != 0) {
        return 0;
    }
    memcpy(line, value.ptr, head);
    line[head] = '\0';
    if (sscanf(line + n, "%3d %15lld %8zu %8zu %n", &a->status, &made, &fields, &body, &used) != 4 || used == 0) {
        return 0;
    }
    const char *type = known_type(sf_cstr(line + n + used));
    if (type == NULL || a->status < 200 || a->status > 499 || made < 0 || value.len - head - 1 != fields + body) {
        return 0;
    }
    a->type = sf_cstr(type);
    a->made_ms = made;
    a->fields = (sf_str){end + 1, fields};
    a->body = (sf_str){end + 1 + fields, body};
    return are_fields(a->fields);
}

/* ---- Redis --------------------------------------------------------------------------------------------------------- */

struct shared {
    sf_redis_place place;
    redisContext *redis;
    redisReply *reply;
    int64_t again_ms; /* not before */
};

static int read_place(const char *text, sf_redis_place *out, sf_error *err)
{
    sf_url u;
    int r = sf_url_parse(text, &u, err);
    if (r == SF_OK) {
        r = sf_redis_place_read(out, &u, err);
        sf_url_free(&u);
    }
    return r;
}

int shared_check(const char *url, sf_error *err)
{
    sf_redis_place place;
    return read_place(url, &place, err);
}

shared *shared_new(const char *url)
{
    shared *s = calloc(1, sizeof *s);
    if (s != NULL && read_place(url, &s->place, NULL) != SF_OK) {
        free(s);
        return NULL;
    }
    return s;
}

static void hang_up(shared *s)
{
    freeReplyObject(s->reply);
    s->reply = NULL;
    if (s->redis != NULL) {
        redisFree(s->redis);
        s->redis = NULL;
    }
}

void shared_free(shared *s)
{
    if (s != NULL) {
        hang_up(s);
        free(s);
    }
}

static int is_there(shared *s)
{
    sf_error err = {0};
    if (s->redis != NULL) {
        return 1;
    }
    if (sf_clock_steady_ms() < s->again_ms) {
        return 0;
    }
    if (sf_redis_connect(&s->redis, &s->place, PATIENCE_MS, &err) != SF_OK) {
        sf_log(SF_LOG_DEBUG, "--cache: %s", err.message);
        s->redis = NULL;
        s->again_ms = sf_clock_steady_ms() + AGAIN_MS;
        return 0;
    }
    return 1;
}

/* Takes a reply; a connection that failed is made anew later. */
static int took(shared *s, redisReply *reply)
{
    freeReplyObject(s->reply);
    s->reply = reply;
    if (reply == NULL) {
        hang_up(s);
        s->again_ms = sf_clock_steady_ms() + AGAIN_MS;
    }
    return reply != NULL;
}

static void name_key(sf_hash key, char out[64])
{
    (void)snprintf(out, 64, "signalflow:answer:%016llx%016llx", (unsigned long long)key.high,
                   (unsigned long long)key.low);
}

int shared_get(shared *s, sf_hash key, sf_str *value)
{
    char name[64];
    name_key(key, name);
    if (!is_there(s) || !took(s, redisCommand(s->redis, "GET %s", name)) || s->reply->type != REDIS_REPLY_STRING) {
        return 0;
    }
    *value = (sf_str){s->reply->str, s->reply->len};
    return 1;
}

void shared_put(shared *s, sf_hash key, sf_str value, int64_t ttl_ms)
{
    char name[64];
    name_key(key, name);
    if (ttl_ms > 0 && value.len <= MOST_BYTES && is_there(s)) {
        (void)took(s, redisCommand(s->redis, "SET %s %b PX %lld", name, value.ptr, value.len, (long long)ttl_ms));
    }
}
