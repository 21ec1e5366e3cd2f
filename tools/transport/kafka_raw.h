/* SPDX-License-Identifier: MIT */
/* What goes into a platform's raw topic. */
#ifndef SF_KAFKA_RAW_H
#define SF_KAFKA_RAW_H

#include "common/record.h"

/* The header that says when the platform said so, RFC 3339. */
#define SF_KAFKA_OBSERVED_AT "observed_at"

/* The record as its platform's API gives it. That is its raw bytes where it came from there. What was recorded otherwise, or came
 * as a signal, is put into Reddit's form for Reddit, since that topic has readers of its own; so is a delete that was concluded
 * from a post's absence. For other platforms the bytes stay as they are; empty: no answer told it. SF_OK, SF_ENOMEM. */
int sf_kafka_raw(const sf_record *r, sf_batch *memory, sf_str *out);

/* Reddit's form of a signal: a "thing", t3 or t1, with the fields that sf_normalise() reads. Returns the length, which is less than
 * cap if it fitted, as snprintf() does. */
size_t sf_reddit_thing(const sf_signal *s, char *out, size_t cap);

#endif
