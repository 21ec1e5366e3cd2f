/* SPDX-License-Identifier: MIT */
/* What of a window was watched, and how it is told: as lines among signals, in batches without records, in a store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "common/record.h"
#include "sources/watch.h"

#define MINUTE ((int64_t)60000)

static const int64_t start = 1767225600000; /* a window starts there */
static const sf_watched up = {.is_up = 1}, down = {.is_up = 0};

/* Looks every minute from one minute to another. */
static void look(sf_watch *w, int from, int to, sf_watched seen)
{
    for (int m = from; m <= to; m++) {
        sf_watch_look(w, start + m * MINUTE, seen);
    }
}

static void windows_are_filled(void **state)
{
    sf_watch w = {.now.source = "reddit"};
    sf_coverage c;
    (void)state;
    look(&w, 0, 20, up);
    assert_int_equal(sf_watch_tell(&w, start + 20 * MINUTE, &c), 1);
    assert_true(c.start_ms == start && c.seconds == 900 && c.failures == 0);
    assert_int_equal(sf_watch_tell(&w, start + 20 * MINUTE, &c), 1); /* five minutes into the next */
    assert_true(c.start_ms == start + 15 * MINUTE && c.seconds == 300);
    assert_int_equal(sf_watch_tell(&w, start + 20 * MINUTE, &c), 0);
    look(&w, 21, 24, up);
    assert_int_equal(sf_watch_tell(&w, start + 24 * MINUTE, &c), 0);
    look(&w, 25, 25, up);
    assert_int_equal(sf_watch_tell(&w, start + 25 * MINUTE, &c), 1);
    assert_true(c.seconds == 600);
}

static void only_what_was_up_counts(void **state)
{
    sf_watch w = {.now.source = "reddit"};
    sf_coverage c;
    (void)state;
    look(&w, 0, 5, up);
    look(&w, 6, 7, down);
    look(&w, 8, 10, up);
    sf_watch_look(&w, start + 14 * MINUTE, up); /* nobody looked for four minutes */
    sf_watch_look(&w, start + 3 * MINUTE, up);  /* a clock that was set back */
    look(&w, 14, 16, (sf_watched){.is_up = 1, .failures = 3, .gaps = 1});
    assert_int_equal(sf_watch_tell(&w, start + 16 * MINUTE, &c), 1);
    assert_true(c.seconds == (5 + 2 + 1) * 60 && c.failures == 3 && c.gaps == 1);
}

/* What an outage of days leaves is the latest day; nothing is told before it ends. */
static void outages_are_told_at_their_end(void **state)
{
    sf_watch w = {.now.source = "reddit"};
    sf_coverage c;
    size_t n = 0;
    (void)state;
    look(&w, 0, 3, up);
    look(&w, 4, 3 * 24 * 60, (sf_watched){.failures = 1});
    assert_int_equal(sf_watch_tell(&w, start + (int64_t)3 * 24 * 60 * MINUTE, &c), 0);
    look(&w, 3 * 24 * 60 + 1, 3 * 24 * 60 + 2, up);
    for (; sf_watch_tell(&w, start + (3 * 24 * 60 + 2) * MINUTE, &c) == 1; n++) {
        assert_true(c.seconds == 0);
    }
    assert_int_equal(n, SF_WATCH_DONE);
}

static void a_window_survives_as_text(void **state)
{
    sf_watch w = {.now.source = "reddit"}, again = {.now.source = "reddit"};
    char text[SF_WATCH_TEXT];
    sf_coverage c;
    (void)state;
    look(&w, 0, 7, up);
    size_t len = sf_watch_write(&w, text);
    assert_int_equal(sf_watch_read((sf_str){text, len}, &again), SF_OK);
    sf_watch_look(&again, start + 9 * MINUTE, up); /* the first look of a run: what was before it is not known */
    look(&again, 10, 15, up);
    assert_int_equal(sf_watch_tell(&again, start + 15 * MINUTE, &c), 1);
    assert_true(c.seconds == (7 + 6) * 60);
    static const char *const bad[] = {"",
                                      "x",
                                      "1 2 3 4",
                                      "1767225600000 901 0 0",
                                      "1767225600000 1 -1 0",
                                      "1767225600000 1 0 0 0",
                                      "1767225600000 nan 0 0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(sf_watch_read(sf_cstr(bad[i]), &again), SF_EPARSE);
    }
}

static void lines_are_told_from_signals(void **state)
{
    static const char line[] =
        "{\"v\":1,\"kind\":\"coverage\",\"source\":\"reddit:a+b\",\"bucket\":\"2026-01-01T00:00:00.000Z\","
        "\"observed_seconds\":840.5,\"failures\":2,\"gaps\":1}";
    static const char *const others[] = {
        "{\"v\":1,\"kind\":\"post\",\"title\":\"\\\"coverage\\\"\"}",
        "{\"v\":2,\"kind\":\"coverage\",\"source\":\"x\",\"bucket\":\"2026-01-01T00:00:00.000Z\",\"observed_seconds\":"
        "1}",
        "{\"v\":1,\"kind\":\"coverage\",\"source\":\"x\",\"bucket\":\"2026-01-01T00:01:00.000Z\",\"observed_seconds\":"
        "1}",
        "{\"v\":1,\"kind\":\"coverage\",\"source\":\"x\",\"bucket\":\"2026-01-01T00:00:00.000Z\",\"observed_seconds\":"
        "901}",
        "{\"v\":1,\"kind\":\"coverage\",\"source\":\"x\",\"bucket\":\"2026-01-01T00:00:00.000Z\"}",
        "{\"v\":1,\"kind\":\"coverage\",\"source\":\"x\",\"observed_seconds\":1}",
        "{\"v\":1,\"kind\":\"coverage\",\"source\":\"a\\\"b\",\"bucket\":\"2026-01-01T00:00:00.000Z\",\"observed_"
        "seconds\":1}",
        "\"coverage\"",
    };
    char text[SF_COVERAGE_JSON];
    sf_records *b = NULL;
    (void)state;
    assert_int_equal(sf_records_new(&b, 1), SF_OK);
    assert_int_equal(sf_records_take_coverage(b, sf_cstr(line)), 1);
    assert_int_equal(sf_records_size(b), 1);
    assert_int_equal(b->n, 0);
    assert_true(b->coverage[0].start_ms == start && b->coverage[0].seconds == 840.5 && b->coverage[0].gaps == 1);
    text[sf_coverage_json(&b->coverage[0], text)] = '\0';
    assert_string_equal(text, line);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(sf_records_take_coverage(b, sf_cstr(others[i])), 0);
    }
    sf_records_reset(b);
    assert_int_equal(sf_records_size(b), 0);
    sf_records_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_filled),
        cmocka_unit_test(only_what_was_up_counts),
        cmocka_unit_test(outages_are_told_at_their_end),
        cmocka_unit_test(a_window_survives_as_text),
        cmocka_unit_test(lines_are_told_from_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
