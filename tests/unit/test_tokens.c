/* SPDX-License-Identifier: MIT */
/* Tokens: what they are, where they stand, how they fold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lexicon/dict.h"
#include "text/tokens.h"

/* Writes tokens as "text/folded" with a letter for the kind of all that are not words, parted by spaces. */
static void show(sf_str text, const sf_tokens *t, char *out)
{
    static const char kinds[] = "wnumhep";
    for (size_t i = 0; i < t->n; i++) {
        const sf_token *k = &t->at[i];
        if (i > 0) {
            *out++ = ' ';
        }
        if (k->kind != SF_TOKEN_WORD) {
            *out++ = kinds[k->kind];
            *out++ = ':';
        }
        memcpy(out, text.ptr + k->start, k->end - k->start);
        out += k->end - k->start;
        if (k->fold_len != k->end - k->start || memcmp(out - k->fold_len, t->fold + k->fold, k->fold_len) != 0) {
            *out++ = '/';
            memcpy(out, t->fold + k->fold, k->fold_len);
            out += k->fold_len;
        }
    }
    *out = '\0';
}

static void reads(const char *text, const char *expected)
{
    char shown[512];
    sf_tokens t = {0};
    assert_int_equal(sf_tokens_read(&t, sf_cstr(text)), SF_OK);
    show(sf_cstr(text), &t, shown);
    assert_string_equal(shown, expected);
    for (size_t i = 0; i < t.n; i++) {
        assert_int_equal(sf_hash_end(t.at[i].hash), sf_hash(t.fold + t.at[i].fold, t.at[i].fold_len));
    }
    sf_tokens_free(&t);
}

static void words(void **state)
{
    (void)state;
    reads("", "");
    reads("  \n\t ", "");
    reads("the quick fox", "the quick fox");
    reads("IBM's plan isn’t O'Brien's", "IBM/ibm plan isn’t/isn't O'Brien/o'brien");
    reads("'quoted' rock'n'roll James'", "p:'/ quoted p:'/ rock'n'roll James/james p:'/");
    reads("Coca-Cola - well", "Coca/coca Cola/cola p:-/ well");
    reads("foo_bar _x", "foo_bar p:_/ x");
}

static void dots_and_signs(void **state)
{
    (void)state;
    reads("U.S. plan, e.g. this", "U.S./u.s plan p:,/ e.g./e.g this");
    reads("C++ and C# or F#, .NET", "C++/c++ and C#/c# or F#/f# p:,/ .NET/.net");
    reads("node.js at Amazon.com.", "node.js at Amazon.com/amazon.com p:./");
    reads("AT&T R&B a&b", "AT&T/at&t R&B/r&b a p:& b");
    reads("Dr. J. K. Rowling. So", "Dr./dr J./j K./k Rowling/rowling p:./ So/so");
    reads("the end.Start", "the end p:./ Start/start");
    reads("I. Am", "I/i p:./ Am/am");
}

static void addresses_and_numbers(void **state)
{
    (void)state;
    reads("https://a.b/c?d=e. www.foo.com/x) me@x.org", "u:https://a.b/c?d=e/ p:./ u:www.foo.com/x/ p:)/ u:me@x.org/");
    reads("@jack: #WorldCup2014 r/tech /u/foo and/or #",
          "m:@jack/ p::/ h:#WorldCup2014/worldcup2014 m:r/tech/ m:/u/foo/ and "
          "p:// or p:#/");
    reads("49ers 3D 1,000 10:30pm 3.", "49ers 3D/3d n:1,000 n:10:30 pm n:3 p:./");
}

