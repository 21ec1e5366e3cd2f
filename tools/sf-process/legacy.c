/* SPDX-License-Identifier: MIT */
/* Reddit's raw records: read, their titles analysed, see legacy.h. Titles are short and there is one table row each, so that
 * one thread keeps up with any broker. */
#include "legacy.h"

#include <signal.h>

#include "common/fail.h"
#include "work.h"

/* ---- work --------------------------------------------------------------------------------------------------------- */

/* Why an answer that was no single post is refused. */
static int refuse(sf_record *r, sf_batch *memory, const sf_normalise_report *report)
{
    sf_error why;
    const sf_child *c = report->n_children == 1 ? report->children : NULL;
    if (c != NULL && c->status != SF_OK) {
        (void)sf_fail(&why, c->status, "%.150s", c->reason);
    } else {
        (void)sf_fail(&why, SF_EPARSE, "%zu posts, not one", report->signals);
    }
    return sf_record_reject(r, memory, &why);
}

/* Reads what Reddit gave into the lane. SF_OK, also where the record is rejected; SF_ENOMEM. */
static int read_thing(const sf_legacy *l, sf_record *r, sf_batch *lane, sf_batch *memory)
{
    int64_t sent_ms = r->at.partition >= 0 ? r->arrived_ms : l->observed_ms; /* a file does not say when */
    int64_t at_ms = r->observed_ms != SF_NO_TIME ? sf_not_ahead(r->observed_ms, r->arrived_ms) : sent_ms;
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    int64_t n = sf_normalise(lane, SF_REDDIT, r->raw, at_ms, &report, &why);
    if (n < 0) {
        return n == SF_ENOMEM ? SF_ENOMEM : sf_record_reject(r, memory, &why);
    }
    if (n != 1) {
        return refuse(r, memory, &report);
    }
    r->signal = sf_batch_at(lane, sf_batch_count(lane) - 1);
    return SF_OK;
}

/* A source may have made the signal itself. */
static int copy_signal(sf_record *r, sf_batch *lane)
{
    int64_t i = sf_batch_add(lane, r->signal, sizeof *r->signal);
    r->signal = i >= 0 ? sf_batch_at(lane, (size_t)i) : r->signal;
    return i >= 0 ? SF_OK : (int)i;
}

/* The loop's sf_work. What is analysed is the title alone. */
static int work(void *payload, sf_records *b, sf_error *err)
{
    const sf_legacy *l = payload;
    sf_batch *lane = b->lanes[0];
    int r = SF_OK;
    for (size_t i = 0; i < b->n && r == SF_OK; i++) {
        sf_record *x = &b->v[i];
        if (x->state == SF_RECORD_REJECTED) {
            continue;
        }
        r = x->signal != NULL ? copy_signal(x, lane) : read_thing(l, x, lane, b->memory);
        if (r == SF_OK && x->signal != NULL) {
            x->signal->body = (sf_str){"", 0};
            x->signal->observed_ms = x->signal->observed_ms != SF_NO_TIME ? x->signal->observed_ms : l->observed_ms;
        }
    }
    int64_t n = r == SF_OK ? sf_analyse(l->analyser, lane, 0, SF_DO_SENTIMENT | SF_DO_KEYWORDS) : r;
    return n < 0 ? sf_fail(err, (int)n, "analysis: %s", sf_strerror((int)n)) : SF_OK;
}

/* ---- a run -------------------------------------------------------------------------------------------------------- */

int sf_legacy_open(sf_legacy *l, const sf_run *first, const sf_lexicon *lexicon, int64_t observed_ms)
{
    sf_error err = {.message = ""};
    l->run.settings = first->settings;
    l->run.name = "legacy";
    l->run.use = SF_STORE_REDDIT;
    l->observed_ms = observed_ms;
    if (sf_settings_text(first->settings, "store") == NULL) {
        (void)sf_fail(&err, SF_EINVAL, "the legacy path needs --store");
        return sf_run_failed(&err);
    }
    err.status = sf_analyser_new(&l->analyser, lexicon);
    if (err.status != SF_OK) {
        return sf_run_failed(&err);
    }
    l->run.loop.work = work;
    l->run.loop.payload = l;
    int code = sf_run_open_store(&l->run, lexicon);
    return code >= 0 ? code : sf_run_open(&l->run);
}

int sf_legacy_run(sf_legacy *l)
{
    return sf_run_loop(&l->run, NULL, NULL);
}

static void *run(void *payload)
{
    sf_legacy *l = payload;
    l->code = sf_legacy_run(l);
    return NULL;
}

/* Signals are for the thread that reads for the first path. */
int sf_legacy_start(sf_legacy *l)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&l->thread, NULL, run, l);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        sf_error err;
        (void)sf_fail(&err, SF_ENOMEM, "no thread can be started");
        return sf_run_failed(&err);
    }
    return -1;
}

int sf_legacy_join(sf_legacy *l)
{
    (void)pthread_join(l->thread, NULL);
    return l->code;
}

void sf_legacy_close(sf_legacy *l)
{
    if (l->run.name != NULL) {
        sf_run_close(&l->run);
    }
    sf_analyser_free(l->analyser);
}
