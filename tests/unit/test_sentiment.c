/* SPDX-License-Identifier: MIT */
/* Sentiment: the reference's peculiarities, each by name (numbers as in docs/sentiment.md), and the calls.
 * The figures are what vaderSentiment 3.3.2 prints. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyser.h"

static sf_analyser *a;

static sf_scores score(sf_str text)
{
    sf_scores s = {9, 9, 9, 9};
    assert_int_equal(sf_sentiment(a, text, &s), SF_OK);
    return s;
}

static void expect(sf_str text, double compound)
{
    sf_scores s = score(text);
    if (!(s.compound == compound)) {
        fail_msg("\"%.*s\": %.17g, expected %.17g", (int)text.len, text.ptr, s.compound, compound);
    }
}

#define EXPECT(text, compound) expect((sf_str){text, sizeof(text) - 1}, compound) /* text may hold NUL */

static void all_four(const char *text, double neg, double neu, double pos, double compound)
{
    sf_scores s = score(sf_cstr(text));
    if (!(s.neg == neg && s.neu == neu && s.pos == pos && s.compound == compound)) {
        fail_msg("\"%s\": %g %g %g %g", text, s.neg, s.neu, s.pos, s.compound);
    }
}

static void ordinary_sentences(void **state)
{
    (void)state;
    all_four("VADER is smart, handsome, and funny.", 0.0, 0.254, 0.746, 0.8316);
    all_four("VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!", 0.0, 0.294, 0.706, 0.9469);
    all_four("The plot was good, but the characters are uncompelling and the dialog is not great.", 0.327, 0.579, 0.094,
             -0.7042);
    all_four("Today only kinda sux! But I'll get by, lol", 0.127, 0.556, 0.317, 0.5249);
}

static void q01_only_single_characters_are_emoji(void **state)
{
    (void)state;
    EXPECT("I \u2764 you", 0.6369);
    EXPECT("I \u2764\uFE0F you", 0.0);
    EXPECT("\u00A9 good", 0.4404);
}

static void q02_a_space_goes_before_a_description_only(void **state)
{
    (void)state;
    EXPECT("\U0001F601ok", 0.4588);
    EXPECT("good\U0001F601", 0.7096);
    EXPECT("\U0001F601\U0001F601", 0.7184);
    EXPECT("good\t\U0001F601", 0.7096);
}

static void q03_white_space_is_python_s(void **state)
{
    (void)state;
    EXPECT("good\u00A0bad", -0.1531);
    EXPECT("good\x1C"
           "bad",
           -0.1531);
    EXPECT("good\u3000bad", -0.1531);
    EXPECT("good\u205Fbad", -0.1531);
    EXPECT("good\u200Bbad", 0.0);
    EXPECT("\u200Bgood", 0.0);
    EXPECT("good\u180E", 0.0);
    EXPECT("good\0", 0.0);
    EXPECT("good \0 bad", -0.1531);
}

static void q04_punctuation_is_stripped_unless_little_is_left(void **state)
{
    (void)state;
    EXPECT("ok", 0.296);
    EXPECT("ok.", 0.0);
    EXPECT("OK!", 0.0);
    EXPECT("no.", 0.0);
    EXPECT("<3!", 0.0);
    EXPECT(":))", 0.0);
    EXPECT("good:)", 0.4404);
    EXPECT("\u201Cgood\u201D", 0.0);
    EXPECT("good\u2014", 0.0);
    EXPECT("good/bad", 0.0);
    EXPECT("good,bad", 0.0);
    EXPECT("(((good)))", 0.4404);
}

static void q05_lookup_is_in_lower_case(void **state)
{
    (void)state;
    EXPECT(":D", 0.5106);
    EXPECT("O_o", -0.128);
    EXPECT("fed up", 0.0);
    EXPECT("can't stand", 0.0);
    EXPECT("^urs", 0.0);
    EXPECT("lol", 0.4215); /* of duplicate rows the last one */
}

static void q06_lower_case_is_unicode_s(void **state)
{
    (void)state;
    EXPECT("\u212Aill", -0.6908);
    EXPECT("kill", -0.6908);
    EXPECT("K\u0130ll", 0.0);
}

static void q07_upper_case_is_unicode_s(void **state)
{
    (void)state;
    EXPECT("GOOD \u4E2D\u6587", 0.5622);
    EXPECT("GOOD 1", 0.5622);
    EXPECT("GOOD \u00C9T\u00C9", 0.4404);
    EXPECT("\u01C5 GOOD", 0.5622);
    EXPECT("\u24B6 good", 0.4404);
    EXPECT("\u2167 good", 0.4404);
}

static void q08_capitals_of_word_and_booster(void **state)
{
    (void)state;
    EXPECT("this is GOOD", 0.5622);
    EXPECT("so NO good", -0.5734); /* "NO" has a valence of 0 here: the minus branch */
    EXPECT("GOOD", 0.4404);
    EXPECT("VERY good", 0.6028);
    EXPECT("this is BAD", -0.6408);
}

