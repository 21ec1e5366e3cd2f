/* SPDX-License-Identifier: MIT */
/* Retention in a SQLite store: what is old goes in small transactions, so that a writer waits for milliseconds only. The room
 * that it leaves is used for new rows; the file does not grow as long as there is some, nor does it shrink. */
#include <stdio.h>

#include "sqlite_aggregate.h"

enum { TIDY_PAGES = 400, WINDOWS_A_STEP = 96 };

#define MEASURE                                                                                                        \
    "SELECT (SELECT page_count FROM pragma_page_count()) - (SELECT freelist_count FROM pragma_freelist_count()),"      \
    " (SELECT page_size FROM pragma_page_size()), (SELECT count(*) FROM signals)"
#define AGE "SELECT event_at FROM signals ORDER BY event_at LIMIT 1 OFFSET ?1"

/* The same posts for both deletes: the index has them in this order. */
#define OLDEST_POSTS "FROM signals WHERE platform = ?1 AND event_at < ?2 ORDER BY event_at, id LIMIT ?3"
#define REMOVE_LOOKS                                                                                                   \
    "DELETE FROM signal_metrics_history WHERE platform = ?1 AND source_id IN (SELECT source_id " OLDEST_POSTS ")"
#define REMOVE_REDDIT "DELETE FROM reddit_posts WHERE ?1 = 'reddit' AND id IN (SELECT source_id " OLDEST_POSTS ")"
#define REMOVE_FEATURES                                                                                                \
    "DELETE FROM reddit_nlp_features WHERE ?1 = 'reddit' AND post_id IN (SELECT source_id " OLDEST_POSTS ")"
#define REMOVE_POSTS "DELETE FROM signals WHERE id IN (SELECT id " OLDEST_POSTS ")"

#define NEXT_WINDOW                                                                                                    \
    "SELECT min(bucket) FROM (SELECT min(bucket) AS bucket FROM topic_timeseries WHERE bucket >= ?1"                   \
    " UNION ALL SELECT min(bucket) FROM cross_platform_events WHERE bucket >= ?1)"
#define REMOVE_BUCKETS "DELETE FROM topic_timeseries WHERE bucket = ?1 AND platform = ?2"
#define REMOVE_TOTALS  "DELETE FROM topic_totals WHERE bucket = ?1 AND platform = ?2"
#define REMOVE_EVENTS                                                                                                  \
    "DELETE FROM cross_platform_events AS e WHERE bucket = ?1 AND (SELECT count(*) FROM topic_timeseries t"            \
    " WHERE t.bucket = ?1 AND t.topic = e.topic AND t.count > 0) < 2"
#define REMOVE_COVERAGE "DELETE FROM coverage WHERE (source = ?1 OR source LIKE ?1 || ':%') AND bucket < ?2"

static sqlite3 *db_of(sf_store *s)
{
    return ((sf_sqlite *)s)->db;
}

/* ---- statements that are used now and then ------------------------------------------------------------------------ */

