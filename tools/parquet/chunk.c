/* SPDX-License-Identifier: MIT */
/* One column of one row group while it is written. */
#include "chunk.h"

#include <math.h>
#include <zlib.h>

#include "bits.h"
#include "delta.h"
#include "runs.h"

enum { TOGETHER = 128 }; /* values that are looked at in one go */

/* For a column that wants one. */
static int open_dictionary(sf_chunk *c)
{
    return c->column->flags & SF_PARQUET_DICTIONARY
               ? sf_dictionary_new(&c->dictionary, sf_parquet_is_text(c->column) ? 0 : sizeof(double))
               : SF_OK;
}

int sf_chunk_open(sf_chunk *c, const sf_parquet_column *column, sf_codec *codec)
{
    *c = (sf_chunk){.column = column, .pages = sf_codec_lend(codec)};
    return open_dictionary(c);
}

void sf_chunk_close(sf_chunk *c, sf_codec *codec)
{
    sf_buffer *const all[] = {&c->def,    &c->rep,   &c->values,   &c->lengths,
                              &c->places, &c->least, &c->greatest, &c->dictionary_page};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sf_buffer_free(all[i]);
    }
    sf_codec_give_back(codec, &c->pages);
    sf_dictionary_free(c->dictionary);
}

void sf_chunk_reset(sf_chunk *c)
{
    sf_chunk fresh = {.column = c->column, .dictionary = c->dictionary};
    sf_buffer_cut(&c->pages, 0);
    sf_buffer_cut(&c->dictionary_page, 0);
    fresh.pages = c->pages;
    fresh.dictionary_page = c->dictionary_page;
    fresh.def = c->def; /* the page's are empty */
    fresh.rep = c->rep;
    fresh.values = c->values;
    fresh.lengths = c->lengths;
    fresh.places = c->places;
    *c = fresh;
    if (c->dictionary != NULL) {
        sf_dictionary_reset(c->dictionary);
    } else {
        (void)open_dictionary(c); /* without, it is written as if it had been given up */
    }
}

/* What the page at hand holds. */
static size_t page_bytes(const sf_chunk *c)
{
    return c->values.len + c->lengths.len + c->places.len;
}

size_t sf_chunk_holds(const sf_chunk *c)
{
    return c->pages.len + page_bytes(c) + c->def.len + c->rep.len +
           (c->dictionary != NULL ? sf_dictionary_bytes(c->dictionary).len : 0);
}

/* ---- levels ------------------------------------------------------------------------------------------------------- */

static int is_list(const sf_chunk *c)
{
    return (c->column->flags & SF_PARQUET_LIST) != 0;
}

static int has_nulls(const sf_chunk *c)
{
    return (c->column->flags & (SF_PARQUET_NULLS | SF_PARQUET_LIST)) == SF_PARQUET_NULLS;
}

/* n values and nulls, `there` of which are values: rows of their own, or what lists expected. */
static void enter(sf_chunk *c, const char *levels, size_t n, size_t there)
{
    c->page_values += there;
    if (is_list(c)) {
        c->wrong |= n > c->due;
        c->due -= n;
        return;
    }
    if (has_nulls(c)) {
        sf_buffer_put(&c->def, levels, n);
    }
    c->rows += n;
    c->page_entries += n;
    c->nulls += n - there;
}

/* The levels of lists, a few at a time. */
typedef struct list_levels {
    char def[TOGETHER], rep[TOGETHER];
    size_t n;
} list_levels;

static void put_list_levels(sf_chunk *c, list_levels *l)
{
    sf_buffer_put(&c->def, l->def, l->n);
    sf_buffer_put(&c->rep, l->rep, l->n);
    c->page_entries += l->n;
    l->n = 0;
}

void sf_chunk_lists(sf_chunk *c, const int64_t *lengths, size_t n)
{
    list_levels l;
    l.n = 0;
    c->wrong |= !is_list(c);
    c->rows += n;
    for (size_t i = 0; i < n; i++) {
        int64_t entries = lengths[i] > 0 ? lengths[i] : 1; /* a null or an empty list is one as well */
        for (int64_t k = 0; k < entries; k++) {
            if (l.n == TOGETHER) {
                put_list_levels(c, &l);
            }
            l.def[l.n] = lengths[i] > 0 ? 2 : lengths[i] == 0;
            l.rep[l.n++] = k > 0;
        }
        c->due += lengths[i] > 0 ? (size_t)lengths[i] : 0;
        c->nulls += lengths[i] <= 0;
    }
    put_list_levels(c, &l);
}

/* ---- statistics --------------------------------------------------------------------------------------------------- */

static void set(sf_buffer *b, sf_str v)
{
    sf_buffer_cut(b, 0);
    sf_buffer_put(b, v.ptr, v.len);
}

static int is_before(sf_str a, sf_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order < 0 : a.len < b.len;
}

static void widen_by_text(sf_chunk *c, sf_str v)
{
    if (!c->has_range || is_before(v, (sf_str){c->least.bytes, c->least.len})) {
        set(&c->least, v);
    }
    if (!c->has_range || is_before((sf_str){c->greatest.bytes, c->greatest.len}, v)) {
        set(&c->greatest, v);
    }
    c->has_range = 1;
}

