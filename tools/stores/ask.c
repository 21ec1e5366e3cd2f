/* SPDX-License-Identifier: MIT */
/* Answers of a store: all of one from the same state of it. */
#include "ask.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"

/* ---- statements from parts ----------------------------------------------------------------------------------------- */

struct sf_sql_value {
    sf_cell_type type; /* TEXT, NUMBER, INTEGER, TIME */
    sf_cell is;
};

void sf_sql_add(sf_sql *s, const char *text)
{
    sf_buffer_text(&s->text, text);
}

static int is_same(const struct sf_sql_value *a, const struct sf_sql_value *b)
{
    if (a->type != b->type) {
        return 0;
    }
    switch (a->type) {
    case SF_CELL_TEXT:
        return a->is.is.text.len == b->is.is.text.len &&
               memcmp(a->is.is.text.ptr, b->is.is.text.ptr, a->is.is.text.len) == 0;
    case SF_CELL_NUMBER: return a->is.is.number == b->is.is.number;
    default: return a->is.is.whole == b->is.is.whole;
    }
}

/* The place of a value that is there already, for the same may be asked of each platform; n: it is not. */
static size_t find_value(const sf_sql *s, const struct sf_sql_value *v)
{
    size_t i = 0;
    while (i < s->n && !is_same(&s->values[i], v)) {
        i++;
    }
    return i;
}

static void add_value(sf_sql *s, struct sf_sql_value v)
{
    size_t place = find_value(s, &v);
    if (place < s->n) {
        sf_buffer_text(&s->text, "?");
        sf_buffer_whole(&s->text, (int64_t)place + 1);
        return;
    }
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
    sf_buffer_whole(&s->text, (int64_t)s->n);
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

void sf_sql_time(sf_sql *s, int64_t ms)
{
    add_value(s, (struct sf_sql_value){SF_CELL_TIME, {.is.whole = ms}});
}

void sf_sql_index(sf_sql *s, const char *index)
{
    if (!s->db->ops->is_server) {
        sf_sql_add(s, " INDEXED BY ");
        sf_sql_add(s, index);
    }
}

void sf_sql_in_list(sf_sql *s, const char *list, sf_str v)
{
    int is_server = s->db->ops->is_server;
    sf_sql_add(s, is_server ? "EXISTS (SELECT 1 FROM json_array_elements_text(" : "EXISTS (SELECT 1 FROM json_each(");
    sf_sql_add(s, list);
    sf_sql_add(s, is_server ? ") AS list (value) WHERE value = " : ") WHERE value = ");
    sf_sql_text(s, v);
    sf_sql_add(s, ")");
}

void sf_sql_free(sf_sql *s)
{
    sf_db_give_back(s->stmt);
    free(s->values);
    sf_buffer_free(&s->text);
    *s = (sf_sql){.db = s->db};
}

int sf_sql_prepare(sf_sql *s, sf_db *db, sf_error *err)
{
    if (s->lost || s->text.lost) {
        return sf_fail(err, SF_ENOMEM, "%s: %s", db->ops->name, sf_strerror(SF_ENOMEM));
    }
    int r = sf_db_lend(db, (sf_str){s->text.bytes, s->text.len}, &s->stmt, err);
    if (r != SF_OK) {
        return r;
    }
    for (size_t i = 0; i < s->n; i++) {
        const sf_cell *c = &s->values[i].is;
        switch (s->values[i].type) {
        case SF_CELL_TEXT: sf_bind_text(s->stmt, (int)i + 1, c->is.text); break;
        case SF_CELL_NUMBER: sf_bind_number(s->stmt, (int)i + 1, c->is.number); break;
        case SF_CELL_TIME: sf_bind_time(s->stmt, (int)i + 1, c->is.whole); break;
        default: sf_bind_whole(s->stmt, (int)i + 1, c->is.whole); break;
        }
    }
    return SF_OK;
}

int sf_sql_step(sf_sql *s, sf_error *err)
{
    return sf_db_step(s->stmt, err);
}

int sf_sql_first(sf_sql *s, sf_db *db, sf_error *err)
{
    int r = sf_sql_prepare(s, db, err);
    return r == SF_OK ? sf_sql_step(s, err) : r;
}

int sf_sql_count(sf_sql *s, sf_db *db, int64_t *out, sf_error *err)
{
    *out = 0;
    int r = sf_sql_first(s, db, err);
    if (r == 1) {
        *out = sf_column_whole(s->stmt, 0);
    }
    return r < 0 ? r : SF_OK;
}

int sf_ask_cell(sf_stmt *s, int i, sf_answer *a, const sf_column *column, sf_cell *c)
{
    if (sf_column_is_null(s, i)) {
        return SF_OK;
    }
    switch (column->type) {
    case SF_CELL_TEXT:
    case SF_CELL_JSON: return sf_answer_text(a, c, sf_column_text(s, i));
    case SF_CELL_NUMBER: sf_cell_number(c, sf_column_number(s, i)); break;
    default: sf_cell_whole(c, sf_column_whole(s, i)); break;
    }
    return SF_OK;
}

/* ---- one table ----------------------------------------------------------------------------------------------------- */

static int fill_row(sf_sql *s, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_cell *cells = sf_answer_row(a);
    int r = cells != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; r == SF_OK && i < q->n_columns; i++) {
        r = sf_ask_cell(s->stmt, (int)i, a, q->columns[i], &cells[i]);
    }
    return r == SF_OK ? r : sf_fail(err, r, "%s: %s", s->db->ops->name, sf_strerror(r));
}

