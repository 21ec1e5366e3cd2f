/* SPDX-License-Identifier: MIT */
/* Statements on a store's database: see db.h. */
#include "db.h"

#include <stdlib.h>

#include "common/fail.h"

/* A statement, known by the address of its text. */
struct sf_kept {
    const void *sql;
    sf_stmt *statement;
};

static int no_memory(const sf_db *db, sf_error *err)
{
    return sf_fail(err, SF_ENOMEM, "%s: %s", db->ops->name, sf_strerror(SF_ENOMEM));
}

int sf_db_open(sf_db *db, const sf_db_ops *ops, void *connection, sf_error *err)
{
    *db = (sf_db){.ops = ops, .connection = connection};
    return sf_batch_new(&db->memory) == SF_OK ? SF_OK : no_memory(db, err);
}

void sf_db_close(sf_db *db)
{
    for (size_t i = 0; i < db->n_kept; i++) {
        db->ops->finalize(db->kept[i].statement);
    }
    free(db->kept);
    sf_batch_free(db->memory);
    *db = (sf_db){.n_kept = 0};
}

static sf_stmt *find(const sf_db *db, const void *sql)
{
    for (size_t i = 0; i < db->n_kept; i++) {
        if (db->kept[i].sql == sql) {
            return db->kept[i].statement;
        }
    }
    return NULL;
}

/* Room for one more statement. */
static int make_room(sf_db *db, sf_error *err)
{
    if (db->n_kept == db->cap_kept) {
        size_t cap = db->cap_kept > 0 ? 2 * db->cap_kept : 32;
        struct sf_kept *v = realloc(db->kept, cap * sizeof *v);
        if (v == NULL) {
            return no_memory(db, err);
        }
        db->kept = v;
        db->cap_kept = cap;
    }
    return SF_OK;
}

int sf_db_kept(sf_db *db, const char *sql, sf_stmt **out, sf_error *err)
{
    *out = find(db, sql);
    if (*out != NULL) {
        return SF_OK;
    }
    int r = make_room(db, err);
    r = r == SF_OK ? db->ops->prepare(db, sql, 1, out, err) : r;
    if (r == SF_OK) {
        db->kept[db->n_kept++] = (struct sf_kept){sql, *out};
    }
    return r;
}

int sf_db_rows(sf_db *db, const sf_rows_sql *sql, sf_stmt **out, sf_error *err)
{
    *out = find(db, sql);
    if (*out != NULL) {
        return SF_OK;
    }
    int r = make_room(db, err);
    r = r == SF_OK ? db->ops->prepare_rows(db, sql, out, err) : r;
    if (r == SF_OK) {
        db->kept[db->n_kept++] = (struct sf_kept){sql, *out};
    }
    return r;
}

int sf_db_prepare(sf_db *db, const char *sql, sf_stmt **out, sf_error *err)
{
    return db->ops->prepare(db, sql, 0, out, err);
}

void sf_db_finalize(sf_stmt *s)
{
    if (s != NULL) {
        s->db->ops->finalize(s);
    }
}

int sf_db_run_kept(sf_db *db, const char *sql, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(db, sql, &q, err);
    return r == SF_OK ? sf_db_step(q, err) : r;
}

int sf_db_walk(sf_stmt *q, sf_db_row take, void *payload, sf_error *err)
{
    int r, taken = SF_OK;
    while ((r = sf_db_step(q, err)) == 1) {
        taken = take(q, payload);
        if (taken != SF_OK) {
            sf_db_reset(q);
            return taken == SF_EEND ? SF_OK : sf_fail(err, taken, "%s", sf_strerror(taken));
        }
    }
    return r;
}

int sf_db_ask_time(sf_stmt *q, int64_t *out, sf_error *err)
{
    *out = SF_NO_TIME;
    int r = sf_db_step(q, err);
    if (r == 1) {
        *out = sf_column_time(q, 0);
        sf_db_reset(q);
    }
    return r < 0 ? r : SF_OK;
}

int sf_db_read_strings(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n)
{
    sf_json j;
    *n = 0;
    sf_batch_reset(memory);
    sf_json_init(&j, json);
    for (int r = sf_json_enter(&j, '['); r > 0 && (r = sf_json_element(&j)) > 0;) {
        if (*n == most) {
            break;
        }
        r = sf_json_string_in(&j, memory, &v[*n]);
        if (r == SF_ENOMEM) {
            return r;
        }
        *n += r == SF_OK;
        r = r == SF_OK;
    }
    return SF_OK;
}
