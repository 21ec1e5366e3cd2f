/* SPDX-License-Identifier: MIT */
/* How the pipeline does: what watched processes tell of themselves, and how fresh and complete each platform is in the store. */
#include <string.h>

#include "../watch/watch.h"
#include "common/clock.h"
#include "common/fail.h"
#include "internal.h"

/* A question over the last 24 hours, with these filters: pairs of names and values, ended by NULL. */
static int ask(worker *w, sf_ask what, const char *const *filters, sf_question **q, sf_answer **a, sf_error *err)
{
    params none = {.n = 0};
    int r = question_of(q, NULL, what, &none, err); /* of each platform by itself */
    for (size_t i = 0; r == SF_OK && filters[i] != NULL; i += 2) {
        r = sf_question_set(*q, filters[i], sf_cstr(filters[i + 1]), err);
    }
    r = r == SF_OK ? sf_question_finish(*q, 0, err) : r;
    if (r == SF_OK && sf_answer_new(a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    return r == SF_OK ? worker_ask(w, *q, *a, err) : r;
}

/* "platform", "count", "watched_seconds": a row of the pulse without its braces, then the newest post. */
static int put_source(worker *w, const sf_answer *pulse, size_t row, sf_buffer *b, sf_error *err)
{
    sf_question *q = NULL;
    sf_answer *a = NULL;
    char platform[32];
    sf_str name = sf_answer_cell(pulse, row, 0)->is.text;
    (void)snprintf(platform, sizeof platform, "%.*s", (int)name.len, name.ptr);
    const char *const filters[] = {"platform", platform, "limit", "1", "fields", "source_id,event_at,observed_at",
                                   NULL};
    int r = ask(w, SF_ASK_SIGNALS, filters, &q, &a, err);
    if (r == SF_OK) {
        sf_answer_row_json(pulse, row, b);
        sf_buffer_cut(b, b->len - 1);
        sf_buffer_text(b, ",\"newest\":");
        if (a->n_rows > 0) {
            sf_answer_row_json(a, 0, b);
        } else {
            sf_buffer_text(b, "null");
        }
        sf_buffer_text(b, "}");
    }
    sf_answer_free(a);
    sf_question_free(q);
    return r;
}

static int put_sources(worker *w, sf_buffer *b, sf_error *err)
{
    static const char *const filters[] = {"fields", "platform,count,watched_seconds", "since", "24h", NULL};
    sf_question *q = NULL;
    sf_answer *a = NULL;
    int r = ask(w, SF_ASK_PULSE, filters, &q, &a, err), first = 1;
    sf_buffer_text(b, "\"sources\":[");
    for (size_t i = 0; r == SF_OK && i < a->n_rows; i++) {
        const sf_cell *platform = sf_answer_cell(a, i, 0);
        if (platform->known && sf_platform_from_name(platform->is.text) != SF_PLATFORM_UNKNOWN) { /* "all" is none */
            sf_buffer_text(b, first ? "" : ",");
            first = 0;
            r = put_source(w, a, i, b, err);
        }
    }
    sf_buffer_text(b, "]");
    sf_answer_free(a);
    sf_question_free(q);
    return r;
}

static void make_pipeline(worker *w, const asked *of, made *m)
{
    char at[32];
    sf_error err = {0};
    (void)sf_time_format(sf_clock_ms(), at);
    m->status = 200;
    m->type = "application/json";
    sf_buffer_format(&m->body, "{\"at\":\"%s\",\"every_seconds\":%d,", at, WATCH_EVERY_MS / 1000);
    watch_put(w->api->watch, &m->body);
    sf_buffer_text(&m->body, ",");
    err.status = put_sources(w, &m->body, &err);
    sf_buffer_text(&m->body, "}");
    if (err.status != SF_OK) {
        make_failure(of, m, &err);
    }
}

void handle_pipeline(request *r)
{
    reply_made(r, make_pipeline);
}
