/* SPDX-License-Identifier: MIT */
/* Entities of many posts in one table, known by their id or, without one, by label and text. */
#include "entity_tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "pulse.h"
#include "signalflow/json.h"

typedef struct named {
    sf_hash key;
    sf_str id, text, label;         /* as first seen; id empty: it has none */
    uint64_t count, n_scored, last; /* last: the number of the post that named it last */
    double sum, squares;
} named;

struct sf_entity_tally {
    named *of; /* free where count is 0 */
    size_t n, cap;
    uint64_t posts;
    sf_batch *memory;
};

int sf_entity_tally_new(sf_entity_tally **out)
{
    sf_entity_tally *t = calloc(1, sizeof *t);
    if (t == NULL || sf_batch_new(&t->memory) != SF_OK) {
        free(t);
        return SF_ENOMEM;
    }
    *out = t;
    return SF_OK;
}

void sf_entity_tally_free(sf_entity_tally *t)
{
    if (t != NULL) {
        sf_batch_free(t->memory);
        free(t->of);
        free(t);
    }
}

static named *find(named *of, size_t cap, sf_hash key)
{
    size_t i = key.low & (cap - 1);
    while (of[i].count > 0 && !sf_hash_equal(of[i].key, key)) {
        i = (i + 1) & (cap - 1);
    }
    return &of[i];
}

static int make_room(sf_entity_tally *t)
{
    if (2 * t->n < t->cap) {
        return SF_OK;
    }
    size_t cap = t->cap == 0 ? 256 : 2 * t->cap;
    named *of = calloc(cap, sizeof *of);
    if (of == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < t->cap; i++) {
        if (t->of[i].count > 0) {
            *find(of, cap, t->of[i].key) = t->of[i];
        }
    }
    free(t->of);
    t->of = of;
    t->cap = cap;
    return SF_OK;
}

/* What an entity says of itself, into buffers. 1, or 0: it is none. */
typedef struct entity {
    char ids[256], texts[1024], labels[64];
    sf_str id, text, label;
} entity;

static int read_entity(sf_json *j, entity *e)
{
    sf_str key;
    e->id = e->text = e->label = (sf_str){"", 0};
    if (sf_json_enter(j, '{') != 1) {
        return 0;
    }
    for (int r; (r = sf_json_member(j, &key)) > 0;) {
        int text = sf_json_peek(j) == SF_JSON_STRING;
        if (text && sf_json_is(key, "id")) {
            (void)sf_json_string(j, e->ids, sizeof e->ids, &e->id);
        } else if (text && sf_json_is(key, "text")) {
            (void)sf_json_string(j, e->texts, sizeof e->texts, &e->text);
        } else if (text && sf_json_is(key, "label")) {
            (void)sf_json_string(j, e->labels, sizeof e->labels, &e->label);
        } else {
            (void)sf_json_skip(j);
        }
    }
    return e->text.len > 0;
}

static int count(sf_entity_tally *t, const entity *e, double compound)
{
    sf_str by_name[] = {e->label, e->text};
    if (make_room(t) != SF_OK) {
        return SF_ENOMEM;
    }
    named *n = find(t->of, t->cap, e->id.len > 0 ? sf_hash_parts(&e->id, 1) : sf_hash_parts(by_name, 2));
    if (n->count == 0) {
        *n = (named){.key = e->id.len > 0 ? sf_hash_parts(&e->id, 1) : sf_hash_parts(by_name, 2)};
        if (sf_batch_copy(t->memory, e->id, &n->id) != SF_OK || sf_batch_copy(t->memory, e->text, &n->text) != SF_OK ||
            sf_batch_copy(t->memory, e->label, &n->label) != SF_OK) {
            return SF_ENOMEM;
        }
        t->n++;
    }
    if (n->last != t->posts) {
        n->last = t->posts;
        n->count++;
        n->n_scored += isnan(compound) ? 0 : 1;
        n->sum += isnan(compound) ? 0 : compound;
        n->squares += isnan(compound) ? 0 : compound * compound;
    }
    return SF_OK;
}

int sf_entity_tally_add(sf_entity_tally *t, sf_str entities, double compound)
{
    sf_json j;
    entity e;
    int r = SF_OK;
    t->posts++;
    sf_json_init(&j, entities);
    if (entities.len <= 2 || sf_json_enter(&j, '[') != 1) {
        return SF_OK;
    }
    while (r == SF_OK && sf_json_element(&j) == 1) {
        r = read_entity(&j, &e) ? count(t, &e, compound) : SF_OK;
    }
    return r;
}

/* ---- the most frequent --------------------------------------------------------------------------------------------- */

static int by_text(sf_str a, sf_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int most_first(const void *a, const void *b)
{
    const named *x = *(const named *const *)a, *y = *(const named *const *)b;
    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    int order = by_text(x->text, y->text);
    return order != 0 ? order : by_text(x->label, y->label);
}

static void put_number(sf_buffer *b, const char *name, double v)
{
    char number[32];
    number[sf_json_double(v, number)] = '\0';
    sf_buffer_format(b, ",\"%s\":%s", name, number);
}

static void put(const named *n, sf_buffer *b)
{
    double mean = n->n_scored > 0 ? n->sum / (double)n->n_scored : (double)NAN;
    double half = sf_student_margin(n->n_scored, n->sum, n->squares);
    sf_buffer_text(b, "{\"id\":");
    if (n->id.len > 0) {
        sf_buffer_quoted(b, n->id);
    } else {
        sf_buffer_text(b, "null");
    }
    sf_buffer_text(b, ",\"text\":");
    sf_buffer_quoted(b, n->text);
    sf_buffer_text(b, ",\"label\":");
    sf_buffer_quoted(b, n->label);
    sf_buffer_format(b, ",\"count\":%llu,\"n_scored\":%llu", (unsigned long long)n->count,
                     (unsigned long long)n->n_scored);
    put_number(b, "avg_sentiment", mean);
    put_number(b, "sentiment_low", isnan(half) ? half : fmax(-1, mean - half));
    put_number(b, "sentiment_high", isnan(half) ? half : fmin(1, mean + half));
    sf_buffer_text(b, "}");
}

int sf_entity_tally_put(const sf_entity_tally *t, size_t n, sf_buffer *b)
{
    const named **all = calloc(t->n + 1, sizeof *all);
    size_t found = 0;
    if (all == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < t->cap; i++) {
        if (t->of[i].count > 0) {
            all[found++] = &t->of[i];
        }
    }
    qsort((void *)all, found, sizeof *all, most_first);
    sf_buffer_text(b, "[");
    for (size_t i = 0; i < found && i < n; i++) {
        sf_buffer_text(b, i > 0 ? "," : "");
        put(all[i], b);
    }
    sf_buffer_text(b, "]");
    free((void *)all);
    return b->lost ? SF_ENOMEM : SF_OK;
}
