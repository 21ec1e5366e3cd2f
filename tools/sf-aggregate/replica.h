/* SPDX-License-Identifier: MIT */
/* How far a replica of the store is behind, told by --metrics. */
#ifndef SF_REPLICA_H
#define SF_REPLICA_H

#include "common/store.h"

typedef struct sf_replica {
    const char *url; /* NULL: there is none to be looked at */
    const sf_lexicon *lexicon;
    sf_store *store;  /* NULL: not open */
    int64_t level_ms; /* when it was seen to be level last, by the steady clock; 0: not looked yet */
} sf_replica;

/* Does the replica show what the last cycle left in the store? Called before a cycle, so it had a cycle's pause to get there. A replica that cannot
 * be asked is behind, too. */
void sf_replica_look(sf_replica *r, sf_store *primary);

void sf_replica_close(sf_replica *r);

#endif
