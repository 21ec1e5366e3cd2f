/* SPDX-License-Identifier: MIT */
/* Windows that are kept whole: which topics were created in them, and how often. */
#include <stdlib.h>

#include "common/fail.h"
#include "kept_internal.h"

/* Windows that are read in one question: bounds what a server's answer takes. */
enum { WINDOWS_AT_ONCE = 16 };

static void empty_window(sf_kept_window *w)
{
    sf_batch_free(w->memory);
    free(w->counts);
    *w = (sf_kept_window){.start_ms = w->start_ms};
}

void sf_kept_forget_windows(sf_kept *k)
{
    for (size_t i = 0; i < k->n_windows; i++) {
        empty_window(&k->windows[i]);
    }
    k->n_windows = 0;
}

/* The place of the first window that does not start before. */
static size_t place_of(const sf_kept *k, int64_t start_ms)
{
    size_t low = 0, high = k->n_windows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->windows[middle].start_ms < start_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void sf_kept_window_changed(sf_kept *k, int64_t start_ms)
{
    size_t i = place_of(k, start_ms);
    if (i < k->n_windows && k->windows[i].start_ms == start_ms && k->windows[i].read) {
        empty_window(&k->windows[i]);
    }
}

void sf_kept_windows_removed(sf_kept *k, int64_t before_ms)
{
    for (size_t i = 0; i < k->n_windows && k->windows[i].start_ms < before_ms; i++) {
        empty_window(&k->windows[i]);
    }
}

/* ---- which are kept ----------------------------------------------------------------------------------------------- */

static int compare_windows(const void *left, const void *right)
{
    const sf_kept_window *a = left, *b = right;
    return sf_compare_times(a->start_ms, b->start_ms);
}

static int is_in(int64_t start_ms, const sf_span *spans, size_t n)
{
    int in = 0;
    for (size_t i = 0; i < n; i++) {
        in |= start_ms >= spans[i].from_ms && start_ms < spans[i].to_ms;
    }
    return in;
}

static void drop_others(sf_kept *k, const sf_span *spans, size_t n)
{
    size_t left = 0;
    for (size_t i = 0; i < k->n_windows; i++) {
        if (is_in(k->windows[i].start_ms, spans, n)) {
            k->windows[left++] = k->windows[i];
        } else {
            empty_window(&k->windows[i]);
        }
    }
    k->n_windows = left;
}

static int add_missing(sf_kept *k, const sf_span *spans, size_t n)
{
    size_t all = k->n_windows;
    for (size_t i = 0; i < n; i++) {
        for (int64_t at = spans[i].from_ms; at < spans[i].to_ms; at += SF_BUCKET_MS) {
            size_t place = place_of(k, at);
            if (place < k->n_windows && k->windows[place].start_ms == at) {
                continue;
            }
            if (sf_cycle_room(&k->windows, &k->cap_windows, all + 1, sizeof *k->windows) != SF_OK) {
                return SF_ENOMEM;
            }
            k->windows[all++] = (sf_kept_window){.start_ms = at};
        }
    }
    if (all > k->n_windows) {
        k->n_windows = all;
        qsort(k->windows, all, sizeof *k->windows, compare_windows);
    }
    return SF_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* A topic's counts on several platforms follow each other, and share its name. */
static int copy_name(sf_kept_window *w, sf_str name, sf_str *out)
{
    if (w->n > 0 && sf_compare_topics(w->counts[w->n - 1].topic, name) == 0) {
        *out = w->counts[w->n - 1].topic;
        return SF_OK;
    }
    int r = w->memory == NULL ? sf_batch_new(&w->memory) : SF_OK;
    return r == SF_OK ? sf_batch_copy(w->memory, name, out) : r;
}

static int take_count(void *payload, const sf_bucket *b)
{
    sf_kept *k = payload;
    sf_kept_window *w = &k->windows[place_of(k, b->start_ms)];
    sf_kept_count c = {.first_ms = b->first_ms, .count = b->count, .authors = b->authors, .platform = b->platform};
    if (sf_cycle_room(&w->counts, &w->cap, w->n + 1, sizeof c) != SF_OK || copy_name(w, b->topic, &c.topic) != SF_OK) {
        return SF_ENOMEM;
    }
    w->counts[w->n++] = c;
    return SF_OK;
}

/* The windows from `from` on that are to be read and follow each other. */
static size_t end_of_missing(const sf_kept *k, size_t from)
{
    size_t to = from;
    while (to < k->n_windows && to - from < WINDOWS_AT_ONCE && !k->windows[to].read &&
           k->windows[to].start_ms == k->windows[from].start_ms + (int64_t)(to - from) * SF_BUCKET_MS) {
        to++;
    }
    return to;
}

static int read_missing(sf_kept *k, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0, to; i < k->n_windows && r == SF_OK; i = to > i ? to : i + 1) {
        to = end_of_missing(k, i);
        if (to > i) {
            int64_t from_ms = k->windows[i].start_ms;
            r = k->ask->read_counts(k->store, from_ms, from_ms + (int64_t)(to - i) * SF_BUCKET_MS, take_count, k, err);
        }
        for (size_t j = i; j < to; j++) {
            k->windows[j].read = 1;
        }
    }
    if (r != SF_OK) { /* some may be there in part */
        sf_kept_forget_windows(k);
    }
    return r;
}

int sf_kept_hold(sf_kept *k, const sf_span *spans, size_t n, sf_error *err)
{
    if (!k->goes_on) {
        return SF_OK;
    }
    drop_others(k, spans, n);
    if (add_missing(k, spans, n) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    return read_missing(k, err);
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

/* Are all windows of a span there? */
static int covers(const sf_kept *k, const sf_topic_span *s)
{
    size_t i = place_of(k, s->from_ms);
    for (int64_t at = s->from_ms; at < s->to_ms; at += SF_BUCKET_MS, i++) {
        if (i >= k->n_windows || k->windows[i].start_ms != at || !k->windows[i].read) {
            return 0;
        }
    }
    return 1;
}

static int give_topic(const sf_kept_window *w, size_t at, size_t which, sf_take_count take, void *payload)
{
    int r = SF_OK;
    sf_str topic = w->counts[at].topic;
    for (; at < w->n && w->counts[at].topic.ptr == topic.ptr && r == SF_OK; at++) {
        const sf_kept_count *c = &w->counts[at];
        sf_bucket b = {.topic = topic,
                       .start_ms = w->start_ms,
                       .platform = c->platform,
                       .count = c->count,
                       .authors = c->authors,
                       .first_ms = c->first_ms};
        r = take(payload, which, &b);
    }
    return r;
}

/* Goes through a window and the spans side by side, as both have their topics in order. */
static int give_window(const sf_kept_window *w, const sf_topic_span *spans, const size_t *which, size_t n,
                       sf_take_count take, void *payload)
{
    int r = SF_OK;
    for (size_t i = 0, at = 0; i < n && at < w->n && r == SF_OK; i++) {
        const sf_topic_span *s = &spans[which[i]];
        if (w->start_ms < s->from_ms || w->start_ms >= s->to_ms) {
            continue;
        }
        while (at < w->n && sf_compare_topics(w->counts[at].topic, s->topic) < 0) {
            at++;
        }
        if (at < w->n && sf_compare_topics(w->counts[at].topic, s->topic) == 0) {
            r = give_topic(w, at, which[i], take, payload);
        }
    }
    return r;
}

/* Those of the spans that the store is to be asked for, and whose each is. */
typedef struct rest {
    sf_topic_span *spans;
    size_t *which;
    size_t n;
    sf_take_count take;
    void *payload;
} rest;

static int take_of_rest(void *payload, size_t which, const sf_bucket *b)
{
    const rest *r = payload;
    return r->take(r->payload, r->which[which], b);
}

/* Spans whose windows are there to `kept`, the others to `to`. How many are kept. */
static size_t part(const sf_kept *k, const sf_topic_span *spans, size_t n, size_t *kept, rest *to)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (covers(k, &spans[i])) {
            kept[n_kept++] = i;
        } else {
            to->which[to->n] = i;
            to->spans[to->n++] = spans[i];
        }
    }
    return n_kept;
}

int sf_kept_counts_of(sf_kept *k, const sf_topic_span *spans, size_t n, sf_take_count take, void *payload,
                      sf_error *err)
{
    rest of = {malloc((n + 1) * sizeof *of.spans), malloc((n + 1) * sizeof(size_t)), 0, take, payload};
    size_t *kept = malloc((n + 1) * sizeof *kept);
    int r = of.spans != NULL && of.which != NULL && kept != NULL ? SF_OK : SF_ENOMEM;
    if (r == SF_OK) {
        size_t n_kept = part(k, spans, n, kept, &of);
        for (size_t i = 0; i < k->n_windows && r == SF_OK; i++) {
            r = give_window(&k->windows[i], spans, kept, n_kept, take, payload);
        }
    }
    r = r == SF_OK ? SF_OK : sf_fail(err, r, "%s", sf_strerror(r));
    if (r == SF_OK && of.n > 0) {
        r = k->ask->read_counts_of(k->store, of.spans, of.n, 0, take_of_rest, &of, err);
    }
    free(of.spans);
    free(of.which);
    free(kept);
    return r;
}
