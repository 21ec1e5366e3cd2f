/* SPDX-License-Identifier: MIT */
/* youtube:popular|search|channel|videos[?...] polls the YouTube Data API within the day's units: lists for new videos, videos.list for
 * their numbers, commentThreads.list for what is said below. docs/sources.md is its manual. */
#include "youtube.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum {
    EVERY_MS = 15 * 60000, /* between polls of a list, if the units allow */
    SOON_MS = 60000,
    LATER_MS = 600000,
    OFF_MS = 3600000,
    ASKED_MS = 3600000,
    PAGE = 50,
    MISSED_MOST = 3,
    BACKFILL_PAGES = 10,
    DAY_MS = 86400000
};

/* Ids that tell what is known of a video beside that it was seen. */
#define NO_COMMENTS ((uint64_t)1 << 61)

/* ---- opening ------------------------------------------------------------------------------------------------------ */

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

static int join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_youtube *t = (sf_youtube *)base;
    char text[SF_URL_VALUE + 1], *end;
    size_t form = 0;
    (void)settings;
    while (form < FORMS && strcmp(forms[form].name, url->rest) != 0) {
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

static void close_youtube(sf_source *base)
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

static int open_youtube(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
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
    r = r == SF_OK ? join(&t->base, url, settings, err) : r;
    if (r == SF_OK && t->key == NULL) {
        r = sf_fail(err, SF_EINVAL,
                    "youtube: needs an API key, in SF_YOUTUBE_KEY or a file that SF_YOUTUBE_KEY_FILE names");
    }
    r = r == SF_OK && !sf_settings_flag(settings, "check-config") ? open_parts(t, settings, err) : r;
    if (r != SF_OK) {
        close_youtube(&t->base);
        return r;
    }
    *out = &t->base;
    return SF_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/* The key stands in a header: a URL gets into logs and error messages. */
static int ask(sf_youtube *t, const char *what, sf_youtube_kind kind, size_t which, sf_error *err)
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
    return ask(t, what, SF_YOUTUBE_LIST, i, err);
}

static size_t add_id(char *what, size_t n, size_t cap, sf_str id)
{
    int more = snprintf(what + n, cap - n, "%s%.*s", what[n - 1] == '=' ? "" : ",", (int)id.len, id.ptr);
    return n + (size_t)more;
}

/* Up to 50 videos: those that wait for their first numbers, then those that are due. */
static int ask_for_look(sf_youtube *t, size_t i, int64_t now_ms, sf_error *err)
{
    sf_look *look = &t->looks[i];
    char what[SF_YOUTUBE_LOOK * (SF_YOUTUBE_ID + 1) + 64];
    sf_tracked *w;
    size_t n = (size_t)snprintf(what, sizeof what, "videos?part=snippet,statistics&id=");
    while (look->n < SF_YOUTUBE_LOOK && (w = sf_schedule_first(t->waiting)) != NULL && w->due_ms <= now_ms) {
        look->ids[look->n++] = w->id;
        n = add_id(what, n, sizeof what, sf_schedule_name_of(t->waiting, w));
        sf_schedule_move(t->waiting, w, now_ms + ASKED_MS);
    }
    size_t of_waiting = look->n;
    if (look->n < SF_YOUTUBE_LOOK) {
        (void)sf_poller_take_look(&t->poller, look, SF_YOUTUBE_LOOK, now_ms);
    }
    for (size_t k = of_waiting; k < look->n; k++) {
        const sf_schedule *tracked = t->poller.tracked;
        n = add_id(what, n, sizeof what, sf_schedule_name_of(tracked, sf_schedule_find(t->poller.tracked, look->ids[k])));
    }
    return look->n > 0 ? ask(t, what, SF_YOUTUBE_STATISTICS, i, err) : SF_OK;
}

static int ask_for_comments(sf_youtube *t, size_t i, sf_error *err)
{
    char what[256];
    memcpy(t->asked_comments[i], t->queue[0].id, SF_YOUTUBE_ID);
    memmove(&t->queue[0], &t->queue[1], --t->n_queue * sizeof t->queue[0]);
    (void)snprintf(what, sizeof what,
                   "commentThreads?part=snippet&order=time&textFormat=plainText&maxResults=%d&videoId=%s", t->comments,
                   t->asked_comments[i]);
    return ask(t, what, SF_YOUTUBE_COMMENTS, i, err);
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
            r = ask_for_look(t, i, now_ms, err);
        } else if (may && t->n_queue > 0 && t->asked_comments[i][0] == '\0') {
            r = ask_for_comments(t, i, err);
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

/* A list named a video. */
static void take_id(void *payload, const char *id)
{
    sf_youtube *t = payload;
    uint64_t hash = sf_youtube_platform.id_of(sf_cstr(id));
    if (sf_seen_at(t->poller.seen, hash) != SF_NO_TIME || sf_schedule_find(t->poller.tracked, hash) != NULL ||
        sf_schedule_find(t->waiting, hash) != NULL) {
        return;
    }
    sf_tracked *w = sf_schedule_add(t->waiting, hash, t->poller.last_ms, t->poller.last_ms);
    if (w == NULL || sf_schedule_name(t->waiting, w, sf_cstr(id)) != SF_OK) {
        t->poller.no_memory = 1;
    }
}

/* Comments of a video are to be asked for. */
static void want_comments(sf_youtube *t, sf_str id)
{
    uint64_t off = sf_youtube_platform.id_of(id) ^ NO_COMMENTS;
    if (t->comments == 0 || id.len >= SF_YOUTUBE_ID || sf_seen_at(t->poller.seen, off) != SF_NO_TIME) {
        return;
    }
    for (size_t i = 0; i < t->n_queue; i++) {
        if (strlen(t->queue[i].id) == id.len && memcmp(t->queue[i].id, id.ptr, id.len) == 0) {
            return;
        }
    }
    if (t->n_queue == SF_YOUTUBE_QUEUE) {
        t->unqueued++;
        return;
    }
    (void)snprintf(t->queue[t->n_queue++].id, SF_YOUTUBE_ID, "%.*s", (int)id.len, id.ptr);
}

/* Takes the posts of an answer that were not known. */
static int take_new(sf_youtube *t, sf_records *b, sf_str body, const sf_normalise_report *report, sf_look *look)
{
    int r = SF_OK;
    for (size_t i = 0; i < report->n_children && r == SF_OK; i++) {
        const sf_child *c = &report->children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        if (c->signal < 0) {
            r = c->status != SF_ESKIP && look == NULL ? sf_poller_reject_once(&t->poller, b, 0, raw, c) : SF_OK;
            continue;
        }
        sf_signal *s = sf_batch_at(t->poller.scratch, (size_t)c->signal);
        uint64_t id = sf_youtube_platform.id_of(s->source_id);
        sf_tracked *w = sf_schedule_find(t->waiting, id);
        size_t before = b->n;
        if (look == NULL || w != NULL) {
            r = sf_poller_listed(&t->poller, b, s, raw, s->kind == SF_POST);
        }
        if (b->n > before && s->kind == SF_POST && s->comments > 0) {
            want_comments(t, s->source_id);
        }
        if (w != NULL) {
            sf_schedule_remove(t->waiting, w);
        }
    }
    return r;
}

/* Those of a look that wait and did not come: looked for again, and then given up. */
static void miss_waiting(sf_youtube *t, const sf_look *look, int64_t ms, int counts)
{
    for (size_t i = 0; i < look->n; i++) {
        sf_tracked *w = look->ids[i] != 0 ? sf_schedule_find(t->waiting, look->ids[i]) : NULL;
        if (w != NULL && counts && ++w->missed == MISSED_MOST) {
            sf_schedule_remove(t->waiting, w);
        } else if (w != NULL) {
            sf_schedule_move(t->waiting, w, t->poller.last_ms + ms);
        }
    }
}

/* The answer to a look; videos that have got comments are asked for them. */
static int read_look(sf_youtube *t, sf_records *b, sf_look *look, sf_str body, const sf_normalise_report *report)
{
    uint64_t ids[SF_LOOK_MOST];
    double had[SF_LOOK_MOST];
    size_t n = look->n;
    for (size_t i = 0; i < n; i++) {
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, look->ids[i]);
        ids[i] = look->ids[i];
        had[i] = p != NULL ? p->comments : 0;
    }
    int r = take_new(t, b, body, report, look);
    miss_waiting(t, look, SOON_MS, 1);
    for (size_t i = 0; i < n; i++) { /* those are done with */
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, look->ids[i]);
        look->ids[i] = p != NULL && p->asked ? look->ids[i] : 0;
    }
    r = r == SF_OK ? sf_poller_take_answer(&t->poller, b, look, body, report) : r;
    for (size_t i = 0; i < n; i++) {
        const sf_tracked *p = sf_schedule_find(t->poller.tracked, ids[i]);
        if (p != NULL && !p->gone && p->comments > had[i]) {
            want_comments(t, sf_schedule_name_of(t->poller.tracked, p));
        }
    }
    return r;
}

