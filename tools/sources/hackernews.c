/* SPDX-License-Identifier: MIT */
/* hackernews:[LIST,...] polls Hacker News: its lists for new stories, /updates and a schedule for their numbers.
 * docs/sources.md is its manual.
 *
 * What read() hands over changes what the source knows at once, and is saved by the commit() of that batch: a crash between the
 * two goes back to what was known at the last commit, and the same items are asked for again. */
#include "hackernews.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum {
    ASKED_MS = 3600000,     /* an answer will come long before, or never */
    HURRY_MS = 60000,       /* a post that /updates names is looked at no more often than that */
    RELISTED_MS = 43200000, /* how stale the note may be of when a list last named an id */
    WALK_MOST = 2000,       /* ids of the walk over all items that wait at once */
    OFF_MS = 3600000        /* a list that is forbidden is left alone for so long */
};

/* ---- opening ------------------------------------------------------------------------------------------------------ */

/* Marks the lists that the URL names as wanted. */
static int want_lists(sf_hackernews *h, const sf_url *url, sf_error *err)
{
    const char *p = url->rest;
    for (size_t i = 0; p[0] == '\0' && i < SF_HACKERNEWS_LISTS; i++) {
        h->lists[i].wanted |= sf_hackernews_lists[i].usual;
    }
    while (*p != '\0') {
        size_t len = strcspn(p, ","), i = 0;
        while (i < SF_HACKERNEWS_LISTS &&
               (strlen(sf_hackernews_lists[i].name) != len || memcmp(sf_hackernews_lists[i].name, p, len) != 0)) {
            i++;
        }
        if (i == SF_HACKERNEWS_LISTS) {
            return sf_fail(err, SF_EINVAL, "%.40s: \"%.*s\" is none of new top updates best ask show job comments",
                           url->text, (int)(len < 20 ? len : 20), p);
        }
        h->lists[i].wanted = 1;
        p += len + (p[len] == ',');
    }
    h->polls = 1;
    h->wanted = 0;
    for (size_t i = 0; i < SF_HACKERNEWS_LISTS; i++) {
        h->wanted += (size_t)h->lists[i].wanted;
    }
    return SF_OK;
}

static int join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {NULL};
    (void)settings;
    if (strcmp(url->rest, "search") == 0) {
        return sf_hackernews_want_search((sf_hackernews *)base, url, err);
    }
    int r = sf_url_check_query(url, known, err);
    return r == SF_OK ? want_lists((sf_hackernews *)base, url, err) : r;
}

static void close_hackernews(sf_source *base)
{
    sf_hackernews *h = (sf_hackernews *)base;
    if (h->http != NULL) {
        sf_http_counts c = sf_http_count(h->http);
        sf_log(SF_LOG_INFO,
               "hackernews: %" PRIu64 " requests, %" PRIu64 " again, %" PRIu64 " slowed down, %" PRIu64 " pauses; "
               "%zu posts tracked, %zu ids waiting",
               c.requests, c.again, c.slowed, c.pauses, sf_schedule_count(h->poller.tracked),
               sf_schedule_count(h->waiting));
    }
    sf_http_free(h->http);
    sf_poller_close(&h->poller);
    sf_schedule_free(h->waiting);
    free(h);
}

static int open_parts(sf_hackernews *h, const sf_settings *settings, sf_error *err)
{
    sf_http_options http = {.name = "hackernews",
                            .parallel = (size_t)sf_settings_integer(settings, "hackernews-parallel"),
                            .per_second = sf_settings_number(settings, "hackernews-rate"),
                            .timeout_ms = sf_settings_integer(settings, "http-timeout")};
    if (sf_schedule_new(&h->waiting) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "hackernews: %s", sf_strerror(SF_ENOMEM));
    }
    int r = sf_poller_open(&h->poller, &sf_hackernews_platform, settings, err);
    r = r == SF_OK ? sf_poller_recall(&h->poller, sf_hackernews_recall_line, h, err) : r;
    if (r == SF_OK && sf_http_new(&h->http, &http) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "hackernews: %s", sf_strerror(SF_ENOMEM));
    }
    return r;
}

static int open_hackernews(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_hackernews *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return sf_fail(err, SF_ENOMEM, "hackernews: %s", sf_strerror(SF_ENOMEM));
    }
    h->poller.platform = &sf_hackernews_platform;
    int r = join(&h->base, url, settings, err);
    r = r == SF_OK ? sf_endpoint(settings, "hackernews-endpoint", &h->endpoint, err) : r;
    r = r == SF_OK ? sf_endpoint(settings, "hackernews-search-endpoint", &h->search.endpoint, err) : r;
    r = r == SF_OK && !sf_settings_flag(settings, "check-config") ? open_parts(h, settings, err) : r;
    if (r == SF_OK && h->search.since == 0 && h->poller.backfill_ms != SF_NO_TIME) {
        h->search.since = h->poller.backfill_ms / 1000;
    }
    if (r != SF_OK) {
        close_hackernews(&h->base);
        return r;
    }
    *out = &h->base;
    return SF_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static int ask(sf_hackernews *h, const char *what, uint64_t tag, sf_error *err)
{
    char url[512];
    size_t len = strlen(h->endpoint);
    len -= len > 0 && h->endpoint[len - 1] == '/';
    int n = snprintf(url, sizeof url, "%.*s/v0/%s.json", (int)len, h->endpoint, what);
    if (n < 0 || (size_t)n >= sizeof url) {
        return sf_fail(err, SF_EINVAL, "hackernews-endpoint: too long");
    }
    return sf_http_add(h->http, &(sf_http_request){.url = url, .tag = tag}, err);
}

