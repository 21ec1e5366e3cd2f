/* SPDX-License-Identifier: MIT */
/* The JSON writers: strings, numbers, and the buffer they go to. */
#include "json_write.h"

#include <math.h>

#include "number.h"
#include "text/utf8.h"

void sf_writer_init(sf_writer *w, char *buf, size_t cap)
{
    *w = (sf_writer){buf, cap > 0 ? cap - 1 : 0, 0};
    if (cap == 0) {
        w->buf = NULL;
    }
}

int64_t sf_writer_end(sf_writer *w)
{
    if (w->buf != NULL) {
        w->buf[w->len < w->cap ? w->len : w->cap] = '\0';
    }
    return (int64_t)w->len;
}

void sf_put_cut(sf_writer *w, const char *text, size_t len)
{
    if (w->len < w->cap) {
        memcpy(w->buf + w->len, text, w->cap - w->len);
    }
    w->len += len;
}

static inline bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

static void put_escape(sf_writer *w, unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
    const char *named = c != 0 ? strchr(from, c) : NULL;
    if (named != NULL) {
        const char text[] = {'\\', to[named - from]};
        sf_put(w, text, sizeof text);
    } else {
        const char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        sf_put(w, text, sizeof text);
    }
}

static void put_valid(sf_writer *w, const char *p, size_t len)
{
    const char *end = p + len;
    while (p < end) {
        const char *first = p;
        while (p < end && !needs_escape((unsigned char)*p)) {
            p++;
        }
        if (p > first) {
            sf_put(w, first, (size_t)(p - first));
        }
        if (p < end) {
            put_escape(w, (unsigned char)*p++);
        }
    }
}

void sf_put_string(sf_writer *w, sf_str text)
{
    SF_PUT(w, "\"");
    while (text.len > 0) {
        size_t good = sf_utf8_valid(text.ptr, text.len);
        put_valid(w, text.ptr, good);
        text.ptr += good;
        text.len -= good;
        if (text.len > 0) {
            uint32_t cp;
            int broken = 0;
            size_t n = sf_utf8_read(text.ptr, text.len, &cp, &broken);
            SF_PUT(w, "\xEF\xBF\xBD");
            text.ptr += n;
            text.len -= n;
        }
    }
    SF_PUT(w, "\"");
}

void sf_put_double(sf_writer *w, double value)
{
    char text[32];
    sf_put(w, text, (size_t)sf_json_double(value, text));
}

int64_t sf_json_quote(sf_str text, char *buf, size_t cap)
{
    sf_writer w;
    sf_writer_init(&w, buf, cap);
    sf_put_string(&w, text);
    return sf_writer_end(&w);
}

int sf_json_double(double value, char buf[32])
{
    if (!isfinite(value)) {
        memcpy(buf, "null", 5);
        return 4;
    }
    return (int)sf_number_write(value, buf);
}
