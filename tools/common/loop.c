/* SPDX-License-Identifier: MIT */
/* The reading half of the loop, and what holds it and the writing half together. Two slots go round between the threads;
 * both use them in turn, so batches stay in order without a queue. */
#include "loop.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fail.h"
#include "log.h"
#include "loop_internal.h"
#include "metrics.h"

/* ---- stopping ----------------------------------------------------------------------------------------------------- */

enum { IDLE_MS = 500, TEND_MS = 200, ONE_STOP_MS = 1000 };

static atomic_int stop_asked;
static atomic_llong signalled_at; /* 0: not yet */

/* The second one kills, unless it is the first one's echo: timeout(1) signals its child and then its group. */
static void on_signal(int number)
{
    long long now = sf_clock_steady_ms(), never = 0;
    if (!atomic_compare_exchange_strong(&signalled_at, &never, now) && now - never >= ONE_STOP_MS) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
    }
    atomic_store(&stop_asked, 1);
}

void sf_stop_on_signals(void)
{
    struct sigaction stop = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

int sf_stop_asked(void)
{
    return atomic_load(&stop_asked);
}

void sf_stop_ask(void)
{
    atomic_store(&stop_asked, 1);
}

void sf_stop_clear(void)
{
    atomic_store(&stop_asked, 0);
    atomic_store(&signalled_at, 0);
}

void sf_pause(int64_t ms)
{
    int stopping = sf_stop_asked();
    for (; ms > 0 && sf_stop_asked() == stopping; ms -= 50) {
        sf_sleep_ms(ms < 50 ? ms : 50);
    }
}

/* ---- what both threads do to the run ------------------------------------------------------------------------------ */

void sf_loop_fail(sf_loop_state *run, int status, const sf_error *err)
{
    pthread_mutex_lock(&run->lock);
    if (run->status == SF_OK) {
        run->status = status;
        run->error = *err;
        run->error.status = status;
    }
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

void sf_loop_count_retry(sf_loop_state *run)
{
    pthread_mutex_lock(&run->lock);
    run->counts.retries++;
    pthread_mutex_unlock(&run->lock);
    sf_metric_add(SF_METRIC_RETRIES, 1);
}

static int has_failed(sf_loop_state *run)
{
    pthread_mutex_lock(&run->lock);
    int yes = run->status != SF_OK;
    pthread_mutex_unlock(&run->lock);
    return yes;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

/* Waits until something changes, or for so long. Under the lock. 0: the time was up. */
static int wait_for_change(sf_loop_state *run, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return pthread_cond_timedwait(&run->changed, &run->lock, &until) == 0;
}

/* Waits for the next batch, and sees to what sinks keep meanwhile. 1; 0 when there will be none; or why the run must end. */
static int next_to_write(sf_loop_state *run, sf_slot *slot, sf_error *err)
{
    int r = SF_OK;
    pthread_mutex_lock(&run->lock);
    while (r == SF_OK && !slot->ready && !run->read_all) {
        if (run->kept.source == NULL) {
            pthread_cond_wait(&run->changed, &run->lock);
        } else if (!wait_for_change(run, TEND_MS)) {
            pthread_mutex_unlock(&run->lock);
            r = sf_loop_tend(run, 0, err);
            pthread_mutex_lock(&run->lock);
        }
    }
    int ready = slot->ready;
    pthread_mutex_unlock(&run->lock);
    return r != SF_OK ? r : ready;
}

static void *write_all(void *payload)
{
    sf_loop_state *run = payload;
    sf_error err = {.message = ""};
    int r = SF_OK;
    for (size_t turn = 0;; turn++) {
        sf_slot *slot = &run->slots[turn % 2];
        r = next_to_write(run, slot, &err);
        if (r != 1) {
            break;
        }
        r = sf_loop_write(run, slot, &err);
        if (r != SF_OK && r != SF_EEND) {
            sf_loop_say_what_is_left(run, slot);
        }
        if (r != SF_OK) {
            break;
        }
        pthread_mutex_lock(&run->lock);
        slot->ready = 0;
        pthread_cond_broadcast(&run->changed);
        pthread_mutex_unlock(&run->lock);
    }
    r = r == 0 ? sf_loop_tend(run, 1, &err) : r;
    if (r != SF_OK) {
        sf_loop_fail(run, r, &err);
    }
    return NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

typedef struct reader {
    sf_loop_state *run;
    size_t at;            /* the source whose turn it is */
    unsigned char *ended; /* by source */
    sf_backoff *backoffs; /* by source: tries > 0 while its server is away */
    size_t left;          /* sources that have not ended */
    int taking_turns;     /* one of them is live */
    uint64_t batches;
    int failed; /* why the first live source failed that others outlived; SF_OK: none did */
    sf_error why;
} reader;

static void next_source(reader *rd)
{
    do {
        rd->at = (rd->at + 1) % rd->run->loop.n_sources;
    } while (rd->ended[rd->at] && rd->left > 0);
}

/* After SF_EAGAIN from a source. */
static void wait_for_source(reader *rd, const sf_source *s, const sf_error *why)
{
    sf_backoff *backoff = &rd->backoffs[rd->at];
    if (backoff->tries == 0) {
        sf_log(SF_LOG_WARN, "%s; trying again until it works", why->message[0] != '\0' ? why->message : s->name);
    }
    sf_loop_count_retry(rd->run);
    sf_metrics_not_ready(backoff, why->message[0] != '\0' ? why->message : s->name);
    int64_t ms = sf_backoff_next(backoff);
    int others = rd->taking_turns && rd->left > 1;
    sf_pause(others && ms > rd->run->loop.linger_ms ? rd->run->loop.linger_ms : ms);
}

/* A source has failed for good. Others are live as well: they go on, and the run fails when they have ended. */
static int goes_on_without(reader *rd, const sf_source *s, int status, const sf_error *why)
{
    if (!rd->taking_turns || rd->left < 2 || status == SF_ENOMEM) {
        return 0;
    }
    sf_log(SF_LOG_ERROR, "%s; the other sources go on", why->message[0] != '\0' ? why->message : s->name);
    if (rd->failed == SF_OK) {
        rd->failed = status;
        rd->why = *why;
    }
    sf_metrics_not_ready(&rd->backoffs[rd->at], why->message[0] != '\0' ? why->message : s->name);
    rd->ended[rd->at] = 1;
    rd->left--;
    return 1;
}

static void idle(const sf_loop *l)
{
    for (size_t i = 0; i < l->n_sources; i++) {
        if (l->sources[i]->ops->idle != NULL) {
            l->sources[i]->ops->idle(l->sources[i]);
        }
    }
}

/* Waits until the writer has given the slot back. Returns 0 when the run has failed. */
static int wait_for_slot(sf_loop_state *run, sf_slot *slot)
{
    pthread_mutex_lock(&run->lock);
    while (slot->ready && run->status == SF_OK) {
        if (!wait_for_change(run, IDLE_MS)) {
            pthread_mutex_unlock(&run->lock);
            idle(&run->loop);
            pthread_mutex_lock(&run->lock);
        }
    }
    int good = run->status == SF_OK;
    pthread_mutex_unlock(&run->lock);
    return good;
}

/* A source has come to its end. Where the writer may still give a batch back to it, that is waited for; 1: ask it again. */
static int may_have_more(reader *rd, const sf_source *s, sf_slot *slot)
{
    sf_loop_state *run = rd->run;
    sf_slot *other = &run->slots[slot == &run->slots[0]];
    pthread_mutex_lock(&run->lock);
    int written = !other->ready;
    pthread_mutex_unlock(&run->lock);
    return s->ops->dropped != NULL && !written && wait_for_slot(run, other);
}

/* How many records the next batch may have. */
static size_t records_left(const reader *rd)
{
    const sf_loop *l = &rd->run->loop;
    uint64_t left = l->limit > rd->run->counts.read ? l->limit - rd->run->counts.read : 0;
    return l->limit == 0 || left > l->batch_records ? l->batch_records : (size_t)left;
}

/* Fills the slot's batch from the sources. Returns 1; 0 when there is nothing more to read or no reason to; a failure. */
static int fill(reader *rd, sf_slot *slot, sf_error *err)
{
    const sf_loop *l = &rd->run->loop;
    while (rd->left > 0 && !sf_stop_asked() && !has_failed(rd->run) && records_left(rd) > 0) {
        sf_source *s = l->sources[rd->at];
        sf_error why = {.message = ""};
        int wait_ms = rd->taking_turns ? l->linger_ms / (int)rd->left : l->linger_ms;
        slot->source = s;
        slot->b->durable = s->ops->commit != NULL;
        int64_t n = s->ops->read(s, slot->b, records_left(rd), wait_ms, &why);
        if (n == SF_EEND && may_have_more(rd, s, slot)) {
            continue;
        }
        if (n == SF_EEND) {
            rd->ended[rd->at] = 1;
            rd->left--;
        } else if (n == SF_EAGAIN) {
            wait_for_source(rd, s, &why);
        } else if (n < 0 && !goes_on_without(rd, s, (int)n, &why)) {
            *err = why;
            return (int)n;
        } else if (n >= 0 && rd->backoffs[rd->at].tries > 0) {
            sf_log(SF_LOG_INFO, "%s: works again after %u tries", s->name, rd->backoffs[rd->at].tries);
            rd->backoffs[rd->at].tries = 0;
            sf_metrics_not_ready(&rd->backoffs[rd->at], NULL);
        }
        if (rd->left > 0 && (rd->taking_turns || n == SF_EEND)) {
            next_source(rd);
        }
        if (n > 0) {
            return 1;
        }
    }
    return 0;
}

static int read_signals(sf_records *b, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < b->n && r == SF_OK; i++) {
        r = sf_record_read(&b->v[i], b->memory, err);
    }
    if (r == SF_EVERSION) {
        sf_records_cut(b);
    }
    return r;
}

static void hand_over(sf_loop_state *run, sf_slot *slot)
{
    pthread_mutex_lock(&run->lock);
    run->counts.read += slot->b->n;
    slot->ready = 1;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    sf_metric_add(SF_METRIC_READ, (double)slot->b->n);
}

static int read_all(reader *rd, sf_error *err)
{
    sf_loop_state *run = rd->run;
    for (size_t turn = 0;; turn++) {
        sf_slot *slot = &run->slots[turn % 2];
        if (!wait_for_slot(run, slot)) {
            return SF_OK;
        }
        sf_records_reset(slot->b);
        int r = fill(rd, slot, err);
        if (r != 1) {
            return r;
        }
        slot->b->number = ++rd->batches;
        r = run->loop.work != NULL ? run->loop.work(run->loop.payload, slot->b, err) : read_signals(slot->b, err);
        if (r == SF_EVERSION && slot->source->ops->commit == NULL && slot->b->n > 0) {
            hand_over(run, slot); /* what came before can be had only now */
        } else if (r != SF_OK) {
            sf_loop_say_what_is_left(run, slot);
        }
        if (r != SF_OK) {
            return r;
        }
        hand_over(run, slot);
    }
}

/* Reads until there is nothing more; what was handed over is still written after that. */
static int read_until_end(sf_loop_state *run, sf_error *err)
{
    const sf_loop *l = &run->loop;
    reader rd = {.run = run, .left = l->n_sources, .ended = calloc(l->n_sources + 1, 1)};
    rd.backoffs = calloc(l->n_sources + 1, sizeof *rd.backoffs);
    for (size_t i = 0; i < l->n_sources && rd.backoffs != NULL; i++) {
        rd.taking_turns |= l->sources[i]->ops->live;
        rd.backoffs[i] = (sf_backoff){.first_ms = l->retry_ms, .most_ms = l->retry_most_ms};
    }
    int r = rd.ended != NULL && rd.backoffs != NULL ? read_all(&rd, err)
                                                    : sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    if (r == SF_OK && rd.failed != SF_OK) {
        *err = rd.why;
        r = rd.failed;
    }
    for (size_t i = 0; i < l->n_sources && rd.backoffs != NULL; i++) {
        sf_metrics_not_ready(&rd.backoffs[i], NULL);
    }
    free(rd.ended);
    free(rd.backoffs);
    pthread_mutex_lock(&run->lock);
    run->read_all = 1;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
    return r;
}

/* ---- a run -------------------------------------------------------------------------------------------------------- */

static void fill_in_defaults(sf_loop *l)
{
    l->lanes = l->lanes > 0 ? l->lanes : 1;
    l->batch_records = l->batch_records > 0 ? l->batch_records : 1000;
    l->linger_ms = l->linger_ms > 0 ? l->linger_ms : 200;
    l->give_up_ms = l->give_up_ms > 0 ? l->give_up_ms : 7000;
    l->retry_ms = l->retry_ms > 0 ? l->retry_ms : 100;
    l->retry_most_ms = l->retry_most_ms > 0 ? l->retry_most_ms : 10000;
    l->queue_batches = l->queue_batches > 0 ? l->queue_batches : 16;
}

static int open_queues(sf_loop_state *run)
{
    const sf_loop *l = &run->loop;
    run->queues = calloc(l->n_sinks + 1, sizeof *run->queues);
    int r = run->queues != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; i < l->n_sinks && r == SF_OK && !l->dry_run; i++) {
        if (l->sinks[i]->ops->best_effort) {
            r = sf_queue_new(&run->queues[run->n_queues], l->sinks[i], l);
            run->n_queues += r == SF_OK;
        }
    }
    return r;
}

static int open_run(sf_loop_state *run)
{
    int r = SF_OK;
    for (size_t i = 0; i < 2 && r == SF_OK; i++) {
        r = sf_records_new(&run->slots[i].b, run->loop.lanes);
    }
    return r == SF_OK ? open_queues(run) : r;
}

static void close_run(sf_loop_state *run, sf_loop_counts *counts)
{
    int64_t ms = sf_stop_asked() || run->status != SF_OK ? 1000 : run->loop.give_up_ms;
    run->counts.dropped = 0;
    for (size_t i = 0; i < run->n_queues; i++) {
        sf_queue_close(run->queues[i], ms);
        run->counts.dropped += sf_queue_dropped(run->queues[i]);
        sf_queue_free(run->queues[i]);
    }
    free((void *)run->queues);
    sf_metrics_not_ready(&run->backoff, NULL);
    for (size_t i = 0; i < 2; i++) {
        sf_records_free(run->slots[i].b);
    }
    (void)pthread_cond_destroy(&run->changed);
    (void)pthread_mutex_destroy(&run->lock);
    if (counts != NULL) {
        *counts = run->counts;
    }
}

/* Signals are for the thread that reads: they wake it. */
static int start_writer(sf_loop_state *run, pthread_t *thread)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(thread, NULL, write_all, run) == 0 ? SF_OK : SF_ENOMEM;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r;
}

/* How the run ended, in one status. */
static int outcome(const sf_loop_state *run, sf_error *err)
{
    if (run->status == SF_EEND) {
        return SF_OK;
    }
    if (run->status == SF_OK && run->logged > 0) {
        return sf_fail(err, SF_EPARSE, "%" PRIu64 " %s rejected; the first at %.30s: %.50s", run->logged,
                       run->logged == 1 ? "record was" : "records were", run->rejected_at, run->rejection.message);
    }
    if (run->status != SF_OK && err != NULL) {
        *err = run->error;
    }
    return run->status;
}

int sf_loop_run(const sf_loop *loop, sf_loop_counts *counts, sf_error *err)
{
    sf_loop_state *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    run->loop = *loop;
    fill_in_defaults(&run->loop);
    run->backoff = (sf_backoff){.first_ms = run->loop.retry_ms, .most_ms = run->loop.retry_most_ms};
    (void)pthread_mutex_init(&run->lock, NULL);
    (void)pthread_cond_init(&run->changed, NULL);
    pthread_t writer;
    sf_error why = {.message = ""};
    int r = open_run(run);
    r = r == SF_OK ? start_writer(run, &writer) : r;
    if (r == SF_OK) {
        r = read_until_end(run, &why);
        (void)pthread_join(writer, NULL);
    } else {
        (void)sf_fail(&why, r, "%s", sf_strerror(r));
    }
    if (r != SF_OK) {
        sf_loop_fail(run, r, &why); /* unless the writer had failed before */
    }
    close_run(run, counts);
    r = outcome(run, err);
    free(run);
    return r;
}
