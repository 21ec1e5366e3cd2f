/* SPDX-License-Identifier: MIT */
/* The second path of sf-process: what Reddit gave, as it stands in its raw topics, into the tables that readers of the first
 * system know.
 *
 * It is a loop of its own: with its own source (another member of the same group), its own connection to the store, dead letters,
 * brake, and a thread. Nothing that fails in one path holds up the other. What the store says about a post is decided by
 * the rules of stores/reddit_post.h. */
#ifndef SF_LEGACY_H
#define SF_LEGACY_H

#include <pthread.h>

#include "run.h"

typedef struct sf_legacy {
    sf_run run; /* own_source says what it reads; else {0} */
    sf_analyser *analyser;
    int64_t observed_ms; /* of records that do not say when they were observed */
    pthread_t thread;
    int code; /* of the run, once it has ended */
} sf_legacy;

/* Opens it beside `first`, whose settings it shares. Returns the exit code, or -1: go on. */
int sf_legacy_open(sf_legacy *l, const sf_run *first, const sf_lexicon *lexicon, int64_t observed_ms);

/* Runs it, on this thread. Returns the exit code. */
int sf_legacy_run(sf_legacy *l);

/* Runs it on a thread of its own. Returns the exit code, or -1: it runs. */
int sf_legacy_start(sf_legacy *l);

/* Waits until it has ended. Returns the exit code. */
int sf_legacy_join(sf_legacy *l);

void sf_legacy_close(sf_legacy *l); /* also one that was never opened */

#endif
