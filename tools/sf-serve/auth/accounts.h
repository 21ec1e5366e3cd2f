/* SPDX-License-Identifier: MIT */
/* Users and the refresh tokens they were given. With a store in PostgreSQL they are tables of it, with one in SQLite a file of their own beside
 * it. A handle belongs to one thread.
 *
 * Functions return SF_OK, or a failure as stores have it: SF_EAGAIN where it can pass. After one the handle may be used again. */
#ifndef AUTH_ACCOUNTS_H
#define AUTH_ACCOUNTS_H

#include "common/store.h"

enum { ACCOUNT_NAME = 150, ACCOUNT_NAME_BYTES = 4 * ACCOUNT_NAME, ACCOUNT_HASH = 256 };

typedef struct accounts accounts;

typedef struct account {
    int64_t id;
    int active;
    char name[ACCOUNT_NAME_BYTES + 1];
    char hash[ACCOUNT_HASH];
    int64_t created_ms;
} account;

/* A refresh token as it is kept. */
typedef struct issued_token {
    const char *jti;
    int64_t user, issued_ms, expires_ms;
} issued_token;

typedef enum token_state {
    TOKEN_FRESH,  /* it was, and has been replaced */
    TOKEN_SPENT,  /* used before, or revoked: its whole family is revoked now */
    TOKEN_UNKNOWN /* never given out, or long expired */
} token_state;

/* Opens the accounts of a store: SF_STORE_WRITE makes what is missing, SF_STORE_READ may be given a replica. */
int accounts_open(accounts **out, const char *store_url, sf_store_use use, sf_error *err);
void accounts_close(accounts *a); /* NULL is fine */

/* ---- users ----------------------------------------------------------------------------------------------------------- */

/* 1: there is one, 0: there is none, or a failure. */
int accounts_by_name(accounts *a, sf_str name, account *out, sf_error *err);
int accounts_by_id(accounts *a, int64_t id, account *out, sf_error *err);

/* SF_EPARSE: the name is taken. SF_EINVAL: it is none. */
int accounts_add(accounts *a, sf_str name, const char *hash, int64_t now_ms, sf_error *err);
int accounts_set_hash(accounts *a, int64_t id, const char *hash, sf_error *err);
int accounts_set_active(accounts *a, int64_t id, int active, sf_error *err);

/* All, by name. */
int accounts_each(accounts *a, int (*take)(void *payload, const account *one), void *payload, sf_error *err);

/* ---- tokens ---------------------------------------------------------------------------------------------------------- */

/* The first token of a family. */
int accounts_give(accounts *a, const issued_token *t, sf_error *err);

/* Uses a token up for its successor, all at once or not at all. */
int accounts_replace(accounts *a, const char *jti, const issued_token *successor, token_state *out, sf_error *err);

/* Ends a token's family; FRESH: it was good until now. */
int accounts_revoke(accounts *a, const char *jti, int64_t now_ms, token_state *out, sf_error *err);
int accounts_revoke_all(accounts *a, int64_t user, int64_t now_ms, sf_error *err);

/* Is it good still? */
int accounts_look(accounts *a, const char *jti, token_state *out, sf_error *err);

/* Forgets those that expired before. */
int accounts_purge(accounts *a, int64_t before_ms, sf_error *err);

#endif
