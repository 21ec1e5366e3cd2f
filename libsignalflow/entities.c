/* SPDX-License-Identifier: MIT */
/* Named entities and their topics: the public calls, and what they hand out. How names are found: entities/. */
#include <stdlib.h>

#include "analyser.h"
#include "entities/document.h"
#include "memory.h"

struct sf_entities_scratch {
    sf_document document;
    char *ids; /* of names that are in no table, each with a NUL */
    size_t cap_ids;
    size_t n;
    uint8_t rules[SF_MAX_ENTITIES];
    sf_entity result[SF_MAX_ENTITIES];
};

int sf_entities_scratch_new(sf_entities_scratch **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? SF_OK : SF_ENOMEM;
}

void sf_entities_scratch_free(sf_entities_scratch *s)
{
    if (s != NULL) {
        free(s->document.features);
        free(s->document.candidates);
        free(s->document.atoms);
        free(s->document.weighed);
        free(s->document.back);
        free(s->document.found);
        free(s->ids);
        free(s);
    }
}

/* The id of a name that no table has: its words in lower case, as they are joined in the text. */
static sf_str make_id(const sf_document *d, const sf_candidate *c, char **p)
{
    sf_str id = {*p, 0};
    char *out = *p;
    for (size_t i = c->first; i <= c->last; i++) {
        const sf_token *t = &d->tokens.at[i];
        if (i > c->first) {
            *out++ = t->flags & SF_TOKEN_HYPHEN ? '-' : ' ';
        }
        memcpy(out, d->tokens.fold + t->fold, t->fold_len);
        out += t->fold_len;
        if (t->flags & SF_TOKEN_DOT) {
            *out++ = '.';
        }
    }
    *out = '\0';
    id.len = (size_t)(out - id.ptr);
    *p = out + 1;
    return id;
}

static void fill_in(const sf_document *d, const sf_candidate *c, sf_entity *e, char **p)
{
    const sf_dict *names = &d->lexicon->names;
    *e = (sf_entity){.start = d->tokens.at[c->first].start, .end = d->tokens.at[c->last].end};
    e->start += d->tokens.at[c->first].kind == SF_TOKEN_HASHTAG; /* the # is no part of the name */
    e->text = (sf_str){d->text.ptr + e->start, e->end - e->start};
    e->label = c->entry != NULL ? sf_name_label(names, c->entry) : sf_label_name(c->label);
    e->id = c->entry != NULL ? sf_name_id(names, c->entry) : make_id(d, c, p);
}

static int64_t report(sf_entities_scratch *s)
{
    const sf_document *d = &s->document;
    if (sf_grow(&s->ids, &s->cap_ids, d->tokens.fold_len + d->tokens.n + d->n_found + 1, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    char *p = s->ids;
    for (size_t i = 0; i < d->n_found && s->n < SF_MAX_ENTITIES; i++) {
        const sf_candidate *c = &d->found[i];
        if (c->keep) {
            s->rules[s->n] = c->rule;
            fill_in(d, c, &s->result[s->n++], &p);
        }
    }
    return (int64_t)s->n;
}

int64_t sf_entities_run(sf_analyser *a, sf_str text, const sf_entity **out)
{
    sf_entities_scratch *s = a->entities;
    sf_document *d = &s->document;
    *out = s->result;
    s->n = 0;
    d->lexicon = a->lexicon;
    d->text = text;
    const sf_tokens *tokens;
    int status = sf_analyser_tokens(a, text, &tokens);
    d->tokens = *tokens;
    d->words = a->words;
    status = status != SF_OK ? status : sf_document_features(d);
    status = status != SF_OK ? status : sf_document_candidates(d);
    if (status != SF_OK) {
        return status;
    }
    sf_document_decide(d);
    status = sf_document_atoms(d);
    status = status != SF_OK ? status : sf_document_weigh(d, SF_MAX_ENTITIES);
    return status == SF_OK ? report(s) : status;
}

int64_t sf_entities(sf_analyser *a, sf_str text, const sf_entity **out)
{
    if (out == NULL || (text.ptr == NULL && text.len > 0)) {
        return SF_EINVAL;
    }
    int64_t n = sf_analyser_enter(a);
    if (n == SF_OK) {
        n = sf_entities_run(a, text, out);
        sf_analyser_leave(a);
    }
    return n;
}

static int is_among(const sf_str *topics, int64_t n, sf_str id)
{
    for (int64_t i = 0; i < n; i++) {
        if (topics[i].len == id.len && memcmp(topics[i].ptr, id.ptr, id.len) == 0) {
            return 1;
        }
    }
    return 0;
}

int64_t sf_topics(const sf_entity *entities, size_t n, sf_str out[SF_MAX_TOPICS])
{
    int64_t topics = 0;
    for (size_t i = 0; i < n && topics < SF_MAX_TOPICS; i++) {
        if (!is_among(out, topics, entities[i].id)) {
            out[topics++] = entities[i].id;
        }
    }
    return topics;
}

const char *sf_entity_reason(const sf_analyser *a, size_t i)
{
    static const char *const reasons[SF_RULE_COUNT] = {
        [SF_RULE_NONE] = "",
        [SF_RULE_GAZETTEER] = "gazetteer",
        [SF_RULE_HASHTAG] = "gazetteer: hashtag",
        [SF_RULE_RUN] = "capitalised run",
        [SF_RULE_UNKNOWN] = "capitalised word of no list",
        [SF_RULE_TITLED] = "after a title",
        [SF_RULE_PERSON] = "name of a person",
        [SF_RULE_CUE] = "word that ends or starts names",
        [SF_RULE_CONTEXT] = "after a word of place",
        [SF_RULE_ACRONYM] = "acronym",
        [SF_RULE_PEOPLE] = "people, religion or language",
        [SF_RULE_QUOTED] = "capitalised run in quotes",
    };
    return a != NULL && a->entities != NULL && i < a->entities->n ? reasons[a->entities->rules[i]] : "";
}
