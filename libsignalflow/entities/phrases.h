/* SPDX-License-Identifier: MIT */
/* Topics that are no names: see phrases.c. */
#ifndef SF_PHRASES_H
#define SF_PHRASES_H

#include "entities/document.h"

typedef struct sf_phrase {
    uint32_t start; /* byte */
    sf_str id;      /* the lexicon's, or the document's */
} sf_phrase;

/* The rarest compound of the first line of a text, which is the document's until its next text; returns whether there is one. */
int sf_document_compound(sf_document *d, sf_phrase *out);

/* The first terms of a text whose names have been found, by place, or if it has neither its compound; returns how many. */
size_t sf_document_phrases(sf_document *d, sf_phrase out[SF_MAX_TOPICS]);

#endif
