/* SPDX-License-Identifier: MIT */
/* Which topics rise against their own past: the library's sf_trends over what the cycles kept. */
#ifndef SF_AGGREGATE_TRENDS_H
#define SF_AGGREGATE_TRENDS_H

#include "kept.h"

/* Works out topic_trends anew as of that moment (SF_NO_TIME: of the newest look) and puts it in place of what was there; nothing
 * happens where that was as of the same moment and `changed` is 0. *topics: rows written. SF_OK, SF_EAGAIN, or final. */
int sf_update_trends(sf_store *store, sf_kept *kept, int64_t as_of_ms, int changed, uint64_t *topics, sf_error *err);

#endif
