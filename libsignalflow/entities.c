/* SPDX-License-Identifier: MIT */
/* Named entities and their topics: the public calls, and what they hand out. How names are found: entities/. */
#include <stdlib.h>

#include "analyser.h"
#include "entities/document.h"
#include "entities/explain.h"
#include "entities/given.h"
#include "entities/phrases.h"
#include "memory.h"
#include "text/utf8.h"

struct sf_entities_scratch {
    sf_document document;
    char *ids; /* of names that are in no table, each with a NUL */
    size_t cap_ids;
    size_t n;
    uint8_t rules[SF_MAX_ENTITIES];
    sf_entity result[SF_MAX_ENTITIES];
    sf_matcher *matcher; /* of the user's patterns */
    sf_told told;
};

int sf_entities_scratch_new(sf_entities_scratch **out)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return SF_ENOMEM;
    }
    (*out)->matcher = sf_matcher_new();
    return (*out)->matcher != NULL ? SF_OK : SF_ENOMEM;
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
        sf_matcher_free(s->matcher);
        free(s);
    }
}

/* Where the id of a name that no table has starts: Dr. Smithers is counted as Smithers. */
static size_t without_title(const sf_document *d, const sf_candidate *c)
{
    size_t first = c->first;
    while (c->label == SF_LABEL_PER && first < c->last && (d->features[first].name & SF_NAME_TITLE)) {
        first++;
    }
    return first;
}

/* What follows a token of a name: the stop of an initial, and inside it 's, or the ' of many. Returns where to go on. */
static char *add_ending(const sf_document *d, const sf_token *t, int inside, char *out)
{
    if (t->flags & SF_TOKEN_DOT) {
        *out++ = '.';
    }
    if (inside && (t->flags & SF_TOKEN_POSSESSIVE)) {
        size_t s = t->end + 1U;
        while (((unsigned char)d->text.ptr[s] & 0xC0) == 0x80) { /* the apostrophe may be a typographic one */
            s++;
        }
        *out++ = '\'';
        if (d->text.ptr[s] == 's' || d->text.ptr[s] == 'S') {
            *out++ = 's';
        }
    }
    return out;
}

/* Germans, who are counted as German. */
static int is_plural_of_people(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const char *p = d->tokens.fold + t->fold;
    if ((d->features[i].name & SF_NAME_PEOPLE) == 0 || p[t->fold_len - 1] != 's') {
        return 0;
    }
    const sf_dict_entry *one = sf_dict_find(&d->lexicon->names, p, t->fold_len - 1);
    return one != NULL && (one->flags & SF_NAME_PEOPLE) != 0;
}

/* That id: its words in lower case, as they are joined in the text; what its article adds is nothing. */
static sf_str make_id(const sf_document *d, const sf_candidate *c, char **p)
{
    sf_str id = {*p, 0};
    char *out = *p;
    size_t first = without_title(d, c);
    first += first < c->last && sf_token_is(d, first, "the");
    for (size_t i = first; i <= c->last; i++) {
        const sf_token *t = &d->tokens.at[i];
        if (t->fold_len == 0) {
            continue;
        }
        if (i > first) {
            *out++ = t->flags & SF_TOKEN_HYPHEN ? '-' : ' ';
        }
        memcpy(out, d->tokens.fold + t->fold, t->fold_len);
        out += t->fold_len;
        out = add_ending(d, t, i < c->last, out);
    }
    out -= first == c->last && is_plural_of_people(d, first);
    *out = '\0';
    id.len = (size_t)(out - id.ptr);
    *p = out + 1;
    return id;
}

/* Bytes in lower case. */
static sf_str make_lower_id(sf_str text, char **p)
{
    sf_str id = {*p, 0};
    char *out = *p;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        *out++ = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    *out = '\0';
    id.len = text.len;
    *p = out + 1;
    return id;
}

