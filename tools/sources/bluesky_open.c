/* SPDX-License-Identifier: MIT */
/* Opening and closing the Bluesky source: what its URLs and settings say. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bluesky.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

static int read_collections(sf_bluesky_stream *s, const char *text, const char *url, sf_error *err)
{
    static const struct {
        const char *name;
        int collection;
    } known[] = {{"post", SF_BLUESKY_POST}, {"like", SF_BLUESKY_LIKE}, {"repost", SF_BLUESKY_REPOST}};
    while (*text != '\0') {
        size_t len = strcspn(text, ","), i = 0;
        const char *name = strncmp(text, "app.bsky.feed.", 14) == 0 ? text + 14 : text;
        size_t n = len - (size_t)(name - text);
        while (i < 3 && (strlen(known[i].name) != n || memcmp(known[i].name, name, n) != 0)) {
            i++;
        }
        if (i == 3) {
            return sf_fail(err, SF_EINVAL, "%.60s: \"%.*s\" is none of post like repost", url,
                           (int)(len < 30 ? len : 30), text);
        }
        s->collections |= known[i].collection;
        text += len + (text[len] == ',');
    }
    return SF_OK;
}

static int read_sample(sf_bluesky_stream *s, const char *text, const char *url, sf_error *err)
{
    char *end;
    s->sample = strtod(text, &end);
    if (end == text || *end != '\0' || !(s->sample > 0 && s->sample <= 1)) {
        return sf_fail(err, SF_EINVAL, "%.60s: sample: no share between 0 and 1", url);
    }
    return SF_OK;
}

static int want_stream(sf_bluesky *y, const sf_url *url, sf_error *err)
{
    static const char *const known[] = {"collections", "langs", "keywords", "sample", NULL};
    sf_bluesky_stream *s = &y->stream;
    char text[SF_URL_VALUE + 1];
    int r = sf_url_check_query(url, known, err);
    if (r == SF_OK && s->wanted) {
        return sf_fail(err, SF_EINVAL, "%.60s: the stream is there once already", url->text);
    }
    s->wanted = 1;
    s->sample = 1;
    s->collections = SF_BLUESKY_POST;
    if (r == SF_OK && sf_url_query(url, "collections", text, sizeof text) != NULL) {
        r = read_collections(s, text, url->text, err);
    } else {
        s->collections |= SF_BLUESKY_LIKE | SF_BLUESKY_REPOST;
    }
    if (r == SF_OK && sf_url_query(url, "sample", text, sizeof text) != NULL) {
        r = read_sample(s, text, url->text, err);
    }
    if (r == SF_OK && sf_url_query(url, "keywords", text, sizeof text) != NULL &&
        sf_clean_text(sf_cstr(text), SF_CLEAN_CASEFOLD, s->words, sizeof s->words) >= (int64_t)sizeof s->words) {
        r = sf_fail(err, SF_EINVAL, "%.60s: keywords: too long", url->text);
    }
    if (r == SF_OK && sf_url_query(url, "langs", text, sizeof text) != NULL) {
        int n = snprintf(s->languages, sizeof s->languages, "%s", text);
        r = (size_t)n < sizeof s->languages ? SF_OK : sf_fail(err, SF_EINVAL, "%.60s: langs: too long", url->text);
    }
    return r;
}

/* search?q=..., feed?uri=at://...: what stands there goes on to the API. */
static int want_list(sf_bluesky *y, const sf_url *url, int is_feed, sf_error *err)
{
    static const char *const search[] = {"q", "lang", "tag", "author", NULL};
    static const char *const feed[] = {"uri", NULL};
    const char *const *known = is_feed ? feed : search;
    char text[SF_URL_VALUE + 1], value[SF_URL_VALUE * 3 + 1];
    int r = sf_url_check_query(url, known, err);
    if (r != SF_OK) {
        return r;
    }
    if (sf_url_query(url, known[0], text, sizeof text) == NULL || text[0] == '\0' || y->n_lists == SF_BLUESKY_LISTS) {
        return sf_fail(err, SF_EINVAL, "%.60s: %s", url->text,
                       y->n_lists == SF_BLUESKY_LISTS ? "too many searches"
                       : is_feed                      ? "needs ?uri=at://..."
                                                      : "needs ?q=...");
    }
    sf_bluesky_list *l = &y->lists[y->n_lists];
    size_t n = (size_t)snprintf(l->path, sizeof l->path, "/xrpc/app.bsky.feed.%s",
                                is_feed ? "getFeed?limit=100" : "searchPosts?sort=latest&limit=100");
    for (; *known != NULL; known++) {
        if (sf_url_query(url, *known, text, sizeof text) != NULL && sf_url_encode(text, value, sizeof value) > 0 &&
            n < sizeof l->path) {
            n += (size_t)snprintf(l->path + n, sizeof l->path - n, "&%s=%s", is_feed ? "feed" : *known, value);
        }
    }
    l->goes_on = !is_feed;
    y->n_lists++;
    return n < sizeof l->path ? SF_OK : sf_fail(err, SF_EINVAL, "%.60s: too long", url->text);
}

int sf_bluesky_join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_bluesky *y = (sf_bluesky *)base;
    (void)settings;
    if (url->rest[0] == '\0' || strcmp(url->rest, "jetstream") == 0) {
        return want_stream(y, url, err);
    }
    int is_feed = strcmp(url->rest, "feed") == 0;
    if (!is_feed && strcmp(url->rest, "search") != 0) {
        return sf_fail(err, SF_EINVAL, "%.60s: \"%.20s\" is none of jetstream search feed", url->text, url->rest);
    }
    return want_list(y, url, is_feed, err);
}

