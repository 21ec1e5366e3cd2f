/* SPDX-License-Identifier: MIT */
/* What the answers of stores share: statements put together from parts. Values are always bound, never part of the text. */
#ifndef SF_STORES_ASK_H
#define SF_STORES_ASK_H

#include "common/question.h"
#include "db.h"

/* A statement in the making; starts as {.db = db}, and sf_sql_free() ends it. Texts that are bound must outlive it. */
typedef struct sf_sql {
    sf_db *db;
    sf_buffer text;
    struct sf_sql_value *values;
    size_t n, cap;
    int lost;
    int has_look; /* the newest look at each post, as of then, is at hand: l */
    sf_stmt *stmt;
} sf_sql;

void sf_sql_add(sf_sql *s, const char *text);
/* Each adds a parameter. */
void sf_sql_text(sf_sql *s, sf_str v);
void sf_sql_number(sf_sql *s, double v);
void sf_sql_whole(sf_sql *s, int64_t v);
void sf_sql_time(sf_sql *s, int64_t ms);
void sf_sql_free(sf_sql *s);

/* Has a table read through one of its indexes, where the database does not choose it by itself. */
void sf_sql_index(sf_sql *s, const char *index);

/* "EXISTS (...)": is it in a list of strings? */
void sf_sql_in_list(sf_sql *s, const char *list, sf_str v);

/* Prepares what was put together and binds it. SF_OK, or a failure. */
int sf_sql_prepare(sf_sql *s, sf_db *db, sf_error *err);

/* The next row of it: 1, 0 at the end, or a failure. */
int sf_sql_step(sf_sql *s, sf_error *err);

/* Prepares it and goes to its first row: 1, 0 where it has none, or a failure. */
int sf_sql_first(sf_sql *s, sf_db *db, sf_error *err);

/* The first number of a statement that gives one row; 0 where it gives none. */
int sf_sql_count(sf_sql *s, sf_db *db, int64_t *out, sf_error *err);

/* ---- which posts: ask_filters.c ------------------------------------------------------------------------------------- */

/* A number of a post as the question wants it, now or as of then: "raw_score", "velocity", "trending_score", "hotness", ... of
 * signals s. */
void sf_sql_post_number(sf_sql *s, const sf_question *q, const char *name);

#define SF_AHEAD_MS 300000 /* event_at lies at most so far behind first_seen_at: sf_event_time() */

/* " AND ..." for the period, and what follows from as-of. */
void sf_sql_period(sf_sql *s, const sf_question *q);

/* " AND ..." for the author, so that the index by authors is found. */
void sf_sql_author(sf_sql *s, const sf_question *q);

/* " AND ..." for each of the question's filters that single posts meet, but for the platform and the full text. */
void sf_sql_post_filters(sf_sql *s, const sf_question *q);

/* Posts as fast as this have an index of their own, signals_fast. */
#define SF_FAST      0.016
#define SF_FAST_TEXT "0.016" /* as its condition must say */

/* Can the full text find the posts? It can where a topic or words are asked for. */
int sf_sql_has_text(const sf_question *q);

/* "FROM ... WHERE ..." of the posts that fit: by text those of all platforms; by time those of one, through an index. by_id: the texts of the
 * period are told by their ids first, which takes a look at each entry that the period has in an index. */
void sf_sql_posts_by_time(sf_sql *s, const sf_question *q, int32_t platform, const char *index);
/* " FROM ... WHERE ..." of the texts that match, whatever the posts are. */
void sf_sql_texts(sf_sql *s, const sf_question *q);
int sf_sql_posts_by_text(sf_sql *s, sf_db *db, const sf_question *q, int by_id, sf_error *err);

/* Those that were looked at after a moment and by then (as-of), each with the newest of these looks. least: leaves out those that such a look tells to
 * have been less hot; NaN: none. */
void sf_sql_posts_by_looks(sf_sql *s, const sf_question *q, int32_t platform, int64_t after_ms, double least);

/* Oldest and newest post of a platform, by event time. SF_NO_TIME: it has none. */
int sf_ask_span(sf_db *db, int32_t platform, int64_t *first_ms, int64_t *last_ms, sf_error *err);

/* Says of an answer with nothing in it from when to when there would be something. */
int sf_ask_explain_empty(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);

/* The platform that a source of the table coverage belongs to. */
int32_t sf_ask_platform_of_source(sf_str source);

/* Fills in the answer's coverage. */
int sf_ask_coverage(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);

/* ---- the questions ------------------------------------------------------------------------------------------------- */

int sf_ask_posts(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);
int sf_ask_topics(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);
int sf_ask_pulse(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err); /* comparisons of platforms too */
int sf_ask_events(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);
int sf_ask_leads(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);
int sf_ask_history(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);

/* Topics of another moment than the last cycle's, or of single platforms: ask_trends.c. */
int sf_ask_work_out_topics(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err);
void sf_ask_note_warming_up(sf_answer *a);

/* A question that one table answers: its rows, a page of them, and how many there are. */
typedef struct sf_ask_table {
    void (*filters)(sf_sql *s, const sf_question *q); /* " FROM ... WHERE ..." */
    const char *order, *turned; /* what comes first; from the other end, NULL where that is not asked for */
    const char *(*column)(const char *name); /* the SQL of a column; NULL: its name */
    const char *from; /* rows are read by their id, from here, once an index has told which; NULL: at once */
} sf_ask_table;

int sf_ask_rows(sf_db *db, const sf_ask_table *t, const sf_question *q, sf_answer *a, sf_error *err);

/* Reads column i of a statement's row into a cell by the type of its column. SF_OK, SF_ENOMEM. */
int sf_ask_cell(sf_stmt *s, int i, sf_answer *a, const sf_column *column, sf_cell *c);

/* sf_store_ops.ask */
int sf_stored_ask(sf_store *store, const sf_question *q, sf_answer *a, sf_error *err);

#endif
