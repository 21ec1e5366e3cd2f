/* SPDX-License-Identifier: MIT */
/* From marked texts to a corpus: what the rules see of each token, and which tags it may have. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "entities/given.h"
#include "entities/learn/learn.h"
#include "memory.h"

#define MAX_SETS 16

void *learn_room(void *array, size_t *cap, size_t need, size_t size)
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
span learn_trimmed(const char *p, span s)
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
    learn_room(&m->memory, &m->cap, line.len * 2 + 2, 1);
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
        s = learn_trimmed(m->text.ptr, s);
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
    learn_room(&c->features, &c->cap_features, c->n_features + 1, sizeof *c->features);
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
            learn_room(&c->stretches, &c->cap_stretches, c->n_stretches + 1, sizeof *c->stretches);
            c->stretches[c->n_stretches++] = (stretch){(uint32_t)c->n_tokens, 0};
        }
        c->stretches[c->n_stretches - 1].n++;
        learn_room(&c->tokens, &c->cap_tokens, c->n_tokens + 1, sizeof *c->tokens);
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

void learn_read(corpus *c, sf_analyser *a, const char *path, int test)
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
        learn_room(&c->texts, &c->cap_texts, c->n_texts + 1, sizeof *c->texts);
        text *t = &c->texts[c->n_texts++];
        *t = (text){.spans = (uint32_t)c->n_spans, .n_spans = (uint32_t)m.n, .set = set, .test = (uint8_t)test};
        t->bytes = (uint32_t)c->n_bytes;
        t->group = group_of(m.id, set);
        learn_room(&c->bytes, &c->cap_bytes, c->n_bytes + m.text.len + 1, 1);
        memcpy(c->bytes + c->n_bytes, m.text.ptr, m.text.len);
        c->bytes[c->n_bytes + m.text.len] = '\0';
        c->n_bytes += m.text.len + 1;
        for (size_t i = 0; i < m.n; i++) {
            learn_room(&c->spans, &c->cap_spans, c->n_spans + 1, sizeof *c->spans);
            c->spans[c->n_spans++] = m.spans[i];
            c->kinds_of_set[set] |= 1U << m.spans[i].kind;
        }
        add_text(c, a, &d, &m);
    }
    fclose(f);
}

/* What is not marked in a file is unknown there; "other" may be
 * a product or a work where gazetteer or plain rules say so. */
void learn_widen(corpus *c, const settings *o)
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
