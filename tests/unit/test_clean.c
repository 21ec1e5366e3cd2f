/* SPDX-License-Identifier: MIT */
/* Cleaning: each flag on its own (tests/vectors/clean.jsonl), together, on broken bytes, and on texts made to be slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/json.h"
#include "support/marked_up.h"
#include "text/clean.h"

#define LONG (256 * 1024)

static const char *const flag_names[] = {
    "HTML", "ENTITIES", "ENTITIES2", "MARKDOWN", "MOJIBAKE", "CONTROLS", "QUOTES", "NFC",         "NFKC",   "CASEFOLD",
    "URLS", "MENTIONS", "HASHTAGS",  "FLOODS",   "EMOJI",    "LINES",    "SPACES", "EMOJI_WORDS", "MARKERS"};
#define FLAGS (sizeof flag_names / sizeof *flag_names)
#define ALL   ((1U << FLAGS) - 1)

/* What is done twice is the same as done once, whichever of them are on. */
#define REPEATABLE                                                                                                     \
    (SF_CLEAN_CONTROLS | SF_CLEAN_QUOTES | SF_CLEAN_NFC | SF_CLEAN_NFKC | SF_CLEAN_CASEFOLD | SF_CLEAN_LINES |         \
     SF_CLEAN_SPACES)

static uint32_t flags_from(sf_str names)
{
    uint32_t flags = 0;
    while (names.len > 0) {
        const char *bar = memchr(names.ptr, '|', names.len);
        size_t len = bar != NULL ? (size_t)(bar - names.ptr) : names.len;
        size_t i = 0;
        while (i < FLAGS && !(strlen(flag_names[i]) == len && memcmp(flag_names[i], names.ptr, len) == 0)) {
            i++;
        }
        assert_true(i < FLAGS);
        flags |= 1U << i;
        names.ptr += bar != NULL ? len + 1 : len;
        names.len -= bar != NULL ? len + 1 : len;
    }
    return flags;
}

static void expect(uint32_t flags, sf_str in, sf_str out)
{
    static char buf[4096];
    int64_t n = sf_clean_text(in, flags, buf, sizeof buf);
    if (n != (int64_t)out.len || memcmp(buf, out.ptr, out.len) != 0) {
        print_error("flags %#x, \"%.*s\":\n  is     \"%s\"\n  not    \"%.*s\"\n", (unsigned)flags, (int)in.len, in.ptr,
                    buf, (int)out.len, out.ptr);
        fail();
    }
    assert_int_equal(buf[n], 0);
}

static void vector(sf_batch *b, char *line)
{
    sf_json j;
    sf_str key, flags = {"", 0}, in = {"", 0}, out = {"", 0};
    sf_json_init(&j, sf_cstr(line));
    for (int r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &key)) > 0;) {
        sf_str *to = sf_json_is(key, "flags") ? &flags : sf_json_is(key, "in") ? &in : &out;
        sf_json_string_in(&j, b, to);
    }
    assert_int_equal(sf_json_end(&j, NULL), SF_OK);
    expect(flags_from(flags), in, out);
}

static void vectors(void **state)
{
    char path[4096], *line = NULL;
    size_t cap = 0;
    sf_batch *b;
    (void)state;
    snprintf(path, sizeof path, "%s/clean.jsonl", getenv("SF_VECTORS"));
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(sf_batch_new(&b), SF_OK);
    while (getline(&line, &cap, f) > 0) {
        vector(b, line);
    }
    sf_batch_free(b);
    free(line);
    fclose(f);
}

static void any_bytes(void **state)
{
    (void)state;
    expect(0, (sf_str){"a\0b", 3}, (sf_str){"a\0b", 3});
    expect(0, sf_cstr("a\xFFz\xC3"), sf_cstr("a\xEF\xBF\xBDz\xEF\xBF\xBD"));
    expect(ALL, sf_cstr(""), sf_cstr(""));
    expect(SF_CLEAN_CONTROLS, (sf_str){"a\0b", 3}, sf_cstr("ab"));
    expect(SF_CLEAN_ENTITIES | SF_CLEAN_ENTITIES2, sf_cstr("&amp;lt;"), sf_cstr("<"));
    expect(SF_CLEAN_ENTITIES, sf_cstr("&amp;lt;"), sf_cstr("&lt;"));
    assert_int_equal(sf_clean_text((sf_str){NULL, 0}, 0, NULL, 0), 0);
    assert_int_equal(sf_clean_text(sf_cstr("a"), 1U << FLAGS, NULL, 0), SF_EINVAL);
}

static void cut_at_a_character(void **state)
{
    char buf[5] = "????";
    (void)state;
    assert_int_equal(sf_clean_text(sf_cstr("ab\xE2\x82\xAC"), 0, NULL, 0), 5);
    assert_int_equal(sf_clean_text(sf_cstr("ab\xE2\x82\xAC"), 0, buf, sizeof buf), 5);
    assert_string_equal(buf, "ab");
    assert_int_equal(sf_clean_text(sf_cstr("ab"), 0, buf, 1), 2);
    assert_string_equal(buf, "");
}

