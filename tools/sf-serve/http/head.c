/* SPDX-License-Identifier: MIT */
/* Reading requests, see head.h. */
#include "head.h"

#include <string.h>
#include <strings.h>

#include "common/url.h"

enum {
    BAD = -400,
    TOO_LONG_URI = -414,
    NO_EXPECTATION = -417,
    TOO_LONG_HEAD = -431,
    NO_CODING = -501,
    NO_VERSION = -505
};

/* ---- characters ---------------------------------------------------------------------------------------------------- */

static int is_token(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static int is_value(unsigned char c)
{
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

static int is_host(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~%!$&'()*+,;=:[]", c) != NULL);
}

int http_same(sf_str a, const char *b)
{
    return a.ptr != NULL && strlen(b) == a.len && strncasecmp(a.ptr, b, a.len) == 0;
}

static sf_str trim(sf_str v)
{
    for (; v.len > 0 && (*v.ptr == ' ' || *v.ptr == '\t'); v.ptr++, v.len--) {
    }
    for (; v.len > 0 && (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\t'); v.len--) {
    }
    return v;
}

/* ---- fields -------------------------------------------------------------------------------------------------------- */

sf_str http_field_of(const http_head *h, const char *name)
{
    for (size_t i = 0; i < h->n; i++) {
        if (http_same(h->fields[i].name, name)) {
            return h->fields[i].value;
        }
    }
    return (sf_str){NULL, 0};
}

static int list_has(sf_str list, const char *word)
{
    for (size_t at = 0; at <= list.len;) {
        const char *comma = at < list.len ? memchr(list.ptr + at, ',', list.len - at) : NULL;
        size_t end = comma != NULL ? (size_t)(comma - list.ptr) : list.len;
        if (http_same(trim((sf_str){list.ptr + at, end - at}), word)) {
            return 1;
        }
        at = end + 1;
    }
    return 0;
}

int http_field_has(const http_head *h, const char *name, const char *word)
{
    for (size_t i = 0; i < h->n; i++) {
        if (http_same(h->fields[i].name, name) && list_has(h->fields[i].value, word)) {
            return 1;
        }
    }
    return 0;
}

/* One line without its end. SF_OK or a refusal. */
static int read_field(sf_str line, http_head *h)
{
    size_t n = 0;
    while (n < line.len && is_token((unsigned char)line.ptr[n])) {
        n++;
    }
    if (n == 0 || n == line.len || line.ptr[n] != ':') {
        return BAD; /* a folded line, a blank before the colon, no colon */
    }
    sf_str value = {line.ptr + n + 1, line.len - n - 1};
    for (size_t i = 0; i < value.len; i++) {
        if (!is_value((unsigned char)value.ptr[i])) {
            return BAD;
        }
    }
    if (h->n == HTTP_FIELDS) {
        return TOO_LONG_HEAD;
    }
    h->fields[h->n++] = (http_field){{line.ptr, n}, trim(value)};
    return SF_OK;
}

/* ---- the request line ---------------------------------------------------------------------------------------------- */

static int is_valid_host(sf_str host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!is_host((unsigned char)host.ptr[i])) {
            return 0;
        }
    }
    return 1;
}

/* "/path?query", "http://host/path?query", "*". */
static int read_target(sf_str t, http_head *h)
{
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '#') {
            return BAD;
        }
    }
    size_t scheme = t.len > 7 && strncasecmp(t.ptr, "http://", 7) == 0    ? 7
                    : t.len > 8 && strncasecmp(t.ptr, "https://", 8) == 0 ? 8
                                                                          : 0;
    if (scheme > 0) {
        size_t end = scheme;
        while (end < t.len && t.ptr[end] != '/' && t.ptr[end] != '?') {
            end++;
        }
        h->host = (sf_str){t.ptr + scheme, end - scheme};
        t = end < t.len ? (sf_str){t.ptr + end, t.len - end} : sf_cstr("/");
        if (h->host.len == 0 || !is_valid_host(h->host)) {
            return BAD;
        }
    }
    int star = t.len == 1 && *t.ptr == '*' && http_same(h->method, "OPTIONS");
    if (t.len == 0 || (*t.ptr != '/' && !star)) {
        return BAD;
    }
    const char *mark = memchr(t.ptr, '?', t.len);
    size_t n = mark != NULL ? (size_t)(mark - t.ptr) : t.len;
    h->path = (sf_str){t.ptr, n};
    h->query = mark != NULL ? (sf_str){mark + 1, t.len - n - 1} : sf_cstr("");
    return SF_OK;
}

