/* SPDX-License-Identifier: MIT */
/* Rules as text and laid out: templates, the names of atoms and values, and rows of kind "rules",
 * feature TAB tag TAB weight. */
#include "lexicon/rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lexicon/lexicon.h"
#include "lexicon/words.h"
#include "memory.h"

/* ---- atoms ---- */

typedef struct atom {
    const char *name;
    const char *const *values; /* NULL: put together by value_text() */
} atom;

const uint32_t sf_atom_sizes[SF_ATOM_COUNT] = {
    [SF_ATOM_FORM] = SF_FORMS,       [SF_ATOM_SIGN] = SF_SIGNS,      [SF_ATOM_SHARE] = SF_SHARES,
    [SF_ATOM_ZIPF] = SF_ZIPFS,       [SF_ATOM_EXTRA] = SF_EXTRAS,    [SF_ATOM_LENGTH] = SF_LENGTHS,
    [SF_ATOM_NAME] = SF_NAMES,       [SF_ATOM_ROLE] = SF_ROLES,      [SF_ATOM_GUESS] = SF_GUESSES,
    [SF_ATOM_REASON] = SF_REASONS,   [SF_ATOM_STYLE] = SF_STYLES,    [SF_ATOM_ENDING3] = SF_LETTERS3,
    [SF_ATOM_ENDING2] = SF_LETTERS2, [SF_ATOM_START3] = SF_LETTERS3, [SF_ATOM_CLASS] = SF_CLASSES,
};

static const char *const sign_names[SF_SIGNS + 1] = {
    "edge",      "stop-word",   "small",    "capital", "capitals",   "letter",     "mixed",  "caseless",
    "number",    "url",         "mention",  "hashtag", "emoji",      "dot",        "comma",  "colon",
    "semicolon", "exclamation", "question", "quote",   "apostrophe", "opens",      "closes", "dash",
    "slash",     "ampersand",   "asterisk", "bar",     "other",      "small-name", NULL};
static const char *const role_names[SF_ROLES + 1] = {"none",      "title",     "given-family", "given",
                                                     "family",    "org-word",  "loc-word",     "event-word",
                                                     "work-word", "prod-word", "people-word",  NULL};

static const char *const style_names[SF_STYLES + 1] = {"none", "social", "sloppy", "short", "sentence", "open", NULL};

static const atom atoms[SF_ATOM_COUNT] = {
    [SF_ATOM_FORM] = {"form", NULL},          [SF_ATOM_SIGN] = {"sign", sign_names},
    [SF_ATOM_SHARE] = {"share", NULL},        [SF_ATOM_ZIPF] = {"zipf", NULL},
    [SF_ATOM_EXTRA] = {"extra", NULL},        [SF_ATOM_LENGTH] = {"length", NULL},
    [SF_ATOM_NAME] = {"name", NULL},          [SF_ATOM_ROLE] = {"role", role_names},
    [SF_ATOM_GUESS] = {"guess", NULL},        [SF_ATOM_REASON] = {"reason", NULL},
    [SF_ATOM_STYLE] = {"style", style_names}, [SF_ATOM_ENDING3] = {"ending", NULL},
    [SF_ATOM_ENDING2] = {"ending2", NULL},    [SF_ATOM_START3] = {"start", NULL},
    [SF_ATOM_CLASS] = {"class", NULL},        [SF_ATOM_WORD] = {"word", NULL},
};

static const char *const shapes[] = {"caseless", "small", "capital", "capitals", "letter", "mixed"};
static const char *const lines[] = {"", ",headline", ",shout", ",careful"};
static const char *const labels[] = {"NONE", "PER", "LOC", "ORG", "PROD", "WORK", "EVENT", "MISC", "OWN"};
static const char *const shares[] = {"unknown", "0", "5", "15", "30", "50", "70", "85", "95", "100"};
static const char *const extras[] = {"digit", "dots", "hyphen", "possessive", "hyphen-next"};
static const char *const reasons[] = {"none",   "gazetteer", "hashtag", "run",     "unknown", "titled",
                                      "person", "cue",       "context", "acronym", "quoted",  "people"};

static size_t letters_text(uint32_t v, size_t n, char *out)
{
    for (size_t i = n; i-- > 0; v /= 26) {
        out[i] = (char)('a' + v % 26);
    }
    out[n] = '\0';
    return n;
}

