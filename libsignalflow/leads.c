/* SPDX-License-Identifier: MIT */
/* Leads: counts in, pairs of platforms in order out. */
#include "leads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"
#include "interval.h"
#include "memory.h"

#define SPAN_MS        (SF_LEADS_WINDOWS * (int64_t)SF_BUCKET_MS)
#define DEFAULT_LAG_MS INT64_C(21600000)
#define DEFAULT_Q      0.05

enum { DEFAULT_WINDOWS = 30, DEFAULT_TURNS = 9999 };

/* A count that was added. */
typedef struct cell {
    sf_str topic; /* interned */
    int64_t start_ms;
    int32_t platform;
    uint32_t count;
} cell;

struct sf_leads {
    int most_lag; /* windows */
    double q;
    uint32_t min_windows, most_turns;
    int64_t since_ms[SF_PLATFORM_COUNT];
    sf_intern strings;
    cell *cells;
    size_t n_cells, cap_cells;
    double *series; /* two, and room for one more */
    sf_lead *rows;
    size_t n_rows, cap_rows;
};

/* ---- life --------------------------------------------------------------------------------------------------------- */

static int take_options(sf_leads *l, const sf_leads_opts *given)
{
    sf_leads_opts o = SF_LEADS_OPTS_INIT;
    if (given != NULL) {
        memcpy(&o, given, given->struct_size < sizeof o ? given->struct_size : sizeof o);
    }
    if (o.most_lag_ms < 0 || o.most_lag_ms > SF_LEADS_MOST_LAG * (int64_t)SF_BUCKET_MS || !(o.q >= 0.0 && o.q < 1.0)) {
        return SF_EINVAL;
    }
    l->most_lag = (int)((o.most_lag_ms > 0 ? o.most_lag_ms : DEFAULT_LAG_MS) / SF_BUCKET_MS);
    l->q = o.q > 0.0 ? o.q : DEFAULT_Q;
    l->min_windows = o.min_windows > 0 ? o.min_windows : DEFAULT_WINDOWS;
    l->most_turns = o.most_turns > 0 ? o.most_turns : DEFAULT_TURNS;
    return SF_OK;
}

int sf_leads_new(sf_leads **out, const sf_leads_opts *o)
{
    if (out == NULL) {
        return SF_EINVAL;
    }
    sf_leads *l = calloc(1, sizeof *l);
    if (l == NULL) {
        return SF_ENOMEM;
    }
    int status = take_options(l, o);
    if (status == SF_OK) {
        status = sf_intern_init(&l->strings);
    }
    if (status != SF_OK) {
        free(l);
        return status;
    }
    sf_leads_reset(l);
    *out = l;
    return SF_OK;
}

void sf_leads_free(sf_leads *l)
{
    if (l == NULL) {
        return;
    }
    sf_intern_free(&l->strings);
    free(l->cells);
    free(l->series);
    free(l->rows);
    free(l);
}

void sf_leads_reset(sf_leads *l)
{
    if (l == NULL) {
        return;
    }
    sf_intern_reset(&l->strings);
    l->n_cells = l->n_rows = 0;
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        l->since_ms[i] = SF_NO_TIME;
    }
}

/* ---- in ----------------------------------------------------------------------------------------------------------- */

static int known_platform(int32_t platform)
{
    return platform > SF_PLATFORM_UNKNOWN && platform < SF_PLATFORM_COUNT;
}

int sf_leads_span(const sf_leads *l, int64_t as_of_ms, sf_span *span)
{
    if (l == NULL || span == NULL || !sf_plausible_time(as_of_ms)) {
        return SF_EINVAL;
    }
    span->to_ms = sf_floor_to(as_of_ms, SF_BUCKET_MS);
    span->from_ms = span->to_ms - SPAN_MS;
    return SF_OK;
}

