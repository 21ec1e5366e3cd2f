/* SPDX-License-Identifier: MIT */
/* The writing half of the loop: one batch into every sink, made safe, then committed. */
#include <inttypes.h>
#include <stdio.h>

#include "clock.h"
#include "fail.h"
#include "fault.h"
#include "log.h"
#include "loop_internal.h"
#include "metrics.h"

/* How long a flush may wait before it is asked whether anything has changed. */
enum { FLUSH_MS = 500, REJECTIONS_LOGGED = 10 };

void sf_describe_place(const sf_coordinates *at, char *buf, size_t cap)
{
    const char *origin = at->origin != NULL ? at->origin : "record";
    if (at->partition >= 0) {
        (void)snprintf(buf, cap, "%.50s/%" PRId32 ":%" PRId64, origin, at->partition, at->offset);
    } else {
        (void)snprintf(buf, cap, "%.50s:%" PRId64, origin, at->line > 0 ? at->line : at->offset);
    }
}

void sf_loop_say_what_is_left(sf_loop_state *run, const sf_slot *slot)
{
    char place[80];
    if (slot->b->n == 0) {
        return;
    }
    sf_describe_place(&slot->b->v[0].at, place, sizeof place);
    pthread_mutex_lock(&run->lock);
    if (run->kept.source != NULL) {
        (void)snprintf(place, sizeof place, "%s", run->kept.place);
    }
    pthread_mutex_unlock(&run->lock);
    sf_log(SF_LOG_ERROR, "from %s on nothing is committed%s", place,
           slot->source->ops->commit != NULL ? "; it will be read again" : "");
}

/* ---- trying again ------------------------------------------------------------------------------------------------- */

/* Has a stop been waiting for this sink for too long? */
static int must_give_up(sf_loop_state *run)
{
    if (!sf_stop_asked()) {
        return 0;
    }
    int64_t now = sf_clock_steady_ms();
    if (run->stop_seen_ms == 0) {
        run->stop_seen_ms = now;
    }
    return now - run->stop_seen_ms >= run->loop.give_up_ms;
}

/* What a plug said, which starts with its name; its name if it said nothing. */
static const char *reason(const char *name, const sf_error *why)
{
    return why->message[0] != '\0' ? why->message : name;
}

static int give_up(const sf_loop_state *run, const char *name, const sf_error *why, sf_error *err)
{
    char place[80];
    (void)snprintf(place, sizeof place, "%s", run->kept.source != NULL ? run->kept.place : "what it says of itself");
    if (run->kept.source == NULL && run->writing->n > 0) {
        sf_describe_place(&run->writing->v[0].at, place, sizeof place);
    }
    return sf_fail(err, SF_EIO, "%.48s; stopped, to be read again from %.32s on", reason(name, why), place);
}

/* After SF_EAGAIN: SF_OK when it is time to try again. */
static int wait_to_retry(sf_loop_state *run, const char *name, const sf_error *why, sf_error *err)
{
    if (must_give_up(run)) {
        return give_up(run, name, why, err);
    }
    if (run->backoff.tries == 0) {
        sf_log(SF_LOG_WARN, "%s; trying again until it works", reason(name, why));
    }
    sf_loop_count_retry(run);
    sf_metrics_not_ready(&run->backoff, reason(name, why));
    int64_t ms = sf_backoff_next(&run->backoff);
    sf_pause(sf_stop_asked() && ms > 250 ? 250 : ms);
    return SF_OK;
}

static void worked(sf_loop_state *run, const char *name)
{
    if (run->backoff.tries > 0) {
        sf_log(SF_LOG_INFO, "%s: works again after %u tries", name, run->backoff.tries);
        run->backoff.tries = 0;
        sf_metrics_not_ready(&run->backoff, NULL);
    }
}

/* Writes the batch, however often it takes. */
static int write_to(sf_loop_state *run, sf_sink *sink, sf_records *b, sf_error *err)
{
    for (;;) {
        sf_error why = {.message = ""};
        int r = sink->ops->write(sink, b, &why);
        if (r != SF_EAGAIN) {
            if (r != SF_OK && err != NULL) {
                *err = why;
            }
            return r;
        }
        r = wait_to_retry(run, sink->name, &why, err);
        if (r != SF_OK) {
            return r;
        }
    }
}

