/* SPDX-License-Identifier: MIT */
/* A pool of threads that shares out one batch at a time. */
#ifndef SF_POOL_H
#define SF_POOL_H

#include <stddef.h>

#include "signalflow/error.h"

typedef struct sf_pool sf_pool;

/* Works on items [begin, end) in lane `lane`. SF_OK or a failure. */
typedef int (*sf_pool_work)(void *payload, size_t lane, size_t begin, size_t end);

int sf_pool_new(sf_pool **out, size_t lanes); /* lanes - 1 threads; the caller is the last one */
void sf_pool_free(sf_pool *p);
size_t sf_pool_lanes(const sf_pool *p);

/* Shares n items out in contiguous slices, one a lane, and waits for all. Returns the first failure by lane. */
int sf_pool_run(sf_pool *p, size_t n, sf_pool_work work, void *payload);

#endif
