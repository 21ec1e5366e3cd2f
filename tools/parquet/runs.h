/* SPDX-License-Identifier: MIT */
/* Parquet's hybrid of runs and packed bits, for small numbers: levels, and places in a dictionary. */
#ifndef SF_PARQUET_RUNS_H
#define SF_PARQUET_RUNS_H

#include "common/buffer.h"

/* Appends n numbers of `width` bits each, 1 to 24. */
void sf_runs_put(sf_buffer *to, const uint32_t *v, size_t n, unsigned width);
void sf_runs_put_bytes(sf_buffer *to, const uint8_t *v, size_t n, unsigned width);

/* Reads exactly n numbers, each at most `most`. Returns the bytes taken, or -1 where they are not there or are too big. */
int64_t sf_runs_get(sf_str from, uint32_t *v, size_t n, unsigned width, uint32_t most);

#endif
