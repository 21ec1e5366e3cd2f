/* SPDX-License-Identifier: MIT */
/* The batch: pointers stay valid, memory is kept and given back, signals are copied and repaired. */
#include <math.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "batch.h"

#define REPLACEMENT "\xEF\xBF\xBD"

static sf_signal simple(const char *id)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = SF_REDDIT;
    s.source_id = sf_cstr(id);
    return s;
}

static sf_batch *new_batch(void)
{
    sf_batch *b = NULL;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    return b;
}

static void pointers_stay_valid(void **state)
{
    sf_batch *b = new_batch();
    sf_signal **seen = malloc(10000 * sizeof *seen);
    char id[16];
    (void)state;
    assert_non_null(seen);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 10000; i++) {
            snprintf(id, sizeof id, "id%d", i);
            sf_signal s = simple(id);
            s.title = sf_cstr("a title of some length that fills the arena");
            assert_int_equal(sf_batch_add(b, &s, sizeof s), i);
            seen[i] = sf_batch_at(b, (size_t)i);
        }
        assert_int_equal(sf_batch_count(b), 10000);
        for (int i = 0; i < 10000; i++) {
            snprintf(id, sizeof id, "id%d", i);
            assert_ptr_equal(sf_batch_at(b, (size_t)i), seen[i]);
            assert_string_equal(seen[i]->source_id.ptr, id);
        }
        assert_null(sf_batch_at(b, 10000));
        sf_batch_reset(b);
        assert_int_equal(sf_batch_count(b), 0);
        assert_null(sf_batch_at(b, 0));
    }
    free(seen);
    sf_batch_free(b);
}

/* Blocks of all sizes, aligned, not overlapping, over several resets. */
static void memory_is_ones_own(void **state)
{
    enum { N = 600 };
    static unsigned char *block[N];
    sf_batch *b = new_batch();
    (void)state;
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < N; i++) {
            size_t size = i * i % 7001 * (i % 50 == 49 ? 40 : 1);
            block[i] = sf_batch_alloc(b, size);
            assert_non_null(block[i]);
            assert_int_equal((uintptr_t)block[i] % alignof(max_align_t), 0);
            memset(block[i], (int)(i & 0xFF), size);
            sf_str odd = {"abc", i % 4}, copy;
            assert_int_equal(sf_batch_copy(b, odd, &copy), SF_OK);
            assert_int_equal(copy.ptr[copy.len], 0);
        }
        for (size_t i = 0; i < N; i++) {
            size_t size = i * i % 7001 * (i % 50 == 49 ? 40 : 1);
            for (size_t k = 0; k < size; k++) {
                assert_int_equal(block[i][k], i & 0xFF);
            }
        }
        sf_batch_reset(b);
    }
    sf_batch_free(b);
}

static void sizes_at_the_edge(void **state)
{
    sf_batch *b = new_batch();
    sf_str out = {NULL, 7}, huge = {"x", SIZE_MAX}, null = {NULL, 3};
    (void)state;
    assert_non_null(sf_batch_alloc(b, 0));
    assert_null(sf_batch_alloc(b, SIZE_MAX));
    assert_null(sf_batch_alloc(b, SIZE_MAX / 2));
    assert_int_equal(sf_batch_copy(b, huge, &out), SF_ENOMEM);
    assert_int_equal(out.len, 7);
    assert_int_equal(sf_batch_copy(b, null, &out), SF_EINVAL);
    assert_int_equal(sf_batch_copy(b, (sf_str){NULL, 0}, &out), SF_OK);
    assert_string_equal(out.ptr, "");
    sf_batch_free(b);
    sf_batch_free(NULL);
    sf_batch_reset(NULL);
    assert_int_equal(sf_batch_count(NULL), 0);
    assert_null(sf_batch_at(NULL, 0));
    assert_null(sf_batch_alloc(NULL, 1));
    assert_int_equal(sf_batch_new(NULL), SF_EINVAL);
}

