/* SPDX-License-Identifier: MIT */
/* NFC, NFKC and case folding, with utf8proc's tables. Nearly all text is already as it should be: what cannot change is
 * copied, and only the short stretches around the rest are taken apart, ordered and composed. */
#include <stdlib.h>
#include <utf8proc.h>

#include "text/clean.h"

typedef struct forms {
    utf8proc_option_t options;
    utf8proc_int32_t *cps, *ordered; /* a stretch, taken apart; the other for ordering it */
    size_t n, cap, ordered_cap;
} forms;

static utf8proc_option_t options_of(uint32_t what)
{
    unsigned options = 0;
    if (what & (SF_CLEAN_NFC | SF_CLEAN_NFKC)) {
        options |= UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    }
    if (what & SF_CLEAN_NFKC) {
        options |= UTF8PROC_COMPAT;
    }
    if (what & SF_CLEAN_CASEFOLD) {
        options |= UTF8PROC_CASEFOLD;
    }
    return (utf8proc_option_t)options;
}

/* Letters that would be taken apart and put together again as they were: those with accents in Latin, Greek, Cyrillic and
 * Vietnamese, voiced kana. */
static int is_composed(uint32_t cp)
{
    return cp < 0x300 || (cp >= 0x388 && cp <= 0x3CE) || (cp >= 0x400 && cp <= 0x481) || (cp >= 0x48A && cp <= 0x52F) ||
           (cp >= 0x1E00 && cp <= 0x1EFF && cp != 0x1E9B) || (cp >= 0x3041 && cp <= 0x3096) ||
           (cp >= 0x30A1 && cp <= 0x30FA);
}

/* Marks that stand by themselves: the vowel signs of Indian scripts, but for those that make one sign with the one before. */
static int is_lone_mark(uint32_t cp)
{
    static const uint16_t joined[] = {0x09BE, 0x09D7, 0x0B3E, 0x0B56, 0x0B57, 0x0BBE, 0x0BD7,
                                      0x0CC2, 0x0CD5, 0x0CD6, 0x0D3E, 0x0D57, 0x0DCF, 0x0DDF};
    if (cp < 0x0900 || cp > 0x0DFF) {
        return 0;
    }
    for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
        if (joined[i] == cp) {
            return 0;
        }
    }
    return 1;
}

/* Can the character neither change nor take part in a change of its neighbours, but as the first of a composition? */
static int is_settled(utf8proc_option_t options, uint32_t cp)
{
    if (cp < 0x80) {
        return !((options & UTF8PROC_CASEFOLD) && cp >= 'A' && cp <= 'Z');
    }
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    if ((options & UTF8PROC_CASEFOLD) && p->casefold_seqindex != UINT16_MAX) {
        return 0;
    }
    if (!(options & UTF8PROC_COMPOSE)) {
        return 1;
    }
    if (p->combining_class != 0 || (cp >= 0x1100 && cp <= 0x11FF) || (cp >= 0xA960 && cp <= 0xA97F) ||
        (cp >= 0xD7B0 && cp <= 0xD7FF)) { /* the last three: parts of Hangul syllables */
        return 0;
    }
    if (p->decomp_seqindex != UINT16_MAX && (p->decomp_type == 0 ? !is_composed(cp) : options & UTF8PROC_COMPAT)) {
        return 0;
    }
    int mark = p->category == UTF8PROC_CATEGORY_MN || p->category == UTF8PROC_CATEGORY_MC ||
               p->category == UTF8PROC_CATEGORY_ME;
    return !mark || is_lone_mark(cp);
}

/* Do what was taken apart before cp and what follows from it on change apart from each other? Then what is made of either came
 * from its own characters. The range is that of the parts that Hangul syllables begin with. */
static int starts_piece(utf8proc_option_t options, uint32_t cp)
{
    return !(options & UTF8PROC_COMPOSE) || is_settled(options, cp) || (cp >= 0x1100 && cp <= 0x115F);
}

/* Takes a character apart onto the end of the stretch. */
static int take_apart(forms *f, uint32_t cp)
{
    for (utf8proc_ssize_t need = 4;;) {
        int boundary = 0;
        if (sf_grow(&f->cps, &f->cap, f->n + (size_t)need, sizeof *f->cps) != SF_OK) {
            return SF_ENOMEM;
        }
        utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)cp, f->cps + f->n,
                                                     (utf8proc_ssize_t)(f->cap - f->n), f->options, &boundary);
        if (n >= 0 && (size_t)n <= f->cap - f->n) {
            f->n += (size_t)n;
            return SF_OK;
        }
        if (n <= need) { /* not a character: stays */
            f->cps[f->n++] = (utf8proc_int32_t)cp;
            return SF_OK;
        }
        need = n;
    }
}

