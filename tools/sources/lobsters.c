/* SPDX-License-Identifier: MIT */
/* lobsters:[newest,hottest] polls Lobsters: its lists for new stories, each story's own page for its numbers. docs/sources.md is its
 * manual. This is also the worked example of CONTRIBUTING.md: all that a live platform is to the tools. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "poller.h"

enum {
    EVERY_MS = 120000, /* a list; some two stories an hour come */
    SOON_MS = 60000,
    LATER_MS = 600000,
    PAGES_MOST = 20,
    SHORT_ID = 13 /* a short id of at most 12 letters, as 64 bits hold them */
};

#define LIST_TAG ((uint64_t)1 << 63)

static const char *const list_names[] = {"newest", "hottest"};
enum { LISTS = sizeof list_names / sizeof *list_names };

typedef struct list {
    int wanted, asked;
    int page;       /* the one to be asked for next, from 1; only the newest are walked through */
    int first;      /* nothing was known when this walk began */
    int64_t due_ms; /* steady */
} list;

typedef struct lobsters {
    sf_source base;
    sf_poller poller;
    sf_http *http;
    const char *endpoint;
    list lists[LISTS];
} lobsters;

/* ---- ids ---------------------------------------------------------------------------------------------------------- */

/* A short id read as a number to the base of 36, with a 1 in front that keeps its leading zeros. */
static uint64_t id_of(sf_str source_id)
{
    uint64_t id = 1;
    for (size_t i = 0; i < source_id.len; i++) {
        char c = source_id.ptr[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return 0;
        }
        id = id * 36 + (uint64_t)digit;
    }
    return source_id.len > 0 && source_id.len < SHORT_ID ? id : 0;
}

static sf_str source_id_of(uint64_t id, sf_str name, char buf[SF_SOURCE_ID])
{
    char *end = buf + SHORT_ID, *p = end;
    *end = '\0';
    (void)name;
    for (; id > 1; id /= 36) {
        *--p = "0123456789abcdefghijklmnopqrstuvwxyz"[id % 36];
    }
    return (sf_str){p, (size_t)(end - p)};
}

static const sf_poller_platform platform = {
    .name = "lobsters",
    .id = SF_LOBSTERS,
    .fastest = 3.85 * 0.0028, /* as long as nothing was measured: Hacker News' */
    .id_of = id_of,
    .source_id_of = source_id_of,
};

/* ---- opening ------------------------------------------------------------------------------------------------------ */

/* Marks the lists that the URL names, or the first. */
static int join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {NULL};
    lobsters *l = (lobsters *)base;
    const char *p = url->rest;
    (void)settings;
    l->lists[0].wanted |= *p == '\0';
    while (*p != '\0') {
        size_t len = strcspn(p, ","), i = 0;
        while (i < LISTS && (strlen(list_names[i]) != len || memcmp(list_names[i], p, len) != 0)) {
            i++;
        }
        if (i == LISTS) {
            return sf_fail(err, SF_EINVAL, "%.60s: \"%.*s\" is none of newest hottest", url->text,
                           (int)(len < 20 ? len : 20), p);
        }
        l->lists[i].wanted = 1;
        p += len + (p[len] == ',');
    }
    return sf_url_check_query(url, known, err);
}

static void close_lobsters(sf_source *base)
{
    lobsters *l = (lobsters *)base;
    if (l->http != NULL) {
        sf_http_counts c = sf_http_count(l->http);
        sf_log(SF_LOG_INFO, "lobsters: %" PRIu64 " requests, %" PRIu64 " again, %" PRIu64 " pauses; %zu posts tracked",
               c.requests, c.again, c.pauses, sf_schedule_count(l->poller.tracked));
    }
    sf_http_free(l->http);
    sf_poller_close(&l->poller);
    free(l);
}

static int recall_line(void *payload, sf_str key, sf_str value)
{
    return sf_poller_recall_line(payload, key, value);
}

static int open_parts(lobsters *l, const sf_settings *settings, sf_error *err)
{
    sf_http_options http = {.name = "lobsters",
                            .parallel = 2,
                            .per_second = sf_settings_number(settings, "lobsters-rate"),
                            .timeout_ms = sf_settings_integer(settings, "http-timeout")};
    int r = sf_poller_open(&l->poller, &platform, settings, err);
    r = r == SF_OK ? sf_poller_recall(&l->poller, recall_line, &l->poller, err) : r;
    if (r == SF_OK && sf_http_new(&l->http, &http) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "lobsters: %s", sf_strerror(SF_ENOMEM));
    }
    return r;
}

