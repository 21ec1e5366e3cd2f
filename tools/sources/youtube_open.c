/* SPDX-License-Identifier: MIT */
/* Opening and closing the YouTube source: what its URLs and settings say, and what its lists may cost. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "youtube.h"

enum { EVERY_MS = 15 * 60000, /* between polls of a list, if the units allow */ DAY_MS = 86400000 };

static const struct {
    const char *name, *key; /* of the URL: youtube:popular?region=US */
    const char *fallback;   /* for the key; NULL: it must be given */
    const char *path;
    sf_youtube_form form;
    int cost, pages, once;
} forms[] = {
    {"popular", "region", "US",
     "videos?part=snippet,statistics&chart=mostPopular&maxResults=50&regionCode=", SF_YOUTUBE_VIDEOS, 1, 4, 0},
    {"search", "q", NULL, "search?part=snippet&type=video&order=date&maxResults=50&q=", SF_YOUTUBE_IDS, 100, 1, 0},
    {"channel", "id", NULL, "playlistItems?part=contentDetails&maxResults=50&playlistId=", SF_YOUTUBE_IDS, 1, 1, 0},
    {"videos", "ids", NULL, "videos?part=snippet,statistics&id=", SF_YOUTUBE_VIDEOS, 1, 1, 1},
};
enum { FORMS = sizeof forms / sizeof forms[0] };

/* Units that one poll of all lists costs. */
static int64_t cost_of_lists(const sf_youtube *t)
{
    int64_t cost = 0;
    for (size_t i = 0; i < t->n_lists; i++) {
        cost += t->lists[i].once ? 0 : (int64_t)t->lists[i].cost * t->lists[i].pages_most;
    }
    return cost;
}

/* Lists take half of the day's units at most; how often they are polled follows from that. */
static void plan(sf_youtube *t)
{
    int64_t cost = cost_of_lists(t), half = t->quota.most / 2 > 0 ? t->quota.most / 2 : 1;
    int64_t every_ms = cost > 0 ? (int64_t)((double)cost * DAY_MS / (double)half) : EVERY_MS;
    t->every_ms = every_ms > EVERY_MS ? every_ms : EVERY_MS;
    int64_t polls = DAY_MS / t->every_ms;
    t->quota.lists = cost * polls < half ? cost * polls : half;
}

/* An uploads playlist is named as its channel is, but for the second letter: "UC..." and "UU...". */
static void name_uploads(char *id)
{
    if (id[0] == 'U' && id[1] == 'C') {
        id[1] = 'U';
    }
}

static int add_list(sf_youtube *t, size_t form, const sf_url *url, sf_error *err)
{
    char text[SF_URL_VALUE + 1], value[SF_URL_VALUE * 3 + 1];
    const char *given = sf_url_query(url, forms[form].key, text, sizeof text);
    if (given == NULL && forms[form].fallback != NULL) {
        (void)snprintf(text, sizeof text, "%s", forms[form].fallback);
    } else if (given == NULL || text[0] == '\0') {
        return sf_fail(err, SF_EINVAL, "%.60s: needs ?%s=...", url->text, forms[form].key);
    }
    if (t->n_lists == SF_YOUTUBE_LISTS) {
        return sf_fail(err, SF_EINVAL, "%.60s: more than %d lists", url->text, SF_YOUTUBE_LISTS);
    }
    if (strcmp(forms[form].name, "channel") == 0) {
        name_uploads(text);
    }
    sf_youtube_list *l = &t->lists[t->n_lists];
    int n = sf_url_encode(text, value, sizeof value) > 0
                ? snprintf(l->path, sizeof l->path, "%s%s", forms[form].path, value)
                : -1;
    if (n < 0 || (size_t)n >= sizeof l->path) {
        return sf_fail(err, SF_EINVAL, "%.60s: %s: too long", url->text, forms[form].key);
    }
    l->form = forms[form].form;
    l->cost = forms[form].cost;
    l->pages_most = forms[form].pages;
    l->once = forms[form].once;
    t->n_lists++;
    plan(t);
    return SF_OK;
}

