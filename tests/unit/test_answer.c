/* SPDX-License-Identifier: MIT */
/* Answers as JSON, NDJSON, CSV and tables: exact text, and nothing that a screen or a spreadsheet would obey. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "common/answer.h"
#include "sf-serve/table.h"

static const sf_column text_column = {"title", "title", SF_CELL_TEXT, SF_COLUMN_BOTH, 0};
static const sf_column number_column = {"score", "points", SF_CELL_NUMBER, SF_COLUMN_BOTH, 2};
static const sf_column whole_column = {"id", "id", SF_CELL_INTEGER, SF_COLUMN_BOTH, 0};
static const sf_column time_column = {"ts", "posted", SF_CELL_TIME, SF_COLUMN_BOTH, 0};
static const sf_column json_column = {"topics", "topics", SF_CELL_JSON, SF_COLUMN_BOTH, 0};
static const sf_column bool_column = {"rising", "rising", SF_CELL_BOOL, SF_COLUMN_BOTH, 0};
static const sf_column sentiment_column = {"sentiment", "mood", SF_CELL_NUMBER, SF_COLUMN_BOTH, 1};
static const sf_column *const all[] = {&text_column, &number_column, &whole_column,
                                       &time_column, &json_column,   &bool_column};
enum { ALL = sizeof all / sizeof all[0] };

static sf_answer *start(const sf_column *const *columns, size_t n)
{
    sf_answer *a;
    assert_int_equal(sf_answer_new(&a), SF_OK);
    a->what = "signals";
    sf_answer_start(a, columns, n);
    return a;
}

/* A row of all columns: filled, and one in which nothing is known. */
static sf_answer *two_rows(const char *title)
{
    sf_answer *a = start(all, ALL);
    sf_cell *c = sf_answer_row(a);
    assert_int_equal(sf_answer_text(a, &c[0], sf_cstr(title)), SF_OK);
    sf_cell_number(&c[1], -0.5);
    sf_cell_whole(&c[2], INT64_C(9007199254740993));
    sf_cell_whole(&c[3], INT64_C(1767225600123));
    assert_int_equal(sf_answer_text(a, &c[4], sf_cstr("[\"a\",\"b\"]")), SF_OK);
    sf_cell_whole(&c[5], 1);
    c = sf_answer_row(a);
    sf_cell_number(&c[1], (double)NAN);
    sf_cell_whole(&c[3], SF_NO_TIME);
    return a;
}

/* What a printer makes of it; the answer is freed. */
static void assert_printed(sf_answer *a, void (*print)(const sf_answer *a, sf_buffer *b), const char *wanted)
{
    sf_buffer b = {0};
    print(a, &b);
    if (b.bytes == NULL || strcmp(b.bytes, wanted) != 0) {
        print_error("%s", b.bytes != NULL ? b.bytes : "(nothing)");
    }
    assert_string_equal(b.bytes, wanted);
    assert_false(b.lost);
    sf_buffer_free(&b);
    sf_answer_free(a);
}

static void json_has_meta_and_rows(void **state)
{
    sf_answer *a = two_rows("x");
    (void)state;
    a->as_of_ms = 0;
    a->total = 7;
    a->more = 1;
    strcpy(a->next, "n1");
    sf_answer_note(a, "stale", "as of %d: \"old\"", 1);
    sf_answer_note(a, "second", "too");
    assert_printed(
        a, sf_answer_json,
        "{\"meta\":{\"question\":\"signals\",\"as_of\":\"1970-01-01T00:00:00.000Z\",\"since\":null,\"until\":null,"
        "\"count\":2,\"total\":7,\"more\":true,\"next\":\"n1\",\"notes\":[{\"code\":\"stale\",\"text\":\"as of 1: "
        "\\\"old\\\"\"},{\"code\":\"second\",\"text\":\"too\"}]},\"rows\":[\n"
        "{\"title\":\"x\",\"score\":-0.5,\"id\":9007199254740993,\"ts\":\"2026-01-01T00:00:00.123Z\","
        "\"topics\":[\"a\",\"b\"],\"rising\":true},\n"
        "{\"title\":null,\"score\":null,\"id\":null,\"ts\":null,\"topics\":null,\"rising\":null}\n]}\n");
    assert_printed(
        start(all, ALL), sf_answer_json,
        "{\"meta\":{\"question\":\"signals\",\"as_of\":null,\"since\":null,\"until\":null,\"count\":0,\"total\":null,"
        "\"more\":false,\"next\":null,\"notes\":[]},\"rows\":[]}\n");
}

