/* SPDX-License-Identifier: MIT */
/* Scores a file of framed texts once for each line on standard input, and prints the CPU seconds each time.
 *
 *     vader_ours call|column|anchor TEXTS
 *
 * "call" is sf_sentiment() for each text, "column" one sf_sentiment_column() for all. "anchor" scores nothing: it splits
 * at white space, strips punctuation, lower-cases ASCII, hashes and looks up each word in the plainest way, which is about
 * the least that any scorer must do. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lexicon/lexicon.h"
#include "signalflow/signalflow.h"

typedef struct texts {
    char *data; /* one behind the other */
    int64_t *offsets;
    size_t n;
    double *out;
} texts;

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t frame_at(const unsigned char *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* Reads the file and closes up its frames. */
static int read_texts(const char *path, texts *t)
{
    FILE *f = fopen(path, "rb");
    size_t cap = (size_t)64 << 20, end = 0;
    t->data = malloc(cap);
    if (f == NULL || t->data == NULL) {
        return 0;
    }
    size_t size = fread(t->data, 1, cap, f);
    fclose(f);
    t->offsets = calloc(size / 4 + 2, sizeof *t->offsets);
    t->out = calloc(size + 4, sizeof *t->out);
    if (t->offsets == NULL || t->out == NULL) {
        return 0;
    }
    for (size_t at = 0; at + 4 <= size;) {
        size_t n = frame_at((unsigned char *)t->data + at);
        memmove(t->data + end, t->data + at + 4, n);
        at += 4 + n;
        end += n;
        t->offsets[++t->n] = (int64_t)end;
    }
    return 1;
}

static double run_calls(sf_analyser *a, const texts *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->n; i++) {
        sf_scores s = {0};
        sf_str text = {t->data + t->offsets[i], (size_t)(t->offsets[i + 1] - t->offsets[i])};
        sf_sentiment(a, text, &s);
        sum += s.compound;
    }
    return sum;
}

static double run_column(sf_analyser *a, const texts *t)
{
    double sum = 0;
    sf_sentiment_column(a, t->data, t->offsets, t->n, t->out);
    for (size_t i = 0; i < t->n; i++) {
        sum += t->out[4 * i + 3];
    }
    return sum;
}

/* ---- anchor ---- */

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int is_punctuation(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

static double look_up(const sf_dict *d, const char *p, size_t n)
{
    char lower[64];
    if (n > sizeof lower) {
        return 0.0;
    }
    uint32_t h = SF_HASH_START;
    for (size_t i = 0; i < n; i++) {
        lower[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
        h = sf_hash_more(h, (unsigned char)lower[i]);
    }
    const sf_dict_entry *e = sf_dict_find_hashed(d, lower, n, sf_hash_end(h));
    return e != NULL ? sf_dict_number(d, e) : 0.0;
}

static double run_anchor(const texts *t)
{
    const sf_dict *d = &sf_lexicon_builtin()->valences;
    double sum = 0;
    for (size_t i = 0; i < t->n; i++) {
        const char *p = t->data + t->offsets[i], *end = t->data + t->offsets[i + 1];
        while (p < end) {
            const char *first = p, *last;
            while (p < end && !is_space(*p)) {
                p++;
            }
            for (last = p; last > first && is_punctuation(last[-1]); last--) {
            }
            while (first < last && is_punctuation(*first)) {
                first++;
            }
            sum += first < last ? look_up(d, first, (size_t)(last - first)) : 0.0;
            p++;
        }
    }
    return sum;
}

int main(int argc, char **argv)
{
    texts t = {0};
    sf_analyser *a = NULL;
    char line[16];
    if (argc != 3 || sf_analyser_new(&a, NULL) != SF_OK || !read_texts(argv[2], &t)) {
        fputs("usage: vader_ours call|column|anchor TEXTS\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        double start = cpu_seconds();
        double sum = argv[1][1] == 'n' ? run_anchor(&t) : argv[1][1] == 'a' ? run_calls(a, &t) : run_column(a, &t);
        printf("%.9f %.4f\n", cpu_seconds() - start, sum);
        fflush(stdout);
    }
    sf_analyser_free(a);
    free(t.data);
    free(t.offsets);
    free(t.out);
    return 0;
}
