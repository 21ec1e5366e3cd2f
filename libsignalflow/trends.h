/* SPDX-License-Identifier: MIT */
/* Topic trends from within. Two files share it:
 *
 *     trends.c        takes counts in, puts topics in order
 *     trends_usual.c  knows the past: its windows, their totals, and what is usual for a topic
 */
#ifndef SF_TRENDS_INTERNAL_H
#define SF_TRENDS_INTERNAL_H

#include "aggregate.h"
#include "signalflow/trends.h"

/* What is kept of a window: of a topic, or of all. */
typedef struct sf_voices {
    double posts, authors; /* whole numbers */
} sf_voices;

/* A count that was added. */
typedef struct sf_cell {
    sf_str topic; /* interned */
    int64_t start_ms;
    int32_t platform;
    uint32_t count, authors;
} sf_cell;

/* A total that was given. */
typedef struct sf_cell_total {
    int64_t start_ms;
    int32_t platform;
    uint64_t count, authors;
} sf_cell_total;

/* What else was said of a topic. */
typedef struct sf_known_topic {
    sf_str topic; /* interned */
    int64_t first_seen_ms;
    uint32_t authors;
} sf_known_topic;

/* A platform's past, all topics together. */
typedef struct sf_platform_past {
    sf_voices now, all, day, week; /* the last two weighted by age */
    double squares;                /* sum over the hours of (authors in the hour)^2 */
    int warm;                      /* there is enough of it to compare with */
} sf_platform_past;

/* The windows that matter have a slot each, span after span. */
typedef struct sf_past {
    sf_span spans[SF_TRENDS_SPANS];
    size_t first[SF_TRENDS_SPANS + 1]; /* slot of each span's first window */
    sf_voices *totals;                 /* platform by platform, slot by slot */
    size_t cap_totals;
    sf_platform_past platforms[SF_PLATFORM_COUNT];
} sf_past;

struct sf_trends {
    int64_t period_ms, new_ms;
    double floor, min_z;
    uint32_t min_authors;
    int64_t since_ms[SF_PLATFORM_COUNT];
    sf_intern strings;
    sf_cell *cells;
    size_t n_cells, cap_cells;
    sf_cell_total *totals;
    size_t n_totals, cap_totals;
    sf_known_topic *known;
    size_t n_known, cap_known;
    sf_past past;
    sf_topic_trend *rows;
    size_t n_rows, cap_rows;
};

/* What is usual for a topic in the period. */
typedef struct sf_usual {
    sf_voices expected; /* posts and authors */
    double spread;      /* variance of the authors beyond their mean, in units of authors^2 */
} sf_usual;

/* The slot of the window that starts at start_ms, SIZE_MAX if it does not matter; of span 0 are those below
 * first[1]. */
size_t sf_past_slot(const sf_past *p, int64_t start_ms);

/* Works out the platforms' pasts for the period of `p->spans`. Cells are unique. SF_OK, SF_ENOMEM. */
int sf_past_read(sf_trends *t);

/* Adds to `u` what is usual on one platform for the topic of the n cells, which are of that platform and in order of
 * time. */
void sf_past_usual(const sf_past *p, int32_t platform, const sf_cell *cells, size_t n, sf_usual *u);

/* z of the header: how surprising so many authors are. */
double sf_surprise(double authors, const sf_usual *u, double floor);

#endif
