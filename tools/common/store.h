/* SPDX-License-Identifier: MIT */
/* The store: a sink that can be asked. Signals go in as into any required sink; sf-aggregate and sf-serve read them back.
 *
 * Every store keeps the same tables (docs/store.md) by the same rules (stores/merge.h), so that what is asked gets the
 * same answer from each. write() sets each record's state and fills in what only the history knows: previous_score,
 * velocity, comment_velocity, normalised_score, trending_score, rising. So a store comes before all other sinks. */
#ifndef SF_STORE_H
#define SF_STORE_H

#include "plug.h"
#include "question.h"

typedef struct sf_store sf_store;

typedef enum sf_store_use {
    SF_STORE_WRITE, /* made or brought up to date where needed */
    SF_STORE_READ   /* must be there, and is not changed */
} sf_store_use;

typedef struct sf_aggregate_ops sf_aggregate_ops; /* store_aggregate.h */

typedef struct sf_store_ops {
    sf_sink_ops sink; /* its open() is not used */
    /* The lexicon has the platforms' baselines; it must outlive the store. */
    int (*open)(sf_store **out, const sf_url *url, sf_store_use use, const sf_lexicon *lexicon, sf_error *err);
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
