/* SPDX-License-Identifier: MIT */
/* The JSON reader: a cursor that checks structure as it passes. */
#include "signalflow/json.h"

#include <math.h>
#include <stdbool.h>

#include "batch.h"
#include "error.h"
#include "json_plain.h"
#include "number.h"
#include "text/utf8.h"

/* What must come next. Until something fails, `offset` is that of the value last read. */
enum {
    VALUE, /* a value */
    FIRST, /* a first member or element, or the end of the container */
    AFTER  /* a comma, or the end of the container; at depth 0 the end of the text */
};

static int fail_at(sf_json *j, const char *at, int status, const char *message)
{
    if (j->status == SF_OK) {
        j->status = status;
        j->offset = (uint64_t)(at - j->text);
        j->message = message;
    }
    return j->status;
}

static int broken(sf_json *j, const char *message)
{
    return fail_at(j, j->at, SF_EPARSE, j->at < j->end ? message : "the input ends too early");
}

static inline void skip_space(sf_json *j)
{
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\n' || *j->at == '\r' || *j->at == '\t')) {
        j->at++;
    }
}

/* Passes white space before the value that must come next. False where there is none, or after a failure. */
static inline bool at_value(sf_json *j)
{
    if (j->status != SF_OK) {
        return false;
    }
    if (j->state != VALUE) {
        fail_at(j, j->at, SF_EINVAL, "no value stands here");
        return false;
    }
    skip_space(j);
    if (j->at == j->end) {
        broken(j, "");
        return false;
    }
    j->offset = (uint64_t)(j->at - j->text);
    return true;
}

static inline int passed(sf_json *j, const char *behind)
{
    j->at = behind;
    j->state = AFTER;
    return SF_OK;
}

void sf_json_init(sf_json *j, sf_str text)
{
    memset(j, 0, sizeof *j);
    j->text = j->at = text.len > 0 ? text.ptr : "";
    j->end = j->at + text.len;
    if (text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0) {
        j->at += 3;
    }
}

sf_json_type sf_json_peek(sf_json *j)
{
    if (j->state != VALUE || !at_value(j)) {
        return SF_JSON_ERROR;
    }
    switch (*j->at) {
    case '"': return SF_JSON_STRING;
    case '{': return SF_JSON_OBJECT;
    case '[': return SF_JSON_ARRAY;
    case 't': return SF_JSON_TRUE;
    case 'f': return SF_JSON_FALSE;
    case 'n': return SF_JSON_NULL;
    default:
        if (*j->at == '-' || (*j->at >= '0' && *j->at <= '9')) {
            return SF_JSON_NUMBER;
        }
        broken(j, "expected a value");
        return SF_JSON_ERROR;
    }
}

/* ---- structure ------------------------------------------------------------------------------------------------------- */

int sf_json_enter(sf_json *j, char open)
{
    if (!at_value(j)) {
        return j->status;
    }
    if (*j->at != open) {
        return broken(j, open == '{' ? "expected an object" : "expected an array");
    }
    if (j->depth == SF_JSON_DEPTH) {
        return fail_at(j, j->at, SF_ETOOBIG, "nested too deeply");
    }
    uint64_t level = (uint64_t)1 << j->depth % 64, *levels = &j->objects[j->depth / 64];
    *levels = open == '{' ? *levels | level : *levels & ~level;
    j->depth++;
    j->at++;
    j->state = FIRST;
    return 1;
}

static bool in_object(const sf_json *j)
{
    return j->depth > 0 && (j->objects[(j->depth - 1) / 64] >> (j->depth - 1) % 64 & 1) != 0;
}

/* Goes to where the next member or element starts: 1, or 0 when the container ends and has been left. */
static inline int next_item(sf_json *j, char close)
{
    if (j->state == VALUE) {
        return fail_at(j, j->at, SF_EINVAL, "the value before was not read");
    }
    skip_space(j);
    if (j->at < j->end && *j->at == close) {
        j->depth--;
        passed(j, j->at + 1);
        return 0;
    }
    if (j->state == AFTER) {
        if (j->at == j->end || *j->at != ',') {
            return broken(j, close == '}' ? "expected , or }" : "expected , or ]");
        }
        j->at++;
        skip_space(j);
    }
    return 1;
}

