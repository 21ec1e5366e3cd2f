/* SPDX-License-Identifier: MIT */
/* Offsets of streams, compared and set, see postgres_offsets.h. */
#include "postgres_offsets.h"

#include <stdlib.h>
#include <string.h>

static const char first_sql[] = "INSERT INTO source_offsets (consumer, topic, partition, next_offset)"
                                " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
static const char move_sql[] = "UPDATE source_offsets SET next_offset = $4 WHERE consumer = $1 AND topic = $2"
                               " AND partition = $3 AND next_offset IN ($4, $5)";
static const char read_sql[] =
    "SELECT next_offset FROM source_offsets WHERE consumer = $1 AND topic = $2 AND partition = $3";

/* Runs a statement of (consumer, topic, partition, next, from), or of the first n of them. */
static int run(sf_pg *pg, const char *sql, int n, const char *consumer, const sf_advance *a, PGresult **out,
               sf_error *err)
{
    static const Oid types[] = {SF_PG_TEXT, SF_PG_TEXT, SF_PG_INT8, SF_PG_INT8, SF_PG_INT8};
    char partition[8], next[8], from[8];
    sf_pg_encode8((uint64_t)a->partition, partition);
    sf_pg_encode8((uint64_t)a->next, next);
    sf_pg_encode8((uint64_t)a->from, from);
    const char *const values[] = {consumer, a->topic, partition, next, from};
    const int lengths[] = {(int)strlen(consumer), (int)strlen(a->topic), 8, 8, 8};
    return sf_pg_execute(pg, sql, &(sf_pg_params){n, types, values, lengths}, out, err);
}

/* 1: moved; 0: it stands elsewhere; or a failure. */
static int advance(sf_pg *pg, const char *consumer, const sf_advance *a, sf_error *err)
{
    for (int first = a->from < 0; first >= 0; first--) { /* a row that is not there is made; one that is, moved */
        PGresult *result;
        int r = run(pg, first ? first_sql : move_sql, first ? 4 : 5, consumer, a, &result, err);
        if (r != SF_OK) {
            return r;
        }
        int moved = strcmp(PQcmdTuples(result), "1") == 0;
        PQclear(result);
        if (moved) {
            return 1;
        }
    }
    return 0;
}

int sf_pg_advance(sf_pg *pg, const sf_records *b, sf_error *err)
{
    for (size_t i = 0; b->consumer != NULL && i < b->n_advances; i++) {
        int r = advance(pg, b->consumer, &b->advances[i], err);
        if (r != 1) {
            return r == 0 ? SF_TAKEN_OVER : r;
        }
    }
    return SF_OK;
}

int sf_pg_read_offset(sf_pg *pg, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                      sf_error *err)
{
    sf_advance a = {.topic = topic, .partition = partition};
    PGresult *result;
    int r = sf_pg_ready(pg, err);
    r = r == SF_OK ? run(pg, read_sql, 3, consumer, &a, &result, err) : r;
    if (r == SF_OK) {
        *next = PQntuples(result) > 0 ? sf_pg_whole(result, 0, 0) : -1;
        PQclear(result);
    }
    return r;
}
