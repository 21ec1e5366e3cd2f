/* SPDX-License-Identifier: MIT */
/* Topic trends: what is counted, what is usual, what rises, and that order does not matter. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define NOW    INT64_C(1767326340000) /* 03:59 */
#define W0     INT64_C(1767325500000) /* the window it lies in starts here, 03:45 */
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WINDOW SF_BUCKET_MS

static sf_trends *trends(const sf_trends_opts *o)
{
    sf_trends *t = NULL;
    assert_int_equal(sf_trends_new(&t, o), SF_OK);
    return t;
}

static void add(sf_trends *t, const char *topic, int32_t platform, int64_t at, uint32_t count, uint32_t authors)
{
    assert_int_equal(sf_trends_add(t, sf_cstr(topic), platform, at, count, authors), SF_OK);
}

/* Four weeks of a platform on which "usual" has one in ten posts, 100 posts a window. */
static void add_past(sf_trends *t, int32_t platform)
{
    sf_span spans[SF_TRENDS_SPANS];
    assert_int_equal(sf_trends_spans(t, NOW, spans), SF_OK);
    assert_int_equal(sf_trends_since(t, platform, NOW - 60 * DAY), SF_OK);
    for (size_t i = 1; i < SF_TRENDS_SPANS; i++) {
        for (int64_t w = spans[i].from_ms; w < spans[i].to_ms; w += WINDOW) {
            add(t, "usual", platform, w, 10, 10);
            add(t, "rest", platform, w, 90, 90);
        }
    }
}

static sf_topic_trend row_of(sf_trends *t, int64_t at, const char *topic)
{
    const sf_topic_trend *rows = NULL;
    int64_t n = sf_trends_read(t, at, &rows);
    sf_topic_trend none = {.z = NAN};
    for (int64_t i = 0; i < n; i++) {
        if (rows[i].topic.len == strlen(topic) && memcmp(rows[i].topic.ptr, topic, rows[i].topic.len) == 0) {
            return rows[i];
        }
    }
    return none;
}

/* ---- worked out by hand ---- */

static void which_windows_matter(void **state)
{
    sf_trends *t = trends(NULL);
    sf_span s[SF_TRENDS_SPANS];
    (void)state;
    assert_int_equal(sf_trends_spans(t, NOW, s), SF_OK);
    assert_true(s[0].from_ms == W0 - 3 * WINDOW && s[0].to_ms == W0 + WINDOW);
    assert_true(s[1].from_ms == s[0].from_ms - DAY && s[1].to_ms == s[0].from_ms);
    for (int k = 1; k <= 4; k++) {
        assert_true(s[1 + k].from_ms == s[0].from_ms - 7 * k * DAY - HOUR);
        assert_true(s[1 + k].to_ms == s[0].to_ms - 7 * k * DAY + HOUR);
    }
    assert_int_equal(sf_trends_spans(t, W0 + WINDOW, s), SF_OK); /* the next window has begun */
    assert_true(s[0].to_ms == W0 + 2 * WINDOW);
    sf_trends_free(t);

    sf_trends_opts o = SF_TRENDS_OPTS_INIT;
    o.period_ms = 1; /* rounded up to a window */
    t = trends(&o);
    assert_int_equal(sf_trends_spans(t, NOW, s), SF_OK);
    assert_true(s[0].from_ms == W0 && s[0].to_ms == W0 + WINDOW);
    sf_trends_free(t);
}

