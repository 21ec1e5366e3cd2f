/* SPDX-License-Identifier: MIT */
/* Retention: what is old goes in small transactions, so that a writer waits for milliseconds only. The room that it leaves is used for new
 * rows; files do not grow as long as there is some, nor do they shrink. */
#include "aggregate.h"

enum { WINDOWS_A_STEP = 96 };

#define AGE "SELECT event_at FROM signals ORDER BY event_at LIMIT 1 OFFSET ?1"

/* The same posts for all of these: the index has them in this order. When they were looked at tells a server which days have their looks. */
#define OLDEST_POSTS "FROM signals WHERE platform = ?1 AND event_at < ?2 ORDER BY event_at, id LIMIT ?3"
#define WHEN_LOOKED_AT                                                                                                 \
    "SELECT min(first_seen_at), max(observed_at) FROM (SELECT first_seen_at, observed_at " OLDEST_POSTS ") p"
#define REMOVE_LOOKS                                                                                                   \
    "DELETE FROM signal_metrics_history WHERE platform = ?1 AND source_id IN (SELECT source_id " OLDEST_POSTS ")"      \
    " AND observed_at >= ?4 AND observed_at <= ?5"
#define REMOVE_REDDIT "DELETE FROM reddit_posts WHERE ?1 = 'reddit' AND id IN (SELECT source_id " OLDEST_POSTS ")"
#define REMOVE_FEATURES                                                                                                \
    "DELETE FROM reddit_nlp_features WHERE ?1 = 'reddit' AND post_id IN (SELECT source_id " OLDEST_POSTS ")"
#define REMOVE_POSTS "DELETE FROM signals WHERE id IN (SELECT id " OLDEST_POSTS ")"

#define NEXT_WINDOW                                                                                                    \
    "SELECT min(bucket) FROM (SELECT min(bucket) AS bucket FROM topic_timeseries WHERE bucket >= ?1"                   \
    " UNION ALL SELECT min(bucket) FROM cross_platform_events WHERE bucket >= ?1) w"
#define REMOVE_BUCKETS "DELETE FROM topic_timeseries WHERE bucket = ?1 AND platform = ?2"
#define REMOVE_TOTALS  "DELETE FROM topic_totals WHERE bucket = ?1 AND platform = ?2"
#define REMOVE_EVENTS                                                                                                  \
    "DELETE FROM cross_platform_events AS e WHERE bucket = ?1 AND (SELECT count(*) FROM topic_timeseries t"            \
    " WHERE t.bucket = ?1 AND t.topic = e.topic AND t.count > 0) < 2"
#define REMOVE_COVERAGE "DELETE FROM coverage WHERE (source = ?1 OR source LIKE ?1 || ':%') AND bucket < ?2"

/* ---- statements that are used now and then ------------------------------------------------------------------------ */

