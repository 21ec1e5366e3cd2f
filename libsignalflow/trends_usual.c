/* SPDX-License-Identifier: MIT */
/* What is usual for a topic: the windows of the past that matter, all topics' totals in them, and a topic's share of
 * those. */
#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "trends.h"

#define HOUR_MS         INT64_C(3600000)
#define DAY_MS          (24 * HOUR_MS)
#define WEEK_MS         (7 * DAY_MS)
#define WEEK_FADES      0.7  /* what a week counts, of the one after it */
#define DAY_HALF_LIFE   8.0  /* hours */
#define TRUST           4.0  /* posts of the topic that weigh as much as all its past does */
#define SPREAD          0.05 /* index of a negative binomial count where a topic's own is not known */
#define SPREAD_TRUST    25.0 /* sum of squared expected authors that weighs as much as SPREAD does */
#define SPREAD_LEAST    0.025
#define SPREAD_MOST     1.0
#define WINDOWS_AN_HOUR (HOUR_MS / SF_BUCKET_MS)

/* ---- windows ---- */

int sf_trends_spans(const sf_trends *t, int64_t as_of_ms, sf_span spans[SF_TRENDS_SPANS])
{
    if (t == NULL || spans == NULL || !sf_plausible_time(as_of_ms)) {
        return SF_EINVAL;
    }
    int64_t to = sf_floor_to(as_of_ms, SF_BUCKET_MS) + SF_BUCKET_MS, from = to - t->period_ms;
    spans[0] = (sf_span){from, to};
    spans[1] = (sf_span){from - DAY_MS, from};
    for (int k = 1; k <= SF_TRENDS_SPANS - 2; k++) {
        spans[1 + k] = (sf_span){from - k * WEEK_MS - HOUR_MS, to - k * WEEK_MS + HOUR_MS};
    }
    return SF_OK;
}

size_t sf_past_slot(const sf_past *p, int64_t start_ms)
{
    for (size_t i = 0; i < SF_TRENDS_SPANS; i++) {
        if (start_ms >= p->spans[i].from_ms && start_ms < p->spans[i].to_ms) {
            return p->first[i] + (size_t)((start_ms - p->spans[i].from_ms) / SF_BUCKET_MS);
        }
    }
    return SIZE_MAX;
}

static size_t span_of(const sf_past *p, size_t slot)
{
    size_t span = 0;
    while (slot >= p->first[span + 1]) {
        span++;
    }
    return span;
}

/* The hour of the past that a slot belongs to: slots of one hour follow each other, and have the same number. */
static size_t hour_of(const sf_past *p, size_t slot)
{
    size_t span = span_of(p, slot);
    return p->first[span] + (slot - p->first[span]) / WINDOWS_AN_HOUR * WINDOWS_AN_HOUR;
}

/* ---- sums over slots ---- */

static void add_weighted(sf_voices *sum, sf_voices v, double weight)
{
    sum->posts += weight * v.posts;
    sum->authors += weight * v.authors;
}

/* Adds what a slot of the past holds. */
static void add_slot(const sf_past *p, size_t slot, sf_voices v, sf_platform_past *sums)
{
    size_t span = span_of(p, slot);
    if (span == 0) {
        add_weighted(&sums->now, v, 1.0);
        return;
    }
    add_weighted(&sums->all, v, 1.0);
    if (span == 1) {
        double windows_ago = (double)(p->first[2] - 1 - slot);
        add_weighted(&sums->day, v, exp2(-windows_ago / WINDOWS_AN_HOUR / DAY_HALF_LIFE));
    } else {
        add_weighted(&sums->week, v, pow(WEEK_FADES, (double)span - 2.0));
    }
}

/* ---- all topics ---- */

static void add_totals(sf_trends *t, size_t slots)
{
    sf_past *p = &t->past;
    for (size_t i = 0; i < slots * SF_PLATFORM_COUNT; i++) {
        p->totals[i] = (sf_voices){0.0, 0.0};
    }
    for (size_t i = 0; i < t->n_cells; i++) {
        const sf_cell *c = &t->cells[i];
        size_t slot = sf_past_slot(p, c->start_ms);
        if (slot != SIZE_MAX) {
            add_weighted(&p->totals[(size_t)c->platform * slots + slot],
                         (sf_voices){(double)c->count, (double)c->authors}, 1.0);
        }
    }
    for (size_t i = 0; i < t->n_totals; i++) {
        const sf_cell_total *c = &t->totals[i];
        size_t slot = sf_past_slot(p, c->start_ms);
        if (slot != SIZE_MAX) {
            sf_voices *v = &p->totals[(size_t)c->platform * slots + slot];
            v->posts = fmax(v->posts, (double)c->count);
            v->authors = fmax(v->authors, (double)c->authors);
        }
    }
}

static sf_platform_past sum_platform(const sf_past *p, const sf_voices *totals, size_t slots)
{
    sf_platform_past sums = {0};
    double hour = 0.0;
    for (size_t slot = 0; slot < slots; slot++) {
        add_slot(p, slot, totals[slot], &sums);
        hour += slot >= p->first[1] ? totals[slot].authors : 0.0;
        if (slot + 1 == slots || hour_of(p, slot + 1) != hour_of(p, slot)) {
            sums.squares += hour * hour;
            hour = 0.0;
        }
    }
    return sums;
}

