/* SPDX-License-Identifier: MIT */
/* A batch in the order in which stores write it: see batch.h. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "lists.h"

/* By key, then as they came. */
static int compare_records(const void *left, const void *right)
{
    const sf_record *a, *b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    if (a->signal->platform != b->signal->platform) {
        return a->signal->platform < b->signal->platform ? -1 : 1;
    }
    sf_str x = a->signal->source_id, y = b->signal->source_id;
    int c = memcmp(x.ptr, y.ptr, x.len < y.len ? x.len : y.len);
    if (c == 0) {
        c = (x.len > y.len) - (x.len < y.len);
    }
    return c != 0 ? c : (a > b) - (a < b);
}

static int same_post(const sf_record *a, const sf_record *b)
{
    return a->signal->platform == b->signal->platform && a->signal->source_id.len == b->signal->source_id.len &&
           memcmp(a->signal->source_id.ptr, b->signal->source_id.ptr, a->signal->source_id.len) == 0;
}

size_t sf_count_same_post(sf_record *const *v, size_t n)
{
    size_t i = 1;
    while (i < n && same_post(v[0], v[i])) {
        i++;
    }
    return i;
}

int sf_sort_records(sf_records *b, sf_record ***out, size_t *n, sf_error *err)
{
    static const sf_error no_time = {.status = SF_EINVAL, .message = "no time of observation"};
    sf_record **v = sf_batch_alloc(b->memory, (b->n + 1) * sizeof *v);
    *n = 0;
    int r = v != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; i < b->n && r == SF_OK; i++) {
        sf_record *x = &b->v[i];
        if (x->state != SF_RECORD_REJECTED && x->signal->observed_ms == SF_NO_TIME) {
            r = sf_record_reject(x, b->memory, &no_time);
        }
        if (x->state != SF_RECORD_REJECTED) {
            v[(*n)++] = x;
        }
    }
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    if (*n > 1) {
        qsort(v, *n, sizeof *v, compare_records);
    }
    *out = v;
    return SF_OK;
}

int64_t sf_first_without_ts(sf_record *const *v, size_t n)
{
    int64_t first = SF_NO_TIME;
    for (size_t i = 0; i < n; i++) {
        const sf_signal *s = v[i]->signal;
        if (s->kind != SF_DELETE && !v[i]->again && s->ts_ms == SF_NO_TIME &&
            (first == SF_NO_TIME || s->observed_ms < first)) {
            first = s->observed_ms;
        }
    }
    return first;
}

int sf_wants_topics(const sf_record *r)
{
    const sf_signal *s = r->signal;
    return s->kind != SF_DELETE && !r->again && s->title.len == 0 && s->body.len == 0;
}

int sf_tell_topics(sf_record *const *v, size_t n, sf_str topics, sf_batch *memory)
{
    size_t count = 0;
    sf_str *names = sf_batch_alloc(memory, SF_MAX_TOPICS * sizeof *names);
    int r = names != NULL ? sf_list_read(memory, topics, names, SF_MAX_TOPICS, &count) : SF_ENOMEM;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        if (sf_wants_topics(v[i])) {
            v[i]->signal->topics = names;
            v[i]->signal->n_topics = count;
        }
    }
    return r;
}
