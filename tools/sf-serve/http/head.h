/* SPDX-License-Identifier: MIT */
/* Reading HTTP/1.1 requests (RFC 9112), strictly: whatever two readers could understand differently is refused, so that nothing can be
 * smuggled past a proxy. No bare CR or LF, no folded lines, no blank before a colon, one Host, one length, chunked and nothing else. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "signalflow/signal.h"

enum {
    HTTP_LINE_MOST = 8192,  /* of the request line; longer: 414 */
    HTTP_HEAD_MOST = 16384, /* of all fields; longer: 431 */
    HTTP_FIELDS = 100,      /* more: 431 */
    HTTP_BODY_MOST = 65536  /* longer: 413 */
};

typedef struct http_field {
    sf_str name, value;
} http_field;

/* A request's head; all texts point into what was read. */
typedef struct http_head {
    sf_str method;
    sf_str path, query; /* as they came; what follows the "?" */
    sf_str host;        /* of the Host field, or of an absolute target; "" where HTTP/1.0 gave none */
    int minor;          /* HTTP/1.minor */
    int keep_alive;     /* the connection may go on */
    int chunked;
    int upgrade;        /* Connection: upgrade */
    int wants_continue; /* Expect: 100-continue */
    int64_t length;     /* of the body; 0 where chunked */
    size_t n;
    http_field fields[HTTP_FIELDS];
} http_head;

/* Reads a head. Returns its length; 0: there is more to come; or, negative, the status of the refusal: -400, -414, -417, -431, -501, -505. */
int http_read_head(sf_str bytes, http_head *out);

/* The value of a field whose name is given in lower case; ptr NULL: there is none. The first, where there are several. */
sf_str http_field_of(const http_head *h, const char *name);

/* Is there a field of that name that, as a list between commas, has the word? Case does not matter. */
int http_field_has(const http_head *h, const char *name, const char *word);

/* Does a text equal another, whatever the case? */
int http_same(sf_str a, const char *b);

/* ---- chunked bodies ------------------------------------------------------------------------------------------------ */

/* Starts as {0}. */
typedef struct http_chunks {
    int state;
    uint64_t left; /* of a chunk */
    size_t in, out, line;
} http_chunks;

/* Decodes what there is of a chunked body, in place: bytes[0, len) are all that came behind the head so far. 1: it is complete, `out` bytes
 * long, and `in` bytes were its encoding; 0: there is more to come; -400; -413: longer than `most`. */
int http_dechunk(http_chunks *c, char *bytes, size_t len, size_t most);

#endif
