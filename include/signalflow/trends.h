/* SPDX-License-Identifier: MIT */
/** Topics that are rising: how often a topic is spoken of now, against its own past.
 *
 *  In go counts of (topic, platform, 15 minutes), as the buckets of aggregate.h have them; out come rows of topics, what is
 *  rising first. Posts are counted, authors are tested: `ratio` says how many times its usual number of posts a topic has,
 *  `z` how surprising its number of authors is, so that one author with fifty posts is loud and does not rise.
 *
 *      share    = (topic's posts in the period) / (all topics' posts in the period), on one platform
 *      usual    = the larger of two expected shares, each drawn towards the topic's share in all the past that was given:
 *                   the same hours of the week (an hour more on both sides), last 4 weeks, each week worth 0.7 of the next
 *                   the last 24 hours, with a half-life of 8 hours
 *      baseline = usual share * all topics' posts now, summed over platforms
 *      ratio    = posts now / max(baseline, floor)
 *      z        = the standard normal's quantile at P(X < authors), X being a negative binomial count of mean
 *                 e = max(usual authors, floor) and variance e + e^2 / r, r worked out from how the topic varied before
 *                 and how much of its past is known
 *
 *  So z >= 3 is what chance does once in 740 times, however large or small the numbers are. A topic is rising when z >= min_z
 *  and it has min_authors. Shares are of posts that have topics, platform by platform, so that a platform that is slow, away or
 *  new does not look like a change of mind.
 *
 *  Sources: for the exponential averages and the floor E. Schubert, M. Weiler, H.-P. Kriegel, "SigniTrend", KDD 2014; for the
 *  quantile D. B. Peizer, J. W. Pratt, "A Normal Approximation for Binomial, F, Beta, and Other Common, Related Tail
 *  Probabilities", JASA 63, 1968. docs/aggregate.md has the constants, why they are so, and how well it does.
 *
 *  ## What a cycle has to bring
 *
 *  Not all of the past: sf_trends_spans() names the windows that matter, 4 + 96 + 4 * 12 of 15 minutes for a period of an
 *  hour. Of those either all counts of all topics, or the counts of the topics that are spoken of now and the windows' totals
 *  (sf_trends_total()). Also since when there are data for each platform (sf_trends_since()) and, where the caller knows it,
 *  when a topic was first seen and how many different authors it has in the period (sf_trends_topic()).
 *
 *  ## Same input, same bits
 *
 *  No figure depends on the order in which things were added, or on how often the same was.
 *
 *  For every function that takes an sf_trends: Threads: one at a time an sf_trends. Memory: its own, about 50 bytes a count
 *  and each topic's name once; it is kept over resets. Since: 0.1.
 */
#ifndef SIGNALFLOW_TRENDS_H
#define SIGNALFLOW_TRENDS_H

#include "signalflow/aggregate.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SF_TRENDS_SPANS 6 /**< spans of windows that sf_trends_spans() names */

/** Windows that start in [from_ms, to_ms). */
typedef struct sf_span {
    int64_t from_ms;
    int64_t to_ms;
} sf_span;

/** How a topic does now. */
typedef struct sf_topic_trend {
    sf_str topic;
    uint32_t now;       /**< posts in the period, on all platforms */
    uint32_t authors;   /**< different authors of them, or the sum over windows and platforms where that is not known */
    uint32_t platforms; /**< bit (1 << sf_platform) for each platform with a post in the period */
    uint32_t place;     /**< 1, 2, ... of the rising; 0: not rising. While everything is warming up: by share */
    double share;       /**< of all topics' posts in the period, [0,1] */
    double baseline;    /**< posts that would be usual in the period; NaN: warming up */
    double ratio;       /**< posts over max(baseline, floor), >= 0; NaN: warming up. Of platforms that are not */
    double z;           /**< how surprising the number of authors is; NaN: warming up */
    int64_t first_seen_ms; /**< start of the first window known to have it */
    int32_t is_new;        /**< 1: first seen less than new_ms ago, and data reach further back; else 0 */
    int32_t rising;        /**< 1 or 0 */
    double reserved[2];    /**< 0; the size of this struct is frozen */
} sf_topic_trend;

typedef struct sf_trends sf_trends;

typedef struct sf_trends_opts {
    size_t struct_size;
    int64_t period_ms;    /**< what "now" is: whole windows, up to 24 hours; 0: 1 hour */
    int64_t new_ms;       /**< how long a topic is new; 0: 24 hours */
    double floor;         /**< least posts and authors taken as usual in a period; 0: 0.2 */
    double min_z;         /**< least z of what is rising; 0: 3 */
    uint32_t min_authors; /**< least authors of what is rising; 0: 3 */
    uint32_t reserved;    /**< 0 */
} sf_trends_opts;
#define SF_TRENDS_OPTS_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(sf_trends_opts), 0, 0, 0.0, 0.0, 0, 0                                                                   \
    }