static void other_scripts(void **state)
{
    (void)state;
    reads("ÉTÉ Straße ΑΘΗΝΑ", "ÉTÉ/été Straße/straße ΑΘΗΝΑ/αθηνα");
    reads("日本語テストです。中国", "日本語 テスト です p:。/ 中国");
    reads("서울 ไทย iPhone発売", "서울 ไทย iPhone/iphone 発売");
    reads("ok👍🏽👩‍👩‍👧 ❤️!", "ok e:👍🏽👩‍👩‍👧/ e:❤️/ p:!/");
    reads("İSTANBUL", "İSTANBUL/istanbul");
    reads("so\xffso", "so so"); /* nobody wrote it */
    reads("Ⱥb", "Ⱥb/ⱥb");       /* lower case takes more bytes */
}

static void shapes_and_flags(void **state)
{
    static const struct {
        const char *text;
        int shape, flags;
    } cases[] = {
        {"word", SF_SHAPE_LOWER, 0},
        {"Word", SF_SHAPE_CAPITAL, 0},
        {"Word's", SF_SHAPE_CAPITAL, SF_TOKEN_POSSESSIVE},
        {"WORD", SF_SHAPE_UPPER, 0},
        {"A", SF_SHAPE_LETTER, 0},
        {"PS4", SF_SHAPE_UPPER, SF_TOKEN_DIGIT},
        {"iPhone", SF_SHAPE_MIXED, 0},
        {"O'Brien", SF_SHAPE_MIXED, 0},
        {"U.S.", SF_SHAPE_UPPER, SF_TOKEN_DOT | SF_TOKEN_DOTTED},
        {"Mr.", SF_SHAPE_CAPITAL, SF_TOKEN_DOT},
        {"2013", SF_SHAPE_NONE, SF_TOKEN_DIGIT},
        {"中国", SF_SHAPE_NONE, SF_TOKEN_HAN},
    };
    (void)state;
    sf_tokens t = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sf_tokens_read(&t, sf_cstr(cases[i].text)), SF_OK);
        assert_int_equal(t.n, 1);
        assert_int_equal(t.at[0].shape, cases[i].shape);
        assert_int_equal(t.at[0].flags, cases[i].flags | SF_TOKEN_SPACE | SF_TOKEN_LINE);
    }
    assert_int_equal(sf_tokens_read(&t, sf_cstr("a b\nc-d")), SF_OK);
    assert_int_equal(t.at[1].flags, SF_TOKEN_SPACE);
    assert_int_equal(t.at[2].flags, SF_TOKEN_SPACE | SF_TOKEN_LINE);
    assert_int_equal(t.at[3].flags, SF_TOKEN_HYPHEN);
    sf_tokens_free(&t);
}

static void names_are_one_slice(void **state)
{
    (void)state;
    sf_tokens t = {0};
    assert_int_equal(sf_tokens_read(&t, sf_cstr("the New-York  Times")), SF_OK);
    sf_str name = sf_tokens_folded(&t, 1, 3);
    assert_int_equal(name.len, 14);
    assert_memory_equal(name.ptr, "new york times", 14);
    sf_tokens_free(&t);
}

/* Reading takes no more memory the second time, and tokens never overlap, whatever the bytes. */
static void any_bytes(void **state)
{
    (void)state;
    sf_tokens t = {0};
    char bytes[64];
    uint32_t random = 1;
    for (int round = 0; round < 20000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1664525U + 1013904223U;
            static const char some[] = "aZ9 .'-@#&/_\xC4\xB0\xE2\x80\x99\xF0\x9F\x91\x8Dr\xff\n+:w";
            bytes[i] = some[(random >> 16) % (sizeof some - 1)];
        }
        sf_str text = {bytes, sizeof bytes};
        assert_int_equal(sf_tokens_read(&t, text), SF_OK);
        uint32_t end = 0;
        for (size_t i = 0; i < t.n; i++) {
            assert_true(t.at[i].start >= end && t.at[i].end > t.at[i].start && t.at[i].end <= sizeof bytes);
            end = t.at[i].end;
        }
    }
    sf_tokens_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),         cmocka_unit_test(dots_and_signs),   cmocka_unit_test(addresses_and_numbers),
        cmocka_unit_test(other_scripts), cmocka_unit_test(shapes_and_flags), cmocka_unit_test(names_are_one_slice),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
