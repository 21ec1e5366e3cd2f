/* SPDX-License-Identifier: MIT */
/* Bodies with fields, see form.h. */
#include "form.h"

#include <string.h>
#include <strings.h>

#include "params.h"
#include "signalflow/json.h"

enum { UNSUPPORTED = 415, BAD = 400 };

/* What is wrong with a field; NULL: nothing. */
typedef struct findings {
    int found[FORM_FIELDS];
    const char *wrong[FORM_FIELDS];
} findings;

static int which(const form *f, sf_str name)
{
    for (int i = 0; i < FORM_FIELDS && f->names[i] != NULL; i++) {
        if (strlen(f->names[i]) == name.len && memcmp(f->names[i], name.ptr, name.len) == 0) {
            return i;
        }
    }
    return -1;
}

/* Blanks as Python strips them, ASCII alone. */
static sf_str trim(sf_str v)
{
    static const char blanks[] = " \t\r\n\v\f\x1c\x1d\x1e\x1f";
    for (; v.len > 0 && *v.ptr != '\0' && strchr(blanks, *v.ptr) != NULL; v.ptr++, v.len--) {
    }
    for (; v.len > 0 && v.ptr[v.len - 1] != '\0' && strchr(blanks, v.ptr[v.len - 1]) != NULL; v.len--) {
    }
    return v;
}

