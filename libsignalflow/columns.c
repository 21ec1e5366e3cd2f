/* SPDX-License-Identifier: MIT */
/* Many texts that lie in one buffer, by one call: what each gives is a list, and the lists lie behind one another in a batch. */
#include "analyser.h"

int sf_column_text(const char *utf8, const int64_t *offsets, size_t i, sf_str *out)
{
    if (offsets[i] < 0 || offsets[i + 1] < offsets[i]) {
        return SF_EINVAL;
    }
    *out = (sf_str){utf8 != NULL ? utf8 + offsets[i] : "", (size_t)(offsets[i + 1] - offsets[i])};
    return SF_OK;
}

/* What all texts gave so far. An array that is outgrown stays behind in the batch: half of all room, at the most. */
typedef struct list {
    sf_batch *batch;
    void *at;
    size_t size, n, cap;
    int with_reasons;
    const char **reasons;
    size_t max; /* of keywords */
} list;

static int make_room(list *l, size_t more)
{
    if (l->n + more <= l->cap) {
        return SF_OK;
    }
    size_t cap = 2 * (l->n + more) + 64;
    void *at = sf_batch_alloc(l->batch, cap * l->size);
    const char **reasons = l->with_reasons ? sf_batch_alloc(l->batch, cap * sizeof *reasons) : NULL;
    if (at == NULL || (l->with_reasons && reasons == NULL)) {
        return SF_ENOMEM;
    }
    if (l->n > 0) {
        memcpy(at, l->at, l->n * l->size);
    }
    for (size_t i = 0; l->with_reasons && i < l->n; i++) {
        reasons[i] = l->reasons[i];
    }
    l->at = at;
    l->reasons = reasons;
    l->cap = cap;
    return SF_OK;
}

/* Adds what one text gives. SF_OK or why not. */
typedef int add_text(sf_analyser *a, list *l, sf_str text);

static int add_entities(sf_analyser *a, list *l, sf_str text)
{
    const sf_entity *found = NULL;
    int64_t n = sf_entities_run(a, text, &found);
    int status = n < 0 ? (int)n : make_room(l, (size_t)n);
    for (int64_t i = 0; status == SF_OK && i < n; i++) {
        sf_entity *e = (sf_entity *)l->at + l->n;
        *e = found[i];
        status = sf_batch_copy(l->batch, found[i].label, &e->label);
        status = status != SF_OK ? status : sf_batch_copy(l->batch, found[i].id, &e->id);
        if (l->with_reasons) {
            l->reasons[l->n] = sf_entity_reason(a, (size_t)i);
        }
        l->n++;
    }
    return status;
}

static int add_topics(sf_analyser *a, list *l, sf_str text)
{
    const sf_entity *found = NULL;
    sf_str topics[SF_MAX_TOPICS];
    int64_t n = sf_entities_run(a, text, &found);
    n = n < 0 ? n : sf_text_topics_run(a, found, (size_t)n, topics);
    int status = n < 0 ? (int)n : make_room(l, (size_t)n);
    for (int64_t i = 0; status == SF_OK && i < n; i++) {
        status = sf_batch_copy(l->batch, topics[i], (sf_str *)l->at + l->n++);
    }
    return status;
}

static int add_keywords(sf_analyser *a, list *l, sf_str text)
{
    const sf_keyword *found = NULL;
    int64_t n = sf_keywords_run(a, text, l->max, 0, &found);
    int status = n < 0 ? (int)n : make_room(l, (size_t)n);
    for (int64_t i = 0; status == SF_OK && i < n; i++) {
        sf_keyword *k = (sf_keyword *)l->at + l->n++;
        *k = found[i];
        status = sf_batch_copy(l->batch, found[i].word, &k->word);
    }
    return status;
}

static int64_t add_column(sf_analyser *a, list *l, const char *utf8, const int64_t *offsets, size_t n, int64_t *rows,
                          add_text *add)
{
    if (l->batch == NULL || rows == NULL ||
        (n > 0 && (offsets == NULL || (utf8 == NULL && offsets[n] != offsets[0])))) {
        return SF_EINVAL;
    }
    int status = sf_analyser_enter(a);
    if (status != SF_OK) {
        return status;
    }
    status = make_room(l, 1); /* so that there is an array, whatever comes */
    rows[0] = 0;
    for (size_t i = 0; status == SF_OK && i < n; i++) {
        sf_str text;
        status = sf_column_text(utf8, offsets, i, &text);
        status = status != SF_OK ? status : add(a, l, text);
        rows[i + 1] = (int64_t)l->n;
    }
    sf_analyser_leave(a);
    return status == SF_OK ? (int64_t)n : status;
}

int64_t sf_entities_column(sf_analyser *a, sf_batch *b, const char *utf8, const int64_t *offsets, size_t n,
                           int64_t *rows, const sf_entity **out, const char *const **reasons)
{
    list l = {.batch = out != NULL ? b : NULL, .size = sizeof(sf_entity), .with_reasons = reasons != NULL};
    int64_t done = add_column(a, &l, utf8, offsets, n, rows, add_entities);
    if (done >= 0) {
        *out = l.at;
    }
    if (done >= 0 && reasons != NULL) {
        *reasons = l.reasons;
    }
    return done;
}

int64_t sf_text_topics_column(sf_analyser *a, sf_batch *b, const char *utf8, const int64_t *offsets, size_t n,
                              int64_t *rows, const sf_str **out)
{
    list l = {.batch = out != NULL ? b : NULL, .size = sizeof(sf_str)};
    int64_t done = add_column(a, &l, utf8, offsets, n, rows, add_topics);
    if (done >= 0) {
        *out = l.at;
    }
    return done;
}

int64_t sf_keywords_column(sf_analyser *a, sf_batch *b, const char *utf8, const int64_t *offsets, size_t n, size_t max,
                           int64_t *rows, const sf_keyword **out)
{
    list l = {.batch = out != NULL ? b : NULL, .size = sizeof(sf_keyword), .max = max};
    int64_t done = add_column(a, &l, utf8, offsets, n, rows, add_keywords);
    if (done >= 0) {
        *out = l.at;
    }
    return done;
}
