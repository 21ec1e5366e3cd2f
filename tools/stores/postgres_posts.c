/* SPDX-License-Identifier: MIT */
/* Statements on posts: see postgres_posts.h. Columns are named once: the list that is read, the lists that are written. Arrays are made
 * rows of in the list of a SELECT, each by an unnest() of its own: behind FROM the server would first put all of each away. */
#include "postgres_posts.h"

#include <string.h>

#include "batch.h"
#include "common/fail.h"
#include "common/id_order.h"
#include "lists.h"

/* ---- statements --------------------------------------------------------------------------------------------------- */

/* What each look changes. */
#define FIGURES                                                                                                        \
    "observed_at, raw_score, comments, score_at, comments_at, velocity, comment_velocity, trending_score, rising, "    \
    "trend_state, normalised_score, hotness, last_updated_at"
#define FIGURE_TYPES "mnnmmnnnfbnnm"
#define FIGURE_ROWS                                                                                                    \
    "unnest($1::timestamptz[]) AS observed_at, unnest($2::float8[]) AS raw_score, unnest($3::float8[]) AS comments, "  \
    "unnest($4::timestamptz[]) AS score_at, unnest($5::timestamptz[]) AS comments_at, "                                \
    "unnest($6::float8[]) AS velocity, unnest($7::float8[]) AS comment_velocity, "                                     \
    "unnest($8::float8[]) AS trending_score, unnest($9::bool[]) AS rising, unnest($10::bytea[]) AS trend_state, "      \
    "unnest($11::float8[]) AS normalised_score, unnest($12::float8[]) AS hotness, "                                    \
    "unnest($13::timestamptz[]) AS last_updated_at"
#define SET_FIGURES                                                                                                    \
    "observed_at = k.observed_at, raw_score = k.raw_score, comments = k.comments, score_at = k.score_at, "             \
    "comments_at = k.comments_at, velocity = k.velocity, comment_velocity = k.comment_velocity, "                      \
    "trending_score = k.trending_score, rising = k.rising, trend_state = k.trend_state, "                              \
    "normalised_score = k.normalised_score, hotness = k.hotness, last_updated_at = k.last_updated_at"

/* What hardly any look changes. An UPDATE that sets none of these leaves most indexes' keys alone by its text, which is what the server goes by
 * when it clears versions of a row away from a full page of an index instead of splitting it. */
#define FACTS      "kind, ts, first_seen_at, deleted_at, born_at, text_at, text_rank, text_hash, event_at, id_number"
#define FACT_TYPES "tmmmmmiwmw"
#define FACT_ROWS                                                                                                      \
    "unnest($14::text[]) AS kind, unnest($15::timestamptz[]) AS ts, unnest($16::timestamptz[]) AS first_seen_at, "     \
    "unnest($17::timestamptz[]) AS deleted_at, unnest($18::timestamptz[]) AS born_at, "                                \
    "unnest($19::timestamptz[]) AS text_at, unnest($20::int4[]) AS text_rank, unnest($21::int8[]) AS text_hash, "      \
    "unnest($22::timestamptz[]) AS event_at, unnest($23::int8[]) AS id_number"
#define SET_FACTS                                                                                                      \
    "kind = k.kind, ts = k.ts, first_seen_at = k.first_seen_at, deleted_at = k.deleted_at, born_at = k.born_at, "      \
    "text_at = k.text_at, text_rank = k.text_rank, text_hash = k.text_hash, event_at = k.event_at, "                   \
    "id_number = k.id_number"

#define TEXTS                                                                                                          \
    "parent_id, channel, title, body, author, url, lang, labels, sentiment_neg, sentiment_neu, sentiment_pos, "        \
    "sentiment_compound, sentiment_cover, topics, primary_topic, entities, keywords, analysis"
