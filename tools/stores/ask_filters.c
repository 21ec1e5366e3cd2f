/* SPDX-License-Identifier: MIT */
/* Which posts a question means, as SQL: their numbers now or then, the filters that they must meet, the ways to them. */
#include <math.h>
#include <string.h>

#include "ask.h"
#include "merge.h"
#include "words.h"

#define LEAST_LOG (-20.0) /* below log2 of the least trending score that hotness goes by */

/* ---- numbers, now and then ----------------------------------------------------------------------------------------- */

/* Numbers that the history knows: their column there, and which one tells that a look has them. */
static const struct kept {
    const char *name, *column, *has;
} kept[] = {
    {"raw_score", "score", "score"},
    {"comments", "comments", "comments"},
    {"velocity", "velocity", "score"},
    {"comment_velocity", "comment_velocity", "comments"},
    {"trending_score", "trending_score", "score"},
    {"observed_at", "observed_at", NULL},
};

/* The newest look of a post, as of then, that has such a number. None lies before the post was seen first: a server need not seek it in the days before, and
 * the period tells it which these are. */
static void add_look(sf_sql *s, const sf_question *q, const struct kept *number)
{
    sf_sql_add(s, "(SELECT h.");
    sf_sql_add(s, number->column);
    sf_sql_add(s, " FROM signal_metrics_history h WHERE h.platform = s.platform AND h.source_id = s.source_id AND "
                  "h.observed_at <= ");
    sf_sql_time(s, q->as_of_ms);
    sf_sql_add(s, " AND h.observed_at >= ");
    if (q->since_ms != SF_NO_TIME) {
        sf_sql_time(s, q->since_ms - SF_AHEAD_MS);
    } else {
        sf_sql_add(s, "s.first_seen_at");
    }
    if (number->has != NULL) {
        sf_sql_add(s, " AND h.");
        sf_sql_add(s, number->has);
        sf_sql_add(s, " IS NOT NULL");
    }
    sf_sql_add(s, " ORDER BY h.observed_at DESC LIMIT 1)");
}

/* A number as it was then: of the look at hand, where that has it; of the row, where the post was not looked at since (what is deleted does not keep all of them
 * there). */
static void add_past_number(sf_sql *s, const sf_question *q, const struct kept *number)
{
    if (s->has_look && number->has == NULL) {
        sf_sql_add(s, "l.");
        sf_sql_add(s, number->column);
        return;
    }
    if (s->has_look) {
        sf_sql_add(s, "CASE WHEN l.");
        sf_sql_add(s, number->has);
        sf_sql_add(s, " IS NOT NULL THEN l.");
        sf_sql_add(s, number->column);
    } else {
        sf_sql_add(s, "CASE WHEN s.deleted_at IS NULL AND s.observed_at <= ");
        sf_sql_time(s, q->as_of_ms);
        sf_sql_add(s, " THEN s.");
        sf_sql_add(s, number->name);
    }
    sf_sql_add(s, " ELSE ");
    add_look(s, q, number);
    sf_sql_add(s, " END");
}

void sf_sql_post_number(sf_sql *s, const sf_question *q, const char *name)
{
    for (size_t i = 0; q->past && i < sizeof kept / sizeof kept[0]; i++) {
        if (strcmp(kept[i].name, name) == 0) {
            add_past_number(s, q, &kept[i]);
            return;
        }
    }
    if (q->past && strcmp(name, "hotness") == 0) {
        sf_sql_add(s, "sf_hotness(");
        sf_sql_post_number(s, q, "trending_score");
        sf_sql_add(s, ", ");
        sf_sql_post_number(s, q, "observed_at");
        sf_sql_add(s, ")");
        return;
    }
    int lost = q->past && (strcmp(name, "rising") == 0 || strcmp(name, "normalised_score") == 0);
    sf_sql_add(s, lost ? "NULL" : "s.");
    sf_sql_add(s, lost ? "" : name);
}

/* ---- filters ------------------------------------------------------------------------------------------------------- */

static void at_least(sf_sql *s, const sf_question *q, const char *name, const char *sign, double v)
{
    if (!isnan(v)) {
        sf_sql_add(s, " AND ");
        sf_sql_post_number(s, q, name);
        sf_sql_add(s, sign);
        sf_sql_number(s, v);
    }
}

