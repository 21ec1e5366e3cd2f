/* SPDX-License-Identifier: MIT */
/* Topics that showed up on several platforms at once, as sf-aggregate found them. */
#include "ask.h"
#include "common/fail.h"

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
    for (int32_t i = 1; q->named_platforms && i < SF_PLATFORM_COUNT; i++) {
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(s, " AND ");
            sf_sql_in_list(s, "platforms", sf_cstr(sf_platform_name(i)));
        }
    }
    sf_sql_add(s, q->named_platforms && q->platforms == 0 ? " AND 1 = 0" : "");
    sf_sql_add(s, q->significant ? " AND significant IS TRUE" : "");
}

static int read_events(sf_sql *s, sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r = sf_sql_prepare(s, db, err);
    while (r == SF_OK && (r = sf_sql_step(s, err)) == 1) {
        if (a->n_rows == q->limit) {
            a->more = 1;
            return SF_OK;
        }
        sf_cell *cells = sf_answer_row(a);
        r = cells != NULL ? SF_OK : sf_fail(err, SF_ENOMEM, "%s: %s", db->ops->name, sf_strerror(SF_ENOMEM));
        for (size_t i = 0; r == SF_OK && i < q->n_columns; i++) {
            r = sf_ask_cell(s->stmt, (int)i, a, q->columns[i], &cells[i]);
        }
    }
    return r;
}

static int count(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*)");
    add_filters(&s, q);
    int r = sf_sql_count(&s, db, &a->total, err);
    sf_sql_free(&s);
    return r;
}

int sf_ask_events(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    for (size_t i = 0; i < q->n_columns; i++) {
        sf_sql_add(&s, i == 0 ? "SELECT " : ", ");
        sf_sql_add(&s, q->columns[i]->name);
    }
    add_filters(&s, q);
    sf_sql_add(&s, " ORDER BY bucket DESC, ts DESC, topic LIMIT ");
    sf_sql_whole(&s, (int64_t)q->limit + 1);
    sf_sql_add(&s, " OFFSET ");
    sf_sql_whole(&s, q->offset);
    int r = read_events(&s, db, q, a, err);
    sf_sql_free(&s);
    return r == SF_OK && q->total ? count(db, q, a, err) : r;
}
