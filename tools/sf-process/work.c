/* SPDX-License-Identifier: MIT */
/* Read and analyse in parallel, then track in order. Lanes share nothing, so that the output is the same for any number of
 * threads. */
#include "work.h"

#include <math.h>
#include <stdlib.h>

#include "common/fail.h"

int sf_worker_open(sf_worker *w, size_t threads, size_t posts, const sf_lexicon *l)
{
    w->lexicon = l;
    int status = sf_pool_new(&w->pool, threads);
    if (status == SF_OK && posts > 0) {
        status = sf_tracker_new(&w->tracker, posts, l);
    }
    if (status == SF_OK) {
        w->analysers = calloc(threads, sizeof *w->analysers);
        status = w->analysers != NULL ? SF_OK : SF_ENOMEM;
    }
    for (size_t i = 0; status == SF_OK && i < threads; i++) {
        status = sf_analyser_new(&w->analysers[i], l);
    }
    return status;
}

void sf_worker_close(sf_worker *w)
{
    for (size_t i = 0; w->analysers != NULL && i < sf_pool_lanes(w->pool); i++) {
        sf_analyser_free(w->analysers[i]);
    }
    free((void *)w->analysers);
    sf_tracker_free(w->tracker);
    sf_pool_free(w->pool);
}

/* One lane's share of a batch. */
typedef struct share {
    const sf_worker *worker;
    sf_records *batch;
    sf_error *errors; /* one a lane */
} share;

/* Brings a record's signal into the lane: read from its bytes, or copied from where its source made it. */
static int bring(sf_record *r, sf_batch *lane, sf_error *err)
{
    if (r->signal == NULL) {
        return sf_record_read(r, lane, err);
    }
    int64_t i = sf_batch_add(lane, r->signal, sizeof *r->signal);
    if (i < 0) {
        return sf_fail(err, (int)i, "%s", sf_strerror((int)i));
    }
    r->signal = sf_batch_at(lane, (size_t)i);
    return SF_OK;
}

static int work_lane(void *payload, size_t lane, size_t begin, size_t end)
{
    const share *s = payload;
    sf_batch *memory = s->batch->lanes[lane];
    size_t first = sf_batch_count(memory);
    int status = SF_OK;
    for (size_t i = begin; i < end && status == SF_OK; i++) {
        status = bring(&s->batch->v[i], memory, &s->errors[lane]);
    }
    if (status != SF_OK && status != SF_EVERSION) {
        return status;
    }
    int64_t n = sf_analyse(s->worker->analysers[lane], memory, first, SF_DO_ALL);
    return n < 0 ? sf_fail(&s->errors[lane], (int)n, "analysis: %s", sf_strerror((int)n)) : status;
}

/* Gives a signal its place in time. */
static void settle_time(sf_worker *w, const sf_record *r)
{
    sf_signal *s = r->signal;
    if (s->observed_ms == SF_NO_TIME) {
        s->observed_ms = s->ts_ms != SF_NO_TIME ? s->ts_ms : w->observed_ms;
    }
    int64_t observed_ms = sf_not_ahead(s->observed_ms, r->arrived_ms);
    w->clamped += observed_ms != s->observed_ms;
    s->observed_ms = observed_ms;
}

/* Says how a signal's figures came about: member "explain" of the record. */
static int explain(sf_record *r, sf_batch *memory, sf_analyser *a, const sf_trend_parts *parts)
{
    sf_buffer b = {0};
    sf_str text;
    int status = sf_signal_text(memory, r->signal, &text);
    status = status == SF_OK ? sf_explain(&b, a, text, r->signal->platform, parts) : status;
    status = status == SF_OK ? sf_batch_copy(memory, (sf_str){b.bytes, b.len}, &r->explain) : status;
    sf_buffer_free(&b);
    return status;
}

static int track(sf_worker *w, sf_records *b)
{
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < b->n; i++) {
        sf_record *r = &b->v[i];
        sf_trend_parts parts = {NAN, NAN, NAN, NAN};
        if (r->state == SF_RECORD_REJECTED) {
            continue;
        }
        settle_time(w, r);
        if (w->tracker != NULL) {
            sf_tracker_observe(w->tracker, r->signal, &parts);
        }
        r->signal->analysis = sf_cstr(sf_lexicon_id(w->lexicon)); /* figures of signals without text depend on it too */
        if (w->explain) {
            status = explain(r, b->memory, w->analysers[0], &parts);
        }
    }
    return status;
}

int sf_worker_work(void *worker, sf_records *b, sf_error *err)
{
    sf_worker *w = worker;
    size_t lanes = sf_pool_lanes(w->pool);
    sf_error *errors = sf_batch_alloc(b->memory, lanes * sizeof *errors);
    if (errors == NULL) {
        return SF_ENOMEM;
    }
    memset(errors, 0, lanes * sizeof *errors);
    share s = {w, b, errors};
    int status = sf_pool_run(w->pool, b->n, work_lane, &s);
    for (size_t i = 0; status != SF_OK && i < lanes; i++) {
        if (errors[i].status != SF_OK) {
            *err = errors[i];
            break;
        }
    }
    if (status == SF_EVERSION) {
        sf_records_cut(b);
    } else if (status != SF_OK) {
        return status;
    }
    int tracked = track(w, b);
    return tracked != SF_OK ? sf_fail(err, tracked, "%s", sf_strerror(tracked)) : status;
}
