/* SPDX-License-Identifier: MIT */
/* Going through the marked windows: read, work out, save. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/loop.h"
#include "cycle_internal.h"

/* A run ends when it has so many looks, which take some 500 bytes each, or windows; and a cycle takes as many looks of windows that are not
 * recent. */
enum { MOST_LOOKS = 60000, MOST_WINDOWS = 672, BRIDGED_LOOKS = 200 };

/* So long before the newest window that is marked, windows are recent. */
#define RECENT_MS (2 * HOUR_MS)

static const char since_name[] = "aggregate.since";

int sf_cycle_new(sf_cycle **out, sf_store *store, sf_kept *kept, const sf_lexicon *l, sf_error *err)
{
    sf_aggregator_opts o = SF_AGGREGATOR_OPTS_INIT;
    o.lexicon = l;
    o.episode_gap_ms = GAP_MS;
    sf_cycle *c = calloc(1, sizeof *c);
    if (c == NULL || sf_batch_new(&c->memory) != SF_OK || sf_aggregator_new(&c->g, &o) != SF_OK) {
        sf_cycle_free(c);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    c->store = store;
    c->kept = kept;
    c->most_old_looks = MOST_LOOKS;
    c->ask = store->ops->aggregate;
    *out = c;
    return SF_OK;
}

void sf_cycle_free(sf_cycle *c)
{
    if (c != NULL) {
        sf_aggregator_free(c->g);
        sf_batch_free(c->memory);
        free(c->marks);
        free(c->buckets);
        free(c->events);
        free(c->changes);
        free(c->later);
        free(c);
    }
}

int sf_cycle_room(void *array, size_t *cap, size_t n, size_t size)
{
    void *was;
    if (n <= *cap) {
        return SF_OK;
    }
    size_t more = *cap < 64 ? 64 : 2 * *cap;
    more = more < n ? n : more;
    memcpy(&was, array, sizeof was);
    void *v = more <= SIZE_MAX / size ? realloc(was, more * size) : NULL;
    if (v == NULL) {
        return SF_ENOMEM;
    }
    memcpy(array, &v, sizeof v);
    *cap = more;
    return SF_OK;
}

int sf_compare_topics(sf_str a, sf_str b)
{
    int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* ---- marks -------------------------------------------------------------------------------------------------------- */

static int add_mark(sf_cycle *c, sf_mark m)
{
    if (sf_cycle_room(&c->marks, &c->cap_marks, c->n_marks + 1, sizeof m) != SF_OK) {
        return SF_ENOMEM;
    }
    c->marks[c->n_marks++] = m;
    return SF_OK;
}

static int take_mark(void *payload, sf_mark m)
{
    return add_mark(payload, m);
}

static int compare_marks(const void *left, const void *right)
{
    const sf_mark *a = left, *b = right;
    int order = sf_compare_times(a->start_ms, b->start_ms);
    return order != 0 ? order : sf_compare_times(a->id, b->id);
}

static int compare_starts(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return sf_compare_times(a, b);
}

/* Is a window still to come in this cycle? */
static int is_marked(const sf_cycle *c, int64_t start_ms)
{
    size_t low = c->at, high = c->n_marks;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->marks[middle].start_ms < start_ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < c->n_marks && c->marks[low].start_ms == start_ms;
}

/* Marks c->later in the store, but for what is marked already. They join c->marks when that is saved: join_marks(). */
static int mark_later(sf_cycle *c, size_t *n_new, sf_error *err)
{
    size_t before = c->n_marks;
    if (c->n_later > 1) {
        qsort(c->later, c->n_later, sizeof *c->later, compare_starts);
    }
    *n_new = 0;
    for (size_t i = 0; i < c->n_later; i++) {
        sf_mark m = {c->later[i], 0};
        size_t all = c->n_marks;
        c->n_marks = before; /* those still to come are in order, the new ones behind them are no part of it */
        int known = (i > 0 && m.start_ms == c->later[i - 1]) || is_marked(c, m.start_ms);
        c->n_marks = all;
        if (known) {
            continue;
        }
        int r = c->ask->mark(c->store, m.start_ms, &m.id, err);
        r = r == SF_OK && add_mark(c, m) != SF_OK ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : r;
        if (r != SF_OK) {
            return r;
        }
        (*n_new)++;
    }
    return SF_OK;
}

static void join_marks(sf_cycle *c, size_t n_new)
{
    if (n_new > 0) {
        qsort(c->marks + c->at, c->n_marks - c->at, sizeof *c->marks, compare_marks);
    }
}

/* ---- since when --------------------------------------------------------------------------------------------------- */

static int read_since(sf_cycle *c, sf_error *err)
{
    sf_span reach[SF_PLATFORM_COUNT];
    int r = c->ask->read_reach(c->store, reach, err);
    c->since_ms = r == SF_OK ? reach[SF_PLATFORM_UNKNOWN].from_ms : SF_NO_TIME;
    return r;
}

/* Events are judged by the past as far as it reaches. Where it reaches further back than they were judged by, their windows
 * are worked out again. Where it reaches less far, retention has been here, and they stay as they are. */
static int settle_since(sf_cycle *c, sf_error *err)
{
    int64_t used;
    size_t n_new = 0;
    int r = read_since(c, err);
    r = r == SF_OK ? c->ask->read_state(c->store, since_name, &used, err) : r;
    if (r != SF_OK || used == c->since_ms) {
        return r;
    }
    r = c->ask->begin(c->store, SF_STORE_WRITE, err);
    if (r != SF_OK) {
        return r;
    }
    c->n_later = c->n_marks = c->at = 0;
    if (c->since_ms < used) {
        r = sf_cycle_add_later(c, -NEVER, used + WEEKS * WEEK_MS + 2 * HOUR_MS, err);
        r = r == SF_OK ? mark_later(c, &n_new, err) : r;
    }
    r = r == SF_OK ? c->ask->save_state(c->store, since_name, c->since_ms, err) : r;
    r = r == SF_OK ? c->ask->commit(c->store, err) : r;
    if (r != SF_OK) {
        c->ask->rollback(c->store);
    }
    return r;
}

/* ---- a run of windows --------------------------------------------------------------------------------------------- */

/* Adds a look. Where the post's own time depends on when it was first seen, that is added too. */
static int take_seen(void *payload, const sf_signal *s, int64_t first_seen_ms)
{
    sf_cycle *c = payload;
    c->looks++;
    int r = sf_aggregator_add(c->g, s);
    if (r == SF_OK && sf_event_time(s->ts_ms, s->observed_ms) != sf_event_time(s->ts_ms, first_seen_ms)) {
        sf_signal first = *s;
        first.observed_ms = first_seen_ms;
        first.raw_score = first.previous_score = first.velocity = NAN;
        c->looks++;
        r = sf_aggregator_add(c->g, &first);
    }
    return r == SF_EINVAL ? SF_OK : r; /* a time that is none: nothing to count */
}

/* Where to read to next: the end of the last marked window within c->width windows. Windows without a mark in between are
 * worked out as well where that is little work: cheaper than another transaction. *next: the first mark behind. */
static int64_t reach_of(const sf_cycle *c, size_t *next)
{
    int64_t end = c->to_ms, limit = c->to_ms + (int64_t)c->width * SF_BUCKET_MS;
    size_t i = *next;
    for (; i < c->n_marks && c->marks[i].start_ms < limit; i++) {
        int64_t start = c->marks[i].start_ms;
        int64_t gap = start > end ? (start - end) / SF_BUCKET_MS : 0;
        if (gap > 0 && gap * (int64_t)c->density > BRIDGED_LOOKS) {
            break;
        }
        end = start >= end ? start + SF_BUCKET_MS : end;
    }
    *next = i;
    return end;
}

/* Reads marked windows, as many as are good at a time. *next: the first mark beyond them. */
static int gather(sf_cycle *c, size_t *next, sf_error *err)
{
    int r = SF_OK;
    size_t windows = 0;
    sf_aggregator_reset(c->g);
    c->looks = 0;
    *next = c->at;
    c->width = c->width / 4 + 1; /* what lies ahead may be denser than what the last run saw */
    c->from_ms = c->to_ms = c->marks[c->at].start_ms;
    while (r == SF_OK && c->looks < MOST_LOOKS && windows < MOST_WINDOWS) {
        size_t before = c->looks;
        int64_t end = reach_of(c, next);
        if (end == c->to_ms) {
            break;
        }
        r = c->ask->read_windows(c->store, c->to_ms, end, take_seen, c, err);
        windows += (size_t)((end - c->to_ms) / SF_BUCKET_MS);
        c->to_ms = end;
        c->density = c->looks / windows;
        c->width = c->looks - before >= MOST_LOOKS / 16 ? 1 : c->width < MOST_WINDOWS ? 2 * c->width : c->width;
    }
    c->counts->windows += windows;
    c->counts->looks += c->looks;
    return r;
}

/* Results of the aggregator, which owns them. */
typedef struct results {
    const sf_bucket *buckets;
    const sf_event *events;
    size_t n_buckets, n_events;
} results;

static int read_results(sf_cycle *c, results *out, sf_error *err)
{
    int64_t n = sf_aggregator_read(c->g, c->from_ms, c->to_ms, &out->buckets, &out->events, &out->n_events);
    out->n_buckets = n > 0 ? (size_t)n : 0;
    return n < 0 ? sf_fail(err, (int)n, "%s", sf_strerror((int)n)) : SF_OK;
}

/* All that is asked of the store before it is written to. */
static int work_out(sf_cycle *c, size_t *end, results *out, sf_error *err)
{
    int r = gather(c, end, err);
    r = r == SF_OK ? sf_aggregator_since(c->g, c->since_ms) : r;
    r = r == SF_OK ? read_results(c, out, err) : r;
    if (r == SF_OK && out->n_events > 0) { /* which have a past */
        r = sf_cycle_past(c, out->events, out->n_events, err);
        r = r == SF_OK ? read_results(c, out, err) : r;
    }
    return r == SF_OK ? sf_cycle_read_rows(c, err) : r;
}

static int save(sf_cycle *c, size_t end, const results *of, size_t *n_new, sf_error *err)
{
    uint64_t before = c->counts->buckets;
    int r = sf_cycle_put_rows(c, of->buckets, of->n_buckets, of->events, of->n_events, err);
    if (r == SF_OK && c->counts->buckets > before) {
        r = c->ask->save_state(c->store, SF_ROWS_STAMP, sf_kept_stamp(c->kept), err);
    }
    for (size_t i = c->at; i < end && r == SF_OK; i++) {
        r = c->ask->unmark(c->store, c->marks[i], err);
    }
    c->at = end;
    r = r == SF_OK ? sf_cycle_find_later(c, err) : r;
    return r == SF_OK ? mark_later(c, n_new, err) : r;
}

static int run_windows(sf_cycle *c, sf_error *err)
{
    results of;
    size_t end, n_new = 0;
    uint64_t before = c->counts->buckets;
    sf_batch_reset(c->memory);
    c->n_later = 0;
    int r = c->ask->begin(c->store, SF_STORE_READ, err);
    r = r == SF_OK ? work_out(c, &end, &of, err) : r;
    r = r == SF_OK ? c->ask->commit(c->store, err) : r;
    r = r == SF_OK ? c->ask->begin(c->store, SF_STORE_WRITE, err) : r;
    r = r == SF_OK ? save(c, end, &of, &n_new, err) : r;
    sf_fault("aggregate");
    r = r == SF_OK ? c->ask->commit(c->store, err) : r;
    if (r != SF_OK) {
        c->ask->rollback(c->store);
        return r;
    }
    if (c->counts->buckets > before) {
        sf_kept_saved(c->kept);
    }
    c->counts->later += n_new;
    join_marks(c, n_new);
    return SF_OK;
}

/* ---- the cycle ---------------------------------------------------------------------------------------------------- */

/* All that was written before started_ms is in the rows now. */
static int save_watermark(sf_cycle *c, int64_t started_ms, sf_error *err)
{
    int r = c->ask->begin(c->store, SF_STORE_WRITE, err);
    r = r == SF_OK ? c->ask->save_state(c->store, SF_WATERMARK, started_ms, err) : r;
    r = r == SF_OK ? c->ask->commit(c->store, err) : r;
    if (r != SF_OK) {
        c->ask->rollback(c->store);
    }
    return r;
}

/* Goes through the marked windows from c->at on, until so many looks have been read. */
static int run_marked(sf_cycle *c, uint64_t most_looks, sf_error *err)
{
    int r = SF_OK;
    while (r == SF_OK && c->at < c->n_marks && c->counts->looks < most_looks && !sf_stop_asked()) {
        r = run_windows(c, err);
        sf_log_progress("%llu windows done, %zu marks to go", (unsigned long long)c->counts->windows,
                        c->n_marks - c->at);
    }
    sf_log_progress_end();
    return r;
}

static int read_marks(sf_cycle *c, sf_error *err)
{
    c->n_marks = c->at = 0;
    return c->ask->read_marks(c->store, take_mark, c, err);
}

/* Recent windows come first, all of them; of the others as much as a cycle may take. */
static int run_recent_first(sf_cycle *c, sf_error *err)
{
    int64_t recent_ms = c->n_marks > 0 ? c->marks[c->n_marks - 1].start_ms - RECENT_MS : 0;
    while (c->at < c->n_marks && c->marks[c->at].start_ms < recent_ms) {
        c->at++;
    }
    int older = c->at > 0;
    int r = run_marked(c, UINT64_MAX, err);
    r = r == SF_OK && older && !sf_stop_asked() ? read_marks(c, err) : r;
    return r == SF_OK && older ? run_marked(c, c->counts->looks + c->most_old_looks, err) : r;
}

/* Until all has been worked out once, windows go in order of time: each has its past when its turn comes. */
int sf_cycle_run(sf_cycle *c, sf_cycle_counts *counts, sf_error *err)
{
    int64_t started_ms = sf_clock_ms(), watermark;
    *counts = (sf_cycle_counts){0};
    c->counts = counts;
    c->width = c->density = 0; /* which windows are taken in between is the same in whatever process */
    int r = settle_since(c, err);
    r = r == SF_OK ? c->ask->read_state(c->store, SF_WATERMARK, &watermark, err) : r;
    r = r == SF_OK ? read_marks(c, err) : r;
    if (r == SF_OK) {
        r = watermark == SF_NO_TIME ? run_marked(c, UINT64_MAX, err) : run_recent_first(c, err);
    }
    counts->left = c->n_marks - c->at;
    return r == SF_OK && counts->left == 0 ? save_watermark(c, started_ms, err) : r;
}
