/* SPDX-License-Identifier: MIT */
/* Topics that showed up on several platforms at once, as sf-aggregate found them. */
#include "ask.h"

static void add_filters(sf_sql *s, const sf_question *q)
{
    sf_sql_add(s, " FROM cross_platform_events WHERE bucket >= ");
    sf_sql_time(s, q->since_ms - SF_BUCKET_MS);
    sf_sql_add(s, " AND ts >= ");
    sf_sql_time(s, q->since_ms);
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
    static const sf_ask_table events = {.filters = add_filters, .order = "bucket DESC, ts DESC, topic"};
    return sf_ask_rows(db, &events, q, a, err);
}
