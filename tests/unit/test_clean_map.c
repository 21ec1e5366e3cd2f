/* SPDX-License-Identifier: MIT */
/* From a cleaned text back to its source: step by step, through all of them, on random texts, and where the result is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/clean_map.h"
#include "support/marked_up.h"
#include "text/clean.h"

#define ALL     ((uint32_t)(SF_CLEAN_MARKERS << 1) - 1)
#define EMOJI   "\xF0\x9F\x91\x8D" /* thumbs up */
#define ACUTE   "\xCC\x81"
#define LONGEST 4096

/* One text at a time: cleaned, mapped, looked at. */
static struct {
    sf_batch *b;
    char out[LONGEST];
    sf_clean_map map;
} at;

static int set_up(void **state)
{
    (void)state;
    return sf_batch_new(&at.b);
}

static int tear_down(void **state)
{
    (void)state;
    sf_batch_free(at.b);
    return 0;
}

static sf_str clean(sf_str in, uint32_t what)
{
    sf_batch_reset(at.b);
    int64_t n = sf_clean_text_mapped(at.b, in, what, at.out, sizeof at.out, &at.map);
    assert_in_range(n, 0, sizeof at.out - 1);
    sf_str out = {at.out, (size_t)n};
    const char *fault = fault_of_map(at.map, in, out);
    if (fault != NULL) {
        fail_msg("flags %#x, \"%.*s\" to \"%s\": %s", (unsigned)what, (int)in.len, in.ptr, at.out, fault);
    }
    return out;
}

/* The bytes of the source that `piece` of the cleaned text came from. */
static sf_str source_of(sf_str in, const char *piece)
{
    const char *hit = strstr(at.out, piece);
    size_t from = 0, to = 0;
    if (hit == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", piece, at.out);
        return sf_cstr("");
    }
    size_t start = (size_t)(hit - at.out);
    assert_int_equal(sf_clean_source(&at.map, start, start + strlen(piece), &from, &to), SF_OK);
    return (sf_str){in.ptr + from, to - from};
}

