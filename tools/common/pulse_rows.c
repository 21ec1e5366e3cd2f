/* SPDX-License-Identifier: MIT */
/* Rows of pulses and comparisons: averages, what is sure about them, and what nobody could know. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pulse_internal.h"

enum { TOP = 5 };

/* What a row is made of. */
typedef struct row {
    const sf_pulse *p;
    const cell *c;
    int32_t platform;
    int64_t from_ms;
    int known; /* somebody watched, or there are posts */
} row;

static double mean(const sum *s)
{
    return s->n > 0 ? s->sum / (double)s->n : (double)NAN;
}

double sf_student_margin(uint64_t count, double all, double squares)
{
    double n = (double)count;
    if (count < 2) {
        return (double)NAN;
    }
    double variance = fmax(0, squares - all * all / n) / (n - 1);
    return sf_student_quantile(n - 1) * sqrt(variance / n);
}

/* The ends of the 95 % interval around the mean, of numbers that lie between bounds. */
static double low(const sum *s, double least)
{
    double half = sf_student_margin(s->n, s->sum, s->squares);
    return isnan(half) ? half : fmax(least, mean(s) - half);
}

static double high(const sum *s, double most)
{
    double half = sf_student_margin(s->n, s->sum, s->squares);
    return isnan(half) ? half : fmin(most, mean(s) + half);
}

static double of_from(const row *r)
{
    return (double)r->from_ms;
}

static double of_count(const row *r)
{
    return (double)r->c->count;
}

static double of_authors(const row *r)
{
    return (double)r->c->authors;
}

static double of_sentiment(const row *r)
{
    return mean(&r->c->sentiment);
}

static double of_low(const row *r)
{
    return low(&r->c->sentiment, -1);
}

static double of_high(const row *r)
{
    return high(&r->c->sentiment, 1);
}

static double of_scored(const row *r)
{
    return (double)r->c->sentiment.n;
}

static double of_velocity(const row *r)
{
    return mean(&r->c->velocity);
}

static double of_velocity_low(const row *r)
{
    return low(&r->c->velocity, -(double)INFINITY);
}

static double of_velocity_high(const row *r)
{
    return high(&r->c->velocity, (double)INFINITY);
}

static double of_velocities(const row *r)
{
    return (double)r->c->velocity.n;
}

static double of_score(const row *r)
{
    return mean(&r->c->score);
}

static double of_score_low(const row *r)
{
    return low(&r->c->score, -(double)INFINITY);
}

static double of_score_high(const row *r)
{
    return high(&r->c->score, (double)INFINITY);
}

static double of_scores(const row *r)
{
    return (double)r->c->score.n;
}

static double of_normalised(const row *r)
{
    return mean(&r->c->normalised);
}

static double of_normalised_low(const row *r)
{
    return low(&r->c->normalised, 0);
}

static double of_normalised_high(const row *r)
{
    return high(&r->c->normalised, 1);
}

static double of_normaliseds(const row *r)
{
    return (double)r->c->normalised.n;
}

static double of_gain(const row *r)
{
    return r->c->gain;
}

static double of_watched(const row *r)
{
    return r->c->watched;
}

static double of_first(const row *r)
{
    return r->c->first_ms == SF_NO_TIME ? (double)NAN : (double)r->c->first_ms;
}

static double of_lag(const row *r)
{
    return (of_first(r) - (double)(r->c - r->platform)->first_ms) / 1000;
}

static double of_share(const row *r)
{
    uint64_t posts = r->p->platforms[r->platform].posts;
    return posts > 0 ? (double)r->c->count / (double)posts : (double)NAN;
}

