/* SPDX-License-Identifier: MIT */
/* Posts given along with trajectories of the same (platform, source_id): the trajectory's first moment gets the post's
 * text, its other moments are refreshes, and all of them the post's creation time. An observation that both hold is one
 * signal. A post seen before its trajectory starts is the first sight itself; one seen later and at a moment of its own is a
 * refresh with text. */
#include <stdlib.h>

#include "common/hash.h"
#include "recorded.h"
#include "replay.h"

/* A trajectory in the table; of several of one post, the one that starts first. */
typedef struct entry {
    sf_hash post;
    uint32_t line; /* SF_REPLAY_NONE: empty */
    uint32_t n;    /* moments, from `first` on */
    size_t first;
    int64_t start_ms;
} entry;

typedef struct table {
    entry *v;
    size_t mask;
} table;

static entry *look_up(const table *t, sf_hash post)
{
    size_t i = (size_t)post.low & t->mask;
    while (t->v[i].line != SF_REPLAY_NONE && !sf_hash_equal(t->v[i].post, post)) {
        i = (i + 1) & t->mask;
    }
    return &t->v[i];
}

static int make_table(table *t, size_t entries)
{
    size_t size = 16;
    while (size < entries * 2) {
        size *= 2;
    }
    t->v = malloc(size * sizeof *t->v);
    t->mask = size - 1;
    for (size_t i = 0; t->v != NULL && i < size; i++) {
        t->v[i].line = SF_REPLAY_NONE;
    }
    return t->v != NULL ? SF_OK : SF_ENOMEM;
}

/* Reads a line again. It could be read before, so that only memory can fail it. */
static sf_signal *read_again(sf_replay_index *x, const sf_replay_line *l)
{
    sf_recorded rec = {.signal = NULL};
    sf_batch_reset(x->scratch);
    return sf_recorded_read(x->scratch, l->raw, &rec, NULL) == SF_OK ? rec.signal : NULL;
}

static int add_trajectory(sf_replay_index *x, const table *t, uint32_t line, size_t first, uint32_t n)
{
    const sf_signal *s = read_again(x, &x->lines[line]);
    if (s == NULL) {
        return SF_ENOMEM;
    }
    entry new = {sf_hash_post(s->platform, s->source_id), line, n, first, INT64_MAX};
    for (size_t i = first; i < first + n; i++) {
        new.start_ms = x->moments[i].ms < new.start_ms ? x->moments[i].ms : new.start_ms;
    }
    entry *e = look_up(t, new.post);
    if (e->line == SF_REPLAY_NONE) {
        *e = new;
    } else if (new.start_ms < e->start_ms) {
        x->lines[e->line].later = 1;
        *e = new;
    } else {
        x->lines[line].later = 1;
    }
    return SF_OK;
}

static int holds(const sf_replay_index *x, const entry *e, int64_t ms)
{
    for (size_t i = e->first; i < e->first + e->n; i++) {
        if (x->moments[i].ms == ms) {
            return 1;
        }
    }
    return 0;
}

/* Joins a post to its trajectory, if there is one. */
static int join_post(sf_replay_index *x, const table *t, sf_replay_moment *m)
{
    const sf_signal *s = read_again(x, &x->lines[m->line]);
    if (s == NULL) {
        return SF_ENOMEM;
    }
    const entry *e = look_up(t, sf_hash_post(s->platform, s->source_id));
    if (e->line == SF_REPLAY_NONE) {
        return SF_OK;
    }
    sf_replay_line *trajectory = &x->lines[e->line];
    if (trajectory->text == SF_REPLAY_NONE) {
        trajectory->text = m->line;
        trajectory->ts_ms = s->ts_ms;
    }
    if (s->observed_ms == SF_NO_TIME || holds(x, e, s->observed_ms)) {
        m->line = SF_REPLAY_NONE;
        x->joined++;
    } else if (s->observed_ms < e->start_ms) {
        trajectory->later = 1;
    } else {
        x->lines[m->line].later = 1;
    }
    return SF_OK;
}

/* Moments that are one signal with another one's go. */
static void close_gaps(sf_replay_index *x)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->n_moments; i++) {
        if (x->moments[i].line != SF_REPLAY_NONE) {
            x->moments[kept++] = x->moments[i];
        }
    }
    x->n_moments = kept;
}

int sf_replay_join(sf_replay_index *x)
{
    table t;
    size_t trajectories = 0;
    for (size_t i = 0; i < x->n_lines; i++) {
        trajectories += x->lines[i].form == SF_REPLAY_TRAJECTORY;
    }
    if (trajectories == 0 || trajectories == x->n_lines) {
        return SF_OK;
    }
    int status = make_table(&t, trajectories);
    for (size_t i = 0, n; status == SF_OK && i < x->n_moments; i += n) {
        uint32_t line = x->moments[i].line;
        for (n = 1; i + n < x->n_moments && x->moments[i + n].line == line; n++) {
        }
        if (x->lines[line].form == SF_REPLAY_TRAJECTORY) {
            status = add_trajectory(x, &t, line, i, (uint32_t)n);
        }
    }
    for (size_t i = 0; status == SF_OK && i < x->n_moments; i++) {
        if (x->lines[x->moments[i].line].form == SF_REPLAY_POST) {
            status = join_post(x, &t, &x->moments[i]);
        }
    }
    free(t.v);
    close_gaps(x);
    return status;
}
