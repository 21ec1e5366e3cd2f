/* SPDX-License-Identifier: MIT */
/* The score: spans that are found, as bench/ner/score counts them, at several biases. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "entities/learn/learn.h"
#include "memory.h"

static size_t best_tags(const model *m, const stretch *s, double bias, uint8_t *tags)
{
    static uint8_t(*from)[SF_TAG_ROOM];
    static size_t cap;
    double now[SF_TAG_COUNT], before[SF_TAG_COUNT];
    learn_room(&from, &cap, s->n + 1U, sizeof *from);
    for (size_t i = 0; i < s->n; i++) {
        float sum[SF_TAG_ROOM];
        learn_sum_up(m, &m->c->tokens[s->first + i], sum);
        sum[SF_TAG_O] += (float)bias;
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            now[t] = -1e30;
            from[i][t] = 0;
            for (int p = 0; p < SF_TAG_COUNT; p++) {
                double b = i > 0 ? before[p] : p == BEFORE ? 0.0 : -1e30;
                double v = b + (double)m->w[p * SF_TAG_ROOM + t] + (double)sum[t];
                if (learn_may_follow(p, t) && v > now[t]) {
                    now[t] = v;
                    from[i][t] = (uint8_t)p;
                }
            }
        }
        memcpy(before, now, sizeof now);
    }
    int best = 0;
    for (int t = 0; t < SF_TAG_COUNT; t++) {
        if (before[t] + (double)m->w[t * SF_TAG_ROOM] > before[best] + (double)m->w[best * SF_TAG_ROOM]) {
            best = t;
        }
    }
    for (size_t i = s->n; i-- > 0;) {
        tags[i] = (uint8_t)best;
        best = from[i][best];
    }
    return s->n;
}

static int folded_kind(int kind)
{
    return kind >= SF_KIND_PROD ? SF_KIND_MISC : kind;
}

static void count_span(const corpus *c, const text *t, span s, tally *y)
{
    int pll = (c->kinds_of_set[t->set] & ~7U) == 0; /* persons, places and organisations only */
    s = learn_trimmed(c->bytes + t->bytes, s);
    if (s.end <= s.start || (pll && s.kind > SF_KIND_ORG)) {
        return;
    }
    y->found++;
    for (uint32_t g = t->spans; g < t->spans + t->n_spans; g++) {
        if (c->spans[g].start == s.start && c->spans[g].end == s.end) {
            y->hit++;
            y->typed += folded_kind(c->spans[g].kind) == folded_kind(s.kind);
            return;
        }
    }
}

static void score_text(const model *m, const text *t, double bias, tally *y)
{
    const corpus *c = m->c;
    static uint8_t tags[1 << 16];
    y->gold += t->n_spans;
    for (uint32_t k = t->stretches; k < t->stretches + t->n_stretches; k++) {
        const stretch *s = &c->stretches[k];
        size_t n = best_tags(m, s, bias, tags);
        for (size_t i = 0; i < n; i++) {
            if (tags[i] == SF_TAG_O) {
                continue;
            }
            int kind = (tags[i] - 1) / 2;
            size_t last = i;
            while (last + 1 < n && tags[last + 1] == SF_TAG_INSIDE + 2 * kind) {
                last++;
            }
            count_span(c, t, (span){c->tokens[s->first + i].start, c->tokens[s->first + last].end, kind}, y);
            i = last;
        }
    }
}

void learn_report(const model *m, const uint8_t *fold, int left_out, tally y[MAX_SETS][BIASES])
{
    const corpus *c = m->c;
    for (size_t i = 0; i < c->n_texts; i++) {
        if (left_out >= 0 ? fold[i] == left_out && !c->texts[i].test : c->texts[i].test) {
            for (int b = 0; b < BIASES; b++) {
                score_text(m, &c->texts[i], m->o->bias - 0.25 * b, &y[c->texts[i].set][b]);
            }
        }
    }
}

void learn_print(const corpus *c, const settings *o, tally y[MAX_SETS][BIASES])
{
    for (size_t s = 0; s < c->n_sets; s++) {
        if (y[s][0].gold > 0) {
            printf("%-24.24s", c->set_names[s] + (strlen(c->set_names[s]) > 24 ? strlen(c->set_names[s]) - 24 : 0));
            for (int b = 0; b < BIASES; b++) {
                const tally *k = &y[s][b];
                printf(" %.3f/%.3f", 2 * k->hit / (k->found + k->gold), 2 * k->typed / (k->found + k->gold));
            }
            printf(" | P %.3f R %.3f\n", y[s][0].hit / y[s][0].found, y[s][0].hit / y[s][0].gold);
        }
    }
    printf("%-24s", "bias");
    for (int b = 0; b < BIASES; b++) {
        printf(" %11.2f", o->bias - 0.25 * b);
    }
    printf(" | spans at the first\n");
}
