/* SPDX-License-Identifier: MIT */
/* The ids that a poller has met: known ones stay known, old ones go, and their number is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sources/seen.h"

#define HOUR ((int64_t)3600000)

static const int64_t start = 1767225600000;

static sf_seen *new_seen(size_t most)
{
    sf_seen *s = NULL;
    assert_int_equal(sf_seen_new(&s, most, SF_SEEN_MS), SF_OK);
    return s;
}

static void each_is_new_once(void **state)
{
    sf_seen *s = new_seen(SF_SEEN_MOST);
    (void)state;
    assert_true(sf_seen_at(s, 1) == SF_NO_TIME);
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t id = 0; id < 5000; id++) {
            assert_int_equal(sf_seen_add(s, id << 20 | id, start + (int64_t)round * HOUR), round == 0);
        }
    }
    assert_int_equal(sf_seen_count(s), 5000);
    assert_true(sf_seen_at(s, 7 << 20 | 7) == start + HOUR);
    assert_true(sf_seen_at(s, 6 << 20 | 7) == SF_NO_TIME);
    assert_int_equal(sf_seen_add(s, UINT64_MAX, start), 1);
    assert_int_equal(sf_seen_add(s, UINT64_MAX, start - HOUR), 0); /* time does not run backwards */
    assert_true(sf_seen_at(s, UINT64_MAX) == start);
    sf_seen_free(s);
    sf_seen_free(NULL);
}

static void authors_can_be_asked(void **state)
{
    sf_seen *s = new_seen(SF_SEEN_MOST);
    uint64_t ids[3];
    (void)state;
    assert_int_equal(sf_seen_of(s, 7, ids, 3), 0);
    for (uint64_t id = 1; id <= 5000; id++) { /* the table grows under it */
        assert_int_equal(sf_seen_add(s, id, start + (int64_t)id), 1);
        assert_int_equal(id % 10 == 0 ? SF_OK : sf_seen_mark(s, id, (uint32_t)(id % 10)), SF_OK);
    }
    assert_int_equal(sf_seen_mark(s, 6000, 7), SF_OK); /* is not known */
    assert_int_equal(sf_seen_of(s, 7, ids, 3), 500);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ids[i] % 10, 7);
        assert_int_equal(sf_seen_author(s, ids[i]), 7);
    }
    assert_int_equal(sf_seen_of(s, 0, ids, 3), 0);
    assert_int_equal(sf_seen_author(s, 10), 0);
    assert_int_equal(sf_seen_author(s, 6000), 0);
    assert_int_equal(sf_seen_add(s, 17, start + HOUR), 0);
    assert_int_equal(sf_seen_author(s, 17), 7);
    sf_seen_expire(s, start + 73 * HOUR, NULL, NULL);
    assert_int_equal(sf_seen_of(s, 7, ids, 3), 1);
    sf_seen_free(s);
}

static void count(void *payload, uint64_t id)
{
    uint64_t *sum = payload;
    *sum += id;
}

static void what_was_not_named_for_long_goes(void **state)
{
    sf_seen *s = new_seen(SF_SEEN_MOST);
    uint64_t sum = 0;
    (void)state;
    for (uint64_t id = 1; id <= 100; id++) {
        assert_int_equal(sf_seen_add(s, id, start), 1);
    }
    assert_int_equal(sf_seen_add(s, 50, start + 40 * HOUR), 0); /* named again */
    sf_seen_expire(s, start + 72 * HOUR, count, &sum);
    assert_int_equal(sum, 0);
    sf_seen_expire(s, start + 72 * HOUR + 60000, count, &sum);
    assert_int_equal(sum, 5050 - 50);
    assert_int_equal(sf_seen_count(s), 1);
    assert_true(sf_seen_at(s, 50) != SF_NO_TIME);
    assert_int_equal(sf_seen_add(s, 51, start + 72 * HOUR), 1);
    sf_seen_expire(s, start + 400 * HOUR, NULL, NULL);
    assert_int_equal(sf_seen_count(s), 0);
    sf_seen_free(s);
}

static void their_number_is_bounded(void **state)
{
    sf_seen *s = new_seen(1000);
    uint64_t forgotten = 0;
    (void)state;
    for (uint64_t id = 1; id <= 1000; id++) {
        assert_int_equal(sf_seen_add(s, id, start + (int64_t)id * 60000), 1);
    }
    sf_seen_expire(s, start + HOUR, count, &forgotten);
    assert_int_equal(sf_seen_count(s), 750);
    assert_int_equal(forgotten, 250 * 251 / 2); /* the oldest */
    sf_seen_free(s);
    s = new_seen(1000); /* all of one age */
    for (uint64_t id = 1; id <= 1500; id++) {
        assert_int_equal(sf_seen_add(s, id, start), 1);
    }
    sf_seen_expire(s, start, NULL, NULL);
    assert_true(sf_seen_count(s) <= 1000);
    sf_seen_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_new_once),
        cmocka_unit_test(authors_can_be_asked),
        cmocka_unit_test(what_was_not_named_for_long_goes),
        cmocka_unit_test(their_number_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
