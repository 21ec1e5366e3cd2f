/* SPDX-License-Identifier: MIT */
/* Questions: what filters mean, and what is refused in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "common/question.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

static sf_error err;

/* A question with filters "name", "value", ..., NULL. Returns what setting or finishing said; *q is to be freed. */
static int ask(sf_question **q, sf_ask what, ...)
{
    va_list args;
    memset(&err, 0, sizeof err);
    assert_int_equal(sf_question_new(q, what, NOW), SF_OK);
    int r = SF_OK;
    va_start(args, what);
    for (const char *name; r == SF_OK && (name = va_arg(args, const char *)) != NULL;) {
        r = sf_question_set(*q, name, sf_cstr(va_arg(args, const char *)), &err);
    }
    va_end(args);
    return r == SF_OK ? sf_question_finish(*q, 0, &err) : r;
}

static void assert_refused(const char *message, sf_ask what, const char *name, const char *value)
{
    sf_question *q;
    int r = ask(&q, what, name, value, NULL);
    if (r != SF_EINVAL || strcmp(err.message, message) != 0) {
        print_error("%d \"%s\" instead of \"%s\"\n", r, err.message, message);
    }
    assert_int_equal(r, SF_EINVAL);
    assert_string_equal(err.message, message);
    sf_question_free(q);
}

static void nothing_set_asks_for_everything(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, NULL), SF_OK);
    assert_int_equal(q->platforms, (1U << SF_PLATFORM_COUNT) - (1U << SF_REDDIT));
    assert_false(q->named_platforms || q->past || q->cursor.given || q->rising || q->deleted || q->total);
    assert_true(q->since_ms == SF_NO_TIME && q->until_ms == SF_NO_TIME && q->as_of_ms == NOW);
    assert_true(isnan(q->min_velocity) && isnan(q->max_sentiment) && q->kind == -1);
    assert_int_equal(q->limit, 20);
    assert_int_equal(q->order, SF_ORDER_NEW);
    assert_int_equal(q->topic.len + q->author.len + q->n_terms + q->n_labels, 0);
    sf_question_free(q);
}

static void platforms_stand_between_commas_or_come_again(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "platform", "reddit, bluesky", "platform", "youtube", NULL), SF_OK);
    assert_int_equal(q->platforms, 1U << SF_REDDIT | 1U << SF_BLUESKY | 1U << SF_YOUTUBE);
    assert_true(q->named_platforms);
    sf_question_free(q);
    assert_refused("platform: \"redit\" is none of reddit, hackernews, bluesky, youtube, lobsters", SF_ASK_SIGNALS,
                   "platform", "redit");
}

static void an_unknown_platform_can_be_one_without_posts(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(sf_question_new(&q, SF_ASK_SIGNALS, NOW), SF_OK);
    sf_question_tolerate(q);
    assert_int_equal(sf_question_set(q, "platform", sf_cstr("myspace"), &err), SF_OK);
    assert_int_equal(sf_question_finish(q, 0, &err), SF_OK);
    assert_int_equal(q->platforms, 0);
    sf_question_free(q);
}

static void names_may_have_underscores_and_values_may_be_empty(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "min_velocity", "-0.5", "as_of", "", "without_label", "nsfw", NULL),
                     SF_OK);
    assert_true(q->min_velocity == -0.5 && !q->past && q->n_without == 1);
    sf_question_free(q);
    assert_refused("min+velocity: no such filter", SF_ASK_SIGNALS, "min+velocity", "1");
    assert_refused("min-velocit: no such filter", SF_ASK_SIGNALS, "min-velocit", "1");
    assert_refused("min-velocityy: no such filter", SF_ASK_SIGNALS, "min-velocityy", "1");
}

static void the_last_value_of_a_filter_holds(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(
        ask(&q, SF_ASK_SIGNALS, "topic", "a", "topic", "B", "q", "one two", "q", "three", "limit", "5", NULL), SF_OK);
    assert_string_equal(q->topic.ptr, "b");
    assert_int_equal(q->n_terms, 1);
    assert_int_equal(q->limit, 5);
    sf_question_free(q);
}

static void topics_are_lower_case(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_PULSE, "topic", "Café ÉCOLE", NULL), SF_OK);
    assert_string_equal(q->topic.ptr, "café école");
    sf_question_free(q);
}

