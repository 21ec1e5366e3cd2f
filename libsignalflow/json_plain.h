/* SPDX-License-Identifier: MIT */
/* The hot loop of reading and of writing JSON: the bytes of a string that stand for themselves. */
#ifndef SF_JSON_PLAIN_H
#define SF_JSON_PLAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SF_EACH_BYTE UINT64_C(0x0101010101010101)

/* Has its high bit set in each byte of b that is a quote, a backslash or a control character; bytes above the lowest of
 * these may be set by a borrow. */
static inline uint64_t sf_json_special(uint64_t b)
{
    uint64_t quote = b ^ SF_EACH_BYTE * '"', slash = b ^ SF_EACH_BYTE * '\\';
    uint64_t hit = ((quote - SF_EACH_BYTE) & ~quote) | ((slash - SF_EACH_BYTE) & ~slash);
    return (hit | ((b - SF_EACH_BYTE * 0x20) & ~b)) & SF_EACH_BYTE * 0x80;
}

/* The first quote, backslash or control character at or behind p, or end. *high is set where bytes from 0x80 on were
 * passed, else left alone. */
static inline const char *sf_json_plain_end(const char *p, const char *end, bool *high)
{
    uint64_t seen = 0;
    for (; end - p >= 8; p += 8) {
        uint64_t b, hit;
        memcpy(&b, p, sizeof b);
        hit = sf_json_special(b);
        if (hit != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            uint64_t lowest = hit & -hit;
            *high |= ((seen | (b & (lowest - 1))) & SF_EACH_BYTE * 0x80) != 0;
            return p + __builtin_ctzll(hit) / 8;
#else
            break;
#endif
        }
        seen |= b;
    }
    for (; p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++) {
        seen |= (unsigned char)*p;
    }
    *high |= (seen & SF_EACH_BYTE * 0x80) != 0;
    return p;
}

#endif
