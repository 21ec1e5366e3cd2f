/* SPDX-License-Identifier: MIT */
/* What sf-process remembers of posts: velocity, trend, who is forgotten. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "sf-process/tracker.h"
#include "support/random.h"

#define T0 1767323045000

static sf_signal look(const char *id, int64_t seconds, double score, double comments)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = SF_REDDIT;
    s.kind = SF_REFRESH;
    s.source_id = sf_cstr(id);
    s.observed_ms = T0 + seconds * 1000;
    s.raw_score = score;
    s.comments = comments;
    return s;
}

static sf_tracker *new_tracker(size_t posts)
{
    sf_tracker *t = NULL;
    assert_int_equal(sf_tracker_new(&t, posts, sf_lexicon_builtin()), SF_OK);
    return t;
}

static void observe(sf_tracker *t, sf_signal *s)
{
    sf_tracker_observe(t, s, NULL);
}

static void velocity_is_against_the_look_before(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10);
    sf_signal a = look("t3_1", 0, 45, 2), b = look("t3_1", 300, 1200, 45);
    observe(t, &a);
    observe(t, &b);
    assert_true(isnan(a.velocity) && isnan(a.previous_score) && isnan(a.comment_velocity));
    assert_true(b.velocity == 3.85);
    assert_true(b.previous_score == 45);
    assert_true(round(b.comment_velocity * 1000) / 1000 == 0.143);
    assert_true(b.trending_score > a.trending_score);
    assert_int_equal(b.rising, 1);
    sf_tracker_free(t);
}

static void a_look_without_a_score_is_passed_over(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10);
    sf_signal a = look("1", 0, 10, NAN), b = look("1", 100, NAN, 7), c = look("1", 200, 30, 9);
    observe(t, &a);
    observe(t, &b);
    observe(t, &c);
    assert_true(isnan(b.velocity) && isnan(b.trending_score) && isnan(b.normalised_score));
    assert_int_equal(b.rising, -1);
    assert_true(c.velocity == 0.1);
    assert_true(c.comment_velocity == 0.02);
    sf_tracker_free(t);
}

static void a_late_look_is_unknown_and_changes_nothing(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10), *without = new_tracker(10);
    sf_signal a = look("1", 0, 10, 1), late = look("1", -500, 5, 0), b = look("1", 100, 20, 3), c = b;
    observe(t, &a);
    observe(t, &late);
    observe(t, &b);
    a = look("1", 0, 10, 1);
    observe(without, &a);
    observe(without, &c);
    assert_true(isnan(late.velocity) && isnan(late.trending_score) && isnan(late.previous_score));
    assert_int_equal(late.rising, -1);
    assert_true(b.velocity == 0.1 && b.velocity == c.velocity && b.trending_score == c.trending_score);
    assert_true(b.comment_velocity == 0.02);
    sf_tracker_free(t);
    sf_tracker_free(without);
}

static void the_latest_look_comes_again_with_the_same_velocity(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10);
    sf_signal a = look("1", 0, 45, 2), b = look("1", 300, 1200, 45), again = b, more = look("1", 300, 1300, 46);
    sf_signal next = look("1", 400, 1400, NAN);
    observe(t, &a);
    observe(t, &b);
    observe(t, &again);
    assert_true(again.previous_score == 45 && again.velocity == 3.85 && again.velocity == b.velocity);
    assert_true(again.comment_velocity == b.comment_velocity && again.trending_score == b.trending_score);
    assert_int_equal(again.rising, b.rising);
    /* fast, but slowing: seen twice, it is no more rising than seen once */
    sf_signal s1 = look("2", 0, 0, 0), s2 = look("2", 300, 9000, 0), s3 = look("2", 900, 9900, 0), s4 = s3;
    observe(t, &s1);
    observe(t, &s2);
    observe(t, &s3);
    observe(t, &s4);
    assert_int_equal(s2.rising, 1);
    assert_int_equal(s3.rising, 0);
    assert_int_equal(s4.rising, 0);
    observe(t, &more);
    assert_true(more.previous_score == 45);
    observe(t, &next);
    assert_true(next.previous_score == 1300 && next.velocity == 1);
    sf_tracker_free(t);
}

static void without_a_time_nothing_is_known_or_remembered(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10);
    sf_signal a = look("1", 0, 10, 1), none = look("1", 0, 50, 5), b = look("1", 100, 20, 3);
    none.observed_ms = SF_NO_TIME;
    observe(t, &none);
    observe(t, &a);
    none.raw_score = 70;
    observe(t, &none);
    observe(t, &b);
    assert_true(isnan(none.velocity) && isnan(none.trending_score) && isnan(none.previous_score));
    assert_true(!isnan(none.normalised_score));
    assert_true(b.velocity == 0.1 && b.previous_score == 10);
    sf_tracker_free(t);
}

