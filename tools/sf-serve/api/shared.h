/* SPDX-License-Identifier: MIT */
/* Answers that several instances share, in Redis behind each one's own: what one of them has worked out the others need not. Redis being away costs
 * nothing but that. For workers. */
#ifndef API_SHARED_H
#define API_SHARED_H

#include "common/buffer.h"
#include "common/hash.h"

/* What is kept of an answer. */
typedef struct shared_answer {
    int status;
    int64_t made_ms; /* wall clock */
    sf_str type, fields, body;
} shared_answer;

/* Writes an answer as it is kept, and reads it back; texts point into the value. 1; 0: it is none. */
void shared_write(const shared_answer *a, sf_buffer *b);
int shared_read(sf_str value, shared_answer *a);

typedef struct shared shared;

/* A worker's connection; it is made when it is first needed. NULL: no memory. url was checked with shared_check(). */
shared *shared_new(const char *url);
void shared_free(shared *s); /* NULL is fine */
int shared_check(const char *url, sf_error *err);

/* The value of a key. 1: *value lives until the next call; 0: there is none, or Redis is away. */
int shared_get(shared *s, sf_hash key, sf_str *value);
void shared_put(shared *s, sf_hash key, sf_str value, int64_t ttl_ms);

#endif
