/* SPDX-License-Identifier: MIT */
/* Other mentions of a name that was found: a person is named in full once and by the last name after that, and a new name is
 * written small, or stands where nothing else shows that it is one. */
#include "entities/document.h"
#include "memory.h"

enum { SHORTEST = 4 }; /* bytes of a word that is looked for again */

/* The words that are looked for again, and where in `found` they come from. */
typedef struct wanted {
    uint64_t hashes; /* a bit for each, to pass over nearly all other words */
    size_t n;
    uint32_t token[SF_MAX_ENTITIES];
    const sf_dict_entry *entry[SF_MAX_ENTITIES]; /* of the name that it ends */
    uint8_t label[SF_MAX_ENTITIES];
} wanted;

static uint64_t bit_of(const sf_token *t)
{
    return 1ULL << (sf_hash_end(t->hash) & 63);
}

static int is_unknown(const sf_document *d, size_t i)
{
    return (d->features[i].word & (SF_WORD_KNOWN | SF_WORD_STOP)) == 0;
}

/* A last name, or a word that no list has; with capitals elsewhere than at its start it is more often code. */
static int is_wanted(const sf_document *d, const sf_candidate *c)
{
    const sf_token *t = &d->tokens.at[c->last];
    if (t->kind != SF_TOKEN_WORD || t->fold_len < SHORTEST || c->end > 0 || t->shape < SF_SHAPE_CAPITAL) {
        return 0;
    }
    if (c->first < c->last && c->label == SF_LABEL_PER && d->features[c->last].share < 50) {
        return 1;
    }
    return c->entry == NULL && t->shape == SF_SHAPE_CAPITAL && is_unknown(d, c->last);
}

static int same_word(const sf_document *d, size_t a, size_t b)
{
    const sf_token *s = &d->tokens.at[a];
    const sf_token *t = &d->tokens.at[b];
    return s->hash == t->hash && s->fold_len == t->fold_len &&
           memcmp(d->tokens.fold + s->fold, d->tokens.fold + t->fold, s->fold_len) == 0;
}

/* 1 + the place of a token among the wanted, 0: it is none. Names in full come first. */
static size_t find(const sf_document *d, const wanted *w, size_t token)
{
    if (d->tokens.at[token].kind != SF_TOKEN_WORD || (w->hashes & bit_of(&d->tokens.at[token])) == 0) {
        return 0;
    }
    for (size_t i = 0; i < w->n; i++) {
        if (same_word(d, w->token[i], token)) {
            return i + 1;
        }
    }
    return 0;
}

static void collect(const sf_document *d, wanted *w)
{
    for (int full = 1; full >= 0; full--) {
        for (size_t i = 0; i < d->n_found && w->n < SF_MAX_ENTITIES; i++) {
            const sf_candidate *c = &d->found[i];
            if (is_wanted(d, c) && (c->first < c->last) == full && find(d, w, c->last) == 0) {
                w->hashes |= bit_of(&d->tokens.at[c->last]);
                w->token[w->n] = c->last;
                w->entry[w->n] = c->entry;
                w->label[w->n++] = c->label;
            }
        }
    }
}

static int stands_alone(const sf_document *d, size_t i)
{
    int before = i > 0 && sf_has_capital(d, i - 1) && (d->features[i - 1].flags & SF_FEATURE_START) == 0;
    return !before && !(i + 1 < d->tokens.n && sf_has_capital(d, i + 1));
}

/* Whether a token that was not taken for a name may be one of the wanted. */
static int may_be(const sf_document *d, size_t i)
{
    if (d->weighed[i] == SF_GIVEN || !stands_alone(d, i)) {
        return 0;
    }
    return sf_has_capital(d, i) ? d->features[i].share < 50
                                : is_unknown(d, i) && d->features[i].style >= SF_STYLE_PLAIN;
}

static int insert(sf_document *d, size_t at, size_t token, const sf_dict_entry *e, unsigned label)
{
    sf_candidate c = {.first = (uint32_t)token, .last = (uint32_t)token, .entry = e, .rule = SF_RULE_REPEATED};
    c.label = (uint8_t)label;
    c.keep = 1;
    if (sf_grow(&d->found, &d->cap_found, d->n_found + 1, sizeof *d->found) != SF_OK) {
        return SF_ENOMEM;
    }
    memmove(d->found + at + 1, d->found + at, (d->n_found - at) * sizeof *d->found);
    d->found[at] = c;
    d->n_found++;
    return SF_OK;
}

/* Adds the mentions that were not found. */
static int add_mentions(sf_document *d, const wanted *w)
{
    size_t at = 0; /* the next name found */
    for (size_t i = 0; i < d->tokens.n && d->n_found < SF_MAX_ENTITIES; i++) {
        while (at < d->n_found && d->found[at].last < i) {
            at++;
        }
        int taken = at < d->n_found && d->found[at].first <= i;
        size_t k = taken ? 0 : find(d, w, i);
        if (k > 0 && may_be(d, i) && insert(d, at, i, w->entry[k - 1], w->label[k - 1]) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}

/* Notes which names are short for which: they are counted as one. */
static void link_to_full(sf_document *d, const wanted *w)
{
    for (size_t i = 0; i < d->n_found; i++) {
        sf_candidate *c = &d->found[i];
        size_t k = c->first == c->last && c->entry == NULL && c->end == 0 ? find(d, w, c->first) : 0;
        for (size_t f = 0; k > 0 && f < d->n_found; f++) {
            if (f != i && d->found[f].last == w->token[k - 1]) {
                c->entry = d->found[f].entry;
                c->fuller = (uint32_t)(f + 1);
                break;
            }
        }
    }
}

int sf_document_repeats(sf_document *d)
{
    wanted w;
    w.hashes = 0;
    w.n = 0;
    collect(d, &w);
    if (w.n == 0) {
        return SF_OK;
    }
    int status = add_mentions(d, &w);
    if (status == SF_OK) {
        link_to_full(d, &w);
    }
    return status;
}
