/* SPDX-License-Identifier: MIT */
/* The one loop of every tool: read -> work -> write -> flush -> commit.
 *
 * Two batches are on the way: while batch N is written, flushed and committed, strictly one after the other, batch N+1 is
 * read and worked on. Required sinks all flush before the source commits; a sink that says SF_EAGAIN gets the same batch
 * again, with backoff and jitter. Best-effort sinks come after the required ones and never hold back a commit. Rejected
 * records go to the dead-letter sink; if too many fail, something else is wrong and the loop stops without a commit. */
#ifndef SF_LOOP_H
#define SF_LOOP_H

#include "plug.h"

/* Works on a batch: reads what is not read yet, analyses, tracks. Runs on the reading thread, one batch after the other, in
 * order. SF_OK or a final failure. */
typedef int (*sf_work)(void *payload, sf_records *b, sf_error *err);

typedef struct sf_loop_counts {
    uint64_t read, written, rejected, batches, retries;
} sf_loop_counts;

typedef struct sf_loop {
    sf_source *const *sources; /* read in turn: the next one when the one before has ended */
    size_t n_sources;
    sf_sink *const *sinks; /* required and best-effort ones, in the order given */
    size_t n_sinks;
    sf_sink *dead; /* where rejected records go; NULL: they are logged, and the run ends with SF_EPARSE */
    sf_work work;  /* NULL: none */
    void *payload;
    size_t lanes;         /* arenas a batch has for parallel work; at least 1 */
    size_t batch_records; /* at most about so many a batch */
    int linger_ms;        /* how long a read waits for the first record */
    int give_up_ms;       /* how long a sink may be away once a stop was asked for */
    double brake;         /* share of the last 1,000 records that may fail (if at least 50 did); 0: no brake */
    void (*progress)(void *payload, const sf_loop_counts *counts); /* after each commit; may be NULL */
    void *progress_payload;
} sf_loop;

/* Runs until the sources end, a stop is asked for, or something fails for good. Returns SF_OK; SF_EPARSE when records were
 * rejected and there was no dead-letter sink; SF_EIO and others with a message that says what will be read again. */
int sf_loop_run(const sf_loop *loop, sf_loop_counts *counts, sf_error *err);

/* Makes SIGTERM and SIGINT ask for a stop; sf_stop_asked() is what they set. */
void sf_stop_on_signals(void);
int sf_stop_asked(void);
void sf_stop_ask(void);

#endif
