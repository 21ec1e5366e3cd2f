/* SPDX-License-Identifier: MIT */
/* Counts and events of many topics at once, as sf-aggregate asks a PostgreSQL store for them. */
#include <string.h>

#include "common/fail.h"
#include "postgres.h"
#include "postgres_looks.h"
#include "postgres_values.h"

enum { SPANS_AT_ONCE = 4000 };

static const char counts_sql[] =
    "SELECT k.i, t.bucket, t.platform, t.count, t.authors, t.first_at FROM unnest($1::text[], $2::timestamptz[],"
    " $3::timestamptz[]) WITH ORDINALITY AS k(topic, since, until, i) CROSS JOIN LATERAL (SELECT * FROM "
    "topic_timeseries c"
    " WHERE c.topic = k.topic AND c.bucket >= k.since AND c.bucket < k.until AND c.count > 0 ORDER BY c.bucket"
    " LIMIT ($4::int8[])[1]) t ORDER BY k.i, t.bucket";
static const char events_sql[] =
    "SELECT k.i, e.bucket FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY"
    " AS k(topic, since, until, i) CROSS JOIN LATERAL (SELECT bucket FROM cross_platform_events v WHERE v.topic = "
    "k.topic"
    " AND v.bucket >= k.since AND v.bucket < k.until ORDER BY v.bucket LIMIT ($4::int8[])[1]) e ORDER BY k.i, e.bucket";

/* `platforms` is a column of its own, so that a first is found by the index alone. */
static const char firsts_sql[] =
    "SELECT k.i, t.bucket, t.platform, t.count, t.authors, t.first_at FROM unnest($1::text[], $2::timestamptz[],"
    " $3::timestamptz[], $4::int8[], $5::text[]) AS k(topic, since, until, i, platform) CROSS JOIN LATERAL"
    " (SELECT * FROM topic_timeseries c WHERE c.topic = k.topic AND c.bucket >= k.since AND c.bucket < k.until"
    " AND c.platform = k.platform AND c.count > 0 ORDER BY c.bucket LIMIT 1) t";
/* Each round goes one window further back in all spans, where there is one. */
static const char back_sql[] =
    "WITH RECURSIVE walk AS (SELECT i, topic, since, until AS bucket, NULL::text COLLATE \"C\" AS platform,"
    " NULL::integer AS count, NULL::integer AS authors, NULL::timestamptz AS first_at FROM unnest($1::text[],"
    " $2::timestamptz[], $3::timestamptz[]) WITH ORDINALITY AS k(topic, since, until, i) UNION ALL"
    " SELECT w.i, w.topic, w.since, b.* FROM walk w CROSS JOIN LATERAL (SELECT bucket, platform, count, authors, "
    "first_at"
    " FROM topic_timeseries c WHERE c.topic = w.topic AND c.bucket >= greatest(w.since, w.bucket -"
    " ($4::int8[])[1] * interval '1 ms') AND c.bucket < w.bucket AND c.count > 0 ORDER BY c.bucket LIMIT 1) b)"
    " SELECT i, bucket, platform, count, authors, first_at FROM walk WHERE count IS NOT NULL";

static int give(const PGresult *rows, const sf_topic_span *spans, size_t from, sf_take_count take, void *payload)
{
    size_t enough = SIZE_MAX; /* the span of which no more is wanted */
    int r = SF_OK;
    for (int row = 0; row < PQntuples(rows) && r == SF_OK; row++) {
        size_t which = from + (size_t)sf_pg_whole(rows, row, 0) - 1;
        if (which == enough) {
            continue;
        }
        sf_bucket b = {.topic = spans[which].topic, .start_ms = sf_pg_time(rows, row, 1)};
        if (PQnfields(rows) > 2) { /* of events there is no more */
            b.platform = sf_platform_from_name(sf_pg_text(rows, row, 2));
            b.count = (uint32_t)sf_pg_whole(rows, row, 3);
            b.authors = (uint32_t)sf_pg_whole(rows, row, 4);
            b.first_ms = sf_pg_time(rows, row, 5);
        }
        r = take(payload, which, &b);
        enough = r == SF_EEND ? which : enough;
        r = r == SF_EEND ? SF_OK : r;
    }
    return r;
}