static int read_answer(sf_youtube *t, sf_str body, sf_normalise_report *report, int64_t *n)
{
    sf_error why = {.message = ""};
    sf_batch_reset(t->poller.scratch);
    *n = sf_normalise(t->poller.scratch, SF_YOUTUBE, body, t->poller.last_ms, report, &why);
    if (*n < 0) {
        sf_log(SF_LOG_WARN, "youtube: %s; asked again", why.message);
    }
    return *n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
}

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
    int ids = sf_youtube_read_ids(body, l->form == SF_YOUTUBE_IDS ? take_id : NULL, t, l->page);
    int r = l->form == SF_YOUTUBE_VIDEOS ? read_answer(t, body, &report, &n) : SF_OK;
    if (r == SF_OK && n >= 0 && l->form == SF_YOUTUBE_VIDEOS) {
        r = take_new(t, b, body, &report, NULL);
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

static int take_look(sf_youtube *t, sf_records *b, sf_look *look, const sf_http_answer *a, const char *reason)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    int64_t n = SF_EPARSE;
    int r = a->verdict == SF_HTTP_GOOD ? read_answer(t, a->body, &report, &n) : SF_OK;
    if (n >= 0) {
        return read_look(t, b, look, a->body, &report);
    }
    int soon = a->verdict == SF_HTTP_AGAIN || a->verdict == SF_HTTP_GOOD || strcmp(reason, "later") == 0;
    miss_waiting(t, look, soon ? SOON_MS : LATER_MS, 0);
    sf_poller_put_off_look(&t->poller, look, soon ? SOON_MS : LATER_MS);
    return r;
}