/* The words that the dictionary has behind its first `from` bytes. */
static void widen_by_words(sf_chunk *c, size_t from)
{
    sf_str words = sf_dictionary_bytes(c->dictionary);
    uint32_t len;
    for (; from < words.len; from += len) {
        memcpy(&len, words.ptr + from, sizeof len);
        from += sizeof len;
        widen_by_text(c, (sf_str){words.ptr + from, len});
    }
}

/* The page's numbers; they are kept as they are written, in 4 or 8 bytes. */
static void widen_by_numbers(sf_chunk *c, const int64_t *v, size_t n)
{
    size_t size = c->column->type == SF_PARQUET_INT32 ? 4 : 8;
    int64_t least = v[0], greatest = v[0], known;
    for (size_t i = 1; i < n; i++) {
        least = v[i] < least ? v[i] : least;
        greatest = v[i] > greatest ? v[i] : greatest;
    }
    if (c->has_range) {
        known = sf_parquet_number_at(c->least.bytes, size);
        least = known < least ? known : least;
        known = sf_parquet_number_at(c->greatest.bytes, size);
        greatest = known > greatest ? known : greatest;
    }
    set(&c->least, (sf_str){(const char *)&least, size});
    set(&c->greatest, (sf_str){(const char *)&greatest, size});
    c->has_range = !c->least.lost && !c->greatest.lost;
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

static void put_places(sf_chunk *c, const sf_str *v, size_t n)
{
    uint32_t places[TOGETHER];
    size_t known = sf_dictionary_bytes(c->dictionary).len;
    c->places.lost |= sf_dictionary_places(c->dictionary, v, n, places) != SF_OK;
    sf_buffer_put(&c->places, (const char *)places, n * sizeof places[0]);
    c->placed += n;
    if (c->column->flags & SF_PARQUET_STATISTICS) {
        widen_by_words(c, known);
    }
}

void sf_chunk_numbers(sf_chunk *c, const int64_t *v, size_t n)
{
    int64_t there[TOGETHER];
    char levels[TOGETHER];
    for (size_t at = 0, some; at < n; at += some) {
        size_t k = 0;
        some = n - at < TOGETHER ? n - at : TOGETHER;
        for (size_t i = 0; i < some; i++) {
            levels[i] = v[at + i] != SF_PARQUET_NO_NUMBER || !has_nulls(c);
            there[k] = v[at + i];
            k += (size_t)levels[i];
        }
        enter(c, levels, some, k);
        sf_buffer_put(&c->values, (const char *)there, k * sizeof there[0]);
    }
}

static void put_doubles(sf_chunk *c, const double *v, size_t n)
{
    sf_str words[TOGETHER];
    if (c->dictionary == NULL) {
        sf_buffer_put(&c->values, (const char *)v, n * sizeof v[0]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        words[i] = (sf_str){(const char *)&v[i], sizeof v[i]};
    }
    put_places(c, words, n);
}

void sf_chunk_doubles(sf_chunk *c, const double *v, size_t n)
{
    double there[TOGETHER];
    char levels[TOGETHER];
    for (size_t at = 0, some; at < n; at += some) {
        size_t k = 0;
        some = n - at < TOGETHER ? n - at : TOGETHER;
        for (size_t i = 0; i < some; i++) {
            levels[i] = !isnan(v[at + i]) || !has_nulls(c);
            there[k] = v[at + i];
            k += (size_t)levels[i];
        }
        enter(c, levels, some, k);
        put_doubles(c, there, k);
    }
}

static void put_texts(sf_chunk *c, const sf_str *v, size_t n)
{
    int64_t lengths[TOGETHER];
    if (c->dictionary != NULL) {
        put_places(c, v, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        lengths[i] = (int64_t)v[i].len;
        sf_buffer_put(&c->values, v[i].ptr, v[i].len);
        if (c->column->flags & SF_PARQUET_STATISTICS) {
            widen_by_text(c, v[i]);
        }
    }
    sf_buffer_put(&c->lengths, (const char *)lengths, n * sizeof lengths[0]);
}

void sf_chunk_texts(sf_chunk *c, const sf_str *v, size_t n)
{
    sf_str there[TOGETHER];
    char levels[TOGETHER];
    for (size_t at = 0, some; at < n; at += some) {
        size_t k = 0;
        some = n - at < TOGETHER ? n - at : TOGETHER;
        if (!has_nulls(c)) {
            enter(c, NULL, some, some);
            put_texts(c, v + at, some);
            continue;
        }
        for (size_t i = 0; i < some; i++) {
            levels[i] = v[at + i].ptr != NULL;
            there[k] = v[at + i];
            k += (size_t)levels[i];
        }
        enter(c, levels, some, k);
        put_texts(c, there, k);
    }
}

/* ---- pages -------------------------------------------------------------------------------------------------------- */

static void put_levels(sf_buffer *page, const sf_buffer *levels, unsigned most)
{
    size_t at = page->len;
    uint32_t len = 0;
    sf_buffer_put(page, (const char *)&len, sizeof len);
    sf_runs_put_bytes(page, (const uint8_t *)levels->bytes, levels->len, sf_bits_width(most));
    if (!page->lost) {
        len = (uint32_t)(page->len - at - sizeof len);
        memcpy(page->bytes + at, &len, sizeof len);
    }
}

static void put_page_places(const sf_chunk *c, sf_buffer *page)
{
    unsigned width = sf_bits_width(sf_dictionary_count(c->dictionary) - 1);
    char byte = (char)(width > 0 ? width : 1);
    sf_buffer_put(page, &byte, 1);
    sf_runs_put(page, (const uint32_t *)(const void *)c->places.bytes, c->page_values, (unsigned)byte);
}

static void put_flags(sf_buffer *page, const int64_t *v, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        unsigned bits = 0;
        for (size_t k = 0; k < 8 && i + k < n; k++) {
            bits |= (unsigned)(v[i + k] != 0) << k;
        }
        char byte = (char)(unsigned char)bits;
        sf_buffer_put(page, &byte, 1);
    }
}

/* The page's values, in the encoding that is returned. */
static int put_page_values(sf_chunk *c, sf_buffer *page)
{
    const int64_t *numbers = (const int64_t *)(const void *)c->values.bytes;
    size_t n = c->page_values;
    if (n == 0) {
        return PARQUET_PLAIN;
    }
    if (c->dictionary != NULL) {
        put_page_places(c, page);
        return PARQUET_RLE_DICTIONARY;
    }
    switch (sf_parquet_physical(c->column->type)) {
    case PARQUET_BYTE_ARRAY:
        sf_delta_put(page, (const int64_t *)(const void *)c->lengths.bytes, n, 32);
        sf_buffer_put(page, c->values.bytes, c->values.len);
        return PARQUET_DELTA_LENGTH_BYTE_ARRAY;
    case PARQUET_DOUBLE: sf_buffer_put(page, c->values.bytes, c->values.len); return PARQUET_PLAIN;
    case PARQUET_BOOLEAN: put_flags(page, numbers, n); return PARQUET_PLAIN;
    default:
        if (c->column->flags & SF_PARQUET_STATISTICS) {
            widen_by_numbers(c, numbers, n);
        }
        sf_delta_put(page, numbers, n, c->column->type == SF_PARQUET_INT32 ? 32 : 64);
        return PARQUET_DELTA_BINARY_PACKED;
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
    c->encodings |= 1U << encoding;
    int lost = head.lost || to->lost;
    sf_buffer_free(&head);
    return lost ? SF_ENOMEM : SF_OK;
}

static int end_page(sf_chunk *c, sf_codec *codec)
{
    unsigned most = sf_parquet_defined(c->column);
    sf_buffer *page = sf_codec_page(codec);
    if (c->page_entries == 0) {
        return SF_OK;
    }
    if (c->values.lost || c->lengths.lost || c->def.lost || c->rep.lost || c->places.lost) {
        return SF_ENOMEM;
    }
    if (most == 2) {
        put_levels(page, &c->rep, 1);
    }
    if (most > 0) {
        put_levels(page, &c->def, most);
    }
    int encoding = put_page_values(c, page);
    int r = page->lost || c->least.lost || c->greatest.lost
                ? SF_ENOMEM
                : put_page(c, codec, &c->pages, (sf_str){page->bytes, page->len}, c->page_entries, encoding);
    c->entries += c->page_entries;
    c->page_entries = c->page_values = c->page_rows = 0;
    sf_buffer_cut(&c->values, 0);
    sf_buffer_cut(&c->lengths, 0);
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

/* Is the dictionary no use? It has grown too large for a reader's memory and ours, or most values are new. */
static int is_in_vain(const sf_chunk *c)
{
    return c->dictionary != NULL &&
           (sf_dictionary_bytes(c->dictionary).len > DICTIONARY_BYTES ||
            (c->placed > DICTIONARY_TRIAL && sf_dictionary_count(c->dictionary) > c->placed / 2));
}

int sf_chunk_end_rows(sf_chunk *c, size_t n, sf_codec *codec)
{
    if (c->rows != n || c->due != 0 || c->wrong) {
        return SF_EINVAL;
    }
    c->rows = 0;
    c->page_rows += n;
    int in_vain = is_in_vain(c);
    if (page_bytes(c) < PAGE_BYTES && c->page_rows < PAGE_ROWS && !in_vain) {
        return SF_OK;
    }
    int r = end_page(c, codec);
    if (r == SF_OK && in_vain) {
        r = end_dictionary(c, codec);
        sf_dictionary_free(c->dictionary);
        c->dictionary = NULL;
    }
    return r;
}

int sf_chunk_finish(sf_chunk *c, sf_codec *codec)
{
    int r = end_page(c, codec);
    return r == SF_OK && c->dictionary != NULL && c->placed > 0 ? end_dictionary(c, codec) : r;
}
