/* SPDX-License-Identifier: MIT */
/* Platform baselines from observations: three counts of values a platform, and quantiles read off them. */
#include "signalflow/fit.h"

#include <math.h>
#include <stdlib.h>

#include "json_write.h"

#define STEPS      128   /* a doubling */
#define LOWEST     (-24) /* values under 2^-24 count as 0 */
#define HIGHEST    40    /* those from 2^40 up as the largest */
#define BINS       ((HIGHEST - LOWEST) * STEPS + 1)
#define MIN_AGE_MS INT64_C(3600000)

/* How many values there were of each size: bin 0 is for 0. */
typedef struct histogram {
    uint64_t n;
    uint64_t bins[BINS];
} histogram;

struct sf_fit {
    histogram rates[SF_PLATFORM_COUNT], old_rates[SF_PLATFORM_COUNT], scores[SF_PLATFORM_COUNT];
};

/* ---- counting ---- */

static size_t bin_of(double v)
{
    int exponent;
    double half = frexp(v, &exponent); /* v = half 2^exponent, half in [1/2, 1) */
    if (!(v > 0.0) || exponent <= LOWEST) {
        return 0;
    }
    if (exponent > HIGHEST) {
        return BINS - 1;
    }
    size_t step = (size_t)((half - 0.5) * (2 * STEPS));
    return 1 + (size_t)(exponent - 1 - LOWEST) * STEPS + step;
}

/* The least value of a bin. */
static double value_of(size_t bin)
{
    if (bin == 0) {
        return 0.0;
    }
    int exponent = (int)((bin - 1) / STEPS) + LOWEST;
    return ldexp(1.0 + (double)((bin - 1) % STEPS) / STEPS, exponent);
}

static void count(histogram *h, double v)
{
    h->bins[bin_of(v)]++;
    h->n++;
}

/* The value that a share of all lie below. */
static double quantile(const histogram *h, double share)
{
    uint64_t rank = (uint64_t)(share * (double)(h->n - 1)), seen = 0;
    size_t bin = 0;
    while (bin < BINS - 1 && (seen += h->bins[bin]) <= rank) {
        bin++;
    }
    return value_of(bin);
}

/* ---- the interface ---- */

static int known_platform(int32_t platform)
{
    return platform > SF_PLATFORM_UNKNOWN && platform < SF_PLATFORM_COUNT;
}

int sf_fit_new(sf_fit **out)
{
    if (out == NULL) {
        return SF_EINVAL;
    }
    sf_fit *f = calloc(1, sizeof *f);
    if (f == NULL) {
        return SF_ENOMEM;
    }
    *out = f;
    return SF_OK;
}

void sf_fit_free(sf_fit *f)
{
    free(f);
}

int sf_fit_rate(sf_fit *f, int32_t platform, double rate, int64_t age_ms)
{
    if (f == NULL || !known_platform(platform)) {
        return SF_EINVAL;
    }
    if (!isfinite(rate) || rate < 0.0) {
        return 0;
    }
    count(&f->rates[platform], rate);
    if (age_ms >= MIN_AGE_MS) {
        count(&f->old_rates[platform], rate);
    }
    return 1;
}

int sf_fit_score(sf_fit *f, int32_t platform, double score)
{
    if (f == NULL || !known_platform(platform)) {
        return SF_EINVAL;
    }
    if (!isfinite(score)) {
        return 0;
    }
    count(&f->scores[platform], score);
    return 1;
}

/* Within [low, high], and to three digits: more would claim more than a week of data knows. */
static double settle(double v, double low, double high)
{
    double scale = 1.0;
    v = fmin(fmax(v, low), high);
    while (v * scale < 100.0) {
        scale *= 10.0;
    }
    return rint(v * scale) / scale;
}

int sf_fit_baseline(const sf_fit *f, int32_t platform, const sf_baseline *was, sf_baseline *out)
{
    int fitted = 0;
    if (f == NULL || was == NULL || out == NULL || !known_platform(platform)) {
        return SF_EINVAL;
    }
    *out = *was;
    if (f->old_rates[platform].n >= SF_FIT_RATES) {
        out->v0 = settle(quantile(&f->old_rates[platform], 0.5), 1e-4, 5.0);
        out->rising_at = settle(quantile(&f->rates[platform], 0.9) / out->v0, 1.5, 20.0);
        fitted |= 1;
    }
    if (f->scores[platform].n >= SF_FIT_SCORES) {
        out->s50 = settle(quantile(&f->scores[platform], 0.5), 1.0, 1e5);
        fitted |= 2;
    }
    return fitted;
}

int64_t sf_baseline_row(int32_t platform, const sf_baseline *base, char *buf, size_t cap)
{
    if (base == NULL || (buf == NULL && cap > 0) || platform < SF_PLATFORM_UNKNOWN || platform >= SF_PLATFORM_COUNT) {
        return SF_EINVAL;
    }
    const double figures[] = {base->v0, base->s50, base->half_life_s, base->rising_at};
    const char *name = platform == SF_PLATFORM_UNKNOWN ? "unknown" : sf_platform_name(platform);
    sf_writer w;
    sf_writer_init(&w, buf, cap);
    sf_put(&w, name, strlen(name));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        if (!(figures[i] > 0.0 && figures[i] < 1e300)) {
            return SF_EINVAL;
        }
        SF_PUT(&w, "\t");
        sf_put_double(&w, figures[i]);
    }
    return sf_writer_end(&w);
}
