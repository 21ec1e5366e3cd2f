/* SPDX-License-Identifier: MIT */
/* Batches in a sink's keeping: what gathers for files is safe much later than it is written. Until then nothing is committed, and
 * where its partitions go meanwhile it comes to nothing. */
#include <stdio.h>

#include "fail.h"
#include "log.h"
#include "loop_internal.h"
#include "metrics.h"

/* Tells every required sink that gathers. */
static void tell(const sf_loop_state *run, int drop)
{
    const sf_loop *l = &run->loop;
    for (size_t i = 0; i < l->n_sinks; i++) {
        const sf_sink_ops *ops = l->sinks[i]->ops;
        if (ops->settle != NULL) {
            (drop ? ops->forget : ops->settle)(l->sinks[i]);
        }
    }
}

static int gathers(const sf_loop_state *run)
{
    int yes = 0;
    for (size_t i = 0; i < run->loop.n_sinks; i++) {
        yes |= run->loop.sinks[i]->ops->settle != NULL;
    }
    return yes;
}

static int holds(sf_source *s, uint64_t term)
{
    return s->ops->holds != NULL ? s->ops->holds(s, term) : 1;
}

/* Under the lock: a reader that fails says from where on nothing is committed. */
static void set_kept(sf_loop_state *run, sf_kept kept)
{
    pthread_mutex_lock(&run->lock);
    run->kept = kept;
    pthread_mutex_unlock(&run->lock);
}

static void drop(sf_loop_state *run)
{
    sf_log(SF_LOG_INFO, "from %s on what was gathered is dropped; the next reader of its partitions has it again",
           run->kept.place);
    tell(run, 1);
    set_kept(run, (sf_kept){.source = NULL});
}

int sf_loop_has_lost(const sf_loop_state *run)
{
    return run->kept.source != NULL && !holds(run->kept.source, run->kept.term);
}

int sf_loop_may_keep(sf_loop_state *run, sf_source *s, const sf_records *b)
{
    if (!gathers(run)) {
        return 1;
    }
    if (sf_loop_has_lost(run)) {
        drop(run);
    }
    return holds(s, b->term) != 0;
}

void sf_loop_keep(sf_loop_state *run, const sf_slot *slot, size_t rejected)
{
    sf_kept *k = &run->kept;
    if (k->source == NULL) {
        sf_kept first = {.source = slot->source, .term = slot->b->term, .place = "what it says of itself"};
        if (slot->b->n > 0) {
            sf_describe_place(&slot->b->v[0].at, first.place, sizeof first.place);
        }
        set_kept(run, first);
    }
    k->position = slot->b->position;
    k->written += slot->b->n - rejected;
    k->rejected += rejected;
}

void sf_loop_kept_is_safe(sf_loop_state *run)
{
    pthread_mutex_lock(&run->lock);
    run->counts.written += run->kept.written;
    run->counts.rejected += run->kept.rejected;
    sf_loop_counts now = run->counts;
    pthread_mutex_unlock(&run->lock);
    sf_metric_add(SF_METRIC_WRITTEN,
                  (double)run->kept.written); /* added: another loop of the process counts there too */
    if (run->kept.source != NULL && run->loop.progress != NULL) {
        run->loop.progress(run->loop.progress_payload, &now);
    }
    set_kept(run, (sf_kept){.source = NULL});
}

int sf_loop_tend(sf_loop_state *run, int last, sf_error *err)
{
    sf_kept *k = &run->kept;
    int held = k->source != NULL ? holds(k->source, k->term) : 1;
    if (k->source == NULL) {
        return SF_OK;
    }
    if (held == 0) {
        drop(run);
        return SF_OK;
    }
    if (last || held == SF_LEAVING) {
        tell(run, 0);
    }
    run->writing = NULL;
    int r = sf_loop_flush(run, NULL, err);
    if (r == SF_KEPT || r == SF_TAKEN_OVER) {
        return SF_OK; /* what is lost is dropped next time */
    }
    r = r == SF_OK ? sf_loop_commit(run, k->source, k->position, err) : r;
    if (r == SF_OK) {
        sf_loop_kept_is_safe(run);
    } else if (r != SF_EEND) {
        sf_log(SF_LOG_ERROR, "from %s on nothing is committed%s", k->place,
               k->source->ops->commit != NULL ? "; it will be read again" : "");
    }
    return r;
}
