/* SPDX-License-Identifier: MIT */
/* The JSON reader and writers: what they take, what they refuse and what they say then. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/json.h"

#define REPLACEMENT "\xEF\xBF\xBD"

static sf_json reader(const char *text)
{
    sf_json j;
    sf_json_init(&j, sf_cstr(text));
    return j;
}

/* The example of the header. */
static void a_walk(void **state)
{
    sf_json j = reader(" {\"id\":\"x\\n1\", \"n\":-2.5e3,\"t\":true,\"deep\":{\"a\":[1,[2],{}]},\"list\":[1,2,3]} \n");
    sf_error err = {0};
    sf_str key, id = {NULL, 0};
    char buf[16];
    double n = 0.0;
    int truth = 0, skipped = 0;
    int64_t sum = 0;
    (void)state;
    for (int r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &key)) > 0;) {
        if (sf_json_is(key, "id")) {
            sf_json_string(&j, buf, sizeof buf, &id);
        } else if (sf_json_is(key, "n")) {
            sf_json_number(&j, &n);
        } else if (sf_json_is(key, "t")) {
            sf_json_bool(&j, &truth);
        } else if (sf_json_is(key, "list")) {
            for (r = sf_json_enter(&j, '['); r > 0 && (r = sf_json_element(&j)) > 0;) {
                int64_t one = 0;
                sf_json_integer(&j, &one);
                sum += one;
            }
            r = 1;
        } else {
            sf_json_skip(&j);
            skipped++;
        }
    }
    assert_int_equal(sf_json_end(&j, &err), SF_OK);
    assert_int_equal(err.status, 0);
    assert_string_equal(id.ptr, "x\n1");
    assert_true(n == -2500.0);
    assert_int_equal(truth, 1);
    assert_int_equal(skipped, 1);
    assert_int_equal(sum, 6);
}

static void what_stands_at_the_cursor(void **state)
{
    static const struct {
        const char *text;
        sf_json_type type;
    } cases[] = {
        {"1", SF_JSON_NUMBER},       {"-1", SF_JSON_NUMBER}, {" \"\"", SF_JSON_STRING}, {"{}", SF_JSON_OBJECT},
        {"[]", SF_JSON_ARRAY},       {"true", SF_JSON_TRUE}, {"false", SF_JSON_FALSE},  {"null", SF_JSON_NULL},
        {"\xEF\xBB\xBF{}", '{'},     {"", SF_JSON_ERROR},    {"x", SF_JSON_ERROR},      {"]", SF_JSON_ERROR},
        {"+1", SF_JSON_ERROR},       {"'x'", SF_JSON_ERROR}, {"NaN", SF_JSON_ERROR},    {"\v1", SF_JSON_ERROR},
        {"\xC2\xA0", SF_JSON_ERROR},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_json j = reader(cases[i].text);
        assert_int_equal(sf_json_peek(&j), cases[i].type);
        assert_int_equal(sf_json_peek(&j), cases[i].type); /* it passes nothing */
        assert_int_equal(j.status, cases[i].type == SF_JSON_ERROR ? SF_EPARSE : SF_OK);
    }
}

/* Each is refused, wherever the walk notices, with the same status, place and words by reading and by skipping. */
static void refuses(void **state)
{
    static const struct {
        const char *text;
        int status, offset;
        const char *message;
    } cases[] = {
        {"", SF_EPARSE, 0, "the input ends too early"},
        {"   ", SF_EPARSE, 3, "the input ends too early"},
        {"[1,]", SF_EPARSE, 3, "expected a value"},
        {"[,1]", SF_EPARSE, 1, "expected a value"},
        {"[1 2]", SF_EPARSE, 3, "expected , or ]"},
        {"[1", SF_EPARSE, 2, "the input ends too early"},
        {"[1}", SF_EPARSE, 2, "expected , or ]"},
        {"{\"a\":1,}", SF_EPARSE, 7, "expected the name of a member"},
        {"{a:1}", SF_EPARSE, 1, "expected the name of a member"},
        {"{\"a\" 1}", SF_EPARSE, 5, "expected :"},
        {"{\"a\":}", SF_EPARSE, 5, "expected a value"},
        {"{\"a\":1]", SF_EPARSE, 6, "expected , or }"},
        {"{\"a", SF_EPARSE, 1, "the string has no end"},
        {"\"abc", SF_EPARSE, 0, "the string has no end"},
        {"\"abc\\\"", SF_EPARSE, 0, "the string has no end"},
        {"\"a\\x\"", SF_EPARSE, 2, "unknown escape"},
        {"\"a\\u12g4\"", SF_EPARSE, 2, "unknown escape"},
        {"\"a\\u12", SF_EPARSE, 2, "unknown escape"},
        {"\"a\nb\"", SF_EPARSE, 2, "control character in a string"},
        {"{\"a\tb\":1}", SF_EPARSE, 3, "control character in a string"},
        {"01", SF_EPARSE, 1, "something follows the value"},
        {"1.", SF_EPARSE, 1, "something follows the value"},
        {"[1.e5]", SF_EPARSE, 2, "expected , or ]"},
        {"-", SF_EPARSE, 0, "malformed number"},
        {"nul", SF_EPARSE, 0, "expected a value"},
        {"nulll", SF_EPARSE, 4, "something follows the value"},
        {"[tru]", SF_EPARSE, 1, "expected a value"},
        {"{} {}", SF_EPARSE, 3, "something follows the value"},
        {"1 // x", SF_EPARSE, 2, "something follows the value"},
        {"\xEF\xBB\xBF\xEF\xBB\xBF[]", SF_EPARSE, 3, "expected a value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_json j = reader(cases[i].text);
        sf_error err = {0};
        sf_json_skip(&j);
        assert_int_equal(sf_json_end(&j, &err), cases[i].status);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.offset, cases[i].offset);
        assert_int_equal(err.status, cases[i].status);
    }
    sf_json j;
    sf_json_init(&j, (sf_str){"\"a\0b\"", 5});
    assert_int_equal(sf_json_skip(&j), SF_EPARSE);
}

