/* SPDX-License-Identifier: MIT */
/* From tallies to events: topics on two platforms in one window, who had them first, and whether it is more than chance. */
#include <math.h>
#include <stdlib.h>

#include "aggregate.h"
#include "memory.h"

#define HOUR_MS     INT64_C(3600000)
#define WEEK_MS     (168 * HOUR_MS)
#define WEEKS       4    /* of past that the usual count is the mean of */
#define FALSE_SHARE 0.05 /* q: how many of the significant events may be chance */

/* By topic, window and platform; of one bucket what the posts say comes before what the past says, and the larger number
 * of the past before the smaller. */
static int compare_tallies(const void *left, const void *right)
{
    const sf_tally *a = left, *b = right;
    int c;
    (void)((c = sf_intern_compare(a->topic, b->topic)) || (c = sf_compare_int(a->start_ms, b->start_ms)) ||
           (c = sf_compare_int(a->platform, b->platform)) || (c = sf_compare_int(a->past, b->past)) ||
           (c = sf_compare_int(b->count, a->count)));
    return c;
}

static int compare_events(const void *left, const void *right)
{
    const sf_event *a = left, *b = right;
    int c = sf_compare_int(a->start_ms, b->start_ms);
    return c != 0 ? c : sf_intern_compare(a->topic, b->topic);
}

static int compare_numbers(const void *left, const void *right)
{
    double a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return sf_compare_double(a, b);
}

/* ---- one tally a bucket ---- */

/* Joins the past to the tallies. Within the windows asked for posts alone count; elsewhere the past knows the count, for
 * not every post of those windows need have been added. */
static int join_past(sf_aggregator *g, int64_t from_ms, int64_t to_ms)
{
    for (size_t i = 0; i < g->n_pasts; i++) {
        const sf_tally *p = &g->pasts[i];
        if (p->count == 0 || (p->start_ms >= from_ms && p->start_ms < to_ms)) {
            continue;
        }
        if (sf_grow(&g->tallies, &g->cap_tallies, g->n_tallies + 1, sizeof *p) != SF_OK) {
            return SF_ENOMEM;
        }
        g->tallies[g->n_tallies++] = *p;
    }
    if (g->n_tallies > 1) {
        qsort(g->tallies, g->n_tallies, sizeof *g->tallies, compare_tallies);
    }
    size_t n = 0;
    for (size_t i = 0; i < g->n_tallies; i++) {
        sf_tally *last = n > 0 ? &g->tallies[n - 1] : NULL, *t = &g->tallies[i];
        if (last != NULL && last->topic.ptr == t->topic.ptr && last->start_ms == t->start_ms &&
            last->platform == t->platform) {
            last->count = last->past ? last->count : t->count;
            last->authors = last->past ? last->authors : t->authors;
            last->first_ms = t->first_ms < last->first_ms ? t->first_ms : last->first_ms;
            last->past = 1;
        } else {
            g->tallies[n++] = *t;
        }
    }
    g->n_tallies = n;
    return SF_OK;
}

/* ---- the usual count ---- */

/* Authors who spoke of a topic on a platform in windows that start in [from, to), each counted in every window anew. `t` are
 * the n tallies of that topic. */
static double authors_in(const sf_tally *t, size_t n, int32_t platform, int64_t from, int64_t to)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t[middle].start_ms < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    double sum = 0.0;
    for (; low < n && t[low].start_ms < to; low++) {
        sum += t[low].platform == platform ? t[low].authors : 0.0;
    }
    return sum;
}

/* Authors a window, the mean over the same hour of the last weeks and the hours beside it, as far as data reach back; not under the
 * floor. */
static double usual(const sf_aggregator *g, const sf_tally *t, size_t n, int32_t platform, int64_t start_ms)
{
    double authors = 0.0, windows = 0.0;
    for (int k = 1; k <= WEEKS; k++) {
        int64_t hour = sf_floor_to(start_ms, HOUR_MS) - k * WEEK_MS, end = hour + 2 * HOUR_MS;
        int64_t known = hour - HOUR_MS;
        while (known < end && known < g->since_ms) {
            known += SF_BUCKET_MS;
        }
        authors += authors_in(t, n, platform, known, end);
        windows += (double)((end - known) / SF_BUCKET_MS);
    }
    return fmax(authors / windows, g->floor);
}

