/* SPDX-License-Identifier: MIT */
/* What sf-process remembers of posts: the latest observation and the trend of each, for a bounded number of them.
 *
 * Memory: about 150 bytes a post, taken as posts come. When the table is full, the post that was not seen for the longest
 * time is forgotten: should it come again, that is as if for the first time.
 *
 * Where a post's creation is unknown, the order of ids bounds it (births.h).
 *
 * Observations are taken in the order they come. One that is older than what is known of its post is late: its velocity,
 * trending score and rising stay unknown, and it changes nothing that is remembered. (A store, which keeps the history, puts
 * late observations in their place.) The latest one may come again and gets the same velocity as before. */
#ifndef SF_TRACKER_H
#define SF_TRACKER_H

#include "common/explain.h"
#include "signalflow/signalflow.h"

typedef struct sf_tracker sf_tracker;

/* posts: how many are remembered, at least 1. The lexicon has the platforms' baselines. SF_OK, SF_ENOMEM. */
int sf_tracker_new(sf_tracker **out, size_t posts, const sf_lexicon *l);
void sf_tracker_free(sf_tracker *t);

/* Fills in previous_score, velocity, comment_velocity, normalised_score, trending_score and rising, and remembers the
 * observation. A delete makes the post forgotten. parts may be NULL. Cannot fail. */
void sf_tracker_observe(sf_tracker *t, sf_signal *s, sf_trend_parts *parts);

size_t sf_tracker_count(const sf_tracker *t);
uint64_t sf_tracker_evicted(const sf_tracker *t);

#endif
