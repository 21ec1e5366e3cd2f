/* SPDX-License-Identifier: MIT */
/* A batch as stores write it: its records post by post, in the order of the posts' keys, and of one post in the order in which
 * they came. */
#ifndef SF_BATCH_ORDER_H
#define SF_BATCH_ORDER_H

#include "common/record.h"

/* The batch's records that a store can take, in order; a record without a time of observation is rejected. *out lives in the
 * batch. SF_OK, SF_ENOMEM. */
int sf_sort_records(sf_records *b, sf_record ***out, size_t *n, sf_error *err);

/* How many of these n >= 1 records are of the first one's post. */
size_t sf_count_same_post(sf_record *const *v, size_t n);

/* The earliest of those observations that do not say when the post was made; SF_NO_TIME: all do. */
int64_t sf_first_without_ts(sf_record *const *v, size_t n);

/* A look without words has no topics of its own: is it told those that the post's row has, for those who listen by topic? */
int sf_wants_topics(const sf_record *r);

/* Tells those of these records of one post that want them its topics, JSON as its row has it. SF_OK, SF_ENOMEM. */
int sf_tell_topics(sf_record *const *v, size_t n, sf_str topics, sf_batch *memory);

#endif
