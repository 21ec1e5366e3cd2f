/* SPDX-License-Identifier: MIT */
/* The trend formula: its figures, its bounds, its monotony, and that +1000 points in 5 minutes beats 5000 in 3 days. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define T0     1767323045000
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const sf_baseline hn = {.v0 = 0.0028, .s50 = 84, .half_life_s = 172800, .rising_at = 3.85};

static void close_to(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fmax(1.0, fabs(want)))) {
        fail_msg("got %.17g, want %.17g", got, want);
    }
}

static double score_of(const sf_baseline *b, double rate, double points, int64_t created, int64_t now)
{
    return sf_trending(rate / b->v0, sf_normalised_score(b, points), sf_recency(b, created, now));
}

/* ---- figures worked out by hand (with Python's math module) ---- */

static void the_fold_step_by_step(void **state)
{
    sf_trend t = {0};
    (void)state;
    assert_true(isnan(sf_trend_rate(&t)));
    /* created 20 min before the first look at 12 points, then 30 points half an hour later */
    close_to(sf_trend_observe(&t, &hn, 12, T0, T0 - 20 * MINUTE), 0.009093978793870859);
    close_to(t.w, 476.0990169263749);
    close_to(sf_trend_observe(&t, &hn, 30, T0 + 30 * MINUTE, SF_NO_TIME), 0.009890969189235183);
    close_to(sf_trend_rate(&t), 0.009890969189235183);
    assert_true(t.top == 30 && t.at_ms == T0 + 30 * MINUTE);
    /* created 5 min before the first look: taken for 15 minutes old */
    t = (sf_trend){0};
    close_to(sf_trend_observe(&t, &hn, 1000, T0, T0 - 5 * MINUTE), 0.38268367910681794);
}

static void the_score(void **state)
{
    (void)state;
    assert_true(sf_trending(0, 1, 1) == 0.0);
    close_to(sf_trending(10000, 1, 1), 1.0);
    close_to(sf_trending(10000, 0, 0), 0.7);
    close_to(sf_trending(10, 0.5, 0.25), 0.20827627581377162);
    close_to(sf_normalised_score(&hn, 84), 0.15019048322368794);
    close_to(sf_normalised_score(&hn, 8400), 1.0);
    assert_true(sf_normalised_score(&hn, 0) == 0.0);
    assert_true(sf_recency(&hn, T0, T0) == 1.0);
    close_to(sf_recency(&hn, T0, T0 + 2 * DAY), 0.5);
    close_to(sf_recency(&hn, T0, T0 + 6 * DAY), 0.125);
}

/* ---- what is no number, no time, or no sense ---- */

static void unknowns(void **state)
{
    (void)state;
    assert_true(sf_trending(NAN, 1, 1) == 0.0);
    assert_true(sf_trending(-5, 1, 1) == 0.0);
    assert_true(sf_trending(-INFINITY, 1, 1) == 0.0);
    close_to(sf_trending(INFINITY, 1, 1), 1.0);
    close_to(sf_trending(1e300, NAN, NAN), 0.7);
    close_to(sf_trending(1e300, -3, 7), 0.9);
    close_to(sf_trending(1e300, INFINITY, -INFINITY), 0.8);
    assert_true(isnan(sf_normalised_score(&hn, NAN)));
    assert_true(sf_normalised_score(&hn, -1e9) == 0.0);
    assert_true(sf_normalised_score(&hn, -INFINITY) == 0.0);
    assert_true(sf_normalised_score(&hn, INFINITY) == 1.0);
    assert_true(sf_recency(&hn, SF_NO_TIME, T0) == 0.0);
    assert_true(sf_recency(&hn, T0, SF_NO_TIME) == 0.0);
    assert_true(sf_recency(&hn, T0 + DAY, T0) == 1.0);
    assert_true(sf_recency(&hn, INT64_MIN + 1, INT64_MAX) == 0.0);
    assert_true(sf_recency(&hn, INT64_MAX, INT64_MIN + 1) == 1.0);
}

