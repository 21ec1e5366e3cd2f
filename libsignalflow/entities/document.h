/* SPDX-License-Identifier: MIT */
/* How entities are found, from within. The steps, a file each:
 *
 *     text -> tokens      text/tokens.c   words, their folded form, their capitals
 *          -> features    features.c      what the words and the line say of each token
 *                         gazetteer.c     and which names of the gazetteer start there
 *          -> candidates  candidates.c    spans that may be names: of the gazetteer, runs of capitals, hashtags
 *          -> guesses     decide.c        which of them are, of what kind, and why, by plain rules
 *          -> atoms       atoms.c         what the weighted rules see of each token, the guess included
 *          -> tags        weigh.c         the best row of tags by their weights
 *          -> names       collect.c       from tags, and cues that are surer
 *                         parts.c         several that were tagged as one, and sentences
 *                         new_names.c     what nobody knows yet
 *          -> repeats     repeats.c       other mentions of what was found
 *
 * A document is one text on its way through them. Its arrays are an analyser's scratch and grow to the longest text. */
#ifndef SF_DOCUMENT_H
#define SF_DOCUMENT_H

#include "lexicon/names.h"
#include "lexicon/words.h"
#include "text/tokens.h"

/* What is known of one token. */
typedef struct sf_feature {
    const sf_dict_entry *entry;     /* the gazetteer's, for the token alone, or NULL */
    const sf_dict_entry *match;     /* its longest name that starts here and is written so, or NULL */
    const sf_dict_entry *term;      /* its longest phrase that starts here, or NULL */
    uint32_t match_last, term_last; /* their last tokens */
    uint32_t name;                  /* its flags (names.h), 0: none */
    uint32_t word;                  /* flags of its entry among the words (words.h), 0: none */
    float zipf;                     /* 0: unknown */
    int16_t share; /* percent of lower-case spellings, of the stem if a capital needs explaining; -1: an unknown word */
    uint16_t flags; /* SF_FEATURE_ */
    uint8_t style;  /* of its line, see features.c */
} sf_feature;

enum {
    SF_STYLE_PLAIN = 3, /* from this style on nothing is sloppy */
    SF_STYLE_PROSE      /* of these, six words and more and a full stop */
};

enum {
    SF_FEATURE_START = 1 << 0,    /* a sentence starts with it: a capital says nothing */
    SF_FEATURE_HEADLINE = 1 << 1, /* in a line where most words have capitals */
    SF_FEATURE_SHOUT = 1 << 2,    /* in a line of capitals only */
    SF_FEATURE_CAPITAL = 1 << 3,  /* a word written with a capital somewhere */
    SF_FEATURE_CAREFUL =
        1 << 4, /* in a line that uses capitals as print does: sentences start with them, the rest is small */
    SF_FEATURE_QUOTE = 1 << 5, /* a quotation mark stands before it */
    SF_FEATURE_CODE = 1 << 6   /* in a line that speaks of code: capitals inside words are those of identifiers */
};

typedef enum sf_rule {
    SF_RULE_NONE,
    SF_RULE_GAZETTEER,
    SF_RULE_HASHTAG,
    SF_RULE_RUN,     /* words with capitals that their place in the sentence does not explain */
    SF_RULE_UNKNOWN, /* a word with a capital that is in no list */
    SF_RULE_TITLED,  /* Dr X */
    SF_RULE_PERSON,  /* first name and more */
    SF_RULE_CUE,     /* X University, Lake X */
    SF_RULE_CONTEXT, /* in X */
    SF_RULE_ACRONYM,
    SF_RULE_QUOTED,
    SF_RULE_PEOPLE,                    /* a people, religion or language, in text that uses capitals with care */
    SF_RULE_GUESSES,                   /* the ones before this are what rules see, SF_ATOM_REASON */
    SF_RULE_WEIGHED = SF_RULE_GUESSES, /* nothing but weights */
    SF_RULE_PATTERN,                   /* of the user's own */
    SF_RULE_REPEATED,                  /* a name that the text has in full, or once more */
    SF_RULE_FORM,                      /* $AAPL, CVE-2021-44228, r/science */
    SF_RULE_COUNT
} sf_rule;

