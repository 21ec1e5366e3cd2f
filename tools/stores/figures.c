/* SPDX-License-Identifier: MIT */
/* What sf-aggregate keeps in a store: buckets, totals, events, trends. */
#include <stdio.h>

#include "aggregate.h"

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static const char buckets_sql[] =
    "SELECT bucket, topic, platform, count, authors, active, avg_score, avg_sentiment, n_scored,"
    " avg_velocity, score_gain, first_at FROM topic_timeseries WHERE bucket >= ?1 AND bucket < ?2";
static const char window_counts_sql[] = "SELECT bucket, topic, platform, count, authors, first_at FROM topic_timeseries"
                                        " WHERE bucket >= ?1 AND bucket < ?2 AND count > 0 ORDER BY bucket, topic";
static const char counts_sql[] = "SELECT bucket, platform, count, authors, first_at FROM topic_timeseries"
                                 " WHERE topic = ?1 AND bucket >= ?2 AND bucket < ?3 AND count > 0 ORDER BY bucket";
static const char first_sql[] =
    "SELECT bucket, platform, count, authors, first_at FROM topic_timeseries"
    " WHERE topic = ?1 AND bucket >= ?2 AND bucket < ?3 AND platform = ?4 AND count > 0 ORDER BY bucket LIMIT 1";
static const char totals_sql[] =
    "SELECT bucket, platform, count, authors, NULL FROM topic_totals WHERE bucket >= ?1 AND bucket < ?2"
    " ORDER BY bucket";
#define BUCKET_TYPES "mttwwwnnwnnm"
#define INSERT_BUCKET                                                                                                  \
    "INSERT INTO topic_timeseries (bucket, topic, platform, count, authors, active, avg_score, avg_sentiment, "        \
    "n_scored, avg_velocity, score_gain, first_at)"
static const sf_rows_sql new_bucket_sql = {BUCKET_TYPES, INSERT_BUCKET, ""};
static const sf_rows_sql put_bucket_sql = {
    BUCKET_TYPES, INSERT_BUCKET,
    " ON CONFLICT (bucket, topic, platform) DO UPDATE SET count = excluded.count, authors = excluded.authors,"
    " active = excluded.active, avg_score = excluded.avg_score, avg_sentiment = excluded.avg_sentiment,"
    " n_scored = excluded.n_scored, avg_velocity = excluded.avg_velocity, score_gain = excluded.score_gain,"
    " first_at = excluded.first_at"};
static const sf_rows_sql drop_bucket_sql = {"mtt", "DELETE FROM topic_timeseries WHERE (bucket, topic, platform) IN (",
                                            ")"};
static const sf_rows_sql put_total_sql = {
    "mtww", "INSERT INTO topic_totals (bucket, platform, count, authors)",
    " ON CONFLICT (bucket, platform) DO UPDATE SET count = excluded.count, authors = excluded.authors"};
static const sf_rows_sql drop_total_sql = {"mt", "DELETE FROM topic_totals WHERE (bucket, platform) IN (", ")"};

typedef struct bucket_taker {
    sf_take_bucket take;
    void *payload;
    sf_str topic; /* of a span */
} bucket_taker;

static int take_bucket(sf_stmt *q, void *payload)
{
    const bucket_taker *t = payload;
    sf_bucket b = {.start_ms = sf_column_whole(q, 0),
                   .topic = sf_column_text(q, 1),
                   .platform = sf_column_platform(q, 2),
                   .count = (uint32_t)sf_column_whole(q, 3),
                   .authors = (uint32_t)sf_column_whole(q, 4),
                   .active = (uint32_t)sf_column_whole(q, 5),
                   .avg_score = sf_column_number(q, 6),
                   .avg_sentiment = sf_column_number(q, 7),
                   .n_scored = (uint32_t)sf_column_whole(q, 8),
                   .avg_velocity = sf_column_number(q, 9),
                   .score_gain = sf_column_number(q, 10),
                   .first_ms = sf_column_time(q, 11)};
    return t->take(t->payload, &b);
}

