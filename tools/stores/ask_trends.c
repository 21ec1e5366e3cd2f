/* SPDX-License-Identifier: MIT */
/* Topics against their past, worked out for the moment: of another time than now, or of single platforms. The library does it, as it
 * does for sf-aggregate; here its windows are read. */
#include <math.h>
#include <string.h>

#include "ask.h"
#include "common/fail.h"
#include "signalflow/trends.h"

/* " AND platform IN (...)" where it is not all of them. */
static void add_platforms(sf_sql *s, const sf_question *q)
{
    if (!q->named_platforms && q->apart == 0) {
        return;
    }
    sf_sql_add(s, " AND platform IN (''");
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        if ((q->platforms >> i & 1U) != 0) {
            sf_sql_add(s, ", ");
            sf_sql_text(s, sf_cstr(sf_platform_name(i)));
        }
    }
    sf_sql_add(s, ")");
}

static void add_windows(sf_sql *s, const sf_question *q, const sf_span *span)
{
    sf_sql_add(s, " FROM topic_timeseries WHERE count > 0 AND bucket >= ");
    sf_sql_time(s, span->from_ms);
    sf_sql_add(s, " AND bucket < ");
    sf_sql_time(s, span->to_ms);
    add_platforms(s, q);
}

static int read_counts(sf_db *db, const sf_question *q, const sf_span *span, sf_trends *t, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT topic, platform, bucket, count, authors");
    add_windows(&s, q, span);
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && (r = sf_sql_step(&s, err)) == 1) {
        r = sf_trends_add(t, sf_column_text(s.stmt, 0), sf_platform_from_name(sf_column_text(s.stmt, 1)),
                          sf_column_time(s.stmt, 2), (uint32_t)sf_column_whole(s.stmt, 3),
                          (uint32_t)sf_column_whole(s.stmt, 4));
        r = r == SF_OK ? r : sf_fail(err, r, "%s: topic_timeseries: %s", db->ops->name, sf_strerror(r));
    }
    sf_sql_free(&s);
    return r;
}

/* When the topics that are spoken of were first seen. */
static int read_first_seen(sf_db *db, const sf_question *q, const sf_span *period, sf_trends *t, sf_error *err)
{
    sf_sql s = {.db = db};
    sf_sql_add(&s,
               "SELECT topic, (SELECT min(u.bucket) FROM topic_timeseries u WHERE u.topic = w.topic AND u.count > 0");
    add_platforms(&s, q);
    sf_sql_add(&s, ") FROM (SELECT DISTINCT topic");
    add_windows(&s, q, period);
    sf_sql_add(&s, ") w");
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && (r = sf_sql_step(&s, err)) == 1) {
        r = sf_trends_topic(t, sf_column_text(s.stmt, 0), sf_column_time(s.stmt, 1), 0);
        r = r == SF_OK ? r : sf_fail(err, r, "%s: topic_timeseries: %s", db->ops->name, sf_strerror(r));
    }
    sf_sql_free(&s);
    return r;
}

/* Since when each platform is watched: its oldest look, as sf-aggregate has it. */
static int read_since(sf_db *db, sf_trends *t, sf_error *err)
{
    int r = SF_OK;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        sf_sql s = {.db = db};
        sf_sql_add(&s, "SELECT observed_at FROM signal_metrics_history WHERE platform = ");
        sf_sql_text(&s, sf_cstr(sf_platform_name(i)));
        sf_sql_add(&s, " ORDER BY observed_at LIMIT 1");
        r = sf_sql_first(&s, db, err);
        r = r == 1 ? sf_trends_since(t, i, sf_column_time(s.stmt, 0)) : r;
        sf_sql_free(&s);
    }
    return r;
}

static int read_past(sf_db *db, const sf_question *q, sf_trends *t, sf_error *err)
{
    sf_span spans[SF_TRENDS_SPANS];
    int r = sf_trends_spans(t, q->as_of_ms, spans);
    if (r != SF_OK) {
        return sf_fail(err, r, "as-of: out of range");
    }
    for (size_t i = 0; i < SF_TRENDS_SPANS && r == SF_OK; i++) {
        r = read_counts(db, q, &spans[i], t, err);
    }
    r = r == SF_OK ? read_first_seen(db, q, &spans[0], t, err) : r;
    return r == SF_OK ? read_since(db, t, err) : r;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

static int holds(sf_str name, sf_str part)
{
    for (size_t i = 0; i + part.len <= name.len; i++) {
        if (memcmp(name.ptr + i, part.ptr, part.len) == 0) {
            return 1;
        }
    }
    return 0;
}

static int fits(const sf_topic_trend *row, const sf_question *q)
{
    int fit = (!q->rising || row->rising) &&
              (q->topic.len == 0 ||
               (q->topic.len == row->topic.len && memcmp(q->topic.ptr, row->topic.ptr, q->topic.len) == 0));
    for (size_t i = 0; fit && i < q->n_terms; i++) {
        fit = holds(row->topic, q->terms[i].text);
    }
    return fit;
}

static void fill_figure(const sf_topic_trend *row, const sf_column *column, sf_cell *c)
{
    const struct {
        const char *name;
        double v;
    } figures[] = {
        {"place", row->place > 0 ? row->place : (double)NAN},
        {"now", row->now},
        {"baseline", row->baseline},
        {"ratio", row->ratio},
        {"z", row->z},
        {"share", row->share},
        {"authors", row->authors},
        {"new", row->is_new},
        {"first_seen", (double)row->first_seen_ms},
    };
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (strcmp(figures[i].name, column->name) != 0) {
            continue;
        }
        if (column->type == SF_CELL_NUMBER || isnan(figures[i].v)) {
            sf_cell_number(c, figures[i].v);
        } else {
            sf_cell_whole(c, (int64_t)figures[i].v);
        }
    }
}

static int add_row(const sf_topic_trend *row, const sf_question *q, sf_answer *a)
{
    sf_cell *cells = sf_answer_row(a);
    int r = cells != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; r == SF_OK && i < q->n_columns; i++) {
        if (strcmp(q->columns[i]->name, "topic") == 0) {
            r = sf_answer_text(a, &cells[i], row->topic);
        } else {
            fill_figure(row, q->columns[i], &cells[i]);
        }
    }
    return r;
}

static int add_rows(const sf_topic_trend *rows, size_t n, const sf_question *q, sf_answer *a)
{
    int r = SF_OK;
    size_t fit = 0, compared = 0;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        compared += (size_t)!isnan(rows[i].baseline);
        if (!fits(&rows[i], q) || fit++ < q->offset) {
            continue;
        }
        a->more |= a->n_rows == q->limit;
        r = a->more ? SF_OK : add_row(&rows[i], q, a);
    }
    a->total = q->total ? (int64_t)fit : -1;
    if (n > 0 && compared == 0) {
        sf_ask_note_warming_up(a);
    }
    return r;
}

int sf_ask_work_out_topics(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_trends *t;
    const sf_topic_trend *rows;
    int r = sf_trends_new(&t, NULL);
    if (r != SF_OK) {
        return sf_fail(err, r, "%s: %s", db->ops->name, sf_strerror(r));
    }
    r = read_past(db, q, t, err);
    if (r == SF_OK) {
        int64_t n = sf_trends_read(t, q->as_of_ms, &rows);
        r = n < 0 ? (int)n : add_rows(rows, (size_t)n, q, a);
        r = r == SF_OK ? r : sf_fail(err, r, "%s: %s", db->ops->name, sf_strerror(r));
    }
    sf_trends_free(t);
    return r;
}