static const struct {
    uint32_t what;
    const char *in, *piece, *source;
} cases[] = {
    {0, "a \xFF z", "\xEF\xBF\xBD", "\xFF"},
    {0, "a \xF0\x9F\x91z", "\xEF\xBF\xBDz", "\xF0\x9F\x91z"},
    {SF_CLEAN_HTML, "<b>Ann</b> met <i class=\"x\">Bob</i>", "Ann", "Ann"},
    {SF_CLEAN_HTML, "<b>Ann</b> met <i class=\"x\">Bob</i>", "met Bob", "met <i class=\"x\">Bob"},
    {SF_CLEAN_HTML, "one <p class=x> two", "\n\n", "<p class=x>"},
    {SF_CLEAN_HTML, "one</p>\n<!-- -->\n<p>two", "\n\n", "</p>\n<!-- -->\n<p>"},
    {SF_CLEAN_HTML, "one<br><br>two", "\n\n", "<br><br>"},
    {SF_CLEAN_HTML, "one<script>x</script><br>two", "\n", "<br>"},
    {SF_CLEAN_HTML, "<td>one</td><td>two", " ", "<td>"},
    {SF_CLEAN_HTML, "so: <a href=\"https://e.org/long/x\">https://e.org/lo...</a>.", "https://e.org/long/x",
     "https://e.org/long/x"},
    {SF_CLEAN_HTML, "so: <a href=\"https://e.org/long/x\">https://e.org/lo...</a>.", "x.",
     "x\">https://e.org/lo...</a>."},
    {SF_CLEAN_ENTITIES, "caf&eacute; AT&amp;T &lt;3", "caf\xC3\xA9", "caf&eacute;"},
    {SF_CLEAN_ENTITIES, "caf&eacute; AT&amp;T &lt;3", "AT&T", "AT&amp;T"},
    {SF_CLEAN_ENTITIES, "caf&eacute; AT&amp;T &lt;3", "\xA9", "&eacute;"}, /* a part of it: the whole */
    {SF_CLEAN_ENTITIES, "a&#1;b", "b", "b"},
    {SF_CLEAN_ENTITIES | SF_CLEAN_ENTITIES2, "AT&amp;amp;T", "&", "&amp;amp;"},
    {SF_CLEAN_MARKDOWN, "**Ann** met [Bob Ray](http://e.org), >!boo!<", "Ann", "Ann"},
    {SF_CLEAN_MARKDOWN, "**Ann** met [Bob Ray](http://e.org), >!boo!<", "Bob Ray", "Bob Ray"},
    {SF_CLEAN_MARKDOWN, "**Ann** met [Bob Ray](http://e.org), >!boo!<", "Ray, boo", "Ray](http://e.org), >!boo"},
    {SF_CLEAN_MOJIBAKE, "das ist sch\xC3\x83\xC2\xB6n, ja", "sch\xC3\xB6n", "sch\xC3\x83\xC2\xB6n"},
    {SF_CLEAN_MOJIBAKE, "sch\xC3\x83\xC6\x92\xC3\x82\xC2\xB6n, ja", "\xC3\xB6",
     "\xC3\x83\xC6\x92\xC3\x82\xC2\xB6"}, /* damaged twice */
    {SF_CLEAN_MOJIBAKE, "sch\xC3\x83\xC6\x92\xC3\x82\xC2\xB6n, ja", "n, ja", "n, ja"},
    {SF_CLEAN_CONTROLS, "\xEF\xBB\xBFze\xE2\x80\x8Bro", "zero", "ze\xE2\x80\x8Bro"},
    {SF_CLEAN_CONTROLS, "a\xC2\x85z", " ", "\xC2\x85"},
    {SF_CLEAN_QUOTES, "\xE2\x80\x9CIt\xE2\x80\x99s\xE2\x80\x9D", "\"It's\"", "\xE2\x80\x9CIt\xE2\x80\x99s\xE2\x80\x9D"},
    {SF_CLEAN_QUOTES, "\xE2\x80\x9CIt\xE2\x80\x99s\xE2\x80\x9D", "s", "s"},
    {SF_CLEAN_NFC, "cafe" ACUTE "s", "\xC3\xA9", "e" ACUTE},
    {SF_CLEAN_NFC, "cafe" ACUTE "s", "caf", "caf"},
    {SF_CLEAN_NFC, "cafe" ACUTE "s", "s", "s"},
    {SF_CLEAN_NFC, "\xE1\x84\x80\xE1\x85\xA1\xE1\x84\x80\xE1\x85\xA2", "\xEA\xB0\x9C",
     "\xE1\x84\x80\xE1\x85\xA2"}, /* the second syllable */
    {SF_CLEAN_NFKC, "\xEF\xAC\x81ne \xEF\xBC\xA6\xEF\xBD\x95ll", "fi", "\xEF\xAC\x81"},
    {SF_CLEAN_NFKC, "\xEF\xAC\x81ne \xEF\xBC\xA6\xEF\xBD\x95ll", "Full", "\xEF\xBC\xA6\xEF\xBD\x95ll"},
    {SF_CLEAN_NFKC, "\xEF\xAC\x81ne \xEF\xBC\xA6\xEF\xBD\x95ll", "F", "\xEF\xBC\xA6"},
    {SF_CLEAN_CASEFOLD,
     "at IBM in Stra\xC3\x9F"
     "e",
     "ibm", "IBM"},
    {SF_CLEAN_CASEFOLD | SF_CLEAN_NFC,
     "at IBM in Stra\xC3\x9F"
     "e",
     "ibm", "IBM"},
    {SF_CLEAN_CASEFOLD,
     "at IBM in Stra\xC3\x9F"
     "e",
     "ss", "\xC3\x9F"},
    {SF_CLEAN_URLS, "see https://e.org/x now", "see now", "see https://e.org/x now"},
    {SF_CLEAN_URLS, "see https://e.org/x now", "now", "now"},
    {SF_CLEAN_URLS | SF_CLEAN_MARKERS, "to a@b.org, https://e.org/x", "<email>", "a@b.org"},
    {SF_CLEAN_URLS | SF_CLEAN_MARKERS, "to a@b.org, https://e.org/x", "<url>", "https://e.org/x"},
    {SF_CLEAN_MENTIONS, "hi @bob, Ann", ", Ann", ", Ann"},
    {SF_CLEAN_MENTIONS | SF_CLEAN_MARKERS, "hi @bob, Ann", "<user>, ", "@bob, "},
    {SF_CLEAN_HASHTAGS, "#ClimateActionNow #so_far", "Climate", "Climate"},
    {SF_CLEAN_HASHTAGS, "#ClimateActionNow #so_far", "Action", "Action"},
    {SF_CLEAN_HASHTAGS, "#ClimateActionNow #so_far", "so far", "so_far"},
    {SF_CLEAN_HASHTAGS, "#ClimateActionNow #so_far", "Now so", "Now #so"},
    {SF_CLEAN_FLOODS, "cooooool!", "coool", "cooooool"},
    {SF_CLEAN_FLOODS, "cooooool!", "l!", "l!"},
    {SF_CLEAN_EMOJI_WORDS, "nice" EMOJI "one", "thumbs up", EMOJI},
    {SF_CLEAN_EMOJI_WORDS, "nice" EMOJI "one", "umb", EMOJI},
    {SF_CLEAN_EMOJI_WORDS, "nice" EMOJI "one", "nice", "nice"},
    {SF_CLEAN_EMOJI_WORDS, "nice" EMOJI "one", "one", "one"},
    {SF_CLEAN_EMOJI_WORDS | SF_CLEAN_SPACES, "a  " EMOJI "  b", "up b", EMOJI "  b"},
    {SF_CLEAN_EMOJI, "nice " EMOJI " one", "nice one", "nice " EMOJI " one"},
    {SF_CLEAN_EMOJI, "nice " EMOJI " one", "one", "one"},
    {SF_CLEAN_LINES, "\r\n a \r\nb\n\n\n\nc ", " a", " a"},
    {SF_CLEAN_LINES, "\r\n a \r\nb\n\n\n\nc ", "\nb", " \r\nb"},
    {SF_CLEAN_LINES, "\r\n a \r\nb\n\n\n\nc ", "\n\n", "\n\n\n\n"},
    {SF_CLEAN_SPACES, "  a \t b \n c ", "a b", "a \t b"},
    {SF_CLEAN_SPACES, "  a \t b \n c ", "\n", " \n "},
    {ALL, "<p>**IBM** &amp; caf&amp;eacute;s &#x1F44D;", "ibm", "IBM"},
    {ALL, "<p>**IBM** &amp; caf&amp;eacute;s &#x1F44D;", "caf\xC3\xA9s", "caf&amp;eacute;s"},
    {ALL, "<p>**IBM** &amp; caf&amp;eacute;s &#x1F44D;", "thumbs up", "&#x1F44D;"},
    {ALL, "one&#x301;\xFF", "on", "on"},
    {ALL, "one&#x301;\xFF", "\xC3\xA9", "e&#x301;"},
};

