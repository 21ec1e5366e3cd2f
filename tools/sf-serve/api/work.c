/* SPDX-License-Identifier: MIT */
/* What each worker has of its own: handles on the store and on the users' accounts. */
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "internal.h"
#include "plugs.h"
#include "shared.h"

void *worker_start(void *payload)
{
    worker *w = calloc(1, sizeof *w);
    if (w != NULL) {
        w->api = payload;
        if (sf_batch_new(&w->memory) != SF_OK) {
            free(w);
            return NULL;
        }
        w->shared = w->api->o.cache != NULL ? shared_new(w->api->o.cache) : NULL;
    }
    return w;
}

void worker_stop(void *own)
{
    worker *w = own;
    if (w != NULL) {
        sf_store_close(w->store);
        accounts_close(w->accounts);
        sf_batch_free(w->memory);
        sf_analyser_free(w->analyser);
        shared_free(w->shared);
        free(w);
    }
}

int worker_store(worker *w, sf_error *err)
{
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    const api_options *o = &w->api->o;
    const char *url = o->read_store != NULL ? o->read_store : o->store;
    int r = w->store != NULL ? SF_OK : sf_store_open(&w->store, sf_stores, url, SF_STORE_READ, NULL, err);
    atomic_store(&w->api->store_lost, r != SF_OK);
    return r;
}

int worker_accounts(worker *w, sf_error *err)
{
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = w->accounts != NULL ? SF_OK : accounts_open(&w->accounts, w->api->o.store, err);
    atomic_store(&w->api->accounts_lost, r != SF_OK);
    return r;
}

int worker_ask(worker *w, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r = worker_store(w, err);
    r = r == SF_OK ? w->store->ops->ask(w->store, q, a, err) : r;
    if (r == SF_EIO || r == SF_EAGAIN) {
        sf_store_close(w->store);
        w->store = NULL;
        atomic_store(&w->api->store_lost, 1);
    }
    return r;
}

/* ---- keeping up ---------------------------------------------------------------------------------------------------- */

enum { AGAIN_MS = 2000, PURGE_MS = 3600000, TOKENS_KEPT_MS = 86400000 };

typedef struct upkeep {
    job base; /* first */
    api *api;
} upkeep;

static void try_all(job *j, void *own)
{
    worker *w = own;
    (void)j;
    (void)worker_store(w, NULL);
    if (worker_accounts(w, NULL) == SF_OK) {
        (void)w->accounts->ops->purge(w->accounts, sf_clock_ms() - TOKENS_KEPT_MS, NULL);
    }
}

static void tried(job *j)
{
    ((upkeep *)j)->api->keeping_up = 0;
    free(j);
}

void keep_up(api *a)
{
    int64_t past = sf_clock_steady_ms() - a->kept_up_ms;
    int lost = atomic_load(&a->store_lost) || atomic_load(&a->accounts_lost);
    if (a->keeping_up || past < (lost ? AGAIN_MS : PURGE_MS)) {
        return;
    }
    upkeep *u = calloc(1, sizeof *u);
    if (u != NULL) {
        *u = (upkeep){.base = {.work = try_all, .done = tried}, .api = a};
        a->keeping_up = workers_give(a->askers, &u->base);
        a->kept_up_ms += past;
        if (!a->keeping_up) {
            free(u);
        }
    }
}
