/* SPDX-License-Identifier: MIT */
/* What sf-aggregate asks of a store. The store answers and keeps; what is worked out of it, and when, is the
 * aggregator's alone (sf-aggregate/cycle.h).
 *
 * Writers mark each window that counts differently after their transaction, in that transaction. So a window without a mark
 * has the rows that its posts call for, and whoever is cut off in the middle finds the marks as they were. */
#ifndef SF_STORE_AGGREGATE_H
#define SF_STORE_AGGREGATE_H

#include "store.h"

/* A window that counts differently than its rows say. Ids tell marks of one window apart. */
typedef struct sf_mark {
    int64_t start_ms, id;
} sf_mark;

/* Each takes one answer, whose texts live for the call. SF_OK: the next one, please; SF_EEND: enough, and the question
 * ends well; else a failure that the question ends with. */
typedef int (*sf_take_mark)(void *payload, sf_mark mark);
typedef int (*sf_take_seen)(void *payload, const sf_signal *s, int64_t first_seen_ms);
typedef int (*sf_take_bucket)(void *payload, const sf_bucket *b);
typedef int (*sf_take_topic)(void *payload, sf_str topic);
typedef int (*sf_take_event)(void *payload, const sf_event *e);

/* Windows of a topic that start in [from, to). */
typedef struct sf_topic_span {
    sf_str topic;
    int64_t from_ms, to_ms;
} sf_topic_span;

/* Takes a window of span `which`; SF_EEND: enough of that span. */
typedef int (*sf_take_count)(void *payload, size_t which, const sf_bucket *b);

/* What retention goes by: posts that were created before, for each platform. SF_NO_TIME: all of it stays. */
typedef struct sf_limits {
    int64_t before_ms[SF_PLATFORM_COUNT];
} sf_limits;

/* The figure (read_state, save_state) that tells as of when topics were compared. */
#define SF_TRENDS_AS_OF "trends.as_of"

/* The figure that is another one after each change of the rows of windows: who finds the one that it left itself knows that they are as it left
 * them. An aggregator of an older version leaves 1, and takes it away once lead_lag is worked out of the rows, which the name is from. */
#define SF_ROWS_STAMP "leads.stale"

/* How much there is. */
typedef struct sf_extent {
    int64_t bytes; /* that rows and their indexes take */
    int64_t posts;
} sf_extent;

/* Every question returns SF_OK; SF_EAGAIN: away or busy, the whole cycle can be tried again; or a final failure. After a
 * failure between begin() and commit() comes rollback(). */
struct sf_aggregate_ops {
    /* One aggregator at a time works on a store. SF_EAGAIN: another one does. A lock does not outlive its process. */
    int (*lock)(sf_store *s, sf_error *err);
    void (*unlock)(sf_store *s);

    /* Between these a store looks the same; with SF_STORE_WRITE changes between them come about together. */
    int (*begin)(sf_store *s, sf_store_use use, sf_error *err);
    int (*commit)(sf_store *s, sf_error *err);
    void (*rollback)(sf_store *s);

    /* All marks, by window. */
    int (*read_marks)(sf_store *s, sf_take_mark take, void *payload, sf_error *err);
    /* The oldest and the newest look at posts of each platform, and as SF_PLATFORM_UNKNOWN those of all; SF_NO_TIME: there is none. */
    int (*read_reach)(sf_store *s, sf_span reach[SF_PLATFORM_COUNT], sf_error *err);

