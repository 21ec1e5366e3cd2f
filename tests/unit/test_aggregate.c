/* SPDX-License-Identifier: MIT */
/* Buckets: what they count, that they do not depend on order, and what takes posts out again. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define W0     INT64_C(1767324600000) /* a window starts here */
#define MINUTE INT64_C(60000)
#define WINDOW SF_BUCKET_MS

static const sf_str quantum[] = {{"quantum", 7}}, both[] = {{"ibm", 3}, {"quantum", 7}};

/* A post about quantum; fields are changed by those who care. */
static sf_signal post(int32_t platform, const char *id, int64_t ts, int64_t observed, double score)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = platform;
    s.kind = SF_POST;
    s.source_id = sf_cstr(id);
    s.title = sf_cstr("Quantum");
    s.ts_ms = ts;
    s.observed_ms = observed;
    s.raw_score = score;
    s.topics = quantum;
    s.n_topics = 1;
    return s;
}

static sf_signal refresh(int32_t platform, const char *id, int64_t observed, double score)
{
    sf_signal s = post(platform, id, SF_NO_TIME, observed, score);
    s.kind = SF_REFRESH;
    s.title = sf_cstr("");
    s.n_topics = 0;
    return s;
}

static sf_aggregator *aggregator(const sf_signal *s, size_t n)
{
    sf_aggregator *g = NULL;
    assert_int_equal(sf_aggregator_new(&g, NULL), SF_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sf_aggregator_add(g, &s[i]), SF_OK);
    }
    return g;
}

static const sf_bucket *bucket(sf_aggregator *g, int64_t start, int32_t platform)
{
    const sf_bucket *b = NULL;
    int64_t n = sf_aggregator_read(g, start, start + 1, &b, NULL, NULL);
    for (int64_t i = 0; i < n; i++) {
        assert_true(b[i].start_ms == start);
        if (b[i].platform == platform && b[i].topic.len == 7 && memcmp(b[i].topic.ptr, "quantum", 7) == 0) {
            return &b[i];
        }
    }
    return NULL;
}

/* ---- worked out by hand ---- */

static void what_a_bucket_counts(void **state)
{
    sf_signal s[] = {
        post(SF_REDDIT, "a", W0 + 1000, W0 + 2 * MINUTE, 10),
        post(SF_REDDIT, "b", W0 + 2000, W0 + 2 * MINUTE, 20),
        post(SF_REDDIT, "c", W0 + 3000, W0 + 3 * MINUTE, NAN),
        post(SF_REDDIT, "d", W0 - 1, W0 + 4 * MINUTE, 100), /* made in the window before */
        post(SF_REDDIT, "e", W0 + WINDOW, W0 + WINDOW, 5),  /* and in the one after */
        refresh(SF_REDDIT, "a", W0 + 7 * MINUTE, 40),
        refresh(SF_REDDIT, "d", W0 + 9 * MINUTE, 130),
        refresh(SF_REDDIT, "b", W0 + WINDOW + 1, 500),     /* does not reach back */
        post(SF_HACKERNEWS, "a", W0 + 1000, W0 + 2000, 7), /* another platform's a */
    };
    (void)state;
    s[0].author = s[1].author = sf_cstr("ann");
    s[0].sentiment.compound = 0.5;
    s[0].sentiment_cover = 0.9;
    s[1].sentiment.compound = -0.25;
    s[1].sentiment_cover = 0.5;
    s[2].sentiment.compound = 1.0; /* foreign: does not count */
    s[2].sentiment_cover = 0.49;
    s[5].velocity = 0.1;
    s[6].velocity = 0.3;
    sf_aggregator *g = aggregator(s, sizeof s / sizeof *s);

    const sf_bucket *b = bucket(g, W0, SF_REDDIT);
    assert_non_null(b);
    assert_int_equal(b->count, 3); /* a b c */
    assert_true(b->first_ms == W0 + 1000);
    assert_int_equal(b->authors, 2);  /* ann, and c's, who is not known */
    assert_int_equal(b->n_scored, 2); /* a b */
    assert_true(b->avg_sentiment == 0.125);
    assert_int_equal(b->active, 4); /* a b c d */
    assert_true(b->avg_score == (40.0 + 20.0 + 130.0) / 3);
    assert_true(fabs(b->avg_velocity - 0.2) < 1e-15);
    assert_true(b->score_gain == 40.0 + 20.0 + 30.0); /* a, b from nothing; d since it was first seen */

    b = bucket(g, W0 - WINDOW, SF_REDDIT);
    assert_true(b->count == 1 && b->active == 0 && isnan(b->avg_score) && isnan(b->score_gain) &&
                isnan(b->avg_sentiment));
    b = bucket(g, W0 + WINDOW, SF_REDDIT);
    assert_true(b->count == 1 && b->active == 2 && b->avg_score == 252.5 && b->score_gain == 480.0 + 5.0);
    b = bucket(g, W0, SF_HACKERNEWS);
    assert_true(b->count == 1 && b->authors == 1 && b->score_gain == 7.0);
    assert_null(bucket(g, W0 + 2 * WINDOW, SF_REDDIT));
    s[5].observed_ms = W0 + 2 * WINDOW;
    assert_int_equal(sf_aggregator_add(g, &s[5]), SF_OK);
    assert_true(bucket(g, W0 + 2 * WINDOW, SF_REDDIT)->first_ms == SF_NO_TIME); /* looked at, none created */
    sf_aggregator_free(g);
}

