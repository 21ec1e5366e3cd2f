/* SPDX-License-Identifier: MIT */
/* One column of one row group while it is written: values come in, compressed pages come out. */
#ifndef SF_PARQUET_CHUNK_H
#define SF_PARQUET_CHUNK_H

#include "dictionary.h"
#include "format.h"

typedef struct sf_chunk {
    const sf_parquet_column *column;
    sf_buffer pages;  /* data pages, compressed, each with its head */
    sf_buffer values; /* of the page at hand, PLAIN */
    sf_buffer def, rep;
    sf_buffer places;          /* in the dictionary, as uint32_t */
    sf_dictionary *dictionary; /* NULL: none, or given up */
    int dictionary_pages;      /* data pages that need it */
    sf_buffer dictionary_page; /* kept from when the dictionary was given up, or from the end */
    uint64_t entries;          /* of the row group: values and nulls */
    uint64_t unpacked;         /* bytes of all pages with their heads, before compression */
    uint64_t nulls;
    size_t page_entries, page_values, page_rows;
    size_t list_left;          /* values that the list at hand still expects */
    int in_list;               /* 1: a list has begun, 2: and has a value */
    int starts;                /* values, nulls or lists of this row: there must be one */
    sf_buffer least, greatest; /* statistics, PLAIN without length */
    int has_range;
} sf_chunk;

int sf_chunk_open(sf_chunk *c, const sf_parquet_column *column); /* SF_OK, SF_ENOMEM */
void sf_chunk_close(sf_chunk *c);
void sf_chunk_reset(sf_chunk *c); /* for the next row group */

void sf_chunk_null(sf_chunk *c);
void sf_chunk_list(sf_chunk *c, size_t n);
void sf_chunk_number(sf_chunk *c, int64_t v);
void sf_chunk_double(sf_chunk *c, double v);
void sf_chunk_text(sf_chunk *c, sf_str v);

/* The row ends. SF_OK; SF_EINVAL: not exactly one value or list; SF_ENOMEM. */
int sf_chunk_end_row(sf_chunk *c, sf_codec *codec);

/* Ends the last page; the dictionary's is then there too. SF_OK, SF_ENOMEM. */
int sf_chunk_finish(sf_chunk *c, sf_codec *codec);

size_t sf_chunk_holds(const sf_chunk *c);

#endif
