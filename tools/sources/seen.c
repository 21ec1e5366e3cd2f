/* SPDX-License-Identifier: MIT */
/* The ids that a poller has met: open addressing with linear probing; ids go out only by building the table anew. */
#include "seen.h"

#include <stdlib.h>

#include "common/hash.h"

enum { MINUTE_MS = 60000, LEAST_SLOTS = 1024 };

/* What is asked for by author alone is apart, so that a walk over it is over little. */
struct sf_seen {
    uint64_t *ids;
    uint32_t *minutes; /* since 1970, when it was last named; 0: the slot is empty */
    uint32_t *authors; /* NULL: none was marked; 0: not known */
    size_t n_slots;
    size_t n, most;
    int64_t keep_ms;
};

/* Where the id is, or would go. */
static size_t find(const sf_seen *s, uint64_t id)
{
    size_t i = sf_hash_slot(id, s->n_slots);
    while (s->minutes[i] != 0 && s->ids[i] != id) {
        i = i + 1 < s->n_slots ? i + 1 : 0;
    }
    return i;
}

static uint32_t minute_of(int64_t ms)
{
    int64_t m = ms / MINUTE_MS;
    return m < 1 ? 1 : m > UINT32_MAX ? UINT32_MAX : (uint32_t)m;
}

static void free_slots(sf_seen *s)
{
    free(s->ids);
    free(s->minutes);
    free(s->authors);
}

/* SF_OK, SF_ENOMEM: it has none. */
static int make_slots(sf_seen *s, size_t n_slots, int authors)
{
    s->n_slots = n_slots;
    s->ids = calloc(n_slots, sizeof *s->ids);
    s->minutes = calloc(n_slots, sizeof *s->minutes);
    s->authors = authors ? calloc(n_slots, sizeof *s->authors) : NULL;
    if (s->ids == NULL || s->minutes == NULL || (authors && s->authors == NULL)) {
        free_slots(s);
        return SF_ENOMEM;
    }
    return SF_OK;
}

int sf_seen_new(sf_seen **out, size_t most, int64_t keep_ms)
{
    sf_seen *s = calloc(1, sizeof *s);
    if (s == NULL || make_slots(s, LEAST_SLOTS, 0) != SF_OK) {
        free(s);
        return SF_ENOMEM;
    }
    s->most = most;
    s->keep_ms = keep_ms;
    *out = s;
    return SF_OK;
}

void sf_seen_free(sf_seen *s)
{
    if (s != NULL) {
        free_slots(s);
        free(s);
    }
}

size_t sf_seen_count(const sf_seen *s)
{
    return s->n;
}

int64_t sf_seen_at(const sf_seen *s, uint64_t id)
{
    uint32_t minute = s->minutes[find(s, id)];
    return minute != 0 ? (int64_t)minute * MINUTE_MS : SF_NO_TIME;
}

/* Puts what is in a slot of another table into this one. */
static void put(sf_seen *s, const sf_seen *from, size_t slot)
{
    size_t i = find(s, from->ids[slot]);
    s->ids[i] = from->ids[slot];
    s->minutes[i] = from->minutes[slot];
    if (s->authors != NULL) {
        s->authors[i] = from->authors[slot];
    }
    s->n++;
}

/* Builds a table of n_slots with those named since `from`; tells the others. Where memory is scarce all stays as it is. */
static int build(sf_seen *s, size_t n_slots, uint32_t from, void (*forgotten)(void *payload, uint64_t id),
                 void *payload)
{
    sf_seen next = {.most = s->most, .keep_ms = s->keep_ms};
    if (make_slots(&next, n_slots, s->authors != NULL) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->n_slots; i++) {
        if (s->minutes[i] >= from && s->minutes[i] != 0) {
            put(&next, s, i);
        } else if (s->minutes[i] != 0 && forgotten != NULL) {
            forgotten(payload, s->ids[i]);
        }
    }
    free_slots(s);
    *s = next;
    return SF_OK;
}

int sf_seen_add(sf_seen *s, uint64_t id, int64_t at_ms)
{
    size_t i = find(s, id);
    if (s->minutes[i] != 0) {
        s->minutes[i] = minute_of(at_ms) > s->minutes[i] ? minute_of(at_ms) : s->minutes[i];
        return 0;
    }
    if ((s->n + 1) * 4 > s->n_slots * 3) {
        if (build(s, s->n_slots + s->n_slots / 2, 0, NULL, NULL) != SF_OK) {
            return SF_ENOMEM;
        }
        i = find(s, id);
    }
    s->ids[i] = id;
    s->minutes[i] = minute_of(at_ms);
    s->n++;
    return 1;
}

/* ---- authors ------------------------------------------------------------------------------------------------------ */

int sf_seen_mark(sf_seen *s, uint64_t id, uint32_t author)
{
    if (s->authors == NULL && (s->authors = calloc(s->n_slots, sizeof *s->authors)) == NULL) {
        return SF_ENOMEM;
    }
    size_t i = find(s, id);
    if (s->minutes[i] != 0) {
        s->authors[i] = author;
    }
    return SF_OK;
}

uint32_t sf_seen_author(const sf_seen *s, uint64_t id)
{
    size_t i = find(s, id);
    return s->authors != NULL && s->minutes[i] != 0 ? s->authors[i] : 0;
}

size_t sf_seen_of(const sf_seen *s, uint32_t author, uint64_t *ids, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_slots && s->authors != NULL && author != 0; i++) {
        if (s->authors[i] == author) {
            if (n < most) {
                ids[n] = s->ids[i];
            }
            n++;
        }
    }
    return n;
}

/* ---- what goes ---------------------------------------------------------------------------------------------------- */

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
        if (s->minutes[i] != 0) {
            minutes[n++] = s->minutes[i];
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
