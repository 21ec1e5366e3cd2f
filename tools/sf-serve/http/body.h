/* SPDX-License-Identifier: MIT */
/* Bytes that several answers share: a body is made once and sent to many. Counted in the loop's thread alone. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "common/buffer.h"

typedef struct http_body {
    unsigned holders;
    size_t len;
    char *bytes;
} http_body;

/* Takes a buffer's bytes; it is empty afterwards. NULL: no memory, or the buffer has lost some. Has one holder. */
http_body *http_body_take(sf_buffer *b);
http_body *http_body_hold(http_body *b); /* NULL is fine */
void http_body_release(http_body *b);    /* NULL is fine */

#endif