static void what_is_usual_does_not_rise(void **state)
{
    sf_trends *t = trends(NULL);
    (void)state;
    add_past(t, SF_REDDIT);
    for (int k = 0; k < 4; k++) {
        add(t, "usual", SF_REDDIT, W0 - k * WINDOW, 10, 10);
        add(t, "rest", SF_REDDIT, W0 - k * WINDOW, 85, 85);
        add(t, "fresh", SF_REDDIT, W0 - k * WINDOW, 5, 5);
    }
    sf_topic_trend r = row_of(t, NOW, "usual");
    assert_int_equal(r.now, 40);
    assert_int_equal(r.authors, 40);
    assert_int_equal(r.platforms, 1 << SF_REDDIT);
    assert_true(fabs(r.share - 0.1) < 1e-12 && fabs(r.baseline - 40.0) < 1e-9 && fabs(r.ratio - 1.0) < 1e-9);
    assert_true(fabs(r.z) < 0.1 && !r.rising && r.place == 0 && !r.is_new);

    r = row_of(t, NOW, "fresh");
    assert_true(r.baseline == 0.0 && r.ratio == 20 / 0.2 && r.rising && r.place == 1 && r.is_new);
    assert_true(r.z > 11.0 && r.z < 12.5);
    assert_true(r.first_seen_ms == W0 - 3 * WINDOW);
    sf_trends_free(t);
}

static void posts_are_counted_and_authors_tested(void **state)
{
    sf_trends *t = trends(NULL);
    (void)state;
    add_past(t, SF_REDDIT);
    add(t, "rest", SF_REDDIT, W0, 400, 400);
    add(t, "loud", SF_REDDIT, W0, 50, 1);
    sf_topic_trend r = row_of(t, NOW, "loud");
    assert_true(r.now == 50 && r.authors == 1 && r.ratio == 250.0 && !r.rising && r.z < 1.0);

    for (int k = 0; k < 4; k++) { /* four in each window, but the same four */
        add(t, "ring", SF_REDDIT, W0 - k * WINDOW, 4, 4);
    }
    r = row_of(t, NOW, "ring");
    assert_true(r.authors == 16 && r.rising);
    double z = r.z;
    assert_int_equal(sf_trends_topic(t, sf_cstr("ring"), SF_NO_TIME, 4), SF_OK);
    r = row_of(t, NOW, "ring");
    assert_true(r.authors == 4 && r.now == 16 && r.z < z && r.rising);
    assert_int_equal(sf_trends_topic(t, sf_cstr("two"), SF_NO_TIME, 2), SF_OK);
    add(t, "two", SF_REDDIT, W0, 40, 40);
    r = row_of(t, NOW, "two");
    assert_true(r.authors == 2 && !r.rising);
    sf_trends_free(t);
}

static void three_authors_are_enough_and_two_are_not(void **state)
{
    sf_trends *t = trends(NULL);
    (void)state;
    add_past(t, SF_HACKERNEWS);
    add(t, "rest", SF_HACKERNEWS, W0, 20, 20);
    add(t, "two", SF_HACKERNEWS, W0, 2, 2);
    add(t, "three", SF_HACKERNEWS, W0, 3, 3);
    assert_true(!row_of(t, NOW, "two").rising);
    assert_true(row_of(t, NOW, "three").rising);
    sf_trends_free(t);
}

/* P(X >= x), X a negative binomial count of that mean and index 1 / r. */
static double tail(int x, double mean, double r)
{
    double q = mean / (r + mean), term = pow(1.0 - q, r), below = 0.0, sum = 0.0;
    for (int k = 0; k < x; k++) {
        below += term;
        term *= q * (r + k) / (k + 1);
    }
    for (int k = x; k < x + 2000; k++) {
        sum += term;
        term *= q * (r + k) / (k + 1);
    }
    return below < 0.5 ? 1.0 - below : sum;
}

static void z_is_the_normal_quantile_of_the_tail(void **state)
{
    (void)state;
    for (uint32_t x = 1; x <= 8; x++) { /* of a topic never seen before: the floor, and the index that is presumed */
        sf_trends *t = trends(NULL);
        add_past(t, SF_REDDIT);
        add(t, "rest", SF_REDDIT, W0, 90, 90);
        add(t, "x", SF_REDDIT, W0, x, x);
        double z = row_of(t, NOW, "x").z, p = erfc(z / sqrt(2.0)) / 2.0;
        assert_true(fabs(log(p / tail((int)x, 0.2, 20.0))) < 0.015 * fmax(z, 1.0)); /* z to 0.015 */
        sf_trends_free(t);
    }
}

