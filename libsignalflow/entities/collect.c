/* SPDX-License-Identifier: MIT */
/* From tags to names: what is tagged as one name is one, unless a cue is surer than weights; and what the tables know or a line introduces is one
 * that weights have missed. */
#include "entities/weigh.h"

#include "entities/new_names.h"
#include "entities/parts.h"
#include "memory.h"

static sf_label label_of_kind(int kind)
{
    static const sf_label labels[SF_KIND_COUNT] = {SF_LABEL_PER,  SF_LABEL_LOC,  SF_LABEL_ORG,
                                                   SF_LABEL_PROD, SF_LABEL_WORK, SF_LABEL_MISC};
    return labels[kind];
}

static int add_found(sf_document *d, const sf_candidate *c)
{
    if (sf_grow(&d->found, &d->cap_found, d->n_found + 1, sizeof *d->found) != SF_OK) {
        return SF_ENOMEM;
    }
    d->found[d->n_found++] = *c;
    return SF_OK;
}

static int is_thing(unsigned label)
{
    return label == SF_LABEL_PROD || label == SF_LABEL_WORK || label == SF_LABEL_EVENT;
}

/* A row of the gazetteer is what is meant if it is of the kind that was found: Jordan is a place, or a person. What
 * tweets and encyclopedias teach of products and works is little, and of other languages nothing; there the gazetteer
 * knows better. */
static int fits(const sf_document *d, const sf_dict_entry *e, sf_label label)
{
    unsigned known = e->flags & SF_NAME_LABEL;
    return known == label ||
           (known != SF_LABEL_NONE && (d->foreign || is_thing(known) || is_thing(label) || label == SF_LABEL_MISC));
}

static int is_sign(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    return t->fold_len == 0 || t->kind == SF_TOKEN_PUNCT;
}

/* ---- cues that are surer than weights ---- */

/* CEO of X, engineer at X, works at X */
static int is_after_office(const sf_document *d, size_t i)
{
    static const char *const offices[] = {"ceo",      "cto",      "cfo",       "coo",       "founder",  "cofounder",
                                          "chairman", "employee", "employees", "engineers", "engineer", "shareholders"};
    static const char *const work[] = {"work", "works", "worked", "working"};
    int at = i >= 2 && sf_token_is(d, i - 1, "at");
    int of = i >= 2 && sf_token_is(d, i - 1, "of");
    return ((at || of) && sf_token_is_one_of(d, i - 2, offices, sizeof offices / sizeof *offices)) ||
           (at && sf_token_is_one_of(d, i - 2, work, sizeof work / sizeof *work));
}

/* The kind of a name that is in no table, by what stands beside it. */
static int kind_by_cue(const sf_document *d, size_t first, size_t last, int kind)
{
    return sf_is_version(d, last + 1) ? SF_KIND_PROD : is_after_office(d, first) ? SF_KIND_ORG : kind;
}

static int is_foreign_word(const sf_document *d, size_t i)
{
    return (d->features[i].word & SF_WORD_FOREIGN) != 0;
}

/* A letter that stands alone, which is a small word in other languages. */
static int is_foreign_letter(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    return d->foreign && t->shape == SF_SHAPE_LETTER && (t->flags & (SF_TOKEN_DOT | SF_TOKEN_DOTTED)) == 0;
}

/* Where a name starts behind a small word of another language: O Facebook. Unless the word is a letter that starts a sentence, the gazetteer
 * must know the name. */
static size_t without_article(const sf_document *d, size_t first, size_t last)
{
    int letter = is_foreign_letter(d, first);
    if (first == last || !(letter || is_foreign_word(d, first)) || sf_document_name(d, first, last) != NULL) {
        return first;
    }
    int sure = letter && (d->features[first].flags & SF_FEATURE_START);
    return sure || sf_document_name(d, first + 1, last) != NULL ? first + 1 : first;
}

/* Whether what is no name of the gazetteer is nothing but small words of other languages. */
static int has_foreign_words_only(const sf_document *d, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        if (!is_foreign_word(d, i)) {
            return 0;
        }
    }
    return sf_document_name(d, first, last) == NULL || d->features[first].match == NULL;
}

/* What a word that is in no table stands for where code is spoken of: ListView, FLASH_write, VARCHAR, and what only weights take
 * for a name, String. */
