/* SPDX-License-Identifier: MIT */
/* Connections to a PostgreSQL store: see postgres_db.h. */
#include "postgres_db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/log.h"

enum { OLDEST_SERVER = 150000 };

/* ---- failures ----------------------------------------------------------------------------------------------------- */

/* The first line of what libpq says, without "ERROR:  ". */
static void first_line(const char *text, char *buf, size_t cap)
{
    const char *colon = strstr(text, ":  ");
    const char *start = colon != NULL && colon < text + strcspn(text, "\n") ? colon + 3 : text;
    int n = (int)strcspn(start, "\n");
    (void)snprintf(buf, cap, "%.*s", n, start);
}

static void drop_connection(sf_pg *pg)
{
    PQfinish(pg->conn);
    pg->conn = NULL;
    pg->n_prepared = 0;
}

static int begins(const char *state, const char *with)
{
    return strncmp(state, with, strlen(with)) == 0;
}

/* What a SQLSTATE means for what was tried. Source: PostgreSQL 15 documentation, appendix A. */
static int status_of(const char *state, int *collided)
{
    static const char *const passing[] = {"08", "53", "57P", "55P03", "25006", "40", "58030", "XX000"};
    static const char *const bad_value[] = {"22", "23", "54"};
    static const char *const wrong_use[] = {"28", "3D", "42501"};
    *collided = begins(state, "40001") || begins(state, "40P01") || begins(state, "23505");
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (begins(state, passing[i])) {
            return SF_EAGAIN;
        }
    }
    for (size_t i = 0; i < sizeof bad_value / sizeof bad_value[0]; i++) {
        if (begins(state, bad_value[i])) {
            return SF_EPARSE;
        }
    }
    for (size_t i = 0; i < sizeof wrong_use / sizeof wrong_use[0]; i++) {
        if (begins(state, wrong_use[i])) {
            return SF_EINVAL;
        }
    }
    return SF_EIO;
}

int sf_pg_fail(sf_pg *pg, PGresult *result, sf_error *err)
{
    char line[160];
    const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    /* A failure without a state is libpq's own. It calls a connection good until it has read to its end: where sending has failed
     * and a last notice is still to be read, not yet. */
    int broken = PQstatus(pg->conn) != CONNECTION_OK || (result != NULL && state == NULL);
    pg->collided = 0;
    int status = state != NULL ? status_of(state, &pg->collided) : broken ? SF_EAGAIN : SF_ENOMEM;
    first_line(state != NULL ? PQresultErrorMessage(result) : PQerrorMessage(pg->conn), line, sizeof line);
    int r = sf_fail(err, broken ? SF_EAGAIN : status, "%.40s: %s", pg->name, line);
    int moved = state != NULL && begins(state, "25006"); /* the server is a standby now: the other one is to be found */
    PQclear(result);
    if (broken || moved) {
        drop_connection(pg);
    }
    return r;
}

static int no_memory(const sf_pg *pg, sf_error *err)
{
    return sf_fail(err, SF_ENOMEM, "%.60s: %s", pg->name != NULL ? pg->name : "postgresql", sf_strerror(SF_ENOMEM));
}

/* ---- statements --------------------------------------------------------------------------------------------------- */

static int away(sf_pg *pg, sf_error *err)
{
    pg->collided = 0;
    return sf_fail(err, SF_EAGAIN, "%.60s: not connected", pg->name);
}

int sf_pg_run(sf_pg *pg, const char *sql, sf_error *err)
{
    if (pg->conn == NULL) {
        return away(pg, err);
    }
    PGresult *r = PQexec(pg->conn, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK) {
        return sf_pg_fail(pg, r, err);
    }
    PQclear(r);
    return SF_OK;
}

