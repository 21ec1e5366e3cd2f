/* SPDX-License-Identifier: MIT */
/* The aggregator: what goes in and comes out. */
#include "aggregate.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"

#define DEFAULT_GAP_MS      INT64_C(21600000) /* 6 hours */
#define DEFAULT_FLOOR       0.01
#define DEFAULT_MIN_COVER   0.5
#define DEFAULT_MIN_AUTHORS 3
#define FIRST_POST_MS       INT64_C(1104537600000) /* 2005-01-01: no platform that is read here is older */
#define CLOCK_SKEW_MS       INT64_C(300000)

int64_t sf_event_time(int64_t ts_ms, int64_t first_seen_ms)
{
    int made_up = ts_ms < FIRST_POST_MS || !sf_plausible_time(ts_ms) ||
                  (first_seen_ms != SF_NO_TIME && ts_ms - CLOCK_SKEW_MS > first_seen_ms);
    return made_up ? first_seen_ms : ts_ms;
}

/* Fills the options in; 0 and no options mean the defaults. */
static int take_options(sf_aggregator *g, const sf_aggregator_opts *given)
{
    sf_aggregator_opts o = SF_AGGREGATOR_OPTS_INIT;
    if (given != NULL) {
        memcpy(&o, given, given->struct_size < sizeof o ? given->struct_size : sizeof o);
    }
    if (o.episode_gap_ms < 0 || o.episode_gap_ms > SF_MOST_MS || !(o.floor >= 0.0) || isinf(o.floor) ||
        !(o.min_cover >= 0.0)) {
        return SF_EINVAL;
    }
    g->lexicon = o.lexicon != NULL ? o.lexicon : sf_lexicon_builtin();
    g->episode_gap_ms = o.episode_gap_ms > 0 ? o.episode_gap_ms : DEFAULT_GAP_MS;
    g->floor = o.floor > 0.0 ? o.floor : DEFAULT_FLOOR;
    g->min_cover = o.min_cover > 0.0 ? o.min_cover : DEFAULT_MIN_COVER;
    g->min_authors = o.min_authors > 0 ? o.min_authors : DEFAULT_MIN_AUTHORS;
    g->since_ms = SF_NO_TIME;
    return SF_OK;
}

int sf_aggregator_new(sf_aggregator **out, const sf_aggregator_opts *o)
{
    if (out == NULL) {
        return SF_EINVAL;
    }
    sf_aggregator *g = calloc(1, sizeof *g);
    if (g == NULL) {
        return SF_ENOMEM;
    }
    int status = take_options(g, o);
    if (status == SF_OK) {
        status = sf_intern_init(&g->strings);
    }
    if (status != SF_OK) {
        free(g);
        return status;
    }
    *out = g;
    return SF_OK;
}

void sf_aggregator_free(sf_aggregator *g)
{
    if (g == NULL) {
        return;
    }
    sf_intern_free(&g->strings);
    free(g->sightings);
    free(g->pasts);
    free(g->facts);
    free(g->buckets);
    free(g->tallies);
    free(g->events);
    free(g->p_values);
    free(g);
}

void sf_aggregator_reset(sf_aggregator *g)
{
    if (g == NULL) {
        return;
    }
    sf_intern_reset(&g->strings);
    g->n_sightings = g->n_pasts = 0;
    g->folded = 0;
    g->n_facts = g->n_buckets = g->n_tallies = g->n_events = 0;
    g->since_ms = SF_NO_TIME;
}

/* ---- in ---- */

static double finite_or_nan(double v)
{
    return isfinite(v) ? v : NAN;
}

/* Keeps a signal's topics, each once. */
static int take_topics(sf_aggregator *g, const sf_signal *s, sf_sighting *to)
{
    if (s->n_topics == 0) {
        return SF_OK;
    }
    size_t n = 0;
    sf_str *topics = sf_batch_alloc(g->strings.memory, s->n_topics * sizeof *topics);
    if (topics == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->n_topics; i++) {
        size_t seen = 0;
        if (sf_intern_put(&g->strings, s->topics[i], &topics[n]) != SF_OK) {
            return SF_ENOMEM;
        }
        while (seen < n && topics[seen].ptr != topics[n].ptr) {
            seen++;
        }
        n += seen == n && topics[n].len > 0;
    }
    to->topics = topics;
    to->n_topics = n;
    return SF_OK;
}

