/* SPDX-License-Identifier: MIT */
/* The aggregator from within. Three files share it, one for each step:
 *
 *     aggregate.c          takes sightings of posts in, as they come
 *     aggregate_buckets.c  sorts them, folds each post into facts, counts the facts into tallies
 *     aggregate_events.c   reads events and their significance off the tallies
 *
 * Every step begins by sorting by all it has, so that no sum depends on the order in which things were added. */
#ifndef SF_AGGREGATE_INTERNAL_H
#define SF_AGGREGATE_INTERNAL_H

#include "intern.h"
#include "interval.h"
#include "signalflow/aggregate.h"

/* One observation of a post, as far as aggregates need it. */
typedef struct sf_sighting {
    sf_str id, author;    /* interned */
    const sf_str *topics; /* interned, unique */
    size_t n_topics;
    int32_t platform, kind;
    int64_t observed_ms, ts_ms;
    double score, previous, velocity;
    double compound; /* NaN: none that counts */
    int described;   /* it carries what is derived from text: author, topics, sentiment */
} sf_sighting;

/* What a post contributes to one bucket. */
typedef struct sf_fact {
    int64_t start_ms;
    sf_str topic;
    int32_t platform;
    int32_t active;               /* 0: created in the window, 1: observed in it */
    size_t post;                  /* its place in the order of posts */
    sf_str author;                /* created only */
    int64_t at_ms;                /* created only: event time */
    double compound;              /* created only */
    double score, velocity, gain; /* active only */
} sf_fact;

/* A bucket, and what events need beyond it. */
typedef struct sf_tally {
    sf_str topic;
    int64_t start_ms;
    int32_t platform;
    uint32_t count, authors; /* of the past only authors are known: count is the same */
    int64_t first_ms;        /* event time of the first post */
    double normalised;       /* mean normalised score of the active, NaN: none */
    sf_sample sample;        /* of these scores */
    int past;                /* given by sf_aggregator_past() */
} sf_tally;

struct sf_aggregator {
    const sf_lexicon *lexicon;
    int64_t episode_gap_ms, since_ms;
    double floor, min_cover;
    uint32_t min_authors;
    sf_intern strings;

    sf_sighting *sightings;
    size_t n_sightings, cap_sightings;
    sf_tally *pasts;
    size_t n_pasts, cap_pasts;

    /* Results of the last read, and what led to them. They stand for windows [from_ms, to_ms) of the sightings that were there
     * then: `folded` until more come. */
    int folded;
    int64_t from_ms, to_ms;
    sf_fact *facts;
    size_t n_facts, cap_facts;
    sf_bucket *buckets; /* of every window known, not only of those asked for */
    size_t n_buckets, cap_buckets;
    sf_tally *tallies;
    size_t n_tallies, cap_tallies;
    sf_event *events;
    size_t n_events, cap_events;
    double *p_values;
    size_t cap_p_values;
};

/* Times beyond are no times, and sums with them could overflow. */
#define SF_MOST_MS (INT64_C(1) << 53)
static inline int sf_plausible_time(int64_t ms)
{
    return ms > -SF_MOST_MS && ms < SF_MOST_MS;
}

/* The start of the span of `length` ms that t lies in. */
static inline int64_t sf_floor_to(int64_t t, int64_t length)
{
    int64_t rest = t % length;
    return t - rest - (rest < 0 ? length : 0);
}

/* Three-way comparison of numbers; NaN comes before all. */
static inline int sf_compare_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}
static inline int sf_compare_double(double a, double b)
{
    int nan_a = a != a, nan_b = b != b;
    return nan_a || nan_b ? nan_b - nan_a : (a > b) - (a < b);
}

/* Fills g->buckets (by start, topic, platform) and g->tallies (one a bucket with count > 0, and the past's). Activity is
 * counted in windows of [from_ms, to_ms) only. SF_OK, SF_ENOMEM. */
int sf_aggregate_buckets(sf_aggregator *g, int64_t from_ms, int64_t to_ms);

/* Fills g->events (by start, topic) from the tallies. SF_OK, SF_ENOMEM. */
int sf_aggregate_events(sf_aggregator *g, int64_t from_ms, int64_t to_ms);

#endif
