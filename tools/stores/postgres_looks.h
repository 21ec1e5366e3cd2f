/* SPDX-License-Identifier: MIT */
/* Looks of a span of time, and counts of many topics, in a PostgreSQL store; as in store_aggregate.h. */
#ifndef SF_POSTGRES_LOOKS_H
#define SF_POSTGRES_LOOKS_H

#include "common/store_aggregate.h"

int sf_pg_read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                       sf_error *err);
int sf_pg_read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                       sf_error *err);
int sf_pg_read_reach(sf_store *store, sf_span reach[SF_PLATFORM_COUNT], sf_error *err);

/* postgres_counts.c */
int sf_pg_read_counts_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                         void *payload, sf_error *err);
int sf_pg_read_firsts_of(sf_store *store, const sf_topic_span *spans, const uint32_t *platforms, size_t n,
                         sf_take_count take, void *payload, sf_error *err);
int sf_pg_read_back_of(sf_store *store, const sf_topic_span *spans, size_t n, int64_t gap_ms, sf_take_count take,
                       void *payload, sf_error *err);
int sf_pg_read_event_windows_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                                void *payload, sf_error *err);

#endif
