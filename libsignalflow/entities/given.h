/* SPDX-License-Identifier: MIT */
/* Names that are given: see given.c. */
#ifndef SF_GIVEN_H
#define SF_GIVEN_H

#include "entities/document.h"

/* Fills d->given, by place, and marks their tokens in d->weighed. SF_OK, SF_ENOMEM. */
int sf_document_given(sf_document *d, sf_matcher *m);

/* Keeps a name among those of d->given if it is one (keep) and among the first SF_MAX_ENTITIES. */
void sf_document_keep(sf_document *d, const sf_candidate *c);

#endif
