/* SPDX-License-Identifier: MIT */
/* Why a name is one: the rules that its tokens met, with what each weighs for the tags they got against O. */
#include "entities/explain.h"

#include <stdio.h>

#include "entities/weigh.h"

/* Keeps the heaviest, heaviest first. */
static void keep(sf_told *told, const sf_evidence *e, const char *text)
{
    size_t k = told->n;
    double weight = e->weight < 0 ? -e->weight : e->weight;
    for (; k > 0; k--) {
        double other = told->at[k - 1].weight;
        if ((other < 0 ? -other : other) >= weight) {
            break;
        }
    }
    if (k == SF_MAX_EVIDENCE) {
        return;
    }
    size_t last = told->n < SF_MAX_EVIDENCE ? told->n++ : SF_MAX_EVIDENCE - 1;
    for (; last > k; last--) {
        told->at[last] = told->at[last - 1];
        memcpy(told->texts[last], told->texts[last - 1], SF_FEATURE_ROOM);
    }
    told->at[k] = *e;
    memcpy(told->texts[k], text, SF_FEATURE_ROOM);
}

static void tell_row(sf_told *told, const sf_document *d, size_t i, uint16_t row, const char *text)
{
    const int16_t *w = d->lexicon->rules.rows[row].weight;
    sf_evidence e = {.start = d->tokens.at[i].start, .end = d->tokens.at[i].end};
    e.weight = (w[d->back[i].tag] - w[SF_TAG_O]) / 100.0;
    if (row != 0 && e.weight != 0.0) {
        keep(told, &e, text);
    }
}

static void tell_token(sf_told *told, const sf_document *d, size_t i)
{
    const sf_rules *r = &d->lexicon->rules;
    char text[SF_FEATURE_ROOM] = "";
    sf_sight s;
    sf_sight_of(d, i, &s);
    for (size_t k = 0; k < SF_TEMPLATES; k++) {
        uint32_t value = sf_sight_value(&s, &sf_templates[k]);
        sf_feature_text(&sf_templates[k], value, text);
        tell_row(told, d, i, r->plain[r->base[k] + value], text);
    }
    for (size_t k = 0; k < SF_WORD_PLACES; k++) {
        if (s.word[k] != 0) {
            sf_feature_word_text(sf_dict_key(&d->lexicon->words, d->words[s.token[k]]), k, text);
            tell_row(told, d, i, r->word_rules[s.word[k]].row[k], text);
        }
    }
}

static void tell_row_of_gazetteer(sf_told *told, const sf_document *d, const sf_candidate *c)
{
    char text[SF_FEATURE_ROOM] = "";
    sf_str label = sf_name_label(&d->lexicon->names, c->entry);
    sf_str id = sf_name_id(&d->lexicon->names, c->entry);
    sf_evidence e = {.start = c->end > 0 ? c->start : d->tokens.at[c->first].start};
    e.end = c->end > 0 ? c->end : d->tokens.at[c->last].end;
    snprintf(text, sizeof text, "%s: %.*s %.*s", c->entry->flags & SF_NAME_OWN ? "own names" : "gazetteer",
             (int)label.len, label.ptr, id.len > 80 ? 80 : (int)id.len, id.ptr);
    keep(told, &e, text);
}

/* What made it a name where no weight and no row did: a form, a pattern, another mention. */
static void tell_reason(sf_told *told, const sf_document *d, const sf_candidate *c, const char *reason)
{
    char text[SF_FEATURE_ROOM] = "";
    sf_evidence e = {.start = c->end > 0 ? c->start : d->tokens.at[c->first].start};
    e.end = c->end > 0 ? c->end : d->tokens.at[c->last].end;
    snprintf(text, sizeof text, "%s", reason);
    keep(told, &e, text);
}

void sf_document_explain(const sf_document *d, const sf_candidate *c, const char *reason, sf_told *told)
{
    told->n = 0;
    if (d->lexicon->rules.any && d->weighed[c->first] == 1) {
        for (size_t i = c->first; i <= c->last; i++) {
            tell_token(told, d, i);
        }
    }
    if (c->entry != NULL) {
        told->n -= told->n == SF_MAX_EVIDENCE; /* the lightest makes room */
        tell_row_of_gazetteer(told, d, c);
    }
    if (told->n == 0) {
        tell_reason(told, d, c, reason);
    }
    for (size_t k = 0; k < told->n; k++) {
        told->at[k].rule = sf_cstr(told->texts[k]);
    }
}
