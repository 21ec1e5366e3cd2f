/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a store, as all databases do it. */
#ifndef SF_STORES_AGGREGATE_H
#define SF_STORES_AGGREGATE_H

#include "common/store_aggregate.h"
#include "db.h"

/* aggregate.c: as in store_aggregate.h, like all that follow. */
int sf_stored_begin(sf_store *store, sf_store_use use, sf_error *err);
int sf_stored_commit(sf_store *store, sf_error *err);
void sf_stored_rollback(sf_store *store);
int sf_stored_read_marks(sf_store *store, sf_take_mark take, void *payload, sf_error *err);
int sf_stored_mark(sf_store *store, int64_t start_ms, int64_t *id, sf_error *err);
int sf_stored_unmark(sf_store *store, sf_mark m, sf_error *err);
int sf_stored_read_reach(sf_store *store, sf_span reach[SF_PLATFORM_COUNT], sf_error *err);
int sf_stored_read_state(sf_store *store, const char *name, int64_t *value, sf_error *err);
int sf_stored_save_state(sf_store *store, const char *name, int64_t value, sf_error *err);

/* From those of each platform. */
void sf_reach_of_all(sf_span reach[SF_PLATFORM_COUNT]);

/* looks.c, figures.c, leads.c */
int sf_stored_read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                           sf_error *err);
int sf_stored_read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                           sf_error *err);
int sf_stored_read_histories(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                             sf_error *err);
int sf_stored_read_buckets(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                           sf_error *err);
int sf_stored_read_counts(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                          sf_error *err);
int sf_stored_read_events(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_event take, void *payload,
                          sf_error *err);
int sf_stored_read_counts_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                             void *payload, sf_error *err);
int sf_stored_read_firsts_of(sf_store *store, const sf_topic_span *spans, const uint32_t *platforms, size_t n,
                             sf_take_count take, void *payload, sf_error *err);
int sf_stored_read_back_of(sf_store *store, const sf_topic_span *spans, size_t n, int64_t gap_ms, sf_take_count take,
                           void *payload, sf_error *err);
int sf_stored_read_totals(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                          sf_error *err);
int sf_stored_read_event_windows(sf_store *store, int64_t from_ms, int64_t to_ms, size_t most, sf_take_event take,
                                 void *payload, sf_error *err);
int sf_stored_read_event_windows_of(sf_store *store, const sf_topic_span *spans, size_t n, size_t most,
                                    sf_take_count take, void *payload, sf_error *err);
int sf_stored_put_bucket(sf_store *store, const sf_bucket *b, int is_new, sf_error *err);
int sf_stored_drop_bucket(sf_store *store, const sf_bucket *b, sf_error *err);
int sf_stored_put_event(sf_store *store, const sf_event *e, int is_new, sf_error *err);
int sf_stored_drop_event(sf_store *store, const sf_event *e, sf_error *err);
int sf_stored_put_total(sf_store *store, const sf_bucket *b, sf_error *err);
int sf_stored_replace_trends(sf_store *store, int64_t as_of_ms, const sf_topic_trend *rows, size_t n, sf_error *err);

int sf_stored_read_shared(sf_store *store, int64_t from_ms, int64_t to_ms, int64_t windows, int64_t most,
                          sf_take_topic take, void *payload, sf_error *err);
int sf_stored_replace_leads(sf_store *store, int64_t as_of_ms, const sf_lead *rows, size_t n, sf_error *err);

/* retain.c */
int sf_stored_read_age(sf_store *s, int64_t n, int64_t *event_ms, sf_error *err);
int sf_stored_remove_posts(sf_store *s, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err);
int sf_stored_remove_windows(sf_store *s, const sf_limits *beyond, int64_t stamp, int64_t *at_ms, sf_error *err);

/* What every store's table of it starts with; the rest is each one's own: lock, unlock, read_windows,
 * read_created, read_reach, read_counts_of, read_firsts_of, read_back_of, read_event_windows_of, refresh_views, measure, remove_posts, tidy. */
#define SF_STORED_AGGREGATE_OPS                                                                                        \
    .begin = sf_stored_begin, .commit = sf_stored_commit, .rollback = sf_stored_rollback,                              \
    .read_marks = sf_stored_read_marks, .read_histories = sf_stored_read_histories,                                    \
    .read_buckets = sf_stored_read_buckets, .read_events = sf_stored_read_events,                                      \
    .read_counts = sf_stored_read_counts, .read_totals = sf_stored_read_totals,                                        \
    .read_event_windows = sf_stored_read_event_windows, .put_bucket = sf_stored_put_bucket,                            \
    .drop_bucket = sf_stored_drop_bucket, .put_event = sf_stored_put_event, .drop_event = sf_stored_drop_event,        \
    .put_total = sf_stored_put_total, .replace_trends = sf_stored_replace_trends,                                      \
    .read_shared = sf_stored_read_shared, .replace_leads = sf_stored_replace_leads, .mark = sf_stored_mark,            \
    .unmark = sf_stored_unmark, .read_state = sf_stored_read_state, .save_state = sf_stored_save_state,                \
    .read_age = sf_stored_read_age, .remove_windows = sf_stored_remove_windows

#endif
