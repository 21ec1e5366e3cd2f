/* SPDX-License-Identifier: MIT */
/* Events: when they fire, who led, how sure they are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

#define W0     INT64_C(1767326400000) /* 04:00 UTC, Friday 2 January 2026: the start of an hour */
#define WINDOW SF_BUCKET_MS
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define WEEK   (168 * HOUR)

/* Adds one post about a topic. Every post has an id of its own. */
static void add(sf_aggregator *g, int32_t platform, const char *topic, int64_t ts, double score)
{
    static int serial;
    char id[16];
    sf_str topics = sf_cstr(topic);
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    snprintf(id, sizeof id, "id%d", serial++);
    s.platform = platform;
    s.kind = SF_POST;
    s.source_id = sf_cstr(id);
    s.ts_ms = ts;
    s.observed_ms = ts;
    s.raw_score = score;
    s.topics = &topics;
    s.n_topics = 1;
    assert_int_equal(sf_aggregator_add(g, &s), SF_OK);
}

static sf_aggregator *aggregator(void)
{
    sf_aggregator *g = NULL;
    assert_int_equal(sf_aggregator_new(&g, NULL), SF_OK);
    return g;
}

/* The only event of a window. */
static sf_event event_at(sf_aggregator *g, int64_t start)
{
    const sf_event *e = NULL;
    size_t n = 0;
    assert_true(sf_aggregator_read(g, start, start + WINDOW, NULL, &e, &n) >= 0);
    assert_int_equal(n, 1);
    assert_true(e->start_ms == start);
    return *e;
}

static size_t events_at(sf_aggregator *g, int64_t start)
{
    size_t n = 0;
    assert_true(sf_aggregator_read(g, start, start + WINDOW, NULL, NULL, &n) >= 0);
    return n;
}

static void fires_on_two_platforms_in_one_window(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    add(g, SF_REDDIT, "x", W0 + MINUTE, 1);
    add(g, SF_REDDIT, "x", W0 + 2 * MINUTE, 1);
    assert_int_equal(events_at(g, W0), 0);
    add(g, SF_HACKERNEWS, "x", W0 + WINDOW, 1); /* one window later */
    add(g, SF_HACKERNEWS, "y", W0 + MINUTE, 1); /* another topic */
    assert_int_equal(events_at(g, W0), 0);
    assert_int_equal(events_at(g, W0 + WINDOW), 0);
    add(g, SF_HACKERNEWS, "x", W0 + 4 * MINUTE, 1);
    sf_event e = event_at(g, W0);
    assert_string_equal(e.topic.ptr, "x");
    assert_int_equal(e.platforms, 1 << SF_REDDIT | 1 << SF_HACKERNEWS);
    assert_int_equal(e.leader, SF_REDDIT);
    assert_int_equal(e.support, 3);
    assert_true(e.lead_seconds == 180.0 && e.ts_ms == W0 + 4 * MINUTE);
    assert_true(e.significant == -1 && isnan(e.p_value));
    sf_aggregator_free(g);
}

static void the_leader_had_it_first_in_the_episode(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    add(g, SF_REDDIT, "x", W0 - 7 * HOUR, 1);        /* an episode that was over */
    add(g, SF_BLUESKY, "x", W0 - 45 * MINUTE, 1);    /* Bluesky begins the new one ... */
    add(g, SF_HACKERNEWS, "x", W0 - 30 * MINUTE, 1); /* (not part of the event) */
    add(g, SF_REDDIT, "x", W0 + MINUTE, 1);
    add(g, SF_BLUESKY, "x", W0 + 2 * MINUTE, 1); /* ... though it is second in this window */
    sf_event e = event_at(g, W0);
    assert_int_equal(e.platforms, 1 << SF_REDDIT | 1 << SF_BLUESKY);
    assert_int_equal(e.leader, SF_BLUESKY);
    assert_true(e.lead_seconds == 46 * 60);
    assert_true(e.ts_ms == W0 + 2 * MINUTE);
    sf_aggregator_free(g);
}

