/* SPDX-License-Identifier: MIT */
/* Bytes that grow. */
#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signalflow/json.h"

/* Room for `need` bytes and a NUL behind what is there; NULL when memory is scarce. */
static char *room(sf_buffer *b, size_t need)
{
    if (b->cap - b->len <= need) {
        size_t cap = b->cap < 256 ? 256 : b->cap;
        while (cap - b->len <= need) {
            cap *= 2;
        }
        char *bytes = realloc(b->bytes, cap);
        if (bytes == NULL) {
            b->lost = 1;
            return NULL;
        }
        b->bytes = bytes;
        b->cap = cap;
    }
    return b->bytes + b->len;
}

static void grow(sf_buffer *b, size_t by)
{
    b->len += by;
    b->bytes[b->len] = '\0';
}

void sf_buffer_put(sf_buffer *b, const char *bytes, size_t len)
{
    char *at = room(b, len);
    if (at != NULL) {
        if (len > 0) {
            memcpy(at, bytes, len);
        }
        grow(b, len);
    }
}

void sf_buffer_text(sf_buffer *b, const char *text)
{
    sf_buffer_put(b, text, strlen(text));
}

void sf_buffer_repeat(sf_buffer *b, char c, size_t times)
{
    char *at = room(b, times);
    if (at != NULL) {
        memset(at, c, times);
        grow(b, times);
    }
}

void sf_buffer_format(sf_buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *at = n >= 0 ? room(b, (size_t)n) : NULL;
    if (at != NULL) {
        (void)vsnprintf(at, (size_t)n + 1, format, again);
        grow(b, (size_t)n);
    }
    va_end(again);
    va_end(args);
}

void sf_buffer_whole(sf_buffer *b, int64_t v)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0) {
        digits[--at] = '-';
    }
    sf_buffer_put(b, digits + at, sizeof digits - at);
}

void sf_buffer_quoted(sf_buffer *b, sf_str text)
{
    size_t need = (size_t)sf_json_quote(text, NULL, 0);
    char *at = room(b, need);
    if (at != NULL) {
        (void)sf_json_quote(text, at, need + 1);
        grow(b, need);
    }
}

void sf_buffer_cut(sf_buffer *b, size_t len)
{
    if (len < b->len) {
        b->len = len;
        b->bytes[len] = '\0';
    }
}

void sf_buffer_free(sf_buffer *b)
{
    free(b->bytes);
    *b = (sf_buffer){.bytes = NULL};
}
