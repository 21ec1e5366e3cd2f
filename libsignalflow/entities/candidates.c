/* SPDX-License-Identifier: MIT */
/* From features to candidates: left to right, the longest name of the gazetteer or run of capitals at each place. */
#include "entities/document.h"
#include "memory.h"

/* ---- runs of capitals ---- */

static int is_none(const sf_feature *f)
{
    return (f->name & SF_NAME_FULL) && (f->name & SF_NAME_LABEL) == SF_LABEL_NONE;
}

static int is_people(const sf_feature *f)
{
    return (f->name & SF_NAME_PEOPLE) && (f->name & SF_NAME_FULL) == 0;
}

/* Whether a token with a capital can be inside a run, judged by what capitals are worth in its line. */
static int can_be_inside(const sf_document *d, size_t i)
{
    const sf_feature *f = &d->features[i];
    if (!sf_has_capital(d, i)) {
        return 0;
    }
    if (f->word & SF_WORD_STOP) { /* but for initials, and stop words of other languages: Al, Dos */
        return d->tokens.at[i].shape == SF_SHAPE_LETTER ||
               (f->share < 50 && (f->name & (SF_NAME_GIVEN | SF_NAME_FAMILY)));
    }
    if (f->flags & SF_FEATURE_SHOUT) {
        return f->share >= 0 ? f->share < 15 : (f->name & (SF_NAME_GIVEN | SF_NAME_FAMILY)) != 0;
    }
    if (f->flags & SF_FEATURE_HEADLINE) {
        return f->share < 40;
    }
    return 1;
}

static int adjacent(const sf_document *d, size_t i)
{
    return i < d->tokens.n && (d->tokens.at[i].flags & SF_TOKEN_LINE) == 0 &&
           (d->tokens.at[i - 1].flags & SF_TOKEN_POSSESSIVE) == 0;
}

/* Words in lower case that stand inside names: how many there are at i, 0 where the run ends. */
static size_t connector_at(const sf_document *d, size_t i)
{
    static const char *const small[] = {"of",  "de", "van", "von", "la", "del", "di", "da",  "bin",
                                        "ibn", "al", "el",  "der", "du", "le",  "&",  "'n'", "dos"};
    for (size_t k = 0; k < sizeof small / sizeof *small; k++) {
        if (sf_token_is(d, i, small[k])) {
            size_t n = k == 0 && sf_token_is(d, i + 1, "the") ? 2 : 1;
            if (k == 0 && (d->features[i - 1].name & SF_NAME_TITLE)) {
                return 0; /* President of the United States: two things */
            }
            return adjacent(d, i) && adjacent(d, i + n) && can_be_inside(d, i + n) ? n : 0;
        }
    }
    return 0;
}

static size_t run_end(const sf_document *d, size_t first)
{
    size_t last = first;
    for (;;) {
        size_t next = last + 1;
        if (next < d->tokens.n && adjacent(d, next)) {
            if (can_be_inside(d, next)) {
                last = next;
                continue;
            }
            size_t n = connector_at(d, next);
            if (n > 0) {
                last = next + n;
                continue;
            }
        }
        return last;
    }
}

/* ---- collecting ---- */

static int add(sf_document *d, size_t first, size_t last, const sf_dict_entry *e, sf_rule rule)
{
    if (sf_grow(&d->candidates, &d->cap_candidates, d->n_candidates + 1, sizeof *d->candidates) != SF_OK) {
        return SF_ENOMEM;
    }
    sf_candidate *c = &d->candidates[d->n_candidates++];
    *c = (sf_candidate){.first = (uint32_t)first, .last = (uint32_t)last, .entry = e, .rule = (uint8_t)rule};
    if (e != NULL) {
        c->label = (uint8_t)(e->flags & SF_NAME_LABEL);
    }
    return SF_OK;
}

static int ends_with_cue(const sf_document *d, size_t first, size_t last)
{
    const unsigned cue = SF_NAME_ORG_WORD | SF_NAME_LOC_WORD | SF_NAME_EVENT_WORD | SF_NAME_WORK_WORD;
    return first < last && (d->features[last].name & cue) != 0;
}

/* Bank of Calder, Port Calder: a word of organisation or place, then a name; but Port Windows, which is known without. */
static int begins_with_cue(const sf_document *d, size_t first, size_t last)
{
    int of = first + 1 < last && sf_token_is(d, first + 1, "of");
    size_t next = first + (of ? 2 : 1);
    uint32_t cues = of ? SF_NAME_LOC_WORD | SF_NAME_ORG_WORD : SF_NAME_LOC_WORD;
    const sf_feature *f = &d->features[next <= last ? next : last];
    return (d->features[first].name & cues) != 0 && next <= last && f->share < 50 && !is_people(f) &&
           (of || f->match == NULL);
}

