/* SPDX-License-Identifier: MIT */
/* Pages of a column, read strictly: lengths, levels, checksums and encodings must be what the writer makes. */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <zlib.h>

#include "bits.h"
#include "common/fail.h"
#include "delta.h"
#include "runs.h"

static int broken(const sf_cursor *c, const char *what, sf_error *err)
{
    return sf_fail(err, SF_EPARSE, "column %.40s: %s", c->column->name, what);
}

static int no_memory(sf_error *err)
{
    return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
}

static void drop_page(sf_cursor *c)
{
    free(c->page);
    free(c->def);
    free(c->rep);
    free(c->texts);
    free(c->numbers);
    free(c->doubles);
    c->page = NULL;
    c->def = c->rep = NULL;
    c->texts = NULL;
    c->numbers = NULL;
    c->doubles = NULL;
    c->entries = c->entry = c->value = c->first = 0;
}

void sf_cursor_close(sf_cursor *c)
{
    drop_page(c);
    free(c->dictionary);
    free(c->words);
    *c = (sf_cursor){.column = NULL};
}

void sf_cursor_start(sf_cursor *c, const sf_parquet_column *column, const sf_chunk_place *place)
{
    sf_cursor_close(c);
    c->column = column;
    if (place != NULL) {
        c->chunk = *place;
        c->left = place->entries;
    }
}

int sf_cursor_done(const sf_cursor *c)
{
    return c->left == 0 && c->entry == c->entries && c->at == c->chunk.bytes.len;
}

/* ---- heads -------------------------------------------------------------------------------------------------------- */

typedef struct head {
    int64_t type, unpacked, packed, sum, entries, encoding;
} head;

static void read_page_header(sf_thrift_in *in, head *h)
{
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    while (sf_thrift_next(in, &f)) {
        if (f.number == 1 && f.type == SF_THRIFT_I32) {
            h->entries = sf_thrift_number(in);
        } else if (f.number == 2 && f.type == SF_THRIFT_I32) {
            h->encoding = sf_thrift_number(in);
        } else {
            sf_thrift_skip(in, f.type);
        }
    }
}

static int read_head(sf_cursor *c, head *h)
{
    const unsigned char *bytes = (const unsigned char *)c->chunk.bytes.ptr;
    sf_thrift_in in = {.at = bytes + c->at, .end = bytes + c->chunk.bytes.len};
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    *h = (head){-1, -1, -1, -1, -1, -1};
    int64_t *const numbers[] = {NULL, &h->type, &h->unpacked, &h->packed, &h->sum};
    while (sf_thrift_next(&in, &f)) {
        if (f.number >= 1 && f.number <= 4 && f.type == SF_THRIFT_I32) {
            *numbers[f.number] = sf_thrift_number(&in);
        } else if ((f.number == 5 || f.number == 7) && f.type == SF_THRIFT_STRUCT) {
            read_page_header(&in, h);
        } else {
            sf_thrift_skip(&in, f.type);
        }
    }
    c->at = (size_t)(in.at - bytes);
    return !in.broken && h->unpacked >= 0 && h->unpacked <= PAGE_BYTES_MOST && h->packed >= 0 &&
           (uint64_t)h->packed <= c->chunk.bytes.len - c->at && h->entries >= 0 && h->entries <= PAGE_ENTRIES_MOST;
}

/* The bytes of the page behind its head, unpacked; the caller frees them. */
static int unpack_page(sf_cursor *c, const head *h, char **page, sf_error *err)
{
    sf_str packed = {c->chunk.bytes.ptr + c->at, (size_t)h->packed};
    uint32_t sum = (uint32_t)crc32(0, (const Bytef *)packed.ptr, (uInt)packed.len);
    if ((uint32_t)h->sum != sum) {
        return broken(c, "a page's checksum is wrong", err);
    }
    *page = malloc((size_t)h->unpacked + 1);
    if (*page == NULL) {
        return no_memory(err);
    }
    c->at += packed.len;
    return sf_codec_unpack(c->chunk.codec, packed, *page, (size_t)h->unpacked) == SF_OK
               ? SF_OK
               : broken(c, "a page cannot be unpacked", err);
}

