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

/* There may be a hundred thousand of them: nothing in it is wider than it has to be. */
typedef struct sf_tracked {
    uint64_t id;
    int64_t first_ms;    /* first sight */
    int64_t observed_ms; /* last answer */
    int64_t due_ms;      /* when to ask again; sf_schedule_move() changes it */
    double score, comments;
    uint32_t text;       /* hash of what it says, as last emitted */
    uint32_t name;       /* where its name is, see sf_schedule_name(); 0: it has none */
    uint32_t place;      /* in the heap */
    uint32_t checked_ms; /* from first sight to the last answer with its numbers */
    uint8_t unsaid;      /* looks since the last one that was emitted; counts here stop at 255 */
    uint8_t quiet;       /* looks in a row that found nothing new */
    uint8_t missed;      /* answers in a row without the post */
    unsigned gone : 1;   /* deleted, and that was emitted */
    unsigned asked : 1;  /* a request is on its way */
    unsigned again : 1;  /* the next answer is to be emitted, whatever it says */
    unsigned fast : 1;   /* gained as the fastest do */
    uint16_t likes;      /* counted since the last answer, where a stream tells of each; */
    uint16_t replies;    /* not kept: a start asks for the numbers */
    uint16_t reposts;    /* the same; no part of the score */
    float rate;          /* points a second at the last looks; NaN: not known, also after a start */
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

/* Names a post, by a copy of the text: what it is asked for by, where that is not its id. SF_OK, SF_ENOMEM. */
int sf_schedule_name(sf_schedule *s, sf_tracked *t, sf_str name);

/* A post's name, good until the next one is given; empty: it has none. */
sf_str sf_schedule_name_of(const sf_schedule *s, const sf_tracked *t);

/* Counts one more, as far as a count goes. */
static inline void sf_tracked_count(uint8_t *n)
{
    *n = (uint8_t)(*n + (*n < 255));
}

/* Notes an answer: numbers, quiet and fast. Returns 1 if a number has changed. `fastest` is the rate, in points a second, that
 * the platform's fastest tenth gain at; NaN numbers are unknown and change nothing. */
int sf_tracked_observe(sf_tracked *t, int64_t at_ms, double score, double comments, double fastest);

/* When to look next, after a look at now_ms; SF_NO_TIME: no more. */
int64_t sf_tracked_next(const sf_tracked *t, int64_t now_ms);

/* When it is due now that something was counted at now_ms: where likes, replies and reposts since the last look are 3 more than twice what it
 * gained at the looks before, 5 min after that look, or at once; else when it was due. */
int64_t sf_tracked_hasten(const sf_tracked *t, int64_t now_ms);

/* A post as a line of text, to be kept; and back, for a post of that id. Returns the length; SF_EPARSE. A name has at most
 * SF_TRACKED_NAME bytes, no white space among them; what is read points into the text, and belongs to it. */
enum { SF_TRACKED_NAME = 600, SF_TRACKED_TEXT = 200 + SF_TRACKED_NAME };
size_t sf_tracked_write(const sf_tracked *t, sf_str name, char buf[SF_TRACKED_TEXT]);
int sf_tracked_read(sf_str text, sf_tracked *out, sf_str *name);

#endif
