/* SPDX-License-Identifier: MIT */
/* Line ends and white space. */
#include "text/clean.h"

/* White space as Python's str.split() has it: 29 characters. */
static int is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= 0x09 && cp <= 0x0D) || (cp >= 0x1C && cp <= 0x1F) || cp == 0x85 || cp == 0xA0 ||
           cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F ||
           cp == 0x205F || cp == 0x3000;
}

static int is_line_end(uint32_t cp)
{
    return cp == '\n' || cp == '\r' || cp == 0x2028 || cp == 0x2029;
}

/* One line end for each of CRLF, CR, LF, U+2028, U+2029; no white space at the ends of lines; never more than one empty
 * line in a row, and none at either end of the text. */
int sf_clean_lines(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    size_t done = 0;  /* where what was written last ends */
    size_t ends = 0;  /* line ends since then */
    size_t space = 0; /* where the white space starts that may have to be written yet */
    for (size_t at = 0, n; at < in.len; at += n) {
        uint32_t cp = sf_character(in, at, &n);
        if (is_line_end(cp)) {
            n += cp == '\r' && at + 1 < in.len && in.ptr[at + 1] == '\n';
            ends++;
            space = at + n;
        } else if (!is_space(cp)) {
            size_t run = sf_plain_run(in, at);
            n = run > 0 ? run : n;
            while (in.ptr[at + n - 1] == ' ') { /* spaces at the end of the run may be the line's last */
                n--;
            }
            size_t owed = out->len == 0 ? 0 : ends > 1 ? 2 : ends;
            sf_text_bytes(out, "\n\n", owed);
            sf_text_edit(out, in, done, space, owed);
            sf_text_bytes(out, in.ptr + space, at + n - space);
            ends = 0;
            done = space = at + n;
        }
    }
    return SF_OK;
}

/* Runs of white space to one space, or to one line end if one was in them; none at either end. */
int sf_clean_spaces(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    int space = 0, line_end = 0;
    size_t from = 0; /* where the white space starts */
    for (size_t at = 0, n; at < in.len; at += n) {
        uint32_t cp = sf_character(in, at, &n);
        if (is_space(cp)) {
            from = space ? from : at;
            space = 1;
            line_end |= is_line_end(cp);
            continue;
        }
        if (space) {
            size_t owed = out->len > 0;
            sf_text_bytes(out, line_end ? "\n" : " ", owed);
            sf_text_edit(out, in, from, at, owed);
        }
        space = line_end = 0;
        sf_text_bytes(out, in.ptr + at, n);
    }
    return SF_OK;
}