static void the_line_is_told(void **state)
{
    sf_json j = reader("{\n \"a\": 1,\n \"b\": x\n}");
    sf_error err = {0};
    (void)state;
    sf_json_skip(&j);
    assert_int_equal(sf_json_end(&j, &err), SF_EPARSE);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.offset, 17);
}

static void depth_has_a_limit(void **state)
{
    char text[200];
    (void)state;
    for (size_t depth = 63; depth <= 66; depth++) {
        for (int object = 0; object < 2; object++) {
            size_t n = 0;
            for (size_t i = 0; i < depth; i++) {
                text[n++] = object && i == depth - 1 ? '{' : '[';
            }
            for (size_t i = 0; i < depth; i++) {
                text[n++] = object && i == 0 ? '}' : ']';
            }
            sf_json j;
            sf_json_init(&j, (sf_str){text, n});
            assert_int_equal(sf_json_skip(&j), depth <= SF_JSON_DEPTH ? SF_OK : SF_ETOOBIG);
            assert_int_equal(sf_json_end(&j, NULL), depth <= SF_JSON_DEPTH ? SF_OK : SF_ETOOBIG);
        }
    }
}

static void strings(void **state)
{
    static const struct {
        const char *json, *text;
        uint32_t replaced;
    } cases[] = {
        {"\"\"", "", 0},
        {"\"plain\"", "plain", 0},
        {"\"more than eight plain bytes\"", "more than eight plain bytes", 0},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 0},
        {"\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 0},
        {"\"\xC3\xA9\xF0\x9F\x98\x80\"", "\xC3\xA9\xF0\x9F\x98\x80", 0},
        {"\"a\\u0000b\"", "a" REPLACEMENT "b", 1},
        {"\"\\ud83d\"", REPLACEMENT, 1},
        {"\"\\ude00\"", REPLACEMENT, 1},
        {"\"\\ud83d\\ud83d\\ude00\"", REPLACEMENT "\xF0\x9F\x98\x80", 1},
        {"\"\\ud83dx\"", REPLACEMENT "x", 1},
        {"\"\\ud83d\\n\"", REPLACEMENT "\n", 1},
        {"\"\\ude00\\ud83d\"", REPLACEMENT REPLACEMENT, 2},
        {"\"\xFF\xE2\x82\\n\xE2\x82\xAC\"", REPLACEMENT REPLACEMENT "\n\xE2\x82\xAC", 2},
        {"\"\xED\xA0\x80\"", REPLACEMENT REPLACEMENT REPLACEMENT, 3},
        {"\"\x7F\"", "\x7F", 0},
    };
    sf_batch *b = NULL;
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_json one = reader(cases[i].json), two = one;
        sf_str in_batch, in_buf;
        char buf[64];
        assert_int_equal(sf_json_string_in(&one, b, &in_batch), SF_OK);
        assert_int_equal(sf_json_end(&one, NULL), SF_OK);
        assert_int_equal(in_batch.len, strlen(cases[i].text));
        assert_string_equal(in_batch.ptr, cases[i].text);
        assert_int_equal(one.replaced, cases[i].replaced);
        assert_int_equal(sf_json_string(&two, buf, sizeof buf, &in_buf), SF_OK);
        assert_int_equal(in_buf.len, in_batch.len);
        assert_memory_equal(in_buf.ptr, in_batch.ptr, in_batch.len);
        assert_int_equal(two.replaced, cases[i].replaced);
    }
    sf_batch_free(b);
}

