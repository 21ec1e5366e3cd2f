/* SPDX-License-Identifier: MIT */
/* Pseudo-random numbers that are the same on every machine, for property tests: S. Vigna's splitmix64. */
#ifndef SF_TEST_RANDOM_H
#define SF_TEST_RANDOM_H

#include <math.h>
#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

/* In [0, n). */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((random_next(state) >> 32) * n >> 32);
}

/* In [0, 1). */
static inline double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}

/* In [low, high), even on a logarithmic scale. */
static inline double random_log(uint64_t *state, double low, double high)
{
    return low * pow(high / low, random_unit(state));
}

#endif
