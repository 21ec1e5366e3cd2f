/* SPDX-License-Identifier: MIT */
/* Any bytes as title and body, as a topic and as a phrase: what comes out must be text that PostgreSQL reads as a tsvector or tsquery. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_buffer vector = {0}, query = {0};
    size_t half = size / 2;
    sf_str all = {(const char *)data, size}, first = {all.ptr, half}, second = {all.ptr + half, size - half};
    sf_words_vector(&vector, first, second, &all, 1);
    check(&vector, ":0123456789 ");
    sf_words_phrase(&query, first, 1);
    sf_words_phrase(&query, second, 0);
    sf_words_topic(&query, all);
    check(&query, ":* &<->");
    sf_buffer_free(&vector);
    sf_buffer_free(&query);
    return 0;
}
