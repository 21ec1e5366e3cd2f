/* SPDX-License-Identifier: MIT */
/* Characters: looked up in the tables of Unicode 14. */
#include "text/unicode.h"

#include "text/unicode_data.h"
#include "text/utf8.h"

#define SIGMA         0x3A3U
#define SMALL_SIGMA   0x3C3U
#define FINAL_SIGMA   0x3C2U
#define I_WITH_DOT    0x130U
#define COMBINING_DOT 0x307U

static unsigned kind_of(uint32_t cp)
{
    uint32_t block = cp / SF_UNICODE_BLOCK;
    block = block < SF_UNICODE_BLOCKS ? block : SF_UNICODE_BLOCKS - 1;
    return unicode_kind[(uint32_t)unicode_block[block] * SF_UNICODE_BLOCK + cp % SF_UNICODE_BLOCK];
}

uint32_t sf_unicode_flags(uint32_t cp)
{
    return unicode_flags[kind_of(cp)];
}

int sf_unicode_space(uint32_t cp)
{
    if (cp < 0x80) {
        return cp == ' ' || (cp >= 0x09 && cp <= 0x0D) || (cp >= 0x1C && cp <= 0x1F);
    }
    return cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
           cp == 0x202F || cp == 0x205F || cp == 0x3000;
}

/* Is the next character after p, ignorable ones passed over, a cased one? */
static int cased_follows(const char *p, const char *end)
{
    while (p < end) {
        uint32_t cp;
        int broken = 0;
        p += sf_utf8_read(p, (size_t)(end - p), &cp, &broken);
        uint32_t flags = sf_unicode_flags(cp);
        if (!(flags & SF_UNICODE_IGNORABLE)) {
            return (flags & SF_UNICODE_CASED) != 0;
        }
    }
    return 0;
}

/* A capital sigma becomes a final one at the end of a word. A run of ignorable characters is looked through from the sigma
 * before it only: what stood before is remembered, so the time is linear. */
size_t sf_unicode_lower(const char *p, size_t len, char *out)
{
    const char *end = p + len;
    size_t n = 0;
    int after_cased = 0; /* the last character that is not ignorable was a cased one */
    while (p < end) {
        uint32_t cp;
        int broken = 0;
        p += sf_utf8_read(p, (size_t)(end - p), &cp, &broken);
        unsigned kind = kind_of(cp);
        if (cp == SIGMA) {
            n += sf_utf8_write(after_cased && !cased_follows(p, end) ? FINAL_SIGMA : SMALL_SIGMA, out + n);
        } else if (cp == I_WITH_DOT) {
            n += sf_utf8_write('i', out + n);
            n += sf_utf8_write(COMBINING_DOT, out + n);
        } else {
            n += sf_utf8_write((uint32_t)((int32_t)cp + unicode_lower[kind]), out + n);
        }
        if (!(unicode_flags[kind] & SF_UNICODE_IGNORABLE)) {
            after_cased = (unicode_flags[kind] & SF_UNICODE_CASED) != 0;
        }
    }
    return n;
}
