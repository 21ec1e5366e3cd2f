/* SPDX-License-Identifier: MIT */
/* One column of one row group while it is written. */
#include "chunk.h"

#include <math.h>
#include <zlib.h>

#include "runs.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Parquet's numbers are little-endian, and are written as they lie in memory"
#endif

int sf_chunk_open(sf_chunk *c, const sf_parquet_column *column)
{
    *c = (sf_chunk){.column = column};
    return column->flags & SF_PARQUET_DICTIONARY ? sf_dictionary_new(&c->dictionary) : SF_OK;
}

void sf_chunk_close(sf_chunk *c)
{
    sf_buffer *const all[] = {&c->pages,  &c->values,          &c->def,   &c->rep,
                              &c->places, &c->dictionary_page, &c->least, &c->greatest};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sf_buffer_free(all[i]);
    }
    sf_dictionary_free(c->dictionary);
}

void sf_chunk_reset(sf_chunk *c)
{
    const sf_parquet_column *column = c->column;
    sf_dictionary *d = c->dictionary;
    sf_chunk_close(&(sf_chunk){.pages = c->pages,
                               .values = c->values,
                               .def = c->def,
                               .rep = c->rep,
                               .places = c->places,
                               .dictionary_page = c->dictionary_page,
                               .least = c->least,
                               .greatest = c->greatest});
    *c = (sf_chunk){.column = column, .dictionary = d};
    if (d != NULL) {
        sf_dictionary_reset(d);
    } else if (column->flags & SF_PARQUET_DICTIONARY) {
        (void)sf_dictionary_new(&c->dictionary); /* without, it is PLAIN */
    }
}

