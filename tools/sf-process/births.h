/* SPDX-License-Identifier: MIT */
/* When a post was made at the latest, where its origin does not say.
 *
 * Hacker News and Reddit number posts in the order in which they are made. So if a post with a higher number was seen at
 * some time, this one existed by then. That bound is only used where a trend needs an age to start from; it is never
 * written out as a creation time. Each platform keeps a staircase of (number, time) pairs in which both rise, at most some
 * thousand of them. Only posts that do not say when they were made take part. (A store keeps the same staircase.) */
#ifndef SF_BIRTHS_H
#define SF_BIRTHS_H

#include "signalflow/signalflow.h"

typedef struct sf_births sf_births;

int sf_births_new(sf_births **out); /* SF_OK, SF_ENOMEM */
void sf_births_free(sf_births *b);

/* Takes note that this post was seen, and returns the time by which it existed: at_ms or earlier; SF_NO_TIME where the
 * platform's ids say nothing, or at_ms is SF_NO_TIME. */
int64_t sf_births_latest(sf_births *b, int32_t platform, sf_str source_id, int64_t at_ms);

#endif
