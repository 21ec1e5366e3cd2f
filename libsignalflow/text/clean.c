/* SPDX-License-Identifier: MIT */
/* From marked-up text to plain text: the steps in their order, each one only where its flag is set and the text holds
 * a byte that it could care about. */
#include "text/clean.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "text/html_entities.h"

#define FORMS     (SF_CLEAN_NFC | SF_CLEAN_NFKC | SF_CLEAN_CASEFOLD)
#define ALL_FLAGS ((uint32_t)(SF_CLEAN_MARKERS << 1) - 1)

/* Bytes that make a step worth its while: those that what it looks for is, or starts with. */
enum {
    ANY = 0,
    LESS = 1 << 0, /* < */
    AMPERSAND = 1 << 1,
    AT = 1 << 2,
    HASH = 1 << 3,
    UPPER = 1 << 4,    /* A to Z */
    CONTROL = 1 << 5,  /* below 0x20 but tab and line ends, and 0x7F */
    LINE_END = 1 << 6, /* LF and CR */
    ACCENTED = 1 << 7, /* U+00C0 to U+00FF */
    SIGN = 1 << 8,     /* first bytes of white space, controls, typographic signs beyond ASCII */
    HIGH = 1 << 9,     /* 0x80 and above */
    EDGE = 1 << 10     /* white space at the very end */
};

static const struct step {
    uint32_t flags;
    unsigned bytes;
    sf_clean_step *run;
} steps[] = {
    {SF_CLEAN_HTML, LESS, sf_clean_html},
    {SF_CLEAN_ENTITIES, AMPERSAND, sf_clean_entities},
    {SF_CLEAN_ENTITIES2, AMPERSAND, sf_clean_entities},
    {SF_CLEAN_MARKDOWN, ANY, sf_clean_markdown},
    {SF_CLEAN_MOJIBAKE, ACCENTED, sf_clean_mojibake},
    {SF_CLEAN_CONTROLS, SIGN | CONTROL, sf_clean_controls},
    {SF_CLEAN_QUOTES, SIGN, sf_clean_quotes},
    {FORMS, HIGH | UPPER, sf_clean_forms},
    {SF_CLEAN_URLS, ANY, sf_clean_urls},
    {SF_CLEAN_MENTIONS, AT | HIGH, sf_clean_mentions},
    {SF_CLEAN_HASHTAGS, HASH | HIGH, sf_clean_hashtags},
    {SF_CLEAN_FLOODS, ANY, sf_clean_floods},
    {SF_CLEAN_EMOJI_WORDS, HIGH, sf_clean_emoji_words},
    {SF_CLEAN_EMOJI, HIGH, sf_clean_emoji},
    {SF_CLEAN_LINES, LINE_END | EDGE | SIGN, sf_clean_lines},
    {SF_CLEAN_SPACES, ANY, sf_clean_spaces},
};

/* Of each byte. Signs start with C2 (U+0080 to U+00BF), CA (U+02BC), CD (U+034F), D8 (U+061C), E1 (U+1680, U+180E), E2 (U+2000 on),
 * E3 (U+3000, U+301D), EF (U+F000 on), F3 (U+E0000). */
#define T LESS
#define E AMPERSAND
#define M AT
#define G HASH
#define U UPPER
#define C CONTROL
#define L LINE_END
#define H HIGH
#define A (HIGH | ACCENTED)
#define S (HIGH | SIGN)
/* clang-format off */
static const uint16_t kind_of_byte[256] = {
    C, C, C, C, C, C, C, C, C, 0, L, C, C, L, C, C, /* 00 */
    C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, /* 10 */
    0, 0, 0, G, 0, 0, E, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 20 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, T, 0, 0, 0, /* 30 */
    M, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, /* 40 */
    U, U, U, U, U, U, U, U, U, U, U, 0, 0, 0, 0, 0, /* 50 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 60 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, C, /* 70 */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* 80 */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* 90 */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* A0 */
    H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, H, /* B0 */
    H, H, S, A, H, H, H, H, H, H, S, H, H, S, H, H, /* C0 */
    H, H, H, H, H, H, H, H, S, H, H, H, H, H, H, H, /* D0 */
    H, S, S, S, H, H, H, H, H, H, H, H, H, H, H, S, /* E0 */
    H, H, H, S, H, H, H, H, H, H, H, H, H, H, H, H, /* F0 */
};
/* clang-format on */
#undef T
#undef E
#undef M
#undef G
#undef U
#undef C
#undef L
#undef H
#undef A
#undef S