static void an_episode_ends_after_the_gap(void **state)
{
    sf_aggregator_opts o = SF_AGGREGATOR_OPTS_INIT;
    sf_aggregator *g = NULL;
    (void)state;
    for (int over = 0; over < 2; over++) {
        o.episode_gap_ms = 2 * HOUR - over; /* windows lie exactly 2 hours apart */
        assert_int_equal(sf_aggregator_new(&g, &o), SF_OK);
        add(g, SF_HACKERNEWS, "x", W0 - 2 * HOUR, 1);
        add(g, SF_REDDIT, "x", W0, 1);
        add(g, SF_HACKERNEWS, "x", W0 + MINUTE, 1);
        sf_event e = event_at(g, W0);
        assert_int_equal(e.leader, over ? SF_REDDIT : SF_HACKERNEWS);
        assert_true(e.lead_seconds == (over ? 60 : 7200));
        sf_aggregator_free(g);
    }
}

static void the_past_takes_part_in_episodes(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    add(g, SF_REDDIT, "x", W0 + MINUTE, 1);
    add(g, SF_HACKERNEWS, "x", W0 + 2 * MINUTE, 1);
    assert_int_equal(event_at(g, W0).leader, SF_REDDIT);
    sf_aggregator_past(g, sf_cstr("x"), SF_HACKERNEWS, W0 - HOUR + 6 * MINUTE, 3);
    sf_event e = event_at(g, W0);
    assert_int_equal(e.leader, SF_HACKERNEWS);
    assert_true(e.lead_seconds == 55 * 60);
    add(g, SF_HACKERNEWS, "x", W0 - HOUR + 7 * MINUTE, 1); /* one of the three, not the first */
    assert_true(event_at(g, W0).lead_seconds == 55 * 60);
    sf_aggregator_past(g, sf_cstr("x"), SF_HACKERNEWS, W0 - HOUR + 5 * MINUTE, 2); /* the earlier time holds */
    assert_true(event_at(g, W0).lead_seconds == 56 * 60);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - 2 * HOUR, 0); /* nothing */
    assert_int_equal(event_at(g, W0).leader, SF_HACKERNEWS);
    sf_aggregator_past(g, sf_cstr("x"), SF_BLUESKY, W0, 9); /* the window asked for is counted from posts */
    e = event_at(g, W0);
    assert_int_equal(e.platforms, 1 << SF_REDDIT | 1 << SF_HACKERNEWS);
    assert_int_equal(e.support, 2);
    sf_aggregator_free(g);
}

/* Welch's interval, worked out by hand: two scores against three. */
static void delta_has_an_interval(void **state)
{
    sf_aggregator *g = aggregator();
    sf_baseline hn = sf_lexicon_baseline(sf_lexicon_builtin(), SF_HACKERNEWS);
    sf_baseline reddit = sf_lexicon_baseline(sf_lexicon_builtin(), SF_REDDIT);
    double a[] = {sf_normalised_score(&reddit, 100), sf_normalised_score(&reddit, 140)};
    double b[] = {sf_normalised_score(&hn, 40), sf_normalised_score(&hn, 50), sf_normalised_score(&hn, 70)};
    double ma = (a[0] + a[1]) / 2, mb = (b[0] + b[1] + b[2]) / 3;
    double va = ((a[0] - ma) * (a[0] - ma) + (a[1] - ma) * (a[1] - ma)) / 1 / 2;
    double vb = ((b[0] - mb) * (b[0] - mb) + (b[1] - mb) * (b[1] - mb) + (b[2] - mb) * (b[2] - mb)) / 2 / 3;
    double degrees = (va + vb) * (va + vb) / (va * va / 1 + vb * vb / 2);
    (void)state;
    add(g, SF_REDDIT, "x", W0, 100);
    add(g, SF_HACKERNEWS, "x", W0 + 1, 40);
    assert_true(isnan(event_at(g, W0).delta_low)); /* one score says nothing of others */
    add(g, SF_REDDIT, "x", W0 + 2, 140);
    assert_true(isnan(event_at(g, W0).delta_high));
    add(g, SF_HACKERNEWS, "x", W0 + 3, 50);
    add(g, SF_HACKERNEWS, "x", W0 + 4, 70);
    sf_event e = event_at(g, W0);
    double half = sf_student_quantile(degrees) * sqrt(va + vb);
    assert_true(degrees > 2 && degrees < 3 && sf_student_quantile(degrees) == 4.303);
    assert_true(fabs(e.delta_score - (ma - mb)) < 1e-12);
    assert_true(fabs(e.delta_low - (ma - mb - half)) < 1e-9 && fabs(e.delta_high - (ma - mb + half)) < 1e-9);
    sf_aggregator_free(g);
}