int sf_json_element(sf_json *j)
{
    if (j->status != SF_OK) {
        return j->status;
    }
    if (j->depth == 0 || in_object(j)) {
        return fail_at(j, j->at, SF_EINVAL, "not inside an array");
    }
    int more = next_item(j, ']');
    if (more > 0) {
        j->state = VALUE;
    }
    return more;
}

/* ---- strings --------------------------------------------------------------------------------------------------------- */

/* What a string holds besides ASCII that stands for itself. */
typedef struct string_span {
    sf_str raw; /* between the quotes */
    bool escapes;
    bool high; /* perhaps bytes from 0x80 on */
} string_span;

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The length of the escape at p, 0 where it is none. */
static size_t escape_length(const char *p, const char *end)
{
    if (end - p < 2 || p[1] == '\0' || strchr("\"\\/bfnrtu", p[1]) == NULL) {
        return 0;
    }
    if (p[1] != 'u') {
        return 2;
    }
    if (end - p < 6) {
        return 0;
    }
    for (int i = 2; i < 6; i++) {
        if (hex_digit(p[i]) < 0) {
            return 0;
        }
    }
    return 6;
}

/* Measures the string whose first quote stands at the cursor; moves the cursor behind its last one. */
static int measure_string(sf_json *j, string_span *out)
{
    const char *first = j->at + 1, *p = first;
    bool high = false, escapes = false;
    for (;;) {
        p = sf_json_plain_end(p, j->end, &high);
        if (p == j->end) {
            return fail_at(j, j->at, SF_EPARSE, "the string has no end");
        }
        if (*p == '"') {
            break;
        }
        size_t n = *p == '\\' ? escape_length(p, j->end) : 0;
        if (n == 0) {
            return fail_at(j, p, SF_EPARSE, *p == '\\' ? "unknown escape" : "control character in a string");
        }
        escapes = true;
        p += n;
    }
    *out = (string_span){{first, (size_t)(p - first)}, escapes, high};
    j->at = p + 1;
    return SF_OK;
}

static uint32_t hex4(const char *p)
{
    return (uint32_t)(hex_digit(p[0]) << 12 | hex_digit(p[1]) << 8 | hex_digit(p[2]) << 4 | hex_digit(p[3]));
}

/* Decodes the escape at p, which has been measured, into buf; returns what follows it. */
static const char *decode_escape(const char *p, const char *end, char buf[4], size_t *n, uint32_t *replaced)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *plain = strchr(from, p[1]);
    if (p[1] != 'u') {
        buf[0] = plain != NULL ? to[plain - from] : p[1];
        *n = 1;
        return p + 2;
    }
    uint32_t cp = hex4(p + 2);
    p += 6;
    if (cp >= 0xD800 && cp < 0xDC00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        uint32_t low = hex4(p + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
    }
    if (cp == 0 || (cp >= 0xD800 && cp < 0xE000)) {
        cp = SF_REPLACEMENT;
        ++*replaced;
    }
    *n = sf_utf8_write(cp, buf);
    return p;
}

/* Decodes into buf; returns the length, SIZE_MAX where it does not fit. */
static size_t decode(sf_str raw, char *buf, size_t cap, uint32_t *replaced)
{
    size_t done = 0, n;
    for (const char *p = raw.ptr, *end = p + raw.len; p < end;) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t run = (size_t)((slash != NULL ? slash : end) - p);
        if (run > (cap - done) / 3 && sf_utf8_repaired_size(p, run) > cap - done) {
            return SIZE_MAX;
        }
        if (run > 0) { /* else buf may be NULL */
            done += sf_utf8_repair(p, run, buf + done, replaced);
            p += run;
        }
        if (slash != NULL) {
            char character[4];
            p = decode_escape(slash, end, character, &n, replaced);
            if (n > cap - done) {
                return SIZE_MAX;
            }
            memcpy(buf + done, character, n);
            done += n;
        }
    }
    return done;
}

static bool stands_for_itself(const string_span *s)
{
    return !s->escapes && (!s->high || sf_utf8_valid(s->raw.ptr, s->raw.len) == s->raw.len);
}

