/* SPDX-License-Identifier: MIT */
/* Rows of kind "languages": three characters TAB language:weight language:weight ... */
#include "lexicon/languages.h"

#include <stdlib.h>

#include "lexicon/lexicon.h"
#include "memory.h"

int sf_language_number(sf_languages_builder *b, sf_str name)
{
    if (name.len < 2 || name.len >= SF_LANGUAGE_BYTES) {
        return -1;
    }
    for (uint32_t i = 0; i < b->n; i++) {
        if (strlen(b->names[i]) == name.len && memcmp(b->names[i], name.ptr, name.len) == 0) {
            return (int)i;
        }
    }
    if (b->n == SF_LANGUAGES) {
        return -1;
    }
    memcpy(b->names[b->n], name.ptr, name.len);
    b->names[b->n][name.len] = '\0';
    return (int)b->n++;
}

uint8_t *sf_language_weights(sf_languages_builder *b, sf_str gram, int *status)
{
    sf_str none = {"", 0};
    sf_dict_row *known = sf_dict_row_of(&b->grams, gram);
    if (known != NULL) {
        return b->weights[known->flags].of;
    }
    *status = sf_grow(&b->weights, &b->cap_weights, b->n_weights + 1, sizeof *b->weights);
    *status = *status != SF_OK ? *status : sf_dict_put(&b->grams, gram, none, (uint32_t)b->n_weights, 0.0);
    if (*status != SF_OK) {
        return NULL;
    }
    memset(&b->weights[b->n_weights], 0, sizeof *b->weights);
    return b->weights[b->n_weights++].of;
}

/* One "language:weight" of the rest. */
static int read_weight(sf_languages_builder *b, sf_str part, uint8_t *weights)
{
    const char *colon = part.len > 0 ? memchr(part.ptr, ':', part.len) : NULL;
    double weight;
    if (colon == NULL) {
        return SF_EPARSE;
    }
    sf_str name = {part.ptr, (size_t)(colon - part.ptr)};
    sf_str number = {colon + 1, part.len - name.len - 1};
    int language = sf_language_number(b, name);
    if (language < 0 || sf_row_number(number, &weight) != SF_OK || !(weight >= 0.0 && weight <= 255.0)) {
        return SF_EPARSE;
    }
    weights[language] = (uint8_t)weight;
    return SF_OK;
}

int sf_row_language(sf_lexicon_builder *b, sf_row *row)
{
    int status = SF_EPARSE;
    row->fault = "a row is: three characters TAB language:weight language:weight ...";
    if (row->remove || row->n < 2 || row->field[0].len == 0) {
        return SF_EPARSE;
    }
    uint8_t *weights = sf_language_weights(&b->languages, row->field[0], &status);
    sf_str rest = row->field[1];
    while (weights != NULL && rest.len > 0) {
        const char *space = memchr(rest.ptr, ' ', rest.len);
        sf_str part = {rest.ptr, space != NULL ? (size_t)(space - rest.ptr) : rest.len};
        rest.ptr += part.len + (space != NULL);
        rest.len -= part.len + (space != NULL);
        if (read_weight(&b->languages, part, weights) != SF_OK) {
            return SF_EPARSE;
        }
    }
    return weights != NULL ? SF_OK : status;
}

int sf_languages_import(sf_languages_builder *b, const sf_languages *l)
{
    if (l->n == 0) {
        return SF_OK;
    }
    if (sf_grow(&b->weights, &b->cap_weights, l->grams.count, sizeof *b->weights) != SF_OK) {
        return SF_ENOMEM;
    }
    memcpy(b->weights, l->weights, l->grams.count * sizeof *b->weights);
    b->n_weights = l->grams.count;
    memcpy(b->names, l->names, sizeof b->names);
    b->n = l->n;
    return sf_dict_import(&b->grams, &l->grams);
}

int sf_languages_freeze(const sf_languages_builder *b, sf_languages *out)
{
    memset(out, 0, sizeof *out);
    int status = sf_dict_freeze(&b->grams, 0, &out->grams);
    if (status != SF_OK) {
        return status;
    }
    sf_gram_weights *weights = calloc(b->n_weights + 1, sizeof *weights);
    if (weights == NULL) {
        return SF_ENOMEM;
    }
    if (b->n_weights > 0) {
        memcpy(weights, b->weights, b->n_weights * sizeof *weights);
    }
    out->weights = weights;
    memcpy(out->names, b->names, sizeof out->names);
    out->n = b->n;
    return SF_OK;
}

void sf_languages_builder_free(sf_languages_builder *b)
{
    sf_dict_builder_free(&b->grams);
    free(b->weights);
    memset(b, 0, sizeof *b);
}

void sf_languages_free(sf_languages *l)
{
    sf_dict_free(&l->grams);
    free((void *)(uintptr_t)l->weights);
    memset(l, 0, sizeof *l);
}
