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

#include "analyser.h"
#include "entities/given.h"
#include "entities/weigh.h"
#include "memory.h"

/* ---- settings ---- */

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

static void *room(void *array, size_t *cap, size_t need, size_t size)
{
    if (sf_grow(array, cap, need, size) != SF_OK) {
        fputs("learn-rules: out of memory\n", stderr);
        exit(1);
    }
    return NULL;
}

static int kind_of_type(sf_str type)
{
    static const struct {
        const char *name;
        int kind;
    } types[] = {{"PER", SF_KIND_PER},   {"LOC", SF_KIND_LOC},   {"ORG", SF_KIND_ORG},
                 {"PROD", SF_KIND_PROD}, {"WORK", SF_KIND_WORK}, {"OTHER", SF_KIND_MISC}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (sf_json_is(type, types[i].name)) {
            return types[i].kind;
        }
    }
    return SF_KIND_MISC;
}

/* Bytes of the first n code points. */
static uint32_t bytes_of(sf_str s, int64_t n)
{
    size_t i = 0;
    for (; n > 0 && i < s.len; n--) {
        i++;
        while (i < s.len && ((unsigned char)s.ptr[i] & 0xC0) == 0x80) {
            i++;
        }
    }
    return (uint32_t)i;
}

static int is_plain(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* As bench/ner/score: without signs at the ends, "the " before, 's behind. Signs beyond ASCII are left in. */
static span trimmed(const char *p, span s)
{
    while (s.start < s.end && !is_plain((unsigned char)p[s.start])) {
        s.start++;
    }
    if (s.end - s.start > 4 && (p[s.start] | 32) == 't' && (p[s.start + 1] | 32) == 'h' &&
        (p[s.start + 2] | 32) == 'e' && p[s.start + 3] == ' ') {
        s.start += 4;
    }
    if (s.end - s.start > 2 && p[s.end - 2] == '\'' && p[s.end - 1] == 's') {
        s.end -= 2;
    } else if (s.end - s.start > 4 && memcmp(p + s.end - 4, "\xE2\x80\x99s", 4) == 0) {
        s.end -= 4;
    }
    while (s.end > s.start && !is_plain((unsigned char)p[s.end - 1])) {
        s.end--;
    }
    return s;
}

/* ---- reading ---- */

typedef struct marked { /* one line of a file */
    char *memory;
    size_t cap;
    sf_str text, id;
    span spans[256];
    size_t n;
} marked;

static int read_entity(sf_json *j, marked *m)
{
    char type[32];
    sf_str key, s = {"", 0};
    int64_t start = 0, end = 0;
    int mention = 0;
    if (sf_json_enter(j, '{') < 0) {
        return 0;
    }
    while (sf_json_member(j, &key) == 1) {
        if (sf_json_is(key, "start")) {
            sf_json_integer(j, &start);
        } else if (sf_json_is(key, "end")) {
            sf_json_integer(j, &end);
        } else if (sf_json_is(key, "type")) {
            sf_json_string(j, type, sizeof type, &s);
        } else if (sf_json_is(key, "mention")) {
            sf_json_skip(j);
            mention = 1;
        } else {
            sf_json_skip(j);
        }
    }
    if (!mention && m->n < sizeof m->spans / sizeof *m->spans) {
        m->spans[m->n++] = (span){(uint32_t)start, (uint32_t)end, kind_of_type(s)};
    }
    return 1;
}

/* Reads a line; offsets become bytes. Returns 0 for what is no object. */
static int read_line(sf_str line, marked *m)
{
    sf_json j;
    sf_str key;
    room(&m->memory, &m->cap, line.len * 2 + 2, 1);
    m->n = 0;
    m->text = m->id = (sf_str){"", 0};
    sf_json_init(&j, line);
    if (sf_json_enter(&j, '{') < 0) {
        return 0;
    }
    while (sf_json_member(&j, &key) == 1) {
        if (sf_json_is(key, "text")) {
            sf_json_string(&j, m->memory, line.len + 1, &m->text);
        } else if (sf_json_is(key, "id")) {
            sf_json_string(&j, m->memory + line.len + 1, line.len + 1, &m->id);
        } else if (sf_json_is(key, "entities")) {
            sf_json_enter(&j, '[');
            while (sf_json_element(&j) == 1 && read_entity(&j, m)) {
            }
        } else {
            sf_json_skip(&j);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++) {
        span s = {bytes_of(m->text, m->spans[i].start), bytes_of(m->text, m->spans[i].end), m->spans[i].kind};
        int at_name = s.start > 0 && m->text.ptr[s.start - 1] == '@';
        s = trimmed(m->text.ptr, s);
        if (s.end > s.start && !at_name) {
            m->spans[kept++] = s;
        }
    }
    m->n = kept;
    return 1;
}

/* ---- features of a text ---- */

static void add_feature(corpus *c, uint32_t feature)
{
    room(&c->features, &c->cap_features, c->n_features + 1, sizeof *c->features);
    c->features[c->n_features++] = feature;
}

static uint32_t number_of_word(corpus *c, sf_str word)
{
    sf_str none = {"", 0};
    sf_dict_row *known = sf_dict_row_of(&c->words, word);
    if (known != NULL) {
        return known->flags;
    }
    uint32_t n = (uint32_t)c->words.n_rows;
    sf_dict_put(&c->words, word, none, n, 0.0);
    return n;
}

/* Whether the lexicon looks the token up among its words, as sf_analyser_tokens() does. */
static int can_be_named(const sf_token *t)
{
    return t->fold_len > 0 && (t->kind == SF_TOKEN_WORD || t->kind == SF_TOKEN_NUMBER || t->kind == SF_TOKEN_HASHTAG);
}

static void add_features(corpus *c, const sf_document *d, size_t i)
{
    const sf_rules *r = &d->lexicon->rules;
    sf_sight s;
    sf_sight_of(d, i, &s);
    for (size_t k = 0; k < SF_TEMPLATES; k++) {
        int letters = sf_templates[k].n == 1 && sf_templates[k].seen[0].atom >= SF_ATOM_ENDING3;
        uint32_t value = sf_sight_value(&s, &sf_templates[k]);
        if (!letters || value > 0) {
            add_feature(c, r->base[k] + value);
        }
    }
    for (size_t k = 0; k < SF_WORD_PLACES; k++) {
        if (s.token[k] != SIZE_MAX && can_be_named(&d->tokens.at[s.token[k]])) {
            const sf_token *t = &d->tokens.at[s.token[k]];
            sf_str word = {d->tokens.fold + t->fold, t->fold_len};
            add_feature(c, c->plain + number_of_word(c, word) * SF_WORD_PLACES + (uint32_t)k);
        }
    }
}

static int tag_of_token(const sf_token *t, const marked *m)
{
    for (size_t i = 0; i < m->n; i++) {
        const span *s = &m->spans[i];
        if (t->start < s->end && t->end > s->start) {
            return (t->start <= s->start ? SF_TAG_BEGIN : SF_TAG_INSIDE) + 2 * s->kind;
        }
    }
    return SF_TAG_O;
}

#define TAGS_OF(kind) (3U << (SF_TAG_BEGIN + 2 * (kind)))

static uint16_t guess_of(const sf_document *d, size_t i)
{
    unsigned name = d->atoms[i].at[SF_ATOM_NAME], guess = d->atoms[i].at[SF_ATOM_GUESS];
    unsigned label = name > 0 ? (name - 1) / 4 : guess > 0 ? (guess - 1) / 2 : SF_LABEL_NONE;
    return (uint16_t)(label == SF_LABEL_PROD   ? TAGS_OF(SF_KIND_PROD)
                      : label == SF_LABEL_WORK ? TAGS_OF(SF_KIND_WORK)
                                               : 0U);
}

static void add_text(corpus *c, sf_analyser *a, sf_document *d, const marked *m)
{
    text *t = &c->texts[c->n_texts - 1];
    const sf_tokens *tokens;
    a->read.ptr = NULL;
    sf_analyser_tokens(a, m->text, &tokens);
    d->lexicon = a->lexicon;
    d->text = m->text;
    d->tokens = *tokens;
    d->words = a->words;
    sf_document_features(d);
    sf_document_candidates(d);
    sf_document_decide(d);
    sf_document_given(d, NULL);
    sf_document_atoms(d);
    t->stretches = (uint32_t)c->n_stretches;
    for (size_t i = 0; i < d->tokens.n; i++) {
        if (d->weighed[i] != 1) {
            continue;
        }
        if (i == 0 || d->weighed[i - 1] != 1) {
            room(&c->stretches, &c->cap_stretches, c->n_stretches + 1, sizeof *c->stretches);
            c->stretches[c->n_stretches++] = (stretch){(uint32_t)c->n_tokens, 0};
        }
        c->stretches[c->n_stretches - 1].n++;
        room(&c->tokens, &c->cap_tokens, c->n_tokens + 1, sizeof *c->tokens);
        token *k = &c->tokens[c->n_tokens++];
        const sf_token *from = &d->tokens.at[i];
        *k = (token){(uint32_t)c->n_features, 0, from->start, from->end, 0, guess_of(d, i)};
        k->may = (uint16_t)(1U << tag_of_token(from, m));
        add_features(c, d, i);
        k->n = (uint32_t)c->n_features - k->features;
    }
    t->n_stretches = (uint32_t)c->n_stretches - t->stretches;
}

/* ---- files ---- */

static uint32_t group_of(sf_str id, uint8_t set)
{
    size_t n = id.len; /* wikigold-012-00031: an article's sentences stay together */
    size_t dashes = 0;
    for (size_t i = 0; i < id.len; i++) {
        dashes += id.ptr[i] == '-';
    }
    while (dashes == 2 && n > 0 && id.len > 8 && memcmp(id.ptr, "wikigold", 8) == 0 && id.ptr[n - 1] != '-') {
        n--;
    }
    return sf_hash(id.ptr, n) + set;
}

static void read_file(corpus *c, sf_analyser *a, const char *path, int test)
{
    FILE *f = fopen(path, "rb");
    static char line[1 << 20];
    static marked m;
    sf_document d = {0};
    if (f == NULL || c->n_sets == MAX_SETS) {
        fprintf(stderr, "learn-rules: cannot read %s\n", path);
        exit(1);
    }
    uint8_t set = (uint8_t)c->n_sets++;
    c->set_names[set] = path;
    while (fgets(line, sizeof line, f) != NULL) {
        if (!read_line(sf_cstr(line), &m)) {
            continue;
        }
        room(&c->texts, &c->cap_texts, c->n_texts + 1, sizeof *c->texts);
        text *t = &c->texts[c->n_texts++];
        *t = (text){.spans = (uint32_t)c->n_spans, .n_spans = (uint32_t)m.n, .set = set, .test = (uint8_t)test};
        t->bytes = (uint32_t)c->n_bytes;
        t->group = group_of(m.id, set);
        room(&c->bytes, &c->cap_bytes, c->n_bytes + m.text.len + 1, 1);
        memcpy(c->bytes + c->n_bytes, m.text.ptr, m.text.len);
        c->bytes[c->n_bytes + m.text.len] = '\0';
        c->n_bytes += m.text.len + 1;
        for (size_t i = 0; i < m.n; i++) {
            room(&c->spans, &c->cap_spans, c->n_spans + 1, sizeof *c->spans);
            c->spans[c->n_spans++] = m.spans[i];
            c->kinds_of_set[set] |= 1U << m.spans[i].kind;
        }
        add_text(c, a, &d, &m);
    }
    fclose(f);
}

/* What is not marked in a file is unknown there; "other" may be
 * a product or a work where gazetteer or plain rules say so. */
static void widen(corpus *c, const settings *o)
{
    const unsigned others = TAGS_OF(SF_KIND_PROD) | TAGS_OF(SF_KIND_WORK) | TAGS_OF(SF_KIND_MISC);
    for (size_t i = 0; i < c->n_texts; i++) {
        const text *t = &c->texts[i];
        unsigned known = c->kinds_of_set[t->set];
        unsigned unknown = 0;
        for (int k = 0; k < SF_KIND_COUNT; k++) {
            int counts = k != SF_KIND_MISC || o->mask_misc > 0 || (known >> SF_KIND_PROD & 1) == 0;
            unknown |= (known >> k & 1) == 0 && counts ? TAGS_OF(k) : 0U;
        }
        int folded = known >> SF_KIND_MISC & 1;
        for (uint32_t s = t->stretches; s < t->stretches + t->n_stretches; s++) {
            for (uint32_t k = c->stretches[s].first; k < c->stretches[s].first + c->stretches[s].n; k++) {
                unsigned may = c->tokens[k].may;
                if (may & 1) {
                    may |= folded ? 0 : unknown;
                } else if (folded && (may & TAGS_OF(SF_KIND_MISC))) {
                    unsigned begins = may & (1U << (SF_TAG_BEGIN + 2 * SF_KIND_MISC)) ? 0x2AAA : 0x5554;
                    may |= others & c->tokens[k].guess & begins;
                }
                c->tokens[k].may = (uint16_t)may;
            }
        }
    }
}

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

#define BEFORE    SF_TAG_O /* a stretch begins after an O and ends before one */
#define FIRST_ROW (SF_TAG_COUNT + 1)

static int may_follow(int p, int t)
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

static void sum_up(const model *m, const token *k, float sum[SF_TAG_ROOM])
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
    room(&l->sum, &cap, n, sizeof *l->sum);
    cap = l->cap;
    room(&l->emit, &cap, n, sizeof *l->emit);
    cap = l->cap;
    room(&l->ahead, &cap, n, sizeof *l->ahead);
    cap = l->cap;
    room(&l->behind, &cap, n, sizeof *l->behind);
    room(&l->gradient, &l->cap, n, sizeof *l->gradient);
    l->n = s->n;
    for (size_t i = 0; i < l->n; i++) {
        sum_up(m, &m->c->tokens[s->first + i], l->sum[i]);
    }
    memset(l->gradient, 0, n * sizeof *l->gradient);
    memset(l->after_gradient, 0, sizeof l->after_gradient);
    for (int p = 0; p < SF_TAG_COUNT; p++) {
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            l->after[p][t] = may_follow(p, t) ? exp((double)m->w[p * SF_TAG_ROOM + t]) : 0.0;
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
            if (fabs(l->after_gradient[p][t]) > 1e-5 && may_follow((int)p, (int)t)) {
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
static void learn(model *m, const uint8_t *fold, int leave_out)
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

/* ---- the score ---- */

typedef struct tally {
    double hit, found, gold, typed;
} tally;

static size_t best_tags(const model *m, const stretch *s, double bias, uint8_t *tags)
{
    static uint8_t(*from)[SF_TAG_ROOM];
    static size_t cap;
    double now[SF_TAG_COUNT], before[SF_TAG_COUNT];
    room(&from, &cap, s->n + 1U, sizeof *from);
    for (size_t i = 0; i < s->n; i++) {
        float sum[SF_TAG_ROOM];
        sum_up(m, &m->c->tokens[s->first + i], sum);
        sum[SF_TAG_O] += (float)bias;
        for (int t = 0; t < SF_TAG_COUNT; t++) {
            now[t] = -1e30;
            from[i][t] = 0;
            for (int p = 0; p < SF_TAG_COUNT; p++) {
                double b = i > 0 ? before[p] : p == BEFORE ? 0.0 : -1e30;
                double v = b + (double)m->w[p * SF_TAG_ROOM + t] + (double)sum[t];
                if (may_follow(p, t) && v > now[t]) {
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
    s = trimmed(c->bytes + t->bytes, s);
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

#define BIASES 9
static void report(const model *m, const uint8_t *fold, int left_out, tally y[MAX_SETS][BIASES])
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

static void print_tallies(const corpus *c, const settings *o, tally y[MAX_SETS][BIASES])
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

/* ---- writing ---- */

static sf_dict_builder base_rows; /* "feature TAB tag" -> flags: hundredths + 1000; 0: written already */

static void read_base(const char *path)
{
    static char line[1024];
    FILE *f = fopen(path, "r");
    sf_str none = {"", 0};
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *tab = strrchr(line, '\t');
        if (tab != NULL && line[0] != '#') {
            uint32_t hundredths = (uint32_t)lround(atof(tab + 1) * 100.0 + 1000.0);
            sf_dict_put(&base_rows, (sf_str){line, (size_t)(tab - line)}, none, hundredths, 0.0);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

/* Whether the base has this very weight; what is asked for is no longer among those that are gone. */
static int is_in_base(const char *feature, int tag, float weight)
{
    char key[SF_FEATURE_ROOM + 16];
    snprintf(key, sizeof key, "%s\t%s", feature, sf_tag_name(tag).ptr);
    sf_dict_row *row = sf_dict_row_of(&base_rows, sf_cstr(key));
    uint32_t before = row != NULL ? row->flags : 0;
    if (row != NULL) {
        row->flags = 0;
    }
    char digits[32];
    snprintf(digits, sizeof digits, "%.2f", (double)weight);
    return before == (uint32_t)lround(atof(digits) * 100.0 + 1000.0);
}

static void write_gone(FILE *f)
{
    for (size_t i = 0; i < base_rows.n_rows; i++) {
        if (base_rows.rows[i].flags != 0) {
            fprintf(f, "%s\t0\n", base_rows.bytes + base_rows.rows[i].key);
        }
    }
}

static void write_weights(FILE *f, const char *feature, const float *w)
{
    for (int t = 0; t < SF_TAG_COUNT; t++) {
        if (fabsf(w[t]) >= 0.045F && !is_in_base(feature, t, w[t])) {
            fprintf(f, "%s\t%s\t%.2f\n", feature, sf_tag_name(t).ptr, (double)w[t]);
        }
    }
}

static void write_model(const model *m, FILE *f)
{
    const corpus *c = m->c;
    char name[SF_FEATURE_ROOM];
    const sf_rules *r = &sf_lexicon_builtin()->rules;
    fputs("# Weighted rules: feature, tag, weight. Written by scripts/lexicons/learn-rules; docs/lexicons.md.\n", f);
    for (int p = 0; p < SF_TAG_COUNT; p++) {
        snprintf(name, sizeof name, "after %s", sf_tag_name(p).ptr);
        write_weights(f, name, m->w + (size_t)p * SF_TAG_ROOM);
    }
    for (size_t k = 0; k < SF_TEMPLATES; k++) {
        for (uint32_t v = r->base[k]; v < r->base[k + 1]; v++) {
            if (m->row[v] != 0) {
                float w[SF_TAG_ROOM];
                memcpy(w, m->w + (size_t)m->row[v] * SF_TAG_ROOM, sizeof w);
                w[SF_TAG_O] += k == 0 ? (float)m->o->bias : 0.0F;
                sf_feature_text(&sf_templates[k], v - r->base[k], name);
                write_weights(f, name, w);
            }
        }
    }
    for (size_t i = 0; i < c->words.n_rows; i++) {
        sf_str word = {c->words.bytes + c->words.rows[i].key, c->words.rows[i].key_len};
        for (size_t k = 0; k < SF_WORD_PLACES; k++) {
            uint32_t row = m->row[c->plain + i * SF_WORD_PLACES + k];
            if (row != 0 && word.len < 32) {
                sf_feature_word_text(word, k, name);
                write_weights(f, name, m->w + (size_t)row * SF_TAG_ROOM);
            }
        }
    }
}

static void write_table(const model *m, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    write_model(m, f);
    write_gone(f);
    if (fclose(f) != 0) {
        exit(1);
    }
}

static void free_model(model *m)
{
    free(m->row);
    free(m->dropped);
    free(m->w);
    free(m->z);
    free(m->n);
}

/* ---- the program ---- */

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
            read_file(&c, a, equals + 1, argv[i][1] == 'e');
        } else if (strcmp(argv[i], "out") == 0) {
            o.out = equals + 1;
        } else if (strcmp(argv[i], "base") == 0) {
            read_base(equals + 1);
        } else if (!set_number(&o, argv[i], equals + 1)) {
            fprintf(stderr, "learn-rules: what is %s?\n", argv[i]);
            return 2;
        }
    }
    widen(&c, &o);
    uint8_t *fold = calloc(c.n_texts + 1, 1);
    for (size_t i = 0; i < c.n_texts && o.folds > 0; i++) {
        fold[i] = (uint8_t)(c.texts[i].group % (unsigned)o.folds);
    }
    fprintf(stderr, "%zu texts, %zu stretches, %zu tokens\n", c.n_texts, c.n_stretches, c.n_tokens);
    for (int k = o.folds > 0 ? 0 : -1; k < o.folds; k++) {
        model m = {.c = &c, .o = &o};
        learn(&m, fold, k);
        report(&m, fold, k, y);
        if (k < 0 && o.out != NULL) {
            write_table(&m, o.out);
        }
        free_model(&m);
        if (k < 0) {
            break;
        }
    }
    print_tallies(&c, &o, y);
    sf_analyser_free(a);
    return 0;
}
