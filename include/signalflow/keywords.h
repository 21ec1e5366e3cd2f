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

/** The keywords of n texts that lie in one buffer: text i is utf8[offsets[i] .. offsets[i+1]), as in an Arrow large_string
 *  column; its keywords are (*out)[rows[i] .. rows[i+1]), as in an Arrow list column, and places in them count bytes of that
 *  text.
 *
 *  @param b        takes the keywords and their words; what it holds already stays.
 *  @param utf8     may be NULL where all texts are empty.
 *  @param offsets  n + 1 of them, in bytes, not decreasing; may be NULL when n is 0.
 *  @param n        0 gives no keywords.
 *  @param max      of a text, as for sf_keywords().
 *  @param rows     n + 1 of them, filled in.
 *  @param out      set on success, else untouched.
 *  @return n; SF_EINVAL when offsets decrease or are negative, and as sf_keywords().
 *  Ownership: the keywords live in b. Threads: one at a time an analyser and a batch. Memory: the batch's, up to four times what
 *  the keywords take; none once both are warm. Since: 0.1.
 */
SF_API int64_t sf_keywords_column(sf_analyser *a, sf_batch *b, const char *utf8, const int64_t *offsets, size_t n,
                                  size_t max, int64_t *rows, const sf_keyword **out);

#ifdef __cplusplus
}
#endif
#endif
