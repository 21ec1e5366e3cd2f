/* SPDX-License-Identifier: MIT */
/* Bringing sf_trends what it needs: for each topic of the period its counts in the windows that matter, which are kept from cycle to cycle, how many
 * authors speak of it, when it was first seen; the windows' totals; since when each platform was watched. */
#include "trends.h"

#include <stdlib.h>

#include "common/fail.h"
#include "cycle_internal.h"

/* Somebody speaks of a topic. */
typedef struct mention {
    sf_str topic, author;
    int32_t platform;
} mention;

/* What is spoken of. */
typedef struct topic {
    sf_str topic;
    sf_kept_topic *kept;
    uint32_t authors;
} topic;

typedef struct update {
    sf_store *store;
    sf_kept *kept;
    const sf_aggregate_ops *ask;
    sf_trends *t;
    sf_batch *memory;
    mention *mentions;
    size_t n, cap;
    topic *topics;
    size_t n_topics, cap_topics;
    sf_span spans[SF_TRENDS_SPANS];
    sf_span reach[SF_PLATFORM_COUNT]; /* since when each platform is watched */
} update;

/* ---- who speaks of what ------------------------------------------------------------------------------------------- */

static int take_post(void *payload, const sf_signal *s, int64_t first_seen_ms)
{
    update *u = payload;
    sf_str author;
    (void)first_seen_ms;
    if (sf_cycle_room(&u->mentions, &u->cap, u->n + s->n_topics, sizeof *u->mentions) != SF_OK ||
        sf_batch_copy(u->memory, s->author, &author) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->n_topics; i++) {
        mention *m = &u->mentions[u->n];
        *m = (mention){.author = author, .platform = s->platform};
        if (sf_batch_copy(u->memory, s->topics[i], &m->topic) != SF_OK) {
            return SF_ENOMEM;
        }
        u->n++;
    }
    return SF_OK;
}

static int compare_mentions(const void *left, const void *right)
{
    const mention *a = left, *b = right;
    int c = sf_compare_topics(a->topic, b->topic);
    c = c != 0 ? c : (a->platform > b->platform) - (a->platform < b->platform);
    return c != 0 ? c : sf_compare_topics(a->author, b->author);
}

/* Different authors among the mentions of one topic; each that is not known is one more. */
static uint32_t count_authors(const mention *m, size_t n)
{
    uint32_t authors = 0;
    for (size_t i = 0; i < n; i++) {
        authors += i == 0 || m[i].author.len == 0 || compare_mentions(&m[i], &m[i - 1]) != 0;
    }
    return authors;
}

/* ---- counts ------------------------------------------------------------------------------------------------------- */

static int give_count(void *payload, size_t which, const sf_bucket *b)
{
    (void)which;
    return sf_trends_add(((update *)payload)->t, b->topic, b->platform, b->start_ms, b->count, b->authors);
}

static int give_total(void *payload, const sf_bucket *b)
{
    return sf_trends_total(((update *)payload)->t, b->platform, b->start_ms, b->count, b->authors);
}

/* A row for each topic, from the mentions in their order. */
static int list_topics(update *u)
{
    for (size_t i = 0, end; i < u->n; i = end) {
        for (end = i + 1; end < u->n && sf_compare_topics(u->mentions[end].topic, u->mentions[i].topic) == 0;) {
            end++;
        }
        if (sf_cycle_room(&u->topics, &u->cap_topics, u->n_topics + 1, sizeof *u->topics) != SF_OK) {
            return SF_ENOMEM;
        }
        u->topics[u->n_topics++] = (topic){u->mentions[i].topic, NULL, count_authors(&u->mentions[i], end - i)};
    }
    return SF_OK;
}

static int no_memory(int r, sf_error *err)
{
    return r == SF_OK ? SF_OK : sf_fail(err, r, "%s", sf_strerror(r));
}

/* What is kept of each topic. */
static int find_kept(update *u)
{
    sf_str *names = sf_batch_alloc(u->memory, (u->n_topics + 1) * sizeof *names);
    sf_kept_topic **found = sf_batch_alloc(u->memory, (u->n_topics + 1) * sizeof(sf_kept_topic *));
    if (names == NULL || found == NULL) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < u->n_topics; i++) {
        names[i] = u->topics[i].topic;
    }
    int r = sf_kept_topics(u->kept, names, u->n_topics, found);
    for (size_t i = 0; i < u->n_topics && r == SF_OK; i++) {
        u->topics[i].kept = found[i];
    }
    return r;
}

/* Topics of which it is not known when they were first seen. */
typedef struct unknown {
    sf_kept_topic **topics;
} unknown;

static int take_first(void *payload, size_t which, const sf_bucket *b)
{
    ((unknown *)payload)->topics[which]->first_ms = b->start_ms;
    return SF_EEND;
}

static int read_firsts(update *u, sf_error *err)
{
    size_t n = 0;
    sf_topic_span *spans = sf_batch_alloc(u->memory, (u->n_topics + 1) * sizeof *spans);
    unknown of = {sf_batch_alloc(u->memory, (u->n_topics + 1) * sizeof(sf_kept_topic *))};
    if (spans == NULL || of.topics == NULL) {
        return no_memory(SF_ENOMEM, err);
    }
    for (size_t i = 0; i < u->n_topics; i++) {
        if (u->topics[i].kept->first_ms == SF_NO_TIME) {
            of.topics[n] = u->topics[i].kept;
            spans[n++] = (sf_topic_span){u->topics[i].topic, -NEVER, NEVER};
        }
    }
    return n > 0 ? u->ask->read_counts_of(u->store, spans, n, 1, take_first, &of, err) : SF_OK;
}

