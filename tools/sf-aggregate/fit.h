/* SPDX-License-Identifier: MIT */
/* --fit-baselines: what is usual on each platform, from what the store has seen. */
#ifndef SF_AGGREGATE_FIT_H
#define SF_AGGREGATE_FIT_H

#include "common/store_aggregate.h"

/* Writes a table of kind "baselines" to a file ("-": stdout), whole or not at all, from the looks of the 7 days up to as_of_ms
 * (SF_NO_TIME: the newest look). What cannot be fitted is as the lexicon has it. SF_OK, SF_EAGAIN, or final. */
int sf_fit_baselines(sf_store *store, const sf_lexicon *l, int64_t as_of_ms, const char *path, sf_error *err);

#endif
