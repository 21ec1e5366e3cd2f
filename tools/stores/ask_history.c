/* SPDX-License-Identifier: MIT */
/* How a post's numbers went: its looks, oldest first. */
#include "ask.h"
#include "common/fail.h"

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

static int count(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT count(*)");
    add_filters(&s, q);
    int r = sf_sql_count(&s, db, &a->total, err);
    sf_sql_free(&s);
    return r;
}

static int read_rows(sf_sql *s, sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
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

int sf_ask_history(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    for (size_t i = 0; i < q->n_columns; i++) {
        sf_sql_add(&s, i == 0 ? "SELECT " : ", ");
        sf_sql_add(&s, q->columns[i]->name);
    }
    add_filters(&s, q);
    sf_sql_add(&s, " ORDER BY observed_at LIMIT ");
    sf_sql_whole(&s, (int64_t)q->limit + 1);
    sf_sql_add(&s, " OFFSET ");
    sf_sql_whole(&s, q->offset);
    int r = read_rows(&s, db, q, a, err);
    sf_sql_free(&s);
    return r == SF_OK && q->total ? count(db, q, a, err) : r;
}
