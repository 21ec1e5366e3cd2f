/* SPDX-License-Identifier: MIT */
/* Base64, see base64.h. */
#include "base64.h"

static const char digits[2][65] = {
    [SF_BASE64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [SF_BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t sf_base64_write(sf_str bytes, sf_base64 form, char *out)
{
    size_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.ptr[i];
        for (have += 8; have >= 6;) {
            have -= 6;
            out[n++] = digits[form][bits >> have & 63];
        }
    }
    if (have > 0) {
        out[n++] = digits[form][bits << (6 - have) & 63];
    }
    while (form == SF_BASE64 && n % 4 != 0) {
        out[n++] = '=';
    }
    return n;
}

static int value_of(char c, sf_base64 form)
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
    return c == digits[form][62] ? 62 : c == digits[form][63] ? 63 : -1;
}

int64_t sf_base64_read(sf_str text, sf_base64 form, void *out)
{
    unsigned char *bytes = out;
    int64_t n = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    if (form == SF_BASE64) {
        if (text.len % 4 != 0) {
            return -1;
        }
        for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++) {
            text.len--;
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        int v = value_of(text.ptr[i], form);
        if (v < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have >= 8) {
            have -= 8;
            bytes[n++] = (unsigned char)(bits >> have);
        }
    }
    int left_over = have > 0 && (bits & ((1U << have) - 1)) != 0;
    return left_over || have == 6 ? -1 : n;
}
