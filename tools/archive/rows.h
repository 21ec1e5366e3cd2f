/* SPDX-License-Identifier: MIT */
/* What the archive's files hold: the columns, and records to and from rows.
 *
 * A file holds signals, or raw records as a platform's API gave them. Each row also says where in Kafka it came from. */
#ifndef SF_ARCHIVE_ROWS_H
#define SF_ARCHIVE_ROWS_H

#include "common/record.h"
#include "parquet/parquet.h"

typedef struct sf_archive_table {
    const sf_parquet_column *columns;
    size_t n;
} sf_archive_table;

/* Signals (raw 0), or raw records (1). */
sf_archive_table sf_archive_table_of(int raw);

/* Does a file hold raw records? */
int sf_archive_is_raw(sf_str file);

/* The platform a record is filed under: its signal's, or that which its topic's name begins with; "unknown". */
const char *sf_archive_platform(const sf_record *r, int raw);

/* When it was observed, for the folder of its day: as its signal or its transport says, else when it came. */
int64_t sf_archive_observed_ms(const sf_record *r, int raw);

/* Writes records as rows. As sf_parquet_end_rows(). */
int sf_archive_put(sf_parquet_writer *w, const sf_record *const *v, size_t n, int raw, sf_error *err);

/* The row that the reader stands on, as a record of the batch: a signal, or a raw record. The record's coordinates are those that the
 * row says; its origin lives in the batch. SF_OK; SF_EPARSE: a value that no signal can have; SF_ENOMEM. */
int sf_archive_get(const sf_parquet_reader *r, int raw, sf_records *b, sf_error *err);

/* Columns that are asked for by place. */
enum { SF_ROW_PLATFORM, SF_ROW_ID, SF_ROW_KIND }; /* of signals; raw records have the first two, the id may be null */

#endif
