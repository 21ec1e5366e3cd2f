/* SPDX-License-Identifier: MIT */
/* Once warm, nothing allocates: not a text's analysis, not a batch that is filled, written and reset. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/alloc.h"
#include "support/random.h"
#include "text/clean.h"

#define LONG 20000 /* bytes of the longest texts */

static char dense[LONG + 1], wordy[LONG + 1], faces[LONG + 1], names[LONG + 1], noise[LONG + 1];

/* Texts that are the worst of their length: for tokens, for words, for emoji, for names, for broken bytes. */
static void fill(char *buf, const char *pattern)
{
    size_t n = strlen(pattern);
    for (size_t i = 0; i < LONG; i++) {
        buf[i] = pattern[i % n];
    }
    buf[LONG - LONG % n] = '\0';
}

static sf_str texts[] = {
    {dense, LONG},
    {wordy, LONG},
    {faces, LONG},
    {names, LONG},
    {noise, LONG},
    {"", 0},
    {"What a great release! IBM and Google show quantum computing in Zürich, very GOOD :-) 🎉", 0},
    {"not bad at all, but never so boring. Kind of... the bomb?!", 0},
    {"数学は楽しい Привет, мир 👩‍👩‍👧 t3st http://example.org/x @you #ClimateAction", 0},
};
#define TEXTS (sizeof texts / sizeof *texts)

static int set_up(void **state)
{
    uint64_t seed = 11;
    (void)state;
    fill(dense, "a! ");
    fill(wordy, "isn't VERY good, kind of great but least of all bad ");
    fill(faces, "\xF0\x9F\x98\x80");
    fill(names, "Barack Obama of IBM in New York; ");
    for (size_t i = 0; i < LONG; i++) {
        noise[i] = (char)random_below(&seed, 256);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        texts[i].len = texts[i].len != 0 ? texts[i].len : strlen(texts[i].ptr);
    }
    return 0;
}

static void analyse_text(sf_analyser *a, sf_str text)
{
    sf_scores scores;
    double cover, column[8];
    const int64_t offsets[] = {0, (int64_t)(text.len / 2), (int64_t)text.len};
    const sf_entity *entities;
    const sf_keyword *keywords;
    sf_str topics[SF_MAX_TOPICS];
    sf_explanation told = SF_EXPLANATION_INIT;
    assert_int_equal(sf_sentiment(a, text, &scores), SF_OK);
    assert_int_equal(sf_sentiment_cover(a, text, &cover), SF_OK);
    assert_int_equal(sf_sentiment_column(a, text.ptr, offsets, 2, column), 2);
    assert_int_equal(sf_sentiment_explain(a, text, &told), SF_OK);
    int64_t n = sf_entities(a, text, &entities);
    assert_true(n >= 0 && sf_topics(entities, (size_t)n, topics) <= n);
    assert_true(sf_keywords(a, text, 0, &keywords) >= 0);
}

static void a_text_costs_no_allocation_once_warm(void **state)
{
    sf_analyser *a = NULL;
    (void)state;
    assert_int_equal(sf_analyser_new(&a, NULL), SF_OK);
    unsigned long cold = alloc_count();
    for (size_t i = 0; i < TEXTS; i++) {
        analyse_text(a, texts[i]);
    }
    assert_true(alloc_count() > cold); /* else nothing is counted here */
    unsigned long warm = alloc_count();
    for (size_t i = TEXTS; i-- > 0;) {
        for (size_t cut = texts[i].len;; cut /= 2) { /* shorter ones are no news */
            sf_str part = {texts[i].ptr, cut};
            analyse_text(a, part);
            if (alloc_count() != warm) {
                fail_msg("text %zu, %zu bytes: %lu allocations", i, cut, alloc_count() - warm);
            }
            if (cut == 0) {
                break;
            }
        }
    }
    sf_analyser_free(a);
}

/* Lists of many texts go into a batch, which keeps its memory. */
static void a_column_costs_no_allocation_once_warm(void **state)
{
    enum { MANY = 300 };
    static int64_t offsets[MANY + 1], rows[MANY + 1];
    static char utf8[MANY * 100];
    sf_analyser *a = NULL;
    sf_batch *b = NULL;
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        offsets[i + 1] = offsets[i] + snprintf(utf8 + offsets[i], 100, "IBM shows %zu a great quantum computer", i);
    }
    assert_int_equal(sf_analyser_new(&a, NULL), SF_OK);
    assert_int_equal(sf_batch_new(&b), SF_OK);
    unsigned long warm = 0;
    for (int round = 0; round < 3; round++) {
        const sf_entity *entities;
        const char *const *reasons;
        const sf_str *topics;
        const sf_keyword *words;
        assert_int_equal(sf_entities_column(a, b, utf8, offsets, MANY, rows, &entities, &reasons), MANY);
        assert_int_equal(sf_text_topics_column(a, b, utf8, offsets, MANY, rows, &topics), MANY);
        assert_int_equal(sf_keywords_column(a, b, utf8, offsets, MANY, 0, rows, &words), MANY);
        sf_batch_reset(b);
        warm = warm == 0 ? alloc_count() : warm;
    }
    assert_int_equal(alloc_count(), warm);
    sf_batch_free(b);
    sf_analyser_free(a);
}

