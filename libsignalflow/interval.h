/* SPDX-License-Identifier: MIT */
/* Intervals that events and leads report beside their figures, in one place. NaN: there is too little to say. */
#ifndef SF_INTERVAL_INTERNAL_H
#define SF_INTERVAL_INTERNAL_H

#include <stdint.h>

/* Numbers, as far as a mean and what is sure about it need them. */
typedef struct sf_sample {
    uint32_t n;
    double variance; /* over n - 1 */
} sf_sample;

/* Half of the interval around the difference of two means whose numbers vary each in a way of their own (B. L. Welch, Biometrika 34, 1947). Needs two of each. */
double sf_difference_margin(const sf_sample *a, const sf_sample *b);

/* The ends of the interval around a correlation of n pairs (R. A. Fisher's z, 1921). */
void sf_correlation_interval(double r, uint32_t n, double *low, double *high);

#endif
