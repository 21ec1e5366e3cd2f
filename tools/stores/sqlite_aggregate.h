/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a SQLite store: its statements, made when first needed. */
#ifndef SF_SQLITE_AGGREGATE_H
#define SF_SQLITE_AGGREGATE_H

#include "common/store_aggregate.h"
#include "sqlite_db.h"

typedef struct sf_sqlite_aggregate sf_sqlite_aggregate;

extern const sf_aggregate_ops sf_sqlite_aggregate_ops;

void sf_sqlite_aggregate_close(sf_sqlite_aggregate *a); /* NULL is fine; gives the lock back */

/* A statement by its text, made once: the address of a constant tells it. */
int sf_sqlite_kept(sf_store *s, const char *sql, sqlite3_stmt **out, sf_error *err);

/* Runs a statement that gives no rows. */
int sf_sqlite_run_kept(sf_store *s, const char *sql, sf_error *err);

/* Takes what a row says, as the takers of store_aggregate.h do. */
typedef int (*sf_sqlite_row)(sqlite3_stmt *q, void *payload);

/* Hands each row of a bound statement on, until that says that it is enough. */
int sf_sqlite_walk(sqlite3_stmt *q, sf_sqlite_row take, void *payload, sf_error *err);

/* Where the lists of the row at hand live. */
sf_batch *sf_sqlite_row_memory(sf_store *s);

/* A list of strings as JSON; what is none has none. They live in the arena, which is emptied first. */
int sf_sqlite_read_strings(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n);

static inline void sf_sqlite_bind_name(sqlite3_stmt *q, int i, const char *name)
{
    sf_sqlite_bind_text(q, i, sf_cstr(name));
}

static inline int32_t sf_sqlite_platform(sqlite3_stmt *q, int i)
{
    return sf_platform_from_name(sf_sqlite_text(q, i));
}

/* sqlite_looks.c, sqlite_figures.c: as in store_aggregate.h */
int sf_sqlite_read_windows(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                           sf_error *err);
int sf_sqlite_read_created(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                           sf_error *err);
int sf_sqlite_read_histories(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload,
                             sf_error *err);
int sf_sqlite_read_buckets(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                           sf_error *err);
int sf_sqlite_read_events(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_event take, void *payload,
                          sf_error *err);
int sf_sqlite_read_counts(sf_store *store, sf_str topic, int64_t from_ms, int64_t to_ms, sf_take_bucket take,
                          void *payload, sf_error *err);
int sf_sqlite_read_totals(sf_store *store, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload,
                          sf_error *err);
int sf_sqlite_read_event_windows(sf_store *store, sf_str topic, int64_t from_ms, int64_t to_ms, sf_take_event take,
                                 void *payload, sf_error *err);
int sf_sqlite_put_bucket(sf_store *store, const sf_bucket *b, sf_error *err);
int sf_sqlite_drop_bucket(sf_store *store, const sf_bucket *b, sf_error *err);
int sf_sqlite_put_event(sf_store *store, const sf_event *e, sf_error *err);
int sf_sqlite_drop_event(sf_store *store, const sf_event *e, sf_error *err);
int sf_sqlite_put_total(sf_store *store, const sf_bucket *b, sf_error *err);
int sf_sqlite_replace_trends(sf_store *store, int64_t as_of_ms, const sf_topic_trend *rows, size_t n, sf_error *err);

/* sqlite_retain.c */
int sf_sqlite_measure(sf_store *s, sf_extent *out, sf_error *err);
int sf_sqlite_read_age(sf_store *s, int64_t n, int64_t *event_ms, sf_error *err);
int sf_sqlite_remove_posts(sf_store *s, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err);
int sf_sqlite_remove_windows(sf_store *s, const sf_limits *beyond, int64_t *at_ms, sf_error *err);
int sf_sqlite_tidy(sf_store *s, int *more, sf_error *err);

#endif
