/* SPDX-License-Identifier: MIT */
/* Buckets of tokens in a table of fixed size: a name that finds its places taken by others shares the one that is fullest, which errs on the
 * side of letting in. */
#include "tries.h"

#include <math.h>
#include <stdlib.h>

#include "common/hash.h"

enum { PLACES = 16384, WAYS = 8 };

typedef struct bucket {
    uint64_t hash;
    double tokens;
    int64_t at_ms;
    int strikes; /* how often it was emptied since it was full */
} bucket;

struct limits {
    double most, per_ms;
    int64_t most_wait_ms;
    bucket of[PLACES];
};

limits *limits_new(double a_minute, int64_t most_wait_ms)
{
    limits *l = calloc(1, sizeof *l);
    if (l != NULL) {
        l->most = a_minute < 1 ? 1 : a_minute;
        l->per_ms = a_minute / 60000;
        l->most_wait_ms = most_wait_ms;
    }
    return l;
}

void limits_free(limits *l)
{
    free(l);
}

/* How fast tokens come back: half as fast each time that the bucket was emptied again, as far as the longest wait allows. */
static double speed_of(const limits *l, const bucket *b)
{
    double least = l->most_wait_ms > 0 ? fmin(l->per_ms, 1 / (double)l->most_wait_ms) : l->per_ms;
    return b->strikes > 1 ? fmax(least, ldexp(l->per_ms, 1 - (b->strikes < 40 ? b->strikes : 40))) : l->per_ms;
}

static double tokens_of(const limits *l, const bucket *b, int64_t now_ms)
{
    return fmin(l->most, b->tokens + (double)(now_ms - b->at_ms) * speed_of(l, b));
}

static bucket *find(limits *l, sf_str name, int64_t now_ms)
{
    uint64_t hash = sf_hash_parts(&name, 1).low | 1;
    size_t start = hash % (PLACES / WAYS) * WAYS;
    bucket *best = &l->of[start];
    for (size_t i = start; i < start + WAYS; i++) {
        bucket *b = &l->of[i];
        if (b->hash == hash) {
            return b;
        }
        best = best->hash != 0 && (b->hash == 0 || tokens_of(l, b, now_ms) > tokens_of(l, best, now_ms)) ? b : best;
    }
    if (best->hash == 0 || tokens_of(l, best, now_ms) >= l->most) {
        *best = (bucket){hash, l->most, now_ms, 0};
    }
    return best;
}

int limits_take(limits *l, sf_str name, int64_t now_ms)
{
    bucket *b = find(l, name, now_ms);
    b->tokens = tokens_of(l, b, now_ms);
    b->at_ms = now_ms;
    if (b->tokens < 1) {
        return (int)ceil((1 - b->tokens) / speed_of(l, b) / 1000);
    }
    b->strikes = b->tokens >= l->most ? 0 : b->strikes;
    b->tokens -= 1;
    b->strikes += b->tokens < 1;
    return 0;
}

void limits_give(limits *l, sf_str name)
{
    bucket *b = find(l, name, 0);
    b->tokens = fmin(l->most, b->tokens + 1);
    b->strikes = 0;
}
