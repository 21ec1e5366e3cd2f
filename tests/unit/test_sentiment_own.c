/* SPDX-License-Identifier: MIT */
/* Sentiment with own tables, its explanation, and its cover. */
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

/* ---- own tables ---- */

static sf_lexicon *load(const char *kind, const char *table)
{
    sf_lexicon_table t = {kind, "own.tsv", sf_cstr(table)};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_error err = {0};
    o.tables = &t;
    o.n_tables = 1;
    if (sf_lexicon_load(&l, &o, &err) != SF_OK) {
        fail_msg("%s", err.message);
    }
    return l;
}

static double score_with(sf_lexicon *l, const char *text)
{
    sf_analyser *own = NULL;
    sf_scores s = {0};
    assert_int_equal(sf_analyser_new(&own, l), SF_OK);
    assert_ptr_equal(sf_analyser_lexicon(own), l);
    assert_int_equal(sf_sentiment(own, sf_cstr(text), &s), SF_OK);
    sf_analyser_free(own);
    return s.compound;
}

static void own_words(void **state)
{
    (void)state;
    sf_lexicon *l = load("sentiment", "zorblatt\t3.25\n-good\nvery\t2\n\u03C3\u03BF\u03C6\u03CC\u03C2\t2.5\nFoo\t3\n");
    assert_true(score_with(l, "zorblatt") == 0.6428);
    assert_true(score_with(l, "good") == 0.0);
    assert_true(score_with(l, "very") == 0.0);         /* still a degree word, never scored itself */
    assert_true(score_with(l, "very bad") == -0.5423); /* but in the lexicon, so it boosts no more */
    assert_true(score_with(l, "\u03A3\u039F\u03A6\u038C\u03A3") == 0.5423); /* sigma at the end of a word */
    assert_true(score_with(l, "Foo foo") == 0.0);                           /* a key with capitals is never met */
    sf_lexicon_free(l);
}

/* A capital sigma is a final one at the end of a word only; the dotted capital I becomes two characters. */
static void own_words_meet_unicode_lower_case(void **state)
{
    (void)state;
    sf_lexicon *l =
        load("sentiment", "\u03BF\u03C3\u03B1\t1\n\u03B1\u03C2\t2\n\u03B1\u03C3\u0301\u03B1\t3\n\u03C3\t2.5\n"
                          "i\u0307yi\t1.5\n\u2C65b\t-1\n");
    assert_true(score_with(l, "\u039F\u03A3\u0391") == 0.25);
    assert_true(score_with(l, "\u0391\u03A3") == 0.4588);
    assert_true(score_with(l, "\u0391\u03A3\u0301\u0391") == 0.6124); /* an accent is looked through */
    assert_true(score_with(l, "\u03A3") == 0.5423);                   /* nothing cased before it */
    assert_true(score_with(l, "\u0130YI") == 0.3612);
    assert_true(score_with(l, "\u023AB") == -0.25);
    sf_lexicon_free(l);
}

static void own_words_start_from_nothing(void **state)
{
    sf_lexicon_table t = {"sentiment", "own.tsv", sf_cstr("gut\t1.9\n")};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    o.empty = 1;
    assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
    assert_true(score_with(l, "good bad \U0001F601") == 0.0);
    assert_true(score_with(l, "very gut") == 0.4927); /* the rules' own words are always there */
    sf_lexicon_free(l);
}

static void own_emoji(void **state)
{
    (void)state;
    sf_lexicon *l = load("emoji", "\u2764\thorrible\n%\tawful thing\n\U0001F601\t\n");
    assert_true(score_with(l, "\u2764") == -0.5423);
    assert_true(score_with(l, "5%") == -0.4588);
    assert_true(score_with(l, "good\U0001F601bad") == -0.1531); /* an empty description parts words */
    sf_lexicon_free(l);
}

static void absurd_valences_are_refused(void **state)
{
    sf_lexicon_table t = {"sentiment", "own.tsv", sf_cstr("fine\t1\nhuge\t1e300\n")};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_error err = {0};
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EPARSE);
    assert_int_equal(err.line, 2);
    assert_null(l);
}

/* ---- explain ---- */

static sf_explanation explain(const char *text)
{
    sf_explanation e = SF_EXPLANATION_INIT;
    assert_int_equal(sf_sentiment_explain(a, sf_cstr(text), &e), SF_OK);
    return e;
}

static void check_token(const sf_explanation *e, size_t i, const char *text, const char *token, uint32_t rules)
{
    assert_in_range(i, 0, e->n_tokens - 1);
    const sf_token_score *t = &e->tokens[i];
    assert_int_equal(t->end - t->start, strlen(token));
    assert_memory_equal(text + t->start, token, strlen(token));
    assert_int_equal(t->rules, rules);
}

