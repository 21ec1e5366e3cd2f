/* SPDX-License-Identifier: MIT */
/* The figures of a process, read back from Prometheus' text format. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "sf-serve/watch/scrape.h"
#include "sf-serve/watch/watch.h"

static const char text[] = "# TYPE signalflow_records_written_total counter\n"
                           "signalflow_records_written_total 1200\n"
                           "reddit_processor_dlq_messages_total 3 1767225600000\n"
                           "signalflow_gaps_total{source=\"blue\\\"}sky\"} 1\n"
                           "signalflow_gaps_total{source=\"hackernews\"} 2\n"
                           "signalflow_gaps_total_of_others 100\n"
                           "signalflow_flush_seconds_bucket{le=\"0.01\"} 90\n"
                           "signalflow_flush_seconds_bucket{le=\"0.1\"} 98\n"
                           "signalflow_flush_seconds_bucket{le=\"1\"} 100\n"
                           "signalflow_flush_seconds_bucket{le=\"+Inf\"} 100\n"
                           "signalflow_ready 1";

static void series_of_a_name_are_added_up(void **state)
{
    (void)state;
    scrape s;
    assert_int_equal(scrape_read(sf_cstr(text), &s), 1);
    assert_true(s.written == 1200 && s.dead == 3 && s.gaps == 3 && s.ready == 1);
    assert_true(isnan(s.lag) && isnan(s.dropped)); /* not told is not 0 */
    assert_int_equal(s.n_bounds, 4);
}

static void others_figures_are_none_of_ours(void **state)
{
    (void)state;
    scrape s;
    assert_int_equal(scrape_read(sf_cstr("go_goroutines 12\n<html>not found</html>\n"), &s), 0);
    assert_int_equal(scrape_read(sf_cstr(""), &s), 0);
}

/* 99 of 100: half of the way from 0.1 to 1. */
static void the_99th_percentile_lies_between_bounds(void **state)
{
    (void)state;
    scrape s;
    assert_int_equal(scrape_read(sf_cstr(text), &s), 1);
    assert_true(fabs(scrape_p99(&s) - 0.55) < 1e-9);
    for (size_t i = 0; i < s.n_bounds; i++) {
        s.within[i] = 0;
    }
    assert_true(isnan(scrape_p99(&s))); /* nothing was flushed */
    s.within[s.n_bounds - 1] = 5;       /* all took longer than the last bound */
    assert_true(scrape_p99(&s) == 1);
}

static void addresses_are_checked(void **state)
{
    (void)state;
    sf_error err;
    assert_int_equal(watch_check("127.0.1.1:8000", &err), SF_OK);
    assert_int_equal(watch_check(":8000", &err), SF_OK);
    assert_int_equal(watch_check("[::1]:8000", &err), SF_OK);
    const char *const bad[] = {"", "localhost", "localhost:", "h:8000/path", "u@h:8000", "h:80 00", "h:123456"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(watch_check(bad[i], &err), SF_EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_of_a_name_are_added_up),
        cmocka_unit_test(others_figures_are_none_of_ours),
        cmocka_unit_test(the_99th_percentile_lies_between_bounds),
        cmocka_unit_test(addresses_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
