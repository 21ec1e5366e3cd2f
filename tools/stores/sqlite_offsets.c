/* SPDX-License-Identifier: MIT */
/* Offsets of streams, compared and set, see sqlite_offsets.h. */
#include "sqlite_offsets.h"

#include <stdlib.h>

#include "common/fail.h"

struct sf_sqlite_offsets {
    sqlite3 *db;
    sqlite3_stmt *first, *move;
};

int sf_sqlite_offsets_open(sf_sqlite_offsets **out, sqlite3 *db, sf_error *err)
{
    sf_sqlite_offsets *o = calloc(1, sizeof *o);
    if (o == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    o->db = db;
    int r = sf_sqlite_prepare(db,
                              "INSERT INTO source_offsets (consumer, topic, partition, next_offset) "
                              "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                              &o->first, err);
    r = r == SF_OK ? sf_sqlite_prepare(db,
                                       "UPDATE source_offsets SET next_offset = ?4 "
                                       "WHERE consumer = ?1 AND topic = ?2 AND partition = ?3 "
                                       "AND next_offset IN (?4, ?5)",
                                       &o->move, err)
                   : r;
    if (r != SF_OK) {
        sf_sqlite_offsets_close(o);
        return r;
    }
    *out = o;
    return SF_OK;
}

void sf_sqlite_offsets_close(sf_sqlite_offsets *o)
{
    if (o != NULL) {
        (void)sqlite3_finalize(o->first);
        (void)sqlite3_finalize(o->move);
        free(o);
    }
}

static void bind(sqlite3_stmt *s, const char *consumer, const char *topic, int32_t partition)
{
    sf_sqlite_bind_text(s, 1, sf_cstr(consumer));
    sf_sqlite_bind_text(s, 2, sf_cstr(topic));
    (void)sqlite3_bind_int(s, 3, partition);
}

/* 1: moved; 0: it stands elsewhere; or a failure. */
static int advance(sf_sqlite_offsets *o, const char *consumer, const sf_advance *a, sf_error *err)
{
    for (int first = a->from < 0; first >= 0; first--) { /* a row that is not there is made; one that is, moved */
        sqlite3_stmt *s = first ? o->first : o->move;
        bind(s, consumer, a->topic, a->partition);
        (void)sqlite3_bind_int64(s, 4, a->next);
        if (!first) {
            (void)sqlite3_bind_int64(s, 5, a->from);
        }
        int r = sf_sqlite_step(s, err);
        if (r != SF_OK || sqlite3_changes(o->db) == 1) {
            return r != SF_OK ? r : 1;
        }
    }
    return 0;
}

int sf_sqlite_advance(sf_sqlite_offsets *o, const sf_records *b, sf_error *err)
{
    for (size_t i = 0; b->consumer != NULL && i < b->n_advances; i++) {
        int r = advance(o, b->consumer, &b->advances[i], err);
        if (r != 1) {
            return r == 0 ? SF_TAKEN_OVER : r;
        }
    }
    return SF_OK;
}

int sf_sqlite_read_offset(sqlite3 *db, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                          sf_error *err)
{
    sqlite3_stmt *s = NULL;
    int r = sf_sqlite_prepare(
        db, "SELECT next_offset FROM source_offsets WHERE consumer = ?1 AND topic = ?2 AND partition = ?3", &s, err);
    if (r != SF_OK) {
        return r;
    }
    *next = -1;
    bind(s, consumer, topic, partition);
    r = sf_sqlite_step(s, err);
    if (r == 1) {
        *next = sqlite3_column_int64(s, 0);
        r = SF_OK;
    }
    (void)sqlite3_finalize(s);
    return r;
}