#define TEXT_TYPES "ttttttttnnnnnttttt"
#define TEXT_ROWS                                                                                                      \
    "unnest($24::text[]) AS parent_id, unnest($25::text[]) AS channel, unnest($26::text[]) AS title, "                 \
    "unnest($27::text[]) AS body, unnest($28::text[]) AS author, unnest($29::text[]) AS url, "                         \
    "unnest($30::text[]) AS lang, unnest($31::text[]) AS labels, unnest($32::float8[]) AS sentiment_neg, "             \
    "unnest($33::float8[]) AS sentiment_neu, unnest($34::float8[]) AS sentiment_pos, "                                 \
    "unnest($35::float8[]) AS sentiment_compound, unnest($36::float8[]) AS sentiment_cover, "                          \
    "unnest($37::text[]) AS topics, unnest($38::text[]) AS primary_topic, unnest($39::text[]) AS entities, "           \
    "unnest($40::text[]) AS keywords, unnest($41::text[]) AS analysis"
#define TEXT_VALUES                                                                                                    \
    "k.parent_id, k.channel, k.title, k.body, k.author, k.url, k.lang, k.labels::json, k.sentiment_neg, "              \
    "k.sentiment_neu, k.sentiment_pos, k.sentiment_compound, k.sentiment_cover, k.topics::json, k.primary_topic, "     \
    "k.entities::json, k.keywords::json, k.analysis"

static const char read_sql[] =
    "SELECT k.i, " SF_PG_STATE
    ", s.topics FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(platform, source_id, i)"
    " JOIN signals s ON s.platform = k.platform AND s.source_id = k.source_id"
    " ORDER BY k.i FOR UPDATE OF s";
static const char topics_sql[] =
    "SELECT k.i, s.topics FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(platform, source_id, i)"
    " JOIN signals s ON s.platform = k.platform AND s.source_id = k.source_id WHERE s.topics IS NOT NULL";
/* In a SELECT of its own the sequence is looked up once. */
static const char ids_sql[] = "SELECT nextval((SELECT pg_get_serial_sequence('signals', 'id')::regclass))"
                              " FROM generate_series(1, $1::int4)";
static const char histories_sql[] =
    "SELECT k.i, h.observed_at, h.score, h.comments, h.velocity, h.comment_velocity, h.trending_score, h.ranks"
    " FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int4[])"
    " AS k(platform, source_id, since, until, i)"
    " JOIN signal_metrics_history h ON h.platform = k.platform AND h.source_id = k.source_id"
    " AND h.observed_at BETWEEN k.since AND k.until ORDER BY k.i, h.observed_at";
static const char insert_sql[] =
    "INSERT INTO signals (" FIGURES ", " FACTS ", " TEXTS ", id, platform, source_id) SELECT " FIGURES ", " FACTS
    ", " TEXT_VALUES ", id, platform, source_id FROM (SELECT " FIGURE_ROWS ", " FACT_ROWS ", " TEXT_ROWS
    ", unnest($42::int8[]) AS id, unnest($43::text[]) AS platform, unnest($44::text[]) AS source_id) k";
static const char update_sql[] =
    "UPDATE signals s SET " SET_FIGURES ", " SET_FACTS ", (" TEXTS ") = ROW(" TEXT_VALUES ") FROM (SELECT " FIGURE_ROWS
    ", " FACT_ROWS ", " TEXT_ROWS ", unnest($42::tid[]) AS place) k WHERE s.ctid = k.place";
static const char update_numbers_sql[] = "UPDATE signals s SET " SET_FIGURES ", " SET_FACTS " FROM (SELECT " FIGURE_ROWS
                                         ", " FACT_ROWS ", unnest($24::tid[]) AS place) k WHERE s.ctid = k.place";
static const char update_figures_sql[] = "UPDATE signals s SET " SET_FIGURES " FROM (SELECT " FIGURE_ROWS
                                         ", unnest($14::tid[]) AS place) k WHERE s.ctid = k.place";
static const char words_sql[] = "INSERT INTO signals_text (id, words) SELECT unnest($1::int8[]), unnest($2::tsvector[])"
                                " ON CONFLICT (id) DO UPDATE SET words = excluded.words";
