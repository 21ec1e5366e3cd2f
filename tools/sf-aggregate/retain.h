/* SPDX-License-Identifier: MIT */
/* Retention: what is too old, or does not fit, goes. Only where it is asked for. */
#ifndef SF_RETAIN_H
#define SF_RETAIN_H

#include "kept.h"

/* What --retention and --max-size say. */
typedef struct sf_retention {
    int64_t age_ms[SF_PLATFORM_COUNT]; /* by platform; SF_NO_TIME: for ever */
    int64_t most_bytes;                /* 0: no bound */
} sf_retention;

/* Reads "90d", "youtube=30d", or several with commas between. A platform's own age holds against that for all. SF_OK,
 * SF_EINVAL with a message. */
int sf_retention_read(sf_retention *to, const char *const *texts, size_t n, sf_error *err);

/* Is there anything to keep to? */
int sf_retention_asked(const sf_retention *r);

/* Takes away what was created longer ago than it may be kept, then the oldest posts until the rest fits; *removed: how many
 * posts. In small steps, with pauses for writers between them; ends early, with SF_OK, when a stop is asked for. */
int sf_retain(sf_store *store, sf_kept *kept, const sf_retention *r, int64_t now_ms, uint64_t *removed, sf_error *err);

#endif
