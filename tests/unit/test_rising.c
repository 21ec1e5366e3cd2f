/* SPDX-License-Identifier: MIT */
/* When a post is rising, when it stops, and that it does not flicker in between. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define T0 1767323045000

static const sf_baseline base = {.v0 = 0.01, .s50 = 100, .half_life_s = 21600, .rising_at = 4.0};

static void rises_in_the_top_decile_only(void **state)
{
    (void)state;
    assert_int_equal(sf_rising(&base, 0, 0.0399, 0.0401), 1);
    assert_int_equal(sf_rising(&base, 0, 0.0390, 0.0399), 0);
    assert_int_equal(sf_rising(&base, 0, 0.001, 5.0), 1);
    assert_int_equal(sf_rising(&base, 0, 0.001, INFINITY), 1);
    assert_int_equal(sf_rising(&base, 0, 0.001, 0.0), 0);
}

static void a_post_that_slows_does_not_begin_to_rise(void **state)
{
    (void)state;
    assert_int_equal(sf_rising(&base, 0, 0.0500, 0.0499), 0);
    assert_int_equal(sf_rising(&base, 0, 0.0500, 0.0500), 1);
}

static void the_first_observation_has_nothing_to_have_slowed_from(void **state)
{
    (void)state;
    assert_int_equal(sf_rising(&base, 0, NAN, 0.05), 1);
    assert_int_equal(sf_rising(&base, 0, NAN, 0.03), 0);
    assert_int_equal(sf_rising(&base, 0, NAN, NAN), -1);
    assert_int_equal(sf_rising(&base, 1, 0.05, NAN), -1);
    assert_int_equal(sf_rising(&base, -1, NAN, 0.05), 1); /* "not known" before counts as not rising */
    assert_int_equal(sf_rising(&base, -1, 0.05, 0.035), 0);
}

static void a_rising_post_may_ease_a_little(void **state)
{
    (void)state;
    assert_int_equal(sf_rising(&base, 1, 0.050, 0.0451), 1); /* 0.902 of what it was */
    assert_int_equal(sf_rising(&base, 1, 0.050, 0.0449), 0); /* 0.898 */
    assert_int_equal(sf_rising(&base, 1, 0.033, 0.0321), 1); /* 0.8025 of the limit */
    assert_int_equal(sf_rising(&base, 1, 0.033, 0.0319), 0); /* 0.7975 */
}

/* A post that goes up and stays where noise of 10 % crosses the limit again and again. */
static void noise_at_the_limit_does_not_make_it_flicker(void **state)
{
    uint64_t seed = 7;
    double before = 0.02;
    int was = 0, changes = 0, bare = 0, bare_changes = 0;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        double after = 0.040 * (0.95 + 0.10 * random_unit(&seed));
        int is = sf_rising(&base, was, before, after);
        int over = after >= base.rising_at * base.v0;
        changes += is != was;
        bare_changes += over != bare;
        was = is;
        bare = over;
        before = after;
    }
    assert_int_equal(changes, 1);
    assert_true(bare_changes > 300);
}

/* Through the fold: a story that takes off, and is passed over. */
static void takes_off_and_fades(void **state)
{
    sf_trend t = {0};
    double score = 10, before = NAN;
    int was = 0, rose_at = -1, fell_at = -1;
    (void)state;
    for (int i = 0; i < 48; i++) { /* five-minute readings: an hour of calm, an hour of a point a second, two of calm */
        score += i >= 12 && i < 24 ? 300 : 1;
        double after = sf_trend_observe(&t, &base, score, T0 + i * 300000, T0 - 600000);
        int is = sf_rising(&base, was, before, after);
        if (is == 1 && rose_at < 0) {
            rose_at = i;
        }
        if (is == 0 && was == 1) {
            assert_true(fell_at < 0); /* once */
            fell_at = i;
        }
        was = is;
        before = after;
    }
    assert_int_equal(rose_at, 12);
    assert_int_equal(fell_at, 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rises_in_the_top_decile_only),
        cmocka_unit_test(a_post_that_slows_does_not_begin_to_rise),
        cmocka_unit_test(the_first_observation_has_nothing_to_have_slowed_from),
        cmocka_unit_test(a_rising_post_may_ease_a_little),
        cmocka_unit_test(noise_at_the_limit_does_not_make_it_flicker),
        cmocka_unit_test(takes_off_and_fades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
