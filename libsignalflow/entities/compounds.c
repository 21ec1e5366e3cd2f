/* SPDX-License-Identifier: MIT */
/* Two or three words in a row, a noun and before it nouns or adjectives made of nouns, stand for a thing: cloud migration, volcanic
 * activity. Where a text has no name and no term they say what it is about. Only words that are hardly ever anything else count, since nothing here
 * reads sentences, and only in English. */
#include "entities/phrases.h"

enum { LONGEST_COMPOUND = 3, FEWEST_WORDS = 5 };
#define TOO_COMMON_IN_COMPOUND 5.3F /* zipf: people, problem, example */

typedef struct compound {
    size_t first, last;
    float rarity;
} compound;

/* Whether the words are English and nothing else: of a mixed text, what looks English may be another language's. */
static int is_english(const sf_document *d)
{
    size_t words = 0, unknown = 0;
    for (size_t i = 0; i < d->tokens.n; i++) {
        const sf_token *t = &d->tokens.at[i];
        if (t->kind == SF_TOKEN_WORD && t->fold_len > 1) {
            words++;
            unknown += sf_word_is_english(d->words[i]) || t->shape != SF_SHAPE_LOWER ? 0U : 1U;
        }
    }
    return !d->foreign && words >= FEWEST_WORDS && unknown * 8 <= words;
}

static sf_word_class class_at(const sf_document *d, size_t i)
{
    return sf_word_class_of(d->features[i].word);
}

/* Whether token i is a word that may be of a compound. */
static int is_part(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const sf_feature *f = &d->features[i];
    sf_word_class class = class_at(d, i);
    return t->kind == SF_TOKEN_WORD && (class == SF_CLASS_NOUN || class == SF_CLASS_RELATIONAL) &&
           (f->word & (SF_WORD_STOP | SF_WORD_STOP_ABROAD)) == 0 && f->zipf > 0.0F &&
           f->zipf < TOO_COMMON_IN_COMPOUND && f->share >= SF_WORD_ORDINARY && t->fold_len > 2 &&
           (t->flags & (SF_TOKEN_DIGIT | SF_TOKEN_DOTTED)) == 0;
}

/* Whether token i goes on with what the token before it said. */
static int continues(const sf_document *d, size_t i)
{
    return i < d->tokens.n && d->tokens.at[i].kind == SF_TOKEN_WORD && (d->tokens.at[i].flags & SF_TOKEN_LINE) == 0;
}

/* Whether a word beside a compound may be of it too, so that what is seen is only a part: (next-)generation electronics. */
static int may_belong(const sf_document *d, size_t i)
{
    sf_word_class class = class_at(d, i);
    return (d->features[i].word & SF_WORD_STOP) == 0 &&
           (class == SF_CLASS_NONE || class == SF_CLASS_NOUN || class == SF_CLASS_NOUN_VERB ||
            class == SF_CLASS_ADJECTIVE_NOUN || class == SF_CLASS_RELATIONAL);
}

/* Whether the word that starts at token i hangs on what stands before it: next-generation, brain-machine, 10+ character, to fund, high crime. */
static int hangs_on(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    if (i == 0 || (t->flags & SF_TOKEN_LINE)) {
        return 0;
    }
    uint32_t sign = t[-1].kind == SF_TOKEN_PUNCT ? t[-1].first : 0;
    int joined = (t->flags & SF_TOKEN_SPACE) == 0 && (sign == '/' || sign == 0x2013 || sign == 0x2014);
    return joined || sign == '+' || (t->flags & SF_TOKEN_HYPHEN) || t[-1].kind == SF_TOKEN_NUMBER ||
           sf_token_is(d, i - 1, "to") || sf_token_is(d, i - 1, "high") || sf_token_is(d, i - 1, "low") ||
           (t[-1].kind == SF_TOKEN_WORD && may_belong(d, i - 1));
}

/* Prices, but not physics: in English nouns before others are singular, so what follows is a verb, or something that is owned. */
static int is_plural(const sf_document *d, size_t i)
{
    const char *word = d->tokens.fold + d->tokens.at[i].fold;
    size_t n = d->tokens.at[i].fold_len;
    if (word[n - 1] != 's' || word[n - 2] == 's') {
        return 0;
    }
    const sf_dict_entry *one = sf_word_known(d->lexicon, word, n - 1);
    sf_word_class class = one != NULL ? sf_word_class_of(one->flags) : SF_CLASS_NONE;
    return class == SF_CLASS_NOUN || class == SF_CLASS_NOUN_VERB;
}

static int has_plural(const sf_document *d, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        if (is_plural(d, i)) {
            return 1;
        }
    }
    return 0;
}

/* Whether the words first..end-1 are a part of a thing only, or none. */
static int is_cut(const sf_document *d, size_t first, size_t end)
{
    const sf_token *t = d->tokens.at;
    int open = (t[end - 1].flags & SF_TOKEN_POSSESSIVE) == 0;
    return hangs_on(d, first) ||
           (continues(d, end) && (t[end].flags & SF_TOKEN_HYPHEN || (open && may_belong(d, end))));
}

/* bye bye */
static int says_twice(const sf_document *d, size_t i)
{
    const sf_tokens *t = &d->tokens;
    return t->at[i].fold_len == t->at[i + 1].fold_len &&
           memcmp(t->fold + t->at[i].fold, t->fold + t->at[i + 1].fold, t->at[i].fold_len) == 0;
}

/* The compound that starts at token i; its first is past its last where there is none. *next: where to go on. */
static compound compound_at(const sf_document *d, size_t i, size_t *next)
{
    const sf_token *t = d->tokens.at;
    compound c = {.first = i, .last = i};
    size_t end = i;
    while (end < d->tokens.n && is_part(d, end) &&
           (end == i || (continues(d, end) && (t[end - 1].flags & SF_TOKEN_POSSESSIVE) == 0))) {
        c.rarity += 8.0F - d->features[end].zipf;
        end++;
    }
    *next = end > i ? end : i + 1;
    if (end - i < 2 || end - i > LONGEST_COMPOUND || class_at(d, end - 1) != SF_CLASS_NOUN || is_cut(d, i, end) ||
        has_plural(d, i, end - 1) || says_twice(d, i)) {
        c.first = i + 1;
        return c;
    }
    c.last = end - 1;
    return c;
}

/* The rarest compound of the first line, which says what a post is about, of a text that has no name and no term. */
int sf_document_compound(sf_document *d, sf_phrase *out)
{
    compound best = {.rarity = 0.0F};
    for (size_t i = 0; i < d->tokens.n && (i == 0 || (d->tokens.at[i].flags & SF_TOKEN_LINE) == 0);) {
        size_t next;
        compound c = compound_at(d, i, &next);
        if (c.first < c.last && c.rarity > best.rarity) {
            best = c;
        }
        i = next;
    }
    if (best.first == best.last || !is_english(d)) {
        return 0;
    }
    sf_str words = sf_tokens_folded(&d->tokens, best.first, best.last);
    if (words.len >= sizeof d->compound) {
        return 0;
    }
    memcpy(d->compound, words.ptr, words.len);
    d->compound[words.len] = '\0';
    *out = (sf_phrase){d->tokens.at[best.first].start, {d->compound, words.len}};
    return 1;
}