/* Runs a statement with up to three values: a name (NULL: none) as ?1, then a time, then a number (-1: none). */
static int run_with(sf_db *db, const char *sql, const char *name, int64_t ms, int64_t n, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_prepare(db, sql, &q, err);
    if (r == SF_OK) {
        int i = name != NULL;
        if (name != NULL) {
            sf_bind_name(q, 1, name);
        }
        sf_bind_time(q, i + 1, ms);
        if (n >= 0) {
            sf_bind_whole(q, i + 2, n);
        }
        r = sf_db_step(q, err);
        sf_db_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

/* Ends a transaction one way or the other. */
static int settle(sf_db *db, int r, sf_error *err)
{
    r = r == SF_OK ? db->ops->commit(db, err) : r;
    if (r != SF_OK) {
        db->ops->rollback(db);
    }
    return r;
}

int sf_stored_read_age(sf_store *s, int64_t n, int64_t *event_ms, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_prepare(sf_db_of(s), AGE, &q, err);
    *event_ms = SF_NO_TIME;
    if (r == SF_OK) {
        sf_bind_whole(q, 1, n - 1);
        r = sf_db_step(q, err);
        *event_ms = r == 1 ? sf_column_time(q, 0) : SF_NO_TIME;
        sf_db_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

static void bind_oldest(sf_stmt *q, const char *platform, int64_t before_ms, int64_t most)
{
    sf_bind_name(q, 1, platform);
    sf_bind_time(q, 2, before_ms);
    sf_bind_whole(q, 3, most);
}

static int read_when(sf_db *db, const char *platform, int64_t before_ms, int64_t most, sf_span *out, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_prepare(db, WHEN_LOOKED_AT, &q, err);
    *out = (sf_span){SF_NO_TIME, SF_NO_TIME};
    if (r == SF_OK) {
        bind_oldest(q, platform, before_ms, most);
        r = sf_db_step(q, err);
        *out = r == 1 ? (sf_span){sf_column_time(q, 0), sf_column_time(q, 1)} : *out;
        sf_db_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

static int remove_looks(sf_db *db, const char *platform, int64_t before_ms, int64_t most, sf_error *err)
{
    sf_span when;
    sf_stmt *q;
    int r = read_when(db, platform, before_ms, most, &when, err);
    if (r != SF_OK || when.from_ms == SF_NO_TIME) {
        return r;
    }
    r = sf_db_prepare(db, REMOVE_LOOKS, &q, err);
    if (r == SF_OK) {
        bind_oldest(q, platform, before_ms, most);
        sf_bind_time(q, 4, when.from_ms);
        sf_bind_time(q, 5, when.to_ms);
        r = sf_db_step(q, err);
        sf_db_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

static int remove_posts_of(sf_db *db, const char *platform, int64_t before_ms, int64_t most, int64_t *n, sf_error *err)
{
    static const char *const steps[] = {REMOVE_REDDIT, REMOVE_FEATURES};
    int r = db->ops->begin(db, SF_STORE_WRITE, err);
    r = r == SF_OK ? remove_looks(db, platform, before_ms, most, err) : r;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && r == SF_OK; i++) {
        r = run_with(db, steps[i], platform, before_ms, most, err);
    }
    r = r == SF_OK ? run_with(db, REMOVE_POSTS, platform, before_ms, most, err) : r;
    *n = r == SF_OK ? db->ops->changes(db) : 0;
    return settle(db, r, err);
}

int sf_stored_remove_posts(sf_store *s, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err)
{
    int r = SF_OK;
    *n = 0;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK && *n == 0; p++) {
        if (beyond->before_ms[p] != SF_NO_TIME) {
            r = remove_posts_of(sf_db_of(s), sf_platform_name(p), beyond->before_ms[p], most, n, err);
        }
    }
    return r;
}

/* ---- windows ------------------------------------------------------------------------------------------------------ */

static int remove_window(sf_db *db, int64_t start_ms, const sf_limits *beyond, sf_error *err)
{
    static const char *const steps[] = {REMOVE_BUCKETS, REMOVE_TOTALS};
    int r = SF_OK;
    for (size_t i = 0; i < 2 && r == SF_OK; i++) {
        sf_stmt *q;
        r = sf_db_prepare(db, steps[i], &q, err);
        for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
            if (beyond->before_ms[p] != SF_NO_TIME && start_ms + SF_BUCKET_MS <= beyond->before_ms[p]) {
                sf_bind_time(q, 1, start_ms);
                sf_bind_name(q, 2, sf_platform_name(p));
                r = sf_db_step(q, err);
            }
        }
        sf_db_finalize(q);
    }
    return r == SF_OK ? run_with(db, REMOVE_EVENTS, NULL, start_ms, -1, err) : r;
}

static int next_window(sf_db *db, int64_t from_ms, int64_t *start_ms, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_prepare(db, NEXT_WINDOW, &q, err);
    *start_ms = SF_NO_TIME;
    if (r == SF_OK) {
        sf_bind_time(q, 1, from_ms != SF_NO_TIME ? from_ms : SF_NO_TIME + 1);
        r = sf_db_step(q, err);
        *start_ms = r == 1 ? sf_column_time(q, 0) : SF_NO_TIME;
        sf_db_finalize(q);
    }
    return r > 0 ? SF_OK : r;
}

static int remove_coverage(sf_db *db, const sf_limits *beyond, sf_error *err)
{
    int r = SF_OK;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        if (beyond->before_ms[p] != SF_NO_TIME) {
            r = run_with(db, REMOVE_COVERAGE, sf_platform_name(p), beyond->before_ms[p] - SF_BUCKET_MS + 1, -1, err);
        }
    }
    return r;
}

int sf_stored_remove_windows(sf_store *s, const sf_limits *beyond, int64_t stamp, int64_t *at_ms, sf_error *err)
{
    sf_db *db = sf_db_of(s);
    int64_t last = SF_NO_TIME, at = *at_ms;
    int removed = 0;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        last = beyond->before_ms[p] > last ? beyond->before_ms[p] : last;
    }
    int r = db->ops->begin(db, SF_STORE_WRITE, err);
    for (int i = 0; i < WINDOWS_A_STEP && r == SF_OK; i++) {
        r = next_window(db, at, &at, err);
        if (r != SF_OK || at == SF_NO_TIME || at + SF_BUCKET_MS > last) {
            at = SF_NO_TIME;
            r = r == SF_OK ? remove_coverage(db, beyond, err) : r;
            break;
        }
        r = remove_window(db, at, beyond, err);
        removed = 1;
        at++; /* the next one starts later */
    }
    r = r == SF_OK && removed ? sf_stored_save_state(s, SF_ROWS_STAMP, stamp, err) : r;
    r = settle(db, r, err);
    *at_ms = r == SF_OK ? at : *at_ms;
    return r;
}
