/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a SQLite store: its statements, made when first needed. */
#ifndef SF_SQLITE_AGGREGATE_H
#define SF_SQLITE_AGGREGATE_H

#include "common/store_aggregate.h"
#include "sqlite_db.h"

typedef struct sf_sqlite_aggregate sf_sqlite_aggregate;

extern const sf_aggregate_ops sf_sqlite_aggregate_ops;

void sf_sqlite_aggregate_close(sf_sqlite_aggregate *a); /* NULL is fine; gives the lock back */

/* sqlite_retain.c */
int sf_sqlite_measure(sf_store *s, sf_extent *out, sf_error *err);
int sf_sqlite_read_age(sf_store *s, int64_t n, int64_t *event_ms, sf_error *err);
int sf_sqlite_remove_posts(sf_store *s, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err);
int sf_sqlite_remove_windows(sf_store *s, const sf_limits *beyond, int64_t *at_ms, sf_error *err);
int sf_sqlite_tidy(sf_store *s, int *more, sf_error *err);

#endif
