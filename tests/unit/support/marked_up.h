/* SPDX-License-Identifier: MIT */
/* Random marked-up text, for tests of cleaning. */
#ifndef SF_TEST_MARKED_UP_H
#define SF_TEST_MARKED_UP_H

#include <string.h>

#include "random.h"

/* Random text out of pieces that matter to the steps. */
static inline size_t random_text(uint64_t *r, char *text, size_t cap)
{
    static const char *const pieces[] = {"a",
                                         "B",
                                         " ",
                                         "\n",
                                         "\r",
                                         "\t",
                                         "*",
                                         "_",
                                         "[",
                                         "]",
                                         "(",
                                         ")",
                                         "<p>",
                                         "</a>",
                                         "&",
                                         "amp",
                                         ";",
                                         "#",
                                         "x41",
                                         "\xC3\xBC",
                                         "`",
                                         "~~",
                                         "> ",
                                         ">!",
                                         "!<",
                                         "\\",
                                         "^",
                                         "|",
                                         "@",
                                         ".",
                                         "-",
                                         "http",
                                         "://",
                                         "\xC2\xAD",
                                         "1",
                                         "    ",
                                         "e",
                                         "\xCC\x81",
                                         "\xCC\xA3",
                                         "\xC3\x83",
                                         "\xC2\xA9",
                                         "\xE2\x80\x8B",
                                         "\xE2\x80\xA8",
                                         "\xF0\x9F\x98\x82",
                                         "\xEF\xB8\x8F",
                                         "\xE2\x80\x9C",
                                         "\xFF",
                                         "\xEF\xB7\xBA",
                                         "\xC7\xB0",
                                         "\xE1\x84\x80",
                                         "\xE1\x85\xA1",
                                         "\xC4\xB0",
                                         "<a href=\"",
                                         "\">",
                                         "...",
                                         "```",
                                         "<br>",
                                         "<td>",
                                         "</p>",
                                         "&eacute;",
                                         "&#x301;",
                                         "&amp;",
                                         "@bob",
                                         "www.a.bc",
                                         "#aBcDE",
                                         "zzzzz",
                                         "\xEF\xAC\x81",
                                         "\xC4\x81",
                                         "\xE1\x85\xA2",
                                         "\xE2\x80\x8D",
                                         "\xF0\x9F\x91",
                                         "\xF0\x9F\x91\x8D"};
    size_t len = 0;
    for (uint32_t n = random_below(r, 40); n > 0; n--) {
        const char *piece = pieces[random_below(r, (uint32_t)(sizeof pieces / sizeof *pieces))];
        if (len + strlen(piece) < cap) {
            memcpy(text + len, piece, strlen(piece));
            len += strlen(piece);
        }
    }
    return len;
}

#endif
