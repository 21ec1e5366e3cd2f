/* SPDX-License-Identifier: MIT */
/* The different values of a column, each once, in order of first appearance. */
#ifndef SF_PARQUET_DICTIONARY_H
#define SF_PARQUET_DICTIONARY_H

#include "common/buffer.h"

typedef struct sf_dictionary sf_dictionary;

/* width: bytes of a value, all the same; 0: texts. SF_OK, SF_ENOMEM. */
int sf_dictionary_new(sf_dictionary **out, size_t width);
void sf_dictionary_free(sf_dictionary *d);
void sf_dictionary_reset(sf_dictionary *d);

/* The places of n values, from 0. SF_OK, SF_ENOMEM. */
int sf_dictionary_places(sf_dictionary *d, const sf_str *values, size_t n, uint32_t *places);

size_t sf_dictionary_count(const sf_dictionary *d);
sf_str sf_dictionary_bytes(const sf_dictionary *d); /* PLAIN: texts with their length in front */

#endif