static void strings_that_do_not_fit(void **state)
{
    sf_json j = reader("\"four\"");
    sf_str out;
    char buf[4];
    (void)state;
    assert_int_equal(sf_json_string(&j, NULL, 0, &out), SF_OK); /* as it stands in the input */
    assert_int_equal(out.len, 4);
    j = reader("\"fou\\n\"");
    assert_int_equal(sf_json_string(&j, buf, 4, &out), SF_OK); /* without a NUL */
    assert_memory_equal(out.ptr, "fou\n", 4);
    j = reader("\"fou\\n\"");
    assert_int_equal(sf_json_string(&j, buf, 3, &out), SF_ETOOBIG);
    assert_int_equal(sf_json_end(&j, NULL), SF_ETOOBIG);
    j = reader("\"\xFF\xFF\"");
    assert_int_equal(sf_json_string(&j, buf, 4, &out), SF_ETOOBIG);
    j = reader("\"\\n\"");
    assert_int_equal(sf_json_string(&j, NULL, 0, &out), SF_ETOOBIG);
}

static void keys(void **state)
{
    (void)state;
    assert_true(sf_json_is(sf_cstr("key"), "key"));
    assert_true(sf_json_is(sf_cstr("k\\u0065y"), "key"));
    assert_true(sf_json_is(sf_cstr("\\u006b\\u0065\\u0079"), "key"));
    assert_true(sf_json_is(sf_cstr("a\\/b\\n"), "a/b\n"));
    assert_true(sf_json_is(sf_cstr("\\ud83d\\ude00"), "\xF0\x9F\x98\x80"));
    assert_true(sf_json_is(sf_cstr(""), ""));
    assert_false(sf_json_is(sf_cstr("key"), "keys"));
    assert_false(sf_json_is(sf_cstr("keys"), "key"));
    assert_false(sf_json_is(sf_cstr("k\\u0065ys"), "key"));
    assert_false(sf_json_is(sf_cstr("k\\u0065"), "key"));
    assert_false(sf_json_is(sf_cstr("KEY"), "key"));
    assert_false(sf_json_is(sf_cstr("a\\nb"), "a"));
    assert_false(sf_json_is(sf_cstr("\\u0061"), ""));
}

static void whole_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"1.0", 1},
        {"1e3", 1000},
        {"-12.50e1", -125},
        {"0.0e-99999", 0},
        {"0e99999", 0},
        {"1000e-3", 1},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"9007199254740993.0", INT64_C(9007199254740993)},
        {"100000000000000000000000e-10", INT64_C(10000000000000)},
    };
    static const char *const bad[] = {"1.5",
                                      "1e30",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1e-1",
                                      "1e999",
                                      "1234567890123456789.5",
                                      "\"1\"",
                                      "null",
                                      "18446744073709551617",
                                      "true"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        sf_json j = reader(good[i].text);
        int64_t value = 42;
        assert_int_equal(sf_json_integer(&j, &value), SF_OK);
        assert_true(value == good[i].value);
        assert_int_equal(sf_json_end(&j, NULL), SF_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sf_json j = reader(bad[i]);
        int64_t value = 42;
        assert_int_equal(sf_json_integer(&j, &value), SF_EPARSE);
        assert_true(value == 42);
    }
}

/* A value of the wrong type fails the walk, and what was asked for stays as it is. */
static void wrong_types(void **state)
{
    static const char *const values[] = {"{}", "[]", "\"x\"", "1", "true", "null"};
    static const char readable[] = "{[\"0t";
    sf_batch *b = NULL;
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        for (size_t how = 0; how < 5; how++) {
            sf_json j = reader(values[i]);
            sf_str text = {NULL, 0};
            double number = 42.0;
            int truth = 42, r = 0;
            switch (readable[how]) {
            case '{': r = sf_json_enter(&j, '{'); break;
            case '[': r = sf_json_enter(&j, '['); break;
            case '"': r = sf_json_string_in(&j, b, &text); break;
            case '0': r = sf_json_number(&j, &number); break;
            default: r = sf_json_bool(&j, &truth); break;
            }
            assert_int_equal(r < 0, how != i);
            assert_true(how == i || (text.ptr == NULL && number == 42.0 && truth == 42));
            assert_true(how == i || sf_json_skip(&j) == SF_EPARSE); /* and so on */
        }
    }
    sf_batch_free(b);
}

