/* SPDX-License-Identifier: MIT */
/* Reading one HTML character reference. */
#include "text/html_entities.h"

#include <string.h>

#include "text/utf8.h"
#include "text/windows_1252.h"

#define LONGEST_NAME 32 /* characters that a name may have before it is none */
#define LONGEST_BARE 6  /* of the names that need no semicolon */

static int is_noncharacter(uint32_t cp)
{
    return (cp & 0xFFFE) == 0xFFFE || (cp >= 0xFDD0 && cp <= 0xFDEF);
}

/* Which numbers stand for nothing at all. */
static int is_nothing(uint32_t cp)
{
    return (cp >= 0x01 && cp <= 0x08) || cp == 0x0B || (cp >= 0x0E && cp <= 0x1F) || cp == 0x7F || is_noncharacter(cp);
}

static size_t write_number(uint32_t cp, char out[SF_HTML_ENTITY_BYTES])
{
    if (cp >= 0x80 && cp <= 0x9F) {
        cp = sf_windows_1252[cp - 0x80]; /* what those who wrote such numbers meant */
    } else if (cp == 0 || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) {
        cp = SF_REPLACEMENT;
    } else if (is_nothing(cp)) {
        return 0;
    }
    return sf_utf8_write(cp, out);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* &#...; or &#x...; */
static size_t read_number(const char *text, size_t len, char out[SF_HTML_ENTITY_BYTES], size_t *n)
{
    size_t at = 2;
    uint32_t base = 10, cp = 0;
    if (at < len && (text[at] == 'x' || text[at] == 'X')) {
        base = 16;
        at++;
    }
    size_t first = at;
    for (; at < len && (uint32_t)digit_value(text[at]) < base; at++) {
        cp = cp * base + (uint32_t)digit_value(text[at]);
        cp = cp > 0x110000 ? 0x110000 : cp; /* enough to know that it is too much */
    }
    if (at == first) {
        return 0;
    }
    *n = write_number(cp, out);
    return at < len && text[at] == ';' ? at + 1 : at;
}

static const sf_html_entity_row *find_name(const char *name, size_t len)
{
    size_t low = 0, high = sf_html_entity_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const sf_html_entity_row *row = &sf_html_entity_rows[middle];
        int order = memcmp(name, sf_html_entity_names + row->name, len < row->name_len ? len : row->name_len);
        if (order == 0) {
            order = (len > row->name_len) - (len < row->name_len);
        }
        if (order == 0) {
            return row;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* The bytes of what could be a name: up to 32 characters, whatever they are, before white space, '<', '&', '#' or ';'. */
static size_t name_length(const char *text, size_t len)
{
    size_t at = 0;
    for (int characters = 0; at < len && characters < LONGEST_NAME; characters++) {
        char c = text[at];
        if (c == '\t' || c == '\n' || c == '\f' || c == ' ' || c == '<' || c == '&' || c == '#' || c == ';') {
            break;
        }
        uint32_t cp;
        int broken = 0;
        at += sf_utf8_read(text + at, len - at, &cp, &broken);
    }
    return at;
}

size_t sf_html_entity_read(const char *text, size_t len, char out[SF_HTML_ENTITY_BYTES], size_t *n)
{
    if (len >= 2 && text[1] == '#') {
        return read_number(text, len, out, n);
    }
    size_t length = name_length(text + 1, len - 1);
    size_t taken = 0;
    const sf_html_entity_row *row = NULL;
    if (length + 1 < len && text[length + 1] == ';') {
        row = find_name(text + 1, length);
        taken = length + 2;
    }
    /* Without its semicolon an old name may also be followed by anything: "&notit" is "¬it". */
    for (size_t k = length < LONGEST_BARE ? length : LONGEST_BARE; row == NULL && k >= 2; k--) {
        row = find_name(text + 1, k);
        row = row != NULL && row->bare ? row : NULL;
        taken = k + 1;
    }
    if (row == NULL) {
        return 0;
    }
    memcpy(out, sf_html_entity_texts + row->text, row->text_len);
    *n = row->text_len;
    return taken;
}
