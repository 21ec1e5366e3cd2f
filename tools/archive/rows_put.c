/* SPDX-License-Identifier: MIT */
/* Records as rows of the archive: some at a time, column by column. */
#include "columns.h"

/* A list that a signal points to: where its pointer and its length are, and what the column has of each element. */
typedef struct list {
    size_t column, at, length, size, member;
} list;

#define ENTITY(name) FIELD(entities), FIELD(n_entities), sizeof(sf_entity), offsetof(sf_entity, name)

static const list text_lists[] = {
    {LABELS, FIELD(labels), FIELD(n_labels), sizeof(sf_str), 0},
    {TOPICS, FIELD(topics), FIELD(n_topics), sizeof(sf_str), 0},
    {KEYWORDS, FIELD(keywords), FIELD(n_keywords), sizeof(sf_str), 0},
    {ENTITY_TEXT, ENTITY(text)},
    {ENTITY_LABEL, ENTITY(label)},
    {ENTITY_ID, ENTITY(id)},
};
static const list number_lists[] = {{ENTITY_START, ENTITY(start)}, {ENTITY_END, ENTITY(end)}};

enum { TOGETHER = 128, TOGETHER_BYTES = 256 * 1024, VALUES = 256 };

/* A few records on their way into a file. */
typedef struct rows {
    sf_parquet_writer *w;
    const sf_record *const *v;
    size_t n;
} rows;

static const char *field_of(const rows *r, size_t i, size_t at)
{
    return (const char *)r->v[i]->signal + at;
}

static void put_doubles(const rows *r, const field *f)
{
    double v[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        memcpy(&v[i], field_of(r, i, f->at), sizeof v[i]);
    }
    sf_parquet_put_doubles(r->w, f->column, v, r->n);
}

static void put_times(const rows *r, const field *f)
{
    int64_t v[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        memcpy(&v[i], field_of(r, i, f->at), sizeof v[i]);
    }
    sf_parquet_put_numbers(r->w, f->column, v, r->n);
}

/* What is empty is null, where the column has nulls. */
static sf_str or_null(sf_str v)
{
    return v.len > 0 ? v : (sf_str){NULL, 0};
}

static void put_texts(const rows *r, const field *f)
{
    sf_str v[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        memcpy(&v[i], field_of(r, i, f->at), sizeof v[i]);
        v[i] = or_null(v[i]);
    }
    sf_parquet_put_texts(r->w, f->column, v, r->n);
}

/* A list of nothing is null where no analysis has looked for what it might hold. */
static void put_lengths(const rows *r, const list *l)
{
    int64_t v[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        size_t n;
        memcpy(&n, field_of(r, i, l->length), sizeof n);
        int known = l->column != LABELS && r->v[i]->signal->analysis.len > 0;
        v[i] = n > 0 || known ? (int64_t)n : -1;
    }
    sf_parquet_put_lists(r->w, l->column, v, r->n);
}

/* A list's elements; how many, in *n. */
static const char *elements(const rows *r, size_t i, const list *l, size_t *n)
{
    const char *v;
    memcpy(&v, field_of(r, i, l->at), sizeof v);
    memcpy(n, field_of(r, i, l->length), sizeof *n);
    return v;
}

static void put_text_lists(const rows *r, const list *l)
{
    sf_str v[VALUES];
    size_t n = 0, length;
    put_lengths(r, l);
    for (size_t i = 0; i < r->n; i++) {
        const char *from = elements(r, i, l, &length);
        for (size_t k = 0; k < length; k++) {
            memcpy(&v[n++], from + k * l->size + l->member, sizeof v[0]);
            if (n == VALUES) {
                sf_parquet_put_texts(r->w, l->column, v, n);
                n = 0;
            }
        }
    }
    sf_parquet_put_texts(r->w, l->column, v, n);
}

static void put_number_lists(const rows *r, const list *l)
{
    int64_t v[VALUES];
    size_t n = 0, length;
    put_lengths(r, l);
    for (size_t i = 0; i < r->n; i++) {
        const char *from = elements(r, i, l, &length);
        for (size_t k = 0; k < length; k++) {
            uint32_t number;
            memcpy(&number, from + k * l->size + l->member, sizeof number);
            v[n++] = number;
            if (n == VALUES) {
                sf_parquet_put_numbers(r->w, l->column, v, n);
                n = 0;
            }
        }
    }
    sf_parquet_put_numbers(r->w, l->column, v, n);
}

