/* SPDX-License-Identifier: MIT */
/* Fitting baselines: quantiles against sorted values, limits, and rows that the lexicon loads again. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define HOUR INT64_C(3600000)

static const sf_baseline seed_base = {0.5, 7.0, 1234.0, 3.0, {0.0, 0.0, 0.0, 0.0}};

static sf_fit *fit(void)
{
    sf_fit *f = NULL;
    assert_int_equal(sf_fit_new(&f), SF_OK);
    return f;
}

static int compare(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static void quantiles_are_those_of_sorted_values(void **state)
{
    static double v[5000], s[5000];
    uint64_t seed = 3;
    (void)state;
    for (int round = 0; round < 50; round++) {
        sf_fit *f = fit();
        sf_baseline b;
        double middle = random_log(&seed, 1e-3, 1.0);
        size_t n = 1000 + random_below(&seed, 4000);
        for (size_t i = 0; i < n; i++) {
            v[i] = middle * random_log(&seed, 0.1, 10.0);
            s[i] = floor(random_log(&seed, 1.0, 200.0));
            assert_int_equal(sf_fit_rate(f, SF_BLUESKY, v[i], HOUR), 1);
            assert_int_equal(sf_fit_score(f, SF_BLUESKY, s[i]), 1);
        }
        assert_int_equal(sf_fit_baseline(f, SF_BLUESKY, &seed_base, &b), 3);
        qsort(v, n, sizeof *v, compare);
        qsort(s, n, sizeof *s, compare);
        double v0 = v[(n - 1) / 2], top = v[(size_t)(0.9 * (double)(n - 1))];
        assert_true(fabs(b.v0 / v0 - 1.0) < 0.014); /* 0.8 % of steps, 0.5 % of rounding */
        assert_true(fabs(b.rising_at / (top / v0) - 1.0) < 0.03);
        assert_true(b.s50 == s[(n - 1) / 2]);
        assert_true(b.half_life_s == 1234.0);
        sf_fit_free(f);
    }
}

static void the_order_does_not_matter(void **state)
{
    sf_fit *a = fit(), *b = fit();
    sf_baseline x, y;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        sf_fit_rate(a, SF_REDDIT, 1e-3 * i, HOUR);
        sf_fit_rate(b, SF_REDDIT, 1e-3 * (2999 - i), HOUR);
        sf_fit_score(a, SF_REDDIT, i);
        sf_fit_score(b, SF_REDDIT, 2999 - i);
    }
    assert_int_equal(sf_fit_baseline(a, SF_REDDIT, &seed_base, &x), 3);
    assert_int_equal(sf_fit_baseline(b, SF_REDDIT, &seed_base, &y), 3);
    assert_memory_equal(&x, &y, sizeof x);
    sf_fit_free(a);
    sf_fit_free(b);
}

static void too_few_leave_a_baseline_as_it_was(void **state)
{
    sf_fit *f = fit();
    sf_baseline b;
    (void)state;
    for (int i = 0; i < SF_FIT_RATES - 1; i++) {
        assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, 2.0, 2 * HOUR), 1);
        assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, 12.0, HOUR - 1), 1); /* too young for v0 */
        assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, 12.0, SF_NO_TIME), 1);
    }
    for (int i = 0; i < SF_FIT_SCORES - 1; i++) {
        assert_int_equal(sf_fit_score(f, SF_YOUTUBE, 50.0), 1);
    }
    assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, NAN, HOUR), 0);
    assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, INFINITY, HOUR), 0);
    assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, -1.0, HOUR), 0);
    assert_int_equal(sf_fit_score(f, SF_YOUTUBE, NAN), 0);
    assert_int_equal(sf_fit_score(f, SF_YOUTUBE, INFINITY), 0);
    assert_int_equal(sf_fit_baseline(f, SF_YOUTUBE, &seed_base, &b), 0);
    assert_memory_equal(&b, &seed_base, sizeof b);
    assert_int_equal(sf_fit_rate(f, SF_YOUTUBE, 2.0, HOUR), 1);
    assert_int_equal(sf_fit_baseline(f, SF_YOUTUBE, &seed_base, &b), 1);
    assert_true(b.v0 == 2.0 && b.rising_at == 6.0 && b.s50 == 7.0);
    assert_int_equal(sf_fit_score(f, SF_YOUTUBE, -3.0), 1);
    assert_int_equal(sf_fit_baseline(f, SF_YOUTUBE, &seed_base, &b), 3);
    assert_true(b.s50 == 50.0);
    sf_fit_free(f);
}

