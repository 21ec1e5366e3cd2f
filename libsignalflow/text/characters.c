/* SPDX-License-Identifier: MIT */
/* Steps that look at single characters: invisible ones, typographic quotes and dashes, floods. */
#include <utf8proc.h>

#include "text/clean.h"
#include "text/emoji.h"
#include "text/links.h"

/* ---- controls ---- */

/* Scripts whose spelling needs the zero-width joiner and non-joiner: Arabic to Mongolian, and what lies between. */
static int is_joining_script(uint32_t cp)
{
    return (cp >= 0x0600 && cp <= 0x0DFF) || (cp >= 0x1000 && cp <= 0x109F) || (cp >= 0x1780 && cp <= 0x18AF) ||
           (cp >= 0xA840 && cp <= 0xABFF) || (cp >= 0xFB50 && cp <= 0xFDFF) || (cp >= 0xFE70 && cp <= 0xFEFC);
}

/* Invisible characters that never mean anything in running text. */
static int is_invisible(uint32_t cp)
{
    if (cp < 0x80) {
        return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0x7F;
    }
    return (cp >= 0x80 && cp <= 0x9F) || cp == 0xAD || cp == 0x034F || cp == 0x061C || cp == 0x180E ||
           (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) ||
           cp == 0xFE0E || cp == 0xFE0F || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
           (cp >= 0xE0000 && cp <= 0xE007F);
}

/* Control characters that stand for white space: vertical tab, form feed, separators, next line. */
static int is_spacing_control(uint32_t cp)
{
    return cp == 0x0B || cp == 0x0C || (cp >= 0x1C && cp <= 0x1F) || cp == 0x85;
}

/* Does an invisible character at `at` do work between its neighbours? Joiners in scripts that join, the joiner inside an
 * emoji, tags that make a flag. `before` is the last character that was kept. */
static int does_work(sf_str in, size_t at, uint32_t cp, uint32_t before)
{
    size_t n, behind;
    (void)sf_character(in, at, &n);
    uint32_t after = sf_character(in, at + n, &behind);
    if (cp == 0x200C || cp == 0x200D) {
        return (is_joining_script(before) && is_joining_script(after)) ||
               (cp == 0x200D && sf_is_emoji(before) && sf_is_emoji(after));
    }
    return cp >= 0xE0020 && cp <= 0xE007F && (before == 0x1F3F4 || (before >= 0xE0020 && before < 0xE007F));
}

int sf_clean_controls(sf_str in, uint32_t what, sf_text *out)
{
    uint32_t before = 0;
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t at = sf_text_plain(out, in, 0), n; at < in.len; at = sf_text_plain(out, in, at + n)) {
        uint32_t cp = sf_character(in, at, &n);
        if (!is_invisible(cp) || does_work(in, at, cp, before)) {
            sf_text_bytes(out, in.ptr + at, n);
            before = cp;
        } else if (is_spacing_control(cp)) {
            sf_text_byte(out, ' ');
            sf_text_edit(out, in, at, at + n, 1);
            before = ' ';
        } else {
            sf_text_edit(out, in, at, at + n, 0);
        }
    }
    return SF_OK;
}

/* ---- quotes and dashes ---- */

static char plain_sign(uint32_t cp)
{
    switch (cp) {
    case 0x2018: /* single quotation marks, primes */
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x2039:
    case 0x203A:
    case 0x02BC:
    case 0xFF07: return '\'';
    case 0x00AB: /* double ones */
    case 0x00BB:
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x2036:
    case 0x301D:
    case 0x301E:
    case 0x301F:
    case 0xFF02: return '"';
    case 0x2010: /* hyphens, dashes, minus */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
    case 0xFE31:
    case 0xFE32:
    case 0xFE58:
    case 0xFE63:
    case 0xFF0D: return '-';
    default: return '\0';
    }
}

int sf_clean_quotes(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t at = sf_text_plain(out, in, 0), n; at < in.len; at = sf_text_plain(out, in, at + n)) {
        uint32_t cp = sf_character(in, at, &n);
        char plain = cp < 0x80 ? '\0' : plain_sign(cp);
        if (plain != '\0') {
            sf_text_byte(out, plain);
            sf_text_edit(out, in, at, at + n, 1);
        } else {
            sf_text_bytes(out, in.ptr + at, n);
        }
    }
    return SF_OK;
}

/* ---- floods ---- */

/* Digits carry values, white space is another step's: neither floods. */
static int can_flood(uint32_t cp)
{
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return category != UTF8PROC_CATEGORY_ND && category != UTF8PROC_CATEGORY_ZS && category != UTF8PROC_CATEGORY_ZL &&
           category != UTF8PROC_CATEGORY_ZP && category != UTF8PROC_CATEGORY_CC;
}

int sf_clean_floods(sf_str in, uint32_t what, sf_text *out)
{
    uint32_t before = 0;
    unsigned run = 0;
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t at = 0, n; at < in.len; at += n) {
        uint32_t cp = sf_character(in, at, &n);
        size_t url = !sf_is_word(before) && sf_starts_word(in, at) ? sf_url_length(in, at) : 0;
        n = url > 0 ? url : n; /* addresses stay as they are */
        run = url == 0 && cp == before ? run + 1 : 1;
        before = url > 0 ? 0 : cp;
        if (run <= 3 || !can_flood(cp)) {
            sf_text_bytes(out, in.ptr + at, n);
        } else {
            sf_text_edit(out, in, at, at + n, 0);
        }
    }
    return SF_OK;
}
