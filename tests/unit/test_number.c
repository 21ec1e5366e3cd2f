/* SPDX-License-Identifier: MIT */
/* Reading and writing doubles, against the C library (in the C locale), which is exact but slow. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "number.h"
#include "support/random.h"

static uint64_t seed = 1;

static uint64_t next_random(void)
{
    return random_next(&seed);
}

static void reads_as_libc_does(const char *text)
{
    double ours = 0.0, theirs = strtod(text, NULL);
    size_t used = sf_number_read(text, strlen(text), &ours);
    if (used != strlen(text) || memcmp(&ours, &theirs, sizeof ours) != 0) {
        fail_msg("%.80s: %a instead of %a, %zu bytes used", text, ours, theirs, used);
    }
}

/* The digits without point, exponent and zeros at either end. */
static void significant_digits(const char *text, char *digits)
{
    size_t n = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0')) {
            digits[n++] = *text;
        }
    }
    while (n > 0 && digits[n - 1] == '0') {
        n--;
    }
    digits[n] = '\0';
}

/* As few digits as possible, and the closest of those; 17 always do. */
static void writes_shortest(double value)
{
    char ours[32], theirs[40], a[40], b[40];
    double back;
    size_t len = sf_number_write(value, ours);
    assert_int_equal(len, strlen(ours));
    back = strtod(ours, NULL);
    if (memcmp(&back, &value, sizeof value) != 0) {
        fail_msg("%a is written as %s", value, ours);
    }
    for (int precision = 0; precision < 17; precision++) {
        snprintf(theirs, sizeof theirs, "%.*e", precision, value);
        if (strtod(theirs, NULL) == value) {
            break;
        }
    }
    significant_digits(ours, a);
    significant_digits(theirs, b);
    if (strlen(a) > strlen(b) || (strlen(a) == strlen(b) && strcmp(a, b) != 0)) {
        fail_msg("%s is longer or less close than %s", ours, theirs);
    }
}

static double random_double(int i)
{
    double value;
    uint64_t bits = next_random();
    if (i % 3 == 0) {
        bits &= 0x800FFFFFFFFFFFFFULL; /* subnormal */
    }
    memcpy(&value, &bits, sizeof value);
    if (i % 7 == 0 || !isfinite(value)) {
        value = (double)(int64_t)next_random() / 1e10;
    }
    if (i % 11 == 0) {
        value = ldexp(1.0, (int)(next_random() % 2098) - 1074); /* where the neighbours are not equally far */
    }
    return value;
}

static void any_double(void **state)
{
    char text[128];
    (void)state;
    for (int i = 0; i < 40000; i++) {
        double value = random_double(i);
        writes_shortest(value);
        snprintf(text, sizeof text, "%.17g", value);
        reads_as_libc_does(text);
        snprintf(text, sizeof text, "%.25e", value);
        reads_as_libc_does(text);
    }
}

static void any_decimal(void **state)
{
    char text[128];
    (void)state;
    for (int i = 0; i < 40000; i++) {
        unsigned long long a = next_random() | 1, b = next_random();
        snprintf(text, sizeof text, "%llu.%llue%d", a, b, (int)(next_random() % 700) - 370);
        reads_as_libc_does(text);
        snprintf(text, sizeof text, "%llue%d", a, (int)(next_random() % 700) - 370);
        reads_as_libc_does(text);
        snprintf(text, sizeof text, "%llue%d", a >> (b % 60), (int)(next_random() % 60) - 30);
        reads_as_libc_does(text);
        snprintf(text, sizeof text, "0.%0*llu", (int)(b % 60), a);
        reads_as_libc_does(text);
    }
}

/* Exactly half way, and one digit beside it: nothing but all the digits decides. */
static void half_way(void **state)
{
    static char text[2500];
    (void)state;
    for (int i = 0; i < 1500; i++) {
        uint64_t m = next_random() >> (12 + next_random() % 40);
        int exponent = i % 2 == 0 ? -1075 : (int)(next_random() % 1900) - 1075;
        long double half = ldexpl((long double)(2 * m + 1), exponent);
        snprintf(text, sizeof text, "%.1100Lf", half);
        reads_as_libc_does(text);
        text[strlen(text) - 1] = '1';
        reads_as_libc_does(text);
        snprintf(text, sizeof text, "%.*Le", (int)(next_random() % 900), half);
        reads_as_libc_does(text);
    }
}

static void known_hard_ones(void **state)
{
    static const char *const texts[] = {
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "4.9e-324",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "1.797693134862315807e308",
        "1.7976931348623159e308",
        "0e999999999999999999999",
        "1e-400",
        "1e400",
        "-1e99999999999999999999999999",
        "1e-99999999999999999999999999",
        "9007199254740993",
        "9007199254740992.99999999999999999999",
        "9007199254740993.00000000000000000000000",
        "18446744073709551616",
        "36893488147419103232",
        "-0",
        "-0.0",
        "0.1e-5",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "6.929001713869936e+236",
        "1e23",
        "8.5E22",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        reads_as_libc_does(texts[i]);
    }
}

static void long_texts(void **state)
{
    size_t len = 100000;
    char *text = malloc(len + 16);
    (void)state;
    assert_non_null(text);
    memset(text, '0', len);
    memcpy(text, "0.", 2);
    memcpy(text + len, "17e99999", 9); /* zeros and exponent cancel out */
    reads_as_libc_does(text);
    memset(text, '9', len);
    memcpy(text + len, "e-99999", 8);
    reads_as_libc_does(text);
    free(text);
}

static void what_is_no_number(void **state)
{
    static const struct {
        const char *text;
        size_t used;
    } cases[] = {
        {"", 0},     {"-", 0},   {"+1", 0},  {".5", 0},   {"e5", 0},    {"NaN", 0},  {"Infinity", 0}, {"-x", 0},
        {"01", 1},   {"-01", 2}, {"1.", 1},  {"1.e5", 1}, {"1e", 1},    {"1e+", 1},  {"1.5e-x", 3},   {"0x10", 1},
        {"1.5x", 3}, {"1,5", 1}, {"1_0", 1}, {"0.0", 3},  {"1e5.0", 3}, {"00.5", 1}, {"1..2", 1},     {"1E5", 3},
    };
    double value;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sf_number_read(cases[i].text, strlen(cases[i].text), &value), cases[i].used);
    }
    assert_int_equal(sf_number_read("123", 2, &value), 2); /* the length counts, not what lies behind */
    assert_true(value == 12.0);
    assert_int_equal(sf_number_read("1.5", 2, &value), 1);
    assert_int_equal(sf_number_read("1e5", 2, &value), 1);
}

static void forms(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "-0.0"},
        {1.0, "1"},
        {45.0, "45"},
        {-45.0, "-45"},
        {0.6249, "0.6249"},
        {3.85, "3.85"},
        {-0.5, "-0.5"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3.0, "0.3333333333333333"},
        {1e9, "1000000000"},
        {1e20, "100000000000000000000"},
        {1e21, "1e21"},
        {1.5e22, "1.5e22"},
        {1e-6, "0.000001"},
        {1.25e-6, "0.00000125"},
        {1e-7, "1e-7"},
        {-1.5e-7, "-1.5e-7"},
        {9007199254740992.0, "9007199254740992"},
        {1e23, "1e23"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
    };
    char text[32];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_number_write(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_double),      cmocka_unit_test(any_decimal), cmocka_unit_test(half_way),
        cmocka_unit_test(known_hard_ones), cmocka_unit_test(long_texts),  cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
