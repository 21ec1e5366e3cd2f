/* SPDX-License-Identifier: MIT */
/* What sf-process does with a batch: read and analyse in parallel, then track in order. */
#ifndef SF_WORK_H
#define SF_WORK_H

#include "common/pool.h"
#include "common/record.h"
#include "tracker.h"

/* A signal that says it was observed further ahead of its arrival than this has a wrong clock. */
#define SF_MAX_AHEAD_MS (5 * 60 * 1000)

static inline int64_t sf_not_ahead(int64_t observed_ms, int64_t arrived_ms)
{
    int ahead = observed_ms != SF_NO_TIME && arrived_ms != SF_NO_TIME && observed_ms > arrived_ms + SF_MAX_AHEAD_MS;
    return ahead ? arrived_ms : observed_ms;
}

typedef struct sf_worker {
    sf_pool *pool;
    sf_analyser **analysers; /* one a lane */
    sf_tracker *tracker;     /* NULL: a store tracks */
    const sf_lexicon *lexicon;
    int explain;
    int64_t observed_ms; /* of signals without any time; SF_NO_TIME: stays unknown */
    uint64_t clamped;    /* signals from the future */
} sf_worker;

/* posts: how many the tracker remembers; 0: no tracker. SF_OK, SF_ENOMEM. */
int sf_worker_open(sf_worker *w, size_t threads, size_t posts, const sf_lexicon *l);
void sf_worker_close(sf_worker *w);

/* The loop's sf_work; the payload is the worker. */
int sf_worker_work(void *worker, sf_records *b, sf_error *err);

#endif