static void each_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sf_str in = sf_cstr(cases[i].in);
        (void)clean(in, cases[i].what);
        sf_str source = source_of(in, cases[i].piece);
        if (source.len != strlen(cases[i].source) || memcmp(source.ptr, cases[i].source, source.len) != 0) {
            fail_msg("flags %#x, \"%s\" to \"%s\": \"%s\" from \"%.*s\", not \"%s\"", (unsigned)cases[i].what, in.ptr,
                     at.out, cases[i].piece, (int)source.len, source.ptr, cases[i].source);
        }
    }
}

static void what_stays_maps_to_itself(void **state)
{
    static const char *const texts[] = {"plain words", "Zw\xC3\xB6lf \xE6\x95\xB0\xE5\xAD\xA6", "a & b < c\n\nd"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t what = 0; what <= ALL; what = what < ALL ? 2 * what + 1 : ALL + 1) {
            sf_str in = sf_cstr(texts[i]), out = clean(in, what & ~(uint32_t)(SF_CLEAN_SPACES | SF_CLEAN_CASEFOLD));
            assert_int_equal(out.len, in.len);
            assert_int_equal(at.map.n_runs, 1);
            assert_int_equal(at.map.runs->copied, 1);
        }
    }
    assert_int_equal(clean(sf_cstr(""), ALL).len, 0);
    assert_int_equal(at.map.n_runs, 0);
    assert_int_equal(clean(sf_cstr("<b></b>"), ALL).len, 0);
    assert_int_equal(at.map.n_runs, 0);
}

/* ---- random texts ---- */

static size_t count(sf_str text, const char *word, size_t *where)
{
    size_t n = 0, len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, word, len) == 0) {
            *where = i;
            n++;
        }
    }
    return n;
}

/* Numbers that stand once in both texts come from themselves. */
static void numbers_come_home(sf_clean_map map, sf_str in, sf_str out, int numbers)
{
    for (int i = 0; i < numbers; i++) {
        char number[16];
        size_t here = 0, there = 0, from = 0, to = 0;
        snprintf(number, sizeof number, "%d", 700 + i);
        if (count(in, number, &there) == 1 && count(out, number, &here) == 1) {
            assert_int_equal(sf_clean_source(&map, here, here + 3, &from, &to), SF_OK);
            assert_true(from <= there && to >= there + 3);
        }
    }
}

