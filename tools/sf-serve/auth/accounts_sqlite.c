/* SPDX-License-Identifier: MIT */
/* Users and tokens in a SQLite file of their own: whoever may read the store need not see hashes, and a login never waits for a batch. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accounts.h"
#include "common/fail.h"
#include "stores/sqlite_db.h"

extern const sf_migration sf_users_migrations[];

typedef struct file {
    accounts base; /* first */
    sqlite3 *db;
} file;

static sqlite3 *db_of(accounts *a)
{
    return ((file *)a)->db;
}

static void close_file(accounts *a)
{
    sf_sqlite_disconnect(db_of(a));
    free(a);
}

static int open_file(accounts **out, const char *store, sf_error *err)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s.users", strncmp(store, "///", 3) == 0 ? store + 2 : store);
    file *f = calloc(1, sizeof *f);
    if (f == NULL || n < 0 || (size_t)n >= sizeof path) {
        free(f);
        return sf_fail(err, f == NULL ? SF_ENOMEM : SF_EINVAL, "sqlite:%.60s.users: cannot be opened", store);
    }
    /* What SQLite keeps beside it gets the same mode. Only a new file: closing one that this process has open already would take
     * its locks away, and then another process removes the log that is written to here. */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        (void)close(fd);
    }
    int r = sf_sqlite_connect(&f->db, path, SF_STORE_WRITE, sf_users_migrations, err);
    if (r == SF_OK && (r = sf_sqlite_run(f->db, "PRAGMA synchronous = full; PRAGMA foreign_keys = on", err)) != SF_OK) {
        sf_sqlite_disconnect(f->db);
    }
    if (r != SF_OK) {
        free(f);
        return r;
    }
    *out = &f->base;
    return SF_OK;
}

/* ---- statements ---------------------------------------------------------------------------------------------------- */

/* A value: a text, or a number where that is NULL. */
typedef struct value {
    const char *text;
    int64_t number;
} value;

static int prepare(accounts *a, const char *sql, const value *v, size_t n, sqlite3_stmt **s, sf_error *err)
{
    if (sqlite3_prepare_v2(db_of(a), sql, -1, s, NULL) != SQLITE_OK) {
        return sf_sqlite_fail(db_of(a), err);
    }
    for (size_t i = 0; i < n; i++) {
        if (v[i].text != NULL) {
            sf_sqlite_bind_text(*s, (int)i + 1, sf_cstr(v[i].text));
        } else {
            sf_sqlite_bind_time(*s, (int)i + 1, v[i].number);
        }
    }
    return SF_OK;
}

/* Runs a statement that gives no rows. */
static int run(accounts *a, const char *sql, const value *v, size_t n, sf_error *err)
{
    sqlite3_stmt *s = NULL;
    int r = prepare(a, sql, v, n, &s, err);
    r = r == SF_OK ? sf_sqlite_step(s, err) : r;
    (void)sqlite3_finalize(s);
    return r < 0 ? r : SF_OK;
}

static void copy_text(sqlite3_stmt *s, int i, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", sf_sqlite_text(s, i).ptr);
}

static void read_account(sqlite3_stmt *s, account *out)
{
    out->id = sqlite3_column_int64(s, 0);
    copy_text(s, 1, out->name, sizeof out->name);
    copy_text(s, 2, out->hash, sizeof out->hash);
    out->active = sqlite3_column_int(s, 3) != 0;
    out->created_ms = sqlite3_column_int64(s, 4);
}

/* ---- users --------------------------------------------------------------------------------------------------------- */

#define COLUMNS "SELECT id, name, password, active, created_at FROM users "

static int find(accounts *a, const char *sql, const value *v, account *out, sf_error *err)
{
    sqlite3_stmt *s = NULL;
    int r = prepare(a, sql, v, 1, &s, err);
    r = r == SF_OK ? sf_sqlite_step(s, err) : r;
    if (r == 1) {
        read_account(s, out);
    }
    (void)sqlite3_finalize(s);
    return r;
}

