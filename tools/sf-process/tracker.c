/* SPDX-License-Identifier: MIT */
/* A hash table of fixed-size entries, which also form a list by last use. See tracker.h. */
#include "tracker.h"

#include <math.h>
#include <stdlib.h>

#include "births.h"
#include "common/hash.h"

/* Entries refer to one another by place; NONE, which is 0, is no entry but the ends of the list. */
typedef uint32_t place;
enum { NONE = 0 };

typedef struct reading {
    double value;
    int64_t at_ms; /* SF_NO_TIME, which is less than any time: never */
} reading;

/* The latest known value of a number, and the one before it: the latest may come again and must get the same velocity. */
typedef struct readings {
    reading latest, before;
} readings;

typedef struct entry {
    sf_hash post;
    sf_trend trend;
    readings score, comments;
    int64_t created_ms; /* or the time by which it existed; SF_NO_TIME: unknown */
    place chain;        /* next of the same bucket; of the free ones, next free */
    place newer, older; /* by last use */
    int32_t rising;
} entry;

struct sf_tracker {
    entry *entries; /* [0] is where the list by last use starts and ends */
    place *buckets;
    size_t mask; /* of buckets */
    place n;     /* entries ever used */
    place limit;
    place free; /* given back by deletes */
    size_t count;
    uint64_t evicted;
    sf_baseline baselines[SF_PLATFORM_COUNT];
    sf_births *births;
};

int sf_tracker_new(sf_tracker **out, size_t posts, const sf_lexicon *l)
{
    sf_tracker *t = calloc(1, sizeof *t);
    size_t buckets = 1024;
    while (buckets < posts) {
        buckets *= 2;
    }
    /* Fresh memory from calloc() costs nothing before it is used. */
    if (t == NULL || posts == 0 || posts >= UINT32_MAX || (t->entries = calloc(posts + 1, sizeof(entry))) == NULL ||
        (t->buckets = calloc(buckets, sizeof(place))) == NULL || sf_births_new(&t->births) != SF_OK) {
        sf_tracker_free(t);
        return SF_ENOMEM;
    }
    t->mask = buckets - 1;
    t->limit = (place)posts;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        t->baselines[p] = sf_lexicon_baseline(l, p);
    }
    *out = t;
    return SF_OK;
}

void sf_tracker_free(sf_tracker *t)
{
    if (t != NULL) {
        free(t->entries);
        free(t->buckets);
        sf_births_free(t->births);
        free(t);
    }
}

size_t sf_tracker_count(const sf_tracker *t)
{
    return t->count;
}

uint64_t sf_tracker_evicted(const sf_tracker *t)
{
    return t->evicted;
}

/* ---- the list by last use ---- */

static void unlink_use(sf_tracker *t, place p)
{
    entry *e = &t->entries[p];
    t->entries[e->newer].older = e->older;
    t->entries[e->older].newer = e->newer;
}

static void link_newest(sf_tracker *t, place p)
{
    entry *e = &t->entries[p], *ends = &t->entries[NONE];
    e->newer = NONE;
    e->older = ends->older; /* of the ends, "older" is the newest and "newer" the oldest */
    t->entries[e->older].newer = p;
    ends->older = p;
}

/* ---- the table ---- */

/* Where the place of this post is written, or would be. */
static place *look_up(sf_tracker *t, sf_hash post)
{
    place *p = &t->buckets[(size_t)post.low & t->mask];
    while (*p != NONE && !sf_hash_equal(t->entries[*p].post, post)) {
        p = &t->entries[*p].chain;
    }
    return p;
}

/* Forgets the entry that `at` refers to. */
static void forget(sf_tracker *t, place *at)
{
    place p = *at;
    *at = t->entries[p].chain;
    unlink_use(t, p);
    t->entries[p].chain = t->free;
    t->free = p;
    t->count--;
}

static place take_free(sf_tracker *t)
{
    if (t->free == NONE && t->n == t->limit) {
        forget(t, look_up(t, t->entries[t->entries[NONE].newer].post));
        t->evicted++;
    }
    if (t->free != NONE) {
        place p = t->free;
        t->free = t->entries[p].chain;
        return p;
    }
    return ++t->n;
}