/* ---- one event ---- */

/* Where two smallest values are kept. */
typedef struct least {
    int64_t first, second;
    int32_t who; /* whose the first is */
} least;

static void least_add(least *l, int64_t v, int32_t who)
{
    if (v < l->first) {
        l->second = l->first;
        l->first = v;
        l->who = who;
    } else if (v < l->second) {
        l->second = v;
    }
}

/* The platform with the smallest (sign -1) or largest mean, `but` left out: of several the one with the most scores, which says most; then the
 * first. NULL: none has scores. */
static const sf_tally *farthest(const sf_tally *w, size_t n, double sign, const sf_tally *but)
{
    const sf_tally *found = NULL;
    for (size_t i = 0; i < n; i++) {
        if (&w[i] == but || isnan(w[i].normalised)) {
            continue;
        }
        double ahead = found == NULL ? 1.0 : sign * (w[i].normalised - found->normalised);
        if (ahead > 0.0 || (ahead == 0.0 && w[i].sample.n > found->sample.n)) {
            found = &w[i];
        }
    }
    return found;
}

/* How differently the platforms take the topic: see sf_event.delta_score. */
static void spread(const sf_tally *w, size_t n, sf_event *e)
{
    const sf_tally *low = farthest(w, n, -1.0, NULL), *high = farthest(w, n, 1.0, low);
    e->delta_score = e->delta_low = e->delta_high = NAN;
    if (low == NULL || high == NULL) {
        return;
    }
    int turned = n == 2 && low->platform == e->leader;
    e->delta_score = turned ? low->normalised - high->normalised : high->normalised - low->normalised;
    double margin = sf_difference_margin(&low->sample, &high->sample);
    if (!isnan(margin)) {
        e->delta_low = fmax(-1.0, e->delta_score - margin);
        e->delta_high = fmin(1.0, e->delta_score + margin);
    }
}

/* The second smallest of the platforms' p-values, over `windows` windows that end with that of w: at least two of the
 * platforms must be busier than usual. */
static double chance_over(const sf_tally *w, size_t n, const sf_tally *topic, size_t n_topic, const double *lambda,
                          int64_t windows)
{
    int64_t end = w->start_ms + SF_BUCKET_MS, from = end - windows * SF_BUCKET_MS;
    double first = INFINITY, second = INFINITY;
    for (size_t i = 0; i < n; i++) {
        double authors = authors_in(topic, n_topic, w[i].platform, from, end);
        double p = sf_poisson_tail(authors < UINT32_MAX ? (uint32_t)authors : UINT32_MAX, lambda[i] * (double)windows);
        second = fmin(second, fmax(first, p));
        first = fmin(first, p);
    }
    return second;
}

/* How likely it is that two platforms take to the topic by chance, in the window or the hour that ends with it; 1 where
 * too few speak of it to say. */
static double chance(const sf_aggregator *g, const sf_tally *w, size_t n, const sf_tally *topic, size_t n_topic)
{
    double lambda[SF_PLATFORM_COUNT], authors = 0.0;
    int64_t end = w->start_ms + SF_BUCKET_MS;
    if (g->since_ms == SF_NO_TIME || g->since_ms > w->start_ms - WEEK_MS) {
        return NAN;
    }
    for (size_t i = 0; i < n; i++) {
        lambda[i] = usual(g, topic, n_topic, w[i].platform, w->start_ms);
        authors += authors_in(topic, n_topic, w[i].platform, end - HOUR_MS, end);
    }
    if (authors < (double)g->min_authors) {
        return 1.0;
    }
    return fmin(chance_over(w, n, topic, n_topic, lambda, 1),
                chance_over(w, n, topic, n_topic, lambda, HOUR_MS / SF_BUCKET_MS));
}

/* Adds the event of the n >= 2 tallies w of one window. `first` holds when each platform had the topic first in its
 * episode; `topic` are all tallies of it. */