size_t sf_chunk_holds(const sf_chunk *c)
{
    return c->pages.len + c->values.len + c->def.len + c->rep.len + c->places.len +
           (c->dictionary != NULL ? sf_dictionary_bytes(c->dictionary).len : 0);
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

/* Values are many and small: where there is room, no call. */
static inline void put_bytes(sf_buffer *b, const void *bytes, size_t n)
{
    if (b->cap - b->len > n) {
        memcpy(b->bytes + b->len, bytes, n);
        b->len += n;
    } else {
        sf_buffer_put(b, bytes, n);
    }
}

static inline void put_level(sf_buffer *b, unsigned level)
{
    char byte = (char)level;
    put_bytes(b, &byte, 1);
}

/* An entry's levels. A value in a list is the list's first, or goes on. */
static void enter(sf_chunk *c, unsigned def)
{
    unsigned most = sf_parquet_defined(c->column);
    int goes_on = most == 2 && def == 2 && c->in_list == 2;
    if (most == 2 && def == 2) {
        c->list_left--;
        c->in_list = 2;
    }
    c->starts += !goes_on;
    if (most > 0) {
        put_level(&c->def, def);
    }
    if (most == 2) {
        put_level(&c->rep, (unsigned)goes_on);
    }
    c->nulls += def < most;
    c->page_values += def == most;
    c->page_entries++;
}

void sf_chunk_null(sf_chunk *c)
{
    enter(c, 0);
    c->starts += sf_parquet_defined(c->column) == 0; /* it cannot have any: the row is refused */
}

void sf_chunk_list(sf_chunk *c, size_t n)
{
    c->list_left = n;
    if (n == 0) {
        enter(c, 1);
    } else {
        c->in_list = 1;
    }
}

/* Is a smaller than b, in the order of the column's type? */
static int less(const sf_parquet_column *column, sf_str a, sf_str b)
{
    if (sf_parquet_is_text(column)) {
        int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
        return order != 0 ? order < 0 : a.len < b.len;
    }
    if (column->type == SF_PARQUET_DOUBLE) {
        double x, y;
        memcpy(&x, a.ptr, sizeof x);
        memcpy(&y, b.ptr, sizeof y);
        return x < y;
    }
    int64_t x = 0, y = 0;
    if (a.len == 4) {
        int32_t p, q;
        memcpy(&p, a.ptr, 4);
        memcpy(&q, b.ptr, 4);
        return p < q;
    }
    memcpy(&x, a.ptr, sizeof x);
    memcpy(&y, b.ptr, sizeof y);
    return x < y;
}

static void set(sf_buffer *b, sf_str v)
{
    sf_buffer_cut(b, 0);
    sf_buffer_put(b, v.ptr, v.len);
}

static void widen_range(sf_chunk *c, sf_str v)
{
    if (!c->has_range || less(c->column, v, (sf_str){c->least.bytes, c->least.len})) {
        set(&c->least, v);
    }
    if (!c->has_range || less(c->column, (sf_str){c->greatest.bytes, c->greatest.len}, v)) {
        set(&c->greatest, v);
    }
    c->has_range = 1;
}

static void put_value(sf_chunk *c, const void *bytes, size_t len)
{
    enter(c, sf_parquet_defined(c->column));
    put_bytes(&c->values, bytes, len);
    if (c->column->flags & SF_PARQUET_STATISTICS) {
        widen_range(c, (sf_str){bytes, len});
    }
}

void sf_chunk_number(sf_chunk *c, int64_t v)
{
    int32_t half = (int32_t)v;
    char flag = v != 0;
    if (c->column->type == SF_PARQUET_FLAG) {
        put_value(c, &flag, 1); /* bits once the page is made */
    } else if (c->column->type == SF_PARQUET_INT32) {
        put_value(c, &half, sizeof half);
    } else {
        put_value(c, &v, sizeof v);
    }
}

void sf_chunk_double(sf_chunk *c, double v)
{
    if (isnan(v) && sf_parquet_defined(c->column) == 1) {
        sf_chunk_null(c);
    } else {
        put_value(c, &v, sizeof v);
    }
}

/* A value's place in the dictionary; rows often have the one that was before. */
static void put_place(sf_chunk *c, sf_str v)
{
    size_t known = sf_dictionary_count(c->dictionary);
    int64_t place = sf_dictionary_place(c->dictionary, v);
    uint32_t small = (uint32_t)place;
    c->places.lost |= place < 0;
    put_bytes(&c->places, &small, sizeof small);
    if (c->column->flags & SF_PARQUET_STATISTICS && sf_dictionary_count(c->dictionary) > known) {
        widen_range(c, v);
    }
}

void sf_chunk_text(sf_chunk *c, sf_str v)
{
    uint32_t len = (uint32_t)v.len;
    v.ptr = len > 0 ? v.ptr : "";
    enter(c, sf_parquet_defined(c->column));
    if (c->dictionary != NULL) {
        put_place(c, v);
        return;
    }
    put_bytes(&c->values, &len, sizeof len);
    put_bytes(&c->values, v.ptr, v.len);
    if (c->column->flags & SF_PARQUET_STATISTICS) {
        widen_range(c, v);
    }
}

/* ---- pages -------------------------------------------------------------------------------------------------------- */

static void put_levels(sf_buffer *page, const sf_buffer *levels, unsigned most)
{
    size_t at = page->len;
    uint32_t len = 0;
    sf_buffer_put(page, (const char *)&len, sizeof len);
    sf_runs_put_bytes(page, (const uint8_t *)levels->bytes, levels->len, sf_runs_width(most));
    if (!page->lost) {
        len = (uint32_t)(page->len - at - sizeof len);
        memcpy(page->bytes + at, &len, sizeof len);
    }
}

static void put_places(sf_chunk *c, sf_buffer *page)
{
    size_t n = sf_dictionary_count(c->dictionary);
    unsigned width = sf_runs_width(n > 0 ? (uint32_t)n - 1 : 0);
    width = width > 0 ? width : 1;
    put_level(page, width);
    sf_runs_put(page, (const uint32_t *)(const void *)c->places.bytes, c->places.len / 4, width);
}

static void put_flags(const sf_chunk *c, sf_buffer *page)
{
    for (size_t i = 0; i < c->values.len; i += 8) {
        unsigned bits = 0;
        for (size_t k = 0; k < 8 && i + k < c->values.len; k++) {
            bits |= (unsigned)(c->values.bytes[i + k] != 0) << k;
        }
        put_level(page, bits);
    }
}

/* Compresses a page and appends it with its head. */
static int put_page(sf_chunk *c, sf_codec *codec, sf_buffer *to, sf_str page, size_t entries, int encoding)
{
    sf_str packed;
    sf_buffer head = {0};
    sf_thrift_out o = {.to = &head, .depth = -1};
    int dictionary = to == &c->dictionary_page;
    if (page.len > INT32_MAX || sf_codec_pack(codec, page, &packed) != SF_OK) {
        return SF_ENOMEM;
    }
    uint32_t sum = (uint32_t)crc32(0, (const Bytef *)packed.ptr, (uInt)packed.len);
    sf_thrift_begin_element(&o);
    sf_thrift_put_number(&o, 1, SF_THRIFT_I32, dictionary ? PARQUET_DICTIONARY_PAGE : PARQUET_DATA_PAGE);
    sf_thrift_put_number(&o, 2, SF_THRIFT_I32, (int64_t)page.len);
    sf_thrift_put_number(&o, 3, SF_THRIFT_I32, (int64_t)packed.len);
    sf_thrift_put_number(&o, 4, SF_THRIFT_I32, (int32_t)sum);
    sf_thrift_begin(&o, dictionary ? 7 : 5);
    sf_thrift_put_number(&o, 1, SF_THRIFT_I32, (int64_t)entries);
    sf_thrift_put_number(&o, 2, SF_THRIFT_I32, encoding);
    if (!dictionary) {
        sf_thrift_put_number(&o, 3, SF_THRIFT_I32, PARQUET_RLE);
        sf_thrift_put_number(&o, 4, SF_THRIFT_I32, PARQUET_RLE);
    }
    sf_thrift_end(&o);
    sf_thrift_end(&o);
    sf_buffer_put(to, head.bytes, head.len);
    sf_buffer_put(to, packed.ptr, packed.len);
    c->unpacked += head.len + page.len;
    int lost = head.lost || to->lost;
    sf_buffer_free(&head);
    return lost ? SF_ENOMEM : SF_OK;
}

static int lost(const sf_chunk *c)
{
    return c->values.lost || c->def.lost || c->rep.lost || c->places.lost || c->least.lost || c->greatest.lost;
}

static int end_page(sf_chunk *c, sf_codec *codec)
{
    unsigned most = sf_parquet_defined(c->column);
    sf_buffer made = {0};
    sf_str page = {c->values.bytes, c->values.len};
    int placed = c->dictionary != NULL && sf_dictionary_count(c->dictionary) > 0; /* else there are only nulls */
    if (c->page_entries == 0 || lost(c)) {
        return lost(c) ? SF_ENOMEM : SF_OK;
    }
    if (most == 2) {
        put_levels(&made, &c->rep, 1);
    }
    if (most > 0) {
        put_levels(&made, &c->def, most);
    }
    if (placed) {
        put_places(c, &made);
    } else if (c->column->type == SF_PARQUET_FLAG) {
        put_flags(c, &made);
    } else if (most > 0) {
        sf_buffer_put(&made, c->values.bytes, c->values.len);
    }
    if (made.len > 0) {
        page = (sf_str){made.bytes, made.len};
    }
    int r = made.lost
                ? SF_ENOMEM
                : put_page(c, codec, &c->pages, page, c->page_entries, placed ? PARQUET_RLE_DICTIONARY : PARQUET_PLAIN);
    c->dictionary_pages += placed;
    c->entries += c->page_entries;
    c->page_entries = c->page_values = c->page_rows = 0;
    sf_buffer_free(&made);
    sf_buffer_cut(&c->values, 0);
    sf_buffer_cut(&c->places, 0);
    sf_buffer_cut(&c->def, 0);
    sf_buffer_cut(&c->rep, 0);
    return r;
}

static int end_dictionary(sf_chunk *c, sf_codec *codec)
{
    return put_page(c, codec, &c->dictionary_page, sf_dictionary_bytes(c->dictionary),
                    sf_dictionary_count(c->dictionary), PARQUET_PLAIN);
}

int sf_chunk_end_row(sf_chunk *c, sf_codec *codec)
{
    if (c->list_left != 0 || c->starts != 1) {
        return SF_EINVAL;
    }
    c->starts = c->in_list = 0;
    c->page_rows++;
    int outgrown = c->dictionary != NULL && sf_dictionary_bytes(c->dictionary).len > DICTIONARY_BYTES;
    if (c->values.len + c->places.len < PAGE_BYTES && c->page_rows < PAGE_ROWS && !outgrown) {
        return SF_OK;
    }
    int r = end_page(c, codec);
    if (r == SF_OK && outgrown) {
        r = end_dictionary(c, codec);
        sf_dictionary_free(c->dictionary);
        c->dictionary = NULL;
    }
    return r;
}

int sf_chunk_finish(sf_chunk *c, sf_codec *codec)
{
    int r = end_page(c, codec);
    return r == SF_OK && c->dictionary != NULL && c->dictionary_pages > 0 ? end_dictionary(c, codec) : r;
}