static void times_are_absolute_or_before_as_of(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "since", "2h", "as-of", "2025-12-31T12:00:00Z", "until", "30m", NULL),
                     SF_OK);
    assert_true(q->past && q->as_of_ms == NOW - 43200000);
    assert_true(q->since_ms == q->as_of_ms - 7200000 && q->until_ms == q->as_of_ms - 1800000);
    sf_question_free(q);
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "since", "2025-12-31", "until", "1767225000", "as-of", "1d", NULL), SF_OK);
    assert_true(q->since_ms == NOW - SF_DAY_MS && q->until_ms == NOW - 600000 && q->as_of_ms == NOW - SF_DAY_MS);
    sf_question_free(q);
    assert_refused("since: \"yesterday\" is no time as 2026-01-02T03:04:05Z, 2026-01-02 or now, nor as 2h before",
                   SF_ASK_SIGNALS, "since", "yesterday");
    assert_refused("since: \"2025-02-30\" is no time as 2026-01-02T03:04:05Z, 2026-01-02 or now, nor as 2h before",
                   SF_ASK_SIGNALS, "since", "2025-02-30");
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "since", "1h", "until", "2h", NULL), SF_EINVAL);
    assert_string_equal(err.message, "until: not after since");
    sf_question_free(q);
}

static void questions_look_back_as_far_as_is_usual(void **state)
{
    static const struct {
        sf_ask what;
        const char *topic;
        int64_t back;
    } cases[] = {{SF_ASK_TRENDING, "", SF_DAY_MS},
                 {SF_ASK_PULSE, "x", SF_DAY_MS},
                 {SF_ASK_COMPARE, "x", SF_DAY_MS},
                 {SF_ASK_COMPARE, "", 7 * SF_DAY_MS}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_question *q;
        assert_int_equal(ask(&q, cases[i].what, "topic", cases[i].topic, NULL), SF_OK);
        assert_true(q->since_ms == NOW - cases[i].back);
        sf_question_free(q);
    }
}

static void full_text_is_words_phrases_and_beginnings(void **state)
{
    static const struct {
        const char *text;
        const char *terms[4];
        int prefix[4];
    } cases[] = {
        {"open source", {"open", "source"}, {0, 0}}, {"\"open source\"  licen*", {"open source", "licen"}, {0, 1}},
        {"a\"b c\"d", {"a", "b c", "d"}, {0, 0, 0}}, {"\"not closed", {"not closed"}, {0}},
        {"!!! ** c++ \"\"", {"c++"}, {0}},           {"NOT a AND b*c", {"not", "a", "and", "b*c"}, {0, 0, 0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_question *q;
        assert_int_equal(ask(&q, SF_ASK_SIGNALS, "q", cases[i].text, NULL), SF_OK);
        size_t n = 0;
        for (; n < 4 && cases[i].terms[n] != NULL; n++) {
            assert_true(n < q->n_terms);
            assert_string_equal(q->terms[n].text.ptr, cases[i].terms[n]);
            assert_int_equal(q->terms[n].prefix, cases[i].prefix[n]);
        }
        assert_int_equal(q->n_terms, n);
        sf_question_free(q);
    }
    assert_refused("q: no word in it", SF_ASK_SIGNALS, "q", "!!! \"...\"");
    char many[2 * SF_QUESTION_TERMS + 3];
    for (size_t i = 0; i < sizeof many - 1; i++) {
        many[i] = i % 2 == 0 ? 'a' : ' ';
    }
    many[sizeof many - 1] = '\0';
    assert_refused("q: too many words", SF_ASK_SIGNALS, "q", many);
}

static void values_are_checked(void **state)
{
    char longer[1100];
    sf_question *q;
    (void)state;
    assert_refused("min-score: \"many\" is no number", SF_ASK_SIGNALS, "min-score", "many");
    assert_refused("min-sentiment: 2 is not within -1 to 1", SF_ASK_SIGNALS, "min-sentiment", "2");
    assert_refused("order: \"best\" is none of new|old|hot|velocity|score|comments", SF_ASK_SIGNALS, "order", "best");
    assert_refused("rising: \"maybe\" is neither yes nor no", SF_ASK_SIGNALS, "rising", "maybe");
    assert_refused("limit: 0 is not within 1 to 100000", SF_ASK_SIGNALS, "limit", "0");
    assert_refused("step: not whole quarters of an hour", SF_ASK_PULSE, "step", "20m");
    assert_refused("cursor: no cursor that an answer has given", SF_ASK_SIGNALS, "cursor", "n12");
    assert_refused("cursor: no cursor that an answer has given", SF_ASK_SIGNALS, "cursor", "x427a210743c110001");
    assert_refused("cursor: no cursor that an answer has given", SF_ASK_SIGNALS, "cursor",
                   "n7ff00000000000001"); /* infinite */
    assert_refused("author: not valid UTF-8", SF_ASK_SIGNALS, "author", "a\xff");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_refused("author: too long", SF_ASK_SIGNALS, "author", longer);
    assert_int_equal(sf_question_new(&q, SF_ASK_SIGNALS, NOW), SF_OK);
    assert_int_equal(sf_question_set(q, "author", (sf_str){"a\0b", 3}, &err), SF_EINVAL);
    sf_question_free(q);
}

static void filters_belong_to_questions(void **state)
{
    sf_question *q;
    (void)state;
    assert_refused("min-velocity: no filter of topics", SF_ASK_TOPICS, "min-velocity", "1");
    assert_refused("step: no filter of signals", SF_ASK_SIGNALS, "step", "1h");
    assert_refused("deleted: no filter of trending", SF_ASK_TRENDING, "deleted", "yes");
    assert_refused("by: events and leads cannot be filtered by text, channel, author, lang, label or kind",
                   SF_ASK_COMPARE, "author", "ann");
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "rising", "yes", "as-of", "1h", NULL), SF_EINVAL);
    assert_string_equal(err.message, "rising: what was rising is not kept; leave as-of or rising out");
    sf_question_free(q);
    assert_int_equal(ask(&q, SF_ASK_PULSE, "since", "30d", "step", "15m", NULL), SF_EINVAL);
    assert_string_equal(err.message, "step: more than 2000 of them in the period");
    sf_question_free(q);
    assert_int_equal(ask(&q, SF_ASK_COMPARE, "topic", "x", "significant", "1", NULL), SF_EINVAL);
    sf_question_free(q);
}

