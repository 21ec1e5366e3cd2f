/* SPDX-License-Identifier: MIT */
/** The analyser: one thread's scratch memory over a shared lexicon.
 *
 *  It grows to the longest text it has seen and then allocates no more. A second thread that enters a busy analyser gets
 *  SF_EBUSY; nothing breaks.
 */
#ifndef SIGNALFLOW_ANALYSER_H
#define SIGNALFLOW_ANALYSER_H

#include "signalflow/lexicon.h"
#include "signalflow/signal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sf_analyser sf_analyser;

/** What sf_analyse() fills in. */
enum {
    SF_DO_SENTIMENT = 1 << 0, /**< sentiment, sentiment_cover */
    SF_DO_ENTITIES = 1 << 1,  /**< entities, topics */
    SF_DO_KEYWORDS = 1 << 2,  /**< keywords; with SF_DO_ENTITIES two phrases before them where a text names nothing */
    SF_DO_LANGUAGE = 1 << 3,  /**< lang, where the origin gave none */
    SF_DO_ALL = 15
};

/** Makes an analyser.
 *
 *  @param out  set on success, else untouched.
 *  @param l    NULL means the built-in one.
 *  @return SF_OK; SF_EINVAL (out is NULL), SF_ENOMEM.
 *  Ownership: free it with sf_analyser_free(); the lexicon must outlive it. Threads: any. Memory: its scratch, which grows
 *  with the longest text. Since: 0.1.
 */
SF_API int sf_analyser_new(sf_analyser **out, const sf_lexicon *l);

/** Frees an analyser and every result borrowed from it; NULL is fine. Threads: no other may be inside. Since: 0.1. */
SF_API void sf_analyser_free(sf_analyser *a);

/** The lexicon it was made over; NULL for NULL. Ownership: as it was. Threads: any. Memory: none. Since: 0.1. */
SF_API const sf_lexicon *sf_analyser_lexicon(const sf_analyser *a);

/** Analyses the signals of a batch from index `first` on: the pipeline's one call. Signals without text (a refresh that
 *  carries numbers only, a delete) keep their unknowns. Results live in the batch.
 *
 *  @param first  0 for all; the batch's count for none.
 *  @param what   SF_DO_ flags; 0 fills in `analysis` only.
 *  @return the number of signals that had text; SF_EBUSY, SF_EINVAL (NULL, unknown flags, first beyond the count), SF_ENOMEM
 *          (signals before the failing one are done).
 *  Ownership: results live in b. Threads: one at a time an analyser and a batch. Memory: the batch's; none once both are
 *  warm. Since: 0.1.
 */
SF_API int64_t sf_analyse(sf_analyser *a, sf_batch *b, size_t first, uint32_t what);

#ifdef __cplusplus
}
#endif
#endif
