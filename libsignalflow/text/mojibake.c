/* SPDX-License-Identifier: MIT */
/* UTF-8 that was read as Windows-1252 or Latin-1 is read again: "schÃ¶n" to "schön", "itâ€™s" to "it’s".
 *
 * Such text is a chain of short sequences, each a letter from À to ô that stands for a first byte of UTF-8, and one to
 * three characters that stand for the others. A sequence alone proves little: “CAFÉ” ends with É and a quote, which happen to
 * be ɔ in UTF-8. So a chain is repaired only if one of its sequences is one that nobody writes on purpose. */
#include <utf8proc.h>

#include "text/clean.h"
#include "text/windows_1252.h"

/* A sequence: its character, the characters' bytes in the text, and how sure it is. */
typedef struct sequence {
    uint32_t cp;
    size_t length;
    int sure;
} sequence;

/* Signs that good text has right behind a letter; all others there are signs of damage. */
static int is_usual_sign(uint32_t cp)
{
    switch (cp) {
    case 0xA0:   /* no-break space */
    case 0xA9:   /* (c) */
    case 0xAE:   /* (r) */
    case 0xB0:   /* degree */
    case 0xB7:   /* middle dot */
    case 0xBB:   /* closing guillemet */
    case 0x2013: /* dashes */
    case 0x2014:
    case 0x2018: /* quotation marks */
    case 0x2019:
    case 0x201C:
    case 0x201D:
    case 0x2022: /* bullet */
    case 0x2026: /* ellipsis */
    case 0x203A: /* closing guillemet */
    case 0x2122: /* TM */ return 1;
    default: return 0;
    }
}

/* Does it end what stands before it, so that a letter may follow at once: "soul—mate", "...so" */
static int is_closing_sign(uint32_t cp)
{
    return cp == 0xA0 || cp == 0xBB || cp == 0x2013 || cp == 0x2014 || cp == 0x2018 || cp == 0x2019 || cp == 0x2026;
}

static int is_letter(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

static int is_upper(uint32_t cp)
{
    return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_LU;
}

static int is_opening_quote(uint32_t cp)
{
    return cp == '"' || cp == '\'' || cp == 0x2018 || cp == 0x201C || cp == 0x201E || cp == 0xAB;
}

/* Two characters: a capital with an accent and a sign. A word in capitals may end so: "IRMÃ…". */
static int is_sure_pair(sf_str in, size_t at, size_t end, const uint32_t *c)
{
    size_t n;
    int western = c[0] == 0xC2 || c[0] == 0xC3; /* the letters of Western Europe: by far the most frequent damage */
    if (!is_usual_sign(c[1]) || (western && (c[1] == 0xA9 || c[1] == 0xAE || c[1] == 0xB0 || c[1] == 0xB7))) {
        return 1;
    }
    uint32_t before = sf_character_before(in, at);
    if (is_upper(before)) {
        return 0;
    }
    if (c[0] == 0xC3 && !is_letter(before) &&
        !is_opening_quote(before)) { /* no word starts, and none is, such a letter */
        return 1;
    }
    return (western && c[1] < 0x100) || (!is_closing_sign(c[1]) && is_letter(sf_character(in, end, &n)));
}

/* Is the character that comes out one that text would hold? */
static int is_plausible(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO: return 0;
    default: return 1;
    }
}

/* Is a sequence of `count` characters one that nobody writes on purpose? */
static int is_sure(sf_str in, size_t at, size_t end, const uint32_t *c, int count)
{
    if (count == 2) {
        return is_sure_pair(in, at, end, c);
    }
    if (c[0] == 0xF0 && c[1] == 0x0178) { /* emoji */
        return 1;
    }
    /* A small letter with an accent, and behind it a letter ("též"), a sign, or a no-break space and
     * whatever comes then: all of that is writing. */
    for (int i = 1; i < count && c[i] != 0xA0; i++) {
        if (!is_usual_sign(c[i]) && !is_letter(c[i])) {
            return 1;
        }
    }
    return 0;
}

/* The sequence at `at`; length 0 if there is none. */
static sequence read_sequence(sf_str in, size_t at)
{
    sequence s = {0, 0, 0};
    uint32_t c[4], cp;
    char bytes[4];
    size_t n, end = at;
    c[0] = sf_character(in, at, &n);
    if (c[0] < 0xC2 || c[0] > 0xF4) {
        return s;
    }
    int count = c[0] >= 0xF0 ? 4 : c[0] >= 0xE0 ? 3 : 2, broken = 0;
    bytes[0] = (char)c[0];
    end += n;
    for (int i = 1; i < count; i++) {
        c[i] = sf_character(in, end, &n);
        int byte = n > 0 ? sf_windows_1252_byte(c[i]) : -1;
        if (byte < 0x80 || byte > 0xBF) {
            return s;
        }
        bytes[i] = (char)byte;
        end += n;
    }
    if (sf_utf8_read(bytes, (size_t)count, &cp, &broken) == (size_t)count && !broken && is_plausible(cp)) {
        s.cp = cp;
        s.length = end - at;
        s.sure = is_sure(in, at, end, c, count);
    }
    return s;
}

/* Is there a sequence that is sure by itself? Then the doubtful ones of the most frequent damage are no accident. */
static int is_damaged(sf_str in)
{
    for (size_t at = sf_plain_run(in, 0), n; at < in.len; at += n + sf_plain_run(in, at + n)) {
        sequence s = read_sequence(in, at);
        if (s.sure) {
            return 1;
        }
        (void)sf_character(in, at, &n);
        n = s.length > 0 ? s.length : n;
    }
    return 0;
}

static int is_western(sf_str in, size_t at)
{
    return in.ptr[at] == '\xC3' && (in.ptr[at + 1] == '\x82' || in.ptr[at + 1] == '\x83'); /* U+00C2, U+00C3 */
}

int sf_clean_mojibake(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    int repaired = 0, damaged = is_damaged(in);
    for (size_t at = 0, n; (at = sf_text_plain(out, in, at)) < in.len;) {
        int sure = 0;
        size_t end = at;
        for (sequence s = read_sequence(in, end); s.length > 0; s = read_sequence(in, end)) {
            sure |= s.sure || (damaged && is_western(in, end));
            end += s.length;
        }
        if (end == at || !sure) {
            (void)sf_character(in, at, &n);
            n = end > at ? end - at : n;
            sf_text_bytes(out, in.ptr + at, n);
            at += n;
            continue;
        }
        while (at < end) {
            sequence s = read_sequence(in, at);
            size_t before = out->len;
            sf_text_character(out, s.cp);
            sf_text_edit(out, in, at, at + s.length, out->len - before);
            at += s.length;
            repaired = 1;
        }
    }
    return repaired ? SF_CLEAN_AGAIN : SF_OK;
}