static void the_gain_needs_to_know_what_came_before(void **state)
{
    sf_signal old = post(SF_REDDIT, "a", W0 - 50 * WINDOW, W0 + MINUTE, 70);
    sf_aggregator *g = aggregator(&old, 1);
    (void)state;
    assert_true(isnan(bucket(g, W0, SF_REDDIT)->score_gain));
    sf_aggregator_reset(g);

    old.previous_score = 66; /* the store knew */
    assert_int_equal(sf_aggregator_add(g, &old), SF_OK);
    assert_true(bucket(g, W0, SF_REDDIT)->score_gain == 4.0);
    sf_aggregator_reset(g);

    old.previous_score = NAN;
    sf_signal earlier = refresh(SF_REDDIT, "a", W0 - WINDOW, 60), fall = refresh(SF_REDDIT, "a", W0 + 2 * MINUTE, 55);
    assert_int_equal(sf_aggregator_add(g, &old), SF_OK);
    assert_int_equal(sf_aggregator_add(g, &fall), SF_OK);
    assert_int_equal(sf_aggregator_add(g, &earlier), SF_OK);
    assert_true(bucket(g, W0, SF_REDDIT)->score_gain == -5.0);
    sf_aggregator_reset(g);

    /* a reading without a score in between changes nothing */
    earlier.observed_ms = W0 - 2 * WINDOW;
    sf_signal unread = refresh(SF_REDDIT, "a", W0 - WINDOW, NAN);
    assert_int_equal(sf_aggregator_add(g, &old), SF_OK);
    assert_int_equal(sf_aggregator_add(g, &earlier), SF_OK);
    assert_int_equal(sf_aggregator_add(g, &unread), SF_OK);
    assert_true(bucket(g, W0, SF_REDDIT)->score_gain == 10.0);
    sf_aggregator_reset(g);

    /* first seen in the window, but who knows when it was made */
    old.ts_ms = SF_NO_TIME;
    assert_int_equal(sf_aggregator_add(g, &old), SF_OK);
    assert_true(isnan(bucket(g, W0, SF_REDDIT)->score_gain));
    assert_int_equal(bucket(g, W0, SF_REDDIT)->count, 1);
    sf_aggregator_free(g);
}

static void several_topics_and_the_newest_text_holds(void **state)
{
    const sf_bucket *b = NULL;
    sf_signal s[] = {post(SF_REDDIT, "a", W0, W0, 1), post(SF_REDDIT, "a", W0, W0 + MINUTE, 2)};
    (void)state;
    s[0].topics = both;
    s[0].n_topics = 2;
    sf_aggregator *g = aggregator(s, 1);
    assert_int_equal(sf_aggregator_read(g, W0, W0 + 1, &b, NULL, NULL), 2);
    assert_string_equal(b[0].topic.ptr, "ibm");
    assert_string_equal(b[1].topic.ptr, "quantum");
    assert_int_equal(sf_aggregator_add(g, &s[1]), SF_OK); /* edited: ibm is gone */
    assert_int_equal(sf_aggregator_read(g, W0, W0 + 1, &b, NULL, NULL), 1);
    assert_string_equal(b[0].topic.ptr, "quantum");
    assert_int_equal(b[0].count, 1);
    sf_aggregator_free(g);
}

