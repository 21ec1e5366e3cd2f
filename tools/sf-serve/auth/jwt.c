/* SPDX-License-Identifier: MIT */
/* Tokens, see jwt.h. */
#include "jwt.h"

#include <math.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/fail.h"
#include "signalflow/json.h"

enum { MAC_BYTES = 32, KEYS = 2 };

typedef struct one_key {
    EVP_MAC_CTX *ready; /* keyed; each signature starts from a copy */
    char id[12];
} one_key;

struct jwt_keys {
    one_key keys[KEYS];
    size_t n;
};

/* ---- keys ---------------------------------------------------------------------------------------------------------- */

static int set_key(one_key *k, const char *secret)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    k->ready = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (k->ready == NULL || EVP_MAC_init(k->ready, (const unsigned char *)secret, strlen(secret), params) != 1 ||
        EVP_Digest(secret, strlen(secret), hash, NULL, EVP_sha256(), NULL) != 1) {
        return SF_ENOMEM;
    }
    (void)snprintf(k->id, sizeof k->id, "%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
    return SF_OK;
}

static int add_key(jwt_keys *k, const char *secret, const char *what, sf_error *err)
{
    if (strlen(secret) < JWT_SECRET_LEAST) {
        return sf_fail(err, SF_EINVAL, "%s: shorter than %d bytes", what, JWT_SECRET_LEAST);
    }
    int r = set_key(&k->keys[k->n++], secret);
    return r == SF_OK ? r : sf_fail(err, r, "%s: %s", what, sf_strerror(r));
}

int jwt_keys_new(jwt_keys **out, const char *secret, const char *former, sf_error *err)
{
    jwt_keys *k = calloc(1, sizeof *k);
    if (k == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = add_key(k, secret, "jwt-secret", err);
    r = r == SF_OK && former != NULL ? add_key(k, former, "jwt-former-secret", err) : r;
    if (r != SF_OK) {
        jwt_keys_free(k);
        return r;
    }
    *out = k;
    return SF_OK;
}

void jwt_keys_free(jwt_keys *k)
{
    if (k != NULL) {
        for (size_t i = 0; i < k->n; i++) {
            EVP_MAC_CTX_free(k->keys[i].ready);
        }
        free(k);
    }
}

static int mac_of(const one_key *k, sf_str text, unsigned char mac[MAC_BYTES])
{
    size_t len = 0;
    EVP_MAC_CTX *c = EVP_MAC_CTX_dup(k->ready);
    int ok = c != NULL && EVP_MAC_update(c, (const unsigned char *)text.ptr, text.len) == 1 &&
             EVP_MAC_final(c, mac, &len, MAC_BYTES) == 1 && len == MAC_BYTES;
    EVP_MAC_CTX_free(c);
    return ok;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

static size_t put_part(const char *text, char *out)
{
    return sf_base64_write(sf_cstr(text), SF_BASE64_URL, out);
}

int jwt_sign(const jwt_keys *k, jwt_claims *c, char out[JWT_BYTES])
{
    char text[256], kid[32] = "";
    unsigned char id[16], mac[MAC_BYTES];
    if (RAND_bytes(id, sizeof id) != 1) {
        return SF_EIO;
    }
    for (size_t i = 0; i < sizeof id; i++) {
        (void)snprintf(c->jti + 2 * i, 3, "%02x", id[i]);
    }
    if (k->n > 1) {
        (void)snprintf(kid, sizeof kid, ",\"kid\":\"%s\"", k->keys[0].id);
    }
    (void)snprintf(text, sizeof text, "{\"alg\":\"HS256\",\"typ\":\"JWT\"%s}", kid);
    size_t n = put_part(text, out);
    out[n++] = '.';
    (void)snprintf(text, sizeof text,
                   "{\"token_type\":\"%s\",\"exp\":%lld,\"iat\":%lld,\"jti\":\"%s\",\"user_id\":\"%lld\"}",
                   c->type == JWT_ACCESS ? "access" : "refresh", (long long)(c->exp_ms / 1000),
                   (long long)(c->iat_ms / 1000), c->jti, (long long)c->user);
    n += put_part(text, out + n);
    if (!mac_of(&k->keys[0], (sf_str){out, n}, mac)) {
        return SF_EIO;
    }
    out[n++] = '.';
    n += sf_base64_write((sf_str){(const char *)mac, MAC_BYTES}, SF_BASE64_URL, out + n);
    out[n] = '\0';
    return SF_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------------- */

/* Members that came already, so that none can come twice with two meanings. */
typedef struct seen {
    sf_str names[32];
    size_t n;
} seen;

static int is_new(seen *s, sf_str name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->names[i].len == name.len && memcmp(s->names[i].ptr, name.ptr, name.len) == 0) {
            return 0;
        }
    }
    if (s->n == sizeof s->names / sizeof s->names[0] || memchr(name.ptr, '\\', name.len) != NULL) {
        return 0;
    }
    s->names[s->n++] = name;
    return 1;
}

static int string_is(sf_json *j, const char *wanted)
{
    char buf[64];
    sf_str v;
    return sf_json_peek(j) == SF_JSON_STRING && sf_json_string(j, buf, sizeof buf, &v) == SF_OK &&
           v.len == strlen(wanted) && memcmp(v.ptr, wanted, v.len) == 0;
}

/* {"alg":"HS256"}, perhaps with "typ":"JWT" and a "kid" that is known: then only that key counts. */
static int read_header(const jwt_keys *k, sf_str text, size_t *key)
{
    sf_json j;
    sf_str name;
    seen s = {.n = 0};
    int alg = 0, r;
    *key = KEYS;
    sf_json_init(&j, text);
    for (r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &name)) > 0;) {
        if (!is_new(&s, name) || sf_json_is(name, "crit")) {
            return 0;
        }
        if (sf_json_is(name, "alg")) {
            if (!(alg = string_is(&j, "HS256"))) {
                return 0;
            }
        } else if (sf_json_is(name, "kid") && k->n > 1) {
            sf_json at = j;
            *key = string_is(&at, k->keys[0].id) ? 0 : 1;
            (void)sf_json_skip(&j);
        } else {
            (void)sf_json_skip(&j);
        }
    }
    return sf_json_end(&j, NULL) == SF_OK && alg;
}

