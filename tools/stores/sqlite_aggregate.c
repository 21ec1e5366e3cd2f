/* SPDX-License-Identifier: MIT */
/* sf-aggregate's questions to a SQLite store: marks, looks, rows, counts. Retention is in sqlite_retain.c. */
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

enum {
    BEGIN_READ,
    BEGIN_WRITE,
    COMMIT,
    ROLLBACK,
    MARKS,
    FIRST,
    NEWEST,
    SEEN,
    LOOKS,
    CREATED,
    HISTORIES,
    BUCKETS,
    EVENTS,
    COUNTS,
    TOTALS,
    EVENT_WINDOWS,
    ANY_EVENT_WINDOWS,
    PUT_BUCKET,
    DROP_BUCKET,
    PUT_EVENT,
    DROP_EVENT,
    PUT_TOTAL,
    DROP_TOTAL,
    DROP_TRENDS,
    PUT_TREND,
    MARK,
    UNMARK,
    READ_STATE,
    SAVE_STATE,
    FORGET_STATE,
    N_STATEMENTS
};

/* What both ways to come by a post tell of it. */
#define POST_COLUMNS "s.kind, s.author, s.topics, s.sentiment_compound, s.sentiment_cover, s.ts, s.first_seen_at"
#define POST_COUNTS  "s.deleted_at IS NULL AND s.topics IS NOT NULL"

