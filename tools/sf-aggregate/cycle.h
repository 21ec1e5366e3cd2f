/* SPDX-License-Identifier: MIT */
/* A cycle: the windows that writers marked are worked out anew, whole, and their rows are put in place of the old ones.
 *
 * Windows go in order of time, in runs of bounded size; each run is read as of one moment, worked out, and saved in one
 * transaction together with the removal of its marks. So a cycle that is cut off anywhere goes on where it was, and a writer
 * waits for a save only. A run's counts can change later windows' events (the usual count, the episode): those windows are
 * marked in the same transaction, and come next.
 *
 * Once all has been worked out, recent windows come first, and of older ones only so many that a cycle stays short; the rest keep their
 * marks for the next.
 *
 * The library's aggregator is the only arithmetic; docs/aggregate.md has it. */
#ifndef SF_CYCLE_H
#define SF_CYCLE_H

#include "kept.h"

/* The figure (read_state) that tells up to when, by the clock, what was written is in the rows. */
#define SF_WATERMARK "watermark"

/* What a cycle did. */
typedef struct sf_cycle_counts {
    uint64_t windows; /* worked out */
    uint64_t later;   /* of these, because earlier ones had changed */
    uint64_t looks;   /* observations and posts read for it */
    uint64_t buckets; /* rows written or removed */
    uint64_t events;
    uint64_t left; /* marks, of windows that the next cycle is to begin with */
} sf_cycle_counts;

typedef struct sf_cycle sf_cycle;

/* Store, what is kept of it, and lexicon must outlive it. SF_OK, SF_ENOMEM. */
int sf_cycle_new(sf_cycle **out, sf_store *store, sf_kept *kept, const sf_lexicon *l, sf_error *err);
void sf_cycle_free(sf_cycle *c); /* NULL is fine */

/* Runs one cycle; the caller holds the store's lock. Ends early, with SF_OK, when a stop is asked for. SF_EAGAIN: try
 * again later, nothing is lost; or a final failure. */
int sf_cycle_run(sf_cycle *c, sf_cycle_counts *counts, sf_error *err);

#endif