/* A statement's answer to [from, to), which take_row brings to a bucket_taker. */
static int walk_time(sf_store *store, const char *sql, sf_db_row take_row, int64_t from_ms, int64_t to_ms,
                     bucket_taker *t, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), sql, &q, err);
    if (r == SF_OK) {
        sf_bind_time(q, 1, from_ms);
        sf_bind_time(q, 2, to_ms);
        r = sf_db_walk(q, take_row, t, err);
    }
    return r;
}

int sf_stored_read_buckets(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                           sf_error *err)
{
    bucket_taker t = {take, payload, {NULL, 0}};
    return walk_time(store, buckets_sql, take_bucket, from_ms, to_ms, &t, err);
}

static int take_window_count(sf_stmt *q, void *payload)
{
    const bucket_taker *t = payload;
    sf_bucket b = {.start_ms = sf_column_whole(q, 0),
                   .topic = sf_column_text(q, 1),
                   .platform = sf_column_platform(q, 2),
                   .count = (uint32_t)sf_column_whole(q, 3),
                   .authors = (uint32_t)sf_column_whole(q, 4),
                   .first_ms = sf_column_time(q, 5)};
    return t->take(t->payload, &b);
}

int sf_stored_read_counts(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                          sf_error *err)
{
    bucket_taker t = {take, payload, {NULL, 0}};
    return walk_time(store, window_counts_sql, take_window_count, from_ms, to_ms, &t, err);
}

static int take_count(sf_stmt *q, void *payload)
{
    const bucket_taker *t = payload;
    sf_bucket b = {.topic = t->topic,
                   .start_ms = sf_column_whole(q, 0),
                   .platform = sf_column_platform(q, 1),
                   .count = (uint32_t)sf_column_whole(q, 2),
                   .authors = (uint32_t)sf_column_whole(q, 3),
                   .first_ms = sf_column_time(q, 4)};
    return t->take(t->payload, &b);
}

/* One span of many. */
typedef struct count_taker {
    sf_take_count take;
    void *payload;
    size_t which, left;
} count_taker;

static int take_one_count(void *payload, const sf_bucket *b)
{
    count_taker *t = payload;
    int r = t->take(t->payload, t->which, b);
    return r == SF_OK && --t->left == 0 ? SF_EEND : r;
}

static int walk_span(sf_stmt *q, const sf_topic_span *span, sf_db_row take_row, count_taker *one, sf_error *err)
{
    bucket_taker t = {take_one_count, one, span->topic};
    sf_bind_text(q, 1, span->topic);
    sf_bind_time(q, 2, span->from_ms);
    sf_bind_time(q, 3, span->to_ms);
    return sf_db_walk(q, take_row, &t, err);
}

/* A statement's answers to span after span, each of which take_row brings to a bucket_taker. */
static int walk_spans(sf_store *store, const char *sql, sf_db_row take_row, const sf_topic_span *spans, size_t n,
                      size_t most, sf_take_count take, void *payload, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), sql, &q, err);
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        count_taker one = {take, payload, i, most > 0 ? most : SIZE_MAX};
        r = walk_span(q, &spans[i], take_row, &one, err);
    }
    return r;
}

int sf_stored_read_counts_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                             void *payload, sf_error *err)
{
    return walk_spans(store, counts_sql, take_count, spans, n, most, take, payload, err);
}

int sf_stored_read_firsts_of(sf_store *store, const sf_topic_span *spans, const uint32_t *platforms, size_t n,
                             sf_take_count take, void *payload, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), first_sql, &q, err);
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
            if ((platforms[i] >> p & 1U) != 0) {
                count_taker one = {take, payload, i, 1};
                sf_bind_name(q, 4, sf_platform_name(p));
                r = walk_span(q, &spans[i], take_count, &one, err);
            }
        }
    }
    return r;
}

