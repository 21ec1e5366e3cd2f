/* SPDX-License-Identifier: MIT */
/* What was hottest at a moment, by the looks before it: a trending score is 1 at most, so how hot a post was tells how long ago its newest look lies. */
#include <math.h>

#include "ask_reach.h"
#include "merge.h"

/* No look of the period's posts lies before it. */
static int64_t first_look(const sf_question *q)
{
    return q->since_ms != SF_NO_TIME ? q->since_ms - SF_AHEAD_MS : 0;
}

/* When the look lies that comes before the last n by then. 1: there is one, 0: there are not so many, or a failure. */
static int look_behind(sf_db *db, const sf_question *q, int32_t platform, uint32_t n, int64_t *at, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT l.observed_at FROM signal_metrics_history l");
    sf_sql_index(&s, "signal_metrics_history_observed");
    sf_sql_add(&s, " WHERE l.platform = ");
    sf_sql_text(&s, sf_cstr(sf_platform_name(platform)));
    sf_sql_add(&s, " AND l.observed_at >= ");
    sf_sql_time(&s, first_look(q));
    sf_sql_add(&s, " AND l.observed_at <= ");
    sf_sql_time(&s, q->as_of_ms);
    sf_sql_add(&s, " ORDER BY l.observed_at DESC LIMIT 1 OFFSET ");
    sf_sql_whole(&s, n);
    int r = sf_sql_first(&s, db, err);
    if (r == 1) {
        *at = sf_column_time(s.stmt, 0);
    }
    sf_sql_free(&s);
    return r;
}

int sf_ask_last_seen(sf_db *db, const sf_question *q, uint32_t n, sf_reach *out, sf_error *err)
{
    *out = sf_ask_all(q);
    out->seen_after_ms = first_look(q) - 1;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        int64_t at;
        int r = (q->platforms >> i & 1U) != 0 ? look_behind(db, q, i, n, &at, err) : 0;
        if (r < 0) {
            return r;
        }
        out->seen_after_ms = r == 1 && at > out->seen_after_ms ? at : out->seen_after_ms;
    }
    return out->seen_after_ms < first_look(q);
}

int sf_ask_as_hot(sf_db *db, const sf_question *q, double least, sf_reach *out, sf_error *err)
{
    sf_reach allowed;
    int64_t after = (int64_t)floor(least * SF_HOT_HALVES_MS) - 1, first = first_look(q) - 1;
    int r = q->reach > 0 ? sf_ask_last_seen(db, q, q->reach, &allowed, err) : 1;
    *out = sf_ask_all(q);
    out->seen_after_ms = after > first ? after : first;
    out->least_hotness = least;
    return r == 0 ? allowed.seen_after_ms <= out->seen_after_ms : r;
}
