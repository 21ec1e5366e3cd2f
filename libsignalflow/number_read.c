/* SPDX-License-Identifier: MIT */
/* Reading decimal text as the nearest double, ties to even.
 *
 * Three ways, the first that is sure of its answer is taken:
 * 1. Few digits and a small power of ten are both exact as doubles, so that one operation rounds once (Clinger 1990).
 * 2. The digits times the upper 128 bits of the power of ten, with a bound on what was cut off: sure unless a half way
 *    point lies inside that bound (after Lemire, "Number parsing at a gigabyte per second", 2021).
 * 3. The whole number and the half way point compared as big integers. */
#include "number.h"

#include <float.h>
#include <string.h>

#define MAX_DIGITS 19 /* that always fit into 64 bits */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes the first digits of a number that has more than fit, whose last one stands for 10^exponent. */
static void keep_first_digits(const char *p, const char *end, sf_decimal *out)
{
    int taken = 0;
    out->digits = 0;
    for (; p < end; p++) {
        if (*p == '.') {
            continue;
        }
        if (taken < MAX_DIGITS) {
            out->digits = out->digits * 10 + (uint64_t)(*p - '0');
            taken += out->digits != 0;
        } else {
            out->cut |= *p != '0';
            out->exponent++;
        }
    }
}

/* Reads "e", an optional sign and digits into *exponent; returns the end of them, or p where no exponent starts. */
static const char *read_exponent(const char *p, const char *end, int64_t *exponent)
{
    const char *q = p + 1;
    if (p >= end || (*p | 0x20) != 'e') {
        return p;
    }
    bool negative = q < end && *q == '-';
    q += q < end && (*q == '-' || *q == '+');
    if (q >= end || !is_digit(*q)) {
        return p;
    }
    int64_t value = 0;
    for (; q < end && is_digit(*q); q++) {
        if (value < INT64_MAX / 100) { /* beyond that it is as good as infinite, whatever the digits before it */
            value = value * 10 + (*q - '0');
        }
    }
    *exponent = negative ? -value : value;
    return q;
}

size_t sf_decimal_read(const char *text, size_t len, sf_decimal *out)
{
    const char *end = text + len;
    bool negative = len > 0 && *text == '-';
    const char *first = text + negative, *p = first;
    uint64_t digits = 0;
    int64_t exponent = 0;
    if (p < end && *p == '0') {
        p++; /* a leading zero stands alone */
    } else {
        while (p < end && is_digit(*p)) {
            digits = digits * 10 + (uint64_t)(*p++ - '0');
        }
    }
    if (p == first) {
        return 0;
    }
    size_t count = (size_t)(p - first), places = 0;
    if (end - p >= 2 && *p == '.' && is_digit(p[1])) {
        const char *point = p++;
        while (p < end && is_digit(*p)) {
            digits = digits * 10 + (uint64_t)(*p++ - '0');
        }
        places = (size_t)(p - point) - 1;
    }
    const char *last = p;
    p = read_exponent(p, end, &exponent);
    *out = (sf_decimal){digits, exponent - (int64_t)places, negative, false};
    if (count + places > MAX_DIGITS) {
        keep_first_digits(first, last, out);
    }
    return (size_t)(p - text);
}

/* ---- big integers, for the third way --------------------------------------------------------------------------------- */

/* A half way point between two doubles has at most 767 significant digits: more cannot decide but by not being 0. */
#define EXACT_DIGITS 800

/* The largest that occurs: 801 digits, or 55 bits x 5^1143. */
#define BIG_LIMBS 100

typedef struct big {
    size_t n;
    uint32_t v[BIG_LIMBS]; /* lowest first */
} big;

static void big_multiply_add(big *b, uint32_t factor, uint32_t term)
{
    uint64_t carry = term;
    for (size_t i = 0; i < b->n; i++) {
        carry += (uint64_t)b->v[i] * factor;
        b->v[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0 && b->n < BIG_LIMBS) {
        b->v[b->n++] = (uint32_t)carry;
    }
}

static void big_set(big *b, uint64_t value)
{
    b->n = 2;
    b->v[0] = (uint32_t)value;
    b->v[1] = (uint32_t)(value >> 32);
}

static void big_power_of_5(big *b, int64_t n)
{
    for (; n >= 13; n -= 13) {
        big_multiply_add(b, 1220703125U, 0); /* 5^13 */
    }
    for (; n > 0; n--) {
        big_multiply_add(b, 5, 0);
    }
}

static void big_shift_left(big *b, int64_t bits)
{
    size_t limbs = (size_t)(bits / 32);
    big_multiply_add(b, 1U << (bits % 32), 0);
    if (limbs > 0 && b->n + limbs <= BIG_LIMBS) {
        memmove(b->v + limbs, b->v, b->n * sizeof b->v[0]);
        memset(b->v, 0, limbs * sizeof b->v[0]);
        b->n += limbs;
    }
}

static int big_compare(big *a, big *b)
{
    while (a->n > 0 && a->v[a->n - 1] == 0) {
        a->n--;
    }
    while (b->n > 0 && b->v[b->n - 1] == 0) {
        b->n--;
    }
    if (a->n != b->n) {
        return a->n < b->n ? -1 : 1;
    }
    for (size_t i = a->n; i-- > 0;) {
        if (a->v[i] != b->v[i]) {
            return a->v[i] < b->v[i] ? -1 : 1;
        }
    }
    return 0;
}

/* All the digits of a number as one integer; returns how many there are behind the first 19. */
static int64_t big_digits(big *b, const char *p, const char *end)
{
    int64_t taken = 0;
    bool more = false;
    big_set(b, 0);
    for (; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.' || (taken == 0 && *p == '0')) {
            continue;
        }
        if (taken < EXACT_DIGITS) {
            big_multiply_add(b, 10, (uint32_t)(*p - '0'));
            taken++;
        } else {
            more |= *p != '0';
        }
    }
    if (more) {
        big_multiply_add(b, 10, 1);
        taken++;
    }
    return taken - MAX_DIGITS;
}

