/* SPDX-License-Identifier: MIT */
/* Which entities posts name most, and in what mood. A post counts once for each it names. */
#ifndef SF_ENTITY_TALLY_H
#define SF_ENTITY_TALLY_H

#include "buffer.h"

typedef struct sf_entity_tally sf_entity_tally;

/* SF_OK, SF_ENOMEM. */
int sf_entity_tally_new(sf_entity_tally **out);
void sf_entity_tally_free(sf_entity_tally *t); /* NULL is fine */

/* Adds a post: its entities as JSON, as stores have them ("" is none), and its sentiment, NaN where that does not count. SF_OK, SF_ENOMEM. */
int sf_entity_tally_add(sf_entity_tally *t, sf_str entities, double compound);

/* Appends the n most frequent as a JSON array: id, text, label, count, avg_sentiment of n_scored posts and the
 * interval that it lies in. SF_OK, SF_ENOMEM. */
int sf_entity_tally_put(const sf_entity_tally *t, size_t n, sf_buffer *b);

#endif
