/* SPDX-License-Identifier: MIT */
/* Pauses between tries. */
#include "backoff.h"

#include <unistd.h>

#include "clock.h"

/* splitmix64: any seed will do, 0 too. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

int64_t sf_backoff_next(sf_backoff *b)
{
    if (b->seed == 0) {
        b->seed = (uint64_t)sf_clock_steady_ms() << 20 ^ (uint64_t)getpid();
    }
    int64_t most = b->first_ms;
    for (unsigned i = 0; i < b->tries && most < b->most_ms; i++) {
        most *= 2;
    }
    most = most < b->most_ms ? most : b->most_ms;
    b->tries++;
    return (int64_t)(next_random(&b->seed) % ((uint64_t)most + 1));
}
