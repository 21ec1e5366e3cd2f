/* SPDX-License-Identifier: MIT */
/* The different values of a column: a table of places with open addressing over their bytes as the page will have them. */
#include "dictionary.h"

#include <stdlib.h>

typedef struct slot {
    uint32_t hash;
    uint32_t place; /* from 1; 0: empty */
    uint32_t at;    /* of the bytes, behind their length */
    uint32_t len;
} slot;

struct sf_dictionary {
    size_t width;
    sf_buffer bytes;
    slot *slots;
    size_t mask;
    size_t n;
};

enum { LEAST_SLOTS = 64, TOGETHER = 64 };

int sf_dictionary_new(sf_dictionary **out, size_t width)
{
    sf_dictionary *d = calloc(1, sizeof *d);
    if (d != NULL && (d->slots = calloc(LEAST_SLOTS, sizeof *d->slots)) != NULL) {
        d->width = width;
        d->mask = LEAST_SLOTS - 1;
        *out = d;
        return SF_OK;
    }
    free(d);
    return SF_ENOMEM;
}

void sf_dictionary_free(sf_dictionary *d)
{
    if (d != NULL) {
        sf_buffer_free(&d->bytes);
        free(d->slots);
        free(d);
    }
}

void sf_dictionary_reset(sf_dictionary *d)
{
    memset(d->slots, 0, (d->mask + 1) * sizeof *d->slots);
    sf_buffer_cut(&d->bytes, 0);
    d->n = 0;
}

/* ---- hashing ------------------------------------------------------------------------------------------------------ */

static uint64_t load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t load4(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

/* What lies behind the first words of eight bytes, as one word: the last eight bytes, or all of fewer. */
static uint64_t tail_of(sf_str v)
{
    return v.len >= 8   ? load8(v.ptr + v.len - 8)
           : v.len >= 4 ? load4(v.ptr) << 32 | load4(v.ptr + v.len - 4)
           : v.len > 0  ? (uint64_t)(unsigned char)v.ptr[0] << 16 | (uint64_t)(unsigned char)v.ptr[v.len / 2] << 8 |
                             (unsigned char)v.ptr[v.len - 1]
                       : 0;
}

/* Eight bytes at a time; nobody gains by collisions in a column of few values. */
static uint32_t hash_of(sf_str v)
{
    uint64_t h = v.len;
    for (size_t i = 0; i + 8 < v.len; i += 8) {
        h = mix(h, load8(v.ptr + i));
    }
    return (uint32_t)(mix(h, tail_of(v)) >> 16);
}

/* Are both, of one length, the same? Most are too short to be worth a call. */
static int same(sf_str a, sf_str b)
{
    for (size_t i = 0; i + 8 < a.len; i += 8) {
        if (load8(a.ptr + i) != load8(b.ptr + i)) {
            return 0;
        }
    }
    return tail_of(a) == tail_of(b);
}

/* ---- looking up --------------------------------------------------------------------------------------------------- */

static slot *find(const sf_dictionary *d, sf_str v, uint32_t hash)
{
    size_t i = hash & d->mask;
    for (; d->slots[i].place != 0; i = (i + 1) & d->mask) {
        const slot *s = &d->slots[i];
        if (s->hash == hash && s->len == v.len && same((sf_str){d->bytes.bytes + s->at, s->len}, v)) {
            break;
        }
    }
    return &d->slots[i];
}

static int grow(sf_dictionary *d)
{
    size_t size = (d->mask + 1) * 2;
    slot *slots = calloc(size, sizeof *slots), *old = d->slots;
    if (slots == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i <= d->mask; i++) {
        if (old[i].place != 0) {
            size_t at = old[i].hash & (size - 1);
            while (slots[at].place != 0) {
                at = (at + 1) & (size - 1);
            }
            slots[at] = old[i];
        }
    }
    d->slots = slots;
    d->mask = size - 1;
    free(old);
    return SF_OK;
}

static void add(sf_dictionary *d, slot *s, sf_str v, uint32_t hash)
{
    uint32_t len = (uint32_t)v.len;
    if (d->width == 0) {
        sf_buffer_put(&d->bytes, (const char *)&len, sizeof len);
    }
    *s = (slot){hash, (uint32_t)++d->n, (uint32_t)d->bytes.len, len};
    sf_buffer_put(&d->bytes, v.ptr, v.len);
}

/* Many at a time: where each one's slot lies, and where the bytes are that it must be compared with, is asked of the memory for
 * all of them before the first is waited for. */
static void look_up(sf_dictionary *d, const sf_str *v, size_t n, uint32_t *places)
{
    uint32_t hashes[TOGETHER];
    for (size_t i = 0; i < n; i++) {
        hashes[i] = hash_of(v[i]);
        __builtin_prefetch(&d->slots[hashes[i] & d->mask]);
    }
    for (size_t i = 0; i < n && d->n > 0; i++) {
        __builtin_prefetch(d->bytes.bytes + d->slots[hashes[i] & d->mask].at);
    }
    for (size_t i = 0; i < n; i++) {
        slot *s = find(d, v[i], hashes[i]);
        if (s->place == 0) {
            add(d, s, v[i], hashes[i]);
        }
        places[i] = s->place - 1;
    }
}

int sf_dictionary_places(sf_dictionary *d, const sf_str *values, size_t n, uint32_t *places)
{
    for (size_t at = 0; at < n; at += TOGETHER) {
        size_t some = n - at < TOGETHER ? n - at : TOGETHER;
        while ((d->n + some) * 2 > d->mask) { /* never more than half full */
            if (grow(d) != SF_OK) {
                return SF_ENOMEM;
            }
        }
        look_up(d, values + at, some, places + at);
    }
    return d->bytes.lost ? SF_ENOMEM : SF_OK;
}

size_t sf_dictionary_count(const sf_dictionary *d)
{
    return d->n;
}

sf_str sf_dictionary_bytes(const sf_dictionary *d)
{
    return (sf_str){d->bytes.bytes, d->bytes.len};
}
