/* SPDX-License-Identifier: MIT */
/* The tools' clocks. */
#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t sf_clock_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t sf_clock_steady_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void sf_sleep_ms(int64_t ms)
{
    if (ms > 0) {
        struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000L};
        (void)nanosleep(&t, NULL);
    }
}
