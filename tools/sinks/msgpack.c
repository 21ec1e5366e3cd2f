/* SPDX-License-Identifier: MIT */
/* JSON as MessagePack: see msgpack.h. Maps and lists have the form with 32 bits of length, which is filled in once they have ended. */
#include "msgpack.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "signalflow/json.h"

enum {
    MAP15 = 0x80,
    TEXT31 = 0xa0,
    NIL = 0xc0,
    FALSE_ = 0xc2,
    TRUE_ = 0xc3,
    FLOAT64 = 0xcb,
    INT64_ = 0xd3,
    TEXT32 = 0xdb,
    LIST32 = 0xdd,
    MAP32 = 0xdf
};

static void put_byte(sf_buffer *b, unsigned v)
{
    char c = (char)v;
    sf_buffer_put(b, &c, 1);
}

/* Big end first. */
static void encode(uint64_t v, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = (char)(v >> 8 * (n - 1 - i));
    }
}

static void put_number(sf_buffer *b, unsigned type, uint64_t v, size_t n)
{
    char bytes[8];
    encode(v, n, bytes);
    put_byte(b, type);
    sf_buffer_put(b, bytes, n);
}

void sf_msgpack_text(sf_buffer *b, sf_str text)
{
    if (text.len < 32) {
        put_byte(b, TEXT31 | (unsigned)text.len);
    } else {
        put_number(b, TEXT32, text.len, 4);
    }
    sf_buffer_put(b, text.ptr, text.len);
}

void sf_msgpack_map(sf_buffer *b, unsigned n)
{
    put_byte(b, MAP15 | n);
}

static void put_double(sf_buffer *b, double v)
{
    uint64_t bits;
    if (v == floor(v) && fabs(v) < 9007199254740992.0) {
        put_number(b, INT64_, (uint64_t)(int64_t)v, 8);
    } else {
        memcpy(&bits, &v, sizeof bits);
        put_number(b, FLOAT64, bits, 8);
    }
}

/* A text, decoded; `memory` is as long as the whole JSON. */
static int put_text(sf_json *j, char *memory, size_t cap, sf_buffer *b)
{
    sf_str text;
    int r = sf_json_string(j, memory, cap, &text);
    if (r == SF_OK) {
        sf_msgpack_text(b, text);
    }
    return r;
}

static int put_value(sf_json *j, char *memory, size_t cap, sf_buffer *b);

/* What stands between brackets. */
static int put_all(sf_json *j, char open, char *memory, size_t cap, sf_buffer *b)
{
    size_t at = b->len + 1;
    uint32_t n = 0;
    sf_str key;
    put_number(b, open == '{' ? MAP32 : LIST32, 0, 4);
    int r = sf_json_enter(j, open);
    while (r > 0 && (r = open == '{' ? sf_json_member(j, &key) : sf_json_element(j)) > 0) {
        if (open == '{') {
            sf_msgpack_text(b, key); /* ours have no escapes in names */
        }
        r = put_value(j, memory, cap, b);
        r = r == SF_OK ? 1 : r;
        n++;
    }
    if (r >= 0 && !b->lost) {
        encode(n, 4, b->bytes + at);
    }
    return r < 0 ? r : SF_OK;
}

static int put_value(sf_json *j, char *memory, size_t cap, sf_buffer *b)
{
    double number;
    int r, yes;
    switch (sf_json_peek(j)) {
    case SF_JSON_OBJECT: return put_all(j, '{', memory, cap, b);
    case SF_JSON_ARRAY: return put_all(j, '[', memory, cap, b);
    case SF_JSON_STRING: return put_text(j, memory, cap, b);
    case SF_JSON_NUMBER:
        r = sf_json_number(j, &number);
        if (r == SF_OK) {
            put_double(b, number);
        }
        return r;
    case SF_JSON_TRUE:
    case SF_JSON_FALSE:
        r = sf_json_bool(j, &yes);
        put_byte(b, r == SF_OK && yes ? TRUE_ : FALSE_);
        return r;
    default: put_byte(b, NIL); return sf_json_skip(j);
    }
}

int sf_msgpack_put(sf_str json, sf_buffer *b)
{
    sf_json j;
    char *memory = malloc(json.len + 1);
    if (memory == NULL) {
        return SF_ENOMEM;
    }
    sf_json_init(&j, json);
    int r = put_value(&j, memory, json.len + 1, b);
    r = r == SF_OK ? sf_json_end(&j, NULL) : r;
    free(memory);
    return r != SF_OK ? (r == SF_ENOMEM ? r : SF_EPARSE) : b->lost ? SF_ENOMEM : SF_OK;
}
