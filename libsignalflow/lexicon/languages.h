/* SPDX-License-Identifier: MIT */
/* What languages are told by: three characters of a word in a row, and what they weigh for each. */
#ifndef SF_LANGUAGES_H
#define SF_LANGUAGES_H

#include "lexicon/dict.h"

#define SF_LANGUAGES      64 /* at the most */
#define SF_LANGUAGE_BYTES 12 /* of a language's name with its NUL */

/* The characters of _word_, of which every three in a row are a gram: from at[i] to at[i + 3] for i + 3 <= n. */
#define SF_GRAM_BYTES 40 /* of a word that are looked at */
typedef struct sf_grams {
    char word[SF_GRAM_BYTES + 3];
    size_t at[SF_GRAM_BYTES + 3];
    size_t n;
} sf_grams;

static inline void sf_grams_of(sf_grams *g, const char *p, size_t n)
{
    n = n > SF_GRAM_BYTES ? SF_GRAM_BYTES : n;
    g->word[0] = '_';
    memcpy(g->word + 1, p, n);
    g->word[n + 1] = '_';
    g->n = 0;
    for (size_t i = 0; i < n + 2; i++) {
        if (((unsigned char)g->word[i] & 0xC0) != 0x80) {
            g->at[g->n++] = i;
        }
    }
    g->at[g->n] = n + 2;
}

typedef struct sf_gram_weights {
    uint8_t of[SF_LANGUAGES];
} sf_gram_weights;

typedef struct sf_languages {
    sf_dict grams; /* "_th" -> flags: index into weights */
    const sf_gram_weights *weights;
    char names[SF_LANGUAGES][SF_LANGUAGE_BYTES];
    uint32_t n;
} sf_languages;

typedef struct sf_languages_builder {
    sf_dict_builder grams;
    sf_gram_weights *weights;
    size_t n_weights, cap_weights;
    char names[SF_LANGUAGES][SF_LANGUAGE_BYTES];
    uint32_t n;
} sf_languages_builder; /* zeroed: empty */

/* The number of a language, added if it is new; -1: no room, or no name of a language. */
int sf_language_number(sf_languages_builder *b, sf_str name);

/* What a gram weighs for each language, 0 for all of them if it is new; NULL with *status. Valid until the next call. */
uint8_t *sf_language_weights(sf_languages_builder *b, sf_str gram, int *status);

/* Whether a name is that of a language: de, pt-BR, ml-Latn. */
int sf_is_language(const char *name);

/* Learns to tell a language from a text in it. SF_OK; SF_EPARSE: too little text, or too many languages; SF_ENOMEM, SF_ETOOBIG. */
int sf_language_learn(sf_languages_builder *b, const char *name, sf_str text);

int sf_languages_import(sf_languages_builder *b, const sf_languages *l);
int sf_languages_freeze(const sf_languages_builder *b, sf_languages *out);
void sf_languages_builder_free(sf_languages_builder *b);
void sf_languages_free(sf_languages *l);

#endif
