/* SPDX-License-Identifier: MIT */
/* Any bytes as a token: none may pass, for nobody here knows the secret; and any bytes as header and payload of one that is signed rightly,
 * which reach what reads them. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "sf-serve/auth/jwt.h"

static const char secret[] = "a secret of tests, at least 32 bytes long";

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

static void read_both(const jwt_keys *k, sf_str token)
{
    jwt_claims c;
    for (int type = JWT_ACCESS; type <= JWT_REFRESH; type++) {
        jwt_fault f = jwt_read(k, token, (jwt_type)type, INT64_C(1767225600000), &c);
        must(f != JWT_FINE || (c.type == type && c.jti[0] != '\0' && c.has_exp && c.exp_ms > INT64_C(1767225600000)),
             "what passes has all");
        must(jwt_fault_text(f)[0] != '\0' && memchr(c.jti, '\0', sizeof c.jti) != NULL, "texts end");
    }
}

static void sign_and_read(const jwt_keys *k, sf_str header, sf_str payload)
{
    char token[9000];
    unsigned char mac[32];
    unsigned len = sizeof mac;
    if (header.len + payload.len > 3000) {
        return;
    }
    size_t n = sf_base64_write(header, SF_BASE64_URL, token);
    token[n++] = '.';
    n += sf_base64_write(payload, SF_BASE64_URL, token + n);
    (void)HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)token, n, mac, &len);
    token[n++] = '.';
    n += sf_base64_write((sf_str){(const char *)mac, sizeof mac}, SF_BASE64_URL, token + n);
    read_both(k, (sf_str){token, n});
}

static void check_base64(sf_str text, sf_base64 form)
{
    unsigned char bytes[4096];
    char back[6000];
    int64_t n = text.len < 4096 ? sf_base64_read(text, form, bytes) : -1;
    if (n >= 0) {
        size_t len = sf_base64_write((sf_str){(const char *)bytes, (size_t)n}, form, back);
        must(len == text.len && memcmp(back, text.ptr, len) == 0, "base64 has one form");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static jwt_keys *k;
    sf_str all = {(const char *)data, size};
    jwt_claims c;
    if (k == NULL && jwt_keys_new(&k, secret, NULL, NULL) != SF_OK) {
        return 0;
    }
    must(jwt_read(k, all, JWT_ACCESS, INT64_C(1767225600000), &c) == JWT_INVALID, "nothing passes by chance");
    const uint8_t *line = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t first = line != NULL ? (size_t)(line - data) : size;
    sign_and_read(k, (sf_str){all.ptr, first},
                  line != NULL ? (sf_str){all.ptr + first + 1, size - first - 1} : sf_cstr("{}"));
    sign_and_read(k, sf_cstr("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"), all);
    check_base64(all, SF_BASE64);
    check_base64(all, SF_BASE64_URL);
    return 0;
}
