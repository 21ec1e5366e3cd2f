/* SPDX-License-Identifier: MIT */
/* Any bytes as title and body, as a topic and as a phrase: what comes out must be what PostgreSQL reads as a tsvector, in
 * binary, or as a tsquery. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stores/words.h"

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

/* The end of the lexeme that starts here, behind its closing quote. */
static size_t skip_lexeme(const sf_buffer *b, size_t i)
{
    size_t start = i;
    must(b->bytes[i++] == '\'', "a lexeme is quoted");
    while (i < b->len && !(b->bytes[i] == '\'' && b->bytes[i + 1] != '\'')) {
        i += b->bytes[i] == '\'' || b->bytes[i] == '\\' ? 2 : 1;
    }
    must(i < b->len && i > start + 1 && i - start < 2040, "a lexeme ends, and is not empty nor too long");
    return i + 1;
}

static void check(const sf_buffer *b, const char *between)
{
    for (size_t i = 0; i < b->len;) {
        i = skip_lexeme(b, i);
        i += strspn(b->bytes + i, between);
    }
}

static unsigned number(const sf_buffer *b, size_t *at, size_t size)
{
    unsigned v = 0;
    must(*at + size <= b->len, "a number is whole");
    while (size-- > 0) {
        v = v << 8 | (unsigned char)b->bytes[(*at)++];
    }
    return v;
}

/* Lexemes in order, none twice; places in order. */
static void check_vector(const sf_buffer *b, size_t lexemes)
{
    size_t at = 0;
    const char *before = "";
    must(number(b, &at, 4) == lexemes, "as many lexemes as are said");
    for (size_t i = 0; i < lexemes; i++) {
        const char *lexeme = b->bytes + at;
        must(strnlen(lexeme, b->len - at) < 2046 && strcmp(before, lexeme) < 0,
             "lexemes are short, in order, and not empty");
        before = lexeme;
        at += strlen(lexeme) + 1;
        unsigned n = number(b, &at, 2), last = 0;
        must(n <= 256, "places of a lexeme");
        for (; n > 0; n--) {
            unsigned place = number(b, &at, 2);
            must(place > last && place < 16383, "places are in order");
            last = place;
        }
    }
    must(at == b->len && b->len < 1U << 20, "nothing follows, and it is not too long");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_buffer vector = {0}, query = {0};
    size_t half = size / 2;
    sf_str all = {(const char *)data, size}, first = {all.ptr, half}, second = {all.ptr + half, size - half};
    sf_words words = {0};
    size_t lexemes = sf_words_vector(&words, &vector, first, second, &all, 1);
    check_vector(&vector, lexemes);
    sf_words_free(&words);
    sf_words_phrase(&query, first, 1);
    sf_words_phrase(&query, second, 0);
    sf_words_topic(&query, all);
    check(&query, ":* &<->");
    sf_buffer_free(&vector);
    sf_buffer_free(&query);
    return 0;
}