static const char wordless_sql[] = "DELETE FROM signals_text t USING unnest($1::int8[]) AS k(id) WHERE t.id = k.id";
#define ADD_LOOKS                                                                                                      \
    "INSERT INTO signal_metrics_history (platform, source_id, observed_at, score, comments, velocity,"                 \
    " comment_velocity, trending_score, ranks) SELECT unnest($1::text[]), unnest($2::text[]), "                        \
    "unnest($3::timestamptz[]),"                                                                                       \
    " unnest($4::float8[]), unnest($5::float8[]), unnest($6::float8[]), unnest($7::float8[]), unnest($8::float8[]), "  \
    "unnest($9::int4[])"
static const char add_looks_sql[] = ADD_LOOKS;
static const char looks_sql[] = ADD_LOOKS
    " ON CONFLICT (platform, source_id, observed_at) DO UPDATE SET score = excluded.score,"
    " comments = excluded.comments, velocity = excluded.velocity, comment_velocity = excluded.comment_velocity,"
    " trending_score = excluded.trending_score, ranks = excluded.ranks";

/* ---- opening ------------------------------------------------------------------------------------------------------ */

void sf_pg_posts_open(sf_pg_posts *t, sf_pg *pg)
{
    memset(t, 0, sizeof *t);
    t->pg = pg;
    sf_pg_arrays_open(&t->keys, "tt");
    sf_pg_arrays_open(&t->spans, "ttmmi");
    sf_pg_arrays_open(&t->fresh, FIGURE_TYPES FACT_TYPES TEXT_TYPES "wtt");
    sf_pg_arrays_open(&t->changed, FIGURE_TYPES FACT_TYPES TEXT_TYPES "p");
    sf_pg_arrays_open(&t->numbers, FIGURE_TYPES FACT_TYPES "p");
    sf_pg_arrays_open(&t->figures, FIGURE_TYPES "p");
    sf_pg_arrays_open(&t->words, "wv");
    sf_pg_arrays_open(&t->wordless, "w");
    sf_pg_arrays_open(&t->fresh_looks, "ttmnnnnni");
    sf_pg_arrays_open(&t->looks, "ttmnnnnni");
}

void sf_pg_posts_close(sf_pg_posts *t)
{
    sf_pg_arrays *const all[] = {&t->keys,    &t->spans, &t->fresh,    &t->changed,     &t->numbers,
                                 &t->figures, &t->words, &t->wordless, &t->fresh_looks, &t->looks};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        sf_pg_arrays_close(all[i]);
    }
    PQclear(t->rows);
    PQclear(t->histories);
    PQclear(t->ids);
    sf_buffer_free(&t->text);
    sf_words_free(&t->scratch);
}

void sf_pg_posts_begin(sf_pg_posts *t)
{
    sf_pg_arrays *const all[] = {&t->keys,    &t->spans, &t->fresh,    &t->changed,     &t->numbers,
                                 &t->figures, &t->words, &t->wordless, &t->fresh_looks, &t->looks};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        sf_pg_arrays_reset(all[i]);
    }
    PQclear(t->rows);
    PQclear(t->histories);
    PQclear(t->ids);
    t->rows = t->histories = t->ids = NULL;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

void sf_pg_take_state(const PGresult *r, int row, int c, sf_pg_post *post)
{
    sf_post *p = &post->is;
    p->id = sf_pg_whole(r, row, c);
    p->kind = sf_post_kind(sf_pg_text(r, row, c + 1));
    p->ts_ms = sf_pg_time(r, row, c + 2);
    p->observed_ms = sf_pg_time(r, row, c + 3);
    p->first_seen_ms = sf_pg_time(r, row, c + 4);
    p->deleted_ms = sf_pg_time(r, row, c + 5);
    p->score = sf_pg_number(r, row, c + 6);
    p->comments = sf_pg_number(r, row, c + 7);
    p->score_ms = sf_pg_time(r, row, c + 8);
    p->comments_ms = sf_pg_time(r, row, c + 9);
    p->velocity = sf_pg_number(r, row, c + 10);
    p->comment_velocity = sf_pg_number(r, row, c + 11);
    p->trending_score = sf_pg_number(r, row, c + 12);
    p->rising = PQgetisnull(r, row, c + 13) ? -1 : (int32_t)sf_pg_whole(r, row, c + 13);
    if (PQgetlength(r, row, c + 14) == SF_TREND_BYTES) {
        sf_trend_unpack((const unsigned char *)PQgetvalue(r, row, c + 14), &p->trend);
    }
    p->born_ms = sf_pg_time(r, row, c + 15);
    p->text_ms = sf_pg_time(r, row, c + 16);
    p->text_rank = (int32_t)sf_pg_whole(r, row, c + 17);
    p->text_hash = sf_pg_whole(r, row, c + 18);
    memcpy(post->place, PQgetvalue(r, row, c + 19), sizeof post->place);
    post->was = *p;
}

