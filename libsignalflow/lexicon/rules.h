/* SPDX-License-Identifier: MIT */
/* The rules that tell names from other words: what is seen of a token -> a tag -> a weight.
 *
 * What is seen of a token is a handful of small numbers, its atoms (shape, share of lower case, what the gazetteer says,
 * ...). A template is up to three atoms of a token and its neighbours; a rule is a template with values, and what these
 * speak for: "share=80 sign-1=edge  O  0.81" says that a word that is usually written small, at a line's start, is no
 * name. Words themselves are atoms too, with a dict of their own. Tables of the lexicon hold the rules as text
 * (rules.c reads and writes that); here they are laid out so that a token's rules are found by adding up numbers.
 *
 * Weights are hundredths, whole numbers, so that a decision is the same on every machine. */
#ifndef SF_RULES_H
#define SF_RULES_H

#include "lexicon/dict.h"

/* ---- tags: O, or where in a name of a kind a token stands ---- */

enum { SF_KIND_PER, SF_KIND_LOC, SF_KIND_ORG, SF_KIND_PROD, SF_KIND_WORK, SF_KIND_MISC, SF_KIND_COUNT };
enum {
    SF_TAG_O,
    SF_TAG_BEGIN,  /* + 2 * kind: a name begins */
    SF_TAG_INSIDE, /* + 2 * kind: it goes on */
    SF_TAG_COUNT = 1 + 2 * SF_KIND_COUNT,
    SF_TAG_ROOM = 16 /* numbers in a row of weights, so that rows are aligned */
};

/* ---- atoms ---- */

enum sf_atom {
    SF_ATOM_FORM,   /* how it is written, and where: shape, sentence start, what its line does with capitals */
    SF_ATOM_SIGN,   /* what kind of token it is */
    SF_ATOM_SHARE,  /* how often it is written small */
    SF_ATOM_ZIPF,   /* how common it is */
    SF_ATOM_EXTRA,  /* digits, dots, hyphens, possessive */
    SF_ATOM_LENGTH, /* letters */
    SF_ATOM_NAME,   /* its place in a name of the gazetteer, and that name's label */
    SF_ATOM_ROLE,   /* what it tells of names beside it: given, title, org-word, ... */
    SF_ATOM_GUESS,  /* what the plain rules make of it: entities/candidates.c, decide.c */
    SF_ATOM_REASON, /* and why */
    SF_ATOM_STYLE,  /* what kind of writing its line is */
    SF_ATOM_CLASS,  /* noun, verb, ... */
    SF_ATOM_SMALL,  /* atoms up to here are kept for each token, a byte each */
    SF_ATOM_ENDING3 = SF_ATOM_SMALL, /* its last three letters */
    SF_ATOM_ENDING2,
    SF_ATOM_START3,
    SF_ATOM_WORD, /* itself */
    SF_ATOM_COUNT
};

enum { /* how many values each has */
       SF_FORMS = 6 * 2 * 4,
       SF_SIGNS = 32,
       SF_SHARES = 10,
       SF_ZIPFS = 6,
       SF_EXTRAS = 32,
       SF_LENGTHS = 8,
       SF_NAMES = 1 + 4 * 9,
       SF_ROLES = 14,
       SF_GUESSES = 1 + 2 * 9,
       SF_REASONS = 14,
       SF_STYLES = 6,
       SF_CLASSES = 10,
       SF_LETTERS3 = 26 * 26 * 26 + 1, /* 0: other letters than a-z, or fewer */
       SF_LETTERS2 = 26 * 26 + 1
};

typedef struct sf_seen { /* an atom of the token `at` places on */
    int8_t atom, at;
} sf_seen;

#define SF_SEEN_MAX 3 /* a template's atoms */
typedef struct sf_template {
    uint8_t n;
    sf_seen seen[SF_SEEN_MAX];
} sf_template;

#define SF_WORD_PLACES 5 /* a word is looked at from two places before to two behind */

