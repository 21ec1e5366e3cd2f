/* SPDX-License-Identifier: MIT */
/* Base64, see base64.h. */
#include "base64.h"

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char for_urls[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64_write(sf_str bytes, int url, char *out)
{
    const char *digits = url ? for_urls : plain;
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.ptr[i];
        for (have += 8; have >= 6;) {
            have -= 6;
            out[n++] = digits[bits >> have & 63];
        }
    }
    if (have > 0) {
        out[n++] = digits[bits << (6 - have) & 63];
    }
    return n;
}

static int value_of(char c, int url)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == (url ? '-' : '+') ? 62 : c == (url ? '_' : '/') ? 63 : -1;
}

int64_t base64_read(sf_str text, int url, unsigned char *out)
{
    int64_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < text.len; i++) {
        int v = value_of(text.ptr[i], url);
        if (v < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[n++] = (unsigned char)(bits >> have);
        }
    }
    int left_over = have > 0 && (bits & ((1U << have) - 1)) != 0;
    return left_over || have == 6 ? -1 : n;
}