static void the_hour_of_the_week_and_the_last_day_count(void **state)
{
    sf_trends *t = trends(NULL);
    sf_span s[SF_TRENDS_SPANS];
    (void)state;
    add_past(t, SF_REDDIT);
    assert_int_equal(sf_trends_spans(t, NOW, s), SF_OK);
    for (size_t i = 2; i < SF_TRENDS_SPANS; i++) { /* "weekly" comes at this hour only, 20 a window */
        for (int64_t w = s[i].from_ms; w < s[i].to_ms; w += WINDOW) {
            add(t, "weekly", SF_REDDIT, w, 20, 20);
        }
    }
    for (int64_t w = s[1].to_ms - 4 * HOUR; w < s[1].to_ms; w += WINDOW) { /* "lasting" since four hours ago */
        add(t, "lasting", SF_REDDIT, w, 20, 20);
    }
    for (int k = 0; k < 4; k++) {
        add(t, "weekly", SF_REDDIT, W0 - k * WINDOW, 20, 20);
        add(t, "lasting", SF_REDDIT, W0 - k * WINDOW, 20, 20);
        add(t, "rest", SF_REDDIT, W0 - k * WINDOW, 80, 80);
    }
    sf_topic_trend r = row_of(t, NOW, "weekly");
    assert_true(r.ratio > 0.9 && r.ratio < 1.2 && !r.rising);
    r = row_of(t, NOW, "lasting");
    assert_true(r.ratio > 1.5 && r.ratio < 4.0); /* no longer a sensation, not yet usual */
    sf_trends_free(t);
}

static void a_short_past_is_believed_less(void **state)
{
    sf_trends *whole = trends(NULL), *day = trends(NULL);
    sf_span s[SF_TRENDS_SPANS];
    (void)state;
    add_past(whole, SF_REDDIT);
    assert_int_equal(sf_trends_spans(day, NOW, s), SF_OK);
    assert_int_equal(sf_trends_since(day, SF_REDDIT, s[1].from_ms), SF_OK);
    for (int64_t w = s[1].from_ms; w < s[1].to_ms; w += WINDOW) {
        add(day, "usual", SF_REDDIT, w, 10, 10);
        add(day, "rest", SF_REDDIT, w, 90, 90);
    }
    for (int k = 0; k < 4; k++) {
        add(whole, "usual", SF_REDDIT, W0 - k * WINDOW, 20, 20);
        add(whole, "rest", SF_REDDIT, W0 - k * WINDOW, 80, 80);
        add(day, "usual", SF_REDDIT, W0 - k * WINDOW, 20, 20);
        add(day, "rest", SF_REDDIT, W0 - k * WINDOW, 80, 80);
    }
    sf_topic_trend a = row_of(whole, NOW, "usual"), b = row_of(day, NOW, "usual");
    assert_true(fabs(a.baseline - b.baseline) < 1e-9 && b.z < a.z - 0.01);
    sf_trends_free(whole);
    sf_trends_free(day);
}

static void a_platform_that_is_slow_changes_no_share(void **state)
{
    sf_trends *t = trends(NULL);
    (void)state;
    add_past(t, SF_REDDIT);
    add(t, "usual", SF_REDDIT, W0, 2, 2); /* a twentieth of the posts, of every topic */
    add(t, "rest", SF_REDDIT, W0, 18, 18);
    sf_topic_trend r = row_of(t, NOW, "usual");
    assert_true(fabs(r.baseline - 2.0) < 1e-9 && fabs(r.ratio - 1.0) < 1e-9);
    sf_trends_free(t);
}

