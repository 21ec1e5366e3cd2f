/* SPDX-License-Identifier: MIT */
/* A connection to a PostgreSQL store: opening it and opening it again, its schema, what its failures mean, statements that are
 * prepared once a connection. */
#ifndef SF_POSTGRES_DB_H
#define SF_POSTGRES_DB_H

#include <libpq-fe.h>

#include "common/store.h"
#include "migration.h"

/* Types of parameters and columns, by their number in pg_type. */
enum {
    SF_PG_ANY = 0, /* a parameter whose type the statement tells */
    SF_PG_BOOL = 16,
    SF_PG_BYTEA = 17,
    SF_PG_INT8 = 20,
    SF_PG_INT2 = 21,
    SF_PG_INT4 = 23,
    SF_PG_TEXT = 25,
    SF_PG_TID = 27, /* the place of a row */
    SF_PG_JSON = 114,
    SF_PG_FLOAT4 = 700,
    SF_PG_FLOAT8 = 701,
    SF_PG_TIME = 1184, /* timestamptz */
    SF_PG_TSVECTOR = 3614,
};

typedef struct sf_pg {
    PGconn *conn; /* NULL: not connected */
    char *url;    /* as libpq takes it */
    char *name;   /* for messages */
    sf_store_use use;
    const char **prepared; /* texts of statements that this connection knows, by address */
    size_t n_prepared, cap_prepared;
    int in_transaction; /* these belong to the connection: should it break, it is not replaced before they have ended */
    struct sf_pg_statement *writers; /* statements of postgres_driver.c whose rows are gathered */
    int locked;                      /* by sf-aggregate's lock */
    int64_t changes;                 /* rows that the last statement of postgres_driver.c changed */
    unsigned generation;             /* counts connections: what depends on one asks whether it is still the same */
    int collided; /* the last failure: others were at the same rows, or made them; so the transaction works at once, or nearly */
} sf_pg;

/* What a statement is given, in binary: see the sf_pg_put_ functions of postgres_values.h. */
typedef struct sf_pg_params {
    int n;
    const Oid *types;
    const char *const *values; /* NULL: null */
    const int *lengths;
} sf_pg_params;

/* Prepares for connecting; sf_pg_ready() does it. SF_OK, SF_EINVAL for a URL that is none, SF_ENOMEM. */
int sf_pg_open(sf_pg *pg, const sf_url *url, sf_store_use use, sf_error *err);
void sf_pg_close(sf_pg *pg);

/* Sees to a connection that works, with a schema that this program knows. SF_OK; SF_EAGAIN: the server is away;
 * SF_EINVAL, SF_EIO: asking again will not help. */
int sf_pg_ready(sf_pg *pg, sf_error *err);

/* Turns what the server or libpq says into a failure, and gives a broken connection up. SF_EAGAIN where it can pass, SF_EPARSE where it
 * is what was to be written, else final. Clears the result, which may be NULL. */
int sf_pg_fail(sf_pg *pg, PGresult *result, sf_error *err);

/* How statements are planned from here on: what concerns few rows of many is best found by keys alone, however many there seem to be; all else
 * as the server likes. */
#define SF_PG_BY_INDEXES                                                                                               \
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off"
#define SF_PG_BY_ANY_MEANS "RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_material"

/* Runs statements without parameters and results. */
int sf_pg_run(sf_pg *pg, const char *sql, sf_error *err);

/* Runs a statement that is known by the address of its text, prepared the first time. The result, in binary, is the caller's to
 * clear; out may be NULL. */
int sf_pg_execute(sf_pg *pg, const char *sql, const sf_pg_params *params, PGresult **out, sf_error *err);

/* Between these either all or nothing is written. After a failure, and instead of commit, comes rollback. */
int sf_pg_begin(sf_pg *pg, sf_error *err);
int sf_pg_commit(sf_pg *pg, sf_error *err);
void sf_pg_rollback(sf_pg *pg);

#endif
