/* SPDX-License-Identifier: MIT */
/* Hashes of passwords: argon2id is written ("argon2$argon2id$v=19$m=...$SALT$HASH"); Django's PBKDF2 rows ("pbkdf2_sha256$N$SALT$HASH")
 * verify as well, so that a table of its users goes on working. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include "signalflow/signal.h"

enum { PASSWORD_BYTES = 256 };

/* SF_OK, SF_EIO: no randomness; SF_ENOMEM. */
int password_hash(sf_str password, char out[PASSWORD_BYTES]);

/* 1: it is the one. It takes as long for a hash that is none, or NULL: who waits does not learn whether there is such a user. */
int password_is(sf_str password, const char *hash);

/* Would password_hash() write a stronger one? */
int password_is_weak(const char *hash);

#endif
