/* SPDX-License-Identifier: MIT */
/* One column of one row group while it is written: values come in, compressed pages come out. */
#ifndef SF_PARQUET_CHUNK_H
#define SF_PARQUET_CHUNK_H

#include "dictionary.h"
#include "format.h"

typedef struct sf_chunk {
    const sf_parquet_column *column;
    sf_buffer pages; /* data pages, compressed, each with its head */
    /* Of the page at hand */
    sf_buffer def, rep; /* levels, a byte each */
    sf_buffer values;   /* what no dictionary has: numbers as int64_t, doubles, texts one behind the other */
    sf_buffer lengths;  /* of those texts, as int64_t */
    sf_buffer places;   /* in the dictionary, as uint32_t */
    size_t page_entries, page_values, page_rows;
    sf_dictionary *dictionary; /* NULL: none, or given up */
    uint64_t placed;           /* values of the row group that it was asked for */
    sf_buffer dictionary_page; /* kept from when the dictionary was given up, or from the end */
    unsigned encodings;        /* of the pages: a bit each */
    uint64_t entries;          /* of the row group: values and nulls */
    uint64_t unpacked;         /* bytes of all pages with their heads, before compression */
    uint64_t nulls;
    size_t rows;               /* begun since rows were last ended */
    size_t due;                /* values that lists still expect */
    int wrong;                 /* a value came that none expected */
    sf_buffer least, greatest; /* statistics, PLAIN without length */
    int has_range;
} sf_chunk;

int sf_chunk_open(sf_chunk *c, const sf_parquet_column *column, sf_codec *codec); /* SF_OK, SF_ENOMEM */
void sf_chunk_close(sf_chunk *c, sf_codec *codec);
void sf_chunk_reset(sf_chunk *c); /* for the next row group */

/* As sf_parquet_put_...() */
void sf_chunk_numbers(sf_chunk *c, const int64_t *v, size_t n);
void sf_chunk_doubles(sf_chunk *c, const double *v, size_t n);
void sf_chunk_texts(sf_chunk *c, const sf_str *v, size_t n);
void sf_chunk_lists(sf_chunk *c, const int64_t *lengths, size_t n);

/* n rows end. SF_OK; SF_EINVAL: these are not their values; SF_ENOMEM. */
int sf_chunk_end_rows(sf_chunk *c, size_t n, sf_codec *codec);

/* Ends the last page; the dictionary's is then there too. SF_OK, SF_ENOMEM. */
int sf_chunk_finish(sf_chunk *c, sf_codec *codec);

size_t sf_chunk_holds(const sf_chunk *c);

#endif
