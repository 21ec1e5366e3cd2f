/* SPDX-License-Identifier: MIT */
/* Names that were tagged as one: see parts.c. */
#ifndef SF_PARTS_H
#define SF_PARTS_H

#include "entities/document.h"
#include "lexicon/rules.h"

/* The last token of the first name in what is tagged as one of a kind; `last` where it is one. */
size_t sf_document_part(const sf_document *d, size_t first, size_t last, int kind);

/* The verb inside that says of one thing what it does to another, Activision Kills Guitar Hero; last + 1 where there is none. */
size_t sf_document_verb(const sf_document *d, size_t first, size_t last);

/* Whether it says something of something: Facebook Activity Reveals Clues to Mental Illness. */
int sf_document_is_clause(const sf_document *d, size_t first, size_t last);

#endif
