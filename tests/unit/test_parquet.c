/* SPDX-License-Identifier: MIT */
/* Parquet: what is written is read back, through many pages, row groups and a dictionary that was given up; the numbers' two forms;
 * rows that are wrong are refused. That others read it too is seen to elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "parquet/bits.h"
#include "parquet/delta.h"
#include "parquet/parquet.h"
#include "parquet/runs.h"
#include "support/random.h"

enum { NAME, NOTE, WORDS, SCORE, COUNT, FLAG, LABEL, START, WHEN, SHARE };

static const sf_parquet_column columns[] = {
    {"name", NULL, SF_PARQUET_TEXT, SF_PARQUET_DICTIONARY | SF_PARQUET_STATISTICS},
    {"note", NULL, SF_PARQUET_BYTES, SF_PARQUET_NULLS},
    {"words", NULL, SF_PARQUET_TEXT, SF_PARQUET_LIST | SF_PARQUET_DICTIONARY},
    {"score", NULL, SF_PARQUET_DOUBLE, SF_PARQUET_NULLS},
    {"count", NULL, SF_PARQUET_INT32, 0},
    {"flag", NULL, SF_PARQUET_FLAG, SF_PARQUET_NULLS},
    {"things", "label", SF_PARQUET_TEXT, SF_PARQUET_LIST},
    {"things", "start", SF_PARQUET_INT32, SF_PARQUET_LIST},
    {"when", NULL, SF_PARQUET_TIME, SF_PARQUET_NULLS | SF_PARQUET_STATISTICS},
    {"share", NULL, SF_PARQUET_DOUBLE, SF_PARQUET_NULLS | SF_PARQUET_DICTIONARY},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static int take(void *payload, sf_str bytes, sf_error *err)
{
    (void)err;
    sf_buffer_put(payload, bytes.ptr, bytes.len);
    return SF_OK;
}

static sf_str name_of(unsigned i, char buf[32])
{
    /* Few names, then so many that the dictionary is given up. */
    int n = snprintf(buf, 32, "name %u", i < 20000 ? i % 7 : i);
    return (sf_str){buf, (size_t)n};
}

static int64_t when_of(unsigned i)
{
    return i % 13 == 0 ? SF_PARQUET_NO_NUMBER : i % 2 == 0 ? INT64_MAX - i : INT64_MIN + 1 + i;
}

static double share_of(unsigned i)
{
    return i % 3 == 0 ? NAN : i < 60000 ? i % 100 / 100.0 : i;
}

static void put_lists(sf_parquet_writer *w, unsigned i)
{
    int64_t n = i % 5 == 4 ? -1 : (int64_t)(i % 5);
    sf_parquet_put_lists(w, WORDS, &n, 1);
    sf_parquet_put_lists(w, LABEL, &n, 1);
    sf_parquet_put_lists(w, START, &n, 1);
    for (unsigned k = 0; k < i % 5 && i % 5 != 4; k++) {
        const sf_str word = sf_cstr(k == 0 ? "zero" : "more"), label = sf_cstr("ORG");
        const int64_t start = i + k;
        sf_parquet_put_texts(w, WORDS, &word, 1);
        sf_parquet_put_texts(w, LABEL, &label, 1);
        sf_parquet_put_numbers(w, START, &start, 1);
    }
}

enum { MOST = 300 };

