/* SPDX-License-Identifier: MIT */
/* sf-aggregate's questions to a store: transactions, marks and figures. Looks are in looks.c, what a cycle keeps in figures.c, retention in
 * retain.c; what each database does its own way in sqlite_aggregate.c and postgres_aggregate.c. */
#include "aggregate.h"

#include <stdio.h>

/* ---- transactions ------------------------------------------------------------------------------------------------- */

int sf_stored_begin(sf_store *store, sf_store_use use, sf_error *err)
{
    sf_db *db = sf_db_of(store);
    return db->ops->begin(db, use, err);
}

int sf_stored_commit(sf_store *store, sf_error *err)
{
    sf_db *db = sf_db_of(store);
    return db->ops->commit(db, err);
}

void sf_stored_rollback(sf_store *store)
{
    sf_db *db = sf_db_of(store);
    db->ops->rollback(db);
}

/* ---- marks and figures -------------------------------------------------------------------------------------------- */

static const char marks_sql[] = "SELECT bucket, id FROM dirty_buckets ORDER BY bucket, id";
static const char mark_sql[] = "INSERT INTO dirty_buckets (bucket) VALUES (?1) RETURNING id";
static const sf_rows_sql unmark_sql = {"w", "DELETE FROM dirty_buckets WHERE id IN (", ")"};
static const char first_sql[] = "SELECT min(observed_at) FROM signal_metrics_history WHERE platform = ?1";
static const char newest_sql[] = "SELECT max(observed_at) FROM signal_metrics_history WHERE platform = ?1";
static const char read_state_sql[] = "SELECT CAST(value AS BIGINT) FROM store_state WHERE name = ?1";
static const char save_state_sql[] = "INSERT INTO store_state (name, value) VALUES (?1, ?2)"
                                     " ON CONFLICT (name) DO UPDATE SET value = ?2";
static const char forget_state_sql[] = "DELETE FROM store_state WHERE name = ?1";

typedef struct mark_taker {
    sf_take_mark take;
    void *payload;
} mark_taker;

static int take_mark(sf_stmt *q, void *payload)
{
    const mark_taker *t = payload;
    sf_mark m = {sf_column_whole(q, 0), sf_column_whole(q, 1)};
    return t->take(t->payload, m);
}

int sf_stored_read_marks(sf_store *store, sf_take_mark take, void *payload, sf_error *err)
{
    sf_stmt *q;
    mark_taker t = {take, payload};
    int r = sf_db_kept(sf_db_of(store), marks_sql, &q, err);
    return r == SF_OK ? sf_db_walk(q, take_mark, &t, err) : r;
}

int sf_stored_mark(sf_store *store, int64_t start_ms, int64_t *id, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), mark_sql, &q, err);
    if (r == SF_OK) {
        sf_bind_time(q, 1, start_ms);
        r = sf_db_step(q, err);
    }
    if (r == 1) {
        *id = sf_column_whole(q, 0);
        r = sf_db_step(q, err); /* to its end, so that it counts as done */
    }
    return r;
}

int sf_stored_unmark(sf_store *store, sf_mark m, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_rows(sf_db_of(store), &unmark_sql, &q, err);
    if (r == SF_OK) {
        sf_bind_whole(q, 1, m.id);
        r = sf_db_put(q, err);
    }
    return r;
}

static int ask_platform(sf_stmt *q, int32_t platform, int64_t *out, sf_error *err)
{
    sf_bind_name(q, 1, sf_platform_name(platform));
    return sf_db_ask_time(q, out, err);
}

int sf_stored_read_reach(sf_store *store, sf_span reach[SF_PLATFORM_COUNT], sf_error *err)
{
    sf_stmt *first, *newest;
    int r = sf_db_kept(sf_db_of(store), first_sql, &first, err);
    r = r == SF_OK ? sf_db_kept(sf_db_of(store), newest_sql, &newest, err) : r;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        r = ask_platform(first, p, &reach[p].from_ms, err);
        r = r == SF_OK ? ask_platform(newest, p, &reach[p].to_ms, err) : r;
    }
    if (r == SF_OK) {
        sf_reach_of_all(reach);
    }
    return r;
}

void sf_reach_of_all(sf_span reach[SF_PLATFORM_COUNT])
{
    sf_span all = {SF_NO_TIME, SF_NO_TIME};
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT; p++) {
        int64_t from = reach[p].from_ms;
        all.from_ms = from != SF_NO_TIME && (all.from_ms == SF_NO_TIME || from < all.from_ms) ? from : all.from_ms;
        all.to_ms = reach[p].to_ms > all.to_ms ? reach[p].to_ms : all.to_ms; /* SF_NO_TIME is before all */
    }
    reach[SF_PLATFORM_UNKNOWN] = all;
}

int sf_stored_read_state(sf_store *store, const char *name, int64_t *value, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(sf_db_of(store), read_state_sql, &q, err);
    if (r == SF_OK) {
        sf_bind_name(q, 1, name);
        r = sf_db_ask_time(q, value, err); /* a time or not: whole numbers both */
    }
    return r;
}

int sf_stored_save_state(sf_store *store, const char *name, int64_t value, sf_error *err)
{
    sf_stmt *q;
    char text[32];
    int known = value != SF_NO_TIME;
    int r = sf_db_kept(sf_db_of(store), known ? save_state_sql : forget_state_sql, &q, err);
    if (r == SF_OK) {
        snprintf(text, sizeof text, "%lld", (long long)value);
        sf_bind_name(q, 1, name);
        if (known) {
            sf_bind_name(q, 2, text);
        }
        r = sf_db_step(q, err);
    }
    return r;
}
