/* SPDX-License-Identifier: MIT */
/* Writing batches into a PostgreSQL store. */
#ifndef SF_POSTGRES_WRITE_H
#define SF_POSTGRES_WRITE_H

#include "postgres_db.h"

typedef struct sf_pg_writer sf_pg_writer;

/* SF_OK, SF_ENOMEM. The connection and the lexicon must outlive it. */
int sf_pg_writer_open(sf_pg_writer **out, sf_pg *pg, const sf_lexicon *l, sf_error *err);
void sf_pg_writer_close(sf_pg_writer *w); /* NULL is fine */

/* Writes a batch's records, in order (batch.h), within a transaction. Where it collides with what others write (postgres_db.h), all of it is done
 * again. tries: how often that was so. */
typedef int (*sf_pg_write_rows)(void *writer, sf_records *b, sf_record **v, size_t n, int tries, sf_error *err);

/* What the writers of signals and of Reddit's tables share: connection, transaction, advances, trying again. *generation: the connection
 * that is set up for this writer, 0 at first. */
int sf_pg_write_batch(sf_pg *pg, unsigned *generation, sf_pg_write_rows rows, void *writer, sf_records *b,
                      sf_error *err);

/* One transaction: the batch's records into all tables, their states set, and its advances. SF_OK; otherwise nothing was written, or,
 * where the connection broke at the end, maybe all of it: SF_EAGAIN, SF_EPARSE, SF_TAKEN_OVER, or final. */
int sf_pg_write(sf_pg_writer *w, sf_records *b, sf_error *err);

#endif
