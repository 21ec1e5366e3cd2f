/* SPDX-License-Identifier: MIT */
/* A batch into the two tables of Reddit: one transaction, each post merged by the rules of reddit_post.h. */
#include "sqlite_reddit.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/fault.h"
#include "lists.h"
#include "reddit_post.h"
#include "sqlite_offsets.h"

#define READ                                                                                                           \
    "SELECT subreddit, title, author, url, score, num_comments, created_at, observed_at, deleted_at, text_at, "        \
    "score_at, comments_at FROM reddit_posts WHERE id = ?1"
#define WRITE                                                                                                          \
    "INSERT INTO reddit_posts (id, subreddit, title, author, url, score, num_comments, created_at, observed_at, "      \
    "deleted_at, text_at, score_at, comments_at, last_updated_at) "                                                    \
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (id) DO UPDATE SET "             \
    "subreddit = excluded.subreddit, title = excluded.title, author = excluded.author, url = excluded.url, "           \
    "score = excluded.score, num_comments = excluded.num_comments, created_at = excluded.created_at, "                 \
    "observed_at = excluded.observed_at, deleted_at = excluded.deleted_at, text_at = excluded.text_at, "               \
    "score_at = excluded.score_at, comments_at = excluded.comments_at, last_updated_at = excluded.last_updated_at"
#define WRITE_FEATURES                                                                                                 \
    "INSERT INTO reddit_nlp_features (post_id, sentiment_compound, keywords, observed_at, last_updated_at) "           \
    "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (post_id) DO UPDATE SET sentiment_compound = "                            \
    "excluded.sentiment_compound, keywords = excluded.keywords, observed_at = excluded.observed_at, "                  \
    "last_updated_at = excluded.last_updated_at"
#define REMOVE_FEATURES "DELETE FROM reddit_nlp_features WHERE post_id = ?1"

struct sf_sqlite_reddit {
    sqlite3 *db;
    sf_sqlite_offsets *offsets;
    sqlite3_stmt *read, *write, *write_features, *remove_features;
    int durable; /* commits wait for the disk */
    int64_t now_ms;
};

int sf_sqlite_reddit_open(sf_sqlite_reddit **out, sqlite3 *db, sf_error *err)
{
    sf_sqlite_reddit *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    w->db = db;
    int r = sf_sqlite_offsets_open(&w->offsets, db, err);
    r = r == SF_OK ? sf_sqlite_prepare(db, READ, &w->read, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, WRITE, &w->write, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, WRITE_FEATURES, &w->write_features, err) : r;
    r = r == SF_OK ? sf_sqlite_prepare(db, REMOVE_FEATURES, &w->remove_features, err) : r;
    if (r != SF_OK) {
        sf_sqlite_reddit_close(w);
        return r;
    }
    *out = w;
    return SF_OK;
}

void sf_sqlite_reddit_close(sf_sqlite_reddit *w)
{
    if (w != NULL) {
        sf_sqlite_offsets_close(w->offsets);
        sqlite3_stmt *const all[] = {w->read, w->write, w->write_features, w->remove_features};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            (void)sqlite3_finalize(all[i]);
        }
        free(w);
    }
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static int read_row(sf_sqlite_reddit *w, sf_reddit_post *p, sf_batch *memory, sf_error *err)
{
    sf_str *const texts[] = {&p->subreddit, &p->title, &p->author, &p->url};
    sf_sqlite_bind_text(w->read, 1, p->id);
    int r = sf_sqlite_step(w->read, err);
    if (r != 1) {
        return r;
    }
    r = SF_OK;
    for (int i = 0; i < 4 && r == SF_OK; i++) {
        r = sf_batch_copy(memory, sf_sqlite_text(w->read, i), texts[i]);
    }
    p->score = sf_sqlite_number(w->read, 4);
    p->comments = sf_sqlite_number(w->read, 5);
    p->created_ms = sf_sqlite_time(w->read, 6);
    p->observed_ms = sf_sqlite_time(w->read, 7);
    p->deleted_ms = sf_sqlite_time(w->read, 8);
    p->text_ms = sf_sqlite_time(w->read, 9);
    p->score_ms = sf_sqlite_time(w->read, 10);
    p->comments_ms = sf_sqlite_time(w->read, 11);
    (void)sqlite3_reset(w->read);
    return r == SF_OK ? SF_OK : sf_fail(err, r, "%s", sf_strerror(r));
}