static void explain_names_the_rules(void **state)
{
    const char *text = "This is NOT very good, but kind of FUNNY!";
    (void)state;
    sf_explanation e = explain(text);
    assert_int_equal(e.n_tokens, 9);
    check_token(&e, 2, text, "NOT", 0);
    check_token(&e, 3, text, "very", SF_RULE_SKIPPED);
    check_token(&e, 4, text, "good", SF_RULE_LEXICON | SF_RULE_BOOSTER | SF_RULE_NEGATION | SF_RULE_BUT);
    check_token(&e, 6, text, "kind", SF_RULE_LEXICON | SF_RULE_SKIPPED);
    check_token(&e, 8, text, "FUNNY", SF_RULE_LEXICON | SF_RULE_CAPS | SF_RULE_BUT | SF_RULE_BOOSTER);
    assert_true(e.tokens[4].lexicon == 1.9);
    assert_true(e.tokens[4].valence < 0.0);
    assert_true(e.tokens[6].valence == 0.0);
}

static void explain_covers_every_rule(void **state)
{
    static const struct {
        const char *text;
        uint32_t rule;
    } cases[] = {
        {"very good", SF_RULE_BOOSTER},      {"not good", SF_RULE_NEGATION},    {"no good", SF_RULE_NO},
        {"never so good", SF_RULE_NEVER_SO}, {"it is the shit", SF_RULE_IDIOM}, {"least good", SF_RULE_LEAST},
        {"good but", SF_RULE_BUT},           {"x GOOD", SF_RULE_CAPS},          {"\U0001F601", SF_RULE_EMOJI},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sf_explanation e = explain(cases[i].text);
        uint32_t rules = 0;
        for (size_t k = 0; k < e.n_tokens; k++) {
            rules |= e.tokens[k].rules & SF_RULE_LEXICON ? e.tokens[k].rules : 0;
        }
        assert_true(rules & cases[i].rule);
    }
}

/* The explanation's figures, put together as docs/sentiment.md says, are the score. */
static void explain_sums_to_the_score(void **state)
{
    static const char *const texts[] = {
        "",
        "the",
        "VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!",
        "bad?? but good \U0001F601\U0001F621",
        "no no no least good but never so bad",
        "lyb but ez",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        sf_explanation e = explain(texts[i]);
        sf_scores s = score(sf_cstr(texts[i]));
        double sum = 0.0;
        e = explain(texts[i]);
        for (size_t k = 0; k < e.n_tokens; k++) {
            sum += e.tokens[k].valence;
        }
        sum += sum > 0 ? e.punctuation : sum < 0 ? -e.punctuation : 0.0;
        assert_true(sum == e.sum);
        assert_true(fabs(sum / sqrt(sum * sum + 15.0) - e.scores.compound) <= 0.00005);
        assert_memory_equal(&s, &e.scores, sizeof s);
    }
}

static void explain_counts_bytes_of_the_callers_text(void **state)
{
    const char *text = "ok\U0001F601good \xFF\xFFgood \u2764!";
    (void)state;
    sf_explanation e = explain(text);
    /* "ok" "beaming" "face" "with" "smiling" "eyesgood" "??good" "red" "heart" */
    assert_int_equal(e.n_tokens, 9);
    check_token(&e, 0, text, "ok", SF_RULE_LEXICON);
    check_token(&e, 1, text, "\U0001F601", SF_RULE_EMOJI);
    check_token(&e, 4, text, "\U0001F601", SF_RULE_EMOJI | SF_RULE_LEXICON);
    check_token(&e, 5, text, "\U0001F601good", SF_RULE_EMOJI);
    check_token(&e, 6, text, "\xFF\xFFgood", 0);
    check_token(&e, 7, text, "\u2764", SF_RULE_EMOJI);
    check_token(&e, 8, text, "\u2764", SF_RULE_EMOJI | SF_RULE_LEXICON);
}

static void explain_wants_a_size(void **state)
{
    sf_explanation e = SF_EXPLANATION_INIT;
    (void)state;
    e.struct_size = 1;
    assert_int_equal(sf_sentiment_explain(a, sf_cstr("good"), &e), SF_EINVAL);
}

/* ---- cover ---- */

static double cover(const char *text)
{
    double c = 9.0;
    assert_int_equal(sf_sentiment_cover(a, sf_cstr(text), &c), SF_OK);
    return c;
}

static void cover_tells_english_from_the_rest(void **state)
{
    (void)state;
    assert_true(cover("The new version is much faster, and I don't miss the old one at all.") >= 0.9);
    assert_true(cover("lol wtf, sux so bad") >= 0.9);
    assert_true(cover("Ee padam kandavar like adichu polikkatte, adipoli aanu") < 0.4);
    assert_true(cover("Die Regierung will im Herbst ein neues Gesetz vorlegen und das ist gut") < 0.5);
    assert_true(cover("El gobierno quiere presentar una nueva ley en el congreso") < 0.4);
    assert_true(cover("\u4ECA\u65E5\u306F\u3068\u3066\u3082\u826F\u3044\u5929\u6C17") == 0.0);
    assert_true(cover("\u0D28\u0D32\u0D4D\u0D32 \u0D38\u0D3F\u0D28\u0D3F\u0D2E") == 0.0);
}

