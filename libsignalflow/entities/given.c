/* SPDX-License-Identifier: MIT */
/* Names that are given, not weighed: what the user's own patterns and tables say, forms that can be nothing else, $AAPL,
 * CVE-2021-44228, r/science, and what the gazetteer has in scripts without capitals, of which the weights know nothing.
 * Their tokens are taken out of what the rules decide on. */
#include "entities/given.h"

#include "entities/unspaced.h"
#include "memory.h"

/* ---- taking tokens ---- */

void sf_document_keep(sf_document *d, const sf_candidate *c)
{
    size_t k = d->n_given;
    if (!c->keep || (k == SF_MAX_ENTITIES && d->given[k - 1].first < c->first)) {
        return;
    }
    for (k -= k == SF_MAX_ENTITIES; k > 0 && d->given[k - 1].first > c->first; k--) {
        d->given[k] = d->given[k - 1];
    }
    d->given[k] = *c;
    d->n_given += d->n_given < SF_MAX_ENTITIES;
}

/* Takes a name's tokens and keeps it, unless one of them is taken. */
static void give(sf_document *d, sf_candidate c)
{
    for (size_t i = c.first; i <= c.last; i++) {
        if (d->weighed[i] == SF_GIVEN) {
            return;
        }
    }
    memset(d->weighed + c.first, SF_GIVEN, c.last - c.first + 1U);
    sf_document_keep(d, &c);
}

/* ---- patterns ---- */

#define WINDOW 1024 /* bytes of a line that a pattern sees at once, so that none is slow on any text */

/* Where the window that starts at `from` ends: after a line, or after a space if the line is too long. */
static size_t window_end(sf_str text, size_t from)
{
    size_t limit = text.len - from > WINDOW ? from + WINDOW : text.len;
    const char *line = memchr(text.ptr + from, '\n', limit - from);
    if (line != NULL) {
        return (size_t)(line - text.ptr) + 1;
    }
    size_t end = limit;
    while (end < text.len && end > from + WINDOW / 2 && text.ptr[end - 1] != ' ') {
        end--;
    }
    if (end < text.len && end == from + WINDOW / 2) {
        for (end = limit; ((unsigned char)text.ptr[end] & 0xC0) == 0x80 && end > limit - 4; end--) {
        }
    }
    return end;
}

/* The first token that ends behind a byte. */
static size_t token_at(const sf_tokens *t, size_t from, size_t byte)
{
    while (from < t->n && t->at[from].end <= byte) {
        from++;
    }
    return from;
}

static void give_match(sf_document *d, const sf_pattern *p, size_t start, size_t end, size_t *token)
{
    size_t first = token_at(&d->tokens, *token, start);
    size_t last = first;
    *token = first;
    while (last + 1 < d->tokens.n && d->tokens.at[last + 1].start < end) {
        last++;
    }
    if (first == d->tokens.n || d->tokens.at[first].start >= end) {
        return; /* of signs that are no tokens */
    }
    sf_candidate c = {.first = (uint32_t)first, .last = (uint32_t)last, .keep = 1, .rule = SF_RULE_PATTERN};
    c.pattern = p;
    c.start = (uint32_t)start;
    c.end = (uint32_t)end;
    give(d, c);
}

static void give_matches(sf_document *d, const sf_pattern *p, sf_matcher *m)
{
    size_t token = 0, found = 0;
    for (size_t from = 0; from < d->text.len && found < SF_MAX_ENTITIES;) {
        size_t end = window_end(d->text, from);
        sf_str window = {d->text.ptr + from, end - from};
        size_t at = 0, start, stop;
        while (found < SF_MAX_ENTITIES && sf_pattern_match(m, p, window, at, &start, &stop)) {
            give_match(d, p, from + start, from + stop, &token);
            at = stop;
            found++;
        }
        from = end;
    }
}

/* ---- names of the gazetteer ---- */

static sf_candidate of_gazetteer(const sf_dict_entry *e, size_t first, size_t last)
{
    sf_candidate c = {.first = (uint32_t)first, .last = (uint32_t)last, .entry = e, .rule = SF_RULE_GAZETTEER};
    c.label = (uint8_t)(e->flags & SF_NAME_LABEL);
    c.keep = c.label != SF_LABEL_NONE;
    return c;
}

/* A word whose letters have no case: Arabic, Hindi, Chinese. */
static int is_caseless(const sf_token *t)
{
    return t->kind == SF_TOKEN_WORD && t->shape == SF_SHAPE_NONE && t->first >= 0x80;
}

