/* SPDX-License-Identifier: MIT */
/* Pulses: null is told from zero, averages from guesses. (tests/query compares all figures with Python's.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "common/entity_tally.h"
#include "common/pulse.h"

#define NOW  INT64_C(1767225600000)
#define HOUR INT64_C(3600000)

typedef struct asked {
    sf_question *q;
    sf_pulse *p;
    sf_answer *a;
} asked;

static asked start(const char *step)
{
    asked t;
    sf_error err;
    assert_int_equal(sf_question_new(&t.q, SF_ASK_PULSE, NOW), SF_OK);
    assert_int_equal(sf_question_set(t.q, "step", sf_cstr(step), &err), SF_OK);
    assert_int_equal(sf_question_set(t.q, "since", sf_cstr("4h"), &err), SF_OK);
    assert_int_equal(sf_question_finish(t.q, 0, &err), SF_OK);
    assert_int_equal(sf_answer_new(&t.a), SF_OK);
    assert_int_equal(sf_pulse_new(&t.p, t.q, t.q->since_ms, NOW), SF_OK);
    sf_question_start(t.q, t.a);
    return t;
}

static void end(asked t)
{
    sf_pulse_free(t.p);
    sf_answer_free(t.a);
    sf_question_free(t.q);
}

static sf_pulse_post post_at(int32_t platform, int64_t ms, const char *author, double compound)
{
    return (sf_pulse_post){platform, ms, sf_cstr(author), compound, 1, NAN, NAN, NAN, sf_cstr("[]")};
}

/* The cell of a platform's row that has this name; NULL: there is no such row. */
static const sf_cell *cell_of(const sf_answer *a, const char *platform, const char *name, size_t step)
{
    for (size_t row = 0; row < a->n_rows; row++) {
        const sf_cell *found = NULL, *which = NULL;
        for (size_t i = 0; i < a->n_columns; i++) {
            const sf_cell *c = sf_answer_cell(a, row, i);
            found = strcmp(a->columns[i]->name, name) == 0 ? c : found;
            which = strcmp(a->columns[i]->name, "platform") == 0 ? c : which;
        }
        if (strcmp(which->is.text.ptr, platform) == 0 && step-- == 0) {
            return found;
        }
    }
    return NULL;
}

static void no_data_is_not_zero(void **state)
{
    asked t = start("");
    (void)state;
    sf_pulse_platform(t.p, SF_REDDIT, NOW - 100 * HOUR, NOW, 0);              /* has posts, none of them fit */
    sf_pulse_platform(t.p, SF_BLUESKY, NOW - 100 * HOUR, NOW - 50 * HOUR, 0); /* was watched long ago */
    assert_int_equal(sf_pulse_answer(t.p, t.a), SF_OK);
    assert_int_equal(t.a->n_rows, 3);
    assert_true(cell_of(t.a, "reddit", "count", 0)->known && cell_of(t.a, "reddit", "count", 0)->is.whole == 0);
    assert_false(cell_of(t.a, "reddit", "avg_sentiment", 0)->known);
    assert_false(cell_of(t.a, "bluesky", "count", 0)->known);
    assert_null(cell_of(t.a, "youtube", "count", 0));
    assert_true(cell_of(t.a, "all", "count", 0)->known);
    end(t);
}

static void coverage_says_who_watched(void **state)
{
    asked t = start("1h");
    (void)state;
    sf_pulse_platform(t.p, SF_REDDIT, NOW - 100 * HOUR, NOW, 0);
    sf_pulse_watched(t.p, SF_REDDIT, NOW - 4 * HOUR, 900);
    sf_pulse_watched(t.p, SF_REDDIT, NOW - 4 * HOUR + 900000, 900);
    sf_pulse_watched(t.p, SF_REDDIT, NOW - 3 * HOUR, 0);
    sf_pulse_post post = post_at(SF_REDDIT, NOW - HOUR, "ann", 0.5);
    assert_int_equal(sf_pulse_add(t.p, &post), SF_OK);
    assert_int_equal(sf_pulse_answer(t.p, t.a), SF_OK);
    assert_int_equal(t.a->n_rows, 4);
    assert_true(cell_of(t.a, "reddit", "count", 0)->known);
    assert_true(cell_of(t.a, "reddit", "watched_seconds", 0)->is.number == 1800);
    assert_false(cell_of(t.a, "reddit", "count", 1)->known); /* watched for 0 seconds */
    assert_false(cell_of(t.a, "reddit", "count", 2)->known); /* not in the record */
    assert_int_equal(cell_of(t.a, "reddit", "count", 3)->is.whole, 1);
    end(t);
}

