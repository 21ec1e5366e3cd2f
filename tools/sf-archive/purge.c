/* SPDX-License-Identifier: MIT */
/* Taking deleted posts out of an archive: a pass that gathers what was deleted, and one that writes files anew without it. */
#include "purge.h"

#include <stdlib.h>

#include "archive/rows.h"
#include "common/fail.h"
#include "common/hash.h"
#include "common/loop.h"

typedef struct purge {
    sf_place *place;
    sf_codec *codec;
    sf_purge_counts *counts;
    sf_hash *deleted; /* sorted once all are there */
    size_t n, cap;
    int (*look)(struct purge *p, const char *name, sf_str file, sf_parquet_reader *r, sf_error *err);
} purge;

static int in_order(const void *a, const void *b)
{
    const sf_hash *x = a, *y = b;
    return x->high != y->high ? (x->high < y->high ? -1 : 1) : x->low != y->low ? (x->low < y->low ? -1 : 1) : 0;
}

static sf_hash post_of(const sf_parquet_reader *r)
{
    return sf_hash_post(sf_platform_from_name(sf_parquet_text(r, SF_ROW_PLATFORM, 0)),
                        sf_parquet_text(r, SF_ROW_ID, 0));
}

static int is_delete(const sf_parquet_reader *r)
{
    sf_str kind = sf_parquet_text(r, SF_ROW_KIND, 0);
    return kind.len == 6 && memcmp(kind.ptr, "delete", 6) == 0;
}

/* ---- a file ------------------------------------------------------------------------------------------------------- */

/* Opens a file and has it looked at: the first columns of what it holds. */
static int look_at(void *payload, const char *name, sf_error *err)
{
    purge *p = payload;
    sf_mapped m;
    sf_parquet_reader *r = NULL;
    size_t len = strlen(name);
    if (sf_stop_asked()) {
        return sf_fail(err, SF_EIO, "stopped; it can be done again");
    }
    if (len < 8 || strcmp(name + len - 8, ".parquet") != 0) {
        return SF_OK;
    }
    int status = p->place->ops->get(p->place, name, &m, err);
    if (status != SF_OK) {
        return status == SF_EEND ? SF_OK : status; /* somebody was faster */
    }
    sf_error why = {.message = ""};
    int raw = sf_archive_is_raw(m.bytes);
    sf_archive_table t = sf_archive_table_of(raw);
    status = sf_parquet_reader_new(&r, m.bytes, t.columns, raw ? SF_ROW_KIND : SF_ROW_KIND + 1, &why);
    status = status == SF_OK ? p->look(p, name, m.bytes, r, &why) : status;
    if (status == SF_EPARSE) {
        status = sf_fail(err, SF_EPARSE, "%.50s: %.60s", name, why.message);
    } else if (status != SF_OK && err != NULL) {
        *err = why;
    }
    sf_parquet_reader_free(r);
    sf_mapped_close(&m);
    return status;
}

/* ---- the first pass ----------------------------------------------------------------------------------------------- */

static int gather(purge *p, const char *name, sf_str file, sf_parquet_reader *r, sf_error *err)
{
    int status;
    (void)name, (void)file;
    while ((status = sf_parquet_next_row(r, err)) == 1) {
        if (!is_delete(r)) {
            continue;
        }
        if (p->n == p->cap) {
            size_t cap = p->cap == 0 ? 1024 : p->cap * 2;
            sf_hash *more = realloc(p->deleted, cap * sizeof *more);
            if (more == NULL) {
                return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
            }
            p->deleted = more;
            p->cap = cap;
        }
        p->deleted[p->n++] = post_of(r);
    }
    p->counts->files++;
    return status;
}

/* ---- the second pass ---------------------------------------------------------------------------------------------- */

static int is_to_go(const purge *p, const sf_parquet_reader *r)
{
    sf_hash post = post_of(r);
    return !is_delete(r) && bsearch(&post, p->deleted, p->n, sizeof post, in_order) != NULL;
}

static int take_bytes(void *payload, sf_str bytes, sf_error *err)
{
    sf_buffer *b = payload;
    sf_buffer_put(b, bytes.ptr, bytes.len);
    return b->lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : SF_OK;
}

/* Copies the rows that stay. */
static int copy_rows(const purge *p, sf_parquet_reader *r, sf_parquet_writer *w, int raw, sf_error *err)
{
    sf_records *b;
    int status = sf_records_new(&b, 1);
    if (status != SF_OK) {
        return sf_fail(err, status, "%s", sf_strerror(status));
    }
    while ((status = sf_parquet_next_row(r, err)) == 1) {
        if (is_to_go(p, r)) {
            p->counts->rows++;
            continue;
        }
        sf_records_reset(b);
        status = sf_archive_get(r, raw, b, err);
        status = status == SF_OK ? sf_archive_put(w, &(const sf_record *){&b->v[0]}, 1, raw, err) : status;
        if (status != SF_OK) {
            break;
        }
    }
    sf_records_free(b);
    return status;
}

static int rewrite(purge *p, const char *name, sf_str file, sf_error *err)
{
    int raw = sf_archive_is_raw(file);
    sf_archive_table t = sf_archive_table_of(raw);
    sf_buffer made = {0};
    sf_parquet_reader *r = NULL;
    sf_parquet_writer *w = NULL;
    int status = sf_parquet_reader_new(&r, file, t.columns, t.n, err);
    if (status == SF_OK) {
        status = sf_parquet_writer_new(&w, t.columns, t.n, p->codec, &(sf_parquet_output){take_bytes, &made});
    }
    status = status == SF_OK ? copy_rows(p, r, w, raw, err) : status;
    status = status == SF_OK ? sf_parquet_writer_close(w, err) : status;
    status = status == SF_OK ? p->place->ops->put(p->place, name, (sf_str){made.bytes, made.len}, err) : status;
    p->counts->rewritten += status == SF_OK;
    sf_parquet_writer_free(w);
    sf_parquet_reader_free(r);
    sf_buffer_free(&made);
    return status;
}

static int cleanse(purge *p, const char *name, sf_str file, sf_parquet_reader *r, sf_error *err)
{
    int status;
    while ((status = sf_parquet_next_row(r, err)) == 1) {
        if (is_to_go(p, r)) {
            return rewrite(p, name, file, err);
        }
    }
    return status;
}

int sf_purge(sf_place *place, sf_codec *codec, sf_purge_counts *counts, sf_error *err)
{
    purge p = {.place = place, .codec = codec, .counts = counts, .look = gather};
    *counts = (sf_purge_counts){0};
    int status = place->ops->list(place, "dt=", look_at, &p, err);
    if (status == SF_OK && p.n > 0) {
        qsort(p.deleted, p.n, sizeof *p.deleted, in_order);
        p.look = cleanse;
        status = place->ops->list(place, "dt=", look_at, &p, err);
    }
    for (size_t i = 0; i < p.n; i++) {
        counts->deleted += i == 0 || !sf_hash_equal(p.deleted[i], p.deleted[i - 1]);
    }
    free(p.deleted);
    return status;
}