static void take(form *f, findings *w, int i, sf_str value)
{
    f->values[i] = trim(value);
    w->found[i] = 1;
    w->wrong[i] = memchr(value.ptr, '\0', value.len) != NULL ? "Null characters are not allowed."
                  : f->values[i].len == 0                    ? "This field may not be blank."
                                                             : NULL;
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

/* A string with \u0000 in it; the reader itself would make U+FFFD of that. */
static int has_nul(sf_str raw)
{
    for (size_t i = 0; i + 5 < raw.len; i++) {
        if (raw.ptr[i] == '\\' && raw.ptr[i + 1] == 'u' && memcmp(raw.ptr + i + 2, "0000", 4) == 0) {
            return 1;
        }
        i += raw.ptr[i] == '\\';
    }
    return 0;
}

static int take_string(form *f, findings *w, int i, sf_json *j, sf_batch *memory)
{
    sf_json at = *j;
    sf_str raw, v;
    uint32_t before = j->replaced;
    if (sf_json_raw(&at, &raw) != SF_OK || sf_json_string_in(j, memory, &v) != SF_OK) {
        return 0;
    }
    take(f, w, i, v);
    if (has_nul(raw)) {
        w->wrong[i] = "Null characters are not allowed.";
    } else if (j->replaced > before) {
        w->wrong[i] = "Surrogate characters are not allowed.";
    }
    return 1;
}

static int take_json(form *f, findings *w, int i, sf_json *j, sf_batch *memory)
{
    sf_str raw;
    sf_json_type type = sf_json_peek(j);
    if (type == SF_JSON_STRING) {
        return take_string(f, w, i, j, memory);
    }
    if (sf_json_raw(j, &raw) != SF_OK) {
        return 0;
    }
    if (type == SF_JSON_NUMBER) { /* a number stands for its digits */
        take(f, w, i, raw);
    } else {
        w->found[i] = 1;
        w->wrong[i] = type == SF_JSON_NULL ? "This field may not be null." : "Not a valid string.";
    }
    return 1;
}

static int put_parse_error(const sf_error *e, sf_buffer *b)
{
    char text[200] = "JSON parse error - ";
    strncat(text, e->message, sizeof text - strlen(text) - 1);
    sf_buffer_text(b, "{\"detail\":");
    sf_buffer_quoted(b, sf_cstr(text));
    sf_buffer_text(b, "}");
    return BAD;
}

/* What is no object; NULL: it is one. */
static const char *kind_of(sf_json_type type)
{
    switch (type) {
    case SF_JSON_ARRAY: return "list";
    case SF_JSON_STRING: return "str";
    case SF_JSON_TRUE:
    case SF_JSON_FALSE: return "bool";
    case SF_JSON_NUMBER: return "int";
    default: return NULL;
    }
}

static int read_other(sf_json *j, sf_json_type type, sf_buffer *b)
{
    sf_error e = {0};
    (void)sf_json_skip(j);
    if (sf_json_end(j, &e) != SF_OK) {
        return put_parse_error(&e, b);
    }
    if (type == SF_JSON_NULL) {
        sf_buffer_text(b, "{\"non_field_errors\":[\"No data provided\"]}");
    } else {
        sf_buffer_format(b, "{\"non_field_errors\":[\"Invalid data. Expected a dictionary, but got %s.\"]}",
                         kind_of(type));
    }
    return BAD;
}

static int read_json(form *f, findings *w, sf_str body, sf_batch *memory, sf_buffer *b)
{
    sf_json j;
    sf_str name;
    sf_error e = {0};
    if (body.len >= 3 && memcmp(body.ptr, "\xef\xbb\xbf", 3) == 0) {
        e = (sf_error){.message = "Unexpected UTF-8 BOM"};
        return put_parse_error(&e, b);
    }
    sf_json_init(&j, body);
    sf_json_type type = sf_json_peek(&j);
    if (type == SF_JSON_NULL || kind_of(type) != NULL) {
        return read_other(&j, type, b);
    }
    int r = sf_json_enter(&j, '{');
    while (r > 0 && (r = sf_json_member(&j, &name)) > 0) {
        int i = -1;
        for (int k = 0; k < FORM_FIELDS && f->names[k] != NULL; k++) {
            i = sf_json_is(name, f->names[k]) ? k : i;
        }
        if (i < 0 ? sf_json_skip(&j) != SF_OK : !take_json(f, w, i, &j, memory)) {
            break;
        }
    }
    return sf_json_end(&j, &e) == SF_OK ? 0 : put_parse_error(&e, b);
}

/* ---- forms --------------------------------------------------------------------------------------------------------- */

static int read_urlencoded(form *f, findings *w, sf_str body, sf_batch *memory, sf_buffer *b)
{
    params p;
    if (params_read(&p, body, memory) != SF_OK) {
        sf_buffer_text(b, "{\"detail\":\"Too many fields.\"}");
        return BAD;
    }
    for (size_t k = 0; k < p.n; k++) {
        int i = which(f, p.of[k].name);
        if (i >= 0) {
            take(f, w, i, p.of[k].value);
        }
    }
    return 0;
}

/* Where a text begins in another; NULL: nowhere. */
static const char *find(sf_str in, sf_str what)
{
    for (size_t i = 0; what.len > 0 && i + what.len <= in.len; i++) {
        if (memcmp(in.ptr + i, what.ptr, what.len) == 0) {
            return in.ptr + i;
        }
    }
    return NULL;
}

static sf_str parameter_of(sf_str header, const char *name)
{
    const char *at = find(header, sf_cstr(name));
    if (at == NULL) {
        return (sf_str){NULL, 0};
    }
    at += strlen(name);
    size_t left = header.len - (size_t)(at - header.ptr);
    int quoted = left > 0 && *at == '"';
    at += quoted;
    left -= (size_t)quoted;
    size_t n = 0;
    while (n < left && (quoted ? at[n] != '"' : at[n] != ';' && at[n] != ' ' && at[n] != '\r')) {
        n++;
    }
    return (sf_str){at, n};
}

/* One part: head, an empty line, the value. */
static void take_part(form *f, findings *w, sf_str part)
{
    const char *split = find(part, sf_cstr("\r\n\r\n"));
    if (split == NULL) {
        return;
    }
    sf_str head = {part.ptr, (size_t)(split - part.ptr)};
    int i = which(f, parameter_of(head, " name="));
    if (i >= 0 && find(head, sf_cstr("filename=")) == NULL) {
        take(f, w, i, (sf_str){split + 4, part.len - head.len - 4});
    }
}

static int read_multipart(form *f, findings *w, sf_str type, sf_str body, sf_batch *memory, sf_buffer *b)
{
    sf_str boundary = parameter_of(type, "boundary=");
    char *line = boundary.len > 0 && boundary.len <= 70 ? sf_batch_alloc(memory, boundary.len + 5) : NULL;
    if (line == NULL) {
        sf_buffer_text(b, "{\"detail\":\"Multipart form parse error - Invalid boundary in multipart\"}");
        return BAD;
    }
    memcpy(line, "\r\n--", 4);
    memcpy(line + 4, boundary.ptr, boundary.len);
    sf_str between = {line, boundary.len + 4}, first = {line + 2, boundary.len + 2};
    int began = body.len >= first.len && memcmp(body.ptr, first.ptr, first.len) == 0;
    const char *at = began ? body.ptr : find(body, between);
    at = at == NULL ? NULL : began ? at + first.len : at + between.len;
    while (at != NULL) {
        sf_str rest = {at, body.len - (size_t)(at - body.ptr)};
        const char *end = rest.len >= 2 && memcmp(rest.ptr, "\r\n", 2) == 0 ? find(rest, between) : NULL;
        if (end != NULL) {
            take_part(f, w, (sf_str){at, (size_t)(end - at)});
        }
        at = end != NULL ? end + between.len : NULL;
    }
    return 0;
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

static int has_type(sf_str type, const char *name)
{
    size_t n = 0;
    while (n < type.len && type.ptr[n] != ';' && type.ptr[n] != ' ') {
        n++;
    }
    return n == strlen(name) && strncasecmp(type.ptr, name, n) == 0;
}

static int read_body(form *f, findings *w, sf_str type, sf_str body, sf_batch *memory, sf_buffer *b)
{
    if (body.len == 0) {
        return 0;
    }
    if (has_type(type, "application/json")) {
        return read_json(f, w, body, memory, b);
    }
    if (has_type(type, "application/x-www-form-urlencoded")) {
        return read_urlencoded(f, w, body, memory, b);
    }
    if (has_type(type, "multipart/form-data")) {
        return read_multipart(f, w, type, body, memory, b);
    }
    sf_buffer text = {0};
    sf_buffer_format(&text, "Unsupported media type \"%.*s\" in request.", (int)(type.len < 200 ? type.len : 200),
                     type.ptr);
    sf_buffer_text(b, "{\"detail\":");
    sf_buffer_quoted(b, (sf_str){text.bytes, text.len});
    sf_buffer_text(b, "}");
    sf_buffer_free(&text);
    return UNSUPPORTED;
}

int form_read(form *f, sf_str type, sf_str body, sf_batch *memory, sf_buffer *b)
{
    findings w = {.found = {0}};
    type = type.ptr != NULL ? type : sf_cstr("");
    int status = read_body(f, &w, type, body, memory, b), wrong = 0;
    if (status != 0) {
        return status;
    }
    for (int i = 0; i < FORM_FIELDS && f->names[i] != NULL; i++) {
        const char *why = !w.found[i] ? "This field is required." : w.wrong[i];
        if (why != NULL) {
            sf_buffer_format(b, "%s\"%s\":[\"%s\"]", wrong++ > 0 ? "," : "{", f->names[i], why);
        }
    }
    sf_buffer_text(b, wrong > 0 ? "}" : "");
    return wrong > 0 ? BAD : 0;
}
