/* SPDX-License-Identifier: MIT */
/** Sentiment as VADER gives it: the figures of Python's vaderSentiment 3.3.2, bit for bit, in time linear in the text.
 *
 *  Source: C.J. Hutto, E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text",
 *  ICWSM 2014. docs/sentiment.md lists the reference's peculiarities, all kept.
 */
#ifndef SIGNALFLOW_SENTIMENT_H
#define SIGNALFLOW_SENTIMENT_H

#include "signalflow/analyser.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Scores a text.
 *
 *  @param text  any bytes; invalid UTF-8 is read as U+FFFD.
 *  @param out   all four 0 for a text without words.
 *  @return SF_OK; SF_EBUSY, SF_EINVAL (NULL), SF_ETOOBIG (text of 2^31 bytes or more), SF_ENOMEM.
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int sf_sentiment(sf_analyser *a, sf_str text, sf_scores *out);

/** Scores n texts that lie in one buffer: text i is utf8[offsets[i] .. offsets[i+1]), as in an Arrow large_string column.
 *
 *  @param utf8     may be NULL where all texts are empty.
 *  @param offsets  n + 1 of them, in bytes, not decreasing.
 *  @param n        0 does nothing.
 *  @param out      4 * n doubles, row by row: neg, neu, pos, compound. After a failure the rows before it are filled in.
 *  @return n; SF_EINVAL when offsets decrease or are negative, and as sf_sentiment().
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int64_t sf_sentiment_column(sf_analyser *a, const char *utf8, const int64_t *offsets, size_t n, double *out);

/** The share of a text's words that the lexicon's language knows: how far VADER, which reads English only, can be
 *  trusted with it. Words are runs of letters; URLs, numbers, @names, #tags and emoji count on neither side. A text of which
 *  less than four fifths of the words are known, unknown names aside, is mixed with another language or with jargon and has 0;
 *  small words of other languages (nicht, oru) count twice against it.
 *
 *  @param text  any bytes.
 *  @param out   [0,1], NaN for a text without words.
 *  @return as sf_sentiment(), but SF_ETOOBIG for a text of 2^30 bytes or more.
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int sf_sentiment_cover(sf_analyser *a, sf_str text, double *out);

/** The covers of n texts that lie in one buffer, laid out as for sf_sentiment_column().
 *
 *  @param out  n doubles. After a failure those before it are filled in.
 *  @return n; as sf_sentiment_column() and sf_sentiment_cover().
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int64_t sf_sentiment_cover_column(sf_analyser *a, const char *utf8, const int64_t *offsets, size_t n,
                                         double *out);

/** Writes what a lexicon's sentiment is made of: its words with their valences, or its emoji with their descriptions, as a
 *  table of kind "sentiment" or "emoji" that sf_lexicon_load() reads, in the order in which they came in.
 *
 *  @param l      NULL means the built-in one.
 *  @param emoji  0: words; 1: emoji.
 *  @param buf    may be NULL when cap is 0; ends with a NUL if cap > 0.
 *  @param cap    bytes in buf; what does not fit is cut.
 *  @return the length needed without the NUL, as snprintf does; SF_EINVAL when emoji is neither 0 nor 1, or buf is NULL and
 *          cap is not 0.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int64_t sf_sentiment_table(const sf_lexicon *l, int32_t emoji, char *buf, size_t cap);

/** The rules that can change a token's valence. */
enum {
    SF_RULE_LEXICON = 1 << 0,  /**< the token stands in the lexicon */
    SF_RULE_CAPS = 1 << 1,     /**< upper case in a text that is not all upper case */
    SF_RULE_BOOSTER = 1 << 2,  /**< a degree word before it: very, barely */
    SF_RULE_NEGATION = 1 << 3, /**< not, never, n't before it */
    SF_RULE_NO = 1 << 4,       /**< "no" before it */
    SF_RULE_NEVER_SO = 1 << 5, /**< never so, never this, and what the reference takes for it */
    SF_RULE_IDIOM = 1 << 6,    /**< a fixed phrase: yeah right, the bomb */
    SF_RULE_LEAST = 1 << 7,    /**< least before it */
    SF_RULE_BUT = 1 << 8,      /**< before or after the text's first "but" */
    SF_RULE_EMOJI = 1 << 9,    /**< the token comes from an emoji's description */
    SF_RULE_SKIPPED = 1 << 10  /**< a booster, or the kind of "kind of": never scored itself */
};

/** One token of a text as VADER sees it. */
typedef struct sf_token_score {
    uint32_t start, end;  /**< bytes [start, end) of the text; for an emoji's words those of the emoji */
    double lexicon;       /**< valence in the lexicon, 0 if it stands not there */
    double valence;       /**< after all rules */
    uint32_t rules;       /**< SF_RULE_ flags of the rules that acted on it */
    uint32_t reserved[3]; /**< 0; the size of this struct is frozen */
} sf_token_score;

/** How a text's figures came about. */
typedef struct sf_explanation {
    size_t struct_size;
    const sf_token_score *tokens; /**< in order; borrowed until the next call on the analyser */
    size_t n_tokens;
    double punctuation; /**< what ! and ? add to the size of the sum */
    double sum;         /**< valences and punctuation; compound = sum / sqrt(sum^2 + 15) */
    sf_scores scores;   /**< as sf_sentiment() */
} sf_explanation;
#define SF_EXPLANATION_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(sf_explanation), NULL, 0, 0.0, 0.0,                                                                     \
        {                                                                                                              \
            0.0, 0.0, 0.0, 0.0                                                                                         \
        }                                                                                                              \
    }

/** Scores a text and says how.
 *
 *  @param text  any bytes.
 *  @param out   set up with SF_EXPLANATION_INIT.
 *  @return as sf_sentiment(); SF_EINVAL also when out is not set up.
 *  Ownership: the tokens are the analyser's, until its next call. Threads: one at a time an analyser. Memory: none once
 *  warm. Since: 0.1.
 */
SF_API int sf_sentiment_explain(sf_analyser *a, sf_str text, sf_explanation *out);

#ifdef __cplusplus
}
#endif
#endif