static const struct figure {
    const char *name;
    double (*of)(const row *r); /* NaN: not known */
} figures[] = {
    {"from", of_from},
    {"count", of_count},
    {"authors", of_authors},
    {"avg_sentiment", of_sentiment},
    {"sentiment_low", of_low},
    {"sentiment_high", of_high},
    {"n_scored", of_scored},
    {"avg_velocity", of_velocity},
    {"velocity_low", of_velocity_low},
    {"velocity_high", of_velocity_high},
    {"n_velocity", of_velocities},
    {"avg_score", of_score},
    {"score_low", of_score_low},
    {"score_high", of_score_high},
    {"n_score", of_scores},
    {"avg_normalised_score", of_normalised},
    {"normalised_low", of_normalised_low},
    {"normalised_high", of_normalised_high},
    {"n_normalised", of_normaliseds},
    {"score_gain", of_gain},
    {"watched_seconds", of_watched},
    {"first_at", of_first},
    {"lag_seconds", of_lag},
    {"share", of_share},
};

static double figure_of(const row *r, const char *name)
{
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (strcmp(figures[i].name, name) == 0) {
            return figures[i].of(r);
        }
    }
    return (double)NAN;
}

/* The most frequent topics, by falling count and then by name. */
static size_t find_top(const sf_pulse *p, int32_t platform, const named *top[TOP])
{
    size_t n = 0;
    for (size_t i = 0; i < p->cap_topics; i++) {
        const named *t = &p->topics[i];
        uint32_t count = t->counts[platform];
        size_t at = n;
        while (count > 0 && at > 0 &&
               (top[at - 1]->counts[platform] < count ||
                (top[at - 1]->counts[platform] == count && strcmp(top[at - 1]->topic.ptr, t->topic.ptr) > 0))) {
            at--;
        }
        if (count > 0 && at < TOP) {
            n += n < TOP;
            memmove(&top[at + 1], &top[at], (n - 1 - at) * sizeof top[0]);
            top[at] = t;
        }
    }
    return n;
}

static int fill_top(const row *r, sf_answer *a, sf_cell *c)
{
    const named *top[TOP];
    sf_buffer b = {0};
    size_t n = find_top(r->p, r->platform, top);
    for (size_t i = 0; i < n; i++) {
        sf_buffer_text(&b, i > 0 ? ",{\"topic\":" : "[{\"topic\":");
        sf_buffer_quoted(&b, top[i]->topic);
        sf_buffer_format(&b, ",\"count\":%u}", top[i]->counts[r->platform]);
    }
    sf_buffer_text(&b, n > 0 ? "]" : "[]");
    int status = b.lost ? SF_ENOMEM : sf_answer_text(a, c, (sf_str){b.bytes, b.len});
    sf_buffer_free(&b);
    return status;
}

static int fill(const row *r, sf_answer *a, const sf_column *column, sf_cell *c)
{
    if (strcmp(column->name, "platform") == 0) {
        return sf_answer_text(a, c, sf_cstr(r->platform == ALL ? "all" : sf_platform_name(r->platform)));
    }
    if (strcmp(column->name, "top") == 0) {
        return r->known ? fill_top(r, a, c) : SF_OK;
    }
    double v = figure_of(r, column->name);
    if (isnan(v) || (!r->known && strcmp(column->name, "from") != 0)) {
        return SF_OK;
    }
    if (column->type == SF_CELL_NUMBER) {
        sf_cell_number(c, v);
    } else {
        sf_cell_whole(c, (int64_t)v);
    }
    return SF_OK;
}

static int add_row(const row *r, sf_answer *a)
{
    sf_cell *cells = sf_answer_row(a);
    int status = cells != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < a->n_columns; i++) {
        status = fill(r, a, a->columns[i], &cells[i]);
    }
    return status;
}

/* Could there have been posts? Only if it was watched; where that was not recorded, between its oldest and newest post. */
static int watched(const sf_pulse *p, const row *r)
{
    const span *of = &p->platforms[r->platform];
    if (of->covered) {
        return r->c->watched > 0;
    }
    return of->first_ms != SF_NO_TIME && of->first_ms < r->from_ms + p->step_ms && of->last_ms >= r->from_ms;
}