static unsigned class_of(utf8proc_int32_t cp)
{
    return (unsigned)utf8proc_get_property(cp)->combining_class;
}

/* Orders the marks [from, to) by combining class, equal ones as they came: a counting sort, so that a mile of marks takes
 * no longer than any other text. */
static void order_marks(forms *f, size_t from, size_t to)
{
    size_t starts[257] = {0};
    for (size_t i = from; i < to; i++) {
        starts[class_of(f->cps[i]) + 1]++;
    }
    for (size_t c = 1; c < 257; c++) {
        starts[c] += starts[c - 1];
    }
    for (size_t i = from; i < to; i++) {
        f->ordered[starts[class_of(f->cps[i])]++] = f->cps[i];
    }
    memcpy(f->cps + from, f->ordered, (to - from) * sizeof *f->cps);
}

static int order(forms *f, size_t n)
{
    if (sf_grow(&f->ordered, &f->ordered_cap, n, sizeof *f->ordered) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t from = 0, to; from < n; from = to) {
        to = from + 1;
        if (class_of(f->cps[from]) == 0) {
            continue;
        }
        int sorted = 1;
        for (; to < n && class_of(f->cps[to]) != 0; to++) {
            sorted &= class_of(f->cps[to - 1]) <= class_of(f->cps[to]);
        }
        if (!sorted) {
            order_marks(f, from, to);
        }
    }
    return SF_OK;
}

/* Writes the first n characters of what was taken apart, which is all of in[from, to), in their new form. */
static int write_piece(forms *f, size_t n, sf_str in, size_t from, size_t to, sf_text *out)
{
    size_t composed = n, before = out->len;
    if (n > 1 && (f->options & UTF8PROC_COMPOSE)) {
        if (order(f, n) != SF_OK) {
            return SF_ENOMEM;
        }
        utf8proc_ssize_t made = utf8proc_normalize_utf32(f->cps, (utf8proc_ssize_t)n, f->options);
        composed = made > 0 ? (size_t)made : n;
    }
    if (sf_text_room(out, 4 * composed) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < composed; i++) {
        sf_text_character(out, (uint32_t)f->cps[i]);
    }
    sf_text_edit(out, in, from, to, out->len - before);
    f->n -= n;
    memmove(f->cps, f->cps + n, f->n * sizeof *f->cps);
    return SF_OK;
}

/* Writes the stretch in[from, to) in its new form, piece by piece. */
static int write_stretch(forms *f, sf_str in, size_t from, size_t to, sf_text *out)
{
    f->n = 0;
    for (size_t at = from, n; at < to; at += n) {
        size_t before = f->n;
        if (take_apart(f, sf_character(in, at, &n)) != SF_OK) {
            return SF_ENOMEM;
        }
        if (before > 0 && f->n > before && starts_piece(f->options, (uint32_t)f->cps[before])) {
            if (write_piece(f, before, in, from, at, out) != SF_OK) {
                return SF_ENOMEM;
            }
            from = at;
        }
    }
    return write_piece(f, f->n, in, from, to, out);
}

/* ASCII that stays as it is. */
static size_t plain_run(const forms *f, sf_str in, size_t at)
{
    return f->options & UTF8PROC_CASEFOLD ? 0 : sf_plain_run(in, at);
}

static int write_all(forms *f, sf_str in, sf_text *out)
{
    size_t at = 0, base = 0, n; /* base: the last settled character, where a composition may begin */
    while (at < in.len) {
        size_t start = at;
        uint32_t cp = sf_character(in, at, &n);
        while (at < in.len && is_settled(f->options, cp)) {
            size_t run = plain_run(f, in, at);
            base = run > 0 ? at + run - 1 : at;
            at = base + (run > 0 ? 1 : n);
            cp = sf_character(in, at, &n);
        }
        int composes = (f->options & UTF8PROC_COMPOSE) && at < in.len && at > start;
        size_t stretch = composes ? base : at;
        if (sf_text_room(out, stretch - start) != SF_OK) {
            return SF_ENOMEM;
        }
        sf_text_bytes(out, in.ptr + start, stretch - start);
        while (at < in.len && !is_settled(f->options, cp)) {
            at += n;
            cp = sf_character(in, at, &n);
        }
        if (at > stretch && write_stretch(f, in, stretch, at, out) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}

int sf_clean_forms(sf_str in, uint32_t what, sf_text *out)
{
    forms f = {.options = options_of(what)};
    int status = sf_text_room(out, in.len);
    status = status == SF_OK ? write_all(&f, in, out) : status;
    free(f.cps);
    free(f.ordered);
    return status;
}