static int by_name(accounts *a, sf_str name, account *out, sf_error *err)
{
    char text[ACCOUNT_NAME + 1];
    if (name.len > ACCOUNT_NAME || memchr(name.ptr, '\0', name.len) != NULL) {
        return 0;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return find(a, COLUMNS "WHERE name = ?", &(value){text, 0}, out, err);
}

static int by_id(accounts *a, int64_t id, account *out, sf_error *err)
{
    return find(a, COLUMNS "WHERE id = ?", &(value){NULL, id}, out, err);
}

static int add(accounts *a, sf_str name, const char *hash, int64_t now_ms, int64_t *id, sf_error *err)
{
    char text[ACCOUNT_NAME + 1];
    if (name.len == 0 || name.len > ACCOUNT_NAME || memchr(name.ptr, '\0', name.len) != NULL) {
        return sf_fail(err, SF_EINVAL, "a name has 1 to %d bytes", ACCOUNT_NAME);
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    value v[] = {{text, 0}, {hash, 0}, {NULL, now_ms}};
    int r = run(a, "INSERT INTO users (name, password, active, created_at) VALUES (?, ?, 1, ?)", v, 3, err);
    *id = r == SF_OK ? sqlite3_last_insert_rowid(db_of(a)) : 0;
    return r == SF_EPARSE ? sf_fail(err, r, "%.60s: there is a user of that name", text) : r;
}

static int set_hash(accounts *a, int64_t id, const char *hash, sf_error *err)
{
    return run(a, "UPDATE users SET password = ? WHERE id = ?", (value[]){{hash, 0}, {NULL, id}}, 2, err);
}

static int set_active(accounts *a, int64_t id, int active, sf_error *err)
{
    return run(a, "UPDATE users SET active = ? WHERE id = ?", (value[]){{NULL, active}, {NULL, id}}, 2, err);
}

static int each(accounts *a, int (*take)(void *payload, const account *one), void *payload, sf_error *err)
{
    sqlite3_stmt *s = NULL;
    int r = prepare(a, COLUMNS "ORDER BY name", NULL, 0, &s, err);
    while (r == SF_OK && (r = sf_sqlite_step(s, err)) == 1) {
        account one;
        read_account(s, &one);
        r = take(payload, &one);
    }
    (void)sqlite3_finalize(s);
    return r;
}

/* ---- tokens -------------------------------------------------------------------------------------------------------- */

/* What is kept of a token. */
typedef struct kept {
    char family[64];
    int64_t user;
    int spent;
} kept;

/* 1, 0: unknown, or a failure. */
static int find_token(accounts *a, const char *jti, kept *out, sf_error *err)
{
    sqlite3_stmt *s = NULL;
    int r = prepare(
        a, "SELECT family, user_id, used_at IS NOT NULL OR revoked_at IS NOT NULL FROM refresh_tokens WHERE jti = ?",
        &(value){jti, 0}, 1, &s, err);
    r = r == SF_OK ? sf_sqlite_step(s, err) : r;
    if (r == 1) {
        copy_text(s, 0, out->family, sizeof out->family);
        out->user = sqlite3_column_int64(s, 1);
        out->spent = sqlite3_column_int(s, 2);
    }
    (void)sqlite3_finalize(s);
    return r;
}

static int insert(accounts *a, const issued_token *t, const char *family, sf_error *err)
{
    value v[] = {{t->jti, 0}, {family, 0}, {NULL, t->user}, {NULL, t->issued_ms}, {NULL, t->expires_ms}};
    return run(a, "INSERT INTO refresh_tokens (jti, family, user_id, issued_at, expires_at) VALUES (?, ?, ?, ?, ?)", v,
               5, err);
}

static int give(accounts *a, const issued_token *t, sf_error *err)
{
    return insert(a, t, t->jti, err);
}

static int revoke_family(accounts *a, const char *family, int64_t now_ms, sf_error *err)
{
    return run(a, "UPDATE refresh_tokens SET revoked_at = ? WHERE family = ? AND revoked_at IS NULL",
               (value[]){{NULL, now_ms}, {family, 0}}, 2, err);
}

/* Ends what BEGIN IMMEDIATE began. */
static int end(accounts *a, int r, sf_error *err)
{
    r = r == SF_OK ? sf_sqlite_run(db_of(a), "COMMIT", err) : r;
    if (r != SF_OK && !sqlite3_get_autocommit(db_of(a))) {
        (void)sqlite3_exec(db_of(a), "ROLLBACK", NULL, NULL, NULL);
    }
    return r;
}

static int replace_inside(accounts *a, const char *jti, const issued_token *t, token_state *out, sf_error *err)
{
    kept k;
    int r = find_token(a, jti, &k, err);
    *out = r == 0 ? TOKEN_UNKNOWN : k.spent || k.user != t->user ? TOKEN_SPENT : TOKEN_FRESH;
    if (r <= 0) {
        return r;
    }
    if (*out == TOKEN_SPENT) {
        return revoke_family(a, k.family, t->issued_ms, err);
    }
    r = run(a, "UPDATE refresh_tokens SET used_at = ?, replaced_by = ? WHERE jti = ?",
            (value[]){{NULL, t->issued_ms}, {t->jti, 0}, {jti, 0}}, 3, err);
    return r == SF_OK ? insert(a, t, k.family, err) : r;
}

static int replace(accounts *a, const char *jti, const issued_token *t, token_state *out, sf_error *err)
{
    int r = sf_sqlite_run(db_of(a), "BEGIN IMMEDIATE", err);
    return r == SF_OK ? end(a, replace_inside(a, jti, t, out, err), err) : r;
}

static int revoke(accounts *a, const char *jti, int64_t now_ms, token_state *out, sf_error *err)
{
    kept k;
    int r = sf_sqlite_run(db_of(a), "BEGIN IMMEDIATE", err);
    if (r != SF_OK) {
        return r;
    }
    r = find_token(a, jti, &k, err);
    if (r >= 0) {
        *out = r == 0 ? TOKEN_UNKNOWN : k.spent ? TOKEN_SPENT : TOKEN_FRESH;
        r = r == 1 ? revoke_family(a, k.family, now_ms, err) : SF_OK;
    }
    return end(a, r, err);
}

static int revoke_all(accounts *a, int64_t user, int64_t now_ms, sf_error *err)
{
    return run(a, "UPDATE refresh_tokens SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL",
               (value[]){{NULL, now_ms}, {NULL, user}}, 2, err);
}

static int look(accounts *a, const char *jti, token_state *out, sf_error *err)
{
    kept k;
    int r = find_token(a, jti, &k, err);
    *out = r == 1 ? (k.spent ? TOKEN_SPENT : TOKEN_FRESH) : TOKEN_UNKNOWN;
    return r < 0 ? r : SF_OK;
}

static int purge(accounts *a, int64_t before_ms, sf_error *err)
{
    return run(a, "DELETE FROM refresh_tokens WHERE expires_at < ?", &(value){NULL, before_ms}, 1, err);
}

const accounts_ops accounts_sqlite = {
    .scheme = "sqlite",
    .open = open_file,
    .close = close_file,
    .by_name = by_name,
    .by_id = by_id,
    .add = add,
    .set_hash = set_hash,
    .set_active = set_active,
    .each = each,
    .give = give,
    .replace = replace,
    .revoke = revoke,
    .revoke_all = revoke_all,
    .look = look,
    .purge = purge,
};