/* What an ordinary batch took is kept, what an unusual one took beyond 16 MB is given back. */
static void memory_is_kept_and_given_back(void **state)
{
    const size_t mb = 1024 * 1024;
    sf_batch *b = new_batch();
    (void)state;
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++) {
            assert_non_null(sf_batch_alloc(b, 50000));
        }
        size_t taken = sf_batch_memory(b);
        assert_in_range(taken, 5000000, 7 * mb);
        sf_batch_reset(b);
        assert_int_equal(sf_batch_memory(b), taken);
    }
    assert_non_null(sf_batch_alloc(b, 40 * mb));
    for (int i = 0; i < 1000; i++) {
        assert_non_null(sf_batch_alloc(b, 50000));
    }
    assert_true(sf_batch_memory(b) > 85 * mb);
    sf_batch_reset(b);
    assert_in_range(sf_batch_memory(b), 8 * mb, 16 * mb);
    assert_non_null(sf_batch_alloc(b, 100));
    sf_batch_free(b);
}

static void nothing_is_known_at_first(void **state)
{
    sf_signal s;
    (void)state;
    sf_signal_init(&s, sizeof s);
    assert_int_equal(s.rising, -1);
    assert_int_equal(s.kind, SF_POST);
    assert_true(s.ts_ms == SF_NO_TIME && s.observed_ms == SF_NO_TIME);
    assert_true(isnan(s.raw_score) && isnan(s.comments) && isnan(s.velocity) && isnan(s.sentiment.compound));
    assert_true(isnan(s.trending_score) && isnan(s.previous_score) && isnan(s.sentiment_cover));
    assert_string_equal(s.title.ptr, "");
    assert_int_equal(s.n_topics + s.n_entities + s.n_keywords + s.n_labels, 0);
}

static void a_copy_is_independent(void **state)
{
    sf_batch *b = new_batch();
    char id[] = "t3_x", label[] = "nsfw", word[] = "quantum", name[] = "IBM";
    sf_signal s = simple(id);
    sf_str labels[] = {sf_cstr(label)}, words[] = {sf_cstr(word)};
    sf_entity entity = {sf_cstr(name), sf_cstr("ORG"), sf_cstr("ibm"), 0, 3, {0}};
    (void)state;
    s.labels = labels;
    s.n_labels = 1;
    s.topics = s.keywords = words;
    s.n_topics = s.n_keywords = 1;
    s.entities = &entity;
    s.n_entities = 1;
    s.title = sf_cstr("IBM");
    s.raw_score = 45.0;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), 0);
    id[0] = label[0] = word[0] = name[0] = '#';
    const sf_signal *copy = sf_batch_at(b, 0);
    assert_string_equal(copy->source_id.ptr, "t3_x");
    assert_string_equal(copy->labels[0].ptr, "nsfw");
    assert_string_equal(copy->topics[0].ptr, "quantum");
    assert_string_equal(copy->keywords[0].ptr, "quantum");
    assert_string_equal(copy->entities[0].text.ptr, "IBM");
    assert_int_equal(copy->entities[0].end, 3);
    assert_true(copy->raw_score == 45.0 && isnan(copy->comments));
    assert_int_equal(copy->replaced, 0);
    sf_batch_free(b);
}

static void text_is_repaired(void **state)
{
    sf_batch *b = new_batch();
    sf_signal s = simple("a\xFFz");
    sf_str label = sf_cstr("\xE2\x82");
    (void)state;
    s.title = (sf_str){"x\0y", 3};
    s.body = (sf_str){"\0\xF0\x9F\x98\0", 5};
    s.labels = &label;
    s.n_labels = 1;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), 0);
    const sf_signal *copy = sf_batch_at(b, 0);
    assert_string_equal(copy->source_id.ptr, "a" REPLACEMENT "z");
    assert_string_equal(copy->title.ptr, "x" REPLACEMENT "y");
    assert_int_equal(copy->title.len, 5);
    assert_string_equal(copy->body.ptr, REPLACEMENT REPLACEMENT REPLACEMENT);
    assert_string_equal(copy->labels[0].ptr, REPLACEMENT);
    assert_int_equal(copy->replaced, 6);
    sf_batch_free(b);
}

