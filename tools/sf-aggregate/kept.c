/* SPDX-License-Identifier: MIT */
/* Whether what is kept holds, and what is kept of topics. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/fail.h"
#include "kept_internal.h"

/* A topic goes when topics were asked for that often without it: some hours of cycles. */
enum { UNUSED = 200 };

int sf_kept_new(sf_kept **out, sf_store *store, int goes_on)
{
    sf_kept *k = calloc(1, sizeof *k);
    if (k == NULL) {
        return SF_ENOMEM;
    }
    k->store = store;
    k->goes_on = goes_on;
    k->ask = store->ops->aggregate;
    k->stamp = k->next = SF_NO_TIME;
    *out = k;
    return SF_OK;
}

static void free_topic(sf_kept_topic *t)
{
    free(t->episode.chain);
    free(t);
}

static void forget(sf_kept *k)
{
    for (size_t i = 0; i < k->n_topics; i++) {
        free_topic(k->topics[i]);
    }
    k->n_topics = 0;
    sf_kept_forget_windows(k);
}

void sf_kept_free(sf_kept *k)
{
    if (k != NULL) {
        forget(k);
        free(k->topics);
        free(k->windows);
        free(k);
    }
}

/* ---- whether it holds --------------------------------------------------------------------------------------------- */

int sf_kept_settle(sf_kept *k, sf_error *err)
{
    int64_t there;
    uint64_t random;
    int r = k->ask->read_state(k->store, SF_ROWS_STAMP, &there, err);
    if (r == SF_OK && getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        r = sf_fail(err, SF_EIO, "no random numbers");
    }
    if (r != SF_OK) {
        return r;
    }
    int holds = there != SF_NO_TIME && (there == k->stamp || there == k->next);
    if (!holds) {
        forget(k);
    }
    k->stamp = holds ? there : SF_NO_TIME;
    k->next = (int64_t)(random >> 2);
    return SF_OK;
}

void sf_kept_saved(sf_kept *k)
{
    k->stamp = k->next;
}

int64_t sf_kept_stamp(const sf_kept *k)
{
    return k->next;
}

/* ---- topics ------------------------------------------------------------------------------------------------------- */

static sf_kept_topic *make_topic(sf_str name)
{
    sf_kept_topic *t = calloc(1, sizeof *t + name.len + 1);
    if (t != NULL) {
        char *text = (char *)(t + 1);
        memcpy(text, name.ptr, name.len);
        t->name = (sf_str){text, name.len};
        t->first_ms = t->episode.known_ms = SF_NO_TIME;
    }
    return t;
}

/* The place of the first of n topics that is not before `name`. */
static size_t place_of(const sf_kept *k, size_t n, sf_str name)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sf_compare_topics(k->topics[middle]->name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static sf_kept_topic *find_topic(const sf_kept *k, size_t n, sf_str name)
{
    size_t at = place_of(k, n, name);
    return at < n && sf_compare_topics(k->topics[at]->name, name) == 0 ? k->topics[at] : NULL;
}

static int compare_kept(const void *left, const void *right)
{
    const sf_kept_topic *a, *b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return sf_compare_topics(a->name, b->name);
}

static void drop_unused(sf_kept *k)
{
    size_t n = 0;
    for (size_t i = 0; i < k->n_topics; i++) {
        if (k->topics[i]->used + UNUSED < k->uses) {
            free_topic(k->topics[i]);
        } else {
            k->topics[n++] = k->topics[i];
        }
    }
    k->n_topics = n;
}

int sf_kept_topics(sf_kept *k, const sf_str *names, size_t n, sf_kept_topic **out)
{
    drop_unused(k);
    size_t before = k->n_topics;
    k->uses++;
    if (sf_cycle_room(&k->topics, &k->cap_topics, before + n, sizeof(sf_kept_topic *)) != SF_OK) {
        return SF_ENOMEM;
    }
    int r = SF_OK;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        sf_kept_topic *t = find_topic(k, before, names[i]);
        if (t == NULL && (t = make_topic(names[i])) != NULL) {
            k->topics[k->n_topics++] = t;
        }
        r = t != NULL ? SF_OK : SF_ENOMEM;
        if (r == SF_OK) {
            t->used = k->uses;
            out[i] = t;
        }
    }
    if (k->n_topics > before) {
        qsort(k->topics, k->n_topics, sizeof(sf_kept_topic *), compare_kept);
    }
    return r;
}

/* ---- what changes ------------------------------------------------------------------------------------------------- */

void sf_kept_changed(sf_kept *k, sf_str topic, int64_t start_ms)
{
    sf_kept_window_changed(k, start_ms);
    sf_kept_topic *t = find_topic(k, k->n_topics, topic);
    if (t != NULL) {
        t->first_ms = start_ms <= t->first_ms ? SF_NO_TIME : t->first_ms;
        t->episode.known_ms = start_ms < t->episode.known_ms ? SF_NO_TIME : t->episode.known_ms;
    }
}

void sf_kept_removed(sf_kept *k, int64_t before_ms)
{
    sf_kept_windows_removed(k, before_ms);
    for (size_t i = 0; i < k->n_topics; i++) {
        sf_kept_topic *t = k->topics[i];
        sf_episode *e = &t->episode;
        t->first_ms = t->first_ms < before_ms ? SF_NO_TIME : t->first_ms;
        e->known_ms = e->known_ms != SF_NO_TIME && e->chain[0].start_ms < before_ms ? SF_NO_TIME : e->known_ms;
    }
}
