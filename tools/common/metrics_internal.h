/* SPDX-License-Identifier: MIT */
/* What the table of figures and the listener share. */
#ifndef SF_METRICS_INTERNAL_H
#define SF_METRICS_INTERNAL_H

#include <stddef.h>

/* Text that grows. */
typedef struct sf_text {
    char *v;
    size_t n, cap;
    int failed; /* no memory: what follows is not added */
} sf_text;

void sf_text_add(sf_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

void sf_metrics_turn_on(int yes);
void sf_metrics_put(sf_text *t);             /* all figures, in Prometheus' text format */
int sf_metrics_ready(char *why, size_t cap); /* 1, or 0 and why not */

#endif
