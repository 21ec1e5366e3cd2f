/* SPDX-License-Identifier: MIT */
/* Binary values: see postgres_values.h. Source of the formats: PostgreSQL 15, src/backend/utils/adt, the send and recv functions. */
#include "postgres_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"

#define EPOCH_MS INT64_C(946684800000) /* 2000-01-01, from which the server counts */

#define EARLIEST_MS (-INT64_C(210866803200000)) /* 4713 before Christ */
#define LATEST_MS   INT64_C(9224318015999000)   /* the year 294276 */

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

static uint64_t decode(const char *from, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) {
        v = v << 8 | (unsigned char)from[i];
    }
    return v;
}

void sf_pg_encode8(uint64_t v, char to[8])
{
    for (int i = 0; i < 8; i++) {
        to[i] = (char)(unsigned char)(v >> (56 - 8 * i));
    }
}

static void encode4(uint32_t v, char to[4])
{
    for (int i = 0; i < 4; i++) {
        to[i] = (char)(unsigned char)(v >> (24 - 8 * i));
    }
}

/* Beyond what the server knows lies its infinity, with which it compares as one would. */
int64_t sf_pg_time_to(int64_t ms)
{
    return ms > LATEST_MS ? INT64_MAX : ms < EARLIEST_MS ? INT64_MIN : (ms - EPOCH_MS) * 1000;
}

int64_t sf_pg_time_from(int64_t us)
{
    int64_t ms = us / 1000 - (us % 1000 < 0);
    return ms + EPOCH_MS;
}

/* ---- columns ------------------------------------------------------------------------------------------------------ */

sf_str sf_pg_text(const PGresult *r, int row, int column)
{
    return (sf_str){PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column)};
}

int64_t sf_pg_whole(const PGresult *r, int row, int column)
{
    const char *v = PQgetvalue(r, row, column);
    if (PQgetisnull(r, row, column)) {
        return 0;
    }
    switch (PQftype(r, column)) {
    case SF_PG_BOOL: return v[0];
    case SF_PG_INT2: return (int16_t)decode(v, 2);
    case SF_PG_INT4: return (int32_t)decode(v, 4);
    case SF_PG_TIME: return sf_pg_time_from((int64_t)decode(v, 8));
    default: return (int64_t)decode(v, 8);
    }
}

double sf_pg_number(const PGresult *r, int row, int column)
{
    double v;
    if (PQgetisnull(r, row, column)) {
        return NAN;
    }
    if (PQftype(r, column) != SF_PG_FLOAT8) {
        return (double)sf_pg_whole(r, row, column);
    }
    uint64_t bits = decode(PQgetvalue(r, row, column), 8);
    memcpy(&v, &bits, sizeof v);
    return v;
}

int64_t sf_pg_time(const PGresult *r, int row, int column)
{
    return PQgetisnull(r, row, column) ? SF_NO_TIME : sf_pg_whole(r, row, column);
}

/* ---- arrays ------------------------------------------------------------------------------------------------------- */

enum { HEADER = 20 }; /* dimensions, has nulls, type, length, lower bound */

static Oid element_type(char letter)
{
    switch (letter) {
    case 'b': return SF_PG_BYTEA;
    case 'w': return SF_PG_INT8;
    case 'i': return SF_PG_INT4;
    case 'n': return SF_PG_FLOAT8;
    case 'm': return SF_PG_TIME;
    case 'f': return SF_PG_BOOL;
    case 'j': return SF_PG_JSON;
    case 'v': return SF_PG_TSVECTOR;
    case 'p': return SF_PG_TID;
    default: return SF_PG_TEXT;
    }
}

static Oid array_type(char letter)
{
    switch (letter) {
    case 'b': return 1001;
    case 'w': return 1016;
    case 'i': return 1007;
    case 'n': return 1022;
    case 'm': return 1185;
    case 'f': return 1000;
    case 'j': return 199;
    case 'v': return 3643;
    case 'p': return 1010;
    default: return 1009;
    }
}

void sf_pg_arrays_open(sf_pg_arrays *a, const char *types)
{
    memset(a, 0, sizeof *a);
    a->types = types;
    a->n = (int)strlen(types);
    sf_pg_arrays_reset(a);
}

void sf_pg_arrays_close(sf_pg_arrays *a)
{
    for (int i = 0; i < a->n; i++) {
        sf_buffer_free(&a->v[i]);
    }
}