static void event_times(void **state)
{
    (void)state;
    assert_true(sf_event_time(W0, W0 + 5) == W0);
    assert_true(sf_event_time(W0 + 5 * MINUTE, W0) == W0 + 5 * MINUTE); /* clocks differ */
    assert_true(sf_event_time(W0 + 5 * MINUTE + 1, W0) == W0);          /* the future */
    assert_true(sf_event_time(0, W0) == W0);                            /* 1970 is no answer */
    assert_true(sf_event_time(INT64_C(1104537600000), W0) == INT64_C(1104537600000));
    assert_true(sf_event_time(INT64_C(1104537599999), W0) == W0);
    assert_true(sf_event_time(SF_NO_TIME, W0) == W0);
    assert_true(sf_event_time(W0, SF_NO_TIME) == W0);
    assert_true(sf_event_time(SF_NO_TIME, SF_NO_TIME) == SF_NO_TIME);
    assert_true(sf_event_time(INT64_MAX, INT64_MIN + 1) == INT64_MIN + 1);
    assert_true(sf_event_time(INT64_MAX, INT64_MAX) == INT64_MAX);

    /* In the bucket: a time in the future gives way to the first sight, whatever order the sights come in. */
    sf_signal s[] = {post(SF_BLUESKY, "a", W0 + 100 * WINDOW, W0 + WINDOW, 2),
                     post(SF_BLUESKY, "a", W0 + 100 * WINDOW, W0, 1)};
    sf_aggregator *g = aggregator(s, 2);
    assert_int_equal(bucket(g, W0, SF_BLUESKY)->count, 1);
    assert_int_equal(bucket(g, W0 + WINDOW, SF_BLUESKY)->count, 0);
    assert_null(bucket(g, W0 + 100 * WINDOW, SF_BLUESKY));
    sf_aggregator_free(g);
}

static void windows_are_half_open_and_work_before_1970(void **state)
{
    sf_signal s[] = {post(SF_REDDIT, "a", W0, W0, 1), post(SF_REDDIT, "b", W0 + WINDOW - 1, W0 + WINDOW - 1, 1),
                     post(SF_REDDIT, "c", SF_NO_TIME, -1, 1)};
    const sf_bucket *b = NULL;
    sf_aggregator *g = aggregator(s, 3);
    (void)state;
    assert_int_equal(bucket(g, W0, SF_REDDIT)->count, 2);
    assert_int_equal(bucket(g, -WINDOW, SF_REDDIT)->count, 1);
    assert_int_equal(sf_aggregator_read(g, W0 + 1, W0 + WINDOW, &b, NULL, NULL), 0);
    assert_int_equal(sf_aggregator_read(g, W0, W0, &b, NULL, NULL), 0);
    assert_int_equal(sf_aggregator_read(g, INT64_MIN, INT64_MAX, &b, NULL, NULL), 2);
    assert_true(b[0].start_ms == -WINDOW && b[1].start_ms == W0);
    assert_int_equal(sf_aggregator_read(g, 1, 0, &b, NULL, NULL), SF_EINVAL);
    sf_aggregator_free(g);
}

/* ---- deletes, repeats, contradictions ---- */

static void a_delete_takes_a_post_out_for_good(void **state)
{
    sf_signal s[] = {post(SF_REDDIT, "a", W0, W0, 1), post(SF_REDDIT, "b", W0, W0, 1),
                     post(SF_HACKERNEWS, "a", W0, W0, 1)};
    sf_signal gone = refresh(SF_REDDIT, "a", SF_NO_TIME, NAN), later = post(SF_REDDIT, "a", W0, W0 + MINUTE, 9);
    const sf_bucket *b = NULL;
    size_t n = 9;
    (void)state;
    gone.kind = SF_DELETE;
    sf_aggregator *g = aggregator(s, 3);
    assert_int_equal(bucket(g, W0, SF_REDDIT)->count, 2);
    assert_int_equal(sf_aggregator_add(g, &gone), SF_OK);
    assert_int_equal(bucket(g, W0, SF_REDDIT)->count, 1);
    assert_int_equal(bucket(g, W0, SF_HACKERNEWS)->count, 1);
    assert_int_equal(sf_aggregator_add(g, &later), SF_OK); /* cannot be revived */
    assert_int_equal(bucket(g, W0, SF_REDDIT)->count, 1);
    gone.source_id = s[1].source_id;
    assert_int_equal(sf_aggregator_add(g, &gone), SF_OK);
    assert_null(bucket(g, W0, SF_REDDIT));
    assert_int_equal(sf_aggregator_read(g, W0, W0 + WINDOW, &b, NULL, &n), 1);
    assert_int_equal(n, 0); /* and the event with them */
    sf_aggregator_free(g);
}

