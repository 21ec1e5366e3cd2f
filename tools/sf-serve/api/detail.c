/* SPDX-License-Identifier: MIT */
/* One post, at /api/v1/signals/PLATFORM/ID/: all that is known of it, how its numbers went, and how its figures came about. */
#include <math.h>
#include <string.h>

#include "common/explain.h"
#include "common/fail.h"
#include "internal.h"

enum { HISTORY_MOST = 1000 };

/* A question and its answer, which points into it. */
typedef struct pair {
    sf_question *q;
    sf_answer *a;
} pair;

static void free_pair(pair *p)
{
    sf_answer_free(p->a);
    sf_question_free(p->q);
}

/* "PLATFORM/ID/" behind the route's own part. 0: it is something else. */
static int read_key(const asked *of, sf_str *platform, sf_str *id)
{
    size_t start = strlen(of->route->path) - 1;
    sf_str rest = {of->path.ptr + start, of->path.len - start};
    const char *slash = memchr(rest.ptr, '/', rest.len);
    if (slash == NULL || rest.len < 4 || rest.ptr[rest.len - 1] != '/' || slash == rest.ptr + rest.len - 1) {
        return 0;
    }
    *platform = (sf_str){rest.ptr, (size_t)(slash - rest.ptr)};
    *id = (sf_str){slash + 1, rest.len - platform->len - 2};
    return id->len > 0 && sf_platform_from_name(*platform) != SF_PLATFORM_UNKNOWN;
}

static int ask(worker *w, sf_ask what, sf_str platform, sf_str id, const params *p, pair *out, sf_error *err)
{
    sf_str as_of = params_get(p, "as_of"), fields = params_get(p, "fields");
    params none = {.n = 0};
    int r = question_of(&out->q, w->api, what, &none, err);
    r = r == SF_OK ? sf_question_set(out->q, "platform", platform, err) : r;
    r = r == SF_OK ? sf_question_set(out->q, "source-id", id, err) : r;
    r = r == SF_OK && as_of.len > 0 ? sf_question_set(out->q, "as-of", as_of, err) : r;
    if (r == SF_OK && what == SF_ASK_SIGNALS && fields.len > 0) {
        r = sf_question_set(out->q, "fields", fields, err);
    }
    r = r == SF_OK ? sf_question_finish(out->q, 0, err) : r;
    if (r == SF_OK && sf_answer_new(&out->a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    if (r == SF_OK) {
        out->q->limit = HISTORY_MOST;
        r = worker_ask(w, out->q, out->a, err);
    }
    return r;
}

/* ---- the explanation ----------------------------------------------------------------------------------------------- */

static const sf_cell *cell_of(const sf_answer *a, const char *name)
{
    static const sf_cell unknown;
    for (size_t i = 0; i < a->n_columns; i++) {
        if (strcmp(a->columns[i]->name, name) == 0) {
            return sf_answer_cell(a, 0, i);
        }
    }
    return &unknown;
}

static double number_of(const sf_answer *a, const char *name)
{
    const sf_cell *c = cell_of(a, name);
    return c->known ? c->is.number : (double)NAN;
}

static int64_t time_of(const sf_answer *a, const char *name)
{
    const sf_cell *c = cell_of(a, name);
    return c->known ? c->is.whole : SF_NO_TIME;
}

/* The score's parts, from what the row has: trending = g (0.70 + 0.10 n + 0.20 r), g = ln(1 + x) / ln 10001. */
static sf_trend_parts parts_of(const sf_answer *a, const sf_baseline *base)
{
    sf_trend_parts p = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    double trending = number_of(a, "trending_score");
    p.n = sf_normalised_score(base, number_of(a, "raw_score"));
    p.r = sf_recency(base, time_of(a, "event_at"), time_of(a, "observed_at"));
    double g = trending / (0.70 + 0.10 * (isnan(p.n) ? 0 : p.n) + 0.20 * p.r);
    p.x = expm1(fmin(1, g) * log(10001));
    p.rate = p.x * base->v0;
    return p;
}

/* "title\nbody", or the one of the two that is not empty: what was analysed. */
static sf_str text_of(const sf_answer *a, sf_batch *memory)
{
    const sf_cell *t = cell_of(a, "title"), *b = cell_of(a, "body");
    sf_str title = t->known ? t->is.text : sf_cstr(""), body = b->known ? b->is.text : sf_cstr("");
    if (title.len == 0 || body.len == 0) {
        return title.len > 0 ? title : body;
    }
    char *text = sf_batch_alloc(memory, title.len + body.len + 2);
    if (text == NULL) {
        return title;
    }
    memcpy(text, title.ptr, title.len);
    text[title.len] = '\n';
    memcpy(text + title.len + 1, body.ptr, body.len);
    return (sf_str){text, title.len + 1 + body.len};
}

/* null where the analyser cannot say. */
static void put_explanation(worker *w, const sf_answer *a, int32_t platform, sf_buffer *b)
{
    size_t start = b->len;
    if (w->analyser == NULL && sf_analyser_new(&w->analyser, sf_lexicon_builtin()) != SF_OK) {
        sf_buffer_text(b, "null");
        return;
    }
    sf_baseline base = sf_lexicon_baseline(sf_lexicon_builtin(), platform);
    sf_trend_parts parts = parts_of(a, &base);
    if (sf_explain(b, w->analyser, text_of(a, w->memory), platform, &parts) != SF_OK) {
        sf_buffer_cut(b, start);
        sf_buffer_text(b, "null");
    }
}

/* ---- the answer ---------------------------------------------------------------------------------------------------- */

static void put_answer(worker *w, const pair *post, const pair *history, int explain, int32_t platform, made *m)
{
    m->status = 200;
    m->type = "application/json";
    sf_answer_row_json(post->a, 0, &m->body);
    sf_buffer_cut(&m->body, m->body.len - 1);
    sf_buffer_text(&m->body, ",\"history\":[");
    for (size_t i = 0; i < history->a->n_rows; i++) {
        sf_buffer_text(&m->body, i > 0 ? "," : "");
        sf_answer_row_json(history->a, i, &m->body);
    }
    sf_buffer_text(&m->body, "]");
    if (explain) {
        sf_buffer_text(&m->body, ",\"explanation\":");
        put_explanation(w, post->a, platform, &m->body);
    }
    sf_buffer_text(&m->body, "}");
}

static void make_detail(worker *w, const asked *of, made *m)
{
    sf_str platform, id;
    params p;
    pair post = {NULL, NULL}, history = {NULL, NULL};
    sf_error err = {0};
    if (!read_key(of, &platform, &id)) {
        make_error(of, m, 404, "Not found.");
        return;
    }
    if (params_read(&p, of->query, w->memory) != SF_OK) {
        make_error(of, m, 400, "Too many parameters.");
        return;
    }
    err.status = ask(w, SF_ASK_SIGNALS, platform, id, &p, &post, &err);
    err.status = err.status == SF_OK ? ask(w, SF_ASK_HISTORY, platform, id, &p, &history, &err) : err.status;
    if (err.status != SF_OK) {
        make_failure(of, m, &err);
    } else if (post.a->n_rows == 0) {
        make_error(of, m, 404, "Not found.");
    } else {
        put_answer(w, &post, &history, params_get(&p, "fields").len == 0, sf_platform_from_name(platform), m);
    }
    free_pair(&post);
    free_pair(&history);
}

void handle_detail(request *r)
{
    reply_made(r, make_detail);
}
