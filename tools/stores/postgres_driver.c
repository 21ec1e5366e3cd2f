/* SPDX-License-Identifier: MIT */
/* Statements of db.h on PostgreSQL. A statement is sent at its first step, with the types that its values were bound as; the whole
 * answer comes at once, so that others may be sent while its rows are looked at. */
#include "postgres_driver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "postgres_values.h"

enum { MOST = 64, ROWS_AT_ONCE = 1000 };

typedef struct sf_pg_statement {
    sf_stmt base; /* first */
    char *sql;    /* with $1 for ?1 */
    int kept;
    int n; /* values */
    Oid types[MOST];
    const char *values[MOST];
    int lengths[MOST];
    char bytes[MOST][8]; /* of those that are not text */
    PGresult *result;    /* NULL: not sent yet */
    int row;
    sf_pg_arrays *rows;           /* of one that writes rows: those that wait to be sent */
    struct sf_pg_statement *next; /* another such */
} statement;

static statement *of(sf_stmt *s)
{
    return (statement *)s;
}

static sf_pg *pg_of(const sf_db *db)
{
    return db->connection;
}

static int prepare(sf_db *db, const char *sql, int kept, sf_stmt **out, sf_error *err)
{
    statement *s = calloc(1, sizeof *s);
    char *text = strdup(sql);
    if (s == NULL || text == NULL) {
        free(s);
        free(text);
        return sf_fail(err, SF_ENOMEM, "%.60s: %s", pg_of(db)->name, sf_strerror(SF_ENOMEM));
    }
    for (char *c = strchr(text, '?'); c != NULL; c = strchr(c, '?')) {
        *c = '$';
    }
    s->base.db = db;
    s->sql = text;
    s->kept = kept;
    *out = &s->base;
    return SF_OK;
}

/* Rows go as arrays, a column each. */
static const char *array_name(char letter)
{
    switch (letter) {
    case 'j': return "json[]";
    case 'm': return "timestamptz[]";
    case 'w': return "bigint[]";
    case 'n': return "float8[]";
    case 'f': return "boolean[]";
    default: return "text[]";
    }
}

static void write_rows_sql(const sf_rows_sql *rows, sf_buffer *b)
{
    sf_buffer_format(b, "%s SELECT ", rows->before);
    for (int i = 0; rows->types[i] != '\0'; i++) {
        sf_buffer_format(b, "%sunnest($%d::%s)", i > 0 ? ", " : "", i + 1, array_name(rows->types[i]));
    }
    sf_buffer_text(b, rows->after);
    sf_buffer_put(b, "", 1);
}

static int prepare_rows(sf_db *db, const sf_rows_sql *rows, sf_stmt **out, sf_error *err)
{
    sf_buffer b = {0};
    write_rows_sql(rows, &b);
    sf_pg_arrays *a = malloc(sizeof *a);
    int r = b.lost || a == NULL ? sf_fail(err, SF_ENOMEM, "%.60s: %s", pg_of(db)->name, sf_strerror(SF_ENOMEM))
                                : prepare(db, b.bytes, 1, out, err);
    sf_buffer_free(&b);
    if (r != SF_OK) {
        free(a);
        return r;
    }
    sf_pg_arrays_open(a, rows->types);
    of(*out)->rows = a;
    of(*out)->next = pg_of(db)->writers;
    pg_of(db)->writers = of(*out);
    return SF_OK;
}

static void reset(sf_stmt *base)
{
    statement *s = of(base);
    PQclear(s->result);
    s->result = NULL;
    s->row = -1;
}

