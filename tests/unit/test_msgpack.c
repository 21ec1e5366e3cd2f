/* SPDX-License-Identifier: MIT */
/* JSON as MessagePack, byte by byte as the specification has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sinks/msgpack.h"

#define IS(json, bytes) expect(json, bytes, sizeof(bytes) - 1)

static void expect(const char *json, const char *bytes, size_t n)
{
    sf_buffer b = {0};
    assert_int_equal(sf_msgpack_put(sf_cstr(json), &b), SF_OK);
    assert_int_equal(b.len, n);
    assert_memory_equal(b.bytes, bytes, n);
    sf_buffer_free(&b);
}

static void values(void **state)
{
    (void)state;
    IS("null", "\xc0");
    IS("true", "\xc3");
    IS("false", "\xc2");
    IS("1200", "\xd3\0\0\0\0\0\0\x04\xb0");
    IS("-1", "\xd3\xff\xff\xff\xff\xff\xff\xff\xff");
    IS("0.5", "\xcb\x3f\xe0\0\0\0\0\0\0");
    IS("1e300", "\xcb\x7e\x37\xe4\x3c\x88\x00\x75\x9c");
    IS("\"\\u00e9\\n\"", "\xa3\xc3\xa9\n");
    IS("\"0123456789012345678901234567890\"", "\xbf"
                                              "0123456789012345678901234567890");
    IS("\"01234567890123456789012345678901\"", "\xdb\0\0\0\x20"
                                               "01234567890123456789012345678901");
    IS("[]", "\xdd\0\0\0\0");
    IS("{\"a\":[1,null],\"b\":{}}", "\xdf\0\0\0\x02\xa1"
                                    "a\xdd\0\0\0\x02\xd3\0\0\0\0\0\0\0\x01\xc0\xa1"
                                    "b\xdf\0\0\0\0");
}

static void what_is_none(void **state)
{
    static const char *const none[] = {"", "{", "[1", "{\"a\"}", "1 2", "nul", "\"a"};
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        sf_buffer b = {0};
        assert_int_equal(sf_msgpack_put(sf_cstr(none[i]), &b), SF_EPARSE);
        sf_buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(what_is_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
