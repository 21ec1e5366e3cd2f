/* SPDX-License-Identifier: MIT */
/* What writing rows costs a PostgreSQL server and us, apart from what they mean: postgres_rows URL [ROWS]. A table of 14 columns with a key and
 * two indexes, its rows about 430 bytes, is written from binary arrays, 1,000 rows a transaction: as the store does, which asks for the keys, locks
 * what is there, inserts what is new and changes the rest where it lies; and by an upsert. Beside it COPY in binary of the same rows into one without
 * an index, the least that such rows take, and into this one, the least that they take with their indexes. Microseconds of CPU a row, the program's and
 * its server process's; medians of three rounds. */
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
static const char ask_sql[] =
    "SELECT k.i, t.ctid FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(platform, source_id, i)"
    " JOIN keyed t ON t.platform = k.platform AND t.source_id = k.source_id ORDER BY k.i FOR UPDATE OF t";
static const char change_sql[] =
    "UPDATE keyed t SET channel = k.channel, title = k.title, body = k.body, author = k.author, url = k.url, topics = "
    "k.topics, raw_score = k.raw_score, comments = k.comments, sentiment = k.sentiment, velocity = k.velocity, ts = "
    "k.ts, last_updated_at = k.last_updated_at FROM (SELECT unnest($3::text[]) AS channel, unnest($4::text[]) AS "
    "title, unnest($5::text[]) AS body, unnest($6::text[]) AS author, unnest($7::text[]) AS url, unnest($8::json[]) AS "
    "topics, unnest($9::float8[]) AS raw_score, unnest($10::float8[]) AS comments, unnest($11::float8[]) AS sentiment, "
    "unnest($12::float8[]) AS velocity, unnest($13::timestamptz[]) AS ts, unnest($14::timestamptz[]) AS "
    "last_updated_at, unnest($15::tid[]) AS place) k WHERE t.ctid = k.place";
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

/* ---- the ways ------------------------------------------------------------------------------------------------- */

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