static int remember(sf_pg *pg, const char *sql)
{
    if (pg->n_prepared == pg->cap_prepared) {
        size_t cap = pg->cap_prepared > 0 ? 2 * pg->cap_prepared : 32;
        const char **v = realloc((void *)pg->prepared, cap * sizeof *v);
        if (v == NULL) {
            return SF_ENOMEM;
        }
        pg->prepared = v;
        pg->cap_prepared = cap;
    }
    pg->prepared[pg->n_prepared++] = sql;
    return SF_OK;
}

/* The name of a statement on this connection; it is prepared if it is new. */
static int name_of(sf_pg *pg, const char *sql, const sf_pg_params *params, char name[16], sf_error *err)
{
    size_t i = 0;
    while (i < pg->n_prepared && pg->prepared[i] != sql) {
        i++;
    }
    (void)snprintf(name, 16, "s%u", (unsigned)i);
    if (i < pg->n_prepared) {
        return SF_OK;
    }
    PGresult *r = PQprepare(pg->conn, name, sql, params->n, params->types);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) {
        return sf_pg_fail(pg, r, err);
    }
    PQclear(r);
    return remember(pg, sql) == SF_OK ? SF_OK : no_memory(pg, err);
}

int sf_pg_execute(sf_pg *pg, const char *sql, const sf_pg_params *params, PGresult **out, sf_error *err)
{
    enum { MOST = 64 };
    static const sf_pg_params none = {0, NULL, NULL, NULL};
    int formats[MOST];
    char name[16];
    params = params != NULL ? params : &none;
    if (pg->conn == NULL) {
        return away(pg, err);
    }
    int r = name_of(pg, sql, params, name, err);
    if (r != SF_OK) {
        return r;
    }
    for (int i = 0; i < params->n && i < MOST; i++) {
        formats[i] = 1;
    }
    PGresult *result = PQexecPrepared(pg->conn, name, params->n, params->values, params->lengths, formats, 1);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        return sf_pg_fail(pg, result, err);
    }
    if (out != NULL) {
        *out = result;
    } else {
        PQclear(result);
    }
    return SF_OK;
}

int sf_pg_begin(sf_pg *pg, sf_error *err)
{
    int r = sf_pg_run(pg, "BEGIN", err);
    pg->in_transaction = r == SF_OK;
    return r;
}

int sf_pg_commit(sf_pg *pg, sf_error *err)
{
    int r = sf_pg_run(pg, "COMMIT", err);
    pg->in_transaction = r != SF_OK;
    return r;
}

void sf_pg_rollback(sf_pg *pg)
{
    int collided = pg->collided;
    pg->in_transaction = 0;
    if (pg->conn != NULL && PQtransactionStatus(pg->conn) != PQTRANS_IDLE) {
        (void)sf_pg_run(pg, "ROLLBACK", NULL);
    }
    pg->collided = collided;
}

/* ---- the schema --------------------------------------------------------------------------------------------------- */

/* The first number, as text, that a query gives; -1 where it is NULL or there is none. */
static int ask_number(sf_pg *pg, const char *sql, int *out, sf_error *err)
{
    PGresult *r = PQexec(pg->conn, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK) {
        return sf_pg_fail(pg, r, err);
    }
    *out = PQntuples(r) > 0 && !PQgetisnull(r, 0, 0) ? atoi(PQgetvalue(r, 0, 0)) : -1;
    PQclear(r);
    return SF_OK;
}

/* The schema's version; 0: there is none. */
static int read_version(sf_pg *pg, int *version, sf_error *err)
{
    int there = 0;
    int r = ask_number(pg, "SELECT (to_regclass('schema_version') IS NOT NULL)::integer", &there, err);
    if (r != SF_OK || there != 1) {
        *version = 0;
        return r;
    }
    r = ask_number(pg, "SELECT coalesce(max(version), 0) FROM schema_version", version, err);
    return r;
}

