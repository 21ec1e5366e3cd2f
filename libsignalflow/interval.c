/* SPDX-License-Identifier: MIT */
/* What lies around a figure with 95 %: see interval.h, and signalflow/aggregate.h for the quantile. */
#include "interval.h"

#include <math.h>

#include "signalflow/aggregate.h"

#define NORMAL 1.959963984540054
#define ALMOST 1e-6 /* degrees that are whole but for their last digits are whole */

/* By table where the series is too short; fractions of a degree count as none there, which makes intervals wider. */
double sf_student_quantile(double degrees)
{
    static const double exact[] = {(double)NAN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262};
    if (!(degrees >= 1.0)) {
        return NAN;
    }
    if (degrees < (double)(sizeof exact / sizeof exact[0])) {
        return exact[(int)degrees];
    }
    double z = NORMAL, n = degrees, z2 = z * z;
    return z + z * (z2 + 1) / (4 * n) + z * ((5 * z2 + 16) * z2 + 3) / (96 * n * n) +
           z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * n * n * n);
}

double sf_difference_margin(const sf_sample *a, const sf_sample *b)
{
    if (a->n < 2 || b->n < 2) {
        return NAN;
    }
    double va = a->variance / a->n, vb = b->variance / b->n, sum = va + vb;
    if (!(sum > 0.0)) {
        return sum;
    }
    double degrees = sum * sum / (va * va / (a->n - 1) + vb * vb / (b->n - 1));
    return sf_student_quantile(degrees + ALMOST) * sqrt(sum);
}

void sf_correlation_interval(double r, uint32_t n, double *low, double *high)
{
    *low = *high = NAN;
    if (n > 3 && r > -1.0 && r < 1.0) {
        double z = atanh(r), half = NORMAL / sqrt((double)n - 3.0);
        *low = tanh(z - half);
        *high = tanh(z + half);
    }
}
