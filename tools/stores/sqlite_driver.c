/* SPDX-License-Identifier: MIT */
/* Statements of db.h on SQLite: little more than other names. */
#include "sqlite_driver.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/fail.h"
#include "merge.h"

typedef struct statement {
    sf_stmt base; /* first */
    sqlite3_stmt *s;
} statement;

static sqlite3_stmt *of(sf_stmt *s)
{
    return ((statement *)s)->s;
}

static int prepare(sf_db *db, const char *sql, int kept, sf_stmt **out, sf_error *err)
{
    sqlite3 *connection = db->connection;
    statement *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "sqlite: %s", sf_strerror(SF_ENOMEM));
    }
    s->base.db = db;
    unsigned flags = kept ? SQLITE_PREPARE_PERSISTENT : 0;
    if (sqlite3_prepare_v3(connection, sql, -1, flags, &s->s, NULL) != SQLITE_OK) {
        free(s);
        return sf_sqlite_fail(connection, err);
    }
    *out = &s->base;
    return SF_OK;
}

/* A row at a time: here a statement costs next to nothing. */
static int prepare_rows(sf_db *db, const sf_rows_sql *rows, sf_stmt **out, sf_error *err)
{
    sf_buffer b = {0};
    sf_buffer_format(&b, "%s VALUES (?1", rows->before);
    for (int i = 2; i <= (int)strlen(rows->types); i++) {
        sf_buffer_format(&b, ", ?%d", i);
    }
    sf_buffer_format(&b, ")%s", rows->after);
    sf_buffer_put(&b, "", 1);
    int r = b.lost ? sf_fail(err, SF_ENOMEM, "sqlite: %s", sf_strerror(SF_ENOMEM)) : prepare(db, b.bytes, 1, out, err);
    sf_buffer_free(&b);
    return r;
}

static void finalize(sf_stmt *s)
{
    (void)sqlite3_finalize(of(s));
    free(s);
}

static void bind_text(sf_stmt *s, int i, sf_str v)
{
    sf_sqlite_bind_text(of(s), i, v);
}

static void bind_number(sf_stmt *s, int i, double v)
{
    sf_sqlite_bind_number(of(s), i, v);
}

static void bind_whole(sf_stmt *s, int i, int64_t v)
{
    (void)sqlite3_bind_int64(of(s), i, v);
}

static void bind_time(sf_stmt *s, int i, int64_t ms)
{
    sf_sqlite_bind_time(of(s), i, ms);
}

static void bind_flag(sf_stmt *s, int i, int v)
{
    (void)(v < 0 ? sqlite3_bind_null(of(s), i) : sqlite3_bind_int(of(s), i, v));
}

static int step(sf_stmt *s, sf_error *err)
{
    return sf_sqlite_step(of(s), err);
}

static void reset(sf_stmt *s)
{
    (void)sqlite3_reset(of(s));
}

static int is_null(sf_stmt *s, int i)
{
    return sqlite3_column_type(of(s), i) == SQLITE_NULL;
}

static sf_str text(sf_stmt *s, int i)
{
    return sf_sqlite_text(of(s), i);
}

static double number(sf_stmt *s, int i)
{
    return sf_sqlite_number(of(s), i);
}

static int64_t whole(sf_stmt *s, int i)
{
    return sqlite3_column_int64(of(s), i);
}

static int64_t changes(sf_db *db)
{
    return sqlite3_changes64(db->connection);
}

/* sf_hotness(trending_score, observed_at), as merging has it. */
static void hotness(sqlite3_context *context, int n, sqlite3_value **v)
{
    (void)n;
    if (sqlite3_value_type(v[0]) == SQLITE_NULL || sqlite3_value_type(v[1]) == SQLITE_NULL) {
        sqlite3_result_null(context);
        return;
    }
    sf_post post = {.trending_score = sqlite3_value_double(v[0]), .observed_ms = sqlite3_value_int64(v[1])};
    post.deleted_ms = SF_NO_TIME;
    sqlite3_result_double(context, sf_post_hotness(&post));
}

int sf_sqlite_add_functions(sqlite3 *db, sf_error *err)
{
    int r = sqlite3_create_function(db, "sf_hotness", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, hotness, NULL, NULL);
    return r == SQLITE_OK ? SF_OK : sf_sqlite_fail(db, err);
}

static int begin(sf_db *db, sf_store_use use, sf_error *err)
{
    return sf_sqlite_run(db->connection, use == SF_STORE_READ ? "BEGIN" : "BEGIN IMMEDIATE", err);
}

static int commit(sf_db *db, sf_error *err)
{
    return sf_sqlite_run(db->connection, "COMMIT", err);
}

static void rollback(sf_db *db)
{
    if (!sqlite3_get_autocommit(db->connection)) {
        (void)sf_sqlite_run(db->connection, "ROLLBACK", NULL);
    }
}

const sf_db_ops sf_sqlite_driver = {
    .name = "sqlite",
    .prepare = prepare,
    .prepare_rows = prepare_rows,
    .put = step,
    .finalize = finalize,
    .bind_text = bind_text,
    .bind_number = bind_number,
    .bind_whole = bind_whole,
    .bind_time = bind_time,
    .bind_flag = bind_flag,
    .step = step,
    .reset = reset,
    .is_null = is_null,
    .text = text,
    .number = number,
    .whole = whole,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
};