/* Runs a statement with up to three values: a name (NULL: none) as ?1, then numbers. */
static int run_with(sqlite3 *db, const char *sql, const char *name, int64_t a, int64_t b, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_prepare(db, sql, &q, err);
    if (r == SF_OK) {
        int i = name != NULL;
        if (name != NULL) {
            sf_sqlite_bind_text(q, 1, sf_cstr(name));
        }
        (void)sqlite3_bind_int64(q, i + 1, a);
        (void)sqlite3_bind_int64(q, i + 2, b);
        r = sf_sqlite_step(q, err);
        (void)sqlite3_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

/* Ends a transaction one way or the other. */
static int settle(sqlite3 *db, int r, sf_error *err)
{
    r = r == SF_OK ? sf_sqlite_run(db, "COMMIT", err) : r;
    if (r != SF_OK && !sqlite3_get_autocommit(db)) {
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return r;
}

int sf_sqlite_measure(sf_store *s, sf_extent *out, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_prepare(db_of(s), MEASURE, &q, err);
    if (r == SF_OK) {
        r = sf_sqlite_step(q, err);
        if (r == 1) {
            out->bytes = sqlite3_column_int64(q, 0) * sqlite3_column_int64(q, 1);
            out->posts = sqlite3_column_int64(q, 2);
        }
        (void)sqlite3_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

int sf_sqlite_read_age(sf_store *s, int64_t n, int64_t *event_ms, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_prepare(db_of(s), AGE, &q, err);
    *event_ms = SF_NO_TIME;
    if (r == SF_OK) {
        (void)sqlite3_bind_int64(q, 1, n - 1);
        r = sf_sqlite_step(q, err);
        *event_ms = r == 1 ? sf_sqlite_time(q, 0) : SF_NO_TIME;
        (void)sqlite3_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

static int remove_posts_of(sqlite3 *db, const char *platform, int64_t before_ms, int64_t most, int64_t *n,
                           sf_error *err)
{
    static const char *const steps[] = {REMOVE_LOOKS, REMOVE_REDDIT, REMOVE_FEATURES};
    int r = sf_sqlite_run(db, "BEGIN IMMEDIATE", err);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && r == SF_OK; i++) {
        r = run_with(db, steps[i], platform, before_ms, most, err);
    }
    r = r == SF_OK ? run_with(db, REMOVE_POSTS, platform, before_ms, most, err) : r;
    *n = r == SF_OK ? sqlite3_changes64(db) : 0;
    return settle(db, r, err);
}

int sf_sqlite_remove_posts(sf_store *s, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err)
{
    int r = SF_OK;
    *n = 0;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK && *n == 0; p++) {
        if (beyond->before_ms[p] != SF_NO_TIME) {
            r = remove_posts_of(db_of(s), sf_platform_name(p), beyond->before_ms[p], most, n, err);
        }
    }
    return r;
}

/* ---- windows ------------------------------------------------------------------------------------------------------ */

static int remove_window(sqlite3 *db, int64_t start_ms, const sf_limits *beyond, sf_error *err)
{
    static const char *const steps[] = {REMOVE_BUCKETS, REMOVE_TOTALS};
    int r = SF_OK;
    for (size_t i = 0; i < 2 && r == SF_OK; i++) {
        sqlite3_stmt *q;
        r = sf_sqlite_prepare(db, steps[i], &q, err);
        for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
            if (beyond->before_ms[p] != SF_NO_TIME && start_ms + SF_BUCKET_MS <= beyond->before_ms[p]) {
                sf_sqlite_bind_time(q, 1, start_ms);
                sf_sqlite_bind_text(q, 2, sf_cstr(sf_platform_name(p)));
                r = sf_sqlite_step(q, err);
            }
        }
        (void)sqlite3_finalize(q);
    }
    return r == SF_OK ? run_with(db, REMOVE_EVENTS, NULL, start_ms, 0, err) : r;
}

static int next_window(sqlite3 *db, int64_t from_ms, int64_t *start_ms, sf_error *err)
{
    sqlite3_stmt *q;
    int r = sf_sqlite_prepare(db, NEXT_WINDOW, &q, err);
    *start_ms = SF_NO_TIME;
    if (r == SF_OK) {
        (void)sqlite3_bind_int64(q, 1, from_ms);
        r = sf_sqlite_step(q, err);
        *start_ms = r == 1 ? sf_sqlite_time(q, 0) : SF_NO_TIME;
        (void)sqlite3_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

static int remove_coverage(sqlite3 *db, const sf_limits *beyond, sf_error *err)
{
    int r = SF_OK;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        if (beyond->before_ms[p] != SF_NO_TIME) {
            r = run_with(db, REMOVE_COVERAGE, sf_platform_name(p), beyond->before_ms[p] - SF_BUCKET_MS + 1, 0, err);
        }
    }
    return r;
}

int sf_sqlite_remove_windows(sf_store *s, const sf_limits *beyond, int64_t *at_ms, sf_error *err)
{
    sqlite3 *db = db_of(s);
    int64_t last = SF_NO_TIME, at = *at_ms;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        last = beyond->before_ms[p] > last ? beyond->before_ms[p] : last;
    }
    int r = sf_sqlite_run(db, "BEGIN IMMEDIATE", err);
    for (int i = 0; i < WINDOWS_A_STEP && r == SF_OK; i++) {
        r = next_window(db, at, &at, err);
        if (r != SF_OK || at == SF_NO_TIME || at + SF_BUCKET_MS > last) {
            at = SF_NO_TIME;
            r = r == SF_OK ? remove_coverage(db, beyond, err) : r;
            break;
        }
        r = remove_window(db, at, beyond, err);
        at++; /* the next one starts later */
    }
    r = settle(db, r, err);
    *at_ms = r == SF_OK ? at : *at_ms;
    return r;
}

/* ---- room --------------------------------------------------------------------------------------------------------- */

/* Removed texts stay in the full-text index until its parts are merged. */
int sf_sqlite_tidy(sf_store *s, int *more, sf_error *err)
{
    char sql[96];
    sqlite3 *db = db_of(s);
    int64_t before = sqlite3_total_changes64(db);
    snprintf(sql, sizeof sql, "INSERT INTO signals_text (signals_text, rank) VALUES ('merge', %d)", TIDY_PAGES);
    int r = sf_sqlite_run(db, sql, err);
    *more = r == SF_OK && sqlite3_total_changes64(db) - before >= 2;
    return r;
}
