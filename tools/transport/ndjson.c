/* SPDX-License-Identifier: MIT */
/* NDJSON: signals as lines of JSON, from and to files and pipes. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/lines.h"
#include "common/output.h"
#include "common/plug.h"

/* ---- source ------------------------------------------------------------------------------------------------------- */

typedef struct ndjson_source {
    sf_source base;
    char *origin;
    sf_lines *lines;
} ndjson_source;

static void source_close(sf_source *base)
{
    ndjson_source *s = (ndjson_source *)base;
    sf_lines_close(s->lines);
    free(s->origin);
    free(s);
}

static int source_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {NULL};
    const char *path;
    (void)settings;
    int r = sf_url_file(url, known, &path, err);
    if (r != SF_OK) {
        return r;
    }
    ndjson_source *s = calloc(1, sizeof *s);
    if (s == NULL || (s->origin = strdup(strcmp(path, "-") == 0 ? "stdin" : path)) == NULL) {
        free(s);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    r = sf_lines_open(&s->lines, path, SF_MAX_RECORD, err);
    if (r != SF_OK) {
        source_close(&s->base);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* Adds a record of one line; its bytes are copied, since the reader's buffer goes on. */
static int take(ndjson_source *s, sf_records *b, const sf_line *line, int64_t now_ms)
{
    int told = sf_records_take_coverage(b, line->text);
    if (told != 0) {
        return told == 1 ? SF_OK : told;
    }
    sf_record *r = sf_records_add(b);
    if (r == NULL || sf_batch_copy(b->memory, line->text, &r->raw) != SF_OK) {
        return SF_ENOMEM;
    }
    r->at = (sf_coordinates){.origin = s->origin, .partition = -1, .offset = line->offset, .line = line->number};
    r->arrived_ms = now_ms;
    if (line->too_long) {
        sf_error why;
        (void)sf_fail(&why, SF_ETOOBIG, "longer than %d bytes; cut there", SF_MAX_RECORD);
        return sf_record_reject(r, b->memory, &why);
    }
    return SF_OK;
}

static int64_t source_read(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    ndjson_source *s = (ndjson_source *)base;
    size_t before = sf_records_size(b), bytes = 0;
    int64_t now_ms = 0;
    sf_line line;
    int r = 1;
    while (sf_records_size(b) - before < most && bytes < SF_BATCH_BYTES) {
        r = sf_lines_next(s->lines, sf_records_size(b) == before ? timeout_ms : 0, &line, err);
        if (r != 1) {
            break;
        }
        if (sf_records_size(b) == before) {
            now_ms = sf_clock_ms();
        }
        bytes += line.text.len;
        r = take(s, b, &line, now_ms);
        if (r != SF_OK) {
            return sf_fail(err, r, "%s: %s", s->origin, sf_strerror(r));
        }
    }
    /* A failure after some lines comes up again at the next call. */
    return sf_records_size(b) > before ? (int64_t)(sf_records_size(b) - before) : r;
}

const sf_source_ops sf_ndjson_source = {
    .scheme = "ndjson",
    .summary = "lines of JSON from a file, plain or gzipped, or from stdin",
    .open = source_open,
    .read = source_read,
    .close = source_close,
};

/* ---- sink --------------------------------------------------------------------------------------------------------- */

typedef struct ndjson_sink {
    sf_sink base;
    sf_output *output;
    uint64_t taken; /* number of the batch that is in the buffer or written */
    int sync;
} ndjson_sink;

static void sink_close(sf_sink *base)
{
    ndjson_sink *s = (ndjson_sink *)base;
    sf_output_close(s->output);
    free(s);
}

static int sink_open(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {"mode", NULL};
    char mode[16] = "append";
    const char *path;
    (void)settings;
    int r = sf_url_file(url, known, &path, err);
    if (r != SF_OK) {
        return r;
    }
    (void)sf_url_query(url, "mode", mode, sizeof mode);
    int truncate = strcmp(mode, "truncate") == 0;
    if (!truncate && strcmp(mode, "append") != 0) {
        return sf_fail(err, SF_EINVAL, "%.60s: mode is append or truncate", url->text);
    }
    ndjson_sink *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    r = sf_output_open(&s->output, path, truncate, err);
    if (r != SF_OK) {
        free(s);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

static int sink_write(sf_sink *base, sf_records *b, sf_error *err)
{
    ndjson_sink *s = (ndjson_sink *)base;
    for (size_t i = 0; i < b->n && b->number != s->taken; i++) {
        sf_record *r = &b->v[i];
        sf_str json;
        if (r->state == SF_RECORD_REJECTED) {
            continue;
        }
        int status = sf_record_json(r, b->memory, &json);
        if (status != SF_OK) {
            return sf_fail(err, status, "%s: %s", base->name, sf_strerror(status));
        }
        sf_output_put(s->output, json.ptr, json.len);
        sf_output_put(s->output, "\n", 1);
    }
    for (size_t i = 0; i < b->n_coverage && b->number != s->taken; i++) {
        char line[SF_COVERAGE_JSON];
        sf_output_put(s->output, line, sf_coverage_json(&b->coverage[i], line));
        sf_output_put(s->output, "\n", 1);
    }
    s->taken = b->number;
    s->sync = b->durable;
    return SF_OK;
}

static int sink_flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    ndjson_sink *s = (ndjson_sink *)base;
    return sf_output_flush(s->output, s->sync, timeout_ms, err);
}

const sf_sink_ops sf_ndjson_sink = {
    .scheme = "ndjson",
    .summary = "lines of JSON to a file (appended; ?mode=truncate starts anew) or to stdout",
    .open = sink_open,
    .write = sink_write,
    .flush = sink_flush,
    .close = sink_close,
};
