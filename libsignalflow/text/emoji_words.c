/* SPDX-License-Identifier: MIT */
/* Emoji to words: each becomes its description in the built-in lexicon, a sequence as a whole. */
#include "lexicon/lexicon.h"
#include "text/clean.h"
#include "text/emoji.h"

static int is_gap(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

/* The longest emoji at `at` that the lexicon describes, and in *n its bytes; NULL if there is none. */
static const sf_dict_entry *described(const sf_dict *d, sf_str in, size_t at, size_t *n)
{
    const sf_dict_entry *found = NULL;
    size_t most = in.len - at < d->longest ? in.len - at : d->longest, bytes;
    for (size_t len = 0; len < most; len += bytes) {
        (void)sf_character(in, at + len, &bytes);
        if (len + bytes > most) {
            break;
        }
        const sf_dict_entry *e = sf_dict_find(d, in.ptr + at, len + bytes);
        if (e != NULL) {
            found = e;
            *n = len + bytes;
        }
    }
    return found;
}

/* Apart from what stands on either side. */
static int write_apart(sf_text *out, sf_str words, sf_str rest)
{
    if (sf_text_room(out, words.len + rest.len + 2) != SF_OK) {
        return SF_ENOMEM;
    }
    if (out->len > 0 && !is_gap(out->ptr[out->len - 1])) {
        sf_text_byte(out, ' ');
    }
    sf_text_bytes(out, words.ptr, words.len);
    if (rest.len > 0 && !is_gap(rest.ptr[0])) {
        sf_text_byte(out, ' ');
    }
    return SF_OK;
}

int sf_clean_emoji_words(sf_str in, uint32_t what, sf_text *out)
{
    const sf_dict *d = &sf_lexicon_builtin()->emoji;
    int status = sf_text_room(out, in.len);
    (void)what;
    for (size_t at = 0, n = 0; status == SF_OK && at < in.len; at += n) {
        size_t all = sf_emoji_length(in, at);
        const sf_dict_entry *e = all > 0 ? described(d, in, at, &n) : NULL;
        if (e != NULL) {
            n = n > all ? n : all; /* with signs that belong to it and say nothing */
            size_t before = out->len;
            status = write_apart(out, sf_dict_text(d, e), (sf_str){in.ptr + at + n, in.len - at - n});
            sf_text_edit(out, in, at, at + n, out->len - before);
        } else {
            (void)sf_character(in, at, &n);
            sf_text_bytes(out, in.ptr + at, n);
        }
    }
    return status;
}
