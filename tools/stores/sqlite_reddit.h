/* SPDX-License-Identifier: MIT */
/* Writing reddit_posts and reddit_nlp_features of a SQLite store. */
#ifndef SF_SQLITE_REDDIT_H
#define SF_SQLITE_REDDIT_H

#include "sqlite_db.h"

typedef struct sf_sqlite_reddit sf_sqlite_reddit;

/* Prepares what writing needs. SF_OK, SF_ENOMEM, or what SQLite says. */
int sf_sqlite_reddit_open(sf_sqlite_reddit **out, sqlite3 *db, sf_error *err);
void sf_sqlite_reddit_close(sf_sqlite_reddit *w); /* NULL is fine */

/* One transaction: the batch's records into both tables, their states set, and its advances. Returns as sf_sqlite_write(). */
int sf_sqlite_write_reddit(sf_sqlite_reddit *w, sf_records *b, sf_error *err);

#endif
