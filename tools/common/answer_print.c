/* SPDX-License-Identifier: MIT */
/* Answers for programs: JSON, NDJSON, CSV. Times are RFC 3339 in UTC, numbers the shortest that read back as the same. */
#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "signalflow/json.h"

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

/* A JSON string in which nothing is left that a terminal could take for a command: JSON itself lets DEL and U+0080 to U+009F
 * stand as they are. */
static void put_string(sf_buffer *b, sf_str text)
{
    size_t start = b->len;
    sf_buffer_quoted(b, text);
    for (size_t i = start; !b->lost && i < b->len; i++) {
        unsigned char c = (unsigned char)b->bytes[i];
        unsigned char next = i + 1 < b->len ? (unsigned char)b->bytes[i + 1] : 0;
        int wide = c == 0xc2 && next >= 0x80 && next <= 0x9f;
        if (c == 0x7f || wide) {
            char escaped[8];
            size_t old = 1 + (size_t)wide, rest = b->len - i - old;
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", wide ? next : c);
            sf_buffer_repeat(b, ' ', 6 - old);
            if (!b->lost) {
                memmove(b->bytes + i + 6, b->bytes + i + old, rest);
                memcpy(b->bytes + i, escaped, 6);
                i += 5;
            }
        }
    }
}

/* A JSON text of the store: passed on if it is one, whoever wrote it. */
static void put_json(sf_buffer *b, sf_str text)
{
    sf_json j;
    sf_json_init(&j, text);
    (void)sf_json_skip(&j);
    if (sf_json_end(&j, NULL) == SF_OK && memchr(text.ptr, '\n', text.len) == NULL) {
        sf_buffer_put(b, text.ptr, text.len);
    } else {
        put_string(b, text);
    }
}

static void put_time(sf_buffer *b, int64_t ms, const char *quote)
{
    char text[32];
    (void)sf_time_format(ms, text);
    sf_buffer_text(b, quote);
    sf_buffer_text(b, text);
    sf_buffer_text(b, quote);
}

static void put_number(sf_buffer *b, double v)
{
    char text[32];
    (void)sf_json_double(v, text);
    sf_buffer_text(b, text);
}

static void put_value(sf_buffer *b, sf_cell_type type, const sf_cell *c)
{
    if (!c->known) {
        sf_buffer_text(b, "null");
        return;
    }
    switch (type) {
    case SF_CELL_TEXT: put_string(b, c->is.text); break;
    case SF_CELL_JSON: put_json(b, c->is.text); break;
    case SF_CELL_NUMBER: put_number(b, c->is.number); break;
    case SF_CELL_INTEGER: sf_buffer_whole(b, c->is.whole); break;
    case SF_CELL_TIME: put_time(b, c->is.whole, "\""); break;
    case SF_CELL_BOOL: sf_buffer_text(b, c->is.whole ? "true" : "false"); break;
    }
}

void sf_answer_row_json(const sf_answer *a, size_t row, sf_buffer *b)
{
    for (size_t i = 0; i < a->n_columns; i++) {
        sf_buffer_text(b, i > 0 ? ",\"" : "{\"");
        sf_buffer_text(b, a->columns[i]->name);
        sf_buffer_text(b, "\":");
        put_value(b, a->columns[i]->type, sf_answer_cell(a, row, i));
    }
    sf_buffer_text(b, "}");
}

static void put_member_time(sf_buffer *b, const char *name, int64_t ms)
{
    sf_buffer_format(b, ",\"%s\":", name);
    if (ms == SF_NO_TIME) {
        sf_buffer_text(b, "null");
    } else {
        put_time(b, ms, "\"");
    }
}

void sf_answer_meta_json(const sf_answer *a, sf_buffer *b)
{
    sf_buffer_format(b, "{\"question\":\"%s\"", a->what);
    put_member_time(b, "as_of", a->as_of_ms);
    put_member_time(b, "since", a->since_ms);
    put_member_time(b, "until", a->until_ms);
    sf_buffer_format(b, ",\"count\":%zu,\"total\":", a->n_rows);
    if (a->total < 0) {
        sf_buffer_text(b, "null");
    } else {
        sf_buffer_format(b, "%lld", (long long)a->total);
    }
    sf_buffer_format(b, ",\"more\":%s,\"next\":", a->more ? "true" : "false");
    if (a->next[0] != '\0') {
        put_string(b, sf_cstr(a->next));
    } else {
        sf_buffer_text(b, "null");
    }
    sf_buffer_text(b, ",\"notes\":[");
    for (const sf_note *n = a->notes; n != NULL; n = n->next) {
        sf_buffer_format(b, "%s{\"code\":\"%s\",\"text\":", n == a->notes ? "" : ",", n->code);
        put_string(b, sf_cstr(n->text));
        sf_buffer_text(b, "}");
    }
    sf_buffer_text(b, "]}");
}

void sf_answer_json(const sf_answer *a, sf_buffer *b)
{
    sf_buffer_text(b, "{\"meta\":");
    sf_answer_meta_json(a, b);
    sf_buffer_text(b, ",\"rows\":[");
    for (size_t i = 0; i < a->n_rows; i++) {
        sf_buffer_text(b, i > 0 ? ",\n" : "\n");
        sf_answer_row_json(a, i, b);
    }
    sf_buffer_text(b, a->n_rows > 0 ? "\n]}\n" : "]}\n");
}

void sf_answer_ndjson(const sf_answer *a, sf_buffer *b)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        sf_answer_row_json(a, i, b);
        sf_buffer_text(b, "\n");
    }
}

/* ---- CSV ---------------------------------------------------------------------------------------------------------- */

/* Text that a spreadsheet would run as a formula gets an apostrophe before it. Numbers are no text: -1 stays -1. */
static void put_field(sf_buffer *b, sf_str text)
{
    size_t quoted = b->len;
    sf_buffer_text(b, "\"");
    int formula = text.len > 0 && memchr("=+-@\t\r", text.ptr[0], 6) != NULL;
    int quote = formula || text.len == 0; /* nothing at all is null */
    sf_buffer_text(b, formula ? "'" : "");
    for (size_t i = 0; i < text.len; i++) {
        quote |= memchr(",\"\r\n", text.ptr[i], 4) != NULL;
        sf_buffer_put(b, text.ptr + i, 1);
        sf_buffer_put(b, "\"", text.ptr[i] == '"');
    }
    if (quote) {
        sf_buffer_text(b, "\"");
    } else if (!b->lost) {
        memmove(b->bytes + quoted, b->bytes + quoted + 1, b->len - quoted - 1);
        sf_buffer_cut(b, b->len - 1);
    }
}

static void put_cell(sf_buffer *b, sf_cell_type type, const sf_cell *c)
{
    if (!c->known) {
        return;
    }
    if (type == SF_CELL_TEXT || type == SF_CELL_JSON) {
        put_field(b, c->is.text);
    } else if (type == SF_CELL_TIME) {
        put_time(b, c->is.whole, "");
    } else {
        put_value(b, type, c);
    }
}

void sf_answer_csv(const sf_answer *a, sf_buffer *b)
{
    for (size_t i = 0; i < a->n_columns; i++) {
        sf_buffer_format(b, "%s%s", i > 0 ? "," : "", a->columns[i]->name);
    }
    sf_buffer_text(b, "\r\n");
    for (size_t row = 0; row < a->n_rows; row++) {
        for (size_t i = 0; i < a->n_columns; i++) {
            sf_buffer_text(b, i > 0 ? "," : "");
            put_cell(b, a->columns[i]->type, sf_answer_cell(a, row, i));
        }
        sf_buffer_text(b, "\r\n");
    }
}
