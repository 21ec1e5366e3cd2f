/* SPDX-License-Identifier: MIT */
/* sf-aggregate's questions to a SQLite store: what holds them together, lock, transactions, marks and figures. Looks are in
 * sqlite_looks.c, what a cycle keeps in sqlite_figures.c, retention in sqlite_retain.c. */
#include "sqlite_aggregate.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/fail.h"

/* ---- statements --------------------------------------------------------------------------------------------------- */

enum { MOST_STATEMENTS = 48 };

/* A statement, known by the address of its text. */
typedef struct made {
    const char *sql;
    sqlite3_stmt *statement;
} made;

struct sf_sqlite_aggregate {
    made made[MOST_STATEMENTS];
    size_t n;
    sf_batch *memory; /* topics of the row at hand */
    int lock;         /* the file it is held by; -1: not held */
};

static sf_sqlite *sqlite_of(sf_store *s)
{
    return (sf_sqlite *)s;
}

void sf_sqlite_aggregate_close(sf_sqlite_aggregate *a)
{
    if (a == NULL) {
        return;
    }
    for (size_t i = 0; i < a->n; i++) {
        (void)sqlite3_finalize(a->made[i].statement);
    }
    if (a->lock >= 0) {
        (void)close(a->lock);
    }
    sf_batch_free(a->memory);
    free(a);
}

static int parts_of(sf_store *store, sf_sqlite_aggregate **out, sf_error *err)
{
    sf_sqlite *s = sqlite_of(store);
    if (s->aggregate == NULL) {
        sf_sqlite_aggregate *a = calloc(1, sizeof *a);
        if (a == NULL || sf_batch_new(&a->memory) != SF_OK) {
            free(a);
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        a->lock = -1;
        s->aggregate = a;
    }
    *out = s->aggregate;
    return SF_OK;
}

int sf_sqlite_kept(sf_store *store, const char *sql, sqlite3_stmt **out, sf_error *err)
{
    sf_sqlite_aggregate *a = NULL;
    int r = parts_of(store, &a, err);
    if (r != SF_OK) {
        return r;
    }
    for (size_t i = 0; i < a->n; i++) {
        if (a->made[i].sql == sql) {
            *out = a->made[i].statement;
            return SF_OK;
        }
    }
    if (a->n == MOST_STATEMENTS) {
        return sf_fail(err, SF_EINVAL, "sqlite: too many statements");
    }
    r = sf_sqlite_prepare(sqlite_of(store)->db, sql, &a->made[a->n].statement, err);
    if (r == SF_OK) {
        a->made[a->n].sql = sql;
        *out = a->made[a->n++].statement;
    }
    return r;
}

sf_batch *sf_sqlite_row_memory(sf_store *store)
{
    return sqlite_of(store)->aggregate->memory;
}

int sf_sqlite_run_kept(sf_store *store, const char *sql, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_kept(store, sql, &q, err);
    return r == SF_OK ? sf_sqlite_step(q, err) : r;
}

int sf_sqlite_walk(sqlite3_stmt *q, sf_sqlite_row take, void *payload, sf_error *err)
{
    int r, taken = SF_OK;
    while ((r = sf_sqlite_step(q, err)) == 1) {
        taken = take(q, payload);
        if (taken != SF_OK) {
            (void)sqlite3_reset(q);
            return taken == SF_EEND ? SF_OK : sf_fail(err, taken, "%s", sf_strerror(taken));
        }
    }
    return r;
}

int sf_sqlite_read_strings(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n)
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

/* ---- lock and transactions ---------------------------------------------------------------------------------------- */

static const char begin_read_sql[] = "BEGIN";
static const char begin_write_sql[] = "BEGIN IMMEDIATE";
static const char commit_sql[] = "COMMIT";
static const char rollback_sql[] = "ROLLBACK";

/* A file of its own: SQLite's locks on the store end when any handle of the store's file is closed. */
static int lock(sf_store *store, sf_error *err)
{
    char path[4096];
    sf_sqlite_aggregate *a = NULL;
    int r = parts_of(store, &a, err);
    if (r != SF_OK) {
        return r;
    }
    const char *file = sqlite3_db_filename(sqlite_of(store)->db, "main");
    int n = snprintf(path, sizeof path, "%s.aggregate.lock", file);
    if (n < 0 || (size_t)n >= sizeof path) {
        return sf_fail(err, SF_EINVAL, "sqlite:%.60s: the path is too long", file);
    }
    int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (f < 0) {
        return sf_fail_errno(err, path);
    }
    if (flock(f, LOCK_EX | LOCK_NB) != 0) {
        r = errno == EWOULDBLOCK ? sf_fail(err, SF_EAGAIN, "sqlite:%.60s: another sf-aggregate works on it", file)
                                 : sf_fail_errno(err, path);
        (void)close(f);
        return r;
    }
    a->lock = f;
    return SF_OK;
}

static void unlock(sf_store *store)
{
    sf_sqlite_aggregate *a = sqlite_of(store)->aggregate;
    if (a != NULL && a->lock >= 0) {
        (void)close(a->lock);
        a->lock = -1;
    }
}

static int begin(sf_store *store, sf_store_use use, sf_error *err)
{
    return sf_sqlite_run_kept(store, use == SF_STORE_WRITE ? begin_write_sql : begin_read_sql, err);
}

static int commit(sf_store *store, sf_error *err)
{
    return sf_sqlite_run_kept(store, commit_sql, err);
}

static void rollback(sf_store *store)
{
    if (!sqlite3_get_autocommit(sqlite_of(store)->db)) {
        (void)sf_sqlite_run_kept(store, rollback_sql, NULL);
    }
}

/* ---- marks and figures -------------------------------------------------------------------------------------------- */

static const char marks_sql[] = "SELECT bucket, id FROM dirty_buckets ORDER BY bucket, id";
static const char mark_sql[] = "INSERT INTO dirty_buckets (bucket) VALUES (?1)";
static const char unmark_sql[] = "DELETE FROM dirty_buckets WHERE id = ?1";
static const char first_sql[] = "SELECT min(observed_at) FROM signal_metrics_history WHERE platform = ?1";
static const char newest_sql[] = "SELECT max(observed_at) FROM signal_metrics_history WHERE platform = ?1";
static const char read_state_sql[] = "SELECT CAST(value AS INTEGER) FROM store_state WHERE name = ?1";
static const char save_state_sql[] = "INSERT INTO store_state (name, value) VALUES (?1, ?2)"
                                     " ON CONFLICT (name) DO UPDATE SET value = ?2";
static const char forget_state_sql[] = "DELETE FROM store_state WHERE name = ?1";

typedef struct mark_taker {
    sf_take_mark take;
    void *payload;
} mark_taker;

static int take_mark(sqlite3_stmt *q, void *payload)
{
    const mark_taker *t = payload;
    sf_mark m = {sqlite3_column_int64(q, 0), sqlite3_column_int64(q, 1)};
    return t->take(t->payload, m);
}

static int read_marks(sf_store *store, sf_take_mark take, void *payload, sf_error *err)
{
    sqlite3_stmt *q;
    mark_taker t = {take, payload};
    int r = sf_sqlite_kept(store, marks_sql, &q, err);
    return r == SF_OK ? sf_sqlite_walk(q, take_mark, &t, err) : r;
}

static int mark(sf_store *store, int64_t start_ms, int64_t *id, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_kept(store, mark_sql, &q, err);
    if (r == SF_OK) {
        sf_sqlite_bind_time(q, 1, start_ms);
        r = sf_sqlite_step(q, err);
        *id = sqlite3_last_insert_rowid(sqlite_of(store)->db);
    }
    return r;
}

static int unmark(sf_store *store, sf_mark m, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_kept(store, unmark_sql, &q, err);
    if (r == SF_OK) {
        (void)sqlite3_bind_int64(q, 1, m.id);
        r = sf_sqlite_step(q, err);
    }
    return r;
}

/* The one time that a bound statement gives; SF_NO_TIME where it gives none. */
static int ask_time(sqlite3_stmt *q, int64_t *out, sf_error *err)
{
    *out = SF_NO_TIME;
    int r = sf_sqlite_step(q, err);
    if (r == 1) {
        *out = sf_sqlite_time(q, 0);
        (void)sqlite3_reset(q);
    }
    return r < 0 ? r : SF_OK;
}

static int read_first(sf_store *store, int32_t platform, int64_t *first_ms, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_kept(store, first_sql, &q, err);
    if (r == SF_OK) {
        sf_sqlite_bind_name(q, 1, sf_platform_name(platform));
        r = ask_time(q, first_ms, err);
    }
    return r;
}

static int read_newest(sf_store *store, int64_t *newest_ms, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_kept(store, newest_sql, &q, err);
    *newest_ms = SF_NO_TIME;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        int64_t t;
        sf_sqlite_bind_name(q, 1, sf_platform_name(p));
        r = ask_time(q, &t, err);
        *newest_ms = r == SF_OK && t > *newest_ms ? t : *newest_ms;
    }
    return r;
}

