# SPDX-License-Identifier: MIT
"""Writes the table of powers of ten that number_read.c and number_write.c work with:  number_powers.py OUTPUT"""
import sys

FIRST, LAST = -342, 324  # SF_POWER_MIN, SF_POWER_MAX


def upper_bits(q):
    """The upper 128 bits of 10^q, cut, and floor(log2(10^q))."""
    if q >= 0:
        size = (10**q).bit_length()
        return (10**q << 128) >> size, size - 1
    # 2^k / 10^-q lies in [2^127, 2^128) for one k: 10^-q is no power of two, so k = 127 + its length
    size = (10**-q).bit_length()
    return (1 << (127 + size)) // 10**-q, -size


with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write('/* Made by number_powers.py. */\n#include "number.h"\n\nconst struct sf_power sf_powers[] = {\n')
    for q in range(FIRST, LAST + 1):
        bits, log2 = upper_bits(q)
        assert bits.bit_length() == 128 and log2 == q * 217706 >> 16
        out.write(f"    {{{bits >> 64:#018x}U, {bits & (1 << 64) - 1:#018x}U}}, /* 10^{q} */\n")
    out.write("};\n")
