/* SPDX-License-Identifier: MIT */
/* The store: a sink that can be asked. Signals go in as into any required sink; sf-aggregate and sf-serve read them back.
 *
 * Every store keeps the same tables (docs/store.md) by the same rules (stores/merge.h), so that what is asked gets the
 * same answer from each. write() sets each record's state and fills in what only the history knows: previous_score,
 * velocity, comment_velocity, normalised_score, trending_score, rising. So a store comes before all other sinks. */
#ifndef SF_STORE_H
#define SF_STORE_H

#include "plug.h"

typedef struct sf_store sf_store;

typedef enum sf_store_use {
    SF_STORE_WRITE, /* made or brought up to date where needed */
    SF_STORE_READ   /* must be there, and is not changed */
} sf_store_use;

/* ---- what the aggregator exchanges with a store ---- */

/* Windows (their starts, rising) that writers touched, and up to which mark. */
typedef struct sf_dirty {
    int64_t *windows; /* the caller frees it */
    size_t n;
    int64_t mark;      /* marks beyond it came later and stay */
    int64_t watermark; /* the newest last_updated_at at that moment, SF_NO_TIME: none */
} sf_dirty;

/* Takes a signal that lives for the call only. SF_OK, or a failure that ends the walk. */
typedef int (*sf_signal_taker)(void *payload, const sf_signal *s);

/* Takes a count of a topic on a platform in a window. */
typedef int (*sf_count_taker)(void *payload, sf_str topic, int32_t platform, int64_t start_ms, uint32_t count);

/* What a cycle worked out for the windows in [from, to). Rows of those windows that are not in it are removed. */
typedef struct sf_aggregates {
    int64_t from_ms, to_ms;
    const sf_bucket *buckets;
    size_t n_buckets;
    const sf_event *events;
    size_t n_events;
} sf_aggregates;

/* What retention leaves. */
typedef struct sf_keep {
    int64_t since_ms[SF_PLATFORM_COUNT]; /* by event time, for each platform; SF_NO_TIME: all */
    int64_t most_bytes;                  /* then the oldest go until it fits; 0: no bound */
} sf_keep;

typedef struct sf_store_ops {
    sf_sink_ops sink; /* its open() is not used */
    /* The lexicon has the platforms' baselines; it must outlive the store. */
    int (*open)(sf_store **out, const sf_url *url, sf_store_use use, const sf_lexicon *lexicon, sf_error *err);
    /* Each returns SF_OK, SF_EAGAIN (away or busy: try the cycle again), or final. */
    int (*dirty)(sf_store *s, sf_dirty *out, sf_error *err);
    /* Every observation made in [from, to), and every post created in it: an observation that was made elsewhere then
     * carries the post's first look. Signals have the post's text group and event's times; deleted posts are left out. */
    int (*read_windows)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_signal_taker take, void *payload,
                        sf_error *err);
    /* The counts of a topic in the windows that start in [from, to), newest first. */
    int (*read_counts)(sf_store *s, sf_str topic, int64_t from_ms, int64_t to_ms, sf_count_taker take, void *payload,
                       sf_error *err);
    int (*read_since)(sf_store *s, int64_t *first_ms, sf_error *err); /* start of the oldest window; SF_NO_TIME: none */
    int (*begin)(sf_store *s, sf_error *err);                         /* a transaction around save() and clean() */
    int (*save)(sf_store *s, const sf_aggregates *a, sf_error *err);
    int (*clean)(sf_store *s, const sf_dirty *done, sf_error *err); /* forgets the marks and commits */
    int (*retain)(sf_store *s, const sf_keep *keep, uint64_t *removed, sf_error *err);
} sf_store_ops;

struct sf_store {
    sf_sink sink; /* first: a store is a sink */
    const sf_store_ops *ops;
};

/* Opens by URL through a table that ends with NULL, as sf_sink_open() does. */
int sf_store_open(sf_store **out, const sf_store_ops *const *table, const char *url, sf_store_use use,
                  const sf_lexicon *lexicon, sf_error *err);
void sf_store_close(sf_store *s); /* NULL is fine */
int sf_store_check(const sf_store_ops *const *table, const char *url, sf_error *err);

#endif
