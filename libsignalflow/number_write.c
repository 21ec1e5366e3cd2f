/* SPDX-License-Identifier: MIT */
/* Writing a double as the shortest decimal that reads back as the same double, and of the shortest the closest.
 *
 * Source: R. Giulietti, "The Schubfach way to render doubles", 2020. */
#include "number.h"

#include <string.h>

/* digits x 10^exponent */
typedef struct decimal {
    uint64_t digits;
    int exponent;
} decimal;

/* power x factor / 2^64, the lowest bit set where anything was cut off: enough to compare with. */
static uint64_t scale(sf_uint128 power, uint64_t factor)
{
    sf_uint128 low = (sf_uint128)(uint64_t)power * factor;
    sf_uint128 high = (sf_uint128)(uint64_t)(power >> 64) * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* The shortest decimal of fraction x 2^exponent2. `uneven`: the double below is only half as far away as the one above. */
static decimal shortest(uint64_t fraction, int exponent2, bool uneven)
{
    /* The largest 10^k that does not exceed the distance to the neighbours: some multiple of it lies between them. */
    int k = (exponent2 * 1262611 - (uneven ? 524031 : 0)) >> 22;
    struct sf_power p = sf_powers[-k - SF_POWER_MIN];
    sf_uint128 power = (sf_uint128)p.high << 64 | p.low;
    power += -k < 0 || -k > 55; /* rounded up; 5^55 still fits into 128 bits */
    int shift = exponent2 + sf_power_log2(-k) + 1;

    /* The value and its limits, times 4 x 10^-k. The limits themselves read back as the value where it is even. */
    uint64_t odd = fraction & 1;
    uint64_t value = scale(power, (4 * fraction) << shift);
    uint64_t low = scale(power, (4 * fraction - 2 + uneven) << shift) + odd;
    uint64_t high = scale(power, (4 * fraction + 2) << shift) - odd;
    uint64_t digits = value / 4;

    if (digits >= 10) { /* one digit less? at most one such number lies between the limits */
        uint64_t tens = digits / 10;
        bool below = low <= 40 * tens, above = 40 * tens + 40 <= high;
        if (below != above) {
            return (decimal){tens + above, k + 1};
        }
    }
    bool below = low <= 4 * digits, above = 4 * digits + 4 <= high;
    if (below == above) { /* both do: the closer one, the even one where they are equally close */
        uint64_t middle = 4 * digits + 2;
        above = value > middle || (value == middle && (digits & 1) != 0);
    }
    return (decimal){digits + above, k};
}

/* Most numbers that people write have few digits: found by trying. Fifteen digits always read back as themselves, so
 * that nothing shorter can. */
static bool short_decimal(double value, decimal *out)
{
    if (value >= 1e9) {
        return false;
    }
    uint64_t millionths = (uint64_t)(value * 1e6 + 0.5);
    *out = (decimal){millionths, -6};
    return (double)millionths / 1e6 == value;
}

static char *put_digits(uint64_t digits, char *end)
{
    do {
        *--end = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits > 0);
    return end;
}

/* d.ddde-7 */
static size_t put_with_exponent(const char *digits, size_t n, int exponent, char *out)
{
    char number[4], *end = number + sizeof number;
    char *p = put_digits((uint64_t)(exponent < 0 ? -exponent : exponent), end);
    size_t len = 0;
    out[len++] = digits[0];
    if (n > 1) {
        out[len++] = '.';
        memcpy(out + len, digits + 1, n - 1);
        len += n - 1;
    }
    out[len++] = 'e';
    if (exponent < 0) {
        out[len++] = '-';
    }
    memcpy(out + len, p, (size_t)(end - p));
    return len + (size_t)(end - p);
}

static size_t put_decimal(decimal d, char *out)
{
    char text[20], *end = text + sizeof text;
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    char *digits = put_digits(d.digits, end);
    size_t n = (size_t)(end - digits);
    int point = (int)n + d.exponent; /* digits before the decimal point */
    if (point > 21 || point < -5) {
        return put_with_exponent(digits, n, point - 1, out);
    }
    if (point <= 0) { /* 0.000ddd */
        memset(out, '0', (size_t)(2 - point));
        out[1] = '.';
        memcpy(out + 2 - point, digits, n);
        return n + (size_t)(2 - point);
    }
    size_t whole = (size_t)point;
    if (n <= whole) { /* ddd000 */
        memcpy(out, digits, n);
        memset(out + n, '0', whole - n);
        return whole;
    }
    memcpy(out, digits, whole);
    out[whole] = '.';
    memcpy(out + whole + 1, digits + whole, n - whole);
    return n + 1;
}

static size_t put_positive(double value, char *out)
{
    uint64_t bits;
    decimal d;
    memcpy(&bits, &value, sizeof bits);
    if (!short_decimal(value, &d)) {
        uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
        int exponent = (int)(bits >> 52);
        d = exponent == 0 ? shortest(fraction, -1074, false)
                          : shortest(fraction | (uint64_t)1 << 52, exponent - 1075, fraction == 0 && exponent > 1);
    }
    return put_decimal(d, out);
}

size_t sf_number_write(double value, char buf[32])
{
    uint64_t bits;
    size_t len = 0;
    memcpy(&bits, &value, sizeof bits);
    if (bits >> 63 != 0) {
        buf[len++] = '-';
        value = -value;
    }
    if (value > 0.0) {
        len += put_positive(value, buf + len);
    } else {
        buf[len++] = '0';
        if (len > 1) { /* "-0" would lose its sign with readers that tell whole numbers from others */
            buf[len++] = '.';
            buf[len++] = '0';
        }
    }
    buf[len] = '\0';
    return len;
}