static const char *const statements[N_STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [MARKS] = "SELECT bucket, id FROM dirty_buckets ORDER BY bucket, id",
    [FIRST] = "SELECT min(observed_at) FROM signal_metrics_history WHERE platform = ?1",
    [NEWEST] = "SELECT max(observed_at) FROM signal_metrics_history WHERE platform = ?1",
    [SEEN] = "SELECT s.source_id, " POST_COLUMNS " FROM (SELECT DISTINCT source_id FROM signal_metrics_history"
             " WHERE platform = ?1 AND observed_at >= ?2 AND observed_at < ?3) h CROSS JOIN signals s"
             " ON s.platform = ?1 AND s.source_id = h.source_id WHERE " POST_COUNTS,
    [LOOKS] = "SELECT observed_at, score, velocity FROM signal_metrics_history"
              " WHERE platform = ?1 AND source_id = ?2 AND observed_at < ?3 ORDER BY observed_at DESC",
    [CREATED] = "SELECT s.source_id, " POST_COLUMNS " FROM signals s"
                " WHERE s.platform = ?1 AND s.event_at >= ?2 AND s.event_at < ?3 AND " POST_COUNTS,
    [HISTORIES] = "SELECT h.source_id, h.observed_at, h.score, coalesce(s.ts, s.born_at), s.first_seen_at"
                  " FROM signals s CROSS JOIN signal_metrics_history h"
                  " ON h.platform = s.platform AND h.source_id = s.source_id AND h.observed_at <= ?3"
                  " WHERE s.platform = ?1 AND s.observed_at >= ?2 AND EXISTS (SELECT 1 FROM signal_metrics_history o"
                  " WHERE o.platform = s.platform AND o.source_id = s.source_id AND o.observed_at BETWEEN ?2 AND ?3)"
                  " ORDER BY s.source_id, h.observed_at",
    [BUCKETS] = "SELECT bucket, topic, platform, count, authors, active, avg_score, avg_sentiment, n_scored,"
                " avg_velocity, score_gain, first_at FROM topic_timeseries WHERE bucket >= ?1 AND bucket < ?2",
    [EVENTS] = "SELECT bucket, topic, platforms, leader, lead_seconds, delta_score, support, p_value, significant, ts"
               " FROM cross_platform_events WHERE bucket >= ?1 AND bucket < ?2",
    [COUNTS] = "SELECT bucket, platform, count, authors, first_at FROM topic_timeseries"
               " WHERE topic = ?1 AND bucket >= ?2 AND bucket < ?3 AND count > 0 ORDER BY bucket",
    [TOTALS] = "SELECT bucket, platform, count, authors, NULL FROM topic_totals WHERE bucket >= ?2 AND bucket < ?3"
               " ORDER BY bucket",
    [EVENT_WINDOWS] = "SELECT bucket FROM cross_platform_events WHERE topic = ?1 AND bucket >= ?2 AND bucket < ?3"
                      " ORDER BY bucket",
    [ANY_EVENT_WINDOWS] = "SELECT DISTINCT bucket FROM cross_platform_events WHERE bucket >= ?2 AND bucket < ?3"
                          " ORDER BY bucket",
    [PUT_BUCKET] = "INSERT INTO topic_timeseries (bucket, topic, platform, count, authors, active, avg_score,"
                   " avg_sentiment, n_scored, avg_velocity, score_gain, first_at)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
                   " ON CONFLICT (bucket, topic, platform) DO UPDATE SET count = ?4, authors = ?5, active = ?6,"
                   " avg_score = ?7, avg_sentiment = ?8, n_scored = ?9, avg_velocity = ?10, score_gain = ?11,"
                   " first_at = ?12",
    [DROP_BUCKET] = "DELETE FROM topic_timeseries WHERE bucket = ?1 AND topic = ?2 AND platform = ?3",
    [PUT_EVENT] = "INSERT INTO cross_platform_events (bucket, topic, platforms, leader, lead_seconds, delta_score,"
                  " support, p_value, significant, ts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                  " ON CONFLICT (topic, bucket) DO UPDATE SET platforms = ?3, leader = ?4, lead_seconds = ?5,"
                  " delta_score = ?6, support = ?7, p_value = ?8, significant = ?9, ts = ?10",
    [DROP_EVENT] = "DELETE FROM cross_platform_events WHERE bucket = ?1 AND topic = ?2",
    [PUT_TOTAL] = "INSERT INTO topic_totals (bucket, platform, count, authors) VALUES (?1, ?2, ?3, ?4)"
                  " ON CONFLICT (bucket, platform) DO UPDATE SET count = ?3, authors = ?4",
    [DROP_TOTAL] = "DELETE FROM topic_totals WHERE bucket = ?1 AND platform = ?2",
    [DROP_TRENDS] = "DELETE FROM topic_trends",
    [PUT_TREND] =
        "INSERT INTO topic_trends (topic, as_of, now, authors, share, baseline, ratio, z, first_seen, new, place)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    [MARK] = "INSERT INTO dirty_buckets (bucket) VALUES (?1)",
    [UNMARK] = "DELETE FROM dirty_buckets WHERE id = ?1",
    [READ_STATE] = "SELECT CAST(value AS INTEGER) FROM store_state WHERE name = ?1",
    [SAVE_STATE] = "INSERT INTO store_state (name, value) VALUES (?1, ?2)"
                   " ON CONFLICT (name) DO UPDATE SET value = ?2",
    [FORGET_STATE] = "DELETE FROM store_state WHERE name = ?1",
};

struct sf_sqlite_aggregate {
    sqlite3_stmt *made[N_STATEMENTS];
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
    for (size_t i = 0; i < N_STATEMENTS; i++) {
        (void)sqlite3_finalize(a->made[i]);
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

static int statement(sf_store *store, size_t which, sqlite3_stmt **out, sf_error *err)
{
    sf_sqlite_aggregate *a = NULL;
    int r = parts_of(store, &a, err);
    if (r == SF_OK && a->made[which] == NULL) {
        r = sf_sqlite_prepare(sqlite_of(store)->db, statements[which], &a->made[which], err);
    }
    *out = r == SF_OK ? a->made[which] : NULL;
    return r;
}

/* Runs a statement that gives no rows. */
static int run(sf_store *store, size_t which, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, which, &q, err);
    return r == SF_OK ? sf_sqlite_step(q, err) : r;
}

/* Takes what a row says, with whom it was asked for. As the takers. */
typedef int (*take_row)(sqlite3_stmt *q, void *payload);

/* Hands each row of a bound statement on, until that says that it is enough. */
static int walk(sqlite3_stmt *q, take_row take, void *payload, sf_error *err)
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

static void bind_name(sqlite3_stmt *q, int i, const char *name)
{
    sf_sqlite_bind_text(q, i, sf_cstr(name));
}

static int32_t platform_at(sqlite3_stmt *q, int i)
{
    return sf_platform_from_name(sf_sqlite_text(q, i));
}

/* ---- lock and transactions ---------------------------------------------------------------------------------------- */

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
    return run(store, use == SF_STORE_WRITE ? BEGIN_WRITE : BEGIN_READ, err);
}