static void extra_text(uint32_t v, char *out, size_t room)
{
    size_t at = (size_t)snprintf(out, room, "%s", v == 0 ? "none" : "");
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        if (v >> i & 1) {
            at += (size_t)snprintf(out + at, room - at, "%s%s", at > 0 ? "," : "", extras[i]);
        }
    }
}

/* Text of an atom's value. */
static void value_text(int a, uint32_t v, char *out, size_t room)
{
    static const char *const places[] = {"begins", "inside", "alone", "unfit"};
    if (a == SF_ATOM_FORM) {
        snprintf(out, room, "%s%s%s", shapes[v / 8], v & 1 ? ",first" : "", lines[v / 2 % 4]);
    } else if (a == SF_ATOM_SHARE) {
        snprintf(out, room, "%s", shares[v]);
    } else if (a == SF_ATOM_EXTRA) {
        extra_text(v, out, room);
    } else if (a == SF_ATOM_NAME && v > 0) {
        snprintf(out, room, "%s,%s", labels[(v - 1) / 4], places[(v - 1) % 4]);
    } else if (a == SF_ATOM_GUESS && v > 0) {
        snprintf(out, room, "%s,%s", labels[(v - 1) / 2], places[(v - 1) % 2]);
    } else if (a == SF_ATOM_CLASS) {
        snprintf(out, room, "%s", sf_word_class_name(v));
    } else if (a == SF_ATOM_REASON && v < sizeof reasons / sizeof *reasons) {
        snprintf(out, room, "%s", reasons[v]);
    } else if (a == SF_ATOM_ENDING2 && v > 0) {
        letters_text(v - 1, 2, out);
    } else if ((a == SF_ATOM_ENDING3 || a == SF_ATOM_START3) && v > 0) {
        letters_text(v - 1, 3, out);
    } else if (atoms[a].values != NULL && atoms[a].values[v] != NULL) {
        snprintf(out, room, "%s", atoms[a].values[v]);
    } else if (v == 0) {
        snprintf(out, room, "none");
    } else {
        snprintf(out, room, "%u", (unsigned)v);
    }
}

/* The value that a text stands for, or SF_LETTERS3 (more than any): none. */
static uint32_t value_of(int a, sf_str text)
{
    char known[64];
    if (a >= SF_ATOM_ENDING3) { /* letters are read, not searched for */
        size_t n = a == SF_ATOM_ENDING2 ? 2 : 3;
        uint32_t v = 0;
        for (size_t i = 0; i < n && text.len == n; i++) {
            v = v * 26 + (uint32_t)(unsigned char)(text.ptr[i] - 'a');
            if (text.ptr[i] < 'a' || text.ptr[i] > 'z') {
                return SF_LETTERS3;
            }
        }
        return text.len == n ? v + 1 : SF_LETTERS3;
    }
    for (uint32_t v = 0; v < sf_atom_sizes[a]; v++) {
        value_text(a, v, known, sizeof known);
        if (strlen(known) == text.len && memcmp(known, text.ptr, text.len) == 0) {
            return v;
        }
    }
    return SF_LETTERS3;
}

/* ---- templates ---- */

#define T0()                 {0, {{0, 0}}},
#define T1(a, i)             {1, {{SF_ATOM_##a, i}}},
#define T2(a, i, b, j)       {2, {{SF_ATOM_##a, i}, {SF_ATOM_##b, j}}},
#define T3(a, i, b, j, c, k) {3, {{SF_ATOM_##a, i}, {SF_ATOM_##b, j}, {SF_ATOM_##c, k}}},

const sf_template sf_templates[SF_TEMPLATES] = {SF_TEMPLATE_LIST(T0, T1, T2, T3)};

/* Where the values of each template start. */
static void set_bases(uint32_t base[SF_TEMPLATES + 1])
{
    uint32_t at = 0;
    for (size_t i = 0; i < SF_TEMPLATES; i++) {
        uint32_t size = 1;
        for (size_t k = 0; k < sf_templates[i].n; k++) {
            size *= sf_atom_sizes[sf_templates[i].seen[k].atom];
        }
        base[i] = at;
        at += size;
    }
    base[SF_TEMPLATES] = at;
}

