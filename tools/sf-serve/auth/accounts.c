/* SPDX-License-Identifier: MIT */
/* Users and tokens: what is asked of them, in the SQL that both databases speak. */
#include <stdio.h>
#include <string.h>

#include "accounts_internal.h"
#include "common/fail.h"

enum { MOST_COLLISIONS = 20 };

/* Runs a bound statement that gives no rows. */
static int run(sf_stmt *s, sf_error *err)
{
    int r = sf_db_step(s, err);
    return r < 0 ? r : SF_OK;
}

static void copy_text(sf_stmt *s, int i, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", sf_column_text(s, i).ptr);
}

/* ---- users --------------------------------------------------------------------------------------------------------- */

#define COLUMNS "SELECT id, username, password, is_active, date_joined FROM users "

static void read_account(sf_stmt *s, account *out)
{
    out->id = sf_column_whole(s, 0);
    copy_text(s, 1, out->name, sizeof out->name);
    copy_text(s, 2, out->hash, sizeof out->hash);
    out->active = sf_column_flag(s, 3) == 1;
    out->created_ms = sf_column_time(s, 4);
}

static int find(sf_stmt *s, account *out, sf_error *err)
{
    int r = sf_db_step(s, err);
    if (r == 1) {
        read_account(s, out);
        sf_db_reset(s);
    }
    return r;
}

static int is_name(sf_str name)
{
    return name.len > 0 && name.len <= ACCOUNT_NAME_BYTES && memchr(name.ptr, '\0', name.len) == NULL;
}

int accounts_by_name(accounts *a, sf_str name, account *out, sf_error *err)
{
    sf_stmt *s;
    if (!is_name(name)) {
        return 0;
    }
    int r = sf_db_kept(&a->db, COLUMNS "WHERE username = ?1", &s, err);
    if (r == SF_OK) {
        sf_bind_text(s, 1, name);
        r = find(s, out, err);
    }
    return r == SF_EPARSE ? 0 : r; /* no text at all */
}

int accounts_by_id(accounts *a, int64_t id, account *out, sf_error *err)
{
    sf_stmt *s;
    int r = sf_db_kept(&a->db, COLUMNS "WHERE id = ?1", &s, err);
    if (r == SF_OK) {
        sf_bind_whole(s, 1, id);
        r = find(s, out, err);
    }
    return r;
}

int accounts_add(accounts *a, sf_str name, const char *hash, int64_t now_ms, sf_error *err)
{
    sf_stmt *s;
    if (!is_name(name) || name.len > ACCOUNT_NAME) {
        return sf_fail(err, SF_EINVAL, "a name has 1 to %d bytes", ACCOUNT_NAME);
    }
    int r = sf_db_kept(
        &a->db, "INSERT INTO users (username, password, is_active, date_joined) VALUES (?1, ?2, TRUE, ?3)", &s, err);
    if (r == SF_OK) {
        sf_bind_text(s, 1, name);
        sf_bind_name(s, 2, hash);
        sf_bind_time(s, 3, now_ms);
        r = run(s, err);
    }
    return r == SF_EPARSE ? sf_fail(err, r, "%.*s: there is a user of that name", (int)name.len, name.ptr) : r;
}

int accounts_set_hash(accounts *a, int64_t id, const char *hash, sf_error *err)
{
    sf_stmt *s;
    int r = sf_db_kept(&a->db, "UPDATE users SET password = ?1 WHERE id = ?2", &s, err);
    if (r == SF_OK) {
        sf_bind_name(s, 1, hash);
        sf_bind_whole(s, 2, id);
        r = run(s, err);
    }
    return r;
}

int accounts_set_active(accounts *a, int64_t id, int active, sf_error *err)
{
    sf_stmt *s;
    int r = sf_db_kept(&a->db, "UPDATE users SET is_active = ?1 WHERE id = ?2", &s, err);
    if (r == SF_OK) {
        sf_bind_flag(s, 1, active != 0);
        sf_bind_whole(s, 2, id);
        r = run(s, err);
    }
    return r;
}

int accounts_each(accounts *a, int (*take)(void *payload, const account *one), void *payload, sf_error *err)
{
    sf_stmt *s;
    int r = sf_db_kept(&a->db, COLUMNS "ORDER BY username", &s, err);
    while (r == SF_OK && (r = sf_db_step(s, err)) == 1) {
        account one;
        read_account(s, &one);
        r = take(payload, &one);
    }
    return r;
}

/* ---- transactions -------------------------------------------------------------------------------------------------- */

/* What is to become of tokens. */
typedef struct change {
    const char *jti;
    const issued_token *successor;
    int64_t user, now_ms;
    token_state *out;
} change;

/* Does it all at once, or not at all. What others got in the way of is tried again: they are through then. */
static int transact(accounts *a, int (*inside)(accounts *a, const change *c, sf_error *err), const change *c,
                    sf_error *err)
{
    int r = SF_EAGAIN;
    a->pg.collided = 1;
    for (int i = 0; i < MOST_COLLISIONS && r == SF_EAGAIN && a->pg.collided; i++) {
        a->pg.collided = 0;
        r = a->db.ops->begin(&a->db, SF_STORE_WRITE, err);
        r = r == SF_OK ? inside(a, c, err) : r;
        r = r == SF_OK ? a->db.ops->commit(&a->db, err) : r;
        if (r != SF_OK) {
            a->db.ops->rollback(&a->db);
        }
    }
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
    static const char sql[] = "SELECT family, user_id, used_at IS NOT NULL OR revoked_at IS NOT NULL FROM "
                              "refresh_tokens WHERE jti = ?1";
    sf_stmt *s;
    int r = sf_db_kept(&a->db, sql, &s, err);
    if (r != SF_OK) {
        return r;
    }
    sf_bind_name(s, 1, jti);
    r = sf_db_step(s, err);
    if (r == 1) {
        copy_text(s, 0, out->family, sizeof out->family);
        out->user = sf_column_whole(s, 1);
        out->spent = sf_column_flag(s, 2) == 1;
        sf_db_reset(s);
    }
    return r;
}

