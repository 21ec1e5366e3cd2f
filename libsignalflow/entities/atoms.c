/* SPDX-License-Identifier: MIT */
/* From features and guesses to atoms: what the weighted rules see of each token, small numbers all of them. */
#include "entities/document.h"
#include "memory.h"

static unsigned form_of(const sf_token *t, const sf_feature *f)
{
    unsigned line = f->flags & SF_FEATURE_HEADLINE  ? 1U
                    : f->flags & SF_FEATURE_SHOUT   ? 2U
                    : f->flags & SF_FEATURE_CAREFUL ? 3U
                                                    : 0U;
    return t->shape * 8U + line * 2U + ((f->flags & SF_FEATURE_START) != 0);
}

enum { /* in the order of sign_names, lexicon/rules.c */
       SIGN_EDGE,
       SIGN_STOP,
       SIGN_CASELESS = 7,
       SIGN_NUMBER,
       SIGN_URL,
       SIGN_MENTION,
       SIGN_HASHTAG,
       SIGN_EMOJI,
       SIGN_DOT,
       SIGN_OTHER = 28,
       SIGN_SMALL_NAME
};

static unsigned sign_of_punctuation(uint32_t c)
{
    static const uint8_t ascii[128] = {
        ['.'] = SIGN_DOT,      [','] = SIGN_DOT + 1,  [':'] = SIGN_DOT + 2,  [';'] = SIGN_DOT + 3,
        ['!'] = SIGN_DOT + 4,  ['?'] = SIGN_DOT + 5,  ['"'] = SIGN_DOT + 6,  ['\''] = SIGN_DOT + 7,
        ['`'] = SIGN_DOT + 7,  ['('] = SIGN_DOT + 8,  ['['] = SIGN_DOT + 8,  [')'] = SIGN_DOT + 9,
        [']'] = SIGN_DOT + 9,  ['-'] = SIGN_DOT + 10, ['/'] = SIGN_DOT + 11, ['&'] = SIGN_DOT + 12,
        ['*'] = SIGN_DOT + 13, ['|'] = SIGN_DOT + 14};
    if (c < 128) {
        return ascii[c] != 0 ? ascii[c] : SIGN_OTHER;
    }
    return c == 0x2013 || c == 0x2014                                            ? SIGN_DOT + 10
           : c == 0x201C || c == 0x201D || c == 0xAB || c == 0xBB || c == 0x201E ? SIGN_DOT + 6
           : c == 0x2018 || c == 0x2019                                          ? SIGN_DOT + 7
           : c == 0x2026 || c == 0x3002                                          ? SIGN_DOT
                                                                                 : SIGN_OTHER;
}

static unsigned sign_of(const sf_token *t, const sf_feature *f)
{
    switch (t->kind) {
    case SF_TOKEN_NUMBER: return SIGN_NUMBER;
    case SF_TOKEN_URL: return SIGN_URL;
    case SF_TOKEN_MENTION: return SIGN_MENTION;
    case SF_TOKEN_HASHTAG: return SIGN_HASHTAG;
    case SF_TOKEN_EMOJI: return SIGN_EMOJI;
    case SF_TOKEN_PUNCT: return sign_of_punctuation(t->first);
    default: break;
    }
    if (t->shape == SF_SHAPE_NONE) {
        return SIGN_CASELESS;
    }
    if (t->shape == SF_SHAPE_LOWER) {
        return f->word & SF_WORD_STOP ? SIGN_STOP : f->share < 50 ? SIGN_SMALL_NAME : SIGN_STOP + 1;
    }
    return SIGN_STOP + t->shape;
}

static unsigned share_of(const sf_feature *f)
{
    static const int8_t bounds[] = {2, 8, 20, 40, 60, 78, 91, 98};
    unsigned v = f->share >= 0;
    for (size_t i = 0; i < sizeof bounds; i++) {
        v += f->share >= bounds[i];
    }
    return v;
}

static unsigned zipf_of(const sf_feature *f)
{
    return f->zipf <= 0.0F ? 0 : f->zipf < 3.0F ? 1 : f->zipf < 3.7F ? 2 : f->zipf < 4.5F ? 3 : f->zipf < 5.5F ? 4 : 5;
}

static unsigned extra_of(const sf_token *t, const sf_token *next)
{
    return (t->flags & SF_TOKEN_DIGIT ? 1U : 0U) | (t->flags & (SF_TOKEN_DOT | SF_TOKEN_DOTTED) ? 2U : 0U) |
           (t->flags & SF_TOKEN_HYPHEN ? 4U : 0U) | (t->flags & SF_TOKEN_POSSESSIVE ? 8U : 0U) |
           (next != NULL && next->flags & SF_TOKEN_HYPHEN ? 16U : 0U);
}

static unsigned length_of(const sf_token *t)
{
    uint32_t n = t->fold_len;
    return n <= 4 ? n : n <= 6 ? 5 : n <= 9 ? 6 : 7;
}

static unsigned role_of(const sf_feature *f)
{
    static const uint32_t flags[] = {SF_NAME_ORG_WORD,  SF_NAME_LOC_WORD,  SF_NAME_EVENT_WORD,
                                     SF_NAME_WORK_WORD, SF_NAME_PROD_WORD, SF_NAME_PEOPLE};
    if ((f->name & ~(uint32_t)(SF_NAME_LABEL | SF_NAME_FULL | SF_NAME_GOES_ON)) == 0) {
        return 0; /* most */
    }
    if (f->name & SF_NAME_TITLE) {
        return 1;
    }
    if (f->name & SF_NAME_GIVEN) {
        return f->name & SF_NAME_FAMILY ? 2 : 3;
    }
    if (f->name & SF_NAME_FAMILY) {
        return 4;
    }
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (f->name & flags[i]) {
            return 5 + i;
        }
    }
    return 0;
}

