/* SPDX-License-Identifier: MIT */
/* The different values of a column, each once, in order of first appearance. */
#ifndef SF_PARQUET_DICTIONARY_H
#define SF_PARQUET_DICTIONARY_H

#include "common/buffer.h"

typedef struct sf_dictionary sf_dictionary;

int sf_dictionary_new(sf_dictionary **out); /* SF_OK, SF_ENOMEM */
void sf_dictionary_free(sf_dictionary *d);
void sf_dictionary_reset(sf_dictionary *d);

/* The value's place, from 0; -1: memory is scarce. */
int64_t sf_dictionary_place(sf_dictionary *d, sf_str value);

size_t sf_dictionary_count(const sf_dictionary *d);
sf_str sf_dictionary_bytes(const sf_dictionary *d); /* PLAIN: each with its length in front */

#endif