/* Calls in the wrong place are an error of the caller's, never a crash. */
static void misuse(void **state)
{
    sf_json j = reader("[1,2]");
    sf_str key;
    double number;
    (void)state;
    assert_int_equal(sf_json_element(&j), SF_EINVAL);
    j = reader("[1,2]");
    sf_json_enter(&j, '[');
    assert_int_equal(sf_json_number(&j, &number), SF_EINVAL); /* before sf_json_element() */
    j = reader("[1,2]");
    sf_json_enter(&j, '[');
    assert_int_equal(sf_json_member(&j, &key), SF_EINVAL);
    j = reader("[1,2]");
    sf_json_enter(&j, '[');
    sf_json_element(&j);
    assert_int_equal(sf_json_element(&j), SF_EINVAL); /* the first one was not read */
    j = reader("[1,2]");
    sf_json_enter(&j, '[');
    assert_int_equal(sf_json_end(&j, NULL), SF_EINVAL);
    j = reader("1");
    sf_json_skip(&j);
    assert_int_equal(sf_json_peek(&j), SF_JSON_ERROR);
    assert_int_equal(sf_json_skip(&j), SF_EINVAL);
    j = reader("");
    j.text = NULL;
    sf_json_init(&j, (sf_str){NULL, 0});
    assert_int_equal(sf_json_skip(&j), SF_EPARSE);
}

static void a_reason_of_ones_own(void **state)
{
    sf_json j = reader("[1, 22, 333]");
    sf_error err = {0};
    int64_t n;
    (void)state;
    sf_json_enter(&j, '[');
    sf_json_element(&j);
    sf_json_integer(&j, &n);
    sf_json_element(&j);
    sf_json_integer(&j, &n);
    assert_int_equal(sf_json_fail(&j, SF_ETOOBIG, "22 is too many"), SF_ETOOBIG);
    assert_int_equal(sf_json_fail(&j, SF_EPARSE, "later"), SF_ETOOBIG); /* the first one holds */
    assert_int_equal(sf_json_element(&j), SF_ETOOBIG);
    assert_int_equal(sf_json_end(&j, &err), SF_ETOOBIG);
    assert_int_equal(err.offset, 4);
    assert_string_equal(err.message, "22 is too many");
}

static void raw_values(void **state)
{
    sf_json j = reader("{\"a\": {\"b\" : [1, 2]} , \"c\":1e2}");
    sf_str key, raw;
    (void)state;
    sf_json_enter(&j, '{');
    sf_json_member(&j, &key);
    assert_int_equal(sf_json_raw(&j, &raw), SF_OK);
    assert_int_equal(raw.len, 14);
    assert_memory_equal(raw.ptr, "{\"b\" : [1, 2]}", 14);
    sf_json_member(&j, &key);
    assert_int_equal(sf_json_raw(&j, &raw), SF_OK);
    assert_int_equal(raw.len, 3);
    assert_int_equal(sf_json_member(&j, &key), 0);
    assert_int_equal(sf_json_end(&j, NULL), SF_OK);
}

static void quotes(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *json;
    } cases[] = {
        {"", 0, "\"\""},
        {"plain", 5, "\"plain\""},
        {"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
        {"\b\f\n\r\t\x01\x1F\x7F", 8, "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"\xC3\xA9\xF0\x9F\x98\x80", 6, "\"\xC3\xA9\xF0\x9F\x98\x80\""},
        {"a\xFFz", 3, "\"a" REPLACEMENT "z\""},
        {"0123456\"89", 10, "\"0123456\\\"89\""},
        {"01234567\"9", 10, "\"01234567\\\"9\""},
    };
    char buf[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_str text = {cases[i].text, cases[i].len};
        int64_t len = (int64_t)strlen(cases[i].json);
        assert_int_equal(sf_json_quote(text, NULL, 0), len);
        assert_int_equal(sf_json_quote(text, buf, sizeof buf), len);
        assert_string_equal(buf, cases[i].json);
        for (size_t cap = 1; cap <= (size_t)len; cap++) {
            memset(buf, '#', sizeof buf);
            assert_int_equal(sf_json_quote(text, buf, cap), len);
            assert_int_equal(buf[cap - 1], 0);
            assert_int_equal(buf[cap], '#');
            assert_memory_equal(buf, cases[i].json, cap - 1);
        }
    }
}

static void doubles(void **state)
{
    char buf[32];
    (void)state;
    assert_int_equal(sf_json_double(0.6249, buf), 6);
    assert_string_equal(buf, "0.6249");
    assert_int_equal(sf_json_double((double)NAN, buf), 4);
    assert_string_equal(buf, "null");
    sf_json_double(-(double)INFINITY, buf);
    assert_string_equal(buf, "null");
    sf_json_double(45.0, buf);
    assert_string_equal(buf, "45");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk),
        cmocka_unit_test(what_stands_at_the_cursor),
        cmocka_unit_test(refuses),
        cmocka_unit_test(the_line_is_told),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(strings),
        cmocka_unit_test(strings_that_do_not_fit),
        cmocka_unit_test(keys),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(wrong_types),
        cmocka_unit_test(misuse),
        cmocka_unit_test(a_reason_of_ones_own),
        cmocka_unit_test(raw_values),
        cmocka_unit_test(quotes),
        cmocka_unit_test(doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