int sf_aggregator_add(sf_aggregator *g, const sf_signal *s)
{
    if (g == NULL || s == NULL || s->platform <= SF_PLATFORM_UNKNOWN || s->platform >= SF_PLATFORM_COUNT ||
        s->kind < SF_POST || s->kind > SF_DELETE || s->source_id.len == 0) {
        return SF_EINVAL;
    }
    int64_t at = s->observed_ms != SF_NO_TIME ? s->observed_ms : s->ts_ms;
    if (s->kind != SF_DELETE && !sf_plausible_time(at)) {
        return SF_EINVAL;
    }
    sf_sighting v = {.platform = s->platform, .kind = s->kind, .observed_ms = at, .ts_ms = s->ts_ms};
    v.score = finite_or_nan(s->raw_score);
    v.previous = finite_or_nan(s->previous_score);
    v.velocity = finite_or_nan(s->velocity);
    v.compound = s->sentiment_cover >= g->min_cover ? finite_or_nan(s->sentiment.compound) : NAN;
    v.described = s->n_topics > 0 || s->title.len > 0 || s->body.len > 0 || s->author.len > 0;
    if (sf_intern_put(&g->strings, s->source_id, &v.id) != SF_OK ||
        sf_intern_put(&g->strings, s->author, &v.author) != SF_OK || take_topics(g, s, &v) != SF_OK ||
        sf_grow(&g->sightings, &g->cap_sightings, g->n_sightings + 1, sizeof v) != SF_OK) {
        return SF_ENOMEM;
    }
    g->sightings[g->n_sightings++] = v;
    g->folded = 0;
    return SF_OK;
}

int sf_aggregator_past(sf_aggregator *g, sf_str topic, int32_t platform, int64_t first_ms, uint32_t authors)
{
    if (g == NULL || topic.len == 0 || platform <= SF_PLATFORM_UNKNOWN || platform >= SF_PLATFORM_COUNT ||
        !sf_plausible_time(first_ms)) {
        return SF_EINVAL;
    }
    sf_tally p = {.start_ms = sf_floor_to(first_ms, SF_BUCKET_MS),
                  .platform = platform,
                  .count = authors,
                  .authors = authors,
                  .first_ms = first_ms,
                  .normalised = NAN,
                  .past = 1};
    if (sf_intern_put(&g->strings, topic, &p.topic) != SF_OK ||
        sf_grow(&g->pasts, &g->cap_pasts, g->n_pasts + 1, sizeof p) != SF_OK) {
        return SF_ENOMEM;
    }
    g->pasts[g->n_pasts++] = p;
    return SF_OK;
}

int sf_aggregator_since(sf_aggregator *g, int64_t first_ms)
{
    if (g == NULL || (first_ms != SF_NO_TIME && !sf_plausible_time(first_ms))) {
        return SF_EINVAL;
    }
    g->since_ms = first_ms;
    return SF_OK;
}

/* ---- out ---- */

/* The first bucket that does not start before t. */
static size_t first_from(const sf_aggregator *g, int64_t t)
{
    size_t low = 0, high = g->n_buckets;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (g->buckets[middle].start_ms < t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int64_t sf_aggregator_read(sf_aggregator *g, int64_t from_ms, int64_t to_ms, const sf_bucket **buckets,
                           const sf_event **events, size_t *n_events)
{
    if (g == NULL || from_ms > to_ms) {
        return SF_EINVAL;
    }
    /* Whoever asks for events first, and then for the same with their past, has the posts counted once. */
    int known = g->folded && g->from_ms == from_ms && g->to_ms == to_ms;
    int status = known ? SF_OK : sf_aggregate_buckets(g, from_ms, to_ms);
    g->folded = status == SF_OK;
    g->from_ms = from_ms;
    g->to_ms = to_ms;
    if (status == SF_OK) {
        status = sf_aggregate_events(g, from_ms, to_ms);
        g->folded = status == SF_OK;
    }
    if (status != SF_OK) {
        return status;
    }
    size_t first = first_from(g, from_ms), end = first_from(g, to_ms);
    if (buckets != NULL) {
        *buckets = g->buckets + (g->buckets != NULL ? first : 0);
    }
    if (events != NULL) {
        *events = g->events;
    }
    if (n_events != NULL) {
        *n_events = g->n_events;
    }
    return (int64_t)(end - first);
}
