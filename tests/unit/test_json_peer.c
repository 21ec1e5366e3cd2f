/* SPDX-License-Identifier: MIT */
/* Our JSON beside cJSON's, as one that was written by others: what we write it reads, and what it writes we read, to the last bit. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cJSON.h>
#include <cmocka.h>

#include "signalflow/json.h"
#include "signalflow/signalflow.h"
#include "support/random.h"

enum { TEXT = 200, DEPTH = 5 };

static const char *random_text(uint64_t *random, char buf[TEXT])
{
    static const char *const pieces[] = {
        "a", "\"", "\\", "/", "\n", "\x01", "\x7F", "\xC3\xA9", "\xE2\x80\xA8", "\xF0\x9F\x98\x80", "word "};
    size_t len = 0;
    for (uint32_t n = random_below(random, 20); n > 0; n--) {
        len += (size_t)sprintf(buf + len, "%s", pieces[random_below(random, sizeof pieces / sizeof pieces[0])]);
    }
    buf[len] = '\0';
    return buf;
}

static double random_number(uint64_t *random)
{
    double v = random_log(random, 1e-12, 9e15) * (random_below(random, 2) == 0 ? 1 : -1);
    return random_below(random, 3) == 0 ? trunc(v) : v;
}

/* ---- what we write ------------------------------------------------------------------------------------------------- */

static void text_is(const cJSON *object, const char *name, sf_str wanted)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(object, name);
    if (wanted.len == 0 && cJSON_IsNull(v)) {
        return; /* unknown */
    }
    assert_true(cJSON_IsString(v));
    assert_string_equal(v->valuestring, wanted.ptr);
}

static void number_is(const cJSON *object, const char *name, double wanted)
{
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(object, name);
    if (isnan(wanted)) {
        assert_true(cJSON_IsNull(v));
    } else {
        assert_true(cJSON_IsNumber(v) && v->valuedouble == wanted);
    }
}

static void texts_are(const cJSON *object, const char *name, const sf_str *wanted, size_t n)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, name), *v;
    size_t i = 0;
    assert_int_equal(cJSON_GetArraySize(list), n);
    cJSON_ArrayForEach(v, list)
    {
        assert_string_equal(v->valuestring, wanted[i++].ptr);
    }
}

static void entities_are(const cJSON *object, const sf_entity *wanted, size_t n)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "entities"), *v;
    size_t i = 0;
    assert_int_equal(cJSON_GetArraySize(list), n);
    cJSON_ArrayForEach(v, list)
    {
        text_is(v, "text", wanted[i].text);
        text_is(v, "label", wanted[i].label);
        text_is(v, "id", wanted[i].id);
        number_is(v, "start", wanted[i].start);
        number_is(v, "end", wanted[i].end);
        i++;
    }
}

static void time_is(const cJSON *object, const char *name, int64_t wanted)
{
    char text[25];
    (void)sf_time_format(wanted, text);
    text_is(object, name, sf_cstr(text));
}

static void check(const sf_signal *s, const char *line, size_t len)
{
    const char *end = NULL;
    cJSON *o = cJSON_ParseWithLengthOpts(line, len + 1, &end, 1);
    if (o == NULL || end != line + len) {
        fail_msg("not read: %s", line);
    }
    const cJSON *sentiment = cJSON_GetObjectItemCaseSensitive(o, "sentiment");
    text_is(o, "platform", sf_cstr(sf_platform_name(s->platform)));
    text_is(o, "kind", sf_cstr(sf_kind_name(s->kind)));
    text_is(o, "source_id", s->source_id);
    text_is(o, "title", s->title);
    text_is(o, "body", s->body);
    text_is(o, "author", s->author);
    number_is(o, "raw_score", s->raw_score);
    number_is(o, "comments", s->comments);
    time_is(o, "ts", s->ts_ms);
    time_is(o, "observed_at", s->observed_ms);
    texts_are(o, "labels", s->labels, s->n_labels);
    number_is(sentiment, "neg", s->sentiment.neg);
    number_is(sentiment, "neu", s->sentiment.neu);
    number_is(sentiment, "pos", s->sentiment.pos);
    number_is(sentiment, "compound", s->sentiment.compound);
    number_is(o, "sentiment_cover", s->sentiment_cover);
    texts_are(o, "topics", s->topics, s->n_topics);
    entities_are(o, s->entities, s->n_entities);
    texts_are(o, "keywords", s->keywords, s->n_keywords);
    number_is(o, "velocity", s->velocity);
    number_is(o, "trending_score", s->trending_score);
    cJSON_Delete(o);
}

