/* SPDX-License-Identifier: MIT */
/* The rate between two observations. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

#define T0 1767323045000

static void the_examples_of_the_header(void **state)
{
    (void)state;
    assert_true(sf_velocity(45, T0, 1200, T0 + 300000) == 3.85);
    assert_true(round(sf_velocity(2, T0, 45, T0 + 300000) * 1000.0) / 1000.0 == 0.143);
}

static void a_fall_is_negative_and_standing_still_is_zero(void **state)
{
    (void)state;
    assert_true(sf_velocity(100, T0, 40, T0 + 120000) == -0.5);
    assert_true(sf_velocity(100, T0, 100, T0 + 120000) == 0.0);
    assert_true(sf_velocity(-10, T0, 50, T0 + 60000) == 1.0);
}

static void near_readings_count_as_a_minute_apart(void **state)
{
    (void)state;
    assert_true(sf_velocity(0, T0, 60, T0 + 1) == 1.0);
    assert_true(sf_velocity(0, T0, 60, T0 + 59999) == 1.0);
    assert_true(sf_velocity(0, T0, 60, T0 + 60000) == 1.0);
    assert_true(sf_velocity(0, T0, 60, T0 + 120000) == 0.5);
}

static void unknowns_and_a_clock_that_stands_or_runs_back_give_nan(void **state)
{
    (void)state;
    assert_true(isnan(sf_velocity(1, T0, 2, T0)));
    assert_true(isnan(sf_velocity(1, T0, 2, T0 - 1)));
    assert_true(isnan(sf_velocity(NAN, T0, 2, T0 + 1)));
    assert_true(isnan(sf_velocity(1, T0, NAN, T0 + 1)));
    assert_true(isnan(sf_velocity(1, T0, INFINITY, T0 + 1)));
    assert_true(isnan(sf_velocity(-INFINITY, T0, 1, T0 + 1)));
    assert_true(isnan(sf_velocity(1, SF_NO_TIME, 2, T0)));
    assert_true(isnan(sf_velocity(1, T0, 2, SF_NO_TIME)));
    assert_true(isnan(sf_velocity(1, SF_NO_TIME, 2, SF_NO_TIME)));
}

static void the_ends_of_time_do_not_overflow(void **state)
{
    (void)state;
    double v = sf_velocity(0, INT64_MIN + 1, 1e6, INT64_MAX);
    assert_true(v > 0.0 && v < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_header),
        cmocka_unit_test(a_fall_is_negative_and_standing_still_is_zero),
        cmocka_unit_test(near_readings_count_as_a_minute_apart),
        cmocka_unit_test(unknowns_and_a_clock_that_stands_or_runs_back_give_nan),
        cmocka_unit_test(the_ends_of_time_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
