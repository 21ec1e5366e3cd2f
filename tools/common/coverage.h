/* SPDX-License-Identifier: MIT */
/* Coverage: for how long a source was watched in a window of 15 minutes, so that "no data" is not "zero". Live sources tell it
 * beside their records; it takes the way that records take, and stores keep it.
 *
 * As a line of its own among the lines of signals it is
 *     {"v":1,"kind":"coverage","source":"reddit","bucket":"2026-01-02T03:00:00.000Z","observed_seconds":840.5,"failures":2,"gaps":0}
 * A window is told several times while it grows: of each number, the greatest holds. */
#ifndef SF_COVERAGE_H
#define SF_COVERAGE_H

#include "signalflow/signalflow.h"

enum { SF_COVERAGE_SOURCE = 128, SF_COVERAGE_JSON = 512 };

typedef struct sf_coverage {
    char source[SF_COVERAGE_SOURCE]; /* a platform, or "reddit:technology" */
    int64_t start_ms;                /* of the window */
    double seconds;                  /* observed, 0 to 900 */
    int64_t failures;                /* requests that went wrong, streams that broke off */
    int64_t gaps;                    /* times something may have been missed */
} sf_coverage;

/* As a line without its end. Returns the length. */
size_t sf_coverage_json(const sf_coverage *c, char buf[SF_COVERAGE_JSON]);

/* Back. SF_OK; SF_EPARSE: it is none. Signals are told from it by a glance. */
int sf_coverage_read(sf_str line, sf_coverage *out);

#endif
