/* SPDX-License-Identifier: MIT */
/* Bringing sf_leads what it needs: the counts of topics that several platforms speak of often enough; since when each is watched. */
#include "leads.h"

#include <stdlib.h>

#include "common/fail.h"
#include "cycle_internal.h"

/* The topics that are spoken of most: some 3 KB and 3 ms a pair of platforms. */
enum { MOST_TOPICS = 500, LEAST_WINDOWS = 30 };

/* Figures: as of when lead_lag was worked out, and of which rows. */
static const char as_of_name[] = "leads.as_of", of_name[] = "leads.of";

typedef struct update {
    sf_store *store;
    const sf_aggregate_ops *ask;
    sf_leads *l;
    sf_batch *memory;
    int64_t stamp; /* of the rows */
    sf_topic_span topics[MOST_TOPICS];
    sf_span span;
    size_t n;
} update;

static int take_topic(void *payload, sf_str topic)
{
    update *u = payload;
    sf_topic_span *to = &u->topics[u->n++];
    *to = (sf_topic_span){topic, u->span.from_ms, u->span.to_ms};
    return sf_batch_copy(u->memory, topic, &to->topic);
}

static int give_count(void *payload, size_t which, const sf_bucket *b)
{
    (void)which;
    return sf_leads_add(((update *)payload)->l, b->topic, b->platform, b->start_ms, b->count);
}

static int give_counts(update *u, sf_error *err)
{
    sf_span reach[SF_PLATFORM_COUNT];
    int r = u->ask->read_reach(u->store, reach, err);
    if (r == SF_OK) {
        r = u->ask->read_shared(u->store, u->span.from_ms, u->span.to_ms, LEAST_WINDOWS, MOST_TOPICS, take_topic, u,
                                err);
    }
    r = r == SF_OK ? u->ask->read_counts_of(u->store, u->topics, u->n, 0, give_count, u, err) : r;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT && r == SF_OK; p++) {
        r = sf_leads_since(u->l, p, reach[p].from_ms);
    }
    return r;
}

static int gather(update *u, int64_t as_of_ms, sf_error *err)
{
    int r = sf_leads_span(u->l, as_of_ms, &u->span);
    if (r != SF_OK) {
        return sf_fail(err, r, "as-of: out of range");
    }
    r = u->ask->begin(u->store, SF_STORE_READ, err);
    r = r == SF_OK ? give_counts(u, err) : r;
    r = r == SF_OK ? u->ask->commit(u->store, err) : r;
    if (r != SF_OK) {
        u->ask->rollback(u->store);
    }
    return r;
}

static int save(update *u, int64_t as_of_ms, sf_error *err)
{
    const sf_lead *rows;
    int64_t n = sf_leads_read(u->l, as_of_ms, &rows);
    if (n < 0) {
        return sf_fail(err, (int)n, "%s", sf_strerror((int)n));
    }
    int r = u->ask->begin(u->store, SF_STORE_WRITE, err);
    r = r == SF_OK ? u->ask->replace_leads(u->store, as_of_ms, rows, (size_t)n, err) : r;
    r = r == SF_OK ? u->ask->save_state(u->store, as_of_name, as_of_ms, err) : r;
    r = r == SF_OK ? u->ask->save_state(u->store, of_name, u->stamp, err) : r;
    r = r == SF_OK ? u->ask->commit(u->store, err) : r;
    if (r != SF_OK) {
        u->ask->rollback(u->store);
    }
    return r;
}

static int run(update *u, int64_t as_of_ms, sf_error *err)
{
    int r = sf_leads_new(&u->l, NULL);
    r = r == SF_OK ? sf_batch_new(&u->memory) : r;
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    r = gather(u, as_of_ms, err);
    return r == SF_OK ? save(u, as_of_ms, err) : r;
}

int sf_update_leads(sf_store *store, int64_t as_of_ms, sf_error *err)
{
    const sf_aggregate_ops *ask = store->ops->aggregate;
    int64_t was, of, stamp;
    sf_span reach[SF_PLATFORM_COUNT];
    int r = as_of_ms == SF_NO_TIME ? ask->read_reach(store, reach, err) : SF_OK;
    as_of_ms = r == SF_OK && as_of_ms == SF_NO_TIME ? reach[SF_PLATFORM_UNKNOWN].to_ms : as_of_ms;
    r = r == SF_OK ? ask->read_state(store, as_of_name, &was, err) : r;
    r = r == SF_OK ? ask->read_state(store, of_name, &of, err) : r;
    r = r == SF_OK ? ask->read_state(store, SF_ROWS_STAMP, &stamp, err) : r;
    if (r != SF_OK || as_of_ms == SF_NO_TIME || (was == as_of_ms && of == stamp)) {
        return r;
    }
    update *u = calloc(1, sizeof *u);
    if (u == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    u->store = store;
    u->ask = ask;
    u->stamp = stamp;
    r = run(u, as_of_ms, err);
    sf_leads_free(u->l);
    sf_batch_free(u->memory);
    free(u);
    return r;
}