static const readings never = {{NAN, SF_NO_TIME}, {NAN, SF_NO_TIME}};

static entry *remember(sf_tracker *t, sf_hash post)
{
    place p = *look_up(t, post);
    if (p != NONE) {
        unlink_use(t, p);
    } else {
        p = take_free(t);
        t->entries[p] = (entry){.post = post, .score = never, .comments = never, .created_ms = SF_NO_TIME};
        place *end = look_up(t, post); /* what was forgotten may have stood in this chain */
        *end = p;
        t->count++;
    }
    link_newest(t, p);
    return &t->entries[p];
}

/* ---- observations ---- */

/* What a look at `now` compares with; never, when it is late. */
static reading earlier(const readings *r, int64_t now)
{
    return now > r->latest.at_ms ? r->latest : now == r->latest.at_ms ? r->before : never.before;
}

/* Remembers a value, unless it is unknown or late; of several at the same time the last. */
static void note(readings *r, double value, int64_t now)
{
    if (isfinite(value) && now >= r->latest.at_ms) {
        r->before = earlier(r, now);
        r->latest = (reading){value, now};
    }
}

static void rank(entry *e, const sf_baseline *base, sf_signal *s, sf_trend_parts *parts)
{
    double before = sf_trend_rate(&e->trend);
    double after = sf_trend_observe(&e->trend, base, s->raw_score, s->observed_ms, e->created_ms);
    if (isnan(after)) {
        return;
    }
    parts->rate = after;
    parts->x = after / base->v0;
    parts->n = s->normalised_score;
    parts->r = sf_recency(base, e->created_ms, s->observed_ms);
    s->trending_score = sf_trending(parts->x, parts->n, parts->r);
    int again = s->observed_ms == e->score.latest.at_ms;
    s->rising = again ? e->rising : sf_rising(base, e->rising, before, after);
    e->rising = s->rising == 1;
}

static void observe(entry *e, int64_t born_ms, const sf_baseline *base, sf_signal *s, sf_trend_parts *parts)
{
    int64_t now = s->observed_ms;
    if (s->ts_ms != SF_NO_TIME) {
        e->created_ms = s->ts_ms;
    } else if (e->created_ms == SF_NO_TIME) {
        e->created_ms = born_ms;
    }
    if (now == SF_NO_TIME) {
        return;
    }
    reading score = earlier(&e->score, now), comments = earlier(&e->comments, now);
    s->previous_score = score.value;
    s->velocity = sf_velocity(score.value, score.at_ms, s->raw_score, now);
    s->comment_velocity = sf_velocity(comments.value, comments.at_ms, s->comments, now);
    if (isfinite(s->raw_score) && now >= e->score.latest.at_ms) {
        rank(e, base, s, parts);
    }
    note(&e->score, s->raw_score, now);
    note(&e->comments, s->comments, now);
}

void sf_tracker_observe(sf_tracker *t, sf_signal *s, sf_trend_parts *parts)
{
    sf_trend_parts unwanted;
    sf_hash post = sf_hash_post(s->platform, s->source_id);
    int32_t platform = s->platform > 0 && s->platform < SF_PLATFORM_COUNT ? s->platform : SF_PLATFORM_UNKNOWN;
    const sf_baseline *base = &t->baselines[platform];
    parts = parts != NULL ? parts : &unwanted;
    *parts = (sf_trend_parts){NAN, NAN, NAN, NAN};
    s->previous_score = s->velocity = s->comment_velocity = s->trending_score = NAN;
    s->normalised_score = sf_normalised_score(base, s->raw_score);
    s->rising = -1;
    if (s->kind == SF_DELETE) {
        place *at = look_up(t, post);
        if (*at != NONE) {
            forget(t, at);
        }
        return;
    }
    int64_t born_ms =
        s->ts_ms != SF_NO_TIME ? SF_NO_TIME : sf_births_latest(t->births, s->platform, s->source_id, s->observed_ms);
    observe(remember(t, post), born_ms, base, s, parts);
}
