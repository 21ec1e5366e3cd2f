/* SPDX-License-Identifier: MIT */
/** A small strict JSON reader and the number forms that go with it: what normalise is built on, for those who write
 *  sources.
 *
 *  The reader is a cursor over bytes: it never allocates, keeps no tree and can be copied to look ahead. Structure is
 *  checked as it passes, to RFC 8259 and no laxer: no comments, no trailing commas, no 01, no NaN, nothing behind the
 *  value. Text is forgiven: invalid UTF-8, "\u0000" and lone surrogates are read as U+FFFD and counted. A UTF-8
 *  byte-order mark before the value is passed over.
 *
 *      sf_json j;
 *      sf_str key;
 *      sf_json_init(&j, text);
 *      for (int r = sf_json_enter(&j, '{'); (r = sf_json_member(&j, &key)) > 0;) {
 *          if (sf_json_is(key, "id")) sf_json_string(&j, buf, sizeof buf, &id);
 *          else sf_json_skip(&j);
 *      }
 *      if (sf_json_end(&j, &err) != SF_OK) ...            // every error of the walk surfaces here
 *
 *  After a failure every further call fails the same way, so that a walk needs one check at its end. Functions that take a
 *  cursor return SF_EPARSE where the input is not what was asked for, SF_ETOOBIG where it is nested too deeply, SF_EINVAL
 *  where a call comes out of turn (a value asked for where none stands); then `out` is untouched, but for what comments say.
 *
 *  For every function here: Ownership: raw text points into the input, which must outlive it. Threads: any, one at a time a
 *  cursor, a buffer and a batch. Memory: none, except from a batch where one is given. Since: 0.1.
 */
#ifndef SIGNALFLOW_JSON_H
#define SIGNALFLOW_JSON_H

#include "signalflow/signal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SF_JSON_DEPTH 256 /**< nesting beyond this is SF_ETOOBIG; threads of Bluesky come with 80 parents */

/** The cursor. Fields are the reader's own business, but it may be copied and put back as a whole. */
typedef struct sf_json {
    const char *text, *at, *end;
    uint64_t objects[SF_JSON_DEPTH / 64]; /**< bit d: level d is an object */
    uint32_t depth;
    uint32_t replaced; /**< U+FFFD put in so far */
    int32_t status;    /**< first failure, or SF_OK */
    uint32_t state;
    uint64_t offset;     /**< of the first failure */
    const char *message; /**< static */
} sf_json;

/** What stands at the cursor. */
typedef enum sf_json_type {
    SF_JSON_ERROR = 0,
    SF_JSON_NULL = 'n',
    SF_JSON_FALSE = 'f',
    SF_JSON_TRUE = 't',
    SF_JSON_NUMBER = '0',
    SF_JSON_STRING = '"',
    SF_JSON_ARRAY = '[',
    SF_JSON_OBJECT = '{'
} sf_json_type;

/** Starts a walk.
 *
 *  @param j     may be uninitialised; nothing needs to be freed.
 *  @param text  of any length; an empty one fails at the first value.
 */
SF_API void sf_json_init(sf_json *j, sf_str text);

/** The type of the value at the cursor, without passing it.
 *
 *  @return its type by its first byte; SF_JSON_ERROR where there is no value, and after a failure.
 */
SF_API sf_json_type sf_json_peek(sf_json *j);

/** Enters the array or object at the cursor.
 *
 *  @param open  '[' or '{'.
 *  @return 1; SF_EPARSE where something else stands there, SF_ETOOBIG beyond SF_JSON_DEPTH, SF_EINVAL.
 */
SF_API int sf_json_enter(sf_json *j, char open);

/** Goes to the next member of the object; its value must then be read, entered or skipped.
 *
 *  @param key  the name as it stands in the input, escapes not decoded; compare with sf_json_is().
 *  @return 1; 0 when the object ends (and the cursor leaves it); SF_EPARSE; SF_EINVAL outside an object, or when the value
 *          before was not passed.
 */
SF_API int sf_json_member(sf_json *j, sf_str *key);

/** Goes to the next element of the array; it must then be read, entered or skipped.
 *
 *  @return as sf_json_member().
 */
SF_API int sf_json_element(sf_json *j);

