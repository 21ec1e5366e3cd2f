/* SPDX-License-Identifier: MIT */
/* From candidates to decisions: is it a name, and of what. */
#include "entities/document.h"

/* ---- is it one? ---- */

static int is_one_soft_word(const sf_document *d, const sf_candidate *c)
{
    const sf_feature *f = &d->features[c->first];
    const sf_token *t = &d->tokens.at[c->first];
    if (t->shape == SF_SHAPE_MIXED) {
        return 0;
    }
    if (f->share < 0) { /* an unknown word */
        return (f->flags & SF_FEATURE_SHOUT) != 0 || ((f->flags & SF_FEATURE_START) && t->fold_len < 4);
    }
    int limit = f->flags & (SF_FEATURE_START | SF_FEATURE_HEADLINE) ? 35 : f->flags & SF_FEATURE_CAREFUL ? 80 : 60;
    return f->share >= limit;
}

static int all_soft(const sf_document *d, const sf_candidate *c)
{
    for (size_t i = c->first; i <= c->last; i++) {
        if (sf_has_capital(d, i) && d->features[i].share < 75) {
            return 0;
        }
    }
    return 1;
}

static int is_name(const sf_document *d, const sf_candidate *c)
{
    if (c->rule == SF_RULE_PEOPLE) {
        return 1;
    }
    if (c->entry != NULL) {
        return c->label != SF_LABEL_NONE;
    }
    if (c->first == c->last) {
        return !is_one_soft_word(d, c);
    }
    if (all_soft(d, c)) {
        return (d->features[c->first].flags & (SF_FEATURE_START | SF_FEATURE_HEADLINE)) == 0;
    }
    return 1;
}

/* ---- of what kind? ---- */

static int before_is(const sf_document *d, const sf_candidate *c, const char *const *words, size_t n)
{
    return c->first > 0 && sf_token_is_one_of(d, c->first - 1, words, n);
}

/* "the Falcons", "Bowling Green Falcons": many of something that is a word. */
static int is_team(const sf_document *d, const sf_candidate *c)
{
    const sf_token *t = &d->tokens.at[c->last];
    static const char *const the[] = {"the"};
    return t->fold_len > 4 && d->tokens.fold[t->fold + t->fold_len - 1] == 's' && d->features[c->last].share >= 0 &&
           (c->first < c->last || before_is(d, c, the, 1));
}

static int label_by_cue(const sf_document *d, const sf_candidate *c)
{
    unsigned last = d->features[c->last].name;
    unsigned first = d->features[c->first].name;
    if (c->first == c->last) {
        return SF_LABEL_NONE;
    }
    if ((last & SF_NAME_ORG_WORD) || ((first & SF_NAME_ORG_WORD) && sf_token_is(d, c->first + 1, "of"))) {
        return SF_LABEL_ORG;
    }
    if (last & SF_NAME_EVENT_WORD) {
        return SF_LABEL_EVENT;
    }
    if (last & SF_NAME_LOC_WORD) {
        return SF_LABEL_LOC;
    }
    if (first & SF_NAME_LOC_WORD) { /* St. Louis, but St. Louis Eagles */
        return is_team(d, c) ? SF_LABEL_ORG : SF_LABEL_LOC;
    }
    if (last & SF_NAME_WORK_WORD) {
        return SF_LABEL_WORK;
    }
    return last & SF_NAME_PROD_WORD ? SF_LABEL_PROD : SF_LABEL_NONE;
}

static int label_by_person(const sf_document *d, const sf_candidate *c)
{
    const sf_feature *first = &d->features[c->first];
    const sf_feature *last = &d->features[c->last];
    size_t n = c->last - c->first + 1U;
    if (c->first > 0 && (d->features[c->first - 1].name & SF_NAME_TITLE)) {
        return SF_LABEL_PER;
    }
    if (n <= 4 && (first->name & SF_NAME_GIVEN) && (n == 1 || first->share < 70 || (last->name & SF_NAME_FAMILY))) {
        return SF_LABEL_PER;
    }
    return n <= 3 && (last->name & SF_NAME_FAMILY) && last->share < 60 ? SF_LABEL_PER : SF_LABEL_NONE;
}

static int label_by_place(const sf_document *d, const sf_candidate *c)
{
    static const char *const places[] = {"in", "at", "from", "near", "to", "visiting", "outside", "around", "across"};
    return before_is(d, c, places, 9) && c->last - c->first < 3;
}

/* "Gardena, California": a comma and a place after it. */
static int is_before_place(const sf_document *d, const sf_candidate *c)
{
    size_t i = c->last + 1U;
    if (i + 1 >= d->tokens.n || (d->tokens.at[i].first != ',' && d->tokens.at[i].first != '/')) {
        return 0;
    }
    const sf_feature *next = &d->features[i + 1];
    return (next->flags & SF_FEATURE_CAPITAL) && (next->name & SF_NAME_FULL) &&
           (next->name & SF_NAME_LABEL) == SF_LABEL_LOC;
}

static int has_plain_words_only(const sf_document *d, const sf_candidate *c)
{
    for (size_t i = c->first; i <= c->last; i++) {
        if (sf_has_capital(d, i) && d->features[i].share < 30) {
            return 0;
        }
    }
    return 1;
}

static sf_label label_by_looks(const sf_document *d, sf_candidate *c)
{
    static const char *const articles[] = {"the", "a", "an"};
    const sf_token *t = &d->tokens.at[c->first];
    if (c->first == c->last && t->shape == SF_SHAPE_UPPER && t->fold_len <= 6) {
        c->rule = SF_RULE_ACRONYM;
        return t->flags & SF_TOKEN_DIGIT ? SF_LABEL_PROD : SF_LABEL_ORG;
    }
    if (label_by_place(d, c)) {
        c->rule = SF_RULE_CONTEXT;
        return SF_LABEL_LOC;
    }
    if ((d->features[c->first].flags & SF_FEATURE_QUOTE) && c->first < c->last) {
        c->rule = SF_RULE_QUOTED;
        return SF_LABEL_WORK;
    }
    if (is_team(d, c)) {
        return SF_LABEL_ORG;
    }
    if (has_plain_words_only(d, c)) {
        return SF_LABEL_MISC;
    }
    c->rule = d->features[c->first].share < 0 ? SF_RULE_UNKNOWN : SF_RULE_RUN;
    if (c->first == c->last && (t->shape == SF_SHAPE_MIXED || (t->flags & SF_TOKEN_DIGIT))) {
        return SF_LABEL_PROD;
    }
    return before_is(d, c, articles, 3) ? SF_LABEL_MISC : SF_LABEL_PER;
}

static void decide_label(const sf_document *d, sf_candidate *c)
{
    int label = SF_LABEL_NONE;
    if (c->rule == SF_RULE_PEOPLE) {
        label = SF_LABEL_MISC;
    } else if ((label = label_by_cue(d, c)) != SF_LABEL_NONE) {
        c->rule = SF_RULE_CUE;
    } else if (is_before_place(d, c)) {
        label = SF_LABEL_LOC;
        c->rule = SF_RULE_CONTEXT;
    } else if ((label = label_by_person(d, c)) != SF_LABEL_NONE) {
        c->rule = SF_RULE_PERSON;
    } else {
        label = (int)label_by_looks(d, c);
    }
    c->label = (uint8_t)label;
}

void sf_document_decide(sf_document *d)
{
    for (size_t i = 0; i < d->n_candidates; i++) {
        sf_candidate *c = &d->candidates[i];
        c->keep = (uint8_t)is_name(d, c);
        if (c->keep && c->entry == NULL) {
            decide_label(d, c);
        }
    }
}
