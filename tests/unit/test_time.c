/* SPDX-License-Identifier: MIT */
/* RFC 3339 times, there and back, over the whole calendar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "signalflow/signal.h"

#define FIRST INT64_C(-62135596800000)
#define LAST  INT64_C(253402300799999)

static void read_times(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.001Z", 1},
        {"1969-12-31T23:59:59.9Z", -100},
        {"2026-01-02T03:04:05.000Z", INT64_C(1767323045000)},
        {"2026-01-02t03:04:05z", INT64_C(1767323045000)},
        {"2026-01-02 03:04:05", INT64_C(1767323045000)},
        {"2026-01-02T03:04:05", INT64_C(1767323045000)},
        {"2026-01-02T05:04:05+02:00", INT64_C(1767323045000)},
        {"2026-01-01T21:34:05-0530", INT64_C(1767323045000)},
        {"2026-01-02T03:04:05-00:00", INT64_C(1767323045000)},
        {"2026-01-02T03:04:05.1239999999999999999999+00:00", INT64_C(1767323045123)},
        {"1969-12-31T23:59:59.9999Z", -1}, /* towards the past */
        {"2000-02-29T12:00:00Z", INT64_C(951825600000)},
        {"2016-12-31T23:59:60Z", INT64_C(1483228799000)},
        {"2016-12-31T15:59:60.25-08:00", INT64_C(1483228799250)},
        {"0001-01-01T00:00:00Z", FIRST},
        {"9999-12-31T23:59:59.999Z", LAST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 42;
        if (sf_time_parse(sf_cstr(cases[i].text), &ms) != SF_OK || ms != cases[i].ms) {
            fail_msg("%s: %lld", cases[i].text, (long long)ms);
        }
    }
}

static void refuses(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-01-02",
        "2026-01-02T03:04",
        "2026-01-02T03:04Z",
        "2026-1-02T03:04:05Z",
        "2026-00-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "1900-02-29T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:61Z",
        "2026-01-02T03:04:60Z", /* no leap second in the middle of a day */
        "2026-01-02T23:59:60+02:00",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05+2:00",
        "2026-01-02T03:04:05+02",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+02:60",
        "2026-01-02T03:04:05ZZ",
        " 2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05Z ",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00", /* the year before 1 in UTC */
        "9999-12-31T23:59:59-01:00",
        "+2026-01-02T03:04:05Z",
        "yesterday",
        "1767323045",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms = 42;
        if (sf_time_parse(sf_cstr(texts[i]), &ms) != SF_EPARSE || ms != 42) {
            fail_msg("%s was read", texts[i]);
        }
    }
    sf_str with_nul = {"2026-01-02T03:04:05\0", 20};
    int64_t ms;
    assert_int_equal(sf_time_parse(with_nul, &ms), SF_EPARSE);
    with_nul.ptr = "2026-01-02\00003:04:05Z";
    assert_int_equal(sf_time_parse(with_nul, &ms), SF_EPARSE);
}

/* Every day of the calendar, and every instant near its ends, comes back; days follow one another. */
static void every_day(void **state)
{
    char text[25], before[25] = "";
    int64_t back;
    (void)state;
    for (int64_t ms = FIRST; ms <= LAST; ms += 86400000) {
        int64_t at = ms + (ms / 86400000 % 86400 + 86400) % 86400 * 1000 % 86400000;
        assert_int_equal(sf_time_format(at, text), SF_OK);
        assert_int_equal(sf_time_parse(sf_cstr(text), &back), SF_OK);
        assert_true(back == at);
        assert_true(strncmp(before, text, 10) < 0);
        memcpy(before, text, sizeof before);
    }
}

static void written_times(void **state)
{
    char text[25];
    (void)state;
    sf_time_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    sf_time_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    sf_time_format(INT64_C(1767323045006), text);
    assert_string_equal(text, "2026-01-02T03:04:05.006Z");
    sf_time_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
    sf_time_format(INT64_MIN + 1, text);
    assert_string_equal(text, "0001-01-01T00:00:00.000Z");
    assert_int_equal(sf_time_format(SF_NO_TIME, text), SF_EINVAL);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_times),
        cmocka_unit_test(refuses),
        cmocka_unit_test(every_day),
        cmocka_unit_test(written_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
