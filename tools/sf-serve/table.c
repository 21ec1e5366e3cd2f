/* SPDX-License-Identifier: MIT */
/* Tables for people: columns as wide as they need to be, the texts among them cut to fit the screen. */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

#include "signalflow/json.h"

enum { GAP = 2, NARROWEST = 12, WIDEST = 80 };

#define BOLD  "\033[1m"
#define RED   "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* ---- text ---------------------------------------------------------------------------------------------------------- */

/* Characters that order a screen about, or text on it: controls, and those that turn the writing direction. */
static int is_control(utf8proc_int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || (c >= 0x200b && c <= 0x200f && c != 0x200d) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xe0000 && c <= 0xe007f);
}

static int is_space(utf8proc_int32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

/* The next character, and its bytes; what is broken is U+FFFD, a byte long. */
static size_t next_character(sf_str text, size_t at, utf8proc_int32_t *c)
{
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), c);
    if (n <= 0) {
        *c = 0xfffd;
        return 1;
    }
    return (size_t)n;
}

/* A cluster of characters that is one sign on the screen: where it ends, and how many cells it takes. */
static size_t next_sign(sf_str text, size_t at, size_t *width)
{
    utf8proc_int32_t before, c, state = 0;
    size_t end = at + next_character(text, at, &before);
    int w = utf8proc_charwidth(before);
    while (end < text.len) {
        size_t n = next_character(text, end, &c);
        if (is_control(c) || utf8proc_grapheme_break_stateful(before, c, &state)) {
            break;
        }
        int wider = c == 0xfe0f ? 2 : utf8proc_charwidth(c); /* shown as a picture */
        w = wider > w ? wider : w;
        before = c;
        end += n;
    }
    *width = (size_t)w;
    return end;
}

/* Puts one sign, if it is one that may be shown. */
static void put_sign(sf_buffer *b, sf_str text, size_t at, size_t end)
{
    for (utf8proc_int32_t c; at < end;) {
        size_t n = next_character(text, at, &c);
        if (c == 0xfffd) {
            sf_buffer_text(b, "\xef\xbf\xbd");
        } else {
            sf_buffer_put(b, text.ptr + at, n);
        }
        at += n;
    }
}

size_t sf_table_text(sf_buffer *b, sf_str text, size_t most)
{
    size_t width = 0, room = 0; /* what stands before `room` leaves a cell for the dots */
    size_t start = b->len, cut = start, cut_width = 0;
    for (size_t at = 0, end; at < text.len; at = end) {
        utf8proc_int32_t c;
        size_t w = 1, n = next_character(text, at, &c);
        int space = is_space(c), control = !space && is_control(c);
        end = space || control ? at + n : next_sign(text, at, &w);
        if (space && (b->len == start || b->bytes[b->len - 1] == ' ')) {
            continue;
        }
        if (most > 0 && width + w > most) {
            sf_buffer_cut(b, cut);
            sf_buffer_text(b, "\xe2\x80\xa6");
            return cut_width + 1;
        }
        if (space || control) {
            sf_buffer_text(b, space ? " " : "\xef\xbf\xbd");
        } else {
            put_sign(b, text, at, end);
        }
        width += w;
        room = width + 1;
        if (most == 0 || room <= most) {
            cut = b->len;
            cut_width = width;
        }
    }
    return width;
}

/* ---- cells --------------------------------------------------------------------------------------------------------- */

/* Puts the values that stand in a JSON text: those of arrays between commas, those of objects beside each other. */
static void put_values(sf_json *j, sf_buffer *b)
{
    char buf[512];
    sf_str raw, key;
    int n = 0;
    switch (sf_json_peek(j)) {
    case SF_JSON_ARRAY:
        for ((void)sf_json_enter(j, '['); sf_json_element(j) == 1; n++) {
            sf_buffer_text(b, n > 0 ? ", " : "");
            put_values(j, b);
        }
        break;
    case SF_JSON_OBJECT:
        for ((void)sf_json_enter(j, '{'); sf_json_member(j, &key) == 1; n++) {
            sf_buffer_text(b, n > 0 ? " " : "");
            put_values(j, b);
        }
        break;
    case SF_JSON_STRING:
        if (sf_json_string(j, buf, sizeof buf, &raw) == SF_OK) {
            sf_buffer_put(b, raw.ptr, raw.len);
        }
        break;
    default:
        if (sf_json_raw(j, &raw) == SF_OK) {
            sf_buffer_put(b, raw.ptr, raw.len);
        }
    }
}

static void put_time(sf_buffer *b, int64_t ms)
{
    char text[40];
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    if (localtime_r(&seconds, &parts) != NULL && strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts) > 0) {
        sf_buffer_text(b, text);
    }
}

/* What a cell shows, before it is made safe and cut. */
static void put_plain(sf_buffer *b, const sf_column *column, const sf_cell *c)
{
    sf_json j;
    if (!c->known) {
        sf_buffer_text(b, "-");
        return;
    }
    switch (column->type) {
    case SF_CELL_TEXT: sf_buffer_put(b, c->is.text.ptr, c->is.text.len); break;
    case SF_CELL_JSON:
        sf_json_init(&j, c->is.text);
        put_values(&j, b);
        break;
    case SF_CELL_NUMBER: sf_buffer_format(b, "%.*f", column->decimals, c->is.number); break;
    case SF_CELL_INTEGER: sf_buffer_format(b, "%lld", (long long)c->is.whole); break;
    case SF_CELL_TIME: put_time(b, c->is.whole); break;
    case SF_CELL_BOOL: sf_buffer_text(b, c->is.whole ? "yes" : "no"); break;
    }
}