static int commit(sf_store *store, sf_error *err)
{
    return run(store, COMMIT, err);
}

static void rollback(sf_store *store)
{
    if (!sqlite3_get_autocommit(sqlite_of(store)->db)) {
        (void)run(store, ROLLBACK, NULL);
    }
}

/* ---- marks and figures -------------------------------------------------------------------------------------------- */

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
    int r = statement(store, MARKS, &q, err);
    return r == SF_OK ? walk(q, take_mark, &t, err) : r;
}

static int mark(sf_store *store, int64_t start_ms, int64_t *id, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, MARK, &q, err);
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
    int r = statement(store, UNMARK, &q, err);
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
    int r = statement(store, FIRST, &q, err);
    if (r == SF_OK) {
        bind_name(q, 1, sf_platform_name(platform));
        r = ask_time(q, first_ms, err);
    }
    return r;
}

static int read_newest(sf_store *store, int64_t *newest_ms, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, NEWEST, &q, err);
    *newest_ms = SF_NO_TIME;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        int64_t t;
        bind_name(q, 1, sf_platform_name(p));
        r = ask_time(q, &t, err);
        *newest_ms = r == SF_OK && t > *newest_ms ? t : *newest_ms;
    }
    return r;
}

static int read_state(sf_store *store, const char *name, int64_t *value, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, READ_STATE, &q, err);
    if (r == SF_OK) {
        bind_name(q, 1, name);
        r = ask_time(q, value, err);
    }
    return r;
}

static int save_state(sf_store *store, const char *name, int64_t value, sf_error *err)
{
    sqlite3_stmt *q;
    char text[32];
    int known = value != SF_NO_TIME;
    int r = statement(store, known ? SAVE_STATE : FORGET_STATE, &q, err);
    if (r == SF_OK) {
        snprintf(text, sizeof text, "%lld", (long long)value);
        bind_name(q, 1, name);
        if (known) {
            bind_name(q, 2, text);
        }
        r = sf_sqlite_step(q, err);
    }
    return r;
}

/* ---- looks -------------------------------------------------------------------------------------------------------- */

/* A list of strings as JSON; what is none has none. They live in the arena, which is emptied first. */
static int read_strings(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n)
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

typedef struct seen_taker {
    sf_batch *memory;
    int32_t platform;
    sf_take_seen take;
    void *payload;
    sqlite3_stmt *looks; /* bound to the platform and the end of the span */
    int64_t from_ms;     /* its start */
} seen_taker;

/* What is known of a post beside its looks. */
static int read_post(sqlite3_stmt *q, const seen_taker *t, sf_signal *s, sf_str topics[SF_MAX_TOPICS])
{
    sf_signal_init(s, sizeof *s);
    s->platform = t->platform;
    s->source_id = sf_sqlite_text(q, 0);
    s->kind = sf_sqlite_text(q, 1).ptr[0] == 'c' ? SF_COMMENT : SF_POST;
    s->author = sf_sqlite_text(q, 2);
    s->sentiment.compound = sf_sqlite_number(q, 4);
    s->sentiment_cover = sf_sqlite_number(q, 5);
    s->ts_ms = sf_sqlite_time(q, 6);
    s->topics = topics;
    return read_strings(t->memory, sf_sqlite_text(q, 3), topics, SF_MAX_TOPICS, &s->n_topics);
}

