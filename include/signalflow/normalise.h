/* SPDX-License-Identifier: MIT */
/** From a platform's answer to signals, and from marked-up text to plain text. */
#ifndef SIGNALFLOW_NORMALISE_H
#define SIGNALFLOW_NORMALISE_H

#include "signalflow/signal.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What became of one child of an answer (a listing's entry, a hit, an event). Lives in the batch. */
typedef struct sf_child {
    uint64_t offset, length; /**< where it stands in the answer: the platform's own bytes of this child */
    int64_t signal;          /**< index of its signal in the batch, -1 if it gave none */
    int32_t status;          /**< SF_OK, SF_ESKIP, or why it was refused */
    uint32_t reserved[5];    /**< 0; the size of this struct is frozen */
    const char *reason;      /**< "" or, for a skip or an error, a few words that name the field; lives in the batch */
} sf_child;

/** What sf_normalise() tells beside the signals. */
typedef struct sf_normalise_report {
    size_t struct_size;
    size_t signals, skips, errors; /**< they add up to n_children */
    const sf_child *children;      /**< in the order of the answer; lives in the batch */
    size_t n_children;
} sf_normalise_report;
#define SF_NORMALISE_REPORT_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(sf_normalise_report), 0, 0, 0, NULL, 0                                                                  \
    }

/** Reads one answer of a platform's API, or one event of its stream, and adds a signal for each post or comment in it.
 *
 *  Understood: Reddit listings (posts, comments, several listings in an array) and single things; Hacker News items
 *  (Firebase), search answers and item trees (Algolia); Bluesky Jetstream events, post views wherever AppView answers
 *  hold them (posts, feed, thread) and records; YouTube video, search, comment and comment thread lists. A child that is no
 *  post (a like, a follow, a channel, a "null" item) is skipped, a deleted one gives a signal of kind SF_DELETE. HTML,
 *  entities and Markdown become plain text. Nothing is invented: what the answer does not hold stays unknown.
 *
 *  @param b            takes the signals.
 *  @param platform     whose answer it is.
 *  @param json         the answer as it came.
 *  @param observed_ms  when it was read; SF_NO_TIME if unknown. Events that carry a time of their own keep that.
 *  @param report       NULL, or set up with SF_NORMALISE_REPORT_INIT; filled on success.
 *  @param err          NULL, or filled on failure.
 *  @return the number of signals added. SF_EPARSE when the answer as a whole is no answer of that platform (broken JSON, an
 *          error document, HTML): then nothing is added. SF_EINVAL for no batch, an unknown platform or a report that
 *          is not set up, SF_ETOOBIG for one nested too deeply, SF_ENOMEM. A child that is wrong is no failure of the
 *          call: the report tells.
 *  Ownership: signals and report live in b. Threads: one at a time a batch. Memory: the batch's; scratch is taken and given
 *  back in the call. Since: 0.1.
 */
SF_API int64_t sf_normalise(sf_batch *b, int32_t platform, sf_str json, int64_t observed_ms,
                            sf_normalise_report *report, sf_error *err);

/** What sf_clean_text() does; steps run in this order. */
enum {
    SF_CLEAN_HTML = 1 << 0,      /**< tags out, <p> and <br> to line ends, script and style with their content */
    SF_CLEAN_ENTITIES = 1 << 1,  /**< &amp; &#x27; &eacute; ... decoded once */
    SF_CLEAN_ENTITIES2 = 1 << 2, /**< once more, for text that was escaped twice */
    SF_CLEAN_MARKDOWN =
        1 << 3, /**< Reddit's: links to their text, quotes, emphasis, code, headings, lists to plain text */
    SF_CLEAN_MOJIBAKE = 1 << 4,     /**< UTF-8 that was read as Windows-1252 is read again: "schÃ¶n" to "schön" */
    SF_CLEAN_CONTROLS = 1 << 5,     /**< control, bidirectional, zero-width, byte-order marks, soft hyphens, VS16 out */
    SF_CLEAN_QUOTES = 1 << 6,       /**< typographic quotes and dashes to ASCII */
    SF_CLEAN_NFC = 1 << 7,          /**< canonical composition */
    SF_CLEAN_NFKC = 1 << 8,         /**< compatibility composition: widths, ligatures */
    SF_CLEAN_CASEFOLD = 1 << 9,     /**< full case folding */
    SF_CLEAN_URLS = 1 << 10,        /**< URLs and e-mail addresses out */
    SF_CLEAN_MENTIONS = 1 << 11,    /**< @names out */
    SF_CLEAN_HASHTAGS = 1 << 12,    /**< #ClimateAction to "Climate Action" */
    SF_CLEAN_FLOODS = 1 << 13,      /**< "coooool" to "coool": at most three of a kind in a row */
    SF_CLEAN_EMOJI_WORDS = 1 << 17, /**< emoji to their descriptions: "red heart"; those that have none stay */
    SF_CLEAN_EMOJI = 1 << 14,       /**< emoji out */
    SF_CLEAN_LINES = 1 << 15,  /**< CRLF, CR, U+2028, U+2029 to LF; at most one empty line in a row, none at either end;
                                   no white space at the end of a line */
    SF_CLEAN_SPACES = 1 << 16, /**< runs of white space to one space, or to one line end if one was in them; trimmed */
    SF_CLEAN_MARKERS = 1 << 18, /**< with URLS and MENTIONS: <url>, <email>, <user> instead */
    /** What normalise does to every platform's text, after that platform's own markup. */
    SF_CLEAN_PLAIN = SF_CLEAN_CONTROLS | SF_CLEAN_NFC | SF_CLEAN_LINES
};

