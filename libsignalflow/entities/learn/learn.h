/* SPDX-License-Identifier: MIT */
/* The learner of rules from within: marked texts become a corpus of numbered features (corpus.c), of which a model is learnt (model.c), which is
 * scored (score.c) and written as a table (table.c); main.c has what it is told. */
#ifndef SF_LEARN_H
#define SF_LEARN_H

#include "analyser.h"
#include "entities/weigh.h"

typedef struct settings {
    double alpha, beta, l1, l2, bias, epochs, times, folds, rare, rare_words, mask_misc, seed, drop, drop_words;
    const char *out;
} settings;

/* ---- marked texts ---- */

typedef struct span {
    uint32_t start, end; /* bytes, trimmed as the score trims */
    int kind;
} span;

typedef struct stretch { /* tokens that are weighed, one after the other */
    uint32_t first, n;   /* in corpus.tokens */
} stretch;

typedef struct token {
    uint32_t features, n; /* in corpus.features */
    uint32_t start, end;  /* bytes */
    uint16_t may;         /* tags that it may have, a bit each */
    uint16_t guess;       /* tags of the kind that gazetteer or plain rules take it for */
} token;

typedef struct text {
    uint32_t spans, n_spans, stretches, n_stretches;
    uint32_t bytes; /* in corpus.bytes */
    uint32_t group; /* texts of a group go into one fold */
    uint8_t set, test;
} text;

#define MAX_SETS 16
typedef struct corpus {
    text *texts;
    size_t n_texts, cap_texts;
    span *spans;
    size_t n_spans, cap_spans;
    stretch *stretches;
    size_t n_stretches, cap_stretches;
    token *tokens;
    size_t n_tokens, cap_tokens;
    uint32_t *features;
    size_t n_features, cap_features;
    char *bytes;
    size_t n_bytes, cap_bytes;
    sf_dict_builder words; /* word -> flags: its number */
    const char *set_names[MAX_SETS];
    unsigned kinds_of_set[MAX_SETS]; /* SF_KIND_ bits that are marked in it */
    size_t n_sets;
    uint32_t plain; /* features from here on are words, five places each */
} corpus;

/* A grown array; ends the program where there is no memory. */
void *learn_room(void *array, size_t *cap, size_t need, size_t size);
/* As bench/ner/score trims: without signs at the ends, "the " before, 's behind. */
span learn_trimmed(const char *p, span s);
/* Adds a file's texts; those of a test are only scored. */
void learn_read(corpus *c, sf_analyser *a, const char *path, int test);
/* Lets tags be that a set marks nowhere. */
void learn_widen(corpus *c, const settings *o);

/* ---- the model ---- */

typedef struct model {
    const corpus *c;
    const settings *o;
    uint32_t *row; /* feature -> row, 0: none */
    size_t n_rows;
    uint8_t *dropped; /* one an element of corpus.features */
    float *w, *z,
        *n; /* SF_TAG_ROOM a row; the first SF_TAG_COUNT + 1 rows are of transitions (after each tag, and none) */
} model;

#define BEFORE SF_TAG_O /* a stretch begins after an O and ends before one */
int learn_may_follow(int p, int t);
/* The weights of a token's features, a sum a tag. */
void learn_sum_up(const model *m, const token *k, float sum[SF_TAG_ROOM]);
/* Learns from all folds but one (-1: from all). */
void learn_model(model *m, const uint8_t *fold, int leave_out);
void learn_free(model *m);

/* ---- the score, the table ---- */

#define BIASES 9
typedef struct tally {
    double hit, found, gold, typed;
} tally;

/* Scores what was left out, or the tests. */
void learn_report(const model *m, const uint8_t *fold, int left_out, tally y[MAX_SETS][BIASES]);
void learn_print(const corpus *c, const settings *o, tally y[MAX_SETS][BIASES]);
/* The table that what is written is laid over: only rows that differ are. */
void learn_read_base(const char *path);
void learn_write(const model *m, const char *path);

#endif