static void comparisons_are_of_platforms_where_there_is_a_topic(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_COMPARE, NULL), SF_OK);
    assert_false(q->by_platform);
    sf_question_free(q);
    assert_int_equal(ask(&q, SF_ASK_COMPARE, "topic", "ibm", NULL), SF_OK);
    assert_true(q->by_platform);
    sf_question_free(q);
    assert_int_equal(ask(&q, SF_ASK_COMPARE, "topic", "ibm", "by", "event", "significant", "yes", NULL), SF_OK);
    assert_false(q->by_platform);
    sf_question_free(q);
}

static void a_cursor_comes_back_as_it_was(void **state)
{
    static const double keys[] = {0, -0.5, 1767225599999.0, 81815.93812, 1e-300};
    char text[SF_CURSOR_BYTES];
    sf_question *q;
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(ask(&q, SF_ASK_TRENDING, NULL), SF_OK);
        sf_question_cursor(q, keys[i], INT64_MAX - (int64_t)i, text);
        sf_question_free(q);
        assert_int_equal(ask(&q, SF_ASK_TRENDING, "cursor", text, NULL), SF_OK);
        assert_true(q->cursor.given && q->cursor.key == keys[i] && q->cursor.id == INT64_MAX - (int64_t)i);
        sf_question_free(q);
        assert_int_equal(ask(&q, SF_ASK_SIGNALS, "cursor", text, NULL), SF_EINVAL);
        assert_string_equal(err.message, "cursor: of an answer in another order");
        sf_question_free(q);
    }
}

static void fields_choose_columns(void **state)
{
    sf_question *q;
    (void)state;
    assert_int_equal(ask(&q, SF_ASK_SIGNALS, "fields", "title, id,text", NULL), SF_OK);
    assert_int_equal(q->n_columns, 3);
    assert_string_equal(q->columns[0]->name, "title");
    assert_string_equal(q->columns[2]->name, "text");
    sf_question_free(q);
    assert_refused("fields: signals have no \"passwords\"", SF_ASK_SIGNALS, "fields", "id,passwords");
    assert_refused("fields: none", SF_ASK_SIGNALS, "fields", ", ,");
    assert_int_equal(ask(&q, SF_ASK_HISTORY, "platform", "reddit", "source-id", "t3_x", NULL), SF_OK);
    assert_int_equal(q->n_columns, 6);
    sf_question_free(q);
    assert_refused("source-id: of which post? A platform and an id", SF_ASK_HISTORY, "source-id", "t3_x");
    for (int what = 0; what < SF_ASK_HISTORY; what++) {
        size_t data, table;
        assert_int_equal(ask(&q, (sf_ask)what, NULL), SF_OK);
        data = q->n_columns;
        assert_int_equal(sf_question_finish(q, 1, &err), SF_OK);
        table = q->n_columns;
        sf_question_free(q);
        assert_int_equal(ask(&q, (sf_ask)what, "fields", "all", NULL), SF_OK);
        assert_true(q->n_columns >= data && q->n_columns >= table && table >= 8);
        sf_question_free(q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_asks_for_everything),
        cmocka_unit_test(platforms_stand_between_commas_or_come_again),
        cmocka_unit_test(an_unknown_platform_can_be_one_without_posts),
        cmocka_unit_test(names_may_have_underscores_and_values_may_be_empty),
        cmocka_unit_test(the_last_value_of_a_filter_holds),
        cmocka_unit_test(topics_are_lower_case),
        cmocka_unit_test(times_are_absolute_or_before_as_of),
        cmocka_unit_test(questions_look_back_as_far_as_is_usual),
        cmocka_unit_test(full_text_is_words_phrases_and_beginnings),
        cmocka_unit_test(values_are_checked),
        cmocka_unit_test(filters_belong_to_questions),
        cmocka_unit_test(comparisons_are_of_platforms_where_there_is_a_topic),
        cmocka_unit_test(a_cursor_comes_back_as_it_was),
        cmocka_unit_test(fields_choose_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
