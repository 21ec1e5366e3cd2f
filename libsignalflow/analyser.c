/* SPDX-License-Identifier: MIT */
/* The analyser's life: made, entered, left, freed. What it does lies in sentiment.c, entities.c and keywords.c. */
#include "analyser.h"

#include <stdlib.h>

int sf_analyser_new(sf_analyser **out, const sf_lexicon *l)
{
    sf_analyser *a = out != NULL ? calloc(1, sizeof *a) : NULL;
    if (a == NULL) {
        return out != NULL ? SF_ENOMEM : SF_EINVAL;
    }
    a->lexicon = l != NULL ? l : sf_lexicon_builtin();
    atomic_flag_clear(&a->busy);
    if (sf_sentiment_scratch_new(&a->sentiment) != SF_OK || sf_entities_scratch_new(&a->entities) != SF_OK ||
        sf_keywords_scratch_new(&a->keywords) != SF_OK) {
        sf_analyser_free(a);
        return SF_ENOMEM;
    }
    *out = a;
    return SF_OK;
}

void sf_analyser_free(sf_analyser *a)
{
    if (a != NULL) {
        sf_sentiment_scratch_free(a->sentiment);
        sf_entities_scratch_free(a->entities);
        sf_keywords_scratch_free(a->keywords);
        sf_tokens_free(&a->tokens);
        free(a);
    }
}

const sf_lexicon *sf_analyser_lexicon(const sf_analyser *a)
{
    return a != NULL ? a->lexicon : NULL;
}

int sf_analyser_enter(sf_analyser *a)
{
    if (a == NULL) {
        return SF_EINVAL;
    }
    if (atomic_flag_test_and_set_explicit(&a->busy, memory_order_acquire)) {
        return SF_EBUSY;
    }
    a->read.ptr = NULL; /* the caller may have written something else there since */
    return SF_OK;
}

void sf_analyser_leave(sf_analyser *a)
{
    atomic_flag_clear_explicit(&a->busy, memory_order_release);
}

int sf_analyser_tokens(sf_analyser *a, sf_str text, const sf_tokens **out)
{
    int status = SF_OK;
    if (a->read.ptr == NULL || a->read.ptr != text.ptr || a->read.len != text.len) {
        status = sf_tokens_read(&a->tokens, text);
        a->read = status == SF_OK ? text : (sf_str){NULL, 0};
    }
    *out = &a->tokens;
    return status;
}
