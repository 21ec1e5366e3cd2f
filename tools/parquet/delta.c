/* SPDX-License-Identifier: MIT */
/* Steps between numbers, in blocks: the least step of the block, and what each step has beyond it, packed for every 32 of them with as many
 * bits as those need. Steps wrap around, so that they never have more bits than the numbers. */
#include "delta.h"

#include "bits.h"

enum { BLOCK = 128, PARTS = 4, PART = BLOCK / PARTS };

static int64_t wrap(uint64_t v, unsigned bits)
{
    return bits == 32 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

/* Packs PART numbers. */
static char *put_part(char *to, const uint64_t *v, unsigned width)
{
    sf_bits b = {.at = to};
    for (size_t i = 0; i < PART && width <= 32; i++) {
        sf_bits_put(&b, v[i], width);
    }
    for (size_t i = 0; i < PART && width > 32; i++) {
        sf_bits_put(&b, v[i] & UINT32_MAX, 32);
        sf_bits_put(&b, v[i] >> 32, width - 32);
    }
    return b.at; /* PART numbers end with a byte */
}

/* The steps to n numbers from each one's predecessor; v[-1] is the first's. */
static void put_block(sf_buffer *to, const int64_t *v, size_t n, unsigned bits)
{
    uint64_t steps[BLOCK] = {0};
    char widths[PARTS] = {0}, packed[BLOCK * 8], *at = packed;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        int64_t step = wrap((uint64_t)v[i] - (uint64_t)v[(ptrdiff_t)i - 1], bits);
        least = step < least ? step : least;
        steps[i] = (uint64_t)step;
    }
    for (size_t i = 0; i < n; i++) {
        steps[i] -= (uint64_t)least;
    }
    for (size_t part = 0; part * PART < n; part++) {
        uint64_t all = 0;
        for (size_t i = part * PART; i < (part + 1) * PART; i++) {
            all |= steps[i];
        }
        widths[part] = (char)sf_bits_width(all);
        at = put_part(at, steps + part * PART, sf_bits_width(all));
    }
    sf_varint_put(to, sf_zigzag(least));
    sf_buffer_put(to, widths, sizeof widths);
    sf_buffer_put(to, packed, (size_t)(at - packed));
}

void sf_delta_put(sf_buffer *to, const int64_t *v, size_t n, unsigned bits)
{
    sf_varint_put(to, BLOCK);
    sf_varint_put(to, PARTS);
    sf_varint_put(to, n);
    sf_varint_put(to, sf_zigzag(n > 0 ? v[0] : 0));
    for (size_t i = 1; i < n; i += BLOCK) {
        put_block(to, v + i, n - i < BLOCK ? n - i : BLOCK, bits);
    }
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static uint64_t part_at(sf_str part, size_t i, unsigned width)
{
    return width <= 32 ? sf_bits_get(part, i * width, width)
                       : sf_bits_get(part, i * width, 32) | sf_bits_get(part, i * width + 32, width - 32) << 32;
}

/* n numbers behind v[-1]. */
static int get_block(sf_str from, size_t *at, int64_t *v, size_t n, unsigned bits)
{
    uint64_t least;
    if (!sf_varint_get(from, at, &least) || from.len - *at < PARTS) {
        return 0;
    }
    const unsigned char *widths = (const unsigned char *)from.ptr + *at;
    *at += PARTS;
    for (size_t part = 0; part * PART < n; part++) {
        size_t bytes = (size_t)widths[part] * PART / 8, first = part * PART;
        if (widths[part] > bits || bytes > from.len - *at) {
            return 0;
        }
        sf_str packed = {from.ptr + *at, bytes};
        for (size_t i = first; i < n && i < first + PART; i++) {
            uint64_t step = part_at(packed, i - first, widths[part]) + (uint64_t)sf_unzigzag(least);
            v[i] = wrap((uint64_t)v[(ptrdiff_t)i - 1] + step, bits);
        }
        *at += bytes;
    }
    return 1;
}

int64_t sf_delta_get(sf_str from, int64_t *v, size_t n, unsigned bits)
{
    uint64_t block, parts, count, first;
    size_t at = 0;
    if (!sf_varint_get(from, &at, &block) || !sf_varint_get(from, &at, &parts) || !sf_varint_get(from, &at, &count) ||
        !sf_varint_get(from, &at, &first) || block != BLOCK || parts != PARTS || count != n) {
        return -1;
    }
    if (n > 0) {
        v[0] = wrap((uint64_t)sf_unzigzag(first), bits);
    }
    for (size_t i = 1; i < n; i += BLOCK) {
        if (!get_block(from, &at, v + i, n - i < BLOCK ? n - i : BLOCK, bits)) {
            return -1;
        }
    }
    return (int64_t)at;
}
