/* SPDX-License-Identifier: MIT */
/* Connections to Redis, see redis.h. */
#include "redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum { PORT = 6379 };

static int wrong(const sf_url *url, sf_error *err)
{
    return sf_fail(err, SF_EINVAL, "%.80s: not redis://HOST[:PORT][/DB][?channel=NAME][&form=json|channels]",
                   url->text);
}

/* A number of digits alone, up to most; -1: it is none. */
static int number(const char *text, size_t len, long most)
{
    char *end, copy[8];
    if (len == 0 || len >= sizeof copy || text[0] < '0' || text[0] > '9') {
        return -1;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    long n = strtol(copy, &end, 10);
    return *end == '\0' && n <= most ? (int)n : -1;
}

static int take(char *out, size_t cap, const char *text, size_t len)
{
    if (len >= cap) {
        return 0;
    }
    memcpy(out, text, len);
    out[len] = '\0';
    return 1;
}

/* HOST, HOST:PORT, [::1]:PORT. */
static int take_host(sf_redis_place *p, const char *text, size_t len)
{
    int bracketed = len > 0 && *text == '[';
    const char *end = memchr(text, bracketed ? ']' : ':', len);
    size_t host = end != NULL ? (size_t)(end - text) : len;
    size_t after = host + (size_t)(bracketed && end != NULL);
    p->port = PORT;
    if (after < len) {
        p->port = text[after] == ':' ? number(text + after + 1, len - after - 1, 65535) : -1;
    }
    int good = bracketed ? end != NULL && take(p->host, sizeof p->host, text + 1, host - 1)
                         : take(p->host, sizeof p->host, text, host);
    return good && p->host[0] != '\0' && p->port > 0;
}

int sf_redis_place_read(sf_redis_place *p, const sf_url *url, sf_error *err)
{
    static const char *const known[] = {"channel", "form", NULL};
    char form[SF_URL_VALUE + 1];
    memset(p, 0, sizeof *p);
    int r = sf_url_check_query(url, known, err);
    if (r != SF_OK) {
        return r;
    }
    if (strcmp(url->scheme, "redis") != 0 || strncmp(url->rest, "//", 2) != 0) {
        return wrong(url, err);
    }
    const char *at = url->rest + 2, *slash = at + strcspn(at, "/"), *user = memchr(at, '@', (size_t)(slash - at));
    if (user != NULL) {
        if (!take(p->user, sizeof p->user, at, (size_t)(user - at))) {
            return wrong(url, err);
        }
        at = user + 1;
    }
    p->db = *slash == '/' && slash[1] != '\0' ? number(slash + 1, strlen(slash + 1), 100000) : 0;
    if (!take_host(p, at, (size_t)(slash - at)) || p->db < 0) {
        return wrong(url, err);
    }
    const char *given = sf_url_query(url, "form", form, sizeof form);
    p->for_channels = given != NULL && strcmp(given, "channels") == 0;
    if (given != NULL && !p->for_channels && strcmp(given, "json") != 0) {
        return wrong(url, err);
    }
    const char *channel = sf_url_query(url, "channel", p->channel, sizeof p->channel);
    if (channel == NULL || *channel == '\0') {
        (void)snprintf(p->channel, sizeof p->channel, "%s",
                       p->for_channels ? SF_REDIS_LAYER_CHANNEL : SF_REDIS_CHANNEL);
    }
    return SF_OK;
}

static int check(redisContext *c, redisReply *reply, const sf_redis_place *p, sf_error *err)
{
    int r = SF_OK;
    if (reply == NULL) {
        r = sf_fail(err, SF_EAGAIN, "redis://%s:%d: %s", p->host, p->port, c->errstr);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        int loading = strncmp(reply->str, "LOADING", 7) == 0;
        r = sf_fail(err, loading ? SF_EAGAIN : SF_EIO, "redis://%s:%d: %s", p->host, p->port, reply->str);
    }
    freeReplyObject(reply);
    return r;
}

static int log_in(redisContext *c, const sf_redis_place *p, sf_error *err)
{
    const char *password = getenv("SF_REDIS_PASSWORD");
    int r = SF_OK;
    if (password != NULL && *password != '\0') {
        redisReply *reply = p->user[0] != '\0' ? redisCommand(c, "AUTH %s %s", p->user, password)
                                               : redisCommand(c, "AUTH %s", password);
        r = check(c, reply, p, err);
    }
    return r == SF_OK && p->db > 0 ? check(c, redisCommand(c, "SELECT %d", p->db), p, err) : r;
}

int sf_redis_connect(redisContext **out, const sf_redis_place *p, int timeout_ms, sf_error *err)
{
    struct timeval t = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    redisContext *c = redisConnectWithTimeout(p->host, p->port, t);
    if (c == NULL) {
        return sf_fail(err, SF_ENOMEM, "redis://%s:%d: %s", p->host, p->port, sf_strerror(SF_ENOMEM));
    }
    int r = c->err != 0 ? sf_fail(err, SF_EAGAIN, "redis://%s:%d: %s", p->host, p->port, c->errstr) : SF_OK;
    if (r == SF_OK && redisSetTimeout(c, t) != REDIS_OK) {
        r = sf_fail(err, SF_EAGAIN, "redis://%s:%d: %s", p->host, p->port, c->errstr);
    }
    r = r == SF_OK ? log_in(c, p, err) : r;
    if (r != SF_OK) {
        redisFree(c);
        return r;
    }
    *out = c;
    return SF_OK;
}
