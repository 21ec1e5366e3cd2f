/* SPDX-License-Identifier: MIT */
/* Base64 in the alphabets of tokens (RFC 4648, section 5) and of password hashes (section 4), without padding. */
#ifndef AUTH_BASE64_H
#define AUTH_BASE64_H

#include "signalflow/signal.h"

/* Writes at most 4/3 of len and 1 more; no NUL. Returns the length. */
size_t base64_write(sf_str bytes, int url, char *out);

/* Reads strictly: no padding, no white space, no bits left over. The length, or -1. out: at least 3/4 of the text. */
int64_t base64_read(sf_str text, int url, unsigned char *out);

#endif
