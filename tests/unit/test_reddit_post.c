/* SPDX-License-Identifier: MIT */
/* The rules for the two tables of Reddit: in any order, whatever is repeated, the same row comes out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "stores/reddit_post.h"

#define T0 INT64_C(1767323700000)

typedef struct look {
    int32_t kind;
    int64_t at_ms, ts_ms;
    const char *title, *author;
    double score, comments;
} look;

static sf_signal signal_of(const look *l)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = SF_REDDIT;
    s.kind = l->kind;
    s.source_id = sf_cstr("t3_1");
    s.title = sf_cstr(l->title);
    s.author = sf_cstr(l->author);
    s.raw_score = l->score;
    s.comments = l->comments;
    s.ts_ms = l->ts_ms;
    s.observed_ms = l->at_ms;
    return s;
}

/* The row and whose features stand beside it, as text. */
typedef struct row {
    sf_reddit_post post;
    char features[40];
} row;

static sf_record_state merge(row *r, sf_signal *s)
{
    sf_record x = {.signal = s};
    sf_reddit_merge(&r->post, &x);
    if (r->post.text_gone) {
        r->features[0] = '\0';
    } else if (r->post.text != NULL) {
        snprintf(r->features, sizeof r->features, "%s", r->post.text->title.ptr);
    }
    return x.state;
}

static void describe(const row *r, char *out, size_t cap)
{
    const sf_reddit_post *p = &r->post;
    snprintf(out, cap, "%s|%s|%g|%g|%lld|%lld|%lld|%lld|%s", p->title.ptr, p->author.ptr, p->score, p->comments,
             (long long)p->created_ms, (long long)p->observed_ms, (long long)p->deleted_ms, (long long)p->text_ms,
             r->features);
}

/* Every order of the looks, each of them once more at the end, gives this row. */
static void assert_any_order(const look *v, size_t n, const char *wanted)
{
    size_t order[6], at[6] = {0};
    sf_signal signals[6];
    char got[300];
    assert_true(n <= 6);
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        signals[i] = signal_of(&v[i]);
    }
    for (size_t k = 0; k < n;) { /* Heap's way through all permutations */
        row r = {.features = ""};
        sf_reddit_post_init(&r.post, sf_cstr("t3_1"));
        for (size_t i = 0; i < n; i++) {
            merge(&r, &signals[order[i]]);
        }
        for (size_t i = 0; i < n; i++) {
            assert_int_not_equal(merge(&r, &signals[order[i]]), SF_RECORD_ACCEPTED);
        }
        describe(&r, got, sizeof got);
        assert_string_equal(got, wanted);
        for (k = 0; k < n && at[k] >= k; k++) {
            at[k] = 0;
        }
        if (k < n) {
            size_t other = k % 2 == 0 ? 0 : at[k], held = order[k];
            order[k] = order[other];
            order[other] = held;
            at[k]++;
        }
    }
}

static void any_order_gives_the_same_row(void **state)
{
    static const look v[] = {
        {SF_POST, T0, T0 - 50, "First", "ann", 5, 1},   {SF_POST, T0 + 10, T0 - 50, "Edited", "ann", NAN, 2},
        {SF_POST, T0 + 20, SF_NO_TIME, "", "", 9, NAN}, {SF_POST, T0 + 30, T0 - 60, "", "bob", NAN, NAN},
        {SF_POST, T0 + 20, SF_NO_TIME, "", "", 7, NAN},
    };
    (void)state;
    assert_any_order(v, 5, "Edited|ann|9|2|1767323699940|1767323700030|-9223372036854775808|1767323700010|Edited");
}

static void of_two_at_the_same_moment_the_greater_counts(void **state)
{
    static const look v[] = {
        {SF_POST, T0, SF_NO_TIME, "Aa", "zoe", 5, 1},
        {SF_POST, T0, SF_NO_TIME, "Ab", "ann", 3, 4},
        {SF_POST, T0, SF_NO_TIME, "Ab", "bob", NAN, NAN},
    };
    (void)state;
    assert_any_order(v, 3, "Ab|bob|5|4|-9223372036854775808|1767323700000|-9223372036854775808|1767323700000|Ab");
}

static void a_delete_takes_the_text_for_good(void **state)
{
    static const look v[] = {
        {SF_POST, T0, T0 - 50, "First", "ann", 5, 1},
        {SF_DELETE, T0 + 10, SF_NO_TIME, "", "", NAN, NAN},
        {SF_POST, T0 + 20, T0 - 50, "Back again", "ann", 6, 1},
        {SF_DELETE, T0 + 30, SF_NO_TIME, "", "", NAN, NAN},
    };
    (void)state;
    assert_any_order(v, 4, "||6|1|1767323699950|1767323700030|1767323700010|-9223372036854775808|");
}

static void records_are_told_what_became_of_them(void **state)
{
    static const look v[] = {{SF_POST, T0, SF_NO_TIME, "A", "", 5, 1}, {SF_POST, T0 - 10, SF_NO_TIME, "", "", 4, NAN}};
    row r = {.features = ""};
    sf_signal s = signal_of(&v[0]), late = signal_of(&v[1]);
    (void)state;
    sf_reddit_post_init(&r.post, sf_cstr("t3_1"));
    assert_int_equal(merge(&r, &s), SF_RECORD_ACCEPTED);
    assert_int_equal(merge(&r, &s), SF_RECORD_UNCHANGED);
    assert_int_equal(merge(&r, &late), SF_RECORD_STALE);
}

static void comments_and_other_platforms_are_left_out(void **state)
{
    static const look v = {SF_COMMENT, T0, SF_NO_TIME, "", "", 5, 1};
    sf_signal s = signal_of(&v);
    sf_record r = {.signal = &s}, none = {.signal = NULL}, bad = {.signal = &s, .state = SF_RECORD_REJECTED};
    (void)state;
    assert_false(sf_reddit_record_counts(&r));
    assert_int_equal(r.state, SF_RECORD_UNCHANGED);
    assert_false(sf_reddit_record_counts(&none));
    assert_false(sf_reddit_record_counts(&bad));
    assert_int_equal(bad.state, SF_RECORD_REJECTED);
    s.kind = SF_DELETE;
    s.source_id = sf_cstr("t1_1");
    assert_false(sf_reddit_record_counts(&r)); /* a comment's */
    s.source_id = sf_cstr("t3_1");
    assert_true(sf_reddit_record_counts(&r));
    s.platform = SF_YOUTUBE;
    assert_false(sf_reddit_record_counts(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_row),
        cmocka_unit_test(of_two_at_the_same_moment_the_greater_counts),
        cmocka_unit_test(a_delete_takes_the_text_for_good),
        cmocka_unit_test(records_are_told_what_became_of_them),
        cmocka_unit_test(comments_and_other_platforms_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