/* ---- features as text ---- */

static size_t seen_text(const sf_seen *s, const char *value, char *out, size_t room)
{
    const char *name = atoms[s->atom].name;
    int n =
        s->at == 0 ? snprintf(out, room, "%s=%s", name, value) : snprintf(out, room, "%s%+d=%s", name, s->at, value);
    return n > 0 ? (size_t)n : 0;
}

size_t sf_feature_text(const sf_template *t, uint32_t value, char out[SF_FEATURE_ROOM])
{
    uint32_t v[SF_SEEN_MAX];
    for (size_t k = t->n; k-- > 0;) {
        v[k] = value % sf_atom_sizes[t->seen[k].atom];
        value /= sf_atom_sizes[t->seen[k].atom];
    }
    size_t at = (size_t)snprintf(out, SF_FEATURE_ROOM, "%s", t->n == 0 ? "always" : "");
    for (size_t k = 0; k < t->n; k++) {
        char text[64];
        value_text(t->seen[k].atom, v[k], text, sizeof text);
        if (k > 0) {
            out[at++] = ' ';
        }
        at += seen_text(&t->seen[k], text, out + at, SF_FEATURE_ROOM - at);
    }
    return at;
}

size_t sf_feature_word_text(sf_str word, size_t place, char out[SF_FEATURE_ROOM])
{
    char text[SF_FEATURE_ROOM - 16];
    sf_seen seen = {SF_ATOM_WORD, (int8_t)((int)place - SF_WORD_PLACES / 2)};
    size_t n = word.len < sizeof text ? word.len : sizeof text - 1;
    memcpy(text, word.ptr, n);
    text[n] = '\0';
    return seen_text(&seen, text, out, SF_FEATURE_ROOM);
}

/* ---- tags ---- */

static const char *const tag_names[SF_TAG_COUNT] = {"O",      "B-PER",  "I-PER",  "B-LOC",  "I-LOC",  "B-ORG", "I-ORG",
                                                    "B-PROD", "I-PROD", "B-WORK", "I-WORK", "B-MISC", "I-MISC"};

int sf_tag_of(sf_str name)
{
    for (int i = 0; i < SF_TAG_COUNT; i++) {
        if (strlen(tag_names[i]) == name.len && memcmp(tag_names[i], name.ptr, name.len) == 0) {
            return i;
        }
    }
    return -1;
}

sf_str sf_tag_name(int tag)
{
    return sf_cstr(tag >= 0 && tag < SF_TAG_COUNT ? tag_names[tag] : "");
}

/* ---- features read ---- */

/* Reads "name=value", "name+1=value"; returns 0 where it is neither. */
static int read_seen(sf_str text, sf_seen *seen, sf_str *value)
{
    for (int a = 0; a < SF_ATOM_COUNT; a++) {
        size_t n = strlen(atoms[a].name);
        if (text.len < n + 2 || memcmp(text.ptr, atoms[a].name, n) != 0) {
            continue;
        }
        int at = 0;
        if ((text.ptr[n] == '+' || text.ptr[n] == '-') && (text.ptr[n + 1] == '1' || text.ptr[n + 1] == '2')) {
            at = text.ptr[n] == '+' ? text.ptr[n + 1] - '0' : '0' - text.ptr[n + 1];
            n += 2;
        }
        if (n + 1 < text.len && text.ptr[n] == '=') {
            *seen = (sf_seen){(int8_t)a, (int8_t)at};
            *value = (sf_str){text.ptr + n + 1, text.len - n - 1};
            return 1;
        }
    }
    return 0;
}

static sf_str next_part(sf_str *rest)
{
    const char *space = rest->len > 0 ? memchr(rest->ptr, ' ', rest->len) : NULL;
    sf_str part = {rest->ptr, space != NULL ? (size_t)(space - rest->ptr) : rest->len};
    size_t used = part.len + (space != NULL);
    rest->ptr += used;
    rest->len -= used;
    return part;
}

static int same_template(const sf_template *t, const sf_seen *seen, size_t n)
{
    if (t->n != n) {
        return 0;
    }
    for (size_t k = 0; k < n; k++) {
        if (t->seen[k].atom != seen[k].atom || t->seen[k].at != seen[k].at) {
            return 0;
        }
    }
    return 1;
}

