/* SPDX-License-Identifier: MIT */
/* The model: a conditional random field, learnt by follow-the-regularised-leader. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "entities/learn/learn.h"
#include "memory.h"

#define FIRST_ROW (SF_TAG_COUNT + 1)

int learn_may_follow(int p, int t)
{
    return t == SF_TAG_O || (t & 1) || p == t || p == t - 1;
}

static void count_features(model *m, const uint8_t *fold, int leave_out)
{
    const corpus *c = m->c;
    size_t all = c->plain + c->words.n_rows * SF_WORD_PLACES;
    uint32_t *count = calloc(all, sizeof *count);
    m->row = calloc(all, sizeof *m->row);
    for (size_t i = 0; i < c->n_texts; i++) {
        const text *t = &c->texts[i];
        if (t->test || fold[i] == leave_out) {
            continue;
        }
        for (uint32_t s = t->stretches; s < t->stretches + t->n_stretches; s++) {
            for (uint32_t k = c->stretches[s].first; k < c->stretches[s].first + c->stretches[s].n; k++) {
                for (uint32_t f = 0; f < c->tokens[k].n; f++) {
                    count[c->features[c->tokens[k].features + f]]++;
                }
            }
        }
    }
    m->n_rows = FIRST_ROW;
    for (size_t i = 0; i < all; i++) {
        double rare = i < c->plain ? m->o->rare : m->o->rare_words;
        if (count[i] >= rare) {
            m->row[i] = (uint32_t)m->n_rows++;
        }
    }
    free(count);
    m->w = calloc(m->n_rows * SF_TAG_ROOM, sizeof *m->w);
    m->z = calloc(m->n_rows * SF_TAG_ROOM, sizeof *m->z);
    m->n = calloc(m->n_rows * SF_TAG_ROOM, sizeof *m->n);
}

void learn_sum_up(const model *m, const token *k, float sum[SF_TAG_ROOM])
{
    memset(sum, 0, SF_TAG_ROOM * sizeof *sum);
    for (uint32_t f = 0; f < k->n; f++) {
        const float *w = m->w + (size_t)m->row[m->c->features[k->features + f]] * SF_TAG_ROOM;
        if (m->row[m->c->features[k->features + f]] != 0 && !m->dropped[k->features + f]) {
            for (size_t t = 0; t < SF_TAG_ROOM; t++) {
                sum[t] += w[t];
            }
        }
    }
}

/* One coordinate's step. */
static void move(const model *m, size_t at, float gradient)
{
    float before = m->n[at];
    float after = before + gradient * gradient;
    float sigma = (sqrtf(after) - sqrtf(before)) / (float)m->o->alpha;
    m->z[at] += gradient - sigma * m->w[at];
    m->n[at] = after;
    float z = m->z[at];
    float l1 = (float)m->o->l1;
    m->w[at] = fabsf(z) <= l1 ? 0.0F
                              : -(z - (z > 0 ? l1 : -l1)) /
                                    (((float)m->o->beta + sqrtf(after)) / (float)m->o->alpha + (float)m->o->l2);
}

typedef struct lattice { /* one stretch */
    size_t n, cap;
    float (*sum)[SF_TAG_ROOM];
    double (*emit)[SF_TAG_ROOM], (*ahead)[SF_TAG_ROOM], (*behind)[SF_TAG_ROOM];
    double (*gradient)[SF_TAG_ROOM];
    double after[SF_TAG_COUNT][SF_TAG_ROOM];
    double after_gradient[SF_TAG_COUNT][SF_TAG_ROOM];
} lattice;

static void make_lattice(lattice *l, const model *m, const stretch *s)
{
    size_t n = s->n + 1U;
    size_t cap = l->cap;
    learn_room(&l->sum, &cap, n, sizeof *l->sum);
    cap = l->cap;
    learn_room(&l->emit, &cap, n, sizeof *l->emit);
    cap = l->cap;
    learn_room(&l->ahead, &cap, n, sizeof *l->ahead);
    cap = l->cap;
    learn_room(&l->behind, &cap, n, sizeof *l->behind);
    learn_room(&l->gradient, &l->cap, n, sizeof *l->gradient);
    l->n = s->n;
    for (size_t i = 0; i < l->n; i++) {
        learn_sum_up(m, &m->c->tokens[s->first + i], l->sum[i]);
    }
    memset(l->gradient, 0, n * sizeof *l->gradient);
    memset(l->after_gradient, 0, sizeof l->after_gradient);
    for (int p = 0; p < SF_TAG_COUNT; p++) {
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            l->after[p][t] = learn_may_follow(p, t) ? exp((double)m->w[p * SF_TAG_ROOM + t]) : 0.0;
        }
    }
}

