/* SPDX-License-Identifier: MIT */
/* UTF-8: every character there and back, and what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/utf8.h"

static void every_character(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char buf[4];
        uint32_t back;
        int broken = 0;
        if (cp >= 0xD800 && cp < 0xE000) {
            continue;
        }
        size_t n = sf_utf8_write(cp, buf);
        assert_int_equal(n, cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4);
        assert_int_equal(sf_utf8_read(buf, n, &back, &broken), n);
        assert_int_equal(back, cp);
        assert_int_equal(broken, 0);
        assert_int_equal(sf_utf8_valid(buf, n), n);
        if (n > 1) { /* cut short it is broken, and one replacement */
            assert_int_equal(sf_utf8_read(buf, n - 1, &back, &broken), n - 1);
            assert_int_equal(broken, 1);
            assert_int_equal(back, SF_REPLACEMENT);
        }
    }
}

/* The expected repairs are those of Python's bytes.decode(errors="replace"). */
static void repairs(void **state)
{
#define R "\xEF\xBF\xBD"
    static const struct {
        const char *text, *repaired;
        uint32_t replaced;
    } cases[] = {
        {"", "", 0},
        {"plain ascii, longer than eight bytes", "plain ascii, longer than eight bytes", 0},
        {"\xFF", R, 1},
        {"a\x80z", "a" R "z", 1},
        {"\xC0\xAF", R R, 2},             /* overlong */
        {"\xE0\x80\xAF", R R R, 3},       /* overlong */
        {"\xED\xA0\x80", R R R, 3},       /* a surrogate */
        {"\xF4\x90\x80\x80", R R R R, 4}, /* beyond U+10FFFF */
        {"\xF0\x9F\x98", R, 1},           /* cut off: one maximal part */
        {"\xF0\x9F\x98x", R "x", 1},
        {"\xE2\x82\xE2\x82\xAC", R "\xE2\x82\xAC", 1},
        {"\xF5\x80\x80\x80", R R R R, 4},
        {"12345678\xE2\x82\xAC"
         "12345678\xC3",
         "12345678\xE2\x82\xAC"
         "12345678" R,
         1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[128];
        uint32_t replaced = 0;
        size_t len = strlen(cases[i].text), size = sf_utf8_repaired_size(cases[i].text, len);
        assert_int_equal(size, strlen(cases[i].repaired));
        assert_int_equal(sf_utf8_repair(cases[i].text, len, out, &replaced), size);
        assert_memory_equal(out, cases[i].repaired, size);
        assert_int_equal(replaced, cases[i].replaced);
        assert_int_equal(sf_utf8_valid(cases[i].text, len) == len, replaced == 0);
    }
}

/* A broken byte at any place near the eight-byte steps is found. */
static void at_any_place(void **state)
{
    char text[40];
    (void)state;
    for (size_t len = 1; len <= sizeof text; len++) {
        for (size_t i = 0; i < len; i++) {
            memset(text, 'x', sizeof text);
            text[i] = '\xC3';
            assert_int_equal(sf_utf8_valid(text, len), i);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),
        cmocka_unit_test(repairs),
        cmocka_unit_test(at_any_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
