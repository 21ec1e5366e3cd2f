/* SPDX-License-Identifier: MIT */
/* How many rows questions have in all, kept for as long as answers are, and longer where they are many: counting these costs far more than a page does. And where pages far
 * behind were found: what lies near them is found from there. */
#include <pthread.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/hash.h"
#include "internal.h"

enum { PLACES = 4096, MANY = 10000, MANY_MS = 30000 };

typedef struct counted {
    sf_hash key;
    int64_t n, at_ms;
    int cut;
} counted;

typedef struct marked {
    sf_hash key;
    int64_t at_ms;
    sf_landmark mark;
} marked;

struct counts {
    pthread_mutex_t lock;
    counted of[PLACES]; /* a newer one takes the place of an older */
    marked marks[PLACES];
};

struct counts *counts_new(void)
{
    struct counts *c = calloc(1, sizeof *c);
    if (c != NULL) {
        (void)pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

void counts_free(struct counts *c)
{
    if (c != NULL) {
        (void)pthread_mutex_destroy(&c->lock);
        free(c);
    }
}

int counts_get(struct counts *c, sf_str key, int64_t most_age_ms, int64_t *n, int *cut)
{
    sf_hash hash = sf_hash_parts(&key, 1);
    (void)pthread_mutex_lock(&c->lock);
    counted one = c->of[hash.low % PLACES];
    (void)pthread_mutex_unlock(&c->lock);
    *n = one.n;
    *cut = one.cut;
    if ((one.cut || one.n >= MANY) && most_age_ms < MANY_MS) {
        most_age_ms = MANY_MS;
    }
    return sf_hash_equal(one.key, hash) && sf_clock_steady_ms() - one.at_ms < most_age_ms;
}

void counts_put(struct counts *c, sf_str key, int64_t n, int cut)
{
    sf_hash hash = sf_hash_parts(&key, 1);
    (void)pthread_mutex_lock(&c->lock);
    c->of[hash.low % PLACES] = (counted){hash, n, sf_clock_steady_ms(), cut};
    (void)pthread_mutex_unlock(&c->lock);
}

sf_landmark counts_mark(struct counts *c, sf_str key)
{
    sf_hash hash = sf_hash_parts(&key, 1);
    (void)pthread_mutex_lock(&c->lock);
    marked one = c->marks[hash.low % PLACES];
    (void)pthread_mutex_unlock(&c->lock);
    int known = sf_hash_equal(one.key, hash) && sf_clock_steady_ms() - one.at_ms < MANY_MS;
    return known ? one.mark : (sf_landmark){.rows = 0};
}

void counts_put_mark(struct counts *c, sf_str key, sf_landmark mark)
{
    sf_hash hash = sf_hash_parts(&key, 1);
    (void)pthread_mutex_lock(&c->lock);
    c->marks[hash.low % PLACES] = (marked){hash, sf_clock_steady_ms(), mark};
    (void)pthread_mutex_unlock(&c->lock);
}