/* Adds `sign` times the expected counts of all rows of tags that `may` allows. */
static void expect(lattice *l, const model *m, const stretch *s, int free_tags, double sign)
{
    for (size_t i = 0; i < l->n; i++) {
        unsigned may = free_tags ? 0xFFFFU : m->c->tokens[s->first + i].may;
        double total = 0.0;
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            l->emit[i][t] = may >> t & 1 ? exp((double)l->sum[i][t]) : 0.0;
            double before = i == 0 ? l->after[BEFORE][t] : 0.0;
            for (int p = 0; i > 0 && p < SF_TAG_COUNT; p++) {
                before += l->ahead[i - 1][p] * l->after[p][t];
            }
            l->ahead[i][t] = before * l->emit[i][t];
            total += l->ahead[i][t];
        }
        if (!(total > 0.0)) {
            return; /* no row of tags fits */
        }
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            l->ahead[i][t] /= total;
        }
    }
    for (size_t i = l->n; i-- > 0;) {
        double total = 0.0;
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            double next = i + 1 == l->n ? l->after[t][BEFORE] : 0.0;
            for (int q = 0; i + 1 < l->n && q < SF_TAG_COUNT; q++) {
                next += l->after[t][q] * l->emit[i + 1][q] * l->behind[i + 1][q];
            }
            l->behind[i][t] = next;
            total += next;
        }
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            l->behind[i][t] /= total;
        }
    }
    for (size_t i = 0; i < l->n; i++) {
        double all = 0.0;
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            all += l->ahead[i][t] * l->behind[i][t];
        }
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            double p = l->ahead[i][t] * l->behind[i][t] / all;
            l->gradient[i][t] += sign * p;
            if (i == 0) {
                l->after_gradient[BEFORE][t] += sign * p;
            }
            if (i + 1 == l->n) {
                l->after_gradient[t][BEFORE] += sign * p;
            }
        }
        if (i + 1 < l->n) {
            double pairs[SF_TAG_COUNT][SF_TAG_COUNT];
            double sum = 0.0;
            for (int p = 0; p < SF_TAG_COUNT; p++) {
                for (int t = 0; t < SF_TAG_COUNT; t++) {
                    pairs[p][t] = l->ahead[i][p] * l->after[p][t] * l->emit[i + 1][t] * l->behind[i + 1][t];
                    sum += pairs[p][t];
                }
            }
            for (int p = 0; p < SF_TAG_COUNT; p++) {
                for (int t = 0; t < SF_TAG_COUNT; t++) {
                    l->after_gradient[p][t] += sign * pairs[p][t] / sum;
                }
            }
        }
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Blinds the model to some features, this time: it must not lean on a few of them. */
static void drop_features(const model *m, const stretch *s, uint32_t *state)
{
    for (uint32_t i = s->first; i < s->first + s->n; i++) {
        const token *k = &m->c->tokens[i];
        for (uint32_t f = k->features; f < k->features + k->n; f++) {
            double p = m->c->features[f] < m->c->plain ? m->o->drop : m->o->drop_words;
            m->dropped[f] = (double)next_random(state) < p * 4294967296.0;
        }
    }
}

static void learn_stretch(lattice *l, const model *m, const stretch *s)
{
    make_lattice(l, m, s);
    expect(l, m, s, 0, -1.0);
    expect(l, m, s, 1, 1.0);
    for (size_t i = 0; i < l->n; i++) {
        const token *k = &m->c->tokens[s->first + i];
        for (uint32_t f = 0; f < k->n; f++) {
            size_t row = m->dropped[k->features + f] ? 0 : m->row[m->c->features[k->features + f]];
            for (size_t t = 0; row != 0 && t < SF_TAG_COUNT; t++) {
                if (fabs(l->gradient[i][t]) > 1e-5) {
                    move(m, row * SF_TAG_ROOM + t, (float)l->gradient[i][t]);
                }
            }
        }
    }
    for (size_t p = 0; p < SF_TAG_COUNT; p++) {
        for (size_t t = 0; t < SF_TAG_COUNT; t++) {
            if (fabs(l->after_gradient[p][t]) > 1e-5 && learn_may_follow((int)p, (int)t)) {
                move(m, p * SF_TAG_ROOM + t, (float)l->after_gradient[p][t]);
            }
        }
    }
}

static void learn_epoch(model *m, uint32_t *order, size_t n, uint32_t *state)
{
    static lattice l;
    for (size_t i = n; i > 1; i--) {
        size_t k = next_random(state) % i;
        uint32_t swap = order[i - 1];
        order[i - 1] = order[k];
        order[k] = swap;
    }
    for (size_t i = 0; i < n; i++) {
        const text *t = &m->c->texts[order[i]];
        for (uint32_t s = t->stretches; s < t->stretches + t->n_stretches; s++) {
            drop_features(m, &m->c->stretches[s], state);
            learn_stretch(&l, m, &m->c->stretches[s]);
        }
    }
}

/* Learns several times, in another order and with other features dropped: one learning depends on both, the mean of some hardly. */
void learn_model(model *m, const uint8_t *fold, int leave_out)
{
    const corpus *c = m->c;
    uint32_t *order = malloc((c->n_texts + 1) * sizeof *order);
    size_t n = 0;
    count_features(m, fold, leave_out);
    size_t weights = m->n_rows * SF_TAG_ROOM;
    float *sum = calloc(weights, sizeof *sum);
    m->dropped = calloc(c->n_features + 1, 1);
    for (size_t i = 0; i < c->n_texts; i++) {
        if (!c->texts[i].test && fold[i] != leave_out) {
            order[n++] = (uint32_t)i;
        }
    }
    for (int time = 0; time < m->o->times; time++) {
        uint32_t state = 2463534242U + (uint32_t)(m->o->seed * m->o->times) + (uint32_t)time;
        memset(m->w, 0, weights * sizeof *m->w);
        memset(m->z, 0, weights * sizeof *m->z);
        memset(m->n, 0, weights * sizeof *m->n);
        for (int epoch = 0; epoch < m->o->epochs; epoch++) {
            learn_epoch(m, order, n, &state);
        }
        for (size_t i = 0; i < weights; i++) {
            sum[i] += m->w[i];
        }
    }
    for (size_t i = 0; i < weights; i++) {
        m->w[i] = sum[i] / (float)m->o->times;
    }
    free(sum);
    free(order);
    memset(m->dropped, 0, c->n_features);
}

void learn_free(model *m)
{
    free(m->row);
    free(m->dropped);
    free(m->w);
    free(m->z);
    free(m->n);
}