static void copy_batch(sf_pg *pg, const char *sql, const row *rows, sf_buffer *b)
{
    b->len = 0;
    sf_buffer_put(b, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (int i = 0; i < BATCH; i++) {
        copy_row(b, &rows[i]);
    }
    sf_buffer_put(b, "\377\377", 2);
    run(pg->conn, sql);
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

static void put_key(sf_pg_arrays *a, const row *r)
{
    put(a, "reddit", 6);
    put(a, r->source_id, strlen(r->source_id));
}

static PGresult *execute(sf_pg *pg, const char *sql, sf_pg_arrays *a)
{
    sf_error err = {0};
    PGresult *found = NULL;
    if (sf_pg_execute_arrays(pg, sql, a, &found, NULL, &err) != SF_OK) {
        die(err.message);
    }
    return found;
}

/* The rows that are there, locked. */
static PGresult *ask_for(sf_pg *pg, const row *rows, sf_pg_arrays *keys)
{
    sf_pg_arrays_reset(keys);
    for (int i = 0; i < BATCH; i++) {
        put_key(keys, &rows[i]);
        sf_pg_end_row(keys);
    }
    return execute(pg, ask_sql, keys);
}

/* places: those of the rows that are to be changed; NULL: they go by their keys. */
static void write_batch(sf_pg *pg, const char *sql, const row *rows, sf_pg_arrays *a, const PGresult *places)
{
    sf_pg_arrays_reset(a);
    for (int i = 0; i < BATCH; i++) {
        const row *r = &rows[i];
        put_key(a, r);
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
        if (places != NULL) {
            sf_pg_put_bytes(a, PQgetvalue(places, i, 1), (size_t)PQgetlength(places, i, 1));
        }
        sf_pg_end_row(a);
    }
    PQclear(execute(pg, sql, a));
}

/* As the store does. */
static void merge_batch(sf_pg *pg, const row *rows, sf_pg_arrays *keys, sf_pg_arrays *fresh, sf_pg_arrays *placed)
{
    run(pg->conn, "BEGIN");
    PGresult *found = ask_for(pg, rows, keys);
    if (PQntuples(found) == 0) {
        write_batch(pg, add_sql, rows, fresh, NULL);
    } else if (PQntuples(found) == BATCH) {
        write_batch(pg, change_sql, rows, placed, found);
    } else {
        die("neither all rows are there nor none");
    }
    PQclear(found);
    run(pg->conn, "COMMIT");
}

/* ---- measuring ---------------------------------------------------------------------------------------------------- */

typedef enum way { COPY, COPY_KEYED, ADD, MERGE_NEW, MERGE_CHANGED, UPSERT_NEW, UPSERT_CHANGED, WAYS } way;

typedef struct bench {
    sf_pg pg;
    row *rows;
    sf_pg_arrays keys, fresh, placed;
    sf_buffer copied;
} bench;

static int compare(const void *a, const void *b)
{
    const cpu *x = a, *y = b;
    double d = x->client + x->server - y->client - y->server;
    return (d > 0) - (d < 0);
}

static int changes(way w)
{
    return w == MERGE_CHANGED || w == UPSERT_CHANGED;
}

static void write_rows(bench *b, way w)
{
    switch (w) {
    case COPY: copy_batch(&b->pg, "COPY bare FROM STDIN (FORMAT binary)", b->rows, &b->copied); break;
    case COPY_KEYED: copy_batch(&b->pg, "COPY keyed FROM STDIN (FORMAT binary)", b->rows, &b->copied); break;
    case ADD: write_batch(&b->pg, add_sql, b->rows, &b->fresh, NULL); break;
    case UPSERT_NEW:
    case UPSERT_CHANGED: write_batch(&b->pg, upsert_sql, b->rows, &b->fresh, NULL); break;
    default: merge_batch(&b->pg, b->rows, &b->keys, &b->fresh, &b->placed);
    }
}

static cpu measure(bench *b, way w, int n, int round)
{
    cpu sum = {0, 0};
    if (!changes(w)) {
        run(b->pg.conn, "TRUNCATE bare, keyed");
    }
    for (int at = 0; at < n; at += BATCH) {
        for (int i = 0; i < BATCH; i++) {
            make_row(&b->rows[i], at + i, changes(w) ? round + 1 : 0);
        }
        cpu before = spent(b->pg.conn);
        write_rows(b, w);
        cpu after = spent(b->pg.conn);
        sum.client += after.client - before.client;
        sum.server += after.server - before.server;
    }
    sum.client *= 1e6 / n;
    sum.server *= 1e6 / n;
    return sum;
}

static void open_bench(bench *b, const char *url)
{
    static char name[] = "bench";
    *b = (bench){.pg = {.conn = PQconnectdb(url), .name = name}, .rows = malloc(BATCH * sizeof *b->rows)};
    if (PQstatus(b->pg.conn) != CONNECTION_OK || b->rows == NULL) {
        die(PQerrorMessage(b->pg.conn));
    }
    run(b->pg.conn, "SET client_min_messages = warning; " SF_PG_BY_INDEXES);
    sf_pg_arrays_open(&b->keys, "tt");
    sf_pg_arrays_open(&b->fresh, "tttttttjnnnnmm");
    sf_pg_arrays_open(&b->placed, "tttttttjnnnnmmp");
}

static void close_bench(bench *b)
{
    sf_pg_arrays_close(&b->keys);
    sf_pg_arrays_close(&b->fresh);
    sf_pg_arrays_close(&b->placed);
    sf_buffer_free(&b->copied);
    PQfinish(b->pg.conn);
    free(b->rows);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"COPY binary, no index", "COPY binary, key and indexes", "rows known to be new",
                                        "asked for, new",        "asked for, changed",           "upsert, new",
                                        "upsert, changed"};
    int n = argc > 2 ? atoi(argv[2]) / BATCH * BATCH : 100000;
    cpu found[WAYS][ROUNDS];
    bench b;
    open_bench(&b, argc > 1 ? argv[1] : "");
    for (int round = 0; round < ROUNDS; round++) {
        run(b.pg.conn, table_sql);
        run(b.pg.conn, "CHECKPOINT");
        for (way w = COPY; w < WAYS; w++) {
            found[w][round] = measure(&b, w, n, round);
        }
        run(b.pg.conn, "DEALLOCATE ALL"); /* of tables that are dropped */
        b.pg.n_prepared = 0;
    }
    for (way w = COPY; w < WAYS; w++) {
        qsort(found[w], ROUNDS, sizeof(cpu), compare);
        cpu mid = found[w][ROUNDS / 2], least = found[COPY][ROUNDS / 2];
        printf("%-32s %8.1f %8.1f %8.1f %8.2f\n", names[w], mid.client, mid.server, mid.client + mid.server,
               (mid.client + mid.server) / (least.client + least.server));
    }
    close_bench(&b);
    return 0;
}