/* Hands a window on and remembers where it was. */
typedef struct step_taker {
    count_taker to;
    int64_t at_ms;
} step_taker;

static int take_step(void *payload, size_t which, const sf_bucket *b)
{
    step_taker *t = payload;
    t->at_ms = b->start_ms;
    return t->to.take(t->to.payload, which, b);
}

static int walk_back(sf_stmt *q, const sf_topic_span *span, size_t which, int64_t gap_ms, sf_take_count take,
                     void *payload, sf_error *err)
{
    step_taker t = {{take, payload, which, 0}, span->to_ms};
    sf_topic_span part = *span;
    int r;
    do {
        count_taker one = {take_step, &t, which, 1};
        part.to_ms = t.at_ms;
        part.from_ms = part.to_ms - gap_ms > span->from_ms ? part.to_ms - gap_ms : span->from_ms;
        r = walk_span(q, &part, take_count, &one, err);
    } while (r == SF_OK && t.at_ms < part.to_ms);
    return r;
}

int sf_stored_read_back_of(sf_store *store, const sf_topic_span *spans, size_t n, int64_t gap_ms, sf_take_count take,
                           void *payload, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), counts_sql, &q, err);
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = walk_back(q, &spans[i], i, gap_ms, take, payload, err);
    }
    return r;
}

int sf_stored_read_totals(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                          sf_error *err)
{
    bucket_taker t = {take, payload, {"", 0}};
    return walk_time(store, totals_sql, take_count, from_ms, to_ms, &t, err);
}

int sf_stored_put_total(sf_store *store, const sf_bucket *b, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_rows(sf_db_of(store), b->count > 0 ? &put_total_sql : &drop_total_sql, &q, err);
    if (r != SF_OK) {
        return r;
    }
    sf_bind_time(q, 1, b->start_ms);
    sf_bind_name(q, 2, sf_platform_name(b->platform));
    if (b->count > 0) {
        sf_bind_whole(q, 3, b->count);
        sf_bind_whole(q, 4, b->authors);
    }
    return sf_db_put(q, err);
}

static void bind_key(sf_stmt *q, int64_t start_ms, sf_str topic)
{
    sf_bind_time(q, 1, start_ms);
    sf_bind_text(q, 2, topic);
}

int sf_stored_put_bucket(sf_store *store, const sf_bucket *b, int is_new, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_rows(sf_db_of(store), is_new ? &new_bucket_sql : &put_bucket_sql, &q, err);
    if (r != SF_OK) {
        return r;
    }
    bind_key(q, b->start_ms, b->topic);
    sf_bind_name(q, 3, sf_platform_name(b->platform));
    sf_bind_whole(q, 4, b->count);
    sf_bind_whole(q, 5, b->authors);
    sf_bind_whole(q, 6, b->active);
    sf_bind_number(q, 7, b->avg_score);
    sf_bind_number(q, 8, b->avg_sentiment);
    sf_bind_whole(q, 9, b->n_scored);
    sf_bind_number(q, 10, b->avg_velocity);
    sf_bind_number(q, 11, b->score_gain);
    sf_bind_time(q, 12, b->first_ms);
    return sf_db_put(q, err);
}