/* ---- values ------------------------------------------------------------------------------------------------------- */

/* Takes n texts, each with its length in front; exactly all of the bytes. */
static int read_texts(sf_str from, sf_str *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t len;
        if (from.len < sizeof len) {
            return 0;
        }
        memcpy(&len, from.ptr, sizeof len);
        if (len > from.len - sizeof len) {
            return 0;
        }
        out[i] = (sf_str){from.ptr + sizeof len, len};
        from.ptr += sizeof len + len;
        from.len -= sizeof len + len;
    }
    return from.len == 0;
}

static int read_numbers(int physical, sf_str from, int64_t *out, size_t n)
{
    size_t size = physical == PARQUET_INT32 ? 4 : 8;
    if (physical == PARQUET_BOOLEAN) {
        for (size_t i = 0; from.len == (n + 7) / 8 && i < n; i++) {
            out[i] = (unsigned char)from.ptr[i / 8] >> i % 8 & 1;
        }
        return from.len == (n + 7) / 8;
    }
    for (size_t i = 0; from.len == n * size && i < n; i++) {
        out[i] = sf_parquet_number_at(from.ptr + i * size, size);
    }
    return from.len == n * size;
}

static int read_plain(sf_cursor *c, sf_str from, size_t n, sf_error *err)
{
    int physical = sf_parquet_physical(c->column->type), good;
    if (physical == PARQUET_BYTE_ARRAY) {
        if (n > from.len / 4) {
            return broken(c, "values are missing", err);
        }
        c->texts = malloc((n + 1) * sizeof *c->texts);
        good = c->texts != NULL && read_texts(from, c->texts, n);
        return c->texts == NULL ? no_memory(err) : good ? SF_OK : broken(c, "texts do not fill their page", err);
    }
    if (physical == PARQUET_DOUBLE) {
        good = from.len == n * sizeof *c->doubles;
        c->doubles = good ? malloc((n + 1) * sizeof *c->doubles) : NULL;
        if (c->doubles != NULL && n > 0) {
            memcpy(c->doubles, from.ptr, from.len);
        }
        return !good ? broken(c, "numbers do not fill their page", err) : c->doubles == NULL ? no_memory(err) : SF_OK;
    }
    c->numbers = malloc((n + 1) * sizeof *c->numbers);
    good = c->numbers != NULL && read_numbers(physical, from, c->numbers, n);
    return c->numbers == NULL ? no_memory(err) : good ? SF_OK : broken(c, "numbers do not fill their page", err);
}

/* Numbers, or lengths, as their differences: the bytes taken, or a failure. */
static int64_t read_steps(sf_cursor *c, sf_str from, size_t n, unsigned bits, sf_error *err)
{
    c->numbers = malloc((n + 1) * sizeof *c->numbers);
    int64_t taken = c->numbers != NULL ? sf_delta_get(from, c->numbers, n, bits) : 0;
    return c->numbers == NULL ? no_memory(err) : taken >= 0 ? taken : broken(c, "differences are broken", err);
}

static int read_differences(sf_cursor *c, sf_str from, size_t n, sf_error *err)
{
    int physical = sf_parquet_physical(c->column->type);
    if (physical != PARQUET_INT32 && physical != PARQUET_INT64) {
        return broken(c, "an encoding that the writer does not use", err);
    }
    int64_t taken = read_steps(c, from, n, physical == PARQUET_INT32 ? 32 : 64, err);
    return taken < 0                   ? (int)taken
           : (size_t)taken == from.len ? SF_OK
                                       : broken(c, "numbers do not fill their page", err);
}

