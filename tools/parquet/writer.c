/* SPDX-License-Identifier: MIT */
/* A file while it is written: row groups of columns, then the footer that says where everything is. */
#include <stdlib.h>

#include "chunk.h"
#include "common/fail.h"
#include "footer.h"

enum { LOOK_ROWS = 256 };

struct sf_parquet_writer {
    const sf_parquet_column *columns;
    size_t n;
    sf_codec *codec;
    sf_parquet_output output;
    sf_chunk *chunks;
    uint64_t at; /* bytes that went out */
    uint64_t rows;
    uint32_t group_rows;
    uint32_t looked; /* rows of the group when the memory was last looked at */
    sf_footer_group *groups;
    size_t n_groups;
};

void sf_parquet_writer_free(sf_parquet_writer *w)
{
    if (w != NULL) {
        for (size_t i = w->chunks != NULL ? w->n : 0; i > 0;
             i--) { /* so that the next file's columns get what these had */
            sf_chunk_close(&w->chunks[i - 1], w->codec);
        }
        for (size_t i = 0; i < w->n_groups; i++) {
            sf_footer_group_free(&w->groups[i]);
        }
        free(w->groups);
        free(w->chunks);
        free(w);
    }
}

/* Members are of lists, dictionaries of texts and doubles, statistics of what has an order that all readers agree upon. */
static int makes_sense(const sf_parquet_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const sf_parquet_column *c = &columns[i];
        if ((c->member != NULL && !(c->flags & SF_PARQUET_LIST)) ||
            (c->flags & SF_PARQUET_DICTIONARY && !sf_parquet_is_text(c) && c->type != SF_PARQUET_DOUBLE) ||
            (c->flags & SF_PARQUET_STATISTICS && (c->type == SF_PARQUET_FLAG || c->type == SF_PARQUET_DOUBLE))) {
            return 0;
        }
    }
    return n > 0 && n <= SF_PARQUET_COLUMNS;
}

int sf_parquet_writer_new(sf_parquet_writer **out, const sf_parquet_column *columns, size_t n, sf_codec *codec,
                          const sf_parquet_output *output)
{
    if (!makes_sense(columns, n)) {
        return SF_EINVAL;
    }
    sf_parquet_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return SF_ENOMEM;
    }
    w->columns = columns;
    w->n = n;
    w->codec = codec;
    w->output = *output;
    w->chunks = calloc(n, sizeof *w->chunks);
    int r = w->chunks != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = sf_chunk_open(&w->chunks[i], &columns[i], codec);
    }
    if (r != SF_OK) {
        sf_parquet_writer_free(w);
        return r;
    }
    *out = w;
    return SF_OK;
}

void sf_parquet_put_numbers(sf_parquet_writer *w, size_t column, const int64_t *v, size_t n)
{
    sf_chunk_numbers(&w->chunks[column], v, n);
}

void sf_parquet_put_doubles(sf_parquet_writer *w, size_t column, const double *v, size_t n)
{
    sf_chunk_doubles(&w->chunks[column], v, n);
}

void sf_parquet_put_texts(sf_parquet_writer *w, size_t column, const sf_str *v, size_t n)
{
    sf_chunk_texts(&w->chunks[column], v, n);
}

void sf_parquet_put_lists(sf_parquet_writer *w, size_t column, const int64_t *lengths, size_t n)
{
    sf_chunk_lists(&w->chunks[column], lengths, n);
}

size_t sf_parquet_writer_holds(const sf_parquet_writer *w)
{
    size_t bytes = 0;
    for (size_t i = 0; i < w->n; i++) {
        bytes += sf_chunk_holds(&w->chunks[i]);
    }
    return bytes;
}

uint64_t sf_parquet_writer_rows(const sf_parquet_writer *w)
{
    return w->rows;
}

static int put(sf_parquet_writer *w, sf_str bytes, sf_error *err)
{
    int r = bytes.len > 0 ? w->output.put(w->output.payload, bytes, err) : SF_OK;
    w->at += bytes.len;
    return r;
}

static int put_chunk(sf_parquet_writer *w, sf_chunk *c, sf_footer_chunk *f, sf_error *err)
{
    if (sf_chunk_finish(c, w->codec) != SF_OK || sf_footer_chunk_take(f, c, w->at) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = put(w, (sf_str){c->dictionary_page.bytes, c->dictionary_page.len}, err);
    r = r == SF_OK ? put(w, (sf_str){c->pages.bytes, c->pages.len}, err) : r;
    sf_chunk_reset(c);
    return r;
}

static int end_group(sf_parquet_writer *w, sf_error *err)
{
    sf_footer_group *more = realloc(w->groups, (w->n_groups + 1) * sizeof *more);
    int r = more != NULL ? SF_OK : SF_ENOMEM;
    if (r == SF_OK) {
        w->groups = more;
        r = sf_footer_group_open(&more[w->n_groups], w->n, w->group_rows);
    }
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    w->n_groups++;
    if (w->at == 0) {
        r = put(w, (sf_str){SF_PARQUET_MAGIC, 4}, err);
    }
    for (size_t i = 0; i < w->n && r == SF_OK; i++) {
        r = put_chunk(w, &w->chunks[i], &w->groups[w->n_groups - 1].chunks[i], err);
    }
    w->group_rows = w->looked = 0;
    return r;
}

/* The memory that is held is added up now and then. */
static int is_full(sf_parquet_writer *w)
{
    if (w->group_rows >= SF_PARQUET_GROUP_ROWS) {
        return 1;
    }
    if (w->group_rows - w->looked < LOOK_ROWS) {
        return 0;
    }
    w->looked = w->group_rows;
    return sf_parquet_writer_holds(w) >= SF_PARQUET_GROUP_BYTES;
}

int sf_parquet_end_rows(sf_parquet_writer *w, size_t n, sf_error *err)
{
    for (size_t i = 0; i < w->n; i++) {
        int r = sf_chunk_end_rows(&w->chunks[i], n, w->codec);
        if (r != SF_OK) {
            return sf_fail(err, r, "%s: %s", w->columns[i].name, sf_strerror(r));
        }
    }
    w->rows += n;
    w->group_rows += (uint32_t)n;
    return is_full(w) ? end_group(w, err) : SF_OK;
}

int sf_parquet_writer_close(sf_parquet_writer *w, sf_error *err)
{
    sf_buffer footer = {0};
    int r = w->group_rows > 0 ? end_group(w, err) : SF_OK;
    if (r == SF_OK && w->at == 0) {
        r = put(w, (sf_str){SF_PARQUET_MAGIC, 4}, err);
    }
    if (r != SF_OK) {
        return r;
    }
    sf_footer_put(&footer, w->columns, w->n, w->groups, w->n_groups, sf_codec_of(w->codec));
    uint32_t len = (uint32_t)footer.len;
    sf_buffer_put(&footer, (const char *)&len, sizeof len);
    sf_buffer_text(&footer, SF_PARQUET_MAGIC);
    r = footer.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM))
                    : put(w, (sf_str){footer.bytes, footer.len}, err);
    sf_buffer_free(&footer);
    return r;
}
