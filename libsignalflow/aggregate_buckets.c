/* SPDX-License-Identifier: MIT */
/* From sightings to buckets: each post is folded into facts, and facts are counted by (window, topic, platform). */
#include <math.h>
#include <stdlib.h>

#include "aggregate.h"
#include "memory.h"
#include "signalflow/trending.h"

/* ---- order ---- */

static int compare_topics(const sf_sighting *a, const sf_sighting *b)
{
    int c = sf_compare_int((int64_t)a->n_topics, (int64_t)b->n_topics);
    for (size_t i = 0; c == 0 && i < a->n_topics; i++) {
        c = sf_intern_compare(a->topics[i], b->topics[i]);
    }
    return c;
}

/* By post and time. Of several readings of one moment the one that holds comes last: refresh after post, known after
 * unknown, larger after smaller. The rest only makes the order whole. */
static int compare_sightings(const void *left, const void *right)
{
    const sf_sighting *a = left, *b = right;
    int c;
    (void)((c = sf_compare_int(a->platform, b->platform)) || (c = sf_intern_compare(a->id, b->id)) ||
           (c = sf_compare_int(a->observed_ms, b->observed_ms)) || (c = sf_compare_int(a->kind, b->kind)) ||
           (c = sf_compare_double(a->score, b->score)) || (c = sf_compare_double(a->velocity, b->velocity)) ||
           (c = sf_compare_double(a->previous, b->previous)) || (c = sf_compare_int(a->ts_ms, b->ts_ms)) ||
           (c = sf_compare_int(a->described, b->described)) || (c = compare_topics(a, b)) ||
           (c = sf_intern_compare(a->author, b->author)) || (c = sf_compare_double(a->compound, b->compound)));
    return c;
}

static int compare_facts(const void *left, const void *right)
{
    const sf_fact *a = left, *b = right;
    int c;
    (void)((c = sf_compare_int(a->start_ms, b->start_ms)) || (c = sf_intern_compare(a->topic, b->topic)) ||
           (c = sf_compare_int(a->platform, b->platform)) || (c = sf_compare_int(a->active, b->active)) ||
           (c = sf_intern_compare(a->author, b->author)) || (c = (a->post > b->post) - (a->post < b->post)));
    return c;
}

/* ---- posts to facts ---- */

/* A post: its sightings in order of time. */
typedef struct post {
    const sf_sighting *v;
    size_t n, place;
    const sf_sighting *text; /* the newest sighting with text, or NULL */
    int64_t event_ms;
    int created_known; /* event_ms is the time the platform gives */
} post;

/* Adds a fact for each of the post's topics. */
static int add_facts(sf_aggregator *g, const post *p, sf_fact fact)
{
    if (sf_grow(&g->facts, &g->cap_facts, g->n_facts + p->text->n_topics, sizeof fact) != SF_OK) {
        return SF_ENOMEM;
    }
    fact.start_ms = sf_floor_to(fact.at_ms, SF_BUCKET_MS);
    fact.platform = p->v->platform;
    fact.post = p->place;
    for (size_t i = 0; i < p->text->n_topics; i++) {
        fact.topic = p->text->topics[i];
        g->facts[g->n_facts++] = fact;
    }
    return SF_OK;
}

/* What a run of sightings within one window says. */
typedef struct activity {
    double score, velocity;    /* the last ones known */
    double first, previous;    /* the first score, and what its sighting says came before it */
    int64_t first_ms, last_ms; /* of those scores */
} activity;

static void watch(activity *w, const sf_sighting *s)
{
    if (!isnan(s->velocity)) {
        w->velocity = s->velocity;
    }
    if (isnan(s->score)) {
        return;
    }
    if (isnan(w->first) || s->observed_ms == w->first_ms) {
        w->first = s->score;
        w->previous = s->previous;
        w->first_ms = s->observed_ms;
    }
    w->score = s->score;
    w->last_ms = s->observed_ms;
}

/* Points gained within the window that starts at start_ms, NaN if unknown. `before` is the last score known from
 * earlier windows; what the sighting itself says of its predecessor is nearer to the truth, for not every window need
 * have been added. A post made in the window began with nothing. */
static double gain(const post *p, const activity *w, double before, int64_t start_ms)
{
    if (!isnan(w->previous)) {
        before = w->previous;
    } else if (isnan(before) && p->created_known && sf_floor_to(p->event_ms, SF_BUCKET_MS) == start_ms) {
        before = 0.0;
    } else if (isnan(before) && w->last_ms > w->first_ms) {
        before = w->first;
    }
    return w->score - before;
}

static int add_activity(sf_aggregator *g, const post *p, int64_t from_ms, int64_t to_ms)
{
    double before = NAN;
    for (size_t i = 0; i < p->n;) {
        int64_t start = sf_floor_to(p->v[i].observed_ms, SF_BUCKET_MS);
        activity w = {NAN, NAN, NAN, NAN, 0, 0};
        for (; i < p->n && p->v[i].observed_ms < start + SF_BUCKET_MS; i++) {
            watch(&w, &p->v[i]);
        }
        if (start >= from_ms && start < to_ms) {
            sf_fact fact = {.active = 1,
                            .at_ms = start,
                            .author = {"", 0},
                            .compound = NAN,
                            .score = w.score,
                            .velocity = w.velocity,
                            .gain = gain(p, &w, before, start)};
            if (add_facts(g, p, fact) != SF_OK) {
                return SF_ENOMEM;
            }
        }
        before = isnan(w.score) ? before : w.score;
    }
    return SF_OK;
}

