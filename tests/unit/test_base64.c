/* SPDX-License-Identifier: MIT */
/* Base64 by the vectors of RFC 4648, and that each text has one form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base64.h"

static void what_is_written_is_read(void **state)
{
    static const struct {
        sf_base64 form;
        const char *bytes, *text;
    } cases[] = {
        {SF_BASE64, "", ""},
        {SF_BASE64, "f", "Zg=="},
        {SF_BASE64, "fo", "Zm8="},
        {SF_BASE64, "foo", "Zm9v"},
        {SF_BASE64, "foob", "Zm9vYg=="},
        {SF_BASE64, "fooba", "Zm9vYmE="},
        {SF_BASE64, "foobar", "Zm9vYmFy"},
        {SF_BASE64, "\xfb\xff\xfe", "+//+"},
        {SF_BASE64_URL, "\xfb\xff\xfe", "-__-"},
        {SF_BASE64_URL, "foob", "Zm9vYg"},
        {SF_BASE64_URL, "fooba", "Zm9vYmE"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[16], bytes[16];
        size_t len = strlen(cases[i].text), n = strlen(cases[i].bytes);
        assert_int_equal(sf_base64_write(sf_cstr(cases[i].bytes), cases[i].form, text), len);
        assert_memory_equal(text, cases[i].text, len);
        assert_true(len <= SF_BASE64_ROOM(n));
        assert_int_equal(sf_base64_read(sf_cstr(cases[i].text), cases[i].form, bytes), n);
        assert_memory_equal(bytes, cases[i].bytes, n);
    }
}

static void other_forms_are_refused(void **state)
{
    static const char *const bare[] = {"A", "AB", "AAB", "AA=", "AA==", "A+", "A/", "A A", "AAAAA"};
    static const char *const padded[] = {
        "A", "AA", "AAA", "AA=", "A===", "====", "AB==", "AAB=", "A-AA", "AA==AAAA", "AA A", "AAA\n"};
    char bytes[16];
    (void)state;
    for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++) {
        assert_int_equal(sf_base64_read(sf_cstr(bare[i]), SF_BASE64_URL, bytes), -1);
    }
    for (size_t i = 0; i < sizeof padded / sizeof padded[0]; i++) {
        assert_int_equal(sf_base64_read(sf_cstr(padded[i]), SF_BASE64, bytes), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(other_forms_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
