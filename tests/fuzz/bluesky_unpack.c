/* SPDX-License-Identifier: MIT */
/* Any bytes as a message of a stream that may be packed: a dictionary's length (one byte), the dictionary, the message. What is not packed stays,
 * what is comes out no longer than a message may be. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/bluesky.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_bluesky_unpacker *u = NULL;
    size_t len = size > 0 && data[0] < size ? data[0] : 0;
    sf_str dictionary = {(const char *)data + 1, len};
    if (len == 0 || sf_bluesky_unpacker_new(&u, dictionary) != SF_OK) {
        return 0;
    }
    sf_error err;
    sf_str packed = {(const char *)data + 1 + len, size - 1 - len}, message = packed;
    int r = sf_bluesky_unpack(u, &message, &err);
    int same = message.ptr == packed.ptr && message.len == packed.len;
    char sum = 0;
    for (size_t i = 0; i < message.len; i++) {
        sum = (char)(sum ^ message.ptr[i]);
    }
    if ((r != SF_OK && (!same || r != SF_EPARSE)) || message.len > 1024 * 1024 + packed.len) {
        fprintf(stderr, "%zu bytes (%d) of %zu: %d\n", message.len, sum, packed.len, r);
        abort();
    }
    sf_bluesky_unpacker_free(u);
    return 0;
}
