/* SPDX-License-Identifier: MIT */
/* Lists of many texts by one call are those of one call a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

static const char *const texts[] = {
    "NASA lands on Europa, and IBM shows a quantum computer", "",
    "interest rates and the climate of Zürich \xff broken",   "no names here at all",
    "NASA lands on Europa, and IBM shows a quantum computer",
};
enum { TEXTS = 5, MANY = 2000 };

typedef struct fixture {
    sf_analyser *analyser, *other;
    sf_batch *batch;
    char *utf8;
    int64_t offsets[MANY + 1], rows[MANY + 1];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    *state = f;
    f->utf8 = malloc(MANY * 60);
    for (size_t i = 0; i < MANY; i++) {
        size_t n = strlen(texts[i % TEXTS]);
        memcpy(f->utf8 + f->offsets[i], texts[i % TEXTS], n);
        f->offsets[i + 1] = f->offsets[i] + (int64_t)n;
    }
    return sf_analyser_new(&f->analyser, NULL) || sf_analyser_new(&f->other, NULL) || sf_batch_new(&f->batch);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    sf_batch_free(f->batch);
    sf_analyser_free(f->analyser);
    sf_analyser_free(f->other);
    free(f->utf8);
    free(f);
    return 0;
}

static sf_str text_at(const fixture *f, size_t i)
{
    return (sf_str){f->utf8 + f->offsets[i], (size_t)(f->offsets[i + 1] - f->offsets[i])};
}

static void same(sf_str a, sf_str b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    assert_int_equal(a.ptr[a.len] == 0, b.ptr[b.len] == 0);
}

static void entities_are_those_of_one_call_a_text(void **state)
{
    fixture *f = *state;
    const sf_entity *all = NULL, *one;
    const char *const *reasons = NULL;
    assert_int_equal(sf_entities_column(f->analyser, f->batch, f->utf8, f->offsets, MANY, f->rows, &all, &reasons),
                     MANY);
    assert_int_equal(f->rows[0], 0);
    assert_true(f->rows[MANY] > MANY / 2);
    for (size_t i = 0; i < MANY; i++) {
        int64_t n = sf_entities(f->other, text_at(f, i), &one);
        assert_int_equal(f->rows[i + 1] - f->rows[i], n);
        for (int64_t k = 0; k < n; k++) {
            const sf_entity *e = &all[f->rows[i] + k];
            same(e->text, one[k].text);
            assert_ptr_equal(e->text.ptr, one[k].text.ptr);
            same(e->label, one[k].label);
            same(e->id, one[k].id);
            assert_int_equal(e->start, one[k].start);
            assert_int_equal(e->end, one[k].end);
            assert_string_equal(reasons[f->rows[i] + k], sf_entity_reason(f->other, (size_t)k));
        }
    }
}

static void topics_are_those_of_one_call_a_text(void **state)
{
    fixture *f = *state;
    const sf_str *all = NULL;
    sf_str one[SF_MAX_TOPICS];
    assert_int_equal(sf_text_topics_column(f->analyser, f->batch, f->utf8, f->offsets, MANY, f->rows, &all), MANY);
    assert_true(f->rows[3] > f->rows[2]); /* a term is a topic without being a name */
    for (size_t i = 0; i < MANY; i++) {
        int64_t n = sf_text_topics(f->other, text_at(f, i), one);
        assert_int_equal(f->rows[i + 1] - f->rows[i], n);
        for (int64_t k = 0; k < n; k++) {
            same(all[f->rows[i] + k], one[k]);
        }
    }
}

static void keywords_are_those_of_one_call_a_text(void **state)
{
    fixture *f = *state;
    const sf_keyword *all = NULL, *one;
    assert_int_equal(sf_keywords_column(f->analyser, f->batch, f->utf8, f->offsets, MANY, 2, f->rows, &all), MANY);
    for (size_t i = 0; i < MANY; i++) {
        int64_t n = sf_keywords(f->other, text_at(f, i), 2, &one);
        assert_int_equal(f->rows[i + 1] - f->rows[i], n);
        for (int64_t k = 0; k < n; k++) {
            const sf_keyword *w = &all[f->rows[i] + k];
            same(w->word, one[k].word);
            assert_int_equal(w->start, one[k].start);
            assert_int_equal(w->count, one[k].count);
            assert_true(w->weight >= one[k].weight && w->weight <= one[k].weight);
        }
    }
}

static void no_texts_and_empty_texts_give_nothing(void **state)
{
    fixture *f = *state;
    const sf_entity *all = NULL;
    const int64_t none[3] = {0, 0, 0};
    assert_int_equal(sf_entities_column(f->analyser, f->batch, NULL, NULL, 0, f->rows, &all, NULL), 0);
    assert_non_null(all);
    assert_int_equal(f->rows[0], 0);
    assert_int_equal(sf_entities_column(f->analyser, f->batch, NULL, none, 2, f->rows, &all, NULL), 2);
    assert_int_equal(f->rows[2], 0);
}

static void wrong_use_is_told_and_leaves_the_analyser_free(void **state)
{
    fixture *f = *state;
    const sf_entity *all = NULL;
    const sf_str *topics = NULL;
    const int64_t falls[3] = {0, 4, 2}, below[2] = {-1, 4}, ends[2] = {0, 4};
    sf_analyser *a = f->analyser;
    sf_batch *b = f->batch;
    assert_int_equal(sf_entities_column(a, b, f->utf8, falls, 2, f->rows, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(a, b, f->utf8, below, 1, f->rows, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(a, b, NULL, ends, 1, f->rows, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(a, b, f->utf8, NULL, 1, f->rows, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(a, b, f->utf8, ends, 1, NULL, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(a, b, f->utf8, ends, 1, f->rows, NULL, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(a, NULL, f->utf8, ends, 1, f->rows, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_entities_column(NULL, b, f->utf8, ends, 1, f->rows, &all, NULL), SF_EINVAL);
    assert_int_equal(sf_text_topics_column(a, b, f->utf8, ends, 1, f->rows, NULL), SF_EINVAL);
    assert_int_equal(sf_keywords_column(a, b, f->utf8, ends, 1, 0, f->rows, NULL), SF_EINVAL);
    assert_null(all);
    assert_int_equal(sf_text_topics_column(a, b, f->utf8, ends, 1, f->rows, &topics), 1);
    assert_int_equal(f->rows[1], 1);
    assert_string_equal(topics[0].ptr, "nasa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entities_are_those_of_one_call_a_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(topics_are_those_of_one_call_a_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keywords_are_those_of_one_call_a_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_texts_and_empty_texts_give_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_use_is_told_and_leaves_the_analyser_free, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
