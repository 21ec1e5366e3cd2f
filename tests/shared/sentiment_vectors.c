/* SPDX-License-Identifier: MIT */
/* Sentiment against recorded answers of the reference: every line of the files must agree in all four figures, bit by bit.
 *
 *     sentiment_vectors FILE...            each line {"text":..., "neg":..., "neu":..., "pos":..., "compound":...}
 *     sentiment_vectors --shared DEFAULT   the three files in $SF_SHARED/data/vader, or DEFAULT where that is not set
 *
 * A line may carry "py312": what CPython >= 3.12, whose sum() compensates, gives for it; either will do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signalflow/signalflow.h"

#define SKIPPED  77
#define MAX_LINE (1 << 20)

typedef struct vector {
    sf_str text;
    double want[4], py312[4];
    int has_py312;
} vector;

static int number_of(sf_str key)
{
    static const char *const names[] = {"neg", "neu", "pos", "compound"};
    for (int i = 0; i < 4; i++) {
        if (sf_json_is(key, names[i])) {
            return i;
        }
    }
    return -1;
}

static void read_figures(sf_json *j, double figures[4])
{
    sf_str key;
    for (int r = sf_json_enter(j, '{'); r > 0 && (r = sf_json_member(j, &key)) > 0;) {
        int i = number_of(key);
        (void)(i >= 0 ? sf_json_number(j, &figures[i]) : sf_json_skip(j));
    }
}

static int read_vector(sf_str line, char *buf, vector *v)
{
    sf_json j;
    sf_str key;
    sf_json_init(&j, line);
    memset(v, 0, sizeof *v);
    for (int r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &key)) > 0;) {
        int i = number_of(key);
        if (i >= 0) {
            sf_json_number(&j, &v->want[i]);
        } else if (sf_json_is(key, "text")) {
            sf_json_string(&j, buf, MAX_LINE, &v->text);
        } else if (sf_json_is(key, "py312")) {
            read_figures(&j, v->py312);
            v->has_py312 = 1;
        } else {
            sf_json_skip(&j);
        }
    }
    return sf_json_end(&j, NULL) == SF_OK;
}

static int agrees(sf_analyser *a, const vector *v)
{
    sf_scores s;
    if (sf_sentiment(a, v->text, &s) != SF_OK) {
        return 0;
    }
    double got[4] = {s.neg, s.neu, s.pos, s.compound};
    if (memcmp(got, v->want, sizeof got) == 0 || (v->has_py312 && memcmp(got, v->py312, sizeof got) == 0)) {
        return 1;
    }
    printf("  got %.3f %.3f %.3f %.4f, expected %.3f %.3f %.3f %.4f\n", got[0], got[1], got[2], got[3], v->want[0],
           v->want[1], v->want[2], v->want[3]);
    return 0;
}

/* Returns the number of lines that disagree, or -1 where the file cannot be read. */
static long check_file(sf_analyser *a, const char *path)
{
    static char line[MAX_LINE], buf[MAX_LINE];
    FILE *f = fopen(path, "rb");
    long n = 0, bad = 0;
    if (f == NULL) {
        return -1;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        vector v;
        n++;
        if (!read_vector(sf_cstr(line), buf, &v) || !agrees(a, &v)) {
            bad++;
            printf("%s:%ld: %.200s\n", path, n, line);
        }
    }
    fclose(f);
    printf("%s: %ld texts, %ld differ\n", path, n, bad);
    return n > 0 ? bad : -1;
}

static int check_files(sf_analyser *a, char **paths, int n)
{
    int failed = 0;
    for (int i = 0; i < n; i++) {
        long bad = check_file(a, paths[i]);
        if (bad < 0) {
            printf("%s: cannot be read\n", paths[i]);
        }
        failed |= bad != 0;
    }
    return failed;
}

static int check_shared(sf_analyser *a, const char *folder)
{
    static const char *const names[] = {"groundtruth", "adversarial", "lexicon"};
    char path[4096];
    int failed = 0;
    const char *required = getenv("SF_REQUIRE_SHARED");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/data/vader/vectors-%s.jsonl", folder, names[i]);
        long bad = check_file(a, path);
        if (bad < 0) {
            printf("%s is not there\n", path);
            return required != NULL && strcmp(required, "1") == 0 ? 1 : SKIPPED;
        }
        failed |= bad != 0;
    }
    return failed;
}

int main(int argc, char **argv)
{
    sf_analyser *a = NULL;
    int result = 2;
    if (sf_analyser_new(&a, NULL) != SF_OK) {
        return 1;
    }
    if (argc == 3 && strcmp(argv[1], "--shared") == 0) {
        const char *folder = getenv("SF_SHARED");
        result = check_shared(a, folder != NULL ? folder : argv[2]);
    } else if (argc > 1) {
        result = check_files(a, argv + 1, argc - 1);
    }
    sf_analyser_free(a);
    return result;
}
