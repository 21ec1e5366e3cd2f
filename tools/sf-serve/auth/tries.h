/* SPDX-License-Identifier: MIT */
/* How often something may be tried: a bucket of tokens for each name, which fills again with time. Names that were not heard of for long
 * are forgotten; memory is bounded. */
#ifndef AUTH_TRIES_H
#define AUTH_TRIES_H

#include "signalflow/signal.h"

typedef struct limits limits;

/* So many a minute, as many at once. Who goes on at the limit waits twice as long each time, but no longer than most_wait_ms; 0: always the same. NULL: no memory. */
limits *limits_new(double a_minute, int64_t most_wait_ms);
void limits_free(limits *l); /* NULL is fine */

/* Takes one. 0: go on; else after how many seconds it may be tried again. */
int limits_take(limits *l, sf_str name, int64_t now_ms);

/* Gives one back: it was no try after all, and what was before is forgotten. */
void limits_give(limits *l, sf_str name);

#endif