/* Makes what was written safe; where the sink has lost it, writes the batch again. */
static int flush(sf_loop_state *run, sf_sink *sink, sf_records *b, sf_error *err)
{
    for (;;) {
        sf_error why = {.message = ""};
        int r = sink->ops->flush != NULL ? sink->ops->flush(sink, FLUSH_MS, &why) : SF_OK;
        if (r == SF_OK || r == SF_KEPT) {
            worked(run, sink->name);
            return r;
        }
        if (sf_loop_has_lost(run)) {
            return SF_TAKEN_OVER;
        }
        if (r == 1) {
            if (must_give_up(run)) {
                return give_up(run, sink->name, &why, err);
            }
            continue;
        }
        if (r != SF_EAGAIN) {
            if (err != NULL) {
                *err = why;
            }
            return r;
        }
        r = wait_to_retry(run, sink->name, &why, err);
        r = r == SF_OK && b != NULL ? write_to(run, sink, b, err) : r;
        if (r != SF_OK) {
            return r;
        }
    }
}

int sf_loop_commit(sf_loop_state *run, sf_source *s, uint64_t position, sf_error *err)
{
    while (s->ops->commit != NULL) {
        sf_error why = {.message = ""};
        int r = s->ops->commit(s, position, &why);
        if (r == SF_OK) {
            worked(run, s->name);
            return SF_OK;
        }
        if (r != SF_EAGAIN) {
            if (err != NULL) {
                *err = why;
            }
            return r;
        }
        r = wait_to_retry(run, s->name, &why, err);
        if (r != SF_OK) {
            return r;
        }
    }
    return SF_OK;
}

/* ---- rejected records --------------------------------------------------------------------------------------------- */

static size_t count_rejected(const sf_records *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        n += b->v[i].state == SF_RECORD_REJECTED;
    }
    return n;
}

/* Too many? Tried on a copy, since later sinks may reject more of the same batch. */
static int brake(sf_loop_state *run, const sf_records *b, int keep, sf_error *err)
{
    sf_brake_window window = run->window;
    if (sf_brake_add(&window, run->loop.brake, b)) {
        const sf_record *r = b->v;
        for (size_t i = 0; i < b->n; i++) {
            r = b->v[i].state == SF_RECORD_REJECTED ? &b->v[i] : r;
        }
        char place[80];
        sf_describe_place(&r->at, place, sizeof place);
        return sf_fail(err, SF_EIO, "more than %g %% of records failed; the last at %.30s: %.45s",
                       run->loop.brake * 100, place, r->error != NULL ? r->error->message : "");
    }
    if (keep) {
        run->window = window;
    }
    return SF_OK;
}

/* With no dead-letter sink the log is all there is; it must not be flooded. */
static void log_rejected(sf_loop_state *run, const sf_records *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const sf_record *r = &b->v[i];
        if (r->state != SF_RECORD_REJECTED) {
            continue;
        }
        char place[80];
        sf_describe_place(&r->at, place, sizeof place);
        if (run->logged++ == 0) {
            run->rejection = *r->error;
            (void)snprintf(run->rejected_at, sizeof run->rejected_at, "%s", place);
        }
        if (run->logged <= REJECTIONS_LOGGED) {
            sf_log(SF_LOG_WARN, "%s: rejected: %s", place, r->error->message);
        } else if (run->logged == REJECTIONS_LOGGED + 1) {
            sf_log(SF_LOG_WARN, "more records were rejected; --dlq FILE keeps them");
        }
    }
}

/* ---- records that a store cannot take ------------------------------------------------------------------------------- */

/* Rejects the records of a part that the store cannot take: writes halves until they stand alone. Those halves are written
 * without the batch's advances. */
