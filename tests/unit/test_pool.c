/* SPDX-License-Identifier: MIT */
/* The pool: every item once, in the lane it belongs to, whatever the numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/pool.h"

typedef struct job {
    unsigned char seen[1000];
    size_t lane[1000];
    size_t slices[16];
    size_t fail_from; /* lanes from here on fail with -lane - 100 */
} job;

static int mark(void *payload, size_t lane, size_t begin, size_t end)
{
    job *j = payload;
    j->slices[lane]++;
    for (size_t i = begin; i < end; i++) {
        j->seen[i]++;
        j->lane[i] = lane;
    }
    return lane >= j->fail_from ? -100 - (int)lane : 0;
}

static void every_item_is_worked_on_once(void **state)
{
    (void)state;
    for (size_t lanes = 1; lanes <= 9; lanes += 4) {
        sf_pool *p = NULL;
        assert_int_equal(sf_pool_new(&p, lanes), SF_OK);
        assert_int_equal(sf_pool_lanes(p), lanes);
        for (size_t n = 0; n < 40; n++) {
            job j = {.fail_from = 100};
            assert_int_equal(sf_pool_run(p, n, mark, &j), SF_OK);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(j.seen[i], 1);
                assert_true(i == 0 || j.lane[i] == j.lane[i - 1] || j.lane[i] == j.lane[i - 1] + 1);
            }
            assert_int_equal(j.seen[n], 0);
            for (size_t l = 0; l < lanes; l++) {
                assert_int_equal(j.slices[l], l < n); /* fair: no lane has two items more than another */
            }
        }
        sf_pool_free(p);
    }
}

static void the_first_failure_by_lane_is_returned(void **state)
{
    sf_pool *p = NULL;
    (void)state;
    assert_int_equal(sf_pool_new(&p, 4), SF_OK);
    for (int round = 0; round < 50; round++) {
        job j = {.fail_from = 1};
        assert_int_equal(sf_pool_run(p, 100, mark, &j), -101);
        j.fail_from = 3;
        assert_int_equal(sf_pool_run(p, 100, mark, &j), -103);
        j.fail_from = 100;
        assert_int_equal(sf_pool_run(p, 100, mark, &j), SF_OK);
        j.fail_from = 1;
        assert_int_equal(sf_pool_run(p, 1, mark, &j), SF_OK); /* the others had nothing to do */
    }
    sf_pool_free(p);
}

static void a_pool_has_a_lane(void **state)
{
    sf_pool *p = NULL;
    (void)state;
    assert_int_equal(sf_pool_new(&p, 0), SF_EINVAL);
    sf_pool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_worked_on_once),
        cmocka_unit_test(the_first_failure_by_lane_is_returned),
        cmocka_unit_test(a_pool_has_a_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
