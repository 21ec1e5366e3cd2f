/* SPDX-License-Identifier: MIT */
/* Which platform precedes which on a topic: the library's sf_leads over what the cycles kept. */
#ifndef SF_AGGREGATE_LEADS_H
#define SF_AGGREGATE_LEADS_H

#include "common/store_aggregate.h"

/* Works out lead_lag anew as of that moment (SF_NO_TIME: of the newest look) and puts it in place of what was there; nothing
 * happens where that was as of the same moment and no cycle has changed a bucket since. SF_OK, SF_EAGAIN, or final. */
int sf_update_leads(sf_store *store, int64_t as_of_ms, sf_error *err);

#endif