static void totals_stand_in_for_other_topics(void **state)
{
    sf_trends *all = trends(NULL), *few = trends(NULL);
    sf_span s[SF_TRENDS_SPANS];
    (void)state;
    add_past(all, SF_REDDIT);
    assert_int_equal(sf_trends_spans(all, NOW, s), SF_OK);
    assert_int_equal(sf_trends_since(few, SF_REDDIT, NOW - 60 * DAY), SF_OK);
    for (size_t i = 1; i < SF_TRENDS_SPANS; i++) {
        for (int64_t w = s[i].from_ms; w < s[i].to_ms; w += WINDOW) {
            add(few, "usual", SF_REDDIT, w, 10, 10);
            assert_int_equal(sf_trends_total(few, SF_REDDIT, w, 100, 100), SF_OK);
        }
    }
    add(all, "usual", SF_REDDIT, W0, 30, 20);
    add(all, "rest", SF_REDDIT, W0, 70, 60);
    add(few, "usual", SF_REDDIT, W0, 30, 20);
    assert_int_equal(sf_trends_total(few, SF_REDDIT, W0 + 1, 100, 80), SF_OK);
    sf_topic_trend a = row_of(all, NOW, "usual"), b = row_of(few, NOW, "usual");
    assert_true(a.baseline == b.baseline && a.ratio == b.ratio && a.z == b.z && a.share == b.share);
    sf_trends_free(all);
    sf_trends_free(few);
}

/* ---- warming up ---- */

static void below_a_day_of_past_nothing_is_compared(void **state)
{
    sf_trends *t = trends(NULL);
    const sf_topic_trend *rows;
    (void)state;
    add_past(t, SF_REDDIT);
    add(t, "few", SF_REDDIT, W0, 1, 1);
    add(t, "many", SF_REDDIT, W0, 3, 3);
    assert_int_equal(sf_trends_since(t, SF_REDDIT, W0 - 3 * WINDOW - DAY + 1), SF_OK);
    assert_int_equal(sf_trends_read(t, NOW, &rows), 2);
    assert_memory_equal(rows[0].topic.ptr, "many", 4);
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(isnan(rows[i].baseline) && isnan(rows[i].ratio) && isnan(rows[i].z) && !rows[i].rising);
        assert_true(rows[i].place == i + 1 && !rows[i].is_new);
    }
    assert_true(rows[0].share == 0.75);
    assert_int_equal(sf_trends_since(t, SF_REDDIT, W0 - 3 * WINDOW - DAY), SF_OK);
    assert_true(row_of(t, NOW, "many").rising && row_of(t, NOW, "few").place == 0);
    assert_int_equal(sf_trends_since(t, SF_REDDIT, SF_NO_TIME), SF_OK);
    assert_true(isnan(row_of(t, NOW, "many").z));
    sf_trends_free(t);
}

static void a_new_platform_warms_up_alone(void **state)
{
    sf_trends *t = trends(NULL);
    (void)state;
    add_past(t, SF_REDDIT);
    assert_int_equal(sf_trends_since(t, SF_BLUESKY, W0 - HOUR), SF_OK);
    add(t, "rest", SF_REDDIT, W0, 90, 90);
    add(t, "usual", SF_REDDIT, W0, 10, 10);
    add(t, "usual", SF_BLUESKY, W0, 500, 500);
    add(t, "there", SF_BLUESKY, W0, 500, 500);
    sf_topic_trend r = row_of(t, NOW, "usual");
    assert_true(r.now == 510 && r.platforms == (1 << SF_REDDIT | 1 << SF_BLUESKY));
    assert_true(fabs(r.ratio - 1.0) < 1e-9 && !r.rising);
    r = row_of(t, NOW, "there");
    assert_true(isnan(r.z) && r.place == 0 && !r.is_new);
    sf_trends_free(t);
}

