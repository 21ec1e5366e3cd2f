/* SPDX-License-Identifier: MIT */
/* Bytes that grow: for text that is put together before it goes anywhere. */
#ifndef SF_BUFFER_H
#define SF_BUFFER_H

#include "signalflow/signal.h"

/* Starts as {0}. */
typedef struct sf_buffer {
    char *bytes; /* ends with a NUL that does not count; NULL while nothing was put in */
    size_t len, cap;
    int lost; /* memory was scarce: what is in it is not the whole */
} sf_buffer;

void sf_buffer_put(sf_buffer *b, const char *bytes, size_t len);
void sf_buffer_text(sf_buffer *b, const char *text);
void sf_buffer_repeat(sf_buffer *b, char c, size_t times);
void sf_buffer_format(sf_buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sf_buffer_whole(sf_buffer *b, int64_t v);    /* "%lld", for where many are written */
void sf_buffer_quoted(sf_buffer *b, sf_str text); /* as a JSON string, see sf_json_quote() */
void sf_buffer_cut(sf_buffer *b, size_t len);     /* leaves the first len bytes */
void sf_buffer_free(sf_buffer *b);                /* and it is as at the start */

#endif