/* Compares the number with half x 2^exponent2. */
static int compare_exactly(const char *text, size_t len, const sf_decimal *d, uint64_t half, int exponent2)
{
    big number, point;
    int64_t exponent = d->exponent;
    if (d->cut) {
        exponent -= big_digits(&number, text + d->negative, text + len);
    } else {
        big_set(&number, d->digits);
    }
    big_set(&point, half);
    big_power_of_5(exponent >= 0 ? &number : &point, exponent >= 0 ? exponent : -exponent);
    int64_t shift = exponent - exponent2;
    big_shift_left(shift >= 0 ? &number : &point, shift >= 0 ? shift : -shift);
    return big_compare(&number, &point);
}

/* ---- from decimal to double ------------------------------------------------------------------------------------------ */

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A positive number that lies between 1e-342 and 1e328, by the second way, or the third where that is not sure. */
static double read_positive(const char *text, size_t len, const sf_decimal *d)
{
    int q = (int)d->exponent;
    struct sf_power power = sf_powers[q - SF_POWER_MIN];
    int zeros = __builtin_clzll(d->digits);
    uint64_t w = d->digits << zeros;

    /* The number lies in [product, product + margin) x 2^(power_log2 - 63 - zeros - 64 + 64): 128 upper bits of 192. */
    sf_uint128 low = (sf_uint128)w * power.low;
    sf_uint128 product = (sf_uint128)w * power.high + (uint64_t)(low >> 64);
    sf_uint128 margin = (d->cut ? (sf_uint128)1 << (64 + zeros) : 0) + 2;
    int top = product >> 127 ? 127 : 126;
    int exponent2 = top - 63 - zeros + sf_power_log2(q); /* of the number's highest bit */

    /* Its bits that a double has room for, and the rest. Below 2^-1022 the lowest bit stays at 2^-1074. */
    int lost = exponent2 < -1022 ? -1022 - exponent2 : 0;
    int drop = top - 52 + lost;
    if (drop > 140) {
        return 0.0;
    }
    uint64_t bits = drop < 128 ? (uint64_t)(product >> drop) : 0;
    bool up, sure = drop <= 128;
    if (sure) {
        sf_uint128 half = (sf_uint128)1 << (drop - 1);
        sf_uint128 rest = drop < 128 ? product & (2 * half - 1) : product;
        bool exact = q >= 0 && q <= 55 && !d->cut; /* 5^55 still fits into 128 bits */
        up = rest > half || (exact && rest == half && ((uint64_t)low != 0 || (bits & 1) != 0));
        sure = exact || rest > half || rest + margin <= half;
    }
    exponent2 += lost;
    if (!sure) {
        int side = compare_exactly(text, len, d, 2 * bits + 1, exponent2 - 53);
        up = side > 0 || (side == 0 && (bits & 1) != 0);
    }
    /* The highest of 53 bits adds 1 to the exponent, so does a carry out of them. */
    uint64_t result = ((uint64_t)(exponent2 + 1022) << 52) + bits + up;
    uint64_t infinity = (uint64_t)0x7FF << 52;
    return from_bits(result < infinity ? result : infinity);
}

size_t sf_number_read(const char *text, size_t len, double *out)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    sf_decimal d;
    double value;
    size_t used = sf_decimal_read(text, len, &d);
    if (used == 0) {
        return 0;
    }
    if (FLT_EVAL_METHOD == 0 && !d.cut && d.digits <= (uint64_t)1 << 53 && d.exponent >= -22 && d.exponent <= 22) {
        value = (double)d.digits;
        value = d.exponent < 0 ? value / tens[-d.exponent] : value * tens[d.exponent];
    } else if (d.digits == 0 || d.exponent < SF_POWER_MIN) {
        value = 0.0; /* 10^19 x 10^-343 is below half the smallest double */
    } else if (d.exponent > DBL_MAX_10_EXP) {
        value = from_bits((uint64_t)0x7FF << 52);
    } else {
        value = read_positive(text, used, &d);
    }
    *out = d.negative ? -value : value;
    return used;
}