static void first_seen_is_the_earliest_known(void **state)
{
    sf_trends *t = trends(NULL);
    (void)state;
    add_past(t, SF_REDDIT);
    add(t, "x", SF_REDDIT, W0, 1, 1);
    assert_true(row_of(t, NOW, "x").first_seen_ms == W0 && row_of(t, NOW, "x").is_new);
    add(t, "x", SF_REDDIT, W0 + WINDOW, 9, 9); /* later than the period: not looked at */
    assert_int_equal(row_of(t, NOW, "x").now, 1);
    add(t, "x", SF_REDDIT, NOW - 23 * HOUR, 1, 1);
    assert_true(row_of(t, NOW, "x").is_new);
    assert_int_equal(sf_trends_topic(t, sf_cstr("x"), NOW - 24 * HOUR, 0), SF_OK);
    assert_true(row_of(t, NOW, "x").first_seen_ms == NOW - 24 * HOUR && !row_of(t, NOW, "x").is_new);
    add(t, "x", SF_REDDIT, W0 - 50 * DAY, 1, 1); /* outside the spans */
    assert_true(row_of(t, NOW, "x").first_seen_ms == W0 - 50 * DAY);
    sf_trends_free(t);
}

/* ---- properties ---- */

typedef struct given {
    char topic[4];
    int32_t platform;
    int64_t at;
    uint32_t count, authors;
} given;

#define CELLS 3000

static void make_cells(given *g, uint64_t *seed)
{
    sf_trends *t = trends(NULL);
    sf_span s[SF_TRENDS_SPANS];
    assert_int_equal(sf_trends_spans(t, NOW, s), SF_OK);
    sf_trends_free(t);
    for (size_t i = 0; i < CELLS; i++) {
        const sf_span *span = &s[random_below(seed, SF_TRENDS_SPANS)];
        snprintf(g[i].topic, sizeof g[i].topic, "t%u", (unsigned)pow(40.0, random_unit(seed)));
        g[i].platform = 1 + (int32_t)random_below(seed, SF_PLATFORM_COUNT - 1);
        g[i].at = span->from_ms + random_below(seed, (uint32_t)(span->to_ms - span->from_ms));
        g[i].count = (uint32_t)random_log(seed, 1.0, 200.0);
        g[i].authors = 1 + random_below(seed, g[i].count);
    }
}

static sf_trends *with_cells(const given *g, size_t n)
{
    sf_trends *t = trends(NULL);
    for (int32_t p = 1; p < SF_PLATFORM_COUNT; p++) {
        assert_int_equal(sf_trends_since(t, p, NOW - 60 * DAY), SF_OK);
    }
    for (size_t i = 0; i < n; i++) {
        add(t, g[i].topic, g[i].platform, g[i].at, g[i].count, g[i].authors);
    }
    return t;
}

static int same_row(const sf_topic_trend *a, const sf_topic_trend *b)
{
    sf_topic_trend x = *a, y = *b;
    if (x.topic.len != y.topic.len || memcmp(x.topic.ptr, y.topic.ptr, x.topic.len) != 0) {
        return 0;
    }
    x.topic = y.topic = sf_cstr("");
    return memcmp(&x.share, &y.share, 4 * sizeof x.share) == 0 && x.now == y.now && x.authors == y.authors &&
           x.platforms == y.platforms && x.place == y.place && x.first_seen_ms == y.first_seen_ms &&
           x.is_new == y.is_new && x.rising == y.rising;
}

static void order_and_repeats_change_no_bit(void **state)
{
    static given g[CELLS], h[2 * CELLS];
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 20; round++) {
        make_cells(g, &seed);
        size_t n = CELLS;
        memcpy(h, g, sizeof g);
        while (n < CELLS + CELLS / 2) {
            h[n++] = g[random_below(&seed, CELLS)];
        }
        for (size_t i = n; i > 1; i--) {
            size_t k = random_below(&seed, (uint32_t)i);
            given swap = h[k];
            h[k] = h[i - 1];
            h[i - 1] = swap;
        }
        sf_trends *a = with_cells(g, CELLS), *b = with_cells(h, n);
        const sf_topic_trend *x, *y;
        int64_t rows = sf_trends_read(a, NOW, &x);
        assert_true(rows > 20 && sf_trends_read(b, NOW, &y) == rows);
        for (int64_t i = 0; i < rows; i++) {
            assert_true(same_row(&x[i], &y[i]));
        }
        assert_int_equal(sf_trends_read(b, NOW, &y), rows); /* reading again changes nothing either */
        assert_true(same_row(&x[0], &y[0]));
        sf_trends_free(a);
        sf_trends_free(b);
    }
}