/* The phrase that a name spells, in words or joined, or NULL: Neural Networks, #ClimateChange. */
static const sf_dict_entry *phrase_of(const sf_document *d, const sf_candidate *c)
{
    const sf_feature *f = &d->features[c->first];
    return f->term != NULL && f->term_last == c->last ? f->term : NULL;
}

/* A form without the slashes around it: /r/science is r/science. */
static sf_str without_slashes(sf_str form)
{
    size_t slash = form.ptr[0] == '/';
    form.ptr += slash;
    form.len -= slash;
    form.len -= form.ptr[form.len - 1] == '/';
    return form;
}

static sf_str make_hashtag_id(const sf_document *d, const sf_candidate *c, char **p)
{
    char words[SF_JOINED_ROOM];
    size_t n = sf_joined_words(d, c->first, words);
    return n > 0 ? make_lower_id((sf_str){words, n}, p) : make_id(d, c, p);
}

static void fill_in_pattern(const sf_candidate *c, sf_entity *e, char **p)
{
    const sf_pattern *from = c->pattern;
    e->label = (sf_str){from->label, from->label_len};
    e->id = from->id != NULL ? (sf_str){from->id, from->id_len} : make_lower_id(e->text, p);
}

static void fill_in(const sf_document *d, const sf_candidate *c, sf_entity *e, char **p)
{
    const sf_dict *names = &d->lexicon->names;
    *e = (sf_entity){.start = d->tokens.at[c->first].start, .end = d->tokens.at[c->last].end};
    e->start += d->tokens.at[c->first].kind == SF_TOKEN_HASHTAG; /* the # is no part of the name */
    if (c->end > 0) {
        e->start = c->start;
        e->end = c->end;
    }
    e->text = (sf_str){d->text.ptr + e->start, e->end - e->start};
    if (c->pattern != NULL) {
        fill_in_pattern(c, e, p);
        return;
    }
    int own = c->entry != NULL && (c->entry->flags & SF_NAME_LABEL) == SF_LABEL_OWN;
    e->label = own ? sf_name_label(names, c->entry) : sf_label_name(c->label);
    const sf_dict_entry *known = c->entry != NULL ? c->entry : phrase_of(d, c);
    e->id = known != NULL                                     ? sf_name_id(names, known)
            : c->end > 0                                      ? make_lower_id(without_slashes(e->text), p)
            : d->tokens.at[c->first].kind == SF_TOKEN_HASHTAG ? make_hashtag_id(d, c, p)
                                                              : make_id(d, c, p);
}

/* Room for ids: of names that are in no table, their folded tokens or their own bytes, and what joins them. */
static size_t room_for_ids(const sf_document *d)
{
    return d->tokens.fold_len + d->tokens.n + d->text.len + (SF_JOINED_ROOM + 1U) * SF_MAX_ENTITIES + 1;
}

static int64_t report(sf_entities_scratch *s)
{
    const sf_document *d = &s->document;
    if (sf_grow(&s->ids, &s->cap_ids, room_for_ids(d), 1) != SF_OK) {
        return SF_ENOMEM;
    }
    char *p = s->ids;
    for (size_t i = 0; i < d->n_found && s->n < SF_MAX_ENTITIES; i++) {
        s->rules[s->n] = d->found[i].rule;
        fill_in(d, &d->found[i], &s->result[s->n++], &p);
    }
    for (size_t i = 0; i < s->n; i++) {
        size_t fuller = d->found[i].fuller;
        s->result[i].id = fuller > 0 && fuller <= s->n ? s->result[fuller - 1].id : s->result[i].id;
    }
    return (int64_t)s->n;
}

/* What English makes a name of may be none in another language: German writes nouns with capitals, and elsewhere the first
 * word of a sentence is one that English does not know. */
static int is_doubtful(const sf_document *d, const sf_candidate *c, int nouns_have_capitals)
{
    const sf_feature *first = &d->features[c->first];
    int known = c->entry != NULL || c->pattern != NULL || c->rule == SF_RULE_FORM;
    if (known) {
        return 0;
    }
    return nouns_have_capitals ? !(c->label == SF_LABEL_PER && (first->name & SF_NAME_GIVEN))
                               : c->first == c->last && (first->flags & SF_FEATURE_START);
}

