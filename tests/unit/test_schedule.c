/* SPDX-License-Identifier: MIT */
/* When posts are looked at again: the steps, what hastens and slows them, and the heap beside a plain list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>

#include "sources/schedule.h"
#include "support/random.h"

#define MINUTE ((int64_t)60000)
#define HOUR   (60 * MINUTE)

static const int64_t start = 1767225600000;

/* Looks at a post until it is dropped. It has `gain` points more each time. Returns the number of looks; their ages in minutes. */
static int live(double gain, double fastest, int64_t *ages, int most)
{
    sf_tracked t = {.first_ms = start, .observed_ms = start, .score = 1, .comments = NAN};
    int n = 0;
    for (int64_t due = start + 5 * MINUTE; due != SF_NO_TIME && n < most; due = sf_tracked_next(&t, due)) {
        assert_int_equal(sf_tracked_observe(&t, due, t.score + gain, NAN, fastest), gain != 0);
        ages[n++] = (due - start) / MINUTE;
    }
    return n;
}

static void looks_grow_rare_with_age(void **state)
{
    int64_t ages[600];
    int n = live(1, 1e9, ages, 600), at = 0;
    (void)state;
    for (int64_t age = 5; age <= 60; age += 5) {
        assert_int_equal(ages[at++], age);
    }
    for (int64_t age = 75; age <= 360; age += 15) {
        assert_int_equal(ages[at++], age);
    }
    for (int64_t age = 420; age <= 24 * 60; age += 60) {
        assert_int_equal(ages[at++], age);
    }
    for (int64_t age = 30 * 60; age <= 72 * 60; age += 6 * 60) {
        assert_int_equal(ages[at++], age);
    }
    assert_int_equal(n, at); /* no more after 72 h */
    assert_int_equal(n, 12 + 20 + 18 + 8);
}

static void fast_ones_are_looked_at_more_often(void **state)
{
    int64_t ages[600];
    int n = live(1000000, 0.01, ages, 600);
    (void)state;
    assert_int_equal(ages[11], 60);
    assert_int_equal(ages[12], 67); /* 7.5 min */
    assert_int_equal(ages[n - 1], 72 * 60);
    assert_int_equal(n, 12 + 40 + 36 + 16);
}

static void quiet_ones_are_looked_at_less_but_not_given_up(void **state)
{
    int64_t ages[600];
    int n = live(0, 0.01, ages, 600);
    (void)state;
    assert_int_equal(ages[0], 5);
    assert_int_equal(ages[1], 10);
    assert_int_equal(ages[2], 20); /* two in a row found nothing */
    assert_int_equal(ages[3], 30);
    assert_int_equal(ages[n - 1], 72 * 60);
    assert_in_range(n, 25, 35);
}

static void what_is_counted_hastens(void **state)
{
    sf_tracked t = {.first_ms = start, .observed_ms = start, .due_ms = start + 6 * HOUR, .rate = NAN};
    (void)state;
    t.likes = 2;
    assert_int_equal(sf_tracked_hasten(&t, start + MINUTE), t.due_ms); /* 3 are a burst */
    t.reposts = 1;
    assert_int_equal(sf_tracked_hasten(&t, start + MINUTE), start + 5 * MINUTE);
    assert_int_equal(sf_tracked_hasten(&t, start + 2 * HOUR), start + 2 * HOUR);
    t.rate = 0.01F; /* 36 an hour are usual */
    t.likes = 70;
    assert_int_equal(sf_tracked_hasten(&t, start + HOUR), t.due_ms);
    t.replies = 10;
    assert_int_equal(sf_tracked_hasten(&t, start + HOUR), start + HOUR);
    t.due_ms = start + 4 * MINUTE; /* never later than it was due */
    assert_int_equal(sf_tracked_hasten(&t, start + HOUR), t.due_ms);
}

