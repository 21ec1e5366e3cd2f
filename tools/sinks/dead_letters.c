/* SPDX-License-Identifier: MIT */
/* Dead letters in a file: a line of JSON for each record that could not be processed, with its bytes, where it came from
 * and why. docs/guarantees.md shows how they are fed back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/output.h"
#include "common/plug.h"

typedef struct dead_letters {
    sf_sink base;
    sf_output *output;
    uint64_t taken; /* number of the batch whose letters are in the buffer or written */
} dead_letters;

static void letters_close(sf_sink *base)
{
    dead_letters *d = (dead_letters *)base;
    sf_output_close(d->output);
    free(d);
}

static int letters_open(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {NULL};
    const char *path;
    (void)settings;
    int r = sf_url_file(url, known, &path, err);
    if (r != SF_OK) {
        return r;
    }
    dead_letters *d = calloc(1, sizeof *d);
    if (d == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    r = sf_output_open(&d->output, path, 0, err);
    if (r != SF_OK) {
        free(d);
        return r;
    }
    *out = &d->base;
    return SF_OK;
}

/* ---- one letter --------------------------------------------------------------------------------------------------- */

static void put_base64(sf_output *o, sf_str bytes)
{
    char *out = sf_output_room(o, SF_BASE64_ROOM(bytes.len));
    if (out != NULL) {
        sf_output_add(o, sf_base64_write(bytes, SF_BASE64, out));
    }
}

/* Would these bytes, written as a JSON string, be read back as they are? Not so if they are no UTF-8. */
static int survives_quoting(sf_str bytes, sf_batch *memory)
{
    size_t need = (size_t)sf_json_quote(bytes, NULL, 0) + 1;
    char *quoted = sf_batch_alloc(memory, need + bytes.len * 3 + 1);
    if (quoted == NULL) {
        return 0;
    }
    sf_str text = {quoted, (size_t)sf_json_quote(bytes, quoted, need)}, back;
    sf_json j;
    sf_json_init(&j, text);
    return sf_json_string(&j, quoted + need, bytes.len * 3 + 1, &back) == SF_OK && back.len == bytes.len &&
           memcmp(back.ptr, bytes.ptr, bytes.len) == 0;
}

static void put_place(sf_output *o, const sf_coordinates *at)
{
    char text[100];
    sf_output_text(o, at->partition >= 0 ? ",\"at\":{\"topic\":" : ",\"at\":{\"file\":");
    sf_output_quoted(o, sf_cstr(at->origin));
    if (at->partition >= 0) {
        (void)snprintf(text, sizeof text, ",\"partition\":%" PRId32, at->partition);
    } else {
        (void)snprintf(text, sizeof text, ",\"line\":%" PRId64, at->line);
    }
    sf_output_text(o, text);
    (void)snprintf(text, sizeof text, ",\"offset\":%" PRId64 "}", at->offset);
    sf_output_text(o, text);
}

static void put_letter(sf_output *o, const sf_record *r, sf_batch *memory, const char *time)
{
    char text[100];
    (void)snprintf(text, sizeof text,
                   "{\"error\":{\"status\":%" PRId32 ",\"offset\":%" PRIu64 ",\"message\":", r->error->status,
                   r->error->offset);
    sf_output_text(o, text);
    sf_output_quoted(o, sf_cstr(r->error->message));
    sf_output_text(o, "}");
    put_place(o, &r->at);
    (void)snprintf(text, sizeof text, ",\"time\":\"%s\"", time);
    sf_output_text(o, text);
    if (survives_quoting(r->raw, memory)) {
        sf_output_text(o, ",\"raw\":");
        sf_output_quoted(o, r->raw);
        sf_output_text(o, "}\n");
    } else {
        sf_output_text(o, ",\"raw_base64\":\"");
        put_base64(o, r->raw);
        sf_output_text(o, "\"}\n");
    }
}

/* ---- the sink ----------------------------------------------------------------------------------------------------- */

static int letters_write(sf_sink *base, sf_records *b, sf_error *err)
{
    dead_letters *d = (dead_letters *)base;
    char time[25];
    (void)err;
    (void)sf_time_format(sf_clock_ms(), time);
    for (size_t i = 0; i < b->n && b->number != d->taken; i++) {
        if (b->v[i].state == SF_RECORD_REJECTED) {
            put_letter(d->output, &b->v[i], b->memory, time);
        }
    }
    d->taken = b->number;
    return SF_OK;
}

static int letters_flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    return sf_output_flush(((dead_letters *)base)->output, 1, timeout_ms, err);
}

const sf_sink_ops sf_dead_letters_sink = {
    .scheme = "ndjson",
    .summary = "a file of lines of JSON: error, place, time and the record's bytes; appended",
    .open = letters_open,
    .write = letters_write,
    .flush = letters_flush,
    .close = letters_close,
};