static int same(const sf_trend *a, const sf_trend *b)
{
    return a->n == b->n && a->w == b->w && a->top == b->top && a->at_ms == b->at_ms;
}

static void what_a_trend_ignores(void **state)
{
    sf_trend t = {0};
    (void)state;
    assert_true(isnan(sf_trend_observe(&t, &hn, NAN, T0, T0)));
    assert_true(isnan(sf_trend_observe(&t, &hn, INFINITY, T0, T0)));
    assert_true(isnan(sf_trend_observe(&t, &hn, 5, SF_NO_TIME, T0)));
    assert_true(t.w == 0.0);

    double rate = sf_trend_observe(&t, &hn, 10, T0, T0 - HOUR);
    sf_trend kept = t;
    assert_true(sf_trend_observe(&t, &hn, NAN, T0 + HOUR, T0) == rate);
    assert_true(sf_trend_observe(&t, &hn, -INFINITY, T0 + HOUR, T0) == rate);
    assert_true(sf_trend_observe(&t, &hn, 500, T0, T0) == rate);            /* again */
    assert_true(sf_trend_observe(&t, &hn, 500, T0 + 59999, T0) == rate);    /* too near */
    assert_true(sf_trend_observe(&t, &hn, 500, T0 - 5 * HOUR, T0) == rate); /* the clock ran back */
    assert_true(sf_trend_observe(&t, &hn, 500, INT64_MIN + 1, T0) == rate);
    assert_true(same(&t, &kept));
    assert_true(sf_trend_observe(&t, &hn, 500, T0 + 60000, T0) > rate);
}

static void a_score_that_falls_counts_as_standing_still(void **state)
{
    sf_trend falls = {0}, stands = {0};
    (void)state;
    sf_trend_observe(&falls, &hn, 100, T0, T0 - HOUR);
    sf_trend_observe(&stands, &hn, 100, T0, T0 - HOUR);
    sf_trend_observe(&falls, &hn, 20, T0 + HOUR, T0 - HOUR);
    sf_trend_observe(&stands, &hn, 100, T0 + HOUR, T0 - HOUR);
    assert_true(same(&falls, &stands)); /* and one wrong reading of 0 makes no jump afterwards */
    sf_trend low = {0}, zero = {0};
    sf_trend_observe(&low, &hn, -7, T0, T0 - HOUR);
    sf_trend_observe(&zero, &hn, 0, T0, T0 - HOUR);
    assert_true(same(&low, &zero));
}

static void an_unknown_creation(void **state)
{
    sf_trend unknown = {0}, assumed = {0}, none = {0}, many = {0};
    (void)state;
    /* up to 8 v0 it is as though the post were 25 minutes old ... */
    double a = sf_trend_observe(&unknown, &hn, 30, T0, SF_NO_TIME);
    double b = sf_trend_observe(&assumed, &hn, 30, T0, T0 - 25 * MINUTE);
    assert_true(a == b && same(&unknown, &assumed));
    /* ... and beyond no points help, for it may be years old */
    double limit = sf_trend_observe(&none, &hn, 8 * 0.0028 * 1500, T0, SF_NO_TIME);
    close_to(sf_trend_observe(&many, &hn, 1e9, T0, SF_NO_TIME), limit);
    assert_true(limit > 5 * hn.v0 && limit < 6 * hn.v0);
}

/* ---- properties, over nine decades ---- */

static void bounded_and_monotone_in_each_argument(void **state)
{
    uint64_t seed = 1;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        double x = random_log(&seed, 1e-5, 1e5), n = random_unit(&seed), r = random_unit(&seed);
        double more = 1.0 + random_log(&seed, 1e-9, 10);
        double t = sf_trending(x, n, r);
        assert_true(t >= 0.0 && t <= 1.0);
        assert_true(sf_trending(x * more, n, r) >= t);
        assert_true(sf_trending(x, n * more, r) >= t);
        assert_true(sf_trending(x, n, r * more) >= t);
        if (x * more < 9999.0) {
            assert_true(sf_trending(x * more, n, r) > t);
        }
    }
}

