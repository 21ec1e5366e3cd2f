/* SPDX-License-Identifier: MIT */
/* Writes signals as a Parquet file, and says what that took; beside it bench/archive has others write the same rows.
 *
 *   archive_ours CODEC LEVEL SIGNALS.ndjson OUT.parquet [TIMES]      prints: rows, bytes, CPU seconds of the fastest time */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "archive/rows.h"
#include "common/lines.h"

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int read_all(const char *path, sf_records *b)
{
    sf_lines *lines;
    sf_line line;
    if (sf_lines_open(&lines, path, SF_MAX_RECORD, NULL) != SF_OK) {
        return 0;
    }
    while (sf_lines_next(lines, -1, &line, NULL) == 1) {
        sf_record *r = sf_records_add(b);
        r->raw = line.text;
        r->at = (sf_coordinates){"signals.normalised", (int32_t)(line.number % 6), line.number, 0};
        if (sf_record_read(r, b->memory, NULL) != SF_OK || r->signal == NULL) {
            return 0;
        }
        r->arrived_ms = r->signal->observed_ms;
    }
    sf_lines_close(lines);
    return 1;
}

static int put(void *payload, sf_str bytes, sf_error *err)
{
    (void)err;
    return fwrite(bytes.ptr, 1, bytes.len, payload) == bytes.len ? SF_OK : SF_EIO;
}

static int write_all(const sf_records *b, const sf_record *const *rows, sf_codec *codec, FILE *to)
{
    sf_archive_table t = sf_archive_table_of(0);
    sf_parquet_writer *w;
    const sf_parquet_output out = {put, to};
    int r = sf_parquet_writer_new(&w, t.columns, t.n, codec, &out);
    r = r == SF_OK ? sf_archive_put(w, rows, b->n, 0, NULL) : r;
    r = r == SF_OK ? sf_parquet_writer_close(w, NULL) : r;
    sf_parquet_writer_free(w);
    return r;
}

int main(int argc, char **argv)
{
    sf_records *b;
    sf_codec *codec;
    double best = 1e9;
    if (argc < 5 || sf_records_new(&b, 1) != SF_OK || !read_all(argv[3], b)) {
        fprintf(stderr, "archive_ours CODEC LEVEL SIGNALS.ndjson OUT.parquet [TIMES]\n");
        return 2;
    }
    sf_codec_kind kind = argv[1][0] == 'z' ? SF_CODEC_ZSTD : argv[1][0] == 's' ? SF_CODEC_SNAPPY : SF_CODEC_NONE;
    if (sf_codec_new(&codec, kind, atoi(argv[2])) != SF_OK) {
        return 1;
    }
    const sf_record **rows = calloc(b->n + 1, sizeof *rows);
    for (size_t i = 0; i < b->n && rows != NULL; i++) {
        rows[i] = &b->v[i];
    }
    long bytes = 0;
    for (int i = 0; i < (argc > 5 ? atoi(argv[5]) : 3); i++) {
        FILE *f = fopen(argv[4], "wb");
        double begun = cpu_s();
        if (f == NULL || rows == NULL || write_all(b, rows, codec, f) != SF_OK) {
            fprintf(stderr, "%s: cannot be written\n", argv[4]);
            return 1;
        }
        best = cpu_s() - begun < best ? cpu_s() - begun : best;
        bytes = ftell(f);
        fclose(f);
    }
    printf("%zu %ld %.3f\n", b->n, bytes, best);
    free((void *)rows);
    sf_codec_free(codec);
    sf_records_free(b);
    return 0;
}
