/* SPDX-License-Identifier: MIT */
/* Parquet's hybrid of runs and packed bits: a head of (count << 1) and one value, or of (groups of 8 << 1 | 1) and their bits. */
#include "runs.h"

/* A run must be so long to be worth a head of its own. */
enum { RUN_LEAST = 8, MOST_GROUPS = 63 };

unsigned sf_runs_width(uint32_t most)
{
    unsigned width = 0;
    for (; most != 0; most >>= 1) {
        width++;
    }
    return width;
}

/* Numbers of either size. */
typedef struct numbers {
    const uint32_t *wide;
    const uint8_t *narrow;
} numbers;

static uint32_t number_at(numbers v, size_t i)
{
    return v.wide != NULL ? v.wide[i] : v.narrow[i];
}

static size_t run_length(numbers v, size_t at, size_t n)
{
    size_t end = at + 1;
    uint32_t first = number_at(v, at);
    while (end < n && number_at(v, end) == first) {
        end++;
    }
    return end - at;
}

static void put_head(sf_buffer *to, uint64_t head)
{
    char bytes[10];
    size_t n = 0;
    for (; head >= 0x80; head >>= 7) {
        bytes[n++] = (char)(unsigned char)(head | 0x80);
    }
    bytes[n++] = (char)(unsigned char)head;
    sf_buffer_put(to, bytes, n);
}

static void put_run(sf_buffer *to, uint32_t value, size_t n, unsigned width)
{
    char bytes[4];
    put_head(to, (uint64_t)n << 1);
    for (unsigned i = 0; i < (width + 7) / 8; i++) {
        bytes[i] = (char)(unsigned char)(value >> (8 * i));
    }
    sf_buffer_put(to, bytes, (width + 7) / 8);
}

/* Packs n numbers, filled up to whole groups of 8 by zeros. */
static void put_packed(sf_buffer *to, numbers v, size_t at, size_t n, unsigned width)
{
    size_t groups = (n + 7) / 8, len = 0;
    uint64_t bits = 0;
    unsigned have = 0;
    char bytes[MOST_GROUPS * 32];
    put_head(to, (uint64_t)groups << 1 | 1);
    for (size_t i = 0; i < groups * 8; i++) {
        bits |= (uint64_t)(i < n ? number_at(v, at + i) : 0) << have;
        for (have += width; have >= 8; have -= 8, bits >>= 8) {
            bytes[len++] = (char)(unsigned char)bits;
        }
    }
    sf_buffer_put(to, bytes, len);
}

static void put_numbers(sf_buffer *to, numbers v, size_t n, unsigned width)
{
    size_t begin = 0, at = 0; /* [begin, at) waits to be packed: whole groups, but for the last */
    while (at < n) {
        size_t run = run_length(v, at, n);
        size_t fill = (8 - (at - begin) % 8) % 8; /* what a packed group still needs from the run */
        if (run >= RUN_LEAST + fill) {
            at += fill;
            if (at > begin) {
                put_packed(to, v, begin, at - begin, width);
            }
            put_run(to, number_at(v, at), run - fill, width);
            at += run - fill;
            begin = at;
            continue;
        }
        for (at += run; at - begin >= (size_t)MOST_GROUPS * 8; begin += (size_t)MOST_GROUPS * 8) {
            put_packed(to, v, begin, (size_t)MOST_GROUPS * 8, width);
        }
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

static int get_head(sf_str from, size_t *at, uint64_t *head)
{
    *head = 0;
    for (unsigned shift = 0; shift < 35 && *at < from.len; shift += 7) {
        unsigned char byte = (unsigned char)from.ptr[(*at)++];
        *head |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return 1;
        }
    }
    return 0;
}

/* One number of `width` bits from bit `bit` on; the bytes are there. */
static uint32_t unpack(const char *bytes, size_t len, size_t bit, unsigned width)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < 5 && bit / 8 + i < len; i++) {
        bits |= (uint64_t)(unsigned char)bytes[bit / 8 + i] << (8 * i);
    }
    return (uint32_t)(bits >> bit % 8 & ((UINT64_C(1) << width) - 1));
}

/* One run or one stretch of packed groups. Returns how many numbers it gave; 0: it is broken. */
static size_t get_some(sf_str from, size_t *at, uint32_t *v, size_t n, unsigned width)
{
    uint64_t head;
    if (!get_head(from, at, &head) || head >> 1 == 0) {
        return 0;
    }
    size_t count = (size_t)(head >> 1), bytes = head & 1 ? count * width : (width + 7) / 8;
    if (bytes > from.len - *at || count > ((size_t)1 << 31)) {
        return 0;
    }
    const char *p = from.ptr + *at;
    count = head & 1 ? count * 8 : count;
    if (count > n && (!(head & 1) || count - n >= 8)) { /* a last group may be filled up, a run may not */
        return 0;
    }
    count = count < n ? count : n;
    for (size_t i = 0; i < count; i++) {
        v[i] = head & 1 ? unpack(p, bytes, i * width, width) : unpack(p, bytes, 0, width);
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
