/* SPDX-License-Identifier: MIT */
/* Rows of signals, of signal_metrics_history and of births, one by one, within the writer's transaction. */
#ifndef SF_SQLITE_POSTS_H
#define SF_SQLITE_POSTS_H

#include "merge.h"
#include "sqlite_db.h"

typedef struct sf_sqlite_posts sf_sqlite_posts;

int sf_sqlite_posts_open(sf_sqlite_posts **out, sqlite3 *db, sf_error *err);
void sf_sqlite_posts_close(sf_sqlite_posts *t); /* NULL is fine */

void sf_sqlite_posts_begin(sf_sqlite_posts *t); /* a transaction */

/* Reads the post's row into p, which sf_post_init() made. SF_OK, with id 0 where there is none; or a failure. */
int sf_sqlite_read_post(sf_sqlite_posts *t, sf_post *p, sf_error *err);

/* sf_merge's history(): reads all looks. The store is an sf_sqlite_posts. */
int sf_sqlite_read_looks(void *posts, const sf_post *p, sf_looks *into, sf_error *err);

/* Writes what a merge changed: the row and the looks. JSON is made in the arena. */
int sf_sqlite_write_post(sf_sqlite_posts *t, const sf_merge *m, const sf_post *p, int64_t now_ms, sf_batch *memory,
                         sf_error *err);

/* Tells records of one post the topics of its row, where they want them (batch.h). */
int sf_sqlite_tell_topics(sf_sqlite_posts *t, sf_record *const *v, size_t n, sf_batch *memory, sf_error *err);

/* The texts of rows that are new since sf_sqlite_posts_begin(), into the full-text index: last in a transaction. */
int sf_sqlite_index_texts(sf_sqlite_posts *t, sf_error *err);

/* Takes note that a post which does not say when it was made was seen; number is its id's (common/id_order.h), with 0 there
 * is nothing to note. *born_ms is by when it existed. *below: posts without a ts whose number lies in (*below, number) may
 * have been born earlier than was known; equal to number where none was. */
int sf_sqlite_note_birth(sf_sqlite_posts *t, const sf_post *p, int64_t number, int64_t at_ms, int64_t *born_ms,
                         int64_t *below, sf_error *err);

/* The next post without a ts whose number lies in (*above, below) and whose birth is known as later than at_ms; *above
 * moves on to it. 1: p is it, its source_id lives in the arena; 0: there is none; or a failure. */
int sf_sqlite_next_unborn(sf_sqlite_posts *t, int32_t platform, int64_t *above, int64_t below, int64_t at_ms,
                          sf_batch *memory, sf_post *p, sf_error *err);

#endif
