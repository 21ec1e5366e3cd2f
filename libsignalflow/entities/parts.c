/* SPDX-License-Identifier: MIT */
/* Where what is tagged as one name is several, or none: weights see two tokens on either side, so in lists and headlines they run on over signs,
 * from one known name into the next, and through whole sentences. */
#include "entities/parts.h"

static int is_spaced(const sf_document *d, size_t i)
{
    return (d->tokens.at[i].flags & SF_TOKEN_SPACE) != 0;
}

static int is_quotation_mark(uint32_t c)
{
    return c == '"' || c == '\'' || c == 0x201C || c == 0x201D || c == 0x2018 || c == 0x2019;
}

/* Whether a sign stands between two names: HTML/CSS, Halo 3 - Review. Not in TCP/IP, Rayleigh–Taylor, Yahoo! Answers, Food, Inc., and the
 * nicknames of persons. */
static int is_between(const sf_document *d, size_t i, int kind)
{
    enum { SHORT = 3 };
    static const char *const after_comma[] = {"inc", "llc", "ltd", "jr", "sr"};
    const sf_token *t = &d->tokens.at[i];
    int joined = !is_spaced(d, i) && !is_spaced(d, i + 1);
    if (t->fold_len > 0) {
        return 0;
    }
    switch (t->first) {
    case '!': return 0;
    case 0x2013: return !joined;
    case '-': return is_spaced(d, i);
    case ',': return !sf_token_is_one_of(d, i + 1, after_comma, sizeof after_comma / sizeof *after_comma);
    case '/':
    case '.':
    case ':': return !joined || t[-1].fold_len > SHORT || t[1].fold_len > SHORT;
    default: return kind != SF_KIND_PER || !is_quotation_mark(t->first);
    }
}

/* The last token of the row of the gazetteer that starts at a token, or `first` - 1 where none does that ends by `last`. */
static size_t row_end(const sf_document *d, size_t first, size_t last)
{
    const sf_feature *f = &d->features[first];
    int is = f->match != NULL && (f->match->flags & SF_NAME_LABEL) != SF_LABEL_NONE && f->match_last <= last;
    return is ? f->match_last : first - 1;
}

/* Whether nothing but rows of the gazetteer stands there: YouTube Pinterest Twitter. */
static int are_rows(const sf_document *d, size_t first, size_t last)
{
    while (first <= last) {
        size_t end = row_end(d, first, last);
        if (end + 1 == first) {
            return 0;
        }
        first = end + 1;
    }
    return 1;
}

/* Washington Metro: what follows a place is its own. */
static int is_place(const sf_dict_entry *e)
{
    return (e->flags & SF_NAME_LABEL) == SF_LABEL_LOC;
}

/* Firefox's ReloadEvery, but not Heron's Formula. */
static int owns(const sf_document *d, size_t first, size_t i)
{
    const sf_dict_entry *e = d->tokens.at[i].flags & SF_TOKEN_POSSESSIVE ? sf_document_name(d, first, i) : NULL;
    return e != NULL && (e->flags & SF_NAME_LABEL) != SF_LABEL_NONE;
}

/* Whether a small word stands there that joins no names: Gwil during Taro. */
static int is_small_between(const sf_document *d, size_t i)
{
    static const char *const inside[] = {"of",  "the", "and", "&",   "for", "in",  "on",  "at",  "a",   "an",  "to",
                                         "by",  "de",  "la",  "el",  "del", "da",  "di",  "do",  "dos", "der", "von",
                                         "van", "du",  "le",  "les", "y",   "und", "bin", "ibn", "al",  "n"};
    return d->tokens.at[i].shape == SF_SHAPE_LOWER && (d->features[i].word & SF_WORD_STOP) != 0 &&
           (d->features[i].word & SF_WORD_FOREIGN) == 0 &&
           !sf_token_is_one_of(d, i, inside, sizeof inside / sizeof *inside);
}

/* Two products that "and" joins are two, if one of them is known (not Ratchet and Clank). */
static int are_two_products(const sf_document *d, size_t first, size_t i, int kind)
{
    return kind == SF_KIND_PROD && sf_token_is(d, i, "and") &&
           (d->features[first].match != NULL || d->features[i + 1].match != NULL);
}

size_t sf_document_part(const sf_document *d, size_t first, size_t last, int kind)
{
    if (first == last || sf_document_name(d, first, last) != NULL) {
        return last;
    }
    size_t row = row_end(d, first, last);
    if (kind != SF_KIND_PER && row + 1 > first && row < last && !is_place(d->features[first].match) &&
        are_rows(d, row + 1, last)) {
        return row;
    }
    for (size_t i = first; i < last; i++) {
        if (owns(d, first, i)) {
            return i;
        }
        if (i > first && (is_between(d, i, kind) || is_small_between(d, i) || are_two_products(d, first, i, kind))) {
            return i - 1;
        }
    }
    return last;
}

/* A verb of the third person: reveals. */
static int is_verb(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    return sf_word_class_of(d->features[i].word) == SF_CLASS_VERB && t->fold_len > 3 &&
           d->tokens.fold[t->fold + t->fold_len - 1] == 's';
}

size_t sf_document_verb(const sf_document *d, size_t first, size_t last)
{
    size_t i = first + 1;
    while (i < last && !is_verb(d, i)) {
        i++;
    }
    return i < last && sf_document_name(d, first, last) == NULL ? i : last + 1;
}

/* Words that sentences have and names hardly ever. */
static int is_of_sentences(const sf_document *d, size_t i)
{
    static const char *const words[] = {"i",       "you",   "he",    "she",     "it",    "we",    "they",   "his",
                                        "her",     "their", "its",   "is",      "isn't", "are",   "was",    "were",
                                        "be",      "been",  "has",   "have",    "had",   "does",  "do",     "did",
                                        "will",    "won't", "would", "can",     "can't", "could", "should", "may",
                                        "must",    "not",   "don't", "doesn't", "that",  "this",  "these",  "what",
                                        "why",     "how",   "when",  "where",   "which", "who",   "if",     "than",
                                        "because", "while", "after", "before",  "out",   "off",   "too",    "to"};
    return is_verb(d, i) || sf_token_is_one_of(d, i, words, sizeof words / sizeof *words);
}

int sf_document_is_clause(const sf_document *d, size_t first, size_t last)
{
    enum { FEWEST = 5 };
    const unsigned cues = SF_NAME_ORG_WORD | SF_NAME_LOC_WORD | SF_NAME_EVENT_WORD | SF_NAME_WORK_WORD;
    if (last - first + 1 < FEWEST || (d->features[first].flags & SF_FEATURE_QUOTE) || (d->features[last].name & cues) ||
        sf_document_name(d, first, last) != NULL) {
        return 0;
    }
    for (size_t i = first; i <= last; i++) {
        if (is_of_sentences(d, i)) {
            return 1;
        }
    }
    return 0;
}