static int ask_for_item(sf_hackernews *h, const sf_tracked *t, sf_error *err)
{
    char what[40];
    (void)snprintf(what, sizeof what, "item/%" PRIu64, t->id);
    return ask(h, what, t->id, err);
}

static int ask_for_waiting(sf_hackernews *h, int64_t now_ms, sf_error *err)
{
    sf_tracked *w;
    int r = SF_OK;
    while (r == SF_OK && (w = sf_schedule_first(h->waiting)) != NULL && w->due_ms <= now_ms &&
           sf_http_room(h->http) > 0) {
        r = ask_for_item(h, w, err);
        sf_schedule_move(h->waiting, w, now_ms + ASKED_MS);
    }
    return r;
}

static int ask_for_tracked(sf_hackernews *h, int64_t now_ms, sf_error *err)
{
    const sf_tracked *t;
    int r = SF_OK;
    while (r == SF_OK && sf_http_room(h->http) > 0 && (t = sf_poller_take_due(&h->poller, now_ms)) != NULL) {
        r = ask_for_item(h, t, err);
    }
    return r;
}

/* Lists first, since they are what shows news; then what they named; then what is to be looked at again. */
static int ask_for_all(sf_hackernews *h, int64_t now_ms, sf_error *err)
{
    int64_t steady = sf_clock_steady_ms();
    int r = SF_OK;
    for (size_t i = 0; i < SF_HACKERNEWS_LISTS && r == SF_OK; i++) {
        if (h->lists[i].wanted && !h->lists[i].asked && h->lists[i].due_ms <= steady && sf_http_room(h->http) > 0) {
            h->lists[i].asked = 1;
            h->lists[i].due_ms = steady + sf_hackernews_lists[i].every_ms;
            r = ask(h, sf_hackernews_lists[i].path, SF_HACKERNEWS_LIST_TAG | i, err);
        }
    }
    r = r == SF_OK ? sf_hackernews_ask_search(h, err) : r;
    r = r == SF_OK ? ask_for_waiting(h, now_ms, err) : r;
    return r == SF_OK ? ask_for_tracked(h, now_ms, err) : r;
}

/* How long until something is due; at most `most`. */
static int64_t until_due(sf_hackernews *h, int64_t now_ms, int64_t most)
{
    int64_t steady = sf_clock_steady_ms();
    const sf_tracked *w = sf_schedule_first(h->waiting);
    for (size_t i = 0; i < SF_HACKERNEWS_LISTS; i++) {
        int64_t wait = h->lists[i].due_ms - steady;
        most = h->lists[i].wanted && !h->lists[i].asked && wait < most ? wait : most;
    }
    most = w != NULL && w->due_ms - now_ms < most ? w->due_ms - now_ms : most;
    return sf_poller_until_due(&h->poller, now_ms, most);
}

/* ---- lists -------------------------------------------------------------------------------------------------------- */

typedef struct listing {
    sf_hackernews *h;
    int64_t now_ms;
} listing;

void sf_hackernews_listed(sf_hackernews *h, uint64_t id, int64_t now_ms)
{
    sf_tracked *w = sf_schedule_find(h->waiting, id);
    int64_t seen_ms = sf_seen_at(h->poller.seen, id);
    if (w != NULL) {
        w->observed_ms = now_ms;
    } else if (seen_ms != SF_NO_TIME) {
        if (now_ms - seen_ms >= RELISTED_MS) {
            sf_poller_keep_seen(&h->poller, id, now_ms);
        }
    } else if (sf_schedule_find(h->poller.tracked, id) == NULL &&
               sf_schedule_add(h->waiting, id, now_ms, now_ms) == NULL) {
        h->poller.no_memory = 1;
    }
}

static void take_id(void *payload, uint64_t id)
{
    const listing *l = payload;
    sf_hackernews_listed(l->h, id, l->now_ms);
}

/* /updates names what has changed of late; posts that are tracked are looked at now. */
static void take_update(void *payload, uint64_t id)
{
    const listing *l = payload;
    sf_tracked *t = sf_schedule_find(l->h->poller.tracked, id);
    if (t != NULL && !t->gone && !t->asked && l->now_ms - t->observed_ms >= HURRY_MS && t->due_ms > l->now_ms) {
        sf_schedule_move(l->h->poller.tracked, t, l->now_ms);
    }
}

