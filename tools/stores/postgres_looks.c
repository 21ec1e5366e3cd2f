/* SPDX-License-Identifier: MIT */
/* Looks of a span of time, as sf-aggregate asks a PostgreSQL store for them: all platforms at once, in three questions. The score before the
 * span is asked for where it matters alone, and between bounds that hold for all: so it is planned for the few days that it concerns, not
 * for all there are. */
#include "postgres_looks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "aggregate.h"
#include "common/fail.h"
#include "postgres.h"
#include "postgres_values.h"

#define POST_COLUMNS                                                                                                   \
    "s.platform, s.source_id, s.kind, s.author, s.topics, s.sentiment_compound, s.sentiment_cover, s.ts, "             \
    "s.first_seen_at"
#define POST_COUNTS    "s.deleted_at IS NULL AND s.topics IS NOT NULL"
#define SOME_PLATFORMS "= ANY(string_to_array($1, ','))"

static const char looks_sql[] =
    "SELECT " POST_COLUMNS ", h.observed_at, h.score, h.velocity FROM signal_metrics_history h JOIN signals s"
    " ON s.platform = h.platform AND s.source_id = h.source_id WHERE h.platform " SOME_PLATFORMS
    " AND h.observed_at >= $2 AND h.observed_at < $3 AND " POST_COUNTS
    " ORDER BY s.platform, s.source_id, h.observed_at";
static const char created_sql[] = "SELECT " POST_COLUMNS " FROM signals s WHERE s.platform " SOME_PLATFORMS
                                  " AND s.event_at >= $2 AND s.event_at < $3 AND " POST_COUNTS;
/* The sum in the order keeps the plan to the key: an index by time alone would promise to find the newest at once. */
static const char before_sql[] =
    "SELECT (SELECT p.score FROM signal_metrics_history p WHERE p.platform = k.platform AND p.source_id = k.source_id"
    " AND p.observed_at >= ($4::timestamptz[])[1] AND p.observed_at < ($5::timestamptz[])[1]"
    " AND p.observed_at >= k.first AND p.score IS NOT NULL ORDER BY p.observed_at + interval '0 s' DESC LIMIT 1)"
    " FROM unnest($1::text[], $2::text[], $3::timestamptz[]) WITH ORDINALITY AS k(platform, source_id, first, i)"
    " ORDER BY k.i";

/* One statement for all: where looks lie in a hundred partitions, planning it takes longer than running it. */
static const char reach_sql[] =
    "SELECT p, (SELECT min(observed_at) FROM signal_metrics_history WHERE platform = p),"
    " (SELECT max(observed_at) FROM signal_metrics_history WHERE platform = p) FROM unnest(string_to_array($1, ',')) p";

/* Columns. */
enum { PLATFORM, ID, KIND, AUTHOR, TOPICS, COMPOUND, COVER, TS, FIRST_SEEN, OBSERVED, SCORE, VELOCITY };

typedef struct span {
    sf_pg *pg;
    sf_batch *memory; /* topics of the row at hand */
    int64_t from_ms, to_ms;
    sf_take_seen take;
    void *payload;
} span;

/* ---- questions ---------------------------------------------------------------------------------------------------- */

/* All platforms' names, with commas between them. */
static void write_platforms(char *buf, size_t cap)
{
    size_t n = 0;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && n < cap; p++) {
        n += (size_t)snprintf(buf + n, cap - n, "%s%s", n > 0 ? "," : "", sf_platform_name(p));
    }
}

