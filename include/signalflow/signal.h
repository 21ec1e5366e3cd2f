/* SPDX-License-Identifier: MIT */
/** The signal, one record for every platform; the batch that holds signals; and their JSON form.
 *
 *  A signal is one post, comment, refresh or delete at one moment. Platforms differ in what they know: what a platform
 *  does not say is an empty string, NaN or SF_NO_TIME.
 *
 *  ## The JSON form
 *
 *  One object a line, as pipes and the topic signals.normalised carry it. docs/signal.schema.json is its JSON Schema.
 *
 *      {"v":1,"platform":"reddit","source_id":"t3_xyz789","kind":"post","channel":"technology","title":"...",
 *       "body":"...","author":"...","url":"https://...","raw_score":45,"comments":2,
 *       "ts":"2026-01-02T03:04:05.000Z","observed_at":"2026-01-02T03:09:05.000Z","lang":"en","labels":["nsfw"],
 *       "parent_id":null}
 *
 *  `platform`, `source_id`, `title`, `body`, `raw_score` and `ts` are always written. Once a signal has been analysed
 *  `sentiment`, `sentiment_cover`, `topics`, `entities`, `keywords`, `previous_score`, `velocity`, `comment_velocity`,
 *  `normalised_score`, `trending_score`, `rising` and `analysis` follow.
 */
#ifndef SIGNALFLOW_SIGNAL_H
#define SIGNALFLOW_SIGNAL_H

#include <string.h>

#include "signalflow/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Borrowed bytes, meant as UTF-8. Where the library made them, ptr[len] is 0 and ptr is never NULL. */
typedef struct sf_str {
    const char *ptr; /**< may be NULL when len is 0 */
    size_t len;      /**< bytes */
} sf_str;

/** A view of a C string. NULL gives the empty string. */
static inline sf_str sf_cstr(const char *text)
{
    sf_str s;
    s.ptr = text != NULL ? text : "";
    s.len = strlen(s.ptr);
    return s;
}

/** A time that is not known. Times are milliseconds since 1970-01-01T00:00:00 UTC. */
#define SF_NO_TIME INT64_MIN

typedef enum sf_platform {
    SF_PLATFORM_UNKNOWN = 0,
    SF_REDDIT = 1,
    SF_HACKERNEWS = 2,
    SF_BLUESKY = 3,
    SF_YOUTUBE = 4,
    SF_LOBSTERS = 5,
    SF_PLATFORM_COUNT = 6 /**< one past the last; grows */
} sf_platform;

typedef enum sf_kind {
    SF_POST = 0,    /**< first sight of a post, story or video */
    SF_COMMENT = 1, /**< a comment or reply; its title is empty */
    SF_REFRESH = 2, /**< a later look at numbers; may carry text or none */
    SF_DELETE = 3   /**< its author or the platform took it away; carries an id and no text */
} sf_kind;

/** VADER's four numbers. NaN where a text has not been analysed. */
typedef struct sf_scores {
    double neg, neu, pos; /**< shares in [0,1], rounded to 3 decimals */
    double compound;      /**< in [-1,1], rounded to 4 decimals */
} sf_scores;

/** A named thing in a text. In a signal, offsets count bytes of its analysed text, see sf_signal_text(). */
typedef struct sf_entity {
    sf_str text;          /**< as it stands in the text */
    sf_str label;         /**< PER, LOC, ORG, PROD, WORK, EVENT, ... or MISC */
    sf_str id;            /**< canonical, lower-cased name: what topics are counted by */
    uint32_t start, end;  /**< bytes [start, end) */
    uint32_t reserved[4]; /**< 0; the size of this struct is frozen */
} sf_entity;

#define SF_MAX_TOPICS   16 /**< of a signal; later ones are dropped */
#define SF_MAX_ENTITIES 64
#define SF_MAX_KEYWORDS 10
#define SF_MAX_LABELS   16
#define SF_MAX_ID       512                /**< bytes of a source_id; a longer one is SF_ETOOBIG */
#define SF_MAX_RECORD   (1024 * 1024)      /**< bytes of one JSON record; a longer one is SF_ETOOBIG */
#define SF_MAX_NUMBER   9007199254740992.0 /**< points and comments: what a double counts one by one */

/** One post, comment, refresh or delete at one moment. Lives in a batch; only the library makes one, so that fields can
 *  be added at the end. */