/* Applies one step, unless another program has just done so. */
static int apply(sf_pg *pg, const sf_migration *m, sf_error *err)
{
    sf_error why = {0};
    int now;
    int r = sf_pg_run(pg, m->sql, &why);
    if (r != SF_OK) {
        sf_pg_rollback(pg);
        if (pg->conn != NULL && read_version(pg, &now, err) == SF_OK && now >= m->version) {
            return SF_OK;
        }
        return sf_fail(err, why.status == SF_EPARSE ? SF_EIO : why.status, "%s", why.message);
    }
    sf_log(SF_LOG_INFO, "%s: schema is at version %d (%s)", pg->name, m->version, m->name);
    return SF_OK;
}

/* Where roles had rights before, they have those to new tables, too. Who may not grant them leaves that to who may. */
static void grant_again(sf_pg *pg)
{
    static const char sql[] = "SELECT count(*) FROM pg_roles WHERE rolname = 'signalflow_reader'"
                              " AND has_table_privilege(oid, 'schema_version', 'SELECT')";
    int had = 0;
    sf_error why = {0};
    int r = ask_number(pg, sql, &had, &why);
    r = r == SF_OK && had > 0 ? sf_pg_run(pg, sf_postgres_roles, &why) : r;
    if (r != SF_OK) {
        sf_pg_rollback(pg);
        sf_log(SF_LOG_WARN, "%s; run sql/postgres/roles.sql, for what the new steps made", why.message);
    }
}

static int migrate(sf_pg *pg, int version, sf_error *err)
{
    int r = SF_OK;
    for (const sf_migration *m = sf_postgres_migrations; m->version != 0 && r == SF_OK; m++) {
        r = m->version > version ? apply(pg, m, err) : SF_OK;
    }
    if (r == SF_OK && version > 0) {
        grant_again(pg);
    }
    return r;
}

static int settle_schema(sf_pg *pg, sf_error *err)
{
    int version, known = 0;
    int r = read_version(pg, &version, err);
    for (const sf_migration *m = sf_postgres_migrations; m->version != 0; m++) {
        known = m->version;
    }
    if (r != SF_OK || version == known) {
        return r;
    }
    if (version > known) {
        return sf_fail(err, SF_EINVAL, "%.40s: schema version %d is newer than this program, which knows %d", pg->name,
                       version, known);
    }
    if (pg->use == SF_STORE_READ) {
        return sf_fail(err, SF_EINVAL, "%.40s: %s; sf-process --migrate --store URL", pg->name,
                       version == 0 ? "it has no tables of a store" : "its schema is older than this program");
    }
    return migrate(pg, version, err);
}

/* ---- the connection ----------------------------------------------------------------------------------------------- */

static void ignore_notice(void *payload, const char *message)
{
    (void)payload;
    (void)message;
}

/* Would asking again help? Not where the server is there and does not want us. */
static int status_of_refusal(const char *message)
{
    static const char *const final[] = {"authentication failed", "no password supplied", "does not exist",
                                        "no pg_hba.conf entry", "invalid "};
    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++) {
        if (strstr(message, final[i]) != NULL) {
            return SF_EINVAL;
        }
    }
    return SF_EAGAIN;
}

/* What to ask of several hosts unless the URL says it: writers need the one that takes writes, and so does who asks how far they
 * are. */
static const char *wanted_server(const sf_pg *pg)
{
    const char *host = strstr(pg->url, "//");
    size_t len = host != NULL ? strcspn(host + 2, "/?") : 0;
    int several = len > 0 && memchr(host + 2, ',', len) != NULL;
    return pg->use != SF_STORE_READ ? "read-write" : several ? "primary" : "any";
}

static PGconn *connect_to(const sf_pg *pg)
{
    /* What stands before dbname is what the URL says unless it says something else; a server that has gone is noticed in 10 s. */
    const char *const keys[] = {"fallback_application_name", "connect_timeout",
                                "keepalives_idle",           "keepalives_interval",
                                "keepalives_count",          "tcp_user_timeout",
                                "target_session_attrs",      "dbname",
                                "client_encoding",           NULL};
    const char *const values[] = {"signalflow", "5", "5", "2", "2", "9000", wanted_server(pg), pg->url, "UTF8", NULL};
    return PQconnectdbParams(keys, values, 1);
}