    /* Of [from, to): every look at a post, with its score, velocity and the score before; and every post that was created
     * in it, at its first look, without numbers. All carry the post's author, topics and sentiment. Posts that are deleted or
     * have no topics are left out. A look may come twice. */
    int (*read_windows)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload, sf_error *err);

    /* Posts alone that were created in [from, to), likewise. */
    int (*read_created)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload, sf_error *err);
    /* Of posts that were looked at in [from, to]: all looks up to then, post by post, in order of time. ts_ms is by when the post
     * existed, as it says or as the order of ids does. */
    int (*read_histories)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_seen take, void *payload, sf_error *err);

    /* The rows of windows that start in [from, to), in any order. */
    int (*read_buckets)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload, sf_error *err);
    int (*read_events)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_event take, void *payload, sf_error *err);
    /* Those of windows that start in [from, to) in which a topic was created, by window and topic, in the order of their bytes: start_ms, topic,
     * platform, count, authors and first_ms of each. */
    int (*read_counts)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload, sf_error *err);
    /* Windows in which a topic was created, by time; topic, platform, start_ms, count, authors and first_ms of each: span by span, of
     * each the first `most` (0: all). */
    int (*read_counts_of)(sf_store *s, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                          void *payload, sf_error *err);
    /* Likewise the first window of each span on each of its platforms, of which platforms[] has the bits. */
    int (*read_firsts_of)(sf_store *s, const sf_topic_span *spans, const uint32_t *platforms, size_t n,
                          sf_take_count take, void *payload, sf_error *err);
    /* Likewise from the end of each span back: of what lies up to gap_ms before it the first window, of what lies up to gap_ms before that
     * one the first, and so on, until there is none. */
    int (*read_back_of)(sf_store *s, const sf_topic_span *spans, size_t n, int64_t gap_ms, sf_take_count take,
                        void *payload, sf_error *err);
    /* Windows of [from, to) with an event, by time, the first `most` (0: all). Only start_ms is told. */
    int (*read_event_windows)(sf_store *s, int64_t from_ms, int64_t to_ms, size_t most, sf_take_event take,
                              void *payload, sf_error *err);
    /* Windows with an event of a topic: span by span, of each the first `most` (0: all). Only topic and start_ms are told. */
    int (*read_event_windows_of)(sf_store *s, const sf_topic_span *spans, size_t n, size_t most, sf_take_count take,
                                 void *payload, sf_error *err);

    /* What topics come to together: count and authors of each platform's window in [from, to), by time. */
    int (*read_totals)(sf_store *s, int64_t from_ms, int64_t to_ms, sf_take_bucket take, void *payload, sf_error *err);

    /* Topics that at least two platforms have created in at least `windows` windows each of [from, to): up to `most`, those of most
     * windows first. */
    int (*read_shared)(sf_store *s, int64_t from_ms, int64_t to_ms, int64_t windows, int64_t most, sf_take_topic take,
                       void *payload, sf_error *err);

    /* Within a transaction. A row takes the place of the one with its key; is_new: there is none, which spares looking for it. */
    int (*put_bucket)(sf_store *s, const sf_bucket *b, int is_new, sf_error *err);
    int (*drop_bucket)(sf_store *s, const sf_bucket *b, sf_error *err);
    int (*put_event)(sf_store *s, const sf_event *e, int is_new, sf_error *err);
    int (*drop_event)(sf_store *s, const sf_event *e, sf_error *err);
    int (*put_total)(sf_store *s, const sf_bucket *b, sf_error *err); /* a count of 0: there is none */
    int (*replace_trends)(sf_store *s, int64_t as_of_ms, const sf_topic_trend *rows, size_t n, sf_error *err);
    int (*replace_leads)(sf_store *s, int64_t as_of_ms, const sf_lead *rows, size_t n, sf_error *err);
    int (*mark)(sf_store *s, int64_t start_ms, int64_t *id, sf_error *err);
    int (*unmark)(sf_store *s, sf_mark mark, sf_error *err);

    /* Brings up to date what the store keeps of its own accord of these rows: materialised views. */
    int (*refresh_views)(sf_store *s, sf_error *err);

    /* Figures that are kept by name: SF_NO_TIME is "none". */
    int (*read_state)(sf_store *s, const char *name, int64_t *value, sf_error *err);
    int (*save_state)(sf_store *s, const char *name, int64_t value, sf_error *err);

    /* Retention, in steps that keep writers waiting for a moment only; each is a transaction of its own. */
    int (*measure)(sf_store *s, sf_extent *out, sf_error *err);
    /* Event time of the n-th oldest post, n from 1; SF_NO_TIME where there are fewer. */
    int (*read_age)(sf_store *s, int64_t n, int64_t *event_ms, sf_error *err);
    /* Takes away up to `most` posts beyond the limits, with their looks. *n: how many; 0 is the end. */
    int (*remove_posts)(sf_store *s, const sf_limits *beyond, int64_t most, int64_t *n, sf_error *err);
    /* Takes away what windows beyond the limits have: buckets, events of fewer than two platforms that are left, coverage.
     * Starts at *at_ms (SF_NO_TIME: at the oldest), goes on for a day's windows at most, and moves *at_ms on; SF_NO_TIME: that
     * was all. Where there are any, `stamp` is left as SF_ROWS_STAMP. */
    int (*remove_windows)(sf_store *s, const sf_limits *beyond, int64_t stamp, int64_t *at_ms, sf_error *err);
    /* Gives back a bit of what removed rows still take. *more: 1, call again. */
    int (*tidy)(sf_store *s, int *more, sf_error *err);
};

#endif
