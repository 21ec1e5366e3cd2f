/* SPDX-License-Identifier: MIT */
/* How a post's numbers went: its looks, oldest first. */
#include "ask.h"

static void add_filters(sf_sql *s, const sf_question *q)
{
    int32_t platform = 1;
    while (platform < SF_PLATFORM_COUNT - 1 && (q->platforms >> platform & 1U) == 0) {
        platform++;
    }
    sf_sql_add(s, " FROM signal_metrics_history WHERE platform = ");
    sf_sql_text(s, sf_cstr(q->platforms != 0 ? sf_platform_name(platform) : ""));
    sf_sql_add(s, " AND source_id = ");
    sf_sql_text(s, q->source_id);
    if (q->past) {
        sf_sql_add(s, " AND observed_at <= ");
        sf_sql_time(s, q->as_of_ms);
    }
}

int sf_ask_history(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    static const sf_ask_table history = {.filters = add_filters, .order = "observed_at"};
    return sf_ask_rows(db, &history, q, a, err);
}
