/* SPDX-License-Identifier: MIT */
/* What writing rows costs a PostgreSQL server and us, apart from what they mean: postgres_rows URL [ROWS]. A table of 14 columns with a key and
 * two indexes, its rows about 430 bytes, is written from binary arrays, 1,000 rows a transaction: rows that are known to be new, as the store
 * writes them, which has asked for their keys; then an upsert of new rows, and of the same again, changed. Beside it COPY in binary of the same rows
 * into one without an index, the least that such rows take. Microseconds of CPU a row, the program's and its server process's; medians of three
 * rounds. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "stores/postgres_values.h"

enum { BATCH = 1000, ROUNDS = 3 };

static const char table_sql[] = "DROP TABLE IF EXISTS bare; DROP TABLE IF EXISTS keyed;"
                                "CREATE TABLE bare (platform text COLLATE \"C\", source_id text COLLATE \"C\", channel "
                                "text, title text, body text, author text, url text,"
                                " topics json, raw_score float8, comments float8, sentiment float8, velocity float8, "
                                "ts timestamptz, last_updated_at timestamptz);"
                                "CREATE TABLE keyed (LIKE bare, PRIMARY KEY (platform, source_id));"
                                "CREATE INDEX ON keyed (last_updated_at); CREATE INDEX ON keyed (ts)";
#define INSERT_ROWS                                                                                                    \
    "INSERT INTO keyed SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::text[]), "        \
    "unnest($5::text[]), unnest($6::text[]), unnest($7::text[]), unnest($8::json[]), unnest($9::float8[]), "           \
    "unnest($10::float8[]), unnest($11::float8[]), unnest($12::float8[]), unnest($13::timestamptz[]), "                \
    "unnest($14::timestamptz[])"
static const char add_sql[] = INSERT_ROWS;
static const char upsert_sql[] = INSERT_ROWS
    " ON CONFLICT (platform, source_id) DO UPDATE SET channel = excluded.channel, title = excluded.title, body = "
    "excluded.body,"
    " author = excluded.author, url = excluded.url, topics = excluded.topics, raw_score = excluded.raw_score, comments "
    "= excluded.comments,"
    " sentiment = excluded.sentiment, velocity = excluded.velocity, ts = excluded.ts, last_updated_at = "
    "excluded.last_updated_at"
    " WHERE excluded.last_updated_at >= keyed.last_updated_at";

/* One row, the same for the same number: what it weighs is what recorded posts weigh. */
typedef struct row {
    char source_id[24], title[80], body[480], author[24], url[48], topics[96];
    size_t body_len;
    double numbers[4];
    int64_t ts_ms, updated_ms;
} row;

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void make_row(row *r, int i, int round)
{
    uint32_t seed = (uint32_t)i * 2654435761U + 1;
    size_t want = 20 + next(&seed) % 380;
    (void)snprintf(r->source_id, sizeof r->source_id, "t3_%08x", (unsigned)i);
    (void)snprintf(r->title, sizeof r->title, "Story %d about something that %u people like", i, next(&seed) % 1000);
    for (r->body_len = 0; r->body_len < want;) {
        r->body_len += (size_t)sprintf(r->body + r->body_len, "word%u ", next(&seed) % 20000);
    }
    (void)snprintf(r->author, sizeof r->author, "user%u", next(&seed) % 200000);
    (void)snprintf(r->url, sizeof r->url, "https://example.org/%u", next(&seed));
    (void)snprintf(r->topics, sizeof r->topics, "[\"topic %u\",\"topic %u\",\"topic %u\"]", next(&seed) % 5000,
                   next(&seed) % 5000, next(&seed) % 5000);
    for (int k = 0; k < 4; k++) {
        r->numbers[k] = (double)(next(&seed) % 10000 + (uint32_t)round);
    }
    r->ts_ms = INT64_C(1767312245000) + (int64_t)i * 250;
    r->updated_ms = r->ts_ms + round * INT64_C(60000);
}

/* ---- CPU ---------------------------------------------------------------------------------------------------------- */

typedef struct cpu {
    double client, server;
} cpu;

static double of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static cpu spent(PGconn *conn)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    struct rusage u;
    (void)getrusage(RUSAGE_SELF, &u);
    (void)snprintf(path, sizeof path, "/proc/%d/stat", PQbackendPID(conn));
    FILE *f = fopen(path, "r");
    if (f != NULL) {
        text[fread(text, 1, sizeof text - 1, f)] = '\0';
        fclose(f);
        char *at = strrchr(text, ')');
        if (at == NULL || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
            abort();
        }
    }
    return (cpu){of(u.ru_utime) + of(u.ru_stime), (double)(user + system) / (double)sysconf(_SC_CLK_TCK)};
}

/* ---- the two ways ------------------------------------------------------------------------------------------------- */

static void die(const char *why)
{
    fprintf(stderr, "postgres_rows: %s\n", why);
    exit(1);
}

static void run(PGconn *conn, const char *sql)
{
    PGresult *r = PQexec(conn, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_COPY_IN) {
        die(PQerrorMessage(conn));
    }
    PQclear(r);
}

static void put4(sf_buffer *b, size_t n)
{
    uint32_t v = htonl((uint32_t)n);
    sf_buffer_put(b, (const char *)&v, 4);
}

static void put8(sf_buffer *b, uint64_t v)
{
    char bytes[8];
    sf_pg_encode8(v, bytes);
    put4(b, 8);
    sf_buffer_put(b, bytes, 8);
}

static void put_text(sf_buffer *b, const char *text, size_t len)
{
    put4(b, len);
    sf_buffer_put(b, text, len);
}