/* The number of a row, made if *row is 0. NULL when there is no room. */
static int16_t *row_of(sf_rules_builder *b, uint16_t *row, int *status)
{
    if (*row == 0) {
        size_t need = b->n_rows == 0 ? 2 : b->n_rows + 1;
        if (need > UINT16_MAX) {
            *status = SF_ETOOBIG;
            return NULL;
        }
        if (sf_grow(&b->rows, &b->cap_rows, need, sizeof *b->rows) != SF_OK) {
            *status = SF_ENOMEM;
            return NULL;
        }
        memset(&b->rows[need - 1], 0, sizeof *b->rows);
        memset(&b->rows[0], 0, sizeof *b->rows);
        b->n_rows = need;
        *row = (uint16_t)(need - 1);
    }
    return b->rows[*row].weight;
}

static int16_t *weights_of_word(sf_rules_builder *b, sf_dict_builder *words, sf_str word, int at, int *status)
{
    sf_str none = {"", 0};
    sf_dict_row *known = sf_dict_row_of(words, word);
    if (known == NULL && (*status = sf_dict_put(words, word, none, 0, 0.0)) != SF_OK) {
        return NULL;
    }
    known = sf_dict_row_of(words, word);
    uint32_t index = known->flags >> SF_WORD_RULE_SHIFT;
    if (index == 0) {
        index = b->n_words == 0 ? 1 : (uint32_t)b->n_words; /* [0] is of words without rules */
        if (index > UINT16_MAX || sf_grow(&b->word_rules, &b->cap_words, index + 1, sizeof *b->word_rules) != SF_OK) {
            *status = index > UINT16_MAX ? SF_ETOOBIG : SF_ENOMEM;
            return NULL;
        }
        memset(&b->word_rules[0], 0, sizeof *b->word_rules);
        memset(&b->word_rules[index], 0, sizeof *b->word_rules);
        b->n_words = index + 1U;
        known->flags |= index << SF_WORD_RULE_SHIFT;
    }
    *status = SF_OK;
    return row_of(b, &b->word_rules[index].row[at + SF_WORD_PLACES / 2], status);
}

static int make_plain(sf_rules_builder *b)
{
    if (b->plain == NULL) {
        set_bases(b->base);
        b->plain = calloc(b->base[SF_TEMPLATES], sizeof *b->plain);
    }
    return b->plain != NULL ? SF_OK : SF_ENOMEM;
}

int16_t *sf_rules_weights(sf_rules_builder *b, sf_dict_builder *words, sf_str feature, int *status)
{
    sf_seen seen[SF_SEEN_MAX];
    uint32_t value = 0;
    size_t n = 0;
    sf_str rest = feature;
    *status = make_plain(b);
    if (*status != SF_OK) {
        return NULL;
    }
    *status = SF_EPARSE;
    if (feature.len > 6 && memcmp(feature.ptr, "after ", 6) == 0) {
        int tag = sf_tag_of((sf_str){feature.ptr + 6, feature.len - 6});
        return tag >= 0 ? b->after[tag] : NULL;
    }
    if (sf_cstr("always").len == feature.len && memcmp(feature.ptr, "always", 6) == 0) {
        rest.len = 0;
    }
    while (rest.len > 0) {
        sf_str text;
        sf_str part = next_part(&rest);
        if (n == SF_SEEN_MAX || !read_seen(part, &seen[n], &text)) {
            return NULL;
        }
        if (seen[n].atom == SF_ATOM_WORD) {
            return n == 0 && rest.len == 0 ? weights_of_word(b, words, text, seen[n].at, status) : NULL;
        }
        uint32_t v = value_of(seen[n].atom, text);
        if (v >= sf_atom_sizes[seen[n].atom]) {
            return NULL;
        }
        value = value * sf_atom_sizes[seen[n++].atom] + v;
    }
    for (size_t i = 0; i < SF_TEMPLATES; i++) {
        if (same_template(&sf_templates[i], seen, n)) {
            *status = SF_OK;
            return row_of(b, &b->plain[b->base[i] + value], status);
        }
    }
    return NULL;
}

/* ---- import and freeze ---- */