static int insert(accounts *a, const issued_token *t, const char *family, sf_error *err)
{
    static const char sql[] =
        "INSERT INTO refresh_tokens (jti, family, user_id, issued_at, expires_at) VALUES (?1, ?2, "
        "?3, ?4, ?5)";
    sf_stmt *s;
    int r = sf_db_kept(&a->db, sql, &s, err);
    if (r == SF_OK) {
        sf_bind_name(s, 1, t->jti);
        sf_bind_name(s, 2, family);
        sf_bind_whole(s, 3, t->user);
        sf_bind_time(s, 4, t->issued_ms);
        sf_bind_time(s, 5, t->expires_ms);
        r = run(s, err);
    }
    return r;
}

int accounts_give(accounts *a, const issued_token *t, sf_error *err)
{
    return insert(a, t, t->jti, err);
}

static int revoke_family(accounts *a, const char *family, int64_t now_ms, sf_error *err)
{
    static const char sql[] = "UPDATE refresh_tokens SET revoked_at = ?1 WHERE family = ?2 AND revoked_at IS NULL";
    sf_stmt *s;
    int r = sf_db_kept(&a->db, sql, &s, err);
    if (r == SF_OK) {
        sf_bind_time(s, 1, now_ms);
        sf_bind_name(s, 2, family);
        r = run(s, err);
    }
    return r;
}

static int use_up(accounts *a, const change *c, sf_error *err)
{
    sf_stmt *s;
    int r = sf_db_kept(&a->db, "UPDATE refresh_tokens SET used_at = ?1, replaced_by = ?2 WHERE jti = ?3", &s, err);
    if (r == SF_OK) {
        sf_bind_time(s, 1, c->successor->issued_ms);
        sf_bind_name(s, 2, c->successor->jti);
        sf_bind_name(s, 3, c->jti);
        r = run(s, err);
    }
    return r;
}

static int replace_inside(accounts *a, const change *c, sf_error *err)
{
    kept k;
    int r = find_token(a, c->jti, &k, err);
    *c->out = r == 0 ? TOKEN_UNKNOWN : k.spent || k.user != c->successor->user ? TOKEN_SPENT : TOKEN_FRESH;
    if (r <= 0) {
        return r;
    }
    if (*c->out == TOKEN_SPENT) {
        return revoke_family(a, k.family, c->successor->issued_ms, err);
    }
    r = use_up(a, c, err);
    return r == SF_OK ? insert(a, c->successor, k.family, err) : r;
}

int accounts_replace(accounts *a, const char *jti, const issued_token *t, token_state *out, sf_error *err)
{
    return transact(a, replace_inside, &(change){.jti = jti, .successor = t, .out = out}, err);
}

static int revoke_inside(accounts *a, const change *c, sf_error *err)
{
    kept k;
    int r = find_token(a, c->jti, &k, err);
    *c->out = r == 1 && !k.spent ? TOKEN_FRESH : r == 1 ? TOKEN_SPENT : TOKEN_UNKNOWN;
    return r == 1 ? revoke_family(a, k.family, c->now_ms, err) : r;
}

int accounts_revoke(accounts *a, const char *jti, int64_t now_ms, token_state *out, sf_error *err)
{
    return transact(a, revoke_inside, &(change){.jti = jti, .now_ms = now_ms, .out = out}, err);
}

static int revoke_all_inside(accounts *a, const change *c, sf_error *err)
{
    static const char sql[] = "UPDATE refresh_tokens SET revoked_at = ?1 WHERE user_id = ?2 AND revoked_at IS NULL";
    sf_stmt *s;
    int r = sf_db_kept(&a->db, sql, &s, err);
    if (r == SF_OK) {
        sf_bind_time(s, 1, c->now_ms);
        sf_bind_whole(s, 2, c->user);
        r = run(s, err);
    }
    return r;
}

/* In a transaction, so that a successor which is being given out just now is not missed. */
int accounts_revoke_all(accounts *a, int64_t user, int64_t now_ms, sf_error *err)
{
    return transact(a, revoke_all_inside, &(change){.user = user, .now_ms = now_ms}, err);
}

int accounts_look(accounts *a, const char *jti, token_state *out, sf_error *err)
{
    kept k;
    int r = find_token(a, jti, &k, err);
    *out = r == 1 ? (k.spent ? TOKEN_SPENT : TOKEN_FRESH) : TOKEN_UNKNOWN;
    return r < 0 ? r : SF_OK;
}

int accounts_purge(accounts *a, int64_t before_ms, sf_error *err)
{
    sf_stmt *s;
    int r = sf_db_kept(&a->db, "DELETE FROM refresh_tokens WHERE expires_at < ?1", &s, err);
    if (r == SF_OK) {
        sf_bind_time(s, 1, before_ms);
        r = run(s, err);
    }
    return r;
}