static int read_page(sf_db *db, const sf_ask_table *t, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_sql s = {.db = db};
    for (size_t i = 0; i < q->n_columns; i++) {
        const char *name = q->columns[i]->name;
        sf_sql_add(&s, i == 0 ? "SELECT " : ", ");
        sf_sql_add(&s, t->column != NULL ? t->column(name) : name);
    }
    const char *order = q->turned ? t->turned : t->order;
    if (t->from != NULL) { /* what is skipped is skipped in the index */
        sf_sql_add(&s, t->from);
        sf_sql_add(&s, " WHERE id IN (SELECT id");
    }
    t->filters(&s, q);
    sf_sql_add(&s, " ORDER BY ");
    sf_sql_add(&s, order);
    sf_sql_add(&s, " LIMIT ");
    sf_sql_whole(&s, (int64_t)q->limit + 1);
    sf_sql_add(&s, " OFFSET ");
    sf_sql_whole(&s, q->offset);
    if (t->from != NULL) {
        sf_sql_add(&s, ") ORDER BY ");
        sf_sql_add(&s, order);
    }
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && !a->more && (r = sf_sql_step(&s, err)) == 1) {
        a->more = a->n_rows == q->limit;
        r = a->more ? SF_OK : fill_row(&s, q, a, err);
    }
    sf_sql_free(&s);
    return r;
}

int sf_ask_rows(sf_db *db, const sf_ask_table *t, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r = read_page(db, t, q, a, err);
    if (r == SF_OK && q->total) {
        sf_sql s = {.db = db};
        int64_t most = INT64_C(10) * q->reach;
        sf_sql_add(&s, most > 0 ? "SELECT count(*) FROM (SELECT 1" : "SELECT count(*)");
        t->filters(&s, q);
        if (most > 0) {
            sf_sql_add(&s, " LIMIT ");
            sf_sql_whole(&s, most + 1);
            sf_sql_add(&s, ") counted");
        }
        r = sf_sql_count(&s, db, &a->total, err);
        sf_sql_free(&s);
        a->cut = most > 0 && a->total > most;
        a->total = a->cut ? most : a->total;
    }
    return r;
}

/* ---- the question -------------------------------------------------------------------------------------------------- */

int sf_ask_span(sf_db *db, int32_t platform, int64_t *first_ms, int64_t *last_ms, sf_error *err)
{
    sf_sql s = {.db = db};
    *first_ms = *last_ms = SF_NO_TIME;
    sf_str name = sf_cstr(sf_platform_name(platform));
    sf_sql_add(&s, "SELECT (SELECT min(event_at) FROM signals");
    sf_sql_index(&s, "signals_new");
    sf_sql_add(&s, " WHERE platform = ");
    sf_sql_text(&s, name);
    sf_sql_add(&s, "), (SELECT max(event_at) FROM signals");
    sf_sql_index(&s, "signals_new");
    sf_sql_add(&s, " WHERE platform = ");
    sf_sql_text(&s, name);
    sf_sql_add(&s, ")");
    int r = sf_sql_first(&s, db, err);
    if (r == 1) {
        *first_ms = sf_column_time(s.stmt, 0);
        *last_ms = sf_column_time(s.stmt, 1);
    }
    sf_sql_free(&s);
    return r < 0 ? r : SF_OK;
}

int sf_ask_explain_empty(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r = SF_OK;
    for (int32_t i = 1; i < SF_PLATFORM_COUNT && r == SF_OK; i++) {
        int64_t first, last;
        if ((q->platforms >> i & 1U) == 0) {
            continue;
        }
        r = sf_ask_span(db, i, &first, &last, err);
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

static int answer(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    int r;
    switch (q->ask) {
    case SF_ASK_TOPICS: r = sf_ask_topics(db, q, a, err); break;
    case SF_ASK_HISTORY: r = sf_ask_history(db, q, a, err); break;
    case SF_ASK_PULSE: r = sf_ask_pulse(db, q, a, err); break;
    case SF_ASK_COMPARE:
        r = (q->by_platform ? sf_ask_pulse : q->by_lead ? sf_ask_leads : sf_ask_events)(db, q, a, err);
        break;
    default: r = sf_ask_posts(db, q, a, err); break;
    }
    return r == SF_OK && a->n_rows == 0 ? sf_ask_explain_empty(db, q, a, err) : r;
}

int sf_stored_ask(sf_store *store, const sf_question *q, sf_answer *a, sf_error *err)
{
    sf_db *db = sf_db_of(store);
    sf_question_start(q, a);
    int r = db->ops->begin(db, SF_STORE_READ, err);
    if (r != SF_OK) {
        return r;
    }
    r = answer(db, q, a, err);
    db->ops->rollback(db); /* only read: nothing to lose */
    return r;
}
