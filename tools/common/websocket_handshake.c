/* SPDX-License-Identifier: MIT */
/* The handshake of RFC 6455: the proof that the server has read the key, and its answer. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "fail.h"
#include "websocket.h"

enum { ANSWER_MOST = 16384 };

/* ---- SHA-1 (FIPS 180-4), of texts that fit into two blocks -------------------------------------------------------- */

static uint32_t turn(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static void add_block(uint32_t h[5], const unsigned char *p)
{
    uint32_t w[80], v[5];
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
    }
    for (int i = 16; i < 80; i++) {
        w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    }
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? ((v[1] & v[2]) | (~v[1] & v[3])) + 0x5A827999U
                     : i < 40 ? (v[1] ^ v[2] ^ v[3]) + 0x6ED9EBA1U
                     : i < 60 ? ((v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])) + 0x8F1BBCDCU
                              : (v[1] ^ v[2] ^ v[3]) + 0xCA62C1D6U;
        uint32_t next = turn(v[0], 5) + f + v[4] + w[i];
        v[4] = v[3];
        v[3] = v[2];
        v[2] = turn(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (int i = 0; i < 5; i++) {
        h[i] += v[i];
    }
}

static void sha1(const char *text, size_t len, unsigned char out[20])
{
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    unsigned char blocks[128] = {0};
    size_t n = len < 56 ? 64 : 128;
    memcpy(blocks, text, len);
    blocks[len] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        blocks[n - 1 - i] = (unsigned char)((uint64_t)len * 8 >> (8 * i));
    }
    for (size_t at = 0; at < n; at += 64) {
        add_block(h, blocks + at);
    }
    for (size_t i = 0; i < 20; i++) {
        out[i] = (unsigned char)(h[i / 4] >> (24 - 8 * (i % 4)));
    }
}

void sf_websocket_accept(const char *key, char accept[29])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char tail[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[100];
    unsigned char hash[21] = {0};
    size_t len = strnlen(key, 60);
    memcpy(text, key, len);
    memcpy(text + len, tail, sizeof tail - 1);
    sha1(text, len + sizeof tail - 1, hash);
    for (size_t i = 0; i < 7; i++) {
        uint32_t three = (uint32_t)hash[3 * i] << 16 | (uint32_t)hash[3 * i + 1] << 8 | hash[3 * i + 2];
        for (size_t k = 0; k < 4; k++) {
            accept[4 * i + k] = digits[three >> (18 - 6 * k) & 63];
        }
    }
    accept[27] = '=';
    accept[28] = '\0';
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
