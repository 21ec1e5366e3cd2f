/* SPDX-License-Identifier: MIT */
/* From atoms to names: the weights of all rules that a token meets, and the best row of tags for each stretch of tokens
 * that may be names (Viterbi). All else is O, which is what keeps this quick. */
#include "entities/weigh.h"

#include "memory.h"

/* ---- which tokens are weighed ---- */

static int stands_out(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    const sf_feature *f = &d->features[i];
    const uint8_t *at = d->atoms[i].at;
    if (t->kind != SF_TOKEN_WORD) {
        return t->kind == SF_TOKEN_HASHTAG || at[SF_ATOM_NAME] != 0 || at[SF_ATOM_GUESS] != 0;
    }
    return (f->flags & SF_FEATURE_CAPITAL) || at[SF_ATOM_NAME] != 0 || at[SF_ATOM_GUESS] != 0 ||
           (f->share < 50 && (f->word & SF_WORD_STOP) == 0) || (t->flags & SF_TOKEN_DIGIT);
}

#define GAP 2 /* tokens that may join what stands out */

static int can_join(const sf_token *t)
{
    return (t->flags & SF_TOKEN_LINE) == 0 && t->kind != SF_TOKEN_URL && t->kind != SF_TOKEN_MENTION &&
           t->kind != SF_TOKEN_EMOJI && t->kind != SF_TOKEN_HASHTAG;
}

int sf_document_mark_weighed(sf_document *d)
{
    size_t gap = GAP + 1;
    if (sf_grow(&d->weighed, &d->cap_weighed, d->tokens.n, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < d->tokens.n; i++) {
        const sf_token *t = &d->tokens.at[i];
        d->weighed[i] = (uint8_t)stands_out(d, i);
        if (t->flags & SF_TOKEN_LINE) {
            gap = GAP + 1;
        }
        if (!d->weighed[i]) {
            gap = can_join(t) ? gap + 1 : GAP + 1;
            continue;
        }
        for (; gap <= GAP && gap > 0; gap--) {
            d->weighed[i - gap] = 1;
        }
        gap = 0;
    }
    return SF_OK;
}

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
    }
    const char *p = d->tokens.fold + t[i].fold;
    size_t len = t[i].fold_len;
    s->letters[0] = len > 3 ? letters(p + len - 3, 3) : 0;
    s->letters[1] = len > 3 ? letters(p + len - 2, 2) : 0;
    s->letters[2] = len > 3 ? letters(p, 3) : 0;
}

static inline uint32_t value_at(const sf_sight *s, const sf_seen *seen)
{
    return seen->atom < SF_ATOM_SMALL ? s->atoms[seen->at + SF_WORD_PLACES / 2][seen->atom]
                                      : s->letters[seen->atom - SF_ATOM_SMALL];
}

uint32_t sf_sight_value(const sf_sight *s, const sf_template *t)
{
    uint32_t v = 0;
    for (size_t k = 0; k < t->n; k++) {
        v = v * sf_atom_sizes[t->seen[k].atom] + value_at(s, &t->seen[k]);
    }
    return v;
}

const sf_word_rules *sf_rules_of_word(const sf_document *d, size_t i)
{
    const sf_rules *r = &d->lexicon->rules;
    const sf_token *t = &d->tokens.at[i];
    if (t->fold_len == 0 || t->fold_len > r->words.longest) {
        return NULL;
    }
    const sf_dict_entry *e =
        sf_dict_find_hashed(&r->words, d->tokens.fold + t->fold, t->fold_len, sf_hash_end(t->hash));
    return e != NULL ? &r->word_rules[e->flags] : NULL;
}

/* ---- weights ---- */

static inline void add_row(int16_t *sum, const int16_t *weight)
{
    for (size_t i = 0; i < SF_TAG_ROOM; i++) {
        sum[i] = (int16_t)(sum[i] + weight[i]);
    }
}

static void weigh(const sf_document *d, size_t i, int16_t sum[SF_TAG_ROOM])
{
    const sf_rules *r = &d->lexicon->rules;
    sf_sight s;
    sf_sight_of(d, i, &s);
    memset(sum, 0, SF_TAG_ROOM * sizeof *sum);
    for (size_t k = 0; k < SF_TEMPLATES; k++) {
        uint16_t row = r->plain[r->base[k] + sf_sight_value(&s, &sf_templates[k])];
        if (row != 0) {
            add_row(sum, r->rows[row].weight);
        }
    }
    for (size_t k = 0; k < SF_WORD_PLACES; k++) {
        const sf_word_rules *w = s.token[k] != SIZE_MAX ? sf_rules_of_word(d, s.token[k]) : NULL;
        if (w != NULL && w->row[k] != 0) { /* a word two places before is one that is seen two places behind it */
            add_row(sum, r->rows[w->row[k]].weight);
        }
    }
}

