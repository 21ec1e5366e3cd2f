/* SPDX-License-Identifier: MIT */
/* Whole texts of UTF-8: checked and repaired. */
#include "text/utf8.h"

#include <string.h>

size_t sf_utf8_ascii(const char *p, size_t len)
{
    size_t i = 0;
    uint64_t eight;
    while (i + sizeof eight <= len) {
        memcpy(&eight, p + i, sizeof eight);
        if (eight & 0x8080808080808080ULL) {
            break;
        }
        i += sizeof eight;
    }
    while (i < len && (unsigned char)p[i] < 0x80) {
        i++;
    }
    return i;
}

size_t sf_utf8_valid(const char *p, size_t len)
{
    size_t i = 0;
    while (i < len) {
        uint32_t cp;
        int broken = 0;
        i += sf_utf8_ascii(p + i, len - i);
        if (i < len) {
            size_t n = sf_utf8_read(p + i, len - i, &cp, &broken);
            if (broken) {
                return i;
            }
            i += n;
        }
    }
    return len;
}

size_t sf_utf8_repair(const char *p, size_t len, char *out, uint32_t *replaced)
{
    size_t done = 0;
    for (size_t i = 0; i < len;) {
        size_t good = sf_utf8_valid(p + i, len - i);
        memcpy(out + done, p + i, good);
        done += good;
        i += good;
        if (i < len) {
            uint32_t cp;
            int broken = 0;
            i += sf_utf8_read(p + i, len - i, &cp, &broken);
            done += sf_utf8_write(SF_REPLACEMENT, out + done);
            ++*replaced;
        }
    }
    return done;
}

size_t sf_utf8_repaired_size(const char *p, size_t len)
{
    size_t size = len;
    for (size_t i = 0; i < len;) {
        i += sf_utf8_valid(p + i, len - i);
        if (i < len) {
            uint32_t cp;
            int broken = 0;
            size_t n = sf_utf8_read(p + i, len - i, &cp, &broken);
            i += n;
            size += 3 - n;
        }
    }
    return size;
}
