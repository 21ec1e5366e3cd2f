/* SPDX-License-Identifier: MIT */
/* Names and values of URLs, see params.h. */
#include "params.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "common/url.h"

/* ---- reading ------------------------------------------------------------------------------------------------------- */

/* A copy in which all is valid; what is not becomes U+FFFD. */
static int repair(sf_str text, sf_batch *memory, sf_str *out)
{
    char *to = sf_batch_alloc(memory, 3 * text.len + 1);
    size_t n = 0;
    utf8proc_int32_t c;
    if (to == NULL) {
        return SF_ENOMEM;
    }
    for (size_t at = 0; at < text.len;) {
        utf8proc_ssize_t len =
            utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), &c);
        if (len > 0) {
            memcpy(to + n, text.ptr + at, (size_t)len);
            n += (size_t)len;
        } else {
            memcpy(to + n, "\xef\xbf\xbd", 3);
            n += 3;
        }
        at += len > 0 ? (size_t)len : 1;
    }
    to[n] = '\0';
    *out = (sf_str){to, n};
    return SF_OK;
}

static int take_text(sf_str raw, sf_batch *memory, sf_str *out)
{
    char *text = sf_batch_alloc(memory, raw.len + 1);
    if (text == NULL) {
        return SF_ENOMEM;
    }
    return repair((sf_str){text, (size_t)sf_url_decode(raw, text, raw.len + 1)}, memory, out);
}

int params_read(params *p, sf_str text, sf_batch *memory)
{
    p->n = 0;
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '&', text.len - at);
        size_t len = end != NULL ? (size_t)(end - text.ptr) - at : text.len - at;
        const char *sign = len > 0 ? memchr(text.ptr + at, '=', len) : NULL;
        size_t name = sign != NULL ? (size_t)(sign - text.ptr) - at : len;
        if (len > 0) {
            if (p->n == PARAMS_MOST) {
                return SF_ETOOBIG;
            }
            param *one = &p->of[p->n++];
            size_t behind = name + (sign != NULL);
            if (take_text((sf_str){text.ptr + at, name}, memory, &one->name) != SF_OK ||
                take_text((sf_str){text.ptr + at + behind, len - behind}, memory, &one->value) != SF_OK) {
                return SF_ENOMEM;
            }
        }
        at += len + 1;
    }
    return SF_OK;
}

static int is_named(const param *p, const char *name)
{
    return p->name.len == strlen(name) && memcmp(p->name.ptr, name, p->name.len) == 0;
}

sf_str params_get(const params *p, const char *name)
{
    for (size_t i = p->n; i > 0; i--) {
        if (is_named(&p->of[i - 1], name)) {
            return p->of[i - 1].value;
        }
    }
    return (sf_str){NULL, 0};
}

int params_include(const params *p, const char *word)
{
    sf_str list = params_get(p, "include");
    size_t n = strlen(word);
    for (size_t i = 0; list.ptr != NULL && i + n <= list.len; i++) {
        int begins = i == 0 || list.ptr[i - 1] == ',', ends = i + n == list.len || list.ptr[i + n] == ',';
        if (begins && ends && memcmp(list.ptr + i, word, n) == 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------------- */

/* As a form has it: blanks are "+". */
static void put_coded(sf_str text, sf_buffer *b)
{
    for (size_t i = 0; i < text.len; i++) {
        char code[3];
        size_t len = sf_url_code((unsigned char)text.ptr[i], code);
        if (text.ptr[i] == ' ') {
            sf_buffer_text(b, "+");
        } else {
            sf_buffer_put(b, code, len);
        }
    }
}

/* Where a parameter stood, so that those of one name keep their order. */
typedef struct placed {
    const param *p;
    size_t at;
} placed;

static int by_name(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    size_t n = x->p->name.len < y->p->name.len ? x->p->name.len : y->p->name.len;
    int order = n > 0 ? memcmp(x->p->name.ptr, y->p->name.ptr, n) : 0;
    if (order == 0 && x->p->name.len != y->p->name.len) {
        order = x->p->name.len < y->p->name.len ? -1 : 1;
    }
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

void params_write(const params *p, const char *name, const char *value, sf_buffer *b)
{
    placed order[PARAMS_MOST + 1];
    param own = {sf_cstr(name), sf_cstr(value != NULL ? value : "")};
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!is_named(&p->of[i], name)) {
            order[n] = (placed){&p->of[i], n};
            n++;
        }
    }
    if (value != NULL) {
        order[n] = (placed){&own, n};
        n++;
    }
    qsort(order, n, sizeof order[0], by_name);
    for (size_t i = 0; i < n; i++) {
        sf_buffer_text(b, i > 0 ? "&" : "");
        put_coded(order[i].p->name, b);
        sf_buffer_text(b, "=");
        put_coded(order[i].p->value, b);
    }
}

/* ---- paths and numbers --------------------------------------------------------------------------------------------- */

int64_t path_decode(sf_str path, char *out)
{
    int64_t n = 0;
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (c == '%') {
            int high = i + 2 < path.len ? sf_hex_value(path.ptr[i + 1]) : -1,
                low = high >= 0 ? sf_hex_value(path.ptr[i + 2]) : -1;
            if (low < 0 || (high == 0 && low == 0)) {
                return -1;
            }
            c = (char)(high << 4 | low);
            i += 2;
        }
        out[n++] = c;
    }
    return n;
}

int python_int(sf_str t, int64_t *out)
{
    static const char blanks[] = " \t\r\n\v\f";
    for (; t.len > 0 && strchr(blanks, *t.ptr) != NULL && *t.ptr != '\0'; t.ptr++, t.len--) {
    }
    for (; t.len > 0 && strchr(blanks, t.ptr[t.len - 1]) != NULL && t.ptr[t.len - 1] != '\0'; t.len--) {
    }
    int minus = t.len > 0 && *t.ptr == '-', sign = minus || (t.len > 0 && *t.ptr == '+'), digits = 0, after = 0;
    int64_t v = 0;
    for (size_t i = (size_t)sign; i < t.len; i++) {
        char c = t.ptr[i];
        if (c == '_' && after) {
            after = 0;
            continue;
        }
        if (c < '0' || c > '9') {
            return 0;
        }
        after = 1;
        digits += v > 0 || c != '0';
        v = digits > 18 ? INT64_MAX : v * 10 + (c - '0');
    }
    *out = minus ? -v : v;
    return after;
}