static int is_identifier(const sf_document *d, size_t i)
{
    enum { LONG = 7 }; /* letters; shorter ones in capitals are acronyms */
    const sf_token *t = &d->tokens.at[i];
    const sf_feature *f = &d->features[i];
    int joined = t->shape == SF_SHAPE_MIXED || (t->flags & SF_TOKEN_UNDERSCORE) != 0;
    if ((f->flags & SF_FEATURE_CODE) == 0) {
        return joined && sf_ends_as_code(d, i);
    }
    int shouted = t->shape == SF_SHAPE_UPPER && t->fold_len >= LONG && f->share < 0;
    int weighed = d->atoms[i].at[SF_ATOM_GUESS] == 0 && f->share >= 50;
    return joined || shouted || weighed;
}

/* 50M, 10am, 32GB */
static int is_quantity(const sf_document *d, size_t i)
{
    static const char *const units[] = {"am",  "pm",  "bn",  "kb",  "mb",  "gb",  "tb",  "mm", "cm",
                                        "km",  "ft",  "kg",  "lb",  "lbs", "oz",  "hz",  "kw", "mw",
                                        "gw",  "ms",  "px",  "hr",  "hrs", "min", "yrs", "yo", "mhz",
                                        "ghz", "fps", "mph", "kwh", "mah", "dpi", "rpm"};
    const sf_token *t = &d->tokens.at[i];
    const char *p = d->tokens.fold + t->fold;
    size_t n = 0;
    while (n < t->fold_len && ((p[n] >= '0' && p[n] <= '9') || p[n] == '.' || p[n] == ',')) {
        n++;
    }
    size_t rest = t->fold_len - n;
    int is_unit = rest == 1;
    for (size_t k = 0; k < sizeof units / sizeof *units && !is_unit; k++) {
        is_unit = strlen(units[k]) == rest && memcmp(units[k], p + n, rest) == 0;
    }
    return n > 0 && rest > 0 && is_unit;
}

/* Whether it is one word of which a table says that it is none, or a common one that tells of names beside it: Player, Inc. */
static int is_no_name(const sf_document *d, size_t first, size_t last, const sf_dict_entry *e)
{
    const unsigned cues =
        SF_NAME_ORG_WORD | SF_NAME_LOC_WORD | SF_NAME_EVENT_WORD | SF_NAME_WORK_WORD | SF_NAME_PROD_WORD;
    const sf_feature *f = &d->features[first];
    int is_cue = e == NULL && (f->name & cues) != 0 && (f->name & (SF_NAME_GIVEN | SF_NAME_FAMILY)) == 0;
    int is_none = e != NULL && (e->flags & SF_NAME_LABEL) == SF_LABEL_NONE;
    return first == last && (is_none || (is_cue && f->share >= 50));
}

/* Adds the names of the gazetteer that stand in what is none as a whole. */
static int add_rows(sf_document *d, size_t first, size_t last)
{
    for (size_t i = first; i <= last; i++) {
        const sf_feature *f = &d->features[i];
        if (f->match == NULL || f->match_last > last || !sf_has_capital(d, i)) {
            continue;
        }
        sf_candidate c = {.first = (uint32_t)i, .last = f->match_last, .keep = 1, .rule = SF_RULE_GAZETTEER};
        c.entry = f->match;
        c.label = (uint8_t)(f->match->flags & SF_NAME_LABEL);
        if (c.label != SF_LABEL_NONE && add_found(d, &c) != SF_OK) {
            return SF_ENOMEM;
        }
        i = f->match_last;
    }
    return SF_OK;
}

/* Adds a name without signs at its ends; of signs alone there is none. */
static int add_name(sf_document *d, size_t first, size_t last, int kind)
{
    while (first < last && is_sign(d, first)) {
        first++;
    }
    while (last > first && is_sign(d, last)) {
        last--;
    }
    first = without_article(d, first, last);
    if (is_sign(d, first) || has_foreign_words_only(d, first, last)) {
        return SF_OK;
    }
    sf_candidate c = {.first = (uint32_t)first, .last = (uint32_t)last, .keep = 1};
    const sf_dict_entry *e = sf_document_name(d, first, last);
    if (is_no_name(d, first, last, e)) {
        return SF_OK;
    }
    if (e == NULL && first > 0 && sf_token_is(d, first - 1, "the")) {
        e = sf_document_name(d, first - 1, last); /* The Verge */
    }
    if (e == NULL && first == last &&
        (is_identifier(d, first) || is_quantity(d, first) || sf_is_no_new_name(d, first))) {
        return SF_OK;
    }
    c.label = (uint8_t)label_of_kind(e == NULL ? kind_by_cue(d, first, last, kind) : kind);
    c.rule = d->atoms[first].at[SF_ATOM_GUESS] != 0 ? d->atoms[first].at[SF_ATOM_REASON] : SF_RULE_WEIGHED;
    if (e != NULL && fits(d, e, c.label)) {
        c.entry = e;
        c.rule = d->tokens.at[first].kind == SF_TOKEN_HASHTAG ? SF_RULE_HASHTAG : SF_RULE_GAZETTEER;
        if ((e->flags & SF_NAME_LABEL) != SF_LABEL_OWN) {
            c.label = (uint8_t)(e->flags & SF_NAME_LABEL);
        }
    }
    return add_found(d, &c);
}

