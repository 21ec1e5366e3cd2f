/* SPDX-License-Identifier: MIT */
/* The watermark that each cycle leaves in the store is the heartbeat that a replica must show. */
#include "replica.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/store_aggregate.h"
#include "cycle.h"
#include "plugs.h"

/* Both as they are now: the replica may show more than the primary did a moment ago, never less for long. */
static int is_level(sf_replica *r, sf_store *primary, int *level, sf_error *err)
{
    int64_t left, shown;
    int s = primary->ops->aggregate->read_state(primary, SF_WATERMARK, &left, err);
    s = s == SF_OK && r->store == NULL ? sf_store_open(&r->store, sf_stores, r->url, SF_STORE_READ, r->lexicon, err)
                                       : s;
    s = s == SF_OK ? r->store->ops->aggregate->read_state(r->store, SF_WATERMARK, &shown, err) : s;
    *level = s == SF_OK && (left == SF_NO_TIME || (shown != SF_NO_TIME && shown >= left));
    return s;
}

void sf_replica_look(sf_replica *r, sf_store *primary)
{
    sf_error err = {0};
    int level;
    if (r->url == NULL) {
        return;
    }
    int64_t now = sf_clock_steady_ms();
    if (is_level(r, primary, &level, &err) != SF_OK) {
        sf_log(SF_LOG_WARN, "the replica: %s", err.message);
        sf_store_close(r->store);
        r->store = NULL;
    }
    r->level_ms = level || r->level_ms == 0 ? now : r->level_ms;
    sf_metric_set(SF_METRIC_REPLICA_LAG, (double)(now - r->level_ms) / 1000);
}

void sf_replica_close(sf_replica *r)
{
    sf_store_close(r->store);
    r->store = NULL;
}