static int ask_span(const span *s, const char *sql, PGresult **out, sf_error *err)
{
    static const Oid types[] = {SF_PG_TEXT, SF_PG_TIME, SF_PG_TIME};
    char platforms[32 * SF_PLATFORM_COUNT], from[8], to[8];
    write_platforms(platforms, sizeof platforms);
    sf_pg_encode8((uint64_t)sf_pg_time_to(s->from_ms), from);
    sf_pg_encode8((uint64_t)sf_pg_time_to(s->to_ms), to);
    const char *const values[] = {platforms, from, to};
    const int lengths[] = {(int)strlen(platforms), 8, 8};
    sf_pg_params params = {3, types, values, lengths};
    return sf_pg_execute(s->pg, sql, &params, out, err);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static int read_post(const span *of, const PGresult *r, int row, sf_signal *s, sf_str topics[SF_MAX_TOPICS])
{
    sf_signal_init(s, sizeof *s);
    s->platform = sf_platform_from_name(sf_pg_text(r, row, PLATFORM));
    s->source_id = sf_pg_text(r, row, ID);
    s->kind = sf_pg_text(r, row, KIND).ptr[0] == 'c' ? SF_COMMENT : SF_POST;
    s->author = sf_pg_text(r, row, AUTHOR);
    s->sentiment.compound = sf_pg_number(r, row, COMPOUND);
    s->sentiment_cover = sf_pg_number(r, row, COVER);
    s->ts_ms = sf_pg_time(r, row, TS);
    s->topics = topics;
    return sf_db_read_strings(of->memory, sf_pg_text(r, row, TOPICS), topics, SF_MAX_TOPICS, &s->n_topics);
}

static int same_text(const PGresult *r, int a, int b, int column)
{
    int n = PQgetlength(r, a, column);
    return n == PQgetlength(r, b, column) && memcmp(PQgetvalue(r, a, column), PQgetvalue(r, b, column), (size_t)n) == 0;
}

/* Rows of one post follow each other. */
static int begins_post(const PGresult *r, int row)
{
    return row == 0 || !same_text(r, row, row - 1, ID) || !same_text(r, row, row - 1, PLATFORM);
}

/* ---- the score before --------------------------------------------------------------------------------------------- */

/* Could there be an earlier score than that of the post's first look here? */
static int has_before(const span *s, const PGresult *r, int row)
{
    return begins_post(r, row) && sf_pg_time(r, row, FIRST_SEEN) < s->from_ms;
}

/* One answer for each row that has_before(), in their order. NULL: there is no such row. */
static int ask_before(const span *s, const PGresult *looks, PGresult **out, sf_error *err)
{
    sf_pg_arrays a;
    int64_t first_ms = s->from_ms;
    sf_pg_arrays_open(&a, "ttmmm");
    for (int row = 0; row < PQntuples(looks); row++) {
        if (has_before(s, looks, row)) {
            int64_t seen = sf_pg_time(looks, row, FIRST_SEEN);
            first_ms = seen < first_ms ? seen : first_ms;
            sf_pg_put_text(&a, sf_pg_text(looks, row, PLATFORM));
            sf_pg_put_text(&a, sf_pg_text(looks, row, ID));
            sf_pg_put_time(&a, seen);
            sf_pg_end_row(&a);
        }
    }
    a.at = 3; /* of these two there is one */
    sf_pg_put_time(&a, first_ms);
    sf_pg_put_time(&a, s->from_ms);
    int r = sf_pg_execute_arrays(s->pg, before_sql, &a, out, NULL, err);
    sf_pg_arrays_close(&a);
    return r;
}

static int give_looks(const span *of, const PGresult *looks, const PGresult *before)
{
    double score = NAN;
    int r = SF_OK, asked = 0;
    for (int row = 0; row < PQntuples(looks) && r == SF_OK; row++) {
        sf_str topics[SF_MAX_TOPICS];
        sf_signal s;
        if (begins_post(looks, row)) {
            score = has_before(of, looks, row) ? sf_pg_number(before, asked++, 0) : NAN;
        }
        r = read_post(of, looks, row, &s, topics);
        s.observed_ms = sf_pg_time(looks, row, OBSERVED);
        s.raw_score = sf_pg_number(looks, row, SCORE);
        s.velocity = sf_pg_number(looks, row, VELOCITY);
        s.previous_score = isnan(s.raw_score) ? NAN : score;
        score = isnan(s.raw_score) ? score : s.raw_score;
        r = r == SF_OK && s.n_topics > 0 ? of->take(of->payload, &s, sf_pg_time(looks, row, FIRST_SEEN)) : r;
    }
    return r;
}

/* ---- the ways in -------------------------------------------------------------------------------------------------- */

static int end(int taken, sf_error *err)
{
    return taken == SF_OK || taken == SF_EEND ? SF_OK : sf_fail(err, taken, "%s", sf_strerror(taken));
}

static int read_created(const span *of, sf_error *err)
{
    PGresult *posts;
    int r = ask_span(of, created_sql, &posts, err);
    if (r != SF_OK) {
        return r;
    }
    for (int row = 0; row < PQntuples(posts) && r == SF_OK; row++) {
        sf_str topics[SF_MAX_TOPICS];
        sf_signal s;
        r = read_post(of, posts, row, &s, topics);
        s.observed_ms = sf_pg_time(posts, row, FIRST_SEEN);
        r = r == SF_OK && s.n_topics > 0 ? of->take(of->payload, &s, s.observed_ms) : r;
    }
    PQclear(posts);
    return end(r, err);
}

static int read_looks(const span *of, sf_error *err)
{
    PGresult *looks, *before = NULL;
    int r = ask_span(of, looks_sql, &looks, err);
    if (r != SF_OK) {
        return r;
    }
    r = ask_before(of, looks, &before, err);
    r = r == SF_OK ? end(give_looks(of, looks, before), err) : r;
    PQclear(before);
    PQclear(looks);
    return r;
}

static span span_of(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload)
{
    sf_postgres *s = (sf_postgres *)store;
    return (span){&s->pg, s->sql.memory, from_ms, to_ms, take, payload};
}

int sf_pg_read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload, sf_error *err)
{
    span of = span_of(store, from_ms, to_ms, take, payload);
    return read_created(&of, err);
}

int sf_pg_read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload, sf_error *err)
{
    span of = span_of(store, from_ms, to_ms, take, payload);
    int r = read_looks(&of, err);
    return r == SF_OK ? read_created(&of, err) : r;
}

int sf_pg_read_reach(sf_store *store, sf_span reach[SF_PLATFORM_COUNT], sf_error *err)
{
    static const Oid types[] = {SF_PG_TEXT};
    char platforms[32 * SF_PLATFORM_COUNT];
    write_platforms(platforms, sizeof platforms);
    const char *const values[] = {platforms};
    const int lengths[] = {(int)strlen(platforms)};
    sf_pg_params params = {1, types, values, lengths};
    PGresult *rows;
    sf_pg *pg = &((sf_postgres *)store)->pg;
    int r = pg->in_transaction || pg->locked ? SF_OK : sf_pg_ready(pg, err);
    r = r == SF_OK ? sf_pg_execute(pg, reach_sql, &params, &rows, err) : r;
    if (r != SF_OK) {
        return r;
    }
    for (int row = 0; row < PQntuples(rows); row++) {
        reach[sf_platform_from_name(sf_pg_text(rows, row, 0))] =
            (sf_span){sf_pg_time(rows, row, 1), sf_pg_time(rows, row, 2)};
    }
    PQclear(rows);
    sf_reach_of_all(reach);
    return SF_OK;
}
