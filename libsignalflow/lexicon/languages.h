/* SPDX-License-Identifier: MIT */
/* What languages are told by: three characters of a word in a row, and what they weigh for each. */
#ifndef SF_LANGUAGES_H
#define SF_LANGUAGES_H

#include "lexicon/dict.h"

#define SF_LANGUAGES      64 /* at the most */
#define SF_LANGUAGE_BYTES 12 /* of a language's name with its NUL */

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

int sf_languages_import(sf_languages_builder *b, const sf_languages *l);
int sf_languages_freeze(const sf_languages_builder *b, sf_languages *out);
void sf_languages_builder_free(sf_languages_builder *b);
void sf_languages_free(sf_languages *l);

#endif
