/* SPDX-License-Identifier: MIT */
/** Keywords: the rare words that a text uses, best first. */
#ifndef SIGNALFLOW_KEYWORDS_H
#define SIGNALFLOW_KEYWORDS_H

#include "signalflow/analyser.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sf_keyword {
    sf_str word;          /**< lower-cased */
    uint32_t count;       /**< occurrences in the text */
    uint32_t start;       /**< byte at which the first one starts */
    double weight;        /**< count x rarity; what they are ranked by */
    uint32_t reserved[4]; /**< 0; the size of this struct is frozen */
} sf_keyword;

/** Finds the keywords of a text: no stop words, no very common words, no numbers, URLs or @names, ranked by
 *  count x rarity, ties by first appearance.
 *
 *  @param text  any bytes.
 *  @param max   how many at the most; 0 means SF_MAX_KEYWORDS, which is also the limit.
 *  @param out   the keywords.
 *  @return the count; SF_EBUSY, SF_EINVAL (NULL), SF_ETOOBIG (text of 2^30 bytes or more), SF_ENOMEM.
 *  Ownership: the analyser's, until its next call. Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int64_t sf_keywords(sf_analyser *a, sf_str text, size_t max, const sf_keyword **out);

#ifdef __cplusplus
}
#endif
#endif