static void cut_between_what_is_seen(void **state)
{
    static const char e[] = "ae\xCC\x81z"; /* a, e with accent, z */
    static const char family[] =
        "a\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA7 \xF0\x9F\x87\xA9\xF0\x9F\x87\xAA"; /* and a flag */
    char buf[32];
    (void)state;
    assert_int_equal(sf_clean_text(sf_cstr(e), 0, buf, 4), 5);
    assert_string_equal(buf, "a");
    (void)sf_clean_text(sf_cstr(e), 0, buf, 5);
    assert_string_equal(buf, "ae\xCC\x81");
    for (size_t cap = 3; cap < 13; cap++) {
        (void)sf_clean_text(sf_cstr(family), 0, buf, cap);
        assert_string_equal(buf, "a");
    }
    (void)sf_clean_text(sf_cstr(family), 0, buf, 13);
    assert_int_equal(strlen(buf), 12);
    (void)sf_clean_text(sf_cstr(family), 0, buf, 21);
    assert_int_equal(strlen(buf), 13);              /* no half of a flag */
    (void)sf_clean_text(sf_cstr(e + 1), 0, buf, 2); /* not even the first one fits */
    assert_string_equal(buf, "e");
}

static void twice_is_once(void **state)
{
    uint64_t r = 7;
    sf_cleaner one = {0}, two = {0};
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[512];
        sf_str in = {text, random_text(&r, text, sizeof text)}, once, twice;
        uint32_t flags = random_below(&r, ALL + 1) & REPEATABLE;
        assert_int_equal(sf_clean(&one, in, flags, &once), SF_OK);
        assert_int_equal(sf_clean(&two, once, flags, &twice), SF_OK);
        assert_int_equal(once.len, twice.len);
        assert_memory_equal(once.ptr, twice.ptr, once.len);
    }
    sf_cleaner_free(&one);
    sf_cleaner_free(&two);
}

/* Whatever the flags: valid UTF-8 comes out. */
static void always_valid(void **state)
{
    uint64_t r = 11;
    sf_cleaner c = {0};
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[512];
        sf_str in = {text, random_text(&r, text, sizeof text)}, out;
        assert_int_equal(sf_clean(&c, in, random_below(&r, ALL + 1), &out), SF_OK);
        assert_int_equal(sf_utf8_valid(out.ptr, out.len), out.len);
    }
    sf_cleaner_free(&c);
}

/* A quarter of a megabyte of one piece, for each flag: what is not linear does not end within the test's time. */
static void slow_texts(void **state)
{
    static const char *const pieces[] = {"<",
                                         "[",
                                         "&",
                                         "*",
                                         ">",
                                         "_",
                                         "`",
                                         "(",
                                         "](",
                                         "^(",
                                         "~~",
                                         "!",
                                         "<!--",
                                         "<a ",
                                         "<a b=\"",
                                         "<x\" a=\"",
                                         "<a b='<\" c=",
                                         "[](",
                                         "[a](",
                                         "*a",
                                         "a*",
                                         "_a ",
                                         "**a*",
                                         "`a``",
                                         "``a`",
                                         ">!",
                                         "!<",
                                         "> ",
                                         "- ",
                                         "# ",
                                         "    a\n",
                                         "```\n",
                                         "|-",
                                         "\n",
                                         "\r",
                                         "\t",
                                         " ",
                                         "a ",
                                         "@a",
                                         "@",
                                         "#",
                                         "#aA",
                                         "http://",
                                         "www.",
                                         "a.",
                                         "a@b.",
                                         "a-",
                                         "a+",
                                         "&#",
                                         "&#x0",
                                         "&am",
                                         "e\xCC\x81\xCC\xA3",
                                         "\xCC\x81\xCC\xA3",
                                         "\xC3\x83\xC2\x83",
                                         "\xC3\xA2\xE2\x82\xAC",
                                         "\xE1\x84\x80",
                                         "\xF0\x9F\x91\xA8\xE2\x80\x8D",
                                         "\xE2\x80\x8D",
                                         "\xFF",
                                         "\xEF\xB7\xBA",
                                         "<script>",
                                         "</script",
                                         "[a]: /b\n",
                                         "[a][b]",
                                         "\\",
                                         "<a:",
                                         "1.",
                                         "1. ",
                                         "* * ",
                                         "![](a)",
                                         "[a](b \"",
                                         "<a href=x>h...",
                                         "\xC4\x80\xE2\x80\xA6",
                                         "~",
                                         "^",
                                         "a^",
                                         "::",
                                         "ab://*"};
    char *text = malloc(LONG + 64);
    sf_source_map map = {0};
    sf_cleaner c = {.map = &map}; /* which takes its time too */
    sf_str out;
    (void)state;
    assert_non_null(text);
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        size_t len = 0, n = strlen(pieces[p]);
        for (; len < LONG; len += n) {
            memcpy(text + len, pieces[p], n);
        }
        for (uint32_t flag = 0; flag < FLAGS; flag++) {
            assert_int_equal(sf_clean(&c, (sf_str){text, len}, 1U << flag, &out), SF_OK);
        }
        assert_int_equal(sf_clean(&c, (sf_str){text, len}, ALL, &out), SF_OK);
    }
    sf_cleaner_free(&c);
    sf_source_map_free(&map);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(cut_at_a_character),
        cmocka_unit_test(cut_between_what_is_seen),
        cmocka_unit_test(twice_is_once),
        cmocka_unit_test(always_valid),
        cmocka_unit_test(slow_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
