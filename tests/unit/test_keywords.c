/* SPDX-License-Identifier: MIT */
/* Keywords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

static sf_analyser *analyser;

static int set_up(void **state)
{
    (void)state;
    return sf_analyser_new(&analyser, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    sf_analyser_free(analyser);
    return 0;
}

/* The keywords of a text, joined by spaces. */
static const char *of(const char *text, size_t max)
{
    static char joined[1024];
    const sf_keyword *k = NULL;
    int64_t n = sf_keywords(analyser, sf_cstr(text), max, &k);
    assert_true(n >= 0);
    joined[0] = '\0';
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(strlen(k[i].word.ptr), k[i].word.len);
        assert_true(i == 0 || k[i].weight <= k[i - 1].weight);
        strcat(joined, i > 0 ? " " : "");
        strcat(joined, k[i].word.ptr);
    }
    return joined;
}

static void has(const char *text, const char *word)
{
    char padded[1100] = " ";
    strcat(strcat(padded, of(text, 0)), " ");
    char wanted[64] = " ";
    strcat(strcat(wanted, word), " ");
    if (strstr(padded, wanted) == NULL) {
        fail_msg("\"%s\" is not among the keywords%s of: %s", word, padded, text);
    }
}

static void rare_words_of_a_headline(void **state)
{
    static const char text[] = "IBM announces breakthrough in quantum computing";
    (void)state;
    has(text, "breakthrough");
    has(text, "quantum");
    has(text, "computing");
    assert_null(strstr(of(text, 0), "in "));
}

static void counts_and_ranks(void **state)
{
    const sf_keyword *k = NULL;
    (void)state;
    assert_int_equal(sf_keywords(analyser, sf_cstr("A zebra's life: zebras, a Zebra and a giraffe"), 1, &k), 1);
    assert_string_equal(k[0].word.ptr, "zebra");
    assert_int_equal(k[0].count, 2);
    assert_int_equal(k[0].start, 2);
    assert_string_equal(of("xyzzyq plughq", 0), "xyzzyq plughq"); /* equals: by first appearance */
    assert_string_equal(of("alpaca bison camel dingo eland ferret gecko hyena ibex jackal koala llama", 99),
                        of("alpaca bison camel dingo eland ferret gecko hyena ibex jackal koala llama", 0));
    assert_int_equal(
        sf_keywords(analyser, sf_cstr("alpaca bison camel dingo eland ferret gecko hyena ibex jackal koala"), 0, &k),
        SF_MAX_KEYWORDS);
}

static void what_is_none(void **state)
{
    (void)state;
    assert_string_equal(of("", 0), "");
    assert_string_equal(of("the of and 2013 3.14 @someone https://example.com/zebra a b c \xff\xfe :-)", 0), "");
    assert_string_equal(of("I've been there and it wasn't theirs", 0), "");
    assert_string_equal(of("#ZebraCrossing in C++", 0), "zebracrossing c++");
}

static void other_languages(void **state)
{
    (void)state;
    has("Der Durchbruch in der Quantenforschung ist gelungen", "quantenforschung");
    assert_null(strstr(of("Der Durchbruch ist nicht da", 0), "nicht"));
    has("Прорыв в области квантовых вычислений", "квантовых");
    has("東京でコンピュータの研究", "コンピュータ");
    has("東京でコンピュータの研究", "東京");
    has("量子的突破", "量子");
    has("양자 컴퓨팅 돌파구", "컴퓨팅");
}

static void bad_calls(void **state)
{
    const sf_keyword *k = NULL;
    sf_str none = {NULL, 4};
    (void)state;
    assert_int_equal(sf_keywords(analyser, none, 0, &k), SF_EINVAL);
    assert_int_equal(sf_keywords(analyser, sf_cstr("x"), 0, NULL), SF_EINVAL);
    assert_int_equal(sf_keywords(NULL, sf_cstr("x"), 0, &k), SF_EINVAL);
    assert_int_equal(sf_keywords(analyser, (sf_str){NULL, 0}, 0, &k), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rare_words_of_a_headline), cmocka_unit_test(counts_and_ranks), cmocka_unit_test(what_is_none),
        cmocka_unit_test(other_languages),          cmocka_unit_test(bad_calls),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