/* Of platforms with the same mean those with the most scores tell what it lies between. */
static void delta_is_of_those_with_most_scores(void **state)
{
    sf_aggregator *g = aggregator();
    sf_baseline reddit = sf_lexicon_baseline(sf_lexicon_builtin(), SF_REDDIT);
    double level = sf_normalised_score(&reddit, 1000);
    (void)state;
    add(g, SF_REDDIT, "low", W0, 0);
    add(g, SF_HACKERNEWS, "low", W0 + 1, 0);
    add(g, SF_HACKERNEWS, "low", W0 + 2, 0);
    add(g, SF_YOUTUBE, "low", W0 + 3, 0);
    sf_event e = event_at(g, W0);
    assert_true(e.delta_score == 0.0 && isnan(e.delta_low)); /* one platform alone has two */
    add(g, SF_YOUTUBE, "low", W0 + 4, 0);
    e = event_at(g, W0);
    assert_true(e.delta_score == 0.0 && e.delta_low == 0.0 && e.delta_high == 0.0);
    add(g, SF_REDDIT, "high", W0 + WINDOW, 1000);
    add(g, SF_REDDIT, "high", W0 + WINDOW + 1, 1000);
    add(g, SF_HACKERNEWS, "high", W0 + WINDOW + 2, 0);
    add(g, SF_BLUESKY, "high", W0 + WINDOW + 3, 0);
    add(g, SF_BLUESKY, "high", W0 + WINDOW + 4, 0);
    e = event_at(g, W0 + WINDOW);
    assert_true(fabs(e.delta_score - level) < 1e-12 && e.delta_low == e.delta_score && e.delta_high == e.delta_score);
    sf_aggregator_free(g);
}

static void delta_is_leader_minus_other(void **state)
{
    sf_aggregator *g = aggregator();
    sf_baseline hn = sf_lexicon_baseline(sf_lexicon_builtin(), SF_HACKERNEWS);
    sf_baseline reddit = sf_lexicon_baseline(sf_lexicon_builtin(), SF_REDDIT);
    sf_baseline sky = sf_lexicon_baseline(sf_lexicon_builtin(), SF_BLUESKY);
    double n_hn = (sf_normalised_score(&hn, 84) + sf_normalised_score(&hn, 840)) / 2;
    double n_reddit = sf_normalised_score(&reddit, 1200), n_sky = sf_normalised_score(&sky, 0);
    (void)state;
    add(g, SF_REDDIT, "x", W0, 1200);
    add(g, SF_HACKERNEWS, "x", W0 + 1, 84);
    assert_true(event_at(g, W0).delta_score == n_reddit - sf_normalised_score(&hn, 84));
    assert_true(event_at(g, W0).delta_score < 0); /* 1200 on Reddit is less than 84 on Hacker News */
    add(g, SF_HACKERNEWS, "x", W0 + 2, 840);
    add(g, SF_HACKERNEWS, "x", W0 + 3, NAN);
    assert_true(fabs(event_at(g, W0).delta_score - (n_reddit - n_hn)) < 1e-15);
    add(g, SF_BLUESKY, "x", W0 + 4, 0);
    assert_true(fabs(event_at(g, W0).delta_score - (n_hn - n_sky)) < 1e-15);
    add(g, SF_REDDIT, "y", W0 + WINDOW, NAN);
    add(g, SF_HACKERNEWS, "y", W0 + WINDOW, 5);
    sf_event e = event_at(g, W0 + WINDOW);
    assert_true(isnan(e.delta_score) && isnan(e.delta_low) && isnan(e.delta_high));
    assert_true(e.leader == SF_REDDIT && e.lead_seconds == 0.0); /* both at once: the first in the list leads */
    sf_aggregator_free(g);
}

