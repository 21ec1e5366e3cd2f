/* SPDX-License-Identifier: MIT */
/* Watching the pipeline: the figures of running sf-process are fetched every ten seconds, and the last hour is kept. One thread of its own
 * fetches; any thread may ask. */
#ifndef SF_SERVE_WATCH_H
#define SF_SERVE_WATCH_H

#include "common/buffer.h"
#include "signalflow/signalflow.h"

typedef struct watch watch;

enum { WATCH_TARGETS = 64, WATCH_TARGET = 128, WATCH_EVERY_MS = 10000 };

/* Is it HOST:PORT, or :PORT for one of this machine? SF_OK, SF_EINVAL. */
int watch_check(const char *address, sf_error *err);

/* Starts. SF_OK, SF_EINVAL, SF_ENOMEM. */
int watch_new(watch **out, const char *const *targets, size_t n, sf_error *err);
void watch_free(watch *w); /* NULL is fine */

/* Members of a JSON object, beginning without a comma; w NULL: all unknown, and the reason. */
void watch_put(watch *w, sf_buffer *b);

#endif
