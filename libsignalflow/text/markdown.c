/* SPDX-License-Identifier: MIT */
/* Reddit's Markdown to text, line by line: quotes, headings, lists, code blocks, rules, tables. What stands inside the
 * lines is markdown_inline.c's.
 *
 * Follows CommonMark, and Reddit where that differs. Kept: the numbers of lists, the bars between a table's cells, all
 * of a code block. Gone: bullets, quote marks, number signs, fences, rules, definitions of links. */
#include "text/markdown.h"

#include "text/clean.h"

/* Where the reader stands between lines. */
typedef struct blocks {
    sf_markdown *m;
    size_t quotes;       /* depth of the last line */
    int blank;           /* the last line was empty */
    int list;            /* an item is open */
    int code;            /* the last line was indented code */
    char fence;          /* ` or ~ while in a fenced block, else 0 */
    size_t fence_run;    /* its length */
    size_t fence_quotes; /* the quotes it stands in */
} blocks;

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static char at(const blocks *b, size_t i, size_t end)
{
    return i < end ? b->m->in.ptr[i] : '\n';
}

static size_t run_of(const blocks *b, size_t i, size_t end, char c)
{
    size_t n = 0;
    while (i + n < end && b->m->in.ptr[i + n] == c) {
        n++;
    }
    return n;
}

static size_t blanks(const blocks *b, size_t i, size_t end)
{
    size_t n = 0;
    while (i + n < end && is_blank(b->m->in.ptr[i + n])) {
        n++;
    }
    return n;
}

/* Columns that blanks [from, to) take. */
static size_t columns(const blocks *b, size_t from, size_t to)
{
    size_t column = 0;
    for (; from < to; from++) {
        column += b->m->in.ptr[from] == '\t' ? 4 - column % 4 : 1;
    }
    return column;
}

/* Takes the line [at, end) out with its line end. */
static void drop_line(blocks *b, size_t from, size_t end)
{
    sf_md_drop(b->m, from, end < b->m->in.len ? end + 1 : end);
    sf_md_paragraph(b->m);
}

/* ---- what a line is ---- */

/* A line of three or more of the same of "-*_", or of two or more of "=-" under text, with nothing else on it. */
static int is_rule(const blocks *b, size_t i, size_t end)
{
    char c = at(b, i, end);
    size_t signs = 0;
    if (c != '-' && c != '*' && c != '_' && c != '=') {
        return 0;
    }
    for (; i < end; i++) {
        if (b->m->in.ptr[i] == c) {
            signs++;
        } else if (!is_blank(b->m->in.ptr[i])) {
            return 0;
        }
    }
    return c == '=' ? signs >= 2 && !b->blank : signs >= (c == '-' && !b->blank ? 2 : 3);
}

/* |:--|--:| : the line under a table's head. */
static int is_table_rule(const blocks *b, size_t i, size_t end)
{
    int bars = 0, dashes = 0;
    for (; i < end; i++) {
        char c = b->m->in.ptr[i];
        bars |= c == '|';
        dashes |= c == '-';
        if (!is_blank(c) && c != '|' && c != '-' && c != ':') {
            return 0;
        }
    }
    return bars && dashes;
}

/* [label]: address */
static int is_definition(sf_str in, size_t i, size_t end)
{
    if (i >= end || in.ptr[i] != '[') {
        return 0;
    }
    const char *close = memchr(in.ptr + i, ']', end - i);
    size_t colon = close != NULL ? (size_t)(close - in.ptr) + 1 : end;
    if (colon + 1 >= end || in.ptr[colon] != ':' || colon < i + 3) {
        return 0;
    }
    size_t address = colon + 1;
    while (address < end && is_blank(in.ptr[address])) {
        address++;
    }
    size_t rest = end - address;
    return rest > 1 && (in.ptr[address] == '/' || in.ptr[address] == '#' || in.ptr[address] == '<' ||
                        memchr(in.ptr + address, ':', rest < 10 ? rest : 10) != NULL);
}

