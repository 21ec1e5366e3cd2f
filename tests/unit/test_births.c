/* SPDX-License-Identifier: MIT */
/* The time by which a post existed, from the order of ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "sf-process/births.h"

static sf_births *births;

static int set_up(void **state)
{
    (void)state;
    return sf_births_new(&births);
}

static int tear_down(void **state)
{
    (void)state;
    sf_births_free(births);
    return 0;
}

static int64_t seen(int32_t platform, const char *id, int64_t at)
{
    return sf_births_latest(births, platform, sf_cstr(id), at);
}

static void a_higher_id_seen_earlier_is_a_bound(void **state)
{
    (void)state;
    assert_int_equal(seen(SF_HACKERNEWS, "100", 1000), 1000);
    assert_int_equal(seen(SF_HACKERNEWS, "300", 2000), 2000);
    assert_int_equal(seen(SF_HACKERNEWS, "200", 5000), 2000);
    assert_int_equal(seen(SF_HACKERNEWS, "50", 6000), 1000);
    assert_int_equal(seen(SF_HACKERNEWS, "300", 7000), 7000); /* its own first sight is the caller's business */
    assert_int_equal(seen(SF_HACKERNEWS, "150", 1500), 1500); /* late: no bound lies before it */
    assert_int_equal(seen(SF_HACKERNEWS, "400", 1200), 1200); /* a clock that ran backwards */
    assert_int_equal(seen(SF_HACKERNEWS, "350", 9000), 1200);
}

static void platforms_do_not_mix(void **state)
{
    (void)state;
    assert_int_equal(seen(SF_HACKERNEWS, "999999", 10), 10);
    assert_int_equal(seen(SF_REDDIT, "t3_zz", 50), 50);
    assert_int_equal(seen(SF_REDDIT, "t3_za", 90), 50);
    assert_int_equal(seen(SF_REDDIT, "t3_100", 90), 90);
}

static void other_ids_say_nothing(void **state)
{
    (void)state;
    assert_true(seen(SF_REDDIT, "t1_abc", 5) == SF_NO_TIME);
    assert_true(seen(SF_REDDIT, "t3_A!", 5) == SF_NO_TIME);
    assert_true(seen(SF_HACKERNEWS, "12x", 5) == SF_NO_TIME);
    assert_true(seen(SF_HACKERNEWS, "12345678901234567890", 5) == SF_NO_TIME);
    assert_true(seen(SF_BLUESKY, "at://did:plc:x/app.bsky.feed.post/3k", 5) == SF_NO_TIME);
    assert_true(seen(SF_YOUTUBE, "123", 5) == SF_NO_TIME);
    assert_true(seen(SF_HACKERNEWS, "12", SF_NO_TIME) == SF_NO_TIME);
}

static void old_steps_go(void **state)
{
    char id[24];
    (void)state;
    for (int i = 1; i <= 20000; i++) {
        snprintf(id, sizeof id, "%d", i * 10);
        assert_int_equal(seen(SF_HACKERNEWS, id, i), i);
    }
    assert_int_equal(seen(SF_HACKERNEWS, "199985", 30000), 19999);
    int64_t oldest = seen(SF_HACKERNEWS, "5", 30000); /* its own step is gone; a later one still holds */
    assert_true(oldest > 1 && oldest <= 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_higher_id_seen_earlier_is_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(platforms_do_not_mix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_ids_say_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_steps_go, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