int sf_youtube_join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_youtube *t = (sf_youtube *)base;
    char text[SF_URL_VALUE + 1], *end;
    size_t form = 0;
    (void)settings;
    while (form < FORMS && url->rest[0] != '\0' && strcmp(forms[form].name, url->rest) != 0) { /* none: the first */
        form++;
    }
    if (form == FORMS) {
        return sf_fail(err, SF_EINVAL, "%.60s: \"%.20s\" is none of popular search channel videos", url->text,
                       url->rest);
    }
    const char *const known[] = {forms[form].key, "comments", NULL};
    int r = sf_url_check_query(url, known, err);
    if (r == SF_OK && sf_url_query(url, "comments", text, sizeof text) != NULL) {
        long n = strtol(text, &end, 10);
        if (end == text || *end != '\0' || n < 0 || n > 100) {
            return sf_fail(err, SF_EINVAL, "%.60s: comments: no number from 0 to 100", url->text);
        }
        t->comments = (int)n > t->comments ? (int)n : t->comments;
    }
    return r == SF_OK ? add_list(t, form, url, err) : r;
}

void sf_youtube_close(sf_source *base)
{
    sf_youtube *t = (sf_youtube *)base;
    if (t->http != NULL) {
        sf_http_counts c = sf_http_count(t->http);
        sf_log(SF_LOG_INFO,
               "youtube: %" PRIu64 " requests, %" PRIu64 " again, %" PRIu64 " slowed down; %" PRId64 " of %" PRId64
               " units spent today; %zu videos tracked, comments of %" PRIu64 " left out",
               c.requests, c.again, c.slowed, t->quota.spent, t->quota.most, sf_schedule_count(t->poller.tracked),
               t->unqueued);
    }
    sf_http_free(t->http);
    sf_youtube_quota_close(&t->quota);
    sf_poller_close(&t->poller);
    sf_schedule_free(t->waiting);
    free(t->lists);
    free(t);
}

/* What a request costs, before each try of it. */
static int64_t pay(void *payload, uint64_t tag)
{
    sf_youtube *t = payload;
    int is_list = tag >> 56 == SF_YOUTUBE_LIST;
    int64_t units = is_list ? t->lists[tag & UINT32_MAX].cost : 1;
    return sf_youtube_quota_pay(&t->quota, units, is_list, sf_clock_ms());
}

static int recall_line(void *payload, sf_str key, sf_str value)
{
    return sf_poller_recall_line(payload, key, value);
}

static int open_parts(sf_youtube *t, const sf_settings *settings, sf_error *err)
{
    sf_http_options http = {.name = "youtube",
                            .parallel = SF_YOUTUBE_PARALLEL,
                            .per_second = 5,
                            .timeout_ms = sf_settings_integer(settings, "http-timeout"),
                            .pay = pay,
                            .payload = t};
    if (sf_schedule_new(&t->waiting) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "youtube: %s", sf_strerror(SF_ENOMEM));
    }
    int r = sf_poller_open(&t->poller, &sf_youtube_platform, settings, err);
    r = r == SF_OK ? sf_poller_recall(&t->poller, recall_line, &t->poller, err) : r;
    r = r == SF_OK ? sf_youtube_quota_open(&t->quota, sf_settings_text(settings, "state"), t->quota.most, err) : r;
    if (r == SF_OK && sf_http_new(&t->http, &http) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "youtube: %s", sf_strerror(SF_ENOMEM));
    }
    return r;
}

int sf_youtube_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_youtube *t = calloc(1, sizeof *t);
    if (t == NULL || (t->lists = calloc(SF_YOUTUBE_LISTS, sizeof *t->lists)) == NULL) {
        free(t);
        return sf_fail(err, SF_ENOMEM, "youtube: %s", sf_strerror(SF_ENOMEM));
    }
    t->poller.platform = &sf_youtube_platform;
    t->quota.most = sf_settings_integer(settings, "youtube-quota");
    t->key = sf_settings_text(settings, "youtube-key");
    int r = sf_endpoint(settings, "youtube-endpoint", &t->endpoint, err);
    r = r == SF_OK ? sf_youtube_join(&t->base, url, settings, err) : r;
    if (r == SF_OK && t->key == NULL) {
        r = sf_fail(err, SF_EINVAL,
                    "youtube: needs an API key, in SF_YOUTUBE_KEY or a file that SF_YOUTUBE_KEY_FILE names");
    }
    r = r == SF_OK && !sf_settings_flag(settings, "check-config") ? open_parts(t, settings, err) : r;
    if (r != SF_OK) {
        sf_youtube_close(&t->base);
        return r;
    }
    *out = &t->base;
    return SF_OK;
}
