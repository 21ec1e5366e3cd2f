/* SPDX-License-Identifier: MIT */
/* Ids as numbers. */
#include "id_order.h"

static unsigned digit_of(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
}

int64_t sf_id_number(int32_t platform, sf_str id)
{
    unsigned base = platform == SF_HACKERNEWS ? 10 : 36;
    int64_t number = 0;
    if (platform == SF_REDDIT && id.len > 3 && memcmp(id.ptr, "t3_", 3) == 0) {
        id.ptr += 3;
        id.len -= 3;
    } else if (platform != SF_HACKERNEWS) {
        return 0;
    }
    for (size_t i = 0; i < id.len; i++) {
        unsigned digit = digit_of(id.ptr[i]);
        if (digit >= base || i >= 12) {
            return 0;
        }
        number = number * base + digit;
    }
    return number;
}
