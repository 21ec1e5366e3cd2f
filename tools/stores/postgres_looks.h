/* SPDX-License-Identifier: MIT */
/* Looks of a span of time in a PostgreSQL store; as in store_aggregate.h. */
#ifndef SF_POSTGRES_LOOKS_H
#define SF_POSTGRES_LOOKS_H

#include "common/store_aggregate.h"

int sf_pg_read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                       sf_error *err);
int sf_pg_read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                       sf_error *err);

#endif