static void equals(sf_sql *s, const char *name, sf_str v)
{
    if (v.len > 0) {
        sf_sql_add(s, " AND s.");
        sf_sql_add(s, name);
        sf_sql_add(s, " = ");
        sf_sql_text(s, v);
    }
}

void sf_sql_author(sf_sql *s, const sf_question *q)
{
    enum { LONGEST = 1000 }; /* a server's index has none that are longer, and must be told so */
    equals(s, "author", q->author);
    if (s->db->ops->is_server && q->author.len > 0 && q->author.len <= LONGEST) {
        sf_sql_add(s, " AND octet_length(s.author) <= 1000");
    }
}

/* Is it in a list? The text is looked for first, which is cheap and finds all that is; then the list is read. */
static void in_list(sf_sql *s, const char *list, sf_str v)
{
    if (!s->db->ops->is_server) {
        sf_sql_add(s, " AND instr(");
        sf_sql_add(s, list);
        sf_sql_add(s, ", json_quote(");
        sf_sql_text(s, v);
        sf_sql_add(s, ")) > 0");
    }
    sf_sql_add(s, " AND ");
    sf_sql_in_list(s, list, v);
}

void sf_sql_period(sf_sql *s, const sf_question *q)
{
    if (q->since_ms != SF_NO_TIME) {
        sf_sql_add(s, " AND s.event_at >= ");
        sf_sql_time(s, q->since_ms);
    }
    if (q->until_ms != SF_NO_TIME) {
        sf_sql_add(s, " AND s.event_at < ");
        sf_sql_time(s, q->until_ms);
    }
    if (q->past) {
        sf_sql_add(s, " AND s.event_at <= "); /* follows from the next, and an index knows it */
        sf_sql_time(s, q->as_of_ms + SF_AHEAD_MS);
        sf_sql_add(s, " AND s.first_seen_at <= ");
        sf_sql_time(s, q->as_of_ms);
    }
}

static void filter_labels(sf_sql *s, const sf_question *q)
{
    for (size_t i = 0; i < q->n_labels; i++) {
        in_list(s, "s.labels", q->labels[i]);
    }
    for (size_t i = 0; i < q->n_without; i++) {
        sf_sql_add(s, " AND NOT ");
        sf_sql_in_list(s, "s.labels", q->without[i]);
    }
}

void sf_sql_post_filters(sf_sql *s, const sf_question *q)
{
    sf_sql_period(s, q);
    if (q->deleted || q->order != SF_ORDER_HOT || q->past) { /* what is gone has no hotness */
        sf_sql_add(s, q->deleted ? " AND s.deleted_at IS NOT NULL" : " AND s.deleted_at IS NULL");
    }
    if (q->topic.len > 0) {
        in_list(s, "s.topics", q->topic);
    }
    equals(s, "channel", q->channel);
    sf_sql_author(s, q);
    equals(s, "lang", q->lang);
    equals(s, "source_id", q->source_id);
    equals(s, "kind", q->kind >= 0 ? sf_cstr(sf_kind_name(q->kind)) : sf_cstr(""));
    filter_labels(s, q);
    if (!isnan(q->min_sentiment) || !isnan(q->max_sentiment)) {
        sf_sql_add(s, " AND s.sentiment_cover >= ");
        sf_sql_number(s, SF_LEAST_COVER);
    }
    at_least(s, q, "sentiment_compound", " >= ", q->min_sentiment);
    at_least(s, q, "sentiment_compound", " <= ", q->max_sentiment);
    at_least(s, q, "raw_score", " >= ", q->min_score);
    at_least(s, q, "comments", " >= ", q->min_comments);
    at_least(s, q, "velocity", " >= ", q->min_velocity);
    sf_sql_add(s, q->rising ? " AND s.rising IS TRUE" : "");
}

/* ---- full text ------------------------------------------------------------------------------------------------------ */

/* A string of the full text's query language. */
static void put_string(sf_buffer *b, sf_str text)
{
    sf_buffer_text(b, "\"");
    for (size_t i = 0; i < text.len; i++) {
        sf_buffer_put(b, "\"", text.ptr[i] == '"');
        sf_buffer_put(b, text.ptr + i, 1);
    }
    sf_buffer_text(b, "\"");
}

