/* SPDX-License-Identifier: MIT */
/* The ring of the last messages, encoded as frames that follow each other in memory, so that a run of them is one piece to send.
 *
 * Messages are numbered from 1 on without a gap; a number that has fallen out is not there any more. Where two are about the same signal, the older
 * is marked: who is behind can pass it over. One thread at a time. */
#ifndef SERVE_RING_H
#define SERVE_RING_H

#include "common/hash.h"

typedef struct ring_message {
    unsigned char *frame; /* in the ring */
    uint32_t len;         /* of the frame */
    uint32_t head;        /* of its head, in front of the JSON */
    int stale;            /* 1: a newer message about the same signal has come */
    int keyed;
    int for_all; /* the owner's: whatever filters say */
    sf_hash key; /* of the signal */
} ring_message;

typedef struct ring ring;

/* SF_OK, SF_ENOMEM. */
int ring_new(ring **out, size_t bytes, size_t messages);
void ring_free(ring *r); /* NULL is fine */

/* Adds an object that has members, with `"cursor":"EPOCH-N",` in front of them. key: NULL, none. SF_OK; SF_ETOOBIG: longer than an eighth of
 * the ring. */
int ring_add(ring *r, const char *epoch, sf_str object, const sf_hash *key);

/* A message that is there: ring_first() <= number < ring_next(). */
ring_message *ring_at(const ring *r, uint64_t number);
uint64_t ring_first(const ring *r);
uint64_t ring_next(const ring *r);

/* Bytes between a message and the end: how far behind someone is who has not had it. */
uint64_t ring_behind(const ring *r, uint64_t number);

#endif
