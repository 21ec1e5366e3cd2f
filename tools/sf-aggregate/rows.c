/* SPDX-License-Identifier: MIT */
/* The rows of a run of windows: what is there, what should be there, and what of the difference concerns later windows. */
#include <stdlib.h>

#include "common/fail.h"
#include "cycle_internal.h"

/* ---- what is there ------------------------------------------------------------------------------------------------ */

static int take_bucket(void *payload, const sf_bucket *b)
{
    sf_cycle *c = payload;
    if (sf_cycle_room(&c->buckets, &c->cap_buckets, c->n_buckets + 1, sizeof *b) != SF_OK) {
        return SF_ENOMEM;
    }
    sf_bucket *to = &c->buckets[c->n_buckets];
    *to = *b;
    if (sf_batch_copy(c->memory, b->topic, &to->topic) != SF_OK) {
        return SF_ENOMEM;
    }
    c->n_buckets++;
    return SF_OK;
}

static int take_event(void *payload, const sf_event *e)
{
    sf_cycle *c = payload;
    if (sf_cycle_room(&c->events, &c->cap_events, c->n_events + 1, sizeof *e) != SF_OK) {
        return SF_ENOMEM;
    }
    sf_event *to = &c->events[c->n_events];
    *to = *e;
    if (sf_batch_copy(c->memory, e->topic, &to->topic) != SF_OK) {
        return SF_ENOMEM;
    }
    c->n_events++;
    return SF_OK;
}

/* By window and topic. */
static int compare_places(int64_t a_ms, sf_str a, int64_t b_ms, sf_str b)
{
    int order = sf_compare_times(a_ms, b_ms);
    return order != 0 ? order : sf_compare_topics(a, b);
}

static int compare_buckets(const void *left, const void *right)
{
    const sf_bucket *a = left, *b = right;
    int order = compare_places(a->start_ms, a->topic, b->start_ms, b->topic);
    return order != 0 ? order : (a->platform > b->platform) - (a->platform < b->platform);
}

static int compare_events(const void *left, const void *right)
{
    const sf_event *a = left, *b = right;
    return compare_places(a->start_ms, a->topic, b->start_ms, b->topic);
}

int sf_cycle_read_rows(sf_cycle *c, sf_error *err)
{
    c->n_buckets = c->n_events = 0;
    int r = c->ask->read_buckets(c->store, c->from_ms, c->to_ms, take_bucket, c, err);
    r = r == SF_OK ? c->ask->read_events(c->store, c->from_ms, c->to_ms, take_event, c, err) : r;
    if (c->n_buckets > 1) {
        qsort(c->buckets, c->n_buckets, sizeof *c->buckets, compare_buckets);
    }
    if (c->n_events > 1) {
        qsort(c->events, c->n_events, sizeof *c->events, compare_events);
    }
    return r;
}

/* ---- what differs ------------------------------------------------------------------------------------------------- */

static int same(double a, double b)
{
    return a == b || (a != a && b != b);
}

/* Are as many posts created in it, by as many authors, from the same moment on? */
static int same_count(const sf_bucket *a, const sf_bucket *b)
{
    return a->count == b->count && a->authors == b->authors && a->first_ms == b->first_ms;
}

static int same_bucket(const sf_bucket *a, const sf_bucket *b)
{
    return same_count(a, b) && a->active == b->active && a->n_scored == b->n_scored &&
           same(a->avg_score, b->avg_score) && same(a->avg_sentiment, b->avg_sentiment) &&
           same(a->avg_velocity, b->avg_velocity) && same(a->score_gain, b->score_gain);
}

static int same_event(const sf_event *a, const sf_event *b)
{
    return a->ts_ms == b->ts_ms && a->platforms == b->platforms && a->leader == b->leader && a->support == b->support &&
           a->significant == b->significant && same(a->lead_seconds, b->lead_seconds) &&
           same(a->delta_score, b->delta_score) && same(a->delta_low, b->delta_low) &&
           same(a->delta_high, b->delta_high) && same(a->p_value, b->p_value);
}

/* Notes what a bucket's change means to later windows; either side may be NULL. */
static int note_change(sf_cycle *c, const sf_bucket *was, const sf_bucket *is)
{
    const sf_bucket *b = is != NULL ? is : was;
    uint32_t before = was != NULL ? was->authors : 0, after = is != NULL ? is->authors : 0;
    int64_t first = before > 0 ? was->first_ms : SF_NO_TIME;
    int begins = first != (after > 0 ? is->first_ms : SF_NO_TIME);
    if (before == after && !begins) {
        return SF_OK;
    }
    if (sf_cycle_room(&c->changes, &c->cap_changes, c->n_changes + 1, sizeof *c->changes) != SF_OK) {
        return SF_ENOMEM;
    }
    c->changes[c->n_changes++] = (sf_change){.topic = b->topic,
                                             .start_ms = b->start_ms,
                                             .platform = b->platform,
                                             .authors = before != after,
                                             .begins = begins};
    return SF_OK;
}

