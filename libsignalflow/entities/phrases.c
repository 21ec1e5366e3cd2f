/* SPDX-License-Identifier: MIT */
/* Topics that are no names: terms of several words, "interest rates", beside the names that were found; where there is neither, nouns in a
 * row (compounds.c). */
#include "entities/phrases.h"

size_t sf_document_phrases(sf_document *d, sf_phrase out[SF_MAX_TOPICS])
{
    size_t n = 0, name = 0;
    for (size_t i = 0; i < d->tokens.n && n < SF_MAX_TOPICS;) {
        const sf_feature *f = &d->features[i];
        size_t last = f->term != NULL ? f->term_last : i;
        while (name < d->n_found && d->found[name].last < i) {
            name++;
        }
        if (f->term != NULL && (name == d->n_found || d->found[name].first > last)) {
            out[n].start = d->tokens.at[i].start;
            out[n++].id = sf_name_id(&d->lexicon->names, f->term);
        }
        i = last + 1;
    }
    return n == 0 && d->n_found == 0 ? (size_t)sf_document_compound(d, &out[0]) : n;
}