/* What kinds of bytes a text holds. */
static unsigned bytes_in(sf_str text)
{
    const unsigned char *p = (const unsigned char *)text.ptr, *end = p + text.len;
    unsigned kinds = text.len > 0 && end[-1] <= ' ' ? EDGE : 0;
    for (; end - p >= 4; p += 4) { /* several at once: this loop sees every text */
        kinds |= (unsigned)kind_of_byte[p[0]] | kind_of_byte[p[1]] | kind_of_byte[p[2]] | kind_of_byte[p[3]];
    }
    for (; p < end; p++) {
        kinds |= kind_of_byte[*p];
    }
    return kinds;
}

/* Runs a step into the text that is not being read; *text becomes its result. */
static int run_once(sf_cleaner *c, sf_clean_step *step, uint32_t what, sf_str *text)
{
    sf_text *out = text->ptr == c->texts[0].ptr ? &c->texts[1] : &c->texts[0];
    out->len = 0;
    out->edits = c->map != NULL ? &c->map->edits : NULL;
    int status = sf_text_room(out, 1); /* so that an empty result is no NULL */
    if (status == SF_OK) {
        status = step(*text, what, out);
    }
    if (status >= 0 && c->map != NULL && sf_source_map_step(c->map, out->len) != SF_OK) {
        status = SF_ENOMEM;
    }
    if (status >= 0) {
        text->ptr = out->ptr;
        text->len = out->len;
    }
    return status;
}

/* Text may have been damaged twice, so that a step that asks for it has one more go. */
static int run(sf_cleaner *c, sf_clean_step *step, uint32_t what, sf_str *text)
{
    int status = run_once(c, step, what, text);
    status = status == SF_CLEAN_AGAIN ? run_once(c, step, what, text) : status;
    return status < 0 ? status : SF_OK;
}

/* Broken UTF-8 to U+FFFD: what every other step relies on. */
static int repair(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, sf_utf8_repaired_size(in.ptr, in.len)) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t at = 0, n; at < in.len; at += n) {
        size_t good = sf_utf8_valid(in.ptr + at, in.len - at), before = out->len + good;
        sf_text_bytes(out, in.ptr + at, good);
        at += good;
        uint32_t cp = sf_character(in, at, &n); /* n is 0 at the end */
        if (n > 0) {
            sf_text_character(out, cp);
            sf_text_edit(out, in, at, at + n, out->len - before);
        }
    }
    return SF_OK;
}

/* Runs the steps that valid UTF-8 needs. */
static int run_steps(sf_cleaner *c, uint32_t what, sf_str *text)
{
    const char *counted = NULL; /* the text that `kinds` were taken from */
    unsigned kinds = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if ((what & steps[i].flags) == 0) {
            continue;
        }
        if (text->ptr != counted) {
            kinds = bytes_in(*text);
            counted = text->ptr;
        }
        if (steps[i].bytes == ANY || (kinds & steps[i].bytes) != 0) {
            if (run(c, steps[i].run, what, text) != SF_OK) {
                return SF_ENOMEM;
            }
            counted = NULL;
        }
    }
    return SF_OK;
}

