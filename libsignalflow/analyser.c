/* SPDX-License-Identifier: MIT */
/* The analyser's life: made, entered, left, freed. What it does lies in sentiment.c, entities.c and keywords.c. */
#include "analyser.h"

#include <stdlib.h>

#include "lexicon/words.h"
#include "memory.h"

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
        free((void *)a->words);
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

static int look_up_words(sf_analyser *a)
{
    const sf_tokens *t = &a->tokens;
    if (sf_grow((void *)&a->words, &a->cap_words, t->n, sizeof *a->words) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < t->n; i++) { /* all are asked for before the first is needed */
        uint32_t hash = sf_hash_end(t->at[i].hash);
        sf_dict_prefetch(&a->lexicon->words, hash);
        sf_dict_prefetch(&a->lexicon->names, hash);
    }
    for (size_t i = 0; i < t->n; i++) {
        const sf_token *k = &t->at[i];
        int word = k->kind == SF_TOKEN_WORD || k->kind == SF_TOKEN_NUMBER || k->kind == SF_TOKEN_HASHTAG;
        a->words[i] = word ? sf_word_find(a->lexicon, t->fold + k->fold, k->fold_len, sf_hash_end(k->hash)) : NULL;
    }
    return SF_OK;
}

int sf_analyser_tokens(sf_analyser *a, sf_str text, const sf_tokens **out)
{
    int status = SF_OK;
    if (a->read.ptr == NULL || a->read.ptr != text.ptr || a->read.len != text.len) {
        status = sf_tokens_read(&a->tokens, text);
        status = status != SF_OK ? status : look_up_words(a);
        a->language = NULL;
        a->read = status == SF_OK ? text : (sf_str){NULL, 0};
    }
    *out = &a->tokens;
    return status;
}
