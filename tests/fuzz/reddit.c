/* SPDX-License-Identifier: MIT */
/* Any bytes as Reddit's answers: tokens, where a listing goes on, the id of a child; what comes out can stand in a header or a URL. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/reddit.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void check_plain(const char *text, size_t cap)
{
    check(strlen(text) < cap, "too long");
    for (; *text != '\0'; text++) {
        check(*text > ' ' && *text < 0x7F, "no plain character");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_str bytes = {(const char *)data, size};
    char token[SF_REDDIT_TOKEN], error[SF_REDDIT_ERROR], after[SF_REDDIT_AFTER], buf[SF_SOURCE_ID];
    int64_t expires_s;
    int r = sf_reddit_read_token(bytes, token, &expires_s, error);
    check(r == SF_EPARSE || token[0] != '\0', "no token");
    check(expires_s >= 60, "it has ended");
    check_plain(token, sizeof token);
    sf_reddit_read_after(bytes, after);
    check_plain(after, sizeof after);
    uint64_t id = sf_reddit_read_id(bytes);
    id = id > 0 ? id : sf_reddit_id_of(bytes);
    if (id > 0) {
        sf_str again = sf_reddit_platform.source_id_of(id, (sf_str){"", 0}, buf);
        check(sf_reddit_id_of(again) == id, "an id does not survive");
    }
    return 0;
}
