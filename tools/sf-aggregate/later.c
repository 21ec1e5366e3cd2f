/* SPDX-License-Identifier: MIT */
/* Which later events a change reaches. Four ways lead there, and all go forward in time:
 *
 *  - the usual number of authors is that around the same hour in the four weeks before;
 *  - events are judged by the hour that ends with their window;
 *  - its leader is who was first in the topic's episode, and by how much;
 *  - whether two windows belong to one episode depends on what lies between them.
 *
 * In an episode that never ends, as those of everyday topics are, nearly all changes are of no consequence: whoever had it
 * before still had it before. Where rows that did not change show that (`steady` ones: they are there before and after), the
 * walk forward is saved. */
#include <stdlib.h>

#include "common/fail.h"
#include "cycle_internal.h"

static int note_window(sf_cycle *c, int64_t start_ms)
{
    if (sf_cycle_room(&c->later, &c->cap_later, c->n_later + 1, sizeof *c->later) != SF_OK) {
        return SF_ENOMEM;
    }
    c->later[c->n_later++] = start_ms;
    return SF_OK;
}

static int add_window(void *payload, const sf_event *e)
{
    return note_window(payload, e->start_ms);
}

int sf_cycle_add_later(sf_cycle *c, int64_t from_ms, int64_t to_ms, sf_error *err)
{
    return from_ms < to_ms ? c->ask->read_event_windows(c->store, from_ms, to_ms, 0, add_window, c, err) : SF_OK;
}

/* ---- steady rows -------------------------------------------------------------------------------------------------- */

static int compare_changes(const void *left, const void *right)
{
    const sf_change *a = left, *b = right;
    int c = sf_compare_topics(a->topic, b->topic);
    c = c != 0 ? c : sf_compare_times(a->start_ms, b->start_ms);
    return c != 0 ? c : (a->platform > b->platform) - (a->platform < b->platform);
}

/* One topic's changes, by window and platform. */
typedef struct topic_changes {
    const sf_change *v;
    size_t n;
    int any; /* it has an event behind the run */
} topic_changes;

static int is_steady(const topic_changes *t, const sf_bucket *b)
{
    sf_change key = {.topic = t->v->topic, .start_ms = b->start_ms, .platform = b->platform};
    const sf_change *found = bsearch(&key, t->v, t->n, sizeof key, compare_changes);
    return found == NULL || !found->begins;
}

/* What a look around a change finds. */
typedef struct look {
    const topic_changes *topic;
    const sf_change *change;
    int64_t at_ms;     /* where it looks from */
    int64_t first_ms;  /* earliest steady window before; NEVER: none */
    int64_t before_ms; /* latest steady window before; -NEVER: none */
    int64_t after_ms;  /* earliest steady window after; NEVER: none */
    int64_t end_ms;    /* as far as its episode is known to go */
    int found;         /* the platform has a steady row before */
    int ended;         /* nothing follows end_ms */
} look;

/* All of them at once: a question to a server costs a journey. */
typedef struct search {
    sf_cycle *c;
    topic_changes *topics;
    look *looks, **of; /* `of`: whose each span is */
    sf_topic_span *spans;
    size_t n_topics, n_looks, n_spans, cap_spans;
} search;

static int add_span(search *s, look *l, sf_str topic, int64_t from_ms, int64_t to_ms)
{
    if (from_ms >= to_ms) {
        return SF_OK;
    }
    if (s->n_spans == s->cap_spans) {
        size_t cap = s->cap_spans > 0 ? 2 * s->cap_spans : 64;
        sf_topic_span *spans = sf_batch_alloc(s->c->memory, cap * sizeof *spans);
        look **of = sf_batch_alloc(s->c->memory, cap * sizeof(look *));
        if (spans == NULL || of == NULL) {
            return SF_ENOMEM;
        }
        for (size_t i = 0; i < s->n_spans; i++) {
            spans[i] = s->spans[i];
            of[i] = s->of[i];
        }
        s->spans = spans;
        s->of = of;
        s->cap_spans = cap;
    }
    s->of[s->n_spans] = l;
    s->spans[s->n_spans++] = (sf_topic_span){topic, from_ms, to_ms};
    return SF_OK;
}

