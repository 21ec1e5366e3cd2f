/* SPDX-License-Identifier: MIT */
/* Emoji: which characters are, and taking them out with all that belongs to them. */
#include "text/emoji.h"

#include <utf8proc.h>

#include "text/clean.h"

#define JOINER      0x200D
#define TEXT_STYLE  0xFE0E
#define EMOJI_STYLE 0xFE0F
#define KEYCAP      0x20E3

static int is_pictographic(uint32_t cp)
{
    return utf8proc_get_property((utf8proc_int32_t)cp)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

static int is_flag_letter(uint32_t cp)
{
    return cp >= 0x1F1E6 && cp <= 0x1F1FF;
}

static int is_skin_tone(uint32_t cp)
{
    return cp >= 0x1F3FB && cp <= 0x1F3FF;
}

int sf_is_emoji(uint32_t cp)
{
    if (is_flag_letter(cp) || is_skin_tone(cp)) {
        return 1;
    }
    int drawn = (cp >= 0x1F000 && cp <= 0x1FFFD) || (cp >= 0x2600 && cp <= 0x27BF) || (cp >= 0x2B1B && cp <= 0x2B55) ||
                (cp >= 0x23E9 && cp <= 0x23FA) || cp == 0x231A || cp == 0x231B;
    return drawn && is_pictographic(cp);
}

/* Signs that follow an emoji and belong to it. */
static int is_attached(uint32_t cp)
{
    return cp == EMOJI_STYLE || cp == TEXT_STYLE || cp == KEYCAP || cp == JOINER || is_skin_tone(cp) ||
           (cp >= 0xE0020 && cp <= 0xE007F);
}

/* 1, 2, ... # and * become keycaps by what follows them. */
static size_t keycap_length(sf_str in, size_t at)
{
    size_t n, total;
    uint32_t cp = sf_character(in, at, &total);
    if (!((cp >= '0' && cp <= '9') || cp == '#' || cp == '*')) {
        return 0;
    }
    cp = sf_character(in, at + total, &n);
    if (cp == EMOJI_STYLE) {
        total += n;
        cp = sf_character(in, at + total, &n);
    }
    return cp == KEYCAP ? total + n : 0;
}

size_t sf_emoji_length(sf_str in, size_t at)
{
    size_t n, behind, end = keycap_length(in, at);
    uint32_t cp = sf_character(in, at, &n);
    if (end == 0 && (sf_is_emoji(cp) || (sf_character(in, at + n, &behind) == EMOJI_STYLE && is_pictographic(cp)))) {
        end = n;
    }
    if (end > 0) {
        for (cp = sf_character(in, at + end, &n); n > 0 && is_attached(cp); cp = sf_character(in, at + end, &n)) {
            end += n;
        }
    }
    return end;
}

int sf_clean_emoji(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t at = 0, n; at < in.len;) {
        size_t taken = sf_emoji_length(in, at);
        if (taken > 0) {
            size_t from = at;
            at += taken;
            int free_before = out->len == 0 || strchr(" \n\t", out->ptr[out->len - 1]) != NULL;
            at += free_before && at < in.len && in.ptr[at] == ' ';
            sf_text_edit(out, in, from, at, 0);
        } else {
            (void)sf_character(in, at, &n);
            sf_text_bytes(out, in.ptr + at, n);
            at += n;
        }
    }
    return SF_OK;
}
