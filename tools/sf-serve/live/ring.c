/* SPDX-License-Identifier: MIT */
/* The ring, see ring.h. A message never spans the end of the memory: the rest stays unused then. */
#include "ring.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"

enum { CURSOR_MOST = 64, BUCKETS_A_MESSAGE = 2 };

struct ring {
    unsigned char *bytes;
    size_t cap, write;      /* the next message goes to bytes + write */
    ring_message *messages; /* number n at n % cap_messages */
    uint64_t *ends;         /* bytes written in all, up to and with number n */
    size_t cap_messages;
    uint64_t first, next;
    uint64_t *newest; /* by key: the number of the newest message about it, open addressing by replacement */
    size_t cap_newest;
};

int ring_new(ring **out, size_t bytes, size_t messages)
{
    ring *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return SF_ENOMEM;
    }
    r->cap = bytes;
    r->cap_messages = messages;
    r->cap_newest = messages * BUCKETS_A_MESSAGE;
    r->first = r->next = 1;
    r->bytes = malloc(bytes);
    r->messages = calloc(messages, sizeof *r->messages);
    r->ends = calloc(messages, sizeof *r->ends);
    r->newest = calloc(r->cap_newest, sizeof *r->newest);
    if (r->bytes == NULL || r->messages == NULL || r->ends == NULL || r->newest == NULL) {
        ring_free(r);
        return SF_ENOMEM;
    }
    *out = r;
    return SF_OK;
}

void ring_free(ring *r)
{
    if (r != NULL) {
        free(r->bytes);
        free(r->messages);
        free(r->ends);
        free(r->newest);
        free(r);
    }
}

ring_message *ring_at(const ring *r, uint64_t number)
{
    return &r->messages[number % r->cap_messages];
}

uint64_t ring_first(const ring *r)
{
    return r->first;
}

uint64_t ring_next(const ring *r)
{
    return r->next;
}

uint64_t ring_behind(const ring *r, uint64_t number)
{
    if (number >= r->next) {
        return 0;
    }
    return r->ends[(r->next - 1) % r->cap_messages] - r->ends[number % r->cap_messages] + ring_at(r, number)->len;
}

/* Where the oldest message begins; the end of the memory if there is none behind `write`. */
static size_t room_until(const ring *r)
{
    if (r->first == r->next) {
        return r->cap;
    }
    size_t oldest = (size_t)(ring_at(r, r->first)->frame - r->bytes);
    return oldest >= r->write ? oldest : r->cap;
}

/* Makes room for len bytes in one piece. */
static unsigned char *make_room(ring *r, size_t len)
{
    if (r->next - r->first == r->cap_messages) {
        r->first++;
    }
    if (r->write + len > r->cap) {
        while (r->first < r->next && (size_t)(ring_at(r, r->first)->frame - r->bytes) >= r->write) {
            r->first++;
        }
        r->write = 0;
    }
    while (room_until(r) - r->write < len) {
        r->first++;
    }
    return r->bytes + r->write;
}

/* The bucket of a key is one number; a key that finds it taken by another replaces it, and some message stays unmarked: harmless. */
static void mark_older(ring *r, const sf_hash *key, uint64_t number)
{
    uint64_t *bucket = &r->newest[key->low % r->cap_newest];
    if (*bucket >= r->first && *bucket < number) {
        ring_message *older = ring_at(r, *bucket);
        older->stale |= older->keyed && sf_hash_equal(older->key, *key);
    }
    *bucket = number;
}

int ring_add(ring *r, const char *epoch, sf_str object, const sf_hash *key)
{
    char cursor[CURSOR_MOST];
    unsigned char head[FRAME_HEAD];
    int n = snprintf(cursor, sizeof cursor, "{\"cursor\":\"%s-%" PRIu64 "\",", epoch, r->next);
    size_t len = (size_t)n + object.len - 1;
    size_t h = frame_head(head, FRAME_TEXT, len);
    if (h + len > r->cap / 8) {
        return SF_ETOOBIG;
    }
    unsigned char *to = make_room(r, h + len);
    memcpy(to, head, h);
    memcpy(to + h, cursor, (size_t)n);
    memcpy(to + h + n, object.ptr + 1, object.len - 1);
    ring_message *m = ring_at(r, r->next);
    uint64_t before = r->next > 1 ? r->ends[(r->next - 1) % r->cap_messages] : 0;
    r->ends[r->next % r->cap_messages] = before + h + len;
    *m = (ring_message){.frame = to, .len = (uint32_t)(h + len), .head = (uint32_t)h};
    if (key != NULL) {
        m->keyed = 1;
        m->key = *key;
        mark_older(r, key, r->next);
    }
    r->write += h + len;
    r->next++;
    return SF_OK;
}
