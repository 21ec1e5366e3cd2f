/* SPDX-License-Identifier: MIT */
/* A batch into the two tables of Reddit: one transaction, posts read, merged by the rules of reddit_post.h, and written at once each. */
#include "postgres_reddit.h"

#include <stdlib.h>

#include "batch.h"
#include "common/clock.h"
#include "common/fail.h"
#include "lists.h"
#include "postgres_values.h"
#include "postgres_write.h"
#include "reddit_post.h"

#define COLUMNS                                                                                                        \
    "subreddit, title, author, url, score, num_comments, created_at, observed_at, deleted_at, text_at, score_at, "     \
    "comments_at"
#define ARRAYS                                                                                                         \
    "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::float8[], "                  \
    "$8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], "               \
    "$13::timestamptz[], $14::timestamptz[])"
static const char read_sql[] = "SELECT k.i, " COLUMNS " FROM unnest($1::text[]) WITH ORDINALITY AS k(id, i)"
                               " JOIN reddit_posts p ON p.id = k.id ORDER BY k.i FOR UPDATE OF p";
static const char insert_sql[] = "INSERT INTO reddit_posts (id, " COLUMNS ", last_updated_at) SELECT * FROM " ARRAYS;
static const char update_sql[] = "UPDATE reddit_posts p SET (" COLUMNS ", last_updated_at) = ROW(k.subreddit, k.title,"
                                 " k.author, k.url, k.score, k.num_comments, k.created_at, k.observed_at,"
                                 " k.deleted_at, k.text_at, k.score_at, k.comments_at, k.last_updated_at) FROM " ARRAYS
                                 " AS k(id, " COLUMNS ", last_updated_at) WHERE p.id = k.id";
static const char features_sql[] =
    "INSERT INTO reddit_nlp_features (post_id, sentiment_compound, keywords, observed_at, last_updated_at)"
    " SELECT k.id, k.compound, k.keywords::json, k.at, k.now FROM unnest($1::text[], $2::float8[], $3::text[],"
    " $4::timestamptz[], $5::timestamptz[]) AS k(id, compound, keywords, at, now) ON CONFLICT (post_id) DO UPDATE SET"
    " sentiment_compound = excluded.sentiment_compound, keywords = excluded.keywords,"
    " observed_at = excluded.observed_at, last_updated_at = excluded.last_updated_at";
static const char remove_sql[] =
    "DELETE FROM reddit_nlp_features f USING unnest($1::text[]) AS k(id) WHERE f.post_id = k.id";

struct sf_pg_reddit {
    sf_pg *pg;
    sf_pg_arrays keys, fresh, changed, features, gone;
    PGresult *rows; /* texts of posts live in it */
    unsigned generation;
    int64_t now_ms;
};

/* A post of the batch, and what all of its records did. */
typedef struct post {
    sf_reddit_post is;
    sf_record **records;
    size_t n_records;
    int known, changed, text_gone;
    const sf_signal *text;
} post;

int sf_pg_reddit_open(sf_pg_reddit **out, sf_pg *pg, sf_error *err)
{
    sf_pg_reddit *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    w->pg = pg;
    sf_pg_arrays_open(&w->keys, "t");
    sf_pg_arrays_open(&w->fresh, "tttttnnmmmmmmm");
    sf_pg_arrays_open(&w->changed, "tttttnnmmmmmmm");
    sf_pg_arrays_open(&w->features, "tntmm");
    sf_pg_arrays_open(&w->gone, "t");
    *out = w;
    return SF_OK;
}

void sf_pg_reddit_close(sf_pg_reddit *w)
{
    if (w != NULL) {
        sf_pg_arrays *const all[] = {&w->keys, &w->fresh, &w->changed, &w->features, &w->gone};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            sf_pg_arrays_close(all[i]);
        }
        PQclear(w->rows);
        free(w);
    }
}

static void begin(sf_pg_reddit *w)
{
    sf_pg_arrays *const all[] = {&w->keys, &w->fresh, &w->changed, &w->features, &w->gone};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        sf_pg_arrays_reset(all[i]);
    }
    PQclear(w->rows);
    w->rows = NULL;
    w->now_ms = sf_clock_ms();
}

/* ---- posts -------------------------------------------------------------------------------------------------------- */

