/* SPDX-License-Identifier: MIT */
/** What is taking off: a smoothed rate a post, and a score in [0,1] to rank by.
 *
 *  The raw velocity is what people see; for ranking, each post carries sf_trend, 32 bytes that its observations are folded
 *  into in order of time. The rate that comes out, v^ = N / W, is a discounted mean of the rates between observations
 *  with a prior at the post's creation that fades.
 *
 *      x = v^ / v0      g = min(1, ln(1 + x) / ln 10001)
 *      n = min(1, ln(1 + s / s50) / ln 101)         r = 2^(-age / half life)
 *      trending = g * (0.70 + 0.10 n + 0.20 r)
 *
 *  v0, s50 and the half life are the platform's baseline (lexicon.h). docs/trending.md has the proof that +1000 points in
 *  5 minutes ranks above 5000 points gained over 3 days, and how the formula does on real trajectories.
 *
 *  For every function here: Errors: none; what is not known is NaN. Baselines come from sf_lexicon_baseline(), all figures in
 *  them are positive. Threads: any, one at a time a trend. Memory: none. Since: 0.1.
 */
#ifndef SIGNALFLOW_TRENDING_H
#define SIGNALFLOW_TRENDING_H

#include "signalflow/lexicon.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A post's trend so far. Zeroed means: never seen. Keep it beside the post's last observation. */
typedef struct sf_trend {
    double n;      /**< discounted points */
    double w;      /**< discounted seconds; 0: never seen */
    double top;    /**< highest score seen */
    int64_t at_ms; /**< time of the last observation that counted */
} sf_trend;

/** Folds an observation into a post's trend.
 *
 *  @param t           zeroed before the first call.
 *  @param base        the platform's baseline.
 *  @param score       points; NaN and infinities leave the trend as it is, negative counts as 0.
 *  @param at_ms       when the score was read; SF_NO_TIME leaves the trend as it is. An observation less than 60 s after
 *                     the last one, or older, is ignored.
 *  @param created_ms  when the post was created; matters at the first observation only. SF_NO_TIME if unknown: the post is
 *                     then taken for 25 minutes old, and for no faster so far than 8 v0.
 *  @return v^ after it, points a second, >= 0; NaN if nothing has been observed yet.
 *  Source: the discounted ratio of counts N/W with a gamma prior; docs/trending.md has the constants.
 */
SF_API double sf_trend_observe(sf_trend *t, const sf_baseline *base, double score, int64_t at_ms, int64_t created_ms);

/** v^ of a trend.
 *
 *  @return points a second, >= 0; NaN if nothing has been observed yet.
 */
SF_API double sf_trend_rate(const sf_trend *t);

/** n of the formula: min(1, ln(1 + score / s50) / ln 101).
 *
 *  @param base   the platform's baseline.
 *  @param score  points; a negative one counts as 0.
 *  @return [0,1]; NaN for NaN.
 */
SF_API double sf_normalised_score(const sf_baseline *base, double score);

/** r of the formula: 2^(-age / half life).
 *
 *  @param base               the platform's baseline.
 *  @param created_ms, at_ms  milliseconds since 1970 UTC; an age that is negative counts as 0.
 *  @return [0,1]; 0 when a time is SF_NO_TIME.
 */
SF_API double sf_recency(const sf_baseline *base, int64_t created_ms, int64_t at_ms);

/** The score to rank by, bounded to [0,1] and monotone in each argument.
 *
 *  @param velocity_norm  x, v^ or a velocity in units of v0; NaN and negative count as 0, infinity as the cap.
 *  @param score_norm     n; clamped to [0,1], NaN counts as 0.
 *  @param recency        r; likewise.
 *  @return [0,1]. Monotone but for the last bit of the C library's logarithm.
 */
SF_API double sf_trending(double velocity_norm, double score_norm, double recency);

/** Is a post rising? It is when its smoothed rate is in the platform's top decile (x >= rising_at) and has not slowed since
 *  the last observation; it stays so until x falls under 0.8 rising_at or the rate under 0.9 of what it was.
 *
 *  @param base    the platform's baseline.
 *  @param was     1 if it was rising at the last observation, else 0.
 *  @param before  v^ before the last observation, NaN if that was the first.
 *  @param after   v^ after it.
 *  @return 1 or 0; -1 when `after` is NaN.
 */
SF_API int sf_rising(const sf_baseline *base, int was, double before, double after);

#ifdef __cplusplus
}
#endif
#endif
