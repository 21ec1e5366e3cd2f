/* SPDX-License-Identifier: MIT */
/* 128-bit hashes of names: the same on every machine and for ever, so that ids can be made of them; and places in tables of ids. */
#ifndef SF_HASH_H
#define SF_HASH_H

#include "signalflow/signal.h"

typedef struct sf_hash {
    uint64_t high, low;
} sf_hash;

/* SipHash-2-4 with 128 bits of output of n parts, each with its length, so that ("ab", "c") and
 * ("a", "bc") differ. */
sf_hash sf_hash_parts(const sf_str *parts, size_t n);

/* The key of a post: platform and source_id. */
sf_hash sf_hash_post(int32_t platform, sf_str source_id);

static inline int sf_hash_equal(sf_hash a, sf_hash b)
{
    return a.high == b.high && a.low == b.low;
}

/* A place for an id among n, of at most 2^32. Ids that follow one another lie apart. */
static inline size_t sf_hash_slot(uint64_t id, size_t n)
{
    return (size_t)(((id * 0x9E3779B97F4A7C15U) >> 32) * (uint64_t)n >> 32);
}

/* The plain function, as its authors define it (tests compare it with their vectors). */
sf_hash sf_siphash128(const unsigned char key[16], sf_str bytes);

#endif
