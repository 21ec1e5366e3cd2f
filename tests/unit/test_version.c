/* SPDX-License-Identifier: MIT */
/* What a build says of itself is so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

static void number_and_text_say_the_same(void **state)
{
    (void)state;
    char text[32];
    assert_int_equal(sf_version(), SF_VERSION_NUMBER);
    (void)snprintf(text, sizeof text, "%d.%d.%d", SF_VERSION_MAJOR, SF_VERSION_MINOR, SF_VERSION_PATCH);
    assert_string_equal(sf_version_string(), text);
}

/* The value of a word NAME=VALUE, as a number. */
static long feature(const char *name)
{
    const char *at = strstr(sf_features(), name);
    assert_non_null(at);
    return strtol(at + strlen(name), NULL, 10);
}

static void the_version_of_signals_is_that_of_their_json(void **state)
{
    (void)state;
    long v = feature("signal=");
    sf_batch *b;
    sf_error err;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    char line[200], start[16];
    for (long ahead = 0; ahead < 2; ahead++) { /* this one is read, the next is not */
        (void)snprintf(line, sizeof line, "{\"v\":%ld,\"platform\":\"reddit\",\"source_id\":\"t3_1\"}", v + ahead);
        assert_int_equal(sf_batch_add_json(b, sf_cstr(line), &err), ahead == 0 ? 0 : SF_EVERSION);
    }
    (void)snprintf(start, sizeof start, "{\"v\":%ld,", v);
    assert_true(sf_signal_json(sf_batch_at(b, 0), line, sizeof line) > 0);
    assert_memory_equal(line, start, strlen(start));
    sf_batch_free(b);
}

static void features_are_words_with_one_space_between(void **state)
{
    (void)state;
    const char *f = sf_features();
    assert_true(f[0] != ' ' && f[strlen(f) - 1] != ' ');
    assert_null(strstr(f, "  "));
    assert_int_equal(feature("vader="), 3);
    assert_int_equal(feature("unicode="), 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_and_text_say_the_same),
        cmocka_unit_test(the_version_of_signals_is_that_of_their_json),
        cmocka_unit_test(features_are_words_with_one_space_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
