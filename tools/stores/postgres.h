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
    struct sf_pg_writer *writer; /* of signals; NULL where they are not written */
    struct sf_pg_reddit *reddit; /* of the two tables of Reddit; NULL likewise */
} sf_postgres;

#endif
