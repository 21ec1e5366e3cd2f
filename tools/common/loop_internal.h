/* SPDX-License-Identifier: MIT */
/* What the two threads of the loop share, and its parts: brake, best-effort queues, writer. */
#ifndef SF_LOOP_INTERNAL_H
#define SF_LOOP_INTERNAL_H

#include <pthread.h>

#include "backoff.h"
#include "loop.h"

/* ---- brake -------------------------------------------------------------------------------------------------------- */

enum { SF_BRAKE_WINDOW = 1000, SF_BRAKE_LEAST = 50 };

/* Outcomes of the last records. */
typedef struct sf_brake_window {
    unsigned char failed[SF_BRAKE_WINDOW];
    size_t n, at, failures;
} sf_brake_window;

/* Adds a batch. Returns 1 if at any of its records more than `share` of the window had failed. */
int sf_brake_add(sf_brake_window *w, double share, const sf_records *b);

/* ---- best-effort sinks -------------------------------------------------------------------------------------------- */

/* A sink with a thread and a bounded queue of its own. */
typedef struct sf_queue sf_queue;

int sf_queue_new(sf_queue **out, sf_sink *sink, const sf_loop *loop);
/* Copies the accepted records of a batch into the queue, or drops them where it is full. Never waits. */
void sf_queue_add(sf_queue *q, const sf_records *b);
/* How many records the sink did not get so far. */
uint64_t sf_queue_dropped(sf_queue *q);
/* Gives the sink up to ms to take what is left, and ends its thread. */
void sf_queue_close(sf_queue *q, int64_t ms);
void sf_queue_free(sf_queue *q); /* after close; NULL is fine */

/* ---- batches in a sink's keeping ---------------------------------------------------------------------------------- */

/* Written, but not safe before their sink says so; all of one source, read in one term. */
typedef struct sf_kept {
    sf_source *source; /* NULL: nothing is kept */
    uint64_t term;
    uint64_t position; /* of the last */
    uint64_t written, rejected;
    char place[80]; /* of the first record */
} sf_kept;

/* ---- the run ------------------------------------------------------------------------------------------------------ */

/* A batch on its way. */
typedef struct sf_slot {
    sf_records *b;
    sf_source *source;
    int ready; /* read and worked on: the writer's; else the reader's */
} sf_slot;

typedef struct sf_loop_state {
    sf_loop loop; /* with the defaults filled in */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    sf_slot slots[2]; /* used in turn by both; what a slot points to is its present owner's */
    int read_all;     /* the reader hands over nothing more */
    int status;       /* first failure; SF_EEND: a sink's reader went away */
    sf_error error;
    sf_loop_counts counts;
    /* The writer's: */
    sf_queue **queues;
    size_t n_queues;
    sf_brake_window window;
    const sf_records *writing; /* NULL: what is kept is being made safe */
    sf_kept kept;              /* the writer's; its source and place change under the lock */
    sf_backoff backoff;
    int64_t stop_seen_ms; /* steady clock; 0: not yet */
    uint64_t logged;      /* rejected records that were logged, for want of a dead-letter sink */
    sf_error rejection;   /* of the first of these */
    char rejected_at[80];
} sf_loop_state;

/* Keeps the first failure and wakes both threads. */
void sf_loop_fail(sf_loop_state *run, int status, const sf_error *err);
void sf_loop_count_retry(sf_loop_state *run);

/* Writes, flushes and commits one batch. SF_OK or why the run must end. */
int sf_loop_write(sf_loop_state *run, sf_slot *slot, sf_error *err);

/* Makes required sinks safe, writing the batch again where one has lost it. SF_OK, SF_KEPT, or why the run must end. */
int sf_loop_flush(sf_loop_state *run, sf_records *b, sf_error *err);
int sf_loop_commit(sf_loop_state *run, sf_source *s, uint64_t position, sf_error *err);

/* Is a batch of this source and term to be written at all? Not where its partitions have gone and a sink would gather it. What is
 * kept of another term is dropped first. */
int sf_loop_may_keep(sf_loop_state *run, sf_source *s, const sf_records *b);
/* Notes a batch that is kept. */
void sf_loop_keep(sf_loop_state *run, const sf_slot *slot, size_t rejected);
/* What was kept is safe together with this batch of the same source: it counts as written. */
void sf_loop_kept_is_safe(sf_loop_state *run);
/* Have the partitions gone that what is kept came from? */
int sf_loop_has_lost(const sf_loop_state *run);
/* While nothing is to be written: asks whether what is kept has become safe, and commits it then. last: there will be no more
 * batches. SF_OK, or why the run must end. */
int sf_loop_tend(sf_loop_state *run, int last, sf_error *err);

/* Logs from where on nothing is committed. */
void sf_loop_say_what_is_left(sf_loop_state *run, const sf_slot *slot);

/* "file:line" or "topic/partition:offset". */
void sf_describe_place(const sf_coordinates *at, char *buf, size_t cap);

#endif