/* ---- significance; tails by scipy.stats.poisson ---- */

static void p_values_need_a_week(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    add(g, SF_REDDIT, "x", W0, 1);
    add(g, SF_HACKERNEWS, "x", W0, 1);
    add(g, SF_HACKERNEWS, "x", W0, 1);
    sf_aggregator_since(g, W0 - WEEK + 1);
    assert_true(isnan(event_at(g, W0).p_value));
    sf_aggregator_since(g, W0 - WEEK);
    sf_event e = event_at(g, W0);
    assert_true(fabs(e.p_value - 0.009950166250831947) < 1e-15); /* one author where 0.01 are usual */
    assert_int_equal(e.significant, 1);                          /* it is the only topic */
    sf_aggregator_since(g, SF_NO_TIME);
    assert_int_equal(event_at(g, W0).significant, -1);
    sf_aggregator_free(g);
}

static void the_usual_count_is_that_of_the_same_hour_of_the_week(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    sf_aggregator_since(g, W0 - 10 * WEEK);
    for (int i = 0; i < 3; i++) {
        add(g, SF_REDDIT, "x", W0 + i, 1);
    }
    add(g, SF_HACKERNEWS, "x", W0, 1);
    add(g, SF_HACKERNEWS, "x", W0, 1);
    /* 48 windows: the hours from 03:00 to 06:00, in each of the last four weeks. Reddit 12 + 36 = 48 authors, 1 a window. */
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WEEK, 2);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WEEK, 8);              /* the larger number holds */
    add(g, SF_REDDIT, "x", W0 - WEEK, 1);                                      /* and against that of the posts */
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WEEK - 4 * WINDOW, 1); /* first and last of these windows */
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WEEK + 7 * WINDOW, 3);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - 4 * WEEK + 3 * WINDOW, 36);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WEEK - 5 * WINDOW, 99); /* before and after */
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WEEK + 8 * WINDOW, 99);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - 5 * WEEK, 99); /* too long ago */
    sf_aggregator_past(g, sf_cstr("y"), SF_REDDIT, W0 - WEEK, 99);     /* another topic */
    sf_aggregator_past(g, sf_cstr("x"), SF_BLUESKY, W0 - WEEK, 99);    /* another platform */
    sf_event e = event_at(g, W0);
    assert_true(fabs(e.p_value - 0.08030139707139418) < 1e-15); /* P(X >= 3 | 1); Hacker News' is smaller */
    assert_int_equal(e.significant, 0);
    sf_aggregator_since(g, W0 - WEEK - 4 * WINDOW); /* one week known: Reddit's 12 authors in 12 windows are as usual */
    assert_true(fabs(event_at(g, W0).p_value - 0.08030139707139418) < 1e-15);
    /* half of that time two weeks ago is known as well: 18 windows, 18 authors, and not the 99 before that */
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - 2 * WEEK, 99);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - 2 * WEEK + 2 * WINDOW, 6);
    sf_aggregator_since(g, W0 - 2 * WEEK + 2 * WINDOW - 1);
    assert_true(fabs(event_at(g, W0).p_value - 0.08030139707139418) < 1e-15);
    sf_aggregator_free(g);
}

