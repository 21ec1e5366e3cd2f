/* SPDX-License-Identifier: MIT */
/* Topics that rise against their usual: as sf-aggregate left them, or worked out anew for another moment or single platforms. */
#include <string.h>

#include "ask.h"
#include "common/fail.h"

#include "common/store_aggregate.h"

static void add_filters(sf_sql *s, const sf_question *q)
{
    sf_sql_add(s, " FROM topic_trends WHERE 1 = 1");
    if (q->topic.len > 0) {
        sf_sql_add(s, " AND topic = ");
        sf_sql_text(s, q->topic);
    }
    for (size_t i = 0; i < q->n_terms; i++) {
        sf_sql_add(s, " AND replace(topic, "); /* it holds what it is another without */
        sf_sql_text(s, q->terms[i].text);
        sf_sql_add(s, ", '') <> topic");
    }
    sf_sql_add(s, q->rising ? " AND place > 0" : "");
}

static const char *column(const char *name)
{
    return strcmp(name, "place") == 0 ? "nullif(place, 0)" : name; /* what does not rise has no place */
}

void sf_ask_note_warming_up(sf_answer *a)
{
    sf_answer_note(a, "warming-up", "less than 24 hours of past to compare with: topics are by their share");
}

/* When the table was worked out, and what is to be said of it. */
static int describe(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*), count(baseline), (SELECT CAST(value AS BIGINT) FROM store_state WHERE name = "
                   "'" SF_TRENDS_AS_OF "') FROM topic_trends");
    int r = sf_sql_first(&s, db, err);
    if (r == 1) {
        int64_t n = sf_column_whole(s.stmt, 0), compared = sf_column_whole(s.stmt, 1);
        int64_t as_of = sf_column_time(s.stmt, 2);
        a->as_of_ms = as_of != SF_NO_TIME ? as_of : a->as_of_ms;
        if (n > 0 && compared == 0) {
            sf_ask_note_warming_up(a);
        }
        if (as_of == SF_NO_TIME) {
            sf_answer_note(a, "not-aggregated",
                           "no topics have been compared with their past yet: sf-aggregate does it");
        }
        if (as_of != SF_NO_TIME && q->as_of_ms - as_of > 2 * SF_BUCKET_MS) {
            char text[32];
            (void)sf_time_format(as_of, text);
            sf_answer_note(a, "stale", "as of %s: nothing newer was seen, or sf-aggregate has not run since", text);
        }
    }
    sf_sql_free(&s);
    return r < 0 ? r : SF_OK;
}

static const sf_ask_table trends = {
    .filters = add_filters, .order = "place = 0, place, z IS NULL, z DESC, share DESC, topic", .column = column};

int sf_ask_topics(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    if (q->past || q->named_platforms || q->apart != 0) {
        return sf_ask_work_out_topics(db, q, a, err);
    }
    int r = describe(db, q, a, err);
    return r == SF_OK ? sf_ask_rows(db, &trends, q, a, err) : r;
}
