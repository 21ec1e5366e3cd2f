/* SPDX-License-Identifier: MIT */
/** How fast a number grows: plain arithmetic over two observations. */
#ifndef SIGNALFLOW_VELOCITY_H
#define SIGNALFLOW_VELOCITY_H

#include "signalflow/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The rate between two observations of the same post: (after - before) / max(after_ms - before_ms, 60 s). It may be
 *  negative. 45 -> 1200 in 300 s is 3.85. For comments the same: 2 -> 45 in 300 s is 0.143.
 *
 *  @param before, after        points or comments.
 *  @param before_ms, after_ms  milliseconds, the same clock.
 *  @return units a second; NaN where a number is NaN or infinite, a time is SF_NO_TIME, or the second observation is not
 *          later than the first.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API double sf_velocity(double before, int64_t before_ms, double after, int64_t after_ms);

#ifdef __cplusplus
}
#endif
#endif
