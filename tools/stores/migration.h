/* SPDX-License-Identifier: MIT */
/* A step of a store's schema, as in sql/: embed_migrations.py makes tables of them, and of what else is there. */
#ifndef SF_MIGRATION_H
#define SF_MIGRATION_H

#include <stddef.h>

typedef struct sf_migration {
    int version;
    const char *name;
    const char *sql;
} sf_migration;

/* Rising; each ends with version 0. */
extern const sf_migration sf_sqlite_migrations[], sf_postgres_migrations[];

/* What each program's role may do: sql/postgres/roles.sql. */
extern const char sf_postgres_roles[];

#endif
