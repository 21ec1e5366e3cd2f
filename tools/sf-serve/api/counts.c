/* SPDX-License-Identifier: MIT */
/* How many rows questions have in all, kept for as long as answers are: counting costs more than a page does. */
#include <pthread.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/hash.h"
#include "internal.h"

enum { PLACES = 4096 };

typedef struct counted {
    sf_hash key;
    int64_t n, at_ms;
    int cut;
} counted;

struct counts {
    pthread_mutex_t lock;
    counted of[PLACES]; /* a newer one takes the place of an older */
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
    return sf_hash_equal(one.key, hash) && sf_clock_steady_ms() - one.at_ms < most_age_ms;
}

void counts_put(struct counts *c, sf_str key, int64_t n, int cut)
{
    sf_hash hash = sf_hash_parts(&key, 1);
    (void)pthread_mutex_lock(&c->lock);
    c->of[hash.low % PLACES] = (counted){hash, n, sf_clock_steady_ms(), cut};
    (void)pthread_mutex_unlock(&c->lock);
}