static void random_texts(void **state)
{
    uint64_t r = 23;
    sf_source_map made = {0};
    sf_cleaner plain = {0}, mapped = {.map = &made};
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[4096];
        sf_str in = {text, 0}, out, expected;
        uint32_t what = random_below(&r, ALL + 1);
        what &= i % 4 == 0 ? random_below(&r, ALL + 1) : ALL; /* some with few flags */
        int numbers = (int)random_below(&r, 6);
        for (int k = 0; k <= numbers; k++) {
            in.len += random_text(&r, text + in.len, 512);
            in.len += (size_t)(k < numbers ? snprintf(text + in.len, 8, "%d", 700 + k) : 0);
        }
        assert_int_equal(sf_clean(&plain, in, what, &expected), SF_OK);
        assert_int_equal(sf_clean(&mapped, in, what, &out), SF_OK);
        assert_int_equal(out.len, expected.len);
        assert_memory_equal(out.ptr, expected.ptr, out.len);
        sf_clean_map map = {made.runs, made.n};
        const char *fault = fault_of_map(map, in, out);
        if (fault != NULL) {
            fail_msg("text %d, flags %#x, \"%.*s\": %s", i, (unsigned)what, (int)in.len, text, fault);
        }
        if (out.len == in.len && memcmp(out.ptr, in.ptr, in.len) == 0 && in.len > 0) {
            assert_true(map.n_runs == 1 && map.runs->copied);
        }
        numbers_come_home(map, in, out, numbers);
    }
    sf_cleaner_free(&plain);
    sf_cleaner_free(&mapped);
    sf_source_map_free(&made);
}

/* ---- ranges ---- */

static const char mixed[] = "<b>Ann</b>  &amp; **Bob** " EMOJI " cafe" ACUTE "s @x #ABc\n\n\n\nz";

static void every_range(void **state)
{
    (void)state;
    size_t len = clean(sf_cstr(mixed), ALL).len, before = 0;
    for (size_t start = 0; start <= len; start++) {
        size_t from, to, end_before = 0;
        assert_int_equal(sf_clean_source(&at.map, start, start, &from, &to), SF_OK);
        assert_true(from == to && from >= before && to <= sizeof mixed - 1);
        before = from;
        for (size_t end = start + 1; end <= len; end++) {
            assert_int_equal(sf_clean_source(&at.map, start, end, &from, &to), SF_OK);
            assert_true(from == before && to > from && to >= end_before && to <= sizeof mixed - 1);
            end_before = to;
        }
    }
}

static void wrong_ranges(void **state)
{
    size_t from = 1, to = 2;
    sf_clean_map none = {NULL, 0};
    (void)state;
    size_t len = clean(sf_cstr(mixed), ALL).len;
    assert_int_equal(sf_clean_source(&at.map, 2, 1, &from, &to), SF_EINVAL);
    assert_int_equal(sf_clean_source(&at.map, 0, len + 1, &from, &to), SF_EINVAL);
    assert_int_equal(sf_clean_source(&none, 0, 1, &from, &to), SF_EINVAL);
    assert_int_equal(sf_clean_source(NULL, 0, 0, &from, &to), SF_EINVAL);
    assert_int_equal(sf_clean_source(&at.map, 0, 0, NULL, &to), SF_EINVAL);
    assert_true(from == 1 && to == 2);
    assert_int_equal(sf_clean_source(&none, 0, 0, &from, &to), SF_OK);
    assert_true(from == 0 && to == 0);
}

static void wrong_calls(void **state)
{
    sf_clean_map map = {NULL, 7};
    char buf[4];
    (void)state;
    assert_int_equal(sf_clean_text_mapped(NULL, sf_cstr("a"), 0, buf, 4, &map), SF_EINVAL);
    assert_int_equal(sf_clean_text_mapped(at.b, sf_cstr("a"), 0, buf, 4, NULL), SF_EINVAL);
    assert_int_equal(sf_clean_text_mapped(at.b, sf_cstr("a"), ALL + 1, buf, 4, &map), SF_EINVAL);
    assert_int_equal(map.n_runs, 7);
}

/* Wherever the result is cut, the map is the first part of the whole one's. */
static void cut(void **state)
{
    sf_clean_map whole, part;
    char buf[sizeof mixed * 4];
    (void)state;
    size_t len = clean(sf_cstr(mixed), ALL).len, from, to, whole_from, whole_to;
    whole = at.map;
    assert_int_equal(sf_clean_text_mapped(at.b, sf_cstr(mixed), ALL, NULL, 0, &part), len);
    assert_int_equal(part.n_runs, 0);
    for (size_t cap = 1; cap <= len + 1; cap++) {
        assert_int_equal(sf_clean_text_mapped(at.b, sf_cstr(mixed), ALL, buf, cap, &part), len);
        sf_str out = {buf, strlen(buf)};
        assert_null(fault_of_map(part, sf_cstr(mixed), out));
        if (out.len == 0) {
            continue;
        }
        assert_int_equal(sf_clean_source(&part, 0, out.len, &from, &to), SF_OK);
        assert_int_equal(sf_clean_source(&whole, 0, out.len, &whole_from, &whole_to), SF_OK);
        assert_true(from == whole_from && to == whole_to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_step),    cmocka_unit_test(what_stays_maps_to_itself),
        cmocka_unit_test(random_texts), cmocka_unit_test(every_range),
        cmocka_unit_test(wrong_ranges), cmocka_unit_test(wrong_calls),
        cmocka_unit_test(cut),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
