/* SPDX-License-Identifier: MIT */
/* Looks at posts, as sf-aggregate asks a store for them: by window, by creation, by post. postgres_looks.c has the first two for a
 * server, where each question is a journey. */
#include <math.h>

#include "aggregate.h"
#include "common/fail.h"

/* What both ways to come by a post tell of it. */
#define POST_COLUMNS "s.kind, s.author, s.topics, s.sentiment_compound, s.sentiment_cover, s.ts, s.first_seen_at"
#define POST_COUNTS  "s.deleted_at IS NULL AND s.topics IS NOT NULL"

static const char seen_sql[] =
    "SELECT s.source_id, " POST_COLUMNS " FROM (SELECT DISTINCT source_id FROM signal_metrics_history"
    " WHERE platform = ?1 AND observed_at >= ?2 AND observed_at < ?3) h CROSS JOIN signals s"
    " ON s.platform = ?1 AND s.source_id = h.source_id WHERE " POST_COUNTS;
static const char looks_sql[] =
    "SELECT observed_at, score, velocity FROM signal_metrics_history"
    " WHERE platform = ?1 AND source_id = ?2 AND observed_at < ?3 ORDER BY observed_at DESC";
static const char created_sql[] = "SELECT s.source_id, " POST_COLUMNS " FROM signals s"
                                  " WHERE s.platform = ?1 AND s.event_at >= ?2 AND s.event_at < ?3 AND " POST_COUNTS;
#define HISTORIES(JOIN)                                                                                                \
    "SELECT h.source_id, h.observed_at, h.score, coalesce(s.ts, s.born_at), s.first_seen_at FROM signals s " JOIN      \
    " signal_metrics_history h"                                                                                        \
    " ON h.platform = s.platform AND h.source_id = s.source_id AND h.observed_at <= ?3"                                \
    " WHERE s.platform = ?1 AND s.observed_at >= ?2 AND EXISTS (SELECT 1 FROM signal_metrics_history o"                \
    " WHERE o.platform = s.platform AND o.source_id = s.source_id AND o.observed_at BETWEEN ?2 AND ?3)"                \
    " ORDER BY s.source_id, h.observed_at"
static const char histories_sql[] = HISTORIES("CROSS JOIN"); /* in this order */
static const char histories_at_once_sql[] = HISTORIES("JOIN");

typedef struct seen_taker {
    sf_batch *memory;
    int32_t platform;
    sf_take_seen take;
    void *payload;
    sf_stmt *looks;  /* bound to the platform and the end of the span */
    int64_t from_ms; /* its start */
} seen_taker;

/* What is known of a post beside its looks. */
static int read_post(sf_stmt *q, const seen_taker *t, sf_signal *s, sf_str topics[SF_MAX_TOPICS])
{
    sf_signal_init(s, sizeof *s);
    s->platform = t->platform;
    s->source_id = sf_column_text(q, 0);
    s->kind = sf_column_text(q, 1).ptr[0] == 'c' ? SF_COMMENT : SF_POST;
    s->author = sf_column_text(q, 2);
    s->sentiment.compound = sf_column_number(q, 4);
    s->sentiment_cover = sf_column_number(q, 5);
    s->ts_ms = sf_column_time(q, 6);
    s->topics = topics;
    return sf_db_read_strings(t->memory, sf_column_text(q, 3), topics, SF_MAX_TOPICS, &s->n_topics);
}

static int take_created(sf_stmt *q, void *payload)
{
    const seen_taker *t = payload;
    sf_str topics[SF_MAX_TOPICS];
    sf_signal s;
    int r = read_post(q, t, &s, topics);
    s.observed_ms = sf_column_time(q, 7);
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
    sf_bind_text(t->looks, 2, s->source_id);
    while (r == SF_OK && (step = sf_db_step(t->looks, NULL)) == 1) {
        s->observed_ms = sf_column_time(t->looks, 0);
        s->raw_score = sf_column_number(t->looks, 1);
        s->velocity = sf_column_number(t->looks, 2);
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
    sf_db_reset(t->looks);
    r = r == SF_OK && step < 0 ? step : r;
    return r == SF_OK && holds ? give_look(t, &held, first_seen_ms, NAN) : r;
}

static int take_seen(sf_stmt *q, void *payload)
{
    const seen_taker *t = payload;
    sf_str topics[SF_MAX_TOPICS];
    sf_signal s;
    int r = read_post(q, t, &s, topics);
    return r == SF_OK && s.n_topics > 0 ? take_looks(t, &s, sf_column_time(q, 7)) : r;
}

/* Asks one question about looks of each platform. */
static int ask_looks(sf_store *store, const char *sql, int64_t from_ms, int64_t to_ms, sf_db_row take_one,
                     seen_taker *t, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), sql, &q, err);
    if (r == SF_OK && take_one == take_seen) {
        r = sf_db_kept(sf_db_of(store), looks_sql, &t->looks, err);
    }
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        t->memory = sf_db_of(store)->memory;
        t->platform = p;
        t->from_ms = from_ms;
        sf_bind_name(q, 1, sf_platform_name(p));
        sf_bind_time(q, 2, from_ms);
        sf_bind_time(q, 3, to_ms);
        if (t->looks != NULL) {
            sf_bind_name(t->looks, 1, sf_platform_name(p));
            sf_bind_time(t->looks, 3, to_ms);
        }
        r = sf_db_walk(q, take_one, t, err);
    }
    return r;
}

int sf_stored_read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                           sf_error *err)
{
    seen_taker t = {.take = take, .payload = payload};
    return ask_looks(store, created_sql, from_ms, to_ms, take_created, &t, err);
}

int sf_stored_read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                           sf_error *err)
{
    seen_taker t = {.take = take, .payload = payload};
    int r = ask_looks(store, seen_sql, from_ms, to_ms, take_seen, &t, err);
    return r == SF_OK ? sf_stored_read_created(store, from_ms, to_ms, take, payload, err) : r;
}

static int take_history(sf_stmt *q, void *payload)
{
    const seen_taker *t = payload;
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = t->platform;
    s.source_id = sf_column_text(q, 0);
    s.observed_ms = sf_column_time(q, 1);
    s.raw_score = sf_column_number(q, 2);
    s.ts_ms = sf_column_time(q, 3);
    return t->take(t->payload, &s, sf_column_time(q, 4));
}

int sf_stored_read_histories(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                             sf_error *err)
{
    seen_taker t = {.take = take, .payload = payload};
    return ask_looks(store, sf_db_of(store)->ops->is_server ? histories_at_once_sql : histories_sql, from_ms, to_ms,
                     take_history, &t, err);
}