static void drop_doubtful(sf_document *d, sf_str language)
{
    size_t kept = 0;
    int german = strcmp(language.ptr, "de") == 0;
    for (size_t i = 0; i < d->n_found; i++) {
        if (!is_doubtful(d, &d->found[i], german)) {
            d->found[kept++] = d->found[i];
        }
    }
    d->n_found = kept;
}

static int find(sf_document *d, sf_matcher *m)
{
    int status = sf_document_features(d);
    status = status != SF_OK ? status : sf_document_candidates(d);
    if (status == SF_OK) {
        sf_document_decide(d);
        status = sf_document_given(d, m);
    }
    status = status != SF_OK ? status : sf_document_atoms(d);
    return status != SF_OK ? status : sf_document_collect(d);
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
    sf_str language = {"", 0};
    status = status != SF_OK ? status : sf_language_run(a, text, &language);
    d->foreign = strcmp(language.ptr, "en") != 0 && strcmp(language.ptr, "und") != 0;
    status = status != SF_OK ? status : find(d, s->matcher);
    if (status != SF_OK) {
        return status;
    }
    if (d->foreign) {
        drop_doubtful(d, language);
    }
    status = sf_document_repeats(d);
    return status != SF_OK ? status : report(s);
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

/* Names and terms, by place. */
int64_t sf_text_topics_run(sf_analyser *a, const sf_entity *found, size_t n, sf_str out[SF_MAX_TOPICS])
{
    sf_phrase phrases[SF_MAX_TOPICS];
    size_t n_phrases = sf_document_phrases(&a->entities->document, phrases);
    size_t p = 0;
    int64_t topics = 0;
    for (size_t i = 0; topics < SF_MAX_TOPICS && (i < n || p < n_phrases);) {
        int term = i == n || (p < n_phrases && phrases[p].start < found[i].start);
        sf_str id = term ? phrases[p++].id : found[i++].id;
        if (!is_among(out, topics, id)) {
            out[topics++] = id;
        }
    }
    return topics;
}

int64_t sf_text_topics(sf_analyser *a, sf_str text, sf_str out[SF_MAX_TOPICS])
{
    const sf_entity *found;
    if (out == NULL || (text.ptr == NULL && text.len > 0)) {
        return SF_EINVAL;
    }
    int64_t n = sf_analyser_enter(a);
    if (n == SF_OK) {
        n = sf_entities_run(a, text, &found);
        n = n < 0 ? n : sf_text_topics_run(a, found, (size_t)n, out);
        sf_analyser_leave(a);
    }
    return n;
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
        [SF_RULE_WEIGHED] = "weighted rules",
        [SF_RULE_PATTERN] = "own pattern",
        [SF_RULE_REPEATED] = "named elsewhere in the text",
        [SF_RULE_FORM] = "form",
    };
    return a != NULL && a->entities != NULL && i < a->entities->n ? reasons[a->entities->rules[i]] : "";
}

static int64_t explain(sf_analyser *a, sf_str text, size_t i, const sf_evidence **out)
{
    sf_entities_scratch *s = a->entities;
    const sf_entity *found;
    int64_t n = sf_entities_run(a, text, &found);
    s->told.n = 0;
    *out = s->told.at;
    if (n >= 0 && i < (size_t)n) {
        sf_document_explain(&s->document, &s->document.found[i], sf_entity_reason(a, i), &s->told);
    }
    return n < 0 ? n : (int64_t)s->told.n;
}

int64_t sf_entities_explain(sf_analyser *a, sf_str text, size_t i, const sf_evidence **out)
{
    if (out == NULL || (text.ptr == NULL && text.len > 0)) {
        return SF_EINVAL;
    }
    int64_t n = sf_analyser_enter(a);
    if (n == SF_OK) {
        n = explain(a, text, i, out);
        sf_analyser_leave(a);
    }
    return n;
}