static int take_comments(sf_youtube *t, sf_records *b, char *video, const sf_http_answer *a, const char *reason)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    int64_t n = 0;
    int r = SF_OK;
    if (a->verdict == SF_HTTP_GOOD) {
        r = read_answer(t, a->body, &report, &n);
        r = r == SF_OK && n >= 0 ? take_new(t, b, a->body, &report, NULL) : r;
    } else if (a->verdict == SF_HTTP_FORBIDDEN && strcmp(reason, "later") != 0) { /* commentsDisabled */
        sf_poller_keep_seen(&t->poller, sf_youtube_platform.id_of(sf_cstr(video)) ^ NO_COMMENTS, t->poller.last_ms);
    } else if (a->verdict != SF_HTTP_GONE) {
        want_comments(t, sf_cstr(video));
    }
    video[0] = '\0';
    return r;
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
    case SF_YOUTUBE_STATISTICS: return take_look(t, b, &t->looks[i], a, reason);
    case SF_YOUTUBE_COMMENTS: return take_comments(t, b, t->asked_comments[i], a, reason);
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
    .summary = "youtube:popular|search|channel|videos[?...]  videos and their comments, live",
    .live = 1,
    .open = open_youtube,
    .join = join,
    .read = read_youtube,
    .commit = commit,
    .plan = plan_day,
    .close = close_youtube,
};