/* What the full text is asked for; "" where it cannot help. The caller frees it. */
static int match_of(const sf_question *q, sf_buffer *b)
{
    if (sf_question_has_word(q->topic)) {
        sf_buffer_text(b, "topics : ");
        put_string(b, q->topic);
    }
    for (size_t i = 0; i < q->n_terms; i++) {
        sf_buffer_text(b, i > 0 ? " AND " : b->len > 0 ? " AND {title body} : (" : "{title body} : (");
        put_string(b, q->terms[i].text);
        sf_buffer_text(b, q->terms[i].prefix ? " *" : "");
    }
    sf_buffer_text(b, q->n_terms > 0 ? ")" : "");
    return b->lost ? SF_ENOMEM : SF_OK;
}

/* The same of a server's words: words.h. */
static int words_of(const sf_question *q, sf_buffer *b)
{
    for (size_t i = 0; i < q->n_terms; i++) {
        sf_words_phrase(b, q->terms[i].text, q->terms[i].prefix);
    }
    if (sf_question_has_word(q->topic)) {
        sf_words_topic(b, q->topic);
    }
    return b->lost ? SF_ENOMEM : SF_OK;
}

/* Binds what the full text is asked for; the text is kept in the question's own memory. */
static void add_match(sf_sql *s, const sf_question *q)
{
    sf_buffer b = {0};
    sf_str copy;
    int r = s->db->ops->is_server ? words_of(q, &b) : match_of(q, &b);
    if (r == SF_OK && sf_batch_copy(q->memory, (sf_str){b.bytes, b.len}, &copy) == SF_OK) {
        sf_sql_text(s, copy);
    } else {
        s->lost = 1;
    }
    sf_buffer_free(&b);
}

int sf_sql_has_text(const sf_question *q)
{
    return q->n_terms > 0 || sf_question_has_word(q->topic);
}

/* The ids that the posts of a period have: ids rise with the time of the first look, and so nearly with the period. */
static int add_id_range(sf_sql *s, sf_db *db, const sf_question *q, sf_error *err)
{
    int64_t low = INT64_MAX, high = INT64_MIN;
    int r = SF_OK;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        sf_sql range = {.db = db};
        if ((q->platforms >> i & 1U) == 0) {
            continue;
        }
        sf_sql_add(&range, "SELECT min(s.id), max(s.id) FROM signals s");
        sf_sql_index(&range, "signals_new");
        sf_sql_add(&range, " WHERE s.platform = ");
        sf_sql_text(&range, sf_cstr(sf_platform_name(i)));
        sf_sql_add(&range, " AND s.event_at >= ");
        sf_sql_time(&range, q->since_ms);
        sf_sql_add(&range, " AND s.event_at < ");
        sf_sql_time(&range, q->until_ms != SF_NO_TIME ? q->until_ms : INT64_MAX);
        r = sf_sql_prepare(&range, db, err);
        r = r == SF_OK ? sf_sql_step(&range, err) : r;
        if (r == 1 && !sf_column_is_null(range.stmt, 0)) {
            int64_t first = sf_column_whole(range.stmt, 0), last = sf_column_whole(range.stmt, 1);
            low = first < low ? first : low;
            high = last > high ? last : high;
        }
        r = r == 1 ? SF_OK : r;
        sf_sql_free(&range);
    }
    sf_sql_add(s, " AND signals_text.rowid BETWEEN ");
    sf_sql_whole(s, low);
    sf_sql_add(s, " AND ");
    sf_sql_whole(s, high);
    return r;
}

void sf_sql_texts(sf_sql *s, const sf_question *q)
{
    int is_server = s->db->ops->is_server;
    sf_sql_add(s,
               is_server ? " FROM signals_text t WHERE t.words @@ " : " FROM signals_text WHERE signals_text MATCH ");
    add_match(s, q);
    sf_sql_add(s, is_server ? "::text::tsquery" : "");
}