static int read_state(sf_store *store, const char *name, int64_t *value, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_kept(store, read_state_sql, &q, err);
    if (r == SF_OK) {
        sf_sqlite_bind_name(q, 1, name);
        r = ask_time(q, value, err);
    }
    return r;
}

static int save_state(sf_store *store, const char *name, int64_t value, sf_error *err)
{
    sqlite3_stmt *q;
    char text[32];
    int known = value != SF_NO_TIME;
    int r = sf_sqlite_kept(store, known ? save_state_sql : forget_state_sql, &q, err);
    if (r == SF_OK) {
        snprintf(text, sizeof text, "%lld", (long long)value);
        sf_sqlite_bind_name(q, 1, name);
        if (known) {
            sf_sqlite_bind_name(q, 2, text);
        }
        r = sf_sqlite_step(q, err);
    }
    return r;
}

const sf_aggregate_ops sf_sqlite_aggregate_ops = {
    .lock = lock,
    .unlock = unlock,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .read_marks = read_marks,
    .read_first = read_first,
    .read_newest = read_newest,
    .read_windows = sf_sqlite_read_windows,
    .read_created = sf_sqlite_read_created,
    .read_histories = sf_sqlite_read_histories,
    .read_buckets = sf_sqlite_read_buckets,
    .read_events = sf_sqlite_read_events,
    .read_counts = sf_sqlite_read_counts,
    .read_totals = sf_sqlite_read_totals,
    .read_event_windows = sf_sqlite_read_event_windows,
    .put_bucket = sf_sqlite_put_bucket,
    .drop_bucket = sf_sqlite_drop_bucket,
    .put_event = sf_sqlite_put_event,
    .drop_event = sf_sqlite_drop_event,
    .put_total = sf_sqlite_put_total,
    .replace_trends = sf_sqlite_replace_trends,
    .mark = mark,
    .unmark = unmark,
    .read_state = read_state,
    .save_state = save_state,
    .measure = sf_sqlite_measure,
    .read_age = sf_sqlite_read_age,
    .remove_posts = sf_sqlite_remove_posts,
    .remove_windows = sf_sqlite_remove_windows,
    .tidy = sf_sqlite_tidy,
};
