/* SPDX-License-Identifier: MIT */
/* One column of one row group while it is read: page by page into levels and values. */
#ifndef SF_PARQUET_PAGE_H
#define SF_PARQUET_PAGE_H

#include "format.h"

/* What the footer says of it. */
typedef struct sf_chunk_place {
    sf_str bytes; /* of the file: dictionary page, if any, and data pages */
    uint64_t dictionary_bytes;
    uint64_t entries;
    sf_codec_kind codec;
} sf_chunk_place;

typedef struct sf_cursor {
    const sf_parquet_column *column;
    sf_chunk_place chunk;
    uint64_t left;    /* entries that no page has given yet */
    size_t at;        /* in the chunk's bytes */
    char *dictionary; /* its page's bytes */
    sf_str *words;    /* in it */
    size_t n_words;
    char *page; /* the page's bytes, unpacked */
    uint32_t *def, *rep;
    size_t entries, entry;
    sf_str *texts; /* values: one of the three */
    int64_t *numbers;
    double *doubles;
    size_t value;  /* the next one */
    size_t first;  /* the row's first value */
    int64_t count; /* how many the row has; -1: a null list */
} sf_cursor;

/* Starts on a row group's column. NULL place: the column is not in the file, each row is null. */
void sf_cursor_start(sf_cursor *c, const sf_parquet_column *column, const sf_chunk_place *place);
void sf_cursor_close(sf_cursor *c);

/* Goes to the next row. SF_OK, SF_EPARSE, SF_ENOMEM. */
int sf_cursor_next(sf_cursor *c, sf_error *err);

/* Has everything been given? */
int sf_cursor_done(const sf_cursor *c);

#endif
