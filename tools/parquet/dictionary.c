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
    sf_buffer bytes;
    slot *slots;
    size_t mask;
    size_t n;
    slot last; /* the value that was asked for last; place 0: none */
};

enum { LEAST_SLOTS = 64 };

int sf_dictionary_new(sf_dictionary **out)
{
    sf_dictionary *d = calloc(1, sizeof *d);
    if (d != NULL && (d->slots = calloc(LEAST_SLOTS, sizeof *d->slots)) != NULL) {
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
    d->last = (slot){.place = 0};
}

/* FNV-1a, eight bytes at a time: values are short, and nobody gains by collisions in a column that has few. */
static uint32_t hash_of(sf_str v)
{
    uint64_t h = 0xcbf29ce484222325u ^ v.len, word;
    size_t i = 0;
    for (; i + 8 <= v.len; i += 8) {
        memcpy(&word, v.ptr + i, 8);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    for (; i < v.len; i++) {
        h = (h ^ (unsigned char)v.ptr[i]) * 0x100000001b3u;
    }
    h *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

static slot *find(const sf_dictionary *d, sf_str v, uint32_t hash)
{
    size_t i = hash & d->mask;
    for (; d->slots[i].place != 0; i = (i + 1) & d->mask) {
        const slot *s = &d->slots[i];
        if (s->hash == hash && s->len == v.len && memcmp(d->bytes.bytes + s->at, v.ptr, v.len) == 0) {
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
        return 0;
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
    return 1;
}

int64_t sf_dictionary_place(sf_dictionary *d, sf_str v)
{
    v.ptr = v.len > 0 ? v.ptr : "";
    if (d->last.place != 0 && d->last.len == v.len && memcmp(d->bytes.bytes + d->last.at, v.ptr, v.len) == 0) {
        return (int64_t)d->last.place - 1;
    }
    uint32_t hash = hash_of(v);
    slot *s = find(d, v, hash);
    if (s->place == 0) {
        uint32_t len = (uint32_t)v.len;
        if (d->n * 2 > d->mask) {
            if (!grow(d)) {
                return -1;
            }
            s = find(d, v, hash);
        }
        sf_buffer_put(&d->bytes, (const char *)&len, sizeof len);
        *s = (slot){hash, (uint32_t)++d->n, (uint32_t)d->bytes.len, len};
        sf_buffer_put(&d->bytes, v.ptr, v.len);
    }
    d->last = *s;
    return d->bytes.lost ? -1 : (int64_t)s->place - 1;
}

size_t sf_dictionary_count(const sf_dictionary *d)
{
    return d->n;
}

sf_str sf_dictionary_bytes(const sf_dictionary *d)
{
    return (sf_str){d->bytes.bytes, d->bytes.len};
}
