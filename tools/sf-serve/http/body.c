/* SPDX-License-Identifier: MIT */
/* Bytes that several answers share. */
#include "body.h"

#include <stdlib.h>

http_body *http_body_take(sf_buffer *b)
{
    http_body *body = b->lost ? NULL : calloc(1, sizeof *body);
    if (body != NULL) {
        *body = (http_body){.holders = 1, .len = b->len, .bytes = b->bytes};
        *b = (sf_buffer){.bytes = NULL};
    }
    return body;
}

http_body *http_body_hold(http_body *b)
{
    if (b != NULL) {
        b->holders++;
    }
    return b;
}

void http_body_release(http_body *b)
{
    if (b != NULL && --b->holders == 0) {
        free(b->bytes);
        free(b);
    }
}