/* Posts that were added themselves are as good a past as counts. */
static void posts_make_a_past_too(void **state)
{
    sf_aggregator *posts = aggregator(), *counts = aggregator();
    (void)state;
    for (int week = 0; week <= 4; week++) {
        for (int i = 0; i <= week + 1; i++) {
            add(posts, SF_REDDIT, "x", W0 - week * WEEK + i * MINUTE, 1);
            add(posts, SF_HACKERNEWS, "x", W0 - week * WEEK + i * MINUTE, 1);
        }
        sf_aggregator_past(counts, sf_cstr("x"), SF_REDDIT, W0 - week * WEEK, (uint32_t)week + 2);
        sf_aggregator_past(counts, sf_cstr("x"), SF_HACKERNEWS, W0 - week * WEEK, (uint32_t)week + 2);
    }
    for (int i = 0; i < 2; i++) {
        add(counts, SF_REDDIT, "x", W0, 1);
        add(counts, SF_HACKERNEWS, "x", W0, 1);
    }
    sf_aggregator_since(posts, W0 - 5 * WEEK);
    sf_aggregator_since(counts, W0 - 5 * WEEK);
    double p = event_at(posts, W0).p_value;
    assert_true(p == event_at(counts, W0).p_value);
    assert_true(fabs(p - sf_poisson_tail(2, 18.0 / 48.0)) < 1e-15);
    sf_aggregator_free(posts);
    sf_aggregator_free(counts);
}

/* Four events and sixteen quiet topics, m = 20. The limits are i * 0.05 / 20 = .0025, .005, .0075, .01. */
static void benjamini_hochberg_over_the_window(void **state)
{
    static const char *const topics[] = {"a", "b", "c", "d"};
    const sf_event *e = NULL;
    size_t n = 0;
    char quiet[16];
    sf_aggregator_opts o = SF_AGGREGATOR_OPTS_INIT;
    sf_aggregator *g = NULL;
    (void)state;
    o.floor = 0.1; /* P(X >= 1) = .0952, P(X >= 2) = .00468, P(X >= 3) = .000155 */
    assert_int_equal(sf_aggregator_new(&g, &o), SF_OK);
    sf_aggregator_since(g, W0 - 5 * WEEK);
    for (int t = 0; t < 4; t++) {
        int posts = t == 3 ? 1 : t == 2 ? 3 : 2; /* a 2, b 2, c 3, d 1 */
        for (int i = 0; i < posts; i++) {
            add(g, SF_REDDIT, topics[t], W0 + i, 1);
            add(g, SF_YOUTUBE, topics[t], W0 + i, 1);
        }
    }
    for (int i = 0; i < 16; i++) {
        snprintf(quiet, sizeof quiet, "q%d", i);
        add(g, SF_REDDIT, quiet, W0, 1);
    }
    assert_true(sf_aggregator_read(g, W0, W0 + WINDOW, NULL, &e, &n) > 0);
    assert_int_equal(n, 4);
    /* Topics that were only looked at again in this window are no tests. */
    for (int i = 0; i < 20; i++) {
        sf_str old = {quiet, (size_t)snprintf(quiet, sizeof quiet, "o%d", i)};
        sf_signal s;
        sf_signal_init(&s, sizeof s);
        s.platform = SF_REDDIT;
        s.source_id = old;
        s.ts_ms = W0 - HOUR;
        s.observed_ms = W0;
        s.raw_score = 1;
        s.topics = &old;
        s.n_topics = 1;
        assert_int_equal(sf_aggregator_add(g, &s), SF_OK);
    }
    assert_true(sf_aggregator_read(g, W0, W0 + WINDOW, NULL, &e, &n) > 0);
    assert_int_equal(n, 4);
    /* p: .000155 (c), .00468 (a), .00468 (b), .0952 (d). Rank 3: .00468 <= .0075, so c, a and b pass though a would not at
     * rank 1. */
    assert_int_equal(e[0].significant, 1);
    assert_int_equal(e[1].significant, 1);
    assert_int_equal(e[2].significant, 1);
    assert_int_equal(e[3].significant, 0);
    assert_true(fabs(e[0].p_value - 0.00467884016044447) < 1e-15);

    for (int i = 0; i < 20; i++) { /* m = 40: limits .00125, .0025, .00375; only c passes */
        snprintf(quiet, sizeof quiet, "r%d", i);
        add(g, SF_BLUESKY, quiet, W0, 1);
    }
    assert_true(sf_aggregator_read(g, W0, W0 + WINDOW, NULL, &e, &n) > 0);
    assert_int_equal(e[0].significant + e[1].significant + e[3].significant, 0);
    assert_int_equal(e[2].significant, 1);
    sf_aggregator_free(g);
}

