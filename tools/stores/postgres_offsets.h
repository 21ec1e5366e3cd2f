/* SPDX-License-Identifier: MIT */
/* How far streams have been read into a PostgreSQL store: table source_offsets, moved together with the rows. */
#ifndef SF_POSTGRES_OFFSETS_H
#define SF_POSTGRES_OFFSETS_H

#include "postgres_values.h"

/* Inside a transaction: moves each of the batch's partitions from `from` to `next`. SF_OK; SF_TAKEN_OVER: one of them stands
 * at neither, so that the transaction must be rolled back; or a failure. */
int sf_pg_advance(sf_pg *pg, const sf_records *b, sf_error *err);

/* Where a partition stands, -1: nowhere. */
int sf_pg_read_offset(sf_pg *pg, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                      sf_error *err);

#endif
