/* SPDX-License-Identifier: MIT */
/* dlq:FILE feeds dead letters back: each record's own bytes, with the place where they came from at first, so that what
 * is rejected again says the same. A line that is no letter is rejected with its own place. */
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/lines.h"
#include "common/plug.h"

/* A record at its longest, with every byte escaped, and what stands around it. */
enum { LONGEST_LETTER = 6 * SF_MAX_RECORD + 64 * 1024 };

typedef struct letters {
    sf_source base;
    char *origin;
    sf_lines *lines;
    sf_batch *names; /* of the files and topics that letters name: they live as long as this source */
    const char *last_name;
} letters;

static void letters_close(sf_source *base)
{
    letters *s = (letters *)base;
    sf_lines_close(s->lines);
    sf_batch_free(s->names);
    free(s->origin);
    free(s);
}

static int letters_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {NULL};
    const char *path;
    (void)settings;
    int r = sf_url_file(url, known, &path, err);
    if (r != SF_OK) {
        return r;
    }
    letters *s = calloc(1, sizeof *s);
    if (s == NULL || (s->origin = strdup(path)) == NULL || sf_batch_new(&s->names) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    r = r == SF_OK ? sf_lines_open(&s->lines, path, LONGEST_LETTER, err) : r;
    if (r != SF_OK) {
        if (s != NULL) {
            letters_close(&s->base);
        }
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* ---- one letter --------------------------------------------------------------------------------------------------- */

static int read_base64(sf_json *j, sf_batch *memory, sf_str *raw)
{
    sf_str text;
    int r = sf_json_string_in(j, memory, &text);
    char *bytes = r == SF_OK ? sf_batch_alloc(memory, text.len + 1) : NULL;
    if (bytes == NULL) {
        return r != SF_OK ? r : SF_ENOMEM;
    }
    int64_t len = sf_base64_read(text, SF_BASE64, bytes);
    if (len < 0) {
        return sf_json_fail(j, SF_EPARSE, "raw_base64: no base64");
    }
    bytes[len] = '\0';
    *raw = (sf_str){bytes, (size_t)len};
    return SF_OK;
}

/* The name of a file or topic, kept; letters of one file mostly name the same one. */
static int read_name(letters *s, sf_json *j, sf_batch *memory, const char **out)
{
    sf_str name, kept;
    int r = sf_json_string_in(j, memory, &name);
    if (r == SF_OK && (s->last_name == NULL || strcmp(s->last_name, name.ptr) != 0)) {
        r = sf_batch_copy(s->names, name, &kept);
        s->last_name = r == SF_OK ? kept.ptr : s->last_name;
    }
    *out = s->last_name;
    return r;
}

static int read_place(letters *s, sf_json *j, sf_batch *memory, sf_coordinates *at)
{
    sf_str key;
    int64_t partition = -1;
    int r = sf_json_enter(j, '{');
    while (r > 0 && (r = sf_json_member(j, &key)) > 0) {
        int got = sf_json_is(key, "file") || sf_json_is(key, "topic") ? read_name(s, j, memory, &at->origin)
                  : sf_json_is(key, "line")                           ? sf_json_integer(j, &at->line)
                  : sf_json_is(key, "offset")                         ? sf_json_integer(j, &at->offset)
                  : sf_json_is(key, "partition")                      ? sf_json_integer(j, &partition)
                                                                      : sf_json_skip(j);
        r = got == SF_OK ? 1 : got;
    }
    at->partition = partition >= 0 && partition <= INT32_MAX ? (int32_t)partition : -1;
    return r;
}

/* Reads a letter into a record. SF_OK, SF_ENOMEM, or SF_EPARSE with *why filled in. */
static int read_letter(letters *s, sf_str line, sf_batch *memory, sf_record *to, sf_error *why)
{
    sf_json j;
    sf_str key;
    sf_str raw = {NULL, 0};
    sf_coordinates at = {.origin = s->origin, .partition = -1};
    sf_json_init(&j, line);
    int r = sf_json_enter(&j, '{');
    while (r > 0 && (r = sf_json_member(&j, &key)) > 0) {
        int got = sf_json_is(key, "raw")          ? sf_json_string_in(&j, memory, &raw)
                  : sf_json_is(key, "raw_base64") ? read_base64(&j, memory, &raw)
                  : sf_json_is(key, "at")         ? read_place(s, &j, memory, &at)
                                                  : sf_json_skip(&j);
        r = got == SF_OK ? 1 : got;
    }
    if (r == 0 && raw.ptr == NULL) {
        r = sf_json_fail(&j, SF_EPARSE, "no dead letter: neither raw nor raw_base64");
    }
    r = r == SF_ENOMEM ? r : sf_json_end(&j, why);
    if (r == SF_OK) {
        to->raw = raw;
        to->at = at;
    }
    return r;
}

/* ---- the source --------------------------------------------------------------------------------------------------- */

static int take(letters *s, sf_records *b, const sf_line *line)
{
    sf_error why;
    sf_record *r = sf_records_add(b);
    if (r == NULL) {
        return SF_ENOMEM;
    }
    r->at = (sf_coordinates){.origin = s->origin, .partition = -1, .offset = line->offset, .line = line->number};
    r->arrived_ms = sf_clock_ms();
    int status = read_letter(s, line->text, b->memory, r, &why);
    if (status == SF_OK || status == SF_ENOMEM) {
        return status;
    }
    status = sf_batch_copy(b->memory, line->text, &r->raw);
    return status == SF_OK ? sf_record_reject(r, b->memory, &why) : status;
}

static int64_t letters_read(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    letters *s = (letters *)base;
    size_t before = b->n, bytes = 0;
    sf_line line;
    int r = 1;
    while (r == 1 && b->n - before < most && bytes < SF_BATCH_BYTES) {
        r = sf_lines_next(s->lines, b->n == before ? timeout_ms : 0, &line, err);
        bytes += r == 1 ? line.text.len : 0;
        if (r == 1 && take(s, b, &line) != SF_OK) {
            return sf_fail(err, SF_ENOMEM, "%s: %s", s->origin, sf_strerror(SF_ENOMEM));
        }
    }
    return b->n > before ? (int64_t)(b->n - before) : r;
}

const sf_source_ops sf_dead_letters_source = {
    .scheme = "dlq",
    .summary = "dead letters of a file, fed back",
    .open = letters_open,
    .read = letters_read,
    .close = letters_close,
};
