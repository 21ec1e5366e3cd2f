/* SPDX-License-Identifier: MIT */
/* What events are judged by beyond their own windows: how many authors spoke of their topics around the same hour of earlier
 * weeks, and in their episodes back to the start. */
#include <stdlib.h>

#include "common/fail.h"
#include "cycle_internal.h"

/* An event whose past is needed. */
typedef struct want {
    sf_str topic;
    int64_t start_ms;
    uint32_t platforms;
} want;

static int compare_wants(const void *left, const void *right)
{
    const want *a = left, *b = right;
    int c = sf_compare_topics(a->topic, b->topic);
    return c != 0 ? c : sf_compare_times(a->start_ms, b->start_ms);
}

/* The events, by topic, where no call of the aggregator can touch them. */
static int copy_wants(sf_cycle *c, const sf_event *events, size_t n, want **out)
{
    want *w = sf_batch_alloc(c->memory, n * sizeof *w);
    if (w == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        w[i] = (want){.start_ms = events[i].start_ms, .platforms = events[i].platforms};
        if (sf_batch_copy(c->memory, events[i].topic, &w[i].topic) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    qsort(w, n, sizeof *w, compare_wants);
    *out = w;
    return SF_OK;
}

static int give(sf_aggregator *g, const sf_bucket *b)
{
    return sf_aggregator_past(g, b->topic, b->platform, b->first_ms != SF_NO_TIME ? b->first_ms : b->start_ms,
                              b->authors);
}

static int give_all(void *payload, const sf_bucket *b)
{
    sf_cycle *c = payload;
    return give(c->g, b);
}

/* The hour of the event in each of the weeks before, and the hours beside it. */
static int give_usual(sf_cycle *c, sf_str topic, int64_t hour_ms, sf_error *err)
{
    int r = SF_OK;
    for (int k = 1; k <= WEEKS && r == SF_OK; k++) {
        int64_t from = hour_ms - k * WEEK_MS;
        r = c->ask->read_counts(c->store, topic, from - HOUR_MS, from + 2 * HOUR_MS, give_all, c, err);
    }
    return r;
}

/* A walk back through an episode. */
typedef struct walk {
    sf_cycle *c;
    int64_t first_ms;   /* the earliest window seen; NEVER: none */
    uint32_t platforms; /* whose first window is still to be found */
} walk;

static int give_and_watch(void *payload, const sf_bucket *b)
{
    walk *w = payload;
    w->first_ms = b->start_ms < w->first_ms ? b->start_ms : w->first_ms;
    return give(w->c->g, b);
}

static int give_one(void *payload, const sf_bucket *b)
{
    int r = give_and_watch(payload, b);
    return r == SF_OK ? SF_EEND : r;
}

static int give_firsts(void *payload, const sf_bucket *b)
{
    walk *w = payload;
    uint32_t bit = 1U << b->platform;
    if ((w->platforms & bit) == 0) {
        return SF_OK;
    }
    w->platforms &= ~bit;
    int r = give(w->c->g, b);
    return r == SF_OK && w->platforms == 0 ? SF_EEND : r;
}

/* The episode that reaches into the run, if there is one. Its last 6 hours are given whole; before them one window every
 * 6 hours keeps it together, and the first of each platform says who had it first. */
static int give_episode(sf_cycle *c, sf_str topic, uint32_t platforms, sf_error *err)
{
    walk w = {c, NEVER, platforms};
    int64_t from = c->from_ms - GAP_MS, at;
    int r = c->ask->read_counts(c->store, topic, from, c->from_ms, give_and_watch, &w, err);
    do {
        at = w.first_ms;
        if (r == SF_OK && at != NEVER) {
            r = c->ask->read_counts(c->store, topic, at - GAP_MS, at, give_one, &w, err);
        }
    } while (r == SF_OK && w.first_ms < at);
    if (r == SF_OK && at < from) {
        r = c->ask->read_counts(c->store, topic, at, from, give_firsts, &w, err);
    }
    return r;
}

int sf_cycle_past(sf_cycle *c, const sf_event *events, size_t n, sf_error *err)
{
    want *w;
    if (copy_wants(c, events, n, &w) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = SF_OK;
    for (size_t i = 0, end; i < n && r == SF_OK; i = end) {
        uint32_t platforms = 0;
        int64_t last = -NEVER;
        for (end = i; end < n && sf_compare_topics(w[end].topic, w[i].topic) == 0 && r == SF_OK; end++) {
            int64_t hour = sf_floor_time(w[end].start_ms, HOUR_MS);
            platforms |= w[end].platforms;
            r = hour != last ? give_usual(c, w[i].topic, hour, err) : SF_OK;
            last = hour;
        }
        r = r == SF_OK ? give_episode(c, w[i].topic, platforms, err) : r;
    }
    return r;
}
