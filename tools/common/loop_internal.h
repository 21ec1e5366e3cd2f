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
    const sf_records *writing;
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

/* Logs from where on nothing is committed. */
void sf_loop_say_what_is_left(const sf_slot *slot);

/* "file:line" or "topic/partition:offset". */
void sf_describe_place(const sf_coordinates *at, char *buf, size_t cap);

#endif
