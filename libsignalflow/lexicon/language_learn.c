/* SPDX-License-Identifier: MIT */
/* A language of the user's own, from a text in it: its commonest grams, weighed as scripts/lexicons/make-languages weighs those
 * of the compiled-in ones. */
#include <math.h>
#include <stdlib.h>

#include "lexicon/languages.h"
#include "lexicon/lexicon.h"
#include "text/tokens.h"

#define FLOOR 3e-5 /* the share of grams from which on one says something */
enum { BEST = 320, LEAST = 6, ENOUGH = 800 /* grams in the text */ };

int sf_is_language(const char *name)
{
    size_t n = 0;
    while (name[n] >= 'a' && name[n] <= 'z') {
        n++;
    }
    if (n < 2 || n > 3) {
        return 0;
    }
    for (; name[n] != '\0'; n++) {
        char c = name[n];
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!plain && (c != '-' || name[n + 1] == '-' || name[n + 1] == '\0')) {
            return 0;
        }
    }
    return n < SF_LANGUAGE_BYTES;
}

static int count_gram(sf_dict_builder *counts, sf_str gram)
{
    sf_str none = {"", 0};
    sf_dict_row *known = sf_dict_row_of(counts, gram);
    if (known != NULL) {
        known->number += 1;
        return SF_OK;
    }
    return sf_dict_put(counts, gram, none, 0, 1);
}

static int count_grams(sf_dict_builder *counts, sf_str text, size_t *total)
{
    sf_tokens t = {0};
    int status = sf_tokens_read(&t, text);
    *total = 0;
    for (size_t i = 0; status == SF_OK && i < t.n; i++) {
        if (t.at[i].kind != SF_TOKEN_WORD || t.at[i].flags & SF_TOKEN_DIGIT) {
            continue;
        }
        sf_grams g;
        sf_grams_of(&g, t.fold + t.at[i].fold, t.at[i].fold_len);
        for (size_t k = 0; status == SF_OK && k + 3 <= g.n; k++) {
            status = count_gram(counts, (sf_str){g.word + g.at[k], g.at[k + 3] - g.at[k]});
            ++*total;
        }
    }
    sf_tokens_free(&t);
    return status;
}

/* The commonest first; of equals, that which was met first. */
static int compare(const void *a, const void *b)
{
    const sf_dict_row *x = a;
    const sf_dict_row *y = b;
    if (x->number != y->number) {
        return x->number > y->number ? -1 : 1;
    }
    return (x->key > y->key) - (x->key < y->key);
}

static int weigh(sf_languages_builder *b, int language, sf_dict_builder *counts, size_t total)
{
    qsort(counts->rows, counts->n_rows, sizeof *counts->rows, compare);
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < counts->n_rows; i++) {
        const sf_dict_row *row = &counts->rows[i];
        sf_str gram = {counts->bytes + row->key, row->key_len};
        double weight = floor(8.0 * log((row->number - 0.5) / (double)total / FLOOR) + 0.5);
        if (weight >= LEAST && (i < BEST || sf_dict_row_of(&b->grams, gram) != NULL)) {
            uint8_t *of = sf_language_weights(b, gram, &status);
            if (of != NULL) {
                of[language] = (uint8_t)weight;
            }
        }
    }
    return status;
}

int sf_language_learn(sf_languages_builder *b, const char *name, sf_str text)
{
    sf_dict_builder counts = {0};
    size_t total;
    int status = count_grams(&counts, text, &total);
    int language = status == SF_OK && total >= ENOUGH ? sf_language_number(b, sf_cstr(name)) : -1;
    status = status == SF_OK && language < 0 ? SF_EPARSE : status;
    status = status != SF_OK ? status : weigh(b, language, &counts, total);
    sf_dict_builder_free(&counts);
    return status;
}