/* Prepared statements and locks belong to a connection, so each must have a server process of its own. */
static int check_pooler(sf_pg *pg, sf_error *err)
{
    int pid;
    int r = ask_number(pg, "SELECT pg_backend_pid()", &pid, err);
    if (r == SF_OK && pid != 0 && pid != PQbackendPID(pg->conn)) { /* 0: a server within a program */
        r = sf_fail(err, SF_EINVAL, "%.36s: a connection pooler stands before the server; name the server itself",
                    pg->name);
    }
    return r;
}

static int set_up(sf_pg *pg, sf_error *err)
{
    (void)PQsetNoticeProcessor(pg->conn, ignore_notice, NULL);
    if (PQserverVersion(pg->conn) < OLDEST_SERVER) {
        return sf_fail(err, SF_EINVAL, "%.50s: PostgreSQL %d; 15 or later is needed", pg->name,
                       PQserverVersion(pg->conn) / 10000);
    }
    int r = sf_pg_run(pg, "SET TimeZone = 'UTC'; SET client_min_messages = warning; SET jit = off", err);
    r = r == SF_OK ? check_pooler(pg, err) : r;
    return r == SF_OK ? settle_schema(pg, err) : r;
}

/* A server that stopped while nothing was asked of it has said so and closed the connection: libpq finds out only when it reads. Who asks next shall
 * not get to know. */
static int works(const sf_pg *pg)
{
    struct pollfd p = {.fd = PQsocket(pg->conn), .events = POLLIN};
    while (PQstatus(pg->conn) == CONNECTION_OK && poll(&p, 1, 0) > 0 && PQconsumeInput(pg->conn)) {
    }
    return PQstatus(pg->conn) == CONNECTION_OK;
}

int sf_pg_ready(sf_pg *pg, sf_error *err)
{
    char line[160];
    if (pg->conn != NULL && works(pg)) {
        return SF_OK;
    }
    drop_connection(pg);
    pg->conn = connect_to(pg);
    pg->generation++;
    int r = pg->conn != NULL ? SF_OK : no_memory(pg, err);
    if (r == SF_OK && PQstatus(pg->conn) != CONNECTION_OK) {
        const char *message = PQerrorMessage(pg->conn);
        const char *fatal = strstr(message, "FATAL:  ");
        first_line(fatal != NULL ? fatal : message, line, sizeof line);
        r = sf_fail(err, status_of_refusal(message), "%.40s: %s", pg->name, line);
    }
    r = r == SF_OK ? set_up(pg, err) : r;
    if (r != SF_OK) {
        drop_connection(pg);
    }
    return r;
}

/* Does libpq understand it? */
static int check_url(const sf_pg *pg, sf_error *err)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(pg->url, &why);
    int r = options != NULL ? SF_OK : sf_fail(err, SF_EINVAL, "%.60s: %s", pg->name, why != NULL ? why : "not a URL");
    PQconninfoFree(options);
    PQfreemem(why);
    return r;
}

int sf_pg_open(sf_pg *pg, const sf_url *url, sf_store_use use, sf_error *err)
{
    size_t cap = strlen(url->rest) + strlen(url->query) + sizeof "postgresql:?";
    memset(pg, 0, sizeof *pg);
    pg->use = use;
    pg->url = malloc(cap);
    pg->name = strdup(url->text);
    if (pg->url == NULL || pg->name == NULL) {
        sf_pg_close(pg);
        return no_memory(pg, err);
    }
    (void)snprintf(pg->url, cap, "postgresql:%s%s%s", url->rest, url->query[0] != '\0' ? "?" : "", url->query);
    int r = check_url(pg, err);
    if (r != SF_OK) {
        sf_pg_close(pg);
    }
    return r;
}

void sf_pg_close(sf_pg *pg)
{
    drop_connection(pg);
    free((void *)pg->prepared);
    free(pg->url);
    free(pg->name);
    *pg = (sf_pg){.conn = NULL};
}
