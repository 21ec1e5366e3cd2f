/* SPDX-License-Identifier: MIT */
/* The day's units of YouTube: when a day ends, what is written before it is spent, and how the rest is spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "sources/youtube.h"

static int64_t time_of(const char *text)
{
    int64_t ms = 0;
    assert_int_equal(sf_time_parse(sf_cstr(text), &ms), SF_OK);
    return ms;
}

/* As the time zone database has it for America/Los_Angeles. */
static void days_end_at_midnight_in_california(void **state)
{
    static const char *const cases[][2] = {
        {"2026-01-02T07:59:59Z", "2026-01-02T08:00:00Z"},
        {"2026-01-02T08:00:00Z", "2026-01-03T08:00:00Z"},
        {"2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"},
        {"2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"}, /* 23 hours */
        {"2026-07-01T12:00:00Z", "2026-07-02T07:00:00Z"},
        {"2026-11-01T06:59:00Z", "2026-11-01T07:00:00Z"},
        {"2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"},
        {"2026-12-31T23:59:59Z", "2027-01-01T08:00:00Z"}, /* 25, before */
        {"2027-03-14T09:00:00Z", "2027-03-15T07:00:00Z"},
        {"2024-11-03T07:30:00Z", "2024-11-04T08:00:00Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(sf_youtube_midnight(time_of(cases[i][0])), time_of(cases[i][1]));
    }
}

static void units_are_written_before_they_are_spent(void **state)
{
    char folder[] = "/tmp/units-XXXXXX", path[64];
    int64_t now = time_of("2026-01-02T09:00:00Z");
    sf_youtube_quota q = {0};
    sf_error err;
    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(sf_youtube_quota_open(&q, folder, 1000, &err), SF_OK);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(sf_youtube_quota_pay(&q, 1, 1, now), 0);
    }
    sf_youtube_quota_close(&q);
    q = (sf_youtube_quota){0};
    assert_int_equal(sf_youtube_quota_open(&q, folder, 1000, &err), SF_OK);
    assert_true(q.spent >= 100 && q.spent <= 105);
    while (sf_youtube_quota_pay(&q, 1, 1, now) == 0) {
    }
    assert_int_equal(q.spent, 1000);
    assert_int_equal(sf_youtube_quota_pay(&q, 1, 1, now), 23 * 3600000);
    assert_int_equal(sf_youtube_quota_pay(&q, 1, 1, now + 24 * 3600000), 0);
    assert_int_equal(q.spent, 1);
    assert_int_equal(sf_youtube_quota_is_spent(&q, now + 24 * 3600000), 23 * 3600000);
    assert_true(sf_youtube_quota_pay(&q, 1, 1, now + 25 * 3600000) > 0);
    sf_youtube_quota_close(&q);
    (void)snprintf(path, sizeof path, "rm -r %s", folder);
    assert_int_equal(system(path), 0);
}

static void what_lists_leave_is_spread_over_the_day(void **state)
{
    int64_t midnight = time_of("2026-01-02T08:00:00Z");
    sf_youtube_quota q = {.most = 1000, .lists = 400, .ends_ms = midnight + 24 * 3600000};
    (void)state;
    assert_int_equal(sf_youtube_quota_may(&q, 4, midnight), 1);
    q.spent = q.spent_else = 20;
    assert_int_equal(sf_youtube_quota_may(&q, 4, midnight), 0);
    assert_int_equal(sf_youtube_quota_may(&q, 4, midnight + 3600000), 1); /* 600 a day are 25 an hour */
    q.spent = q.spent_else = 599;
    assert_int_equal(sf_youtube_quota_may(&q, 4, midnight + 23 * 3600000 + 3599000), 0);
    q.spent = 999;
    q.spent_else = 0;
    assert_int_equal(sf_youtube_quota_may(&q, 4, midnight + 12 * 3600000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_end_at_midnight_in_california),
        cmocka_unit_test(units_are_written_before_they_are_spent),
        cmocka_unit_test(what_lists_leave_is_spread_over_the_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
