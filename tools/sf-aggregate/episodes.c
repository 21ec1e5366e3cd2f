/* SPDX-License-Identifier: MIT */
/* The episodes that reach into a run of windows. Their last six hours are given whole; before them one window every six hours keeps an episode together, and
 * the first of each platform says who had it first. An everyday topic's episode goes back to the beginning, so what is found is kept: the next
 * run, a few windows later, has only these to add. */
#include "common/fail.h"
#include "cycle_internal.h"

/* The last six hours before the run, of one topic. */
typedef struct walk {
    sf_str topic;
    uint32_t platforms; /* that have it in the run, so that their first windows matter */
    sf_episode *episode;
    int64_t begin_ms; /* earliest window; NEVER: none */
    sf_step begin, end;
    uint32_t had; /* platforms that had it, and */
    sf_step first[SF_PLATFORM_COUNT];
} walk;

typedef struct walks {
    sf_cycle *c;
    walk *v;
    size_t n;
    sf_topic_span *spans; /* that are asked for, */
    walk **of;            /* and whose each is */
    uint32_t *platforms;
    size_t n_spans;
} walks;

static int no_memory(int r, sf_error *err)
{
    return r == SF_OK ? SF_OK : sf_fail(err, r, "%s", sf_strerror(r));
}

static void add_span(walks *s, walk *w, int64_t from_ms, int64_t to_ms, uint32_t platforms)
{
    s->of[s->n_spans] = w;
    s->platforms[s->n_spans] = platforms;
    s->spans[s->n_spans++] = (sf_topic_span){w->topic, from_ms, to_ms};
}

static int begin_walks(walks *s, const sf_want *w, size_t n)
{
    sf_batch *memory = s->c->memory;
    sf_str *names = sf_batch_alloc(memory, n * sizeof *names);
    sf_kept_topic **topics = sf_batch_alloc(memory, n * sizeof(sf_kept_topic *));
    s->v = sf_batch_alloc(memory, n * sizeof *s->v);
    s->spans = sf_batch_alloc(memory, n * sizeof *s->spans);
    s->of = sf_batch_alloc(memory, n * sizeof(walk *));
    s->platforms = sf_batch_alloc(memory, n * sizeof *s->platforms);
    if (names == NULL || topics == NULL || s->v == NULL || s->spans == NULL || s->of == NULL || s->platforms == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || sf_compare_topics(w[i].topic, w[i - 1].topic) != 0) {
            names[s->n] = w[i].topic;
            s->v[s->n++] = (walk){.topic = w[i].topic, .begin_ms = NEVER};
        }
        s->v[s->n - 1].platforms |= w[i].platforms;
    }
    int r = sf_kept_topics(s->c->kept, names, s->n, topics);
    for (size_t i = 0; i < s->n && r == SF_OK; i++) {
        s->v[i].episode = &topics[i]->episode;
    }
    return r;
}

/* ---- the last six hours ------------------------------------------------------------------------------------------- */

static int take_recent(void *payload, size_t which, const sf_bucket *b)
{
    walks *s = payload;
    walk *w = s->of[which];
    sf_step step = sf_step_of(b);
    if (step.start_ms < w->begin_ms) {
        w->begin_ms = step.start_ms;
        w->begin = step;
    }
    w->end = w->end.start_ms <= step.start_ms || w->had == 0 ? step : w->end;
    if ((w->had >> step.platform & 1U) == 0 || step.start_ms < w->first[step.platform].start_ms) {
        w->first[step.platform] = step;
    }
    w->had |= 1U << step.platform;
    return sf_cycle_give(s->c, w->topic, &step);
}

static int read_recent(walks *s, sf_error *err)
{
    s->n_spans = 0;
    for (size_t i = 0; i < s->n; i++) {
        add_span(s, &s->v[i], s->c->from_ms - GAP_MS, s->c->from_ms, 0);
    }
    return sf_kept_counts_of(s->c->kept, s->spans, s->n_spans, take_recent, s, err);
}

/* ---- back to the start -------------------------------------------------------------------------------------------- */

/* Is it the episode that the last six hours belong to? It is known up to some moment in or after them, and the first of their windows lies in it, or
 * follows its last one soon enough. */
static int continues(const sf_cycle *c, const walk *w)
{
    const sf_episode *e = w->episode;
    return e->known_ms != SF_NO_TIME && e->known_ms >= c->from_ms - GAP_MS && w->begin_ms >= e->chain[0].start_ms &&
           w->begin_ms - e->chain[e->n - 1].start_ms <= GAP_MS;
}

static int push(sf_episode *e, const sf_step *s)
{
    if (sf_cycle_room(&e->chain, &e->cap, e->n + 1, sizeof *s) != SF_OK) {
        return SF_ENOMEM;
    }
    e->chain[e->n++] = *s;
    return SF_OK;
}

/* Makes a window the last of the chain; those that it needs no more to hang together go. */
static int push_last(sf_episode *e, const sf_step *s)
{
    if (e->n > 0 && e->chain[e->n - 1].start_ms >= s->start_ms) {
        return SF_OK;
    }
    while (e->n >= 2 && s->start_ms - e->chain[e->n - 2].start_ms <= GAP_MS) {
        e->n--;
    }
    return push(e, s);
}

