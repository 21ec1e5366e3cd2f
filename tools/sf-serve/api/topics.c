/* SPDX-License-Identifier: MIT */
/* Topics that are spoken of more than usual, with how much more, and how surprising that is. */
#include "common/fail.h"
#include "internal.h"

static int ask(worker *w, const params *p, sf_question **q, sf_answer **a, sf_error *err)
{
    int64_t size;
    sf_str limit = params_get(p, "page_size"), fields = params_get(p, "fields");
    int r = question_of(q, w->api, SF_ASK_TOPICS, p, err);
    r = r == SF_OK && fields.len > 0 ? sf_question_set(*q, "fields", fields, err) : r;
    r = r == SF_OK ? sf_question_finish(*q, 0, err) : r;
    if (r == SF_OK && sf_answer_new(a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    if (r == SF_OK) {
        (*q)->limit =
            limit.ptr != NULL && python_int(limit, &size) && size > 0 ? (uint32_t)(size < 100 ? size : 100) : 20;
        r = worker_ask(w, *q, *a, err);
    }
    return r;
}

static void make_topics(worker *w, const asked *of, made *m)
{
    params p;
    sf_question *q = NULL;
    sf_answer *a = NULL;
    sf_error err = {0};
    if (params_read(&p, of->query, w->memory) != SF_OK) {
        make_error(of, m, 400, "Too many parameters.");
        return;
    }
    err.status = ask(w, &p, &q, &a, &err);
    if (err.status != SF_OK) {
        make_failure(of, m, &err);
    } else {
        m->status = 200;
        m->type = "application/json";
        sf_buffer_text(&m->body, "{\"topics\":[");
        for (size_t i = 0; i < a->n_rows; i++) {
            sf_buffer_text(&m->body, i > 0 ? "," : "");
            sf_answer_row_json(a, i, &m->body);
        }
        sf_buffer_text(&m->body, "],\"meta\":");
        sf_answer_meta_json(a, &m->body);
        sf_buffer_text(&m->body, "}");
    }
    sf_answer_free(a);
    sf_question_free(q);
}

void handle_topics(request *r)
{
    reply_made(r, make_topics);
}
