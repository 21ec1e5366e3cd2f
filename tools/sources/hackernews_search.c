/* SPDX-License-Identifier: MIT */
/* hackernews:search?since=TIME: all stories since then, from the search that knows them, 1,000 an answer. It goes from now back in
 * time, since answers hold the latest; how far it has come is remembered:
 *
 *   bSINCE  all stories made from this time on (in seconds) were given; SINCE itself once it is done
 */
#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "hackernews.h"

enum { HITS = 1000, SOON_MS = 60000, OFF_MS = 3600000 };

int sf_hackernews_want_search(sf_hackernews *h, const sf_url *url, sf_error *err)
{
    static const char *const known[] = {"since", NULL};
    char text[64];
    int64_t since_ms = 0;
    int r = sf_url_check_query(url, known, err);
    if (r != SF_OK) {
        return r;
    }
    if (sf_url_query(url, "since", text, sizeof text) == NULL || sf_time_parse(sf_cstr(text), &since_ms) != SF_OK ||
        since_ms < 1000) {
        return sf_fail(err, SF_EINVAL, "%.60s: needs ?since=2026-01-02T03:04:05Z", url->text);
    }
    if (h->search.since > 0) {
        return sf_fail(err, SF_EINVAL, "%.60s: one search is there already", url->text);
    }
    h->search.since = since_ms / 1000;
    return SF_OK;
}

/* Another run may have done a part of it, or of another one. */
static int64_t until_of(sf_hackernews *h)
{
    if (h->search.until == 0) {
        int same = h->search.kept_since == h->search.since;
        h->search.until = same ? h->search.kept_until : sf_clock_ms() / 1000 + 1;
    }
    return h->search.until;
}

int sf_hackernews_search_is_done(sf_hackernews *h)
{
    return h->search.since == 0 || until_of(h) <= h->search.since;
}

int sf_hackernews_ask_search(sf_hackernews *h, sf_error *err)
{
    char url[512];
    size_t len = strlen(h->search.endpoint);
    if (sf_hackernews_search_is_done(h) || h->search.asked || h->search.due_ms > sf_clock_steady_ms() ||
        sf_http_room(h->http) == 0) {
        return SF_OK;
    }
    len -= len > 0 && h->search.endpoint[len - 1] == '/';
    int n = snprintf(url, sizeof url,
                     "%.*s/api/v1/search_by_date?tags=story&hitsPerPage=%d&numericFilters=created_at_i>=%" PRId64
                     ",created_at_i<%" PRId64,
                     (int)len, h->search.endpoint, HITS, h->search.since, h->search.until);
    if (n < 0 || (size_t)n >= sizeof url) {
        return sf_fail(err, SF_EINVAL, "hackernews-search-endpoint: too long");
    }
    h->search.asked = 1;
    return sf_http_add(h->http, &(sf_http_request){.url = url, .tag = SF_HACKERNEWS_SEARCH_TAG}, err);
}

static int take_hits(sf_hackernews *h, sf_records *b, sf_str body, const sf_normalise_report *report)
{
    sf_poller *p = &h->poller;
    int64_t oldest = h->search.until;
    int r = SF_OK;
    for (size_t i = 0; i < report->n_children && r == SF_OK; i++) {
        const sf_child *c = &report->children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        if (c->signal < 0) {
            r = c->status != SF_ESKIP ? sf_poller_reject_once(p, b, 0, raw, c) : SF_OK;
            continue;
        }
        sf_signal *s = sf_batch_at(p->scratch, (size_t)c->signal);
        int young = s->ts_ms != SF_NO_TIME && p->last_ms - s->ts_ms < SF_SEEN_MS;
        oldest = s->ts_ms != SF_NO_TIME && s->ts_ms / 1000 < oldest ? s->ts_ms / 1000 : oldest;
        if (p->platform->id_of(s->source_id) > 0) {
            r = sf_poller_listed(p, b, s, raw, young && s->kind != SF_COMMENT);
        }
    }
    /* Those of the oldest second may not all have been in it; but if all are of one second, there is no way to ask for more. */
    int more = report->n_children >= HITS;
    int64_t next = oldest + 1 < h->search.until ? oldest + 1 : oldest;
    h->search.until = more ? next : h->search.since;
    sf_poller_set_number(p, 'b', (uint64_t)h->search.since, (uint64_t)h->search.until);
    return r;
}

int sf_hackernews_take_search(sf_hackernews *h, sf_records *b, const sf_http_answer *a)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    int64_t n = SF_EPARSE;
    h->search.asked = 0;
    if (a->verdict == SF_HTTP_GOOD) {
        sf_poller_observed(&h->poller, a->answered_ms);
        sf_batch_reset(h->poller.scratch);
        n = sf_normalise(h->poller.scratch, SF_HACKERNEWS, a->body, h->poller.last_ms, &report, &why);
    }
    if (n >= 0) {
        return take_hits(h, b, a->body, &report);
    }
    int forbidden = a->verdict == SF_HTTP_FORBIDDEN;
    int gone = a->verdict != SF_HTTP_GOOD && a->verdict != SF_HTTP_AGAIN && !forbidden;
    sf_log(SF_LOG_WARN, "hackernews: search: %s; %s", a->verdict == SF_HTTP_GOOD ? why.message : a->reason,
           gone        ? "given up"
           : forbidden ? "left alone for an hour"
                       : "asked again");
    h->search.due_ms = sf_clock_steady_ms() + (forbidden ? OFF_MS : SOON_MS);
    h->search.since = gone ? 0 : h->search.since;
    h->search.failed |= gone;
    return n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
}
