/* SPDX-License-Identifier: MIT */
/* Any bytes as an answer that Redis has kept. What is read is written as the same again, and its header lines could break no answer apart. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sf-serve/api/shared.h"

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    shared_answer a, again;
    sf_buffer b = {0};
    char *copy = malloc(size + 1); /* so that a sanitizer sees what is read behind it */
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data, size);
    if (shared_read((sf_str){copy, size}, &a)) {
        must(a.fields.len + a.body.len < size, "parts of it");
        for (size_t i = 0; i + 3 < a.fields.len; i++) {
            must(memcmp(a.fields.ptr + i, "\r\n\r\n", 4) != 0, "no head ends early");
        }
        shared_write(&a, &b);
        must(b.lost || shared_read((sf_str){b.bytes, b.len}, &again), "it is read again");
        must(b.lost || (again.status == a.status && again.made_ms == a.made_ms && again.body.len == a.body.len),
             "as the same");
        sf_buffer_free(&b);
    }
    free(copy);
    return 0;
}