static int is_signed(const jwt_keys *k, size_t key, sf_str text, sf_str signature)
{
    unsigned char given[MAC_BYTES + 8], mac[MAC_BYTES];
    if (signature.len != (MAC_BYTES * 4 + 2) / 3 || sf_base64_read(signature, SF_BASE64_URL, given) != MAC_BYTES) {
        return 0;
    }
    for (size_t i = 0; i < k->n; i++) {
        if ((key == KEYS || key == i) && mac_of(&k->keys[i], text, mac) && CRYPTO_memcmp(mac, given, MAC_BYTES) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Seconds since 1970, with a fraction perhaps. */
static int read_seconds(sf_json *j, int64_t *ms)
{
    double v;
    if (sf_json_peek(j) != SF_JSON_NUMBER || sf_json_number(j, &v) != SF_OK || !(fabs(v) < 1e12)) {
        return 0;
    }
    *ms = (int64_t)(v * 1000);
    return 1;
}

/* "1" or 1. */
static int read_user(sf_json *j, jwt_claims *c)
{
    char buf[32], *end;
    sf_str v;
    if (sf_json_peek(j) == SF_JSON_NUMBER) {
        c->has_user = sf_json_integer(j, &c->user) == SF_OK;
        return c->has_user;
    }
    if (sf_json_peek(j) != SF_JSON_STRING || sf_json_string(j, buf, sizeof buf, &v) != SF_OK || v.len == 0 ||
        v.len > 18) {
        return 0;
    }
    memmove(buf, v.ptr, v.len);
    buf[v.len] = '\0';
    c->user = strtoll(buf, &end, 10);
    c->has_user = *end == '\0' && buf[0] >= '0' && buf[0] <= '9';
    return c->has_user;
}

static int read_text(sf_json *j, char *out, size_t cap)
{
    sf_str v;
    if (sf_json_peek(j) != SF_JSON_STRING || sf_json_string(j, out, cap - 1, &v) != SF_OK || v.len >= cap) {
        return 0;
    }
    memmove(out, v.ptr, v.len);
    out[v.len] = '\0';
    return memchr(out, '\0', v.len) == NULL;
}

static int read_type(sf_json *j, jwt_claims *c)
{
    char text[32];
    sf_json at = *j;
    c->type = -1;
    if (read_text(&at, text, sizeof text)) {
        c->type = strcmp(text, "access") == 0 ? JWT_ACCESS : strcmp(text, "refresh") == 0 ? JWT_REFRESH : -1;
    }
    return sf_json_skip(j) == SF_OK;
}

/* One member of the payload. 0: it is not what it must be. */
static int read_claim(sf_json *j, sf_str name, jwt_claims *c, int64_t *nbf_ms)
{
    if (sf_json_is(name, "token_type")) {
        return read_type(j, c);
    }
    if (sf_json_is(name, "exp")) {
        c->has_exp = 1;
        return read_seconds(j, &c->exp_ms);
    }
    if (sf_json_is(name, "iat")) {
        return read_seconds(j, &c->iat_ms);
    }
    if (sf_json_is(name, "nbf")) {
        return read_seconds(j, nbf_ms);
    }
    if (sf_json_is(name, "jti")) {
        return read_text(j, c->jti, sizeof c->jti);
    }
    return sf_json_is(name, "user_id") ? read_user(j, c) : sf_json_skip(j) == SF_OK;
}

static int read_claims(sf_str text, int64_t now_ms, jwt_claims *c)
{
    sf_json j;
    sf_str name;
    seen s = {.n = 0};
    int64_t nbf_ms = now_ms;
    int r;
    sf_json_init(&j, text);
    for (r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &name)) > 0;) {
        if (!is_new(&s, name) || !read_claim(&j, name, c, &nbf_ms)) {
            return 0;
        }
    }
    /* Times are in whole seconds; a token that is issued in this one is not of the future. */
    return sf_json_end(&j, NULL) == SF_OK && nbf_ms <= now_ms && c->iat_ms < now_ms + 1000;
}

static jwt_fault judge(const jwt_claims *c, jwt_type wanted, int64_t now_ms)
{
    if (c->has_exp && c->exp_ms <= now_ms) {
        return JWT_EXPIRED;
    }
    if (c->jti[0] == '\0') {
        return JWT_NO_ID;
    }
    if (!c->has_exp) {
        return JWT_NO_EXP;
    }
    return c->type == -2 ? JWT_NO_TYPE : c->type != (int)wanted ? JWT_WRONG_TYPE : JWT_FINE;
}

jwt_fault jwt_read(const jwt_keys *k, sf_str token, jwt_type wanted, int64_t now_ms, jwt_claims *c)
{
    unsigned char text[JWT_MOST];
    size_t key;
    *c = (jwt_claims){.type = -2};
    const char *dot = token.len <= JWT_MOST && token.len > 0 ? memchr(token.ptr, '.', token.len) : NULL;
    const char *second = dot != NULL ? memchr(dot + 1, '.', token.len - (size_t)(dot + 1 - token.ptr)) : NULL;
    if (second == NULL) {
        return JWT_INVALID;
    }
    size_t body = (size_t)(second - token.ptr);
    int64_t n = sf_base64_read((sf_str){token.ptr, (size_t)(dot - token.ptr)}, SF_BASE64_URL, text);
    if (n < 0 || !read_header(k, (sf_str){(const char *)text, (size_t)n}, &key) ||
        !is_signed(k, key, (sf_str){token.ptr, body}, (sf_str){second + 1, token.len - body - 1})) {
        return JWT_INVALID;
    }
    n = sf_base64_read((sf_str){dot + 1, (size_t)(second - dot - 1)}, SF_BASE64_URL, text);
    if (n < 0 || !read_claims((sf_str){(const char *)text, (size_t)n}, now_ms, c)) {
        return JWT_INVALID;
    }
    return judge(c, wanted, now_ms);
}

const char *jwt_fault_text(jwt_fault f)
{
    switch (f) {
    case JWT_EXPIRED: return "Token is expired";
    case JWT_NO_EXP: return "Token has no 'exp' claim";
    case JWT_NO_TYPE: return "Token has no type";
    case JWT_WRONG_TYPE: return "Token has wrong type";
    case JWT_NO_ID: return "Token has no id";
    default: return "Token is invalid";
    }
}