static int open_lobsters(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    lobsters *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return sf_fail(err, SF_ENOMEM, "lobsters: %s", sf_strerror(SF_ENOMEM));
    }
    l->poller.platform = &platform;
    for (size_t i = 0; i < LISTS; i++) {
        l->lists[i].page = 1;
    }
    int r = join(&l->base, url, settings, err);
    r = r == SF_OK ? sf_endpoint(settings, "lobsters-endpoint", &l->endpoint, err) : r;
    r = r == SF_OK && !sf_settings_flag(settings, "check-config") ? open_parts(l, settings, err) : r;
    if (r != SF_OK) {
        close_lobsters(&l->base);
        return r;
    }
    *out = &l->base;
    return SF_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static int ask(lobsters *l, const char *what, uint64_t tag, sf_error *err)
{
    char url[512];
    size_t len = strlen(l->endpoint);
    len -= len > 0 && l->endpoint[len - 1] == '/';
    int n = snprintf(url, sizeof url, "%.*s/%s.json", (int)len, l->endpoint, what);
    if (n < 0 || (size_t)n >= sizeof url) {
        return sf_fail(err, SF_EINVAL, "lobsters-endpoint: too long");
    }
    return sf_http_add(l->http, &(sf_http_request){.url = url, .tag = tag}, err);
}

static int ask_for_list(lobsters *l, size_t i, sf_error *err)
{
    char what[40];
    int page = l->lists[i].page;
    if (page == 1) {
        (void)snprintf(what, sizeof what, "%s", list_names[i]);
        l->lists[i].first = sf_seen_count(l->poller.seen) == 0;
    } else {
        (void)snprintf(what, sizeof what, "%s/page/%d", list_names[i], page);
    }
    l->lists[i].asked = 1;
    return ask(l, what, LIST_TAG | i, err);
}

static int ask_for_story(lobsters *l, const sf_tracked *t, sf_error *err)
{
    char what[40], buf[SF_SOURCE_ID];
    (void)snprintf(what, sizeof what, "s/%s", source_id_of(t->id, (sf_str){"", 0}, buf).ptr);
    return ask(l, what, t->id, err);
}

/* Lists first, since they are what shows news. */
static int ask_for_all(lobsters *l, int64_t now_ms, sf_error *err)
{
    const sf_tracked *t;
    int r = SF_OK;
    for (size_t i = 0; i < LISTS && r == SF_OK; i++) {
        if (l->lists[i].wanted && !l->lists[i].asked && l->lists[i].due_ms <= sf_clock_steady_ms() &&
            sf_http_room(l->http) > 0) {
            r = ask_for_list(l, i, err);
        }
    }
    while (r == SF_OK && sf_http_room(l->http) > 0 && (t = sf_poller_take_due(&l->poller, now_ms)) != NULL) {
        r = ask_for_story(l, t, err);
    }
    return r;
}

/* How long until something is due; at most `most`. */
static int64_t until_due(lobsters *l, int64_t now_ms, int64_t most)
{
    for (size_t i = 0; i < LISTS; i++) {
        int64_t wait = l->lists[i].due_ms - sf_clock_steady_ms();
        most = l->lists[i].wanted && !l->lists[i].asked && wait < most ? wait : most;
    }
    return sf_poller_until_due(&l->poller, now_ms, most);
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* The stories of a page; *fresh counts those that were not known. */
static int take_stories(lobsters *l, sf_records *b, sf_str body, const sf_normalise_report *report, size_t *fresh)
{
    int r = SF_OK;
    for (size_t i = 0; i < report->n_children && r == SF_OK; i++) {
        const sf_child *c = &report->children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        sf_signal *s = c->signal >= 0 ? sf_batch_at(l->poller.scratch, (size_t)c->signal) : NULL;
        size_t before = b->n;
        if (s != NULL && s->kind == SF_POST && id_of(s->source_id) > 0) {
            r = sf_poller_listed(&l->poller, b, s, raw, 1);
            *fresh += b->n > before;
        } else if (s == NULL && c->status != SF_ESKIP) {
            r = sf_poller_reject_once(&l->poller, b, 0, raw, c);
        }
    }
    return r;
}

/* A page on which something was known is known ground, and so is all behind it. A first walk goes as far back as --backfill says. */
static int read_page(lobsters *l, sf_records *b, size_t i, sf_str body)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    list *from = &l->lists[i];
    size_t fresh = 0;
    sf_batch_reset(l->poller.scratch);
    int64_t n = sf_normalise(l->poller.scratch, SF_LOBSTERS, body, l->poller.last_ms, &report, &why);
    if (n < 0) {
        sf_log(SF_LOG_WARN, "lobsters: %s: %s; asked again", list_names[i], why.message);
        return n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
    }
    l->poller.oldest_ms = SF_NO_TIME;
    int r = take_stories(l, b, body, &report, &fresh);
    int goes_on = i == 0 && fresh > 0 && fresh == (size_t)n && (!from->first || !sf_poller_is_filled(&l->poller));
    if (goes_on && from->page == PAGES_MOST) {
        sf_log(SF_LOG_WARN, "lobsters: %d pages of new stories and no known one; some may be missing", PAGES_MOST);
        goes_on = 0;
    }
    from->page = goes_on ? from->page + 1 : 1;
    from->due_ms = goes_on ? 0 : from->due_ms; /* the next page at once */
    return r;
}

