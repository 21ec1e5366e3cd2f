/* SPDX-License-Identifier: MIT */
/* Beside a comparison: which platform precedes which, on the same topic and platforms. */
#include <string.h>

#include "common/fail.h"
#include "internal.h"

static int is_shared(sf_str name)
{
    static const char *const shared[] = {"platform", "topic", "significant", "as_of"};
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        if (name.len == strlen(shared[i]) && memcmp(name.ptr, shared[i], name.len) == 0) {
            return 1;
        }
    }
    return 0;
}

static int ask(worker *w, sf_question *q, sf_answer *a, sf_error *err)
{
    int r = sf_question_set(q, "by", sf_cstr("lead"), err);
    r = r == SF_OK ? sf_question_set(q, "limit", sf_cstr("200"), err) : r;
    r = r == SF_OK ? sf_question_finish(q, 0, err) : r;
    return r == SF_OK ? worker_ask(w, q, a, err) : r;
}

int put_leads(worker *w, const params *p, sf_buffer *b, sf_error *err)
{
    params some = {.n = 0};
    sf_question *q = NULL;
    sf_answer *a = NULL;
    for (size_t i = 0; i < p->n; i++) {
        if (is_shared(p->of[i].name)) {
            some.of[some.n++] = p->of[i];
        }
    }
    int r = question_of(&q, w->api, SF_ASK_COMPARE, &some, err);
    if (r == SF_OK && sf_answer_new(&a) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    r = r == SF_OK ? ask(w, q, a, err) : r;
    sf_buffer_text(b, "\"lead_lag\":[");
    for (size_t i = 0; r == SF_OK && i < a->n_rows; i++) {
        sf_buffer_text(b, i > 0 ? "," : "");
        sf_answer_row_json(a, i, b);
    }
    sf_buffer_text(b, "]");
    sf_question_free(q);
    sf_answer_free(a);
    return r;
}