/** Makes plain text of marked-up text. Never fails on bytes: invalid UTF-8 becomes U+FFFD.
 *
 *  @param text  any bytes, NUL included.
 *  @param what  SF_CLEAN_ flags; 0 only makes the text valid UTF-8.
 *  @param buf   takes the result and a NUL; may be NULL when cap is 0. It must not overlap text.
 *  @param cap   bytes in buf; a result that does not fit is cut between what readers see as
 *               characters (grapheme clusters).
 *  @return the length needed without the NUL, as snprintf does; SF_EINVAL for unknown flags, SF_ENOMEM.
 *  Threads: any. Memory: scratch is taken and given back in the call. Since: 0.1.
 */
SF_API int64_t sf_clean_text(sf_str text, uint32_t what, char *buf, size_t cap);

/** A stretch of a cleaned text, and the bytes of the source that it came from. */
typedef struct sf_clean_run {
    size_t start, end;               /**< bytes [start, end) of the cleaned text; never empty */
    size_t source_start, source_end; /**< bytes of the text that was given; never empty */
    int32_t copied;                  /**< 1: the same bytes, one by one; 0: rewritten, as a whole from the whole */
    uint32_t reserved[3];            /**< 0; the size of this struct is frozen */
} sf_clean_run;

/** Where a cleaned text came from. Its runs cover the text from its first byte to its last without a hole. Their ranges of the
 *  source come in the same order and do not overlap; what lies between two of them was taken out. */
typedef struct sf_clean_map {
    const sf_clean_run *runs; /**< lives in the batch; not to be read when n_runs is 0 */
    size_t n_runs;
} sf_clean_map;

/** As sf_clean_text(), and tells where the result came from.
 *
 *  A step that writes something for something else (a character for an entity, words for an emoji, a marker for a URL, a
 *  line end for a tag, a composed letter) gives a run that is not copied. A space that a step puts between two things
 *  belongs to the one it was put there for. Where a later step changes a part of what an earlier one wrote, the run is
 *  all that either wrote.
 *
 *  @param b     takes the runs.
 *  @param text  as for sf_clean_text(), as are what, buf and cap.
 *  @param map   set on success, else untouched. Where the result was cut it ends with what buf holds; it is empty when cap
 *               is 0.
 *  @return as sf_clean_text(), and SF_EINVAL when b or map is NULL.
 *  Ownership: the runs live in b; b holds nothing else of the call. Threads: one at a time a batch. Memory: the batch's for
 *  the runs; scratch is taken and given back in the call, in proportion to the text and to what was changed in it. Since: 0.1.
 */
SF_API int64_t sf_clean_text_mapped(sf_batch *b, sf_str text, uint32_t what, char *buf, size_t cap, sf_clean_map *map);

/** From bytes of a cleaned text, say an entity's, to the bytes of the source that they came from: one by one where they
 *  were copied; where they are a part of what was rewritten, the whole of what it was written for. What was taken out
 *  inside the range is part of the answer, what was taken out at its ends is not.
 *
 *  @param map           from sf_clean_text_mapped().
 *  @param start         bytes [start, end) of the cleaned text.
 *  @param end           not before start, not behind the text. Where both are the same the answer is the empty range at
 *                       the byte that stands there, or behind the last one.
 *  @param source_start  bytes [*source_start, *source_end) of the source; not empty if the range is not. Of two ranges
 *                       that are not empty the one that begins or ends later does not begin or end sooner there.
 *  @param source_end    its other end.
 *  @return SF_OK; SF_EINVAL for a range that is none of the text's, or a NULL.
 *  Threads: any. Memory: none; a search by halves. Since: 0.1.
 */
SF_API int sf_clean_source(const sf_clean_map *map, size_t start, size_t end, size_t *source_start, size_t *source_end);

#ifdef __cplusplus
}
#endif
#endif