int sf_sql_posts_by_text(sf_sql *s, sf_db *db, const sf_question *q, int by_id, sf_error *err)
{
    int r = SF_OK;
    if (db->ops->is_server) {
        sf_sql_add(s, " FROM signals_text t JOIN signals s ON s.id = t.id WHERE t.words @@ ");
        add_match(s, q);
        sf_sql_add(s, "::text::tsquery");
    } else {
        sf_sql_add(s, " FROM signals_text CROSS JOIN signals s ON s.id = signals_text.rowid WHERE signals_text MATCH ");
        add_match(s, q);
        r = by_id && q->since_ms != SF_NO_TIME ? add_id_range(s, db, q, err) : SF_OK;
    }
    sf_sql_add(s, " AND s.platform IN (''");
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(s, ", ");
            sf_sql_text(s, sf_cstr(sf_platform_name(i)));
        }
    }
    sf_sql_add(s, ")");
    sf_sql_post_filters(s, q);
    return r;
}

void sf_sql_posts_by_time(sf_sql *s, const sf_question *q, int32_t platform, const char *index)
{
    sf_sql_add(s, " FROM signals s");
    sf_sql_index(s, index);
    sf_sql_add(s, " WHERE s.platform = ");
    sf_sql_text(s, sf_cstr(sf_platform_name(platform)));
    if (strcmp(index, "signals_hot") == 0 && q->since_ms != SF_NO_TIME) {
        sf_sql_add(s, " AND s.hotness >= "); /* follows from the period: a post is not looked at before it is there */
        sf_sql_number(s, LEAST_LOG + (double)(q->since_ms - SF_AHEAD_MS) / SF_HOT_HALVES_MS);
    }
    sf_sql_post_filters(s, q);
    sf_sql_add(s, strcmp(index, "signals_fast") == 0 ? " AND s.velocity >= " SF_FAST_TEXT : "");
}

/* What a look alone says of how hot its post was then. A server would call its function as often as there are looks, which costs more than all else. */
static void add_heat_of_look(sf_sql *s)
{
    sf_sql_add(s, s->db->ops->is_server ? "ln(greatest(l.trending_score, 1e-6)) / ln(2::double precision) +"
                                          " extract(epoch FROM l.observed_at)::double precision * 1000 / 21600000"
                                        : "sf_hotness(l.trending_score, l.observed_at)");
}

/* " AND ..." for looks after which the post was not looked at by then. */
static void add_newest(sf_sql *s, const sf_question *q, int64_t after_ms)
{
    sf_sql_add(s, " AND NOT EXISTS (SELECT 1 FROM signal_metrics_history n WHERE n.platform = l.platform AND"
                  " n.source_id = l.source_id AND n.observed_at > l.observed_at AND n.observed_at > ");
    sf_sql_time(s, after_ms); /* follows, and tells a server which days */
    sf_sql_add(s, " AND n.observed_at <= ");
    sf_sql_time(s, q->as_of_ms);
    sf_sql_add(s, ")");
}

void sf_sql_posts_by_looks(sf_sql *s, const sf_question *q, int32_t platform, int64_t after_ms, double least)
{
    static const double rounding = 1e-6;
    sf_sql_add(s, " FROM signal_metrics_history l");
    sf_sql_index(s, "signal_metrics_history_observed");
    sf_sql_add(s, s->db->ops->is_server /* look by look: there are few */
                      ? " CROSS JOIN LATERAL (SELECT * FROM signals p WHERE p.platform = l.platform AND"
                        " p.source_id = l.source_id LIMIT 1) s WHERE l.platform = "
                      : " CROSS JOIN signals s ON s.platform = l.platform AND s.source_id = l.source_id"
                        " WHERE l.platform = ");
    sf_sql_text(s, sf_cstr(sf_platform_name(platform)));
    sf_sql_add(s, " AND l.observed_at > ");
    sf_sql_time(s, after_ms);
    sf_sql_add(s, " AND l.observed_at <= ");
    sf_sql_time(s, q->as_of_ms);
    if (!isnan(least)) {
        sf_sql_add(s, " AND (l.score IS NULL OR ");
        add_heat_of_look(s);
        sf_sql_add(s, " >= ");
        sf_sql_number(s, least - rounding);
        sf_sql_add(s, ")");
    }
    add_newest(s, q, after_ms);
    sf_sql_post_filters(s, q);
}
