/* SPDX-License-Identifier: MIT */
/* Users and the refresh tokens they were given: beside the store, whatever that is. A handle belongs to one thread.
 *
 * Functions return SF_OK, or a failure as stores have it: SF_EAGAIN where it can pass. */
#ifndef AUTH_ACCOUNTS_H
#define AUTH_ACCOUNTS_H

#include "signalflow/signalflow.h"

enum { ACCOUNT_NAME = 150, ACCOUNT_HASH = 256 };

typedef struct accounts accounts;

typedef struct account {
    int64_t id;
    int active;
    char name[ACCOUNT_NAME + 1];
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

typedef struct accounts_ops {
    const char *scheme; /* of the store's URL */
    int (*open)(accounts **out, const char *store_rest, sf_error *err);
    void (*close)(accounts *a);
    /* 1: there is one, 0: there is none, or a failure. */
    int (*by_name)(accounts *a, sf_str name, account *out, sf_error *err);
    int (*by_id)(accounts *a, int64_t id, account *out, sf_error *err);
    /* SF_EPARSE: the name is taken. */
    int (*add)(accounts *a, sf_str name, const char *hash, int64_t now_ms, int64_t *id, sf_error *err);
    int (*set_hash)(accounts *a, int64_t id, const char *hash, sf_error *err);
    int (*set_active)(accounts *a, int64_t id, int active, sf_error *err);
    int (*each)(accounts *a, int (*take)(void *payload, const account *one), void *payload, sf_error *err);
    /* The first token of a family. */
    int (*give)(accounts *a, const issued_token *t, sf_error *err);
    /* Uses a token up for its successor, all at once or not at all. */
    int (*replace)(accounts *a, const char *jti, const issued_token *successor, token_state *out, sf_error *err);
    /* Ends a token's family; FRESH: it was good until now. */
    int (*revoke)(accounts *a, const char *jti, int64_t now_ms, token_state *out, sf_error *err);
    int (*revoke_all)(accounts *a, int64_t user, int64_t now_ms, sf_error *err);
    /* Is it good still? */
    int (*look)(accounts *a, const char *jti, token_state *out, sf_error *err);
    int (*purge)(accounts *a, int64_t before_ms, sf_error *err);
} accounts_ops;

struct accounts {
    const accounts_ops *ops;
};

/* Opens the accounts of a store, making what is missing. */
int accounts_open(accounts **out, const char *store_url, sf_error *err);
void accounts_close(accounts *a); /* NULL is fine */

extern const accounts_ops accounts_sqlite;

#endif
