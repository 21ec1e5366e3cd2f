/* SPDX-License-Identifier: MIT */
/* The cycle from within. cycle.c goes through the windows; past.c and episodes.c bring what events are judged by; rows.c finds out what
 * changed; later.c finds the later windows that this changes. */
#ifndef SF_CYCLE_INTERNAL_H
#define SF_CYCLE_INTERNAL_H

#include "cycle.h"
#include "kept.h"

#define HOUR_MS INT64_C(3600000)
#define WEEK_MS (168 * HOUR_MS)
#define WEEKS   4             /* of past that events are judged by */
#define GAP_MS  (6 * HOUR_MS) /* within which windows belong to one episode */
#define NEVER   (INT64_C(1) << 53)

/* A topic's authors on a platform in a window became more or fewer, or the first of its posts another. */
typedef struct sf_change {
    sf_str topic;
    int64_t start_ms;
    int32_t platform;
    int authors; /* their number changed: what events are judged by */
    int begins;  /* its first time changed, or it came, or it went: what episodes go by */
    int appears; /* the topic came to the window, on any platform, or left it */
} sf_change;

struct sf_cycle {
    sf_store *store;
    const sf_aggregate_ops *ask;
    sf_kept *kept;
    sf_aggregator *g;
    int64_t since_ms;        /* the oldest data */
    uint64_t most_old_looks; /* that a cycle reads of windows that are not recent, and a run more */

    sf_mark *marks; /* by window; those before `at` are done */
    size_t n_marks, cap_marks, at;

    /* Of the run of windows at hand. */
    int64_t from_ms, to_ms;
    size_t looks, width, density; /* windows to read at once, and looks in one: of the run before, to begin with */
    sf_batch *memory;             /* texts of the following */
    sf_bucket *buckets;
    size_t n_buckets, cap_buckets; /* as the store has them */
    sf_event *events;
    size_t n_events, cap_events;
    sf_change *changes;
    size_t n_changes, cap_changes;
    int64_t *later; /* windows to be marked */
    size_t n_later, cap_later;

    sf_cycle_counts *counts;
};

/* Room for n items in an array that grows. SF_OK, SF_ENOMEM. */
int sf_cycle_room(void *array, size_t *cap, size_t n, size_t size);

/* A multiple of `length` at or before t. */
static inline int64_t sf_floor_time(int64_t t, int64_t length)
{
    int64_t rest = t % length;
    return t - rest - (rest < 0 ? length : 0);
}

static inline int sf_compare_times(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By their bytes, as the library orders topics. */
int sf_compare_topics(sf_str a, sf_str b);

/* An event whose past is needed. */
typedef struct sf_want {
    sf_str topic;
    int64_t start_ms;
    uint32_t platforms;
} sf_want;

/* past.c: gives the aggregator the past of these events' topics. */
int sf_cycle_past(sf_cycle *c, const sf_event *events, size_t n, sf_error *err);
int sf_cycle_give(sf_cycle *c, sf_str topic, const sf_step *s); /* of a topic's past */

/* episodes.c: gives it the episodes that reach into the run, of the topics of these, which are in their order. */
int sf_cycle_episodes(sf_cycle *c, const sf_want *w, size_t n, sf_error *err);

/* rows.c: reads the run's rows; writes what differs, within a transaction, and notes c->changes. */
int sf_cycle_read_rows(sf_cycle *c, sf_error *err);
int sf_cycle_put_rows(sf_cycle *c, const sf_bucket *buckets, size_t n_buckets, const sf_event *events, size_t n_events,
                      sf_error *err);

/* later.c: adds to c->later the windows whose events c->changes change; within that transaction, after the rows. */
int sf_cycle_find_later(sf_cycle *c, sf_error *err);
/* Adds to c->later the windows in [from, to) with an event. */
int sf_cycle_add_later(sf_cycle *c, int64_t from_ms, int64_t to_ms, sf_error *err);

#endif
