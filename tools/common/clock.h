/* SPDX-License-Identifier: MIT */
/* The tools' clocks. libsignalflow has none: there, time is a parameter.
 *
 * For tests only: where the environment names a file in SF_TEST_CLOCK, all three read it instead of the system's clocks. It
 * holds two 64-bit numbers of this machine, in milliseconds since 1970: `now`, and `limit`. As long as now is before limit, time
 * passes by sleeping alone: whoever sleeps moves `now` and goes on at once, so that a program runs through a simulated day as
 * fast as it can work, and always the same way. At the limit time stands still, until another process moves one of the two:
 * a simulator that shares the file (tests/fake/) can so set, advance or scale time for all. A file that cannot be mapped
 * counts as none. */
#ifndef SF_CLOCK_H
#define SF_CLOCK_H

#include <stdint.h>

int64_t sf_clock_ms(void);        /* wall clock, milliseconds since 1970 UTC */
int64_t sf_clock_steady_ms(void); /* never goes back; for waits and rates */
void sf_sleep_ms(int64_t ms);     /* may return early when a signal comes */

/* Sleeps, but not on once the descriptor can be read; -1: none. By a clock of tests it is looked at once, before time passes. */
void sf_sleep_until_readable(int fd, int64_t ms);

#endif
