/* SPDX-License-Identifier: MIT */
/* Doubles and decimal text, exactly and whatever the locale. */
#ifndef SF_NUMBER_H
#define SF_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON number taken apart: digits x 10^exponent. `digits` holds the first 19 significant ones. */
typedef struct sf_decimal {
    uint64_t digits;
    int64_t exponent;
    bool negative;
    bool cut; /* more digits follow, not all of them 0: the value is a little larger than that */
} sf_decimal;

/* Takes apart the JSON number that text starts with: sign, digits, fraction, exponent; "+" and leading zeros are none.
 * Returns the bytes used, 0 where no number starts. */
size_t sf_decimal_read(const char *text, size_t len, sf_decimal *out);

/* Reads the number that text starts with, correctly rounded. Returns the bytes used, 0 where no number starts. A number too
 * large for a double gives +-infinity. */
size_t sf_number_read(const char *text, size_t len, double *out);

/* Writes the shortest decimal that reads back as value, which must be finite: whole numbers without a point, an exponent
 * from 1e21 up and below 1e-6, minus zero as -0.0. Returns its length; NUL-terminated. */
size_t sf_number_write(double value, char buf[32]);

/* number_powers.py: the upper 128 bits of 10^q, cut, the highest bit set; entry 0 is that of SF_POWER_MIN. */
#define SF_POWER_MIN (-342)
#define SF_POWER_MAX 324
extern const struct sf_power {
    uint64_t high, low;
} sf_powers[SF_POWER_MAX - SF_POWER_MIN + 1];

__extension__ typedef unsigned __int128 sf_uint128;

/* floor(log2(10^q)) for every q of the table, which number_powers.py checks. */
static inline int sf_power_log2(int q)
{
    return (q * 217706) >> 16;
}

#endif