static int set_ids_aside(sf_pg_posts *t, size_t n, sf_error *err)
{
    char length[8];
    sf_pg_encode8((uint64_t)n, length);
    const Oid types[] = {SF_PG_INT4};
    const char *const values[] = {length + 4};
    const int lengths[] = {4};
    t->next_id = 0;
    return n == 0 ? SF_OK : sf_pg_execute(t->pg, ids_sql, &(sf_pg_params){1, types, values, lengths}, &t->ids, err);
}

static void put_key(sf_pg_posts *t, const sf_pg_post *p)
{
    sf_pg_put_text(&t->keys, sf_cstr(sf_platform_name(p->is.platform)));
    sf_pg_put_text(&t->keys, p->is.source_id);
    sf_pg_end_row(&t->keys);
}

int sf_pg_read_posts(sf_pg_posts *t, sf_pg_post *v, size_t n, sf_error *err)
{
    for (size_t i = 0; i < n; i++) {
        v[i].row = -1;
        put_key(t, &v[i]);
    }
    int status = sf_pg_execute_arrays(t->pg, read_sql, &t->keys, &t->rows, NULL, err);
    if (status != SF_OK || n == 0) {
        return status;
    }
    for (int row = 0; row < PQntuples(t->rows); row++) {
        sf_pg_post *p = &v[sf_pg_whole(t->rows, row, 0) - 1];
        p->row = row;
        sf_pg_take_state(t->rows, row, 1, p);
    }
    return set_ids_aside(t, n - (size_t)PQntuples(t->rows), err);
}

int sf_pg_read_histories(sf_pg_posts *t, sf_pg_post *v, size_t n, sf_error *err)
{
    sf_pg_arrays_reset(&t->spans);
    PQclear(t->histories);
    t->histories = NULL;
    for (size_t i = 0; i < n; i++) {
        if (v[i].needs_looks) {
            sf_pg_put_text(&t->spans, sf_cstr(sf_platform_name(v[i].is.platform)));
            sf_pg_put_text(&t->spans, v[i].is.source_id);
            sf_pg_put_time(&t->spans, v[i].is.first_seen_ms); /* so that few partitions are looked into */
            sf_pg_put_time(&t->spans, v[i].is.observed_ms);
            sf_pg_put_int(&t->spans, (int32_t)i);
            sf_pg_end_row(&t->spans);
        }
    }
    int r = sf_pg_execute_arrays(t->pg, histories_sql, &t->spans, &t->histories, NULL, err);
    for (int row = 0; t->histories != NULL && row < PQntuples(t->histories); row++) {
        sf_pg_post *p = &v[sf_pg_whole(t->histories, row, 0)];
        p->first_look = p->n_looks == 0 ? row : p->first_look;
        p->n_looks++;
    }
    return r;
}