static int sift(sf_loop_state *run, sf_sink *sink, sf_records *b, size_t from, size_t n, sf_error *err)
{
    sf_records part = *b;
    sf_error why = {.message = ""};
    part.v = b->v + from;
    part.n = n;
    part.consumer = NULL;
    part.n_advances = 0;
    part.n_coverage = 0;
    int r = write_to(run, sink, &part, &why);
    if (r == SF_EPARSE && n == 1) {
        return part.v[0].state != SF_RECORD_REJECTED ? sf_record_reject(part.v, b->memory, &why)
                                                     : sf_fail(err, SF_EIO, "%.120s", why.message);
    }
    if (r == SF_EPARSE) {
        r = sift(run, sink, b, from, n / 2, err);
        return r == SF_OK ? sift(run, sink, b, from + n / 2, n - n / 2, err) : r;
    }
    if (r != SF_OK && err != NULL) {
        *err = why;
    }
    return r;
}

/* Writes a batch; where records in it are at fault, all but those. If they are too many the store stays where it is in the
 * stream: its advances come with the last write only. */
static int write_sifted(sf_loop_state *run, sf_sink *sink, sf_records *b, sf_error *err)
{
    sf_error why = {.message = ""};
    int r = write_to(run, sink, b, &why);
    if (r == SF_EPARSE) {
        r = sift(run, sink, b, 0, b->n, &why);
        r = r == SF_OK ? brake(run, b, 0, &why) : r;
        r = r == SF_OK ? write_to(run, sink, b, &why) : r;
        r = r == SF_EPARSE ? SF_EIO : r; /* no record of it is */
    }
    if (r < 0 && err != NULL) {
        *err = why;
        err->status = r;
    }
    return r;
}

/* ---- a batch ------------------------------------------------------------------------------------------------------ */

static int write_required(sf_loop_state *run, sf_records *b, sf_error *err)
{
    const sf_loop *l = &run->loop;
    for (size_t i = 0; i < l->n_sinks; i++) {
        if (!l->sinks[i]->ops->best_effort) {
            int64_t begun_ms = sf_clock_steady_ms();
            int r = write_sifted(run, l->sinks[i], b, err);
            if (i == 0) {
                sf_metric_observe(SF_METRIC_STORE_SECONDS, (double)(sf_clock_steady_ms() - begun_ms) / 1000);
            }
            if (r != SF_OK) {
                return r;
            }
        }
    }
    return SF_OK;
}

int sf_loop_flush(sf_loop_state *run, sf_records *b, sf_error *err)
{
    const sf_loop *l = &run->loop;
    int kept = SF_OK;
    for (size_t i = 0; i < l->n_sinks; i++) {
        if (!l->sinks[i]->ops->best_effort) {
            int r = flush(run, l->sinks[i], b, err);
            if (r != SF_OK && r != SF_KEPT) {
                return r;
            }
            kept = r == SF_KEPT ? SF_KEPT : kept;
        }
    }
    return kept;
}

static int write_dead_letters(sf_loop_state *run, sf_records *b, sf_error *err)
{
    if (run->loop.dead == NULL || run->loop.dry_run) {
        log_rejected(run, b);
        return SF_OK;
    }
    int r = write_to(run, run->loop.dead, b, err);
    return r == SF_OK ? flush(run, run->loop.dead, b, err) : r;
}

/* What the figures say of one record that is done. */
static void measure_record(const sf_record *r, int64_t now_ms)
{
    if (r->state == SF_RECORD_REJECTED) {
        sf_metric_add_of(SF_METRIC_REJECTED, r->at.origin != NULL ? r->at.origin : "", -1, 1);
        sf_metric_add(SF_METRIC_DEAD_LETTERS, 1);
        return;
    }
    const sf_signal *s = r->signal;
    if (s != NULL && s->observed_ms != SF_NO_TIME) {
        sf_metric_observe(SF_METRIC_AGE_STORED, (double)(now_ms - s->observed_ms) / 1000);
        if (s->ts_ms != SF_NO_TIME && (s->kind == SF_POST || s->kind == SF_COMMENT)) {
            sf_metric_observe(SF_METRIC_AGE_OBSERVED, (double)(s->observed_ms - s->ts_ms) / 1000);
        }
    }
}

