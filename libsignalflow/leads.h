/* SPDX-License-Identifier: MIT */
/* Leads from within. Two files share it:
 *
 *     leads.c        takes counts in, makes series of them, puts pairs in order
 *     leads_pair.c   whitens series, correlates two of them, and turns weeks round to see what chance does */
#ifndef SF_LEADS_INTERNAL_H
#define SF_LEADS_INTERNAL_H

#include "aggregate.h"
#include "signalflow/leads.h"

enum {
    SF_LEADS_HOUR = 4,                 /* windows in an hour */
    SF_LEADS_DAY = 24 * SF_LEADS_HOUR, /* and so on */
    SF_LEADS_WEEK = 7 * SF_LEADS_DAY,
    SF_LEADS_WINDOWS = 4 * SF_LEADS_WEEK, /* that are looked at */
    SF_LEADS_MOST_LAG = SF_LEADS_DAY,
};

/* Turns counts of the n windows from start_ms on into residuals of mean 0 and variance 1, in place. 0: they do not vary. `room` is of the
 * same length. */
int sf_leads_whiten(double *v, double *room, size_t n, int64_t start_ms);

/* What is found of two whitened series. */
typedef struct sf_lead_found {
    int lag; /* windows that b comes after a; negative: before */
    double correlation, p_value;
} sf_lead_found;

/* As many rings as there are whole weeks; each of whole days. */
static inline size_t sf_leads_rings(size_t windows)
{
    return windows / SF_LEADS_WEEK;
}

/* Of so many windows, a week at least, those that rings are made of: the newest. */
static inline size_t sf_leads_usable(size_t windows)
{
    size_t rings = sf_leads_rings(windows);
    return windows / rings / SF_LEADS_DAY * SF_LEADS_DAY * rings;
}

/* n is usable as a whole; `room` is of that length too. */
void sf_leads_correlate(const double *a, const double *b, size_t n, int most_lag, uint32_t most_turns, uint64_t seed,
                        double *room, sf_lead_found *out);

#endif