/* All topics' counts in one of the spans. */
static int give_counts(update *u, const sf_span *s, sf_error *err)
{
    sf_topic_span *v = sf_batch_alloc(u->memory, (u->n_topics + 1) * sizeof *v);
    if (v == NULL) {
        return no_memory(SF_ENOMEM, err);
    }
    for (size_t i = 0; i < u->n_topics; i++) {
        v[i] = (sf_topic_span){u->topics[i].topic, s->from_ms, s->to_ms};
    }
    return sf_kept_counts_of(u->kept, v, u->n_topics, give_count, u, err);
}

/* Keeps the windows of the spans; of the weeks before those that events of this hour and the next are judged by as well. */
static int hold_windows(update *u, sf_error *err)
{
    sf_span held[SF_TRENDS_SPANS];
    for (size_t i = 0; i < SF_TRENDS_SPANS; i++) {
        held[i] = u->spans[i];
        held[i].to_ms = i > 1 ? sf_floor_time(held[i].to_ms - 1, HOUR_MS) + 2 * HOUR_MS : held[i].to_ms;
    }
    return sf_kept_hold(u->kept, held, SF_TRENDS_SPANS, err);
}

static int give_topics(update *u, sf_error *err)
{
    if (u->n > 1) {
        qsort(u->mentions, u->n, sizeof *u->mentions, compare_mentions);
    }
    int r = no_memory(list_topics(u), err);
    r = r == SF_OK ? no_memory(find_kept(u), err) : r;
    r = r == SF_OK ? read_firsts(u, err) : r;
    r = r == SF_OK ? hold_windows(u, err) : r;
    for (size_t i = 0; i < SF_TRENDS_SPANS && r == SF_OK; i++) {
        r = give_counts(u, &u->spans[i], err);
    }
    for (size_t i = 0; i < u->n_topics && r == SF_OK; i++) {
        r = no_memory(sf_trends_topic(u->t, u->topics[i].topic, u->topics[i].kept->first_ms, u->topics[i].authors),
                      err);
    }
    return r;
}

static int give_windows(update *u, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < SF_TRENDS_SPANS && r == SF_OK; i++) {
        r = u->ask->read_totals(u->store, u->spans[i].from_ms, u->spans[i].to_ms, give_total, u, err);
    }
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        r = sf_trends_since(u->t, p, u->reach[p].from_ms);
    }
    return r;
}

static int gather(update *u, int64_t as_of_ms, sf_error *err)
{
    int r = sf_trends_spans(u->t, as_of_ms, u->spans);
    if (r != SF_OK) {
        return sf_fail(err, r, "as-of: out of range");
    }
    r = u->ask->begin(u->store, SF_STORE_READ, err);
    r = r == SF_OK ? u->ask->read_created(u->store, u->spans[0].from_ms, u->spans[0].to_ms, take_post, u, err) : r;
    r = r == SF_OK ? give_topics(u, err) : r;
    r = r == SF_OK ? give_windows(u, err) : r;
    r = r == SF_OK ? u->ask->commit(u->store, err) : r;
    if (r != SF_OK) {
        u->ask->rollback(u->store);
    }
    return r;
}

/* ---- the update --------------------------------------------------------------------------------------------------- */

static int save(update *u, int64_t as_of_ms, uint64_t *topics, sf_error *err)
{
    const sf_topic_trend *rows;
    int64_t n = sf_trends_read(u->t, as_of_ms, &rows);
    if (n < 0) {
        return sf_fail(err, (int)n, "%s", sf_strerror((int)n));
    }
    int r = u->ask->begin(u->store, SF_STORE_WRITE, err);
    r = r == SF_OK ? u->ask->replace_trends(u->store, as_of_ms, rows, (size_t)n, err) : r;
    r = r == SF_OK ? u->ask->save_state(u->store, SF_TRENDS_AS_OF, as_of_ms, err) : r;
    r = r == SF_OK ? u->ask->commit(u->store, err) : r;
    if (r != SF_OK) {
        u->ask->rollback(u->store);
    }
    *topics = (uint64_t)n;
    return r;
}

static int run(update *u, int64_t as_of_ms, uint64_t *topics, sf_error *err)
{
    int r = sf_trends_new(&u->t, NULL);
    r = r == SF_OK ? sf_batch_new(&u->memory) : r;
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    r = gather(u, as_of_ms, err);
    return r == SF_OK ? save(u, as_of_ms, topics, err) : r;
}

int sf_update_trends(sf_store *store, sf_kept *kept, int64_t as_of_ms, int changed, uint64_t *topics, sf_error *err)
{
    update u = {.store = store, .kept = kept, .ask = store->ops->aggregate};
    int64_t was;
    int r = u.ask->read_reach(store, u.reach, err);
    if (r == SF_OK && as_of_ms == SF_NO_TIME) {
        as_of_ms = u.reach[SF_PLATFORM_UNKNOWN].to_ms;
    }
    r = r == SF_OK ? u.ask->read_state(store, SF_TRENDS_AS_OF, &was, err) : r;
    *topics = 0;
    if (r != SF_OK || as_of_ms == SF_NO_TIME || (was == as_of_ms && !changed)) {
        return r;
    }
    r = run(&u, as_of_ms, topics, err);
    sf_trends_free(u.t);
    sf_batch_free(u.memory);
    free(u.mentions);
    free(u.topics);
    return r;
}
