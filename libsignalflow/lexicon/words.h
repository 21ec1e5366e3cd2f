/* SPDX-License-Identifier: MIT */
/* What is known of words at large: how common they are, whether they are usually written small, which say nothing. */
#ifndef SF_WORDS_H
#define SF_WORDS_H

#include "lexicon/lexicon.h"

enum {
    SF_WORD_STOP = 1 << 0,        /* says nothing on its own: never a keyword. Of any language */
    SF_WORD_KNOWN = 1 << 1,       /* an English word whose frequency is known: sf_dict_number() is its zipf */
    SF_WORD_STOP_ABROAD = 1 << 2, /* the same, but in texts that are not English: die, war */
    SF_WORD_FOREIGN = 1 << 3,     /* of a stop word: of another language, and no English word */
    SF_WORD_CLASS_SHIFT = 4,      /* four bits: its sf_word_class */
    SF_WORD_SHARE_SHIFT = 8,      /* from this bit on, of known words: percent of spellings in lower case, 0..100 */
    SF_WORD_RULE_SHIFT = 16       /* from this bit on: its place in sf_rules.word_rules, 0: no rule names it */
};

/* What a word mostly is. */
typedef enum sf_word_class {
    SF_CLASS_NONE, /* nobody says */
    SF_CLASS_NOUN,
    SF_CLASS_VERB,
    SF_CLASS_ADJECTIVE,
    SF_CLASS_RELATIONAL, /* an adjective made of a noun: volcanic */
    SF_CLASS_ADVERB,
    SF_CLASS_NOUN_VERB, /* one as often as the other */
    SF_CLASS_ADJECTIVE_NOUN,
    SF_CLASS_ADJECTIVE_VERB,
    SF_CLASS_ANY, /* and of all others */
    SF_CLASS_COUNT
} sf_word_class;

static inline sf_word_class sf_word_class_of(uint32_t flags)
{
    return (sf_word_class)(flags >> SF_WORD_CLASS_SHIFT & 0xFU);
}

/* The entry of a folded word, or NULL. */
static inline const sf_dict_entry *sf_word_find(const sf_lexicon *l, const char *p, size_t n, uint32_t hash)
{
    return n > l->words.longest ? NULL : sf_dict_find_hashed(&l->words, p, n, hash);
}

/* Whether an entry (or NULL) is that of an English word. */
static inline int sf_word_is_english(const sf_dict_entry *e)
{
    return e != NULL && (e->flags & (SF_WORD_KNOWN | SF_WORD_STOP)) != 0 && (e->flags & SF_WORD_FOREIGN) == 0;
}

/* Percent of its spellings, where case says something, that are lower case: near 100 for ordinary words, near 0 for
 * names. */
static inline int sf_word_share(const sf_dict_entry *e)
{
    return (int)(e->flags >> SF_WORD_SHARE_SHIFT & 0xFFU);
}

/* Its name in tables: "noun", "adjective-verb"; "none" of SF_CLASS_NONE. */
const char *sf_word_class_name(sf_word_class c);

#define SF_WORD_ORDINARY 70 /* share from which on a word is no name */
#define SF_WORD_RARE     85 /* what counts as that of a word that has a class but was met too seldom to be counted */

/* Whether an entry (or NULL) is that of such a word. */
static inline int sf_word_is_rare(const sf_dict_entry *e)
{
    return e != NULL && (e->flags & (SF_WORD_KNOWN | SF_WORD_STOP)) == 0 && sf_word_class_of(e->flags) != SF_CLASS_NONE;
}

/* The lower-case share of the stem of a word that has no entry: "infects" is an ordinary word since "infect" is one. -1: it
 * has no stem that is. */
int sf_word_share_of_stem(const sf_lexicon *l, const char *p, size_t n);

/* The entry of a word with a frequency, or NULL. */
static inline const sf_dict_entry *sf_word_known(const sf_lexicon *l, const char *p, size_t n)
{
    const sf_dict_entry *e = sf_dict_find(&l->words, p, n);
    return e != NULL && (e->flags & SF_WORD_KNOWN) ? e : NULL;
}

#endif
