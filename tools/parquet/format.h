/* SPDX-License-Identifier: MIT */
/* Numbers of the Parquet format, as its Thrift definition has them, and what writer and reader agree upon. */
#ifndef SF_PARQUET_FORMAT_H
#define SF_PARQUET_FORMAT_H

#include "parquet.h"
#include "thrift.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Parquet's numbers are little-endian, and are written as they lie in memory"
#endif

#define SF_PARQUET_MAGIC "PAR1"

enum { PARQUET_BOOLEAN = 0, PARQUET_INT32 = 1, PARQUET_INT64 = 2, PARQUET_DOUBLE = 5, PARQUET_BYTE_ARRAY = 6 };
enum { PARQUET_REQUIRED = 0, PARQUET_OPTIONAL = 1, PARQUET_REPEATED = 2 };
enum { PARQUET_UTF8 = 0, PARQUET_CONVERTED_LIST = 3, PARQUET_TIMESTAMP_MILLIS = 9 };
enum {
    PARQUET_PLAIN = 0,
    PARQUET_RLE = 3,
    PARQUET_DELTA_BINARY_PACKED = 5,
    PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
    PARQUET_RLE_DICTIONARY = 8
};
enum { PARQUET_DATA_PAGE = 0, PARQUET_DICTIONARY_PAGE = 2 };

enum {
    PAGE_BYTES = 1024 * 1024,            /* a page ends with the row that brings it there */
    PAGE_ROWS = 32768,                   /* or with so many rows */
    PAGE_ENTRIES_MOST = 4 * 1024 * 1024, /* what the reader takes: values and nulls of a page, ... */
    PAGE_BYTES_MOST = 64 * 1024 * 1024,  /* ... its bytes, unpacked */
    DICTIONARY_BYTES = 512 * 1024,       /* a dictionary that outgrows this is given up, ... */
    DICTIONARY_TRIAL = 16384             /* ... and one that after so many values has half as many */
};

/* The physical type. */
static inline int sf_parquet_physical(sf_parquet_type t)
{
    return t == SF_PARQUET_FLAG     ? PARQUET_BOOLEAN
           : t == SF_PARQUET_INT32  ? PARQUET_INT32
           : t == SF_PARQUET_DOUBLE ? PARQUET_DOUBLE
           : t < SF_PARQUET_DOUBLE  ? PARQUET_INT64
                                    : PARQUET_BYTE_ARRAY;
}

static inline int sf_parquet_is_text(const sf_parquet_column *c)
{
    return sf_parquet_physical(c->type) == PARQUET_BYTE_ARRAY;
}

/* The definition level of a value that is there: in a list, behind those of a null and an empty one. */
static inline unsigned sf_parquet_defined(const sf_parquet_column *c)
{
    return c->flags & SF_PARQUET_LIST ? 2 : c->flags & SF_PARQUET_NULLS ? 1 : 0;
}

/* A whole number as it lies in a file, in 4 or 8 bytes. */
static inline int64_t sf_parquet_number_at(const char *bytes, size_t size)
{
    int32_t half;
    int64_t v;
    if (size == sizeof half) {
        memcpy(&half, bytes, sizeof half);
        return half;
    }
    memcpy(&v, bytes, sizeof v);
    return v;
}

#endif