/* Lengths of texts, then their bytes. */
static int read_lengths(sf_cursor *c, sf_str from, size_t n, sf_error *err)
{
    if (!sf_parquet_is_text(c->column)) {
        return broken(c, "an encoding that the writer does not use", err);
    }
    int64_t taken = read_steps(c, from, n, 32, err);
    if (taken < 0) {
        return (int)taken;
    }
    c->texts = malloc((n + 1) * sizeof *c->texts);
    if (c->texts == NULL) {
        return no_memory(err);
    }
    sf_str rest = {from.ptr + taken, from.len - (size_t)taken};
    for (size_t i = 0; i < n; i++) {
        if (c->numbers[i] < 0 || (uint64_t)c->numbers[i] > rest.len) {
            return broken(c, "texts do not fill their page", err);
        }
        c->texts[i] = (sf_str){rest.ptr, (size_t)c->numbers[i]};
        rest.ptr += c->texts[i].len;
        rest.len -= c->texts[i].len;
    }
    return rest.len == 0 ? SF_OK : broken(c, "texts do not fill their page", err);
}

static int has_dictionary(const sf_cursor *c)
{
    return sf_parquet_is_text(c->column) || c->column->type == SF_PARQUET_DOUBLE;
}

static int read_places(sf_cursor *c, sf_str from, size_t n, sf_error *err)
{
    unsigned width = from.len > 0 ? (unsigned char)from.ptr[0] : 0;
    int doubles = c->column->type == SF_PARQUET_DOUBLE;
    if (c->n_words == 0 || width < 1 || width > 24 || !has_dictionary(c)) {
        return broken(c, "a page wants a dictionary", err);
    }
    uint32_t *places = malloc((n + 1) * sizeof *places);
    c->texts = !doubles ? malloc((n + 1) * sizeof *c->texts) : NULL;
    c->doubles = doubles ? malloc((n + 1) * sizeof *c->doubles) : NULL;
    int r = places != NULL && (c->texts != NULL || c->doubles != NULL) ? SF_OK : no_memory(err);
    sf_str rest = {from.ptr + 1, from.len - 1};
    if (r == SF_OK && sf_runs_get(rest, places, n, width, (uint32_t)c->n_words - 1) != (int64_t)rest.len) {
        r = broken(c, "places in the dictionary are broken", err);
    }
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        if (doubles) {
            memcpy(&c->doubles[i], c->words[places[i]].ptr, sizeof c->doubles[i]);
        } else {
            c->texts[i] = c->words[places[i]];
        }
    }
    free(places);
    return r;
}

/* Takes n doubles as the texts that their bytes are; exactly all of the bytes. */
static int read_double_words(sf_str from, sf_str *out, size_t n)
{
    for (size_t i = 0; i < n && from.len == n * sizeof(double); i++) {
        out[i] = (sf_str){from.ptr + i * sizeof(double), sizeof(double)};
    }
    return from.len == n * sizeof(double);
}

static int read_dictionary(sf_cursor *c, sf_error *err)
{
    head h;
    if (!read_head(c, &h) || h.type != PARQUET_DICTIONARY_PAGE || h.encoding != PARQUET_PLAIN || !has_dictionary(c)) {
        return broken(c, "the dictionary's head is broken", err);
    }
    int r = unpack_page(c, &h, &c->dictionary, err);
    c->n_words = (size_t)h.entries;
    if (r == SF_OK && c->n_words > (size_t)h.unpacked / 4) {
        r = broken(c, "the dictionary is too short", err);
    }
    c->words = r == SF_OK ? malloc((c->n_words + 1) * sizeof *c->words) : NULL;
    if (r == SF_OK && c->words == NULL) {
        r = no_memory(err);
    }
    sf_str bytes = {c->dictionary, (size_t)h.unpacked};
    if (r == SF_OK && (!(sf_parquet_is_text(c->column) ? read_texts(bytes, c->words, c->n_words)
                                                       : read_double_words(bytes, c->words, c->n_words)) ||
                       c->at != c->chunk.dictionary_bytes)) {
        r = broken(c, "the dictionary is broken", err);
    }
    return r;
}

static int read_values(sf_cursor *c, int64_t encoding, sf_str from, size_t n, sf_error *err)
{
    switch (encoding) {
    case PARQUET_PLAIN: return read_plain(c, from, n, err);
    case PARQUET_RLE_DICTIONARY: return read_places(c, from, n, err);
    case PARQUET_DELTA_BINARY_PACKED: return read_differences(c, from, n, err);
    case PARQUET_DELTA_LENGTH_BYTE_ARRAY: return read_lengths(c, from, n, err);
    default: return broken(c, "an encoding that the writer does not use", err);
    }
}

