/* SPDX-License-Identifier: MIT */
/* Counting posts by platform and step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "pulse_internal.h"
#include "signalflow/json.h"

/* ---- start and end ------------------------------------------------------------------------------------------------- */

int sf_pulse_new(sf_pulse **out, const sf_question *q, int64_t from_ms, int64_t to_ms)
{
    sf_pulse *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return SF_ENOMEM;
    }
    int64_t length = to_ms > from_ms ? to_ms - from_ms : 1;
    p->q = q;
    p->step_ms = q->step_ms > 0 ? q->step_ms : length;
    p->from_ms = q->step_ms > 0 ? from_ms - ((from_ms % q->step_ms) + q->step_ms) % q->step_ms : from_ms;
    p->to_ms = to_ms;
    p->wants_top = q->by_topic;
    p->n_steps = q->step_ms > 0 ? (size_t)((to_ms - p->from_ms + p->step_ms - 1) / p->step_ms) : 1;
    for (size_t i = 0; i < q->n_columns; i++) {
        p->wants_top |= strcmp(q->columns[i]->name, "top") == 0;
    }
    p->cells = calloc(p->n_steps * SF_PLATFORM_COUNT + 1, sizeof *p->cells);
    if (p->cells == NULL || sf_batch_new(&p->memory) != SF_OK) {
        sf_pulse_free(p);
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < p->n_steps * SF_PLATFORM_COUNT; i++) {
        p->cells[i].gain = p->cells[i].watched = (double)NAN;
        p->cells[i].first_ms = SF_NO_TIME;
    }
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        p->platforms[i].first_ms = p->platforms[i].last_ms = SF_NO_TIME;
    }
    *out = p;
    return SF_OK;
}

void sf_pulse_free(sf_pulse *p)
{
    if (p != NULL) {
        sf_batch_free(p->memory);
        free(p->topics);
        free(p->authors);
        free(p->cells);
        free(p);
    }
}

/* The cell of a platform at a moment; NULL where that lies outside. */
static cell *cell_at(const sf_pulse *p, int32_t platform, int64_t ms)
{
    if (ms < p->from_ms || ms >= p->to_ms || platform < 0 || platform >= SF_PLATFORM_COUNT) {
        return NULL;
    }
    size_t step = p->q->step_ms > 0 ? (size_t)((ms - p->from_ms) / p->step_ms) : 0;
    return step < p->n_steps ? &p->cells[step * SF_PLATFORM_COUNT + (size_t)platform] : NULL;
}

/* ---- sets ---------------------------------------------------------------------------------------------------------- */

/* A text in a cell or on a platform; never 0. */
static uint64_t hash_of(sf_str text, size_t where)
{
    sf_str parts[] = {text, {(const char *)&where, sizeof where}};
    return sf_hash_parts(parts, 2).low | 1;
}

/* The place of a hash, or the free one where it would be. */
static size_t find_author(const uint64_t *set, size_t cap, uint64_t hash)
{
    size_t i = hash & (cap - 1);
    while (set[i] != 0 && set[i] != hash) {
        i = (i + 1) & (cap - 1);
    }
    return i;
}

static int grow_authors(sf_pulse *p)
{
    size_t cap = p->cap_authors == 0 ? 1024 : 2 * p->cap_authors;
    uint64_t *set = calloc(cap, sizeof *set);
    if (set == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < p->cap_authors; i++) {
        if (p->authors[i] != 0) {
            set[find_author(set, cap, p->authors[i])] = p->authors[i];
        }
    }
    free(p->authors);
    p->authors = set;
    p->cap_authors = cap;
    return SF_OK;
}

/* 1: the author is new in this cell, 0: was there; SF_ENOMEM. */
static int new_author(sf_pulse *p, sf_str author, size_t cell_number)
{
    if (author.len == 0) {
        return 1;
    }
    if (2 * p->n_authors >= p->cap_authors && grow_authors(p) != SF_OK) {
        return SF_ENOMEM;
    }
    uint64_t hash = hash_of(author, cell_number);
    size_t i = find_author(p->authors, p->cap_authors, hash);
    int is_new = p->authors[i] == 0;
    p->authors[i] = hash;
    p->n_authors += (size_t)is_new;
    return is_new;
}

static named *find_topic(named *set, size_t cap, uint64_t hash, sf_str topic)
{
    size_t i = hash & (cap - 1);
    while (set[i].hash != 0 && (set[i].hash != hash || set[i].topic.len != topic.len ||
                                memcmp(set[i].topic.ptr, topic.ptr, topic.len) != 0)) {
        i = (i + 1) & (cap - 1);
    }
    return &set[i];
}

static int grow_topics(sf_pulse *p)
{
    size_t cap = p->cap_topics == 0 ? 1024 : 2 * p->cap_topics;
    named *set = calloc(cap, sizeof *set);
    if (set == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < p->cap_topics; i++) {
        const named *t = &p->topics[i];
        if (t->hash != 0) {
            *find_topic(set, cap, t->hash, t->topic) = *t;
        }
    }
    free(p->topics);
    p->topics = set;
    p->cap_topics = cap;
    return SF_OK;
}

