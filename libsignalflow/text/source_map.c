/* SPDX-License-Identifier: MIT */
/* From a step's edits to the map of all steps, and the way back from a cleaned text to its source. */
#include "text/source_map.h"

#include <stdlib.h>

/* ---- a step's edits ---- */

void sf_edits_add(sf_edits *e, const sf_text *out, sf_str in, size_t from, size_t to, size_t n)
{
    size_t at = out->len - n;
    if (n == to - from && memcmp(out->ptr + at, in.ptr + from, n) == 0) { /* came out as it went in: a copy */
        return;
    }
    sf_edit *last = e->n > 0 ? &e->v[e->n - 1] : NULL;
    if (n == 0 && last != NULL && last->n == 0 && last->to == from) { /* taken out bit by bit */
        last->to = to;
        return;
    }
    if (sf_grow(&e->v, &e->cap, e->n + 1, sizeof *e->v) != SF_OK) {
        e->failed = 1;
        return;
    }
    e->v[e->n++] = (sf_edit){at, n, from, to};
}

/* ---- laying one over the other ---- */

/* Where the bytes of a run from `at` on came from, and where those up to `end` did. */
static size_t source_from(const sf_clean_run *r, size_t at)
{
    return r->copied ? r->source_start + (at - r->start) : r->source_start;
}

static size_t source_to(const sf_clean_run *r, size_t end)
{
    return r->copied ? r->source_start + (end - r->start) : r->source_end;
}

/* Appends n bytes that came from [from, to). Parts of what was rewritten as a whole become one run again, so that ranges of
 * the source never overlap. */
static int append(sf_source_map *m, size_t n, size_t from, size_t to, int copied)
{
    sf_clean_run *last = m->laid_n > 0 ? &m->laid[m->laid_n - 1] : NULL;
    int overlaps = last != NULL && from < last->source_end;
    int goes_on = last != NULL && last->copied && copied && from == last->source_end;
    if (overlaps || goes_on) {
        last->end += n;
        last->source_end = to;
        last->copied = goes_on;
        return SF_OK;
    }
    size_t start = last != NULL ? last->end : 0;
    if (sf_grow(&m->laid, &m->laid_cap, m->laid_n + 1, sizeof *m->laid) != SF_OK) {
        return SF_ENOMEM;
    }
    m->laid[m->laid_n++] = (sf_clean_run){start, start + n, from, to, copied, {0}};
    return SF_OK;
}

/* Appends what the step copied from [from, to). *r is a run at or before `from`, and is moved on. */
static int lay_copy(sf_source_map *m, const sf_clean_run **r, size_t from, size_t to)
{
    int status = SF_OK;
    while (from < to && status == SF_OK) {
        while ((*r)->end <= from) {
            ++*r;
        }
        size_t end = (*r)->end < to ? (*r)->end : to;
        status = append(m, end - from, source_from(*r, from), source_to(*r, end), (*r)->copied);
        from = end;
    }
    return status;
}

/* Appends what the step wrote for others. */
static int lay_edit(sf_source_map *m, const sf_clean_run **r, const sf_edit *e)
{
    while ((*r)->end <= e->from) {
        ++*r;
    }
    size_t from = source_from(*r, e->from);
    while ((*r)->end < e->to) {
        ++*r;
    }
    return append(m, e->n, from, source_to(*r, e->to), 0);
}

/* Makes what was laid the map. */
static void take_over(sf_source_map *m)
{
    sf_clean_run *runs = m->runs;
    size_t cap = m->cap;
    m->runs = m->laid;
    m->cap = m->laid_cap;
    m->n = m->laid_n;
    m->laid = runs;
    m->laid_cap = cap;
    m->laid_n = 0;
    m->edits.n = 0;
}

int sf_source_map_begin(sf_source_map *m, size_t len)
{
    m->laid_n = 0;
    m->edits.failed = 0;
    int status = len > 0 ? append(m, len, 0, len, 1) : SF_OK;
    take_over(m);
    return status;
}

int sf_source_map_step(sf_source_map *m, size_t len)
{
    const sf_clean_run *r = m->runs;
    size_t read = 0, written = 0;
    int status = m->edits.failed ? SF_ENOMEM : SF_OK;
    for (size_t i = 0; i < m->edits.n && status == SF_OK; i++) {
        const sf_edit *e = &m->edits.v[i];
        status = lay_copy(m, &r, read, e->from);
        if (status == SF_OK && e->n > 0) {
            status = lay_edit(m, &r, e);
        }
        read = e->to;
        written = e->at + e->n;
    }
    if (status == SF_OK) {
        status = lay_copy(m, &r, read, read + (len - written));
    }
    if (status == SF_OK) {
        take_over(m);
    }
    return status;
}

void sf_source_map_cut(sf_source_map *m, size_t len)
{
    while (m->n > 0 && m->runs[m->n - 1].start >= len) {
        m->n--;
    }
    if (m->n > 0) {
        sf_clean_run *last = &m->runs[m->n - 1];
        last->source_end = source_to(last, len);
        last->end = len;
    }
}

void sf_source_map_free(sf_source_map *m)
{
    free(m->edits.v);
    free(m->runs);
    free(m->laid);
}

/* ---- the way back ---- */

/* The run that holds the byte at `at`, which is in one. */
static const sf_clean_run *run_of(const sf_clean_map *map, size_t at)
{
    size_t low = 0, high = map->n_runs;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (map->runs[middle].start <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return &map->runs[low];
}

int sf_clean_source(const sf_clean_map *map, size_t start, size_t end, size_t *source_start, size_t *source_end)
{
    if (map == NULL || source_start == NULL || source_end == NULL || start > end) {
        return SF_EINVAL;
    }
    size_t len = map->n_runs > 0 ? map->runs[map->n_runs - 1].end : 0;
    if (end > len) {
        return SF_EINVAL;
    }
    if (len == 0) {
        *source_start = *source_end = 0;
    } else if (start == len) {
        *source_start = *source_end = map->runs[map->n_runs - 1].source_end;
    } else {
        *source_start = source_from(run_of(map, start), start);
        *source_end = start < end ? source_to(run_of(map, end - 1), end) : *source_start;
    }
    return SF_OK;
}
