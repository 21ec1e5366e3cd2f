/* SPDX-License-Identifier: MIT */
/* What stands inside the lines of Markdown: escapes, code spans, links and images, emphasis, Reddit's ~~strike~~,
 * ^superscript and >!spoilers!<. */
#include <utf8proc.h>

#include "text/links.h"
#include "text/markdown.h"

static char byte_at(const sf_markdown *m, size_t i)
{
    return i < m->in.len ? m->in.ptr[i] : '\n';
}

static size_t run_at(const sf_markdown *m, size_t i, size_t end)
{
    size_t n = 1;
    while (i + n < end && m->in.ptr[i + n] == m->in.ptr[i]) {
        n++;
    }
    return n;
}

/* ---- code spans ---- */

/* Does the line at i end the paragraph: is it empty, or a quote, list, heading, fence, table of its own? */
static int ends_paragraph(const sf_markdown *m, size_t i)
{
    while (byte_at(m, i) == ' ' || byte_at(m, i) == '\t' || byte_at(m, i) == '\r') {
        i++;
    }
    char c = byte_at(m, i);
    return c == '\n' || strchr(">#-*+|~", c) != NULL || (c >= '0' && c <= '9' && byte_at(m, i + 1) == '.');
}

static size_t paragraph_end(sf_markdown *m, size_t at)
{
    size_t *end = &m->inlines.paragraph_end;
    if (*end <= at) {
        *end = at;
        do {
            const char *line = *end < m->in.len ? memchr(m->in.ptr + *end, '\n', m->in.len - *end) : NULL;
            *end = line != NULL ? (size_t)(line - m->in.ptr) + 1 : m->in.len;
        } while (*end < m->in.len && !ends_paragraph(m, *end));
        m->inlines.no_ticks = 0;
    }
    return *end;
}

/* Where the next run of exactly `ticks` backticks starts; `end` if there is none. */
static size_t find_ticks(const sf_markdown *m, size_t at, size_t end, size_t ticks)
{
    while (at < end) {
        const char *tick = memchr(m->in.ptr + at, '`', end - at);
        at = tick != NULL ? (size_t)(tick - m->in.ptr) : end;
        if (at < end) {
            size_t run = run_at(m, at, end);
            if (run == ticks) {
                return at;
            }
            at += run;
        }
    }
    return end;
}

/* `code`: the ticks go, the code stays as it is. Returns where it ends, or behind the ticks if nothing closes them. */
static size_t read_code_span(sf_markdown *m, size_t at)
{
    size_t end = paragraph_end(m, at), ticks = run_at(m, at, end), from = at + ticks;
    if (ticks >= SF_MD_RUNS || (m->inlines.no_ticks >> ticks & 1U)) {
        return from;
    }
    size_t close = find_ticks(m, from, end, ticks);
    if (close == end) {
        m->inlines.no_ticks |= 1U << ticks;
        return from;
    }
    int padded = close > from + 2 && byte_at(m, from) == ' ' && byte_at(m, close - 1) == ' ';
    sf_md_drop(m, at, from + (size_t)padded);
    sf_md_drop(m, close - (size_t)padded, close + ticks);
    return close + ticks;
}

/* ---- emphasis ---- */

static int is_white(uint32_t cp)
{
    return cp == 0 || cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0xA0 ||
           (cp > 0x7F && utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ZS);
}

static int is_sign(uint32_t cp)
{
    if (cp < 0x80) {
        return sf_md_is_punctuation((char)cp);
    }
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_SO;
}

/* May a run open, may it close emphasis? CommonMark 6.2: left- and right-flanking. */
static void flanking(const sf_markdown *m, size_t at, size_t run, int *opens, int *closes)
{
    size_t n;
    uint32_t before = sf_character_before(m->in, at), after = sf_character(m->in, at + run, &n);
    int left = !is_white(after) && (!is_sign(after) || is_white(before) || is_sign(before));
    int right = !is_white(before) && (!is_sign(before) || is_white(after) || is_sign(after));
    int inside = m->in.ptr[at] == '_'; /* snake_case is no emphasis */
    *opens = left && (!inside || !right || is_sign(before));
    *closes = right && (!inside || !left || is_sign(after));
}

