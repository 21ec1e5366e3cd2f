/* SPDX-License-Identifier: MIT */
/* An answer: typed columns and rows, and what there is to say about them. Stores fill it, printers and the REST server write it out;
 * neither knows the other. What is not known is an unknown cell: null, never 0. */
#ifndef SF_ANSWER_H
#define SF_ANSWER_H

#include "buffer.h"

typedef enum sf_cell_type {
    SF_CELL_TEXT,
    SF_CELL_NUMBER,
    SF_CELL_INTEGER,
    SF_CELL_TIME, /* milliseconds since 1970 UTC */
    SF_CELL_JSON, /* an array or object, as text */
    SF_CELL_BOOL
} sf_cell_type;

/* In which answers a column stands when no fields were asked for. */
typedef enum sf_column_use {
    SF_COLUMN_DATA,  /* in those for programs */
    SF_COLUMN_BOTH,  /* and in tables for people */
    SF_COLUMN_BRIEF, /* only in tables */
} sf_column_use;

typedef struct sf_column {
    const char *name; /* NULL ends a table of columns */
    const char *head; /* what a table for people calls it */
    sf_cell_type type;
    sf_column_use use;
    int decimals; /* of NUMBER, for people */
} sf_column;

typedef struct sf_cell {
    int known;
    union {
        sf_str text;   /* TEXT, JSON */
        double number; /* NUMBER */
        int64_t whole; /* INTEGER, TIME, BOOL */
    } is;
} sf_cell;

/* Something to say about an answer: a word for programs, a sentence for people. */
typedef struct sf_note {
    const char *code; /* static: "empty", "warming-up", "retention" */
    const char *text;
    struct sf_note *next;
} sf_note;

#define SF_CURSOR_BYTES 64

/* So many rows lie before a place in the order, going from the one end or from the other. */
typedef struct sf_landmark {
    int64_t rows; /* 0: not known */
    double at;
} sf_landmark;

typedef struct sf_answer {
    const char *what;                     /* "signals" */
    int64_t as_of_ms, since_ms, until_ms; /* as they were understood; SF_NO_TIME: no bound */
    int64_t total;                        /* rows there are without limit, offset and cursor; -1: not counted */
    int cut;                              /* 1: not all was looked at (q->reach): total is the least it can be */
    int more;                             /* there are rows behind these, or may be */
    char next[SF_CURSOR_BYTES];           /* the cursor that goes on behind them; "" where there is none */
    sf_landmark mark;                     /* where a page far behind was looked for */
    int64_t first_ms, last_ms;            /* oldest and newest post of the store; SF_NO_TIME: none, or not looked up */
    /* Shares of the period that each platform was watched for, if asked for; NaN: nothing is known. */
    double coverage[SF_PLATFORM_COUNT];
    sf_str entities; /* JSON, if asked for; in the answer's memory */
    const sf_column *const *columns;
    size_t n_columns, n_rows;
    sf_note *notes;
    /* Its own. */
    sf_cell *cells;
    size_t cap_rows;
    sf_batch *memory; /* of texts and notes */
} sf_answer;

/* Makes an empty answer. SF_OK, SF_ENOMEM. */
int sf_answer_new(sf_answer **out);
void sf_answer_free(sf_answer *a); /* NULL is fine */

/* Sets the columns, which must outlive the answer, and drops what rows there were. */
void sf_answer_start(sf_answer *a, const sf_column *const *columns, size_t n);

/* A further row, its cells unknown; NULL when memory is scarce. Lives until the next one. */
sf_cell *sf_answer_row(sf_answer *a);
void sf_answer_drop_row(sf_answer *a); /* the last one */
const sf_cell *sf_answer_cell(const sf_answer *a, size_t row, size_t column);

/* Fill a cell; NaN and SF_NO_TIME leave it unknown. Text is copied. SF_OK, SF_ENOMEM. */
int sf_answer_text(sf_answer *a, sf_cell *c, sf_str text);
void sf_cell_number(sf_cell *c, double v);
void sf_cell_whole(sf_cell *c, int64_t v); /* INTEGER, TIME, BOOL */

/* Adds a note, at the end. Where memory is scarce it is left out. */
void sf_answer_note(sf_answer *a, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The printers for programs. Each appends to b; check b->lost at the end. */
void sf_answer_json(const sf_answer *a,
                    sf_buffer *b); /* one object: {"meta":{...},"rows":[{...},...]} and a line end */
void sf_answer_ndjson(const sf_answer *a, sf_buffer *b); /* a row a line */
void sf_answer_csv(const sf_answer *a,
                   sf_buffer *b); /* RFC 4180, with a line of names; see docs/query.md on formulas */

/* Parts of the first: a row, and what "meta" says. */
void sf_answer_row_json(const sf_answer *a, size_t row, sf_buffer *b);
void sf_answer_meta_json(const sf_answer *a, sf_buffer *b);

#endif