static void the_parts_are_bounded_and_monotone(void **state)
{
    uint64_t seed = 2;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        sf_baseline b = {
            .v0 = 1, .s50 = random_log(&seed, 1, 1e5), .half_life_s = random_log(&seed, 60, 1e7), .rising_at = 3};
        double s = random_log(&seed, 1e-3, 1e9), more = s * (1.0 + random_log(&seed, 1e-9, 10));
        int64_t age = (int64_t)random_log(&seed, 1, 1e13), later = age + (int64_t)random_log(&seed, 1, 1e12);
        double n = sf_normalised_score(&b, s), r = sf_recency(&b, T0, T0 + age);
        assert_true(n >= 0.0 && n <= 1.0 && sf_normalised_score(&b, more) >= n);
        assert_true(r >= 0.0 && r <= 1.0 && sf_recency(&b, T0, T0 + later) <= r);
    }
}

/* Any history: the rate is finite and not negative, W never passes 1500 s, and a higher newest score
 * never lowers the rate. */
static void the_rate_is_monotone_in_the_newest_score(void **state)
{
    uint64_t seed = 3;
    (void)state;
    for (int h = 0; h < 20000; h++) {
        sf_baseline b = {.v0 = random_log(&seed, 1e-4, 5), .s50 = 84, .half_life_s = 43200, .rising_at = 3};
        sf_trend low = {0}, high;
        int64_t now = T0, created = random_below(&seed, 3) == 0 ? SF_NO_TIME : T0 - (int64_t)random_log(&seed, 1, 1e11);
        uint32_t n = random_below(&seed, 8);
        for (uint32_t i = 0; i < n; i++) {
            sf_trend_observe(&low, &b, random_log(&seed, 1e-2, 1e6), now, created);
            now += (int64_t)random_log(&seed, 1, 1e9) - 10000; /* now and then backwards */
        }
        high = low;
        double s = random_log(&seed, 1e-2, 1e6);
        double v = sf_trend_observe(&low, &b, s, now, created);
        double w = sf_trend_observe(&high, &b, s * (1.0 + random_unit(&seed)), now, created);
        assert_true(isfinite(v) && v >= 0.0 && w >= v);
        assert_true(low.w > 0.0 && low.w < 1500.0 + 1e-9);
    }
}

static void absurd_scores_stay_finite(void **state)
{
    sf_trend t = {0};
    (void)state;
    assert_true(isfinite(sf_trend_observe(&t, &hn, 1e308, T0, T0)));
    for (int i = 1; i < 100; i++) {
        assert_true(isfinite(sf_trend_observe(&t, &hn, i % 2 ? 0 : 1.7e308, T0 + i * HOUR, T0)));
    }
    assert_true(isfinite(sf_trend_observe(&t, &hn, 1, INT64_MAX, T0)));
}

/* ---- +1000 points in 5 minutes beats 5000 points in 3 days ---- */

/* Five ways in which A may have been watched before it gained 1000 points in 5 minutes; its age when it had. */
static double rate_of_a(const sf_baseline *b, int history, double start, int64_t age)
{
    sf_trend t = {0};
    int64_t created = T0 - age, before = T0 - 5 * MINUTE;
    int64_t step = history == 3 ? 5 * MINUTE : HOUR;
    if (history == 0) { /* created 5 minutes ago, seen once; older: seen at creation only */
        if (age > 5 * MINUTE) {
            sf_trend_observe(&t, b, start, created, created);
            sf_trend_observe(&t, b, start, before, created);
        }
    } else if (history == 1) { /* seen at creation and just before */
        sf_trend_observe(&t, b, start, created, created);
        sf_trend_observe(&t, b, start, before, created);
    } else if (history == 2) { /* first seen just before the jump */
        sf_trend_observe(&t, b, start, before, created);
    } else { /* flat, polled every 5 minutes or every hour */
        for (int64_t at = created; at < before; at += step) {
            sf_trend_observe(&t, b, start, at, created);
        }
        sf_trend_observe(&t, b, start, before, created);
    }
    return sf_trend_observe(&t, b, start + 1000, T0, created);
}

