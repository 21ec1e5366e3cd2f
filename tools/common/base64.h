/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648): of handshakes, hashes and dead letters (section 4, padded), and of tokens (section 5, without padding). */
#ifndef SF_COMMON_BASE64_H
#define SF_COMMON_BASE64_H

#include "signalflow/signal.h"

typedef enum sf_base64 {
    SF_BASE64,     /* + and /, padded with = to a multiple of four */
    SF_BASE64_URL, /* - and _, no padding */
} sf_base64;

/* Of how many characters len bytes are, at most. */
#define SF_BASE64_ROOM(len) (((len) + 2) / 3 * 4)

/* Writes at most SF_BASE64_ROOM(bytes.len) characters, no NUL. Returns how many. */
size_t sf_base64_write(sf_str bytes, sf_base64 form, char *out);

/* Reads strictly: each text has one form, so no white space, no other padding, no bits left over. Returns the length, or
 * -1 where it is none. out: at least 3/4 of the text. */
int64_t sf_base64_read(sf_str text, sf_base64 form, void *out);

#endif
