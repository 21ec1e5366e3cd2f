/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a PostgreSQL store, as far as it is PostgreSQL's own: the lock, partitions, room.
 *
 * Files of tables do not shrink when rows go, so the room that a store takes is worked out from its rows: what retention is told gets less
 * by what it removes, and what it left behind is used again. */
#include "postgres_aggregate.h"

#include "common/fail.h"
#include "postgres_looks.h"
#include "postgres_values.h"

/* Bytes of a post's row, its words and their indexes: those of the newest thousand, and as much again for indexes and room between
 * rows; of a look and of a topic's window likewise. */
static const char measure_sql[] =
    "SELECT (n * coalesce((SELECT avg(2 * pg_column_size(s.*)) FROM (SELECT * FROM signals ORDER BY id DESC LIMIT "
    "1000) s), 0)"
    " + n * coalesce((SELECT avg(2 * pg_column_size(t.*)) FROM (SELECT * FROM signals_text ORDER BY id DESC LIMIT "
    "1000) t), 0)"
    " + 250 * (SELECT count(*) FROM signal_metrics_history) + 300 * (SELECT count(*) FROM topic_timeseries))::bigint, n"
    " FROM (SELECT count(*) AS n FROM signals) posts";

static sf_pg *pg_of(sf_store *store)
{
    return &((sf_postgres *)store)->pg;
}

/* The one number that a statement gives; *out is left alone where it gives NULL. */
static int ask(sf_pg *pg, const char *sql, int64_t *out, sf_error *err)
{
    PGresult *result;
    int r = sf_pg_execute(pg, sql, NULL, &result, err);
    if (r == SF_OK) {
        *out = PQntuples(result) > 0 ? sf_pg_whole(result, 0, 0) : 0;
        PQclear(result);
    }
    return r;
}

/* Makes the days to come; who may not, or has an older schema, leaves it to who may. */
static void make_partitions(sf_pg *pg)
{
    static const char sql[] = "SELECT sf_make_partitions()";
    int64_t made;
    sf_error why;
    if (ask(pg, sql, &made, &why) != SF_OK) {
        sf_pg_rollback(pg);
    }
}

/* Each question is planned for what it asks: the days that hold it, and how full the tables are by now. A full window's looks are put in order without
 * files: of a store of ten million posts they take 14 MB. */
static const char plans_sql[] = "SET plan_cache_mode = force_custom_plan; SET max_parallel_workers_per_gather = 0; "
                                "SET work_mem = '64MB'; " SF_PG_BY_ANY_MEANS;

static int lock(sf_store *store, sf_error *err)
{
    static const char sql[] = "SELECT pg_try_advisory_lock(6001, 2)";
    sf_pg *pg = pg_of(store);
    int64_t ours = 0;
    int r = sf_pg_ready(pg, err);
    r = r == SF_OK ? ask(pg, sql, &ours, err) : r;
    if (r == SF_OK && !ours) {
        return sf_fail(err, SF_EAGAIN, "%.60s: another sf-aggregate works on it", pg->name);
    }
    pg->locked = r == SF_OK;
    if (r == SF_OK) {
        make_partitions(pg);
        r = sf_pg_run(pg, plans_sql, err);
    }
    return r;
}

static void unlock(sf_store *store)
{
    static const char sql[] = "SELECT pg_advisory_unlock(6001, 2)";
    sf_pg *pg = pg_of(store);
    int64_t done;
    sf_error why;
    pg->locked = 0;
    if (pg->conn != NULL) {
        (void)ask(pg, sql, &done, &why);
    }
}

static int measure(sf_store *store, sf_extent *out, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), measure_sql, &q, err);
    r = r == SF_OK ? sf_db_step(q, err) : r;
    if (r == 1) {
        out->bytes = sf_column_whole(q, 0);
        out->posts = sf_column_whole(q, 1);
        sf_db_reset(q);
        r = SF_OK;
    }
    return r;
}

/* Whole days of looks first: a look is not older than its post, give or take what event times may lie ahead, so a day before all limits
 * has looks of posts alone that are to go. */
static int drop_days(sf_store *store, const sf_limits *beyond, sf_error *err)
{
    static const char sql[] = "SELECT sf_drop_partitions(?1)";
    int64_t before = INT64_MAX;
    sf_stmt *q;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT; p++) {
        before = beyond->before_ms[p] < before ? beyond->before_ms[p] : before;
    }
    if (before == SF_NO_TIME) { /* a platform keeps everything */
        return SF_OK;
    }
    int r = sf_db_kept(sf_db_of(store), sql, &q, err);
    if (r == SF_OK) {
        sf_bind_time(q, 1, before - 300000);
        r = sf_db_step(q, err);
        sf_db_reset(q);
    }
    return r > 0 ? SF_OK : r;
}

static int remove_posts(sf_store *store, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err)
{
    int r = sf_pg_run(pg_of(store), SF_PG_BY_INDEXES, err);
    r = r == SF_OK ? sf_stored_remove_posts(store, beyond, most, n, err) : r;
    r = r == SF_OK ? sf_pg_run(pg_of(store), SF_PG_BY_ANY_MEANS, err) : r;
    return r == SF_OK && *n == 0 ? drop_days(store, beyond, err) : r;
}

static int refresh_views(sf_store *store, sf_error *err)
{
    static const char sql[] = "SELECT sf_refresh_views()";
    int64_t done;
    return ask(pg_of(store), sql, &done, err);
}

/* Autovacuum does it. */
static int tidy(sf_store *store, int *more, sf_error *err)
{
    (void)store;
    (void)err;
    *more = 0;
    return SF_OK;
}

const sf_aggregate_ops sf_postgres_aggregate_ops = {
    SF_STORED_AGGREGATE_OPS,
    .lock = lock,
    .unlock = unlock,
    .read_windows = sf_pg_read_windows,
    .read_created = sf_pg_read_created,
    .read_reach = sf_pg_read_reach,
    .read_counts_of = sf_pg_read_counts_of,
    .read_firsts_of = sf_pg_read_firsts_of,
    .read_back_of = sf_pg_read_back_of,
    .read_event_windows_of = sf_pg_read_event_windows_of,
    .refresh_views = refresh_views,
    .measure = measure,
    .remove_posts = remove_posts,
    .tidy = tidy,
};
