/* SPDX-License-Identifier: MIT */
/* The rules by which what Reddit's raw topics tell of a post becomes its rows in reddit_posts and reddit_nlp_features: the
 * same in every store.
 *
 * As with signals (merge.h), what comes out depends on the set of observations alone, not on their order, nor on how often
 * they came:
 *
 *  - title, author, url and subreddit are taken whole from one observation: the newest that has a title, of two of the same
 *    moment the one that is greater byte by byte. Sentiment and keywords are the title's.
 *  - score and num_comments are each those of the newest observation that has them, of two of the same moment the greater.
 *  - created_at and deleted_at are the earliest, observed_at is the latest.
 *  - A delete takes the text away for good; numbers go on.
 *
 * Comments are none of these tables' business. */
#ifndef SF_REDDIT_POST_H
#define SF_REDDIT_POST_H

#include "common/record.h"

/* A post as its row has it; texts are empty, numbers NaN and times SF_NO_TIME where nothing is known. */
typedef struct sf_reddit_post {
    sf_str id; /* t3_... */
    sf_str subreddit, title, author, url;
    double score, comments;
    int64_t created_ms, observed_ms, deleted_ms;
    int64_t text_ms, score_ms, comments_ms; /* the observations that these are from */
    /* What the last merge did: */
    int changed;           /* the row is to be written */
    const sf_signal *text; /* whose sentiment and keywords are to be written; NULL: nobody's */
    int text_gone;         /* they are to be removed */
} sf_reddit_post;

/* A post that no store knows. */
void sf_reddit_post_init(sf_reddit_post *p, sf_str id);

/* Is this record one for these tables? If not, its state is settled. */
int sf_reddit_record_counts(sf_record *r);

/* Merges one observation into p, which is as the store has it. Sets the record's state. */
void sf_reddit_merge(sf_reddit_post *p, sf_record *r);

#endif
