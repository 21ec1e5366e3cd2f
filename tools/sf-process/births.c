/* SPDX-License-Identifier: MIT */
/* Staircases of (number, time), see births.h. */
#include "births.h"

#include <stdlib.h>

#include "common/id_order.h"

#define STEPS 4096 /* of a staircase; when it is full its older half goes */

typedef struct step {
    int64_t number;
    int64_t at_ms;
} step;

typedef struct staircase {
    step steps[STEPS];
    size_t n;
} staircase;

struct sf_births {
    staircase of[SF_PLATFORM_COUNT];
};

int sf_births_new(sf_births **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? SF_OK : SF_ENOMEM;
}

void sf_births_free(sf_births *b)
{
    free(b);
}

/* The first step with a higher number, or s->n. */
static size_t first_above(const staircase *s, int64_t number)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->steps[mid].number > number) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

/* Adds a number higher than all before; steps that are no earlier say no more than it does. */
static void climb(staircase *s, int64_t number, int64_t at_ms)
{
    while (s->n > 0 && s->steps[s->n - 1].at_ms >= at_ms) {
        s->n--;
    }
    if (s->n == STEPS) {
        memmove(s->steps, s->steps + STEPS / 2, STEPS / 2 * sizeof *s->steps);
        s->n = STEPS / 2;
    }
    s->steps[s->n++] = (step){number, at_ms};
}

int64_t sf_births_latest(sf_births *b, int32_t platform, sf_str source_id, int64_t at_ms)
{
    int64_t number = sf_id_number(platform, source_id);
    if (number == 0 || at_ms == SF_NO_TIME) {
        return SF_NO_TIME;
    }
    staircase *s = &b->of[platform];
    size_t i = first_above(s, number);
    if (i < s->n) {
        return s->steps[i].at_ms < at_ms ? s->steps[i].at_ms : at_ms;
    }
    climb(s, number, at_ms);
    return at_ms;
}