static int read_string(sf_json *j, string_span *out)
{
    if (!at_value(j)) {
        return j->status;
    }
    if (*j->at != '"') {
        return broken(j, "expected a string");
    }
    j->state = AFTER;
    return measure_string(j, out);
}

int sf_json_string(sf_json *j, char *buf, size_t cap, sf_str *out)
{
    string_span s;
    if (read_string(j, &s) != SF_OK) {
        return j->status;
    }
    if (stands_for_itself(&s)) {
        *out = s.raw;
        return SF_OK;
    }
    size_t n = decode(s.raw, buf, cap, &j->replaced);
    if (n == SIZE_MAX) {
        return fail_at(j, j->text + j->offset, SF_ETOOBIG, "the string is too long");
    }
    if (n < cap) {
        buf[n] = '\0';
    }
    *out = (sf_str){buf, n};
    return SF_OK;
}

int sf_json_string_in(sf_json *j, sf_batch *b, sf_str *out)
{
    string_span s;
    if (read_string(j, &s) != SF_OK) {
        return j->status;
    }
    if (stands_for_itself(&s)) {
        return sf_batch_copy(b, s.raw, out) == SF_OK ? SF_OK : sf_json_fail(j, SF_ENOMEM, sf_strerror(SF_ENOMEM));
    }
    size_t size = s.high ? sf_utf8_repaired_size(s.raw.ptr, s.raw.len) : s.raw.len; /* escapes only shrink */
    char *buf = sf_batch_reserve(b, size + 1);
    if (buf == NULL) {
        return sf_json_fail(j, SF_ENOMEM, sf_strerror(SF_ENOMEM));
    }
    size_t n = decode(s.raw, buf, size, &j->replaced);
    buf[n] = '\0';
    sf_batch_keep(b, n + 1);
    *out = (sf_str){buf, n};
    return SF_OK;
}

/* ---- members --------------------------------------------------------------------------------------------------------- */

int sf_json_member(sf_json *j, sf_str *key)
{
    string_span s;
    if (j->status != SF_OK) {
        return j->status;
    }
    if (!in_object(j)) {
        return fail_at(j, j->at, SF_EINVAL, "not inside an object");
    }
    int more = next_item(j, '}');
    if (more <= 0) {
        return more;
    }
    if (j->at == j->end || *j->at != '"') {
        return broken(j, "expected the name of a member");
    }
    if (measure_string(j, &s) != SF_OK) {
        return j->status;
    }
    skip_space(j);
    if (j->at == j->end || *j->at != ':') {
        return broken(j, "expected :");
    }
    j->at++;
    j->state = VALUE;
    *key = s.raw;
    return 1;
}

int sf_json_is(sf_str key, const char *name)
{
    size_t len = strlen(name);
    if (key.len <= len) { /* an escape is longer than what it stands for */
        return key.len == len && memcmp(key.ptr, name, len) == 0;
    }
    if (memchr(key.ptr, '\\', key.len) == NULL) {
        return 0;
    }
    const char *p = key.ptr, *end = p + key.len, *rest = name, *name_end = name + len;
    while (p < end) {
        char character[4] = {*p};
        size_t n = 1;
        uint32_t replaced = 0;
        p = *p == '\\' ? decode_escape(p, end, character, &n, &replaced) : p + 1;
        if ((size_t)(name_end - rest) < n || memcmp(rest, character, n) != 0) {
            return 0;
        }
        rest += n;
    }
    return rest == name_end;
}

/* ---- numbers and literals -------------------------------------------------------------------------------------------- */

static size_t read_decimal(sf_json *j, sf_decimal *d)
{
    size_t used = sf_decimal_read(j->at, (size_t)(j->end - j->at), d);
    if (used == 0) {
        broken(j, *j->at == '-' ? "malformed number" : "expected a number");
    }
    return used;
}

int sf_json_number(sf_json *j, double *out)
{
    double value = 0.0;
    if (!at_value(j)) {
        return j->status;
    }
    size_t used = sf_number_read(j->at, (size_t)(j->end - j->at), &value);
    if (used == 0) {
        return broken(j, *j->at == '-' ? "malformed number" : "expected a number");
    }
    if (isinf(value)) {
        return broken(j, "the number is too large");
    }
    *out = value;
    return passed(j, j->at + used);
}

