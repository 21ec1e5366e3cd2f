/* SPDX-License-Identifier: MIT */
/* The ids that a poller has met: open addressing with linear probing; ids go out only by building the table anew. */
#include "seen.h"

#include <stdlib.h>

enum { MINUTE_MS = 60000, LEAST_SLOTS = 1024 };

typedef struct slot {
    uint64_t id;
    uint32_t minute; /* since 1970, when it was last named; 0: the slot is empty */
} slot;

struct sf_seen {
    slot *slots;
    size_t n_slots; /* a power of two */
    size_t n, most;
    int64_t keep_ms;
};

static size_t home_of(uint64_t id, size_t n_slots)
{
    return (size_t)((id * 0x9E3779B97F4A7C15U) >> 20) & (n_slots - 1);
}

/* Where the id is, or would go. */
static slot *find(slot *slots, size_t n_slots, uint64_t id)
{
    size_t i = home_of(id, n_slots);
    while (slots[i].minute != 0 && slots[i].id != id) {
        i = (i + 1) & (n_slots - 1);
    }
    return &slots[i];
}

static uint32_t minute_of(int64_t ms)
{
    int64_t m = ms / MINUTE_MS;
    return m < 1 ? 1 : m > UINT32_MAX ? UINT32_MAX : (uint32_t)m;
}

int sf_seen_new(sf_seen **out, size_t most, int64_t keep_ms)
{
    sf_seen *s = calloc(1, sizeof *s);
    if (s == NULL || (s->slots = calloc(LEAST_SLOTS, sizeof *s->slots)) == NULL) {
        free(s);
        return SF_ENOMEM;
    }
    s->n_slots = LEAST_SLOTS;
    s->most = most;
    s->keep_ms = keep_ms;
    *out = s;
    return SF_OK;
}

void sf_seen_free(sf_seen *s)
{
    if (s != NULL) {
        free(s->slots);
        free(s);
    }
}

size_t sf_seen_count(const sf_seen *s)
{
    return s->n;
}

int64_t sf_seen_at(const sf_seen *s, uint64_t id)
{
    const slot *at = find(s->slots, s->n_slots, id);
    return at->minute != 0 ? (int64_t)at->minute * MINUTE_MS : SF_NO_TIME;
}

/* Builds a table of n_slots with those named since `from`; tells the others. Where memory is scarce all stays as it is. */
static int build(sf_seen *s, size_t n_slots, uint32_t from, void (*forgotten)(void *payload, uint64_t id),
                 void *payload)
{
    slot *slots = calloc(n_slots, sizeof *slots);
    if (slots == NULL) {
        return SF_ENOMEM;
    }
    size_t n = 0;
    for (size_t i = 0; i < s->n_slots; i++) {
        const slot *old = &s->slots[i];
        if (old->minute >= from && old->minute != 0) {
            *find(slots, n_slots, old->id) = *old;
            n++;
        } else if (old->minute != 0 && forgotten != NULL) {
            forgotten(payload, old->id);
        }
    }
    free(s->slots);
    s->slots = slots;
    s->n_slots = n_slots;
    s->n = n;
    return SF_OK;
}

int sf_seen_add(sf_seen *s, uint64_t id, int64_t at_ms)
{
    slot *at = find(s->slots, s->n_slots, id);
    if (at->minute != 0) {
        at->minute = minute_of(at_ms) > at->minute ? minute_of(at_ms) : at->minute;
        return 0;
    }
    if ((s->n + 1) * 3 > s->n_slots * 2) {
        if (build(s, s->n_slots * 2, 0, NULL, NULL) != SF_OK) {
            return SF_ENOMEM;
        }
        at = find(s->slots, s->n_slots, id);
    }
    *at = (slot){id, minute_of(at_ms)};
    s->n++;
    return 1;
}

static int in_order(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The minute that a quarter of the ids lie before; 0 where memory is scarce. */
static uint32_t quarter(const sf_seen *s)
{
    uint32_t *minutes = malloc((s->n + 1) * sizeof *minutes), n = 0;
    if (minutes == NULL) {
        return 0;
    }
    for (size_t i = 0; i < s->n_slots; i++) {
        if (s->slots[i].minute != 0) {
            minutes[n++] = s->slots[i].minute;
        }
    }
    qsort(minutes, n, sizeof *minutes, in_order);
    uint32_t cut = n > 0 ? minutes[n / 4] : 0;
    cut += n > 0 && cut == minutes[0]; /* all of one age: they go together */
    free(minutes);
    return cut;
}

void sf_seen_expire(sf_seen *s, int64_t now_ms, void (*forgotten)(void *payload, uint64_t id), void *payload)
{
    uint32_t from = minute_of(now_ms - s->keep_ms);
    if (s->n >= s->most) {
        uint32_t cut = quarter(s);
        from = cut > from ? cut : from;
    }
    (void)build(s, s->n_slots, from, forgotten, payload);
}
