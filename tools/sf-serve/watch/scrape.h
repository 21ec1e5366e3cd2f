/* SPDX-License-Identifier: MIT */
/* What a tool's /metrics tells (Prometheus' text format), as far as a page about the pipeline wants to know. */
#ifndef SF_SERVE_SCRAPE_H
#define SF_SERVE_SCRAPE_H

#include "signalflow/signalflow.h"

enum { SCRAPE_BOUNDS = 24 };

/* Counts since the process began; series of one name are added up. NaN: it does not tell. */
typedef struct scrape {
    double written, dead, dropped, gaps, lag, ready, began;
    size_t n_bounds;
    double bounds[SCRAPE_BOUNDS]; /* seconds, rising; the last is infinity */
    double within[SCRAPE_BOUNDS]; /* flushes that took at most so long */
} scrape;

/* Lines that are none are passed over. 1; 0: nothing in it is ours. */
int scrape_read(sf_str text, scrape *out);

/* How long all but one in a hundred took, by what lies between two scrapes (`within` subtracted): the bound's interval taken as even, as
 * Prometheus' histogram_quantile() does. NaN: nothing was counted. */
double scrape_p99(const scrape *counts);

#endif
