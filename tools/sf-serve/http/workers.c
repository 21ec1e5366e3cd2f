/* SPDX-License-Identifier: MIT */
/* A queue, threads, and a list of what is done. */
#include "workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "signalflow/error.h"

struct workers {
    workers_options o;
    pthread_mutex_t lock;
    pthread_cond_t more;
    job *first, **last; /* that wait */
    size_t waiting;
    job *done, **done_last;
    int stopping;
    size_t n;
    pthread_t threads[];
};

static void append(job ***last, job *j)
{
    j->next = NULL;
    **last = j;
    *last = &j->next;
}

/* Under the lock. NULL: it is time to stop. */
static job *take(workers *w)
{
    while (w->first == NULL && !w->stopping) {
        (void)pthread_cond_wait(&w->more, &w->lock);
    }
    job *j = w->stopping ? NULL : w->first;
    if (j != NULL) {
        w->first = j->next;
        w->last = w->first == NULL ? &w->first : w->last;
        w->waiting--;
    }
    return j;
}

static void *run(void *payload)
{
    workers *w = payload;
    uint64_t one = 1;
    void *own = w->o.start != NULL ? w->o.start(w->o.payload) : NULL;
    (void)pthread_mutex_lock(&w->lock);
    for (job *j; (j = take(w)) != NULL;) {
        (void)pthread_mutex_unlock(&w->lock);
        j->work(j, own);
        (void)pthread_mutex_lock(&w->lock);
        append(&w->done_last, j);
        (void)!write(w->o.wake_fd, &one, sizeof one);
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (w->o.stop != NULL) {
        w->o.stop(own);
    }
    return NULL;
}

int workers_new(workers **out, const workers_options *o)
{
    workers *w = calloc(1, sizeof *w + o->threads * sizeof w->threads[0]);
    sigset_t every, before;
    if (w == NULL) {
        return SF_ENOMEM;
    }
    w->o = *o;
    w->last = &w->first;
    w->done_last = &w->done;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->more, NULL);
    (void)sigfillset(&every); /* signals are the loop's */
    (void)pthread_sigmask(SIG_SETMASK, &every, &before);
    while (w->n < o->threads && pthread_create(&w->threads[w->n], NULL, run, w) == 0) {
        w->n++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (w->n < o->threads) {
        workers_free(w);
        return SF_ENOMEM;
    }
    *out = w;
    return SF_OK;
}

int workers_give(workers *w, job *j)
{
    (void)pthread_mutex_lock(&w->lock);
    int room = !w->stopping && w->waiting < w->o.most_waiting;
    if (room) {
        append(&w->last, j);
        w->waiting++;
        (void)pthread_cond_signal(&w->more);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return room;
}

void workers_finish(workers *w)
{
    (void)pthread_mutex_lock(&w->lock);
    job *j = w->done;
    w->done = NULL;
    w->done_last = &w->done;
    (void)pthread_mutex_unlock(&w->lock);
    for (job *next; j != NULL; j = next) {
        next = j->next; /* done() may free it */
        j->done(j);
    }
}

int workers_stopping(const workers *w)
{
    return w->stopping;
}

void workers_free(workers *w)
{
    if (w == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = 1;
    (void)pthread_cond_broadcast(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->n; i++) {
        (void)pthread_join(w->threads[i], NULL);
    }
    *w->done_last = w->first;
    workers_finish(w);
    (void)pthread_cond_destroy(&w->more);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}
