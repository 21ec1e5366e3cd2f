/* SPDX-License-Identifier: MIT */
/* SipHash-2-4-128 against its authors' vectors, and that parts do not run together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/hash.h"

static sf_hash of_first(size_t n)
{
    unsigned char key[16], in[64];
    for (unsigned char i = 0; i < 64; i++) {
        key[i % 16] = i % 16;
        in[i] = i;
    }
    return sf_siphash128(key, (sf_str){(const char *)in, n});
}

static void check(size_t n, uint64_t low, uint64_t high)
{
    sf_hash h = of_first(n);
    assert_true(h.low == low);
    assert_true(h.high == high);
}

static void vectors(void **state)
{
    (void)state;
    check(0, 0xe6a825ba047f81a3, 0x930255c71472f66d);
    check(1, 0x44af996bd8c187da, 0x45fc229b11597634);
}

static void parts_do_not_run_together(void **state)
{
    (void)state;
    sf_str a[2] = {sf_cstr("ab"), sf_cstr("c")}, b[2] = {sf_cstr("a"), sf_cstr("bc")}, c[1] = {sf_cstr("abc")};
    assert_false(sf_hash_equal(sf_hash_parts(a, 2), sf_hash_parts(b, 2)));
    assert_false(sf_hash_equal(sf_hash_parts(a, 2), sf_hash_parts(c, 1)));
    assert_true(sf_hash_equal(sf_hash_parts(a, 2), sf_hash_parts(a, 2)));
}

/* Ids are made of these: they must never change. */
static void posts_keep_their_hash(void **state)
{
    (void)state;
    sf_hash h = sf_hash_post(SF_REDDIT, sf_cstr("t3_1"));
    assert_false(sf_hash_equal(h, sf_hash_post(SF_YOUTUBE, sf_cstr("t3_1"))));
    assert_false(sf_hash_equal(h, sf_hash_post(SF_REDDIT, sf_cstr("t3_2"))));
    assert_true(sf_hash_equal(h, sf_hash_post(SF_REDDIT, sf_cstr("t3_1"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(parts_do_not_run_together),
        cmocka_unit_test(posts_keep_their_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
