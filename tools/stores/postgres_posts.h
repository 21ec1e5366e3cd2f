/* SPDX-License-Identifier: MIT */
/* Rows of signals, of signal_metrics_history and of signals_text, a batch at a time, within the writer's transaction: what is read
 * comes in one answer, what is to be written is gathered and goes out in one statement a table. */
#ifndef SF_POSTGRES_POSTS_H
#define SF_POSTGRES_POSTS_H

#include "merge.h"
#include "postgres_values.h"
#include "words.h"

/* A post of the batch. */
typedef struct sf_pg_post {
    sf_post is;  /* as the store has it, then as merging made it */
    sf_post was; /* as the store has it, if it does */
    sf_record *const *records;
    size_t n_records;
    int64_t seen_ms;         /* earliest observation that does not say when it was made; SF_NO_TIME: none */
    int64_t number;          /* of its id, common/id_order.h; 0: none */
    int64_t born_ms;         /* by when it existed, as the order of ids tells */
    int row;                 /* of the answer; -1: it had none */
    char place[6];           /* where the row is in the table, for as long as it is locked */
    int rewritten;           /* it has another text now, or none any more */
    int needs_looks;         /* its history is asked for */
    int first_look, n_looks; /* rows of the answer */
} sf_pg_post;

typedef struct sf_pg_posts {
    sf_pg *pg;
    sf_pg_arrays keys, spans; /* what is read */
    sf_pg_arrays fresh, changed, numbers,
        figures; /* rows of signals: new, changed, but for the text, but for all that looks leave */
    sf_pg_arrays words, wordless;
    sf_pg_arrays fresh_looks, looks; /* newer than all that the post has; others, which may be there */
    PGresult *rows;                  /* as the store had them */
    PGresult *histories;
    PGresult *ids; /* set aside for new posts */
    int next_id;
    sf_buffer text; /* of a tsvector */
    sf_words scratch;
} sf_pg_posts;

void sf_pg_posts_open(sf_pg_posts *t, sf_pg *pg);
void sf_pg_posts_close(sf_pg_posts *t);
void sf_pg_posts_begin(sf_pg_posts *t); /* a transaction */

/* Reads the rows of n posts and locks them, in order. Those that have none keep id 0, and ids are set aside for them. */
int sf_pg_read_posts(sf_pg_posts *t, sf_pg_post *v, size_t n, sf_error *err);

/* Takes the columns SF_PG_STATE of a row, of which `column` is the first. The row must be locked. */
#define SF_PG_STATE                                                                                                    \
    "s.id, s.kind, s.ts, s.observed_at, s.first_seen_at, s.deleted_at, s.raw_score, s.comments, s.score_at, "          \
    "s.comments_at, s.velocity, s.comment_velocity, s.trending_score, s.rising, s.trend_state, s.born_at, s.text_at, " \
    "s.text_rank, s.text_hash, s.ctid"
enum { SF_PG_STATE_COLUMNS = 20 };
void sf_pg_take_state(const PGresult *r, int row, int column, sf_pg_post *post);

/* Asks for the histories of those posts that need it, at once. */
int sf_pg_read_histories(sf_pg_posts *t, sf_pg_post *v, size_t n, sf_error *err);

/* sf_merge's history(), of a post whose history was asked for; the store is an sf_pg_history. */
typedef struct sf_pg_history {
    const sf_pg_posts *posts;
    const sf_pg_post *post;
} sf_pg_history;
int sf_pg_give_history(void *history, const sf_post *p, sf_looks *into, sf_error *err);

/* Gathers what a merge changed: the row and the looks. JSON is made in the arena. */
int sf_pg_gather(sf_pg_posts *t, const sf_merge *m, sf_pg_post *p, int64_t now_ms, sf_batch *memory, sf_error *err);

/* Writes what was gathered. What was not there when it was asked for is taken to be new, which is checked a lookup cheaper; where
 * it is not, the failure is a collision (postgres_db.h), and when it is tried again looks may be there for all we know. */
int sf_pg_write_gathered(sf_pg_posts *t, int tries, sf_error *err);

/* Tells those records of n posts that want them the topics of their rows (batch.h), which live in the arena. */
int sf_pg_tell_topics(sf_pg_posts *t, const sf_pg_post *v, size_t n, sf_batch *memory, sf_error *err);

#endif
