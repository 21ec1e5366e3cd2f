/* SPDX-License-Identifier: MIT */
/* Pauses between tries: exponential with full jitter, so that many clients of a server that comes back do not come at once. */
#ifndef SF_BACKOFF_H
#define SF_BACKOFF_H

#include <stdint.h>

typedef struct sf_backoff {
    int64_t first_ms, most_ms; /* the upper bound of the first pause, and of any */
    unsigned tries;            /* since the last success; set it to 0 then */
    uint64_t seed;             /* 0: taken from the clock */
} sf_backoff;

/* How long to wait before the next try: between 0 and first_ms * 2^tries, at most most_ms. Counts the try. */
int64_t sf_backoff_next(sf_backoff *b);

#endif
