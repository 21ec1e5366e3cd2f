/* SPDX-License-Identifier: MIT */
/* Words for full text, as a tsvector and a tsquery have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "stores/words.h"

static void is(sf_buffer *b, const char *text)
{
    assert_string_equal(b->bytes != NULL ? b->bytes : "", text);
    sf_buffer_free(b);
}

static void vector(const char *title, const char *body, const char *topic, const char *wanted)
{
    sf_buffer b = {0};
    sf_str topics[1] = {sf_cstr(topic)};
    sf_words_vector(&b, sf_cstr(title), sf_cstr(body), topics, topic[0] != '\0');
    is(&b, wanted);
}

static void test_vectors(void **state)
{
    (void)state;
    vector("", "", "", "");
    vector("New e-bike", "", "", "'new':1 'e':2 'bike':3 ");
    vector("one", "two", "", "'one':1 'two':3 "); /* no phrase spans both */
    vector("", "Café STRASSE", "", "'cafe':2 'strasse':3 ");
    vector("", "cafe\xcc\x81s", "", "'cafes':2 "); /* an accent of its own */
    vector("東京 2026", "", "", "'東京':1 '2026':2 ");
    vector("!? --", "\xff", "", "");
    vector("", "", "it's c\\c++", "'=it''s c\\\\c++' ");
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
    sf_words_vector(&b, (sf_str){text, sizeof text}, sf_cstr("b"), NULL, 0);
    assert_non_null(strstr(b.bytes, ":16000 "));
    assert_null(strstr(b.bytes, ":16001 "));
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