static int take_list(lobsters *l, sf_records *b, size_t i, const sf_http_answer *a)
{
    list *from = &l->lists[i];
    from->asked = 0;
    from->due_ms =
        sf_clock_steady_ms() + (a->verdict == SF_HTTP_GOOD || a->verdict == SF_HTTP_AGAIN ? EVERY_MS : LATER_MS);
    if (a->verdict != SF_HTTP_GOOD) {
        sf_log(SF_LOG_WARN, "lobsters: %s: %s; asked again", list_names[i], a->reason);
        return SF_OK;
    }
    sf_poller_observed(&l->poller, a->answered_ms);
    return read_page(l, b, i, a->body);
}

/* The story of its own page; its comments stay there. */
static int read_story(lobsters *l, sf_records *b, sf_tracked *t, sf_str body)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    sf_batch_reset(l->poller.scratch);
    int64_t n = sf_normalise(l->poller.scratch, SF_LOBSTERS, body, l->poller.last_ms, &report, &why);
    if (n == SF_ENOMEM) {
        return SF_ENOMEM;
    }
    sf_signal *s = n > 0 ? sf_batch_at(l->poller.scratch, 0) : NULL;
    if (s == NULL || s->kind != SF_POST || id_of(s->source_id) != t->id) {
        sf_log(SF_LOG_WARN, "lobsters: a story's page has %s; asked again",
               s != NULL ? "another one"
               : n < 0   ? why.message
                         : "none");
        sf_poller_put_off(&l->poller, t, SOON_MS);
        return SF_OK;
    }
    const sf_child *c = &report.children[0];
    return sf_poller_refresh(&l->poller, b, t, s, (sf_str){body.ptr + c->offset, (size_t)c->length});
}

static int take_story(lobsters *l, sf_records *b, const sf_http_answer *a)
{
    sf_tracked *t = sf_schedule_find(l->poller.tracked, a->tag);
    if (t == NULL) {
        return SF_OK;
    }
    sf_poller_observed(&l->poller, a->answered_ms);
    switch (a->verdict) {
    case SF_HTTP_GOOD: return read_story(l, b, t, a->body);
    case SF_HTTP_GONE: return sf_poller_miss(&l->poller, b, t);
    default:
        sf_log(SF_LOG_WARN, "lobsters: a story's page: %s; put off", a->reason);
        sf_poller_put_off(&l->poller, t, a->verdict == SF_HTTP_AGAIN ? SOON_MS : LATER_MS);
        return SF_OK;
    }
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int64_t read_lobsters(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    lobsters *l = (lobsters *)base;
    sf_http_answer a;
    size_t before = b->n;
    int64_t now = sf_clock_ms();
    if (l->poller.once && sf_http_busy(l->http) == 0 && until_due(l, now, 1) > 0) {
        return SF_EEND;
    }
    sf_poller_expire(&l->poller, now);
    int r = sf_poller_fit(&l->poller, l->http, now, sf_http_rate(l->http));
    r = r == SF_OK ? ask_for_all(l, now, err) : r;
    if (r != SF_OK) {
        return r;
    }
    (void)sf_http_wait(l->http, sf_http_room(l->http) > 0 ? until_due(l, now, timeout_ms) : timeout_ms);
    while (r == SF_OK && b->n - before < most && sf_http_next(l->http, &a)) {
        r = (a.tag & LIST_TAG) != 0 ? take_list(l, b, (size_t)(a.tag & ~LIST_TAG), &a) : take_story(l, b, &a);
    }
    r = r == SF_OK ? sf_poller_watch(&l->poller, b, sf_poller_watched(l->http)) : r;
    return sf_poller_end(&l->poller, b, before, r, l->http, err);
}

static int commit(sf_source *base, uint64_t position, sf_error *err)
{
    return sf_state_commit(((lobsters *)base)->poller.state, position, err);
}

static void plan(const sf_source *base, FILE *to)
{
    const lobsters *l = (const lobsters *)base;
    for (size_t i = 0; i < LISTS; i++) {
        if (l->lists[i].wanted) {
            sf_poller_plan(to, "lobsters", list_names[i], EVERY_MS, 1);
        }
    }
    sf_poller_plan_looks(&l->poller, to, sf_http_rate(l->http), 1);
}

const sf_source_ops sf_lobsters_source = {
    .scheme = "lobsters",
    .summary = "lobsters:[newest,hottest]  Lobsters, live",
    .live = 1,
    .open = open_lobsters,
    .join = join,
    .read = read_lobsters,
    .commit = commit,
    .plan = plan,
    .close = close_lobsters,
};
