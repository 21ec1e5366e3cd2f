/* SPDX-License-Identifier: MIT */
/* Characters as CPython 3.11 sees them (Unicode 14): case, white space, letters. Whatever Unicode another library on the
 * machine knows, figures stay the same. */
#ifndef SF_UNICODE_H
#define SF_UNICODE_H

#include <stddef.h>
#include <stdint.h>

/* What a character is. The first four are what str.isupper() and str.lower() look at. */
enum {
    SF_UNICODE_UPPER = 1 << 0,
    SF_UNICODE_NOT_UPPER = 1 << 1, /* lower or title case: a string with one is not upper case */
    SF_UNICODE_CASED = 1 << 2,     /* stands for a letter where the shape of a sigma is decided */
    SF_UNICODE_IGNORABLE = 1 << 3, /* passed over where the shape of a sigma is decided */
    SF_UNICODE_LETTER = 1 << 4,    /* category L */
    SF_UNICODE_MARK = 1 << 5       /* category Mn or Mc: vowel signs, accents */
};
uint32_t sf_unicode_flags(uint32_t cp);

/* str.isspace() for str.split() and str.strip(): 29 characters. */
int sf_unicode_space(uint32_t cp);

/* str.lower() of valid UTF-8. out has room for sf_unicode_lower_room(len) bytes. Returns the bytes written. */
size_t sf_unicode_lower(const char *p, size_t len, char *out);
static inline size_t sf_unicode_lower_room(size_t len)
{
    return len + len / 2; /* from 2 bytes to 3 at the worst: U+0130, U+023A */
}

/* No lower-casing makes a text shorter than a third (U+212A, the Kelvin sign: 3 bytes to 1). */
#define SF_UNICODE_LOWER_SHRINKS 3

#endif