/* Rows [first, first + n), of which MOST at most. */
static void put_rows(sf_parquet_writer *w, unsigned first, size_t n)
{
    static char bufs[MOST][32];
    static sf_str names[MOST], notes[MOST];
    static double scores[MOST], shares[MOST];
    static int64_t counts[MOST], flags[MOST], whens[MOST];
    for (unsigned k = 0; k < n; k++) {
        unsigned i = first + k;
        names[k] = name_of(i, bufs[k]);
        notes[k] = i % 3 == 0 ? (sf_str){NULL, 0} : (sf_str){"\0bytes\xff", i % 8};
        scores[k] = i % 4 == 0 ? NAN : i / 8.0;
        counts[k] = i % 1000 == 1 ? INT32_MIN : i % 1000 == 2 ? INT32_MAX : (int64_t)i - 1000;
        flags[k] = i % 11 == 0 ? SF_PARQUET_NO_NUMBER : i % 2;
        whens[k] = when_of(i);
        shares[k] = share_of(i);
        put_lists(w, i);
    }
    sf_parquet_put_texts(w, NAME, names, n);
    sf_parquet_put_texts(w, NOTE, notes, n);
    sf_parquet_put_doubles(w, SCORE, scores, n);
    sf_parquet_put_numbers(w, COUNT, counts, n);
    sf_parquet_put_numbers(w, FLAG, flags, n);
    sf_parquet_put_numbers(w, WHEN, whens, n);
    sf_parquet_put_doubles(w, SHARE, shares, n);
}

static void check_row(const sf_parquet_reader *r, unsigned i)
{
    char buf[32];
    sf_str want = name_of(i, buf), got = sf_parquet_text(r, NAME, 0);
    assert_int_equal(got.len, want.len);
    assert_memory_equal(got.ptr, want.ptr, want.len);
    assert_int_equal(sf_parquet_count(r, NOTE), i % 3 != 0);
    assert_int_equal(sf_parquet_text(r, NOTE, 0).len, i % 3 == 0 ? 0 : i % 8);
    for (size_t c = WORDS; c <= START; c += c == WORDS ? LABEL - WORDS : 1) {
        assert_int_equal(sf_parquet_count(r, c), i % 5 == 4 ? -1 : (int64_t)(i % 5));
    }
    for (unsigned k = 0; k < i % 5 && i % 5 != 4; k++) {
        assert_memory_equal(sf_parquet_text(r, WORDS, k).ptr, k == 0 ? "zero" : "more", 4);
        assert_int_equal(sf_parquet_number(r, START, k), i + k);
    }
    double score = sf_parquet_double(r, SCORE, 0);
    assert_true(i % 4 == 0 ? isnan(score) : score == i / 8.0);
    assert_int_equal(sf_parquet_number(r, COUNT, 0), i % 1000 == 1   ? INT32_MIN
                                                     : i % 1000 == 2 ? INT32_MAX
                                                                     : (int64_t)i - 1000);
    assert_int_equal(sf_parquet_count(r, WHEN), i % 13 != 0);
    assert_int_equal(sf_parquet_number(r, WHEN, 0), i % 13 == 0 ? 0 : when_of(i));
    double share = sf_parquet_double(r, SHARE, 0);
    assert_true(i % 3 == 0 ? isnan(share) : share == share_of(i));
    assert_int_equal(sf_parquet_count(r, FLAG), i % 11 != 0);
    assert_int_equal(sf_parquet_number(r, FLAG, 0), i % 11 != 0 && i % 2);
}

static sf_buffer write_rows(unsigned rows, sf_codec_kind kind)
{
    sf_buffer file = {0};
    sf_codec *codec;
    sf_parquet_writer *w;
    const sf_parquet_output out = {take, &file};
    assert_int_equal(sf_codec_new(&codec, kind, 1), SF_OK);
    assert_int_equal(sf_parquet_writer_new(&w, columns, COLUMNS, codec, &out), SF_OK);
    for (unsigned i = 0, n = 1; i < rows; i += n, n = n % MOST + 1) { /* any number at a time */
        n = rows - i < n ? rows - i : n;
        put_rows(w, i, n);
        assert_int_equal(sf_parquet_end_rows(w, n, NULL), SF_OK);
    }
    assert_int_equal(sf_parquet_writer_close(w, NULL), SF_OK);
    assert_int_equal(sf_parquet_writer_rows(w), rows);
    sf_parquet_writer_free(w);
    sf_codec_free(codec);
    return file;
}