static void it_reads_what_we_write(void **state)
{
    uint64_t random = 7;
    char texts[4][TEXT], line[8000];
    sf_analyser *a;
    sf_batch *b;
    size_t entities = 0;
    (void)state;
    assert_int_equal(sf_analyser_new(&a, NULL), SF_OK);
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (int i = 0; i < 2000; i++) {
        sf_str label = sf_cstr(random_text(&random, texts[0]));
        sf_signal s;
        sf_signal_init(&s, sizeof s);
        s.platform = 1 + (int32_t)random_below(&random, 4);
        s.source_id = sf_cstr("x");
        (void)random_text(&random, texts[1]);
        s.title = sf_cstr(strcat(texts[1], " IBM is great, says Merkel"));
        s.body = sf_cstr(random_text(&random, texts[2]));
        s.author = sf_cstr(random_text(&random, texts[3]));
        s.raw_score = random_number(&random);
        s.ts_ms = (int64_t)random_log(&random, 1, 2e12);
        s.observed_ms = s.ts_ms + 1;
        s.labels = &label;
        s.n_labels = label.len > 0;
        sf_batch_reset(b);
        assert_int_equal(sf_batch_add(b, &s, sizeof s), 0);
        sf_analyse(a, b, 0, SF_DO_ALL);
        sf_signal *got = sf_batch_at(b, 0);
        got->velocity = random_number(&random);
        got->trending_score = random_unit(&random);
        int64_t len = sf_signal_json(got, line, sizeof line);
        assert_in_range(len, 1, sizeof line - 1);
        check(got, line, (size_t)len);
        entities += got->n_entities;
    }
    assert_true(entities > 1000); /* they were compared too */
    sf_batch_free(b);
    sf_analyser_free(a);
}

/* ---- what it writes ------------------------------------------------------------------------------------------------ */

static cJSON *random_value(uint64_t *random, int depth)
{
    char text[TEXT], name[TEXT + 16];
    uint32_t kind = random_below(random, depth > 0 ? 7 : 5), n = random_below(random, 5);
    switch (kind) {
    case 0: return cJSON_CreateNull();
    case 1: return cJSON_CreateBool(random_below(random, 2) == 0);
    case 2: return cJSON_CreateNumber(random_number(random));
    case 3:
    case 4: return cJSON_CreateString(random_text(random, text));
    default: break;
    }
    cJSON *all = kind == 5 ? cJSON_CreateArray() : cJSON_CreateObject();
    for (uint32_t i = 0; i < n; i++) {
        cJSON *v = random_value(random, depth - 1);
        (void)snprintf(name, sizeof name, "%u%s", i, random_text(random, text));
        assert_true(kind == 5 ? cJSON_AddItemToArray(all, v) : cJSON_AddItemToObject(all, name, v));
    }
    return all;
}

static void same(sf_json *j, const cJSON *wanted);

static void same_members(sf_json *j, const cJSON *wanted)
{
    const cJSON *v;
    sf_str name;
    int is_object = cJSON_IsObject(wanted);
    int r = sf_json_enter(j, is_object ? '{' : '[');
    assert_int_equal(r, 1);
    cJSON_ArrayForEach(v, wanted)
    {
        assert_int_equal(is_object ? sf_json_member(j, &name) : sf_json_element(j), 1);
        assert_true(!is_object || sf_json_is(name, v->string));
        same(j, v);
    }
    assert_int_equal(is_object ? sf_json_member(j, &name) : sf_json_element(j), 0);
}

static void same(sf_json *j, const cJSON *wanted)
{
    char buf[TEXT + 1];
    double number;
    int flag;
    sf_str text;
    if (cJSON_IsString(wanted)) {
        assert_int_equal(sf_json_string(j, buf, sizeof buf, &text), SF_OK);
        assert_int_equal(text.len, strlen(wanted->valuestring));
        assert_memory_equal(text.ptr, wanted->valuestring, text.len);
    } else if (cJSON_IsNumber(wanted)) {
        assert_int_equal(sf_json_number(j, &number), SF_OK);
        assert_true(number == wanted->valuedouble);
    } else if (cJSON_IsBool(wanted)) {
        assert_int_equal(sf_json_bool(j, &flag), SF_OK);
        assert_int_equal(flag, cJSON_IsTrue(wanted));
    } else if (cJSON_IsNull(wanted)) {
        assert_int_equal(sf_json_peek(j), SF_JSON_NULL);
        assert_int_equal(sf_json_skip(j), SF_OK);
    } else {
        same_members(j, wanted);
    }
}

static void we_read_what_it_writes(void **state)
{
    uint64_t random = 11;
    (void)state;
    for (int i = 0; i < 2000; i++) {
        cJSON *v = random_value(&random, DEPTH);
        char *text = i % 2 == 0 ? cJSON_Print(v) : cJSON_PrintUnformatted(v);
        sf_json j;
        sf_error err = {0};
        assert_non_null(text);
        cJSON_Delete(v);
        v = cJSON_Parse(text); /* it writes some numbers with 15 digits, which are not the ones it had */
        sf_json_init(&j, sf_cstr(text));
        same(&j, v);
        assert_int_equal(sf_json_end(&j, &err), SF_OK);
        cJSON_free(text);
        cJSON_Delete(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_what_we_write),
        cmocka_unit_test(we_read_what_it_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