/** Does a raw key, once its escapes are decoded, equal name?
 *
 *  @param key   as sf_json_member() gave it.
 *  @param name  valid UTF-8.
 *  @return 1 or 0.
 */
SF_API int sf_json_is(sf_str key, const char *name);

/** Passes the value at the cursor, checking its structure; a number in it may be too large for a double.
 *
 *  @return SF_OK; SF_EPARSE, SF_ETOOBIG, SF_EINVAL.
 */
SF_API int sf_json_skip(sf_json *j);

/** Passes the value at the cursor and tells the bytes it stands in, as an input for another reader.
 *
 *  @param out  the value without white space around it.
 *  @return as sf_json_skip().
 */
SF_API int sf_json_raw(sf_json *j, sf_str *out);

/** Reads the string at the cursor into buf.
 *
 *  @param buf  as large as the input always suffices where that is valid UTF-8, else three times as large; may be NULL
 *              when cap is 0. NUL-terminated when there is room for that too.
 *  @param cap  bytes in buf.
 *  @param out  the decoded string; where nothing had to be decoded it points into the input and buf is not used.
 *  @return SF_OK; SF_ETOOBIG when it does not fit, SF_EPARSE, SF_EINVAL: all end the walk.
 */
SF_API int sf_json_string(sf_json *j, char *buf, size_t cap, sf_str *out);

/** Reads the string at the cursor into a batch.
 *
 *  @param out  lives in b and ends with a NUL.
 *  @return SF_OK; SF_EPARSE, SF_EINVAL, SF_ENOMEM: all end the walk.
 */
SF_API int sf_json_string_in(sf_json *j, sf_batch *b, sf_str *out);

/** Reads the number at the cursor, correctly rounded.
 *
 *  @return SF_OK; SF_EPARSE for something else or a number too large for a double; SF_EINVAL.
 */
SF_API int sf_json_number(sf_json *j, double *out);

/** Reads the whole number at the cursor; 1.0 and 1e3 are whole.
 *
 *  @return SF_OK; SF_EPARSE for something else, a fraction (1.5) or more than 64 bits (1e30); SF_EINVAL.
 */
SF_API int sf_json_integer(sf_json *j, int64_t *out);

/** Reads true or false at the cursor.
 *
 *  @param out  1 or 0; undefined on failure.
 *  @return SF_OK; SF_EPARSE for something else, null included; SF_EINVAL.
 */
SF_API int sf_json_bool(sf_json *j, int *out);

/** Fails the walk for a reason of the caller's, unless it has failed already; the offset is that of the value last read.
 *
 *  @param status   negative; anything else is taken for SF_EINVAL.
 *  @param message  must outlive the walk.
 *  @return the status of the walk's first failure.
 */
SF_API int sf_json_fail(sf_json *j, int status, const char *message);

/** Ends the walk: nothing but white space may be left, and no earlier call may have failed.
 *
 *  @param err  NULL, or status, line, offset and message of the first failure.
 *  @return SF_OK; the status of the first failure; SF_EPARSE when something follows the value; SF_EINVAL when the walk was
 *          given up inside it.
 */
SF_API int sf_json_end(sf_json *j, sf_error *err);

/** Writes text as a JSON string with its quotes. Control characters, quotes and backslashes are escaped, all else stays
 *  as it is; invalid UTF-8 becomes U+FFFD.
 *
 *  @param buf  may be NULL when cap is 0; ends with a NUL if cap > 0. What does not fit is cut, at any byte.
 *  @param cap  bytes in buf.
 *  @return the length needed without the NUL, as snprintf does; never an error.
 */
SF_API int64_t sf_json_quote(sf_str text, char *buf, size_t cap);

/** Writes a double as the shortest decimal that reads back as the same double; "null" for NaN and infinities. Whole
 *  numbers have no point (45), an exponent stands from 1e21 up and below 1e-6, minus zero is -0.0. Locale plays no part.
 *
 *  @param buf  at least 32 bytes; NUL-terminated.
 *  @return the length without the NUL.
 *  Source: R. Giulietti, "The Schubfach way to render doubles", 2020.
 */
SF_API int sf_json_double(double value, char buf[32]);

#ifdef __cplusplus
}
#endif
#endif
