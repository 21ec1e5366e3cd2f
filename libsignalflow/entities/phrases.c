/* SPDX-License-Identifier: MIT */
/* Topics that are no names: terms of several words, "interest rates", beside the names that were found. */
#include "entities/phrases.h"

/* The longest term that starts at a token and touches no name, or NULL. */
static const sf_dict_entry *term_at(const sf_document *d, size_t first, size_t *last)
{
    const sf_dict_entry *best = NULL;
    sf_walk w = {.entry = d->features[first].entry, .hash = d->tokens.at[first].hash};
    for (size_t i = first; w.entry != NULL; i++) {
        if (w.entry->flags & SF_NAME_PHRASE) {
            best = w.entry;
            *last = i;
        }
        if (!sf_document_walk(d, first, i, &w)) {
            break;
        }
    }
    return best;
}

size_t sf_document_phrases(const sf_document *d, sf_phrase out[SF_MAX_TOPICS])
{
    size_t n = 0, name = 0;
    for (size_t i = 0; i < d->tokens.n && n < SF_MAX_TOPICS;) {
        size_t last = i;
        while (name < d->n_found && d->found[name].last < i) {
            name++;
        }
        const sf_dict_entry *e = d->features[i].entry != NULL ? term_at(d, i, &last) : NULL;
        if (e != NULL && (name == d->n_found || d->found[name].first > last)) {
            out[n].start = d->tokens.at[i].start;
            out[n++].id = sf_name_id(&d->lexicon->names, e);
        }
        i = last + 1;
    }
    return n;
}
