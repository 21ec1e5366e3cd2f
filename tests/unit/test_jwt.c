/* SPDX-License-Identifier: MIT */
/* Tokens: what is signed is read, what was tampered with is not, and secrets can be changed while tokens live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sf-serve/auth/jwt.h"

#define NOW INT64_C(1767225600000)

static const char one[] = "the first secret, which is long enough for it";
static const char two[] = "the second secret, which is long enough too..";

static jwt_keys *keys(const char *secret, const char *former)
{
    jwt_keys *k;
    assert_int_equal(jwt_keys_new(&k, secret, former, NULL), SF_OK);
    return k;
}

static void sign(const jwt_keys *k, jwt_type type, char out[JWT_BYTES])
{
    jwt_claims c = {.type = (int)type, .user = 42, .iat_ms = NOW, .exp_ms = NOW + 60000};
    assert_int_equal(jwt_sign(k, &c, out), SF_OK);
    assert_int_equal(strlen(c.jti), JTI_BYTES - 1);
}

static jwt_fault read_at(const jwt_keys *k, const char *token, jwt_type type, int64_t now_ms)
{
    jwt_claims c;
    return jwt_read(k, sf_cstr(token), type, now_ms, &c);
}

static void what_is_signed_is_read(void **state)
{
    char token[JWT_BYTES];
    jwt_claims c;
    jwt_keys *k = keys(one, NULL);
    (void)state;
    sign(k, JWT_ACCESS, token);
    assert_int_equal(jwt_read(k, sf_cstr(token), JWT_ACCESS, NOW, &c), JWT_FINE);
    assert_int_equal(c.user, 42);
    assert_int_equal(c.exp_ms, NOW + 60000);
    assert_int_equal(read_at(k, token, JWT_REFRESH, NOW), JWT_WRONG_TYPE);
    assert_int_equal(read_at(k, token, JWT_ACCESS, NOW + 59999), JWT_FINE);
    assert_int_equal(read_at(k, token, JWT_ACCESS, NOW + 60000), JWT_EXPIRED);
    assert_int_equal(read_at(k, token, JWT_ACCESS, NOW - 5000), JWT_INVALID); /* issued in the future */
    jwt_keys_free(k);
}

static void any_other_byte_is_refused(void **state)
{
    char token[JWT_BYTES];
    jwt_keys *k = keys(one, NULL);
    (void)state;
    sign(k, JWT_ACCESS, token);
    for (size_t i = 0; token[i] != '\0'; i++) {
        char was = token[i];
        token[i] = was == 'A' ? 'B' : 'A';
        assert_int_equal(read_at(k, token, JWT_ACCESS, NOW), JWT_INVALID);
        token[i] = was;
    }
    for (size_t n = 0; n < strlen(token); n++) {
        jwt_claims c;
        assert_int_equal(jwt_read(k, (sf_str){token, n}, JWT_ACCESS, NOW, &c), JWT_INVALID);
    }
    jwt_keys_free(k);
}

static void secrets_change(void **state)
{
    char old[JWT_BYTES], fresh[JWT_BYTES];
    jwt_keys *before = keys(one, NULL), *during = keys(two, one), *after = keys(two, NULL);
    (void)state;
    sign(before, JWT_REFRESH, old);
    sign(during, JWT_REFRESH, fresh);
    assert_int_equal(read_at(during, old, JWT_REFRESH, NOW), JWT_FINE);
    assert_int_equal(read_at(during, fresh, JWT_REFRESH, NOW), JWT_FINE);
    assert_int_equal(read_at(after, fresh, JWT_REFRESH, NOW), JWT_FINE);
    assert_int_equal(read_at(after, old, JWT_REFRESH, NOW), JWT_INVALID);
    assert_int_equal(read_at(before, fresh, JWT_REFRESH, NOW), JWT_INVALID);
    jwt_keys_free(before);
    jwt_keys_free(during);
    jwt_keys_free(after);
}

static void short_secrets_are_refused(void **state)
{
    jwt_keys *k;
    sf_error err = {0};
    (void)state;
    assert_int_equal(jwt_keys_new(&k, "31 bytes are not enough for it.", NULL, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "32"));
    assert_int_equal(jwt_keys_new(&k, one, "short", &err), SF_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_is_read),
        cmocka_unit_test(any_other_byte_is_refused),
        cmocka_unit_test(secrets_change),
        cmocka_unit_test(short_secrets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
