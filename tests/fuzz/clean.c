/* SPDX-License-Identifier: MIT */
/* Cleaning on any bytes with any flags (the first three bytes): valid UTF-8 comes out, the same each time and with a map, which
 * leads back into the source; where steps can be repeated a second time changes nothing. */
#include <stdint.h>
#include <stdlib.h>

#include "../unit/support/clean_map.h"
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

/* The same, with a map, cut to `cap` bytes. */
static void check_mapped(sf_str text, uint32_t flags, sf_str whole, size_t cap)
{
    static sf_batch *b;
    char small[32], *buf = cap < sizeof small ? small : malloc(cap);
    sf_clean_map map;
    check((b != NULL || sf_batch_new(&b) == SF_OK) && buf != NULL);
    sf_batch_reset(b);
    check(sf_clean_text_mapped(b, text, flags, buf, cap, &map) == (int64_t)whole.len);
    size_t n = map.n_runs > 0 ? map.runs[map.n_runs - 1].end : 0;
    check(n <= whole.len && (cap == 0 || (n < cap && buf[n] == '\0')) && (cap <= whole.len || n == whole.len));
    check(n == 0 || memcmp(buf, whole.ptr, n) == 0);
    check(fault_of_map(map, text, (sf_str){buf, n}) == NULL);
    for (size_t i = 0, from, to, last = 0; i < n; i++, last = from) {
        check(sf_clean_source(&map, i, i + 1, &from, &to) == SF_OK && last <= from && from < to && to <= text.len);
    }
    if (buf != small) {
        free(buf);
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
    check_mapped(text, flags, once, once.len + 1);
    check_mapped(text, flags, once, data[2] >> 3);
    if ((flags & ~(uint32_t)REPEATABLE) == 0) {
        check(sf_clean(&two, once, flags, &twice) == SF_OK);
        check(once.len == twice.len && memcmp(once.ptr, twice.ptr, once.len) == 0);
    }
    return 0;
}
