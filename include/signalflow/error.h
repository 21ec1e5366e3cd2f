/* SPDX-License-Identifier: MIT */
/** How functions say what went wrong: a negative status, and a caller-owned sf_error with the place and the reason. */
#ifndef SIGNALFLOW_ERROR_H
#define SIGNALFLOW_ERROR_H

#include "signalflow/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The values never change; new ones are added at the end. */
typedef enum sf_status {
    SF_OK = 0,
    SF_ENOMEM = -1,   /**< memory could not be had; arguments are as they were */
    SF_EINVAL = -2,   /**< an argument is wrong: a bug in the caller */
    SF_EPARSE = -3,   /**< the input has a broken structure, a wrong type or an absurd value */
    SF_ETOOBIG = -4,  /**< the input, or something in it, is longer or deeper than allowed */
    SF_EBUSY = -5,    /**< another thread is inside this analyser */
    SF_ESKIP = -6,    /**< valid, but not a post: a like, a follow, a channel, an advertisement */
    SF_EVERSION = -7, /**< the record says a schema version that this library does not know */
    SF_EIO = -8,      /**< a file, a pipe or a server failed (tools only) */
    SF_EEND = -9,     /**< nothing more will come (tools only) */
    SF_EAGAIN = -10   /**< not now: try the same again later (tools only) */
} sf_status;

/** Filled on failure, untouched on success. Wherever a function takes one, NULL means "not interested". */
typedef struct sf_error {
    int32_t status;    /**< an sf_status */
    int32_t line;      /**< 1-based line of the input, 0 where lines mean nothing */
    uint64_t offset;   /**< byte of the input at which it was noticed */
    char message[112]; /**< English, NUL-terminated, cut where it is too long; names the field: "raw_score: ..." */
} sf_error;

/** Describes a status in a few words.
 *
 *  @param status  any int; unknown values give "unknown status".
 *  @return English, never NULL.
 *  Ownership: static. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const char *sf_strerror(int status);

#ifdef __cplusplus
}
#endif
#endif