static int has_caseless(const sf_document *d)
{
    for (size_t i = 0; i < d->tokens.n; i++) {
        if (is_caseless(&d->tokens.at[i])) {
            return 1;
        }
    }
    return 0;
}

enum wanted { OWN, CASELESS };

/* The user's own, or those without capitals. */
static void give_names(sf_document *d, enum wanted wanted)
{
    for (size_t i = 0; i < d->tokens.n;) {
        const sf_dict_entry *e = d->features[i].match;
        size_t last = e != NULL ? d->features[i].match_last : i;
        if (e != NULL && (wanted == OWN ? (e->flags & SF_NAME_OWN) != 0 : is_caseless(&d->tokens.at[i]))) {
            give(d, of_gazetteer(e, i, last));
        }
        i = last + 1;
    }
}

/* ---- forms ---- */

static int touches(const sf_document *d, size_t i, unsigned flag)
{
    return i < d->tokens.n && (d->tokens.at[i].flags & (SF_TOKEN_SPACE | SF_TOKEN_LINE)) == 0 &&
           (flag == 0 || (d->tokens.at[i].flags & flag));
}

/* $AAPL: how many tokens, 0: none such. */
static size_t ticker_at(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    return t->first == '$' && touches(d, i + 1, 0) && t[1].kind == SF_TOKEN_WORD &&
                   (t[1].shape == SF_SHAPE_UPPER || t[1].shape == SF_SHAPE_LETTER) && t[1].fold_len <= 5 &&
                   (t[1].flags & SF_TOKEN_DIGIT) == 0 && !touches(d, i + 2, SF_TOKEN_HYPHEN)
               ? 2
               : 0;
}

/* CVE-2021-44228 */
static size_t flaw_at(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    return sf_token_is(d, i, "cve") && touches(d, i + 1, SF_TOKEN_HYPHEN) && t[1].kind == SF_TOKEN_NUMBER &&
                   t[1].fold_len == 4 && touches(d, i + 2, SF_TOKEN_HYPHEN) && t[2].kind == SF_TOKEN_NUMBER &&
                   t[2].fold_len >= 4
               ? 3
               : 0;
}

/* r/science, /r/science */
static size_t community_at(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const char *p = d->text.ptr + t->start;
    size_t slash = p[0] == '/';
    return p[slash] == 'r' && p[slash + 1] == '/' ? 1 : 0;
}

/* The form that starts at a token: how many tokens it has, 0: none does. */
static size_t form_at(const sf_document *d, size_t i, sf_label *label)
{
    *label = SF_LABEL_MISC;
    switch (d->tokens.at[i].kind) {
    case SF_TOKEN_WORD: return flaw_at(d, i);
    case SF_TOKEN_MENTION: return community_at(d, i);
    case SF_TOKEN_PUNCT: *label = SF_LABEL_ORG; return ticker_at(d, i);
    default: return 0;
    }
}

static void give_forms(sf_document *d)
{
    for (size_t i = 0; i < d->tokens.n;) {
        sf_label label;
        size_t n = form_at(d, i, &label);
        if (n > 0) {
            sf_candidate c = {.first = (uint32_t)i, .last = (uint32_t)(i + n - 1), .rule = SF_RULE_FORM, .keep = 1};
            c.label = (uint8_t)label;
            c.start = d->tokens.at[i].start;
            c.end = d->tokens.at[i + n - 1].end;
            give(d, c);
        }
        i += n > 0 ? n : 1;
    }
}

/* ---- all of them ---- */

int sf_document_given(sf_document *d, sf_matcher *m)
{
    const sf_patterns *patterns = &d->lexicon->patterns;
    int status = sf_grow(&d->weighed, &d->cap_weighed, d->tokens.n, 1);
    d->n_given = 0;
    if (status == SF_OK && d->tokens.n > 0) {
        memset(d->weighed, 0, d->tokens.n);
    }
    for (size_t i = 0; status == SF_OK && i < patterns->n; i++) {
        give_matches(d, &patterns->at[i], m);
    }
    if (status == SF_OK) {
        if (d->lexicon->own_names) {
            give_names(d, OWN);
        }
        if (has_caseless(d)) {
            sf_document_unspaced(d);
            give_names(d, CASELESS);
        }
        give_forms(d);
    }
    return status;
}
