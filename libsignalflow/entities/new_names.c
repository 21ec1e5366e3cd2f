/* SPDX-License-Identifier: MIT */
/* Names that nobody knows yet: what speaks for a word of no list, and what for its being a common word that somebody mistyped or drew out. */
#include "entities/new_names.h"

#include "entities/weigh.h"
#include "text/unicode.h"

/* v2.0 */
int sf_is_version(const sf_document *d, size_t i)
{
    const sf_token *t = i < d->tokens.n ? &d->tokens.at[i] : NULL;
    return t != NULL && (t->flags & SF_TOKEN_LINE) == 0 && t->kind == SF_TOKEN_WORD && t->fold_len >= 2 &&
           d->tokens.fold[t->fold] == 'v' && d->tokens.fold[t->fold + 1] >= '0' && d->tokens.fold[t->fold + 1] <= '9';
}

/* Show HN: Code2flow - call graphs; Wasmer 1.0: what a line starts with and then explains; or all that a title says. */
static int is_introduced(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    if (d->tokens.n == 1) {
        return 1;
    }
    int starts = (t->flags & SF_TOKEN_LINE) != 0 || (i > 0 && t[-1].first == ':');
    if (!starts || i + 1 == d->tokens.n || (t[1].flags & SF_TOKEN_LINE)) {
        return 0;
    }
    int dash = t[1].first == 0x2013 || t[1].first == 0x2014 || (t[1].first == '-' && (t[1].flags & SF_TOKEN_SPACE));
    return dash || t[1].first == ':' || t[1].kind == SF_TOKEN_NUMBER || sf_is_version(d, i + 1);
}

static int is_common(const sf_document *d, const char *word, size_t n)
{
    const sf_dict_entry *e = sf_word_known(d->lexicon, word, n);
    return e != NULL && sf_dict_number(&d->lexicon->words, e) >= 4.0 && sf_word_share(e) >= 90;
}

/* Whether a word at the start of a line, where its capital says nothing, is a common one but for a letter that is left out, said twice or has
 * changed places with the next: Sholder, Untill, Becuase. */
static int is_misspelt(const sf_document *d, size_t i)
{
    enum { SHORTEST = 6, LONGEST = 15 };
    const sf_token *t = &d->tokens.at[i];
    const char *p = d->tokens.fold + t->fold;
    size_t n = t->fold_len;
    char other[LONGEST + 2];
    if ((t->flags & SF_TOKEN_LINE) == 0 || t->shape != SF_SHAPE_CAPITAL || n < SHORTEST || n > LONGEST) {
        return 0;
    }
    for (size_t k = 1; k < n; k++) { /* first letters are seldom wrong */
        memcpy(other, p, n);
        other[k] = p[k - 1];
        other[k - 1] = p[k];
        if (is_common(d, other, n)) {
            return 1;
        }
        memcpy(other, p, n);
        memcpy(other + k, p + k + 1, n - k - 1);
        if (p[k] == p[k - 1] && is_common(d, other, n - 1)) {
            return 1;
        }
        memcpy(other + k + 1, p + k, n - k);
        for (other[k] = 'a'; other[k] <= 'z'; other[k]++) {
            if (is_common(d, other, n + 1)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Awwwww, Damnnnn, where a sentence starts with it: elsewhere iDubbbz is a name. */
static int is_drawn_out(const sf_document *d, size_t i)
{
    enum { SHORTEST = 5, TIMES = 3 };
    const sf_token *t = &d->tokens.at[i];
    const char *p = d->tokens.fold + t->fold;
    size_t same = 1;
    for (size_t k = 1; k < t->fold_len && same < TIMES; k++) {
        same = p[k] == p[k - 1] && p[k] >= 'a' && p[k] <= 'z' ? same + 1 : 1;
    }
    return t->kind == SF_TOKEN_WORD && t->fold_len >= SHORTEST && same == TIMES && d->features[i].share < 0 &&
           (d->features[i].flags & SF_FEATURE_START) != 0;
}

int sf_is_no_new_name(const sf_document *d, size_t i)
{
    return is_drawn_out(d, i) || (d->features[i].share < 0 && is_misspelt(d, i) && !is_introduced(d, i));
}

/* A word that nobody knows, with a capital, in plain writing whose other words are known: "Norvik recalls 40,000 bikes".
 * Tweets, from which weights are learnt, have too much else with capitals for the rules to take it for a name often enough; it is one where they do
 * not deny it; capitals inside a word speak against them. One that starts small (entityManager) is more often code:
 * what speaks for it, rules must see. */
int sf_is_new_name(const sf_document *d, size_t i)
{
    const sf_feature *f = &d->features[i];
    int may = f->style >= SF_STYLE_PLAIN && (sf_unicode_flags(d->tokens.at[i].first) & SF_UNICODE_UPPER) != 0 &&
              d->atoms[i].at[SF_ATOM_REASON] == SF_RULE_UNKNOWN && d->atoms[i].at[SF_ATOM_GUESS] != 0 &&
              d->tokens.at[i].fold_len >= 5;
    int bearable = d->tokens.at[i].shape == SF_SHAPE_MIXED ? 200 : 0;
    return may && (is_introduced(d, i) || sf_document_denial(d, i) <= bearable);
}
