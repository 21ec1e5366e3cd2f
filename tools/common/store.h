/* SPDX-License-Identifier: MIT */
/* The store: a sink that can be asked. Signals go in as into any required sink; sf-aggregate and sf-serve read them back.
 *
 * Every store keeps the same tables (docs/store.md) by the same rules (stores/merge.h), so that what is asked gets the
 * same answer from each. write() sets each record's state and fills in what only the history knows: previous_score,
 * velocity, comment_velocity, normalised_score, trending_score, rising; and the topics of a record without words. So a store
 * comes before all other sinks.
 *
 * A batch's coverage goes into the table of that name in the batch's transaction: of each number, the greatest holds.
 *
 * Batches of a source that others may take over (a Kafka group) carry advances. A store keeps for each consumer, topic and
 * partition the offset that comes next, and moves it in the transaction that holds the batch's rows: from `from` to `next`, and
 * only if it stands at one of the two (a batch may come again). If it does not, another reader was here since, and the whole
 * batch is refused with SF_TAKEN_OVER. */
#ifndef SF_STORE_H
#define SF_STORE_H

#include "plug.h"
#include "question.h"

typedef struct sf_store sf_store;

typedef enum sf_store_use {
    SF_STORE_WRITE, /* made or brought up to date where needed */
    SF_STORE_READ,  /* must be there, and is not changed */
    SF_STORE_REDDIT /* as SF_STORE_WRITE, but batches go into reddit_posts and reddit_nlp_features (stores/reddit_post.h) */
} sf_store_use;

/* Which posts' texts are to be read back. */
typedef struct sf_reread {
    int64_t since_ms;     /* created, or first seen, since then; SF_NO_TIME: all */
    const char *analysis; /* those that something else than this made what it did of */
    int64_t after;        /* where the last page ended; moves on */
} sf_reread;

typedef struct sf_aggregate_ops sf_aggregate_ops; /* store_aggregate.h */

typedef struct sf_store_ops {
    sf_sink_ops sink; /* its open() is not used */
    /* The lexicon has the platforms' baselines; it must outlive the store. */
    int (*open)(sf_store **out, const sf_url *url, sf_store_use use, const sf_lexicon *lexicon, sf_error *err);
    /* The offset that comes next for this consumer; -1: it has none. SF_OK, SF_EAGAIN, or final. */
    int (*read_offset)(sf_store *s, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                       sf_error *err);
    /* Appends the next posts' texts, at most so many, as records with `again`: analysed and written back, they replace what
     * was made of a text, if the post still has that one, and have its looks folded anew; no observation is added. Returns how
     * many; 0: these were all; SF_EAGAIN, or final. */
    int64_t (*reread)(sf_store *s, sf_reread *what, sf_records *b, size_t most, sf_error *err);
    const sf_aggregate_ops *aggregate; /* what sf-aggregate asks */
    /* Answers a finished question, all of it from one state of the store; rows and notes go into an empty answer. */
    int (*ask)(sf_store *s, const sf_question *q, sf_answer *a, sf_error *err);
} sf_store_ops;

struct sf_store {
    sf_sink sink; /* first: a store is a sink */
    const sf_store_ops *ops;
};

/* Opens by URL through a table that ends with NULL, as sf_sink_open() does. */
int sf_store_open(sf_store **out, const sf_store_ops *const *table, const char *url, sf_store_use use,
                  const sf_lexicon *lexicon, sf_error *err);
void sf_store_close(sf_store *s); /* NULL is fine */
int sf_store_check(const sf_store_ops *const *table, const char *url, sf_error *err);

#endif