typedef struct sf_signal {
    int32_t platform;  /**< an sf_platform */
    int32_t kind;      /**< an sf_kind */
    uint32_t replaced; /**< how many times broken text was read as U+FFFD */
    int32_t rising;    /**< 1 rising, 0 not, -1 not known */
    sf_str source_id;  /**< the platform's own id: t3_..., a number, an AT-URI, a video or comment id; never empty */
    sf_str parent_id;  /**< of a comment: what it answers */
    sf_str channel;    /**< subreddit, video or channel id, feed */
    sf_str title;      /**< plain text; empty for comments and Bluesky posts */
    sf_str body;       /**< plain text */
    sf_str author;
    sf_str url;
    sf_str lang; /**< BCP 47 as the platform or the author says, else as sf_analyse() tells it ("und": it cannot) */
    const sf_str *labels; /**< nsfw, spoiler, ... */
    size_t n_labels;
    double raw_score;    /**< points, likes; NaN where the origin has none */
    double comments;     /**< number of comments; NaN where the origin has none */
    int64_t ts_ms;       /**< when it was created, as the platform or the author says */
    int64_t observed_ms; /**< when the numbers were read */
    /* What analysis adds */
    sf_scores sentiment;    /**< of sf_signal_text(); NaN before sf_analyse() */
    double sentiment_cover; /**< share of words that the lexicon's language knows, [0,1]; NaN: no words, or not done */
    const sf_str *topics;   /**< canonical, lower-cased, unique, in order of first appearance */
    size_t n_topics;
    const sf_entity *entities; /**< by start */
    size_t n_entities;
    const sf_str *keywords; /**< best first */
    size_t n_keywords;
    double previous_score;   /**< raw_score of the latest earlier observation */
    double velocity;         /**< points a second since then, see sf_velocity() */
    double comment_velocity; /**< comments a second since then */
    double normalised_score; /**< [0,1], see sf_normalised_score() */
    double trending_score;   /**< [0,1], see sf_trending() */
    sf_str analysis;         /**< version and checksum of what scored it; empty before */
} sf_signal;

/** The platform's name as JSON and URLs have it ("reddit").
 *
 *  @param platform  an sf_platform; any other number gives "unknown".
 *  Ownership: static. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const char *sf_platform_name(int32_t platform);

/** The platform of that name.
 *
 *  @param name  in lower case, and nothing else.
 *  @return an sf_platform; SF_PLATFORM_UNKNOWN for any other name.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int32_t sf_platform_from_name(sf_str name);

/** "post", "comment", "refresh" or "delete".
 *
 *  @param kind  an sf_kind; any other number gives "unknown".
 *  Ownership: static. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const char *sf_kind_name(int32_t kind);

/** Reads an RFC 3339 time: "2026-01-02T03:04:05Z", any fraction, "Z", "+02:00" or "-0530"; a missing zone is read as UTC
 *  since Python clients leave it out; a space for the "T". Years 0001 to 9999 in UTC; a leap second (the last of a UTC
 *  day) is read as the second before.
 *
 *  @param text  the time and nothing else.
 *  @param ms    milliseconds since 1970 UTC; a finer fraction is cut towards the past.
 *  @return SF_OK, or SF_EPARSE with *ms untouched.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int sf_time_parse(sf_str text, int64_t *ms);

/** Writes "2026-01-02T03:04:05.000Z" (24 characters and a NUL; times beyond the years 0001 to 9999 are clamped to them).
 *
 *  @return SF_OK, or SF_EINVAL for SF_NO_TIME, with "" in buf.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int sf_time_format(int64_t ms, char buf[25]);

/* ---- batch ------------------------------------------------------------------------------------------------------- */

/** An arena and a growing array of signals: filled, worked on, written, reset, reused. Pointers to signals and to
 *  everything in them stay valid until sf_batch_reset() or sf_batch_free().
 *
 *  For every function that takes one: Threads: one at a time a batch. Memory: chunks of up to 1 MB (larger for a larger
 *  request), kept over resets, so none once warm. A NULL batch is SF_EINVAL, NULL or 0. Since: 0.1. */
typedef struct sf_batch sf_batch;

/** Makes an empty batch.
 *
 *  @param out  set on success, else untouched.
 *  @return SF_OK; SF_EINVAL (out is NULL), SF_ENOMEM.
 *  Ownership: free it with sf_batch_free().
 */