int sf_pg_give_history(void *history, const sf_post *p, sf_looks *into, sf_error *err)
{
    const sf_pg_history *h = history;
    (void)p;
    for (int row = h->post->first_look; row < h->post->first_look + h->post->n_looks; row++) {
        const PGresult *r = h->posts->histories;
        sf_look *l = sf_looks_add(into);
        if (l == NULL) {
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        int64_t ranks = sf_pg_whole(r, row, 7);
        l->at_ms = sf_pg_time(r, row, 1);
        l->score = sf_pg_number(r, row, 2);
        l->comments = sf_pg_number(r, row, 3);
        l->velocity = sf_pg_number(r, row, 4);
        l->comment_velocity = sf_pg_number(r, row, 5);
        l->trending_score = sf_pg_number(r, row, 6);
        l->score_rank = ranks & 1;
        l->comments_rank = (ranks >> 1) & 1;
    }
    return SF_OK;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void put_figures(sf_pg_arrays *a, const sf_merge *m, const sf_post *p, int64_t now_ms)
{
    unsigned char trend[SF_TREND_BYTES];
    sf_pg_put_time(a, p->observed_ms);
    sf_pg_put_number(a, p->score);
    sf_pg_put_number(a, p->comments);
    sf_pg_put_time(a, p->score_ms);
    sf_pg_put_time(a, p->comments_ms);
    sf_pg_put_number(a, p->velocity);
    sf_pg_put_number(a, p->comment_velocity);
    sf_pg_put_number(a, p->trending_score);
    sf_pg_put_flag(a, p->rising);
    sf_trend_pack(&p->trend, trend);
    sf_pg_put_text_or_null(a, (sf_str){(const char *)trend, p->trend.w > 0 ? SF_TREND_BYTES : 0});
    sf_pg_put_number(a, sf_post_normalised(p, &m->bases[p->platform]));
    sf_pg_put_number(a, sf_post_hotness(p));
    sf_pg_put_time(a, now_ms);
}

static void put_facts(sf_pg_arrays *a, const sf_post *p)
{
    int64_t number = p->ts_ms == SF_NO_TIME ? sf_id_number(p->platform, p->source_id) : 0;
    sf_pg_put_text(a, sf_cstr(sf_kind_name(p->kind)));
    sf_pg_put_time(a, p->ts_ms);
    sf_pg_put_time(a, p->first_seen_ms);
    sf_pg_put_time(a, p->deleted_ms);
    sf_pg_put_time(a, p->born_ms);
    sf_pg_put_time(a, p->text_ms);
    sf_pg_put_int(a, p->text_rank);
    if (p->text_rank == 0) {
        sf_pg_put_null(a);
    } else {
        sf_pg_put_whole(a, p->text_hash);
    }
    sf_pg_put_time(a, sf_post_event_ms(p));
    if (number > 0) {
        sf_pg_put_whole(a, number);
    } else {
        sf_pg_put_null(a);
    }
}

/* Those that the others come from. */
static int facts_differ(const sf_post *a, const sf_post *b)
{
    return a->kind != b->kind || a->ts_ms != b->ts_ms || a->first_seen_ms != b->first_seen_ms ||
           a->deleted_ms != b->deleted_ms || a->born_ms != b->born_ms || a->text_ms != b->text_ms ||
           a->text_rank != b->text_rank || a->text_hash != b->text_hash;
}

/* Where there is no text: a tombstone, or numbers whose text has not come yet. */
static void put_no_text(sf_pg_arrays *a)
{
    for (size_t i = 0; i < sizeof TEXT_TYPES - 1; i++) {
        if (i == 2 || i == 3) { /* title, body */
            sf_pg_put_text(a, (sf_str){"", 0});
        } else {
            sf_pg_put_null(a);
        }
    }
}

static int put_text(sf_pg_arrays *a, const sf_signal *x, sf_batch *memory, sf_error *err)
{
    int analysed = x->analysis.len > 0 && (x->title.len > 0 || x->body.len > 0);
    sf_str labels = {"", 0}, topics = {"", 0}, entities = {"", 0}, keywords = {"", 0};
    if ((x->n_labels > 0 && sf_list_strings(memory, x->labels, x->n_labels, &labels) != SF_OK) ||
        (analysed && (sf_list_strings(memory, x->topics, x->n_topics, &topics) != SF_OK ||
                      sf_list_entities(memory, x->entities, x->n_entities, &entities) != SF_OK ||
                      sf_list_strings(memory, x->keywords, x->n_keywords, &keywords) != SF_OK))) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    sf_pg_put_text_or_null(a, x->parent_id);
    sf_pg_put_text_or_null(a, x->channel);
    sf_pg_put_text(a, x->title);
    sf_pg_put_text(a, x->body);
    sf_pg_put_text_or_null(a, x->author);
    sf_pg_put_text_or_null(a, x->url);
    sf_pg_put_text_or_null(a, x->lang);
    sf_pg_put_text_or_null(a, labels);
    sf_pg_put_number(a, x->sentiment.neg);
    sf_pg_put_number(a, x->sentiment.neu);
    sf_pg_put_number(a, x->sentiment.pos);
    sf_pg_put_number(a, x->sentiment.compound);
    sf_pg_put_number(a, x->sentiment_cover);
    sf_pg_put_text_or_null(a, topics);
    sf_pg_put_text_or_null(a, x->n_topics > 0 ? x->topics[0] : (sf_str){"", 0});
    sf_pg_put_text_or_null(a, entities);
    sf_pg_put_text_or_null(a, keywords);
    sf_pg_put_text_or_null(a, analysed ? x->analysis : (sf_str){"", 0});
    return SF_OK;
}

static int gather_words(sf_pg_posts *t, const sf_signal *x, int64_t id, sf_error *err)
{
    sf_buffer_cut(&t->text, 0);
    size_t n =
        sf_words_vector(&t->scratch, &t->text, x->title, x->body, x->topics, x->analysis.len > 0 ? x->n_topics : 0);
    if (!t->text.lost && n > 0) {
        sf_pg_put_whole(&t->words, id);
        sf_pg_put_bytes(&t->words, t->text.bytes, t->text.len);
        sf_pg_end_row(&t->words);
    }
    return t->text.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : SF_OK;
}

static int gather_row(sf_pg_posts *t, const sf_merge *m, sf_pg_post *post, int64_t now_ms, sf_batch *memory,
                      sf_error *err)
{
    sf_post *p = &post->is;
    int is_new = p->id == 0, all = m->text != NULL || m->text_gone;
    sf_pg_arrays *a = is_new ? &t->fresh : all ? &t->changed : facts_differ(&post->was, p) ? &t->numbers : &t->figures;
    int r = SF_OK;
    if (is_new) {
        p->id = sf_pg_whole(t->ids, t->next_id++, 0);
    }
    put_figures(a, m, p, now_ms);
    if (a != &t->figures) {
        put_facts(a, p);
    }
    if (m->text != NULL) {
        r = put_text(a, m->text, memory, err);
    } else if (is_new || all) {
        put_no_text(a);
    }
    if (r != SF_OK) {
        return r;
    }
    if (is_new) {
        sf_pg_put_whole(a, p->id);
        sf_pg_put_text(a, sf_cstr(sf_platform_name(p->platform)));
        sf_pg_put_text(a, p->source_id);
    } else {
        sf_pg_put_bytes(a, post->place, sizeof post->place);
    }
    sf_pg_end_row(a);
    if (all && !is_new) {
        sf_pg_put_whole(&t->wordless, p->id);
        sf_pg_end_row(&t->wordless);
    }
    return m->text != NULL ? gather_words(t, m->text, p->id, err) : SF_OK;
}

static void gather_looks(sf_pg_arrays *a, const sf_merge *m, const sf_post *p)
{
    for (size_t i = 0; i < m->looks.n; i++) {
        const sf_look *l = &m->looks.v[i];
        if (l->write) {
            sf_pg_put_text(a, sf_cstr(sf_platform_name(p->platform)));
            sf_pg_put_text(a, p->source_id);
            sf_pg_put_time(a, l->at_ms);
            sf_pg_put_number(a, l->score);
            sf_pg_put_number(a, l->comments);
            sf_pg_put_number(a, l->velocity);
            sf_pg_put_number(a, l->comment_velocity);
            sf_pg_put_number(a, l->trending_score);
            sf_pg_put_int(a, l->score_rank | l->comments_rank << 1);
            sf_pg_end_row(a);
        }
    }
}

int sf_pg_gather(sf_pg_posts *t, const sf_merge *m, sf_pg_post *p, int64_t now_ms, sf_batch *memory, sf_error *err)
{
    p->rewritten = m->text != NULL || m->text_gone;
    int r = m->row_changed ? gather_row(t, m, p, now_ms, memory, err) : SF_OK;
    if (r == SF_OK) {
        gather_looks(p->needs_looks ? &t->looks : &t->fresh_looks, m, &p->is);
    }
    return r;
}

/* Rows are found where they were when they were locked. One that is not there would be lost without a word, so they are counted. */
static int update(sf_pg_posts *t, const char *sql, sf_pg_arrays *rows, sf_error *err)
{
    int64_t changed;
    int r = sf_pg_execute_arrays(t->pg, sql, rows, NULL, &changed, err);
    return r == SF_OK && changed != (int64_t)rows->rows
               ? sf_fail(err, SF_EIO, "%.60s: a row of signals moved while it was locked", t->pg->name)
               : r;
}

int sf_pg_write_gathered(sf_pg_posts *t, int tries, sf_error *err)
{
    int r = sf_pg_execute_arrays(t->pg, insert_sql, &t->fresh, NULL, NULL, err);
    r = r == SF_OK ? update(t, update_sql, &t->changed, err) : r;
    r = r == SF_OK ? update(t, update_numbers_sql, &t->numbers, err) : r;
    r = r == SF_OK ? update(t, update_figures_sql, &t->figures, err) : r;
    r = r == SF_OK ? sf_pg_execute_arrays(t->pg, wordless_sql, &t->wordless, NULL, NULL, err) : r;
    r = r == SF_OK ? sf_pg_execute_arrays(t->pg, words_sql, &t->words, NULL, NULL, err) : r;
    r = r == SF_OK
            ? sf_pg_execute_arrays(t->pg, tries == 0 ? add_looks_sql : looks_sql, &t->fresh_looks, NULL, NULL, err)
            : r;
    return r == SF_OK ? sf_pg_execute_arrays(t->pg, looks_sql, &t->looks, NULL, NULL, err) : r;
}

/* ---- what rows tell records ---------------------------------------------------------------------------------------- */

static int wants_topics(const sf_pg_post *p)
{
    int wanted = 0;
    for (size_t i = 0; i < p->n_records; i++) {
        wanted |= sf_wants_topics(p->records[i]);
    }
    return wanted;
}

/* Those of a text that stayed were read with the row; another one's are asked for. */
int sf_pg_tell_topics(sf_pg_posts *t, const sf_pg_post *v, size_t n, sf_batch *memory, sf_error *err)
{
    PGresult *found = NULL;
    size_t asked = 0, *of = sf_batch_alloc(memory, (n + 1) * sizeof *of);
    int r = of != NULL ? SF_OK : SF_ENOMEM;
    sf_pg_arrays_reset(&t->keys);
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        int wanted = wants_topics(&v[i]);
        if (wanted && v[i].rewritten) {
            of[asked++] = i;
            put_key(t, &v[i]);
        } else if (wanted && v[i].row >= 0) {
            r = sf_tell_topics(v[i].records, v[i].n_records, sf_pg_text(t->rows, v[i].row, 1 + SF_PG_STATE_COLUMNS),
                               memory);
        }
    }
    if (r != SF_OK || asked == 0) {
        return r == SF_OK ? r : sf_fail(err, r, "%s", sf_strerror(r));
    }
    r = sf_pg_execute_arrays(t->pg, topics_sql, &t->keys, &found, NULL, err);
    for (int row = 0; r == SF_OK && row < PQntuples(found); row++) {
        const sf_pg_post *p = &v[of[sf_pg_whole(found, row, 0) - 1]];
        r = sf_tell_topics(p->records, p->n_records, sf_pg_text(found, row, 1), memory);
        r = r == SF_OK ? r : sf_fail(err, r, "%s", sf_strerror(r));
    }
    PQclear(found);
    return r;
}