static int has_definitions(sf_str in)
{
    for (size_t i = 0; i < in.len;) {
        const char *line_end = memchr(in.ptr + i, '\n', in.len - i);
        size_t end = line_end != NULL ? (size_t)(line_end - in.ptr) : in.len;
        while (i < end && is_blank(in.ptr[i])) {
            i++;
        }
        if (is_definition(in, i, end)) {
            return 1;
        }
        i = end + 1;
    }
    return 0;
}

/* ---- taking its marks off ---- */

/* '>' at the start, as many as there are, but not ">!", a spoiler; in a code block only those it began with. Returns where
 * the rest begins. */
static size_t pass_quotes(blocks *b, size_t start, size_t end)
{
    size_t i = start, depth = 0;
    while (b->fence == 0 || depth < b->fence_quotes) {
        size_t space = blanks(b, i, end);
        if (columns(b, i, i + space) > 3 || at(b, i + space, end) != '>' || at(b, i + space + 1, end) == '!') {
            break;
        }
        i += space + 1;
        depth++;
    }
    if (depth > 0) {
        i += (size_t)is_blank(at(b, i, end));
        sf_md_drop(b->m, start, i);
    }
    if (depth < b->fence_quotes) {
        b->fence = 0; /* the quote ended, and the block with it */
        b->fence_quotes = 0;
    }
    if (depth > b->quotes) {
        sf_md_paragraph(b->m);
        b->blank = 1;
    }
    b->quotes = depth;
    return i;
}

/* Opens or closes a fenced block. Returns 1 if the line is a fence. */
static int pass_fence(blocks *b, size_t start, size_t i, size_t end)
{
    char c = at(b, i, end);
    size_t run = run_of(b, i, end, c);
    size_t behind = i + run;
    if ((c != '`' && c != '~') || run < 3) {
        return 0;
    }
    if (b->fence != 0) {
        if (c != b->fence || run < b->fence_run || behind + blanks(b, behind, end) < end) {
            return 0;
        }
        b->fence = 0;
        b->fence_quotes = 0;
    } else {
        if (c == '`' && behind < end && memchr(b->m->in.ptr + behind, '`', end - behind) != NULL) {
            return 0; /* a code span */
        }
        b->fence = c;
        b->fence_run = run;
        b->fence_quotes = b->quotes;
    }
    drop_line(b, start, end);
    return 1;
}

/* "# Heading ##": the number signs at both ends. Reddit needs no space behind them; behind a single one we do, for it may
 * be a hashtag. Returns where the text begins; *end is moved to where it ends. */
static size_t pass_heading(blocks *b, size_t i, size_t *end)
{
    size_t run = run_of(b, i, *end, '#'), last = *end;
    if (run == 0 || run > 6 || (run == 1 && i + run < *end && !is_blank(at(b, i + run, *end)))) {
        return i;
    }
    size_t text = i + run + blanks(b, i + run, *end);
    sf_md_drop(b->m, i, text);
    while (last > text && is_blank(b->m->in.ptr[last - 1])) {
        last--;
    }
    size_t signs = last;
    while (signs > text && b->m->in.ptr[signs - 1] == '#') {
        signs--;
    }
    if (signs < last && (signs == text || is_blank(b->m->in.ptr[signs - 1]))) {
        sf_md_drop(b->m, signs, *end);
        *end = signs;
    }
    sf_md_paragraph(b->m);
    return text;
}

/* "* item", "1. item": the bullet goes, the number stays. Returns where the item begins, i if it is none. */
static size_t pass_marker(blocks *b, size_t i, size_t end)
{
    size_t digits = 0;
    char c = at(b, i, end);
    if (c == '-' || c == '*' || c == '+') {
        size_t space = blanks(b, i + 1, end);
        if (space == 0) {
            return i;
        }
        sf_md_drop(b->m, i, i + 1 + space);
        i += 1 + space;
    } else {
        while (digits < 10 && at(b, i + digits, end) >= '0' && at(b, i + digits, end) <= '9') {
            digits++;
        }
        c = at(b, i + digits, end);
        if (digits == 0 || digits > 9 || (c != '.' && c != ')') || !is_blank(at(b, i + digits + 1, end))) {
            return i;
        }
        i += digits + 1 + blanks(b, i + digits + 1, end);
    }
    b->list = 1;
    sf_md_paragraph(b->m);
    return i;
}

