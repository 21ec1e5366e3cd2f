/* SPDX-License-Identifier: MIT */
/* Names that are in no table: see new_names.c. */
#ifndef SF_NEW_NAMES_H
#define SF_NEW_NAMES_H

#include "entities/document.h"

/* v2.0 */
int sf_is_version(const sf_document *d, size_t i);

/* Whether a word of no list that starts a sentence has a letter three times in a row. */
int sf_is_drawn_out(const sf_document *d, size_t i);

/* Whether a token is a new name that weights have missed. */
int sf_is_new_name(const sf_document *d, size_t i);

#endif
