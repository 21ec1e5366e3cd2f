/* SPDX-License-Identifier: MIT */
/* Writing batches into the two tables of Reddit of a PostgreSQL store. */
#ifndef SF_POSTGRES_REDDIT_H
#define SF_POSTGRES_REDDIT_H

#include "postgres_db.h"

typedef struct sf_pg_reddit sf_pg_reddit;

/* SF_OK, SF_ENOMEM. The connection must outlive it. */
int sf_pg_reddit_open(sf_pg_reddit **out, sf_pg *pg, sf_error *err);
void sf_pg_reddit_close(sf_pg_reddit *w); /* NULL is fine */

/* As sf_pg_write(). */
int sf_pg_write_reddit(sf_pg_reddit *w, sf_records *b, sf_error *err);

#endif
