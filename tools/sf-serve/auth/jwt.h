/* SPDX-License-Identifier: MIT */
/* Tokens (RFC 7519), signed with HS256 and nothing else, as the first system's: token_type, exp, iat, jti, user_id.
 *
 * Reading is strict where a lax reader is a hole (RFC 8725): the algorithm is not chosen by the token, base64 has one form, no member
 * comes twice, critical headers are refused. */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include "signalflow/signal.h"

enum { JWT_SECRET_LEAST = 32, JWT_BYTES = 512, JWT_MOST = 4096, JTI_BYTES = 33 };

typedef struct jwt_keys jwt_keys;

typedef enum jwt_type { JWT_ACCESS, JWT_REFRESH } jwt_type;

typedef struct jwt_claims {
    int type; /* a jwt_type; -1: another, -2: none is said */
    int64_t user;
    int has_user, has_exp;
    int64_t exp_ms, iat_ms;
    char jti[64]; /* "": none */
} jwt_claims;

/* What is wrong with a token, worst first. */
typedef enum jwt_fault {
    JWT_FINE,
    JWT_INVALID,
    JWT_EXPIRED,
    JWT_NO_EXP,
    JWT_NO_TYPE,
    JWT_WRONG_TYPE,
    JWT_NO_ID
} jwt_fault;

/* Takes the secret that signs, and one that only verifies (NULL: none), so that secrets can be changed without logging everyone out. Where
 * there are two, tokens say which one signed them ("kid"). SF_OK; SF_EINVAL: shorter than JWT_SECRET_LEAST; SF_ENOMEM. */
int jwt_keys_new(jwt_keys **out, const char *secret, const char *former, sf_error *err);
void jwt_keys_free(jwt_keys *k); /* NULL is fine */

/* Writes a token and a NUL; fills in claims->jti. SF_OK, SF_EIO: no randomness. */
int jwt_sign(const jwt_keys *k, jwt_claims *claims, char out[JWT_BYTES]);

/* Checks signature, times and type. claims are filled in as far as the signature holds; JWT_FINE says that all is well. */
jwt_fault jwt_read(const jwt_keys *k, sf_str token, jwt_type wanted, int64_t now_ms, jwt_claims *claims);

/* As clients of the first system know it: "Token is expired". */
const char *jwt_fault_text(jwt_fault f);

#endif
