/* SPDX-License-Identifier: MIT */
/* Leads: planted ones are found with their lag, chance is not taken for one, and order does not matter. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define NOW     INT64_C(1767326340000)
#define WINDOW  ((int64_t)SF_BUCKET_MS)
#define DAY     (96 * WINDOW)
#define WINDOWS 2688

static sf_leads *leads(const sf_leads_opts *o)
{
    sf_leads *l = NULL;
    assert_int_equal(sf_leads_new(&l, o), SF_OK);
    return l;
}

static int64_t start_of(const sf_leads *l, int i)
{
    sf_span span;
    assert_int_equal(sf_leads_span(l, NOW, &span), SF_OK);
    assert_int_equal(span.to_ms - span.from_ms, WINDOWS * WINDOW);
    return span.from_ms + i * WINDOW;
}

static uint32_t poisson(uint64_t *random, double mean)
{
    double limit = exp(-mean), product = random_unit(random);
    uint32_t n = 0;
    for (; product > limit; product *= random_unit(random)) {
        n++;
    }
    return n;
}

/* What all platforms have in common without any lead: a day's ups and downs, as large as those of real ones and larger. */
static double usual(int i)
{
    double hour = (i % 96) / 4.0, weekday = i / 96 % 7;
    return (1.0 + 0.9 * sin(hour * 3.14159265358979 / 12.0)) * (weekday < 5 ? 1.0 : 0.6);
}

/* Posts of a topic, with bursts of its own that die away within hours. */
static void make_series(uint64_t *random, double mean, double bursts, uint32_t out[WINDOWS])
{
    double excited = 0.0;
    for (int i = 0; i < WINDOWS; i++) {
        excited = 0.8 * excited + (random_unit(random) < bursts ? 8.0 : 0.0);
        out[i] = poisson(random, mean * usual(i) * (1.0 + excited));
    }
}

static void add_series(sf_leads *l, const char *topic, int32_t platform, const uint32_t v[WINDOWS])
{
    for (int i = 0; i < WINDOWS; i++) {
        assert_int_equal(sf_leads_add(l, sf_cstr(topic), platform, start_of(l, i), v[i]), SF_OK);
    }
}

/* The follower repeats a share of what the leader says, so many windows later. */
static void follow(uint64_t *random, const uint32_t leader[WINDOWS], int lag, double share, uint32_t out[WINDOWS])
{
    for (int i = 0; i < WINDOWS; i++) {
        int from = i - lag;
        out[i] += from >= 0 && from < WINDOWS ? poisson(random, share * leader[from]) : 0;
    }
}

static void test_planted_leads_are_found(void **state)
{
    (void)state;
    uint64_t random = 1;
    sf_leads *l = leads(NULL);
    static const int lags[] = {0, 1, 3, 8, 24};
    for (int k = 0; k < 5; k++) {
        char topic[16];
        uint32_t a[WINDOWS], b[WINDOWS];
        snprintf(topic, sizeof topic, "planted %d", k);
        make_series(&random, 0.2, 0.004, a);
        make_series(&random, 0.2, 0.004, b);
        follow(&random, a, lags[k], 0.7, b);
        add_series(l, topic, SF_BLUESKY, a);
        add_series(l, topic, SF_REDDIT, b);
    }
    const sf_lead *rows;
    assert_int_equal(sf_leads_read(l, NOW, &rows), 5);
    for (int i = 0; i < 5; i++) {
        int k = rows[i].topic.ptr[8] - '0';
        assert_int_equal(rows[i].lag_ms, lags[k] * WINDOW);
        assert_int_equal(rows[i].leader, lags[k] == 0 ? SF_REDDIT : SF_BLUESKY);
        assert_int_equal(rows[i].follower, lags[k] == 0 ? SF_BLUESKY : SF_REDDIT);
        assert_int_equal(rows[i].significant, 1);
        assert_true(rows[i].correlation > 0.15 && rows[i].correlation < 1.0);
        assert_true(rows[i].p_value > 0.0 && rows[i].p_value <= 0.01);
        assert_true(rows[i].n >= 30);
    }
    sf_leads_free(l);
}

/* Pairs that have nothing in common but the time of day: as many as chance says, and no more, look as if they had. */
static void check_nulls(double mean, double bursts, uint64_t seed)
{
    enum { PAIRS = 200 };
    uint64_t random = seed;
    sf_leads *l = leads(NULL);
    for (int k = 0; k < PAIRS; k++) {
        char topic[16];
        uint32_t a[WINDOWS];
        snprintf(topic, sizeof topic, "null %d", k);
        make_series(&random, mean, bursts, a);
        add_series(l, topic, SF_HACKERNEWS, a);
        make_series(&random, mean, bursts, a);
        add_series(l, topic, SF_REDDIT, a);
    }
    const sf_lead *rows;
    int64_t n = sf_leads_read(l, NOW, &rows);
    int low = 0, significant = 0;
    assert_int_equal(n, PAIRS);
    for (int64_t i = 0; i < n; i++) {
        low += rows[i].p_value <= 0.05;
        significant += rows[i].significant;
    }
    assert_true(low <= PAIRS / 20 + 8); /* 8: two and a half standard deviations of chance */
    assert_int_equal(significant, 0);
    sf_leads_free(l);
}

static void test_chance_is_not_taken_for_a_lead(void **state)
{
    (void)state;
    check_nulls(0.05, 0.004, 1);
    check_nulls(1.0, 0.02, 2);
}

