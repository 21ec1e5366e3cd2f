/* SPDX-License-Identifier: MIT */
/* Answers of a SQLite store: all of one from the same state of it. */
#include "sqlite_ask.h"

#include <stdlib.h>

#include "common/fail.h"

/* ---- statements from parts ----------------------------------------------------------------------------------------- */

struct sf_sql_value {
    sf_cell_type type; /* TEXT, NUMBER, INTEGER */
    sf_cell is;
};

void sf_sql_add(sf_sql *s, const char *text)
{
    sf_buffer_text(&s->text, text);
}

static void add_value(sf_sql *s, struct sf_sql_value v)
{
    if (s->n == s->cap) {
        size_t cap = s->cap == 0 ? 32 : 2 * s->cap;
        struct sf_sql_value *values = realloc(s->values, cap * sizeof *values);
        if (values == NULL) {
            s->lost = 1;
            return;
        }
        s->values = values;
        s->cap = cap;
    }
    s->values[s->n++] = v;
    sf_buffer_text(&s->text, "?");
}

void sf_sql_text(sf_sql *s, sf_str v)
{
    add_value(s, (struct sf_sql_value){SF_CELL_TEXT, {.is.text = v}});
}

void sf_sql_number(sf_sql *s, double v)
{
    add_value(s, (struct sf_sql_value){SF_CELL_NUMBER, {.is.number = v}});
}

void sf_sql_whole(sf_sql *s, int64_t v)
{
    add_value(s, (struct sf_sql_value){SF_CELL_INTEGER, {.is.whole = v}});
}

void sf_sql_free(sf_sql *s)
{
    (void)sqlite3_finalize(s->stmt);
    free(s->values);
    sf_buffer_free(&s->text);
    *s = (sf_sql){.n = 0};
}

int sf_sql_prepare(sf_sql *s, sqlite3 *db, sf_error *err)
{
    if (s->lost || s->text.lost) {
        return sf_fail(err, SF_ENOMEM, "sqlite: %s", sf_strerror(SF_ENOMEM));
    }
    if (sqlite3_prepare_v2(db, s->text.bytes, -1, &s->stmt, NULL) != SQLITE_OK) {
        return sf_sqlite_fail(db, err);
    }
    for (size_t i = 0; i < s->n; i++) {
        const sf_cell *c = &s->values[i].is;
        switch (s->values[i].type) {
        case SF_CELL_TEXT: sf_sqlite_bind_text(s->stmt, (int)i + 1, c->is.text); break;
        case SF_CELL_NUMBER: sf_sqlite_bind_number(s->stmt, (int)i + 1, c->is.number); break;
        default: sf_sqlite_bind_time(s->stmt, (int)i + 1, c->is.whole); break;
        }
    }
    return SF_OK;
}

int sf_sql_step(sf_sql *s, sf_error *err)
{
    return sf_sqlite_step(s->stmt, err);
}

int sf_sql_count(sf_sql *s, sqlite3 *db, int64_t *out, sf_error *err)
{
    *out = 0;
    int r = sf_sql_prepare(s, db, err);
    r = r == SF_OK ? sf_sql_step(s, err) : r;
    if (r == 1) {
        *out = sqlite3_column_int64(s->stmt, 0);
    }
    return r < 0 ? r : SF_OK;
}

int sf_sqlite_cell(sqlite3_stmt *s, int i, sf_answer *a, const sf_column *column, sf_cell *c)
{
    if (sqlite3_column_type(s, i) == SQLITE_NULL) {
        return SF_OK;
    }
    switch (column->type) {
    case SF_CELL_TEXT:
    case SF_CELL_JSON: return sf_answer_text(a, c, sf_sqlite_text(s, i));
    case SF_CELL_NUMBER: sf_cell_number(c, sf_sqlite_number(s, i)); break;
    default: sf_cell_whole(c, sqlite3_column_int64(s, i)); break;
    }
    return SF_OK;
}

/* ---- the question -------------------------------------------------------------------------------------------------- */

int sf_sqlite_span(sqlite3 *db, int32_t platform, int64_t *first_ms, int64_t *last_ms, sf_error *err)
{
    sf_sql s = {.n = 0};
    *first_ms = *last_ms = SF_NO_TIME;
    sf_str name = sf_cstr(sf_platform_name(platform));
    sf_sql_add(&s, "SELECT (SELECT min(event_at) FROM signals INDEXED BY signals_new WHERE platform = ");
    sf_sql_text(&s, name);
    sf_sql_add(&s, "), (SELECT max(event_at) FROM signals INDEXED BY signals_new WHERE platform = ");
    sf_sql_text(&s, name);
    sf_sql_add(&s, ")");
    int r = sf_sql_prepare(&s, db, err);
    r = r == SF_OK ? sf_sql_step(&s, err) : r;
    if (r == 1) {
        *first_ms = sf_sqlite_time(s.stmt, 0);
        *last_ms = sf_sqlite_time(s.stmt, 1);
    }
    sf_sql_free(&s);
    return r < 0 ? r : SF_OK;
}

int sf_sqlite_explain_empty(sqlite3 *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r = SF_OK;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        int64_t first, last;
        if ((q->platforms >> i & 1U) == 0) {
            continue;
        }
        r = sf_sqlite_span(db, i, &first, &last, err);
        if (r == SF_OK && first != SF_NO_TIME) {
            a->first_ms = a->first_ms == SF_NO_TIME || first < a->first_ms ? first : a->first_ms;
            a->last_ms = last > a->last_ms ? last : a->last_ms;
        }
    }
    if (r == SF_OK) {
        sf_question_explain_empty(q, a);
    }
    return r;
}

static int answer(sqlite3 *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r;
    switch (q->ask) {
    case SF_ASK_TOPICS: r = sf_sqlite_ask_topics(db, q, a, err); break;
    case SF_ASK_HISTORY: r = sf_sqlite_ask_history(db, q, a, err); break;
    case SF_ASK_PULSE: r = sf_sqlite_ask_pulse(db, q, a, err); break;
    case SF_ASK_COMPARE:
        r = q->by_platform ? sf_sqlite_ask_pulse(db, q, a, err) : sf_sqlite_ask_events(db, q, a, err);
        break;
    default: r = sf_sqlite_ask_posts(db, q, a, err); break;
    }
    return r == SF_OK && a->n_rows == 0 ? sf_sqlite_explain_empty(db, q, a, err) : r;
}

int sf_sqlite_ask(sf_store *store, const sf_question *q, sf_answer *a, sf_error *err)
{
    sqlite3 *db = ((sf_sqlite *)store)->db;
    sf_question_start(q, a);
    int r = sf_sqlite_run(db, "BEGIN", err);
    if (r != SF_OK) {
        return r;
    }
    r = answer(db, q, a, err);
    (void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL); /* only read: nothing to lose */
    return r;
}