/* Whether a part that follows another may be a name: the gazetteer has it, or it has a word that is no ordinary one. */
static int stands_by_itself(const sf_document *d, size_t first, size_t last)
{
    if (sf_document_name(d, first, last) != NULL) {
        return 1;
    }
    for (size_t i = first; i <= last; i++) {
        if (sf_has_capital(d, i) && d->features[i].share < 50 && (d->features[i].word & SF_WORD_STOP) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Adds a part: of a sentence the names that are known, of two things with a verb between them those that are names without it, else what it is. */
static int add_part(sf_document *d, size_t first, size_t last, int kind, int sure)
{
    if (sf_document_is_clause(d, first, last)) {
        return add_rows(d, first, last);
    }
    size_t verb = sf_document_verb(d, first, last);
    sure &= verb > last;
    if ((sure || stands_by_itself(d, first, verb - 1)) && add_name(d, first, verb - 1, kind) != SF_OK) {
        return SF_ENOMEM;
    }
    return verb > last || !stands_by_itself(d, verb + 1, last) ? SF_OK : add_name(d, verb + 1, last, kind);
}

/* Adds what is tagged as one name, which may be several. */
static int add_names(sf_document *d, size_t first, size_t last, int kind)
{
    for (size_t begin = first; first <= last;) {
        size_t end = sf_document_part(d, first, last, kind);
        if (add_part(d, first, end, kind, first == begin) != SF_OK) {
            return SF_ENOMEM;
        }
        for (first = end + 1; first <= last && !sf_has_capital(d, first); first++) {
        }
    }
    return SF_OK;
}

/* Whether a token is a product of the gazetteer whose name is no word besides: Log4j, javascript. */
static int is_known_product(const sf_document *d, size_t i)
{
    const sf_feature *f = &d->features[i];
    const sf_token *t = &d->tokens.at[i];
    int label = f->match != NULL ? (int)(f->match->flags & SF_NAME_LABEL) : SF_LABEL_NONE;
    int spelt =
        (t->flags & SF_TOKEN_DOTTED) != 0 || (t->fold_len >= 4 && (f->share < 15 || (f->word & SF_WORD_KNOWN) == 0));
    return f->match_last == i && spelt &&
           (label == SF_LABEL_PROD || ((label == SF_LABEL_ORG || label == SF_LABEL_LOC) && sf_has_capital(d, i)));
}

/* The tokens of a name of several words of the gazetteer, with capitals, of which the rules make nothing: there are few
 * products in what they learnt from. 0: none. */
static size_t known_name(const sf_document *d, size_t first, size_t end)
{
    size_t i = first;
    if (is_known_product(d, first)) {
        return 1;
    }
    if (d->atoms[first].at[SF_ATOM_NAME] % 4 != 1 || !is_thing((d->atoms[first].at[SF_ATOM_NAME] - 1U) / 4)) {
        return 0;
    }
    do {
        if (d->back[i].tag != SF_TAG_O || !sf_has_capital(d, i)) {
            return 0;
        }
        i++;
    } while (i < end && d->atoms[i].at[SF_ATOM_NAME] == d->atoms[first].at[SF_ATOM_NAME] + 1);
    const sf_dict_entry *e = sf_document_name(d, first, i - 1);
    return e != NULL && is_thing(e->flags & SF_NAME_LABEL) && i > first + 1 ? i - first : 0;
}

/* The tokens of a name of the gazetteer, with a capital inside a sentence of another language, of which the rules, which are of English, make
 * nothing: em Londres. 0: none. */
static size_t foreign_name(const sf_document *d, size_t first, size_t end)
{
    const sf_feature *f = &d->features[first];
    size_t last = f->match_last;
    if (!d->foreign || f->match == NULL || last >= end || (f->flags & SF_FEATURE_START) || !sf_has_capital(d, first)) {
        return 0;
    }
    unsigned label = f->match->flags & SF_NAME_LABEL;
    for (size_t i = first; i <= last; i++) {
        if (d->back[i].tag != SF_TAG_O) {
            return 0;
        }
    }
    return label == SF_LABEL_LOC || label == SF_LABEL_ORG ? last - first + 1 : 0;
}

/* The tokens of two names that are one work's, since they stand together between "the" and what works are called: the Ratchet and Clank
 * Movie. 0: none, or one of them is known by itself (the Disney and Pixar Movie). */
static size_t joined_work(const sf_document *d, size_t first, size_t end)
{
    enum { JOINED = 3 };
    size_t work = first + JOINED;
    if (first == 0 || work > end || work >= d->tokens.n || !sf_token_is(d, first - 1, "the") ||
        !(sf_token_is(d, first + 1, "and") || sf_token_is(d, first + 1, "&")) ||
        (d->features[work].name & SF_NAME_WORK_WORD) == 0 || (d->tokens.at[work].flags & SF_TOKEN_LINE)) {
        return 0;
    }
    int names = sf_has_capital(d, first) && sf_has_capital(d, first + 2);
    int known = d->features[first].match != NULL || d->features[first + 2].match != NULL;
    return names && !known ? JOINED : 0;
}

static int kind_of_guess(const sf_document *d, size_t i)
{
    unsigned label = (d->atoms[i].at[SF_ATOM_GUESS] - 1U) / 2;
    for (int kind = 0; kind < SF_KIND_COUNT; kind++) {
        if (label_of_kind(kind) == label) {
            return kind;
        }
    }
    return SF_KIND_MISC;
}

static int collect(sf_document *d, size_t first, size_t end)
{
    for (size_t i = first; i < end;) {
        int tag = d->back[i].tag;
        size_t last = i;
        size_t joined = joined_work(d, i, end);
        if (joined > 0) {
            if (add_name(d, i, i + joined - 1, SF_KIND_WORK) != SF_OK) {
                return SF_ENOMEM;
            }
            i += joined + 1; /* what the work is called is no part of its name */
            continue;
        }
        if (tag == SF_TAG_O) {
            size_t known = known_name(d, i, end);
            known = known > 0 ? known : foreign_name(d, i, end);
            if (known == 0 && sf_is_new_name(d, i) && add_name(d, i, i, kind_of_guess(d, i)) != SF_OK) {
                return SF_ENOMEM;
            }
            if (known > 0 && add_name(d, i, i + known - 1, SF_KIND_MISC) != SF_OK) {
                return SF_ENOMEM;
            }
            i += known > 0 ? known : 1;
            continue;
        }
        int kind = (tag - 1) / 2;
        while (last + 1 < end && d->back[last + 1].tag == SF_TAG_INSIDE + 2 * kind &&
               (d->tokens.at[last + 1].flags & SF_TOKEN_LINE) == 0) {
            last++;
        }
        if (add_names(d, i, last, kind) != SF_OK) {
            return SF_ENOMEM;
        }
        i = last + 1;
    }
    return SF_OK;
}

/* Without rules, what the plain ones make of the text is what there is. */
static int take_guesses(sf_document *d)
{
    size_t given = 0;
    for (size_t i = 0; i <= d->n_candidates; i++) {
        const sf_candidate *c = i < d->n_candidates ? &d->candidates[i] : NULL;
        for (; given < d->n_given && (c == NULL || d->given[given].first < c->first); given++) {
            if (add_found(d, &d->given[given]) != SF_OK) {
                return SF_ENOMEM;
            }
        }
        int taken = 0;
        for (size_t k = c != NULL ? c->first : 1; c != NULL && k <= c->last; k++) {
            taken |= d->weighed[k] == SF_GIVEN;
        }
        if (c != NULL && c->keep && !taken && add_found(d, c) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}

int sf_document_collect(sf_document *d)
{
    if (!d->lexicon->rules.any) {
        d->n_found = 0;
        return take_guesses(d);
    }
    int status = sf_grow(&d->back, &d->cap_back, d->tokens.n, sizeof *d->back);
    size_t given = 0;
    d->n_found = 0;
    for (size_t i = 0; status == SF_OK && i < d->tokens.n && d->n_found < SF_MAX_ENTITIES;) {
        size_t end = i;
        while (end < d->tokens.n && d->weighed[end] == 1) {
            end++;
        }
        if (end > i) {
            sf_document_tag(d, i, end);
            status = collect(d, i, end);
            i = end;
        } else if (given < d->n_given && d->given[given].first == i) {
            size_t last = i;
            while (status == SF_OK && given < d->n_given &&
                   d->given[given].first <= last) { /* several may share a word */
                status = add_found(d, &d->given[given]);
                last = d->given[given++].last;
            }
            i = last + 1;
        } else {
            i++;
        }
    }
    return status;
}