static int take_created(sqlite3_stmt *q, void *payload)
{
    const seen_taker *t = payload;
    sf_str topics[SF_MAX_TOPICS];
    sf_signal s;
    int r = read_post(q, t, &s, topics);
    s.observed_ms = sf_sqlite_time(q, 7);
    return r == SF_OK && s.n_topics > 0 ? t->take(t->payload, &s, s.observed_ms) : r;
}

static int give_look(const seen_taker *t, sf_signal *s, int64_t first_seen_ms, double before)
{
    s->previous_score = before;
    return t->take(t->payload, s, first_seen_ms);
}

/* A post's looks of the span, latest first; one with a score is held until the score before is known. */
static int take_looks(const seen_taker *t, sf_signal *s, int64_t first_seen_ms)
{
    sf_signal held = *s;
    int r = SF_OK, step = 0, holds = 0;
    sf_sqlite_bind_text(t->looks, 2, s->source_id);
    while (r == SF_OK && (step = sf_sqlite_step(t->looks, NULL)) == 1) {
        s->observed_ms = sf_sqlite_time(t->looks, 0);
        s->raw_score = sf_sqlite_number(t->looks, 1);
        s->velocity = sf_sqlite_number(t->looks, 2);
        int inside = s->observed_ms >= t->from_ms;
        if (isnan(s->raw_score)) {
            r = inside ? give_look(t, s, first_seen_ms, NAN) : SF_OK;
        } else {
            r = holds ? give_look(t, &held, first_seen_ms, s->raw_score) : SF_OK;
            held = *s;
            holds = inside;
        }
        if (!inside && !holds) {
            break;
        }
    }
    (void)sqlite3_reset(t->looks);
    r = r == SF_OK && step < 0 ? step : r;
    return r == SF_OK && holds ? give_look(t, &held, first_seen_ms, NAN) : r;
}

static int take_seen(sqlite3_stmt *q, void *payload)
{
    const seen_taker *t = payload;
    sf_str topics[SF_MAX_TOPICS];
    sf_signal s;
    int r = read_post(q, t, &s, topics);
    return r == SF_OK && s.n_topics > 0 ? take_looks(t, &s, sf_sqlite_time(q, 7)) : r;
}

/* Asks one question about looks of each platform. */
static int ask_looks(sf_store *store, size_t which, int64_t from_ms, int64_t to_ms, take_row take_one, seen_taker *t,
                     sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, which, &q, err);
    r = r == SF_OK ? statement(store, LOOKS, &t->looks, err) : r;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        t->memory = sqlite_of(store)->aggregate->memory;
        t->platform = p;
        t->from_ms = from_ms;
        bind_name(q, 1, sf_platform_name(p));
        sf_sqlite_bind_time(q, 2, from_ms);
        sf_sqlite_bind_time(q, 3, to_ms);
        bind_name(t->looks, 1, sf_platform_name(p));
        sf_sqlite_bind_time(t->looks, 3, to_ms);
        r = walk(q, take_one, t, err);
    }
    return r;
}

static int read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                        sf_error *err)
{
    seen_taker t = {.take = take, .payload = payload};
    return ask_looks(store, CREATED, from_ms, to_ms, take_created, &t, err);
}

static int read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                        sf_error *err)
{
    seen_taker t = {.take = take, .payload = payload};
    int r = ask_looks(store, SEEN, from_ms, to_ms, take_seen, &t, err);
    return r == SF_OK ? read_created(store, from_ms, to_ms, take, payload, err) : r;
}

