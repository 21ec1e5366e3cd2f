/* SPDX-License-Identifier: MIT */
/* Parquet files: a small writer, and a strict reader of what that writer makes.
 *
 * A file is a table of rows. Its columns are numbers, texts and times, each maybe null; lists of texts; and lists of small
 * structs, which are a column per member. What is used of the format: version 1 data pages with checksums; dictionaries where a
 * column asks for one, else whole numbers as differences, texts as their lengths' differences and then their bytes, the rest PLAIN;
 * statistics where a column asks for them; logical types together with the older converted types, so that old readers
 * understand them as well. Rows come in groups, pages end with rows.
 *
 * Some rows (32 to 256 do well) are put column by column, so that what belongs to a column stays in the processor's caches:
 *
 *     sf_parquet_writer_new(&w, columns, n, codec, &output);
 *     for each n rows:   for each column: sf_parquet_put_...();   sf_parquet_end_rows(w, n, &err);
 *     sf_parquet_writer_close(w, &err);       sf_parquet_writer_free(w);
 *
 * One thread at a time. */
#ifndef SF_PARQUET_H
#define SF_PARQUET_H

#include "codec.h"

typedef enum sf_parquet_type {
    SF_PARQUET_FLAG, /* BOOLEAN */
    SF_PARQUET_INT32,
    SF_PARQUET_INT64,
    SF_PARQUET_TIME, /* INT64, milliseconds since 1970 UTC */
    SF_PARQUET_DOUBLE,
    SF_PARQUET_BYTES, /* BYTE_ARRAY */
    SF_PARQUET_TEXT   /* BYTE_ARRAY, UTF-8 */
} sf_parquet_type;

enum {
    SF_PARQUET_NULLS = 1,      /* values may be null; a list may always be */
    SF_PARQUET_LIST = 2,       /* a list of values that are not null */
    SF_PARQUET_DICTIONARY = 4, /* texts or doubles: few different values, while that is so */
    SF_PARQUET_STATISTICS = 8  /* texts or whole numbers: least and greatest by row group */
};

/* Columns with the same name, one after the other, are the members of a list of structs. */
typedef struct sf_parquet_column {
    const char *name;
    const char *member; /* of a list of structs; NULL: a column of its own */
    sf_parquet_type type;
    unsigned flags;
} sf_parquet_column;

#define SF_PARQUET_NO_NUMBER INT64_MIN

enum { SF_PARQUET_COLUMNS = 64, SF_PARQUET_GROUP_ROWS = 131072, SF_PARQUET_GROUP_BYTES = 64 * 1024 * 1024 };

/* ---- writing ------------------------------------------------------------------------------------------------------ */

typedef struct sf_parquet_writer sf_parquet_writer;

/* Takes the file's bytes, from its first to its last. SF_OK or a failure, which the writer hands on. */
typedef struct sf_parquet_output {
    int (*put)(void *payload, sf_str bytes, sf_error *err);
    void *payload;
} sf_parquet_output;

/* Columns, codec and what they point to must outlive it. SF_OK, SF_EINVAL (a table of columns that makes no sense),
 * SF_ENOMEM. */
int sf_parquet_writer_new(sf_parquet_writer **out, const sf_parquet_column *columns, size_t n, sf_codec *codec,
                          const sf_parquet_output *output);
void sf_parquet_writer_free(sf_parquet_writer *w); /* NULL is fine */

/* The values of n rows, in the rows' order. Where a column has nulls, SF_PARQUET_NO_NUMBER, NaN and a text that points nowhere are null.
 * Lists are their lengths, -1 for null, and then all of their values, in as many calls as one likes. */
void sf_parquet_put_numbers(sf_parquet_writer *w, size_t column, const int64_t *v,
                            size_t n); /* FLAG, INT32, INT64, TIME */
void sf_parquet_put_doubles(sf_parquet_writer *w, size_t column, const double *v, size_t n);
void sf_parquet_put_texts(sf_parquet_writer *w, size_t column, const sf_str *v, size_t n); /* BYTES, TEXT */
void sf_parquet_put_lists(sf_parquet_writer *w, size_t column, const int64_t *lengths, size_t n);

/* Ends n rows. Pages and row groups that are full go out, so n should be small beside SF_PARQUET_GROUP_ROWS, and the rows' bytes beside a
 * megabyte. SF_OK; SF_EINVAL: a column got too few or too many values; SF_ENOMEM; or what put() said. After a failure the file
 * is lost. */
int sf_parquet_end_rows(sf_parquet_writer *w, size_t n, sf_error *err);

/* What is held in memory, in bytes. */
size_t sf_parquet_writer_holds(const sf_parquet_writer *w);
uint64_t sf_parquet_writer_rows(const sf_parquet_writer *w);

/* Writes out what is left, and the footer. As above. */
int sf_parquet_writer_close(sf_parquet_writer *w, sf_error *err);

/* ---- reading ------------------------------------------------------------------------------------------------------ */

/* Reads such files back: columns it knows by name, in any order; others are passed over, and missing ones are null all the way.
 * Any byte that is not as the writer would have put it ends the reading with SF_EPARSE. */
typedef struct sf_parquet_reader sf_parquet_reader;

/* The file's bytes must outlive the reader, as must the columns. SF_OK; SF_EPARSE, with what is wrong; SF_ENOMEM. */
int sf_parquet_reader_new(sf_parquet_reader **out, sf_str file, const sf_parquet_column *columns, size_t n,
                          sf_error *err);
void sf_parquet_reader_free(sf_parquet_reader *r);
int64_t sf_parquet_reader_rows(const sf_parquet_reader *r);
int sf_parquet_reader_has(const sf_parquet_reader *r, size_t column); /* is it in the file? */

/* Goes to the next row. 1; 0: there is none; SF_EPARSE, SF_ENOMEM. */
int sf_parquet_next_row(sf_parquet_reader *r, sf_error *err);

/* The row's values, good until the next. How many there are: of a plain column 1, or 0 for null; of a list its length, -1
 * for null. */
int64_t sf_parquet_count(const sf_parquet_reader *r, size_t column);
sf_str sf_parquet_text(const sf_parquet_reader *r, size_t column, size_t i);    /* empty where there is none */
int64_t sf_parquet_number(const sf_parquet_reader *r, size_t column, size_t i); /* 0 */
double sf_parquet_double(const sf_parquet_reader *r, size_t column, size_t i);  /* NaN */

#endif