/* The bars at both ends of a table's row. */
static size_t pass_bars(blocks *b, size_t i, size_t *end)
{
    size_t last = *end;
    while (last > i && is_blank(b->m->in.ptr[last - 1])) {
        last--;
    }
    if (at(b, i, *end) != '|' || last < i + 2 || b->m->in.ptr[last - 1] != '|') {
        return i;
    }
    size_t text = i + 1 + blanks(b, i + 1, last - 1);
    sf_md_drop(b->m, i, text);
    do {
        last--;
    } while (last > text && is_blank(b->m->in.ptr[last - 1]));
    sf_md_drop(b->m, last, *end);
    *end = last;
    sf_md_paragraph(b->m);
    return text;
}

/* ---- lines ---- */

static int is_code(const blocks *b, size_t indent)
{
    return indent >= 4 && (b->code || (b->blank && !b->list));
}

/* Indented code: four columns go, the rest stays. */
static void read_code(blocks *b, size_t i, size_t end)
{
    size_t from = i, column = 0;
    while (column < 4 && i < end) {
        column += b->m->in.ptr[i] == '\t' ? 4 - column % 4 : 1;
        i++;
    }
    sf_md_drop(b->m, from, i);
    b->code = 1;
    b->blank = 0;
    sf_md_paragraph(b->m);
}

static void read_blank(blocks *b, size_t i, size_t end)
{
    sf_md_drop(b->m, i, end);
    b->blank = 1;
    sf_md_paragraph(b->m);
}

/* A line of text with whatever marks it starts with. Returns where it was read up to. */
static size_t read_text(blocks *b, size_t i, size_t end)
{
    size_t line_end = end;
    for (size_t before = i + 1; before != i;) { /* an item may begin with another */
        before = i;
        i = pass_marker(b, i, end);
    }
    i = pass_heading(b, i, &end);
    i = pass_bars(b, i, &end);
    i = sf_md_line(b->m, i, end);
    b->blank = b->code = 0;
    return i < line_end ? line_end : i;
}

/* Reads the line [start, end). Returns where it was read up to: end, or further where a code span went on. */
static size_t read_line(blocks *b, size_t start, size_t end)
{
    size_t i = pass_quotes(b, start, end);
    size_t space = blanks(b, i, end), indent = columns(b, i, i + space);
    if (b->fence != 0) {
        if (indent < 4) {
            pass_fence(b, start, i + space, end);
        }
        return end;
    }
    if (i + space == end) {
        read_blank(b, i, end);
        return end;
    }
    if (is_code(b, indent)) {
        read_code(b, i, end);
        return end;
    }
    if (b->blank && indent == 0) {
        b->list = 0; /* unless this is an item again */
    }
    sf_md_drop(b->m, i, i + space);
    i += space;
    if (pass_fence(b, start, i, end)) {
        return end;
    }
    if (is_rule(b, i, end) || is_table_rule(b, i, end) || is_definition(b->m->in, i, end)) {
        drop_line(b, start, end);
        b->blank = 1;
        return end;
    }
    return read_text(b, i, end);
}

int sf_clean_markdown(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    memset(out->ptr, 1, in.len);
    sf_markdown m = {.in = in, .keep = out->ptr, .has_definitions = has_definitions(in)};
    blocks b = {.m = &m, .blank = 1};
    for (size_t i = 0; i < in.len;) {
        const char *line_end = memchr(in.ptr + i, '\n', in.len - i);
        size_t end = line_end != NULL ? (size_t)(line_end - in.ptr) : in.len;
        size_t read = read_line(&b, i, end);
        while (read > end) { /* inside the line in which a code span ended */
            line_end = read < in.len ? memchr(in.ptr + read, '\n', in.len - read) : NULL;
            end = line_end != NULL ? (size_t)(line_end - in.ptr) : in.len;
            read = sf_md_line(&m, read, end);
        }
        i = end + 1;
    }
    for (size_t i = 0; i < in.len; i++) { /* what is kept moves to the front, over marks that have been read */
        if (m.keep[i]) {
            out->ptr[out->len++] = in.ptr[i];
        } else {
            sf_text_edit(out, in, i, i + 1, 0);
        }
    }
    return SF_OK;
}