/** Makes an empty sf_trends.
 *
 *  @param out  set on success, else untouched.
 *  @param o    NULL for the defaults. A period that is not of whole windows is rounded up to them.
 *  @return SF_OK; SF_EINVAL (out is NULL, an option out of range), SF_ENOMEM.
 *  Ownership: free it with sf_trends_free().
 */
SF_API int sf_trends_new(sf_trends **out, const sf_trends_opts *o);

/** Frees it and what was borrowed from it; NULL is fine. */
SF_API void sf_trends_free(sf_trends *t);

/** Forgets everything added and since when there are data; keeps options and memory. NULL is fine. */
SF_API void sf_trends_reset(sf_trends *t);

/** Says which windows sf_trends_read() will look at. Others may be added and only tell when a topic was first seen.
 *
 *  @param as_of_ms  milliseconds since 1970 UTC.
 *  @param spans     filled, latest first, without overlap: [0] is the period, which ends with the window that as_of_ms lies
 *                   in; [1] the 24 hours before it; [2] to [5] the same hours 1 to 4 weeks ago, an hour more on both sides.
 *  @return SF_OK; SF_EINVAL (no such time).
 */
SF_API int sf_trends_spans(const sf_trends *t, int64_t as_of_ms, sf_span spans[SF_TRENDS_SPANS]);

/** Adds a count: what a topic had on a platform in the window that start_ms lies in. Of several for the same topic, platform
 *  and window the larger count and the larger number of authors hold.
 *
 *  @param topic     canonical, lower-cased; not empty. It is copied.
 *  @param platform  an sf_platform.
 *  @param start_ms  milliseconds since 1970 UTC, anywhere in the window.
 *  @param count     posts created in the window; 0 says that there was nothing.
 *  @param authors   different authors of them, as sf_bucket counts them; more than count counts as count.
 *  @return SF_OK; SF_EINVAL (no topic, unknown platform, no time), SF_ENOMEM.
 */
SF_API int sf_trends_add(sf_trends *t, sf_str topic, int32_t platform, int64_t start_ms, uint32_t count,
                         uint32_t authors);

/** Adds a window's total over all topics of a platform. Needed where not every topic is added; where it is not given, or is
 *  less, it is the sum of what was added. Of several for the same platform and window the larger figures hold.
 *
 *  @param platform  an sf_platform.
 *  @param start_ms  milliseconds since 1970 UTC, anywhere in the window.
 *  @param count     sum of `count` over the topics: a post with two topics counts twice.
 *  @param authors   sum of `authors` over the topics.
 *  @return SF_OK; SF_EINVAL (unknown platform, no time), SF_ENOMEM.
 */
SF_API int sf_trends_total(sf_trends *t, int32_t platform, int64_t start_ms, uint64_t count, uint64_t authors);

/** Adds what is known of a topic beyond its counts. Of several the earliest time and the larger number hold.
 *
 *  @param topic          not empty. It is copied.
 *  @param first_seen_ms  when it was first seen, in all that is stored; SF_NO_TIME: not known, the earliest window that was
 *                        added stands in.
 *  @param authors        different authors it has in the period, over all windows and platforms; 0: not known, the sum over
 *                        windows stands in, in which an author who posts in several windows counts several times.
 *  @return SF_OK; SF_EINVAL (no topic, such a time is out of range), SF_ENOMEM.
 */
SF_API int sf_trends_topic(sf_trends *t, sf_str topic, int64_t first_seen_ms, uint32_t authors);

/** Says since when a platform's data have been collected. Until that lies 24 hours before the period the platform is warming
 *  up: its posts are counted, and compared with nothing. Without this call it always is.
 *
 *  @param platform  an sf_platform.
 *  @param first_ms  milliseconds since 1970 UTC; SF_NO_TIME takes an earlier call back.
 *  @return SF_OK; SF_EINVAL (unknown platform, out of range).
 */
SF_API int sf_trends_since(sf_trends *t, int32_t platform, int64_t first_ms);

/** Works out how the topics do that have a post in the period.
 *
 *  @param as_of_ms  milliseconds since 1970 UTC; what was added of later windows is not looked at.
 *  @param rows      NULL, or set to them: the rising by z, then the others by z, then those for which all platforms are warming
 *                   up by share; equal ones by posts, then by name.
 *  @return the number of rows; SF_EINVAL (no such time), SF_ENOMEM.
 *  Ownership: the rows are the sf_trends', until its next call.
 */
SF_API int64_t sf_trends_read(sf_trends *t, int64_t as_of_ms, const sf_topic_trend **rows);

#ifdef __cplusplus
}
#endif
#endif