/* A span that may be a name. */
typedef struct sf_candidate {
    uint32_t first, last;       /* tokens, both within */
    const sf_dict_entry *entry; /* of the gazetteer, or NULL */
    uint8_t label;              /* an sf_label */
    uint8_t rule;               /* an sf_rule: what speaks for it */
    uint8_t keep;
    const sf_pattern *pattern; /* of SF_RULE_PATTERN */
    uint32_t start, end;       /* bytes, where they are not those of the tokens; end 0: they are */
    uint32_t fuller;           /* 1 + the place in `found` of the name that this is a short form of; 0: of none */
} sf_candidate;

/* What the weighted rules see of a token: lexicon/rules.h. */
typedef struct sf_atoms {
    uint8_t at[SF_ATOM_SMALL];
} sf_atoms;

/* Of each tag of a token, the best tag before it; and the tag that it got in the end. */
typedef struct sf_back {
    uint8_t from[SF_TAG_ROOM];
    uint8_t tag;
} sf_back;

enum { SF_GIVEN = 2 }; /* in sf_document.weighed */

typedef struct sf_document {
    const sf_lexicon *lexicon;
    sf_str text;
    int foreign;                       /* it is told to be in another language than English, which the weights are of */
    sf_tokens tokens;                  /* the analyser's: a view */
    const sf_dict_entry *const *words; /* likewise: one a token, its entry among the words, or NULL */
    sf_feature *features;              /* one a token */
    size_t cap_features;
    sf_candidate *candidates; /* by first token; never overlapping */
    size_t n_candidates, cap_candidates;
    sf_atoms *atoms; /* one a token */
    size_t cap_atoms;
    uint8_t *weighed; /* one a token: 1, it may be of a name; or SF_GIVEN */
    size_t cap_weighed;
    sf_candidate given[SF_MAX_ENTITIES]; /* names that are not up for decision, by first token */
    size_t n_given;
    sf_back *back; /* one a token; of weighed ones only */
    size_t cap_back;
    sf_candidate *found; /* the names, by first token */
    size_t n_found, cap_found;
    char compound[64]; /* a topic that is in no table: phrases.c */
} sf_document;         /* zeroed: empty */

/* Each step works on what the one before it left. SF_OK, SF_ENOMEM. */
int sf_document_features(sf_document *d);
int sf_document_candidates(sf_document *d);
void sf_document_decide(sf_document *d);
int sf_document_atoms(sf_document *d);
int sf_document_collect(sf_document *d);
int sf_document_repeats(sf_document *d);

#define SF_JOINED_ROOM 96
/* The words of a hashtag or of a word like NewYorkTimes, in lower case with a space between; returns their bytes, 0 where it
 * cannot be parted. */
size_t sf_joined_words(const sf_document *d, size_t token, char out[SF_JOINED_ROOM]);
/* The name that such a token spells, or NULL; the phrase, or NULL. */
const sf_dict_entry *sf_joined_name(const sf_document *d, size_t token);
const sf_dict_entry *sf_joined_phrase(const sf_document *d, size_t token);
/* Whether the last word that it is joined of is one of code: NullPointerException; but not GraphQL. */
int sf_ends_as_code(const sf_document *d, size_t token);

/* Fills in what of the gazetteer starts at each token (match, term); part of sf_document_features(). */
void sf_document_gazetteer(const sf_document *d);

/* The name of the gazetteer that is exactly the tokens first..last, or NULL. */
const sf_dict_entry *sf_document_name(const sf_document *d, size_t first, size_t last);

static inline int sf_is_word(const sf_document *d, size_t i)
{
    return i < d->tokens.n && d->tokens.at[i].kind == SF_TOKEN_WORD;
}

static inline int sf_has_capital(const sf_document *d, size_t i)
{
    return i < d->tokens.n && (d->features[i].flags & SF_FEATURE_CAPITAL) != 0;
}

/* Whether the folded token is `word`. */
static inline int sf_token_is(const sf_document *d, size_t i, const char *word)
{
    size_t n = strlen(word);
    return i < d->tokens.n && d->tokens.at[i].fold_len == n &&
           memcmp(d->tokens.fold + d->tokens.at[i].fold, word, n) == 0;
}

static inline int sf_token_is_one_of(const sf_document *d, size_t i, const char *const *words, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (sf_token_is(d, i, words[k])) {
            return 1;
        }
    }
    return 0;
}

#endif
