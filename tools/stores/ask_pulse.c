/* SPDX-License-Identifier: MIT */
/* The posts of a period, counted: pulses, and platforms beside each other. common/pulse.c does the counting. */
#include <math.h>
#include <string.h>

#include "ask.h"
#include "common/entity_tally.h"
#include "common/fail.h"
#include "common/pulse.h"

static int64_t end_of(const sf_question *q)
{
    return q->until_ms != SF_NO_TIME ? q->until_ms : q->as_of_ms;
}

/* ---- posts --------------------------------------------------------------------------------------------------------- */

static void add_columns(sf_sql *s, const sf_question *q)
{
    static const char *const numbers[] = {"velocity", "raw_score", "normalised_score"};
    sf_sql_add(s, "SELECT s.platform, s.event_at, s.author, s.sentiment_compound, s.sentiment_cover");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sf_sql_add(s, ", ");
        sf_sql_post_number(s, q, numbers[i]);
    }
    sf_sql_add(s, ", s.topics");
    sf_sql_add(s, q->entities ? ", s.entities" : "");
}

/* Where posts go. */
typedef struct counted {
    sf_pulse *pulse;
    sf_entity_tally *entities; /* NULL: nobody asked */
} counted;

static int add_posts(sf_sql *s, sf_db *db, const counted *to, sf_error *err)
{
    int r = sf_sql_prepare(s, db, err);
    while (r == SF_OK && (r = sf_sql_step(s, err)) == 1) {
        sf_pulse_post post = {
            .platform = sf_platform_from_name(sf_column_text(s->stmt, 0)),
            .event_ms = sf_column_time(s->stmt, 1),
            .author = sf_column_text(s->stmt, 2),
            .compound = sf_column_number(s->stmt, 3),
            .cover = sf_column_number(s->stmt, 4),
            .velocity = sf_column_number(s->stmt, 5),
            .score = sf_column_number(s->stmt, 6),
            .normalised = sf_column_number(s->stmt, 7),
            .topics = sf_column_text(s->stmt, 8),
        };
        r = sf_pulse_add(to->pulse, &post);
        if (r == SF_OK && to->entities != NULL) {
            r = sf_entity_tally_add(to->entities, sf_column_text(s->stmt, 9),
                                    post.cover >= SF_LEAST_COVER ? post.compound : (double)NAN);
        }
        r = r == SF_OK ? r : sf_fail(err, r, "%s: %s", db->ops->name, sf_strerror(r));
    }
    return r;
}

static int read_by_text(sf_db *db, const sf_question *q, const counted *to, sf_error *err)
{
    sf_sql s = {.db = db};
    add_columns(&s, q);
    int r = sf_sql_posts_by_text(&s, db, q, 1, err);
    r = r == SF_OK ? add_posts(&s, db, to, err) : r;
    sf_sql_free(&s);
    return r;
}

static int read_posts(sf_db *db, const sf_question *q, const counted *to, sf_error *err)
{
    int r = SF_OK;
    if (sf_sql_has_text(q)) {
        return read_by_text(db, q, to, err);
    }
    for (int32_t i = 1; r == SF_OK && i < SF_PLATFORM_COUNT; i++) {
        sf_sql s = {.db = db};
        if ((q->platforms >> i & 1U) != 0) {
            add_columns(&s, q);
            sf_sql_posts_by_time(&s, q, i, "signals_new");
            r = add_posts(&s, db, to, err);
        }
        sf_sql_free(&s);
    }
    return r;
}

/* ---- what stands beside the posts ---------------------------------------------------------------------------------- */

/* Points gained are known by topic, in whole windows. */
static int read_gains(sf_db *db, const sf_question *q, sf_pulse *p, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s,
               "SELECT platform, bucket, score_gain FROM topic_timeseries WHERE score_gain IS NOT NULL AND topic = ");
    sf_sql_text(&s, q->topic);
    sf_sql_add(&s, " AND bucket > ");
    sf_sql_time(&s, q->since_ms - SF_BUCKET_MS);
    sf_sql_add(&s, " AND bucket < ");
    sf_sql_time(&s, end_of(q));
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && (r = sf_sql_step(&s, err)) == 1) {
        int32_t platform = sf_platform_from_name(sf_column_text(s.stmt, 0));
        if ((q->platforms >> platform & 1U) != 0) {
            sf_pulse_gain(p, platform, sf_column_time(s.stmt, 1), sf_column_number(s.stmt, 2));
        }
        r = SF_OK;
    }
    sf_sql_free(&s);
    return r;
}