static int add_event(sf_aggregator *g, const sf_tally *w, size_t n, const int64_t *first, const sf_tally *topic,
                     size_t n_topic)
{
    sf_event e = {.topic = w->topic, .start_ms = w->start_ms, .significant = -1};
    least episode = {INT64_MAX, INT64_MAX, 0}, window = episode;
    for (size_t i = 0; i < n; i++) {
        e.platforms |= 1U << w[i].platform;
        e.support += w[i].count;
        least_add(&episode, first[w[i].platform], w[i].platform);
        least_add(&window, w[i].first_ms, w[i].platform);
    }
    e.ts_ms = window.second;
    e.leader = episode.who;
    e.lead_seconds = (double)(episode.second - episode.first) / 1000.0;
    spread(w, n, &e);
    e.p_value = chance(g, w, n, topic, n_topic);
    if (sf_grow(&g->events, &g->cap_events, g->n_events + 1, sizeof e) != SF_OK) {
        return SF_ENOMEM;
    }
    g->events[g->n_events++] = e;
    return SF_OK;
}

/* ---- all events ---- */

/* Goes through one topic's n tallies, window by window, episode by episode. */
static int follow_topic(sf_aggregator *g, const sf_tally *t, size_t n, int64_t from_ms, int64_t to_ms)
{
    int64_t first[SF_PLATFORM_COUNT];
    for (size_t i = 0, end; i < n; i = end) {
        int new_episode = i == 0 || t[i].start_ms - t[i - 1].start_ms > g->episode_gap_ms;
        for (int32_t p = 0; new_episode && p < SF_PLATFORM_COUNT; p++) {
            first[p] = INT64_MAX;
        }
        for (end = i; end < n && t[end].start_ms == t[i].start_ms; end++) {
            if (first[t[end].platform] == INT64_MAX) {
                first[t[end].platform] = t[end].first_ms;
            }
        }
        if (end - i >= 2 && t[i].start_ms >= from_ms && t[i].start_ms < to_ms &&
            add_event(g, t + i, end - i, first, t, n) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}

/* How many topics have posts in the window that starts at start_ms; buckets are in order of time, and *at moves on. */
static uint32_t topics_in(const sf_aggregator *g, int64_t start_ms, size_t *at)
{
    uint32_t n = 0;
    const char *last = NULL;
    for (; *at < g->n_buckets && g->buckets[*at].start_ms <= start_ms; (*at)++) {
        const sf_bucket *b = &g->buckets[*at];
        if (b->start_ms == start_ms && b->count > 0 && b->topic.ptr != last) {
            n++;
            last = b->topic.ptr;
        }
    }
    return n;
}

/* Benjamini and Hochberg's step-up: the largest p that still passes, of n sorted ones out of m tests; -1 if none does. */
static double threshold(const double *p, size_t n, uint32_t m)
{
    for (size_t i = n; i > 0; i--) {
        if (p[i - 1] <= FALSE_SHARE * (double)i / m) {
            return p[i - 1];
        }
    }
    return -1.0;
}

/* Topics on one platform only have p = 1: they count as tests, and never pass. */
static int judge(sf_aggregator *g)
{
    size_t bucket = 0;
    if (sf_grow(&g->p_values, &g->cap_p_values, g->n_events, sizeof *g->p_values) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0, end; i < g->n_events; i = end) {
        for (end = i; end < g->n_events && g->events[end].start_ms == g->events[i].start_ms; end++) {
            g->p_values[end - i] = g->events[end].p_value;
        }
        uint32_t m = topics_in(g, g->events[i].start_ms, &bucket);
        if (isnan(g->events[i].p_value)) { /* then all of the window are: data do not reach back */
            continue;
        }
        qsort(g->p_values, end - i, sizeof *g->p_values, compare_numbers);
        double most = threshold(g->p_values, end - i, m);
        for (size_t k = i; k < end; k++) {
            g->events[k].significant = g->events[k].p_value <= most;
        }
    }
    return SF_OK;
}

int sf_aggregate_events(sf_aggregator *g, int64_t from_ms, int64_t to_ms)
{
    g->n_events = 0;
    if (join_past(g, from_ms, to_ms) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0, end; i < g->n_tallies; i = end) {
        for (end = i + 1; end < g->n_tallies && g->tallies[end].topic.ptr == g->tallies[i].topic.ptr;) {
            end++;
        }
        if (follow_topic(g, g->tallies + i, end - i, from_ms, to_ms) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    if (g->n_events > 1) {
        qsort(g->events, g->n_events, sizeof *g->events, compare_events);
    }
    return judge(g);
}
