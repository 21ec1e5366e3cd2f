/* SPDX-License-Identifier: MIT */
/* Any bytes as a line of coverage. What is read of one is written and read again the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/coverage.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_coverage once, twice;
    char line[SF_COVERAGE_JSON];
    if (sf_coverage_read((sf_str){(const char *)data, size}, &once) == SF_OK) {
        size_t len = sf_coverage_json(&once, line);
        check(len > 0 && sf_coverage_read((sf_str){line, len}, &twice) == SF_OK, "it cannot be read again");
        check(strcmp(once.source, twice.source) == 0 && once.start_ms == twice.start_ms &&
                  once.seconds == twice.seconds && once.failures == twice.failures && once.gaps == twice.gaps,
              "it reads otherwise");
    }
    return 0;
}
