/* SPDX-License-Identifier: MIT */
/* Scores framed texts, for comparison with the reference: reads a 32-bit little-endian length and that many bytes, again
 * and again, and writes four doubles as they lie in memory (neg, neu, pos, compound) for each.
 *
 *     score [SENTIMENT.tsv] < texts > figures
 */
#include <stdio.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    size_t cap = 1 << 20;
    char *data = f != NULL ? malloc(cap) : NULL;
    *len = data != NULL ? fread(data, 1, cap, f) : 0;
    if (f != NULL) {
        fclose(f);
    }
    return data;
}

static sf_lexicon *load(const char *path)
{
    sf_lexicon_table table = {"sentiment", path, {NULL, 0}};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_error err = {0};
    char *data = read_file(path, &table.data.len);
    table.data.ptr = data;
    o.tables = &table;
    o.n_tables = 1;
    if (data == NULL || sf_lexicon_load(&l, &o, &err) != SF_OK) {
        fprintf(stderr, "score: %s: %s\n", path, err.message);
        exit(1);
    }
    free(data);
    return l;
}

static int read_frame(char **buf, size_t *cap, sf_str *text)
{
    unsigned char head[4];
    if (fread(head, 1, sizeof head, stdin) != sizeof head) {
        return 0;
    }
    text->len = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    if (text->len > *cap || *buf == NULL) {
        *cap = text->len * 2 + 64;
        *buf = realloc(*buf, *cap);
        if (*buf == NULL) {
            exit(1);
        }
    }
    text->ptr = *buf;
    return fread(*buf, 1, text->len, stdin) == text->len;
}

int main(int argc, char **argv)
{
    sf_lexicon *l = argc > 1 ? load(argv[1]) : NULL;
    sf_analyser *a = NULL;
    char *buf = NULL;
    size_t cap = 0;
    sf_str text;
    if (sf_analyser_new(&a, l) != SF_OK) {
        return 1;
    }
    while (read_frame(&buf, &cap, &text)) {
        sf_scores s;
        if (sf_sentiment(a, text, &s) != SF_OK) {
            return 1;
        }
        double row[4] = {s.neg, s.neu, s.pos, s.compound};
        fwrite(row, sizeof row, 1, stdout);
    }
    free(buf);
    sf_analyser_free(a);
    sf_lexicon_free(l);
    return 0;
}