static void q09_boosters_by_distance(void **state)
{
    (void)state;
    EXPECT("very good", 0.4927);
    EXPECT("very x good", 0.4902);
    EXPECT("very x y good", 0.4877);
    EXPECT("very x y z good", 0.4404);
    EXPECT("kind of", 0.0);
    EXPECT("kind", 0.5267);
    EXPECT("very happy good", 0.8004); /* "happy" is in the lexicon and no booster, "very" counts for both */
}

static void q10_negation_is_a_list_or_nt(void **state)
{
    (void)state;
    EXPECT("not good", -0.3412);
    EXPECT("xn'txx good", -0.3412);
    EXPECT("XN'TXX good", -0.3412);
    EXPECT("isn\u2019t good", 0.4404);
    EXPECT("don\u2019t like", 0.3612);
}

static void q11_never_so(void **state)
{
    (void)state;
    EXPECT("never so good", 0.5777);
    EXPECT("it is so good", 0.5777); /* `(A and B) or C` */
    EXPECT("so good", 0.4927);
    EXPECT("we found this good", 0.5228);
    EXPECT("never good", -0.3412);
}

static void q12_without_doubt(void **state)
{
    (void)state;
    EXPECT("without doubt good", 0.6136);
    EXPECT("without a doubt good", 0.6136);
    EXPECT("without good", -0.3412);
}

static void q13_no(void **state)
{
    (void)state;
    EXPECT("no good", -0.3412);
    EXPECT("no x good", -0.5583);
    EXPECT("no no", 0.2235);
    EXPECT("no problem", 0.3089);
    EXPECT("no pain or good", 0.0762);
    EXPECT("no no good", -0.1326);
}

static void q14_least(void **state)
{
    (void)state;
    EXPECT("least good", -0.3412);
    EXPECT("at least good", 0.4404);
    EXPECT("very least good", 0.4902);
    EXPECT("x least good", -0.3412);
}

static void q15_idioms_need_three_words_before(void **state)
{
    (void)state;
    EXPECT("the shit", -0.5574);
    EXPECT("it is the shit", 0.6124);
    EXPECT("yeah right", 0.296);
    EXPECT("oh well yeah right", 0.5106);
    EXPECT("my own beating heart", 0.3612);
    EXPECT("x kind of good", 0.3832);
    EXPECT("it was the kiss of death", -0.6124);
    EXPECT("x y z die for it", -0.5994);
    EXPECT("this bus x stop", -0.296);
    EXPECT("at the big bus stop", 0.0);
    EXPECT("upper hand", 0.4939);
}

static void q16_but_changes_the_first_equal_valence(void **state)
{
    (void)state;
    EXPECT("lyb but ez", 0.5023);
    EXPECT("good but bad", -0.5859);
    EXPECT("but good but bad", -0.2263);
    EXPECT("good good but good", 0.775);
    EXPECT("BUT", 0.0);
}

static void q17_emphasis(void **state)
{
    (void)state;
    EXPECT("good!", 0.4926);
    EXPECT("good!!!!", 0.6209);
    EXPECT("good!!!!!!!!", 0.6209);
    EXPECT("good?", 0.4404);
    EXPECT("good??", 0.504);
    EXPECT("good???", 0.533);
    EXPECT("good????", 0.5940);
    EXPECT("movie!!!", 0.0);
    EXPECT("bad!", -0.5848);
}

static void q18_sums_go_from_left_to_right(void **state)
{
    (void)state;
    /* These cancel but for the last bit, which decides the sign of the emphasis. CPython 3.12 has it the other way. */
    EXPECT("thank nbd evil mmk!", -0.0752);
    EXPECT("favor jhomf stunk dooms!", 0.0);
}

static void q19_empty_and_neutral_texts(void **state)
{
    (void)state;
    all_four("", 0.0, 0.0, 0.0, 0.0);
    all_four(" \t\n", 0.0, 0.0, 0.0, 0.0);
    all_four("the", 0.0, 1.0, 0.0, 0.0);
    all_four("!!!", 0.0, 1.0, 0.0, 0.0);
}

static void q20_broken_bytes_are_replacement_characters(void **state)
{
    (void)state;
    EXPECT("good \xFF bad", -0.1531);
    EXPECT("good\xE2\x80", 0.0);
    EXPECT("good\xE2\x80 bad", -0.5423);
    EXPECT("\xED\xA0\x80 good", 0.4404);
}

/* ---- calls ---- */

static void a_column_is_its_texts(void **state)
{
    const char *utf8 = "goodbad\U0001F601";
    const int64_t offsets[] = {0, 4, 4, 7, 11};
    double out[16];
    (void)state;
    assert_int_equal(sf_sentiment_column(a, utf8, offsets, 4, out), 4);
    assert_true(out[3] == 0.4404 && out[2] == 1.0);
    assert_true(out[7] == 0.0 && out[5] == 0.0);
    assert_true(out[11] == -0.5423 && out[8] == 1.0);
    assert_true(out[15] == score(sf_cstr("\U0001F601")).compound);
    assert_int_equal(sf_sentiment_column(a, NULL, NULL, 0, NULL), 0);
    const int64_t empty[] = {0, 0};
    assert_int_equal(sf_sentiment_column(a, NULL, empty, 1, out), 1);
}