int sf_past_read(sf_trends *t)
{
    sf_past *p = &t->past;
    p->first[0] = 0;
    for (size_t i = 0; i < SF_TRENDS_SPANS; i++) {
        p->first[i + 1] = p->first[i] + (size_t)((p->spans[i].to_ms - p->spans[i].from_ms) / SF_BUCKET_MS);
    }
    size_t slots = p->first[SF_TRENDS_SPANS];
    if (sf_grow(&p->totals, &p->cap_totals, slots * SF_PLATFORM_COUNT, sizeof *p->totals) != SF_OK) {
        return SF_ENOMEM;
    }
    add_totals(t, slots);
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        p->platforms[i] = sum_platform(p, p->totals + i * slots, slots);
        p->platforms[i].warm = t->since_ms[i] != SF_NO_TIME && t->since_ms[i] <= p->spans[0].from_ms - DAY_MS &&
                               p->platforms[i].all.authors > 0.0;
    }
    return SF_OK;
}

/* ---- one topic ---- */

/* The larger of two shares, each drawn towards the share in all of the past. */
static double usual_share(double all, double of_all, double day, double of_day, double week, double of_week)
{
    if (!(all > 0.0)) {
        return 0.0;
    }
    double towards = TRUST * of_all / all;
    return fmin(1.0, fmax((day + TRUST) / (of_day + towards), (week + TRUST) / (of_week + towards)));
}

/* All topics' authors in the hour whose first slot is `hour`. */
static double authors_in_hour(const sf_past *p, int32_t platform, size_t hour)
{
    size_t end = p->first[span_of(p, hour) + 1];
    const sf_voices *totals = p->totals + (size_t)platform * p->first[SF_TRENDS_SPANS];
    double sum = 0.0;
    for (size_t slot = hour; slot < end && slot < hour + WINDOWS_AN_HOUR; slot++) {
        sum += totals[slot].authors;
    }
    return sum;
}

/* Sum over the hours of the past of (authors - expected)^2; hours in which there was nothing are not among the cells. */
static double squared_errors(const sf_past *p, int32_t platform, double share, const sf_cell *cells, size_t n)
{
    double sum = share * share * p->platforms[platform].squares;
    for (size_t i = 0, end; i < n; i = end) {
        size_t slot = sf_past_slot(p, cells[i].start_ms);
        end = i + 1;
        if (slot == SIZE_MAX || slot < p->first[1]) {
            continue;
        }
        size_t hour = hour_of(p, slot);
        double seen = cells[i].authors, expected = share * authors_in_hour(p, platform, hour);
        for (; end < n; end++) {
            slot = sf_past_slot(p, cells[end].start_ms);
            if (slot == SIZE_MAX || hour_of(p, slot) != hour) {
                break;
            }
            seen += cells[end].authors;
        }
        sum += seen * (seen - 2.0 * expected);
    }
    return sum;
}

/* How a topic's hours vary beyond what counts do anyway: the index of a negative binomial distribution, by moments. */
static double spread_of(const sf_past *p, int32_t platform, double all, const sf_cell *cells, size_t n)
{
    double share = all / p->platforms[platform].all.authors;
    double beyond = squared_errors(p, platform, share, cells, n) - all;
    double squares = share * share * p->platforms[platform].squares;
    return fmin(SPREAD_MOST, fmax(SPREAD_LEAST, (SPREAD * SPREAD_TRUST + beyond) / (SPREAD_TRUST + squares)));
}

void sf_past_usual(const sf_past *p, int32_t platform, const sf_cell *cells, size_t n, sf_usual *u)
{
    const sf_platform_past *of = &p->platforms[platform];
    sf_platform_past topic = {0};
    for (size_t i = 0; i < n; i++) {
        size_t slot = sf_past_slot(p, cells[i].start_ms);
        if (slot != SIZE_MAX) {
            add_slot(p, slot, (sf_voices){(double)cells[i].count, (double)cells[i].authors}, &topic);
        }
    }
    if (!(topic.all.authors > 0.0)) {
        return;
    }
    double authors = of->now.authors * usual_share(topic.all.authors, of->all.authors, topic.day.authors,
                                                   of->day.authors, topic.week.authors, of->week.authors);
    u->expected.authors += authors;
    u->expected.posts += of->now.posts * usual_share(topic.all.posts, of->all.posts, topic.day.posts, of->day.posts,
                                                     topic.week.posts, of->week.posts);
    u->spread += authors * authors * spread_of(p, platform, topic.all.authors, cells, n) +
                 authors * of->now.authors / of->all.authors; /* the past is a sample too */
}

/* The standard normal's quantile at P(X < x), X a negative binomial count of mean e and variance e + e^2 / r, r >= 1: Peizer and
 * Pratt's approximation of binomial tails (JASA 63, 1968), to 0.02 for r = 1 and 0.01 for r >= 5. */
static double normal_quantile(double x, double e, double r)
{
    double k = fmax(x - 1.0, 0.0), n = r + k, q = e / (r + e), p = r / (r + e);
    double s = k + 0.5, t = r - 0.5, off = (r * (s - e) + e / 2.0) / (r + e); /* off = s - n q */
    double d = off + 1.0 / 6.0 - q / 3.0 + 0.02 * (p / (k + 1.0) - q / r + (p - 0.5) / (n + 1.0));
    double squared; /* of what d is divided by */
    if (fabs(off) < 1e-6 * fmin(s, t)) {
        squared = 1.0 / s + 1.0 / t;
    } else {
        squared = -2.0 * (s * log1p(-off / s) + t * log1p(off / t)) / (off * off);
    }
    return d * sqrt(squared / (1.0 + 1.0 / (6.0 * n)));
}

double sf_surprise(double authors, const sf_usual *u, double floor)
{
    double e = u->expected.authors;
    return e > floor ? normal_quantile(authors, e, fmax(1.0, e * e / u->spread))
                     : normal_quantile(authors, floor, 1.0 / SPREAD);
}