void sf_bluesky_keep_cursor(sf_bluesky *y)
{
    if (y->stream.cursor_us > 0) {
        sf_poller_set_number(&y->poller, 'c', 0, (uint64_t)y->stream.cursor_us);
    }
}

void sf_bluesky_close(sf_source *base)
{
    sf_bluesky *y = (sf_bluesky *)base;
    if (y->http != NULL) {
        sf_http_counts c = sf_http_count(y->http);
        sf_log(SF_LOG_INFO,
               "bluesky: %" PRIu64 " events, %" PRIu64 " gaps of %" PRId64 " s in all; %" PRIu64 " requests, %" PRIu64
               " again, %" PRIu64 " slowed down; %zu posts tracked",
               y->stream.events, y->stream.gaps, y->stream.gap_us / 1000000, c.requests, c.again, c.slowed,
               sf_schedule_count(y->poller.tracked));
        sf_bluesky_keep_cursor(y);
    }
    sf_websocket_close(y->stream.socket);
    sf_bluesky_unpacker_free(y->stream.unpacker);
    sf_http_free(y->http);
    sf_poller_close(&y->poller);
    free(y->lists);
    free(y);
}

int sf_bluesky_recall_line(void *payload, sf_str key, sf_str value)
{
    sf_bluesky *y = payload;
    uint64_t n = 0;
    if (key.ptr[0] != 'c') {
        return sf_poller_recall_line(&y->poller, key, value);
    }
    if (key.len != 1 || !sf_poller_read_number(value, &n) || n > (uint64_t)SF_MAX_NUMBER) {
        return SF_EPARSE;
    }
    y->stream.cursor_us = (int64_t)n;
    return SF_OK;
}

static int open_parts(sf_bluesky *y, const sf_settings *settings, sf_error *err)
{
    sf_http_options http = {.name = "bluesky",
                            .parallel = SF_BLUESKY_PARALLEL,
                            .per_second = sf_settings_number(settings, "bluesky-rate"),
                            .timeout_ms = sf_settings_integer(settings, "http-timeout"),
                            .limit = {.reset = "ratelimit-reset", .is_date = 1, .remaining = "ratelimit-remaining"}};
    int r = sf_poller_open(&y->poller, &sf_bluesky_platform, settings, err);
    r = r == SF_OK ? sf_poller_recall(&y->poller, sf_bluesky_recall_line, y, err) : r;
    if (r == SF_OK && sf_http_new(&y->http, &http) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "bluesky: %s", sf_strerror(SF_ENOMEM));
    }
    return r;
}

static int read_login(sf_bluesky *y, const sf_settings *settings, sf_error *err)
{
    sf_bluesky_login *l = &y->login;
    l->identifier = sf_settings_text(settings, "bluesky-identifier");
    l->password = sf_settings_text(settings, "bluesky-password");
    if ((l->identifier == NULL) != (l->password == NULL)) {
        return sf_fail(err, SF_EINVAL, "bluesky: bluesky-identifier and bluesky-password go together");
    }
    return sf_endpoint(settings, "bluesky-login-endpoint", &l->endpoint, err);
}

static int open_stream(sf_bluesky_stream *s, const sf_settings *settings, sf_error *err)
{
    const char *dictionary = sf_settings_text(settings, "jetstream-dict");
    s->endpoint = sf_settings_text(settings, "bluesky-jetstream");
    s->timeout_ms = sf_settings_integer(settings, "http-timeout");
    s->backoff = (sf_backoff){.first_ms = 1000, .most_ms = 60000};
    if (s->endpoint == NULL || (strncmp(s->endpoint, "ws://", 5) != 0 && strncmp(s->endpoint, "wss://", 6) != 0)) {
        return sf_fail(err, SF_EINVAL, "bluesky-jetstream: neither ws:// nor wss://");
    }
    return dictionary != NULL ? sf_bluesky_unpacker_open(&s->unpacker, dictionary, err) : SF_OK;
}

int sf_bluesky_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_bluesky *y = calloc(1, sizeof *y);
    if (y == NULL || (y->lists = calloc(SF_BLUESKY_LISTS, sizeof *y->lists)) == NULL) {
        free(y);
        return sf_fail(err, SF_ENOMEM, "bluesky: %s", sf_strerror(SF_ENOMEM));
    }
    y->poller.platform = &sf_bluesky_platform;
    y->track_most = (size_t)sf_settings_integer(settings, "bluesky-track");
    y->opened_ms = y->check_from_ms = sf_clock_ms();
    int r = sf_endpoint(settings, "bluesky-endpoint", &y->endpoint, err);
    r = r == SF_OK ? read_login(y, settings, err) : r;
    r = r == SF_OK ? open_stream(&y->stream, settings, err) : r;
    r = r == SF_OK ? sf_bluesky_join(&y->base, url, settings, err) : r;
    r = r == SF_OK && !sf_settings_flag(settings, "check-config") ? open_parts(y, settings, err) : r;
    if (r == SF_OK && y->stream.cursor_us == 0 && y->poller.backfill_ms != SF_NO_TIME) {
        y->stream.cursor_us = y->poller.backfill_ms * 1000;
    }
    if (r != SF_OK) {
        sf_bluesky_close(&y->base);
        return r;
    }
    *out = &y->base;
    return SF_OK;
}