static void add_some(sf_leads *l, int backwards)
{
    uint64_t random = 3;
    uint32_t a[WINDOWS], b[WINDOWS];
    make_series(&random, 0.2, 0.0, a);
    make_series(&random, 0.2, 0.0, b);
    follow(&random, a, 2, 0.5, b);
    for (int k = 0; k < WINDOWS; k++) {
        int i = backwards ? WINDOWS - 1 - k : k;
        for (int times = 0; times < 1 + backwards; times++) { /* twice, and a smaller one beside it */
            assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_REDDIT, start_of(l, i) + times, b[i]), SF_OK);
            assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_YOUTUBE, start_of(l, i), times > 0 ? a[i] / 2 : a[i]),
                             SF_OK);
        }
    }
}

static void test_order_and_repeats_do_not_matter(void **state)
{
    (void)state;
    sf_leads *l = leads(NULL), *m = leads(NULL);
    const sf_lead *x, *y;
    add_some(l, 0);
    add_some(m, 1);
    assert_int_equal(sf_leads_read(l, NOW, &x), 1);
    assert_int_equal(sf_leads_read(m, NOW, &y), 1);
    assert_int_equal(x->leader, SF_YOUTUBE);
    assert_int_equal(x->lag_ms, 2 * WINDOW);
    assert_true(x->leader == y->leader && x->lag_ms == y->lag_ms && x->n == y->n && x->correlation == y->correlation &&
                x->p_value == y->p_value);
    assert_int_equal(sf_leads_read(m, NOW, &y), 1); /* and again */
    assert_true(x->correlation == y->correlation && x->p_value == y->p_value);
    sf_leads_free(l);
    sf_leads_free(m);
}

static void test_too_little_is_left_out(void **state)
{
    (void)state;
    sf_leads *l = leads(NULL);
    const sf_lead *rows;
    assert_int_equal(sf_leads_read(l, NOW, &rows), 0);
    for (int i = 0; i < 29; i++) {
        assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_REDDIT, start_of(l, 7 * i), 1), SF_OK);
        assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_BLUESKY, start_of(l, 7 * i + 1), 1), SF_OK);
    }
    assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_REDDIT, start_of(l, 500), 1), SF_OK);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 0);                                         /* 29 on one side */
    assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_BLUESKY, start_of(l, 0) - 1, 1), SF_OK); /* before the span */
    assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_BLUESKY, NOW, 1), SF_OK);                /* not over yet */
    assert_int_equal(sf_leads_read(l, NOW, &rows), 0);
    assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_BLUESKY, start_of(l, 501), 1), SF_OK);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 1);
    assert_int_equal(rows->n, 30);
    sf_leads_free(l);
}

static void test_the_past_begins_where_it_is_said_to(void **state)
{
    (void)state;
    sf_leads *l = leads(NULL);
    const sf_lead *rows;
    add_some(l, 0);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 1);
    uint32_t all = rows->n;
    assert_int_equal(sf_leads_since(l, SF_REDDIT, NOW - 15 * DAY), SF_OK);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 1);
    assert_true(rows->n > all / 3 && rows->n < all);
    assert_int_equal(sf_leads_since(l, SF_YOUTUBE, NOW - 6 * DAY), SF_OK);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 0);
    assert_int_equal(sf_leads_since(l, SF_YOUTUBE, NOW + DAY), SF_OK);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 0);
    sf_leads_reset(l);
    assert_int_equal(sf_leads_read(l, NOW, &rows), 0);
    sf_leads_free(l);
}

static void test_series_that_do_not_vary(void **state)
{
    (void)state;
    sf_leads *l = leads(NULL);
    const sf_lead *rows;
    for (int i = 0; i < WINDOWS; i++) {
        assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_REDDIT, start_of(l, i), 5), SF_OK);
        assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_BLUESKY, start_of(l, i), 1 + (uint32_t)i % 2), SF_OK);
    }
    int64_t n = sf_leads_read(l, NOW, &rows);
    assert_true(n == 0 || (n == 1 && rows->significant == 0 && isfinite(rows->correlation)));
    sf_leads_free(l);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    sf_leads *l = leads(NULL), *none = NULL;
    sf_span span;
    sf_leads_opts o = SF_LEADS_OPTS_INIT;
    o.most_lag_ms = DAY + 1;
    assert_int_equal(sf_leads_new(&none, &o), SF_EINVAL);
    o = (sf_leads_opts)SF_LEADS_OPTS_INIT;
    o.q = 1.0;
    assert_int_equal(sf_leads_new(&none, &o), SF_EINVAL);
    o.q = NAN;
    assert_int_equal(sf_leads_new(&none, &o), SF_EINVAL);
    assert_int_equal(sf_leads_new(NULL, NULL), SF_EINVAL);
    assert_int_equal(sf_leads_add(l, (sf_str){"", 0}, SF_REDDIT, NOW, 1), SF_EINVAL);
    assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_PLATFORM_UNKNOWN, NOW, 1), SF_EINVAL);
    assert_int_equal(sf_leads_add(l, sf_cstr("x"), SF_REDDIT, SF_NO_TIME, 1), SF_EINVAL);
    assert_int_equal(sf_leads_since(l, SF_PLATFORM_COUNT, NOW), SF_EINVAL);
    assert_int_equal(sf_leads_span(l, SF_NO_TIME, &span), SF_EINVAL);
    assert_int_equal(sf_leads_read(l, SF_NO_TIME, NULL), SF_EINVAL);
    assert_int_equal(sf_leads_read(NULL, NOW, NULL), SF_EINVAL);
    sf_leads_free(l);
    sf_leads_free(NULL);
    sf_leads_reset(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted_leads_are_found),
        cmocka_unit_test(test_chance_is_not_taken_for_a_lead),
        cmocka_unit_test(test_order_and_repeats_do_not_matter),
        cmocka_unit_test(test_too_little_is_left_out),
        cmocka_unit_test(test_the_past_begins_where_it_is_said_to),
        cmocka_unit_test(test_series_that_do_not_vary),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
