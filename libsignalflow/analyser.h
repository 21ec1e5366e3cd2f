/* SPDX-License-Identifier: MIT */
/* The analyser from within: one thread's scratch memory, a part for each kind of analysis.
 *
 * Public calls go in through sf_analyser_enter() and out through sf_analyser_leave(). The parts call one another only by
 * their sf_..._run() functions, which take an analyser that is already entered. */
#ifndef SF_ANALYSER_INTERNAL_H
#define SF_ANALYSER_INTERNAL_H

#include <stdatomic.h>

#include "lexicon/lexicon.h"
#include "signalflow/signalflow.h"
#include "text/tokens.h"

typedef struct sf_sentiment_scratch sf_sentiment_scratch; /* sentiment.c */
typedef struct sf_entities_scratch sf_entities_scratch;   /* entities.c */
typedef struct sf_keywords_scratch sf_keywords_scratch;   /* keywords.c */

struct sf_analyser {
    const sf_lexicon *lexicon;
    atomic_flag busy;
    sf_tokens tokens;            /* of the text `read`, for all parts that ask */
    const sf_dict_entry **words; /* one a token: its entry among the lexicon's words, or NULL */
    size_t cap_words;
    sf_str read;          /* ptr is NULL: none */
    const char *language; /* of that text; NULL: nobody asked */
    sf_sentiment_scratch *sentiment;
    sf_entities_scratch *entities;
    sf_keywords_scratch *keywords;
};

int sf_analyser_enter(sf_analyser *a); /* SF_OK, SF_EBUSY, SF_EINVAL for NULL */
void sf_analyser_leave(sf_analyser *a);

/* The tokens of a text, read and looked up (`words`) once however many parts ask while the analyser is entered. Valid until
 * another text is asked for. SF_OK, SF_ENOMEM, SF_ETOOBIG. */
int sf_analyser_tokens(sf_analyser *a, sf_str text, const sf_tokens **out);

/* Text i of a column, utf8[offsets[i] .. offsets[i + 1]). SF_OK, SF_EINVAL for offsets that decrease or are negative. */
int sf_column_text(const char *utf8, const int64_t *offsets, size_t i, sf_str *out);

/* Each part: makes and frees its scratch, and does its work inside an entered analyser. */
int sf_sentiment_scratch_new(sf_sentiment_scratch **out);
void sf_sentiment_scratch_free(sf_sentiment_scratch *s);
int sf_sentiment_run(sf_analyser *a, sf_str text, sf_scores *out);
int sf_sentiment_cover_run(sf_analyser *a, sf_str text, double *out);

int sf_entities_scratch_new(sf_entities_scratch **out);
void sf_entities_scratch_free(sf_entities_scratch *s);
int64_t sf_entities_run(sf_analyser *a, sf_str text, const sf_entity **out);

/* Of the entities that sf_entities_run() has just found; the strings are the lexicon's or theirs. */
int64_t sf_text_topics_run(sf_analyser *a, const sf_entity *found, size_t n, sf_str out[SF_MAX_TOPICS]);
int sf_language_run(sf_analyser *a, sf_str text, sf_str *out);

int sf_keywords_scratch_new(sf_keywords_scratch **out);
void sf_keywords_scratch_free(sf_keywords_scratch *s);
/* phrases: 1 for a text that names nothing. */
int64_t sf_keywords_run(sf_analyser *a, sf_str text, size_t max, int phrases, const sf_keyword **out);

#endif
