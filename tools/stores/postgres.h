/* SPDX-License-Identifier: MIT */
/* What the parts of a PostgreSQL store have in common. */
#ifndef SF_POSTGRES_H
#define SF_POSTGRES_H

#include "db.h"
#include "postgres_db.h"

typedef struct sf_postgres {
    sf_store base; /* first, then: as in db.h */
    sf_db sql;
    sf_pg pg;
    struct sf_pg_writer *writer; /* NULL where it is only read */
} sf_postgres;

#endif
