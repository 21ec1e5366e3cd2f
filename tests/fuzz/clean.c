/* SPDX-License-Identifier: MIT */
/* Cleaning on any bytes with any flags (the first three bytes): valid UTF-8 comes out, the same each time, and where steps
 * can be repeated a second time changes nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "text/clean.h"

#define REPEATABLE                                                                                                     \
    (SF_CLEAN_CONTROLS | SF_CLEAN_QUOTES | SF_CLEAN_NFC | SF_CLEAN_NFKC | SF_CLEAN_CASEFOLD | SF_CLEAN_LINES |         \
     SF_CLEAN_SPACES)

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_cleaner one, two;
    sf_str once, twice;
    if (size < 3) {
        return 0;
    }
    uint32_t flags = data[0] | (uint32_t)data[1] << 8 | (data[2] & 7U) << 16;
    sf_str text = {(const char *)data + 3, size - 3};
    check(sf_clean(&one, text, flags, &once) == SF_OK);
    check(sf_utf8_valid(once.ptr, once.len) == once.len);
    if ((flags & ~(uint32_t)REPEATABLE) == 0) {
        check(sf_clean(&two, once, flags, &twice) == SF_OK);
        check(once.len == twice.len && memcmp(once.ptr, twice.ptr, once.len) == 0);
    }
    return 0;
}