/* Do an opening and a closing run fit? Runs that could do both must not add up to a multiple of three. */
static int fit(const sf_md_run *open, char sign, size_t whole, int both)
{
    if (open->sign != sign) {
        return 0;
    }
    if (sign == '~') {
        return open->count == 2;
    }
    return !(both || open->closes) || (open->whole + whole) % 3 != 0 || (open->whole % 3 == 0 && whole % 3 == 0);
}

/* Closes what a run of `left` signs at `at` can close; returns how many of them are left. */
static size_t close_runs(sf_markdown *m, size_t at, size_t left, int opens)
{
    sf_md_inline *l = &m->inlines;
    size_t whole = left;
    for (int i = l->n_runs - 1; i >= 0 && left > 0; i--) {
        sf_md_run *open = &l->runs[i];
        if (!fit(open, m->in.ptr[at], whole, opens)) {
            continue;
        }
        size_t used = open->count < left ? open->count : left;
        sf_md_drop(m, open->at + open->count - used, open->at + open->count);
        sf_md_drop(m, at + whole - left, at + whole - left + used);
        open->count -= used;
        left -= used;
        l->n_runs = open->count > 0 ? i + 1 : i; /* and what stood between is no emphasis */
    }
    return left;
}

/* Makes room for one more open thing by forgetting the oldest. */
static void forget_oldest(void *array, int *n, size_t size)
{
    if (*n == SF_MD_OPEN) {
        memmove(array, (char *)array + size, (SF_MD_OPEN - 1) * size);
        --*n;
    }
}

static size_t read_emphasis(sf_markdown *m, size_t at, size_t end)
{
    size_t run = run_at(m, at, end), left = run;
    int opens, closes;
    if (m->in.ptr[at] == '~' && run != 2) {
        return at + run;
    }
    flanking(m, at, run, &opens, &closes);
    if (closes) {
        left = close_runs(m, at, run, opens);
    }
    if (opens && left > 0) {
        sf_md_run open = {at + run - left, left, run, m->in.ptr[at], closes};
        forget_oldest(m->inlines.runs, &m->inlines.n_runs, sizeof open);
        m->inlines.runs[m->inlines.n_runs++] = open;
    }
    return at + run;
}

/* ---- links and images ---- */

static size_t pass_blanks(const sf_markdown *m, size_t i, size_t end)
{
    while (i < end && (m->in.ptr[i] == ' ' || m->in.ptr[i] == '\t')) {
        i++;
    }
    return i;
}

/* An address: <...>, or no white space and balanced brackets. Returns where it ends. */
static size_t pass_address(const sf_markdown *m, size_t i, size_t end)
{
    int open = 0;
    if (i < end && m->in.ptr[i] == '<') {
        while (++i < end && m->in.ptr[i] != '>' && m->in.ptr[i] != '<') {
        }
        return i < end && m->in.ptr[i] == '>' ? i + 1 : end;
    }
    for (; i < end && m->in.ptr[i] != ' ' && m->in.ptr[i] != '\t'; i++) {
        char c = m->in.ptr[i];
        if (c == '\\' && i + 1 < end && sf_md_is_punctuation(m->in.ptr[i + 1])) {
            i++;
        } else if (c == '(' && ++open > SF_MD_OPEN) {
            return end;
        } else if (c == ')' && open-- == 0) {
            break;
        }
    }
    return i;
}

/* "title", 'title' or (title). Returns where it ends. */
static size_t pass_title(const sf_markdown *m, size_t i, size_t end)
{
    char quote = i < end ? m->in.ptr[i] : '\0';
    if (quote != '"' && quote != '\'' && quote != '(') {
        return i;
    }
    quote = quote == '(' ? ')' : quote;
    while (++i < end && m->in.ptr[i] != quote) {
        i += m->in.ptr[i] == '\\';
    }
    return i < end ? i + 1 : end;
}

