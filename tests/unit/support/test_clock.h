/* SPDX-License-Identifier: MIT */
/* A clock of the test's own, see tools/common/clock.h: time passes by sleeping alone, and at once. */
#ifndef SF_TEST_CLOCK_H
#define SF_TEST_CLOCK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* To be called before anything asks for the time. */
static void start_test_clock(int64_t now_ms)
{
    int64_t numbers[2] = {now_ms, INT64_MAX};
    char path[] = "/tmp/sf-clock-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, numbers, sizeof numbers) != (ssize_t)sizeof numbers) {
        perror(path);
        exit(1);
    }
    (void)close(fd);
    (void)setenv("SF_TEST_CLOCK", path, 1);
}

/* Once the clock was read it is mapped, and its name is not needed any more. */
static void forget_test_clock(void)
{
    (void)unlink(getenv("SF_TEST_CLOCK"));
}

#endif