static void what_is_written_is_read_back(void **state)
{
    static const unsigned sizes[] = {0, 1, 7, 40000, SF_PARQUET_GROUP_ROWS + 30000};
    static const sf_codec_kind kinds[] = {SF_CODEC_ZSTD, SF_CODEC_SNAPPY, SF_CODEC_NONE};
    (void)state;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        sf_buffer file = write_rows(sizes[s], kinds[s % 3]);
        sf_parquet_reader *r;
        sf_error err = {.message = ""};
        assert_int_equal(sf_parquet_reader_new(&r, (sf_str){file.bytes, file.len}, columns, COLUMNS, &err), SF_OK);
        assert_int_equal(sf_parquet_reader_rows(r), sizes[s]);
        for (unsigned i = 0; i < sizes[s]; i++) {
            assert_int_equal(sf_parquet_next_row(r, &err), 1);
            check_row(r, i);
        }
        assert_int_equal(sf_parquet_next_row(r, &err), 0);
        sf_parquet_reader_free(r);
        sf_buffer_free(&file);
    }
}

static void columns_are_found_by_name(void **state)
{
    static const sf_parquet_column some[] = {
        {"new", NULL, SF_PARQUET_TEXT, SF_PARQUET_NULLS},
        {"count", NULL, SF_PARQUET_INT32, 0},
        {"name", NULL, SF_PARQUET_TEXT, 0},
    };
    static const sf_parquet_column other[] = {{"count", NULL, SF_PARQUET_INT64, 0}};
    sf_buffer file = write_rows(10, SF_CODEC_ZSTD);
    sf_parquet_reader *r;
    (void)state;
    assert_int_equal(sf_parquet_reader_new(&r, (sf_str){file.bytes, file.len}, some, 3, NULL), SF_OK);
    assert_int_equal(sf_parquet_reader_has(r, 0), 0);
    assert_int_equal(sf_parquet_reader_has(r, 1), 1);
    assert_int_equal(sf_parquet_next_row(r, NULL), 1);
    assert_int_equal(sf_parquet_count(r, 0), 0);
    assert_int_equal(sf_parquet_number(r, 1, 0), -1000);
    assert_int_equal(sf_parquet_text(r, 2, 0).len, 6);
    sf_parquet_reader_free(r);
    assert_int_equal(sf_parquet_reader_new(&r, (sf_str){file.bytes, file.len}, other, 1, NULL), SF_EPARSE);
    sf_buffer_free(&file);
}

static void every_broken_byte_of_a_page_is_found(void **state)
{
    sf_buffer file = write_rows(30, SF_CODEC_ZSTD);
    (void)state;
    for (size_t at = 0; at < file.len; at += 7) {
        sf_parquet_reader *r;
        file.bytes[at] ^= 0x20;
        int status = sf_parquet_reader_new(&r, (sf_str){file.bytes, file.len}, columns, COLUMNS, NULL);
        for (unsigned i = 0; status == SF_OK || status == 1; i++) {
            status = sf_parquet_next_row(r, NULL);
            if (status != 1) {
                sf_parquet_reader_free(r);
                break;
            }
            assert_true(i < 30);
        }
        file.bytes[at] ^= 0x20;
    }
    sf_buffer_free(&file);
}

static void wrong_rows_are_refused(void **state)
{
    sf_buffer file = {0};
    sf_codec *codec;
    const sf_parquet_output out = {take, &file};
    (void)state;
    assert_int_equal(sf_codec_new(&codec, SF_CODEC_NONE, 0), SF_OK);
    for (int fault = 0; fault < 5; fault++) {
        sf_parquet_writer *w;
        assert_int_equal(sf_parquet_writer_new(&w, columns, COLUMNS, codec, &out), SF_OK);
        const sf_str text = sf_cstr("a value too many");
        const int64_t number = 2;
        if (fault != 0) { /* 0: nothing at all */
            put_rows(w, 1, 3);
        }
        if (fault == 1) {
            sf_parquet_put_numbers(w, COUNT, &number, 1);
        } else if (fault == 2) {
            sf_parquet_put_texts(w, WORDS, &text, 1);
        } else if (fault == 3) {
            sf_parquet_put_lists(w, NAME, &number, 1);
        } else if (fault == 4) { /* a list without its values */
            sf_parquet_put_lists(w, WORDS, &number, 1);
        }
        assert_int_equal(sf_parquet_end_rows(w, fault == 4 ? 4 : 3, NULL), SF_EINVAL);
        sf_parquet_writer_free(w);
    }
    sf_codec_free(codec);
    sf_buffer_free(&file);
}

