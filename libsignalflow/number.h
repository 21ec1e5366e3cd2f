/* SPDX-License-Identifier: MIT */
/* Doubles and decimal text, exactly and whatever the locale. */
#ifndef SF_NUMBER_H
#define SF_NUMBER_H

#include <stddef.h>

/* Reads the JSON number that text starts with (sign, digits, fraction, exponent; "+" and leading zeros are none),
 * correctly rounded. Returns the bytes used, 0 where no number starts. A number too large for a double gives +-infinity. */
size_t sf_number_read(const char *text, size_t len, double *out);

/* Writes the shortest decimal that reads back as value, which must be finite. Returns its length; NUL-terminated. */
size_t sf_number_write(double value, char buf[32]);

#endif