static void of_two_readings_of_one_moment_the_better_one_holds(void **state)
{
    sf_signal s[] = {post(SF_REDDIT, "a", W0, W0, 90), refresh(SF_REDDIT, "a", W0, 50),
                     refresh(SF_REDDIT, "a", W0, NAN), refresh(SF_REDDIT, "a", W0, 40)};
    static const int orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}};
    (void)state;
    for (size_t o = 0; o < 4; o++) {
        sf_aggregator *g = aggregator(NULL, 0);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(sf_aggregator_add(g, &s[orders[o][i]]), SF_OK);
        }
        const sf_bucket *b = bucket(g, W0, SF_REDDIT);
        assert_true(b->avg_score == 50.0 && b->score_gain == 50.0 && b->count == 1 && b->active == 1);
        sf_aggregator_free(g);
    }
    s[1].previous_score = 20; /* goes with its score */
    s[3].previous_score = 30;
    sf_aggregator *g = aggregator(s, 4);
    assert_true(bucket(g, W0, SF_REDDIT)->score_gain == 30.0);
    sf_aggregator_free(g);
}

/* Of two that contradict each other and have equal rights the same one always holds. */
static void contradictions_end_the_same_way(void **state)
{
    sf_signal s[] = {post(SF_REDDIT, "a", W0, W0, 1), post(SF_REDDIT, "a", W0, W0, 1), post(SF_REDDIT, "b", W0, W0, 1)};
    double velocity[2];
    uint32_t authors[2];
    (void)state;
    s[0].author = s[1].author = s[2].author = sf_cstr("bob");
    s[0].velocity = 0.1;
    s[1].velocity = 0.2;
    for (int part = 0; part < 2; part++) { /* velocities differ, then authors */
        for (int order = 0; order < 2; order++) {
            sf_aggregator *g = aggregator(&s[order], 1);
            assert_int_equal(sf_aggregator_add(g, &s[1 - order]), SF_OK);
            assert_int_equal(sf_aggregator_add(g, &s[2]), SF_OK);
            velocity[order] = bucket(g, W0, SF_REDDIT)->avg_velocity;
            authors[order] = bucket(g, W0, SF_REDDIT)->authors;
            sf_aggregator_free(g);
        }
        assert_true(velocity[0] == velocity[1]);
        assert_int_equal(authors[0], authors[1]);
        s[1].velocity = 0.1;
        s[0].author = sf_cstr("ann");
    }
}

static void what_is_refused(void **state)
{
    sf_aggregator_opts o = SF_AGGREGATOR_OPTS_INIT;
    sf_aggregator *g = NULL;
    sf_signal s = post(SF_REDDIT, "a", W0, W0, 1);
    (void)state;
    o.floor = -1;
    assert_int_equal(sf_aggregator_new(&g, &o), SF_EINVAL);
    o.floor = NAN;
    assert_int_equal(sf_aggregator_new(&g, &o), SF_EINVAL);
    assert_null(g);
    assert_int_equal(sf_aggregator_new(&g, NULL), SF_OK);
    s.platform = SF_PLATFORM_COUNT;
    assert_int_equal(sf_aggregator_add(g, &s), SF_EINVAL);
    s = post(SF_REDDIT, "", W0, W0, 1);
    assert_int_equal(sf_aggregator_add(g, &s), SF_EINVAL);
    s = post(SF_REDDIT, "a", SF_NO_TIME, SF_NO_TIME, 1);
    assert_int_equal(sf_aggregator_add(g, &s), SF_EINVAL);
    s = post(SF_REDDIT, "a", W0, INT64_MAX, 1);
    assert_int_equal(sf_aggregator_add(g, &s), SF_EINVAL);
    s = post(SF_REDDIT, "a", W0, SF_NO_TIME, INFINITY); /* a time is enough; infinite points are none */
    assert_int_equal(sf_aggregator_add(g, &s), SF_OK);
    assert_true(isnan(bucket(g, W0, SF_REDDIT)->avg_score));
    assert_int_equal(sf_aggregator_past(g, sf_cstr(""), SF_REDDIT, W0, 1), SF_EINVAL);
    assert_int_equal(sf_aggregator_past(g, sf_cstr("x"), 0, W0, 1), SF_EINVAL);
    assert_int_equal(sf_aggregator_since(g, INT64_MAX), SF_EINVAL);
    sf_aggregator_free(g);
    sf_aggregator_free(NULL);
    sf_aggregator_reset(NULL);
}