/* The batch's posts that these tables are about. */
static int list_posts(sf_batch *memory, sf_record **v, size_t n, post **out, size_t *n_posts, sf_error *err)
{
    post *posts = sf_batch_alloc(memory, (n + 1) * sizeof *posts);
    *n_posts = 0;
    if (posts == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (size_t i = 0, same; i < n; i += same) {
        same = sf_count_same_post(v + i, n - i);
        post p = {.records = v + i};
        for (size_t k = 0; k < same; k++) { /* those that count, in front */
            if (sf_reddit_record_counts(v[i + k])) {
                sf_record *counts = v[i + k];
                v[i + k] = p.records[p.n_records];
                p.records[p.n_records++] = counts;
            }
        }
        if (p.n_records > 0) {
            sf_reddit_post_init(&p.is, p.records[0]->signal->source_id);
            posts[(*n_posts)++] = p;
        }
    }
    *out = posts;
    return SF_OK;
}

static void take_row(const PGresult *r, int row, post *p)
{
    p->known = 1;
    p->is.subreddit = sf_pg_text(r, row, 1);
    p->is.title = sf_pg_text(r, row, 2);
    p->is.author = sf_pg_text(r, row, 3);
    p->is.url = sf_pg_text(r, row, 4);
    p->is.score = sf_pg_number(r, row, 5);
    p->is.comments = sf_pg_number(r, row, 6);
    p->is.created_ms = sf_pg_time(r, row, 7);
    p->is.observed_ms = sf_pg_time(r, row, 8);
    p->is.deleted_ms = sf_pg_time(r, row, 9);
    p->is.text_ms = sf_pg_time(r, row, 10);
    p->is.score_ms = sf_pg_time(r, row, 11);
    p->is.comments_ms = sf_pg_time(r, row, 12);
}

static int read_posts(sf_pg_reddit *w, post *v, size_t n, sf_error *err)
{
    for (size_t i = 0; i < n; i++) {
        sf_pg_put_text(&w->keys, v[i].is.id);
        sf_pg_end_row(&w->keys);
    }
    int r = sf_pg_execute_arrays(w->pg, read_sql, &w->keys, &w->rows, NULL, err);
    for (int row = 0; w->rows != NULL && row < PQntuples(w->rows); row++) {
        take_row(w->rows, row, &v[sf_pg_whole(w->rows, row, 0) - 1]);
    }
    return r;
}

static void merge(post *p)
{
    for (size_t i = 0; i < p->n_records; i++) {
        sf_reddit_merge(&p->is, p->records[i]);
        p->changed |= p->is.changed;
        p->text_gone |= p->is.text_gone;
        p->text = p->text_gone ? NULL : p->is.text != NULL ? p->is.text : p->text;
    }
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static void gather_row(sf_pg_reddit *w, const post *p)
{
    sf_pg_arrays *a = p->known ? &w->changed : &w->fresh;
    sf_pg_put_text(a, p->is.id);
    sf_pg_put_text_or_null(a, p->is.subreddit);
    sf_pg_put_text(a, p->is.title);
    sf_pg_put_text_or_null(a, p->is.author);
    sf_pg_put_text_or_null(a, p->is.url);
    sf_pg_put_number(a, p->is.score);
    sf_pg_put_number(a, p->is.comments);
    sf_pg_put_time(a, p->is.created_ms);
    sf_pg_put_time(a, p->is.observed_ms);
    sf_pg_put_time(a, p->is.deleted_ms);
    sf_pg_put_time(a, p->is.text_ms);
    sf_pg_put_time(a, p->is.score_ms);
    sf_pg_put_time(a, p->is.comments_ms);
    sf_pg_put_time(a, w->now_ms);
    sf_pg_end_row(a);
}

static int gather(sf_pg_reddit *w, const post *p, sf_batch *memory, sf_error *err)
{
    sf_str keywords;
    if (p->changed) {
        gather_row(w, p);
    }
    if (p->text_gone) {
        sf_pg_put_text(&w->gone, p->is.id);
        sf_pg_end_row(&w->gone);
    }
    if (p->text == NULL) {
        return SF_OK;
    }
    if (sf_list_strings(memory, p->text->keywords, p->text->n_keywords, &keywords) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    sf_pg_put_text(&w->features, p->is.id);
    sf_pg_put_number(&w->features, p->text->sentiment.compound);
    sf_pg_put_text(&w->features, keywords);
    sf_pg_put_time(&w->features, p->is.text_ms);
    sf_pg_put_time(&w->features, w->now_ms);
    sf_pg_end_row(&w->features);
    return SF_OK;
}

static int write_gathered(sf_pg_reddit *w, sf_error *err)
{
    int r = sf_pg_execute_arrays(w->pg, insert_sql, &w->fresh, NULL, NULL, err);
    r = r == SF_OK ? sf_pg_execute_arrays(w->pg, update_sql, &w->changed, NULL, NULL, err) : r;
    r = r == SF_OK ? sf_pg_execute_arrays(w->pg, features_sql, &w->features, NULL, NULL, err) : r;
    return r == SF_OK ? sf_pg_execute_arrays(w->pg, remove_sql, &w->gone, NULL, NULL, err) : r;
}

/* ---- a batch ------------------------------------------------------------------------------------------------------ */

static int write_once(void *writer, sf_records *b, sf_record **v, size_t n, int tries, sf_error *err)
{
    sf_pg_reddit *w = writer;
    (void)tries;
    post *posts = NULL;
    size_t n_posts = 0;
    begin(w);
    int r = list_posts(b->memory, v, n, &posts, &n_posts, err);
    r = r == SF_OK ? read_posts(w, posts, n_posts, err) : r;
    for (size_t i = 0; i < n_posts && r == SF_OK; i++) {
        merge(&posts[i]);
        r = gather(w, &posts[i], b->memory, err);
    }
    return r == SF_OK ? write_gathered(w, err) : r;
}

int sf_pg_write_reddit(sf_pg_reddit *w, sf_records *b, sf_error *err)
{
    return sf_pg_write_batch(w->pg, &w->generation, write_once, w, b, err);
}