static int read_line(sf_str line, http_head *h)
{
    size_t n = 0;
    while (n < line.len && is_token((unsigned char)line.ptr[n])) {
        n++;
    }
    const char *last = line.len > 0 ? line.ptr + line.len : NULL;
    while (last != NULL && last > line.ptr && last[-1] != ' ') {
        last--;
    }
    if (n == 0 || n == line.len || line.ptr[n] != ' ' || last == NULL || last <= line.ptr + n + 1) {
        return BAD;
    }
    sf_str version = {last, (size_t)(line.ptr + line.len - last)};
    if (version.len != 8 || memcmp(version.ptr, "HTTP/", 5) != 0 || version.ptr[6] != '.') {
        return BAD;
    }
    char major = version.ptr[5], minor = version.ptr[7];
    if (major < '0' || major > '9' || minor < '0' || minor > '9') {
        return BAD;
    }
    h->method = (sf_str){line.ptr, n};
    h->minor = minor != '0';
    return major != '1' ? NO_VERSION
                        : read_target((sf_str){line.ptr + n + 1, (size_t)(last - 1 - (line.ptr + n + 1))}, h);
}

/* ---- what the fields mean ------------------------------------------------------------------------------------------ */

static size_t count_fields(const http_head *h, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        n += (size_t)http_same(h->fields[i].name, name);
    }
    return n;
}

static int settle_host(http_head *h)
{
    size_t n = count_fields(h, "host");
    sf_str host = http_field_of(h, "host");
    if (n > 1 || (n == 0 && h->minor > 0) || (n == 1 && !is_valid_host(host))) {
        return BAD;
    }
    if (h->host.len == 0) {
        h->host = n == 1 ? host : sf_cstr("");
    }
    return SF_OK;
}

static int settle_length(http_head *h)
{
    size_t lengths = count_fields(h, "content-length"), codings = count_fields(h, "transfer-encoding");
    if (lengths + codings == 0) {
        return SF_OK;
    }
    if (lengths + codings > 1) {
        return BAD;
    }
    if (codings == 1) {
        h->chunked = http_same(http_field_of(h, "transfer-encoding"), "chunked");
        return h->chunked && h->minor > 0 ? SF_OK : BAD;
    }
    sf_str v = http_field_of(h, "content-length");
    if (v.len == 0 || v.len > 15) {
        return BAD;
    }
    for (size_t i = 0; i < v.len; i++) {
        if (v.ptr[i] < '0' || v.ptr[i] > '9') {
            return BAD;
        }
        h->length = h->length * 10 + (v.ptr[i] - '0');
    }
    return SF_OK;
}

static int settle_connection(http_head *h)
{
    int close = http_field_has(h, "connection", "close"), keep = http_field_has(h, "connection", "keep-alive");
    h->keep_alive = !close && (h->minor > 0 || keep);
    h->upgrade = h->minor > 0 && http_field_has(h, "connection", "upgrade");
    sf_str expect = http_field_of(h, "expect");
    if (expect.ptr != NULL && h->minor > 0) {
        h->wants_continue = http_same(expect, "100-continue");
        return h->wants_continue ? SF_OK : NO_EXPECTATION;
    }
    return SF_OK;
}

/* ---- the head ------------------------------------------------------------------------------------------------------ */

/* The line at `at`, without its end. 1; 0: it is not complete; BAD: it ends with a bare LF, or a CR stands alone. */
static int next_line(sf_str bytes, size_t at, sf_str *line)
{
    const char *end = memchr(bytes.ptr + at, '\n', bytes.len - at);
    size_t len = end != NULL ? (size_t)(end - bytes.ptr) - at : bytes.len - at;
    const char *cr = memchr(bytes.ptr + at, '\r', len);
    if (cr != NULL && cr + 1 != bytes.ptr + at + len) {
        return BAD;
    }
    *line = (sf_str){bytes.ptr + at, cr != NULL ? len - 1 : len};
    return end == NULL ? 0 : cr != NULL ? 1 : BAD;
}

static int settle(http_head *h)
{
    int r = settle_host(h);
    r = r == SF_OK ? settle_length(h) : r;
    return r == SF_OK ? settle_connection(h) : r;
}

