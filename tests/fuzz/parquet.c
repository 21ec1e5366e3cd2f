/* SPDX-License-Identifier: MIT */
/* Parquet files, read as replay reads them: any bytes may come. What is read as signals is written again and must be
 * read the same. The plan of a partition, an answer of S3: any bytes, too. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "archive/plan.h"
#include "archive/rows.h"
#include "archive/s3_request.h"
#include "parquet/page.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "parquet: %s\n", what);
        abort();
    }
}

static int take(void *payload, sf_str bytes, sf_error *err)
{
    (void)err;
    sf_buffer_put(payload, bytes.ptr, bytes.len);
    return SF_OK;
}

/* All rows, into `again` unless that is NULL. How many there were before the end, or what was broken. */
static int64_t read_all(sf_str file, int raw, sf_parquet_writer *again, sf_buffer *said)
{
    sf_archive_table t = sf_archive_table_of(raw);
    sf_parquet_reader *r;
    sf_records *b;
    sf_error err;
    if (sf_parquet_reader_new(&r, file, t.columns, t.n, &err) != SF_OK) {
        return -1;
    }
    check(sf_records_new(&b, 1) == SF_OK, "no memory");
    int64_t n = 0, rows = sf_parquet_reader_rows(r);
    int status;
    while ((status = sf_parquet_next_row(r, &err)) == 1 && n < 2000) {
        sf_str json;
        sf_records_reset(b);
        if (sf_archive_get(r, raw, b, &err) != SF_OK) {
            status = -1;
            break;
        }
        if (again != NULL) {
            check(sf_archive_put(again, &(const sf_record *){&b->v[0]}, 1, raw, &err) == SF_OK,
                  "a row cannot be written");
        }
        json = b->v[0].raw;
        check(raw || sf_record_json(&b->v[0], b->memory, &json) == SF_OK, "a row without JSON");
        sf_buffer_put(said, json.ptr, json.len);
        n++;
    }
    check(status != 0 || n == rows, "rows are missing");
    sf_records_free(b);
    sf_parquet_reader_free(r);
    return status == 0 ? n : -1;
}

static void read_parquet(sf_str file)
{
    int raw = sf_archive_is_raw(file);
    sf_archive_table t = sf_archive_table_of(raw);
    sf_buffer made = {0}, first = {0}, second = {0};
    sf_codec *codec;
    sf_parquet_writer *w;
    const sf_parquet_output out = {take, &made};
    check(sf_codec_new(&codec, SF_CODEC_SNAPPY, 0) == SF_OK, "no codec");
    check(sf_parquet_writer_new(&w, t.columns, t.n, codec, &out) == SF_OK, "no writer");
    int64_t n = read_all(file, raw, w, &first);
    if (n >= 0) {
        check(sf_parquet_writer_close(w, NULL) == SF_OK, "cannot be closed");
        check(read_all((sf_str){made.bytes, made.len}, raw, NULL, &second) == n, "not as many rows again");
        check(first.len == second.len && (first.len == 0 || memcmp(first.bytes, second.bytes, first.len) == 0),
              "other rows again");
    }
    sf_parquet_writer_free(w);
    sf_codec_free(codec);
    sf_buffer_free(&made);
    sf_buffer_free(&first);
    sf_buffer_free(&second);
}

static void put_head(sf_thrift_out *o, sf_str body, int16_t kind, int64_t entries, int encoding)
{
    sf_thrift_begin_element(o);
    sf_thrift_put_number(o, 1, SF_THRIFT_I32, kind == 7 ? PARQUET_DICTIONARY_PAGE : PARQUET_DATA_PAGE);
    sf_thrift_put_number(o, 2, SF_THRIFT_I32, (int64_t)body.len);
    sf_thrift_put_number(o, 3, SF_THRIFT_I32, (int64_t)body.len);
    sf_thrift_put_number(o, 4, SF_THRIFT_I32, (int32_t)crc32(0, (const Bytef *)body.ptr, (uInt)body.len));
    sf_thrift_begin(o, kind);
    sf_thrift_put_number(o, 1, SF_THRIFT_I32, entries);
    sf_thrift_put_number(o, 2, SF_THRIFT_I32, encoding);
    sf_thrift_end(o);
    sf_thrift_end(o);
}

/* The bytes as a page of each kind of column, with a head that is right: checksums would keep what is broken out. */
static void read_page(sf_str bytes)
{
    static const sf_parquet_column kinds[] = {
        {"a", NULL, SF_PARQUET_TEXT, 0},
        {"b", NULL, SF_PARQUET_TEXT, SF_PARQUET_LIST},
        {"c", NULL, SF_PARQUET_INT32, SF_PARQUET_NULLS},
        {"d", NULL, SF_PARQUET_DOUBLE, SF_PARQUET_LIST},
        {"e", NULL, SF_PARQUET_FLAG, SF_PARQUET_NULLS},
    };
    int64_t entries = bytes.len > 1 ? 1 + (unsigned char)bytes.ptr[0] : 1;
    static const int encodings[] = {PARQUET_PLAIN, PARQUET_RLE_DICTIONARY, PARQUET_DELTA_BINARY_PACKED,
                                    PARQUET_DELTA_LENGTH_BYTE_ARRAY};
    for (size_t i = 0; i < 4 * sizeof kinds / sizeof kinds[0] && bytes.len > 1; i++) {
        int encoding = encodings[i % 4];
        sf_buffer page = {0};
        sf_thrift_out o = {.to = &page, .depth = -1};
        sf_str body = {bytes.ptr + 1, bytes.len - 1};
        uint64_t dictionary = 0;
        if (encoding == PARQUET_RLE_DICTIONARY) { /* behind a dictionary of two words, or doubles */
            sf_str words = {"\1\0\0\0x\2\0\0\0yz\0\0\0\0\0", kinds[i / 4].type == SF_PARQUET_DOUBLE ? 16 : 11};
            put_head(&o, words, 7, 2, PARQUET_PLAIN);
            sf_buffer_put(&page, words.ptr, words.len);
            dictionary = page.len;
        }
        put_head(&o, body, 5, entries, encoding);
        sf_buffer_put(&page, body.ptr, body.len);
        const sf_chunk_place place = {{page.bytes, page.len}, dictionary, (uint64_t)entries, SF_CODEC_NONE};
        sf_cursor c = {.column = NULL};
        volatile unsigned touched = 0; /* what is pointed to must be there */
        sf_cursor_start(&c, &kinds[i / 4], &place);
        for (int64_t row = 0; !sf_cursor_done(&c) && sf_cursor_next(&c, NULL) == SF_OK; row++) {
            check(row < entries && c.count <= entries, "more rows than values");
            for (int64_t k = 0; k < c.count && c.texts != NULL; k++) {
                sf_str v = c.texts[c.first + (size_t)k];
                touched += v.len > 0 ? (unsigned char)v.ptr[0] + (unsigned char)v.ptr[v.len - 1] : 0U;
            }
        }
        (void)touched;
        sf_cursor_close(&c);
        sf_buffer_free(&page);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_str bytes = {(const char *)data, size}, names;
    sf_buffer b = {0};
    size_t at = 0;
    read_parquet(bytes);
    read_page(bytes);
    (void)sf_plan_read(bytes, &names);
    while (sf_s3_element(bytes, "Key", &at, &b)) {
        check(at <= size, "beyond the end");
    }
    sf_buffer_free(&b);
    return 0;
}