static void a_column_with_wrong_offsets_is_refused(void **state)
{
    const int64_t falling[] = {0, 4, 2};
    const int64_t negative[] = {-4, 0};
    double out[8];
    (void)state;
    assert_int_equal(sf_sentiment_column(a, "goodbad", falling, 2, out), SF_EINVAL);
    assert_int_equal(sf_sentiment_column(a, "goodbad", negative, 1, out), SF_EINVAL);
    assert_int_equal(sf_sentiment_column(a, "goodbad", NULL, 1, out), SF_EINVAL);
    assert_int_equal(sf_sentiment_column(a, NULL, (const int64_t[]){0, 4}, 1, out), SF_EINVAL);
}

static void a_column_of_covers_is_its_texts(void **state)
{
    const int64_t offsets[] = {0, 4, 4, 15};
    const int64_t falling[] = {0, 4, 2};
    double out[3] = {9, 9, 9};
    (void)state;
    assert_int_equal(sf_sentiment_cover_column(a, "goodgood xqzzyv", offsets, 3, out), 3);
    assert_true(out[0] == 1.0 && isnan(out[1]) && out[2] == 0.0);
    assert_int_equal(sf_sentiment_cover_column(a, "goodbad", falling, 2, out), SF_EINVAL);
    assert_int_equal(sf_sentiment_cover_column(a, "goodbad", offsets, 1, NULL), SF_EINVAL);
}

static void a_busy_analyser_says_so(void **state)
{
    sf_scores s;
    sf_explanation e = SF_EXPLANATION_INIT;
    double cover;
    (void)state;
    assert_int_equal(sf_analyser_enter(a), SF_OK);
    assert_int_equal(sf_sentiment(a, sf_cstr("good"), &s), SF_EBUSY);
    assert_int_equal(sf_sentiment_column(a, "x", (const int64_t[]){0, 1}, 1, (double[4]){0}), SF_EBUSY);
    assert_int_equal(sf_sentiment_explain(a, sf_cstr("good"), &e), SF_EBUSY);
    assert_int_equal(sf_sentiment_cover(a, sf_cstr("good"), &cover), SF_EBUSY);
    sf_analyser_leave(a);
    assert_int_equal(sf_sentiment(a, sf_cstr("good"), &s), SF_OK);
}

static void wrong_arguments_are_refused(void **state)
{
    sf_scores s;
    sf_str null = {NULL, 3};
    (void)state;
    assert_int_equal(sf_sentiment(NULL, sf_cstr("good"), &s), SF_EINVAL);
    assert_int_equal(sf_sentiment(a, sf_cstr("good"), NULL), SF_EINVAL);
    assert_int_equal(sf_sentiment(a, null, &s), SF_EINVAL);
    assert_int_equal(sf_sentiment(a, (sf_str){NULL, 0}, &s), SF_OK);
    assert_int_equal(sf_sentiment(a, (sf_str){"x", (size_t)1 << 31}, &s), SF_ETOOBIG);
}

static int setup(void **state)
{
    (void)state;
    return sf_analyser_new(&a, NULL);
}

static int teardown(void **state)
{
    (void)state;
    sf_analyser_free(a);
    sf_analyser_free(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_sentences),
        cmocka_unit_test(q01_only_single_characters_are_emoji),
        cmocka_unit_test(q02_a_space_goes_before_a_description_only),
        cmocka_unit_test(q03_white_space_is_python_s),
        cmocka_unit_test(q04_punctuation_is_stripped_unless_little_is_left),
        cmocka_unit_test(q05_lookup_is_in_lower_case),
        cmocka_unit_test(q06_lower_case_is_unicode_s),
        cmocka_unit_test(q07_upper_case_is_unicode_s),
        cmocka_unit_test(q08_capitals_of_word_and_booster),
        cmocka_unit_test(q09_boosters_by_distance),
        cmocka_unit_test(q10_negation_is_a_list_or_nt),
        cmocka_unit_test(q11_never_so),
        cmocka_unit_test(q12_without_doubt),
        cmocka_unit_test(q13_no),
        cmocka_unit_test(q14_least),
        cmocka_unit_test(q15_idioms_need_three_words_before),
        cmocka_unit_test(q16_but_changes_the_first_equal_valence),
        cmocka_unit_test(q17_emphasis),
        cmocka_unit_test(q18_sums_go_from_left_to_right),
        cmocka_unit_test(q19_empty_and_neutral_texts),
        cmocka_unit_test(q20_broken_bytes_are_replacement_characters),
        cmocka_unit_test(a_column_is_its_texts),
        cmocka_unit_test(a_column_with_wrong_offsets_is_refused),
        cmocka_unit_test(a_column_of_covers_is_its_texts),
        cmocka_unit_test(a_busy_analyser_says_so),
        cmocka_unit_test(wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