int sf_stored_drop_bucket(sf_store *store, const sf_bucket *b, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_rows(sf_db_of(store), &drop_bucket_sql, &q, err);
    if (r != SF_OK) {
        return r;
    }
    bind_key(q, b->start_ms, b->topic);
    sf_bind_name(q, 3, sf_platform_name(b->platform));
    return sf_db_put(q, err);
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

static const char events_sql[] = "SELECT bucket, topic, platforms, leader, lead_seconds, delta_score, support, "
                                 "p_value, significant, ts, delta_low, delta_high"
                                 " FROM cross_platform_events WHERE bucket >= ?1 AND bucket < ?2";
static const char event_windows_sql[] =
    "SELECT bucket FROM cross_platform_events WHERE topic = ?1 AND bucket >= ?2 AND bucket < ?3"
    " ORDER BY bucket";
static const char any_event_windows_sql[] =
    "SELECT DISTINCT bucket FROM cross_platform_events WHERE bucket >= ?1 AND bucket < ?2"
    " ORDER BY bucket LIMIT ?3";
#define EVENT_TYPES "mtjtnnwnfmnn"
#define INSERT_EVENT                                                                                                   \
    "INSERT INTO cross_platform_events (bucket, topic, platforms, leader, lead_seconds, delta_score, support, "        \
    "p_value, significant, ts, delta_low, delta_high)"
static const sf_rows_sql new_event_sql = {EVENT_TYPES, INSERT_EVENT, ""};
static const sf_rows_sql put_event_sql = {
    EVENT_TYPES, INSERT_EVENT,
    " ON CONFLICT (topic, bucket) DO UPDATE SET platforms = excluded.platforms, leader = excluded.leader,"
    " lead_seconds = excluded.lead_seconds, delta_score = excluded.delta_score, support = excluded.support,"
    " p_value = excluded.p_value, significant = excluded.significant, ts = excluded.ts,"
    " delta_low = excluded.delta_low, delta_high = excluded.delta_high"};
static const sf_rows_sql drop_event_sql = {"mt", "DELETE FROM cross_platform_events WHERE (bucket, topic) IN (", ")"};

typedef struct event_taker {
    sf_batch *memory;
    sf_take_event take;
    void *payload;
} event_taker;

static int read_platforms(sf_batch *memory, sf_str json, uint32_t *out)
{
    sf_str names[SF_PLATFORM_COUNT];
    size_t n;
    int r = sf_db_read_strings(memory, json, names, SF_PLATFORM_COUNT, &n);
    *out = 0;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        *out |= 1U << sf_platform_from_name(names[i]);
    }
    return r;
}

static int take_event(sf_stmt *q, void *payload)
{
    const event_taker *t = payload;
    sf_event e = {.start_ms = sf_column_whole(q, 0),
                  .topic = sf_column_text(q, 1),
                  .leader = sf_column_platform(q, 3),
                  .lead_seconds = sf_column_number(q, 4),
                  .delta_score = sf_column_number(q, 5),
                  .support = (uint32_t)sf_column_whole(q, 6),
                  .p_value = sf_column_number(q, 7),
                  .significant = sf_column_flag(q, 8),
                  .ts_ms = sf_column_whole(q, 9),
                  .delta_low = sf_column_number(q, 10),
                  .delta_high = sf_column_number(q, 11)};
    int r = read_platforms(t->memory, sf_column_text(q, 2), &e.platforms);
    return r == SF_OK ? t->take(t->payload, &e) : r;
}

int sf_stored_read_events(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_event take, void *payload,
                          sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), events_sql, &q, err);
    if (r == SF_OK) {
        event_taker t = {sf_db_of(store)->memory, take, payload};
        sf_bind_time(q, 1, from_ms);
        sf_bind_time(q, 2, to_ms);
        r = sf_db_walk(q, take_event, &t, err);
    }
    return r;
}

static int take_event_window(sf_stmt *q, void *payload)
{
    const event_taker *t = payload;
    sf_event e = {.start_ms = sf_column_whole(q, 0)};
    return t->take(t->payload, &e);
}

int sf_stored_read_event_windows(sf_store *store, int64_t from_ms, int64_t to_ms, size_t most, sf_take_event take,
                                 void *payload, sf_error *err)
{
    sf_stmt *q;
    event_taker t = {NULL, take, payload};
    int r = sf_db_kept(sf_db_of(store), any_event_windows_sql, &q, err);
    if (r == SF_OK) {
        sf_bind_time(q, 1, from_ms);
        sf_bind_time(q, 2, to_ms);
        sf_bind_whole(q, 3, most > 0 ? (int64_t)most : INT64_MAX);
        r = sf_db_walk(q, take_event_window, &t, err);
    }
    return r;
}

