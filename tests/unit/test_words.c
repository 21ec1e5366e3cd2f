/* SPDX-License-Identifier: MIT */
/* Tables of kinds "stopwords", "frequencies" and "classes". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lexicon/words.h"

static const sf_dict_entry *word(const sf_lexicon *l, const char *text)
{
    return sf_word_find(l, text, strlen(text), sf_hash(text, strlen(text)));
}

static int load(sf_lexicon **l, int empty, const char *stop, const char *frequencies, sf_error *err)
{
    sf_lexicon_table tables[] = {{"stopwords", "stop.tsv", sf_cstr(stop)},
                                 {"frequencies", "freq.tsv", sf_cstr(frequencies)}};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    o.tables = tables;
    o.n_tables = 2;
    o.empty = empty;
    return sf_lexicon_load(l, &o, err);
}

static void builtin_knows_english(void **state)
{
    const sf_lexicon *l = sf_lexicon_builtin();
    (void)state;
    assert_int_equal(word(l, "the")->flags & (SF_WORD_STOP | SF_WORD_KNOWN), SF_WORD_STOP | SF_WORD_KNOWN);
    assert_int_equal(word(l, "und")->flags & SF_WORD_STOP, SF_WORD_STOP);
    assert_true(sf_word_is_english(word(l, "whose")) && sf_word_is_english(word(l, "the")));
    assert_false(sf_word_is_english(word(l, "und")) || sf_word_is_english(word(l, "nahi")));
    assert_false(sf_word_is_english(NULL));
    assert_true(sf_word_share_of_stem(l, "infects", 7) >= SF_WORD_ORDINARY);
    assert_int_equal(sf_word_share_of_stem(l, "zzxqing", 7), -1);
    const sf_dict_entry *quantum = word(l, "quantum");
    assert_int_equal(quantum->flags & SF_WORD_STOP, 0);
    assert_true(sf_dict_number(&l->words, quantum) > 3.0 && sf_dict_number(&l->words, quantum) < 6.0);
    assert_true(sf_word_share(quantum) > 80);
    assert_true(sf_word_share(word(l, "ibm")) < 10);
    assert_true(sf_dict_number(&l->words, word(l, "the")) > 7.0);
}

static void kinds_leave_each_other_alone(void **state)
{
    sf_lexicon *l = NULL;
    (void)state;
    assert_int_equal(load(&l, 1, "foo\nbar\nbaz\n", "foo\t4.5\t0.25\nqux\t3\n-bar\n", NULL), SF_OK);
    assert_int_equal(l->words.count, 4);
    assert_int_equal(word(l, "foo")->flags & 3, SF_WORD_STOP | SF_WORD_KNOWN);
    assert_int_equal(sf_word_share(word(l, "foo")), 25);
    assert_int_equal(sf_word_share(word(l, "qux")), 100);
    assert_int_equal(word(l, "bar")->flags, SF_WORD_STOP);
    sf_lexicon_free(l);
    assert_int_equal(load(&l, 0, "-the\n-und\n", "-quantum\n-und\n", NULL), SF_OK);
    assert_int_equal(word(l, "the")->flags & 3, SF_WORD_KNOWN);
    assert_int_equal(word(l, "quantum")->flags & SF_WORD_KNOWN, 0); /* its class is of another table */
    assert_true(word(l, "und") == NULL || (word(l, "und")->flags & SF_WORD_STOP) == 0);
    sf_lexicon_free(l);
}

static int load_classes(sf_lexicon **l, int empty, const char *rows, sf_error *err)
{
    sf_lexicon_table table = {"classes", "classes.tsv", sf_cstr(rows)};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    o.tables = &table;
    o.n_tables = 1;
    o.empty = empty;
    return sf_lexicon_load(l, &o, err);
}

static void what_words_mostly_are(void **state)
{
    const sf_lexicon *builtin = sf_lexicon_builtin();
    sf_lexicon *l = NULL;
    (void)state;
    assert_int_equal(sf_word_class_of(word(builtin, "refinery")->flags), SF_CLASS_NOUN);
    assert_int_equal(sf_word_class_of(word(builtin, "volcanic")->flags), SF_CLASS_RELATIONAL);
    assert_int_equal(sf_word_class_of(word(builtin, "recreated")->flags), SF_CLASS_VERB);
    assert_int_equal(load_classes(&l, 0, "volcanic\tadjective\nzzxq\tnoun-verb\n-refinery\n", NULL), SF_OK);
    assert_int_equal(sf_word_class_of(word(l, "volcanic")->flags), SF_CLASS_ADJECTIVE);
    assert_int_equal(sf_word_share(word(l, "volcanic")), sf_word_share(word(builtin, "volcanic")));
    assert_int_equal(sf_word_class_of(word(l, "zzxq")->flags), SF_CLASS_NOUN_VERB);
    assert_int_equal(sf_word_class_of(word(l, "refinery")->flags), SF_CLASS_NONE);
    sf_lexicon_free(l);
    static const char *const bad[] = {"a\n", "a\tnouns\n", "\tnoun\n", "a\tnone\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sf_error err = {0};
        l = NULL;
        assert_int_equal(load_classes(&l, 1, bad[i], &err), SF_EPARSE);
        assert_int_equal(err.line, 1);
        assert_non_null(strstr(err.message, "classes.tsv: "));
    }
}

static void faults_are_named(void **state)
{
    static const char *const bad[] = {"a\n", "\t1\n", "a\tx\n", "a\t9.5\n", "a\t-1\n", "a\t4\tx\n", "a\t4\t1.5\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sf_error err = {0};
        sf_lexicon *l = NULL;
        assert_int_equal(load(&l, 1, "", bad[i], &err), SF_EPARSE);
        assert_int_equal(err.line, 1);
        assert_non_null(strstr(err.message, "freq.tsv: "));
        assert_null(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builtin_knows_english),
        cmocka_unit_test(kinds_leave_each_other_alone),
        cmocka_unit_test(what_words_mostly_are),
        cmocka_unit_test(faults_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
