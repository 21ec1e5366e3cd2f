/* SPDX-License-Identifier: MIT */
/* Learns the weights of the rules from marked texts and writes them as a table of kind "rules".
 *
 *     learn-rules [NAME=VALUE...] train=FILE... [test=FILE...] [out=FILE]
 *
 * FILE has a JSON object a line: text and entities {start, end, type}, offsets in code points. The rules see what the
 * library sees: tokens, features, guesses and atoms are its own. What is learnt is a linear-chain conditional random field
 * (Lafferty, McCallum, Pereira 2001) by follow-the-regularised-leader with an L1 part (McMahan et al. 2013), which leaves
 * most weights at 0. A kind that is marked nowhere in a file is unknown there, not absent: what is O in such a file may be of
 * that kind (btc has no products, so none of SO's people). The same input gives the same bytes.
 *
 *     base=FILE what out is laid over: only rows that differ are written, with 0 for those that are gone
 *     folds=N   cross-validation over the train files, whole articles at a time, instead of out
 *     bias=B    added to the weight of O at the end: fewer names or, below 0, more
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "entities/learn/learn.h"
#include "memory.h"

static int set_number(settings *o, const char *name, const char *value)
{
    const struct {
        const char *name;
        double *at;
    } numbers[] = {{"alpha", &o->alpha},    {"beta", &o->beta},
                   {"l1", &o->l1},          {"l2", &o->l2},
                   {"bias", &o->bias},      {"folds", &o->folds},
                   {"rare", &o->rare},      {"rare-words", &o->rare_words},
                   {"misc", &o->mask_misc}, {"epochs", &o->epochs},
                   {"times", &o->times},    {"seed", &o->seed},
                   {"drop", &o->drop},      {"drop-words", &o->drop_words}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *numbers[i].at = atof(value);
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    settings o = {.alpha = 0.1, .beta = 1, .l1 = 1.0, .l2 = 1.0, .epochs = 8, .times = 1, .rare = 3, .rare_words = 3};
    static corpus c;
    static tally y[MAX_SETS][BIASES];
    sf_analyser *a = NULL;
    sf_analyser_new(&a, NULL);
    c.plain = sf_lexicon_builtin()->rules.base[SF_TEMPLATES];
    for (int i = 1; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals == NULL) {
            fprintf(stderr, "learn-rules: %s is not NAME=VALUE\n", argv[i]);
            return 2;
        }
        *equals = '\0';
        if (strcmp(argv[i], "train") == 0 || strcmp(argv[i], "test") == 0) {
            learn_read(&c, a, equals + 1, argv[i][1] == 'e');
        } else if (strcmp(argv[i], "out") == 0) {
            o.out = equals + 1;
        } else if (strcmp(argv[i], "base") == 0) {
            learn_read_base(equals + 1);
        } else if (!set_number(&o, argv[i], equals + 1)) {
            fprintf(stderr, "learn-rules: what is %s?\n", argv[i]);
            return 2;
        }
    }
    learn_widen(&c, &o);
    uint8_t *fold = calloc(c.n_texts + 1, 1);
    for (size_t i = 0; i < c.n_texts && o.folds > 0; i++) {
        fold[i] = (uint8_t)(c.texts[i].group % (unsigned)o.folds);
    }
    fprintf(stderr, "%zu texts, %zu stretches, %zu tokens\n", c.n_texts, c.n_stretches, c.n_tokens);
    for (int k = o.folds > 0 ? 0 : -1; k < o.folds; k++) {
        model m = {.c = &c, .o = &o};
        learn_model(&m, fold, k);
        learn_report(&m, fold, k, y);
        if (k < 0 && o.out != NULL) {
            learn_write(&m, o.out);
        }
        learn_free(&m);
        if (k < 0) {
            break;
        }
    }
    learn_print(&c, &o, y);
    sf_analyser_free(a);
    return 0;
}
