/* SPDX-License-Identifier: MIT */
/* Parquet's hybrid of runs and packed bits: a head of (count << 1) and one value, or of (groups of 8 << 1 | 1) and their bits. */
#include "runs.h"

#include "bits.h"

/* A run must be so long to be worth a head of its own; so many numbers are packed behind one head of one byte. */
enum { RUN_LEAST = 8, MOST_PACKED = 62 * RUN_LEAST };

/* Numbers of either size. */
typedef struct numbers {
    const uint32_t *wide;
    const uint8_t *narrow;
} numbers;

static uint32_t number_at(numbers v, size_t i)
{
    return v.wide != NULL ? v.wide[i] : v.narrow[i];
}

/* Are the eight from `at` on the same? */
static int is_run(numbers v, size_t at)
{
    uint32_t differ = 0;
    for (size_t i = at + 1; i < at + RUN_LEAST; i++) {
        differ |= number_at(v, i) ^ number_at(v, at);
    }
    return differ == 0;
}

static size_t run_length(numbers v, size_t at, size_t n)
{
    size_t end = at + RUN_LEAST;
    uint32_t first = number_at(v, at);
    while (n - end >= RUN_LEAST && is_run(v, end) && number_at(v, end) == first) {
        end += RUN_LEAST;
    }
    while (end < n && number_at(v, end) == first) {
        end++;
    }
    return end - at;
}

static void put_run(sf_buffer *to, uint32_t value, size_t n, unsigned width)
{
    char bytes[4];
    sf_varint_put(to, (uint64_t)n << 1);
    for (unsigned i = 0; i < (width + 7) / 8; i++) {
        bytes[i] = (char)(unsigned char)(value >> (8 * i));
    }
    sf_buffer_put(to, bytes, (width + 7) / 8);
}

/* Packs n numbers, filled up to whole groups of 8 by zeros. */
static void put_packed(sf_buffer *to, numbers v, size_t at, size_t n, unsigned width)
{
    char bytes[(MOST_PACKED + RUN_LEAST) * 4];
    sf_bits b = {.at = bytes};
    size_t groups = (n + 7) / 8;
    sf_varint_put(to, (uint64_t)groups << 1 | 1);
    for (size_t i = 0; i < n; i++) {
        sf_bits_put(&b, number_at(v, at + i), width);
    }
    for (size_t i = n; i < groups * 8; i++) {
        sf_bits_put(&b, 0, width);
    }
    sf_bits_end(&b);
    sf_buffer_put(to, bytes, (size_t)(b.at - bytes));
}

/* Eight by eight: they begin a run, or are packed. */
static void put_numbers(sf_buffer *to, numbers v, size_t n, unsigned width)
{
    size_t begin = 0, at = 0; /* [begin, at) waits to be packed */
    while (n - at >= RUN_LEAST) {
        int run = is_run(v, at);
        if (at > begin && (run || at - begin == MOST_PACKED)) {
            put_packed(to, v, begin, at - begin, width);
            begin = at;
        }
        if (run) {
            size_t length = run_length(v, at, n);
            put_run(to, number_at(v, at), length, width);
            begin += length;
        }
        at = run ? begin : at + RUN_LEAST;
    }
    if (n > begin) {
        put_packed(to, v, begin, n - begin, width);
    }
}

void sf_runs_put(sf_buffer *to, const uint32_t *v, size_t n, unsigned width)
{
    put_numbers(to, (numbers){.wide = v}, n, width);
}

void sf_runs_put_bytes(sf_buffer *to, const uint8_t *v, size_t n, unsigned width)
{
    put_numbers(to, (numbers){.narrow = v}, n, width);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* One run or one stretch of packed groups. Returns how many numbers it gave; 0: it is broken. */
static size_t get_some(sf_str from, size_t *at, uint32_t *v, size_t n, unsigned width)
{
    uint64_t head;
    if (!sf_varint_get(from, at, &head) || head >> 1 == 0 || head >> 1 > UINT64_C(1) << 31) {
        return 0;
    }
    size_t count = (size_t)(head >> 1), bytes = head & 1 ? count * width : (width + 7) / 8;
    if (bytes > from.len - *at) {
        return 0;
    }
    sf_str packed = {from.ptr + *at, bytes};
    count = head & 1 ? count * 8 : count;
    if (count > n && (!(head & 1) || count - n >= 8)) { /* a last group may be filled up, a run may not */
        return 0;
    }
    count = count < n ? count : n;
    for (size_t i = 0; i < count; i++) {
        v[i] = (uint32_t)sf_bits_get(packed, head & 1 ? i * width : 0, width);
    }
    *at += bytes;
    return count;
}

int64_t sf_runs_get(sf_str from, uint32_t *v, size_t n, unsigned width, uint32_t most)
{
    size_t at = 0, have = 0;
    while (have < n) {
        size_t got = get_some(from, &at, v + have, n - have, width);
        if (got == 0) {
            return -1;
        }
        for (size_t i = have; i < have + got; i++) {
            if (v[i] > most) {
                return -1;
            }
        }
        have += got;
    }
    return (int64_t)at;
}