/* "(address "title")" at i. Returns where it ends, 0 if it is none; *pictured: the address is not one but a picture's name
 * on Reddit, "giphy|xyz", "emote|t5|1": its text says nothing. */
static size_t pass_target(const sf_markdown *m, size_t i, size_t end, int *pictured)
{
    if (i >= end || m->in.ptr[i] != '(') {
        return 0;
    }
    size_t address = pass_blanks(m, i + 1, end);
    size_t behind = pass_address(m, address, end);
    *pictured = behind < end && memchr(m->in.ptr + address, '/', behind - address) == NULL;
    i = pass_blanks(m, behind, end);
    i = i > behind ? pass_blanks(m, pass_title(m, i, end), end) : i;
    return i < end && m->in.ptr[i] == ')' ? i + 1 : 0;
}

/* "[label]" at i, of a link whose address is defined elsewhere. Returns where it ends, 0 if it is none. */
static size_t pass_label(const sf_markdown *m, size_t i, size_t end)
{
    if (!m->has_definitions || i >= end || m->in.ptr[i] != '[') {
        return 0;
    }
    while (++i < end && m->in.ptr[i] != '[' && m->in.ptr[i] != ']') {
    }
    return i < end && m->in.ptr[i] == ']' ? i + 1 : 0;
}

static void push_bracket(sf_md_bracket *stack, int *n, sf_md_bracket bracket)
{
    forget_oldest(stack, n, sizeof bracket);
    stack[(*n)++] = bracket;
}

static size_t open_link(sf_markdown *m, size_t at)
{
    sf_md_inline *l = &m->inlines;
    size_t image = at > 0 && m->in.ptr[at - 1] == '!' && m->keep[at - 1] == 1 && l->spoiler != at;
    int escaped = image && at > 1 && m->in.ptr[at - 2] == '\\' && m->keep[at - 2] == 0;
    sf_md_bracket open = {at, escaped ? 0 : image};
    push_bracket(l->links, &l->n_links, open);
    return at + 1;
}

/* A ']' that closes a link leaves its text, and of an image what describes it. */
static size_t close_link(sf_markdown *m, size_t at, size_t end)
{
    sf_md_inline *l = &m->inlines;
    int pictured = 0;
    if (l->n_links == 0) {
        return at + 1;
    }
    sf_md_bracket open = l->links[--l->n_links];
    size_t behind = pass_target(m, at + 1, end, &pictured);
    behind = behind > 0 ? behind : pass_label(m, at + 1, end);
    if (behind == 0) {
        return at + 1;
    }
    sf_md_drop(m, open.at - open.signs, open.signs && pictured ? at : open.at + 1);
    sf_md_drop(m, at, behind);
    return behind;
}

/* <https://...>, <name@example.com>: the brackets go. */
static size_t read_autolink(sf_markdown *m, size_t at, size_t end)
{
    size_t i = at + 1;
    int address = 0;
    for (; i < end && m->in.ptr[i] > ' ' && m->in.ptr[i] != '<' && m->in.ptr[i] != '>'; i++) {
        address |= m->in.ptr[i] == '@' || (m->in.ptr[i] == ':' && i > at + 2);
    }
    if (!address || i >= end || m->in.ptr[i] != '>') {
        return at + 1;
    }
    sf_md_drop(m, at, at + 1);
    sf_md_drop(m, i, i + 1);
    return i + 1;
}

/* ---- Reddit's own ---- */