/* All templates: T2(NAME, 0, SIGN, 1) is what the gazetteer says of a token, and the sign behind it. */
#define SF_TEMPLATE_LIST(T0, T1, T2, T3)                                                                               \
    T0()                                                                                                               \
    T1(FORM, 0)                                                                                                        \
    T2(FORM, 0, SHARE, 0)                                                                                              \
    T3(FORM, 0, SHARE, 0, ZIPF, 0)                                                                                     \
    T2(FORM, 0, LENGTH, 0)                                                                                             \
    T2(SIGN, 0, EXTRA, 0)                                                                                              \
    T1(SIGN, -1)                                                                                                       \
    T1(SIGN, 1)                                                                                                        \
    T2(SIGN, -1, SIGN, 0)                                                                                              \
    T2(SIGN, 0, SIGN, 1)                                                                                               \
    T2(SIGN, -1, SIGN, 1)                                                                                              \
    T2(SIGN, -2, SIGN, -1)                                                                                             \
    T2(SIGN, 1, SIGN, 2)                                                                                               \
    T3(SIGN, -1, SIGN, 0, SIGN, 1)                                                                                     \
    T2(SHARE, -1, SHARE, 0)                                                                                            \
    T2(SHARE, 0, SHARE, 1)                                                                                             \
    T2(FORM, 0, SIGN, -1)                                                                                              \
    T1(NAME, 0)                                                                                                        \
    T2(NAME, 0, SHARE, 0)                                                                                              \
    T2(NAME, 0, FORM, 0)                                                                                               \
    T1(NAME, -1)                                                                                                       \
    T1(NAME, 1)                                                                                                        \
    T2(NAME, -1, NAME, 0)                                                                                              \
    T2(NAME, 0, NAME, 1)                                                                                               \
    T1(ROLE, 0)                                                                                                        \
    T1(ROLE, -1)                                                                                                       \
    T1(ROLE, 1)                                                                                                        \
    T2(ROLE, 0, FORM, 0)                                                                                               \
    T2(ROLE, 0, SHARE, 0)                                                                                              \
    T2(ROLE, -1, ROLE, 0)                                                                                              \
    T2(ROLE, 0, ROLE, 1)                                                                                               \
    T2(ROLE, 0, SIGN, 1)                                                                                               \
    T2(ROLE, 0, SIGN, -1)                                                                                              \
    T2(GUESS, 0, REASON, 0)                                                                                            \
    T2(GUESS, 0, FORM, 0)                                                                                              \
    T2(GUESS, 0, SHARE, 0)                                                                                             \
    T1(GUESS, -1)                                                                                                      \
    T1(GUESS, 1)                                                                                                       \
    T2(GUESS, -1, GUESS, 0)                                                                                            \
    T2(GUESS, 0, GUESS, 1)                                                                                             \
    T2(GUESS, 0, SIGN, 1)                                                                                              \
    T2(GUESS, 0, SIGN, -1)                                                                                             \
    T2(NAME, 0, GUESS, 0)                                                                                              \
    T2(NAME, 0, ROLE, 0)                                                                                               \
    T1(ENDING3, 0)                                                                                                     \
    T1(ENDING2, 0)                                                                                                     \
    T1(START3, 0)                                                                                                      \
    T2(EXTRA, 0, FORM, 0)                                                                                              \
    T1(STYLE, 0)                                                                                                       \
    T2(STYLE, 0, ROLE, 0)                                                                                              \
    T2(STYLE, 0, NAME, 0)                                                                                              \
    T2(STYLE, 0, GUESS, 0)                                                                                             \
    T2(STYLE, 0, FORM, 0)                                                                                              \
    T2(STYLE, 0, SHARE, 0)                                                                                             \
    T2(CLASS, 0, FORM, 0)                                                                                              \
    T2(CLASS, 0, GUESS, 0)                                                                                             \
    T1(CLASS, -1)                                                                                                      \
    T1(CLASS, 1)                                                                                                       \
    T2(CLASS, -1, CLASS, 0)                                                                                            \
    T2(CLASS, 0, CLASS, 1)
#define SF_TEMPLATES 60
extern const sf_template sf_templates[SF_TEMPLATES];
extern const uint32_t sf_atom_sizes[SF_ATOM_COUNT]; /* how many values each has; 0: words */

/* ---- the rules, laid out ---- */

typedef struct sf_rule_row {
    int16_t weight[SF_TAG_ROOM];
} sf_rule_row;

typedef struct sf_word_rules { /* row numbers, by place of the word: [2] is the token itself, [0] two before */
    uint16_t row[SF_WORD_PLACES];
} sf_word_rules;

typedef struct sf_rules {
    const sf_rule_row *rows;         /* [0] is all 0 */
    const uint16_t *plain;           /* values of templates, one template after the other -> row number */
    uint32_t base[SF_TEMPLATES + 1]; /* where those of each start; the last: how many there are */
    const sf_word_rules *word_rules; /* by the number that a word's entry holds, lexicon/words.h; [0] is all 0 */
    int16_t after[SF_TAG_COUNT][SF_TAG_ROOM]; /* weight of a tag after another */
    uint32_t n_rows, n_words;
    int32_t any; /* 0: there are no rules */
} sf_rules;

/* ---- building ---- */

typedef struct sf_rules_builder {
    sf_rule_row *rows;
    size_t n_rows, cap_rows;
    uint16_t *plain; /* NULL: no rule yet */
    uint32_t base[SF_TEMPLATES + 1];
    sf_word_rules *word_rules;
    size_t n_words, cap_words;
    int16_t after[SF_TAG_COUNT][SF_TAG_ROOM];
} sf_rules_builder; /* zeroed: empty */

/* Reads a feature as tables have it ("share=80 sign-1=edge", "word+1=said", "after B-PER"), and finds the weights that it
 * stands for, making room if there are none. Words go into `words`. NULL with *status SF_EPARSE, SF_ENOMEM or SF_ETOOBIG. */
int16_t *sf_rules_weights(sf_rules_builder *b, sf_dict_builder *words, sf_str feature, int *status);
int sf_rules_import(sf_rules_builder *b, const sf_rules *r);
int sf_rules_freeze(const sf_rules_builder *b, sf_rules *out);
void sf_rules_builder_free(sf_rules_builder *b);
void sf_rules_free(sf_rules *r);

/* ---- names of things ---- */

#define SF_FEATURE_ROOM 128 /* bytes of a feature's text, NUL included; longer words are cut */

/* Tag of a name as tables have it ("O", "B-PER", "I-ORG"), -1: none such. */
int sf_tag_of(sf_str name);
sf_str sf_tag_name(int tag);

/* Text of a value of a template. Returns its length. */
size_t sf_feature_text(const sf_template *t, uint32_t value, char out[SF_FEATURE_ROOM]);
/* Text of a word seen from a place, 0..4. */
size_t sf_feature_word_text(sf_str word, size_t place, char out[SF_FEATURE_ROOM]);

#endif
