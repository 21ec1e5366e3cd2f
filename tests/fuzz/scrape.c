/* SPDX-License-Identifier: MIT */
/* Any bytes as the figures of a process. Bounds rise, what is told is a number or NaN, and nothing depends on what follows the text. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sf-serve/watch/scrape.h"

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scrape s;
    char *copy = malloc(size + 1); /* so that a byte too far is seen */
    if (copy == NULL) {
        return 0;
    }
    memcpy(copy, data, size);
    char *exact = realloc(copy, size > 0 ? size : 1);
    (void)scrape_read((sf_str){exact, size}, &s);
    must(s.n_bounds <= SCRAPE_BOUNDS, "as many bounds as there is room for");
    for (size_t i = 1; i < s.n_bounds; i++) {
        must(s.bounds[i] > s.bounds[i - 1], "bounds rise");
    }
    (void)scrape_p99(&s);
    free(exact);
    return 0;
}
