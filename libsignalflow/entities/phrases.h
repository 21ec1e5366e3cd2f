/* SPDX-License-Identifier: MIT */
/* Topics that are no names: see phrases.c. */
#ifndef SF_PHRASES_H
#define SF_PHRASES_H

#include "entities/document.h"

typedef struct sf_phrase {
    uint32_t start; /* byte */
    sf_str id;      /* the lexicon's */
} sf_phrase;

/* The first terms of a text whose names have been found, by place; returns how many. */
size_t sf_document_phrases(const sf_document *d, sf_phrase out[SF_MAX_TOPICS]);

#endif