static int take_history(sqlite3_stmt *q, void *payload)
{
    const seen_taker *t = payload;
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = t->platform;
    s.source_id = sf_sqlite_text(q, 0);
    s.observed_ms = sf_sqlite_time(q, 1);
    s.raw_score = sf_sqlite_number(q, 2);
    s.ts_ms = sf_sqlite_time(q, 3);
    return t->take(t->payload, &s, sf_sqlite_time(q, 4));
}

static int read_histories(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                          sf_error *err)
{
    seen_taker t = {.take = take, .payload = payload};
    return ask_looks(store, HISTORIES, from_ms, to_ms, take_history, &t, err);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

typedef struct bucket_taker {
    sf_take_bucket take;
    void *payload;
    sf_str topic; /* of read_counts() */
} bucket_taker;

static int take_bucket(sqlite3_stmt *q, void *payload)
{
    const bucket_taker *t = payload;
    sf_bucket b = {.start_ms = sqlite3_column_int64(q, 0),
                   .topic = sf_sqlite_text(q, 1),
                   .platform = platform_at(q, 2),
                   .count = (uint32_t)sqlite3_column_int64(q, 3),
                   .authors = (uint32_t)sqlite3_column_int64(q, 4),
                   .active = (uint32_t)sqlite3_column_int64(q, 5),
                   .avg_score = sf_sqlite_number(q, 6),
                   .avg_sentiment = sf_sqlite_number(q, 7),
                   .n_scored = (uint32_t)sqlite3_column_int64(q, 8),
                   .avg_velocity = sf_sqlite_number(q, 9),
                   .score_gain = sf_sqlite_number(q, 10),
                   .first_ms = sf_sqlite_time(q, 11)};
    return t->take(t->payload, &b);
}

static int read_buckets(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                        sf_error *err)
{
    sqlite3_stmt *q;
    bucket_taker t = {take, payload, {NULL, 0}};
    int r = statement(store, BUCKETS, &q, err);
    if (r == SF_OK) {
        sf_sqlite_bind_time(q, 1, from_ms);
        sf_sqlite_bind_time(q, 2, to_ms);
        r = walk(q, take_bucket, &t, err);
    }
    return r;
}

static int take_count(sqlite3_stmt *q, void *payload)
{
    const bucket_taker *t = payload;
    sf_bucket b = {.topic = t->topic,
                   .start_ms = sqlite3_column_int64(q, 0),
                   .platform = platform_at(q, 1),
                   .count = (uint32_t)sqlite3_column_int64(q, 2),
                   .authors = (uint32_t)sqlite3_column_int64(q, 3),
                   .first_ms = sf_sqlite_time(q, 4)};
    return t->take(t->payload, &b);
}

static int read_counts(sf_store *store, sf_str topic, int64_t from_ms, int64_t to_ms, sf_take_bucket take,
                       void *payload, sf_error *err)
{
    sqlite3_stmt *q;
    bucket_taker t = {take, payload, topic};
    int r = statement(store, COUNTS, &q, err);
    if (r == SF_OK) {
        sf_sqlite_bind_text(q, 1, topic);
        sf_sqlite_bind_time(q, 2, from_ms);
        sf_sqlite_bind_time(q, 3, to_ms);
        r = walk(q, take_count, &t, err);
    }
    return r;
}

static int read_totals(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                       sf_error *err)
{
    sqlite3_stmt *q;
    bucket_taker t = {take, payload, {"", 0}};
    int r = statement(store, TOTALS, &q, err);
    if (r == SF_OK) {
        sf_sqlite_bind_time(q, 2, from_ms);
        sf_sqlite_bind_time(q, 3, to_ms);
        r = walk(q, take_count, &t, err);
    }
    return r;
}

static int put_total(sf_store *store, const sf_bucket *b, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, b->count > 0 ? PUT_TOTAL : DROP_TOTAL, &q, err);
    if (r != SF_OK) {
        return r;
    }
    sf_sqlite_bind_time(q, 1, b->start_ms);
    bind_name(q, 2, sf_platform_name(b->platform));
    if (b->count > 0) {
        (void)sqlite3_bind_int64(q, 3, b->count);
        (void)sqlite3_bind_int64(q, 4, b->authors);
    }
    return sf_sqlite_step(q, err);
}