static void authors_are_told_apart_by_platform(void **state)
{
    asked t = start("");
    (void)state;
    sf_pulse_platform(t.p, SF_REDDIT, NOW - 100 * HOUR, NOW, 0);
    sf_pulse_platform(t.p, SF_YOUTUBE, NOW - 100 * HOUR, NOW, 0);
    for (int i = 0; i < 6000; i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "user%d", i % 3000);
        sf_pulse_post post = post_at(i % 4 == 0 ? SF_YOUTUBE : SF_REDDIT, NOW - HOUR, i < 5 ? "" : name, 0);
        assert_int_equal(sf_pulse_add(t.p, &post), SF_OK);
    }
    assert_int_equal(sf_pulse_answer(t.p, t.a), SF_OK);
    assert_int_equal(cell_of(t.a, "youtube", "authors", 0)->is.whole, 750 + 2);
    assert_int_equal(cell_of(t.a, "reddit", "authors", 0)->is.whole, 2250 + 3);
    assert_int_equal(cell_of(t.a, "all", "authors", 0)->is.whole, 3000 + 5);
    end(t);
}

static void uncovered_texts_have_no_mood(void **state)
{
    asked t = start("");
    (void)state;
    sf_pulse_platform(t.p, SF_REDDIT, NOW - 100 * HOUR, NOW, 0);
    for (int i = 0; i < 3; i++) {
        sf_pulse_post post = post_at(SF_REDDIT, NOW - HOUR, "x", i == 2 ? -1 : 0.25 + 0.5 * i);
        post.cover = i == 2 ? 0.49 : 0.5;
        assert_int_equal(sf_pulse_add(t.p, &post), SF_OK);
    }
    assert_int_equal(sf_pulse_answer(t.p, t.a), SF_OK);
    assert_true(cell_of(t.a, "reddit", "avg_sentiment", 0)->is.number == 0.5);
    assert_int_equal(cell_of(t.a, "reddit", "n_scored", 0)->is.whole, 2);
    assert_true(cell_of(t.a, "reddit", "sentiment_low", 0)->is.number == -1); /* of two, anything is possible */
    end(t);
}

static void quantiles_are_students(void **state)
{
    static const struct {
        double n;
        double t;
    } table[] = {{1, 12.706}, {2, 4.303},  {9, 2.262},   {10, 2.228},
                 {20, 2.086}, {30, 2.042}, {120, 1.980}, {1000000, 1.960}};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(fabs(sf_student_quantile(table[i].n) - table[i].t) < 0.0006);
    }
    assert_true(isnan(sf_student_quantile(0)));
}

/* Each once for a post; by id, or by what they are called; in the mood of those posts whose mood counts. */
static void entities_are_tallied(void **state)
{
    static const char *const posts[] = {
        ("[{\"text\":\"IBM\",\"label\":\"ORG\",\"start\":0,\"end\":3,\"id\":\"ibm\"},"
         "{\"text\":\"ibm\",\"label\":\"ORG\",\"id\":\"ibm\"},{\"text\":\"Ann\",\"label\":\"PERSON\",\"id\":null}]"),
        "[{\"label\":\"ORG\",\"id\":\"ibm\",\"text\":\"I.B.M.\"},{\"text\":\"Ann\",\"label\":\"GPE\"}]",
        "[{\"text\":\"Ann\",\"label\":\"PERSON\"},{\"x\":[1,{}]},3,\"y\"]",
        "",
        "[]",
        "[{",
        "nonsense"};
    static const double moods[] = {0.5, (double)NAN, 1, 0, 0, 0, 0};
    sf_entity_tally *t;
    sf_buffer b = {0};
    (void)state;
    assert_int_equal(sf_entity_tally_new(&t), SF_OK);
    for (size_t i = 0; i < sizeof posts / sizeof posts[0]; i++) {
        assert_int_equal(sf_entity_tally_add(t, sf_cstr(posts[i]), moods[i]), SF_OK);
    }
    assert_int_equal(sf_entity_tally_put(t, 2, &b), SF_OK);
    assert_string_equal(
        b.bytes,
        "[{\"id\":null,\"text\":\"Ann\",\"label\":\"PERSON\",\"count\":2,\"n_scored\":2,\"avg_sentiment\":0.75,"
        "\"sentiment_low\":-1,\"sentiment_high\":1},"
        "{\"id\":\"ibm\",\"text\":\"IBM\",\"label\":\"ORG\",\"count\":2,\"n_scored\":1,\"avg_sentiment\":0.5,"
        "\"sentiment_low\":null,\"sentiment_high\":null}]");
    sf_buffer_free(&b);
    assert_int_equal(sf_entity_tally_put(t, 9, &b), SF_OK);
    assert_non_null(strstr(b.bytes, "{\"id\":null,\"text\":\"Ann\",\"label\":\"GPE\",\"count\":1,\"n_scored\":0,\"avg_"
                                    "sentiment\":null,\"sentiment_low\":null,"
                                    "\"sentiment_high\":null}"));
    sf_buffer_free(&b);
    sf_entity_tally_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_data_is_not_zero),
        cmocka_unit_test(coverage_says_who_watched),
        cmocka_unit_test(authors_are_told_apart_by_platform),
        cmocka_unit_test(uncovered_texts_have_no_mood),
        cmocka_unit_test(quantiles_are_students),
        cmocka_unit_test(entities_are_tallied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
