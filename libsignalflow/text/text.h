/* SPDX-License-Identifier: MIT */
/* A text under construction. */
#ifndef SF_TEXT_H
#define SF_TEXT_H

#include <string.h>

#include "memory.h"
#include "signalflow/signal.h"
#include "text/utf8.h"

typedef struct sf_edits sf_edits; /* source_map.h */

/* Zeroed means empty; ptr is the heap's. */
typedef struct sf_text {
    char *ptr;
    size_t len, cap;
    sf_edits *edits; /* takes those that are made while it is written; NULL: nobody asks */
} sf_text;

/* Makes room for `more` bytes behind what is there. SF_OK, SF_ENOMEM. Steps ask once, for all they could write. */
static inline int sf_text_room(sf_text *t, size_t more)
{
    return sf_grow(&t->ptr, &t->cap, t->len + more, 1);
}

/* These write into room that was asked for. */
static inline void sf_text_bytes(sf_text *t, const char *bytes, size_t n)
{
    memcpy(t->ptr + t->len, bytes, n);
    t->len += n;
}

static inline void sf_text_byte(sf_text *t, char c)
{
    t->ptr[t->len++] = c;
}

static inline void sf_text_character(sf_text *t, uint32_t cp)
{
    t->len += sf_utf8_write(cp, t->ptr + t->len);
}

/* Notes an edit: the last n bytes were written for in[from, to), 0 bytes where that was taken out. Edits come in the order of
 * the text; between them it is copied. */
void sf_edits_add(sf_edits *e, const sf_text *out, sf_str in, size_t from, size_t to, size_t n);

static inline void sf_text_edit(sf_text *t, sf_str in, size_t from, size_t to, size_t n)
{
    if (t->edits != NULL) {
        sf_edits_add(t->edits, t, in, from, to, n);
    }
}

/* The character at `at` of valid UTF-8 and, in *n, the bytes it takes; 0 and 0 at the end. */
static inline uint32_t sf_character(sf_str text, size_t at, size_t *n)
{
    uint32_t cp = 0;
    int broken = 0;
    *n = at < text.len ? sf_utf8_read(text.ptr + at, text.len - at, &cp, &broken) : 0;
    return cp;
}

/* How many printable ASCII characters follow from `at` on, at least; what steps that mind others only can copy at once. */
static inline size_t sf_plain_run(sf_str text, size_t at)
{
    const uint64_t each = 0x0101010101010101U;
    size_t i = at;
    for (uint64_t b; i + sizeof b <= text.len; i += sizeof b) {
        memcpy(&b, text.ptr + i, sizeof b);
        if (((b | (b - each * 0x20) | (b + each)) & each * 0x80) != 0) { /* a byte from 0x7F on, or below 0x20 */
            break;
        }
    }
    while (i < text.len && text.ptr[i] >= 0x20 && text.ptr[i] < 0x7F) {
        i++;
    }
    return i - at;
}

/* Copies printable ASCII from `at` on; returns where it ends. */
static inline size_t sf_text_plain(sf_text *t, sf_str text, size_t at)
{
    size_t n = sf_plain_run(text, at);
    sf_text_bytes(t, text.ptr + at, n);
    return at + n;
}

/* The character before `at`; 0 at the start. */
static inline uint32_t sf_character_before(sf_str text, size_t at)
{
    size_t n, start = at;
    if (at == 0) {
        return 0;
    }
    do {
        start--;
    } while (start > 0 && at - start < 4 && ((unsigned char)text.ptr[start] & 0xC0) == 0x80);
    return sf_character(text, start, &n);
}

#endif