static int take_topic_window(sf_stmt *q, void *payload)
{
    const bucket_taker *t = payload;
    sf_bucket b = {.topic = t->topic, .start_ms = sf_column_whole(q, 0)};
    return t->take(t->payload, &b);
}

int sf_stored_read_event_windows_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most,
                                    sf_take_count take, void *payload, sf_error *err)
{
    return walk_spans(store, event_windows_sql, take_topic_window, spans, n, most, take, payload, err);
}

/* ["reddit","hackernews"], in the order of sf_platform. */
static void write_platforms(uint32_t platforms, char *buf, size_t cap)
{
    size_t n = 0;
    const char *before = "[";
    for (int32_t p = 0; p < SF_PLATFORM_COUNT && n < cap; p++) {
        if ((platforms >> p & 1U) != 0) {
            n += (size_t)snprintf(buf + n, cap - n, "%s\"%s\"", before, sf_platform_name(p));
            before = ",";
        }
    }
    if (n < cap) {
        snprintf(buf + n, cap - n, "]");
    }
}

int sf_stored_put_event(sf_store *store, const sf_event *e, int is_new, sf_error *err)
{
    sf_stmt *q;
    char platforms[32 * SF_PLATFORM_COUNT];
    int r = sf_db_rows(sf_db_of(store), is_new ? &new_event_sql : &put_event_sql, &q, err);
    if (r != SF_OK) {
        return r;
    }
    write_platforms(e->platforms, platforms, sizeof platforms);
    bind_key(q, e->start_ms, e->topic);
    sf_bind_name(q, 3, platforms);
    sf_bind_name(q, 4, sf_platform_name(e->leader));
    sf_bind_number(q, 5, e->lead_seconds);
    sf_bind_number(q, 6, e->delta_score);
    sf_bind_whole(q, 7, e->support);
    sf_bind_number(q, 8, e->p_value);
    sf_bind_flag(q, 9, e->significant);
    sf_bind_time(q, 10, e->ts_ms);
    sf_bind_number(q, 11, e->delta_low);
    sf_bind_number(q, 12, e->delta_high);
    return sf_db_put(q, err);
}

int sf_stored_drop_event(sf_store *store, const sf_event *e, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_rows(sf_db_of(store), &drop_event_sql, &q, err);
    if (r == SF_OK) {
        bind_key(q, e->start_ms, e->topic);
        r = sf_db_put(q, err);
    }
    return r;
}

/* ---- trends ------------------------------------------------------------------------------------------------------- */

static const char drop_trends_sql[] = "DELETE FROM topic_trends";
static const sf_rows_sql put_trend_sql = {
    "tmnwnnnnmfw",
    "INSERT INTO topic_trends (topic, as_of, now, authors, share, baseline, ratio, z, first_seen, new, place)", ""};

static int put_trend(sf_stmt *q, int64_t as_of_ms, const sf_topic_trend *t, sf_error *err)
{
    sf_bind_text(q, 1, t->topic);
    sf_bind_time(q, 2, as_of_ms);
    sf_bind_number(q, 3, t->now);
    sf_bind_whole(q, 4, t->authors);
    sf_bind_number(q, 5, t->share);
    sf_bind_number(q, 6, t->baseline);
    sf_bind_number(q, 7, t->ratio);
    sf_bind_number(q, 8, t->z);
    sf_bind_time(q, 9, t->first_seen_ms);
    sf_bind_flag(q, 10, t->is_new);
    sf_bind_whole(q, 11, t->place);
    return sf_db_put(q, err);
}

int sf_stored_replace_trends(sf_store *store, int64_t as_of_ms, const sf_topic_trend *rows, size_t n, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_run_kept(sf_db_of(store), drop_trends_sql, err);
    r = r == SF_OK ? sf_db_rows(sf_db_of(store), &put_trend_sql, &q, err) : r;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = put_trend(q, as_of_ms, &rows[i], err);
    }
    return r;
}
