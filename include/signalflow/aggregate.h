/* SPDX-License-Identifier: MIT */
/** Buckets of (topic, platform, 15 minutes), and events: topics that show up on two platforms in one bucket.
 *
 *  ## What a bucket counts
 *
 *  `count`, `authors`, `avg_sentiment` are over posts and comments *created* in the window, going by sf_event_time();
 *  `active`, `avg_score`, `avg_velocity`, `score_gain` over the *last observation* of each post inside the window. So a
 *  refresh touches only the window it was made in, and the past does not change. Topics, author and sentiment of a post
 *  are those of its newest observation that carries text or topics.
 *
 *  ## Events
 *
 *  An event fires when a topic has count >= 1 on two platforms in a window. Its leader is the one of these platforms that showed
 *  the topic first in its episode (the run of windows, with at most `episode_gap_ms` from one to the next, in which the
 *  topic was created anywhere). Its p-value comes from the buckets' authors alone: per platform the Poisson tail
 *  P(X >= authors | lambda), lambda being the mean of the same hour of the week, and one more on both sides, over the last 4 weeks, with a floor; of the
 *  platforms the second smallest (two of them must burst), for the window and for the hour that ends with it, and the smaller of
 *  these two. With fewer than 3 authors in that hour it is 1. `significant` is set by Benjamini-Hochberg at q = 0.05 over the
 *  topics of the window.
 *  Sources: Y. Benjamini, Y. Hochberg, JRSS B 57, 1995; for the floor E. Schubert, M. Weiler, H.-P. Kriegel,
 *  "SigniTrend", KDD 2014. docs/aggregate.md has the formulas and an example.
 *
 *  ## Same input, same bits
 *
 *  No figure depends on the order in which observations were added, or on how often the same one was.
 *
 *  For every function that takes an aggregator: Threads: one at a time an aggregator. Memory: its own, which grows with what
 *  is added and is kept over resets. Since: 0.1.
 */
#ifndef SIGNALFLOW_AGGREGATE_H
#define SIGNALFLOW_AGGREGATE_H

#include "signalflow/lexicon.h"
#include "signalflow/signal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SF_BUCKET_MS 900000 /**< 15 minutes; windows start at multiples of it since 1970 UTC */

/** What happened to a topic on a platform in a window. */
typedef struct sf_bucket {
    sf_str topic;
    int64_t start_ms;
    int32_t platform;
    uint32_t count;       /**< posts and comments created in the window */
    uint32_t authors;     /**< distinct authors of them; a post without a known author counts as one of its own */
    uint32_t active;      /**< posts observed in the window */
    uint32_t n_scored;    /**< those of `count` whose sentiment counts: covered by the lexicon's language */
    uint32_t reserved;    /**< 0; the size of this struct is frozen */
    int64_t first_ms;     /**< event time of the first of `count`; SF_NO_TIME where that is 0 */
    double avg_score;     /**< of `active` with a score; NaN if there is none */
    double avg_sentiment; /**< compound, over n_scored; NaN if that is 0 */
    double avg_velocity;  /**< of `active` with a velocity; NaN if there is none */
    double score_gain;    /**< points gained inside the window by `active`, of those for which it is known; NaN: none */
} sf_bucket;

/** A topic on several platforms in one window. */
typedef struct sf_event {
    sf_str topic;
    int64_t start_ms;    /**< the window */
    int64_t ts_ms;       /**< when the second platform had it: the event's own time */
    uint32_t platforms;  /**< bit (1 << sf_platform) for each platform with count >= 1 */
    int32_t leader;      /**< sf_platform that had it first in the episode */
    uint32_t support;    /**< posts in all */
    int32_t significant; /**< 1, 0, or -1: not known, less than a week of past */
    double lead_seconds; /**< from the leader's first post of the episode to the next platform's */
    double delta_score;  /**< of mean normalised scores, [-1,1]: the leader's minus the other's where there are two
                               platforms, the largest minus the smallest where there are more; NaN if unknown */
    double p_value;      /**< NaN: not known, less than a week of past; 1: too few authors to tell */
    double delta_low;    /**< what delta_score lies between with 95 % (Welch), */
    double delta_high;   /**< in [-1,1]; NaN where a platform has a single score */
} sf_event;

typedef struct sf_aggregator sf_aggregator;

typedef struct sf_aggregator_opts {
    size_t struct_size;
    const sf_lexicon *lexicon; /**< for baselines; NULL: the built-in one */
    int64_t episode_gap_ms;    /**< 0: 6 hours */
    double floor;              /**< lowest lambda of the p-value; 0: 0.01 authors a window */
    double min_cover;          /**< sentiment_cover below which a text's sentiment is left out; 0: 0.5 */
    uint32_t min_authors;      /**< authors within the hour below which an event is not significant; 0: 3 */
    uint32_t reserved;         /**< 0 */
} sf_aggregator_opts;
#define SF_AGGREGATOR_OPTS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(sf_aggregator_opts), NULL, 0, 0.0, 0.0, 0, 0                                                            \
    }

