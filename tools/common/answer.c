/* SPDX-License-Identifier: MIT */
/* An answer in memory: cells in one array, texts in a batch. */
#include "answer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sf_answer_new(sf_answer **out)
{
    sf_answer *a = calloc(1, sizeof *a);
    if (a == NULL || sf_batch_new(&a->memory) != SF_OK) {
        free(a);
        return SF_ENOMEM;
    }
    a->what = "";
    a->as_of_ms = a->since_ms = a->until_ms = a->first_ms = a->last_ms = SF_NO_TIME;
    a->total = -1;
    *out = a;
    return SF_OK;
}

void sf_answer_free(sf_answer *a)
{
    if (a != NULL) {
        sf_batch_free(a->memory);
        free(a->cells);
        free(a);
    }
}

void sf_answer_start(sf_answer *a, const sf_column *const *columns, size_t n)
{
    free(a->cells);
    a->cells = NULL;
    a->cap_rows = a->n_rows = 0;
    a->columns = columns;
    a->n_columns = n;
}

sf_cell *sf_answer_row(sf_answer *a)
{
    if (a->n_rows == a->cap_rows) {
        size_t cap = a->cap_rows == 0 ? 32 : a->cap_rows * 2;
        sf_cell *cells = realloc(a->cells, cap * (a->n_columns + 1) * sizeof *cells);
        if (cells == NULL) {
            return NULL;
        }
        a->cells = cells;
        a->cap_rows = cap;
    }
    sf_cell *row = a->cells + a->n_rows++ * a->n_columns;
    memset(row, 0, a->n_columns * sizeof *row);
    return row;
}

void sf_answer_drop_row(sf_answer *a)
{
    a->n_rows -= a->n_rows > 0;
}

const sf_cell *sf_answer_cell(const sf_answer *a, size_t row, size_t column)
{
    return a->cells + row * a->n_columns + column;
}

int sf_answer_text(sf_answer *a, sf_cell *c, sf_str text)
{
    int r = sf_batch_copy(a->memory, text, &c->is.text);
    c->known = r == SF_OK;
    return r;
}

void sf_cell_number(sf_cell *c, double v)
{
    c->known = !isnan(v);
    c->is.number = v;
}

void sf_cell_whole(sf_cell *c, int64_t v)
{
    c->known = v != SF_NO_TIME;
    c->is.whole = v;
}

void sf_answer_note(sf_answer *a, const char *code, const char *format, ...)
{
    char text[400];
    sf_str copy;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sf_note *note = sf_batch_alloc(a->memory, sizeof *note);
    if (note == NULL || sf_batch_copy(a->memory, sf_cstr(text), &copy) != SF_OK) {
        return;
    }
    *note = (sf_note){.code = code, .text = copy.ptr};
    sf_note **end = &a->notes;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = note;
}
