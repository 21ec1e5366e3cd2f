/* SPDX-License-Identifier: MIT */
/* Best-effort sinks: each has a thread and a bounded queue of batches, so that a slow one holds nobody up. What does not
 * fit is dropped and counted. */
#include <signal.h>
#include <stdlib.h>

#include "clock.h"
#include "log.h"
#include "loop_internal.h"

struct sf_queue {
    sf_sink *sink;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    size_t head, count; /* batches ring[head .. head + count) are the thread's, the others the writer's */
    int closing;
    int64_t deadline_ms; /* once closing: steady clock */
    uint64_t dropped;
    /* */
    size_t cap;
    sf_records **ring; /* made when first used */
    sf_backoff backoff;
    uint64_t number;
};

static void drop(sf_queue *q, size_t records)
{
    pthread_mutex_lock(&q->lock);
    q->dropped += records;
    pthread_mutex_unlock(&q->lock);
}

/* ---- the sink's thread -------------------------------------------------------------------------------------------- */

/* May it try again? Not past the deadline. */
static int may_wait(sf_queue *q)
{
    pthread_mutex_lock(&q->lock);
    int yes = !q->closing || sf_clock_steady_ms() < q->deadline_ms;
    pthread_mutex_unlock(&q->lock);
    return yes;
}

/* Sleeps in small steps, so that a deadline is seen. */
static void wait_a_little(sf_queue *q)
{
    for (int64_t left = sf_backoff_next(&q->backoff); left > 0 && may_wait(q); left -= 20) {
        sf_sleep_ms(left < 20 ? left : 20);
    }
}

static int deliver(sf_queue *q, sf_records *b, sf_error *err)
{
    int r;
    do {
        r = q->sink->ops->write(q->sink, b, err);
        while (r == SF_OK || r == 1) {
            r = q->sink->ops->flush(q->sink, 1000, err);
            if (r == SF_OK || (r == 1 && !may_wait(q))) {
                return r;
            }
        }
        if (r == SF_EAGAIN) {
            if (q->backoff.tries == 0) {
                sf_log(SF_LOG_WARN, "%s; trying again", err->message[0] != '\0' ? err->message : q->sink->name);
            }
            wait_a_little(q);
        }
    } while (r == SF_EAGAIN && may_wait(q));
    return r;
}

static void *serve(void *payload)
{
    sf_queue *q = payload;
    int failing = 0;
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (q->count == 0 && !q->closing) {
            pthread_cond_wait(&q->changed, &q->lock);
        }
        if (q->count == 0) {
            break;
        }
        sf_records *b = q->ring[q->head];
        int late = q->closing && sf_clock_steady_ms() >= q->deadline_ms;
        pthread_mutex_unlock(&q->lock);
        sf_error err = {.message = ""};
        int r = late ? SF_EAGAIN : deliver(q, b, &err);
        if (r == SF_OK) {
            q->backoff.tries = 0;
            failing = 0;
        } else {
            sf_log(failing ? SF_LOG_DEBUG : SF_LOG_WARN, "%s: %zu records dropped: %s", q->sink->name, b->n,
                   err.message);
            drop(q, b->n);
            failing = 1;
        }
        pthread_mutex_lock(&q->lock);
        q->head = (q->head + 1) % q->cap;
        q->count--;
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* ---- the writer's side -------------------------------------------------------------------------------------------- */

int sf_queue_new(sf_queue **out, sf_sink *sink, const sf_loop *loop)
{
    sf_queue *q = calloc(1, sizeof *q);
    if (q == NULL) {
        return SF_ENOMEM;
    }
    q->sink = sink;
    q->cap = loop->queue_batches;
    q->backoff = (sf_backoff){.first_ms = loop->retry_ms, .most_ms = loop->retry_most_ms};
    q->ring = calloc(q->cap, sizeof *q->ring);
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->changed, NULL);
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = q->ring == NULL || pthread_create(&q->thread, NULL, serve, q) != 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        sf_queue_free(q);
        return SF_ENOMEM;
    }
    *out = q;
    return SF_OK;
}

/* The deep copy of a record. The origin's name lives as long as the source. */
static int copy_record(sf_records *to, const sf_record *from)
{
    sf_record *r = sf_records_add(to);
    if (r == NULL) {
        return SF_ENOMEM;
    }
    *r = *from;
    r->json = (sf_str){NULL, 0};
    int s = sf_batch_copy(to->memory, from->raw, &r->raw);
    s = s == SF_OK ? sf_batch_copy(to->memory, from->key, &r->key) : s;
    s = s == SF_OK ? sf_batch_copy(to->memory, from->explain, &r->explain) : s;
    s = s == SF_OK && from->json.len > 0 ? sf_batch_copy(to->memory, from->json, &r->json) : s;
    if (s == SF_OK && from->signal != NULL) {
        int64_t i = sf_batch_add(to->memory, from->signal, sizeof *from->signal);
        r->signal = i >= 0 ? sf_batch_at(to->memory, (size_t)i) : NULL;
        s = i >= 0 ? SF_OK : (int)i;
    }
    return s;
}

static int is_accepted(const sf_record *r)
{
    return r->state == SF_RECORD_ACCEPTED || r->state == SF_RECORD_NEW; /* new: there is no store to ask */
}

/* Copies what is accepted into an entry of the ring. */
static int copy_accepted(sf_records **entry, const sf_records *b)
{
    int r = *entry != NULL ? SF_OK : sf_records_new(entry, 1);
    if (r == SF_OK) {
        sf_records_reset(*entry);
    }
    for (size_t i = 0; i < b->n && r == SF_OK; i++) {
        if (is_accepted(&b->v[i])) {
            r = copy_record(*entry, &b->v[i]);
        }
    }
    return r;
}

void sf_queue_add(sf_queue *q, const sf_records *b)
{
    size_t accepted = 0;
    for (size_t i = 0; i < b->n; i++) {
        accepted += (size_t)is_accepted(&b->v[i]);
    }
    if (accepted == 0) {
        return;
    }
    pthread_mutex_lock(&q->lock);
    int full = q->count == q->cap;
    sf_records **entry = &q->ring[(q->head + q->count) % q->cap];
    pthread_mutex_unlock(&q->lock);
    if (full || copy_accepted(entry, b) != SF_OK) {
        drop(q, accepted);
        return;
    }
    (*entry)->number = ++q->number;
    pthread_mutex_lock(&q->lock);
    q->count++;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

uint64_t sf_queue_dropped(sf_queue *q)
{
    pthread_mutex_lock(&q->lock);
    uint64_t n = q->dropped;
    pthread_mutex_unlock(&q->lock);
    return n;
}

void sf_queue_close(sf_queue *q, int64_t ms)
{
    pthread_mutex_lock(&q->lock);
    q->closing = 1;
    q->deadline_ms = sf_clock_steady_ms() + ms;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
    (void)pthread_join(q->thread, NULL);
}

void sf_queue_free(sf_queue *q)
{
    if (q != NULL) {
        for (size_t i = 0; q->ring != NULL && i < q->cap; i++) {
            sf_records_free(q->ring[i]);
        }
        (void)pthread_cond_destroy(&q->changed);
        (void)pthread_mutex_destroy(&q->lock);
        free((void *)q->ring);
        free(q);
    }
}
