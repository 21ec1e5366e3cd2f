/* SPDX-License-Identifier: MIT */
/* Words, see words.h. */
#include "words.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static int is_word(utf8proc_int32_t c)
{
    const char *category = utf8proc_category_string(c);
    return category[0] == 'L' || category[0] == 'N' || strcmp(category, "Co") == 0;
}

void words_fold(sf_buffer *b, sf_str text)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)text.ptr, (utf8proc_ssize_t)text.len, &folded,
                                        UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    sf_buffer_text(b, " ");
    for (utf8proc_ssize_t at = 0, n; at < len; at += n) {
        utf8proc_int32_t c;
        n = utf8proc_iterate(folded + at, len - at, &c);
        if (n <= 0) {
            break;
        }
        if (is_word(c)) {
            sf_buffer_put(b, (const char *)folded + at, (size_t)n);
        } else if (b->len > 0 && b->bytes[b->len - 1] != ' ') {
            sf_buffer_text(b, " ");
        }
    }
    if (b->len > 0 && b->bytes[b->len - 1] != ' ') {
        sf_buffer_text(b, " ");
    }
    b->lost |= len == UTF8PROC_ERROR_NOMEM;
    free(folded);
}

int words_hold(const sf_buffer *words, sf_str term, int prefix)
{
    sf_buffer wanted = {0};
    words_fold(&wanted, term);
    if (prefix && wanted.len > 1) {
        sf_buffer_cut(&wanted, wanted.len - 1);
    }
    int holds = !wanted.lost && wanted.len > 1 && words->bytes != NULL && strstr(words->bytes, wanted.bytes) != NULL;
    sf_buffer_free(&wanted);
    return holds;
}
