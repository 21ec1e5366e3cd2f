/* SPDX-License-Identifier: MIT */
/* Lists of a signal as JSON, as stores keep them. What is made lives in the given arena. SF_OK, SF_ENOMEM. */
#ifndef SF_LISTS_H
#define SF_LISTS_H

#include "signalflow/signalflow.h"

int sf_list_strings(sf_batch *memory, const sf_str *v, size_t n, sf_str *out);
int sf_list_entities(sf_batch *memory, const sf_entity *v, size_t n, sf_str *out);

/* Strings, at most so many; what is none, or no list, has none. */
int sf_list_read(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n);

#endif