/* ---- any input, any order ---- */

#define POSTS   90
#define SIGNALS 700
static const sf_str names[] = {{"ai", 2}, {"apple", 5}, {"b", 1}, {"climate", 7}, {"zürich", 7}};
/* Few of each, so that readings of one moment differ in any of their parts; and with sums that depend on order. */
static const double scores[] = {0.1, 1.0 / 3, 7e5 / 3, 123456.789, NAN};
static const double velocities[] = {0.1, 1.0 / 7, 1e-9 / 3, NAN};
static const char *const authors[] = {"", "ann", "bob", "carl"};

static void random_signals(uint64_t *seed, sf_signal *s, char ids[][8], sf_str topics[][2])
{
    for (size_t i = 0; i < SIGNALS; i++) {
        uint32_t p = random_below(seed, POSTS);
        snprintf(ids[i], sizeof ids[i], "p%u", p / 2);
        int64_t ts = W0 + p * INT64_C(100000), at = ts + random_below(seed, 12) * INT64_C(300000);
        s[i] = post(1 + (int32_t)(p % 4), ids[i], random_below(seed, 4) ? ts : SF_NO_TIME, at,
                    scores[random_below(seed, 5)]);
        s[i].kind = (int32_t)random_below(seed, 3);
        s[i].author = sf_cstr(authors[random_below(seed, 4)]);
        s[i].sentiment.compound = random_below(seed, 2) ? 0.1 : -0.7;
        s[i].sentiment_cover = random_below(seed, 2) ? 0.9 : 0.2;
        s[i].velocity = velocities[random_below(seed, 4)];
        s[i].previous_score = scores[random_below(seed, 5)];
        topics[i][0] = names[p % 5];
        topics[i][1] = names[random_below(seed, 5)];
        s[i].topics = topics[i];
        s[i].n_topics = random_below(seed, 3);
        if (random_below(seed, 200) == 0) {
            s[i].kind = SF_DELETE;
        }
    }
}

static void assert_same_bits(const void *a, const void *b, size_t topic_offset, size_t size)
{
    sf_str x, y;
    memcpy(&x, (const char *)a + topic_offset, sizeof x);
    memcpy(&y, (const char *)b + topic_offset, sizeof y);
    assert_true(x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0);
    size_t after = topic_offset + sizeof x; /* the topic comes first in both structs */
    assert_memory_equal((const char *)a + after, (const char *)b + after, size - after);
}

static void any_order_gives_the_same_bits(void **state)
{
    static sf_signal s[SIGNALS];
    static char ids[SIGNALS][8];
    static sf_str topics[SIGNALS][2];
    (void)state;
    for (uint64_t round = 0; round < 20; round++) {
        uint64_t seed = round;
        const sf_bucket *b1, *b2;
        const sf_event *e1, *e2;
        size_t n1, n2;
        random_signals(&seed, s, ids, topics);
        sf_aggregator *one = aggregator(s, SIGNALS), *two = aggregator(NULL, 0);
        for (int64_t w = 0; w < 30; w++) {
            sf_aggregator_past(one, names[0], SF_REDDIT, W0 - w * WINDOW, (uint32_t)w);
        }
        for (size_t i = SIGNALS - 1; i > 0; i--) { /* shuffle */
            size_t j = random_below(&seed, (uint32_t)i + 1);
            sf_signal t = s[i];
            s[i] = s[j];
            s[j] = t;
        }
        for (size_t i = 0; i < SIGNALS; i++) {
            assert_int_equal(sf_aggregator_add(two, &s[i]), SF_OK);
            assert_int_equal(sf_aggregator_add(two, &s[random_below(&seed, (uint32_t)i + 1)]), SF_OK); /* again */
            if (i % 100 == 0) { /* reading in between changes nothing */
                assert_true(sf_aggregator_read(two, INT64_MIN, INT64_MAX, NULL, NULL, NULL) >= 0);
            }
        }
        for (int64_t w = 30; w-- > 0;) {
            sf_aggregator_past(two, names[0], SF_REDDIT, W0 - w * WINDOW, (uint32_t)w);
        }
        int64_t from = W0 - WINDOW, to = W0 + 20 * WINDOW;
        int64_t n = sf_aggregator_read(one, from, to, &b1, &e1, &n1);
        assert_true(n > 50 && n1 > 5);
        assert_int_equal(sf_aggregator_read(two, from, to, &b2, &e2, &n2), n);
        assert_int_equal(n1, n2);
        for (int64_t i = 0; i < n; i++) {
            assert_same_bits(&b1[i], &b2[i], offsetof(sf_bucket, topic), sizeof *b1);
        }
        for (size_t i = 0; i < n1; i++) {
            assert_same_bits(&e1[i], &e2[i], offsetof(sf_event, topic), sizeof *e1);
        }
        sf_aggregator_free(one);
        sf_aggregator_free(two);
    }
}

