/* SPDX-License-Identifier: MIT */
/* Writing batches into a SQLite store. */
#ifndef SF_SQLITE_WRITE_H
#define SF_SQLITE_WRITE_H

#include "sqlite_db.h"

typedef struct sf_sqlite_writer sf_sqlite_writer;

/* Prepares what writing needs. SF_OK, SF_ENOMEM, or what SQLite says. */
int sf_sqlite_writer_open(sf_sqlite_writer **out, sqlite3 *db, const sf_lexicon *l, sf_error *err);
void sf_sqlite_writer_close(sf_sqlite_writer *w); /* NULL is fine */

/* One transaction: the batch's records into all tables, their states set, and its advances. SF_OK;
 * otherwise nothing was written: SF_EAGAIN, SF_EPARSE, SF_TAKEN_OVER, or final. */
int sf_sqlite_write(sf_sqlite_writer *w, sf_records *b, sf_error *err);

#endif