SF_API int sf_batch_new(sf_batch **out);

/** Frees the batch and all that lives in it. NULL is fine. */
SF_API void sf_batch_free(sf_batch *b);

/** Empties the batch and keeps its memory for the next round (memory beyond 16 MB that an unusual batch took is given
 *  back). NULL is fine. */
SF_API void sf_batch_reset(sf_batch *b);

/** How many signals it holds. */
SF_API size_t sf_batch_count(const sf_batch *b);

/** Signal i.
 *
 *  @param i  from 0.
 *  @return NULL when i is past the end.
 *  Ownership: the batch's, valid until reset; the caller may write its numbers and times, and point texts at what lives as
 *  long.
 */
SF_API sf_signal *sf_batch_at(const sf_batch *b, size_t i);

/** Memory that lives as long as the batch's content, for what callers hang on signals. Aligned for any type, not
 *  cleared. 0 bytes give a valid pointer.
 *
 *  @return NULL when memory is scarce.
 *  Ownership: the batch's.
 */
SF_API void *sf_batch_alloc(sf_batch *b, size_t bytes);

/** Copies bytes into the batch and ends them with a NUL.
 *
 *  @param bytes  any; they are not looked at.
 *  @param out    the copy, which lives in b; on failure untouched.
 *  @return SF_OK; SF_EINVAL (NULL with a length), SF_ENOMEM.
 */
SF_API int sf_batch_copy(sf_batch *b, sf_str bytes, sf_str *out);

/** Adds a signal that the caller filled in: everything is copied, text is made valid UTF-8 without NUL (see `replaced`),
 *  so that it is the same after a round trip through JSON.
 *
 *  @param s     platform, kind and source_id must be set; start from sf_signal_init().
 *  @param size  sizeof(sf_signal) of the caller, so that older callers go on working.
 *  @return the new signal's index; SF_EINVAL (no id, unknown platform or kind, points or comments beyond 2^53);
 *          SF_ETOOBIG (an id beyond SF_MAX_ID, texts beyond SF_MAX_RECORD together); SF_ENOMEM.
 *  Ownership: the new signal is the batch's, s stays the caller's.
 */
SF_API int64_t sf_batch_add(sf_batch *b, const sf_signal *s, size_t size);

/** Sets every field of a signal to "not known".
 *
 *  @param s     NULL does nothing.
 *  @param size  sizeof(sf_signal) of the caller.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API void sf_signal_init(sf_signal *s, size_t size);

/** Adds the signal that a line of JSON describes. Unknown members are ignored, what analysis added is read back too.
 *  platform and source_id must be there; every other member may be missing or, but for kind and v, null. A number whose
 *  size exceeds 2^53 is refused.
 *
 *  @param json  one object; white space around it is fine. Invalid UTF-8, NUL and lone surrogates in strings are read
 *               as U+FFFD. Duplicate members: the last one holds.
 *  @param err   NULL, or on failure offset and a message that names the field.
 *  @return the new signal's index; SF_EPARSE, SF_EVERSION (a higher "v"), SF_ETOOBIG (beyond SF_MAX_RECORD, SF_MAX_ID or
 *          SF_JSON_DEPTH), SF_EINVAL (NULL with a length), SF_ENOMEM. On failure the batch is as it was.
 *  Ownership: the signal is the batch's and does not point into json.
 */
SF_API int64_t sf_batch_add_json(sf_batch *b, sf_str json, sf_error *err);

/** Writes a signal as JSON without a line end. Numbers are the shortest decimals that read back as the same double.
 *
 *  @param buf  may be NULL when cap is 0; ends with a NUL if cap > 0.
 *  @param cap  bytes in buf.
 *  @return the length needed without the NUL, as snprintf does; SF_EINVAL when s is NULL, or buf is and cap is not 0.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int64_t sf_signal_json(const sf_signal *s, char *buf, size_t cap);

/** The text that is analysed and that offsets count in: title "\n" body, or the one of the two that is not empty.
 *
 *  @param b    takes the copy where both parts are there; NULL will do where they are not.
 *  @param out  points into the signal, or to that copy.
 *  @return SF_OK; SF_EINVAL, SF_ENOMEM.
 */
SF_API int sf_signal_text(sf_batch *b, const sf_signal *s, sf_str *out);

#ifdef __cplusplus
}
#endif
#endif
