/* SPDX-License-Identifier: MIT */
/* The pipeline's one call: what it fills in, what it leaves alone, and where results live. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "analyser.h"

static sf_analyser *a;
static sf_batch *b;

static sf_signal *add(int32_t kind, const char *title, const char *body)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = SF_REDDIT;
    s.kind = kind;
    s.source_id = sf_cstr("t3_x");
    s.title = sf_cstr(title);
    s.body = sf_cstr(body);
    int64_t i = sf_batch_add(b, &s, sizeof s);
    assert_true(i >= 0);
    return sf_batch_at(b, (size_t)i);
}

/* Where a text names nothing, two phrases come before its keywords; where it does, none. */
static void phrases_where_nothing_is_named(void **state)
{
    (void)state;
    add(SF_POST, "so this is effective web design, with unexpected illustrations and the effective web design", "");
    add(SF_POST, "so this is effective web design by Google", "");
    assert_int_equal(sf_analyse(a, b, 0, SF_DO_ALL), 2);
    const sf_signal *s = sf_batch_at(b, 0);
    assert_int_equal(s->n_entities, 0);
    assert_true(s->n_keywords > 2);
    assert_string_equal(s->keywords[0].ptr, "effective web design");
    assert_string_equal(s->keywords[1].ptr, "unexpected illustrations");
    for (size_t i = 2; i < s->n_keywords; i++) {
        assert_null(strchr(s->keywords[i].ptr, ' '));
    }
    s = sf_batch_at(b, 1);
    assert_int_equal(s->n_entities, 1);
    for (size_t i = 0; i < s->n_keywords; i++) {
        assert_null(strchr(s->keywords[i].ptr, ' '));
    }
}

static void scores_the_analysed_text(void **state)
{
    sf_scores want;
    (void)state;
    add(SF_POST, "A good day", "but a bad night");
    assert_int_equal(sf_analyse(a, b, 0, SF_DO_ALL), 1);
    assert_int_equal(sf_sentiment(a, sf_cstr("A good day\nbut a bad night"), &want), SF_OK);
    const sf_signal *s = sf_batch_at(b, 0);
    assert_memory_equal(&s->sentiment, &want, sizeof want);
    assert_string_equal(s->analysis.ptr, sf_lexicon_id(sf_analyser_lexicon(a)));
}

static void signals_without_text_keep_their_unknowns(void **state)
{
    (void)state;
    add(SF_REFRESH, "", "");
    add(SF_COMMENT, "", "good");
    add(SF_DELETE, "", "");
    assert_int_equal(sf_analyse(a, b, 0, SF_DO_ALL), 1);
    assert_true(isnan(sf_batch_at(b, 0)->sentiment.compound));
    assert_true(isnan(sf_batch_at(b, 0)->sentiment_cover));
    assert_int_equal(sf_batch_at(b, 0)->analysis.len, 0);
    assert_true(sf_batch_at(b, 1)->sentiment.compound == 0.4404);
    assert_true(isnan(sf_batch_at(b, 2)->sentiment.neu));
}

static void starts_at_first_and_does_what_it_is_told(void **state)
{
    (void)state;
    add(SF_POST, "good", "");
    add(SF_POST, "bad", "");
    assert_int_equal(sf_analyse(a, b, 1, SF_DO_SENTIMENT), 1);
    assert_true(isnan(sf_batch_at(b, 0)->sentiment.compound));
    assert_true(sf_batch_at(b, 1)->sentiment.compound == -0.5423);
    assert_int_equal(sf_analyse(a, b, 2, SF_DO_ALL), 0);
    assert_int_equal(sf_analyse(a, b, 0, 0), 2);
    assert_true(isnan(sf_batch_at(b, 0)->sentiment.compound));
}

static void results_live_in_the_batch(void **state)
{
    (void)state;
    add(SF_POST, "Alice Springs is in Australia, says IBM", "");
    assert_true(sf_analyse(a, b, 0, SF_DO_ALL) == 1);
    const sf_signal *s = sf_batch_at(b, 0);
    const sf_entity *entities = s->entities;
    size_t n = s->n_entities;
    add(SF_POST, "Something else altogether about London and Microsoft", "");
    assert_true(sf_analyse(a, b, 1, SF_DO_ALL) == 1); /* overwrites what the analyser holds */
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(entities[i].text.ptr, s->title.ptr + entities[i].start,
                            entities[i].end - entities[i].start);
        assert_int_equal(entities[i].id.ptr[entities[i].id.len], 0);
    }
    for (size_t i = 0; i < s->n_topics; i++) {
        assert_true(s->topics[i].len > 0);
    }
    for (size_t i = 0; i < s->n_keywords; i++) {
        assert_int_equal(strlen(s->keywords[i].ptr), s->keywords[i].len);
    }
}

static void wrong_calls_are_refused(void **state)
{
    (void)state;
    add(SF_POST, "good", "");
    assert_int_equal(sf_analyse(NULL, b, 0, SF_DO_ALL), SF_EINVAL);
    assert_int_equal(sf_analyse(a, NULL, 0, SF_DO_ALL), SF_EINVAL);
    assert_int_equal(sf_analyse(a, b, 2, SF_DO_ALL), SF_EINVAL);
    assert_int_equal(sf_analyse(a, b, 0, 16), SF_EINVAL);
    assert_int_equal(sf_analyser_enter(a), SF_OK);
    assert_int_equal(sf_analyse(a, b, 0, SF_DO_ALL), SF_EBUSY);
    sf_analyser_leave(a);
    assert_int_equal(sf_analyser_new(NULL, NULL), SF_EINVAL);
    assert_null(sf_analyser_lexicon(NULL));
}

static int setup(void **state)
{
    (void)state;
    return sf_analyser_new(&a, NULL) != SF_OK || sf_batch_new(&b) != SF_OK;
}

static int teardown(void **state)
{
    (void)state;
    sf_analyser_free(a);
    sf_batch_free(b);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(phrases_where_nothing_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(scores_the_analysed_text, setup, teardown),
        cmocka_unit_test_setup_teardown(signals_without_text_keep_their_unknowns, setup, teardown),
        cmocka_unit_test_setup_teardown(starts_at_first_and_does_what_it_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(results_live_in_the_batch, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_calls_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