/* ---- the best tags ---- */

static void step(const sf_rules *r, const int32_t before[SF_TAG_ROOM], const int16_t sum[SF_TAG_ROOM],
                 int32_t now[SF_TAG_ROOM], uint8_t from[SF_TAG_ROOM])
{
    for (size_t t = 0; t < SF_TAG_ROOM; t++) {
        now[t] = before[0] + r->after[0][t];
        from[t] = 0;
    }
    for (size_t p = 1; p < SF_TAG_COUNT; p++) {
        for (size_t t = 0; t < SF_TAG_ROOM; t++) {
            int32_t v = before[p] + r->after[p][t];
            from[t] = v > now[t] ? (uint8_t)p : from[t];
            now[t] = v > now[t] ? v : now[t];
        }
    }
    for (size_t t = 0; t < SF_TAG_ROOM; t++) {
        now[t] += sum[t];
    }
}

/* Tags for the tokens first..end-1, between tokens that are O. */
static void tag_stretch(sf_document *d, size_t first, size_t end)
{
    const sf_rules *r = &d->lexicon->rules;
    int32_t score[2][SF_TAG_ROOM];
    int16_t sum[SF_TAG_ROOM];
    for (size_t t = 0; t < SF_TAG_ROOM; t++) {
        score[0][t] = t == SF_TAG_O ? 0 : -1000000;
    }
    for (size_t i = first; i < end; i++) {
        size_t k = i - first;
        weigh(d, i, sum);
        step(r, score[k & 1], sum, score[(k + 1) & 1], d->back[i].from);
        int32_t floor = score[(k + 1) & 1][SF_TAG_O]; /* so that no sum overflows, however long this gets */
        for (size_t t = 0; t < SF_TAG_ROOM; t++) {
            score[(k + 1) & 1][t] -= floor;
        }
    }
    const int32_t *last = score[(end - first) & 1];
    size_t best = 0;
    for (size_t t = 0; t < SF_TAG_COUNT; t++) { /* then comes an O */
        if (last[t] + r->after[t][SF_TAG_O] > last[best] + r->after[best][SF_TAG_O]) {
            best = t;
        }
    }
    for (size_t i = end; i-- > first;) {
        size_t from = d->back[i].from[best];
        d->back[i].tag = (uint8_t)best;
        best = from;
    }
}

/* ---- names ---- */

static sf_label label_of_kind(int kind)
{
    static const sf_label labels[SF_KIND_COUNT] = {SF_LABEL_PER,  SF_LABEL_LOC,  SF_LABEL_ORG,
                                                   SF_LABEL_PROD, SF_LABEL_WORK, SF_LABEL_MISC};
    return labels[kind];
}

static int add_found(sf_document *d, size_t first, size_t last, int kind)
{
    if (sf_grow(&d->found, &d->cap_found, d->n_found + 1, sizeof *d->found) != SF_OK) {
        return SF_ENOMEM;
    }
    d->found[d->n_found++] = (sf_candidate){(uint32_t)first, (uint32_t)last, NULL, (uint8_t)label_of_kind(kind), 0, 1};
    return SF_OK;
}

static int collect(sf_document *d, size_t first, size_t end)
{
    for (size_t i = first; i < end;) {
        int tag = d->back[i].tag;
        size_t last = i;
        if (tag == SF_TAG_O) {
            i++;
            continue;
        }
        int kind = (tag - 1) / 2;
        while (last + 1 < end && d->back[last + 1].tag == SF_TAG_INSIDE + 2 * kind) {
            last++;
        }
        if (add_found(d, i, last, kind) != SF_OK) {
            return SF_ENOMEM;
        }
        i = last + 1;
    }
    return SF_OK;
}

int sf_document_weigh(sf_document *d, size_t max)
{
    int status = sf_document_mark_weighed(d);
    if (status == SF_OK) {
        status = sf_grow(&d->back, &d->cap_back, d->tokens.n, sizeof *d->back);
    }
    d->n_found = 0;
    for (size_t i = 0; status == SF_OK && i < d->tokens.n && d->n_found < max;) {
        size_t end = i;
        while (end < d->tokens.n && d->weighed[end]) {
            end++;
        }
        if (end > i) {
            tag_stretch(d, i, end);
            status = collect(d, i, end);
        }
        i = end + 1;
    }
    return status;
}