static void rows_are_bounded_and_in_order(void **state)
{
    static given g[CELLS];
    uint64_t seed = 11;
    (void)state;
    for (int round = 0; round < 20; round++) {
        make_cells(g, &seed);
        sf_trends *t = with_cells(g, CELLS);
        const sf_topic_trend *r;
        int64_t n = sf_trends_read(t, NOW, &r);
        double shares = 0.0;
        for (int64_t i = 0; i < n; i++) {
            assert_true(r[i].now > 0 && r[i].authors > 0 && r[i].authors <= r[i].now);
            assert_true(r[i].share > 0.0 && r[i].share <= 1.0 && r[i].baseline >= 0.0 && isfinite(r[i].baseline));
            assert_true(r[i].ratio > 0.0 && isfinite(r[i].ratio) && isfinite(r[i].z));
            assert_true(r[i].rising == (r[i].z >= 3.0 && r[i].authors >= 3));
            assert_int_equal(r[i].place, r[i].rising ? i + 1 : 0);
            assert_true(i == 0 || r[i - 1].rising > r[i].rising ||
                        (r[i - 1].rising == r[i].rising && r[i - 1].z >= r[i].z));
            shares += r[i].share;
        }
        assert_true(fabs(shares - 1.0) < 1e-9);
        sf_trends_free(t);
    }
}

static void more_authors_never_lower_z(void **state)
{
    uint64_t seed = 13;
    (void)state;
    for (int round = 0; round < 300; round++) {
        uint32_t usual = (uint32_t)random_log(&seed, 1.0, 1e5), last = 0;
        double z = -INFINITY, ratio = -1.0;
        for (int step = 0; step < 30; step++) {
            uint32_t count = last + 1 + random_below(&seed, usual);
            sf_trends *t = trends(NULL);
            assert_int_equal(sf_trends_since(t, SF_REDDIT, NOW - 60 * DAY), SF_OK);
            for (int k = 1; k <= 24; k++) {
                add(t, "x", SF_REDDIT, NOW - k * HOUR - HOUR, usual, usual);
                assert_int_equal(sf_trends_total(t, SF_REDDIT, NOW - k * HOUR - HOUR, 1000000, 1000000), SF_OK);
            }
            add(t, "x", SF_REDDIT, NOW, count, count);
            assert_int_equal(sf_trends_total(t, SF_REDDIT, NOW, 4000000, 4000000), SF_OK);
            sf_topic_trend r = row_of(t, NOW, "x");
            assert_true(r.z >= z - 1e-9 && r.ratio >= ratio);
            z = r.z;
            ratio = r.ratio;
            last = count;
            sf_trends_free(t);
        }
    }
}

