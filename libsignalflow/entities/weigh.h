/* SPDX-License-Identifier: MIT */
/* What the weighted rules see of a token, shared by those who weigh, explain and learn; and what they make of it. */
#ifndef SF_WEIGH_H
#define SF_WEIGH_H

#include "entities/document.h"

/* A token and its neighbours in the same line. */
typedef struct sf_sight {
    const uint8_t *atoms[SF_WORD_PLACES]; /* of the tokens from two before to two behind */
    size_t token[SF_WORD_PLACES];         /* which they are; SIZE_MAX: beyond the line */
    uint32_t word[SF_WORD_PLACES];        /* their places in sf_rules.word_rules */
    uint32_t letters[3];                  /* SF_ATOM_ENDING3, SF_ATOM_ENDING2, SF_ATOM_START3 of the token itself */
} sf_sight;

void sf_sight_of(const sf_document *d, size_t i, sf_sight *s);

/* The value of a template here. */
uint32_t sf_sight_value(const sf_sight *s, const sf_template *t);

/* Tags for the tokens first..end-1, between tokens that are O. */
void sf_document_tag(sf_document *d, size_t first, size_t end);

/* By how much the rules, asked of a token alone, prefer O to the beginning of any name, in hundredths. */
int sf_document_denial(const sf_document *d, size_t i);

#endif
