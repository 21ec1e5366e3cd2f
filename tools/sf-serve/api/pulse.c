/* SPDX-License-Identifier: MIT */
/* How topics are spoken of: the most frequent ones of a period, each with its mood, how sure that is, and of how many posts.
 *
 * Without a period it is the last 24 hours; where these have nothing, the 24 hours up to the newest post there is. */
#include <string.h>

#include "common/fail.h"
#include "internal.h"

typedef struct pulse {
    const asked *asked;
    params p;
    sf_question *q; /* its columns are the answer's */
    sf_answer *a;
    int64_t since_ms, until_ms; /* SF_NO_TIME: as the question says */
} pulse;

static int set_time(sf_question *q, const char *name, int64_t ms, sf_error *err)
{
    char text[32];
    if (ms == SF_NO_TIME) {
        return SF_OK;
    }
    (void)sf_time_format(ms, text);
    return sf_question_set(q, name, sf_cstr(text), err);
}

static int set_defaults(sf_question *q, const pulse *g, sf_error *err)
{
    int r = params_get(&g->p, "by").len == 0 && params_get(&g->p, "step").len == 0
                ? sf_question_set(q, "by", sf_cstr("topic"), err)
                : SF_OK;
    r = r == SF_OK ? set_time(q, "since", g->since_ms, err) : r;
    r = r == SF_OK ? set_time(q, "until", g->until_ms, err) : r;
    sf_str fields = params_get(&g->p, "fields");
    r = r == SF_OK && fields.len > 0 ? sf_question_set(q, "fields", fields, err) : r;
    return r == SF_OK ? sf_question_finish(q, 0, err) : r;
}

static int ask(pulse *g, worker *w, sf_error *err)
{
    sf_question_free(g->q);
    g->q = NULL;
    int r = question_of(&g->q, w->api, SF_ASK_PULSE, &g->p, err);
    r = r == SF_OK ? set_defaults(g->q, g, err) : r;
    sf_answer_free(g->a);
    g->a = NULL;
    if (r == SF_OK && sf_answer_new(&g->a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    return r == SF_OK ? worker_ask(w, g->q, g->a, err) : r;
}

static void put_rows(const pulse *g, sf_buffer *b)
{
    for (size_t i = 0; i < g->a->n_rows; i++) {
        sf_buffer_text(b, i > 0 ? "," : "");
        sf_answer_row_json(g->a, i, b);
    }
}

static int is_unbounded(const pulse *g)
{
    return params_get(&g->p, "since").len == 0 && params_get(&g->p, "until").len == 0 &&
           params_get(&g->p, "as_of").len == 0;
}

static void make_pulse(worker *w, const asked *of, made *m)
{
    pulse g = {.asked = of, .since_ms = SF_NO_TIME, .until_ms = SF_NO_TIME};
    sf_error err = {0};
    if (params_read(&g.p, of->query, w->memory) != SF_OK) {
        make_error(of, m, 400, "Too many parameters.");
        return;
    }
    err.status = ask(&g, w, &err);
    if (err.status == SF_OK && g.a->n_rows == 0 && g.a->last_ms != SF_NO_TIME && is_unbounded(&g)) {
        g.until_ms = g.a->last_ms + 1;
        g.since_ms = g.until_ms - SF_DAY_MS;
        err.status = ask(&g, w, &err);
    }
    if (err.status != SF_OK) {
        make_failure(of, m, &err);
    } else {
        m->status = 200;
        m->type = "application/json";
        sf_buffer_text(&m->body, g.q->by_topic ? "{\"topics\":[" : "{\"platforms\":[");
        put_rows(&g, &m->body);
        sf_buffer_text(&m->body, "]");
        sf_str include = params_get(&g.p, "include");
        if (include.ptr != NULL && strstr(include.ptr, "meta") != NULL) {
            sf_buffer_text(&m->body, ",\"meta\":");
            sf_answer_meta_json(g.a, &m->body);
        }
        sf_buffer_text(&m->body, "}");
    }
    sf_answer_free(g.a);
    sf_question_free(g.q);
}

void handle_pulse(request *r)
{
    reply_made(r, make_pulse);
}
