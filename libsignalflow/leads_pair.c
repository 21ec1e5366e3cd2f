/* SPDX-License-Identifier: MIT */
/* Two series beside each other: see leads.h. Weeks are closed to rings, so that any turn of one leaves all its windows in place to be
 * compared; the correlation that is reported is worked out in the same way, with no turn. Turns are by whole days, give or take an hour:
 * night is not compared with day, in which all differs. */
#include "leads.h"

#include <math.h>

enum {
    ORDER = 4,   /* of the autoregression */
    ENOUGH = 20, /* turns that reach the correlation */
    ASIDE = 4,   /* windows that a turn may differ from whole days */
};

/* Variance of an hour, as a share of that of all hours, below which it is taken for that: hours in which next to nothing happens would
 * else outweigh all others. */
#define LEAST_VARIANCE 0.04

/* ---- whitening ---------------------------------------------------------------------------------------------------- */

static size_t hour_of(int64_t start_ms, size_t i)
{
    int64_t windows = start_ms / SF_BUCKET_MS % SF_LEADS_WEEK + SF_LEADS_WEEK;
    return ((size_t)windows + i) % SF_LEADS_WEEK / SF_LEADS_HOUR;
}

/* Means by the hour of the day, for which the hours beside it count too, and by the day of the week. Not by the hour of the week: four
 * values a mean would leave the two series with something in common that turning takes away. */
typedef struct profile {
    double hour[24], day[7], all;
} profile;

static void read_profile(profile *p, const double *v, size_t n, int64_t start_ms, int squares)
{
    double hours[24] = {0.0}, days[7] = {0.0};
    *p = (profile){{0.0}, {0.0}, 0.0};
    for (size_t i = 0; i < n; i++) {
        size_t at = hour_of(start_ms, i);
        double x = squares ? v[i] * v[i] : v[i];
        for (size_t k = 23; k <= 25; k++) {
            p->hour[(at + k) % 24] += x;
            hours[(at + k) % 24] += 1.0;
        }
        p->day[at / 24] += x;
        days[at / 24] += 1.0;
        p->all += x;
    }
    for (size_t h = 0; h < 24; h++) {
        p->hour[h] /= hours[h];
    }
    for (size_t d = 0; d < 7; d++) {
        p->day[d] /= days[d];
    }
    p->all /= (double)n;
}

static double profile_at(const profile *p, size_t hour)
{
    return p->hour[hour % 24] * p->day[hour / 24] / p->all;
}

/* Takes away what is usual at that time, and has all times vary as much: else a correlation of busy hours, in which both platforms have much
 * to be compared, would look like more than chance does once one of them is turned. 0: nothing varies. */
static int even_out(double *v, size_t n, int64_t start_ms)
{
    profile p;
    read_profile(&p, v, n, start_ms, 0);
    for (size_t i = 0; i < n && p.all > 0.0; i++) {
        v[i] -= profile_at(&p, hour_of(start_ms, i));
    }
    read_profile(&p, v, n, start_ms, 1);
    for (size_t i = 0; i < n && p.all > 0.0; i++) {
        v[i] /= sqrt(fmax(profile_at(&p, hour_of(start_ms, i)), LEAST_VARIANCE * p.all));
    }
    return p.all > 0.0;
}

/* Coefficients of the autoregression, by Levinson's recursion over the autocovariances r[0..ORDER]. */
static void fit_autoregression(const double r[ORDER + 1], double phi[ORDER])
{
    double error = r[0], was[ORDER];
    for (int k = 0; k < ORDER; k++) {
        double reflection = r[k + 1];
        for (int j = 0; j < k; j++) {
            was[j] = phi[j];
            reflection -= phi[j] * r[k - j];
        }
        reflection /= error;
        for (int j = 0; j < k; j++) {
            phi[j] = was[j] - reflection * was[k - 1 - j];
        }
        phi[k] = reflection;
        error *= 1.0 - reflection * reflection;
        if (!(error > 1e-9 * r[0])) { /* foretold to the last digit */
            for (int j = k + 1; j < ORDER; j++) {
                phi[j] = 0.0;
            }
            return;
        }
    }
}