static void measure(const sf_records *b, size_t written, uint64_t dropped, int64_t begun_ms)
{
    if (sf_metrics_on()) {
        int64_t now_ms = sf_clock_ms();
        for (size_t i = 0; i < b->n; i++) {
            measure_record(&b->v[i], now_ms);
        }
        for (size_t i = 0; i < b->n_advances; i++) {
            sf_metrics_got_on(b->advances[i].topic, b->advances[i].partition);
        }
        sf_metric_add(SF_METRIC_WRITTEN, (double)written);
        sf_metric_add(SF_METRIC_BATCHES, 1);
        sf_metric_add(SF_METRIC_DROPPED, (double)dropped);
        sf_metric_observe(SF_METRIC_BATCH_SIZE, (double)b->n);
        sf_metric_observe(SF_METRIC_FLUSH_SECONDS, (double)(sf_clock_steady_ms() - begun_ms) / 1000);
    }
}

/* A batch is done with; what is only kept counts as written later. */
static void count(sf_loop_state *run, const sf_records *b, size_t rejected, int kept, int64_t begun_ms)
{
    sf_loop_counts now;
    uint64_t dropped = 0;
    for (size_t i = 0; i < run->n_queues; i++) {
        dropped += sf_queue_dropped(run->queues[i]);
    }
    pthread_mutex_lock(&run->lock);
    run->counts.written += kept ? 0 : b->n - rejected;
    run->counts.rejected += kept ? 0 : rejected;
    run->counts.batches++;
    uint64_t dropped_before = run->counts.dropped;
    run->counts.dropped = dropped;
    now = run->counts;
    pthread_mutex_unlock(&run->lock);
    measure(b, kept ? 0 : b->n - rejected, dropped - dropped_before, begun_ms);
    if (run->loop.progress != NULL) {
        run->loop.progress(run->loop.progress_payload, &now);
    }
}

/* Another reader is ahead of this batch: it has the records, or will read them. */
static int take_leave(const sf_slot *slot)
{
    char place[80];
    sf_describe_place(&slot->b->v[0].at, place, sizeof place);
    sf_log(SF_LOG_WARN, "from %s on another process has taken over; what was read here is dropped", place);
    sf_metric_add(SF_METRIC_TAKEN_OVER, 1);
    slot->source->ops->dropped(slot->source, slot->b->position);
    return SF_OK;
}

/* The order is the guarantee: nothing is written once the brake is on, nothing is committed before all is safe. */
int sf_loop_write(sf_loop_state *run, sf_slot *slot, sf_error *err)
{
    sf_records *b = slot->b;
    int real = !run->loop.dry_run;
    int64_t begun_ms = sf_clock_steady_ms();
    if (real && !sf_loop_may_keep(run, slot->source, b)) {
        return SF_OK;
    }
    run->writing = b;
    int r = brake(run, b, 0, err);
    r = r == SF_OK && real ? write_required(run, b, err) : r;
    if (r == SF_TAKEN_OVER) {
        return take_leave(slot);
    }
    sf_fault("write");
    r = r == SF_OK ? brake(run, b, 1, err) : r;
    size_t rejected = count_rejected(b);
    r = r == SF_OK && rejected > 0 ? write_dead_letters(run, b, err) : r;
    r = r == SF_OK && real ? sf_loop_flush(run, b, err) : r;
    if (r == SF_TAKEN_OVER) {
        return take_leave(slot);
    }
    int kept = r == SF_KEPT;
    r = kept ? SF_OK : r;
    sf_fault("flush");
    for (size_t i = 0; i < run->n_queues && r == SF_OK; i++) {
        sf_queue_add(run->queues[i], b);
    }
    r = r == SF_OK && real && !kept ? sf_loop_commit(run, slot->source, b->position, err) : r;
    sf_fault("commit");
    if (r == SF_OK && kept) {
        sf_loop_keep(run, slot, rejected);
    } else if (r == SF_OK) {
        sf_loop_kept_is_safe(run);
    }
    if (r == SF_OK) {
        count(run, b, rejected, kept, begun_ms);
    }
    return r;
}