int http_read_head(sf_str bytes, http_head *h)
{
    sf_str line;
    size_t at = bytes.len >= 2 && memcmp(bytes.ptr, "\r\n", 2) == 0 ? 2 : 0; /* RFC 9112 2.2 */
    memset(h, 0, offsetof(http_head, fields));
    h->host = sf_cstr("");
    if (bytes.len == at) {
        return 0;
    }
    int r = next_line(bytes, at, &line);
    if (line.len > HTTP_LINE_MOST) {
        return TOO_LONG_URI;
    }
    r = r == 1 ? read_line(line, h) : r == 0 ? 1 : r;
    if (r != SF_OK) {
        return r == 1 ? 0 : r;
    }
    size_t start = at += line.len + 2;
    for (;;) {
        r = at < bytes.len ? next_line(bytes, at, &line) : 0;
        if (r >= 0 && (at < bytes.len ? at + line.len : bytes.len) - start > HTTP_HEAD_MOST) {
            return TOO_LONG_HEAD;
        }
        if (r <= 0) {
            return r;
        }
        at += line.len + 2;
        if (line.len == 0) {
            break;
        }
        r = read_field(line, h);
        if (r != SF_OK) {
            return r;
        }
    }
    r = settle(h);
    return r != SF_OK ? r : (int)at;
}

/* ---- chunked bodies ------------------------------------------------------------------------------------------------ */

enum {
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    LAST_LF,
    DONE
};
enum { CHUNK_LINE_MOST = 256, TRAILERS_MOST = 8192 };

/* A character of a line with a size. The next state, or BAD. */
static int step_size(http_chunks *c, char byte)
{
    int digit = c->state == SIZE ? sf_hex_value(byte) : -1;
    if (digit >= 0 && c->line < 8) {
        c->left = c->left << 4 | (unsigned)digit;
        return SIZE;
    }
    if (digit >= 0 || c->line == 0 || c->line > CHUNK_LINE_MOST) {
        return BAD;
    }
    if (byte == '\r') {
        return SIZE_LF;
    }
    return c->state == SIZE && byte != ';' ? BAD : is_value((unsigned char)byte) ? EXTENSION : BAD;
}

/* Behind the last chunk stand fields, of which nothing is kept, up to an empty line. */
static int step_trailer(http_chunks *c, char byte)
{
    if (c->left++ >= TRAILERS_MOST) {
        return BAD;
    }
    if (c->state == TRAILER_VALUE) {
        return byte == '\r' ? TRAILER_LF : is_value((unsigned char)byte) ? TRAILER_VALUE : BAD;
    }
    if (c->state == TRAILER_NAME && byte == ':') {
        return TRAILER_VALUE;
    }
    return c->state == TRAILER && byte == '\r' ? LAST_LF : is_token((unsigned char)byte) ? TRAILER_NAME : BAD;
}

/* One character that is none of a chunk's data. */
static int step(http_chunks *c, char byte)
{
    switch (c->state) {
    case SIZE:
    case EXTENSION: return step_size(c, byte);
    case SIZE_LF: return byte != '\n' ? BAD : c->left > 0 ? DATA : TRAILER;
    case DATA_CR: return byte == '\r' ? DATA_LF : BAD;
    case DATA_LF: return byte == '\n' ? SIZE : BAD;
    case TRAILER_LF: return byte == '\n' ? TRAILER : BAD;
    case LAST_LF: return byte == '\n' ? DONE : BAD;
    default: return step_trailer(c, byte);
    }
}

/* Passes on what there is of a chunk's data. */
static int copy_data(http_chunks *c, char *bytes, size_t len, size_t most)
{
    size_t n = len - c->in < c->left ? len - c->in : (size_t)c->left;
    if (c->left > most - c->out) {
        return -413;
    }
    memmove(bytes + c->out, bytes + c->in, n);
    c->in += n;
    c->out += n;
    c->left -= n;
    return c->left > 0 ? DATA : DATA_CR;
}

int http_dechunk(http_chunks *c, char *bytes, size_t len, size_t most)
{
    while (c->in < len && c->state != DONE) {
        int next = c->state == DATA ? copy_data(c, bytes, len, most) : step(c, bytes[c->in]);
        if (next < 0) {
            return next;
        }
        if (c->state != DATA) {
            c->in++;
            int same_line = (next == SIZE && c->state == SIZE) || next == EXTENSION;
            c->line = same_line ? c->line + 1 : 0;
        }
        c->state = next;
    }
    return c->state == DONE;
}