/* A burst on one platform is no event's significance: the second smallest p counts. */
static void both_platforms_must_burst(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    sf_aggregator_since(g, W0 - 5 * WEEK);
    for (int i = 0; i < 50; i++) {
        add(g, SF_REDDIT, "x", W0 + i, 1);
    }
    add(g, SF_HACKERNEWS, "x", W0, 1);
    for (int week = 1; week <= 4; week++) { /* usual on Hacker News */
        for (int w = -4; w < 8; w++) {
            sf_aggregator_past(g, sf_cstr("x"), SF_HACKERNEWS, W0 - week * WEEK + w * WINDOW, 1);
        }
    }
    sf_event e = event_at(g, W0);
    assert_true(fabs(e.p_value - 0.6321205588285577) < 1e-15);
    assert_int_equal(e.significant, 0);
    add(g, SF_BLUESKY, "x", W0, 1); /* two of three burst: that is enough */
    e = event_at(g, W0);
    assert_true(fabs(e.p_value - 0.009950166250831947) < 1e-15);
    assert_int_equal(e.significant, 1);
    sf_aggregator_free(g);
}

static void the_hour_that_ends_with_the_window_counts(void **state)
{
    sf_aggregator *g = aggregator();
    (void)state;
    sf_aggregator_since(g, W0 - 5 * WEEK);
    add(g, SF_REDDIT, "x", W0, 1);
    add(g, SF_HACKERNEWS, "x", W0, 1);
    assert_true(event_at(g, W0).p_value == 1.0); /* two authors say nothing */
    assert_int_equal(event_at(g, W0).significant, 0);
    add(g, SF_REDDIT, "x", W0 - 3 * WINDOW, 1);
    assert_true(fabs(event_at(g, W0).p_value - sf_poisson_tail(1, 0.01)) < 1e-15); /* the window alone is rarer */
    add(g, SF_HACKERNEWS, "x", W0 - WINDOW, 1);
    double p = sf_poisson_tail(2, 0.04);
    assert_true(fabs(event_at(g, W0).p_value - p) < 1e-15);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - WINDOW, 1); /* given, as well as posts */
    sf_aggregator_past(g, sf_cstr("x"), SF_HACKERNEWS, W0 - 2 * WINDOW, 1);
    assert_true(fabs(event_at(g, W0).p_value - sf_poisson_tail(3, 0.04)) < 1e-15);
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 - 4 * WINDOW, 9); /* before the hour */
    sf_aggregator_past(g, sf_cstr("x"), SF_REDDIT, W0 + WINDOW, 9);     /* after it */
    assert_true(fabs(event_at(g, W0).p_value - sf_poisson_tail(3, 0.04)) < 1e-15);
    sf_aggregator_free(g);
}

static void authors_are_tested_not_posts(void **state)
{
    sf_aggregator_opts o = SF_AGGREGATOR_OPTS_INIT;
    sf_aggregator *g = aggregator();
    sf_str topic = sf_cstr("x");
    char id[8];
    (void)state;
    for (int round = 0; round < 2; round++) {
        sf_aggregator_since(g, W0 - 5 * WEEK);
        for (int i = 0; i < 40; i++) { /* one author a platform, twenty posts each */
            sf_signal s;
            sf_signal_init(&s, sizeof s);
            s.platform = i % 2 ? SF_REDDIT : SF_HACKERNEWS;
            s.source_id = (sf_str){id, (size_t)snprintf(id, sizeof id, "f%d", i)};
            s.author = sf_cstr("flood");
            s.ts_ms = s.observed_ms = W0 + i;
            s.topics = &topic;
            s.n_topics = 1;
            assert_int_equal(sf_aggregator_add(g, &s), SF_OK);
        }
        sf_event e = event_at(g, W0);
        assert_int_equal(e.support, 40);
        assert_true(round ? fabs(e.p_value - sf_poisson_tail(1, 0.01)) < 1e-15 : e.p_value == 1.0);
        sf_aggregator_free(g);
        o.min_authors = 2;
        assert_int_equal(sf_aggregator_new(&g, &o), SF_OK);
    }
    sf_aggregator_free(g);
}