static void bind_key(sqlite3_stmt *q, int64_t start_ms, sf_str topic)
{
    sf_sqlite_bind_time(q, 1, start_ms);
    sf_sqlite_bind_text(q, 2, topic);
}

static int put_bucket(sf_store *store, const sf_bucket *b, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, PUT_BUCKET, &q, err);
    if (r != SF_OK) {
        return r;
    }
    bind_key(q, b->start_ms, b->topic);
    bind_name(q, 3, sf_platform_name(b->platform));
    (void)sqlite3_bind_int64(q, 4, b->count);
    (void)sqlite3_bind_int64(q, 5, b->authors);
    (void)sqlite3_bind_int64(q, 6, b->active);
    sf_sqlite_bind_number(q, 7, b->avg_score);
    sf_sqlite_bind_number(q, 8, b->avg_sentiment);
    (void)sqlite3_bind_int64(q, 9, b->n_scored);
    sf_sqlite_bind_number(q, 10, b->avg_velocity);
    sf_sqlite_bind_number(q, 11, b->score_gain);
    sf_sqlite_bind_time(q, 12, b->first_ms);
    return sf_sqlite_step(q, err);
}

static int drop_bucket(sf_store *store, const sf_bucket *b, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, DROP_BUCKET, &q, err);
    if (r != SF_OK) {
        return r;
    }
    bind_key(q, b->start_ms, b->topic);
    bind_name(q, 3, sf_platform_name(b->platform));
    return sf_sqlite_step(q, err);
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

typedef struct event_taker {
    sf_batch *memory;
    sf_take_event take;
    void *payload;
    sf_str topic; /* of read_event_windows() */
} event_taker;

static int read_platforms(sf_batch *memory, sf_str json, uint32_t *out)
{
    sf_str names[SF_PLATFORM_COUNT];
    size_t n;
    int r = read_strings(memory, json, names, SF_PLATFORM_COUNT, &n);
    *out = 0;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        *out |= 1U << sf_platform_from_name(names[i]);
    }
    return r;
}

static int take_event(sqlite3_stmt *q, void *payload)
{
    const event_taker *t = payload;
    sf_event e = {.start_ms = sqlite3_column_int64(q, 0),
                  .topic = sf_sqlite_text(q, 1),
                  .leader = platform_at(q, 3),
                  .lead_seconds = sf_sqlite_number(q, 4),
                  .delta_score = sf_sqlite_number(q, 5),
                  .support = (uint32_t)sqlite3_column_int64(q, 6),
                  .p_value = sf_sqlite_number(q, 7),
                  .significant = sqlite3_column_type(q, 8) == SQLITE_NULL ? -1 : sqlite3_column_int(q, 8),
                  .ts_ms = sqlite3_column_int64(q, 9)};
    int r = read_platforms(t->memory, sf_sqlite_text(q, 2), &e.platforms);
    return r == SF_OK ? t->take(t->payload, &e) : r;
}

static int read_events(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_event take, void *payload,
                       sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, EVENTS, &q, err);
    if (r == SF_OK) {
        event_taker t = {sqlite_of(store)->aggregate->memory, take, payload, {NULL, 0}};
        sf_sqlite_bind_time(q, 1, from_ms);
        sf_sqlite_bind_time(q, 2, to_ms);
        r = walk(q, take_event, &t, err);
    }
    return r;
}

static int take_event_window(sqlite3_stmt *q, void *payload)
{
    const event_taker *t = payload;
    sf_event e = {.topic = t->topic, .start_ms = sqlite3_column_int64(q, 0)};
    return t->take(t->payload, &e);
}