static void add_post(cell *c, const sf_pulse_post *post, int is_new_author);

/* A post among those of a topic that is a row. */
static int add_to_topic(sf_pulse *p, named *t, const sf_pulse_post *post)
{
    if (t->all == NULL) {
        t->all = sf_batch_alloc(p->memory, sizeof *t->all);
        if (t->all == NULL) {
            return SF_ENOMEM;
        }
        *t->all = (cell){.gain = (double)NAN, .watched = (double)NAN, .first_ms = SF_NO_TIME};
    }
    /* As with cells, a name on two platforms counts twice. */
    int is_new = new_author(p, post->author, (size_t)t->hash + (size_t)post->platform);
    if (is_new >= 0) {
        add_post(t->all, post, is_new);
    }
    return is_new < 0 ? is_new : SF_OK;
}

static int count_topic(sf_pulse *p, const sf_pulse_post *post, sf_str topic)
{
    if (2 * p->n_topics >= p->cap_topics && grow_topics(p) != SF_OK) {
        return SF_ENOMEM;
    }
    uint64_t hash = hash_of(topic, 0);
    named *t = find_topic(p->topics, p->cap_topics, hash, topic);
    if (t->hash == 0) {
        sf_str copy;
        if (sf_batch_copy(p->memory, topic, &copy) != SF_OK) {
            return SF_ENOMEM;
        }
        *t = (named){.hash = hash, .topic = copy};
        p->n_topics++;
    }
    t->counts[post->platform]++;
    t->counts[ALL]++;
    return p->q->by_topic ? add_to_topic(p, t, post) : SF_OK;
}

/* What the post speaks of beside the topic that is asked about. */
static int count_topics(sf_pulse *p, const sf_pulse_post *post)
{
    char buf[1024];
    sf_str topic;
    sf_json j;
    int r = SF_OK;
    sf_json_init(&j, post->topics);
    if (sf_json_enter(&j, '[') != 1) {
        return SF_OK;
    }
    while (r == SF_OK && sf_json_element(&j) == 1 && sf_json_string(&j, buf, sizeof buf, &topic) == SF_OK) {
        int asked = topic.len == p->q->topic.len && memcmp(topic.ptr, p->q->topic.ptr, topic.len) == 0;
        r = asked && !p->q->by_topic ? SF_OK : count_topic(p, post, topic);
    }
    return r;
}

/* ---- what goes in -------------------------------------------------------------------------------------------------- */

static void add_number(sum *s, double v)
{
    if (!isnan(v)) {
        s->n++;
        s->sum += v;
        s->squares += v * v;
    }
}

static void add_post(cell *c, const sf_pulse_post *post, int is_new_author)
{
    c->count++;
    c->authors += (uint64_t)is_new_author;
    add_number(&c->sentiment, post->cover >= SF_LEAST_COVER ? post->compound : (double)NAN);
    add_number(&c->velocity, post->velocity);
    add_number(&c->score, post->score);
    add_number(&c->normalised, post->normalised);
    if (c->first_ms == SF_NO_TIME || post->event_ms < c->first_ms) {
        c->first_ms = post->event_ms;
    }
}

int sf_pulse_add(sf_pulse *p, const sf_pulse_post *post)
{
    cell *c = cell_at(p, post->platform, post->event_ms);
    if (c == NULL) {
        return SF_OK;
    }
    /* A name on two platforms need not be one person: in all they count apart. */
    int is_new = new_author(p, post->author, (size_t)(c - p->cells));
    if (is_new < 0) {
        return is_new;
    }
    add_post(c, post, is_new);
    add_post(c - post->platform, post, is_new);
    return p->wants_top && post->topics.len > 2 ? count_topics(p, post) : SF_OK;
}

/* Adds to what may not be known yet. */
static void add_known(double *v, double more)
{
    if (!isnan(more)) {
        *v = isnan(*v) ? more : *v + more;
    }
}

void sf_pulse_gain(sf_pulse *p, int32_t platform, int64_t start_ms, double points)
{
    cell *c = cell_at(p, platform, start_ms > p->from_ms ? start_ms : p->from_ms);
    if (c != NULL) {
        add_known(&c->gain, points);
        add_known(&c[-platform].gain, points);
    }
}

void sf_pulse_platform(sf_pulse *p, int32_t platform, int64_t first_ms, int64_t last_ms, uint64_t posts)
{
    p->platforms[platform].first_ms = first_ms;
    p->platforms[platform].last_ms = last_ms;
    p->platforms[platform].posts = posts;
}

void sf_pulse_watched(sf_pulse *p, int32_t platform, int64_t start_ms, double seconds)
{
    cell *c = cell_at(p, platform, start_ms > p->from_ms ? start_ms : p->from_ms);
    if (platform > 0 && platform < SF_PLATFORM_COUNT) {
        p->platforms[platform].covered = 1;
    }
    if (c != NULL) {
        add_known(&c->watched, seconds);
    }
}
