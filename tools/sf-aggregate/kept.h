/* SPDX-License-Identifier: MIT */
/* What cycles read again and again of windows that are done, kept in memory between them: the counts of whole windows, when topics were first
 * seen, and the episodes that topics are in. So a cycle costs what has changed, not what there is.
 *
 * Nothing depends on it: whatever is not known is asked of the store. What is known holds because the rows of windows change through sf-aggregate
 * alone, one at a time (the store's lock), and each that changes some leaves a stamp of its own making with them (SF_ROWS_STAMP). Where the stamp is
 * not this process's last, others were at the rows, or a backup was restored, and all is forgotten. What a transaction changes is forgotten before
 * it is committed, so what is known holds whether or not a commit that failed has happened. */
#ifndef SF_KEPT_H
#define SF_KEPT_H

#include "common/store_aggregate.h"

/* A window of a topic on one platform, as far as an episode goes by it. */
typedef struct sf_step {
    int64_t start_ms, first_ms;
    uint32_t authors;
    int32_t platform;
} sf_step;

static inline sf_step sf_step_of(const sf_bucket *b)
{
    return (sf_step){b->start_ms, b->first_ms, b->authors, b->platform};
}

/* The episode that a topic was in before a moment. */
typedef struct sf_episode {
    int64_t known_ms; /* that moment; SF_NO_TIME: nothing is known */
    sf_step *
        chain; /* by time: the episode's first window, the last one before known_ms, and some between that keep it together */
    size_t n, cap;
    uint32_t asked;                   /* platforms whose first window is known, */
    uint32_t had;                     /* and those of them that have one: */
    sf_step first[SF_PLATFORM_COUNT]; /* it */
} sf_episode;

typedef struct sf_kept_topic {
    int64_t first_ms; /* the first window of all; SF_NO_TIME: not known */
    sf_episode episode;
    uint64_t used; /* when it was asked for last */
    sf_str name;
} sf_kept_topic;

typedef struct sf_kept sf_kept;

/* The store must outlive it. goes_on: 0 in a process that ends after a pass, which has windows not read whole for later ones. SF_OK, SF_ENOMEM. */
int sf_kept_new(sf_kept **out, sf_store *store, int goes_on);
void sf_kept_free(sf_kept *k); /* NULL is fine */

/* ---- whether it holds ---- */

/* At the start of a pass, under the store's lock: forgets all, if others have been at the rows. */
int sf_kept_settle(sf_kept *k, sf_error *err);
/* To be saved as SF_ROWS_STAMP in each transaction of this pass that changes rows. */
int64_t sf_kept_stamp(const sf_kept *k);
/* Such a transaction is done. Before it is known to be, the rows may have either stamp. */
void sf_kept_saved(sf_kept *k);

/* Count, authors or first post of a bucket are others, or it came, or it went. */
void sf_kept_changed(sf_kept *k, sf_str topic, int64_t start_ms);
/* Windows that start earlier were removed, or some of their buckets. */
void sf_kept_removed(sf_kept *k, int64_t before_ms);

/* ---- windows ---- */

/* Keeps the windows of these spans, which do not overlap, and no others; reads what is missing of them. Where the process goes on. */
int sf_kept_hold(sf_kept *k, const sf_span *spans, size_t n, sf_error *err);
/* As read_counts_of of all windows of these spans, which are in the order of their topics; in any order. */
int sf_kept_counts_of(sf_kept *k, const sf_topic_span *spans, size_t n, sf_take_count take, void *payload,
                      sf_error *err);

/* ---- topics ---- */

/* What is kept of each of these, which are in order and different; it lives until the next call. SF_OK, SF_ENOMEM. */
int sf_kept_topics(sf_kept *k, const sf_str *names, size_t n, sf_kept_topic **out);

#endif