static void ndjson_has_a_row_a_line(void **state)
{
    (void)state;
    assert_printed(two_rows("\x1b[2J\x7f\xc2\x9b\xc3\xa9"), sf_answer_ndjson,
                   "{\"title\":\"\\u001b[2J\\u007f\\u009b\xc3\xa9\",\"score\":-0.5,\"id\":9007199254740993,"
                   "\"ts\":\"2026-01-01T00:00:00.123Z\",\"topics\":[\"a\",\"b\"],\"rising\":true}\n"
                   "{\"title\":null,\"score\":null,\"id\":null,\"ts\":null,\"topics\":null,\"rising\":null}\n");
}

static void json_that_is_none_is_text(void **state)
{
    static const sf_column *const one[] = {&json_column};
    static const char *const broken[] = {"[1,", "x", "[1]\n", "[1] [2]", "{\"a\":\"\x1b\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        sf_buffer b = {0};
        sf_answer *a = start(one, 1);
        assert_int_equal(sf_answer_text(a, sf_answer_row(a), sf_cstr(broken[i])), SF_OK);
        sf_answer_ndjson(a, &b);
        assert_memory_equal(b.bytes, "{\"topics\":\"", 11);
        assert_ptr_equal(strchr(b.bytes, '\n'), b.bytes + b.len - 1);
        sf_buffer_free(&b);
        sf_answer_free(a);
    }
}

static void csv_is_as_the_rfc_says(void **state)
{
    (void)state;
    assert_printed(
        two_rows("a \"b\", c\r\nd"), sf_answer_csv,
        "title,score,id,ts,topics,rising\r\n"
        "\"a \"\"b\"\", c\r\nd\",-0.5,9007199254740993,2026-01-01T00:00:00.123Z,\"[\"\"a\"\",\"\"b\"\"]\",true\r\n"
        ",,,,,\r\n");
}

