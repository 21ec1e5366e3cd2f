/* SPDX-License-Identifier: MIT */
/* Threads for work that must not hold up the loop: questions to a store, hashes of passwords. Jobs wait in a bounded queue; those that
 * are done come back to the thread of the loop. */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include <stddef.h>

typedef struct workers workers;
typedef struct job job;

/* Embedded in what a job needs to know. */
struct job {
    void (*work)(job *j, void *own); /* in a worker, with what start() has made for it */
    void (*done)(job *j);            /* in the thread that calls workers_finish() */
    job *next;
};

typedef struct workers_options {
    size_t threads, most_waiting;
    /* What each thread has of its own: made in it, ended in it. Both may be NULL. */
    void *(*start)(void *payload);
    void (*stop)(void *own);
    void *payload;
    int wake_fd; /* an eventfd that is written to when something is done */
} workers_options;

/* SF_OK, SF_ENOMEM. */
int workers_new(workers **out, const workers_options *o);

/* Stops once those that run have ended; what still waits is done() without having been worked on, `workers_stopping` being 1. NULL is fine. */
void workers_free(workers *w);
int workers_stopping(const workers *w);

/* 1, or 0: too many wait, or it is stopping. */
int workers_give(workers *w, job *j);

/* Calls done() of what has been done. */
void workers_finish(workers *w);

#endif