/* Windows of the run itself are worked out together, so only what lies behind it counts. */
static int add_behind(search *s, sf_str topic, int64_t from_ms, int64_t to_ms)
{
    return add_span(s, NULL, topic, from_ms > s->c->to_ms ? from_ms : s->c->to_ms, to_ms);
}

static int no_memory(int r, sf_error *err)
{
    return r == SF_OK ? SF_OK : sf_fail(err, r, "%s", sf_strerror(r));
}

static int ask_counts(search *s, sf_take_count take, sf_error *err)
{
    size_t n = s->n_spans;
    s->n_spans = 0;
    return n > 0 ? s->c->ask->read_counts_of(s->c->store, s->spans, n, 0, take, s, err) : SF_OK;
}

static int ask_events(search *s, size_t most, sf_take_count take, sf_error *err)
{
    size_t n = s->n_spans;
    s->n_spans = 0;
    return n > 0 ? s->c->ask->read_event_windows_of(s->c->store, s->spans, n, most, take, s, err) : SF_OK;
}

static int take_around(void *payload, size_t which, const sf_bucket *b)
{
    look *l = ((search *)payload)->of[which];
    if (b->start_ms == l->at_ms || !is_steady(l->topic, b)) {
        return SF_OK;
    }
    if (b->start_ms > l->at_ms) {
        l->after_ms = b->start_ms;
        return SF_EEND;
    }
    l->first_ms = b->start_ms < l->first_ms ? b->start_ms : l->first_ms;
    l->before_ms = b->start_ms;
    l->found |= b->platform == l->change->platform;
    return SF_OK;
}

/* Had the platforms the topic before these windows in their episodes, going by steady rows alone? */
static int had_it_before(search *s, sf_error *err)
{
    int r = SF_OK, more = 1;
    while (more && r == SF_OK) {
        for (size_t i = 0; i < s->n_looks && r == SF_OK; i++) {
            look *l = &s->looks[i];
            if (!l->found && l->first_ms != NEVER) {
                l->at_ms = l->first_ms;
                l->first_ms = NEVER;
                r = add_span(s, l, l->change->topic, l->at_ms - GAP_MS, l->at_ms);
            }
        }
        more = s->n_spans > 0;
        r = r == SF_OK ? ask_counts(s, take_around, err) : no_memory(r, err);
    }
    return r;
}

/* Do windows before and after belong together with or without these? Those that hang together need no more. */
static int hang_together(search *s, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < s->n_looks && r == SF_OK; i++) {
        look *l = &s->looks[i];
        if (l->found && l->change->appears) {
            l->at_ms = l->change->start_ms;
            l->before_ms = -NEVER;
            l->after_ms = NEVER;
            r = add_span(s, l, l->change->topic, l->at_ms - GAP_MS, l->at_ms + GAP_MS + 1);
        }
    }
    r = r == SF_OK ? ask_counts(s, take_around, err) : no_memory(r, err);
    for (size_t i = 0; i < s->n_looks; i++) {
        look *l = &s->looks[i];
        l->ended = l->found && (!l->change->appears || (l->before_ms != -NEVER && l->after_ms != NEVER &&
                                                        l->after_ms - l->before_ms <= GAP_MS));
    }
    return r;
}

/* ---- what is reached ---------------------------------------------------------------------------------------------- */

static int follow(void *payload, size_t which, const sf_bucket *b)
{
    look *l = ((search *)payload)->of[which];
    l->ended = b->start_ms - l->end_ms > GAP_MS;
    l->end_ms = l->ended ? l->end_ms : b->start_ms;
    return l->ended ? SF_EEND : SF_OK;
}

static int add_reached(void *payload, size_t which, const sf_bucket *b)
{
    (void)which;
    return note_window(((search *)payload)->c, b->start_ms);
}

