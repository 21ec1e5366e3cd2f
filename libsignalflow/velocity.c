/* SPDX-License-Identifier: MIT */
/* The rate between two observations. */
#include "signalflow/velocity.h"

#include <math.h>

#include "signalflow/signal.h"

#define SHORTEST_S 60.0 /* two readings nearer than this would make a rate of noise */

double sf_velocity(double before, int64_t before_ms, double after, int64_t after_ms)
{
    if (!isfinite(before) || !isfinite(after) || before_ms == SF_NO_TIME || after_ms <= before_ms) {
        return NAN;
    }
    double seconds = ((double)after_ms - (double)before_ms) / 1000.0;
    return (after - before) / fmax(seconds, SHORTEST_S);
}
