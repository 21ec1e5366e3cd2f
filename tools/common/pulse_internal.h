/* SPDX-License-Identifier: MIT */
/* What is counted: shared by what puts posts in and what makes rows of them. */
#ifndef SF_PULSE_INTERNAL_H
#define SF_PULSE_INTERNAL_H

#include "pulse.h"

enum { ALL = SF_PLATFORM_UNKNOWN }; /* where figures of all platforms stand */

/* Of a number over posts: how many have it, its sum. */
typedef struct sum {
    uint64_t n;
    double sum, squares;
} sum;

/* A platform, or all of them, in a step. */
typedef struct cell {
    uint64_t count, authors;
    sum sentiment, velocity, score, normalised;
    double gain, watched; /* NaN: not known */
    int64_t first_ms;
} cell;

typedef struct span {
    int64_t first_ms, last_ms; /* SF_NO_TIME: it has no posts at all */
    uint64_t posts;
    int covered; /* there is a record of when it was watched */
} span;

/* How often a topic came up: on each platform, and in all; and what its posts are like, where rows are topics. */
typedef struct named {
    uint64_t hash;
    sf_str topic;
    uint32_t counts[SF_PLATFORM_COUNT];
    cell *all;
} named;

struct sf_pulse {
    const sf_question *q;
    int64_t from_ms, to_ms, step_ms;
    size_t n_steps;
    int wants_top; /* what else the posts speak of */
    cell *cells;   /* n_steps times SF_PLATFORM_COUNT */
    span platforms[SF_PLATFORM_COUNT];
    uint64_t *authors; /* hashes, 0: free */
    size_t n_authors, cap_authors;
    named *topics; /* hash 0: free */
    size_t n_topics, cap_topics;
    sf_batch *memory;
};

#endif
