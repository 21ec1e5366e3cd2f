/* SPDX-License-Identifier: MIT */
/* Thrift's compact protocol, as far as Parquet's metadata need it: structs of numbers, texts, lists and structs.
 *
 * Writing goes into a buffer and cannot fail but for memory, which the buffer notes. Reading takes any bytes: whatever is cut off
 * or nested too deeply makes the reader `broken`, and from then on it gives zeros. */
#ifndef SF_THRIFT_H
#define SF_THRIFT_H

#include "common/buffer.h"

typedef enum sf_thrift_type {
    SF_THRIFT_STOP = 0,
    SF_THRIFT_TRUE = 1,
    SF_THRIFT_FALSE = 2,
    SF_THRIFT_BYTE = 3,
    SF_THRIFT_I16 = 4,
    SF_THRIFT_I32 = 5,
    SF_THRIFT_I64 = 6,
    SF_THRIFT_DOUBLE = 7,
    SF_THRIFT_BINARY = 8,
    SF_THRIFT_LIST = 9,
    SF_THRIFT_SET = 10,
    SF_THRIFT_MAP = 11,
    SF_THRIFT_STRUCT = 12
} sf_thrift_type;

enum { SF_THRIFT_DEPTH = 16 };

/* ---- writing ------------------------------------------------------------------------------------------------------ */

typedef struct sf_thrift_out {
    sf_buffer *to;
    int16_t last[SF_THRIFT_DEPTH]; /* the last field's number, by depth */
    int depth;
} sf_thrift_out;

/* Fields go in ascending order. A struct is begun by its field (or as an element of a list) and ended by _end(). */
void sf_thrift_put_number(sf_thrift_out *o, int16_t field, sf_thrift_type type, int64_t v); /* I16, I32, I64 */
void sf_thrift_put_flag(sf_thrift_out *o, int16_t field, int yes);
void sf_thrift_put_text(sf_thrift_out *o, int16_t field, sf_str text);
void sf_thrift_put_list(sf_thrift_out *o, int16_t field, sf_thrift_type of, size_t n);
void sf_thrift_put_element(sf_thrift_out *o, int64_t v); /* of a list of numbers */
void sf_thrift_put_text_element(sf_thrift_out *o, sf_str text);
void sf_thrift_begin(sf_thrift_out *o, int16_t field);
void sf_thrift_begin_element(sf_thrift_out *o); /* the message itself, or an element of a list */
void sf_thrift_end(sf_thrift_out *o);

/* ---- reading ------------------------------------------------------------------------------------------------------ */

typedef struct sf_thrift_in {
    const unsigned char *at, *end;
    int broken;
    int depth;
} sf_thrift_in;

/* A field as it was met. Its value must be read, or skipped, before the next. */
typedef struct sf_thrift_field {
    int16_t number; /* 0 at the start of a struct */
    sf_thrift_type type;
} sf_thrift_field;

/* The next field of the struct that is being read; starts from {0}. 1, or 0 at its end, or when broken. */
int sf_thrift_next(sf_thrift_in *in, sf_thrift_field *f);
int64_t sf_thrift_number(sf_thrift_in *in);
sf_str sf_thrift_text(sf_thrift_in *in);                     /* points into the bytes */
size_t sf_thrift_list(sf_thrift_in *in, sf_thrift_type *of); /* never more than there are bytes left */
void sf_thrift_skip(sf_thrift_in *in, sf_thrift_type type);

#endif
