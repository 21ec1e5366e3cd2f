/* SPDX-License-Identifier: MIT */
/* Words for full text, as a tsvector and a tsquery have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "stores/words.h"

static void is(sf_buffer *b, const char *text)
{
    assert_string_equal(b->bytes != NULL ? b->bytes : "", text);
    sf_buffer_free(b);
}

/* The next number of `size` bytes, big end first. */
static unsigned number(const sf_buffer *b, size_t *at, size_t size)
{
    unsigned v = 0;
    assert_true(*at + size <= b->len);
    while (size-- > 0) {
        v = v << 8 | (unsigned char)b->bytes[(*at)++];
    }
    return v;
}

/* A tsvector as PostgreSQL would print it, or nearly. */
static void print(const sf_buffer *b, sf_buffer *out)
{
    size_t at = 0;
    for (unsigned n = number(b, &at, 4); n > 0; n--) {
        sf_buffer_format(out, "'%s'", b->bytes + at);
        at += strlen(b->bytes + at) + 1;
        unsigned places = number(b, &at, 2);
        for (unsigned i = 0; i < places; i++) {
            sf_buffer_format(out, "%c%u", i == 0 ? ':' : ',', number(b, &at, 2));
        }
        sf_buffer_text(out, " ");
    }
    assert_int_equal(at, b->len);
}

static void vector(const char *title, const char *body, const char *topic, const char *wanted)
{
    sf_buffer b = {0}, text = {0};
    sf_words w = {0};
    sf_str topics[2] = {sf_cstr(topic), sf_cstr(topic)};
    size_t n = sf_words_vector(&w, &b, sf_cstr(title), sf_cstr(body), topics, topic[0] != '\0' ? 2 : 0), at = 0;
    assert_int_equal(n, number(&b, &at, 4));
    print(&b, &text);
    is(&text, wanted);
    sf_buffer_free(&b);
    sf_words_free(&w);
}

static void test_vectors(void **state)
{
    (void)state;
    vector("", "", "", "");
    vector("New e-bike", "", "", "'bike':3 'e':2 'new':1 ");
    vector("one", "two", "", "'one':1 'two':3 "); /* no phrase spans both */
    vector("", "Café STRASSE", "", "'cafe':2 'strasse':3 ");
    vector("", "cafe\xcc\x81s", "", "'cafes':2 "); /* an accent of its own */
    vector("東京 2026", "", "", "'2026':2 '東京':1 ");
    vector("a b a ab", "a", "a", "'=a' 'a':1,3,6 'ab':4 'b':2 ");
    vector("!? --", "\xff", "", "");
    vector("", "", "it's c\\c++", "'=it's c\\c++' ");
}

static void test_queries(void **state)
{
    (void)state;
    sf_buffer b = {0};
    sf_words_phrase(&b, sf_cstr("Quantum computers"), 0);
    sf_words_phrase(&b, sf_cstr("!"), 0);
    sf_words_phrase(&b, sf_cstr("wor"), 1);
    sf_words_topic(&b, sf_cstr("ibm"));
    is(&b, "'quantum' <-> 'computers' & 'wor':* & '=ibm'");
}

static void test_bounds(void **state)
{
    (void)state;
    static char text[4 * SF_WORDS_MOST];
    sf_buffer b = {0};
    memset(text, 'a', 3000);
    sf_words_phrase(&b, (sf_str){text, 3000}, 0);
    assert_in_range(b.len, 400, 600); /* a lexeme has less than 2046 bytes */
    sf_buffer_free(&b);
    for (size_t i = 0; i < sizeof text; i += 2) {
        text[i] = 'a';
        text[i + 1] = ' ';
    }
    sf_words w = {0};
    assert_int_equal(sf_words_vector(&w, &b, (sf_str){text, sizeof text}, sf_cstr("b"), NULL, 0), 1);
    assert_int_equal(b.len, 4 + 2 + 2 + 2 * 256); /* places of one lexeme */
    sf_buffer_cut(&b, 0);
    for (size_t i = 0; i < sizeof text; i += 4) { /* words of three letters, nearly all of them new ones */
        text[i] = (char)('a' + i / 4 % 26);
        text[i + 1] = (char)('a' + i / 104 % 26);
        text[i + 2] = (char)('a' + i / 2704 % 26);
        text[i + 3] = ' ';
    }
    assert_in_range(sf_words_vector(&w, &b, (sf_str){text, sizeof text - 1}, sf_cstr("last"), NULL, 0), 15000,
                    SF_WORDS_MOST);
    sf_buffer_cut(&b, 0);
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof text; i += 500) { /* lexemes that are longer than a tsvector may be in all */
        (void)snprintf(text + i, 8, "%06d", (int)i);
        text[i + 6] = 'x';
        text[i + 499] = ' ';
    }
    static char more[20 * sizeof text];
    for (size_t i = 0; i < 20; i++) {
        memcpy(more + i * sizeof text, text, sizeof text);
        for (size_t k = 0; k < sizeof text; k += 500) {
            more[i * sizeof text + k] = (char)('a' + i);
        }
    }
    (void)sf_words_vector(&w, &b, (sf_str){more, sizeof more}, sf_cstr(""), NULL, 0);
    assert_in_range(b.len, 900000, 1000000);
    sf_words_free(&w);
    sf_buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
