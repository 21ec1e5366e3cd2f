/* SPDX-License-Identifier: MIT */
/* Names and values as URLs and forms carry them: read as the first system read them, and written as it wrote them, so that links look the
 * same. */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include "common/buffer.h"

enum { PARAMS_MOST = 64 };

typedef struct param {
    sf_str name, value;
} param;

typedef struct params {
    size_t n;
    param of[PARAMS_MOST];
} params;

/* Reads "a=1&b=2": percents and "+" are decoded, what is then no UTF-8 becomes U+FFFD. Texts live in the batch. SF_OK; SF_ETOOBIG: more
 * than PARAMS_MOST; SF_ENOMEM. */
int params_read(params *p, sf_str text, sf_batch *memory);

/* The last value of a name; ptr NULL: it is not there. */
sf_str params_get(const params *p, const char *name);

/* Does the list between commas, `include`, name it? */
int params_include(const params *p, const char *word);

/* Appends them sorted by name, but for `without`; and with `name=value` in its place unless value is NULL. */
void params_write(const params *p, const char *name, const char *value, sf_buffer *b);

/* Decodes the percents of a path into out, which has room for all of it. The length, or -1: a broken percent, or a NUL. */
int64_t path_decode(sf_str path, char *out);

/* A whole number as Python's int() reads it from ASCII: blanks around, a sign, "_" between digits. Beyond 18 digits it is INT64_MAX. 1 or 0. */
int python_int(sf_str text, int64_t *out);

#endif