/** When a post counts as created: ts_ms if that is plausible (not before 2005, not more than 5 minutes after the post was
 *  first seen), else first_seen_ms.
 *
 *  @param ts_ms, first_seen_ms  milliseconds since 1970 UTC; either may be SF_NO_TIME.
 *  @return the time; SF_NO_TIME when neither is known.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int64_t sf_event_time(int64_t ts_ms, int64_t first_seen_ms);

/** Makes an aggregator.
 *
 *  @param out  set on success, else untouched.
 *  @param o    NULL for the defaults.
 *  @return SF_OK; SF_EINVAL (out is NULL, an option out of range), SF_ENOMEM.
 *  Ownership: free it with sf_aggregator_free(); the lexicon must outlive it.
 */
SF_API int sf_aggregator_new(sf_aggregator **out, const sf_aggregator_opts *o);

/** Frees an aggregator and what was borrowed from it; NULL is fine. */
SF_API void sf_aggregator_free(sf_aggregator *g);

/** Forgets everything added and since when there are data; keeps options and memory. NULL is fine. */
SF_API void sf_aggregator_reset(sf_aggregator *g);

/** Adds one observation of a post. Order does not matter; adding the same one again changes nothing; of two that differ
 *  but have the same (platform, source_id, observed_ms) a refresh holds against a post, a known number against an unknown
 *  one. A delete takes every earlier and later observation of the post out.
 *
 *  @param s  observed_ms (SF_NO_TIME: ts_ms stands in), raw_score, velocity, ts_ms, author, topics, sentiment and its cover
 *            are read; also previous_score, the score before this observation, without which the window's gain is known
 *            only where an earlier observation was added or the post was created in the window.
 *  @return SF_OK; SF_EINVAL (no id, unknown platform or kind, no time but for a delete), SF_ENOMEM.
 *  Ownership: what is needed is copied.
 */
SF_API int sf_aggregator_add(sf_aggregator *g, const sf_signal *s);

/** Adds a window of the past, for p-values and episodes: `authors` who spoke of a topic on a platform in the window that
 *  first_ms lies in. Windows that sf_aggregator_read() is asked for are counted from their posts alone; elsewhere this number
 *  holds against that of the posts added. Of several for the same window the larger number and the earlier time hold. The
 *  aggregator must also know how far the past reaches: see sf_aggregator_since().
 *
 *  For the p-values of a window these matter: the same hour 1 to 4 weeks before with the hours before and after it, and the
 *  three windows before.
 *
 *  @param topic     canonical, lower-cased; not empty. It is copied.
 *  @param platform  an sf_platform.
 *  @param first_ms  milliseconds since 1970 UTC: event time of the first of their posts, as in sf_bucket. Leads go by it; with
 *                   any other time of the window they are known to 15 minutes.
 *  @param authors   sf_bucket.authors of that window; 0 says that there was nothing.
 *  @return SF_OK; SF_EINVAL (no topic, unknown platform, no time), SF_ENOMEM.
 */
SF_API int sf_aggregator_past(sf_aggregator *g, sf_str topic, int32_t platform, int64_t first_ms, uint32_t authors);

/** Says since when data have been collected. p-values are NaN until that lies a week before the window; a window of the
 *  past that was not given counts as 0. Without this call there are none.
 *
 *  @param first_ms  milliseconds since 1970 UTC; SF_NO_TIME takes an earlier call back.
 *  @return SF_OK; SF_EINVAL (beyond 2^53).
 */
SF_API int sf_aggregator_since(sf_aggregator *g, int64_t first_ms);

/** Works out buckets and events of all windows that start in [from_ms, to_ms).
 *
 *  @param from_ms, to_ms  milliseconds since 1970 UTC; equal ones give nothing.
 *  @param buckets         NULL, or set to them, ordered by start, topic, platform.
 *  @param events          NULL, or set to them, ordered by start, topic.
 *  @param n_events        NULL, or set to their number.
 *  @return the number of buckets; SF_EINVAL (from_ms > to_ms), SF_ENOMEM.
 *  Ownership: the aggregator's, until its next call.
 */
SF_API int64_t sf_aggregator_read(sf_aggregator *g, int64_t from_ms, int64_t to_ms, const sf_bucket **buckets,
                                  const sf_event **events, size_t *n_events);

/** P(X >= x) of a Poisson variable, to 12 digits.
 *
 *  @param x       0 gives 1.
 *  @param lambda  its mean.
 *  @return [0,1]; NaN for a lambda that is not positive and finite.
 *  Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000. Threads: any. Memory: none. Since: 0.1.
 */
SF_API double sf_poisson_tail(uint32_t x, double lambda);

/** How many standard errors a mean's 95 % interval reaches to both sides: Student's t at 0.975, to 3 decimals.
 *
 *  @param degrees  of freedom; below 10 fractions of them count as none.
 *  @return NaN for less than 1.
 *  Source: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 26.7.5. Threads: any. Memory: none. Since: 0.1.
 */
SF_API double sf_student_quantile(double degrees);

#ifdef __cplusplus
}
#endif
#endif
