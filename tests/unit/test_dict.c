/* SPDX-License-Identifier: MIT */
/* Dicts and the tables that fill them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "lexicon/lexicon.h"

static void last_row_wins(void **state)
{
    sf_dict_builder b = {0};
    sf_dict d;
    (void)state;
    assert_int_equal(sf_dict_put(&b, sf_cstr("good"), sf_cstr(""), 1, 1.5), SF_OK);
    assert_int_equal(sf_dict_put(&b, sf_cstr("bad"), sf_cstr("worse"), 2, -1.5), SF_OK);
    assert_int_equal(sf_dict_put(&b, sf_cstr("good"), sf_cstr("better"), 3, 2.5), SF_OK);
    sf_dict_remove(&b, sf_cstr("bad"));
    assert_int_equal(sf_dict_freeze(&b, 1, &d), SF_OK);
    assert_int_equal(d.count, 1);
    const sf_dict_entry *e = sf_dict_find(&d, "good", 4);
    assert_non_null(e);
    assert_true(sf_dict_number(&d, e) == 2.5);
    assert_string_equal(sf_dict_text(&d, e).ptr, "better");
    assert_null(sf_dict_find(&d, "bad", 3));
    assert_null(sf_dict_find(&d, "", 0));
    sf_dict_free(&d);
    sf_dict_builder_free(&b);
}

static void many_rows(void **state)
{
    sf_dict_builder b = {0};
    sf_dict d;
    char key[16];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        assert_int_equal(sf_dict_put(&b, sf_cstr(key), sf_cstr(""), (uint32_t)i, i), SF_OK);
    }
    assert_int_equal(sf_dict_freeze(&b, 1, &d), SF_OK);
    for (int i = 0; i < 20000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        const sf_dict_entry *e = sf_dict_find(&d, key, strlen(key));
        assert_non_null(e);
        assert_int_equal(e->flags, i);
    }
    sf_dict_free(&d);
    sf_dict_builder_free(&b);
}

/* Of every length, and wherever the one byte is that differs; what lies beyond does not count. */
static void bytes_are_compared(void **state)
{
    char a[48], b[48];
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        memset(a, 'x', sizeof a);
        memset(b, 'x', sizeof b);
        b[n] = 'y';
        assert_true(sf_same_bytes(a, b, n));
        for (size_t i = 0; i < n; i++) {
            a[i] = 'z';
            assert_false(sf_same_bytes(a, b, n));
            a[i] = 'x';
        }
    }
}

static void errors_name_file_and_line(void **state)
{
    sf_lexicon_table t = {"sentiment", "my.tsv", sf_cstr("# mine\r\ngood\t1.5\r\n\r\nbad\tx\r\n")};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_error err = {0};
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EPARSE);
    assert_int_equal(err.line, 4);
    assert_string_equal(err.message, "my.tsv: the valence is no number");
    t.kind = "nonsense";
    assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EINVAL);
    assert_null(l);
}

static void layers_lie_over_the_builtin(void **state)
{
    sf_lexicon_table t = {"sentiment", "my.tsv", sf_cstr("zorblatt\t3.25\n-good\n")};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
    assert_non_null(sf_dict_find(&l->valences, "zorblatt", 8));
    assert_non_null(sf_dict_find(&l->valences, "bad", 3));
    assert_null(sf_dict_find(&l->valences, "good", 4));
    assert_string_not_equal(sf_lexicon_id(l), sf_lexicon_id(sf_lexicon_builtin()));
    sf_lexicon_free(l);
    assert_int_equal(sf_lexicon_load(&l, NULL, NULL), SF_OK);
    assert_string_equal(sf_lexicon_id(l), sf_lexicon_id(sf_lexicon_builtin()));
    sf_lexicon_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_row_wins),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(bytes_are_compared),
        cmocka_unit_test(errors_name_file_and_line),
        cmocka_unit_test(layers_lie_over_the_builtin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
