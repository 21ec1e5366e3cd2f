/* SPDX-License-Identifier: MIT */
/* UTF-8, read so that no bytes can hurt: what is broken is U+FFFD, one for each maximal part of a sequence that could
 * have been a character (as the Unicode standard recommends and Python's errors="replace" does). */
#ifndef SF_UTF8_H
#define SF_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define SF_REPLACEMENT 0xFFFDU

/* Reads the character at p, which has len >= 1 bytes before it ends. Returns the bytes it takes, >= 1; *broken is set to
 * 1 where they were no character, else left alone. */
static inline size_t sf_utf8_read(const char *p, size_t len, uint32_t *cp, int *broken)
{
    const unsigned char *s = (const unsigned char *)p;
    uint32_t c = s[0];
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    /* How many bytes follow, and what the second one may be: excludes overlong forms, surrogates, beyond U+10FFFF. */
    size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    unsigned low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (c < 0xC2 || c > 0xF4) {
        *cp = SF_REPLACEMENT;
        *broken = 1;
        return 1;
    }
    c &= 0x3FU >> more;
    for (size_t i = 1; i <= more; i++) {
        if (i >= len || s[i] < low || s[i] > high) {
            *cp = SF_REPLACEMENT;
            *broken = 1;
            return i;
        }
        c = c << 6 | (s[i] & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    *cp = c;
    return more + 1;
}

/* Writes a character that is no surrogate and at most U+10FFFF; buf has room for 4 bytes. Returns the bytes written. */
static inline size_t sf_utf8_write(uint32_t cp, char *buf)
{
    if (cp < 0x80) {
        buf[0] = (char)cp;
        return 1;
    }
    size_t more = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--) {
        buf[i] = (char)(0x80U | (cp & 0x3FU));
        cp >>= 6;
    }
    buf[0] = (char)((0xFF00U >> (more + 1) & 0xFFU) | cp);
    return more + 1;
}

/* How many of the first bytes are ASCII; len if all are. */
size_t sf_utf8_ascii(const char *p, size_t len);

/* How many of the first bytes are valid UTF-8; len if all are. */
size_t sf_utf8_valid(const char *p, size_t len);

/* Copies text, broken parts as U+FFFD, and counts them in *replaced. The result takes up to 3 bytes a broken byte: out has
 * room for sf_utf8_repaired_size() bytes. Returns the bytes written. */
size_t sf_utf8_repair(const char *p, size_t len, char *out, uint32_t *replaced);
size_t sf_utf8_repaired_size(const char *p, size_t len);

#endif
