/* SPDX-License-Identifier: MIT */
/* Writing JSON into a caller's buffer, counting on where it is full. */
#ifndef SF_JSON_WRITE_H
#define SF_JSON_WRITE_H

#include "signalflow/json.h"

typedef struct sf_writer {
    char *buf;
    size_t cap; /* one less than the buffer has, for the NUL; 0 for none */
    size_t len; /* needed so far, may exceed cap */
} sf_writer;

void sf_writer_init(sf_writer *w, char *buf, size_t cap);
int64_t sf_writer_end(sf_writer *w); /* puts the NUL; the length needed */

/* What does not fit whole. */
void sf_put_cut(sf_writer *w, const char *text, size_t len);

static inline void sf_put(sf_writer *w, const char *text, size_t len)
{
    if (w->len < w->cap && len <= w->cap - w->len) {
        memcpy(w->buf + w->len, text, len);
        w->len += len;
    } else {
        sf_put_cut(w, text, len);
    }
}

/* For literals, so that the length is known to the compiler. */
#define SF_PUT(w, literal) sf_put((w), (literal), sizeof(literal) - 1)

void sf_put_string(sf_writer *w, sf_str text); /* quoted */
void sf_put_double(sf_writer *w, double value);

#endif
