/* SPDX-License-Identifier: MIT */
/* youtube:[popular|search|channel|videos][?...] polls the YouTube Data API within the day's units: lists for new videos, videos.list for
 * their numbers, commentThreads.list for what is said below. docs/sources.md is its manual. */
#include "youtube.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum { SOON_MS = 60000, OFF_MS = 3600000, BACKFILL_PAGES = 10 };

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/* The key stands in a header: a URL gets into logs and error messages. */
int sf_youtube_ask(sf_youtube *t, const char *what, sf_youtube_kind kind, size_t which, sf_error *err)
{
    char url[6000], key[600];
    const char *const headers[] = {key, NULL};
    size_t len = strlen(t->endpoint);
    len -= len > 0 && t->endpoint[len - 1] == '/';
    int n = snprintf(url, sizeof url, "%.*s/youtube/v3/%s", (int)len, t->endpoint, what);
    int k = snprintf(key, sizeof key, "X-Goog-Api-Key: %s", t->key);
    if (n < 0 || (size_t)n >= sizeof url || k < 0 || (size_t)k >= sizeof key) {
        return sf_fail(err, SF_EINVAL, "youtube-endpoint or youtube-key: too long");
    }
    return sf_http_add(t->http, &(sf_http_request){.url = url, .headers = headers, .tag = (uint64_t)kind << 56 | which},
                       err);
}

static int ask_for_list(sf_youtube *t, size_t i, sf_error *err)
{
    sf_youtube_list *l = &t->lists[i];
    char what[sizeof l->path + SF_YOUTUBE_PAGE + 16];
    (void)snprintf(what, sizeof what, "%s%s%s", l->path, l->page[0] != '\0' ? "&pageToken=" : "", l->page);
    l->asked = 1;
    return sf_youtube_ask(t, what, SF_YOUTUBE_LIST, i, err);
}

static int is_due(sf_youtube *t, int64_t now_ms)
{
    const sf_tracked *w = sf_schedule_first(t->waiting);
    return (w != NULL && w->due_ms <= now_ms) || sf_poller_until_due(&t->poller, now_ms, 1) == 0;
}

static int ask_for_all(sf_youtube *t, int64_t now_ms, sf_error *err)
{
    int64_t steady = sf_clock_steady_ms();
    int r = SF_OK;
    for (size_t i = 0; i < t->n_lists && r == SF_OK; i++) {
        sf_youtube_list *l = &t->lists[i];
        if (!l->off && !l->asked && l->due_ms <= steady && sf_http_room(t->http) > 0) {
            r = ask_for_list(t, i, err);
        }
    }
    for (size_t i = 0; i < SF_YOUTUBE_PARALLEL && r == SF_OK; i++) {
        int may = sf_youtube_quota_may(&t->quota, SF_YOUTUBE_PARALLEL, now_ms) && sf_http_room(t->http) > 0;
        if (may && t->looks[i].n == 0 && is_due(t, now_ms)) {
            r = sf_youtube_ask_for_look(t, i, now_ms, err);
        } else if (may && t->n_queue > 0 && t->asked_comments[i][0] == '\0') {
            r = sf_youtube_ask_for_comments(t, i, err);
        }
    }
    return r;
}

/* How long until something is due; at most `most`. */
static int64_t until_due(sf_youtube *t, int64_t now_ms, int64_t most)
{
    int64_t steady = sf_clock_steady_ms();
    const sf_tracked *w = sf_schedule_first(t->waiting);
    for (size_t i = 0; i < t->n_lists; i++) {
        const sf_youtube_list *l = &t->lists[i];
        most = !l->off && !l->asked && l->due_ms - steady < most ? l->due_ms - steady : most;
    }
    if (!sf_youtube_quota_may(&t->quota, SF_YOUTUBE_PARALLEL, now_ms)) {
        return most > 0 ? most : 0;
    }
    most = w != NULL && w->due_ms - now_ms < most ? w->due_ms - now_ms : most;
    return sf_poller_until_due(&t->poller, now_ms, most);
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* A channel's first poll goes further back where that is asked for: 500 videos. */
static int pages_of(const sf_youtube *t, const sf_youtube_list *l)
{
    int first = l->polls == 0 && l->form == SF_YOUTUBE_IDS && l->cost == 1 && t->poller.backfill_ms != SF_NO_TIME;
    return first ? BACKFILL_PAGES : l->pages_most;
}

static int read_list(sf_youtube *t, sf_records *b, sf_youtube_list *l, sf_str body)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    int64_t n = 0;
    int ids = sf_youtube_read_ids(body, l->form == SF_YOUTUBE_IDS ? sf_youtube_named : NULL, t, l->page);
    int r = l->form == SF_YOUTUBE_VIDEOS ? sf_youtube_read_answer(t, body, &report, &n) : SF_OK;
    if (r == SF_OK && n >= 0 && l->form == SF_YOUTUBE_VIDEOS) {
        r = sf_youtube_take_new(t, b, body, &report, NULL);
    }
    l->pages++;
    if (ids != SF_OK || n < 0 || l->page[0] == '\0' || l->pages >= pages_of(t, l)) {
        l->pages = 0;
        l->polls++;
        l->page[0] = '\0';
        l->due_ms = sf_clock_steady_ms() + t->every_ms;
        l->off |= l->once && n >= 0;
    }
    return r;
}

