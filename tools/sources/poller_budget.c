/* SPDX-License-Identifier: MIT */
/* What is done where there are more posts than can be looked at: those that are expected to gain least go without. */
#include <math.h>
#include <stdlib.h>

#include "common/metrics.h"
#include "poller.h"

enum {
    FIT_MS = 20000,    /* what is due for so long says that there is more than can be asked for */
    AGE_MS = 21600000, /* what older looks have missed is not worth more: it has waited, and can */
    ROOM_SHARE = 20,   /* room is made for a 20th at a time */
};

typedef struct candidate {
    double gain;
    uint64_t id;
} candidate;

static int compare(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    return a->gain != b->gain ? (a->gain < b->gain ? -1 : 1) : (a->id > b->id) - (a->id < b->id);
}

/* What a look is expected to find: as fast as it gained at the last ones, for as long as nobody looked. Nobody is so slow that
 * its turn never comes. */
static double gain_of(const sf_poller *p, const sf_tracked *t, int64_t now_ms)
{
    double usual = p->platform->fastest / 3, rate = t->rate >= 0 ? (double)t->rate : usual;
    int64_t ms = now_ms - t->observed_ms;
    return (rate > usual / 100 ? rate : usual / 100) * (double)(ms < AGE_MS ? ms : AGE_MS);
}

/* Posts in the order of what they are expected to gain; `by`: those that are due by then. NULL: no memory. */
static candidate *rank(sf_poller *p, int64_t now_ms, int64_t by, size_t *n)
{
    size_t all = sf_schedule_count(p->tracked);
    candidate *v = malloc((all + 1) * sizeof *v);
    *n = 0;
    for (size_t i = 0; i < all && v != NULL; i++) {
        const sf_tracked *t = sf_schedule_at(p->tracked, i);
        if (t->due_ms <= by && !t->again) {
            v[(*n)++] = (candidate){t->gone ? -1 : gain_of(p, t, now_ms), t->id};
        }
    }
    if (*n > 1) {
        qsort(v, *n, sizeof *v, compare);
    }
    return v;
}

/* How many looks the next FIT_MS have room for: as many as the last had, if posts were waiting then; else what the platform
 * allows at most. */
static size_t room(sf_poller *p, int64_t now_ms, double per_second)
{
    int64_t ms = now_ms - p->fitted_ms;
    double looks = ms < 2 * FIT_MS ? (double)(p->looks - p->fitted_looks) * FIT_MS / (double)ms : INFINITY;
    double most = per_second * FIT_MS / 1000;
    p->fitted_ms = now_ms;
    p->fitted_looks = p->looks;
    looks = looks < most ? looks : most;
    return looks > 1 ? (size_t)looks : 1;
}

int sf_poller_fit(sf_poller *p, const sf_http *http, int64_t now_ms, double per_second)
{
    const sf_tracked *first = sf_schedule_first(p->tracked);
    if (sf_http_away(http, NULL)) {
        p->fitted_ms = 0; /* what waits now waits for another reason */
        return SF_OK;
    }
    if (per_second <= 0 || first == NULL || now_ms - first->due_ms < FIT_MS || now_ms - p->fitted_ms < FIT_MS) {
        return SF_OK;
    }
    size_t n, keep = room(p, now_ms, per_second);
    candidate *v = rank(p, now_ms, now_ms, &n);
    for (size_t i = 0; v != NULL && n > keep && i < n - keep; i++) {
        sf_tracked *t = sf_schedule_find(p->tracked, v[i].id);
        int64_t next = sf_poller_next(p, t, now_ms);
        if (next == SF_NO_TIME || t->gone) {
            sf_poller_drop_tracked(p, t);
        } else {
            sf_schedule_move(p->tracked, t, next);
        }
        p->given_up++;
        sf_metric_add_of(SF_METRIC_LOOKS_GIVEN_UP, p->platform->name, -1, 1);
    }
    free(v);
    return v != NULL ? SF_OK : SF_ENOMEM;
}

int sf_poller_make_room(sf_poller *p, int64_t now_ms, size_t most)
{
    size_t n, all = sf_schedule_count(p->tracked), some = most / ROOM_SHARE > 0 ? most / ROOM_SHARE : 1;
    if (most == 0 || all < most) {
        return SF_OK;
    }
    candidate *v = rank(p, now_ms, INT64_MAX, &n);
    for (size_t i = 0; v != NULL && i < n && i < all - most + some; i++) {
        sf_tracked *t = sf_schedule_find(p->tracked, v[i].id);
        p->let_go += !t->gone;
        sf_poller_drop_tracked(p, t);
    }
    free(v);
    return v != NULL ? SF_OK : SF_ENOMEM;
}
