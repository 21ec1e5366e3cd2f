/* SPDX-License-Identifier: MIT */
/* The signal: made empty, checked, copied into a batch, its text. */
#include <math.h>
#include <stdbool.h>

#include "batch.h"
#include "error.h"

/* What the first version of the struct had: no caller's is smaller. */
#define FIRST_SIZE (offsetof(sf_signal, analysis) + sizeof(sf_str))

void sf_signal_init(sf_signal *s, size_t size)
{
    sf_signal empty;
    if (s == NULL) {
        return;
    }
    memset(&empty, 0, sizeof empty);
    empty.rising = -1;
    empty.ts_ms = empty.observed_ms = SF_NO_TIME;
    empty.raw_score = empty.comments = empty.sentiment_cover = NAN;
    empty.sentiment = (sf_scores){NAN, NAN, NAN, NAN};
    empty.previous_score = empty.velocity = empty.comment_velocity = NAN;
    empty.normalised_score = empty.trending_score = NAN;
    const sf_str none = {"", 0};
    empty.source_id = empty.parent_id = empty.channel = empty.title = empty.body = none;
    empty.author = empty.url = empty.lang = empty.analysis = none;
    memcpy(s, &empty, size < sizeof empty ? size : sizeof empty);
}

/* ---- checks ---------------------------------------------------------------------------------------------------------- */

static bool absurd(double number)
{
    return !isnan(number) && fabs(number) > SF_MAX_NUMBER;
}

int sf_signal_check(const sf_signal *s, sf_error *err)
{
    if (s->platform <= SF_PLATFORM_UNKNOWN || s->platform >= SF_PLATFORM_COUNT) {
        return sf_error_set(err, SF_EINVAL, 0, 0, "platform: unknown");
    }
    if (s->kind < SF_POST || s->kind > SF_DELETE) {
        return sf_error_set(err, SF_EINVAL, 0, 0, "kind: unknown");
    }
    if (s->source_id.len == 0) {
        return sf_error_set(err, SF_EINVAL, 0, 0, "source_id: must not be empty");
    }
    if (s->source_id.len > SF_MAX_ID) {
        return sf_error_set(err, SF_ETOOBIG, 0, 0, "source_id: longer than %d bytes", SF_MAX_ID);
    }
    const double numbers[] = {s->raw_score, s->comments, s->previous_score};
    const char *const names[] = {"raw_score", "comments", "previous_score"};
    for (size_t i = 0; i < 3; i++) {
        if (absurd(numbers[i])) {
            return sf_error_set(err, SF_EINVAL, 0, 0, "%s: absurdly large", names[i]);
        }
    }
    return SF_OK;
}

/* ---- copies ---------------------------------------------------------------------------------------------------------- */

static const size_t texts[] = {
    offsetof(sf_signal, source_id), offsetof(sf_signal, parent_id), offsetof(sf_signal, channel),
    offsetof(sf_signal, title),     offsetof(sf_signal, body),      offsetof(sf_signal, author),
    offsetof(sf_signal, url),       offsetof(sf_signal, lang),      offsetof(sf_signal, analysis),
};

static sf_str *text_at(sf_signal *s, size_t i)
{
    return (sf_str *)(void *)((char *)s + texts[i]);
}

/* The bytes that its texts take; SIZE_MAX where they are too many to be true. */
static size_t text_size(sf_signal *s)
{
    size_t size = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t len = text_at(s, i)->len;
        size = len > SF_MAX_RECORD || size > SF_MAX_RECORD ? SIZE_MAX : size + len;
    }
    return size;
}

static int copy_list(sf_batch *b, sf_signal *s, const sf_str **list, size_t *n, size_t max)
{
    size_t count = *n < max ? *n : max;
    if (*list == NULL && count > 0) {
        return SF_EINVAL;
    }
    sf_str *copy = sf_batch_alloc(b, count * sizeof *copy);
    int status = copy != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < count; i++) {
        status = sf_batch_copy_text(b, (*list)[i], &copy[i], &s->replaced);
    }
    *list = copy;
    *n = count;
    return status;
}

static int copy_entities(sf_batch *b, sf_signal *s)
{
    size_t count = s->n_entities < SF_MAX_ENTITIES ? s->n_entities : SF_MAX_ENTITIES;
    if (s->entities == NULL && count > 0) {
        return SF_EINVAL;
    }
    sf_entity *copy = sf_batch_alloc(b, count * sizeof *copy);
    int status = copy != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < count; i++) {
        const sf_entity *e = &s->entities[i];
        copy[i] = *e;
        status = sf_batch_copy_text(b, e->text, &copy[i].text, &s->replaced);
        status = status != SF_OK ? status : sf_batch_copy_text(b, e->label, &copy[i].label, &s->replaced);
        status = status != SF_OK ? status : sf_batch_copy_text(b, e->id, &copy[i].id, &s->replaced);
    }
    s->entities = copy;
    s->n_entities = count;
    return status;
}

/* Makes the signal independent of the caller's memory. */
static int copy_all(sf_batch *b, sf_signal *s)
{
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = sf_batch_copy_text(b, *text_at(s, i), text_at(s, i), &s->replaced);
    }
    status = status != SF_OK ? status : copy_list(b, s, &s->labels, &s->n_labels, SF_MAX_LABELS);
    status = status != SF_OK ? status : copy_list(b, s, &s->topics, &s->n_topics, SF_MAX_TOPICS);
    status = status != SF_OK ? status : copy_list(b, s, &s->keywords, &s->n_keywords, SF_MAX_KEYWORDS);
    return status != SF_OK ? status : copy_entities(b, s);
}

int64_t sf_batch_add(sf_batch *b, const sf_signal *s, size_t size)
{
    sf_signal copy;
    if (b == NULL || s == NULL || size < FIRST_SIZE) {
        return SF_EINVAL;
    }
    sf_signal_init(&copy, sizeof copy);
    memcpy(&copy, s, size < sizeof copy ? size : sizeof copy);
    int status = sf_signal_check(&copy, NULL);
    if (status == SF_OK && text_size(&copy) > SF_MAX_RECORD) {
        status = SF_ETOOBIG;
    }
    if (status != SF_OK) {
        return status;
    }
    sf_signal *next = sf_batch_next(b);
    if (next == NULL) {
        return SF_ENOMEM;
    }
    sf_batch_mark start = sf_batch_here(b);
    status = copy_all(b, &copy);
    if (status != SF_OK) {
        sf_batch_back(b, start);
        return status;
    }
    *next = copy;
    return sf_batch_push(b);
}

/* ---- its text -------------------------------------------------------------------------------------------------------- */

int sf_signal_text(sf_batch *b, const sf_signal *s, sf_str *out)
{
    if (s == NULL || out == NULL) {
        return SF_EINVAL;
    }
    if (s->title.len == 0 || s->body.len == 0) {
        *out = s->title.len == 0 ? s->body : s->title;
        return SF_OK;
    }
    char *p = b != NULL ? sf_batch_reserve(b, s->title.len + s->body.len + 2) : NULL;
    if (p == NULL) {
        return b != NULL ? SF_ENOMEM : SF_EINVAL;
    }
    memcpy(p, s->title.ptr, s->title.len);
    p[s->title.len] = '\n';
    memcpy(p + s->title.len + 1, s->body.ptr, s->body.len);
    *out = (sf_str){p, s->title.len + 1 + s->body.len};
    p[out->len] = '\0';
    sf_batch_keep(b, out->len + 1);
    return SF_OK;
}