int sf_json_integer(sf_json *j, int64_t *out)
{
    sf_decimal d;
    if (!at_value(j)) {
        return j->status;
    }
    size_t used = read_decimal(j, &d);
    if (used == 0) {
        return j->status;
    }
    while (d.exponent < 0 && d.digits > 0 && d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    while (d.exponent > 0 && d.digits > 0 && d.digits <= UINT64_MAX / 10) {
        d.digits *= 10;
        d.exponent--;
    }
    uint64_t limit = (uint64_t)INT64_MAX + d.negative;
    if (d.cut || (d.exponent != 0 && d.digits != 0) || d.digits > limit) {
        return broken(j, "expected a whole number of 64 bits");
    }
    *out = d.negative && d.digits > 0 ? -(int64_t)(d.digits - 1) - 1 : (int64_t)d.digits;
    return passed(j, j->at + used);
}

static int literal(sf_json *j, const char *word, size_t len)
{
    if ((size_t)(j->end - j->at) < len || memcmp(j->at, word, len) != 0) {
        return broken(j, "expected a value");
    }
    return passed(j, j->at + len);
}

int sf_json_bool(sf_json *j, int *out)
{
    if (!at_value(j)) {
        return j->status;
    }
    if (*j->at != 't' && *j->at != 'f') {
        return broken(j, "expected true or false");
    }
    *out = *j->at == 't';
    return *out ? literal(j, "true", 4) : literal(j, "false", 5);
}

/* ---- whole values ---------------------------------------------------------------------------------------------------- */

/* Passes one value; of a container only the start. */
static int skip_start(sf_json *j)
{
    sf_decimal d;
    string_span s;
    size_t used;
    switch (sf_json_peek(j)) {
    case SF_JSON_STRING: return read_string(j, &s);
    case SF_JSON_NUMBER: used = read_decimal(j, &d); return used > 0 ? passed(j, j->at + used) : j->status;
    case SF_JSON_TRUE: return literal(j, "true", 4);
    case SF_JSON_FALSE: return literal(j, "false", 5);
    case SF_JSON_NULL: return literal(j, "null", 4);
    case SF_JSON_OBJECT: return sf_json_enter(j, '{') < 0 ? j->status : SF_OK;
    case SF_JSON_ARRAY: return sf_json_enter(j, '[') < 0 ? j->status : SF_OK;
    default: return fail_at(j, j->at, SF_EINVAL, "no value stands here"); /* or what peek found */
    }
}

int sf_json_skip(sf_json *j)
{
    uint32_t depth = j->depth;
    sf_str key;
    while (skip_start(j) == SF_OK) {
        while (j->depth > depth && (in_object(j) ? sf_json_member(j, &key) : sf_json_element(j)) == 0) {
        }
        if (j->depth == depth) {
            break;
        }
    }
    return j->status;
}

int sf_json_raw(sf_json *j, sf_str *out)
{
    if (at_value(j)) {
        const char *first = j->at;
        if (sf_json_skip(j) == SF_OK) {
            *out = (sf_str){first, (size_t)(j->at - first)};
        }
    }
    return j->status;
}

int sf_json_fail(sf_json *j, int status, const char *message)
{
    return fail_at(j, j->text + j->offset, status < 0 ? status : SF_EINVAL, message);
}

/* The 1-based line of a byte. */
static int line_of(const char *text, uint64_t offset)
{
    int line = 1;
    for (const char *end = text + offset; (text = memchr(text, '\n', (size_t)(end - text))) != NULL; text++) {
        line++;
    }
    return line;
}

int sf_json_end(sf_json *j, sf_error *err)
{
    if (j->status == SF_OK) {
        skip_space(j);
        if (j->depth > 0 || j->state != AFTER) {
            fail_at(j, j->at, SF_EINVAL, "the walk stopped before the end of the value");
        } else if (j->at < j->end) {
            broken(j, "something follows the value");
        }
    }
    if (j->status != SF_OK) {
        sf_error_set(err, j->status, line_of(j->text, j->offset), (size_t)j->offset, "%s", j->message);
    }
    return j->status;
}
