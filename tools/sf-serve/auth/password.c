/* SPDX-License-Identifier: MIT */
/* Hashes of passwords, see password.h. Costs: OWASP's least for argon2id; Django's own for the rows it wrote. */
#include "password.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"

enum {
    MEMORY_KIB = 19456,
    PASSES = 2,
    LANES = 1,
    SALT = 16,
    HASH = 32,
    MOST_ROUNDS = 10000000,
    MOST_MEMORY_KIB = 1 << 20
};

static const char ours[] = "argon2$";
static const char django[] = "pbkdf2_sha256$";

int password_hash(sf_str password, char out[PASSWORD_BYTES])
{
    unsigned char salt[SALT];
    memcpy(out, ours, sizeof ours);
    if (RAND_bytes(salt, sizeof salt) != 1) {
        return SF_EIO;
    }
    int r = argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.ptr, password.len, salt, SALT, HASH,
                                  out + sizeof ours - 2,
                                  PASSWORD_BYTES - (sizeof ours - 2)); /* its text begins with the "$" */
    return r == ARGON2_OK ? SF_OK : SF_ENOMEM;
}

/* "N$SALT$HASH", the hash in base64 with padding. */
static int is_pbkdf2(sf_str password, const char *rest)
{
    unsigned char given[64], hash[HASH];
    char *end;
    long rounds = strtol(rest, &end, 10);
    const char *salt = *end == '$' ? end + 1 : NULL, *sign = salt != NULL ? strchr(salt, '$') : NULL;
    if (sign == NULL || rounds < 1 || rounds > MOST_ROUNDS || strlen(sign + 1) != 44) {
        return 0;
    }
    if (sf_base64_read((sf_str){sign + 1, 44}, SF_BASE64, given) != HASH ||
        PKCS5_PBKDF2_HMAC(password.ptr, (int)password.len, (const unsigned char *)salt, (int)(sign - salt), (int)rounds,
                          EVP_sha256(), HASH, hash) != 1) {
        return 0;
    }
    return CRYPTO_memcmp(given, hash, HASH) == 0;
}

/* What an argon2 text asks for must not be more than this machine would ever give. */
static int is_affordable(const char *text)
{
    unsigned m = 0, t = 0, p = 0;
    const char *at = strstr(text, "$m=");
    return at != NULL && sscanf(at, "$m=%u,t=%u,p=%u", &m, &t, &p) == 3 && m <= MOST_MEMORY_KIB && t <= 64 && p <= 64;
}

int password_is(sf_str password, const char *hash)
{
    /* Of a password that nobody knows. */
    static const char dummy[] =
        "$argon2id$v=19$m=19456,t=2,p=1$c2lnbmFsZmxvdy1zYWx0$Pj6vqKbqhkVbHXyDJ7xHk0oIi9pUrM1mUu1s6gQG4hE";
    if (hash != NULL && strncmp(hash, django, sizeof django - 1) == 0) {
        return is_pbkdf2(password, hash + sizeof django - 1);
    }
    int known = hash != NULL && strncmp(hash, ours, sizeof ours - 1) == 0 && is_affordable(hash);
    int r = argon2id_verify(known ? hash + sizeof ours - 2 : dummy, password.ptr, password.len);
    return known && r == ARGON2_OK;
}

int password_is_weak(const char *hash)
{
    unsigned m = 0, t = 0, p = 0;
    const char *at = strncmp(hash, ours, sizeof ours - 1) == 0 ? strstr(hash, "$m=") : NULL;
    return at == NULL || sscanf(at, "$m=%u,t=%u,p=%u", &m, &t, &p) != 3 ||
           (uint64_t)m * t < (uint64_t)MEMORY_KIB * PASSES;
}