int sf_leads_add(sf_leads *l, sf_str topic, int32_t platform, int64_t start_ms, uint32_t count)
{
    if (l == NULL || topic.len == 0 || !known_platform(platform) || !sf_plausible_time(start_ms)) {
        return SF_EINVAL;
    }
    if (count == 0) {
        return SF_OK;
    }
    cell c = {{NULL, 0}, sf_floor_to(start_ms, SF_BUCKET_MS), platform, count};
    if (sf_intern_put(&l->strings, topic, &c.topic) != SF_OK ||
        sf_grow(&l->cells, &l->cap_cells, l->n_cells + 1, sizeof c) != SF_OK) {
        return SF_ENOMEM;
    }
    l->cells[l->n_cells++] = c;
    return SF_OK;
}

int sf_leads_since(sf_leads *l, int32_t platform, int64_t first_ms)
{
    if (l == NULL || !known_platform(platform) || (first_ms != SF_NO_TIME && !sf_plausible_time(first_ms))) {
        return SF_EINVAL;
    }
    l->since_ms[platform] = first_ms;
    return SF_OK;
}

/* ---- order -------------------------------------------------------------------------------------------------------- */

static int compare_cells(const void *left, const void *right)
{
    const cell *a = left, *b = right;
    int c;
    (void)((c = sf_intern_compare(a->topic, b->topic)) || (c = sf_compare_int(a->platform, b->platform)) ||
           (c = sf_compare_int(a->start_ms, b->start_ms)) || (c = sf_compare_int(b->count, a->count)));
    return c;
}

static int compare_rows(const void *left, const void *right)
{
    const sf_lead *a = left, *b = right;
    int c;
    (void)((c = sf_compare_double(a->p_value, b->p_value)) || (c = sf_compare_double(b->correlation, a->correlation)) ||
           (c = sf_intern_compare(a->topic, b->topic)) || (c = sf_compare_int(a->leader, b->leader)) ||
           (c = sf_compare_int(a->follower, b->follower)));
    return c;
}

/* ---- a topic ------------------------------------------------------------------------------------------------------ */

/* A topic's cells of one platform. */
typedef struct share {
    const cell *v;
    size_t n;
} share;

/* Windows with posts from from_ms to before to_ms. */
static uint32_t count_windows(const share *s, int64_t from_ms, int64_t to_ms)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        int again = i > 0 && s->v[i].start_ms == s->v[i - 1].start_ms;
        n += !again && s->v[i].start_ms >= from_ms && s->v[i].start_ms < to_ms;
    }
    return n;
}

static void write_series(const share *s, int64_t from_ms, size_t n, double *out)
{
    memset(out, 0, n * sizeof *out);
    for (size_t i = s->n; i > 0; i--) { /* the largest of a window comes first, so is written last */
        int64_t at = (s->v[i - 1].start_ms - from_ms) / SF_BUCKET_MS;
        if (s->v[i - 1].start_ms >= from_ms && at < (int64_t)n) {
            out[at] = s->v[i - 1].count;
        }
    }
}