static int write_row(sf_sqlite_reddit *w, const sf_reddit_post *p, sf_error *err)
{
    sf_sqlite_bind_text(w->write, 1, p->id);
    sf_sqlite_bind_text_or_null(w->write, 2, p->subreddit);
    sf_sqlite_bind_text(w->write, 3, p->title);
    sf_sqlite_bind_text_or_null(w->write, 4, p->author);
    sf_sqlite_bind_text_or_null(w->write, 5, p->url);
    sf_sqlite_bind_number(w->write, 6, p->score);
    sf_sqlite_bind_number(w->write, 7, p->comments);
    sf_sqlite_bind_time(w->write, 8, p->created_ms);
    sf_sqlite_bind_time(w->write, 9, p->observed_ms);
    sf_sqlite_bind_time(w->write, 10, p->deleted_ms);
    sf_sqlite_bind_time(w->write, 11, p->text_ms);
    sf_sqlite_bind_time(w->write, 12, p->score_ms);
    sf_sqlite_bind_time(w->write, 13, p->comments_ms);
    sf_sqlite_bind_time(w->write, 14, w->now_ms);
    return sf_sqlite_step(w->write, err);
}

static int write_features(sf_sqlite_reddit *w, const sf_reddit_post *p, sf_batch *memory, sf_error *err)
{
    sf_str keywords;
    if (p->text_gone) {
        sf_sqlite_bind_text(w->remove_features, 1, p->id);
        return sf_sqlite_step(w->remove_features, err);
    }
    if (p->text == NULL) {
        return SF_OK;
    }
    int r = sf_list_strings(memory, p->text->keywords, p->text->n_keywords, &keywords);
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    sf_sqlite_bind_text(w->write_features, 1, p->id);
    sf_sqlite_bind_number(w->write_features, 2, p->text->sentiment.compound);
    sf_sqlite_bind_text(w->write_features, 3, keywords);
    sf_sqlite_bind_time(w->write_features, 4, p->text_ms);
    sf_sqlite_bind_time(w->write_features, 5, w->now_ms);
    return sf_sqlite_step(w->write_features, err);
}

static int write_record(sf_sqlite_reddit *w, sf_record *x, sf_batch *memory, sf_error *err)
{
    sf_reddit_post p;
    sf_reddit_post_init(&p, x->signal->source_id);
    int r = read_row(w, &p, memory, err);
    if (r != SF_OK) {
        return r;
    }
    sf_reddit_merge(&p, x);
    r = p.changed ? write_row(w, &p, err) : SF_OK;
    return r == SF_OK ? write_features(w, &p, memory, err) : r;
}

/* ---- a batch ------------------------------------------------------------------------------------------------------ */

int sf_sqlite_write_reddit(sf_sqlite_reddit *w, sf_records *b, sf_error *err)
{
    int r = sf_sqlite_make_durable(w->db, &w->durable, b->durable, err);
    r = r == SF_OK ? sf_sqlite_run(w->db, "BEGIN IMMEDIATE", err) : r;
    if (r != SF_OK) {
        return r;
    }
    w->now_ms = sf_clock_ms();
    r = sf_sqlite_advance(w->offsets, b, err); /* first: it may not be ours to write */
    for (size_t i = 0; i < b->n && r == SF_OK; i++) {
        r = sf_reddit_record_counts(&b->v[i]) ? write_record(w, &b->v[i], b->memory, err) : SF_OK;
    }
    sf_fault("store");
    r = r == SF_OK ? sf_sqlite_run(w->db, "COMMIT", err) : r;
    if (r != SF_OK && !sqlite3_get_autocommit(w->db)) {
        (void)sf_sqlite_run(w->db, "ROLLBACK", NULL);
    }
    return r;
}