/* What signals have that is not as the columns have it: names, and whether a post is rising. */
static void put_names(const rows *r)
{
    sf_str platforms[TOGETHER], kinds[TOGETHER];
    int64_t rising[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        const sf_signal *s = r->v[i]->signal;
        platforms[i] = sf_cstr(sf_platform_name(s->platform));
        kinds[i] = sf_cstr(sf_kind_name(s->kind));
        rising[i] = s->rising >= 0 ? s->rising : SF_PARQUET_NO_NUMBER;
    }
    sf_parquet_put_texts(r->w, PLATFORM, platforms, r->n);
    sf_parquet_put_texts(r->w, KIND, kinds, r->n);
    sf_parquet_put_numbers(r->w, RISING, rising, r->n);
}

static void put_signals(const rows *r)
{
    put_names(r);
    for (size_t i = 0; i < COUNT(doubles); i++) {
        put_doubles(r, &doubles[i]);
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        put_times(r, &times[i]);
    }
    for (size_t i = 0; i < COUNT(texts); i++) {
        put_texts(r, &texts[i]);
    }
    for (size_t i = 0; i < COUNT(text_lists); i++) {
        put_text_lists(r, &text_lists[i]);
    }
    for (size_t i = 0; i < COUNT(number_lists); i++) {
        put_number_lists(r, &number_lists[i]);
    }
}

static void put_raw(const rows *r)
{
    sf_str platforms[TOGETHER], ids[TOGETHER], values[TOGETHER];
    int64_t observed[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        platforms[i] = sf_cstr(sf_archive_platform(r->v[i], 1));
        ids[i] = or_null(r->v[i]->key);
        observed[i] = r->v[i]->observed_ms;
        values[i] = r->v[i]->raw;
    }
    sf_parquet_put_texts(r->w, RAW_PLATFORM, platforms, r->n);
    sf_parquet_put_texts(r->w, RAW_ID, ids, r->n);
    sf_parquet_put_numbers(r->w, RAW_OBSERVED, observed, r->n);
    sf_parquet_put_texts(r->w, RAW_VALUE, values, r->n);
}

/* The last columns of either table, from `first` on. */
static void put_origins(const rows *r, size_t first)
{
    sf_str topics[TOGETHER];
    int64_t arrived[TOGETHER], partitions[TOGETHER], offsets[TOGETHER];
    for (size_t i = 0; i < r->n; i++) {
        const sf_coordinates *at = &r->v[i]->at;
        int known = at->partition >= 0;
        arrived[i] = r->v[i]->arrived_ms;
        topics[i] = known ? sf_cstr(at->origin) : (sf_str){NULL, 0};
        partitions[i] = known ? at->partition : SF_PARQUET_NO_NUMBER;
        offsets[i] = known ? at->offset : SF_PARQUET_NO_NUMBER;
    }
    sf_parquet_put_numbers(r->w, first, arrived, r->n);
    sf_parquet_put_texts(r->w, first + 1, topics, r->n);
    sf_parquet_put_numbers(r->w, first + 2, partitions, r->n);
    sf_parquet_put_numbers(r->w, first + 3, offsets, r->n);
}

/* How many of the records go together: one at least, and no more than pages like. */
static size_t together(const sf_record *const *v, size_t n, int raw)
{
    size_t i = 0, bytes = 0;
    for (; i < n && i < TOGETHER && bytes < TOGETHER_BYTES; i++) {
        bytes += raw ? v[i]->raw.len : v[i]->signal->title.len + v[i]->signal->body.len;
    }
    return i;
}

int sf_archive_put(sf_parquet_writer *w, const sf_record *const *v, size_t n, int raw, sf_error *err)
{
    int status = SF_OK;
    for (size_t at = 0; at < n && status == SF_OK;) {
        const rows r = {w, v + at, together(v + at, n - at, raw)};
        if (raw) {
            put_raw(&r);
        } else {
            put_signals(&r);
        }
        put_origins(&r, raw ? RAW_ARRIVED : ARRIVED);
        at += r.n;
        status = sf_parquet_end_rows(w, r.n, err);
    }
    return status;
}