/* Borrowed words in another language are not scored; English with names, slang or one strange word is. */
static void cover_tells_mixed_texts(void **state)
{
    static const char *const mixed[] = {
        "super movie bro, kandappo thanne isthapettu",
        "trailer nodi full josh bantu guru",
        "Bhai kya mast song hai, superb voice",
        "grabe ang ganda ng video na to, love it",
        "que buen video bro, me encanta like",
        "das ist ein super video, gefällt mir, like",
        "Waiting aanu, release date eppo",
        "first day first show kaanum urappu",
    };
    static const char *const english[] = {
        "Superb movie, waiting for the next one",
        "I met Zorblatt and Xqzzyv in London and it was great",
        "our lovely teacher Anjali Raghunathan won the prize",
        "that kerfluffle about the new phone was so stupid",
        "omg this song is sooo good lol",
    };
    (void)state;
    for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++) {
        assert_true(cover(mixed[i]) == 0.0);
    }
    for (size_t i = 0; i < sizeof english / sizeof *english; i++) {
        assert_true(cover(english[i]) >= 0.5);
    }
}

static void cover_counts_words_only(void **state)
{
    (void)state;
    assert_true(cover("good https://example.org/xqzzy @xqzzy 2013 3.5 \U0001F601 !!!") == 1.0);
    assert_true(cover("good day so far xqzzyv") == 0.8);
    assert_true(cover("good xqzzyv") == 0.0);
    assert_true(isnan(cover("")));
    assert_true(isnan(cover("https://example.org 42 \U0001F601")));
}

static void cover_knows_own_words(void **state)
{
    double c = 9.0;
    sf_analyser *own = NULL;
    sf_lexicon *l = load("sentiment", "zorblatt\t3.25\n");
    (void)state;
    assert_int_equal(sf_analyser_new(&own, l), SF_OK);
    assert_int_equal(sf_sentiment_cover(own, sf_cstr("Zorblatt"), &c), SF_OK);
    assert_true(c == 1.0);
    sf_analyser_free(own);
    sf_lexicon_free(l);
}

/* ---- tables out ---- */

static void tables_come_back_as_they_went_in(void **state)
{
    sf_lexicon_table t = {"sentiment", "own.tsv", sf_cstr("zorb\t3.25\nfed up\t-0.1\nzorb\t-1e-07\n")};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    char buf[64], small[8];
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    o.empty = 1;
    assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
    int64_t n = sf_sentiment_table(l, 0, buf, sizeof buf);
    assert_string_equal(buf, "zorb\t-1e-7\nfed up\t-0.1\n");
    assert_int_equal(n, strlen(buf));
    assert_int_equal(sf_sentiment_table(l, 0, small, sizeof small), n);
    assert_string_equal(small, "zorb\t-1");
    assert_int_equal(sf_sentiment_table(l, 1, buf, sizeof buf), 0);
    assert_int_equal(sf_sentiment_table(l, 2, buf, sizeof buf), SF_EINVAL);
    assert_int_equal(sf_sentiment_table(l, 0, NULL, 1), SF_EINVAL);
    sf_lexicon_free(l);
}

static void built_in_tables_give_the_same_lexicon(void **state)
{
    char *text[2];
    sf_lexicon_table t[2] = {{"sentiment", "words", {NULL, 0}}, {"emoji", "emoji", {NULL, 0}}};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    (void)state;
    for (int i = 0; i < 2; i++) {
        int64_t n = sf_sentiment_table(NULL, i, NULL, 0);
        assert_true(n > 10000);
        text[i] = malloc((size_t)n + 1);
        assert_non_null(text[i]);
        assert_int_equal(sf_sentiment_table(NULL, i, text[i], (size_t)n + 1), n);
        t[i].data = (sf_str){text[i], (size_t)n};
    }
    o.tables = t;
    o.n_tables = 2;
    assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
    assert_string_equal(sf_lexicon_id(l), sf_lexicon_id(sf_lexicon_builtin()));
    sf_lexicon_free(l);
    free(text[0]);
    free(text[1]);
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
        cmocka_unit_test(own_words),
        cmocka_unit_test(own_words_meet_unicode_lower_case),
        cmocka_unit_test(own_words_start_from_nothing),
        cmocka_unit_test(own_emoji),
        cmocka_unit_test(absurd_valences_are_refused),
        cmocka_unit_test(explain_names_the_rules),
        cmocka_unit_test(explain_covers_every_rule),
        cmocka_unit_test(explain_sums_to_the_score),
        cmocka_unit_test(explain_counts_bytes_of_the_callers_text),
        cmocka_unit_test(explain_wants_a_size),
        cmocka_unit_test(cover_tells_english_from_the_rest),
        cmocka_unit_test(cover_tells_mixed_texts),
        cmocka_unit_test(cover_counts_words_only),
        cmocka_unit_test(cover_knows_own_words),
        cmocka_unit_test(tables_come_back_as_they_went_in),
        cmocka_unit_test(built_in_tables_give_the_same_lexicon),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
