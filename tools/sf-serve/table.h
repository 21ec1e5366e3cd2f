/* SPDX-License-Identifier: MIT */
/* An answer as a table for people. */
#ifndef SF_TABLE_H
#define SF_TABLE_H

#include "common/answer.h"

typedef struct sf_table_style {
    size_t width; /* of the screen, in cells; 0: lines may be as long as they want */
    int colours;
} sf_table_style;

/* Appends the table and what there is to say about it. Times are local. Whatever stands in the texts, no control character gets
 * out: posts are written by strangers, and a screen obeys what it is sent. */
void sf_table_print(const sf_answer *a, const sf_table_style *style, sf_buffer *b);

/* Appends a text as it may be shown: on one line, without controls, at most `most` cells wide (0: any). Returns its width. */
size_t sf_table_text(sf_buffer *b, sf_str text, size_t most);

#endif