/* Whether the first word of a run is no part of the name that the run holds. */
static int is_dispensable(const sf_document *d, size_t first, size_t last)
{
    const sf_feature *f = &d->features[first];
    int has_cue = ends_with_cue(d, first, last);
    if (is_none(f) || is_people(f)) {
        return !(has_cue && (f->name & SF_NAME_LOC_WORD));
    }
    return ((f->name & SF_NAME_TITLE) && first < last) ||
           ((f->flags & SF_FEATURE_START) && f->share >= 75 && !(f->name & SF_NAME_FULL) &&
            !begins_with_cue(d, first, last));
}

/* Cuts from a run what its capital does not make a name. Returns 0 where nothing is left. */
static int trim(const sf_document *d, size_t *first, size_t *last)
{
    size_t from = *first;
    size_t end = *last + 1;
    while (from < end && (is_none(&d->features[end - 1]) || is_people(&d->features[end - 1]))) {
        end--;
    }
    while (from < end && (!sf_has_capital(d, from) || is_dispensable(d, from, end - 1))) {
        from++;
    }
    while (from < end && !sf_has_capital(d, end - 1)) {
        end--;
    }
    *first = from;
    *last = end - 1;
    return from < end;
}

static int add_hashtag(sf_document *d, size_t i)
{
    const sf_dict_entry *e = d->features[i].entry;
    if (e != NULL && (e->flags & SF_NAME_FULL) && (e->flags & SF_NAME_LABEL) != SF_LABEL_NONE) {
        return add(d, i, i, e, SF_RULE_HASHTAG);
    }
    return SF_OK;
}

/* A run that starts at i, without what the gazetteer has at its end. Sets *next to where to go on. */
static int add_run(sf_document *d, size_t i, size_t end, size_t *next)
{
    size_t first = i;
    size_t last = end;
    *next = end + 1;
    if (!trim(d, &first, &last)) {
        return SF_OK;
    }
    if (first > i && d->features[first].match != NULL) { /* what is left after trimming may be a name of the table */
        *next = first;
        return SF_OK;
    }
    return add(d, first, last, NULL, SF_RULE_RUN);
}

/* A first name in lower case that is hardly ever a word: kevin, but not mark. */
static int is_small_given_name(const sf_document *d, size_t i)
{
    const sf_feature *f = &d->features[i];
    return (f->name & SF_NAME_GIVEN) && (f->word & SF_WORD_KNOWN) && f->share <= 15 && f->zipf > 3.0F &&
           d->tokens.at[i].shape == SF_SHAPE_LOWER;
}

/* Whether a name of the table may be the beginning of the longer one that the run spells: St. Louis Eagles. */
static int grows(const sf_document *d, const sf_dict_entry *e, size_t last)
{
    const sf_feature *next = &d->features[last + 1];
    return (e->flags & SF_NAME_LABEL) != SF_LABEL_PER &&
           (next->flags & (SF_FEATURE_HEADLINE | SF_FEATURE_SHOUT)) == 0 &&
           (next->name & (SF_NAME_FULL | SF_NAME_GIVEN)) == 0;
}

static int step(sf_document *d, size_t i, size_t *next)
{
    *next = i + 1;
    if (d->tokens.at[i].kind == SF_TOKEN_HASHTAG) {
        return add_hashtag(d, i);
    }
    if (d->tokens.at[i].fold_len == 0) {
        return SF_OK;
    }
    const sf_dict_entry *e = d->features[i].match;
    size_t match_last = d->features[i].match_last;
    int none = e != NULL && (e->flags & SF_NAME_LABEL) == SF_LABEL_NONE;
    if (none && match_last > i) {
        *next = match_last + 1;
        return SF_OK;
    }
    if (!can_be_inside(d, i)) {
        if (e == NULL || none) {
            return !none && is_small_given_name(d, i) ? add(d, i, i, NULL, SF_RULE_PERSON) : SF_OK;
        }
        *next = match_last + 1;
        return add(d, i, match_last, e, SF_RULE_GAZETTEER);
    }
    size_t end = run_end(d, i);
    if (is_people(&d->features[i]) && (e == NULL || match_last == i) && !ends_with_cue(d, i, end)) {
        return d->features[i].flags & SF_FEATURE_CAREFUL ? add(d, i, i, NULL, SF_RULE_PEOPLE) : SF_OK;
    }
    if (e != NULL && !none && (match_last >= end || (match_last > i && !grows(d, e, match_last)))) {
        *next = match_last + 1;
        return add(d, i, match_last, e, SF_RULE_GAZETTEER);
    }
    return add_run(d, i, end, next);
}

int sf_document_candidates(sf_document *d)
{
    int status = SF_OK;
    d->n_candidates = 0;
    for (size_t i = 0; status == SF_OK && i < d->tokens.n;) {
        size_t next = i + 1;
        status = step(d, i, &next);
        i = next > i ? next : i + 1;
    }
    return status;
}