static void *copy_of(const void *p, size_t n, size_t size)
{
    void *copy = calloc(n + 1, size);
    if (copy != NULL && n > 0) {
        memcpy(copy, p, n * size);
    }
    return copy;
}

int sf_rules_import(sf_rules_builder *b, const sf_rules *r)
{
    if (!r->any) {
        return SF_OK;
    }
    if (make_plain(b) != SF_OK || sf_grow(&b->rows, &b->cap_rows, r->n_rows, sizeof *b->rows) != SF_OK ||
        sf_grow(&b->word_rules, &b->cap_words, r->n_words + 1U, sizeof *b->word_rules) != SF_OK) {
        return SF_ENOMEM;
    }
    memcpy(b->rows, r->rows, r->n_rows * sizeof *b->rows);
    memcpy(b->plain, r->plain, b->base[SF_TEMPLATES] * sizeof *b->plain);
    memcpy(b->word_rules, r->word_rules, r->n_words * sizeof *b->word_rules);
    memcpy(b->after, r->after, sizeof b->after);
    b->n_rows = r->n_rows;
    b->n_words = r->n_words;
    return SF_OK;
}

#define NEVER (-10000)

/* A name goes on only where one of its kind is. */
static void forbid(int16_t after[SF_TAG_COUNT][SF_TAG_ROOM])
{
    for (int p = 0; p < SF_TAG_COUNT; p++) {
        for (int t = 0; t < SF_TAG_ROOM; t++) {
            int inside = t >= SF_TAG_INSIDE && t < SF_TAG_COUNT && (t & 1) == 0;
            if (t >= SF_TAG_COUNT || (inside && p != t && p != t - 1)) {
                after[p][t] = NEVER;
            }
        }
    }
}

int sf_rules_freeze(const sf_rules_builder *b, sf_rules *out)
{
    memset(out, 0, sizeof *out);
    set_bases(out->base);
    if (b->plain == NULL) {
        return SF_OK;
    }
    out->rows = copy_of(b->rows, b->n_rows, sizeof *b->rows);
    out->plain = copy_of(b->plain, out->base[SF_TEMPLATES], sizeof *b->plain);
    out->word_rules = copy_of(b->word_rules, b->n_words, sizeof *b->word_rules);
    memcpy(out->after, b->after, sizeof b->after);
    forbid(out->after);
    out->n_rows = (uint32_t)b->n_rows;
    out->n_words = (uint32_t)b->n_words;
    out->any = b->n_rows > 0;
    return out->rows != NULL && out->plain != NULL && out->word_rules != NULL ? SF_OK : SF_ENOMEM;
}

void sf_rules_builder_free(sf_rules_builder *b)
{
    free(b->rows);
    free(b->plain);
    free(b->word_rules);
    memset(b, 0, sizeof *b);
}

void sf_rules_free(sf_rules *r)
{
    free((void *)(uintptr_t)r->rows);
    free((void *)(uintptr_t)r->plain);
    free((void *)(uintptr_t)r->word_rules);
    memset(r, 0, sizeof *r);
}

/* ---- rows of a table ---- */

#define WEIGHT_MAX 5.0 /* what is more counts as this: the sum of a token's sixty must fit 16 bits */

int sf_row_rule(sf_lexicon_builder *b, sf_row *row)
{
    double weight;
    int status;
    if (row->remove) {
        row->fault = "rules are not taken out but given the weight 0";
        return SF_EPARSE;
    }
    if (row->n < 3 || sf_row_number(row->field[2], &weight) != SF_OK) {
        row->fault = "a row is: feature TAB tag TAB weight";
        return SF_EPARSE;
    }
    int tag = sf_tag_of(row->field[1]);
    int16_t *weights = sf_rules_weights(&b->rules, &b->words, row->field[0], &status);
    if (tag < 0 || weights == NULL) {
        row->fault = tag < 0 ? "no such tag" : "no such feature";
        return tag < 0 ? SF_EPARSE : status;
    }
    weight = weight > WEIGHT_MAX ? WEIGHT_MAX : weight < -WEIGHT_MAX ? -WEIGHT_MAX : weight;
    weights[tag] = (int16_t)round(weight * 100.0);
    return SF_OK;
}