static void runs_and_bits_hold_any_numbers(void **state)
{
    uint64_t random = 3;
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        uint32_t v[700], back[700], most = random_below(&random, round % 3 == 0 ? 2 : 70000);
        size_t n = 1 + random_below(&random, 699);
        for (size_t i = 0; i < n; i++) { /* now and then a run */
            v[i] = i > 0 && random_below(&random, 10) < round % 10 ? v[i - 1] : random_below(&random, most + 1);
        }
        sf_buffer b = {0};
        unsigned width = sf_bits_width(most) + (most == 0);
        sf_runs_put(&b, v, n, width);
        sf_str bytes = {b.bytes, b.len};
        assert_int_equal(sf_runs_get(bytes, back, n, width, most), b.len);
        assert_memory_equal(v, back, n * sizeof v[0]);
        assert_int_equal(sf_runs_get((sf_str){b.bytes, b.len - 1}, back, n, width, most), -1);
        sf_buffer_free(&b);
    }
}

static void differences_hold_any_numbers(void **state)
{
    static const int64_t edges[] = {INT32_MIN, INT32_MAX, 0, -1, INT64_MIN, INT64_MAX};
    uint64_t random = 5;
    (void)state;
    for (unsigned round = 0; round < 600; round++) {
        int64_t v[700], back[700];
        unsigned bits = round % 2 == 0 ? 32 : 64, shift = round % 63;
        size_t n = round % 5 == 0 ? round / 5 : random_below(&random, 700);
        for (size_t i = 0; i < n; i++) {
            uint64_t wide = random_next(&random);
            v[i] = round % 7 == 0 ? edges[wide % (bits == 32 ? 4 : 6)] : (int64_t)(wide >> shift);
            v[i] = bits == 32 ? (int32_t)v[i] : v[i];
        }
        sf_buffer b = {0};
        sf_delta_put(&b, v, n, bits);
        sf_str bytes = {b.bytes, b.len};
        assert_int_equal(sf_delta_get(bytes, back, n, bits), b.len);
        assert_memory_equal(v, back, n * sizeof v[0]);
        assert_int_equal(sf_delta_get((sf_str){b.bytes, b.len - 1}, back, n, bits), -1);
        assert_int_equal(sf_delta_get(bytes, back, n + 1, bits), -1);
        sf_buffer_free(&b);
    }
}

/* Letters that no repetition explains, a few of them frequent, as in texts: below level 0 they are coded all the same. */
static void fast_levels_code_letters(void **state)
{
    (void)state;
    static const int levels[] = {1, -4, -20};
    static char text[65536], back[sizeof text];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = "eeeeeeeettttaaoo"[seed >> 28];
    }
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        sf_codec *codec;
        sf_str packed;
        assert_int_equal(sf_codec_new(&codec, SF_CODEC_ZSTD, levels[i]), SF_OK);
        assert_int_equal(sf_codec_pack(codec, (sf_str){text, sizeof text}, &packed), SF_OK);
        assert_true(packed.len < sizeof text / 3);
        assert_int_equal(sf_codec_unpack(SF_CODEC_ZSTD, packed, back, sizeof back), SF_OK);
        assert_memory_equal(back, text, sizeof text);
        sf_codec_free(codec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(every_broken_byte_of_a_page_is_found),
        cmocka_unit_test(wrong_rows_are_refused),
        cmocka_unit_test(runs_and_bits_hold_any_numbers),
        cmocka_unit_test(differences_hold_any_numbers),
        cmocka_unit_test(fast_levels_code_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
