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

static int add_window(void *payload, const sf_event *e)
{
    sf_cycle *c = payload;
    if (sf_cycle_room(&c->later, &c->cap_later, c->n_later + 1, sizeof *c->later) != SF_OK) {
        return SF_ENOMEM;
    }
    c->later[c->n_later++] = e->start_ms;
    return SF_OK;
}

int sf_cycle_add_later(sf_cycle *c, sf_str topic, int64_t from_ms, int64_t to_ms, sf_error *err)
{
    return from_ms < to_ms ? c->ask->read_event_windows(c->store, topic, from_ms, to_ms, add_window, c, err) : SF_OK;
}

/* Windows of the run itself are worked out together, so only what lies behind it counts. */
static int add_behind(sf_cycle *c, sf_str topic, int64_t from_ms, int64_t to_ms, sf_error *err)
{
    return sf_cycle_add_later(c, topic, from_ms > c->to_ms ? from_ms : c->to_ms, to_ms, err);
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
} topic_changes;

static int is_steady(const topic_changes *t, const sf_bucket *b)
{
    sf_change key = {.topic = t->v->topic, .start_ms = b->start_ms, .platform = b->platform};
    const sf_change *found = bsearch(&key, t->v, t->n, sizeof key, compare_changes);
    return found == NULL || !found->begins;
}

/* What a look around finds. */
typedef struct look {
    const topic_changes *topic;
    int32_t platform;
    int64_t at_ms;     /* where it looks from */
    int64_t first_ms;  /* earliest steady window before; NEVER: none */
    int64_t before_ms; /* latest steady window before; -NEVER: none */
    int64_t after_ms;  /* earliest steady window after; NEVER: none */
    int found;         /* the platform has a steady row before */
} look;

static int take_around(void *payload, const sf_bucket *b)
{
    look *l = payload;
    if (b->start_ms == l->at_ms || !is_steady(l->topic, b)) {
        return SF_OK;
    }
    if (b->start_ms > l->at_ms) {
        l->after_ms = b->start_ms;
        return SF_EEND;
    }
    l->first_ms = b->start_ms < l->first_ms ? b->start_ms : l->first_ms;
    l->before_ms = b->start_ms;
    l->found |= b->platform == l->platform;
    return SF_OK;
}

/* Had the platform the topic before this window in its episode, going by steady rows alone? */
static int had_it_before(sf_cycle *c, const topic_changes *t, const sf_change *change, int *had, sf_error *err)
{
    look l = {.topic = t, .platform = change->platform, .at_ms = change->start_ms};
    int r = SF_OK;
    do {
        l.first_ms = NEVER;
        r = c->ask->read_counts(c->store, change->topic, l.at_ms - GAP_MS, l.at_ms, take_around, &l, err);
        l.at_ms = l.first_ms;
    } while (r == SF_OK && !l.found && l.first_ms != NEVER);
    *had = l.found;
    return r;
}

/* Do windows before and after belong together with or without this one? */
static int hangs_together(sf_cycle *c, const topic_changes *t, const sf_change *change, int *together, sf_error *err)
{
    look l = {.topic = t, .at_ms = change->start_ms, .first_ms = NEVER, .before_ms = -NEVER, .after_ms = NEVER};
    int r = c->ask->read_counts(c->store, change->topic, l.at_ms - GAP_MS, l.at_ms + GAP_MS + 1, take_around, &l, err);
    *together = l.before_ms != -NEVER && l.after_ms != NEVER && l.after_ms - l.before_ms <= GAP_MS;
    return r;
}

/* ---- one change --------------------------------------------------------------------------------------------------- */

static int follow(void *payload, const sf_bucket *b)
{
    int64_t *end = payload;
    if (b->start_ms - *end > GAP_MS) {
        return SF_EEND;
    }
    *end = b->start_ms;
    return SF_OK;
}

/* The rest of the episode. */
static int add_episode(sf_cycle *c, const sf_change *change, sf_error *err)
{
    int64_t end = change->start_ms;
    int r = c->ask->read_counts(c->store, change->topic, end + 1, NEVER, follow, &end, err);
    return r == SF_OK ? add_behind(c, change->topic, change->start_ms, end + 1, err) : r;
}

/* Events that are judged by these authors: those within the hour, and those around the same hour of later weeks. */
static int add_usual(sf_cycle *c, const sf_change *change, sf_error *err)
{
    int64_t hour = sf_floor_time(change->start_ms, HOUR_MS);
    int r = add_behind(c, change->topic, change->start_ms, change->start_ms + HOUR_MS, err);
    for (int k = 1; k <= WEEKS && r == SF_OK; k++) {
        r = add_behind(c, change->topic, hour + k * WEEK_MS - HOUR_MS, hour + k * WEEK_MS + 2 * HOUR_MS, err);
    }
    return r;
}

static int reach(sf_cycle *c, const topic_changes *t, const sf_change *change, sf_error *err)
{
    int had = 0, together = 1;
    int r = change->authors ? add_usual(c, change, err) : SF_OK;
    if (r != SF_OK || !change->begins) {
        return r;
    }
    r = had_it_before(c, t, change, &had, err);
    if (r == SF_OK && had && change->appears) {
        r = hangs_together(c, t, change, &together, err);
    }
    return r == SF_OK && (!had || !together) ? add_episode(c, change, err) : r;
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

static int note_one(void *payload, const sf_event *e)
{
    int *any = payload;
    (void)e;
    *any = 1;
    return SF_EEND;
}

int sf_cycle_find_later(sf_cycle *c, sf_error *err)
{
    int any = 0;
    sf_str topic = {"", 0};
    int r =
        c->n_changes > 0 ? c->ask->read_event_windows(c->store, topic, c->to_ms, NEVER, note_one, &any, err) : SF_OK;
    if (r != SF_OK || !any) { /* as of nearly every run: the newest windows have nothing behind them */
        return r;
    }
    qsort(c->changes, c->n_changes, sizeof *c->changes, compare_changes);
    for (size_t i = 0, end; i < c->n_changes && r == SF_OK; i = end) {
        topic_changes t = {&c->changes[i], 0};
        for (end = i; end < c->n_changes && sf_compare_topics(c->changes[end].topic, t.v->topic) == 0;) {
            end++;
        }
        t.n = end - i;
        any = 0;
        r = c->ask->read_event_windows(c->store, t.v->topic, c->to_ms, NEVER, note_one, &any, err);
        for (size_t k = i; any && k < end && r == SF_OK; k++) {
            r = reach(c, &t, &c->changes[k], err);
        }
    }
    return r;
}
