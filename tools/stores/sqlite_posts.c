/* SPDX-License-Identifier: MIT */
/* Statements on posts. Columns are named once: the list that is read, the list that is written. */
#include "sqlite_posts.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "common/fail.h"
#include "common/id_order.h"
#include "lists.h"

#define STATE                                                                                                          \
    "id, kind, ts, observed_at, first_seen_at, deleted_at, raw_score, comments, score_at, comments_at, velocity, "     \
    "comment_velocity, trending_score, rising, trend_state, born_at, text_at, text_rank, text_hash"

#define NUMBERS                                                                                                        \
    "kind = ?1, ts = ?2, observed_at = ?3, first_seen_at = ?4, deleted_at = ?5, raw_score = ?6, comments = ?7, "       \
    "score_at = ?8, comments_at = ?9, velocity = ?10, comment_velocity = ?11, trending_score = ?12, rising = ?13, "    \
    "trend_state = ?14, born_at = ?15, text_at = ?16, text_rank = ?17, text_hash = ?18, event_at = ?19, "              \
    "normalised_score = ?20, hotness = ?21, id_number = ?22, last_updated_at = ?23"
enum { NUMBERS_COUNT = 23 };

#define TEXT                                                                                                           \
    "parent_id = ?24, channel = ?25, title = ?26, body = ?27, author = ?28, url = ?29, lang = ?30, labels = ?31, "     \
    "sentiment_neg = ?32, sentiment_neu = ?33, sentiment_pos = ?34, sentiment_compound = ?35, sentiment_cover = ?36, " \
    "topics = ?37, primary_topic = ?38, entities = ?39, keywords = ?40, analysis = ?41"
enum { TEXT_COUNT = 18, ID = NUMBERS_COUNT + TEXT_COUNT + 1, PLATFORM = ID, SOURCE_ID = ID + 1 };

static const char *const sql[] = {
#define READ 0
    "SELECT " STATE " FROM signals WHERE platform = ?1 AND source_id = ?2",
#define INSERT 1
    "INSERT INTO signals (kind, ts, observed_at, first_seen_at, deleted_at, raw_score, comments, score_at, "
    "comments_at, velocity, comment_velocity, trending_score, rising, trend_state, born_at, text_at, text_rank, "
    "text_hash, event_at, normalised_score, hotness, id_number, last_updated_at, parent_id, channel, title, body, "
    "author, url, lang, labels, sentiment_neg, sentiment_neu, sentiment_pos, sentiment_compound, sentiment_cover, "
    "topics, primary_topic, entities, keywords, analysis, platform, source_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
    "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, "
    "?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43)",
#define UPDATE_NUMBERS 2
    "UPDATE signals SET " NUMBERS " WHERE id = ?42",
#define UPDATE_ALL 3
    "UPDATE signals SET " NUMBERS ", " TEXT " WHERE id = ?42",
#define READ_LOOKS 4
    "SELECT observed_at, score, comments, velocity, comment_velocity, trending_score, ranks FROM "
    "signal_metrics_history WHERE platform = ?1 AND source_id = ?2 ORDER BY observed_at",
#define WRITE_LOOK 5
    "INSERT INTO signal_metrics_history (platform, source_id, observed_at, score, comments, velocity, "
    "comment_velocity, trending_score, ranks) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET "
    "score = excluded.score, comments = excluded.comments, velocity = excluded.velocity, comment_velocity = "
    "excluded.comment_velocity, trending_score = excluded.trending_score, ranks = excluded.ranks",
#define STEP_ABOVE 6
    "SELECT at FROM births WHERE platform = ?1 AND number >= ?2 ORDER BY number LIMIT 1",
#define STEP_BELOW 7
    "SELECT number FROM births WHERE platform = ?1 AND number < ?2 AND at < ?3 ORDER BY number DESC LIMIT 1",
#define DROP_STEPS 8
    "DELETE FROM births WHERE platform = ?1 AND number > ?2 AND number < ?3",
#define ADD_STEP 9
    "INSERT OR REPLACE INTO births (platform, number, at) VALUES (?1, ?2, ?3)",
#define INDEX_TEXT 10
    "INSERT INTO signals_text (rowid, title, body, topics) VALUES (?1, ?2, ?3, ?4)",
#define NEXT_UNBORN 11
    "SELECT " STATE ", source_id, id_number FROM signals WHERE platform = ?1 AND id_number > ?2 AND id_number < ?3 "
    "AND born_at > ?4 ORDER BY id_number LIMIT 1",
#define READ_TOPICS 12
    "SELECT topics FROM signals WHERE platform = ?1 AND source_id = ?2 AND topics IS NOT NULL",
};
enum { STATEMENTS = sizeof sql / sizeof *sql, STATE_COUNT = 19 };

