/* SPDX-License-Identifier: MIT */
/* The tools' clocks. libsignalflow has none: there, time is a parameter. */
#ifndef SF_CLOCK_H
#define SF_CLOCK_H

#include <stdint.h>

int64_t sf_clock_ms(void);        /* wall clock, milliseconds since 1970 UTC */
int64_t sf_clock_steady_ms(void); /* never goes back; for waits and rates */
void sf_sleep_ms(int64_t ms);     /* may return early when a signal comes */

#endif
