/* SPDX-License-Identifier: MIT */
/* Answers about items of Hacker News: first sights, refreshes, deletes, and what has no news. */
#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "hackernews.h"

enum {
    SOON_MS = 60000,       /* after a failure */
    LATER_MS = 10 * 60000, /* after a refusal */
    NULL_MS = 15000,       /* until a null is asked for again; doubles ... */
    NULL_MOST_MS = 600000, /* ... up to this */
    UNLISTED_MS = 3600000  /* a null that no list has named for so long is given up */
};

/* ---- ids ---------------------------------------------------------------------------------------------------------- */

static uint64_t id_of(sf_str source_id)
{
    uint64_t id;
    return sf_poller_read_number(source_id, &id) && source_id.ptr[0] != '0' ? id : 0;
}

static sf_str source_id_of(uint64_t id, sf_str name, char buf[SF_SOURCE_ID])
{
    (void)name;
    int n = snprintf(buf, SF_TRACKED_NAME, "%" PRIu64, id);
    return (sf_str){buf, (size_t)n};
}

const sf_poller_platform sf_hackernews_platform = {
    .name = "hackernews",
    .id = SF_HACKERNEWS,
    .fastest = 3.6 * 0.0028, /* 3.6 times the median */
    .id_of = id_of,
    .source_id_of = source_id_of,
};

/* ---- nulls -------------------------------------------------------------------------------------------------------- */

/* Has no list named it for so long that it will not come any more? */
static int is_unlisted(const sf_hackernews *h, const sf_tracked *w)
{
    return h->poller.last_ms - w->observed_ms > UNLISTED_MS;
}

/* The API has no such item, or none yet. */
static void wait_longer(sf_hackernews *h, sf_tracked *w)
{
    int64_t pause = NULL_MS;
    for (uint32_t i = 0; i < w->missed && pause < NULL_MOST_MS; i++) {
        pause *= 2;
    }
    if (is_unlisted(h, w)) {
        sf_hackernews_drop_waiting(h, w);
        return;
    }
    if (w->missed == 0) {
        sf_hackernews_keep_waiting(h, w);
    }
    sf_tracked_count(&w->missed);
    w->asked = 0;
    sf_schedule_move(h->waiting, w, h->poller.last_ms + (pause < NULL_MOST_MS ? pause : NULL_MOST_MS));
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* No item came: nothing is known, so nothing is forgotten. */
static void put_off(sf_hackernews *h, sf_tracked *w, sf_tracked *t, int64_t ms)
{
    if (w != NULL) {
        w->asked = 0;
        sf_schedule_move(h->waiting, w, h->poller.last_ms + ms);
    } else {
        sf_poller_put_off(&h->poller, t, ms);
    }
}

static int is_null(sf_str body)
{
    sf_json j;
    sf_json_init(&j, body);
    return sf_json_peek(&j) == SF_JSON_NULL;
}

/* What cannot be read is a dead letter, once; a post that was fine before is looked at again. */
static int reject(sf_hackernews *h, sf_records *b, sf_tracked *w, sf_tracked *t, sf_str raw, const sf_child *c)
{
    uint64_t id = w != NULL ? w->id : t->id;
    int r = sf_poller_reject(&h->poller, b, id, raw, c);
    if (w != NULL) {
        sf_hackernews_drop_waiting(h, w);
        sf_poller_keep_seen(&h->poller, id, h->poller.last_ms);
    } else {
        sf_poller_unread(&h->poller, t);
    }
    return r;
}

static int first_sight(sf_hackernews *h, sf_records *b, sf_tracked *w, sf_signal *s, sf_str raw)
{
    sf_hackernews_drop_waiting(h, w);
    return sf_poller_first(&h->poller, b, s, raw, s->kind != SF_COMMENT);
}

static int read_item(sf_hackernews *h, sf_records *b, sf_tracked *w, sf_tracked *t, sf_str body)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    uint64_t id = w != NULL ? w->id : t->id;
    sf_batch_reset(h->poller.scratch);
    int64_t n = sf_normalise(h->poller.scratch, SF_HACKERNEWS, body, h->poller.last_ms, &report, &why);
    if (n == SF_ENOMEM) {
        return SF_ENOMEM;
    }
    if (n == 0 && report.errors == 1 && report.n_children == 1) {
        return reject(h, b, w, t, body, report.children);
    }
    sf_signal *s = n == 1 ? sf_batch_at(h->poller.scratch, 0) : NULL;
    if (s == NULL || id_of(s->source_id) != id) {
        sf_log(SF_LOG_WARN, "hackernews: item %" PRIu64 ": the answer is %s; asked again", id,
               s != NULL ? "another item"
               : n < 0   ? why.message
                         : "no item");
        put_off(h, w, t, SOON_MS);
        return SF_OK;
    }
    return w != NULL ? first_sight(h, b, w, s, body) : sf_poller_refresh(&h->poller, b, t, s, body);
}

int sf_hackernews_item(sf_hackernews *h, sf_records *b, uint64_t id, const sf_http_answer *a)
{
    sf_tracked *w = sf_schedule_find(h->waiting, id);
    sf_tracked *t = w == NULL ? sf_schedule_find(h->poller.tracked, id) : NULL;
    if (w == NULL && t == NULL) {
        return SF_OK;
    }
    sf_poller_observed(&h->poller, a->answered_ms);
    if (a->verdict != SF_HTTP_GOOD) {
        sf_log(SF_LOG_WARN, "hackernews: item %" PRIu64 ": %s; put off", id, a->reason);
        if (a->verdict != SF_HTTP_AGAIN && w != NULL && is_unlisted(h, w)) {
            sf_hackernews_drop_waiting(h, w);
        } else {
            put_off(h, w, t, a->verdict == SF_HTTP_AGAIN ? SOON_MS : LATER_MS);
        }
        return SF_OK;
    }
    if (!is_null(a->body)) {
        return read_item(h, b, w, t, a->body);
    }
    if (w != NULL) {
        wait_longer(h, w);
        return SF_OK;
    }
    return sf_poller_miss(&h->poller, b, t);
}
