/* SPDX-License-Identifier: MIT */
/* URLs taken apart; passwords found and masked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/url.h"

static void parts_are_what_they_look_like(void **state)
{
    static const char *const cases[][4] = {
        {"-", "ndjson", "-", ""},
        {"posts.ndjson", "ndjson", "posts.ndjson", ""},
        {"./a:b.ndjson", "ndjson", "./a:b.ndjson", ""},
        {"/tmp/12:30.ndjson?x", "ndjson", "/tmp/12:30.ndjson?x", ""},
        {"C:x", "ndjson", "C:x", ""},
        {"file:what?mode=truncate", "ndjson", "what", "mode=truncate"},
        {"file:///tmp/x", "ndjson", "///tmp/x", ""},
        {"replay:a/b.ndjson.gz?platform=reddit", "replay", "a/b.ndjson.gz", "platform=reddit"},
        {"hackernews:", "hackernews", "", ""},
        {"kafka://b1:9092,b2:9092/signals.normalised?group=a?b", "kafka", "//b1:9092,b2:9092/signals.normalised",
         "group=a?b"},
        {"s3+http://h/b", "s3+http", "//h/b", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_url u;
        assert_int_equal(sf_url_parse(cases[i][0], &u, NULL), SF_OK);
        assert_string_equal(u.text, cases[i][0]);
        assert_string_equal(u.scheme, cases[i][1]);
        assert_string_equal(u.rest, cases[i][2]);
        assert_string_equal(u.query, cases[i][3]);
        sf_url_free(&u);
    }
    sf_url u;
    assert_int_equal(sf_url_parse("", &u, NULL), SF_EINVAL);
}

static void passwords_are_found_and_masked(void **state)
{
    static const char *const cases[][2] = {
        {"postgresql://me:secret@host/db", "postgresql://me:***@host/db"},
        {"postgresql://me:a@host/db?x=1", "postgresql://me:*@host/db?x=1"},
        {"redis://:secret@host:6379/1", "redis://:***@host:6379/1"},
        {"postgresql://me:p@ss@host/db", "postgresql://me:***@host/db"},
        {"postgresql://me:pa/ss@host/db", "postgresql://me:***@host/db"},
        {"postgresql://me:pa?ss#@host/db", "postgresql://me:***@host/db"},
        {"postgresql://h/db?user=me&password=secret&x=1", "postgresql://h/db?user=me&password=***&x=1"},
        {"kafka://u:pp@b1:9092,b2:9092/t", "kafka://u:**@b1:9092,b2:9092/t"},
        {"https://h/x?token=abcdefgh", "https://h/x?token=***"},
    };
    static const char *const harmless[] = {"postgresql://me@host:5432/db",
                                           "kafka://b1:9092,b2:9092/t@x",
                                           "https://host:80/@user",
                                           "redis://[::1]:6379/1@x",
                                           "postgresql://h/db?passwordless=1&password=",
                                           "replay:a:b@c",
                                           "folder//me:x@y",
                                           "-",
                                           "postgresql://me:@h/db",
                                           "hackernews:top@new"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_url u;
        assert_int_equal(sf_url_parse(cases[i][0], &u, NULL), SF_OK);
        assert_string_equal(u.text, cases[i][1]);
        assert_true(sf_url_has_password(cases[i][0]));
        sf_url_free(&u);
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        sf_url u;
        assert_false(sf_url_has_password(harmless[i]));
        assert_int_equal(sf_url_parse(harmless[i], &u, NULL), SF_OK);
        assert_string_equal(u.text, harmless[i]);
        sf_url_free(&u);
    }
}

static void queries_are_decoded_and_checked(void **state)
{
    static const char *const known[] = {"a", "bb", "c", NULL};
    static const char *const fewer[] = {"a", "c", NULL};
    char buf[16];
    sf_url u;
    sf_error err = {0};
    (void)state;
    assert_int_equal(sf_url_parse("x:y?a=1%262+3&bb&c=%zz%00", &u, NULL), SF_OK);
    assert_string_equal(sf_url_query(&u, "a", buf, sizeof buf), "1&2 3");
    assert_string_equal(sf_url_query(&u, "bb", buf, sizeof buf), "");
    assert_null(sf_url_query(&u, "b", buf, sizeof buf));
    assert_null(sf_url_query(&u, "c", buf, sizeof buf)); /* a NUL in it */
    assert_null(sf_url_query(&u, "a", buf, 5));
    assert_string_equal(sf_url_query(&u, "a", buf, 6), "1&2 3");
    assert_int_equal(sf_url_check_query(&u, known, &err), SF_OK);
    assert_int_equal(sf_url_check_query(&u, fewer, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "\"bb\""));
    sf_url_free(&u);
}

static void paths_are_found(void **state)
{
    static const char *const cases[][2] = {{"a/b", "a/b"},
                                           {"-", "-"},
                                           {"file:a/b", "a/b"},
                                           {"file:/a/b", "/a/b"},
                                           {"file:///a/b", "/a/b"},
                                           {"file://localhost/a/b", "/a/b"},
                                           {"file://host/a/b", NULL},
                                           {"file:", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_url u;
        assert_int_equal(sf_url_parse(cases[i][0], &u, NULL), SF_OK);
        if (cases[i][1] != NULL) {
            assert_string_equal(sf_url_path(&u), cases[i][1]);
        } else {
            assert_null(sf_url_path(&u));
        }
        sf_url_free(&u);
    }
}

static void values_are_encoded(void **state)
{
    char buf[32];
    (void)state;
    assert_int_equal(sf_url_encode("a-b_c.~9", buf, sizeof buf), 8);
    assert_string_equal(buf, "a-b_c.~9");
    assert_int_equal(sf_url_encode("p w&1=\xC3\xBC%", buf, sizeof buf), 21);
    assert_string_equal(buf, "p%20w%261%3D%C3%BC%25");
    assert_int_equal(sf_url_encode("abc", buf, 3), 0);
    assert_int_equal(sf_url_encode("abc", buf, 4), 3);
    assert_int_equal(sf_url_encode("", buf, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_what_they_look_like),
        cmocka_unit_test(passwords_are_found_and_masked),
        cmocka_unit_test(queries_are_decoded_and_checked),
        cmocka_unit_test(paths_are_found),
        cmocka_unit_test(values_are_encoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
