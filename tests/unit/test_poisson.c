/* SPDX-License-Identifier: MIT */
/* The Poisson tail against figures that mpmath worked out to 60 digits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

static const struct {
    uint32_t x;
    double lambda, tail;
} known[] = {
    {1, 0.05, 0.048770575499285994},
    {2, 0.05, 0.0012091042742502906},
    {3, 0.05, 2.0067493624397946e-5},
    {5, 0.05, 2.4979513360065105e-9},
    {1, 1, 0.63212055882855768},
    {3, 1, 0.080301397071394196},
    {10, 1, 1.1142547833872068e-7},
    {1, 20.5, 0.99999999874984713},
    {15, 20.5, 0.91309649183364597},
    {20, 20.5, 0.57352470142056442},
    {21, 20.5, 0.48523384586844834},
    {40, 20.5, 8.859659846888502e-5},
    {100, 20.5, 2.515347824864244e-36},
    {16, 3.25, 3.5393694062327132e-7},
    {17, 3.25, 6.6821125225305962e-8},
    {18, 3.25, 1.1931336987459644e-8},
    {900, 1000, 0.99937740221572495},
    {1000, 1000, 0.50420524418021551},
    {1100, 1000, 0.00096263040586655716},
    {1000000, 1000000, 0.5001329807608725},
    {1003000, 1000000, 0.001358035272683129},
    {4294967295U, 4294967295.0, 0.50000202912536849},
    {4294967295U, 4294500000.0, 4.9962771992169612e-13},
    {1, 1e-12, 9.9999999999949998e-13},
    {2, 1e-12, 4.9999999999966665e-25},
    {200, 0.05, 0.0},
    {1, 745, 1.0},
    {5, 1e300, 1.0},
    {0, 0.05, 1.0},
};

static void the_known_figures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double p = sf_poisson_tail(known[i].x, known[i].lambda);
        if (!(fabs(p - known[i].tail) <= 1e-12 * known[i].tail)) {
            fail_msg("x %u lambda %g: got %.17g, want %.17g", known[i].x, known[i].lambda, p, known[i].tail);
        }
    }
}

static void bounded_and_falling(void **state)
{
    (void)state;
    for (double lambda = 1e-3; lambda < 3000; lambda *= 1.37) {
        double last = 1.0;
        for (uint32_t x = 0; x < 4000; x++) {
            double p = sf_poisson_tail(x, lambda);
            assert_true(p >= 0.0 && p <= 1.0 && p <= last + 1e-15);
            last = p;
        }
        assert_true(last < 1e-9);
    }
}

static void no_mean(void **state)
{
    (void)state;
    assert_true(isnan(sf_poisson_tail(1, 0)));
    assert_true(isnan(sf_poisson_tail(1, -1)));
    assert_true(isnan(sf_poisson_tail(1, NAN)));
    assert_true(isnan(sf_poisson_tail(1, INFINITY)));
    assert_true(isnan(sf_poisson_tail(0, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_figures),
        cmocka_unit_test(bounded_and_falling),
        cmocka_unit_test(no_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