/* The rest of their episodes; further at each step. */
static int add_episodes(search *s, sf_error *err)
{
    int r = SF_OK, more = 1;
    for (int64_t step = 4 * GAP_MS; more && r == SF_OK; step *= 2) {
        for (size_t i = 0; i < s->n_looks && r == SF_OK; i++) {
            look *l = &s->looks[i];
            r = !l->ended ? add_span(s, l, l->change->topic, l->end_ms + 1, l->end_ms + step) : SF_OK;
            l->at_ms = l->end_ms + step;
        }
        more = s->n_spans > 0;
        r = r == SF_OK ? ask_counts(s, follow, err) : no_memory(r, err);
        for (size_t i = 0; i < s->n_looks; i++) {
            s->looks[i].ended |= s->looks[i].at_ms - s->looks[i].end_ms > GAP_MS;
        }
    }
    for (size_t i = 0; i < s->n_looks && r == SF_OK; i++) {
        const sf_change *change = s->looks[i].change;
        r = no_memory(add_behind(s, change->topic, change->start_ms, s->looks[i].end_ms + 1), err);
    }
    return r == SF_OK ? ask_events(s, 0, add_reached, err) : r;
}

/* Events that are judged by these authors: those within the hour, and those around the same hour of later weeks. */
static int add_usual(search *s, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < s->n_topics; i++) {
        const topic_changes *t = &s->topics[i];
        for (const sf_change *x = t->v; x < t->v + t->n && t->any && r == SF_OK; x++) {
            int64_t hour = sf_floor_time(x->start_ms, HOUR_MS);
            r = x->authors ? add_behind(s, x->topic, x->start_ms, x->start_ms + HOUR_MS) : SF_OK;
            for (int k = 1; k <= WEEKS && x->authors && r == SF_OK; k++) {
                r = add_behind(s, x->topic, hour + k * WEEK_MS - HOUR_MS, hour + k * WEEK_MS + 2 * HOUR_MS);
            }
        }
    }
    return r == SF_OK ? ask_events(s, 0, add_reached, err) : no_memory(r, err);
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

static int note_any(void *payload, const sf_event *e)
{
    int *any = payload;
    (void)e;
    *any = 1;
    return SF_EEND;
}

static int note_topic(void *payload, size_t which, const sf_bucket *b)
{
    search *s = payload;
    (void)b;
    s->topics[which].any = 1;
    return SF_OK;
}

/* The changed topics, and which of them have events behind the run. */
static int find_topics(search *s, sf_error *err)
{
    sf_cycle *c = s->c;
    int r = SF_OK;
    s->topics = sf_batch_alloc(c->memory, c->n_changes * sizeof *s->topics);
    s->looks = sf_batch_alloc(c->memory, c->n_changes * sizeof *s->looks);
    if (s->topics == NULL || s->looks == NULL) {
        return no_memory(SF_ENOMEM, err);
    }
    qsort(c->changes, c->n_changes, sizeof *c->changes, compare_changes);
    for (size_t i = 0; i < c->n_changes && r == SF_OK; i++) {
        if (i == 0 || sf_compare_topics(c->changes[i].topic, c->changes[i - 1].topic) != 0) {
            s->topics[s->n_topics++] = (topic_changes){&c->changes[i], 0, 0};
            r = add_behind(s, c->changes[i].topic, c->to_ms, NEVER);
        }
        s->topics[s->n_topics - 1].n++;
    }
    return r == SF_OK ? ask_events(s, 1, note_topic, err) : no_memory(r, err);
}

static void begin_looks(search *s)
{
    for (size_t i = 0; i < s->n_topics; i++) {
        const topic_changes *t = &s->topics[i];
        for (const sf_change *x = t->v; x < t->v + t->n && t->any; x++) {
            if (x->begins) {
                s->looks[s->n_looks++] =
                    (look){.topic = t, .change = x, .first_ms = x->start_ms, .end_ms = x->start_ms};
            }
        }
    }
}

int sf_cycle_find_later(sf_cycle *c, sf_error *err)
{
    search s = {.c = c};
    int any = 0;
    int r = c->n_changes > 0 ? c->ask->read_event_windows(c->store, c->to_ms, NEVER, 1, note_any, &any, err) : SF_OK;
    if (r != SF_OK || !any) { /* as of nearly every run: the newest windows have nothing behind them */
        return r;
    }
    r = find_topics(&s, err);
    r = r == SF_OK ? add_usual(&s, err) : r;
    if (r == SF_OK) {
        begin_looks(&s);
        r = had_it_before(&s, err);
    }
    r = r == SF_OK ? hang_together(&s, err) : r;
    return r == SF_OK ? add_episodes(&s, err) : r;
}