static int read_event_windows(sf_store *store, sf_str topic, int64_t from_ms, int64_t to_ms, sf_take_event take,
                              void *payload, sf_error *err)
{
    sqlite3_stmt *q;
    event_taker t = {NULL, take, payload, topic};
    int r = statement(store, topic.len > 0 ? EVENT_WINDOWS : ANY_EVENT_WINDOWS, &q, err);
    if (r == SF_OK) {
        if (topic.len > 0) {
            sf_sqlite_bind_text(q, 1, topic);
        }
        sf_sqlite_bind_time(q, 2, from_ms);
        sf_sqlite_bind_time(q, 3, to_ms);
        r = walk(q, take_event_window, &t, err);
    }
    return r;
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

static int put_event(sf_store *store, const sf_event *e, sf_error *err)
{
    sqlite3_stmt *q;
    char platforms[32 * SF_PLATFORM_COUNT];
    int r = statement(store, PUT_EVENT, &q, err);
    if (r != SF_OK) {
        return r;
    }
    write_platforms(e->platforms, platforms, sizeof platforms);
    bind_key(q, e->start_ms, e->topic);
    bind_name(q, 3, platforms);
    bind_name(q, 4, sf_platform_name(e->leader));
    sf_sqlite_bind_number(q, 5, e->lead_seconds);
    sf_sqlite_bind_number(q, 6, e->delta_score);
    (void)sqlite3_bind_int64(q, 7, e->support);
    sf_sqlite_bind_number(q, 8, e->p_value);
    (void)(e->significant < 0 ? sqlite3_bind_null(q, 9) : sqlite3_bind_int(q, 9, e->significant));
    sf_sqlite_bind_time(q, 10, e->ts_ms);
    return sf_sqlite_step(q, err);
}

static int drop_event(sf_store *store, const sf_event *e, sf_error *err)
{
    sqlite3_stmt *q;
    int r = statement(store, DROP_EVENT, &q, err);
    if (r == SF_OK) {
        bind_key(q, e->start_ms, e->topic);
        r = sf_sqlite_step(q, err);
    }
    return r;
}

/* ---- trends ------------------------------------------------------------------------------------------------------- */

static int put_trend(sqlite3_stmt *q, int64_t as_of_ms, const sf_topic_trend *t, sf_error *err)
{
    sf_sqlite_bind_text(q, 1, t->topic);
    sf_sqlite_bind_time(q, 2, as_of_ms);
    sf_sqlite_bind_number(q, 3, t->now);
    (void)sqlite3_bind_int64(q, 4, t->authors);
    sf_sqlite_bind_number(q, 5, t->share);
    sf_sqlite_bind_number(q, 6, t->baseline);
    sf_sqlite_bind_number(q, 7, t->ratio);
    sf_sqlite_bind_number(q, 8, t->z);
    sf_sqlite_bind_time(q, 9, t->first_seen_ms);
    (void)sqlite3_bind_int(q, 10, t->is_new);
    (void)sqlite3_bind_int64(q, 11, t->place);
    return sf_sqlite_step(q, err);
}

static int replace_trends(sf_store *store, int64_t as_of_ms, const sf_topic_trend *rows, size_t n, sf_error *err)
{
    sqlite3_stmt *q;
    int r = run(store, DROP_TRENDS, err);
    r = r == SF_OK ? statement(store, PUT_TREND, &q, err) : r;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = put_trend(q, as_of_ms, &rows[i], err);
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
    .read_windows = read_windows,
    .read_created = read_created,
    .read_histories = read_histories,
    .read_buckets = read_buckets,
    .read_events = read_events,
    .read_counts = read_counts,
    .read_totals = read_totals,
    .read_event_windows = read_event_windows,
    .put_bucket = put_bucket,
    .drop_bucket = drop_bucket,
    .put_event = put_event,
    .drop_event = drop_event,
    .put_total = put_total,
    .replace_trends = replace_trends,
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
