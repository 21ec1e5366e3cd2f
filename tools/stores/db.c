/* SPDX-License-Identifier: MIT */
/* Statements on a store's database: see db.h. */
#include "db.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "lists.h"

/* A statement, known by the address of its text. */
struct sf_kept {
    const void *sql;
    sf_stmt *statement;
};

/* A statement that is lent, known by its text. */
struct sf_lent {
    char *sql;
    size_t len;
    sf_stmt *statement; /* NULL: a free place */
    uint64_t loan;      /* the last one */
    int out;
};
enum { LENT = 96 };

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
    for (size_t i = 0; i < db->n_lent; i++) {
        sf_db_finalize(db->lent[i].statement);
        free(db->lent[i].sql);
    }
    free(db->kept);
    free(db->lent);
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

/* ---- lending ------------------------------------------------------------------------------------------------------ */

static struct sf_lent *find_lent(const sf_db *db, sf_str sql)
{
    for (size_t i = 0; i < db->n_lent; i++) {
        struct sf_lent *l = &db->lent[i];
        if (l->statement != NULL && !l->out && l->len == sql.len && memcmp(l->sql, sql.ptr, sql.len) == 0) {
            return l;
        }
    }
    return NULL;
}

/* The place that is free, or was lent longest ago. NULL: all are out. */
static struct sf_lent *find_place(const sf_db *db)
{
    struct sf_lent *place = NULL;
    for (size_t i = 0; i < db->n_lent; i++) {
        struct sf_lent *l = &db->lent[i];
        place = !l->out && (place == NULL || l->loan < place->loan) ? l : place;
    }
    return place;
}

static void clear_place(struct sf_lent *l)
{
    sf_db_finalize(l->statement);
    free(l->sql);
    *l = (struct sf_lent){.statement = NULL};
}

static int fill_place(sf_db *db, struct sf_lent *l, sf_str sql, sf_error *err)
{
    char *text = malloc(sql.len + 1);
    clear_place(l);
    if (text == NULL) {
        return no_memory(db, err);
    }
    memcpy(text, sql.ptr, sql.len);
    text[sql.len] = '\0';
    int r = db->ops->prepare(db, text, 1, &l->statement, err);
    if (r != SF_OK) {
        free(text);
        return r;
    }
    l->sql = text;
    l->len = sql.len;
    return SF_OK;
}

int sf_db_lend(sf_db *db, sf_str sql, sf_stmt **out, sf_error *err)
{
    if (db->lent == NULL && !db->ops->is_server && (db->lent = calloc(LENT, sizeof *db->lent)) != NULL) {
        db->n_lent = LENT;
    }
    struct sf_lent *known = find_lent(db, sql), *l = known != NULL ? known : find_place(db);
    if (l == NULL) {
        return sf_db_prepare(db, sql.ptr, out, err);
    }
    int r = known != NULL ? SF_OK : fill_place(db, l, sql, err);
    if (r == SF_OK) {
        l->out = 1;
        l->loan = ++db->loans;
        *out = l->statement;
    }
    return r;
}

void sf_db_give_back(sf_stmt *s)
{
    for (size_t i = 0; s != NULL && i < s->db->n_lent; i++) {
        if (s->db->lent[i].statement == s) {
            sf_db_reset(s);
            s->db->lent[i].out = 0;
            return;
        }
    }
    sf_db_finalize(s);
}

/* ---- running ------------------------------------------------------------------------------------------------------ */

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
    sf_batch_reset(memory);
    return sf_list_read(memory, json, v, most, n);
}
