/* SPDX-License-Identifier: MIT */
/* When to look at a post again. A post is young once: most of what its numbers will do they do in the first hours, so looks
 * are frequent at first and rare later.
 *
 *   age since first sight   look every    looks
 *   up to 1 h               5 min         12, the first after 5 min
 *   up to 6 h               15 min        20
 *   up to 24 h              1 h           18
 *   up to 72 h              6 h           8, then no more
 *
 * Half of that, but never under 5 min, while a post gains as fast as the platform's fastest tenth; twice that once two
 * looks in a row have found nothing new. A quiet post is not given up: nearly half of those that rest still gain a tenth later. */
#ifndef SF_SCHEDULE_H
#define SF_SCHEDULE_H

#include "signalflow/signalflow.h"

typedef struct sf_tracked {
    uint64_t id;
    int64_t first_ms;    /* first sight */
    int64_t observed_ms; /* last answer */
    int64_t due_ms;      /* when to ask again; sf_schedule_move() changes it */
    double score, comments;
    uint64_t text;   /* hash of what it says, as last emitted */
    uint32_t unsaid; /* looks since the last one that was emitted */
    uint32_t quiet;  /* looks in a row that found nothing new */
    uint32_t missed; /* answers in a row without the post */
    uint8_t gone;    /* 1: deleted, and that was emitted */
    uint8_t asked;   /* 1: a request is on its way */
    uint8_t again;   /* 1: the next answer is to be emitted, whatever it says */
    uint8_t fast;    /* 1: gained as the fastest do */
    size_t place;    /* in the heap */
} sf_tracked;

typedef struct sf_schedule sf_schedule;

int sf_schedule_new(sf_schedule **out); /* SF_OK, SF_ENOMEM */
void sf_schedule_free(sf_schedule *s);  /* NULL is fine */
size_t sf_schedule_count(const sf_schedule *s);

/* Posts: pointers are good until the next add or remove. */
sf_tracked *sf_schedule_find(sf_schedule *s, uint64_t id);
sf_tracked *sf_schedule_at(sf_schedule *s, size_t i); /* in no order */
sf_tracked *sf_schedule_first(sf_schedule *s);        /* the one that is due first; NULL: there is none */

/* Adds a post that is due at due_ms, or finds it: what it has then stays. NULL where memory is scarce. */
sf_tracked *sf_schedule_add(sf_schedule *s, uint64_t id, int64_t first_ms, int64_t due_ms);
void sf_schedule_move(sf_schedule *s, sf_tracked *t, int64_t due_ms);
void sf_schedule_remove(sf_schedule *s, sf_tracked *t);

/* Notes an answer: numbers, quiet and fast. Returns 1 if a number has changed. `fastest` is the rate, in points a second, that
 * the platform's fastest tenth gain at; NaN numbers are unknown and change nothing. */
int sf_tracked_observe(sf_tracked *t, int64_t at_ms, double score, double comments, double fastest);

/* When to look next, after a look at now_ms; SF_NO_TIME: no more. */
int64_t sf_tracked_next(const sf_tracked *t, int64_t now_ms);

/* A post as a line of text, to be kept; and back, for a post of that id. Returns the length; SF_EPARSE. */
enum { SF_TRACKED_TEXT = 200 };
size_t sf_tracked_write(const sf_tracked *t, char buf[SF_TRACKED_TEXT]);
int sf_tracked_read(sf_str text, sf_tracked *out);

#endif
