/* SPDX-License-Identifier: MIT */
/* Whole numbers as the steps from each to the next (DELTA_BINARY_PACKED): for times, offsets and lengths. */
#ifndef SF_PARQUET_DELTA_H
#define SF_PARQUET_DELTA_H

#include "common/buffer.h"

/* Appends n numbers of `bits` bits, 32 or 64. */
void sf_delta_put(sf_buffer *to, const int64_t *v, size_t n, unsigned bits);

/* Reads exactly n numbers. Returns the bytes taken, or -1 where they are not there or are not as the above has them. */
int64_t sf_delta_get(sf_str from, int64_t *v, size_t n, unsigned bits);

#endif
