/* SPDX-License-Identifier: MIT */
/* From atoms to tags: the weights of all rules that a token meets, and the best row of tags for each stretch of tokens
 * that may be names (Viterbi). All else is O, which is what keeps this quick. */
#include "entities/weigh.h"

/* ---- what a token shows ---- */

static const sf_atoms edge; /* beyond a line's ends: all 0 */

static uint32_t letters(const char *p, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 'a' || p[i] > 'z') {
            return 0;
        }
        v = v * 26 + (uint32_t)(p[i] - 'a');
    }
    return v + 1;
}

void sf_sight_of(const sf_document *d, size_t i, sf_sight *s)
{
    const sf_token *t = d->tokens.at;
    size_t n = d->tokens.n;
    size_t from = i, to = i;
    for (int k = 0; k < SF_WORD_PLACES; k++) {
        s->atoms[k] = edge.at;
        s->token[k] = SIZE_MAX;
        s->word[k] = 0;
    }
    while (from > 0 && i - from < SF_WORD_PLACES / 2 && (t[from].flags & SF_TOKEN_LINE) == 0) {
        from--;
    }
    while (to + 1 < n && to - i < SF_WORD_PLACES / 2 && (t[to + 1].flags & SF_TOKEN_LINE) == 0) {
        to++;
    }
    for (size_t k = from; k <= to; k++) {
        s->atoms[k + SF_WORD_PLACES / 2 - i] = d->atoms[k].at;
        s->token[k + SF_WORD_PLACES / 2 - i] = k;
        s->word[k + SF_WORD_PLACES / 2 - i] = d->words[k] != NULL ? d->words[k]->flags >> SF_WORD_RULE_SHIFT : 0;
    }
    const char *p = d->tokens.fold + t[i].fold;
    size_t len = t[i].fold_len;
    s->letters[0] = len > 3 ? letters(p + len - 3, 3) : 0;
    s->letters[1] = len > 3 ? letters(p + len - 2, 2) : 0;
    s->letters[2] = len > 3 ? letters(p, 3) : 0;
}

static inline uint32_t value_at(const sf_sight *s, int atom, int at)
{
    return atom < SF_ATOM_SMALL ? s->atoms[at + SF_WORD_PLACES / 2][atom] : s->letters[atom - SF_ATOM_SMALL];
}

uint32_t sf_sight_value(const sf_sight *s, const sf_template *t)
{
    uint32_t v = 0;
    for (size_t k = 0; k < t->n; k++) {
        v = v * sf_atom_sizes[t->seen[k].atom] + value_at(s, t->seen[k].atom, t->seen[k].at);
    }
    return v;
}

/* ---- weights ---- */

typedef int16_t lanes __attribute__((vector_size(16)));
typedef struct weights { /* one for each tag */
    lanes half[2];
} weights;

static inline void add(weights *sum, const int16_t row[SF_TAG_ROOM])
{
    weights w;
    memcpy(&w, row, sizeof w);
    sum->half[0] += w.half[0];
    sum->half[1] += w.half[1];
}

static inline int16_t weight_of(const weights *w, size_t tag)
{
    return w->half[tag / 8][tag % 8];
}

#define SIZE_FORM              SF_FORMS
#define SIZE_SIGN              SF_SIGNS
#define SIZE_SHARE             SF_SHARES
#define SIZE_ZIPF              SF_ZIPFS
#define SIZE_EXTRA             SF_EXTRAS
#define SIZE_LENGTH            SF_LENGTHS
#define SIZE_NAME              SF_NAMES
#define SIZE_ROLE              SF_ROLES
#define SIZE_GUESS             SF_GUESSES
#define SIZE_REASON            SF_REASONS
#define SIZE_STYLE             SF_STYLES
#define SIZE_CLASS             SF_CLASSES
#define SEEN(a, i)             value_at(s, SF_ATOM_##a, i)
#define ADD(value)             add(sum, r->rows[r->plain[*base++ + (value)]].weight);
#define ADD0()                 ADD(0)
#define ADD1(a, i)             ADD(SEEN(a, i))
#define ADD2(a, i, b, j)       ADD(SEEN(a, i) * SIZE_##b + SEEN(b, j))
#define ADD3(a, i, b, j, c, k) ADD((SEEN(a, i) * SIZE_##b + SEEN(b, j)) * SIZE_##c + SEEN(c, k))