static void results_stay_within_limits(void **state)
{
    static const double extremes[][2] = {{0.0, 0.0}, {1e-300, 1e-9}, {1e300, 1e300}, {5e-324, 1e12}};
    (void)state;
    for (size_t k = 0; k < sizeof extremes / sizeof *extremes; k++) {
        sf_fit *f = fit();
        sf_baseline b;
        for (int i = 0; i < 2000; i++) {
            sf_fit_rate(f, SF_REDDIT, extremes[k][i % 2], INT64_MAX);
            sf_fit_score(f, SF_REDDIT, extremes[k][i % 2]);
        }
        assert_int_equal(sf_fit_baseline(f, SF_REDDIT, &seed_base, &b), 3);
        assert_true(b.v0 >= 1e-4 && b.v0 <= 5.0 && b.s50 >= 1.0 && b.s50 <= 1e5 && b.rising_at >= 1.5 &&
                    b.rising_at <= 20.0);
        sf_fit_free(f);
    }
}

static void rows_are_loaded_again(void **state)
{
    uint64_t seed = 5;
    char row[200];
    (void)state;
    for (int round = 0; round < 200; round++) {
        int32_t platform = (int32_t)random_below(&seed, SF_PLATFORM_COUNT);
        sf_baseline b = {random_log(&seed, 1e-12, 1e12),
                         random_log(&seed, 1e-12, 1e12),
                         random_log(&seed, 1e-12, 1e12),
                         random_log(&seed, 1e-12, 1e12),
                         {0.0, 0.0, 0.0, 0.0}};
        int64_t n = sf_baseline_row(platform, &b, row, sizeof row);
        assert_true(n > 0 && n < (int64_t)sizeof row && n == sf_baseline_row(platform, &b, NULL, 0));
        sf_lexicon_table table = {"baselines", "fitted", {row, (size_t)n}};
        sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
        sf_lexicon *l = NULL;
        o.tables = &table;
        o.n_tables = 1;
        o.empty = 1;
        assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
        sf_baseline read = sf_lexicon_baseline(l, platform);
        assert_memory_equal(&read, &b, sizeof b);
        sf_lexicon_free(l);
    }
    assert_int_equal(sf_baseline_row(SF_REDDIT, &seed_base, row, sizeof row), 19);
    assert_string_equal(row, "reddit\t0.5\t7\t1234\t3");
}

static void misuse_is_refused(void **state)
{
    sf_fit *f = fit();
    sf_baseline b = seed_base;
    char row[8];
    (void)state;
    assert_int_equal(sf_fit_new(NULL), SF_EINVAL);
    sf_fit_free(NULL);
    assert_int_equal(sf_fit_rate(f, SF_PLATFORM_UNKNOWN, 1.0, HOUR), SF_EINVAL);
    assert_int_equal(sf_fit_rate(NULL, SF_REDDIT, 1.0, HOUR), SF_EINVAL);
    assert_int_equal(sf_fit_score(f, SF_PLATFORM_COUNT, 1.0), SF_EINVAL);
    assert_int_equal(sf_fit_baseline(f, -1, &b, &b), SF_EINVAL);
    assert_int_equal(sf_fit_baseline(f, SF_REDDIT, NULL, &b), SF_EINVAL);
    assert_int_equal(sf_fit_baseline(f, SF_REDDIT, &b, &b), 0);
    assert_int_equal(sf_baseline_row(SF_REDDIT, &b, NULL, 1), SF_EINVAL);
    assert_int_equal(sf_baseline_row(SF_PLATFORM_COUNT, &b, row, sizeof row), SF_EINVAL);
    assert_int_equal(sf_baseline_row(SF_REDDIT, &b, row, sizeof row), 19);
    assert_string_equal(row, "reddit\t");
    b.s50 = NAN;
    assert_int_equal(sf_baseline_row(SF_REDDIT, &b, row, sizeof row), SF_EINVAL);
    sf_fit_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_sorted_values),
        cmocka_unit_test(the_order_does_not_matter),
        cmocka_unit_test(too_few_leave_a_baseline_as_it_was),
        cmocka_unit_test(results_stay_within_limits),
        cmocka_unit_test(rows_are_loaded_again),
        cmocka_unit_test(misuse_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
