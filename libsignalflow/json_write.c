/* SPDX-License-Identifier: MIT */
/* The JSON writers: strings, numbers, and the buffer they go to. */
#include "json_write.h"

#include <math.h>

#include "json_plain.h"
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

/* Bytes that stand for themselves: put as they are, but for what is no UTF-8. */
static void put_plain(sf_writer *w, const char *p, size_t len, bool high)
{
    while (high && len > 0) {
        size_t good = sf_utf8_valid(p, len);
        if (good == len) {
            break;
        }
        uint32_t cp;
        int broken = 0;
        sf_put(w, p, good);
        SF_PUT(w, "\xEF\xBF\xBD");
        good += sf_utf8_read(p + good, len - good, &cp, &broken);
        p += good;
        len -= good;
    }
    if (len > 0) {
        sf_put(w, p, len);
    }
}

void sf_put_string(sf_writer *w, sf_str text)
{
    const char *p = text.ptr, *end = p + text.len;
    SF_PUT(w, "\"");
    while (p < end) {
        bool high = false;
        const char *stop = sf_json_plain_end(p, end, &high);
        put_plain(w, p, (size_t)(stop - p), high);
        p = stop;
        if (p < end) {
            put_escape(w, (unsigned char)*p++);
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