static void hostile_input_is_refused_or_survived(void **state)
{
    sf_trends_opts o = SF_TRENDS_OPTS_INIT;
    sf_trends *t = NULL;
    sf_span s[SF_TRENDS_SPANS];
    const sf_topic_trend *r;
    (void)state;
    assert_int_equal(sf_trends_new(NULL, NULL), SF_EINVAL);
    o.period_ms = DAY + 1;
    assert_int_equal(sf_trends_new(&t, &o), SF_EINVAL);
    o.period_ms = -1;
    assert_int_equal(sf_trends_new(&t, &o), SF_EINVAL);
    o.period_ms = DAY;
    o.floor = NAN;
    assert_int_equal(sf_trends_new(&t, &o), SF_EINVAL);
    o.floor = 0.0;
    o.min_z = INFINITY;
    assert_int_equal(sf_trends_new(&t, &o), SF_EINVAL);
    o.min_z = 0.0;
    t = trends(&o);
    sf_trends_free(NULL);
    sf_trends_reset(NULL);
    assert_int_equal(sf_trends_read(t, NOW, NULL), 0);
    assert_int_equal(sf_trends_spans(t, INT64_MAX, s), SF_EINVAL);
    assert_int_equal(sf_trends_spans(t, NOW, NULL), SF_EINVAL);
    assert_int_equal(sf_trends_read(t, SF_NO_TIME, &r), SF_EINVAL);
    assert_int_equal(sf_trends_read(NULL, NOW, &r), SF_EINVAL);
    assert_int_equal(sf_trends_add(t, sf_cstr(""), SF_REDDIT, NOW, 1, 1), SF_EINVAL);
    assert_int_equal(sf_trends_add(t, sf_cstr("x"), SF_PLATFORM_COUNT, NOW, 1, 1), SF_EINVAL);
    assert_int_equal(sf_trends_add(t, sf_cstr("x"), SF_PLATFORM_UNKNOWN, NOW, 1, 1), SF_EINVAL);
    assert_int_equal(sf_trends_add(t, sf_cstr("x"), SF_REDDIT, SF_NO_TIME, 1, 1), SF_EINVAL);
    assert_int_equal(sf_trends_total(t, -1, NOW, 1, 1), SF_EINVAL);
    assert_int_equal(sf_trends_topic(t, sf_cstr(""), NOW, 1), SF_EINVAL);
    assert_int_equal(sf_trends_topic(t, sf_cstr("x"), INT64_MAX, 1), SF_EINVAL);
    assert_int_equal(sf_trends_since(t, 99, NOW), SF_EINVAL);
    assert_int_equal(sf_trends_since(t, SF_REDDIT, INT64_MAX), SF_EINVAL);

    add_past(t, SF_REDDIT);
    for (int k = 0; k < 96; k++) { /* the largest numbers there are; totals that say less than the counts */
        add(t, "x", SF_REDDIT, W0 - k * WINDOW, UINT32_MAX, 0);
        add(t, "y", SF_REDDIT, W0 - k * WINDOW, UINT32_MAX, UINT32_MAX);
        assert_int_equal(sf_trends_total(t, SF_REDDIT, W0 - k * WINDOW, 1, UINT64_MAX), SF_OK);
        assert_int_equal(sf_trends_total(t, SF_REDDIT, W0 - k * WINDOW - 7 * DAY, UINT64_MAX, UINT64_MAX), SF_OK);
    }
    add(t, "x", SF_REDDIT, W0, 0, 0);
    int64_t n = sf_trends_read(t, NOW, &r);
    assert_int_equal(n, 2);
    for (int64_t i = 0; i < n; i++) {
        assert_true(r[i].now == UINT32_MAX && r[i].share > 0 && r[i].share < 1 && isfinite(r[i].z) &&
                    isfinite(r[i].ratio) && isfinite(r[i].baseline));
    }
    assert_int_equal(sf_trends_read(t, INT64_C(1) << 52, &r), 0); /* nothing there */
    assert_int_equal(sf_trends_read(t, -(INT64_C(1) << 52), &r), 0);
    sf_trends_reset(t);
    assert_int_equal(sf_trends_read(t, NOW, &r), 0);
    sf_trends_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_windows_matter),
        cmocka_unit_test(what_is_usual_does_not_rise),
        cmocka_unit_test(posts_are_counted_and_authors_tested),
        cmocka_unit_test(three_authors_are_enough_and_two_are_not),
        cmocka_unit_test(z_is_the_normal_quantile_of_the_tail),
        cmocka_unit_test(the_hour_of_the_week_and_the_last_day_count),
        cmocka_unit_test(a_short_past_is_believed_less),
        cmocka_unit_test(a_platform_that_is_slow_changes_no_share),
        cmocka_unit_test(totals_stand_in_for_other_topics),
        cmocka_unit_test(below_a_day_of_past_nothing_is_compared),
        cmocka_unit_test(a_new_platform_warms_up_alone),
        cmocka_unit_test(first_seen_is_the_earliest_known),
        cmocka_unit_test(order_and_repeats_change_no_bit),
        cmocka_unit_test(rows_are_bounded_and_in_order),
        cmocka_unit_test(more_authors_never_lower_z),
        cmocka_unit_test(hostile_input_is_refused_or_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
