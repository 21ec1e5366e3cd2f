/* SPDX-License-Identifier: MIT */
/* Statements on a store's database, whichever it is. Questions and sf-aggregate's work are written once, in the SQL that SQLite and
 * PostgreSQL share, on this; what differs is in the driver (sqlite_driver.c, postgres_driver.c). Values are bound, as ?1, ?2, ..., never part
 * of a statement. */
#ifndef SF_DB_H
#define SF_DB_H

#include "common/store.h"

typedef struct sf_db sf_db;

/* A statement; drivers embed it first. */
typedef struct sf_stmt {
    sf_db *db;
} sf_stmt;

/* A statement that writes rows, however many: `before` the list of them `after`. */
typedef struct sf_rows_sql {
    const char *types; /* a letter a column: t text, j json, m time, w whole number, n number, f flag */
    const char *before, *after;
} sf_rows_sql;

typedef struct sf_db_ops {
    const char *name; /* what messages start with: "sqlite" */
    int is_server;    /* 1: a statement is a journey, so much is asked at once, and joins are planned there */
    /* kept: it will be used again and again, and its text lives as long as the program. */
    int (*prepare)(sf_db *db, const char *sql, int kept, sf_stmt **out, sf_error *err);
    int (*prepare_rows)(sf_db *db, const sf_rows_sql *sql, sf_stmt **out, sf_error *err); /* kept */
    void (*finalize)(sf_stmt *s);
    void (*bind_text)(sf_stmt *s, int i, sf_str v); /* must outlive the step */
    void (*bind_number)(sf_stmt *s, int i, double v);
    void (*bind_whole)(sf_stmt *s, int i, int64_t v);
    void (*bind_time)(sf_stmt *s, int i, int64_t ms);
    void (*bind_flag)(sf_stmt *s, int i, int v); /* -1: NULL */
    int (*step)(sf_stmt *s, sf_error *err);
    void (*reset)(sf_stmt *s);
    int (*put)(sf_stmt *s, sf_error *err);
    int (*is_null)(sf_stmt *s, int i);
    sf_str (*text)(sf_stmt *s, int i); /* ends with a NUL; "" for NULL */
    double (*number)(sf_stmt *s, int i);
    int64_t (*whole)(sf_stmt *s, int i); /* times too: milliseconds */
    int64_t (*changes)(sf_db *db);       /* rows that the last statement changed */
    int (*begin)(sf_db *db, sf_store_use use, sf_error *err);
    int (*commit)(sf_db *db, sf_error *err);
    void (*rollback)(sf_db *db); /* fine where nothing was begun */
} sf_db_ops;

/* What a store has of it, right behind its sf_store. */
struct sf_db {
    const sf_db_ops *ops;
    void *connection; /* the driver's */
    struct sf_kept *kept;
    size_t n_kept, cap_kept;
    struct sf_lent *lent; /* statements that are lent, some while nobody has them */
    size_t n_lent;
    uint64_t loans;
    sf_batch *memory; /* lists of the row at hand */
};

typedef struct sf_db_store {
    sf_store base;
    sf_db db;
} sf_db_store;

static inline sf_db *sf_db_of(sf_store *s)
{
    return &((sf_db_store *)s)->db;
}

/* SF_OK, SF_ENOMEM. */
int sf_db_open(sf_db *db, const sf_db_ops *ops, void *connection, sf_error *err);
void sf_db_close(sf_db *db); /* before the connection is */

/* ---- statements --------------------------------------------------------------------------------------------------- */

/* A statement that is made once: the address of its text, a constant, tells it. */
int sf_db_kept(sf_db *db, const char *sql, sf_stmt **out, sf_error *err);

/* One that is made for once. */
int sf_db_prepare(sf_db *db, const char *sql, sf_stmt **out, sf_error *err);
void sf_db_finalize(sf_stmt *s); /* NULL is fine */

/* One whose text is put together anew each time, though few texts come about: as sf_db_prepare(), but where making it costs more than running
 * it, those that were lent last are kept. To be given back. */
int sf_db_lend(sf_db *db, sf_str sql, sf_stmt **out, sf_error *err);
void sf_db_give_back(sf_stmt *s); /* NULL is fine */

static inline void sf_bind_text(sf_stmt *s, int i, sf_str v)
{
    s->db->ops->bind_text(s, i, v);
}
static inline void sf_bind_name(sf_stmt *s, int i, const char *v)
{
    s->db->ops->bind_text(s, i, sf_cstr(v));
}
static inline void sf_bind_number(sf_stmt *s, int i, double v)
{
    s->db->ops->bind_number(s, i, v); /* NaN is NULL */
}
static inline void sf_bind_whole(sf_stmt *s, int i, int64_t v)
{
    s->db->ops->bind_whole(s, i, v);
}
static inline void sf_bind_time(sf_stmt *s, int i, int64_t ms)
{
    s->db->ops->bind_time(s, i, ms); /* SF_NO_TIME is NULL */
}
static inline void sf_bind_flag(sf_stmt *s, int i, int v)
{
    s->db->ops->bind_flag(s, i, v);
}

/* Steps a statement. 1: a row; 0: done, and reset; or a failure, and reset. */
static inline int sf_db_step(sf_stmt *s, sf_error *err)
{
    return s->db->ops->step(s, err);
}
static inline void sf_db_reset(sf_stmt *s)
{
    s->db->ops->reset(s);
}

/* Columns, from 0. NULL is unknown: "", NaN, SF_NO_TIME, 0, -1. Text lives until the next step. */
static inline int sf_column_is_null(sf_stmt *s, int i)
{
    return s->db->ops->is_null(s, i);
}
static inline sf_str sf_column_text(sf_stmt *s, int i)
{
    return s->db->ops->text(s, i);
}
static inline double sf_column_number(sf_stmt *s, int i)
{
    return s->db->ops->number(s, i);
}
static inline int64_t sf_column_whole(sf_stmt *s, int i)
{
    return s->db->ops->whole(s, i);
}
static inline int64_t sf_column_time(sf_stmt *s, int i)
{
    return s->db->ops->is_null(s, i) ? SF_NO_TIME : s->db->ops->whole(s, i);
}
static inline int sf_column_flag(sf_stmt *s, int i)
{
    return s->db->ops->is_null(s, i) ? -1 : (int)s->db->ops->whole(s, i);
}
static inline int32_t sf_column_platform(sf_stmt *s, int i)
{
    return sf_platform_from_name(sf_column_text(s, i));
}

/* Rows: sf_db_rows() gives the statement, made once, by the address of `sql`; then for each row its values are bound and it is put. A server
 * gets them gathered: before anything else is asked, and before the commit, all that was put is there. */
int sf_db_rows(sf_db *db, const sf_rows_sql *sql, sf_stmt **out, sf_error *err);

static inline int sf_db_put(sf_stmt *s, sf_error *err)
{
    return s->db->ops->put(s, err);
}

/* Runs a kept statement that gives no rows and has no values. */
int sf_db_run_kept(sf_db *db, const char *sql, sf_error *err);

/* Takes what a row says, as the takers of store_aggregate.h do. */
typedef int (*sf_db_row)(sf_stmt *q, void *payload);

/* Hands each row of a bound statement on, until that says that it is enough. */
int sf_db_walk(sf_stmt *q, sf_db_row take, void *payload, sf_error *err);

/* The one time that a bound statement gives; SF_NO_TIME where it gives none. */
int sf_db_ask_time(sf_stmt *q, int64_t *out, sf_error *err);

/* A list of strings as JSON; what is none has none. They live in the arena, which is emptied first. */
int sf_db_read_strings(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n);

#endif
