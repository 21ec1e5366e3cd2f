/* SPDX-License-Identifier: MIT */
/* Doubles and decimal text. */
#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t sf_number_read(const char *text, size_t len, double *out)
{
    char copy[64];
    char *end;
    size_t n = len < sizeof copy - 1 ? len : sizeof copy - 1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    *out = strtod(copy, &end);
    return (size_t)(end - copy);
}

size_t sf_number_write(double value, char buf[32])
{
    return (size_t)snprintf(buf, 32, "%.17g", value);
}
