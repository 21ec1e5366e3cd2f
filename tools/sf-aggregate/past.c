/* SPDX-License-Identifier: MIT */
/* What events are judged by beyond their own windows: how many authors spoke of their topics around the same hour of earlier
 * weeks, and in their episodes back to the start. All topics are asked for together, and go back a step at a time: a
 * question to a server costs a journey. */
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

/* A walk back through a topic's episode. */
typedef struct walk {
    sf_str topic;
    int64_t first_ms;   /* the earliest window seen; NEVER: none */
    int64_t at_ms;      /* that of the step before */
    uint32_t platforms; /* whose first window is still to be found */
} walk;

/* All walks that go on, a step at a time. */
typedef struct walks {
    sf_cycle *c;
    walk *all, **of; /* `of`: whose each span is */
    sf_topic_span *spans;
    size_t n, n_spans;
} walks;

static int begin_walks(walks *s, const want *w, size_t n, sf_error *err)
{
    s->all = sf_batch_alloc(s->c->memory, n * sizeof *s->all);
    s->of = sf_batch_alloc(s->c->memory, n * sizeof *s->of);
    s->spans = sf_batch_alloc(s->c->memory, n * sizeof *s->spans);
    if (s->all == NULL || s->of == NULL || s->spans == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || sf_compare_topics(w[i].topic, w[i - 1].topic) != 0) {
            s->all[s->n++] = (walk){w[i].topic, NEVER, NEVER, 0};
        }
        s->all[s->n - 1].platforms |= w[i].platforms;
    }
    return SF_OK;
}

static void add_span(walks *s, walk *w, int64_t from_ms, int64_t to_ms)
{
    s->spans[s->n_spans] = (sf_topic_span){w->topic, from_ms, to_ms};
    s->of[s->n_spans++] = w;
}

static int ask(walks *s, size_t most, sf_take_count take, sf_error *err)
{
    size_t n = s->n_spans;
    s->n_spans = 0;
    return n > 0 ? s->c->ask->read_counts_of(s->c->store, s->spans, n, most, take, s, err) : SF_OK;
}

static int give_and_watch(void *payload, size_t which, const sf_bucket *b)
{
    walks *s = payload;
    walk *w = s->of[which];
    w->first_ms = b->start_ms < w->first_ms ? b->start_ms : w->first_ms;
    return give(s->c->g, b);
}

static int give_firsts(void *payload, size_t which, const sf_bucket *b)
{
    walks *s = payload;
    walk *w = s->of[which];
    uint32_t bit = 1U << b->platform;
    if ((w->platforms & bit) == 0) {
        return SF_OK;
    }
    w->platforms &= ~bit;
    int r = give(s->c->g, b);
    return r == SF_OK && w->platforms == 0 ? SF_EEND : r;
}

/* The episodes that reach into the run. Their last 6 hours are given whole; before them one window every 6 hours keeps an
 * episode together, and the first of each platform says who had it first. */
static int give_episodes(sf_cycle *c, const want *w, size_t n, sf_error *err)
{
    walks s = {.c = c};
    int64_t from = c->from_ms - GAP_MS;
    int r = begin_walks(&s, w, n, err);
    for (size_t i = 0; i < s.n; i++) {
        add_span(&s, &s.all[i], from, c->from_ms);
    }
    r = r == SF_OK ? ask(&s, 0, give_and_watch, err) : r;
    for (int more = 1; more && r == SF_OK;) {
        for (size_t i = 0; i < s.n; i++) {
            walk *x = &s.all[i];
            if (x->first_ms < x->at_ms) {
                x->at_ms = x->first_ms;
                add_span(&s, x, x->at_ms - GAP_MS, x->at_ms);
            }
        }
        more = s.n_spans > 0;
        r = ask(&s, 1, give_and_watch, err);
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.all[i].first_ms < from) {
            add_span(&s, &s.all[i], s.all[i].first_ms, from);
        }
    }
    return r == SF_OK ? ask(&s, 0, give_firsts, err) : r;
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