/* What the full-text index has not seen yet of a new row. */
typedef struct fresh {
    int64_t id;
    sf_str title, body, topics;
} fresh;

struct sf_sqlite_posts {
    sqlite3 *db;
    sqlite3_stmt *s[STATEMENTS];
    fresh *fresh; /* of this transaction */
    size_t n_fresh, cap_fresh;
};

int sf_sqlite_posts_open(sf_sqlite_posts **out, sqlite3 *db, sf_error *err)
{
    sf_sqlite_posts *t = calloc(1, sizeof *t);
    int r = t != NULL ? SF_OK : sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    for (size_t i = 0; i < STATEMENTS && r == SF_OK; i++) {
        r = sf_sqlite_prepare(db, sql[i], &t->s[i], err);
    }
    if (r != SF_OK) {
        sf_sqlite_posts_close(t);
        return r;
    }
    t->db = db;
    *out = t;
    return SF_OK;
}

void sf_sqlite_posts_close(sf_sqlite_posts *t)
{
    for (size_t i = 0; t != NULL && i < STATEMENTS; i++) {
        (void)sqlite3_finalize(t->s[i]);
    }
    free(t != NULL ? t->fresh : NULL);
    free(t);
}

void sf_sqlite_posts_begin(sf_sqlite_posts *t)
{
    t->n_fresh = 0;
}

