/* SPDX-License-Identifier: MIT */
/* Writing a file's footer. The numbers of fields are those of the format's Thrift definition. */
#include "footer.h"

#include <stdio.h>
#include <stdlib.h>

#include "signalflow/version.h"

int sf_footer_group_open(sf_footer_group *g, size_t n, uint64_t rows)
{
    *g = (sf_footer_group){calloc(n, sizeof *g->chunks), n, rows};
    return g->chunks != NULL ? SF_OK : SF_ENOMEM;
}

void sf_footer_group_free(sf_footer_group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        sf_buffer_free(&g->chunks[i].least);
        sf_buffer_free(&g->chunks[i].greatest);
    }
    free(g->chunks);
}

int sf_footer_chunk_take(sf_footer_chunk *f, sf_chunk *c, uint64_t at)
{
    *f = (sf_footer_chunk){.at = at,
                           .dictionary_bytes = c->dictionary_page.len,
                           .packed = c->dictionary_page.len + c->pages.len,
                           .unpacked = c->unpacked,
                           .encodings = c->encodings | 1U << PARQUET_RLE, /* levels */
                           .entries = c->entries,
                           .nulls = c->nulls,
                           .least = c->least,
                           .greatest = c->greatest,
                           .has_range = c->has_range};
    int lost = c->least.lost || c->greatest.lost;
    c->least = c->greatest = (sf_buffer){0};
    return lost ? SF_ENOMEM : SF_OK;
}

/* ---- schema ------------------------------------------------------------------------------------------------------- */

static void put_logical(sf_thrift_out *o, sf_parquet_type type)
{
    if (type == SF_PARQUET_TEXT) {
        sf_thrift_put_number(o, 6, SF_THRIFT_I32, PARQUET_UTF8);
        sf_thrift_begin(o, 10);
        sf_thrift_begin(o, 1); /* STRING */
        sf_thrift_end(o);
        sf_thrift_end(o);
    } else if (type == SF_PARQUET_TIME) {
        sf_thrift_put_number(o, 6, SF_THRIFT_I32, PARQUET_TIMESTAMP_MILLIS);
        sf_thrift_begin(o, 10);
        sf_thrift_begin(o, 8); /* TIMESTAMP */
        sf_thrift_put_flag(o, 1, 1);
        sf_thrift_begin(o, 2);
        sf_thrift_begin(o, 1); /* MILLIS */
        sf_thrift_end(o);
        sf_thrift_end(o);
        sf_thrift_end(o);
        sf_thrift_end(o);
    }
}

static void put_leaf(sf_thrift_out *o, const char *name, const sf_parquet_column *c, int repetition)
{
    sf_thrift_begin_element(o);
    sf_thrift_put_number(o, 1, SF_THRIFT_I32, sf_parquet_physical(c->type));
    sf_thrift_put_number(o, 3, SF_THRIFT_I32, repetition);
    sf_thrift_put_text(o, 4, sf_cstr(name));
    put_logical(o, c->type);
    sf_thrift_end(o);
}

/* A node with children; repetition -1: the root. */
static void put_node(sf_thrift_out *o, const char *name, int repetition, size_t children, int is_list)
{
    sf_thrift_begin_element(o);
    if (repetition >= 0) {
        sf_thrift_put_number(o, 3, SF_THRIFT_I32, repetition);
    }
    sf_thrift_put_text(o, 4, sf_cstr(name));
    sf_thrift_put_number(o, 5, SF_THRIFT_I32, (int64_t)children);
    if (is_list) {
        sf_thrift_put_number(o, 6, SF_THRIFT_I32, PARQUET_CONVERTED_LIST);
        sf_thrift_begin(o, 10);
        sf_thrift_begin(o, 3); /* LIST */
        sf_thrift_end(o);
        sf_thrift_end(o);
    }
    sf_thrift_end(o);
}

/* How many columns, from i on, are members of the same list. */
static size_t members(const sf_parquet_column *columns, size_t n, size_t i)
{
    size_t end = i + 1;
    while (columns[i].member != NULL && end < n && strcmp(columns[end].name, columns[i].name) == 0) {
        end++;
    }
    return end - i;
}

static void put_schema(sf_thrift_out *o, const sf_parquet_column *columns, size_t n)
{
    size_t nodes = 1, top = 0;
    for (size_t i = 0; i < n; i += members(columns, n, i), top++) {
        nodes += members(columns, n, i) + (columns[i].flags & SF_PARQUET_LIST ? 2 : 0) + (columns[i].member != NULL);
    }
    sf_thrift_put_list(o, 2, SF_THRIFT_STRUCT, nodes);
    put_node(o, "schema", -1, top, 0);
    for (size_t i = 0; i < n; i += members(columns, n, i)) {
        const sf_parquet_column *c = &columns[i];
        if (!(c->flags & SF_PARQUET_LIST)) {
            put_leaf(o, c->name, c, c->flags & SF_PARQUET_NULLS ? PARQUET_OPTIONAL : PARQUET_REQUIRED);
            continue;
        }
        put_node(o, c->name, PARQUET_OPTIONAL, 1, 1);
        put_node(o, "list", PARQUET_REPEATED, 1, 0);
        if (c->member == NULL) {
            put_leaf(o, "element", c, PARQUET_REQUIRED);
            continue;
        }
        put_node(o, "element", PARQUET_REQUIRED, members(columns, n, i), 0);
        for (size_t k = i; k < i + members(columns, n, i); k++) {
            put_leaf(o, columns[k].member, &columns[k], PARQUET_REQUIRED);
        }
    }
}

