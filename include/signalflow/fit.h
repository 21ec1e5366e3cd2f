/* SPDX-License-Identifier: MIT */
/** Fitting platform baselines: what trending.h measures against, from what was observed.
 *
 *      v0         median of the smoothed rate v^ over observations of posts older than an hour        within [1e-4, 5]
 *      s50        median of the posts' last scores                                                    within [1, 1e5]
 *      rising_at  0.9 quantile of v^ over all observations, in units of v0                             within [1.5, 20]
 *      half life  as it was: it takes histories judged by what came after them, not a quantile
 *
 *  Hand in what was observed in the last 7 days. The medians move slowly, so fit again every few days, not every minute; v^
 *  itself rests a little on the v0 in force (through the prior), and twice is enough to settle that.
 *
 *  Quantiles come from counts in 128 steps a doubling, between 2^-24 and 2^40: bounded memory, no order, no chance; a quantile
 *  is at most 0.8 % too low, and exact for whole numbers up to 256. Results are rounded to three digits.
 *
 *  Source: for quantiles from counts in steps of equal relative width G. Tene, HdrHistogram; C. Masson, J. Rim, H. Lee,
 *  "DDSketch", VLDB 2019. docs/trending.md has the baselines and what they are worth.
 *
 *  For every function that takes an sf_fit: Threads: one at a time an sf_fit. Memory: 1 MB, all of it from the start.
 *  Since: 0.1.
 */
#ifndef SIGNALFLOW_FIT_H
#define SIGNALFLOW_FIT_H

#include "signalflow/lexicon.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SF_FIT_RATES                                                                                                   \
    1000 /**< observations of posts older than an hour below which v0 and rising_at are left as they were */
#define SF_FIT_SCORES 300 /**< posts below which s50 is left as it was */

typedef struct sf_fit sf_fit;

/** Makes an empty fit.
 *
 *  @param out  set on success, else untouched.
 *  @return SF_OK; SF_EINVAL (out is NULL), SF_ENOMEM.
 *  Ownership: free it with sf_fit_free().
 */
SF_API int sf_fit_new(sf_fit **out);

/** Frees it; NULL is fine. */
SF_API void sf_fit_free(sf_fit *f);

/** Counts an observation's smoothed rate.
 *
 *  @param platform  an sf_platform.
 *  @param rate      v^ after the observation, points a second: sf_trend_rate(). NaN, infinite and negative ones are passed over.
 *  @param age_ms    the post's age at the observation: of those younger than an hour, and of unknown age (SF_NO_TIME), only
 *                   rising_at takes notice. Where the creation is not known, time since the first sight is a careful stand-in.
 *  @return 1 if it was counted, 0 if passed over; SF_EINVAL (unknown platform).
 */
SF_API int sf_fit_rate(sf_fit *f, int32_t platform, double rate, int64_t age_ms);

/** Counts a post's score. Once a post: its last known one.
 *
 *  @param platform  an sf_platform.
 *  @param score     points; a negative one counts as 0, NaN and infinite ones are passed over.
 *  @return 1 if it was counted, 0 if passed over; SF_EINVAL (unknown platform).
 */
SF_API int sf_fit_score(sf_fit *f, int32_t platform, double score);

/** Works out a platform's baseline from what was counted so far.
 *
 *  @param platform  an sf_platform.
 *  @param was       the baseline in force: what cannot be fitted stays as it is.
 *  @param out       filled; may be `was`.
 *  @return bits: 1 if v0 and rising_at were fitted, 2 if s50 was, 0 if there were too few of both; SF_EINVAL (unknown platform,
 *          NULL).
 */
SF_API int sf_fit_baseline(const sf_fit *f, int32_t platform, const sf_baseline *was, sf_baseline *out);

/** Writes a baseline as a row of kind "baselines" (lexicon.h), without a line end.
 *
 *  @param platform  an sf_platform; SF_PLATFORM_UNKNOWN gives the row for all others.
 *  @param base      all figures positive and finite.
 *  @param buf       may be NULL when cap is 0; ends with a NUL if cap > 0.
 *  @param cap       bytes in buf.
 *  @return the length needed without the NUL, as snprintf does; SF_EINVAL (no such platform, figures that cannot be loaded again).
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int64_t sf_baseline_row(int32_t platform, const sf_baseline *base, char *buf, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
