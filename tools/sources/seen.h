/* SPDX-License-Identifier: MIT */
/* The ids that a poller has met: listings name the same posts again and again, and each is new only once.
 *
 * An id is kept until no listing has named it for a while (three days). 12 or, with authors, 16 bytes an id, between half and three
 * quarters full; the number of ids is bounded: beyond it those go first that were not named for the longest time. Ids are 64-bit numbers: a decimal or
 * base-36 id itself, or a hash. Beside each may stand whose it is, so that all of an author's can be asked for. */
#ifndef SF_SEEN_H
#define SF_SEEN_H

#include "signalflow/signalflow.h"

typedef struct sf_seen sf_seen;

#define SF_SEEN_MOST 2000000                 /* ids of one platform */
#define SF_SEEN_MS   ((int64_t)72 * 3600000) /* how long they are kept */

int sf_seen_new(sf_seen **out, size_t most, int64_t keep_ms); /* SF_OK, SF_ENOMEM */
void sf_seen_free(sf_seen *s);                                /* NULL is fine */
size_t sf_seen_count(const sf_seen *s);

/* When the id was last named (to the minute), SF_NO_TIME: it is not known. */
int64_t sf_seen_at(const sf_seen *s, uint64_t id);

/* Notes that the id was named at this time. 1: it was not known; 0: it was; SF_ENOMEM. */
int sf_seen_add(sf_seen *s, uint64_t id, int64_t at_ms);

/* Notes whose id it is, if it is known: a number that is the author's, and may be another's by chance. SF_OK, SF_ENOMEM. */
int sf_seen_mark(sf_seen *s, uint64_t id, uint32_t author);
uint32_t sf_seen_author(const sf_seen *s, uint64_t id); /* 0: not known */

/* An author's ids, up to `most` of them. Returns how many there are. It walks over all. */
size_t sf_seen_of(const sf_seen *s, uint32_t author, uint64_t *ids, size_t most);

/* Forgets what was not named for as long as ids are kept, and, if there is no room for more, the oldest quarter. Tells each. To be
 * called now and then; it walks over all. */
void sf_seen_expire(sf_seen *s, int64_t now_ms, void (*forgotten)(void *payload, uint64_t id), void *payload);

#endif