/* ---- row groups --------------------------------------------------------------------------------------------------- */

static void put_path(sf_thrift_out *o, const sf_parquet_column *c)
{
    size_t n = c->flags & SF_PARQUET_LIST ? c->member != NULL ? 4 : 3 : 1;
    sf_thrift_put_list(o, 3, SF_THRIFT_BINARY, n);
    sf_thrift_put_text_element(o, sf_cstr(c->name));
    if (n > 1) {
        sf_thrift_put_text_element(o, sf_cstr("list"));
        sf_thrift_put_text_element(o, sf_cstr("element"));
    }
    if (n == 4) {
        sf_thrift_put_text_element(o, sf_cstr(c->member));
    }
}

static void put_encodings(sf_thrift_out *o, const sf_footer_chunk *f)
{
    sf_thrift_put_list(o, 2, SF_THRIFT_I32, (size_t)__builtin_popcount(f->encodings));
    for (int i = 0; f->encodings >> i != 0; i++) {
        if (f->encodings >> i & 1) {
            sf_thrift_put_element(o, i);
        }
    }
}

static void put_statistics(sf_thrift_out *o, const sf_footer_chunk *f, const sf_parquet_column *c)
{
    sf_thrift_begin(o, 12);
    sf_thrift_put_number(o, 3, SF_THRIFT_I64, (int64_t)f->nulls);
    if (f->has_range && c->flags & SF_PARQUET_STATISTICS) {
        sf_thrift_put_text(o, 5, (sf_str){f->greatest.bytes, f->greatest.len});
        sf_thrift_put_text(o, 6, (sf_str){f->least.bytes, f->least.len});
    }
    sf_thrift_end(o);
}

static void put_chunk(sf_thrift_out *o, const sf_footer_chunk *f, const sf_parquet_column *c, sf_codec_kind codec)
{
    sf_thrift_begin_element(o);
    sf_thrift_put_number(o, 2, SF_THRIFT_I64, (int64_t)f->at);
    sf_thrift_begin(o, 3);
    sf_thrift_put_number(o, 1, SF_THRIFT_I32, sf_parquet_physical(c->type));
    put_encodings(o, f);
    put_path(o, c);
    sf_thrift_put_number(o, 4, SF_THRIFT_I32, codec);
    sf_thrift_put_number(o, 5, SF_THRIFT_I64, (int64_t)f->entries);
    sf_thrift_put_number(o, 6, SF_THRIFT_I64, (int64_t)f->unpacked);
    sf_thrift_put_number(o, 7, SF_THRIFT_I64, (int64_t)f->packed);
    sf_thrift_put_number(o, 9, SF_THRIFT_I64, (int64_t)(f->at + f->dictionary_bytes));
    if (f->dictionary_bytes > 0) {
        sf_thrift_put_number(o, 11, SF_THRIFT_I64, (int64_t)f->at);
    }
    put_statistics(o, f, c);
    sf_thrift_end(o);
    sf_thrift_end(o);
}

static void put_group(sf_thrift_out *o, const sf_footer_group *g, const sf_parquet_column *columns, sf_codec_kind codec,
                      size_t ordinal)
{
    uint64_t packed = 0, unpacked = 0;
    sf_thrift_begin_element(o);
    sf_thrift_put_list(o, 1, SF_THRIFT_STRUCT, g->n);
    for (size_t i = 0; i < g->n; i++) {
        put_chunk(o, &g->chunks[i], &columns[i], codec);
        packed += g->chunks[i].packed;
        unpacked += g->chunks[i].unpacked;
    }
    sf_thrift_put_number(o, 2, SF_THRIFT_I64, (int64_t)unpacked);
    sf_thrift_put_number(o, 3, SF_THRIFT_I64, (int64_t)g->rows);
    sf_thrift_put_number(o, 5, SF_THRIFT_I64, (int64_t)g->chunks[0].at);
    sf_thrift_put_number(o, 6, SF_THRIFT_I64, (int64_t)packed);
    sf_thrift_put_number(o, 7, SF_THRIFT_I16, ordinal <= INT16_MAX ? (int64_t)ordinal : INT16_MAX);
    sf_thrift_end(o);
}

void sf_footer_put(sf_buffer *to, const sf_parquet_column *columns, size_t n, const sf_footer_group *groups,
                   size_t n_groups, sf_codec_kind codec)
{
    sf_thrift_out o = {.to = to, .depth = -1};
    uint64_t rows = 0;
    char maker[64];
    for (size_t i = 0; i < n_groups; i++) {
        rows += groups[i].rows;
    }
    sf_thrift_begin_element(&o);
    sf_thrift_put_number(&o, 1, SF_THRIFT_I32, 1); /* the format's version */
    put_schema(&o, columns, n);
    sf_thrift_put_number(&o, 3, SF_THRIFT_I64, (int64_t)rows);
    sf_thrift_put_list(&o, 4, SF_THRIFT_STRUCT, n_groups);
    for (size_t i = 0; i < n_groups; i++) {
        put_group(&o, &groups[i], columns, codec, i);
    }
    (void)snprintf(maker, sizeof maker, "signalflow version %s", sf_version_string());
    sf_thrift_put_text(&o, 6, sf_cstr(maker));
    sf_thrift_put_list(&o, 7, SF_THRIFT_STRUCT, n); /* the order of statistics: each type's own */
    for (size_t i = 0; i < n; i++) {
        sf_thrift_begin_element(&o);
        sf_thrift_begin(&o, 1);
        sf_thrift_end(&o);
        sf_thrift_end(&o);
    }
    sf_thrift_end(&o);
}