static void what_counts_as_news(void **state)
{
    sf_tracked t = {.first_ms = start, .observed_ms = start, .score = 5, .comments = NAN};
    (void)state;
    assert_int_equal(sf_tracked_observe(&t, start + MINUTE, 5, NAN, 1), 0);
    assert_int_equal(sf_tracked_observe(&t, start + MINUTE, 5, 3, 1), 1); /* known now */
    assert_int_equal(sf_tracked_observe(&t, start + MINUTE, NAN, NAN, 1), 0);
    assert_true(t.score == 5 && t.comments == 3);
    t.missed = 2;
    t.quiet = 4;
    assert_int_equal(sf_tracked_observe(&t, start + 2 * MINUTE, 4, 3, 1), 1); /* fallen */
    assert_true(t.missed == 0 && t.quiet == 0 && !t.fast);
    assert_int_equal(sf_tracked_observe(&t, start + 3 * MINUTE, 64, 3, 1), 1);
    assert_true(t.fast);
    assert_int_equal(sf_tracked_observe(&t, start + 3 * MINUTE + 1, 65, 3, 1), 1); /* no minute has passed */
    assert_true(!t.fast);
}

/* The earliest of a plain list that the heap is compared with. */
static const sf_tracked *earliest(sf_schedule *s)
{
    const sf_tracked *first = NULL;
    for (size_t i = 0; i < sf_schedule_count(s); i++) {
        const sf_tracked *t = sf_schedule_at(s, i);
        if (first == NULL || t->due_ms < first->due_ms || (t->due_ms == first->due_ms && t->id < first->id)) {
            first = t;
        }
    }
    return first;
}

static void the_heap_finds_what_a_list_would(void **state)
{
    enum { IDS = 3000, ROUNDS = 30000 };
    static unsigned char there[IDS];
    sf_schedule *s = NULL;
    uint64_t random = 1;
    size_t n = 0;
    (void)state;
    assert_int_equal(sf_schedule_new(&s), SF_OK);
    assert_null(sf_schedule_first(s));
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t id = random_below(&random, IDS);
        int64_t due = start + random_below(&random, 500);
        sf_tracked *t = sf_schedule_find(s, id * 977);
        assert_int_equal(t != NULL, there[id]);
        if (t == NULL) {
            t = sf_schedule_add(s, id * 977, start, due);
            assert_non_null(t);
            assert_ptr_equal(sf_schedule_add(s, id * 977, start, due + 1), t); /* stays as it is */
            assert_true(t->due_ms == due);
            n++;
        } else if (random_below(&random, 3) == 0) {
            sf_schedule_remove(s, t);
            n--;
        } else {
            sf_schedule_move(s, t, due);
        }
        there[id] = sf_schedule_find(s, id * 977) != NULL;
        assert_int_equal(sf_schedule_count(s), n);
        if (round % 100 == 0) {
            assert_ptr_equal(sf_schedule_first(s), earliest(s));
        }
    }
    int64_t before = 0;
    for (sf_tracked *t; (t = sf_schedule_first(s)) != NULL; sf_schedule_remove(s, t)) {
        assert_true(t->due_ms >= before);
        before = t->due_ms;
    }
    assert_int_equal(sf_schedule_count(s), 0);
    sf_schedule_free(s);
    sf_schedule_free(NULL);
}

