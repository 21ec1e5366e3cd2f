/* SPDX-License-Identifier: MIT */
/* Values as PostgreSQL has them on the wire, in binary: columns of a result; arrays that unnest() makes rows of. */
#ifndef SF_POSTGRES_VALUES_H
#define SF_POSTGRES_VALUES_H

#include "common/buffer.h"
#include "postgres_db.h"

/* ---- columns: what is NULL is unknown ----------------------------------------------------------------------------- */

sf_str sf_pg_text(const PGresult *r, int row,
                  int column); /* ends with a NUL; "" for NULL; lives as long as the result */
double sf_pg_number(const PGresult *r, int row, int column);
int64_t sf_pg_whole(const PGresult *r, int row, int column); /* also of booleans: 0, 1; 0 for NULL */
int64_t sf_pg_time(const PGresult *r, int row, int column);  /* milliseconds; SF_NO_TIME for NULL */

/* Milliseconds since 1970 as the server counts, and back. */
int64_t sf_pg_time_to(int64_t ms);
int64_t sf_pg_time_from(int64_t us);

/* Writes a number big end first. */
void sf_pg_encode8(uint64_t v, char to[8]);

/* ---- arrays: one a parameter, all of the same length -------------------------------------------------------------- */

#define SF_PG_MOST_ARRAYS 48

typedef struct sf_pg_arrays {
    const char *
        types; /* a letter each: t text, j json, b bytea, w int8, i int4, n float8, m timestamptz, f boolean, v tsvector, p tid */
    int n;
    int at; /* the array that the next value goes into */
    size_t rows;
    sf_buffer v[SF_PG_MOST_ARRAYS];
    int32_t count[SF_PG_MOST_ARRAYS];
    int32_t has_null[SF_PG_MOST_ARRAYS];
} sf_pg_arrays;

void sf_pg_arrays_open(sf_pg_arrays *a, const char *types);
void sf_pg_arrays_close(sf_pg_arrays *a);
void sf_pg_arrays_reset(sf_pg_arrays *a);

/* Each puts the row's next value; sf_pg_end_row() after the last. Unknown numbers and times, and where _or_null empty texts, are
 * NULL. Memory that is scarce shows in sf_pg_execute_arrays(). */
void sf_pg_put_text(sf_pg_arrays *a, sf_str v);
void sf_pg_put_text_or_null(sf_pg_arrays *a, sf_str v);
void sf_pg_put_number(sf_pg_arrays *a, double v);
void sf_pg_put_time(sf_pg_arrays *a, int64_t ms);
void sf_pg_put_whole(sf_pg_arrays *a, int64_t v);
void sf_pg_put_int(sf_pg_arrays *a, int32_t v);
void sf_pg_put_flag(sf_pg_arrays *a, int v); /* -1: NULL */
void sf_pg_put_null(sf_pg_arrays *a);
void sf_pg_put_bytes(sf_pg_arrays *a, const char *bytes, size_t len); /* as they go over the wire */
void sf_pg_end_row(sf_pg_arrays *a);

/* Runs a statement with the arrays as its parameters, unless they are empty. *changed: rows that it changed; may be NULL. */
int sf_pg_execute_arrays(sf_pg *pg, const char *sql, sf_pg_arrays *a, PGresult **out, int64_t *changed, sf_error *err);

#endif