static int take_back(void *payload, size_t which, const sf_bucket *b)
{
    sf_step step = sf_step_of(b);
    return push(((walks *)payload)->of[which]->episode, &step);
}

static void turn_round(sf_episode *e)
{
    for (size_t i = 0, j = e->n; i + 1 < j; i++) {
        sf_step s = e->chain[i];
        e->chain[i] = e->chain[--j];
        e->chain[j] = s;
    }
}

/* Walks back where nothing is known that could be gone on with. */
static int read_back(walks *s, sf_error *err)
{
    s->n_spans = 0;
    for (size_t i = 0; i < s->n; i++) {
        walk *w = &s->v[i];
        if (w->had != 0 && !continues(s->c, w)) {
            w->episode->known_ms = SF_NO_TIME;
            w->episode->n = w->episode->asked = w->episode->had = 0;
            add_span(s, w, -NEVER, w->begin_ms, 0);
        }
    }
    int r =
        s->n_spans > 0 ? s->c->ask->read_back_of(s->c->store, s->spans, s->n_spans, GAP_MS, take_back, s, err) : SF_OK;
    for (size_t i = 0; i < s->n_spans && r == SF_OK; i++) {
        turn_round(s->of[i]->episode);
    }
    return r;
}

/* From here on the episode is known up to the run; one that was known beyond stays as it is. */
static int join_recent(const walks *s, const walk *w)
{
    sf_episode *e = w->episode;
    if (w->had == 0 || (e->known_ms != SF_NO_TIME && e->known_ms > s->c->from_ms)) {
        return SF_OK;
    }
    e->known_ms = SF_NO_TIME; /* until it is whole */
    int r = push_last(e, &w->begin);
    r = r == SF_OK ? push_last(e, &w->end) : r;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        uint32_t bit = 1U << p;
        if ((e->asked & bit) != 0 && (e->had & bit) == 0 && (w->had & bit) != 0) {
            e->first[p] = w->first[p];
            e->had |= bit;
        }
    }
    e->known_ms = r == SF_OK ? s->c->from_ms : SF_NO_TIME;
    return r;
}

/* ---- the first of each platform ----------------------------------------------------------------------------------- */

static int take_first(void *payload, size_t which, const sf_bucket *b)
{
    sf_episode *e = ((walks *)payload)->of[which]->episode;
    e->first[b->platform] = sf_step_of(b);
    e->asked |= 1U << b->platform;
    e->had |= 1U << b->platform;
    return SF_OK;
}

/* What is not found before the last six hours is the first of these, if it is there. */
static void note_asked(const walks *s)
{
    for (size_t i = 0; i < s->n_spans; i++) {
        sf_episode *e = s->of[i]->episode;
        uint32_t missed = e->known_ms == s->c->from_ms ? s->platforms[i] & ~e->asked : 0;
        for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
            if ((missed & s->of[i]->had) >> p & 1U) {
                e->first[p] = s->of[i]->first[p];
                e->had |= 1U << p;
            }
        }
        e->asked |= missed;
    }
}

static int read_firsts(walks *s, sf_error *err)
{
    s->n_spans = 0;
    for (size_t i = 0; i < s->n; i++) {
        walk *w = &s->v[i];
        uint32_t missing = w->had != 0 ? w->platforms & ~w->episode->asked : 0;
        if (missing != 0) {
            add_span(s, w, w->episode->chain[0].start_ms, s->c->from_ms - GAP_MS, missing);
        }
    }
    int r = s->n_spans > 0
                ? s->c->ask->read_firsts_of(s->c->store, s->spans, s->platforms, s->n_spans, take_first, s, err)
                : SF_OK;
    if (r == SF_OK) {
        note_asked(s);
    }
    return r;
}

/* ---- all of it ---------------------------------------------------------------------------------------------------- */

/* What lies before the run. */
static int give_steps(const walks *s, sf_str topic, const sf_step *v, size_t n)
{
    int r = SF_OK;
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = v[i].start_ms < s->c->from_ms ? sf_cycle_give(s->c, topic, &v[i]) : SF_OK;
    }
    return r;
}

static int give_episode(const walks *s, const walk *w)
{
    const sf_episode *e = w->episode;
    int r = w->had != 0 ? give_steps(s, w->topic, e->chain, e->n) : SF_OK;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT && w->had != 0 && r == SF_OK; p++) {
        r = (e->had >> p & 1U) != 0 ? give_steps(s, w->topic, &e->first[p], 1) : SF_OK;
    }
    return r;
}

int sf_cycle_episodes(sf_cycle *c, const sf_want *w, size_t n, sf_error *err)
{
    walks s = {.c = c};
    int r = no_memory(begin_walks(&s, w, n), err);
    r = r == SF_OK ? read_recent(&s, err) : r;
    r = r == SF_OK ? read_back(&s, err) : r;
    for (size_t i = 0; i < s.n && r == SF_OK; i++) {
        r = no_memory(join_recent(&s, &s.v[i]), err);
    }
    r = r == SF_OK ? read_firsts(&s, err) : r;
    for (size_t i = 0; i < s.n && r == SF_OK; i++) {
        r = no_memory(give_episode(&s, &s.v[i]), err);
    }
    return r;
}
