/* SPDX-License-Identifier: MIT */
/* A pool of threads: fork, work, join. */
#include "pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef struct helper {
    sf_pool *pool;
    size_t lane;
    pthread_t thread;
    int status; /* of its last slice */
} helper;

struct sf_pool {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    uint64_t round; /* counts the runs: a helper works once in each */
    size_t busy;    /* helpers still at it */
    int stop;
    size_t n;
    sf_pool_work work;
    void *payload;
    size_t lanes;
    size_t started;  /* helpers that have a thread */
    helper *helpers; /* of lane 0 .. lanes - 2; the caller has the last lane */
};

static int work_slice(const sf_pool *p, size_t lane)
{
    size_t each = p->n / p->lanes, more = p->n % p->lanes;
    size_t begin = lane * each + (lane < more ? lane : more);
    size_t end = begin + each + (lane < more);
    return begin < end ? p->work(p->payload, lane, begin, end) : SF_OK;
}

static void *help(void *payload)
{
    helper *h = payload;
    sf_pool *p = h->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->round == seen && !p->stop) {
            pthread_cond_wait(&p->start, &p->lock);
        }
        if (p->stop) {
            break;
        }
        seen = p->round;
        pthread_mutex_unlock(&p->lock);
        h->status = work_slice(p, h->lane);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0) {
            pthread_cond_signal(&p->done);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Signals are for the thread that reads. */
static int start_helpers(sf_pool *p)
{
    sigset_t all, before;
    int r = SF_OK;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    for (; p->started + 1 < p->lanes && r == SF_OK; p->started += r == SF_OK) {
        helper *h = &p->helpers[p->started];
        h->pool = p;
        h->lane = p->started;
        r = pthread_create(&h->thread, NULL, help, h) == 0 ? SF_OK : SF_ENOMEM;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

int sf_pool_new(sf_pool **out, size_t lanes)
{
    if (lanes == 0) {
        return SF_EINVAL;
    }
    sf_pool *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return SF_ENOMEM;
    }
    p->lanes = lanes;
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->start, NULL);
    (void)pthread_cond_init(&p->done, NULL);
    p->helpers = calloc(lanes, sizeof *p->helpers);
    int r = p->helpers != NULL ? start_helpers(p) : SF_ENOMEM;
    if (r != SF_OK) {
        sf_pool_free(p);
        return r;
    }
    *out = p;
    return SF_OK;
}

void sf_pool_free(sf_pool *p)
{
    if (p != NULL) {
        pthread_mutex_lock(&p->lock);
        p->stop = 1;
        pthread_cond_broadcast(&p->start);
        pthread_mutex_unlock(&p->lock);
        for (size_t i = 0; i < p->started; i++) {
            (void)pthread_join(p->helpers[i].thread, NULL);
        }
        (void)pthread_cond_destroy(&p->done);
        (void)pthread_cond_destroy(&p->start);
        (void)pthread_mutex_destroy(&p->lock);
        free(p->helpers);
        free(p);
    }
}

size_t sf_pool_lanes(const sf_pool *p)
{
    return p->lanes;
}

int sf_pool_run(sf_pool *p, size_t n, sf_pool_work work, void *payload)
{
    pthread_mutex_lock(&p->lock);
    p->n = n;
    p->work = work;
    p->payload = payload;
    p->busy = p->lanes - 1;
    p->round++;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    int last = work_slice(p, p->lanes - 1);
    pthread_mutex_lock(&p->lock);
    while (p->busy > 0) {
        pthread_cond_wait(&p->done, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i + 1 < p->lanes; i++) {
        if (p->helpers[i].status != SF_OK) {
            return p->helpers[i].status;
        }
    }
    return last;
}