/* A refresh without text does not say when the post was made; its first sight did. */
static void creation_is_remembered(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10), *other = new_tracker(10);
    sf_signal a = look("1", 0, 10, 1), b = look("1", 600, 500, 3), c = a, d = b;
    a.ts_ms = c.ts_ms = d.ts_ms = T0 - 60000;
    observe(t, &a);
    observe(t, &b);
    observe(other, &c);
    observe(other, &d);
    assert_true(b.trending_score == d.trending_score);
    sf_tracker_free(t);
    sf_tracker_free(other);
}

/* The same as folding the history by hand. */
static void trending_is_the_librarys(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(10);
    sf_trend trend = {0, 0, 0, 0};
    sf_baseline base = sf_lexicon_baseline(sf_lexicon_builtin(), SF_REDDIT);
    for (int i = 0; i < 20; i++) {
        sf_trend_parts parts;
        sf_signal s = look("1", i * 400, 100.0 * i * i, 0);
        s.ts_ms = T0 - 1000;
        double before = sf_trend_rate(&trend);
        double rate = sf_trend_observe(&trend, &base, s.raw_score, s.observed_ms, s.ts_ms);
        (void)before;
        sf_tracker_observe(t, &s, &parts);
        assert_true(parts.rate == rate && parts.x == rate / base.v0);
        assert_true(s.trending_score == sf_trending(parts.x, parts.n, parts.r));
        assert_true(parts.r == sf_recency(&base, s.ts_ms, s.observed_ms));
        assert_true(parts.n == s.normalised_score && parts.n == sf_normalised_score(&base, s.raw_score));
    }
    sf_tracker_free(t);
}

static void the_one_not_seen_for_longest_is_forgotten(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(2);
    const char *const ids[] = {"a", "b", "a", "c", "a", "b"}; /* c drives b out, b then drives c out */
    const int known[] = {0, 0, 1, 0, 1, 0};
    for (int i = 0; i < 6; i++) {
        sf_signal s = look(ids[i], 100 * i, 100 + i, 0);
        observe(t, &s);
        assert_true(isnan(s.velocity) == (known[i] == 0));
    }
    assert_int_equal(sf_tracker_count(t), 2);
    assert_int_equal(sf_tracker_evicted(t), 2);
    sf_tracker_free(t);
}

static void a_delete_is_forgotten(void **state)
{
    (void)state;
    sf_tracker *t = new_tracker(2);
    sf_signal a = look("a", 0, 10, 0), gone = look("a", 100, NAN, NAN), again = look("a", 200, 30, 0);
    gone.kind = SF_DELETE;
    observe(t, &a);
    observe(t, &gone);
    assert_int_equal(sf_tracker_count(t), 0);
    observe(t, &gone);
    observe(t, &again);
    assert_true(isnan(again.velocity));
    assert_int_equal(sf_tracker_count(t), 1);
    assert_int_equal(sf_tracker_evicted(t), 0);
    sf_tracker_free(t);
}

/* Against the plainest possible model: an array searched from end to end. */
static void agrees_with_a_plain_model(void **state)
{
    (void)state;
    enum { LIMIT = 37, IDS = 90, STEPS = 20000 };
    struct {
        int id, used;
        double score;
        int64_t seconds;
    } model[LIMIT] = {{0, 0, 0, 0}};
    int n = 0;
    uint64_t seed = 5, evicted = 0;
    sf_tracker *t = new_tracker(LIMIT);
    for (int step = 1; step <= STEPS; step++) {
        char name[16];
        int id = (int)(random_next(&seed) % IDS), at = 0, oldest = 0;
        double score = (double)(random_next(&seed) % 1000);
        while (at < n && model[at].id != id) {
            oldest = model[at].used < model[oldest].used ? at : oldest;
            at++;
        }
        snprintf(name, sizeof name, "%d", id);
        sf_signal s = look(name, step * 60, score, 0);
        observe(t, &s);
        if (at < n) {
            assert_true(s.previous_score == model[at].score);
            assert_true(s.velocity == (score - model[at].score) / (double)(step * 60 - model[at].seconds));
        } else {
            assert_true(isnan(s.velocity));
            evicted += n == LIMIT;
            at = n < LIMIT ? n++ : oldest;
        }
        model[at].id = id;
        model[at].used = step;
        model[at].score = score;
        model[at].seconds = step * 60;
        assert_int_equal(sf_tracker_evicted(t), evicted);
        assert_int_equal(sf_tracker_count(t), n);
    }
    sf_tracker_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(velocity_is_against_the_look_before),
        cmocka_unit_test(a_look_without_a_score_is_passed_over),
        cmocka_unit_test(a_late_look_is_unknown_and_changes_nothing),
        cmocka_unit_test(the_latest_look_comes_again_with_the_same_velocity),
        cmocka_unit_test(without_a_time_nothing_is_known_or_remembered),
        cmocka_unit_test(creation_is_remembered),
        cmocka_unit_test(trending_is_the_librarys),
        cmocka_unit_test(the_one_not_seen_for_longest_is_forgotten),
        cmocka_unit_test(a_delete_is_forgotten),
        cmocka_unit_test(agrees_with_a_plain_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
