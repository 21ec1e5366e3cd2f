/* SPDX-License-Identifier: MIT */
/* A file's footer: its schema, and where the columns of each row group lie. */
#ifndef SF_PARQUET_FOOTER_H
#define SF_PARQUET_FOOTER_H

#include "chunk.h"

/* What the footer says of a column of a row group. */
typedef struct sf_footer_chunk {
    uint64_t at;               /* of its first byte */
    uint64_t dictionary_bytes; /* of the dictionary's page, which comes first; 0: there is none */
    uint64_t packed, unpacked;
    unsigned encodings; /* a bit each */
    uint64_t entries, nulls;
    sf_buffer least, greatest; /* empty, unless has_range */
    int has_range;
} sf_footer_chunk;

typedef struct sf_footer_group {
    sf_footer_chunk *chunks;
    size_t n;
    uint64_t rows;
} sf_footer_group;

int sf_footer_group_open(sf_footer_group *g, size_t n, uint64_t rows); /* SF_OK, SF_ENOMEM */
void sf_footer_group_free(sf_footer_group *g);

/* Notes a finished column, and takes its statistics over. */
int sf_footer_chunk_take(sf_footer_chunk *f, sf_chunk *c, uint64_t at);

void sf_footer_put(sf_buffer *to, const sf_parquet_column *columns, size_t n, const sf_footer_group *groups,
                   size_t n_groups, sf_codec_kind codec);

#endif
