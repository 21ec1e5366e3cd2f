/* SPDX-License-Identifier: MIT */
/* Strings kept once: equal strings get the same address, so that they compare as pointers. */
#ifndef SF_INTERN_H
#define SF_INTERN_H

#include "signalflow/signal.h"

typedef struct sf_intern {
    sf_batch *memory; /* where the bytes live */
    sf_str *slots;    /* open addressing; ptr NULL: free */
    size_t n_slots;   /* a power of two, at least twice n */
    size_t n;
} sf_intern;

int sf_intern_init(sf_intern *in); /* SF_OK, SF_ENOMEM */
void sf_intern_free(sf_intern *in);
void sf_intern_reset(sf_intern *in); /* forgets all, keeps the memory */

/* The kept copy of text, valid until reset. SF_OK, SF_ENOMEM. */
int sf_intern_put(sf_intern *in, sf_str text, sf_str *out);

/* Order of kept strings by their bytes: negative, 0, positive. */
int sf_intern_compare(sf_str a, sf_str b);

#endif
