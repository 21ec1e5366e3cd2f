/* SPDX-License-Identifier: MIT */
/* What pulses and comparisons of platforms are worked out with: a store puts in the posts of the period, rows come out. So every
 * store counts alike. Averages are over what is known of it, and rows say of how many posts; a window in which nobody watched is
 * unknown, not empty. */
#ifndef SF_PULSE_H
#define SF_PULSE_H

#include "question.h"

typedef struct sf_pulse sf_pulse;

/* What counts of a post. */
typedef struct sf_pulse_post {
    int32_t platform;
    int64_t event_ms;
    sf_str author; /* empty: not known, it counts as one of its own */
    double compound, cover, velocity, score, normalised;
    sf_str topics; /* JSON; empty: none */
} sf_pulse_post;

/* Starts one for a question about the posts from from_ms on to to_ms. SF_OK, SF_ENOMEM. */
int sf_pulse_new(sf_pulse **out, const sf_question *q, int64_t from_ms, int64_t to_ms);
void sf_pulse_free(sf_pulse *p); /* NULL is fine */

int sf_pulse_add(sf_pulse *p, const sf_pulse_post *post); /* SF_OK, SF_ENOMEM */

/* Points gained on a platform in a window that starts then. */
void sf_pulse_gain(sf_pulse *p, int32_t platform, int64_t start_ms, double points);

/* From when to when there are posts of a platform at all, and how many in the period: of all topics, for shares. */
void sf_pulse_platform(sf_pulse *p, int32_t platform, int64_t first_ms, int64_t last_ms, uint64_t posts);

/* For how long a platform was watched in a window that starts then. */
void sf_pulse_watched(sf_pulse *p, int32_t platform, int64_t start_ms, double seconds);

/* How many posts were put in. */
uint64_t sf_pulse_posts(const sf_pulse *p);

/* Writes the rows. SF_OK, SF_ENOMEM. */
int sf_pulse_answer(const sf_pulse *p, sf_answer *a);

/* Half of the 95 % interval around the mean of n numbers, from the sum of all and that of their squares; NaN for less than two. */
double sf_student_margin(uint64_t n, double all, double squares);

#endif
