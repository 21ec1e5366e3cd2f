/* SPDX-License-Identifier: MIT */
/* Words for full text, cut as SQLite's unicode61 does: runs of letters and digits, without case and accents. So a question finds the
 * same posts in every store. The forms are PostgreSQL's: a tsvector as it goes over the wire, in binary (tsvectorsend()), and text of a tsquery.
 *
 * Words of the title come first, then those of the body, so far behind them that no phrase spans both; each topic stands as a whole
 * behind a "=", which no word holds. Beyond SF_WORDS_MOST words a text is not indexed. */
#ifndef SF_WORDS_H
#define SF_WORDS_H

#include "common/buffer.h"

#define SF_WORDS_MOST 16000 /* a tsvector counts to 16383 */

/* Scratch of sf_words_vector(), kept from post to post. Starts as {0}. */
typedef struct sf_words {
    sf_buffer text, items;
    size_t bytes;
} sf_words;
void sf_words_free(sf_words *w);

/* Appends the tsvector of a post, and returns how many lexemes it has. Check b->lost at the end. */
size_t sf_words_vector(sf_words *w, sf_buffer *b, sf_str title, sf_str body, const sf_str *topics, size_t n_topics);

/* Appends to a tsquery: that a phrase is there; with prefix its last word may go on. A phrase without words adds nothing. */
void sf_words_phrase(sf_buffer *b, sf_str phrase, int prefix);

/* Appends to a tsquery: that the post is about a topic. */
void sf_words_topic(sf_buffer *b, sf_str topic);

#endif