static void bind_name(sqlite3_stmt *s, int i, const char *name)
{
    (void)sqlite3_bind_text(s, i, name, -1, SQLITE_STATIC);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* Columns STATE of a row. */
static void take_state(sqlite3_stmt *s, sf_post *p)
{
    p->id = sqlite3_column_int64(s, 0);
    p->kind = sf_post_kind(sf_sqlite_text(s, 1));
    p->ts_ms = sf_sqlite_time(s, 2);
    p->observed_ms = sf_sqlite_time(s, 3);
    p->first_seen_ms = sf_sqlite_time(s, 4);
    p->deleted_ms = sf_sqlite_time(s, 5);
    p->score = sf_sqlite_number(s, 6);
    p->comments = sf_sqlite_number(s, 7);
    p->score_ms = sf_sqlite_time(s, 8);
    p->comments_ms = sf_sqlite_time(s, 9);
    p->velocity = sf_sqlite_number(s, 10);
    p->comment_velocity = sf_sqlite_number(s, 11);
    p->trending_score = sf_sqlite_number(s, 12);
    p->rising = sqlite3_column_type(s, 13) == SQLITE_NULL ? -1 : sqlite3_column_int(s, 13);
    if (sqlite3_column_bytes(s, 14) == SF_TREND_BYTES) {
        sf_trend_unpack(sqlite3_column_blob(s, 14), &p->trend);
    }
    p->born_ms = sf_sqlite_time(s, 15);
    p->text_ms = sf_sqlite_time(s, 16);
    p->text_rank = sqlite3_column_int(s, 17);
    p->text_hash = sqlite3_column_int64(s, 18);
}

int sf_sqlite_read_post(sf_sqlite_posts *t, sf_post *p, sf_error *err)
{
    sqlite3_stmt *s = t->s[READ];
    bind_name(s, 1, sf_platform_name(p->platform));
    sf_sqlite_bind_text(s, 2, p->source_id);
    int r = sf_sqlite_step(s, err);
    if (r == 1) {
        take_state(s, p);
        (void)sqlite3_reset(s);
    }
    return r < 0 ? r : SF_OK;
}

int sf_sqlite_tell_topics(sf_sqlite_posts *t, sf_record *const *v, size_t n, sf_batch *memory, sf_error *err)
{
    sqlite3_stmt *s = t->s[READ_TOPICS];
    bind_name(s, 1, sf_platform_name(v[0]->signal->platform));
    sf_sqlite_bind_text(s, 2, v[0]->signal->source_id);
    int r = sf_sqlite_step(s, err);
    if (r == 1) {
        r = sf_tell_topics(v, n, sf_sqlite_text(s, 0), memory);
        r = r == SF_OK ? r : sf_fail(err, r, "%s", sf_strerror(r));
        (void)sqlite3_reset(s);
    }
    return r;
}

int sf_sqlite_read_looks(void *posts, const sf_post *p, sf_looks *into, sf_error *err)
{
    sf_sqlite_posts *t = posts;
    sqlite3_stmt *s = t->s[READ_LOOKS];
    int r;
    bind_name(s, 1, sf_platform_name(p->platform));
    sf_sqlite_bind_text(s, 2, p->source_id);
    while ((r = sf_sqlite_step(s, err)) == 1) {
        sf_look *l = sf_looks_add(into);
        if (l == NULL) {
            (void)sqlite3_reset(s);
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        int ranks = sqlite3_column_int(s, 6);
        l->at_ms = sqlite3_column_int64(s, 0);
        l->score = sf_sqlite_number(s, 1);
        l->comments = sf_sqlite_number(s, 2);
        l->velocity = sf_sqlite_number(s, 3);
        l->comment_velocity = sf_sqlite_number(s, 4);
        l->trending_score = sf_sqlite_number(s, 5);
        l->score_rank = ranks & 1;
        l->comments_rank = (ranks >> 1) & 1;
    }
    return r;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void bind_numbers(sqlite3_stmt *s, const sf_merge *m, const sf_post *p, int64_t now_ms)
{
    unsigned char trend[SF_TREND_BYTES];
    int64_t number = p->ts_ms == SF_NO_TIME ? sf_id_number(p->platform, p->source_id) : 0;
    bind_name(s, 1, sf_kind_name(p->kind));
    sf_sqlite_bind_time(s, 2, p->ts_ms);
    sf_sqlite_bind_time(s, 3, p->observed_ms);
    sf_sqlite_bind_time(s, 4, p->first_seen_ms);
    sf_sqlite_bind_time(s, 5, p->deleted_ms);
    sf_sqlite_bind_number(s, 6, p->score);
    sf_sqlite_bind_number(s, 7, p->comments);
    sf_sqlite_bind_time(s, 8, p->score_ms);
    sf_sqlite_bind_time(s, 9, p->comments_ms);
    sf_sqlite_bind_number(s, 10, p->velocity);
    sf_sqlite_bind_number(s, 11, p->comment_velocity);
    sf_sqlite_bind_number(s, 12, p->trending_score);
    (void)(p->rising < 0 ? sqlite3_bind_null(s, 13) : sqlite3_bind_int(s, 13, p->rising));
    if (p->trend.w > 0) {
        sf_trend_pack(&p->trend, trend);
        (void)sqlite3_bind_blob(s, 14, trend, SF_TREND_BYTES, SQLITE_TRANSIENT);
    } else {
        (void)sqlite3_bind_null(s, 14);
    }
    sf_sqlite_bind_time(s, 15, p->born_ms);
    sf_sqlite_bind_time(s, 16, p->text_ms);
    (void)sqlite3_bind_int(s, 17, p->text_rank);
    (void)(p->text_rank == 0 ? sqlite3_bind_null(s, 18) : sqlite3_bind_int64(s, 18, p->text_hash));
    sf_sqlite_bind_time(s, 19, sf_post_event_ms(p));
    sf_sqlite_bind_number(s, 20, sf_post_normalised(p, &m->bases[p->platform]));
    sf_sqlite_bind_number(s, 21, sf_post_hotness(p));
    sf_sqlite_bind_time(s, 22, number > 0 ? number : SF_NO_TIME);
    sf_sqlite_bind_time(s, 23, now_ms);
}

/* Columns TEXT where there is none: a tombstone, or numbers whose text has not come yet. */
static void bind_no_text(sqlite3_stmt *s)
{
    for (int i = NUMBERS_COUNT + 1; i < ID; i++) {
        (void)sqlite3_bind_null(s, i);
    }
    bind_name(s, 26, "");
    bind_name(s, 27, "");
}

static int bind_text(sqlite3_stmt *s, const sf_signal *x, sf_batch *memory, sf_str *topics, sf_error *err)
{
    int analysed = x->analysis.len > 0 && (x->title.len > 0 || x->body.len > 0);
    sf_str labels = {"", 0}, entities = {"", 0}, keywords = {"", 0};
    if ((x->n_labels > 0 && sf_list_strings(memory, x->labels, x->n_labels, &labels) != SF_OK) ||
        (analysed && (sf_list_strings(memory, x->topics, x->n_topics, topics) != SF_OK ||
                      sf_list_entities(memory, x->entities, x->n_entities, &entities) != SF_OK ||
                      sf_list_strings(memory, x->keywords, x->n_keywords, &keywords) != SF_OK))) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    sf_sqlite_bind_text_or_null(s, 24, x->parent_id);
    sf_sqlite_bind_text_or_null(s, 25, x->channel);
    sf_sqlite_bind_text(s, 26, x->title);
    sf_sqlite_bind_text(s, 27, x->body);
    sf_sqlite_bind_text_or_null(s, 28, x->author);
    sf_sqlite_bind_text_or_null(s, 29, x->url);
    sf_sqlite_bind_text_or_null(s, 30, x->lang);
    sf_sqlite_bind_text_or_null(s, 31, labels);
    sf_sqlite_bind_number(s, 32, x->sentiment.neg);
    sf_sqlite_bind_number(s, 33, x->sentiment.neu);
    sf_sqlite_bind_number(s, 34, x->sentiment.pos);
    sf_sqlite_bind_number(s, 35, x->sentiment.compound);
    sf_sqlite_bind_number(s, 36, x->sentiment_cover);
    sf_sqlite_bind_text_or_null(s, 37, *topics);
    sf_sqlite_bind_text_or_null(s, 38, x->n_topics > 0 ? x->topics[0] : (sf_str){"", 0});
    sf_sqlite_bind_text_or_null(s, 39, entities);
    sf_sqlite_bind_text_or_null(s, 40, keywords);
    sf_sqlite_bind_text_or_null(s, 41, analysed ? x->analysis : (sf_str){"", 0});
    return SF_OK;
}

/* Takes note of a new row for the full-text index. */
static int note_fresh(sf_sqlite_posts *t, const sf_signal *x, sf_str topics, sf_error *err)
{
    if (t->n_fresh == t->cap_fresh) {
        size_t cap = t->cap_fresh > 0 ? 2 * t->cap_fresh : 1024;
        fresh *v = realloc(t->fresh, cap * sizeof *v);
        if (v == NULL) {
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        t->fresh = v;
        t->cap_fresh = cap;
    }
    sf_str none = {"", 0};
    t->fresh[t->n_fresh++] =
        (fresh){sqlite3_last_insert_rowid(t->db), x != NULL ? x->title : none, x != NULL ? x->body : none, topics};
    return SF_OK;
}

int sf_sqlite_index_texts(sf_sqlite_posts *t, sf_error *err)
{
    sqlite3_stmt *s = t->s[INDEX_TEXT];
    int r = SF_OK;
    for (size_t i = 0; i < t->n_fresh && r == SF_OK; i++) {
        (void)sqlite3_bind_int64(s, 1, t->fresh[i].id);
        sf_sqlite_bind_text(s, 2, t->fresh[i].title);
        sf_sqlite_bind_text(s, 3, t->fresh[i].body);
        sf_sqlite_bind_text_or_null(s, 4, t->fresh[i].topics);
        r = sf_sqlite_step(s, err);
    }
    return r;
}

static int write_row(sf_sqlite_posts *t, const sf_merge *m, const sf_post *p, int64_t now_ms, sf_batch *memory,
                     sf_error *err)
{
    int is_new = p->id == 0, all = m->text != NULL || m->text_gone;
    sqlite3_stmt *s = t->s[is_new ? INSERT : all ? UPDATE_ALL : UPDATE_NUMBERS];
    sf_str topics = {"", 0};
    int r = SF_OK;
    bind_numbers(s, m, p, now_ms);
    if (m->text != NULL) {
        r = bind_text(s, m->text, memory, &topics, err);
    } else if (is_new || all) {
        bind_no_text(s);
    }
    if (is_new) {
        bind_name(s, PLATFORM, sf_platform_name(p->platform));
        sf_sqlite_bind_text(s, SOURCE_ID, p->source_id);
    } else {
        (void)sqlite3_bind_int64(s, ID, p->id);
    }
    r = r == SF_OK ? sf_sqlite_step(s, err) : r;
    return r == SF_OK && is_new ? note_fresh(t, m->text, topics, err) : r;
}

static int write_looks(sf_sqlite_posts *t, const sf_merge *m, const sf_post *p, sf_error *err)
{
    sqlite3_stmt *s = t->s[WRITE_LOOK];
    int r = SF_OK;
    bind_name(s, 1, sf_platform_name(p->platform));
    sf_sqlite_bind_text(s, 2, p->source_id);
    for (size_t i = 0; i < m->looks.n && r == SF_OK; i++) {
        const sf_look *l = &m->looks.v[i];
        if (l->write) {
            sf_sqlite_bind_time(s, 3, l->at_ms);
            sf_sqlite_bind_number(s, 4, l->score);
            sf_sqlite_bind_number(s, 5, l->comments);
            sf_sqlite_bind_number(s, 6, l->velocity);
            sf_sqlite_bind_number(s, 7, l->comment_velocity);
            sf_sqlite_bind_number(s, 8, l->trending_score);
            (void)sqlite3_bind_int(s, 9, l->score_rank | l->comments_rank << 1);
            r = sf_sqlite_step(s, err);
        }
    }
    return r;
}

int sf_sqlite_write_post(sf_sqlite_posts *t, const sf_merge *m, const sf_post *p, int64_t now_ms, sf_batch *memory,
                         sf_error *err)
{
    int r = m->row_changed ? write_row(t, m, p, now_ms, memory, err) : SF_OK;
    return r == SF_OK ? write_looks(t, m, p, err) : r;
}

/* ---- births ------------------------------------------------------------------------------------------------------- */

/* Runs a statement of (platform, a, b). 1: a row, its first column is *out; 0: none; or a failure. */
static int ask(sqlite3_stmt *s, int32_t platform, int64_t a, int64_t b, int64_t *out, sf_error *err)
{
    bind_name(s, 1, sf_platform_name(platform));
    (void)sqlite3_bind_int64(s, 2, a);
    if (sqlite3_bind_parameter_count(s) > 2) {
        (void)sqlite3_bind_int64(s, 3, b);
    }
    int r = sf_sqlite_step(s, err);
    if (r == 1) {
        *out = sqlite3_column_int64(s, 0);
        (void)sqlite3_reset(s);
    }
    return r;
}

int sf_sqlite_note_birth(sf_sqlite_posts *t, const sf_post *p, int64_t number, int64_t at_ms, int64_t *born_ms,
                         int64_t *below, sf_error *err)
{
    int64_t nothing;
    *born_ms = SF_NO_TIME;
    *below = number;
    if (number == 0) {
        return SF_OK;
    }
    int r = ask(t->s[STEP_ABOVE], p->platform, number, 0, born_ms, err);
    if (r < 0 || (r == 1 && *born_ms <= at_ms)) {
        return r < 0 ? r : SF_OK;
    }
    *born_ms = at_ms;
    *below = 0;
    r = ask(t->s[STEP_BELOW], p->platform, number, at_ms, below, err);
    r = r < 0 ? r : ask(t->s[DROP_STEPS], p->platform, *below, number, &nothing, err);
    return r < 0 ? r : ask(t->s[ADD_STEP], p->platform, number, at_ms, &nothing, err);
}

int sf_sqlite_next_unborn(sf_sqlite_posts *t, int32_t platform, int64_t *above, int64_t below, int64_t at_ms,
                          sf_batch *memory, sf_post *p, sf_error *err)
{
    sqlite3_stmt *s = t->s[NEXT_UNBORN];
    bind_name(s, 1, sf_platform_name(platform));
    (void)sqlite3_bind_int64(s, 2, *above);
    (void)sqlite3_bind_int64(s, 3, below);
    (void)sqlite3_bind_int64(s, 4, at_ms);
    int r = sf_sqlite_step(s, err);
    if (r != 1) {
        return r;
    }
    sf_str id;
    r = sf_batch_copy(memory, sf_sqlite_text(s, STATE_COUNT), &id);
    if (r == SF_OK) {
        sf_post_init(p, platform, id);
        take_state(s, p);
        *above = sqlite3_column_int64(s, STATE_COUNT + 1);
    }
    (void)sqlite3_reset(s);
    return r == SF_OK ? 1 : sf_fail(err, r, "%s", sf_strerror(r));
}