int sf_clean(sf_cleaner *c, sf_str text, uint32_t what, sf_str *out)
{
    if (what & ~ALL_FLAGS) {
        return SF_EINVAL;
    }
    if (c->map != NULL && sf_source_map_begin(c->map, text.len) != SF_OK) {
        return SF_ENOMEM;
    }
    *out = text.len > 0 ? text : sf_cstr("");
    if (sf_utf8_valid(text.ptr, text.len) != text.len && run(c, repair, what, out) != SF_OK) {
        return SF_ENOMEM;
    }
    return text.len > 0 ? run_steps(c, what, out) : SF_OK;
}

void sf_cleaner_free(sf_cleaner *c)
{
    free(c->texts[0].ptr);
    free(c->texts[1].ptr);
}

int sf_clean_entities(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len + in.len / 5) != SF_OK) { /* "&nGt;" is the one that grows: from 5 bytes to 6 */
        return SF_ENOMEM;
    }
    for (size_t at = 0; at < in.len;) {
        const char *amp = memchr(in.ptr + at, '&', in.len - at);
        size_t plain = amp != NULL ? (size_t)(amp - in.ptr) - at : in.len - at;
        sf_text_bytes(out, in.ptr + at, plain);
        at += plain;
        if (at < in.len) {
            char text[SF_HTML_ENTITY_BYTES];
            size_t n = 0, taken = sf_html_entity_read(in.ptr + at, in.len - at, text, &n);
            if (taken > 0) {
                sf_text_bytes(out, text, n);
                sf_text_edit(out, in, at, at + taken, n);
                at += taken;
            } else {
                sf_text_byte(out, '&');
                at++;
            }
        }
    }
    return SF_OK;
}

/* The bytes of text that fit into cap - 1 without cutting what is seen as one character; where not even the first of those fits, as
 * much of it as does. */
static size_t fitting(sf_str text, size_t cap)
{
    utf8proc_int32_t state = 0;
    size_t n, end = 0, cut = 0; /* up to `end` it fits, at `cut` there is a border */
    uint32_t before = 0;
    if (text.len < cap) {
        return text.len;
    }
    for (uint32_t cp = sf_character(text, 0, &n); n > 0; cp = sf_character(text, end, &n)) {
        if (end > 0 && utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)cp, &state)) {
            cut = end;
        }
        if (end + n >= cap) {
            break;
        }
        end += n;
        before = cp;
    }
    return cut > 0 ? cut : end;
}

/* Cleans into the caller's memory; the map, if there is one, is that of what was put there. */
static int64_t clean_into(sf_str text, uint32_t what, char *buf, size_t cap, sf_source_map *map)
{
    sf_cleaner c = {.map = map};
    sf_str out = {"", 0};
    size_t n = 0;
    int64_t result = sf_clean(&c, text, what, &out);
    if (result == SF_OK) {
        result = (int64_t)out.len;
        if (cap > 0) {
            n = fitting(out, cap);
            memcpy(buf, out.ptr, n);
            buf[n] = '\0';
        }
        if (map != NULL) {
            sf_source_map_cut(map, n);
        }
    }
    sf_cleaner_free(&c);
    return result;
}

int64_t sf_clean_text(sf_str text, uint32_t what, char *buf, size_t cap)
{
    return clean_into(text, what, buf, cap, NULL);
}

int64_t sf_clean_text_mapped(sf_batch *b, sf_str text, uint32_t what, char *buf, size_t cap, sf_clean_map *map)
{
    sf_source_map made = {0};
    if (b == NULL || map == NULL) {
        return SF_EINVAL;
    }
    int64_t result = clean_into(text, what, buf, cap, &made);
    if (result >= 0) {
        sf_clean_run *runs = sf_batch_alloc(b, made.n * sizeof *runs);
        if (runs == NULL) {
            result = SF_ENOMEM;
        } else {
            if (made.n > 0) {
                memcpy(runs, made.runs, made.n * sizeof *runs);
            }
            map->runs = runs;
            map->n_runs = made.n;
        }
    }
    sf_source_map_free(&made);
    return result;
}
