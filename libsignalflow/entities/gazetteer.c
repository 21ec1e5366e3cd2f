/* SPDX-License-Identifier: MIT */
/* From features to names of the gazetteer: at each token one walk along them, for all who ask later. */
#include "entities/document.h"

/* A word that is usually written small and so says little by itself. */
static int is_ordinary(const sf_feature *f)
{
    return f->share >= 50 || (f->word & SF_WORD_STOP) != 0;
}

/* Whether a name of the table may be meant by the tokens first..last, as they are written. */
static int case_fits(const sf_document *d, const sf_dict_entry *e, size_t first, size_t last)
{
    size_t capitals = 0;
    size_t ordinary = 0;
    size_t words = 0;
    for (size_t i = first; i <= last; i++) {
        const sf_feature *f = &d->features[i];
        words += d->tokens.at[i].fold_len > 0;
        capitals += (f->flags & SF_FEATURE_CAPITAL) != 0 ? 1U : 0U;
        ordinary += is_ordinary(f) ? 1U : 0U;
    }
    if (e->flags & SF_NAME_EXACT) {
        return d->tokens.at[first].shape == SF_SHAPE_UPPER ||
               (words > 1 ? capitals > 1
                          : d->tokens.at[first].fold_len <= 2 && d->tokens.at[first].shape == SF_SHAPE_CAPITAL &&
                                (d->features[first].word & SF_WORD_FOREIGN) == 0); /* Us, but not La */
    }
    if (e->flags & SF_NAME_ANY_CASE) {
        return 1;
    }
    if (words > 1) {
        return ordinary < words || capitals * 2 >= words || words > 3;
    }
    if (capitals == 0) {
        return 0;
    }
    const sf_feature *f = &d->features[first];
    int free_capital = f->flags & (SF_FEATURE_START | SF_FEATURE_HEADLINE | SF_FEATURE_SHOUT);
    if (d->tokens.at[first].shape == SF_SHAPE_MIXED) {
        return 1;
    }
    return f->share < (free_capital ? 50 : 90);
}

/* The hash of a name's first n tokens, extended by one more. */
static uint32_t extend(const sf_tokens *t, uint32_t hash, size_t i)
{
    const char *p = t->fold + t->at[i].fold;
    hash = sf_hash_more(hash, ' ');
    for (uint32_t k = 0; k < t->at[i].fold_len; k++) {
        hash = sf_hash_more(hash, (unsigned char)p[k]);
    }
    return hash;
}

/* The entry of the tokens first..i, or NULL; *hash is that of first..i-1 and becomes theirs. */
static const sf_dict_entry *walk(const sf_document *d, size_t first, size_t i, uint32_t *hash)
{
    const sf_dict *names = &d->lexicon->names;
    *hash = extend(&d->tokens, *hash, i);
    sf_str key = sf_tokens_folded(&d->tokens, first, i);
    return key.len <= names->longest ? sf_dict_find_hashed(names, key.ptr, key.len, sf_hash_end(*hash)) : NULL;
}

static int goes_on(const sf_document *d, const sf_dict_entry *e, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const sf_token *next = t + 1;
    int of_many = d->tokens.fold[t->fold + t->fold_len - 1] == 's'; /* farmers' market */
    int parted = (t->flags & SF_TOKEN_POSSESSIVE) != 0 && !of_many && (e->flags & SF_NAME_POSSESSIVE) == 0;
    return (e->flags & SF_NAME_GOES_ON) && !parted && i + 1 < d->tokens.n && next->fold_len > 0 &&
           next->kind != SF_TOKEN_HASHTAG && (next->flags & SF_TOKEN_LINE) == 0;
}

/* All that starts at a token, in one walk. */
static void look_along(const sf_document *d, size_t first)
{
    sf_feature *f = &d->features[first];
    const sf_dict_entry *e = f->entry;
    uint32_t hash = d->tokens.at[first].hash;
    int hashtag = d->tokens.at[first].kind == SF_TOKEN_HASHTAG; /* a name already, whatever its capitals */
    f->match = hashtag ? e : NULL;
    f->match_last = (uint32_t)first;
    for (size_t i = first; e != NULL; e = walk(d, first, i, &hash)) {
        if (!hashtag && (e->flags & SF_NAME_FULL) && case_fits(d, e, first, i)) {
            f->match = e;
            f->match_last = (uint32_t)i;
        }
        if (e->flags & SF_NAME_PHRASE) {
            f->term = e;
            f->term_last = (uint32_t)i;
        }
        if (!goes_on(d, e, i)) {
            break;
        }
        i++;
    }
}

void sf_document_gazetteer(const sf_document *d)
{
    for (size_t i = 0; i < d->tokens.n; i++) {
        if (d->features[i].entry != NULL) {
            look_along(d, i);
        }
    }
}

const sf_dict_entry *sf_document_name(const sf_document *d, size_t first, size_t last)
{
    uint32_t hash = d->tokens.at[first].hash;
    const sf_dict_entry *e = d->features[first].entry;
    for (size_t i = first + 1; e != NULL && i <= last; i++) {
        e = d->tokens.at[i].fold_len > 0 ? walk(d, first, i, &hash) : NULL;
    }
    return e != NULL && (e->flags & SF_NAME_FULL) ? e : NULL;
}