static void copy_row(sf_buffer *b, const row *r)
{
    sf_buffer_put(b, "\0\16", 2); /* 14 fields */
    put_text(b, "reddit", 6);
    put_text(b, r->source_id, strlen(r->source_id));
    put_text(b, "technology", 10);
    put_text(b, r->title, strlen(r->title));
    put_text(b, r->body, r->body_len);
    put_text(b, r->author, strlen(r->author));
    put_text(b, r->url, strlen(r->url));
    put_text(b, r->topics, strlen(r->topics));
    for (int k = 0; k < 4; k++) {
        uint64_t bits;
        memcpy(&bits, &r->numbers[k], 8);
        put8(b, bits);
    }
    put8(b, (uint64_t)sf_pg_time_to(r->ts_ms));
    put8(b, (uint64_t)sf_pg_time_to(r->updated_ms));
}

static void copy_batch(sf_pg *pg, const row *rows, sf_buffer *b)
{
    b->len = 0;
    sf_buffer_put(b, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (int i = 0; i < BATCH; i++) {
        copy_row(b, &rows[i]);
    }
    sf_buffer_put(b, "\377\377", 2);
    run(pg->conn, "COPY bare FROM STDIN (FORMAT binary)");
    if (PQputCopyData(pg->conn, b->bytes, (int)b->len) != 1 || PQputCopyEnd(pg->conn, NULL) != 1) {
        die(PQerrorMessage(pg->conn));
    }
    for (PGresult *r; (r = PQgetResult(pg->conn)) != NULL; PQclear(r)) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK) {
            die(PQerrorMessage(pg->conn));
        }
    }
}

static void put(sf_pg_arrays *a, const char *text, size_t len)
{
    sf_pg_put_text(a, (sf_str){text, len});
}

static void write_batch(sf_pg *pg, const char *sql, const row *rows, sf_pg_arrays *a)
{
    sf_error err = {0};
    sf_pg_arrays_reset(a);
    for (int i = 0; i < BATCH; i++) {
        const row *r = &rows[i];
        put(a, "reddit", 6);
        put(a, r->source_id, strlen(r->source_id));
        put(a, "technology", 10);
        put(a, r->title, strlen(r->title));
        put(a, r->body, r->body_len);
        put(a, r->author, strlen(r->author));
        put(a, r->url, strlen(r->url));
        put(a, r->topics, strlen(r->topics));
        for (int k = 0; k < 4; k++) {
            sf_pg_put_number(a, r->numbers[k]);
        }
        sf_pg_put_time(a, r->ts_ms);
        sf_pg_put_time(a, r->updated_ms);
        sf_pg_end_row(a);
    }
    if (sf_pg_execute_arrays(pg, sql, a, NULL, NULL, &err) != SF_OK) {
        die(err.message);
    }
}

/* ---- measuring ---------------------------------------------------------------------------------------------------- */

enum { COPY, ADD, INSERT, UPDATE, WAYS };

static int compare(const void *a, const void *b)
{
    const cpu *x = a, *y = b;
    double d = x->client + x->server - y->client - y->server;
    return (d > 0) - (d < 0);
}

static cpu measure(sf_pg *pg, int way, int n, int round, row *rows, sf_pg_arrays *a, sf_buffer *b)
{
    cpu sum = {0, 0};
    for (int at = 0; at < n; at += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            make_row(&rows[i], at + i, way == UPDATE ? round + 1 : 0);
        }
        cpu before = spent(pg->conn);
        if (way == COPY) {
            copy_batch(pg, rows, b);
        } else {
            write_batch(pg, way == ADD ? add_sql : upsert_sql, rows, a);
        }
        cpu after = spent(pg->conn);
        sum.client += after.client - before.client;
        sum.server += after.server - before.server;
    }
    sum.client *= 1e6 / n;
    sum.server *= 1e6 / n;
    return sum;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"COPY binary, no index", "rows known to be new", "upsert, new rows",
                                        "upsert, the same rows, changed"};
    int n = argc > 2 ? atoi(argv[2]) / BATCH * BATCH : 100000;
    static char name[] = "bench";
    sf_pg pg = {.conn = PQconnectdb(argc > 1 ? argv[1] : ""), .name = name};
    cpu found[WAYS][ROUNDS];
    sf_pg_arrays a;
    sf_buffer b = {0};
    row *rows = malloc(BATCH * sizeof *rows);
    if (PQstatus(pg.conn) != CONNECTION_OK || rows == NULL) {
        die(PQerrorMessage(pg.conn));
    }
    run(pg.conn, "SET client_min_messages = warning");
    sf_pg_arrays_open(&a, "tttttttjnnnnmm");
    for (int round = 0; round < ROUNDS; round++) {
        run(pg.conn, table_sql);
        run(pg.conn, "CHECKPOINT");
        for (int way = 0; way < WAYS; way++) {
            if (way == INSERT) {
                run(pg.conn, "TRUNCATE keyed");
            }
            found[way][round] = measure(&pg, way, n, round, rows, &a, &b);
        }
        run(pg.conn, "DEALLOCATE ALL"); /* of tables that are dropped */
        pg.n_prepared = 0;
    }
    for (int way = 0; way < WAYS; way++) {
        qsort(found[way], ROUNDS, sizeof(cpu), compare);
        cpu mid = found[way][ROUNDS / 2], least = found[COPY][ROUNDS / 2];
        printf("%-32s %8.1f %8.1f %8.1f %8.2f\n", names[way], mid.client, mid.server, mid.client + mid.server,
               (mid.client + mid.server) / (least.client + least.server));
    }
    sf_pg_arrays_close(&a);
    sf_buffer_free(&b);
    PQfinish(pg.conn);
    free(rows);
    return 0;
}
