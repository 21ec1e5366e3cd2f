/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a SQLite store, as far as it is SQLite's own: the lock, and room. What retention takes away leaves room for
 * new rows; the file does not grow as long as there is some, nor does it shrink. */
#include "sqlite_aggregate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/fail.h"

enum { TIDY_PAGES = 400 };

#define MEASURE                                                                                                        \
    "SELECT (SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count()),"      \
    " (SELECT page_size FROM pragma_page_size()), (SELECT count(*) FROM signals)"

static sf_sqlite *sqlite_of(sf_store *s)
{
    return (sf_sqlite *)s;
}

/* A file of its own: SQLite's locks on the store end when any handle of the store's file is closed. */
static int lock(sf_store *store, sf_error *err)
{
    char path[4096];
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
        int r = errno == EWOULDBLOCK ? sf_fail(err, SF_EAGAIN, "sqlite:%.60s: another sf-aggregate works on it", file)
                                     : sf_fail_errno(err, path);
        (void)close(f);
        return r;
    }
    sqlite_of(store)->lock = f;
    return SF_OK;
}

void sf_sqlite_unlock(sf_store *store)
{
    sf_sqlite *s = sqlite_of(store);
    if (s->lock >= 0) {
        (void)close(s->lock);
        s->lock = -1;
    }
}

static int measure(sf_store *store, sf_extent *out, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_prepare(sf_db_of(store), MEASURE, &q, err);
    if (r == SF_OK) {
        r = sf_db_step(q, err);
        if (r == 1) {
            out->bytes = sf_column_whole(q, 0) * sf_column_whole(q, 1);
            out->posts = sf_column_whole(q, 2);
        }
        sf_db_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

/* Removed texts stay in the full-text index until its parts are merged. */
static int tidy(sf_store *store, int *more, sf_error *err)
{
    char sql[96];
    sqlite3 *db = sqlite_of(store)->db;
    int64_t before = sqlite3_total_changes64(db);
    snprintf(sql, sizeof sql, "INSERT INTO signals_text (signals_text, rank) VALUES ('merge', %d)", TIDY_PAGES);
    int r = sf_sqlite_run(db, sql, err);
    *more = r == SF_OK && sqlite3_total_changes64(db) - before >= 2;
    return r;
}

/* Its views are plain ones. */
static int refresh_views(sf_store *store, sf_error *err)
{
    (void)store;
    (void)err;
    return SF_OK;
}

const sf_aggregate_ops sf_sqlite_aggregate_ops = {
    SF_STORED_AGGREGATE_OPS,
    .lock = lock,
    .read_windows = sf_stored_read_windows,
    .read_created = sf_stored_read_created,
    .read_reach = sf_stored_read_reach,
    .read_counts_of = sf_stored_read_counts_of,
    .read_firsts_of = sf_stored_read_firsts_of,
    .read_back_of = sf_stored_read_back_of,
    .read_event_windows_of = sf_stored_read_event_windows_of,
    .unlock = sf_sqlite_unlock,
    .refresh_views = refresh_views,
    .measure = measure,
    .remove_posts = sf_stored_remove_posts,
    .tidy = tidy,
};
