/* SPDX-License-Identifier: MIT */
/* Names in scripts without spaces: see unspaced.c. */
#ifndef SF_UNSPACED_H
#define SF_UNSPACED_H

#include "entities/given.h"

/* Keeps the names of the gazetteer that stand inside Chinese, Japanese and Thai, and marks their tokens as given. */
void sf_document_unspaced(sf_document *d);

#endif