/* What the series' own last hour does not foretell. */
static void remove_echo(double *v, double *room, size_t n)
{
    double r[ORDER + 1], phi[ORDER];
    for (size_t k = 0; k <= ORDER; k++) {
        r[k] = 0.0;
        for (size_t i = k; i < n; i++) {
            r[k] += v[i] * v[i - k];
        }
    }
    fit_autoregression(r, phi);
    for (size_t i = 0; i < n; i++) {
        room[i] = v[i];
        for (size_t k = 0; k < ORDER && k < i; k++) {
            room[i] -= phi[k] * v[i - 1 - k];
        }
    }
    for (size_t i = 0; i < n; i++) {
        v[i] = room[i];
    }
}

static int normalise(double *v, size_t n)
{
    double mean = 0.0, square = 0.0;
    for (size_t i = 0; i < n; i++) {
        mean += v[i];
    }
    mean /= (double)n;
    for (size_t i = 0; i < n; i++) {
        v[i] -= mean;
        square += v[i] * v[i];
    }
    double spread = sqrt(square / (double)n);
    for (size_t i = 0; i < n && spread > 0.0; i++) {
        v[i] /= spread;
    }
    return spread > 0.0;
}

int sf_leads_whiten(double *v, double *room, size_t n, int64_t start_ms)
{
    for (size_t i = 0; i < n; i++) {
        v[i] = log1p(v[i]);
    }
    if (!even_out(v, n, start_ms)) {
        return 0;
    }
    remove_echo(v, room, n);
    return normalise(v, n);
}

/* ---- correlating -------------------------------------------------------------------------------------------------- */

/* Of each of `rings` rings of `length` windows: sum[k] = sum over t of a(t) b(t + k), k all the way round. */
static void correlate_rings(const double *a, const double *b, size_t rings, size_t length, double *sum)
{
    for (size_t ring = 0; ring < rings; ring++, a += length, b += length, sum += length) {
        for (size_t k = 0; k < length; k++) {
            sum[k] = 0.0;
        }
        for (size_t t = 0; t < length; t++) {
            double v = a[t];
            for (size_t i = 0; i < t; i++) {
                sum[length - t + i] += v * b[i];
            }
            for (size_t i = t; i < length; i++) {
                sum[i - t] += v * b[i];
            }
        }
    }
}

/* The sum at lag k when each ring is turned by its own number of windows. */
static double sum_at(const double *sum, size_t rings, size_t length, const size_t *turn, int k)
{
    double all = 0.0;
    for (size_t ring = 0; ring < rings; ring++) {
        all += sum[ring * length + (turn[ring] + length + (size_t)(k + (int)length)) % length];
    }
    return all;
}

/* The largest sum, and the lag that has it: of equal ones the shortest, of those the positive one. */
static double largest(const double *sum, size_t rings, size_t length, const size_t *turn, int most_lag, int *lag)
{
    double most = sum_at(sum, rings, length, turn, 0);
    *lag = 0;
    for (int k = 1; k <= most_lag; k++) {
        for (int sign = 1; sign >= -1; sign -= 2) {
            double v = sum_at(sum, rings, length, turn, sign * k);
            if (v > most) {
                most = v;
                *lag = sign * k;
            }
        }
    }
    return most;
}

/* S. Vigna's splitmix64. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)((draw(state) >> 32) * n >> 32);
}

void sf_leads_correlate(const double *a, const double *b, size_t n, int most_lag, uint32_t most_turns, uint64_t seed,
                        double *room, sf_lead_found *out)
{
    size_t rings = sf_leads_rings(n), length = n / rings;
    size_t turn[SF_LEADS_WINDOWS / SF_LEADS_WEEK] = {0};
    correlate_rings(a, b, rings, length, room);
    double most = largest(room, rings, length, turn, most_lag, &out->lag);
    uint32_t tried = 0, reached = 0;
    while (tried < most_turns && reached < ENOUGH) {
        int lag;
        for (size_t ring = 0; ring < rings; ring++) {
            size_t days = below(&seed, length / SF_LEADS_DAY), aside = below(&seed, 2 * ASIDE + 1);
            turn[ring] = (days * SF_LEADS_DAY + aside + length - ASIDE) % length;
        }
        reached += largest(room, rings, length, turn, most_lag, &lag) >= most;
        tried++;
    }
    out->correlation = most / (double)n;
    out->p_value = (double)(reached + 1) / (double)(tried + 1);
}