static void finalize(sf_stmt *base)
{
    reset(base);
    if (of(base)->rows != NULL) {
        sf_pg_arrays_close(of(base)->rows);
        free(of(base)->rows);
    }
    free(of(base)->sql);
    free(base);
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static void bind(sf_stmt *base, int i, Oid type, const char *value, int length)
{
    statement *s = of(base);
    if (i >= 1 && i <= MOST) {
        s->n = i > s->n ? i : s->n;
        s->types[i - 1] = type;
        s->values[i - 1] = value;
        s->lengths[i - 1] = length;
    }
}

static void bind_eight(sf_stmt *s, int i, Oid type, int known, uint64_t v)
{
    if (i >= 1 && i <= MOST) {
        sf_pg_encode8(v, of(s)->bytes[i - 1]);
        bind(s, i, type, known ? of(s)->bytes[i - 1] : NULL, 8);
    }
}

/* The statement tells its type: text, or json. */
static void bind_text(sf_stmt *s, int i, sf_str v)
{
    bind(s, i, SF_PG_ANY, v.len > 0 ? v.ptr : "", (int)v.len);
}

static void bind_number(sf_stmt *s, int i, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    bind_eight(s, i, SF_PG_FLOAT8, !isnan(v), bits);
}

static void bind_whole(sf_stmt *s, int i, int64_t v)
{
    bind_eight(s, i, SF_PG_INT8, 1, (uint64_t)v);
}

static void bind_time(sf_stmt *s, int i, int64_t ms)
{
    bind_eight(s, i, SF_PG_TIME, ms != SF_NO_TIME, (uint64_t)sf_pg_time_to(ms));
}

static void bind_flag(sf_stmt *s, int i, int v)
{
    bind_eight(s, i, SF_PG_BOOL, v >= 0, (uint64_t)(v > 0) << 56);
    of(s)->lengths[i - 1] = 1;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static int send_once(statement *s, sf_error *err)
{
    int formats[MOST];
    sf_pg *pg = pg_of(s->base.db);
    for (int i = 0; i < s->n; i++) {
        formats[i] = 1;
    }
    if (pg->conn == NULL) {
        return sf_fail(err, SF_EAGAIN, "%.60s: not connected", pg->name);
    }
    PGresult *r = PQexecParams(pg->conn, s->sql, s->n, s->types, s->values, s->lengths, formats, 1);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        return sf_pg_fail(pg, r, err);
    }
    s->result = r;
    return SF_OK;
}

static int send_rows_of(statement *s, sf_error *err)
{
    sf_pg *pg = pg_of(s->base.db);
    if (s->rows->rows == 0) {
        return SF_OK;
    }
    int r = sf_pg_execute_arrays(pg, s->sql, s->rows, NULL, &pg->changes, err);
    sf_pg_arrays_reset(s->rows);
    return r;
}

/* All that wait. */
static int send_rows(sf_db *db, sf_error *err)
{
    int r = SF_OK;
    for (statement *s = pg_of(db)->writers; s != NULL && r == SF_OK; s = s->next) {
        r = send_rows_of(s, err);
    }
    return r;
}

static void forget_rows(sf_db *db)
{
    for (statement *s = pg_of(db)->writers; s != NULL; s = s->next) {
        sf_pg_arrays_reset(s->rows);
    }
}

static int put(sf_stmt *base, sf_error *err)
{
    statement *s = of(base);
    for (int i = 0; i < s->rows->n; i++) {
        if (s->values[i] != NULL) {
            sf_pg_put_bytes(s->rows, s->values[i], (size_t)s->lengths[i]);
        } else {
            sf_pg_put_null(s->rows);
        }
    }
    sf_pg_end_row(s->rows);
    return s->rows->rows >= ROWS_AT_ONCE ? send_rows_of(s, err) : SF_OK;
}

static int send(statement *s, sf_error *err)
{
    sf_pg *pg = pg_of(s->base.db);
    int r = pg->in_transaction || pg->locked ? SF_OK : sf_pg_ready(pg, err);
    r = r == SF_OK ? send_rows(s->base.db, err) : r;
    if (r == SF_OK && s->kept) {
        sf_pg_params values = {s->n, s->types, s->values, s->lengths};
        r = sf_pg_execute(pg, s->sql, &values, &s->result, err);
    } else if (r == SF_OK) {
        r = send_once(s, err);
    }
    s->row = -1;
    return r;
}

static int step(sf_stmt *base, sf_error *err)
{
    statement *s = of(base);
    if (s->result == NULL) {
        int r = send(s, err);
        if (r != SF_OK) {
            return r;
        }
        const char *n = PQcmdTuples(s->result);
        pg_of(base->db)->changes = n[0] != '\0' ? strtoll(n, NULL, 10) : 0;
    }
    if (++s->row < PQntuples(s->result)) {
        return 1;
    }
    reset(base);
    return 0;
}

static int is_null(sf_stmt *s, int i)
{
    return PQgetisnull(of(s)->result, of(s)->row, i);
}

static sf_str text(sf_stmt *s, int i)
{
    return sf_pg_text(of(s)->result, of(s)->row, i);
}

static double number(sf_stmt *s, int i)
{
    return sf_pg_number(of(s)->result, of(s)->row, i);
}

static int64_t whole(sf_stmt *s, int i)
{
    return sf_pg_whole(of(s)->result, of(s)->row, i);
}

static int64_t changes(sf_db *db)
{
    return pg_of(db)->changes;
}

/* ---- transactions ------------------------------------------------------------------------------------------------- */

/* All of it sees the same rows. */
static int begin(sf_db *db, sf_store_use use, sf_error *err)
{
    sf_pg *pg = pg_of(db);
    int r = pg->locked ? SF_OK : sf_pg_ready(pg, err);
    r = r == SF_OK ? sf_pg_run(pg,
                               use == SF_STORE_READ ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                                                    : "BEGIN ISOLATION LEVEL REPEATABLE READ",
                               err)
                   : r;
    pg->in_transaction = r == SF_OK;
    return r;
}

static int commit(sf_db *db, sf_error *err)
{
    int r = send_rows(db, err);
    return r == SF_OK ? sf_pg_commit(pg_of(db), err) : r;
}

static void rollback(sf_db *db)
{
    forget_rows(db);
    sf_pg_rollback(pg_of(db));
}

const sf_db_ops sf_postgres_driver = {
    .name = "postgresql",
    .is_server = 1,
    .prepare = prepare,
    .prepare_rows = prepare_rows,
    .finalize = finalize,
    .bind_text = bind_text,
    .bind_number = bind_number,
    .bind_whole = bind_whole,
    .bind_time = bind_time,
    .bind_flag = bind_flag,
    .step = step,
    .reset = reset,
    .put = put,
    .is_null = is_null,
    .text = text,
    .number = number,
    .whole = whole,
    .changes = changes,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
};
