/* SPDX-License-Identifier: MIT */
/** Who precedes whom: whether what one platform says of a topic comes back on another, how much later, and how sure that is.
 *
 *  In go counts of (topic, platform, 15 minutes), as the buckets of aggregate.h have them; out come pairs of platforms, topic by
 *  topic, that were tested. For each pair, over the last 4 weeks:
 *
 *      y = ln(1 + count), less what is usual at that hour of the day and day of the week, over its usual spread then
 *      e = y less what its own last hour foretells: the residuals of an autoregression of order 4 (Yule, Walker)
 *      c(k) = mean of e_leader(t) e_follower(t + k), of residuals with mean 0 and variance 1, for lags |k| of up to 6 hours
 *      correlation = the largest c(k), lag = its k
 *      p = how often a largest c(k) at least as high comes about when the follower's weeks are turned round as a clock's hand
 *          is, each by a number of days of its own, an hour more or less
 *
 *  Turning leaves each series as it is, bursts included, and breaks only what they have in common. Turns are drawn until 20 of them
 *  reach the correlation, or 9,999 have been tried: p = (1 + those that reached it) / (1 + those that were tried). `significant` is set by
 *  Benjamini-Hochberg at q = 0.05 over all pairs of all topics that were tested.
 *
 *  The interval is that of a correlation of n pairs whose lag was known before; the lag was chosen, so it is rather too high than too low. p is what
 *  tells whether there is anything.
 *
 *  "Precedes", not "causes": news that reaches one platform's authors before another's looks the same.
 *
 *  Sources: G. E. P. Box, G. M. Jenkins, "Time Series Analysis", 1970, chapter 11 (whitening before correlating); J. Besag,
 *  P. Clifford, "Sequential Monte Carlo p-values", Biometrika 78, 1991; Y. Benjamini, Y. Hochberg, JRSS B 57, 1995.
 *  docs/aggregate.md says how well it does.
 *
 *  ## Same input, same bits
 *
 *  No figure depends on the order in which counts were added, or on how often the same one was; turns are drawn from the topic's
 *  name and the platforms'.
 *
 *  For every function that takes an sf_leads: Threads: one at a time an sf_leads. Memory: its own, about 40 bytes a count, each
 *  topic's name once, and 65 KB once it has read; it is kept over resets. Since: 0.1.
 */
#ifndef SIGNALFLOW_LEADS_H
#define SIGNALFLOW_LEADS_H

#include "signalflow/aggregate.h"
#include "signalflow/trends.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A topic on two platforms. */
typedef struct sf_lead {
    sf_str topic;
    int32_t leader, follower; /**< sf_platform; with a lag of 0 in the order of sf_platform */
    int64_t lag_ms;           /**< whole windows, >= 0: by how much the follower comes later */
    double correlation;       /**< at this lag, [-1,1] */
    double p_value;           /**< (0,1] */
    uint32_t n;               /**< windows with posts, on the platform that has fewer */
    int32_t significant;      /**< 1 or 0 */
    double low, high;         /**< what the correlation lies between with 95 %, by Fisher's z of n windows */
} sf_lead;

typedef struct sf_leads sf_leads;

typedef struct sf_leads_opts {
    size_t struct_size;
    int64_t most_lag_ms;  /**< largest lag: whole windows, up to 24 hours; 0: 6 hours */
    double q;             /**< share of the significant that may be chance, (0,1); 0: 0.05 */
    uint32_t min_windows; /**< windows with posts that each platform must have; 0: 30 */
    uint32_t most_turns;  /**< 0: 9,999 */
} sf_leads_opts;
#define SF_LEADS_OPTS_INIT                                                                                             \
    {                                                                                                                  \
        sizeof(sf_leads_opts), 0, 0.0, 0, 0                                                                            \
    }

/** Makes an empty sf_leads.
 *
 *  @param out  set on success, else untouched.
 *  @param o    NULL for the defaults. A lag that is not of whole windows is rounded down.
 *  @return SF_OK; SF_EINVAL (out is NULL, an option out of range), SF_ENOMEM.
 *  Ownership: free it with sf_leads_free().
 */
SF_API int sf_leads_new(sf_leads **out, const sf_leads_opts *o);

/** Frees it and what was borrowed from it; NULL is fine. */
SF_API void sf_leads_free(sf_leads *l);

/** Forgets everything added and since when there are data; keeps options and memory. NULL is fine. */
SF_API void sf_leads_reset(sf_leads *l);

/** Says which windows sf_leads_read() will look at: the 4 weeks that end with the last whole window before as_of_ms.
 *
 *  @param as_of_ms  milliseconds since 1970 UTC.
 *  @param span      filled.
 *  @return SF_OK; SF_EINVAL (no such time).
 */
SF_API int sf_leads_span(const sf_leads *l, int64_t as_of_ms, sf_span *span);

/** Adds a count: what a topic had on a platform in the window that start_ms lies in. Of several for the same topic, platform and
 *  window the largest holds; a window that was not given counts as 0.
 *
 *  @param topic     canonical, lower-cased; not empty. It is copied.
 *  @param platform  an sf_platform.
 *  @param start_ms  milliseconds since 1970 UTC, anywhere in the window.
 *  @param count     posts created in the window.
 *  @return SF_OK; SF_EINVAL (no topic, unknown platform, no time), SF_ENOMEM.
 */
SF_API int sf_leads_add(sf_leads *l, sf_str topic, int32_t platform, int64_t start_ms, uint32_t count);

/** Says since when a platform's data have been collected: a pair is looked at from the later of its two times on, and not at all
 *  where less than a week is left; below two weeks there are too few turns for anything to be significant. Without this call
 *  it is the whole span.
 *
 *  @param platform  an sf_platform.
 *  @param first_ms  milliseconds since 1970 UTC; SF_NO_TIME takes an earlier call back.
 *  @return SF_OK; SF_EINVAL (unknown platform, out of range).
 */
SF_API int sf_leads_since(sf_leads *l, int32_t platform, int64_t first_ms);

/** Works out all pairs of platforms that have enough windows with posts of the same topic.
 *
 *  @param as_of_ms  milliseconds since 1970 UTC.
 *  @param rows      NULL, or set to them: by p-value, then the highest correlation first, then by topic, leader, follower.
 *  @return the number of rows; SF_EINVAL (no such time), SF_ENOMEM.
 *  Ownership: the rows are the sf_leads', until its next call.
 */
SF_API int64_t sf_leads_read(sf_leads *l, int64_t as_of_ms, const sf_lead **rows);

#ifdef __cplusplus
}
#endif
#endif