/* The names of the gazetteer, the longest at each place, whatever the plain rules make of them. */
static void mark_names(const sf_document *d)
{
    enum { BEGINS, INSIDE, ALONE, UNFIT };
    for (size_t i = 0; i < d->tokens.n;) {
        const sf_feature *f = &d->features[i];
        if (f->match == NULL) {
            if (f->name & SF_NAME_FULL) {
                d->atoms[i].at[SF_ATOM_NAME] = (uint8_t)(1 + (f->name & SF_NAME_LABEL) * 4 + UNFIT);
            }
            i++;
            continue;
        }
        size_t last = f->match_last;
        unsigned label = 1 + (f->match->flags & SF_NAME_LABEL) * 4;
        for (size_t k = i; k <= last; k++) {
            d->atoms[k].at[SF_ATOM_NAME] = (uint8_t)(label + (i == last ? ALONE : k == i ? BEGINS : INSIDE));
        }
        i = last + 1;
    }
}

static void mark_guesses(const sf_document *d)
{
    for (size_t i = 0; i < d->n_candidates; i++) {
        const sf_candidate *c = &d->candidates[i];
        for (size_t k = c->first; k <= c->last; k++) {
            d->atoms[k].at[SF_ATOM_GUESS] = (uint8_t)(c->keep ? 1 + 2 * c->label + (k > c->first) : 0);
            d->atoms[k].at[SF_ATOM_REASON] = c->rule;
        }
    }
}

static void fill_in(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const sf_feature *f = &d->features[i];
    uint8_t *at = d->atoms[i].at;
    at[SF_ATOM_FORM] = (uint8_t)form_of(t, f);
    at[SF_ATOM_SIGN] = (uint8_t)sign_of(t, f);
    at[SF_ATOM_SHARE] = (uint8_t)share_of(f);
    at[SF_ATOM_ZIPF] = (uint8_t)zipf_of(f);
    at[SF_ATOM_EXTRA] = (uint8_t)extra_of(t, i + 1 < d->tokens.n ? t + 1 : NULL);
    at[SF_ATOM_LENGTH] = (uint8_t)length_of(t);
    at[SF_ATOM_STYLE] = f->style;
    at[SF_ATOM_CLASS] = (uint8_t)sf_word_class_of(f->word);
    at[SF_ATOM_ROLE] = (uint8_t)role_of(f);
}

/* ---- which tokens are weighed ---- */

static int stands_out(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const sf_feature *f = &d->features[i];
    const uint8_t *at = d->atoms[i].at;
    if (t->kind != SF_TOKEN_WORD) {
        return t->kind == SF_TOKEN_HASHTAG || at[SF_ATOM_NAME] != 0 || at[SF_ATOM_GUESS] != 0;
    }
    int out = (f->flags & SF_FEATURE_CAPITAL) || at[SF_ATOM_NAME] != 0 || at[SF_ATOM_GUESS] != 0 ||
              (f->share < 50 && (f->word & SF_WORD_STOP) == 0) || (t->flags & SF_TOKEN_DIGIT);
    if (out && t->shape == SF_SHAPE_LOWER && i > 0 && (sf_token_is(d, i - 1, "a") || sf_token_is(d, i - 1, "an"))) {
        return at[SF_ATOM_GUESS] != 0; /* an apple */
    }
    return out;
}

#define GAP 2 /* tokens that may join what stands out */

static int can_join(const sf_token *t)
{
    return (t->flags & SF_TOKEN_LINE) == 0 && t->kind != SF_TOKEN_URL && t->kind != SF_TOKEN_MENTION &&
           t->kind != SF_TOKEN_EMOJI && t->kind != SF_TOKEN_HASHTAG;
}

static void mark_weighed(const sf_document *d)
{
    size_t gap = GAP + 1;
    for (size_t i = 0; i < d->tokens.n; i++) {
        const sf_token *t = &d->tokens.at[i];
        if (d->weighed[i] == SF_GIVEN) {
            gap = GAP + 1;
            continue;
        }
        d->weighed[i] = (uint8_t)stands_out(d, i);
        if (t->flags & SF_TOKEN_LINE) {
            gap = GAP + 1;
        }
        if (!d->weighed[i]) {
            gap = can_join(t) ? gap + 1 : GAP + 1;
            continue;
        }
        for (; gap <= GAP && gap > 0; gap--) {
            d->weighed[i - gap] = 1;
        }
        gap = 0;
    }
}

int sf_document_atoms(sf_document *d)
{
    size_t n = d->tokens.n;
    if (sf_grow(&d->atoms, &d->cap_atoms, n, sizeof *d->atoms) != SF_OK) {
        return SF_ENOMEM;
    }
    if (n > 0) {
        memset(d->atoms, 0, n * sizeof *d->atoms);
    }
    mark_names(d);
    mark_guesses(d);
    mark_weighed(d);
    size_t done = 0; /* atoms are filled in up to here */
    for (size_t i = 0; i < n; i++) {
        if (d->weighed[i] == 1) {
            size_t from = i < SF_WORD_PLACES / 2 ? 0 : i - SF_WORD_PLACES / 2;
            for (done = done < from ? from : done; done < n && done <= i + SF_WORD_PLACES / 2; done++) {
                fill_in(d, done);
            }
        }
    }
    return SF_OK;
}
