/* SPDX-License-Identifier: MIT */
/* Texts, one a line, through sf_entities(): prints texts a CPU second.
 *
 *     ner_ours FILE ROUNDS [NAMES.tsv]      with NAMES.tsv laid over the lexicon; its loading time is printed first
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "signalflow/signalflow.h"

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static sf_str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    sf_str s = {NULL, 0};
    if (f != NULL && fseek(f, 0, SEEK_END) == 0) {
        s.len = (size_t)ftell(f);
        rewind(f);
        char *data = malloc(s.len + 1);
        s.len = data != NULL ? fread(data, 1, s.len, f) : 0;
        s.ptr = data;
    }
    if (f != NULL) {
        fclose(f);
    }
    return s;
}

static long run(sf_analyser *a, sf_str all)
{
    long n = 0;
    for (size_t at = 0; at < all.len; n++) {
        const char *end = memchr(all.ptr + at, '\n', all.len - at);
        size_t len = end != NULL ? (size_t)(end - all.ptr) - at : all.len - at;
        const sf_entity *found;
        sf_entities(a, (sf_str){all.ptr + at, len}, &found);
        at += len + 1;
    }
    return n;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: ner_ours FILE ROUNDS [NAMES.tsv]\n", stderr);
        return 2;
    }
    sf_lexicon *own = NULL;
    sf_analyser *a = NULL;
    sf_str all = read_file(argv[1]);
    if (argc > 3) {
        double start = cpu();
        sf_lexicon_table t = {"names", argv[3], read_file(argv[3])};
        sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
        o.tables = &t;
        o.n_tables = 1;
        if (sf_lexicon_load(&own, &o, NULL) != SF_OK) {
            return 1;
        }
        printf("%.3f ", cpu() - start);
    }
    if (sf_analyser_new(&a, own) != SF_OK) {
        return 1;
    }
    long n = run(a, all);
    double start = cpu();
    for (int i = 0; i < atoi(argv[2]); i++) {
        n = run(a, all);
    }
    printf("%.0f\n", (double)n * atoi(argv[2]) / (cpu() - start));
    sf_analyser_free(a);
    sf_lexicon_free(own);
    return 0;
}