/* The spans from `from` on, as many as go at once; *to: the first that is left over. */
static void put_spans(sf_pg_arrays *a, const sf_topic_span *spans, size_t from, size_t n, size_t *to)
{
    sf_pg_arrays_reset(a);
    *to = n - from > SPANS_AT_ONCE ? from + SPANS_AT_ONCE : n;
    for (size_t i = from; i < *to; i++) {
        sf_pg_put_text(a, spans[i].topic);
        sf_pg_put_time(a, spans[i].from_ms);
        sf_pg_put_time(a, spans[i].to_ms);
        sf_pg_end_row(a);
    }
}

static int ask(sf_store *store, const char *sql, sf_pg_arrays *a, const sf_topic_span *spans, size_t from,
               sf_take_count take, void *payload, sf_error *err)
{
    PGresult *rows = NULL;
    int r = sf_pg_execute_arrays(&((sf_postgres *)store)->pg, sql, a, &rows, NULL, err);
    if (r == SF_OK) {
        r = give(rows, spans, from, take, payload);
        r = r == SF_OK ? r : sf_fail(err, r, "%s", sf_strerror(r));
    }
    PQclear(rows);
    return r;
}

/* A statement that beside the spans has one number. */
static int walk_spans(sf_store *store, const char *sql, const sf_topic_span *spans, size_t n, int64_t number,
                      sf_take_count take, void *payload, sf_error *err)
{
    sf_pg_arrays a;
    int r = SF_OK;
    sf_pg_arrays_open(&a, "tmmw");
    for (size_t from = 0, to; from < n && r == SF_OK; from = to) {
        put_spans(&a, spans, from, n, &to);
        a.at = 3;
        sf_pg_put_whole(&a, number);
        r = ask(store, sql, &a, spans, from, take, payload, err);
    }
    sf_pg_arrays_close(&a);
    return r;
}

int sf_pg_read_counts_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                         void *payload, sf_error *err)
{
    return walk_spans(store, counts_sql, spans, n, most > 0 ? (int64_t)most : INT64_MAX, take, payload, err);
}

int sf_pg_read_event_windows_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                                void *payload, sf_error *err)
{
    return walk_spans(store, events_sql, spans, n, most > 0 ? (int64_t)most : INT64_MAX, take, payload, err);
}

int sf_pg_read_back_of(sf_store *store, const sf_topic_span *spans, size_t n, int64_t gap_ms, sf_take_count take,
                       void *payload, sf_error *err)
{
    return walk_spans(store, back_sql, spans, n, gap_ms, take, payload, err);
}

/* A row for each platform of the span. */
static void put_platforms(sf_pg_arrays *a, const sf_topic_span *span, uint32_t platforms, size_t place)
{
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT; p++) {
        if ((platforms >> p & 1U) != 0) {
            sf_pg_put_text(a, span->topic);
            sf_pg_put_time(a, span->from_ms);
            sf_pg_put_time(a, span->to_ms);
            sf_pg_put_whole(a, (int64_t)place);
            sf_pg_put_text(a, sf_cstr(sf_platform_name(p)));
            sf_pg_end_row(a);
        }
    }
}

int sf_pg_read_firsts_of(sf_store *store, const sf_topic_span *spans, const uint32_t *platforms, size_t n,
                         sf_take_count take, void *payload, sf_error *err)
{
    sf_pg_arrays a;
    int r = SF_OK;
    sf_pg_arrays_open(&a, "tmmwt");
    for (size_t from = 0, i = 0; from < n && r == SF_OK; from = i) {
        sf_pg_arrays_reset(&a);
        for (; i < n && a.rows < SPANS_AT_ONCE; i++) {
            put_platforms(&a, &spans[i], platforms[i], i - from + 1);
        }
        r = ask(store, firsts_sql, &a, spans, from, take, payload, err);
    }
    sf_pg_arrays_close(&a);
    return r;
}
