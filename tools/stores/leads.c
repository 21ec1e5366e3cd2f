/* SPDX-License-Identifier: MIT */
/* Leads in a store: the topics that are worth a look, and what was found of them. */
#include "aggregate.h"

static const char shared_sql[] =
    "SELECT topic FROM (SELECT topic, count(*) AS n FROM topic_timeseries WHERE bucket >= ?1 AND bucket < ?2"
    " AND count > 0 GROUP BY topic, platform HAVING count(*) >= ?3) s GROUP BY topic HAVING count(*) >= 2"
    " ORDER BY sum(n) DESC, topic LIMIT ?4";
static const char drop_sql[] = "DELETE FROM lead_lag";
static const sf_rows_sql put_sql = {
    "tttnnnfwmnn",
    "INSERT INTO lead_lag (topic, leader, follower, lag_seconds, correlation, p_value, significant, n, as_of,"
    " correlation_low, correlation_high)",
    ""};

typedef struct topic_taker {
    sf_take_topic take;
    void *payload;
} topic_taker;

static int take_topic(sf_stmt *q, void *payload)
{
    const topic_taker *t = payload;
    return t->take(t->payload, sf_column_text(q, 0));
}

int sf_stored_read_shared(sf_store *store, int64_t from_ms, int64_t to_ms, int64_t windows, int64_t most,
                          sf_take_topic take, void *payload, sf_error *err)
{
    sf_stmt *q;
    topic_taker t = {take, payload};
    int r = sf_db_kept(sf_db_of(store), shared_sql, &q, err);
    if (r == SF_OK) {
        sf_bind_time(q, 1, from_ms);
        sf_bind_time(q, 2, to_ms);
        sf_bind_whole(q, 3, windows);
        sf_bind_whole(q, 4, most);
        r = sf_db_walk(q, take_topic, &t, err);
    }
    return r;
}

static int put(sf_stmt *q, int64_t as_of_ms, const sf_lead *l, sf_error *err)
{
    sf_bind_text(q, 1, l->topic);
    sf_bind_name(q, 2, sf_platform_name(l->leader));
    sf_bind_name(q, 3, sf_platform_name(l->follower));
    sf_bind_number(q, 4, (double)l->lag_ms / 1000.0);
    sf_bind_number(q, 5, l->correlation);
    sf_bind_number(q, 6, l->p_value);
    sf_bind_flag(q, 7, l->significant);
    sf_bind_whole(q, 8, l->n);
    sf_bind_time(q, 9, as_of_ms);
    sf_bind_number(q, 10, l->low);
    sf_bind_number(q, 11, l->high);
    return sf_db_put(q, err);
}

int sf_stored_replace_leads(sf_store *store, int64_t as_of_ms, const sf_lead *rows, size_t n, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_run_kept(sf_db_of(store), drop_sql, err);
    r = r == SF_OK ? sf_db_rows(sf_db_of(store), &put_sql, &q, err) : r;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = put(q, as_of_ms, &rows[i], err);
    }
    return r;
}