/* ^word, ^(several words). Behind a letter or digit only the second: "x^2" is no small print. */
static size_t read_superscript(sf_markdown *m, size_t at, size_t end)
{
    sf_md_inline *l = &m->inlines;
    size_t n, run = run_at(m, at, end);
    uint32_t after = at + run < end ? sf_character(m->in, at + run, &n) : 0;
    if (after == '(') {
        sf_md_bracket open = {at + run, run};
        push_bracket(l->groups, &l->n_groups, open);
        return at + run + 1;
    }
    if (after != '_' && sf_is_word(after) && !sf_is_word(sf_character_before(m->in, at))) {
        sf_md_drop(m, at, at + run);
    }
    return at + run;
}

static size_t open_group(sf_markdown *m, size_t at)
{
    sf_md_bracket open = {at, 0};
    push_bracket(m->inlines.groups, &m->inlines.n_groups, open);
    return at + 1;
}

static size_t close_group(sf_markdown *m, size_t at)
{
    sf_md_inline *l = &m->inlines;
    if (l->n_groups > 0) {
        sf_md_bracket open = l->groups[--l->n_groups];
        if (open.signs > 0) {
            sf_md_drop(m, open.at - open.signs, open.at + 1);
            sf_md_drop(m, at, at + 1);
        }
    }
    return at + 1;
}

static size_t open_spoiler(sf_markdown *m, size_t at)
{
    if (byte_at(m, at + 1) != '!') {
        return at + 1;
    }
    m->inlines.spoiler = at + 2;
    return at + 2;
}

static size_t close_spoiler(sf_markdown *m, size_t at)
{
    sf_md_inline *l = &m->inlines;
    if (byte_at(m, at + 1) != '<' || l->spoiler == 0) {
        return at + 1;
    }
    sf_md_drop(m, l->spoiler - 2, l->spoiler);
    sf_md_drop(m, at, at + 2);
    l->spoiler = 0;
    return at + 2;
}

/* ---- lines ---- */

/* \* is *; a \ at the end of a line breaks it. */
static size_t read_escape(sf_markdown *m, size_t at, size_t end)
{
    if (at + 1 >= end) {
        sf_md_drop(m, at, end < m->in.len ? at + 1 : at);
        return at + 1;
    }
    if (!sf_md_is_punctuation(m->in.ptr[at + 1])) {
        return at + 1;
    }
    sf_md_drop(m, at, at + 1);
    return at + 2;
}

static size_t read_blanks(sf_markdown *m, size_t at, size_t end)
{
    size_t behind = at;
    while (behind < end && strchr(" \t\r", m->in.ptr[behind]) != NULL && m->in.ptr[behind] != '\0') {
        behind++;
    }
    if (behind == end) {
        sf_md_drop(m, at, end);
    }
    return behind;
}

/* Passes a word, or the whole of an address: their signs are no markup. */
static size_t read_word(const sf_markdown *m, size_t at, size_t end)
{
    size_t i = at;
    if (!sf_md_is_punctuation(m->in.ptr[at]) && m->in.ptr[at] > ' ' && sf_starts_word(m->in, at)) {
        i += sf_url_length(m->in, at);
    }
    while (i < end && m->in.ptr[i] > ' ' && !sf_md_is_punctuation(m->in.ptr[i])) {
        i++;
    }
    return i > at ? i : at + 1;
}

size_t sf_md_line(sf_markdown *m, size_t at, size_t end)
{
    while (at < end) {
        switch (m->in.ptr[at]) {
        case '\\': at = read_escape(m, at, end); break;
        case '`': at = read_code_span(m, at); break;
        case '*':
        case '_':
        case '~': at = read_emphasis(m, at, end); break;
        case '[': at = open_link(m, at); break;
        case ']': at = close_link(m, at, end); break;
        case '(': at = open_group(m, at); break;
        case ')': at = close_group(m, at); break;
        case '<': at = read_autolink(m, at, end); break;
        case '^': at = read_superscript(m, at, end); break;
        case '>': at = open_spoiler(m, at); break;
        case '!': at = close_spoiler(m, at); break;
        case ' ':
        case '\t':
        case '\r': at = read_blanks(m, at, end); break;
        default: at = read_word(m, at, end); break;
        }
    }
    return at;
}
