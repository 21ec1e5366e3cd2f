/* SPDX-License-Identifier: MIT */
/* The lexicon from within: which tables it has, and how rows get into them.
 *
 * Each kind of table is one file here that turns a row into dict rows: sentiment.c, emoji.c, names.c, words.c,
 * baselines.c. kinds.c lists them. The generator (generate.c) reads data/lexicons/ with the same code and writes the
 * compiled-in lexicon as C. */
#ifndef SF_LEXICON_INTERNAL_H
#define SF_LEXICON_INTERNAL_H

#include "lexicon/dict.h"
#include "lexicon/languages.h"
#include "lexicon/patterns.h"
#include "lexicon/rules.h"
#include "lexicon/vader.h"
#include "signalflow/lexicon.h"

struct sf_lexicon {
    sf_dict valences;                         /* word -> valence */
    sf_dict emoji;                            /* emoji -> description */
    sf_vader vader;                           /* both of them and the rules' words, laid out for scoring */
    sf_dict words;                            /* word -> how common it is (number) and what it is (flags, words.h) */
    sf_dict names;                            /* name, folded -> label (flags, names.h) and canonical name (text) */
    sf_patterns patterns;                     /* the user's */
    int32_t own_names;                        /* 1: some of the names are the user's */
    int32_t own_words;                        /* 1: some valences or words are: it may know another language */
    sf_rules rules;                           /* what tells names from other words */
    sf_languages languages;                   /* what languages are told by */
    sf_baseline baselines[SF_PLATFORM_COUNT]; /* [0]: of platforms that have none */
    char id[32];
    int32_t owned; /* 1: dicts are to be freed */
};

typedef struct sf_lexicon_builder {
    sf_dict_builder valences, emoji, words, names;
    sf_rules_builder rules;
    sf_patterns patterns;
    sf_languages_builder languages;
    int own;                  /* 1: what comes is the user's */
    int own_names, own_words; /* some are; words: valences or frequencies */
    sf_baseline baselines[SF_PLATFORM_COUNT];
} sf_lexicon_builder;

#define SF_ROW_FIELDS 6
typedef struct sf_row { /* one line of a table, split at tabs */
    sf_str field[SF_ROW_FIELDS];
    size_t n;          /* further fields are dropped */
    int remove;        /* the line was "-word": field[0] is the word */
    const char *fault; /* what the kind's row function complains of; static */
} sf_row;

typedef struct sf_table_kind {
    const char *name;
    int (*row)(sf_lexicon_builder *b, sf_row *row); /* SF_OK, SF_EPARSE with row->fault set, SF_ENOMEM, SF_ETOOBIG */
} sf_table_kind;

const sf_table_kind *sf_table_kind_of(const char *name); /* NULL: no such kind */

int sf_row_sentiment(sf_lexicon_builder *b, sf_row *row);
int sf_row_emoji(sf_lexicon_builder *b, sf_row *row);
int sf_row_name(sf_lexicon_builder *b, sf_row *row);
int sf_row_stopword(sf_lexicon_builder *b, sf_row *row);
int sf_row_frequency(sf_lexicon_builder *b, sf_row *row);
int sf_row_watch(sf_lexicon_builder *b, sf_row *row);
int sf_row_pattern(sf_lexicon_builder *b, sf_row *row);
int sf_row_language(sf_lexicon_builder *b, sf_row *row);
int sf_row_rule(sf_lexicon_builder *b, sf_row *row);
int sf_row_class(sf_lexicon_builder *b, sf_row *row);
int sf_row_baseline(sf_lexicon_builder *b, sf_row *row);

/* Whether a label of the user's own may look like that: capitals, digits, _ and -, 32 bytes at the most. */
int sf_label_is_well_formed(sf_str label);

/* Reads one number that is all of text; SF_EPARSE otherwise. Locale plays no part. */
int sf_row_number(sf_str text, double *out);

/* Reads a table's lines into the builder; fills err on failure. */
int sf_lexicon_read(sf_lexicon_builder *b, const sf_lexicon_table *table, sf_error *err);

/* Makes a lexicon of what the builder holds; *out is all zero on failure. */
int sf_lexicon_freeze(const sf_lexicon_builder *b, sf_lexicon *out);
void sf_lexicon_builder_free(sf_lexicon_builder *b);

#endif