/* Finds out what a post's sightings say together. Returns 0 if nothing is to be counted: deleted, or without topics. */
static int describe(post *p)
{
    int64_t ts = SF_NO_TIME;
    for (size_t i = 0; i < p->n; i++) {
        if (p->v[i].kind == SF_DELETE) {
            return 0;
        }
        if (p->v[i].described) {
            p->text = &p->v[i];
        }
        if (p->v[i].ts_ms != SF_NO_TIME) {
            ts = p->v[i].ts_ms;
        }
    }
    p->event_ms = sf_event_time(ts, p->v->observed_ms);
    p->created_known = ts == p->event_ms;
    return p->text != NULL && p->text->n_topics > 0;
}

static int add_posts(sf_aggregator *g, int64_t from_ms, int64_t to_ms)
{
    size_t place = 0;
    for (size_t i = 0, end; i < g->n_sightings; i = end) {
        const sf_sighting *v = &g->sightings[i];
        for (end = i + 1; end < g->n_sightings && g->sightings[end].id.ptr == v->id.ptr &&
                          g->sightings[end].platform == v->platform;) {
            end++;
        }
        post p = {.v = v, .n = end - i, .place = place++, .text = NULL};
        if (!describe(&p)) {
            continue;
        }
        sf_fact created = {.active = 0,
                           .at_ms = p.event_ms,
                           .author = p.text->author,
                           .compound = p.text->compound,
                           .score = NAN,
                           .velocity = NAN,
                           .gain = NAN};
        if (add_facts(g, &p, created) != SF_OK || add_activity(g, &p, from_ms, to_ms) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}

/* ---- facts to buckets ---- */

/* A mean in the making; facts come in a fixed order, so that it has the same bits every time. */
typedef struct mean {
    double sum;
    uint32_t n;
} mean;

static void mean_add(mean *m, double v)
{
    if (!isnan(v)) {
        m->sum += v;
        m->n++;
    }
}

static double mean_of(const mean *m)
{
    return m->n > 0 ? m->sum / m->n : NAN;
}

/* Sorted as they are, numbers that hardly differ have next to no variance, and none below 0. */
static sf_sample sample_of(const mean *m, const mean *squares)
{
    double n = m->n, rest = n > 1 ? (squares->sum - m->sum * m->sum / n) / (n - 1) : 0.0;
    return (sf_sample){(uint32_t)m->n, rest > 0.0 ? rest : 0.0};
}

static void count_group(const sf_fact *f, size_t n, const sf_baseline *base, sf_bucket *b, sf_tally *t)
{
    mean score = {0}, sentiment = {0}, velocity = {0}, points = {0}, normalised = {0}, squares = {0};
    *b = (sf_bucket){.topic = f->topic, .start_ms = f->start_ms, .platform = f->platform};
    *t = (sf_tally){.topic = f->topic, .start_ms = f->start_ms, .platform = f->platform, .first_ms = INT64_MAX};
    for (size_t i = 0; i < n; i++) {
        if (f[i].active) {
            b->active++;
            mean_add(&score, f[i].score);
            mean_add(&velocity, f[i].velocity);
            mean_add(&points, f[i].gain);
            double level = sf_normalised_score(base, f[i].score);
            mean_add(&normalised, level);
            mean_add(&squares, level * level);
            continue;
        }
        b->count++; /* created ones come first, by author */
        b->authors += i == 0 || f[i].author.len == 0 || f[i].author.ptr != f[i - 1].author.ptr;
        mean_add(&sentiment, f[i].compound);
        t->first_ms = f[i].at_ms < t->first_ms ? f[i].at_ms : t->first_ms;
    }
    b->first_ms = b->count > 0 ? t->first_ms : SF_NO_TIME;
    b->n_scored = sentiment.n;
    b->avg_score = mean_of(&score);
    b->avg_sentiment = mean_of(&sentiment);
    b->avg_velocity = mean_of(&velocity);
    b->score_gain = points.n > 0 ? points.sum : NAN;
    t->count = b->count;
    t->authors = b->authors;
    t->normalised = mean_of(&normalised);
    t->sample = sample_of(&normalised, &squares);
}

static int same_bucket(const sf_fact *a, const sf_fact *b)
{
    return a->start_ms == b->start_ms && a->topic.ptr == b->topic.ptr && a->platform == b->platform;
}

int sf_aggregate_buckets(sf_aggregator *g, int64_t from_ms, int64_t to_ms)
{
    sf_baseline bases[SF_PLATFORM_COUNT];
    for (int32_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        bases[i] = sf_lexicon_baseline(g->lexicon, i);
    }
    g->n_facts = g->n_buckets = g->n_tallies = g->n_events = 0;
    if (g->n_sightings > 1) {
        qsort(g->sightings, g->n_sightings, sizeof *g->sightings, compare_sightings);
    }
    if (add_posts(g, from_ms, to_ms) != SF_OK) {
        return SF_ENOMEM;
    }
    if (g->n_facts > 1) {
        qsort(g->facts, g->n_facts, sizeof *g->facts, compare_facts);
    }
    for (size_t i = 0, end; i < g->n_facts; i = end) {
        const sf_fact *f = &g->facts[i];
        for (end = i + 1; end < g->n_facts && same_bucket(f, &g->facts[end]);) {
            end++;
        }
        if (sf_grow(&g->buckets, &g->cap_buckets, g->n_buckets + 1, sizeof *g->buckets) != SF_OK ||
            sf_grow(&g->tallies, &g->cap_tallies, g->n_tallies + 1, sizeof *g->tallies) != SF_OK) {
            return SF_ENOMEM;
        }
        count_group(f, end - i, &bases[f->platform], &g->buckets[g->n_buckets++], &g->tallies[g->n_tallies]);
        g->n_tallies += g->tallies[g->n_tallies].count > 0;
    }
    return SF_OK;
}