static void a_post_survives_as_text(void **state)
{
    char text[SF_TRACKED_TEXT], again[SF_TRACKED_TEXT], longest[SF_TRACKED_NAME];
    sf_tracked t = {.id = 7,
                    .first_ms = start,
                    .observed_ms = start + 1,
                    .due_ms = start + 2,
                    .score = 0.1,
                    .comments = NAN,
                    .text = UINT32_MAX,
                    .unsaid = 3,
                    .quiet = 4,
                    .missed = 2,
                    .gone = 1};
    sf_tracked back = {.id = 7};
    sf_str name;
    (void)state;
    size_t len = sf_tracked_write(&t, sf_cstr(""), text);
    assert_true(len > 0);
    assert_int_equal(sf_tracked_read((sf_str){text, len}, &back, &name), SF_OK);
    assert_true(back.first_ms == t.first_ms && back.observed_ms == t.observed_ms && back.due_ms == t.due_ms);
    assert_true(back.score == t.score && isnan(back.comments) && back.text == t.text && back.missed == 2);
    assert_true(back.unsaid == 3 && back.quiet == 4 && back.gone == 1 && back.fast == 0);
    assert_int_equal(sf_tracked_write(&back, name, again), len);
    assert_string_equal(again, text);
    t = (sf_tracked){.id = UINT64_MAX,
                     .first_ms = ((int64_t)1 << 53) - 1,
                     .observed_ms = ((int64_t)1 << 53) - 1,
                     .due_ms = ((int64_t)1 << 53) - 1,
                     .score = -SF_MAX_NUMBER,
                     .comments = -1.2345678901234567e-300,
                     .text = UINT32_MAX,
                     .checked_ms = UINT32_MAX,
                     .unsaid = UINT8_MAX,
                     .quiet = UINT8_MAX,
                     .missed = UINT8_MAX};
    memset(longest, 'x', sizeof longest);
    len = sf_tracked_write(&t, (sf_str){longest, sizeof longest}, text);
    assert_true(len > 0); /* the longest fits */
    assert_int_equal(sf_tracked_read((sf_str){text, len}, &back, &name), SF_OK);
    assert_int_equal(name.len, sizeof longest);
    len = sf_tracked_write(&t, sf_cstr(""), text);
    assert_int_equal(sf_tracked_read((sf_str){text, len}, &back, &name), SF_OK);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_equal(sf_tracked_read((sf_str){text, cut}, &back, &name), SF_EPARSE);
    }
    assert_int_equal(sf_tracked_read(sf_cstr("1 2 3 inf 5 6 10 7 8 9 0 0"), &back, &name), SF_EPARSE);
    assert_int_equal(sf_tracked_read(sf_cstr("1 2 3 4 5 6 10 7 8 9 2 0"), &back, &name), SF_EPARSE);
    assert_int_equal(sf_tracked_read(sf_cstr("-1 2 3 4 5 6 10 7 8 9 0 0"), &back, &name), SF_EPARSE);
    assert_int_equal(sf_tracked_read(sf_cstr("1 2 3 4 5 6 10 7 8 9 0 0 "), &back, &name), SF_EPARSE);
    assert_int_equal(sf_tracked_read(sf_cstr("1 2 3 4 5 6 10 7 8 9 0 0"), &back, &name), SF_OK);
    assert_int_equal(sf_tracked_read(sf_cstr("1 2 3 4 5 fedcba9876543210 10 7 8 9 0 0 x"), &back, &name), SF_OK);
    assert_int_equal(back.text, 0x76543210); /* an earlier version's */
}

/* The name of an id in round n, of any length. */
static sf_str name_of(uint64_t id, int n, char buf[SF_TRACKED_NAME])
{
    size_t len = 1 + (size_t)(id * 7919 + (uint64_t)n * 131) % (id % 50 == 0 ? SF_TRACKED_NAME : 40);
    for (size_t i = 0; i < len; i++) {
        buf[i] = (char)('a' + (id + i + (uint64_t)n) % 26);
    }
    return (sf_str){buf, len};
}

static void names_stay_with_their_posts(void **state)
{
    enum { IDS = 2000, ROUNDS = 20000 };
    static int named[IDS]; /* the round in which it got its name + 1; 0: it is not there */
    char buf[SF_TRACKED_NAME + 1];
    sf_schedule *s = NULL;
    uint64_t random = 3;
    (void)state;
    assert_int_equal(sf_schedule_new(&s), SF_OK);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t id = random_below(&random, IDS);
        sf_tracked *t = sf_schedule_find(s, id + 1);
        assert_int_equal(t != NULL, named[id] != 0);
        if (t != NULL) {
            sf_str want = name_of(id, named[id] - 1, buf), got = sf_schedule_name_of(s, t);
            assert_int_equal(got.len, want.len);
            assert_memory_equal(got.ptr, want.ptr, want.len);
        }
        if (t != NULL && random_below(&random, 2) == 0) {
            sf_schedule_remove(s, t);
            named[id] = 0;
            continue;
        }
        t = sf_schedule_add(s, id + 1, start, start); /* or another name for it */
        assert_non_null(t);
        assert_int_equal(named[id] == 0, sf_schedule_name_of(s, t).len == 0);
        assert_int_equal(sf_schedule_name(s, t, name_of(id, round, buf)), SF_OK);
        named[id] = round + 1;
    }
    assert_int_equal(sf_schedule_name(s, sf_schedule_at(s, 0), (sf_str){buf, sizeof buf}), SF_ENOMEM); /* too long */
    sf_schedule_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_grow_rare_with_age),
        cmocka_unit_test(fast_ones_are_looked_at_more_often),
        cmocka_unit_test(quiet_ones_are_looked_at_less_but_not_given_up),
        cmocka_unit_test(what_is_counted_hastens),
        cmocka_unit_test(what_counts_as_news),
        cmocka_unit_test(the_heap_finds_what_a_list_would),
        cmocka_unit_test(a_post_survives_as_text),
        cmocka_unit_test(names_stay_with_their_posts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