/* Fills a batch as sf-process does, and writes it. */
static void one_round(sf_analyser *a, sf_batch *b, char *line, size_t cap)
{
    static const char json[] =
        "{\"platform\":\"reddit\",\"source_id\":\"t3_a\",\"title\":\"IBM shows a great quantum "
        "computer\",\"body\":\"It "
        "really \\u00e9 works!\",\"raw_score\":45,\"ts\":\"2026-01-02T03:04:05Z\",\"labels\":[\"nsfw\",\"x\"]}";
    sf_batch_reset(b);
    for (int i = 0; i < 500; i++) {
        assert_true(sf_batch_add_json(b, sf_cstr(json), NULL) == i);
    }
    assert_int_equal(sf_analyse(a, b, 0, SF_DO_ALL), 500);
    for (size_t i = 0; i < 500; i++) {
        sf_signal *s = sf_batch_at(b, i);
        int64_t n = sf_signal_json(s, line, cap);
        assert_true(n > 0 && (size_t)n < cap);
    }
}

static void a_batch_costs_no_allocation_once_warm(void **state)
{
    char line[4096];
    sf_analyser *a = NULL;
    sf_batch *b = NULL;
    (void)state;
    assert_int_equal(sf_analyser_new(&a, NULL), SF_OK);
    assert_int_equal(sf_batch_new(&b), SF_OK);
    one_round(a, b, line, sizeof line);
    one_round(a, b, line, sizeof line); /* the second one may still put blocks together */
    unsigned long warm = alloc_count();
    for (int i = 0; i < 20; i++) {
        one_round(a, b, line, sizeof line);
        assert_int_equal(alloc_count(), warm);
    }
    sf_batch_free(b);
    sf_analyser_free(a);
}

/* A cleaner and a map are kept; the forms alone take scratch of their own. */
static void a_cleaned_text_costs_no_allocation_once_warm(void **state)
{
    const uint32_t what = ((SF_CLEAN_MARKERS << 1) - 1) & ~(SF_CLEAN_NFC | SF_CLEAN_NFKC | SF_CLEAN_CASEFOLD);
    sf_source_map map = {0};
    sf_cleaner c = {.map = &map};
    sf_str out;
    unsigned long warm = 0;
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < TEXTS; i++) {
            assert_int_equal(sf_clean(&c, texts[i], what, &out), SF_OK);
        }
        warm = warm == 0 ? alloc_count() : warm;
    }
    assert_int_equal(alloc_count(), warm);
    sf_cleaner_free(&c);
    sf_source_map_free(&map);
}

static void arithmetic_never_allocates(void **state)
{
    char buf[32];
    sf_json j;
    sf_str key;
    double v;
    unsigned long before = alloc_count();
    (void)state;
    sf_baseline base = sf_lexicon_baseline(sf_lexicon_builtin(), SF_REDDIT);
    sf_trend t = {0, 0, 0, 0};
    sf_velocity(1, 0, 2, 60000);
    sf_trend_observe(&t, &base, 5, 0, SF_NO_TIME);
    sf_trending(sf_trend_rate(&t), sf_normalised_score(&base, 5), sf_recency(&base, 0, 1));
    sf_poisson_tail(5, 0.3);
    sf_event_time(1, 2);
    sf_json_double(0.1, buf);
    sf_json_init(&j, sf_cstr("{\"a\":[1,2,{\"b\":\"\\u0041\"}],\"c\":1e300}"));
    assert_int_equal(sf_json_enter(&j, '{'), 1);
    assert_int_equal(sf_json_member(&j, &key), 1);
    assert_int_equal(sf_json_skip(&j), SF_OK);
    assert_int_equal(sf_json_member(&j, &key), 1);
    assert_int_equal(sf_json_number(&j, &v), SF_OK);
    assert_int_equal(alloc_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_costs_no_allocation_once_warm),
        cmocka_unit_test(a_column_costs_no_allocation_once_warm),
        cmocka_unit_test(a_batch_costs_no_allocation_once_warm),
        cmocka_unit_test(a_cleaned_text_costs_no_allocation_once_warm),
        cmocka_unit_test(arithmetic_never_allocates),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