/* Puts a cell's text, at most so wide. Returns its width. */
static size_t put_cell(sf_buffer *b, const sf_column *column, const sf_cell *c, size_t most)
{
    sf_buffer plain = {0};
    put_plain(&plain, column, c);
    size_t width = plain.len > 0 ? sf_table_text(b, (sf_str){plain.bytes, plain.len}, most) : 0;
    b->lost |= plain.lost;
    sf_buffer_free(&plain);
    return width;
}

static int is_text(const sf_column *c)
{
    return c->type == SF_CELL_TEXT || c->type == SF_CELL_JSON;
}

static const char *colour_of(const sf_column *column, const sf_cell *c)
{
    if (!c->known) {
        return NULL;
    }
    if (column->type == SF_CELL_BOOL && c->is.whole) {
        return GREEN;
    }
    if (strstr(column->name, "sentiment") != NULL && column->type == SF_CELL_NUMBER) {
        return c->is.number >= 0.05 ? GREEN : c->is.number <= -0.05 ? RED : NULL; /* VADER's own bounds */
    }
    return NULL;
}

/* ---- the table ----------------------------------------------------------------------------------------------------- */

static void measure(const sf_answer *a, size_t *widths)
{
    sf_buffer b = {0};
    for (size_t i = 0; i < a->n_columns; i++) {
        widths[i] = strlen(a->columns[i]->head);
        for (size_t row = 0; row < a->n_rows; row++) {
            sf_buffer_cut(&b, 0);
            size_t w = put_cell(&b, a->columns[i], sf_answer_cell(a, row, i), WIDEST);
            widths[i] = w > widths[i] ? w : widths[i];
        }
    }
    sf_buffer_free(&b);
}

/* Takes cells from the widest text until the line fits. */
static void fit(const sf_answer *a, size_t *widths, size_t width)
{
    size_t total = GAP * (a->n_columns - 1);
    for (size_t i = 0; i < a->n_columns; i++) {
        total += widths[i];
    }
    while (width > 0 && total > width) {
        size_t widest = a->n_columns;
        for (size_t i = 0; i < a->n_columns; i++) {
            if (is_text(a->columns[i]) && widths[i] > NARROWEST &&
                (widest == a->n_columns || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == a->n_columns) {
            return;
        }
        widths[widest]--;
        total--;
    }
}

/* Puts what `text` holds as column i: numbers to the right, the last text without blanks behind it. */
static void put_aligned(const sf_answer *a, size_t i, const sf_buffer *text, size_t w, size_t width, const char *colour,
                        sf_buffer *b)
{
    size_t pad = width > w ? width - w : 0;
    int last = i + 1 == a->n_columns;
    sf_buffer_repeat(b, ' ', (i > 0 ? GAP : 0) + (is_text(a->columns[i]) ? 0 : pad));
    sf_buffer_text(b, colour != NULL ? colour : "");
    sf_buffer_put(b, text->bytes != NULL ? text->bytes : "", text->len);
    sf_buffer_text(b, colour != NULL ? PLAIN : "");
    sf_buffer_repeat(b, ' ', is_text(a->columns[i]) && !last ? pad : 0);
}

static void put_heads(const sf_answer *a, const size_t *widths, const sf_table_style *style, sf_buffer *b)
{
    sf_buffer text = {0};
    for (size_t i = 0; i < a->n_columns; i++) {
        sf_buffer_cut(&text, 0);
        sf_buffer_text(&text, a->columns[i]->head);
        put_aligned(a, i, &text, text.len, widths[i], style->colours ? BOLD : NULL, b);
    }
    sf_buffer_text(b, "\n");
    sf_buffer_free(&text);
}

static void put_row(const sf_answer *a, size_t row, const size_t *widths, const sf_table_style *style, sf_buffer *b)
{
    sf_buffer text = {0};
    for (size_t i = 0; i < a->n_columns; i++) {
        const sf_cell *c = sf_answer_cell(a, row, i);
        sf_buffer_cut(&text, 0);
        size_t w = put_cell(&text, a->columns[i], c, widths[i]);
        put_aligned(a, i, &text, w, widths[i], style->colours ? colour_of(a->columns[i], c) : NULL, b);
        b->lost |= text.lost;
    }
    sf_buffer_text(b, "\n");
    sf_buffer_free(&text);
}

static void put_notes(const sf_answer *a, sf_buffer *b)
{
    for (const sf_note *n = a->notes; n != NULL; n = n->next) {
        sf_buffer_format(b, "%s: ", n->code);
        (void)sf_table_text(b, sf_cstr(n->text), 0);
        sf_buffer_text(b, "\n");
    }
    if (a->total >= 0) {
        sf_buffer_format(b, "%zu of %lld\n", a->n_rows, (long long)a->total);
    }
    if (a->next[0] != '\0') {
        sf_buffer_format(b, "more: --cursor %s\n", a->next);
    } else if (a->more) {
        sf_buffer_text(b, "more: --limit, --offset\n");
    }
}

void sf_table_print(const sf_answer *a, const sf_table_style *style, sf_buffer *b)
{
    size_t *widths = calloc(a->n_columns + 1, sizeof *widths);
    if (widths == NULL) {
        b->lost = 1;
        return;
    }
    if (a->n_rows > 0) {
        measure(a, widths);
        fit(a, widths, style->width);
        put_heads(a, widths, style, b);
    }
    for (size_t row = 0; row < a->n_rows; row++) {
        put_row(a, row, widths, style, b);
    }
    put_notes(a, b);
    free(widths);
}
