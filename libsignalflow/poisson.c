/* SPDX-License-Identifier: MIT */
/* The upper tail of the Poisson distribution, to 12 digits for every count and mean.
 *
 * The probability of a single count is worked out as Stirling's error and the deviance, which loses no digits where count
 * and mean are large (C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000); the tail is a sum of terms
 * that shrink, begun on the side of the mean where they do. */
#include <math.h>

#include "signalflow/aggregate.h"

#define PI 3.14159265358979323846

/* ln(n!) - ln(Stirling's approximation of it), n >= 1. */
static double stirling_error(double n)
{
    if (n <= 16.0) {
        double factorial = 1.0;
        for (double i = 2.0; i <= n; i += 1.0) {
            factorial *= i;
        }
        return log(factorial) - ((n + 0.5) * log(n) - n + 0.5 * log(2.0 * PI));
    }
    double nn = n * n;
    return (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / 1680.0 / nn) / nn) / nn) / n;
}

/* x ln(x / mean) + mean - x, by its series where x and mean are close. */
static double deviance(double x, double mean)
{
    double d = (x - mean) / (x + mean);
    if (fabs(d) >= 0.1) {
        return x * log(x / mean) + mean - x;
    }
    double sum = (x - mean) * d, term = 2.0 * x * d;
    for (double k = 3.0; k < 100.0; k += 2.0) {
        term *= d * d;
        double next = sum + term / k;
        if (next == sum) {
            break;
        }
        sum = next;
    }
    return sum;
}

/* P(X = x). */
static double probability(double x, double mean)
{
    if (x == 0.0) {
        return exp(-mean);
    }
    return exp(-stirling_error(x) - deviance(x, mean)) / sqrt(2.0 * PI * x);
}

double sf_poisson_tail(uint32_t x, double lambda)
{
    if (!(lambda > 0.0) || isinf(lambda)) {
        return NAN;
    }
    if (x == 0) {
        return 1.0;
    }
    double k = x, sum = 1.0, term = 1.0;
    if (k > lambda) { /* upwards from x, each term smaller than the one before */
        while (term > sum * 1e-17) {
            k += 1.0;
            term *= lambda / k;
            sum += term;
        }
        return fmin(1.0, sum * probability(x, lambda));
    }
    for (k -= 1.0; k > 0.0 && term > sum * 1e-17; k -= 1.0) { /* downwards from x - 1: the rest of it */
        term *= k / lambda;
        sum += term;
    }
    return fmax(0.0, 1.0 - sum * probability((double)x - 1.0, lambda));
}
