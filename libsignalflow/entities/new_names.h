/* SPDX-License-Identifier: MIT */
/* Names that are in no table: see new_names.c. */
#ifndef SF_NEW_NAMES_H
#define SF_NEW_NAMES_H

#include "entities/document.h"

/* v2.0 */
int sf_is_version(const sf_document *d, size_t i);

/* Whether a word of no list, at the start of a sentence, is one that somebody mistyped or drew out. */
int sf_is_no_new_name(const sf_document *d, size_t i);

/* Whether a token is a new name that weights have missed. */
int sf_is_new_name(const sf_document *d, size_t i);

#endif
