/* SPDX-License-Identifier: MIT */
/* How far streams have been read into a SQLite store: table source_offsets, moved together with the rows. */
#ifndef SF_SQLITE_OFFSETS_H
#define SF_SQLITE_OFFSETS_H

#include "sqlite_db.h"

typedef struct sf_sqlite_offsets sf_sqlite_offsets;

int sf_sqlite_offsets_open(sf_sqlite_offsets **out, sqlite3 *db, sf_error *err);
void sf_sqlite_offsets_close(sf_sqlite_offsets *o); /* NULL is fine */

/* Inside a transaction: moves each of the batch's partitions from `from` to `next`. SF_OK; SF_TAKEN_OVER: one of them stands
 * at neither, so that the transaction must be rolled back; or a failure. */
int sf_sqlite_advance(sf_sqlite_offsets *o, const sf_records *b, sf_error *err);

/* Where a partition stands, -1: nowhere. */
int sf_sqlite_read_offset(sqlite3 *db, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                          sf_error *err);

#endif
