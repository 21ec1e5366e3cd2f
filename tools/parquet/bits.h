/* SPDX-License-Identifier: MIT */
/* How Parquet packs whole numbers: with a variable number of bytes, or with a fixed number of bits, one right behind the other,
 * from each byte's lowest bit on. */
#ifndef SF_PARQUET_BITS_H
#define SF_PARQUET_BITS_H

#include "common/buffer.h"

/* How many bits the numbers up to `most` take. */
static inline unsigned sf_bits_width(uint64_t most)
{
    return most == 0 ? 0 : 64 - (unsigned)__builtin_clzll(most);
}

static inline uint64_t sf_zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t sf_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (~(v & 1) + 1));
}

static inline void sf_varint_put(sf_buffer *to, uint64_t v)
{
    char bytes[10];
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) {
        bytes[n++] = (char)(unsigned char)(v | 0x80);
    }
    bytes[n++] = (char)(unsigned char)v;
    sf_buffer_put(to, bytes, n);
}

/* Takes one from `from` at *at, which goes on. 1; 0: it is cut off, or longer than any. */
static inline int sf_varint_get(sf_str from, size_t *at, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 64 && *at < from.len; shift += 7) {
        unsigned char byte = (unsigned char)from.ptr[(*at)++];
        *v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return 1;
        }
    }
    return 0;
}

/* Packed bits as they are written: `at` has room for all of them. */
typedef struct sf_bits {
    char *at;
    uint64_t bits;
    unsigned have; /* fewer than 32 between calls */
} sf_bits;

/* v has no more than `width` bits, which are at most 32. */
static inline void sf_bits_put(sf_bits *b, uint64_t v, unsigned width)
{
    b->bits |= v << b->have;
    b->have += width;
    if (b->have >= 32) {
        memcpy(b->at, &b->bits, 4);
        b->at += 4;
        b->bits >>= 32;
        b->have -= 32;
    }
}

/* Writes out what is left, the last byte filled up with zeros. */
static inline void sf_bits_end(sf_bits *b)
{
    for (; b->have > 0; b->have -= b->have < 8 ? b->have : 8, b->bits >>= 8) {
        *b->at++ = (char)(unsigned char)b->bits;
    }
}

/* The number of `width` bits, at most 32, that begins at bit `bit`; its bytes are there. */
static inline uint64_t sf_bits_get(sf_str from, size_t bit, unsigned width)
{
    uint64_t bits = 0;
    size_t at = bit / 8, left = from.len - at;
    memcpy(&bits, from.ptr + at, left < sizeof bits ? left : sizeof bits);
    return bits >> bit % 8 & ((UINT64_C(1) << width) - 1);
}

#endif
