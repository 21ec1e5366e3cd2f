/* SPDX-License-Identifier: MIT */
/* "but": valences before the text's first one weigh half, those after it one and a half times.
 *
 * The reference walks over the list of valences, looks up each by its value, and changes the first one that is equal: of
 * equal values the wrong one may change, and a changed value may be met again. To do the same without searching the list
 * each time, the places seen so far lie in heaps, one for each value, the first place on top (skew heaps: Sleator, Tarjan,
 * "Self-adjusting heaps", 1986). A step takes constant time unless values repeat, and logarithmic time then. */
#include "memory.h"
#include "sentiment/sentiment.h"

#define BEFORE_FACTOR 0.5
#define AFTER_FACTOR  1.5

/* Heaps are 1 + index of a node, 0 for none. */
static uint32_t merge(sf_but_node *nodes, uint32_t a, uint32_t b)
{
    uint32_t root = 0;
    uint32_t *link = &root;
    while (a != 0 && b != 0) {
        if (b < a) {
            uint32_t other = a;
            a = b;
            b = other;
        }
        sf_but_node *n = &nodes[a - 1];
        uint32_t rest = n->right;
        n->right = n->left;
        *link = a;
        link = &n->left;
        a = rest;
    }
    *link = a != 0 ? a : b;
    return root;
}

/* The cell of a value that is not 0. There are always free cells. */
static sf_but_cell *cell_of(const sf_sentiment_scratch *s, size_t mask, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (size_t i = (size_t)((bits * 0x9E3779B97F4A7C15ULL) >> 32) & mask;; i = (i + 1) & mask) {
        sf_but_cell *c = &s->cells[i];
        if (c->value == value) {
            return c;
        }
        if (c->value == 0.0) {
            c->value = value;
            return c;
        }
    }
}

static void insert(const sf_sentiment_scratch *s, size_t mask, size_t place)
{
    sf_but_cell *c = cell_of(s, mask, s->scored[place].valence);
    s->nodes[place] = (sf_but_node){0, 0};
    c->heap = merge(s->nodes, c->heap, (uint32_t)place + 1);
}

/* One step of the reference's walk: at `here` stands a value that is not 0. */
static void step(const sf_sentiment_scratch *s, size_t mask, size_t here)
{
    insert(s, mask, here);
    sf_but_cell *c = cell_of(s, mask, s->scored[here].valence);
    uint32_t first = c->heap - 1;
    sf_scored *changed = &s->scored[first];
    if (changed->token == s->but) {
        return;
    }
    c->heap = merge(s->nodes, s->nodes[first].left, s->nodes[first].right);
    changed->valence *= changed->token < s->but ? BEFORE_FACTOR : AFTER_FACTOR;
    changed->rules |= SF_RULE_BUT;
    if (changed->valence != 0.0) {
        insert(s, mask, first);
    }
}

int sf_sentiment_but(sf_sentiment_scratch *s)
{
    size_t n_cells = 16;
    while (n_cells < s->n_scored * 4) { /* each step brings two values at the most */
        n_cells *= 2;
    }
    if (sf_grow(&s->cells, &s->cap_cells, n_cells, sizeof *s->cells) != SF_OK ||
        sf_grow(&s->nodes, &s->cap_nodes, s->n_scored, sizeof *s->nodes) != SF_OK) {
        return SF_ENOMEM;
    }
    memset(s->cells, 0, n_cells * sizeof *s->cells);
    for (size_t i = 0; i < s->n_scored; i++) {
        if (s->scored[i].valence != 0.0) {
            step(s, n_cells - 1, i);
        }
    }
    return SF_OK;
}
