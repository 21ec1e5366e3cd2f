/* SPDX-License-Identifier: MIT */
/* What each worker has of its own: handles on the store and on the users' accounts. */
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "internal.h"
#include "plugs.h"
#include "shared.h"

enum { AGAIN_MS = 1000, UPKEEP_MS = 2000, PURGE_MS = 3600000, TOKENS_KEPT_MS = 86400000 };

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
        accounts_close(w->readers);
        sf_batch_free(w->memory);
        sf_analyser_free(w->analyser);
        shared_free(w->shared);
        free(w);
    }
}

/* A server that is away lets each try to reach it take seconds: who comes soon after one is told at once, until one has reached it. */
static int may_try(long long again_ms, sf_error *err)
{
    return sf_clock_steady_ms() >= again_ms ? SF_OK : sf_fail(err, SF_EAGAIN, "away a moment ago");
}

/* `before` is what stood there when the try began: a try that took long says nothing against another's that has reached the server since. */
static void tried_to_open(atomic_llong *again_ms, long long before, int r)
{
    if (r == SF_OK) {
        atomic_store(again_ms, -sf_clock_steady_ms());
    } else {
        (void)atomic_compare_exchange_strong(again_ms, &before, sf_clock_steady_ms() + AGAIN_MS);
    }
}

int worker_store(worker *w, sf_error *err)
{
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    const api_options *o = &w->api->o;
    const char *url = o->read_store != NULL ? o->read_store : o->store;
    long long again_ms = atomic_load(&w->api->store_again_ms);
    int r = w->store != NULL ? SF_OK : may_try(again_ms, err);
    if (r == SF_OK && w->store == NULL) {
        r = sf_store_open(&w->store, sf_stores, url, SF_STORE_READ, NULL, err);
        tried_to_open(&w->api->store_again_ms, again_ms, r);
    }
    atomic_store(&w->api->store_lost, r != SF_OK);
    return r;
}

/* Unless it is open. */
static int open_accounts(accounts **a, const char *url, sf_store_use use, atomic_llong *tried, sf_error *err)
{
    long long again_ms = atomic_load(tried);
    int r = *a != NULL ? SF_OK : may_try(again_ms, err);
    if (r == SF_OK && *a == NULL) {
        r = accounts_open(a, url, use, err);
        tried_to_open(tried, again_ms, r);
    }
    return r;
}

int worker_accounts(worker *w, sf_error *err)
{
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = open_accounts(&w->accounts, w->api->o.store, SF_STORE_WRITE, &w->api->accounts_again_ms, err);
    atomic_store(&w->api->logins_lost, r != SF_OK);
    return r;
}

void worker_lost_accounts(worker *w)
{
    if (w != NULL && w->accounts != NULL) {
        accounts_close(w->accounts);
        w->accounts = NULL;
        atomic_store(&w->api->logins_lost, 1);
    }
}

/* Of the replica, where there is one. */
static int read_user(worker *w, int64_t id, account *out, sf_error *err)
{
    int r = open_accounts(&w->readers, w->api->o.read_users, SF_STORE_READ, &w->api->readers_again_ms, err);
    r = r == SF_OK ? accounts_by_id(w->readers, id, out, err) : r;
    if (r < 0) {
        accounts_close(w->readers);
        w->readers = NULL;
    }
    return r;
}

/* Of the primary. */
static int read_user_there(worker *w, int64_t id, account *out, sf_error *err)
{
    int r = worker_accounts(w, err);
    r = r == SF_OK ? accounts_by_id(w->accounts, id, out, err) : r;
    if (r < 0) {
        worker_lost_accounts(w);
    }
    return r;
}

int worker_user(worker *w, int64_t id, account *out, sf_error *err)
{
    account there;
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int copy = w->api->o.read_users != NULL ? read_user(w, id, out, err) : SF_EAGAIN;
    int r = copy;
    if (copy != 1 || !out->active) { /* a replica may not know of it yet */
        int first = read_user_there(w, id, &there, err);
        if (first == 1) {
            *out = there;
        }
        r = first >= 0 || copy != 1 ? first : copy; /* nobody is unknown while the primary cannot be asked */
    }
    atomic_store(&w->api->users_lost, r < 0 && copy < 0);
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

typedef struct upkeep {
    job base; /* first */
    api *api;
} upkeep;

static void try_all(job *j, void *own)
{
    worker *w = own;
    account nobody;
    (void)j;
    (void)worker_store(w, NULL);
    (void)worker_user(w, 0, &nobody, NULL);
    if (worker_accounts(w, NULL) == SF_OK &&
        accounts_purge(w->accounts, sf_clock_ms() - TOKENS_KEPT_MS, NULL) != SF_OK) {
        worker_lost_accounts(w);
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
    int lost = atomic_load(&a->store_lost) || atomic_load(&a->users_lost) || atomic_load(&a->logins_lost);
    if (a->keeping_up || past < (lost ? UPKEEP_MS : PURGE_MS)) {
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
