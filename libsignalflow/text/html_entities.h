/* SPDX-License-Identifier: MIT */
/* HTML's character references: &amp; &#x27; &eacute; ... */
#ifndef SF_HTML_ENTITIES_H
#define SF_HTML_ENTITIES_H

#include <stddef.h>
#include <stdint.h>

#define SF_HTML_ENTITY_BYTES 8 /* no reference stands for more */

/* Reads the reference that text starts with (its first byte is '&') as Python's html.unescape() does: all names of
 * HTML5, the old ones also without a semicolon; numbers of control and non-characters stand for nothing, those of
 * Windows-1252 for the character that was meant, surrogates and what lies beyond Unicode for U+FFFD.
 *
 * Returns the bytes the reference takes, 0 where there is none; its text goes to out, *n bytes, perhaps 0. */
size_t sf_html_entity_read(const char *text, size_t len, char out[SF_HTML_ENTITY_BYTES], size_t *n);

/* The named ones, sorted by name: html_entities.py writes them. */
typedef struct sf_html_entity_row {
    uint16_t name, text;        /* where they begin in the pools below */
    uint8_t name_len, text_len; /* bytes; the name is without its semicolon */
    uint8_t bare;               /* 1: the semicolon may be missing */
} sf_html_entity_row;

extern const char sf_html_entity_names[];
extern const unsigned char sf_html_entity_texts[];
extern const sf_html_entity_row sf_html_entity_rows[];
extern const size_t sf_html_entity_count;

#endif