void sf_pg_arrays_reset(sf_pg_arrays *a)
{
    static const char room[HEADER] = {0};
    for (int i = 0; i < a->n; i++) {
        sf_buffer_cut(&a->v[i], 0);
        sf_buffer_put(&a->v[i], room, HEADER);
        a->count[i] = a->has_null[i] = 0;
    }
    a->at = 0;
    a->rows = 0;
}

void sf_pg_put_bytes(sf_pg_arrays *a, const char *bytes, size_t len)
{
    char length[4];
    encode4((uint32_t)len, length);
    sf_buffer_put(&a->v[a->at], length, 4);
    sf_buffer_put(&a->v[a->at], bytes, len);
    a->count[a->at++]++;
}

void sf_pg_put_null(sf_pg_arrays *a)
{
    sf_buffer_put(&a->v[a->at], "\xff\xff\xff\xff", 4);
    a->has_null[a->at] = 1;
    a->count[a->at++]++;
}

void sf_pg_put_text(sf_pg_arrays *a, sf_str v)
{
    sf_pg_put_bytes(a, v.len > 0 ? v.ptr : "", v.len);
}

void sf_pg_put_text_or_null(sf_pg_arrays *a, sf_str v)
{
    if (v.len > 0) {
        sf_pg_put_bytes(a, v.ptr, v.len);
    } else {
        sf_pg_put_null(a);
    }
}

void sf_pg_put_whole(sf_pg_arrays *a, int64_t v)
{
    char bytes[8];
    sf_pg_encode8((uint64_t)v, bytes);
    sf_pg_put_bytes(a, bytes, 8);
}

void sf_pg_put_int(sf_pg_arrays *a, int32_t v)
{
    char bytes[4];
    encode4((uint32_t)v, bytes);
    sf_pg_put_bytes(a, bytes, 4);
}

void sf_pg_put_number(sf_pg_arrays *a, double v)
{
    int64_t bits;
    if (isnan(v)) {
        sf_pg_put_null(a);
    } else {
        memcpy(&bits, &v, sizeof bits);
        sf_pg_put_whole(a, bits);
    }
}

void sf_pg_put_time(sf_pg_arrays *a, int64_t ms)
{
    if (ms == SF_NO_TIME) {
        sf_pg_put_null(a);
    } else {
        sf_pg_put_whole(a, sf_pg_time_to(ms));
    }
}

void sf_pg_put_flag(sf_pg_arrays *a, int v)
{
    char byte = (char)(v > 0);
    if (v < 0) {
        sf_pg_put_null(a);
    } else {
        sf_pg_put_bytes(a, &byte, 1);
    }
}

void sf_pg_end_row(sf_pg_arrays *a)
{
    a->at = 0;
    a->rows++;
}

static void finish_array(sf_pg_arrays *a, int i)
{
    char *to = a->v[i].bytes;
    encode4(1, to);
    encode4((uint32_t)a->has_null[i], to + 4);
    encode4(element_type(a->types[i]), to + 8);
    encode4((uint32_t)a->count[i], to + 12);
    encode4(1, to + 16);
}

static int64_t rows_changed(PGresult *r)
{
    const char *n = PQcmdTuples(r);
    return n[0] != '\0' ? strtoll(n, NULL, 10) : 0;
}

int sf_pg_execute_arrays(sf_pg *pg, const char *sql, sf_pg_arrays *a, PGresult **out, int64_t *changed, sf_error *err)
{
    Oid types[SF_PG_MOST_ARRAYS];
    const char *values[SF_PG_MOST_ARRAYS];
    int lengths[SF_PG_MOST_ARRAYS];
    PGresult *result = NULL;
    if (out != NULL) {
        *out = NULL;
    }
    if (changed != NULL) {
        *changed = 0;
    }
    if (a->rows == 0) {
        return SF_OK;
    }
    for (int i = 0; i < a->n; i++) {
        if (a->v[i].lost || a->v[i].len > INT32_MAX) {
            return sf_fail(err, SF_ENOMEM, "%s: %s", pg->name, sf_strerror(SF_ENOMEM));
        }
        finish_array(a, i);
        types[i] = array_type(a->types[i]);
        values[i] = a->v[i].bytes;
        lengths[i] = (int)a->v[i].len;
    }
    sf_pg_params params = {a->n, types, values, lengths};
    int r = sf_pg_execute(pg, sql, &params, &result, err);
    if (r != SF_OK) {
        return r;
    }
    if (changed != NULL) {
        *changed = rows_changed(result);
    }
    if (out != NULL) {
        *out = result;
    } else {
        PQclear(result);
    }
    return SF_OK;
}
