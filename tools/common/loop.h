/* SPDX-License-Identifier: MIT */
/* The one loop of every tool: read -> work -> write -> flush -> commit.
 *
 * Two batches are on the way: while batch N is written, flushed and committed on a thread of its own, strictly one after the
 * other, batch N+1 is read and worked on by the caller. Required sinks all flush before the source commits; one that says
 * SF_EAGAIN gets the same batch again, with exponential backoff and full jitter, for as long as it takes. Best-effort sinks
 * come after the required ones, each with a bounded queue and a thread; what does not fit is dropped and counted. Rejected
 * records go to the dead-letter sink; if too many fail, something else is wrong and the loop stops without a commit.
 * docs/guarantees.md says what follows from that. */
#ifndef SF_LOOP_H
#define SF_LOOP_H

#include "plug.h"

/* Works on a batch: reads what is not read yet, analyses, tracks. Runs on the reading thread, one batch after the other, in
 * order. SF_OK or a final failure; with SF_EVERSION it has done what stands before the record that is too new, and cut the
 * batch there, so that a source that cannot be read again loses none of it. */
typedef int (*sf_work)(void *payload, sf_records *b, sf_error *err);

typedef struct sf_loop_counts {
    uint64_t read;     /* records that came */
    uint64_t written;  /* of these, not rejected and safe in every required sink */
    uint64_t rejected; /* of these, dead letters */
    uint64_t batches;  /* committed */
    uint64_t retries;  /* times a sink or a source had to be asked again */
    uint64_t dropped;  /* records that a best-effort sink did not get */
} sf_loop_counts;

/* Start from {0}: what is 0 has a sensible default. */
typedef struct sf_loop {
    sf_source *const *sources; /* read one after the other; live ones take turns */
    size_t n_sources;
    sf_sink *const *sinks; /* required and best-effort ones, in the order given */
    size_t n_sinks;
    sf_sink *dead; /* where rejected records go; NULL: they are logged, and the run ends with SF_EPARSE */
    sf_work work;  /* NULL: sf_record_read() of each record */
    void *payload;
    size_t lanes;         /* arenas a batch has for parallel work; 0: 1 */
    uint64_t limit;       /* ends once so many records were read; 0: when the sources do */
    size_t batch_records; /* at most about so many a batch; 0: 1,000 */
    int linger_ms;        /* how long a read waits for the first record; 0: 200 */
    int give_up_ms;       /* how long a sink may be away once a stop was asked for; 0: 7 s */
    int retry_ms;         /* the first pause is up to this long, and doubles ... 0: 100 */
    int retry_most_ms;    /* ... up to this; 0: 10 s */
    size_t queue_batches; /* of a best-effort sink; 0: 16 */
    double brake;         /* share of the last 1,000 records that may fail (if at least 50 did); 0: no brake */
    int dry_run;          /* 1: nothing is written, nothing is committed; rejected records are logged */
    void (*progress)(void *payload,
                     const sf_loop_counts *counts); /* after each commit, on the writing thread; or NULL */
    void *progress_payload;
} sf_loop;

#define SF_BRAKE 0.05 /* what tools set as `brake` */

/* Runs until the sources end, a stop is asked for, a sink's reader goes away, or something fails for good. Returns SF_OK;
 * SF_EPARSE when records were rejected and there was no dead-letter sink; SF_EIO and others with a message that says what
 * failed; what will be read again is then in the log. */
int sf_loop_run(const sf_loop *loop, sf_loop_counts *counts, sf_error *err);

/* Makes SIGTERM and SIGINT ask for a stop (a second one ends the process at once), and SIGPIPE a failed write. */
void sf_stop_on_signals(void);
int sf_stop_asked(void);
void sf_stop_ask(void);
void sf_stop_clear(void);  /* for tests, which run more than one loop */
void sf_pause(int64_t ms); /* sleeps, but no longer than until a stop is asked for */

#endif
