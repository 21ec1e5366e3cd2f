/* SPDX-License-Identifier: MIT */
/* The smoothed rate of a post, and the score to rank by. docs/trending.md says where the constants come from and proves
 * what they promise. */
#include "signalflow/trending.h"

#include <math.h>

#define MEMORY_S     1500.0 /* seconds in which an observed interval's weight falls to 1/e */
#define PRIOR_RATE   3.0    /* a post nothing is known of is taken for one at this multiple of v0 ... */
#define PRIOR_S      600.0  /* ... as though it had been watched for this long */
#define UNSEEN_SHARE 0.25   /* what an interval counts that was not watched: creation to first sight */
#define YOUNGEST_S   900.0  /* a post first seen younger is taken for this old: early points are few and loud */
#define UNKNOWN_S    1500.0 /* a post of unknown creation is taken for this old at first sight ... */
#define UNKNOWN_RATE 8.0    /* ... and for no faster until then than this multiple of v0, since it may be much older */
#define SHORTEST_S   60.0   /* a reading nearer to the last one adds noise only */
#define MOST_POINTS  9007199254740992.0 /* 2^53; larger scores are taken for it, so that sums stay finite */

#define VELOCITY_RANGE 10001.0 /* 1 + the x at which g reaches 1 */
#define SCORE_RANGE    101.0   /* 1 + the multiple of s50 at which n reaches 1 */
#define WEIGHT_BASE    0.70
#define WEIGHT_SCORE   0.10
#define WEIGHT_RECENCY 0.20

/* A rising post goes on rising until it falls below a share of the limit, or of its last rate: with a reading every 5
 * minutes that is when it gains less than half as fast as before, with one every half hour less than 6/7. */
#define STILL_FAST   0.8
#define STILL_STEADY 0.9

double sf_trend_rate(const sf_trend *t)
{
    return t->w > 0.0 ? t->n / t->w : NAN;
}

/* The rate from creation to first sight, and over how long; both are guesses where the creation is unknown. */
static double unseen_rate(const sf_baseline *base, double score, int64_t at_ms, int64_t created_ms, double *seconds)
{
    if (created_ms == SF_NO_TIME) {
        *seconds = UNKNOWN_S;
        return fmin(score / UNKNOWN_S, UNKNOWN_RATE * base->v0);
    }
    *seconds = fmax(((double)at_ms - (double)created_ms) / 1000.0, YOUNGEST_S);
    return score / *seconds;
}

/* Discounts the past by `seconds` and adds the rate that was seen over them, counted at `share` of its weight. */
static void fold(sf_trend *t, double rate, double seconds, double share)
{
    double keep = exp(-seconds / MEMORY_S);
    double weight = share * MEMORY_S * (1.0 - keep);
    t->n = t->n * keep + rate * weight;
    t->w = t->w * keep + weight;
}

double sf_trend_observe(sf_trend *t, const sf_baseline *base, double score, int64_t at_ms, int64_t created_ms)
{
    if (!isfinite(score) || at_ms == SF_NO_TIME) {
        return sf_trend_rate(t);
    }
    score = fmin(fmax(score, 0.0), MOST_POINTS);
    double seconds = ((double)at_ms - (double)t->at_ms) / 1000.0;
    if (!(t->w > 0.0)) {
        double rate = unseen_rate(base, score, at_ms, created_ms, &seconds);
        t->n = PRIOR_RATE * base->v0 * PRIOR_S;
        t->w = PRIOR_S;
        fold(t, rate, seconds, UNSEEN_SHARE);
    } else if (seconds >= SHORTEST_S) {
        fold(t, fmax(score - t->top, 0.0) / seconds, seconds, 1.0);
    } else {
        return sf_trend_rate(t);
    }
    t->top = fmax(t->top, score);
    t->at_ms = at_ms;
    return sf_trend_rate(t);
}

double sf_normalised_score(const sf_baseline *base, double score)
{
    return isnan(score) ? NAN : fmin(1.0, log1p(fmax(score, 0.0) / base->s50) / log(SCORE_RANGE));
}

double sf_recency(const sf_baseline *base, int64_t created_ms, int64_t at_ms)
{
    if (created_ms == SF_NO_TIME || at_ms == SF_NO_TIME) {
        return 0.0;
    }
    double age = fmax(((double)at_ms - (double)created_ms) / 1000.0, 0.0);
    return exp2(-age / base->half_life_s);
}

/* v limited to [0,1]; NaN counts as 0. */
static double unit(double v)
{
    return v > 0.0 ? fmin(v, 1.0) : 0.0;
}

double sf_trending(double velocity_norm, double score_norm, double recency)
{
    double x = velocity_norm > 0.0 ? velocity_norm : 0.0;
    double g = fmin(1.0, log1p(x) / log(VELOCITY_RANGE));
    return g * (WEIGHT_BASE + WEIGHT_SCORE * unit(score_norm) + WEIGHT_RECENCY * unit(recency));
}

int sf_rising(const sf_baseline *base, int was, double before, double after)
{
    if (isnan(after)) {
        return -1;
    }
    int fast = after >= (was == 1 ? STILL_FAST : 1.0) * base->rising_at * base->v0;
    int slowed = after < (was == 1 ? STILL_STEADY : 1.0) * before; /* not when `before` is NaN */
    return fast && !slowed;
}
