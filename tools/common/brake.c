/* SPDX-License-Identifier: MIT */
/* The brake: when too many of the last records failed, it is not the records that are wrong. */
#include "loop_internal.h"

int sf_brake_add(sf_brake_window *w, double share, const sf_records *b)
{
    int tripped = 0;
    for (size_t i = 0; i < b->n; i++) {
        unsigned char failed = b->v[i].state == SF_RECORD_REJECTED;
        w->failures += failed;
        if (w->n == SF_BRAKE_WINDOW) {
            w->failures -= w->failed[w->at];
        } else {
            w->n++;
        }
        w->failed[w->at] = failed;
        w->at = (w->at + 1) % SF_BRAKE_WINDOW;
        tripped |= share > 0 && w->failures >= SF_BRAKE_LEAST && (double)w->failures > share * (double)w->n;
    }
    return tripped;
}
