/* SPDX-License-Identifier: MIT */
/* What is known of words at large: how common they are, whether they are usually written small, which say nothing. */
#ifndef SF_WORDS_H
#define SF_WORDS_H

#include "lexicon/lexicon.h"

enum {
    SF_WORD_STOP = 1 << 0,        /* says nothing on its own: never a keyword. Of any language */
    SF_WORD_KNOWN = 1 << 1,       /* an English word whose frequency is known: sf_dict_number() is its zipf */
    SF_WORD_STOP_ABROAD = 1 << 2, /* the same, but in texts that are not English: die, war */
    SF_WORD_SHARE_SHIFT = 8,      /* from this bit on, of known words: percent of spellings in lower case, 0..100 */
    SF_WORD_RULE_SHIFT = 16       /* from this bit on: its place in sf_rules.word_rules, 0: no rule names it */
};

/* The entry of a folded word, or NULL. */
static inline const sf_dict_entry *sf_word_find(const sf_lexicon *l, const char *p, size_t n, uint32_t hash)
{
    return n > l->words.longest ? NULL : sf_dict_find_hashed(&l->words, p, n, hash);
}

/* Percent of its spellings, where case says something, that are lower case: near 100 for ordinary words, near 0 for
 * names. */
static inline int sf_word_share(const sf_dict_entry *e)
{
    return (int)(e->flags >> SF_WORD_SHARE_SHIFT & 0xFFU);
}

#endif