/* Counted once more, the slow way: every bucket's posts are looked for among all signals. */
static void agrees_with_plain_counting(void **state)
{
    static sf_signal s[SIGNALS];
    static char ids[SIGNALS][8];
    static sf_str topics[SIGNALS][2];
    uint64_t seed = 99;
    const sf_bucket *b;
    (void)state;
    random_signals(&seed, s, ids, topics);
    for (size_t i = 0; i < SIGNALS; i++) {
        s[i].observed_ms += (int64_t)i; /* no two at once */
    }
    sf_aggregator *g = aggregator(s, SIGNALS);
    int64_t n = sf_aggregator_read(g, INT64_MIN, INT64_MAX, &b, NULL, NULL), posts = 0, counted = 0;
    for (int64_t i = 0; i < n; i++) {
        counted += b[i].count;
        if (i > 0) { /* in order, none twice */
            int later = b[i].start_ms > b[i - 1].start_ms;
            int c = strcmp(b[i].topic.ptr, b[i - 1].topic.ptr);
            assert_true(later || (b[i].start_ms == b[i - 1].start_ms &&
                                  (c > 0 || (c == 0 && b[i].platform > b[i - 1].platform))));
        }
    }
    for (size_t i = 0; i < SIGNALS; i++) { /* for the first signal of each post: how many topics it has in the end */
        const sf_signal *text = NULL;
        int first = 1, gone = 0;
        for (size_t j = 0; j < SIGNALS; j++) {
            if (s[j].platform != s[i].platform || strcmp(ids[j], ids[i]) != 0) {
                continue;
            }
            first = first && j >= i;
            gone = gone || s[j].kind == SF_DELETE;
            if (text == NULL || s[j].observed_ms > text->observed_ms) {
                text = &s[j];
            }
        }
        if (first && !gone) {
            size_t k = text->n_topics;
            posts += (int64_t)(k == 2 && text->topics[0].ptr == text->topics[1].ptr ? 1 : k);
        }
    }
    assert_true(posts > 30);
    assert_int_equal(counted, posts);
    sf_aggregator_free(g);
}

static void a_reset_aggregator_is_as_new(void **state)
{
    static sf_signal s[SIGNALS];
    static char ids[SIGNALS][8];
    static sf_str topics[SIGNALS][2];
    uint64_t seed = 5;
    const sf_bucket *b;
    size_t events = 1;
    (void)state;
    random_signals(&seed, s, ids, topics);
    sf_aggregator *g = aggregator(s, SIGNALS);
    sf_aggregator_since(g, 0);
    int64_t n = sf_aggregator_read(g, INT64_MIN, INT64_MAX, &b, NULL, NULL);
    double sum = b[n / 2].avg_score;
    sf_aggregator_reset(g);
    assert_int_equal(sf_aggregator_read(g, INT64_MIN, INT64_MAX, &b, NULL, &events), 0);
    assert_int_equal(events, 0);
    for (size_t i = SIGNALS; i-- > 0;) {
        assert_int_equal(sf_aggregator_add(g, &s[i]), SF_OK);
    }
    assert_int_equal(sf_aggregator_read(g, INT64_MIN, INT64_MAX, &b, NULL, NULL), n);
    assert_memory_equal(&b[n / 2].avg_score, &sum, sizeof sum);
    sf_aggregator_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_bucket_counts),
        cmocka_unit_test(the_gain_needs_to_know_what_came_before),
        cmocka_unit_test(several_topics_and_the_newest_text_holds),
        cmocka_unit_test(event_times),
        cmocka_unit_test(windows_are_half_open_and_work_before_1970),
        cmocka_unit_test(a_delete_takes_a_post_out_for_good),
        cmocka_unit_test(of_two_readings_of_one_moment_the_better_one_holds),
        cmocka_unit_test(contradictions_end_the_same_way),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(any_order_gives_the_same_bits),
        cmocka_unit_test(agrees_with_plain_counting),
        cmocka_unit_test(a_reset_aggregator_is_as_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
