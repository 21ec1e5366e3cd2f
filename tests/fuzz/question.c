/* SPDX-License-Identifier: MIT */
/* Any lines "name=value" as filters of each question, as options and HTTP parameters give them. What is accepted must come out as it
 * is meant to be, and a cursor must come back. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/question.h"

static void must(int true_of_it, const char *what)
{
    if (!true_of_it) {
        fprintf(stderr, "not so: %s\n", what);
        abort();
    }
}

static void check(sf_question *q)
{
    char text[SF_CURSOR_BYTES];
    sf_error err;
    must(q->n_columns > 0 && q->n_columns <= SF_QUESTION_FIELDS, "columns");
    must(q->n_terms <= SF_QUESTION_TERMS && q->n_labels <= SF_QUESTION_LABELS, "lists");
    must(q->since_ms == SF_NO_TIME || q->until_ms == SF_NO_TIME || q->since_ms < q->until_ms, "the period");
    must(q->limit > 0 && (q->platforms & 1U) == 0, "bounds");
    for (size_t i = 0; i < q->n_terms; i++) {
        must(q->terms[i].text.len > 0 && sf_question_has_word(q->terms[i].text), "terms are words");
    }
    if (q->cursor.given) {
        double key = q->cursor.key;
        int64_t id = q->cursor.id;
        sf_question_cursor(q, key, id, text);
        must(sf_question_set(q, "cursor", sf_cstr(text), &err) == SF_OK && q->cursor.key == key && q->cursor.id == id,
             "the cursor comes back");
    }
}

static void ask(sf_ask what, const uint8_t *data, size_t size)
{
    sf_question *q;
    sf_error err = {0};
    if (sf_question_new(&q, what, INT64_C(1767225600000)) != SF_OK) {
        return;
    }
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end != NULL ? (size_t)(end - data) - at : size - at;
        const uint8_t *sign = len > 0 ? memchr(data + at, '=', len) : NULL;
        char name[40] = "";
        if (sign != NULL && (size_t)(sign - data) - at < sizeof name) {
            size_t n = (size_t)(sign - data) - at;
            memcpy(name, data + at, n);
            int r = sf_question_set(q, name, (sf_str){(const char *)sign + 1, len - n - 1}, &err);
            must(r == SF_OK || r == SF_EINVAL || r == SF_ENOMEM, "a status");
            must(r == SF_OK || err.message[0] != '\0', "a message");
        }
        at += len + 1;
    }
    if (sf_question_finish(q, (int)(size & 1), &err) == SF_OK) {
        check(q);
    }
    sf_question_free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int what = 0; what < SF_ASK_COUNT; what++) {
        ask((sf_ask)what, data, size);
    }
    return 0;
}