/* The walk over all items goes on to the highest; from where it stood at the first look. */
static void take_highest(void *payload, uint64_t highest)
{
    const listing *l = payload;
    sf_hackernews *h = l->h;
    if (h->walked == 0) {
        h->walked = highest;
    }
    for (size_t n = sf_schedule_count(h->waiting); h->walked < highest && n < WALK_MOST; n++) {
        sf_hackernews_listed(h, ++h->walked, l->now_ms);
    }
}

static void take_list(sf_hackernews *h, size_t i, const sf_http_answer *a)
{
    void (*const take[])(void *payload, uint64_t id) = {take_id, take_update, take_highest};
    const sf_hackernews_list *list = &sf_hackernews_lists[i];
    listing l = {h, a->answered_ms};
    h->lists[i].asked = 0;
    switch (a->verdict) {
    case SF_HTTP_GOOD:
        if (sf_hackernews_read_list(list->form, a->body, take[list->form], &l) != SF_OK) {
            sf_log(SF_LOG_WARN, "hackernews: %s: the answer is no list; asked again", list->path);
        }
        break;
    case SF_HTTP_AGAIN: sf_log(SF_LOG_WARN, "hackernews: %s: %s; asked again", list->path, a->reason); break;
    case SF_HTTP_FORBIDDEN:
        sf_log(SF_LOG_WARN, "hackernews: %s: %s; left alone for an hour", list->path, a->reason);
        h->lists[i].due_ms = sf_clock_steady_ms() + OFF_MS;
        break;
    default:
        sf_log(SF_LOG_WARN, "hackernews: %s: %s; polled no more", list->path, a->reason);
        h->lists[i].wanted = 0;
        h->wanted--;
        break;
    }
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int take_answers(sf_hackernews *h, sf_records *b, size_t most)
{
    sf_http_answer a;
    size_t before = b->n;
    int r = SF_OK;
    while (r == SF_OK && b->n - before < most && sf_http_next(h->http, &a)) {
        if ((a.tag & SF_HACKERNEWS_LIST_TAG) != 0) {
            take_list(h, (size_t)(a.tag & ~SF_HACKERNEWS_LIST_TAG), &a);
        } else if ((a.tag & SF_HACKERNEWS_SEARCH_TAG) != 0) {
            r = sf_hackernews_take_search(h, b, &a);
        } else {
            r = sf_hackernews_item(h, b, a.tag, &a);
        }
    }
    return r;
}

/* With --once: is nothing on its way, and nothing due? */
static int is_done(sf_hackernews *h, int64_t now_ms)
{
    return h->poller.once && sf_hackernews_search_is_done(h) && sf_http_busy(h->http) == 0 &&
           until_due(h, now_ms, 1) > 0;
}

static int64_t read_hackernews(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    sf_hackernews *h = (sf_hackernews *)base;
    size_t before = b->n;
    int64_t now = sf_clock_ms();
    if (h->wanted == 0 && sf_hackernews_search_is_done(h)) {
        return !h->polls && !h->search.failed ? SF_EEND
                                              : sf_fail(err, SF_EIO, "hackernews: no list is left to be polled");
    }
    if (is_done(h, now)) {
        return SF_EEND;
    }
    sf_poller_expire(&h->poller, now);
    int r = sf_poller_fit(&h->poller, h->http, now, sf_http_rate(h->http));
    r = r == SF_OK ? ask_for_all(h, now, err) : r;
    if (r != SF_OK) {
        return r;
    }
    (void)sf_http_wait(h->http, sf_http_room(h->http) > 0 ? until_due(h, now, timeout_ms) : timeout_ms);
    r = take_answers(h, b, most);
    if (b->n > before) {
        sf_hackernews_keep_walked(h);
    }
    r = r == SF_OK ? sf_poller_watch(&h->poller, b, sf_poller_watched(h->http)) : r;
    return sf_poller_end(&h->poller, b, before, r, h->http, err);
}

static int commit(sf_source *base, uint64_t position, sf_error *err)
{
    return sf_state_commit(((sf_hackernews *)base)->poller.state, position, err);
}

static void plan(const sf_source *base, FILE *to)
{
    const sf_hackernews *h = (const sf_hackernews *)base;
    for (size_t i = 0; i < SF_HACKERNEWS_LISTS; i++) {
        if (h->lists[i].wanted) {
            sf_poller_plan(to, "hackernews", sf_hackernews_lists[i].path, sf_hackernews_lists[i].every_ms, 1);
        }
    }
    if (h->search.since > 0) {
        fprintf(to, "hackernews: search, 1,000 stories a request, until it has come to where it goes\n");
    }
    sf_poller_plan_looks(&h->poller, to, sf_http_rate(h->http), 1);
}

const sf_source_ops sf_hackernews_source = {
    .scheme = "hackernews",
    .summary = "hackernews:[new,top,updates,best,ask,show,job,comments]  Hacker News, live",
    .live = 1,
    .open = open_hackernews,
    .join = join,
    .read = read_hackernews,
    .commit = commit,
    .plan = plan,
    .close = close_hackernews,
};
