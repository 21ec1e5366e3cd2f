/* SPDX-License-Identifier: MIT */
/* What the Hacker News source remembers from one run to the next:
 *
 *   tID  a post that is tracked: see sf_tracked_write()
 *   sID  an id that was seen: when a list last named it, in ms
 *   wID  an id that was listed and is not visible yet: when a list first named it
 *   o    the latest observation, in ms
 *   m    all ids up to this one were seen, of the walk over all items
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "hackernews.h"

/* Reads a whole number; 0 where it is none. */
static int read_number(sf_str text, uint64_t *out)
{
    uint64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || n > (uint64_t)SF_MAX_NUMBER / 10) {
            return 0;
        }
        n = n * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *out = n;
    return text.len > 0;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int recall_tracked(sf_hackernews *h, uint64_t id, sf_str value)
{
    sf_tracked *t = sf_schedule_find(h->tracked, id);
    sf_tracked read = {.id = id};
    if (value.len == 0) {
        if (t != NULL) {
            sf_schedule_remove(h->tracked, t);
        }
        return SF_OK;
    }
    if (sf_tracked_read(value, &read) != SF_OK) {
        return SF_EPARSE;
    }
    t = sf_schedule_add(h->tracked, id, read.first_ms, read.due_ms);
    if (t == NULL) {
        return SF_ENOMEM;
    }
    read.place = t->place;
    int64_t due_ms = read.due_ms;
    read.due_ms = t->due_ms;
    *t = read;
    sf_schedule_move(h->tracked, t, due_ms);
    return SF_OK;
}

static int recall_waiting(sf_hackernews *h, uint64_t id, sf_str value, uint64_t listed_ms)
{
    sf_tracked *w = sf_schedule_find(h->waiting, id);
    if (value.len == 0 && w != NULL) {
        sf_schedule_remove(h->waiting, w);
    } else if (value.len > 0 && w == NULL) {
        w = sf_schedule_add(h->waiting, id, (int64_t)listed_ms, (int64_t)listed_ms);
        if (w == NULL) {
            return SF_ENOMEM;
        }
        w->missed = 1;
    }
    return SF_OK;
}

int sf_hackernews_recall_line(void *payload, sf_str key, sf_str value)
{
    sf_hackernews *h = payload;
    uint64_t id = 0, n = 0;
    int has_id = read_number((sf_str){key.ptr + 1, key.len - 1}, &id) && id > 0;
    int needs_id = strchr("tsw", key.ptr[0]) != NULL;
    int has_number = read_number(value, &n);
    if (has_id != needs_id || (key.ptr[0] != 't' && value.len > 0 && !has_number)) {
        return SF_EPARSE;
    }
    switch (key.ptr[0]) {
    case 't': return recall_tracked(h, id, value);
    case 's': return n == 0 || sf_seen_add(h->seen, id, (int64_t)n) >= 0 ? SF_OK : SF_ENOMEM; /* forgotten by its age */
    case 'w': return recall_waiting(h, id, value, n);
    case 'o': h->last_ms = (int64_t)n; return SF_OK;
    case 'm': h->walked = n; return SF_OK;
    default: return SF_EPARSE;
    }
}

int sf_hackernews_recall(sf_hackernews *h, sf_error *err)
{
    int r = sf_state_read(h->state, sf_hackernews_recall_line, h, err);
    h->again_from_ms = INT64_MAX;
    if (r != SF_OK || h->last_ms == 0 || h->overlap_ms == 0) {
        return r;
    }
    h->again_from_ms = h->last_ms - h->overlap_ms;
    for (size_t i = 0; i < sf_schedule_count(h->tracked); i++) {
        sf_tracked *t = sf_schedule_at(h->tracked, i);
        t->again = t->observed_ms >= h->again_from_ms;
        if (t->again) {
            sf_schedule_move(h->tracked, t, 0);
        }
    }
    return r;
}

/* ---- keeping ------------------------------------------------------------------------------------------------------ */

static void set(sf_hackernews *h, char kind, uint64_t id, sf_str value)
{
    char key[24];
    (void)snprintf(key, sizeof key, "%c%" PRIu64, kind, id);
    sf_state_set(h->state, key, value);
}

static void set_number(sf_hackernews *h, char kind, uint64_t id, uint64_t n)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, n);
    set(h, kind, id, sf_cstr(text));
}

void sf_hackernews_keep_tracked(sf_hackernews *h, const sf_tracked *t)
{
    char text[SF_TRACKED_TEXT];
    size_t len = sf_tracked_write(t, text);
    set(h, 't', t->id, (sf_str){text, len});
}

void sf_hackernews_drop_tracked(sf_hackernews *h, sf_tracked *t)
{
    set(h, 't', t->id, (sf_str){NULL, 0});
    sf_schedule_remove(h->tracked, t);
}

void sf_hackernews_keep_seen(sf_hackernews *h, uint64_t id, int64_t now_ms)
{
    if (sf_seen_add(h->seen, id, now_ms) < 0) {
        h->no_memory = 1;
    }
    set_number(h, 's', id, (uint64_t)now_ms);
}

void sf_hackernews_drop_seen(void *payload, uint64_t id)
{
    set(payload, 's', id, (sf_str){NULL, 0});
}

void sf_hackernews_keep_waiting(sf_hackernews *h, const sf_tracked *w)
{
    set_number(h, 'w', w->id, (uint64_t)w->first_ms);
}

void sf_hackernews_drop_waiting(sf_hackernews *h, sf_tracked *w)
{
    if (w->missed > 0) { /* only those are kept */
        set(h, 'w', w->id, (sf_str){NULL, 0});
    }
    sf_schedule_remove(h->waiting, w);
}

/* The walk over all items has got as far as there is none waiting below. */
static uint64_t walked_safely(sf_hackernews *h)
{
    uint64_t walked = h->walked;
    for (size_t i = 0; i < sf_schedule_count(h->waiting); i++) {
        uint64_t id = sf_schedule_at(h->waiting, i)->id;
        walked = id <= walked ? id - 1 : walked;
    }
    return walked;
}

int sf_hackernews_seal(sf_hackernews *h)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, h->last_ms);
    sf_state_set(h->state, "o", sf_cstr(text));
    if (h->walked > 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64, walked_safely(h));
        sf_state_set(h->state, "m", sf_cstr(text));
    }
    return sf_state_seal(h->state, h->position);
}