static void what_is_no_signal(void **state)
{
    static char id[SF_MAX_ID + 1], body[SF_MAX_RECORD + 1];
    sf_batch *b = new_batch();
    sf_signal s = simple("1");
    (void)state;
    assert_int_equal(sf_batch_add(b, NULL, sizeof s), SF_EINVAL);
    assert_int_equal(sf_batch_add(NULL, &s, sizeof s), SF_EINVAL);
    assert_int_equal(sf_batch_add(b, &s, 8), SF_EINVAL);
    s.platform = SF_PLATFORM_COUNT;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_EINVAL);
    s = simple("1");
    s.kind = 4;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_EINVAL);
    s = simple("");
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_EINVAL);
    s = simple("1");
    s.raw_score = (double)INFINITY;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_EINVAL);
    s.raw_score = -1e16;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_EINVAL);
    s = simple("1");
    s.n_labels = 1; /* of no list */
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_EINVAL);
    memset(id, 'x', sizeof id);
    s = simple("");
    s.source_id = (sf_str){id, sizeof id};
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_ETOOBIG);
    s.source_id.len--;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), 0);
    memset(body, 'x', sizeof body);
    s = simple("1");
    s.body = (sf_str){body, sizeof body};
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_ETOOBIG);
    s.body.len = SIZE_MAX / 2;
    s.title = s.url = s.body;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), SF_ETOOBIG);
    assert_int_equal(sf_batch_count(b), 1);
    sf_batch_free(b);
}

static void lists_are_cut(void **state)
{
    sf_batch *b = new_batch();
    sf_signal s = simple("1");
    sf_str many[100];
    sf_entity entities[100];
    (void)state;
    memset(entities, 0, sizeof entities);
    for (size_t i = 0; i < 100; i++) {
        many[i] = sf_cstr("x");
    }
    s.labels = s.topics = s.keywords = many;
    s.entities = entities;
    s.n_labels = s.n_topics = s.n_keywords = s.n_entities = 100;
    assert_int_equal(sf_batch_add(b, &s, sizeof s), 0);
    assert_int_equal(sf_batch_at(b, 0)->n_labels, SF_MAX_LABELS);
    assert_int_equal(sf_batch_at(b, 0)->n_topics, SF_MAX_TOPICS);
    assert_int_equal(sf_batch_at(b, 0)->n_keywords, SF_MAX_KEYWORDS);
    assert_int_equal(sf_batch_at(b, 0)->n_entities, SF_MAX_ENTITIES);
    sf_batch_free(b);
}

static void the_text_of_a_signal(void **state)
{
    sf_batch *b = new_batch();
    sf_signal s = simple("1");
    sf_str text;
    (void)state;
    assert_int_equal(sf_signal_text(b, &s, &text), SF_OK);
    assert_int_equal(text.len, 0);
    s.title = sf_cstr("title");
    assert_int_equal(sf_signal_text(b, &s, &text), SF_OK);
    assert_ptr_equal(text.ptr, s.title.ptr);
    s.body = sf_cstr("body");
    assert_int_equal(sf_signal_text(b, &s, &text), SF_OK);
    assert_string_equal(text.ptr, "title\nbody");
    assert_int_equal(text.len, 10);
    s.title.len = 0;
    assert_int_equal(sf_signal_text(b, &s, &text), SF_OK);
    assert_ptr_equal(text.ptr, s.body.ptr);
    assert_int_equal(sf_signal_text(b, NULL, &text), SF_EINVAL);
    sf_batch_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_stay_valid),
        cmocka_unit_test(memory_is_ones_own),
        cmocka_unit_test(sizes_at_the_edge),
        cmocka_unit_test(memory_is_kept_and_given_back),
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(a_copy_is_independent),
        cmocka_unit_test(text_is_repaired),
        cmocka_unit_test(what_is_no_signal),
        cmocka_unit_test(lists_are_cut),
        cmocka_unit_test(the_text_of_a_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