/* B gained `points` evenly over three days and is polled every `step`; 0: seen once, after three days. */
static double rate_of_b(const sf_baseline *b, double points, int64_t step)
{
    sf_trend t = {0};
    int64_t created = T0 - 3 * DAY;
    for (int64_t at = created; step > 0 && at < T0; at += step) {
        sf_trend_observe(&t, b, points * (double)(at - created) / (double)(3 * DAY), at, created);
    }
    return sf_trend_observe(&t, b, points, T0, created);
}

static void a_thousand_in_five_minutes_beats_five_thousand_in_three_days(void **state)
{
    static const double v0s[] = {1e-4, 3e-4, 1e-3, 0.0028, 0.01, 0.03, 0.1, 0.228, 0.5, 1, 2, 5, 100, 1e4};
    static const double s50s[] = {1, 10, 84, 1000, 4948, 1e5};
    static const double starts[] = {0, 100, 1000, 9000};
    static const int64_t ages[] = {5 * MINUTE, 30 * MINUTE, 6 * HOUR, DAY, 30 * DAY};
    static const int64_t steps[] = {0, 5 * MINUTE, HOUR, 6 * HOUR};
    static const double half_lives[] = {21600, 43200, 172800};
    double least = INFINITY;
    long cases = 0;
    (void)state;
    for (size_t v = 0; v < sizeof v0s / sizeof *v0s; v++) {
        sf_baseline b = {.v0 = v0s[v], .s50 = 1, .half_life_s = 1, .rising_at = 3};
        double fastest_b = 0;
        for (size_t p = 0; p < 4; p++) {
            fastest_b = fmax(fastest_b, rate_of_b(&b, 5000, steps[p]));
        }
        for (size_t g = 0; g < 5 * 5 * 4; g++) {
            int history = (int)(g % 5);
            int64_t age = ages[g / 5 % 5];
            double start = age == 5 * MINUTE ? 0 : starts[g / 25], rate = rate_of_a(&b, history, start, age);
            assert_true(rate >= 0.377);
            for (size_t k = 0; k < 6 * 3; k++) {
                b.s50 = s50s[k % 6];
                b.half_life_s = half_lives[k / 6];
                double a = score_of(&b, rate, start + 1000, T0 - age, T0);
                double old = score_of(&b, fastest_b, 5000, T0 - 3 * DAY, T0);
                assert_true(a > old);
                least = fmin(least, a / old);
                cases++;
            }
        }
    }
    printf("%ld cases, smallest ratio %.3f\n", cases, least);
    assert_true(least > 1.0);
}

/* The bound of the proof, whatever the scores and ages: even with n = r = 0 for A and n = r = 1 for B. */
static void the_proof_holds_for_every_v0(void **state)
{
    (void)state;
    for (double v0 = 3.2e-5; v0 < 1e4; v0 *= 1.01) {
        assert_true(sf_trending(0.377 / v0, 0, 0) > sf_trending(5000.0 / 259200.0 / v0, 1, 1));
    }
}

static void every_poll_history_gives_b_its_own_pace(void **state)
{
    static const int64_t steps[] = {0, 5 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        double v = rate_of_b(&hn, 5000, steps[i]);
        assert_true(fabs(v - 5000.0 / 259200.0) < 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fold_step_by_step),
        cmocka_unit_test(the_score),
        cmocka_unit_test(unknowns),
        cmocka_unit_test(what_a_trend_ignores),
        cmocka_unit_test(a_score_that_falls_counts_as_standing_still),
        cmocka_unit_test(an_unknown_creation),
        cmocka_unit_test(bounded_and_monotone_in_each_argument),
        cmocka_unit_test(the_parts_are_bounded_and_monotone),
        cmocka_unit_test(the_rate_is_monotone_in_the_newest_score),
        cmocka_unit_test(absurd_scores_stay_finite),
        cmocka_unit_test(a_thousand_in_five_minutes_beats_five_thousand_in_three_days),
        cmocka_unit_test(the_proof_holds_for_every_v0),
        cmocka_unit_test(every_poll_history_gives_b_its_own_pace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
