/* SPDX-License-Identifier: MIT */
/* All rows of a question, as NDJSON or CSV, in pieces: each goes on behind the one before by cursor, so that neither this process nor the store
 * holds more than a piece. The first line says how the rest came about: the question, the period, how many, made by what. */
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "internal.h"

enum { ROWS = 1000 };

typedef struct export_job {
    job base; /* first */
    request *r;
    api *api;
    char *query; /* a copy */
    size_t query_len;
    int csv, working, begun, ended, failed;
    char cursor[SF_CURSOR_BYTES];
    int64_t n;
    char error[200];
    sf_buffer piece;
} export_job;

static void free_export(export_job *e)
{
    sf_buffer_free(&e->piece);
    free(e->query);
    free(e->r);
    free(e);
}

/* ---- pieces, in a worker ------------------------------------------------------------------------------------------- */

static int ask(export_job *e, worker *w, const params *p, sf_question **q, sf_answer **a, sf_error *err)
{
    sf_str fields = params_get(p, "fields");
    int r = question_of(q, w->api, SF_ASK_SIGNALS, p, err);
    r = r == SF_OK && fields.len > 0 ? sf_question_set(*q, "fields", fields, err) : r;
    r = r == SF_OK ? sf_question_set(*q, "cursor", sf_cstr(e->cursor), err) : r;
    r = r == SF_OK ? sf_question_finish(*q, 0, err) : r;
    if (r == SF_OK && sf_answer_new(a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    if (r == SF_OK) {
        (*q)->limit = ROWS;
        (*q)->total = !e->begun;
        r = worker_ask(w, *q, *a, err);
    }
    return r;
}

static void put_time(sf_buffer *b, const char *name, int64_t ms)
{
    char text[32];
    if (ms == SF_NO_TIME) {
        sf_buffer_format(b, ",\"%s\":null", name);
    } else {
        (void)sf_time_format(ms, text);
        sf_buffer_format(b, ",\"%s\":\"%s\"", name, text);
    }
}

/* What the rest is: the filters as given, how many rows, the period, the versions. */
static void put_method(const export_job *e, const sf_answer *a, sf_buffer *b)
{
    sf_buffer_text(b, e->csv ? "# {\"method\":" : "{\"method\":");
    sf_buffer_text(b, "{\"query\":");
    sf_buffer_quoted(b, (sf_str){e->query, e->query_len});
    sf_buffer_format(b, ",\"n\":%lld,\"version\":\"%s\",\"analysis\":", (long long)a->total, sf_version_string());
    sf_buffer_quoted(b, sf_cstr(sf_lexicon_id(sf_lexicon_builtin())));
    put_time(b, "as_of", a->as_of_ms);
    put_time(b, "since", a->since_ms);
    put_time(b, "until", a->until_ms);
    sf_buffer_text(b, e->csv ? "}}\r\n" : "}}\n");
}

static void put_rows(export_job *e, const sf_answer *a)
{
    sf_buffer rows = {0};
    if (!e->csv) {
        sf_answer_ndjson(a, &e->piece);
        return;
    }
    sf_answer_csv(a, &rows);
    const char *head = rows.bytes != NULL ? memchr(rows.bytes, '\n', rows.len) : NULL;
    size_t skip = e->begun && head != NULL ? (size_t)(head + 1 - rows.bytes) : 0;
    sf_buffer_put(&e->piece, rows.bytes != NULL ? rows.bytes + skip : "", rows.len - skip);
    e->piece.lost |= rows.lost;
    sf_buffer_free(&rows);
}

static void work(job *j, void *own)
{
    export_job *e = (export_job *)j;
    worker *w = own;
    params p;
    sf_question *q = NULL;
    sf_answer *a = NULL;
    sf_error err = {0};
    if (w == NULL) {
        e->failed = SF_ENOMEM;
        return;
    }
    sf_batch_reset(w->memory);
    err.status = params_read(&p, (sf_str){e->query, e->query_len}, w->memory);
    err.status = err.status == SF_OK ? ask(e, w, &p, &q, &a, &err) : sf_fail(&err, SF_EINVAL, "Too many parameters.");
    if (err.status == SF_OK) {
        if (!e->begun) {
            put_method(e, a, &e->piece);
        }
        put_rows(e, a);
        e->ended = a->next[0] == '\0';
        memcpy(e->cursor, a->next, sizeof e->cursor);
    }
    e->failed = err.status == SF_OK && e->piece.lost ? SF_ENOMEM : err.status;
    memcpy(e->error, err.message, sizeof err.message);
    sf_answer_free(a);
    sf_question_free(q);
}

/* ---- on their way -------------------------------------------------------------------------------------------------- */

static void give(export_job *e)
{
    e->working = 1;
    if (!workers_give(e->api->askers, &e->base)) {
        e->working = 0;
        e->failed = SF_EAGAIN;
    }
}

static void end(export_job *e)
{
    http_exchange *x = e->r->x;
    int whole = !e->failed && e->ended;
    free_export(e);
    http_reply_end(x, whole);
}

/* What was sent before has gone out, or the client has. */
static void ready(http_exchange *x)
{
    export_job *e = ((request *)x->state)->payload;
    if (e->working) {
        return;
    }
    if (x->gone || (e->ended && e->piece.len == 0) || e->failed) {
        end(e);
    } else if (e->piece.len > 0) {
        http_reply_piece(x, http_body_take(&e->piece));
    } else {
        give(e);
        if (!e->working) {
            end(e);
        }
    }
}

static void refuse(export_job *e)
{
    request *r = e->r;
    e->r = NULL;
    if (e->failed == SF_EINVAL) {
        reply_error(r, 400, e->error);
    } else {
        reply_later(r, 5, "The store cannot be asked now.");
    }
    free_export(e);
}

static void done(job *j)
{
    export_job *e = (export_job *)j;
    request *r = e->r;
    e->working = 0;
    if (workers_stopping(e->api->askers) && !e->ended && e->piece.len == 0) {
        e->failed = e->failed != 0 ? e->failed : SF_EAGAIN;
    }
    if (e->begun) {
        ready(r->x);
        return;
    }
    if (e->failed) {
        refuse(e);
        return;
    }
    sf_buffer *f = fields_of(r);
    sf_buffer_format(f, "Cache-Control: no-store\r\nContent-Disposition: attachment; filename=\"signals.%s\"\r\n",
                     e->csv ? "csv" : "ndjson");
    e->begun = 1;
    count_request(r, 200);
    http_reply_start(r->x,
                     &(http_answer){.status = 200,
                                    .type = e->csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
                                    .fields = {f->bytes, f->len}},
                     ready);
}

/* format=csv or ndjson. 0: another. */
static int read_format(const http_head *h, int *csv)
{
    sf_batch *memory;
    params p;
    if (sf_batch_new(&memory) != SF_OK) {
        return 0;
    }
    int r = params_read(&p, h->query, memory);
    sf_str format = r == SF_OK ? params_get(&p, "format") : sf_cstr("");
    *csv = format.ptr != NULL && http_same(format, "csv");
    int known = r == SF_OK && (format.ptr == NULL || format.len == 0 || *csv || http_same(format, "ndjson"));
    sf_batch_free(memory);
    return known;
}

void handle_export(request *r)
{
    int csv;
    if (!read_format(&r->x->head, &csv)) {
        reply_error(r, 400, "format: ndjson or csv");
        return;
    }
    sf_str query = r->x->head.query;
    export_job *e = calloc(1, sizeof *e);
    char *copy = malloc(query.len + 1);
    if (e == NULL || copy == NULL) {
        free(e);
        free(copy);
        reply_later(r, 1, "Too much at once.");
        return;
    }
    memcpy(copy, query.ptr, query.len);
    copy[query.len] = '\0';
    *e = (export_job){
        .base = {.work = work, .done = done}, .r = r, .api = r->api, .query = copy, .query_len = query.len, .csv = csv};
    r->payload = e;
    give(e);
    if (!e->working) {
        refuse(e);
    }
}
