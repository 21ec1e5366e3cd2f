/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a SQLite store, as far as it is SQLite's own. */
#ifndef SF_SQLITE_AGGREGATE_H
#define SF_SQLITE_AGGREGATE_H

#include "aggregate.h"
#include "sqlite_db.h"

extern const sf_aggregate_ops sf_sqlite_aggregate_ops;

void sf_sqlite_unlock(sf_store *store); /* fine where it is not locked */

#endif