static int put_bucket(sf_cycle *c, const sf_bucket *was, const sf_bucket *is, sf_error *err)
{
    if (was != NULL && is != NULL && same_bucket(was, is)) {
        return SF_OK;
    }
    if (was == NULL || is == NULL || !same_count(was, is)) {
        const sf_bucket *b = is != NULL ? is : was;
        sf_kept_changed(c->kept, b->topic, b->start_ms);
    }
    c->counts->buckets++;
    if (note_change(c, was, is) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    return is != NULL ? c->ask->put_bucket(c->store, is, was == NULL, err) : c->ask->drop_bucket(c->store, was, err);
}

/* How many of the buckets at b lie in the same window and topic as the first, and does it show up in any? */
static size_t group(const sf_bucket *b, const sf_bucket *end, const sf_bucket *like, int *shows)
{
    const sf_bucket *at = b;
    *shows = 0;
    while (at < end && compare_places(at->start_ms, at->topic, like->start_ms, like->topic) == 0) {
        *shows |= at->count > 0;
        at++;
    }
    return (size_t)(at - b);
}

/* One topic in one window: n_was old and n_is new buckets, by platform. */
static int put_group(sf_cycle *c, const sf_bucket *was, size_t n_was, const sf_bucket *is, size_t n_is, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0, j = 0; (i < n_was || j < n_is) && r == SF_OK;) {
        int old = i < n_was && (j == n_is || was[i].platform <= is[j].platform);
        int new = j < n_is && (i == n_was || is[j].platform <= was[i].platform);
        r = put_bucket(c, old ? &was[i] : NULL, new ? &is[j] : NULL, err);
        i += (size_t)old;
        j += (size_t) new;
    }
    return r;
}

static int put_buckets(sf_cycle *c, const sf_bucket *is, size_t n, sf_error *err)
{
    const sf_bucket *was = c->buckets, *was_end = was + c->n_buckets, *is_end = is + n;
    int r = SF_OK;
    while ((was < was_end || is < is_end) && r == SF_OK) {
        int order = was == was_end ? 1
                    : is == is_end ? -1
                                   : compare_places(was->start_ms, was->topic, is->start_ms, is->topic);
        const sf_bucket *like = order <= 0 ? was : is;
        int showed, shows;
        size_t n_was = group(was, was_end, like, &showed), n_is = group(is, is_end, like, &shows);
        size_t first = c->n_changes;
        r = put_group(c, was, n_was, is, n_is, err);
        for (size_t i = first; i < c->n_changes; i++) {
            c->changes[i].appears = showed != shows;
        }
        was += n_was;
        is += n_is;
    }
    return r;
}

static int put_events(sf_cycle *c, const sf_event *is, size_t n, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0, j = 0; (i < c->n_events || j < n) && r == SF_OK;) {
        const sf_event *was = &c->events[i];
        int order = i == c->n_events ? 1 : j == n ? -1 : compare_events(was, &is[j]);
        if (order < 0) {
            r = c->ask->drop_event(c->store, was, err);
            c->counts->events++;
        } else if (order > 0 || !same_event(was, &is[j])) {
            r = c->ask->put_event(c->store, &is[j], order > 0, err);
            c->counts->events++;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return r;
}

/* ---- totals ------------------------------------------------------------------------------------------------------- */

typedef struct totals {
    sf_bucket of[SF_PLATFORM_COUNT];
    int was[SF_PLATFORM_COUNT]; /* the old rows came to something */
} totals;

static void add_up(totals *t, const sf_bucket *b)
{
    t->of[b->platform].count += b->count;
    t->of[b->platform].authors += b->authors;
}

static int put_totals_of(sf_cycle *c, totals *t, int64_t start_ms, sf_error *err)
{
    int r = SF_OK;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        t->of[p].start_ms = start_ms;
        t->of[p].platform = p;
        r = t->of[p].count > 0 || t->was[p] ? c->ask->put_total(c->store, &t->of[p], err) : SF_OK;
    }
    return r;
}

/* What the topics of each window come to. */
static int put_totals(sf_cycle *c, const sf_bucket *is, size_t n, sf_error *err)
{
    const sf_bucket *was = c->buckets, *was_end = was + c->n_buckets, *is_end = is + n;
    int r = SF_OK;
    while ((was < was_end || is < is_end) && r == SF_OK) {
        totals t = {0};
        int64_t start = is == is_end || (was < was_end && was->start_ms < is->start_ms) ? was->start_ms : is->start_ms;
        for (; was < was_end && was->start_ms == start; was++) {
            t.was[was->platform] |= was->count > 0;
        }
        for (; is < is_end && is->start_ms == start; is++) {
            add_up(&t, is);
        }
        r = put_totals_of(c, &t, start, err);
    }
    return r;
}

int sf_cycle_put_rows(sf_cycle *c, const sf_bucket *buckets, size_t n_buckets, const sf_event *events, size_t n_events,
                      sf_error *err)
{
    uint64_t before = c->counts->buckets;
    c->n_changes = 0;
    int r = put_buckets(c, buckets, n_buckets, err);
    r = r == SF_OK && c->counts->buckets > before ? put_totals(c, buckets, n_buckets, err) : r;
    return r == SF_OK ? put_events(c, events, n_events, err) : r;
}
