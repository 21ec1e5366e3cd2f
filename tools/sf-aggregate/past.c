/* SPDX-License-Identifier: MIT */
/* What events are judged by beyond their own windows: how many authors spoke of their topics around the same hour of earlier
 * weeks, and (episodes.c) in their episodes back to the start. All topics are asked for together: a question to a server
 * costs a journey. */
#include <stdlib.h>

#include "common/fail.h"
#include "cycle_internal.h"

static int compare_wants(const void *left, const void *right)
{
    const sf_want *a = left, *b = right;
    int c = sf_compare_topics(a->topic, b->topic);
    return c != 0 ? c : sf_compare_times(a->start_ms, b->start_ms);
}

/* The events, by topic, where no call of the aggregator can touch them. */
static int copy_wants(sf_cycle *c, const sf_event *events, size_t n, sf_want **out)
{
    sf_want *w = sf_batch_alloc(c->memory, n * sizeof *w);
    if (w == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        w[i] = (sf_want){.start_ms = events[i].start_ms, .platforms = events[i].platforms};
        if (sf_batch_copy(c->memory, events[i].topic, &w[i].topic) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    qsort(w, n, sizeof *w, compare_wants);
    *out = w;
    return SF_OK;
}

int sf_cycle_give(sf_cycle *c, sf_str topic, const sf_step *s)
{
    return sf_aggregator_past(c->g, topic, s->platform, s->first_ms != SF_NO_TIME ? s->first_ms : s->start_ms,
                              s->authors);
}

/* ---- what is usual ------------------------------------------------------------------------------------------------ */

static int give_all(void *payload, size_t which, const sf_bucket *b)
{
    sf_step s = sf_step_of(b);
    (void)which;
    return sf_cycle_give(payload, b->topic, &s);
}

/* The hour of each event in each of the weeks before, and the hours beside it. */
static int give_usual(sf_cycle *c, const sf_want *w, size_t n, sf_error *err)
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
    return sf_kept_counts_of(c->kept, spans, n_spans, give_all, c, err);
}

int sf_cycle_past(sf_cycle *c, const sf_event *events, size_t n, sf_error *err)
{
    sf_want *w;
    if (n == 0) {
        return SF_OK;
    }
    if (copy_wants(c, events, n, &w) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = give_usual(c, w, n, err);
    return r == SF_OK ? sf_cycle_episodes(c, w, n, err) : r;
}
