/* SPDX-License-Identifier: MIT */
/* Thrift's compact protocol. */
#include "thrift.h"

#include "bits.h"

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void put_byte(sf_buffer *b, unsigned v)
{
    char byte = (char)(unsigned char)v;
    sf_buffer_put(b, &byte, 1);
}

static void put_field(sf_thrift_out *o, int16_t field, sf_thrift_type type)
{
    int step = field - o->last[o->depth];
    if (step > 0 && step < 16) {
        put_byte(o->to, (unsigned)step << 4 | type);
    } else {
        put_byte(o->to, type);
        sf_varint_put(o->to, sf_zigzag(field));
    }
    o->last[o->depth] = field;
}

void sf_thrift_put_number(sf_thrift_out *o, int16_t field, sf_thrift_type type, int64_t v)
{
    put_field(o, field, type);
    sf_varint_put(o->to, sf_zigzag(v));
}

void sf_thrift_put_flag(sf_thrift_out *o, int16_t field, int yes)
{
    put_field(o, field, yes ? SF_THRIFT_TRUE : SF_THRIFT_FALSE);
}

void sf_thrift_put_text_element(sf_thrift_out *o, sf_str text)
{
    sf_varint_put(o->to, text.len);
    sf_buffer_put(o->to, text.ptr, text.len);
}

void sf_thrift_put_text(sf_thrift_out *o, int16_t field, sf_str text)
{
    put_field(o, field, SF_THRIFT_BINARY);
    sf_thrift_put_text_element(o, text);
}

void sf_thrift_put_list(sf_thrift_out *o, int16_t field, sf_thrift_type of, size_t n)
{
    put_field(o, field, SF_THRIFT_LIST);
    if (n < 15) {
        put_byte(o->to, (unsigned)n << 4 | of);
    } else {
        put_byte(o->to, 0xf0U | of);
        sf_varint_put(o->to, n);
    }
}

void sf_thrift_put_element(sf_thrift_out *o, int64_t v)
{
    sf_varint_put(o->to, sf_zigzag(v));
}

void sf_thrift_begin_element(sf_thrift_out *o)
{
    o->last[++o->depth] = 0;
}

void sf_thrift_begin(sf_thrift_out *o, int16_t field)
{
    put_field(o, field, SF_THRIFT_STRUCT);
    sf_thrift_begin_element(o);
}

void sf_thrift_end(sf_thrift_out *o)
{
    put_byte(o->to, SF_THRIFT_STOP);
    o->depth--;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static unsigned get_byte(sf_thrift_in *in)
{
    if (in->at == in->end) {
        in->broken = 1;
        return 0;
    }
    return *in->at++;
}

static uint64_t get_varint(sf_thrift_in *in)
{
    sf_str rest = {(const char *)in->at, (size_t)(in->end - in->at)};
    size_t taken = 0;
    uint64_t v;
    in->broken |= !sf_varint_get(rest, &taken, &v);
    in->at += taken;
    return in->broken ? 0 : v;
}

int64_t sf_thrift_number(sf_thrift_in *in)
{
    return sf_unzigzag(get_varint(in));
}

int sf_thrift_next(sf_thrift_in *in, sf_thrift_field *f)
{
    unsigned head = get_byte(in);
    if (in->broken || head == SF_THRIFT_STOP) {
        return 0;
    }
    int64_t number = head >> 4 != 0 ? f->number + (int64_t)(head >> 4) : sf_thrift_number(in);
    f->type = (sf_thrift_type)(head & 0xf);
    if (number <= f->number || number > INT16_MAX) {
        in->broken = 1;
        return 0;
    }
    f->number = (int16_t)number;
    return !in->broken;
}

sf_str sf_thrift_text(sf_thrift_in *in)
{
    uint64_t n = get_varint(in);
    if (in->broken || n > (uint64_t)(in->end - in->at)) {
        in->broken = 1;
        return (sf_str){"", 0};
    }
    sf_str text = {(const char *)in->at, (size_t)n};
    in->at += n;
    return text;
}

size_t sf_thrift_list(sf_thrift_in *in, sf_thrift_type *of)
{
    unsigned head = get_byte(in);
    uint64_t n = head >> 4 != 15 ? head >> 4 : get_varint(in);
    *of = (sf_thrift_type)(head & 0xf);
    if (n > (uint64_t)(in->end - in->at)) { /* no element takes less than a byte */
        in->broken = 1;
    }
    return in->broken ? 0 : (size_t)n;
}

static void skip_list(sf_thrift_in *in)
{
    sf_thrift_type of;
    size_t n = sf_thrift_list(in, &of);
    for (size_t i = 0; i < n && !in->broken; i++) {
        if (of == SF_THRIFT_TRUE || of == SF_THRIFT_FALSE) {
            (void)get_byte(in);
        } else {
            sf_thrift_skip(in, of);
        }
    }
}

void sf_thrift_skip(sf_thrift_in *in, sf_thrift_type type)
{
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    if (++in->depth > SF_THRIFT_DEPTH) {
        in->broken = 1;
    }
    switch (in->broken ? SF_THRIFT_STOP : type) {
    case SF_THRIFT_TRUE:
    case SF_THRIFT_FALSE: break;
    case SF_THRIFT_BYTE: (void)get_byte(in); break;
    case SF_THRIFT_I16:
    case SF_THRIFT_I32:
    case SF_THRIFT_I64: (void)get_varint(in); break;
    case SF_THRIFT_DOUBLE:
        in->broken = in->end - in->at < 8;
        in->at += in->broken ? 0 : 8;
        break;
    case SF_THRIFT_BINARY: (void)sf_thrift_text(in); break;
    case SF_THRIFT_SET:
    case SF_THRIFT_LIST: skip_list(in); break;
    case SF_THRIFT_STRUCT:
        while (sf_thrift_next(in, &f)) {
            sf_thrift_skip(in, f.type);
        }
        break;
    default: in->broken = 1; /* maps are nowhere in Parquet */
    }
    in->depth--;
}