/* FNV-1a: each pair draws turns of its own, and the same whenever it is looked at. */
static uint64_t seed_of(sf_str topic, int32_t a, int32_t b)
{
    uint64_t h = 0xCBF29CE484222325U ^ (uint64_t)(a << 8 | b);
    for (size_t i = 0; i < topic.len; i++) {
        h = (h ^ (unsigned char)topic.ptr[i]) * 0x100000001B3U;
    }
    return h;
}

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int add_pair(sf_leads *l, const share *a, const share *b, const sf_span *span)
{
    int32_t pa = a->v->platform, pb = b->v->platform;
    int64_t since = later_of(l->since_ms[pa], l->since_ms[pb]); /* SF_NO_TIME is earlier than all */
    int64_t from = later_of(span->from_ms,
                            since != SF_NO_TIME ? sf_floor_to(since - 1, SF_BUCKET_MS) + SF_BUCKET_MS : span->from_ms);
    if (span->to_ms - from < SF_LEADS_WEEK * (int64_t)SF_BUCKET_MS) {
        return SF_OK;
    }
    size_t n = sf_leads_usable((size_t)((span->to_ms - from) / SF_BUCKET_MS));
    from = span->to_ms - (int64_t)n * SF_BUCKET_MS;
    uint32_t na = count_windows(a, from, span->to_ms), nb = count_windows(b, from, span->to_ms);
    double *va = l->series, *vb = va + SF_LEADS_WINDOWS, *room = vb + SF_LEADS_WINDOWS;
    if (na < l->min_windows || nb < l->min_windows) {
        return SF_OK;
    }
    write_series(a, from, n, va);
    write_series(b, from, n, vb);
    if (!sf_leads_whiten(va, room, n, from) || !sf_leads_whiten(vb, room, n, from)) {
        return SF_OK;
    }
    sf_lead_found f;
    sf_leads_correlate(va, vb, n, l->most_lag, l->most_turns, seed_of(a->v->topic, pa, pb), room, &f);
    if (sf_grow(&l->rows, &l->cap_rows, l->n_rows + 1, sizeof *l->rows) != SF_OK) {
        return SF_ENOMEM;
    }
    sf_lead *row = &l->rows[l->n_rows++];
    *row = (sf_lead){.topic = a->v->topic,
                     .leader = f.lag < 0 ? pb : pa,
                     .follower = f.lag < 0 ? pa : pb,
                     .lag_ms = (f.lag < 0 ? -f.lag : f.lag) * (int64_t)SF_BUCKET_MS,
                     .correlation = f.correlation,
                     .p_value = f.p_value,
                     .n = na < nb ? na : nb};
    sf_correlation_interval(row->correlation, row->n, &row->low, &row->high);
    return SF_OK;
}

/* The n cells of a topic, by platform. */
static int add_topic(sf_leads *l, const cell *v, size_t n, const sf_span *span)
{
    share shares[SF_PLATFORM_COUNT];
    size_t n_shares = 0;
    int r = SF_OK;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || v[i].platform != v[i - 1].platform) {
            shares[n_shares++] = (share){&v[i], 0};
        }
        shares[n_shares - 1].n++;
    }
    for (size_t i = 0; i < n_shares; i++) {
        for (size_t k = i + 1; k < n_shares && r == SF_OK; k++) {
            r = add_pair(l, &shares[i], &shares[k], span);
        }
    }
    return r;
}

/* ---- out ---------------------------------------------------------------------------------------------------------- */

/* Benjamini and Hochberg: all up to the last whose p-value is no more than q times its share of the places. */
static void mark_significant(sf_leads *l)
{
    size_t n = l->n_rows;
    while (n > 0 && l->rows[n - 1].p_value > l->q * (double)n / (double)l->n_rows) {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        l->rows[i].significant = 1;
    }
}

int64_t sf_leads_read(sf_leads *l, int64_t as_of_ms, const sf_lead **rows)
{
    sf_span span;
    int r = sf_leads_span(l, as_of_ms, &span);
    if (r != SF_OK) {
        return r;
    }
    if (l->series == NULL) {
        l->series = malloc(3 * SF_LEADS_WINDOWS * sizeof *l->series);
        if (l->series == NULL) {
            return SF_ENOMEM;
        }
    }
    l->n_rows = 0;
    if (l->n_cells > 1) {
        qsort(l->cells, l->n_cells, sizeof *l->cells, compare_cells);
    }
    for (size_t i = 0, end; i < l->n_cells && r == SF_OK; i = end) {
        for (end = i + 1; end < l->n_cells && l->cells[end].topic.ptr == l->cells[i].topic.ptr;) {
            end++;
        }
        r = add_topic(l, &l->cells[i], end - i, &span);
    }
    if (r != SF_OK) {
        return r;
    }
    if (l->n_rows > 1) {
        qsort(l->rows, l->n_rows, sizeof *l->rows, compare_rows);
    }
    mark_significant(l);
    if (rows != NULL) {
        *rows = l->rows;
    }
    return (int64_t)l->n_rows;
}