static void csv_text_is_no_formula(void **state)
{
    static const sf_column *const one[] = {&text_column};
    static const char *const cases[][2] = {{"=1+1", "\"'=1+1\""}, {"+1", "\"'+1\""},   {"-1", "\"'-1\""},
                                           {"@x", "\"'@x\""},     {"\tx", "\"'\tx\""}, {"\rx", "\"'\rx\""},
                                           {"a=1", "a=1"},        {"", "\"\""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char wanted[64];
        sf_answer *a = start(one, 1);
        assert_int_equal(sf_answer_text(a, sf_answer_row(a), sf_cstr(cases[i][0])), SF_OK);
        (void)snprintf(wanted, sizeof wanted, "title\r\n%s\r\n", cases[i][1]);
        assert_printed(a, sf_answer_csv, wanted);
    }
}

static sf_table_style style;

static void print_table(const sf_answer *a, sf_buffer *b)
{
    sf_table_print(a, &style, b);
}

static void tables_are_aligned(void **state)
{
    (void)state;
    style = (sf_table_style){0, 0};
    assert_printed(
        two_rows("\xe6\x9d\xb1\xe4\xba\xac \x1b[31mred"), print_table,
        "title          points                id            posted  topics  rising\n"
        "\xe6\x9d\xb1\xe4\xba\xac \xef\xbf\xbd[31mred   -0.50  9007199254740993  2026-01-01 00:00  a, b       yes\n"
        "-                   -                 -                 -  -            -\n");
}

static void tables_fit_the_screen(void **state)
{
    sf_buffer b = {0};
    sf_answer *a = two_rows("a title that is a good deal longer than what there is room for on this screen");
    (void)state;
    style = (sf_table_style){90, 0};
    sf_table_print(a, &style, &b);
    for (char *line = strtok(b.bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        sf_buffer shown = {0};
        assert_true(sf_table_text(&shown, sf_cstr(line), 0) <= 90);
        sf_buffer_free(&shown);
    }
    assert_non_null(strstr(b.bytes + strlen(b.bytes) + 1, "\xe2\x80\xa6"));
    sf_buffer_free(&b);
    sf_answer_free(a);
}

static void colours_are_only_where_wanted(void **state)
{
    static const sf_column *const two[] = {&sentiment_column, &bool_column};
    (void)state;
    for (int colours = 0; colours < 2; colours++) {
        sf_answer *a = start(two, 2);
        sf_cell *c = sf_answer_row(a);
        sf_cell_number(&c[0], -0.6);
        sf_cell_whole(&c[1], 0);
        style = (sf_table_style){0, colours};
        assert_printed(a, print_table,
                       colours ? "\033[1mmood\033[0m  \033[1mrising\033[0m\n\033[31m-0.6\033[0m      no\n"
                               : "mood  rising\n-0.6      no\n");
    }
}

static void texts_are_shown_safely_and_cut_by_cells(void **state)
{
    static const struct {
        const char *text;
        size_t most, width;
        const char *shown;
    } cases[] = {
        {"plain", 0, 5, "plain"},
        {"plain", 5, 5, "plain"},
        {"plain", 4, 4, "pla\xe2\x80\xa6"},
        {"a\n\tb", 0, 3, "a b"},
        {" \n a", 0, 1, "a"},
        {"\x1b]0;x\x07", 0, 6, "\xef\xbf\xbd]0;x\xef\xbf\xbd"},
        {"\xc2\x9b"
         "31m",
         0, 4,
         "\xef\xbf\xbd"
         "31m"}, /* a C1 control */
        {"\xe2\x80\xae"
         "abc",
         0, 4,
         "\xef\xbf\xbd"
         "abc"},                                                        /* turns the line around */
        {"\xff\xfe", 0, 2, "\xef\xbf\xbd\xef\xbf\xbd"},                 /* broken */
        {"\xe6\x9d\xb1\xe4\xba\xac", 0, 4, "\xe6\x9d\xb1\xe4\xba\xac"}, /* wide */
        {"\xe6\x9d\xb1\xe4\xba\xac", 3, 3, "\xe6\x9d\xb1\xe2\x80\xa6"},
        {"\xe6\x9d\xb1\xe4\xba\xac", 2, 1, "\xe2\x80\xa6"},
        {"e\xcc\x81t", 0, 2, "e\xcc\x81t"}, /* a letter and its accent are one sign */
        {"e\xcc\x81t", 1, 1, "\xe2\x80\xa6"},
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac!", 0, 3,
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac!"}, /* so is she */
        {"\xe2\x9d\xa4\xef\xb8\x8f", 0, 2, "\xe2\x9d\xa4\xef\xb8\x8f"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_buffer b = {0};
        size_t width = sf_table_text(&b, sf_cstr(cases[i].text), cases[i].most);
        if (b.bytes == NULL || strcmp(b.bytes, cases[i].shown) != 0) {
            print_error("case %zu: %s\n", i, b.bytes);
        }
        assert_string_equal(b.bytes, cases[i].shown);
        assert_int_equal(width, cases[i].width);
        sf_buffer_free(&b);
    }
}

static void whole_numbers_are_as_printf_has_them(void **state)
{
    static const int64_t numbers[] = {0, 7, -7, 10, 99, 100, INT32_MAX, -1000000, INT64_MAX, INT64_MIN};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char wanted[32];
        sf_buffer b = {0};
        (void)snprintf(wanted, sizeof wanted, "%lld", (long long)numbers[i]);
        sf_buffer_whole(&b, numbers[i]);
        assert_string_equal(b.bytes, wanted);
        sf_buffer_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_meta_and_rows),
        cmocka_unit_test(whole_numbers_are_as_printf_has_them),
        cmocka_unit_test(ndjson_has_a_row_a_line),
        cmocka_unit_test(json_that_is_none_is_text),
        cmocka_unit_test(csv_is_as_the_rfc_says),
        cmocka_unit_test(csv_text_is_no_formula),
        cmocka_unit_test(tables_are_aligned),
        cmocka_unit_test(tables_fit_the_screen),
        cmocka_unit_test(colours_are_only_where_wanted),
        cmocka_unit_test(texts_are_shown_safely_and_cut_by_cells),
    };
    (void)setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