static int is_asked(const sf_pulse *p, int32_t platform)
{
    return (p->q->platforms >> platform & 1U) != 0 &&
           (p->q->named_platforms || p->platforms[platform].first_ms != SF_NO_TIME);
}

static int answer_step(const sf_pulse *p, size_t step, sf_answer *a)
{
    int status = SF_OK, n = 0;
    row all = {p, &p->cells[step * SF_PLATFORM_COUNT], ALL, p->from_ms + (int64_t)step * p->step_ms, 0};
    for (int32_t i = 1; status == SF_OK && i < SF_PLATFORM_COUNT; i++) {
        if (is_asked(p, i)) {
            row one = {p, all.c + i, i, all.from_ms, 0};
            one.known = one.c->count > 0 || watched(p, &one);
            all.known |= one.known;
            status = add_row(&one, a);
            n++;
        }
    }
    return status != SF_OK || n < 2 || p->q->by_platform ? status : add_row(&all, a);
}

uint64_t sf_pulse_posts(const sf_pulse *p)
{
    uint64_t n = 0;
    for (size_t i = 0; i < p->n_steps; i++) {
        n += p->cells[i * SF_PLATFORM_COUNT].count;
    }
    return n;
}

/* ---- rows that are topics ------------------------------------------------------------------------------------------- */

static int by_count(const void *a, const void *b)
{
    const named *x = *(const named *const *)a, *y = *(const named *const *)b;
    if (x->counts[ALL] != y->counts[ALL]) {
        return (x->counts[ALL] < y->counts[ALL]) - (x->counts[ALL] > y->counts[ALL]);
    }
    return strcmp(x->topic.ptr, y->topic.ptr);
}

static int fill_platforms(const named *t, sf_answer *a, sf_cell *c)
{
    sf_buffer b = {0};
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        if (t->counts[i] > 0) {
            sf_buffer_format(&b, "%s\"%s\":%u", b.len > 0 ? "," : "{", sf_platform_name(i), t->counts[i]);
        }
    }
    sf_buffer_text(&b, "}");
    int status = b.lost ? SF_ENOMEM : sf_answer_text(a, c, (sf_str){b.bytes, b.len});
    sf_buffer_free(&b);
    return status;
}

static int add_topic(const sf_pulse *p, const named *t, sf_answer *a)
{
    const row r = {p, t->all, ALL, p->from_ms, 1};
    sf_cell *cells = sf_answer_row(a);
    int status = cells != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < a->n_columns; i++) {
        const char *name = a->columns[i]->name;
        status = strcmp(name, "topic") == 0       ? sf_answer_text(a, &cells[i], t->topic)
                 : strcmp(name, "platforms") == 0 ? fill_platforms(t, a, &cells[i])
                                                  : fill(&r, a, a->columns[i], &cells[i]);
    }
    return status;
}

static int answer_topics(const sf_pulse *p, sf_answer *a)
{
    size_t n = 0, from = p->q->offset;
    int status = SF_OK;
    const named **all = calloc(p->n_topics + 1, sizeof *all);
    if (all == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < p->cap_topics; i++) {
        if (p->topics[i].hash != 0) {
            all[n++] = &p->topics[i];
        }
    }
    qsort(all, n, sizeof *all, by_count);
    a->total = p->q->total ? (int64_t)n : a->total;
    a->more = n > from && n - from > p->q->limit;
    for (size_t i = from; i < n && i - from < p->q->limit && status == SF_OK; i++) {
        status = add_topic(p, all[i], a);
    }
    free(all);
    return status;
}

int sf_pulse_answer(const sf_pulse *p, sf_answer *a)
{
    if (p->q->by_topic) {
        return answer_topics(p, a);
    }
    int status = SF_OK;
    for (size_t i = 0; i < p->n_steps && status == SF_OK; i++) {
        status = answer_step(p, i, a);
    }
    return status;
}
