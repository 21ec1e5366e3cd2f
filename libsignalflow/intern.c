/* SPDX-License-Identifier: MIT */
/* Strings kept once. */
#include "intern.h"

#include <stdlib.h>

#include "lexicon/dict.h"

int sf_intern_init(sf_intern *in)
{
    memset(in, 0, sizeof *in);
    return sf_batch_new(&in->memory);
}

void sf_intern_free(sf_intern *in)
{
    sf_batch_free(in->memory);
    free(in->slots);
}

void sf_intern_reset(sf_intern *in)
{
    sf_batch_reset(in->memory);
    if (in->n > 0) {
        memset(in->slots, 0, in->n_slots * sizeof *in->slots);
    }
    in->n = 0;
}

static sf_str *slot_of(sf_str *slots, size_t n_slots, sf_str text)
{
    size_t i = sf_hash(text.ptr, text.len) & (n_slots - 1);
    while (slots[i].ptr != NULL && !(slots[i].len == text.len && memcmp(slots[i].ptr, text.ptr, text.len) == 0)) {
        i = (i + 1) & (n_slots - 1);
    }
    return &slots[i];
}

static int make_room(sf_intern *in)
{
    if ((in->n + 1) * 2 <= in->n_slots) {
        return SF_OK;
    }
    size_t n_slots = in->n_slots == 0 ? 64 : in->n_slots * 2;
    sf_str *slots = calloc(n_slots, sizeof *slots);
    if (slots == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < in->n_slots; i++) {
        if (in->slots[i].ptr != NULL) {
            *slot_of(slots, n_slots, in->slots[i]) = in->slots[i];
        }
    }
    free(in->slots);
    in->slots = slots;
    in->n_slots = n_slots;
    return SF_OK;
}

int sf_intern_put(sf_intern *in, sf_str text, sf_str *out)
{
    if (text.len == 0) {
        *out = sf_cstr("");
        return SF_OK;
    }
    if (make_room(in) != SF_OK) {
        return SF_ENOMEM;
    }
    sf_str *slot = slot_of(in->slots, in->n_slots, text);
    if (slot->ptr == NULL) {
        sf_str copy;
        if (sf_batch_copy(in->memory, text, &copy) != SF_OK) {
            return SF_ENOMEM;
        }
        *slot = copy;
        in->n++;
    }
    *out = *slot;
    return SF_OK;
}

int sf_intern_compare(sf_str a, sf_str b)
{
    if (a.ptr == b.ptr || (a.len == 0 && b.len == 0)) {
        return 0;
    }
    int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}
