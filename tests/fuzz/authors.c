/* SPDX-License-Identifier: MIT */
/* Any bytes as an answer in which names are hashed or dropped: what comes out is JSON again, holds no author, and stays as it is when it
 * is done once more. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/authors.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static int is_json(sf_str text)
{
    sf_json j;
    sf_json_init(&j, text);
    (void)sf_json_skip(&j);
    return sf_json_end(&j, NULL) == SF_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_str raw = {(const char *)data, size}, once, twice, kept;
    sf_batch *b = NULL;
    check(sf_batch_new(&b) == SF_OK, "no memory");
    for (int mode = SF_AUTHORS_KEEP; mode <= SF_AUTHORS_DROP; mode++) {
        sf_authors a = {.mode = (sf_authors_mode)mode, .key = "a key of a test"};
        check(sf_authors_raw(&a, b, raw, &once) == SF_OK, "no memory");
        check(mode == SF_AUTHORS_KEEP || once.len == 0 || is_json(once), "it is no JSON any more");
        check(mode == SF_AUTHORS_KEEP || (once.len > 0) == (is_json(raw) && size > 0), "let go without need, or kept");
        check(sf_authors_raw(&a, b, once, &twice) == SF_OK, "no memory");
        kept = mode == SF_AUTHORS_HASH ? twice : once;
        check(twice.len == kept.len && (kept.len == 0 || memcmp(twice.ptr, kept.ptr, kept.len) == 0),
              "it changes again");
    }
    sf_batch_free(b);
    return 0;
}