/* What an answer that is none means for all requests. SF_OK; SF_EIO: there is no way in. */
static int take_refusal(sf_youtube *t, const sf_http_answer *a, char reason[SF_YOUTUBE_REASON], sf_error *err)
{
    reason[0] = '\0';
    if (a->verdict == SF_HTTP_GOOD || a->verdict == SF_HTTP_AGAIN) {
        return SF_OK;
    }
    sf_youtube_read_reason(a->body, reason);
    if (strcmp(reason, "quotaExceeded") == 0 || strcmp(reason, "dailyLimitExceeded") == 0) {
        sf_http_hold(t->http, sf_youtube_quota_is_spent(&t->quota, a->answered_ms), "403, the day's units are spent");
    } else if (strcmp(reason, "rateLimitExceeded") == 0 || strcmp(reason, "userRateLimitExceeded") == 0) {
        sf_http_hold(t->http, SOON_MS, "403, too many requests");
    } else if (a->status == 401 || strcmp(reason, "keyInvalid") == 0 || strcmp(reason, "accessNotConfigured") == 0) {
        return sf_fail(err, SF_EIO, "youtube: the key was refused: %s", reason[0] != '\0' ? reason : a->reason);
    } else {
        return SF_OK;
    }
    (void)snprintf(reason, SF_YOUTUBE_REASON, "later");
    return SF_OK;
}

static int take_list(sf_youtube *t, sf_records *b, sf_youtube_list *l, const sf_http_answer *a, const char *reason)
{
    l->asked = 0;
    l->due_ms = sf_clock_steady_ms();
    if (a->verdict == SF_HTTP_GOOD) {
        return read_list(t, b, l, a->body);
    }
    if (strcmp(reason, "later") != 0) {
        int again = a->verdict == SF_HTTP_AGAIN, forbidden = a->verdict == SF_HTTP_FORBIDDEN;
        sf_log(SF_LOG_WARN, "youtube: %.40s: %s %s; %s", l->path, a->reason, reason,
               again       ? "asked again"
               : forbidden ? "left alone for an hour"
                           : "polled no more");
        l->due_ms += again ? t->every_ms : OFF_MS;
        l->off = !again && !forbidden;
    }
    return SF_OK;
}

static int take_answer(sf_youtube *t, sf_records *b, const sf_http_answer *a, sf_error *err)
{
    char reason[SF_YOUTUBE_REASON];
    size_t i = (size_t)(a->tag & UINT32_MAX);
    sf_poller_observed(&t->poller, a->answered_ms);
    int r = take_refusal(t, a, reason, err);
    if (r != SF_OK) {
        return r;
    }
    switch ((sf_youtube_kind)(a->tag >> 56)) {
    case SF_YOUTUBE_LIST: return take_list(t, b, &t->lists[i], a, reason);
    case SF_YOUTUBE_STATISTICS: return sf_youtube_take_look(t, b, &t->looks[i], a, reason);
    case SF_YOUTUBE_COMMENTS: return sf_youtube_take_comments(t, b, t->asked_comments[i], a, reason);
    }
    return SF_OK;
}

static int is_any_left(const sf_youtube *t)
{
    size_t i = 0;
    while (i < t->n_lists && t->lists[i].off && !t->lists[i].once) {
        i++;
    }
    return i < t->n_lists;
}

/* With --once: is nothing on its way, and nothing due that may be paid for? */
static int is_done(sf_youtube *t, int64_t now_ms)
{
    int may = t->n_queue > 0 && sf_youtube_quota_may(&t->quota, SF_YOUTUBE_PARALLEL, now_ms);
    return t->poller.once && !may && sf_http_busy(t->http) == 0 && until_due(t, now_ms, 1) > 0;
}

static int64_t read_youtube(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    sf_youtube *t = (sf_youtube *)base;
    sf_http_answer a;
    size_t before = b->n;
    int64_t now = sf_clock_ms();
    if (!is_any_left(t)) {
        return sf_fail(err, SF_EIO, "youtube: no list is left to be polled");
    }
    if (is_done(t, now)) {
        return SF_EEND;
    }
    sf_poller_expire(&t->poller, now);
    int r = sf_poller_fit(&t->poller, t->http, now, sf_youtube_quota_rate(&t->quota) * SF_YOUTUBE_LOOK);
    r = r == SF_OK ? ask_for_all(t, now, err) : r;
    (void)sf_http_wait(t->http, sf_http_room(t->http) > 0 ? until_due(t, now, timeout_ms) : timeout_ms);
    while (r == SF_OK && b->n - before < most && sf_http_next(t->http, &a)) {
        r = take_answer(t, b, &a, err);
    }
    r = r == SF_OK ? sf_poller_watch(&t->poller, b, sf_poller_watched(t->http)) : r;
    return sf_poller_end(&t->poller, b, before, r, t->http, err);
}

static int commit(sf_source *base, uint64_t position, sf_error *err)
{
    return sf_state_commit(((sf_youtube *)base)->poller.state, position, err);
}

static void plan_day(const sf_source *base, FILE *to)
{
    const sf_youtube *t = (const sf_youtube *)base;
    for (size_t i = 0; i < t->n_lists; i++) {
        const sf_youtube_list *l = &t->lists[i];
        if (l->once) {
            fprintf(to, "youtube: %.200s, once\n", l->path);
        } else {
            sf_poller_plan(to, "youtube", l->path, t->every_ms, (int64_t)l->cost * l->pages_most);
        }
    }
    fprintf(to, "youtube: %" PRId64 " units a day, %" PRId64 " of them for lists; %" PRId64 " are spent today\n",
            t->quota.most, t->quota.lists, t->quota.spent);
    sf_poller_plan_looks(&t->poller, to, sf_youtube_quota_rate(&t->quota), SF_YOUTUBE_LOOK);
}

const sf_source_ops sf_youtube_source = {
    .scheme = "youtube",
    .summary = "youtube:[popular|search|channel|videos][?...]  videos and their comments, live",
    .live = 1,
    .open = sf_youtube_open,
    .join = sf_youtube_join,
    .read = read_youtube,
    .commit = commit,
    .plan = plan_day,
    .close = sf_youtube_close,
};