/* ---- pages -------------------------------------------------------------------------------------------------------- */

/* Levels stand with their length in front. Takes them off the rest. */
static int read_levels(sf_cursor *c, sf_str *rest, uint32_t **out, unsigned most, sf_error *err)
{
    uint32_t len = 0;
    if (rest->len >= sizeof len) {
        memcpy(&len, rest->ptr, sizeof len);
    }
    if (rest->len < sizeof len || len > rest->len - sizeof len) {
        return broken(c, "levels are cut off", err);
    }
    *out = malloc((c->entries + 1) * sizeof **out);
    if (*out == NULL) {
        return no_memory(err);
    }
    sf_str levels = {rest->ptr + sizeof len, len};
    rest->ptr += sizeof len + len;
    rest->len -= sizeof len + len;
    return sf_runs_get(levels, *out, c->entries, sf_bits_width(most), most) == (int64_t)len
               ? SF_OK
               : broken(c, "levels are broken", err);
}

/* A list goes on only behind a value of its own; a page begins with a row. */
static int levels_fit(const sf_cursor *c)
{
    for (size_t i = 0; i < c->entries; i++) {
        if (c->rep[i] == 1 && (i == 0 || c->def[i] != 2 || c->def[i - 1] != 2)) {
            return 0;
        }
    }
    return 1;
}

static int read_page_levels(sf_cursor *c, sf_str *rest, size_t *values, sf_error *err)
{
    unsigned most = sf_parquet_defined(c->column);
    int r = most == 2 ? read_levels(c, rest, &c->rep, 1, err) : SF_OK;
    r = r == SF_OK && most > 0 ? read_levels(c, rest, &c->def, most, err) : r;
    if (r == SF_OK && most == 2 && !levels_fit(c)) {
        r = broken(c, "a list goes on where none is", err);
    }
    *values = most > 0 ? 0 : c->entries;
    for (size_t i = 0; i < c->entries && r == SF_OK && most > 0; i++) {
        *values += c->def[i] == most;
    }
    return r;
}

static int read_page(sf_cursor *c, sf_error *err)
{
    head h;
    size_t values = 0;
    drop_page(c);
    int r = c->at == 0 && c->chunk.dictionary_bytes > 0 ? read_dictionary(c, err) : SF_OK;
    if (r != SF_OK) {
        return r;
    }
    if (!read_head(c, &h) || h.type != PARQUET_DATA_PAGE || h.entries == 0 || (uint64_t)h.entries > c->left) {
        return broken(c, "a page's head is broken", err);
    }
    r = unpack_page(c, &h, &c->page, err);
    c->entries = (size_t)h.entries;
    c->left -= c->entries;
    sf_str rest = {c->page, (size_t)h.unpacked};
    r = r == SF_OK ? read_page_levels(c, &rest, &values, err) : r;
    r = r == SF_OK ? read_values(c, h.encoding, rest, values, err) : r;
    if (r != SF_OK) {
        drop_page(c);
    }
    return r;
}

int sf_cursor_next(sf_cursor *c, sf_error *err)
{
    unsigned most = sf_parquet_defined(c->column);
    if (c->chunk.bytes.len == 0) {
        c->count = most == 2 ? -1 : 0;
        return SF_OK;
    }
    if (c->entry == c->entries) {
        int r = c->left > 0 ? read_page(c, err) : broken(c, "fewer values than rows", err);
        if (r != SF_OK) {
            return r;
        }
    }
    c->first = c->value;
    unsigned def = c->def != NULL ? c->def[c->entry] : most;
    c->count = def == most ? 1 : most == 2 && def == 0 ? -1 : 0;
    c->entry++;
    while (c->rep != NULL && c->entry < c->entries && c->rep[c->entry] == 1) {
        c->count++;
        c->entry++;
    }
    c->value += c->count > 0 ? (size_t)c->count : 0;
    return SF_OK;
}
