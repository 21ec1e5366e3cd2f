/* SPDX-License-Identifier: MIT */
/* What events are judged by beyond their own windows: how many authors spoke of their topics around the same hour of earlier
 * weeks, and in their episodes back to the start. All topics are asked for together: a question to a server
 * costs a journey. */
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

/* ---- what is usual ------------------------------------------------------------------------------------------------ */

static int give_all(void *payload, size_t which, const sf_bucket *b)
{
    sf_cycle *c = payload;
    (void)which;
    return give(c->g, b);
}

/* The hour of each event in each of the weeks before, and the hours beside it. */
static int give_usual(sf_cycle *c, const want *w, size_t n, sf_error *err)
{
    sf_topic_span *spans = sf_batch_alloc(c->memory, n * WEEKS * sizeof *spans);
    size_t n_spans = 0;
    if (spans == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (size_t i = 0; i < n; i++) {
        int64_t hour = sf_floor_time(w[i].start_ms, HOUR_MS);
        int again = i > 0 && sf_compare_topics(w[i].topic, w[i - 1].topic) == 0 &&
                    hour == sf_floor_time(w[i - 1].start_ms, HOUR_MS);
        for (int k = 1; k <= WEEKS && !again; k++) {
            int64_t at = hour - k * WEEK_MS;
            spans[n_spans++] = (sf_topic_span){w[i].topic, at - HOUR_MS, at + 2 * HOUR_MS};
        }
    }
    return c->ask->read_counts_of(c->store, spans, n_spans, 0, give_all, c, err);
}

/* ---- episodes ----------------------------------------------------------------------------------------------------- */

/* The episodes of topics, back from the run. */
typedef struct walks {
    sf_cycle *c;
    sf_topic_span *spans; /* to_ms: the earliest window known */
    uint32_t *platforms;  /* that have the topic in the run, so that their first windows matter */
    size_t n;
} walks;

static int begin_walks(walks *s, const want *w, size_t n, sf_error *err)
{
    sf_cycle *c = s->c;
    s->spans = sf_batch_alloc(c->memory, n * sizeof *s->spans);
    s->platforms = sf_batch_alloc(c->memory, n * sizeof *s->platforms);
    if (s->spans == NULL || s->platforms == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || sf_compare_topics(w[i].topic, w[i - 1].topic) != 0) {
            s->platforms[s->n] = 0;
            s->spans[s->n++] = (sf_topic_span){w[i].topic, c->from_ms - GAP_MS, c->from_ms};
        }
        s->platforms[s->n - 1] |= w[i].platforms;
    }
    return SF_OK;
}

static int give_and_watch(void *payload, size_t which, const sf_bucket *b)
{
    walks *s = payload;
    int64_t *first = &s->spans[which].to_ms;
    *first = b->start_ms < *first ? b->start_ms : *first;
    return give(s->c->g, b);
}

/* Leaves the spans of which there are windows before the run, and lets them reach back for good. */
static void keep_begun(walks *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->spans[i].to_ms < s->c->from_ms) {
            s->spans[n] = s->spans[i];
            s->spans[n].from_ms = -NEVER;
            s->platforms[n++] = s->platforms[i];
        }
    }
    s->n = n;
}

/* From the first window of each to where its last six hours begin, which are known already. */
static void turn_round(walks *s)
{
    for (size_t i = 0; i < s->n; i++) {
        s->spans[i].from_ms = s->spans[i].to_ms;
        s->spans[i].to_ms = s->c->from_ms - GAP_MS;
    }
}

/* The episodes that reach into the run. Their last 6 hours are given whole; before them one window every 6 hours keeps an
 * episode together, and the first of each platform says who had it first. */
static int give_episodes(sf_cycle *c, const want *w, size_t n, sf_error *err)
{
    walks s = {.c = c};
    int r = begin_walks(&s, w, n, err);
    r = r == SF_OK ? c->ask->read_counts_of(c->store, s.spans, s.n, 0, give_and_watch, &s, err) : r;
    if (r == SF_OK) {
        keep_begun(&s);
        r = c->ask->read_back_of(c->store, s.spans, s.n, GAP_MS, give_and_watch, &s, err);
    }
    if (r == SF_OK) {
        turn_round(&s);
        r = c->ask->read_firsts_of(c->store, s.spans, s.platforms, s.n, give_all, c, err);
    }
    return r;
}

int sf_cycle_past(sf_cycle *c, const sf_event *events, size_t n, sf_error *err)
{
    want *w;
    if (n == 0) {
        return SF_OK;
    }
    if (copy_wants(c, events, n, &w) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = give_usual(c, w, n, err);
    return r == SF_OK ? give_episodes(c, w, n, err) : r;
}