static int read_coverage(sf_db *db, const sf_question *q, sf_pulse *p, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT source, bucket, observed_seconds FROM coverage WHERE bucket > ");
    sf_sql_time(&s, q->since_ms - SF_BUCKET_MS);
    sf_sql_add(&s, " AND bucket < ");
    sf_sql_time(&s, end_of(q));
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && (r = sf_sql_step(&s, err)) == 1) {
        int32_t platform = sf_ask_platform_of_source(sf_column_text(s.stmt, 0));
        if (platform != SF_PLATFORM_UNKNOWN) {
            sf_pulse_watched(p, platform, sf_column_time(s.stmt, 1), sf_column_number(s.stmt, 2));
        }
        r = SF_OK;
    }
    sf_sql_free(&s);
    return r;
}

/* How many posts a platform has in the period, whatever they are about: an index knows. */
static int count_posts(sf_db *db, const sf_question *q, int32_t platform, int64_t *n, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*) FROM signals");
    sf_sql_index(&s, "signals_new");
    sf_sql_add(&s, " WHERE platform = ");
    sf_sql_text(&s, sf_cstr(sf_platform_name(platform)));
    sf_sql_add(&s, " AND event_at >= ");
    sf_sql_time(&s, q->since_ms);
    sf_sql_add(&s, " AND event_at < ");
    sf_sql_time(&s, end_of(q));
    int r = sf_sql_count(&s, db, n, err);
    sf_sql_free(&s);
    return r;
}

static int read_platforms(sf_db *db, const sf_question *q, sf_pulse *p, sf_error *err)
{
    int r = SF_OK;
    for (int32_t i = 1; r == SF_OK && i < SF_PLATFORM_COUNT; i++) {
        int64_t first, last, n = 0;
        r = sf_ask_span(db, i, &first, &last, err);
        r = r == SF_OK && q->by_platform ? count_posts(db, q, i, &n, err) : r;
        if (r == SF_OK) {
            sf_pulse_platform(p, i, first, last, (uint64_t)n);
        }
    }
    return r;
}

/* Filters under which the windows' gains are those of other posts. */
static int is_of_topic_alone(const sf_question *q)
{
    return q->topic.len > 0 && q->n_terms == 0 && q->channel.len == 0 && q->author.len == 0 && q->lang.len == 0 &&
           q->n_labels == 0 && q->n_without == 0 && q->kind < 0;
}

/* The entities that are named most, as the answer has them. */
static int put_entities(const sf_entity_tally *t, sf_answer *a)
{
    enum { MOST = 20 };
    sf_buffer b = {0};
    int r = sf_entity_tally_put(t, MOST, &b);
    r = r == SF_OK ? sf_batch_copy(a->memory, (sf_str){b.bytes, b.len}, &a->entities) : r;
    sf_buffer_free(&b);
    return r;
}

int sf_ask_pulse(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    counted to = {NULL, NULL};
    int r = sf_pulse_new(&to.pulse, q, q->since_ms, end_of(q));
    r = r == SF_OK && q->entities ? sf_entity_tally_new(&to.entities) : r;
    sf_pulse *p = to.pulse;
    if (r != SF_OK) {
        sf_pulse_free(p);
        return sf_fail(err, r, "%s: %s", db->ops->name, sf_strerror(r));
    }
    r = read_platforms(db, q, p, err);
    r = r == SF_OK ? read_coverage(db, q, p, err) : r;
    r = r == SF_OK ? read_posts(db, q, &to, err) : r;
    r = r == SF_OK && is_of_topic_alone(q) ? read_gains(db, q, p, err) : r;
    int whole = r == SF_OK ? sf_pulse_answer(p, a) : SF_OK;
    whole = r == SF_OK && whole == SF_OK && to.entities != NULL ? put_entities(to.entities, a) : whole;
    r = whole == SF_OK ? r : sf_fail(err, whole, "%s: %s", db->ops->name, sf_strerror(whole));
    int nothing = sf_pulse_posts(p) == 0;
    sf_pulse_free(p);
    sf_entity_tally_free(to.entities);
    return r == SF_OK && nothing && a->n_rows > 0 ? sf_ask_explain_empty(db, q, a, err) : r;
}