/* The weights of every rule that a token meets. Row 0, of what no rule speaks of, is all 0: no question is asked. */
static void weigh(const sf_rules *r, const sf_sight *s, weights *sum)
{
    const uint32_t *base = r->base;
    memset(sum, 0, sizeof *sum);
    SF_TEMPLATE_LIST(ADD0, ADD1, ADD2, ADD3)
    for (size_t k = 0; k < SF_WORD_PLACES; k++) {
        add(sum, r->rows[r->word_rules[s->word[k]].row[k]].weight);
    }
}

/* ---- the best tags ---- */

/* Scores count from that of O and are kept within LOWEST..: 16 bits hold all sums that can come up. */
enum { MOST = 6000, LOWEST = -14000 };

static inline lanes choose(lanes mask, lanes yes, lanes no)
{
    return (yes & mask) | (no & ~mask);
}

static inline lanes all(int v)
{
    const int16_t w = (int16_t)v;
    return (lanes){w, w, w, w, w, w, w, w};
}

static inline lanes at_least(lanes w, lanes low)
{
    return choose((lanes)(w < low), low, w);
}

static inline lanes at_most(lanes w, lanes high)
{
    return choose((lanes)(w > high), high, w);
}

/* From the scores of the tags of one token to those of the next. */
static void step(const sf_rules *r, weights *score, const weights *sum, int first, sf_back *back)
{
    weights best = {{all(weight_of(score, 0)), all(weight_of(score, 0))}};
    weights from = {{all(0), all(0)}};
    add(&best, r->after[0]);
    for (int p = 1; p < SF_TAG_COUNT && !first; p++) {
        weights v = {{all(weight_of(score, (size_t)p)), all(weight_of(score, (size_t)p))}};
        add(&v, r->after[p]);
        for (int h = 0; h < 2; h++) {
            lanes better = (lanes)(v.half[h] > best.half[h]);
            from.half[h] = choose(better, all(p), from.half[h]);
            best.half[h] = choose(better, v.half[h], best.half[h]);
        }
    }
    for (size_t t = 0; t < SF_TAG_COUNT; t++) {
        back->from[t] = (uint8_t)weight_of(&from, t);
    }
    for (int h = 0; h < 2; h++) {
        best.half[h] += at_most(at_least(sum->half[h], all(-MOST)), all(MOST));
    }
    lanes o = all(weight_of(&best, SF_TAG_O));
    for (int h = 0; h < 2; h++) {
        score->half[h] = at_least(best.half[h] - o, all(LOWEST));
    }
}

void sf_document_tag(sf_document *d, size_t first, size_t end)
{
    const sf_rules *r = &d->lexicon->rules;
    weights score = {{all(LOWEST), all(LOWEST)}};
    score.half[0][SF_TAG_O] = 0;
    for (size_t i = first; i < end; i++) {
        sf_sight s;
        weights sum;
        sf_sight_of(d, i, &s);
        weigh(r, &s, &sum);
        step(r, &score, &sum, i == first, &d->back[i]);
    }
    size_t best = 0;
    for (size_t t = 0; t < SF_TAG_COUNT; t++) { /* then comes an O */
        if (weight_of(&score, t) + r->after[t][SF_TAG_O] > weight_of(&score, best) + r->after[best][SF_TAG_O]) {
            best = t;
        }
    }
    for (size_t i = end; i-- > first;) {
        size_t from = d->back[i].from[best];
        d->back[i].tag = (uint8_t)best;
        best = from;
    }
}

int sf_document_denial(const sf_document *d, size_t i)
{
    sf_sight s;
    weights sum;
    int best = INT16_MIN;
    sf_sight_of(d, i, &s);
    weigh(&d->lexicon->rules, &s, &sum);
    for (size_t tag = SF_TAG_BEGIN; tag < SF_TAG_COUNT; tag += 2) {
        best = weight_of(&sum, tag) > best ? weight_of(&sum, tag) : best;
    }
    return weight_of(&sum, SF_TAG_O) - best;
}
