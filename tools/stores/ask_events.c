/* SPDX-License-Identifier: MIT */
/* Topics that showed up on several platforms at once, and platforms that precede others on them, as sf-aggregate found them. */
#include <string.h>

#include "ask.h"

static void add_filters(sf_sql *s, const sf_question *q)
{
    sf_sql_add(s, " FROM cross_platform_events WHERE bucket >= ");
    sf_sql_time(s, q->since_ms - SF_BUCKET_MS);
    if (q->since_ms > 0) { /* else the index tells how many there are */
        sf_sql_add(s, " AND ts >= ");
        sf_sql_time(s, q->since_ms);
    }
    int64_t until = q->until_ms;
    if (q->past && (until == SF_NO_TIME || until > q->as_of_ms + 1)) {
        until = q->as_of_ms + 1;
    }
    if (until != SF_NO_TIME) {
        sf_sql_add(s, " AND bucket < ");
        sf_sql_time(s, until);
        sf_sql_add(s, " AND ts < ");
        sf_sql_time(s, until);
    }
    if (q->topic.len > 0) {
        sf_sql_add(s, " AND topic = ");
        sf_sql_text(s, q->topic);
    }
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        int apart = (q->apart >> i & 1U) != 0;
        if (apart || (q->named_platforms && (q->platforms >> i & 1U) != 0)) {
            sf_sql_add(s, apart ? " AND NOT " : " AND ");
            sf_sql_in_list(s, "platforms", sf_cstr(sf_platform_name(i)));
        }
    }
    sf_sql_add(s, q->named_platforms && q->platforms == 0 ? " AND 1 = 0" : "");
    sf_sql_add(s, q->significant ? " AND significant IS TRUE" : "");
}

int sf_ask_events(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    static const sf_ask_table events = {.filters = add_filters,
                                        .order = "bucket DESC, ts DESC, topic",
                                        .turned = "bucket, ts, topic DESC",
                                        .from = " FROM cross_platform_events"};
    return sf_ask_rows(db, &events, q, a, err);
}

/* Those of the last cycle: of another moment there are none. */
static void add_lead_filters(sf_sql *s, const sf_question *q)
{
    sf_sql_add(s, " FROM lead_lag WHERE as_of <= ");
    sf_sql_time(s, q->past ? q->as_of_ms : INT64_MAX);
    if (q->topic.len > 0) {
        sf_sql_add(s, " AND topic = ");
        sf_sql_text(s, q->topic);
    }
    for (int32_t i = 1; q->named_platforms && i < SF_PLATFORM_COUNT; i++) {
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(s, " AND ");
            sf_sql_text(s, sf_cstr(sf_platform_name(i)));
            sf_sql_add(s, " IN (leader, follower)");
        }
    }
    sf_sql_add(s, q->named_platforms && q->platforms == 0 ? " AND 1 = 0" : "");
    sf_sql_add(s, q->significant ? " AND significant IS TRUE" : "");
}

static const char *lead_column(const char *name)
{
    return strcmp(name, "p") == 0 ? "p_value" : name;
}

int sf_ask_leads(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    static const sf_ask_table leads = {.filters = add_lead_filters,
                                       .order = "p_value, correlation DESC, topic, leader, follower",
                                       .column = lead_column};
    return sf_ask_rows(db, &leads, q, a, err);
}
