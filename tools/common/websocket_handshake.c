/* SPDX-License-Identifier: MIT */
/* The handshake of RFC 6455: the proof that the server has read the key, and its answer. */
#include <ctype.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#include "base64.h"
#include "fail.h"
#include "websocket.h"

enum { ANSWER_MOST = 16384 };

void sf_websocket_accept(const char *key, char accept[29])
{
    static const char tail[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[100];
    unsigned char hash[SHA_DIGEST_LENGTH];
    size_t len = strnlen(key, 60);
    memcpy(text, key, len);
    memcpy(text + len, tail, sizeof tail - 1);
    (void)SHA1((const unsigned char *)text, len + sizeof tail - 1, hash);
    accept[sf_base64_write((sf_str){(const char *)hash, sizeof hash}, SF_BASE64, accept)] = '\0';
}

/* ---- the answer --------------------------------------------------------------------------------------------------- */

/* The value of a header in the lines, without white space around it. */
static sf_str header(sf_str lines, const char *name)
{
    size_t n = strlen(name);
    while (lines.len > 0) {
        const char *end = memchr(lines.ptr, '\n', lines.len);
        size_t len = end != NULL ? (size_t)(end - lines.ptr) : lines.len;
        if (len > n && lines.ptr[n] == ':' && strncasecmp(lines.ptr, name, n) == 0) {
            sf_str v = {lines.ptr + n + 1, len - n - 1};
            for (; v.len > 0 && isspace((unsigned char)*v.ptr); v.ptr++, v.len--) {
            }
            for (; v.len > 0 && isspace((unsigned char)v.ptr[v.len - 1]); v.len--) {
            }
            return v;
        }
        len += end != NULL;
        lines.ptr += len;
        lines.len -= len;
    }
    return (sf_str){"", 0};
}

/* Where the empty line ends; 0: it has not come. */
static size_t end_of_head(sf_str bytes)
{
    for (size_t i = 3; i < bytes.len; i++) {
        if (memcmp(bytes.ptr + i - 3, "\r\n\r\n", 4) == 0) {
            return i + 1;
        }
    }
    return 0;
}

int64_t sf_websocket_read_handshake(sf_str bytes, const char *accept, sf_error *err)
{
    static const char start[] = "HTTP/1.1 101";
    size_t end = end_of_head(bytes), n = sizeof start - 1;
    size_t line = 0;
    for (; line < bytes.len && line < 60 && bytes.ptr[line] >= ' ' && bytes.ptr[line] < 0x7F; line++) {
    }
    if ((bytes.len >= n && memcmp(bytes.ptr, start, n) != 0) || (end == 0 && bytes.len > ANSWER_MOST)) {
        return sf_fail(err, SF_EIO, "no stream: \"%.*s\"", (int)line, bytes.ptr);
    }
    if (end == 0) {
        return 0;
    }
    sf_str upgrade = header((sf_str){bytes.ptr, end}, "upgrade");
    sf_str proof = header((sf_str){bytes.ptr, end}, "sec-websocket-accept");
    if (upgrade.len != 9 || strncasecmp(upgrade.ptr, "websocket", 9) != 0 || proof.len != strlen(accept) ||
        memcmp(proof.ptr, accept, proof.len) != 0) {
        return sf_fail(err, SF_EIO, "no stream: the server does not speak WebSocket");
    }
    return (int64_t)end;
}