/* ---- docs/aggregate.md ---- */

static void observed(sf_aggregator *g, int32_t platform, int64_t created, int64_t at, double score, double velocity)
{
    sf_str topics = sf_cstr("quantum computing");
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = platform;
    s.kind = SF_REFRESH;
    s.source_id = s.author = sf_cstr("p");
    s.ts_ms = created;
    s.observed_ms = at;
    s.raw_score = score;
    s.velocity = velocity;
    s.sentiment.compound = platform == SF_REDDIT ? 0.6249 : 0.4;
    s.sentiment_cover = 1.0;
    s.topics = &topics;
    s.n_topics = 1;
    assert_int_equal(sf_aggregator_add(g, &s), SF_OK);
}

static void the_example_of_the_manual(void **state)
{
    const sf_bucket *b = NULL;
    const sf_event *e = NULL;
    size_t n = 0;
    sf_aggregator *g = aggregator();
    (void)state;
    observed(g, SF_REDDIT, W0 + 60000, W0 + 120000, 45, NAN);
    observed(g, SF_REDDIT, W0 + 60000, W0 + 420000, 1200, 3.85);
    observed(g, SF_HACKERNEWS, W0 + 270000, W0 + 360000, 12, NAN);
    observed(g, SF_HACKERNEWS, W0 + 270000, W0 + 660000, 30, 0.06);
    sf_aggregator_since(g, W0 - 4 * WEEK);
    assert_int_equal(sf_aggregator_read(g, W0, W0 + WINDOW, &b, &e, &n), 2);
    assert_true(b[0].platform == SF_REDDIT && b[0].count == 1 && b[0].authors == 1 && b[0].active == 1 &&
                b[0].n_scored == 1);
    assert_true(b[0].avg_score == 1200 && b[0].avg_sentiment == 0.6249 && b[0].avg_velocity == 3.85 &&
                b[0].score_gain == 1200);
    assert_true(b[1].platform == SF_HACKERNEWS && b[1].avg_score == 30 && b[1].avg_velocity == 0.06 &&
                b[1].score_gain == 30);
    assert_int_equal(n, 1);
    assert_true(e->platforms == 6 && e->leader == SF_REDDIT && e->support == 2 && e->lead_seconds == 210);
    assert_true(e->ts_ms == W0 + 270000);
    assert_true(fabs(e->delta_score - -0.0191) < 5e-5);
    assert_true(e->p_value == 1.0 && e->significant == 0);
    add(g, SF_HACKERNEWS, "quantum computing", W0 - 10 * MINUTE, NAN);
    assert_true(sf_aggregator_read(g, W0, W0 + WINDOW, NULL, &e, &n) > 0);
    assert_int_equal(n, 1);
    assert_true(fabs(e->p_value - 0.00995) < 5e-6 && e->significant == 1);
    sf_aggregator_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fires_on_two_platforms_in_one_window),
        cmocka_unit_test(the_leader_had_it_first_in_the_episode),
        cmocka_unit_test(an_episode_ends_after_the_gap),
        cmocka_unit_test(the_past_takes_part_in_episodes),
        cmocka_unit_test(delta_is_leader_minus_other),
        cmocka_unit_test(delta_has_an_interval),
        cmocka_unit_test(delta_is_of_those_with_most_scores),
        cmocka_unit_test(p_values_need_a_week),
        cmocka_unit_test(the_usual_count_is_that_of_the_same_hour_of_the_week),
        cmocka_unit_test(posts_make_a_past_too),
        cmocka_unit_test(benjamini_hochberg_over_the_window),
        cmocka_unit_test(both_platforms_must_burst),
        cmocka_unit_test(the_hour_that_ends_with_the_window_counts),
        cmocka_unit_test(authors_are_tested_not_posts),
        cmocka_unit_test(the_example_of_the_manual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
