/* SPDX-License-Identifier: MIT */
/* Filters of the feed, see filter.h. Values are read by the parser of questions, so that they mean the same as in a request. */
#include "filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/url.h"
#include "words.h"

enum { NAME_MOST = 32, VALUE_MOST = 1024 };

/* Those of a question that a single message can be asked about. */
static int is_filter(sf_str name)
{
    static const char *const names[] = {"platform",      "topic",         "q",         "channel",
                                        "author",        "lang",          "label",     "without_label",
                                        "kind",          "min_velocity",  "min_score", "min_comments",
                                        "min_sentiment", "max_sentiment", "rising"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (name.len == strlen(names[i]) && memcmp(name.ptr, names[i], name.len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- making one ---------------------------------------------------------------------------------------------------- */

typedef struct making {
    filter *f;
    sf_buffer text;
} making;

static int start(making *m, sf_error *err)
{
    m->f = calloc(1, sizeof *m->f);
    if (m->f == NULL || sf_question_new(&m->f->question, SF_ASK_SIGNALS, sf_clock_ms()) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    m->f->refs = 1;
    sf_question_tolerate(m->f->question);
    return SF_OK;
}

static int set(making *m, sf_str name, sf_str value, sf_error *err)
{
    char text[NAME_MOST];
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    if (value.len == 0) {
        return SF_OK;
    }
    sf_buffer_put(&m->text, name.ptr, name.len);
    sf_buffer_quoted(&m->text, value);
    return sf_question_set(m->f->question, text, value, err);
}

static int finish(making *m, int r, filter **out, sf_error *err)
{
    *out = NULL;
    r = r == SF_OK ? sf_question_finish(m->f->question, 0, err) : r;
    if (r == SF_OK && m->text.len > 0 && !m->text.lost) {
        m->f->text = m->text.bytes;
        *out = m->f;
        return SF_OK;
    }
    r = r == SF_OK && m->text.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : r;
    sf_buffer_free(&m->text);
    filter_free(m->f);
    return r;
}

void filter_free(filter *f)
{
    if (f != NULL) {
        sf_question_free(f->question);
        free(f->text);
        free(f->passed);
        free(f);
    }
}

/* ---- query strings --------------------------------------------------------------------------------------------------- */

/* The length, or -1: it does not fit, or holds a NUL. */
static int decode(sf_str text, char *out, size_t cap)
{
    int64_t n = sf_url_decode(text, out, cap);
    return n >= 0 && memchr(out, '\0', (size_t)n) == NULL ? (int)n : -1;
}

/* Cuts what stands before c off the text. */
static sf_str cut(sf_str *text, char c)
{
    const char *end = text->len > 0 ? memchr(text->ptr, c, text->len) : NULL;
    sf_str part = {text->ptr, end != NULL ? (size_t)(end - text->ptr) : text->len};
    size_t gone = part.len + (end != NULL);
    text->ptr += gone;
    text->len -= gone;
    return part;
}

static int set_pair(making *m, sf_str pair, char *cursor, size_t cap, sf_error *err)
{
    char name[NAME_MOST], value[VALUE_MOST];
    sf_str key = cut(&pair, '=');
    int n = decode(key, name, sizeof name);
    if (n > 0 && strcmp(name, "cursor") == 0) {
        if (decode(pair, cursor, cap) < 0) {
            cursor[0] = '?'; /* none of ours */
            cursor[1] = '\0';
        }
        return SF_OK;
    }
    if (n <= 0 || !is_filter((sf_str){name, (size_t)n})) {
        return SF_OK;
    }
    int len = decode(pair, value, sizeof value);
    return len < 0 ? sf_fail(err, SF_EINVAL, "%s: too long, or a NUL in it", name)
                   : set(m, (sf_str){name, (size_t)n}, (sf_str){value, (size_t)len}, err);
}

int filter_of_query(filter **out, sf_str query, char *cursor, size_t cap, sf_error *err)
{
    making m = {.f = NULL};
    cursor[0] = '\0';
    int r = start(&m, err);
    while (query.len > 0 && r == SF_OK) {
        r = set_pair(&m, cut(&query, '&'), cursor, cap, err);
    }
    return finish(&m, r, out, err);
}

/* ---- messages -------------------------------------------------------------------------------------------------------- */

static int set_value(making *m, sf_json *j, sf_str name, sf_error *err)
{
    char buf[VALUE_MOST];
    sf_str value = {"", 0};
    sf_json_type type = sf_json_peek(j);
    int r;
    if (type == SF_JSON_ARRAY) {
        r = sf_json_enter(j, '[');
        for (int more = r; r >= 0 && (more = sf_json_element(j)) > 0;) {
            sf_json_type inner = sf_json_peek(j);
            r = inner == SF_JSON_STRING ? set_value(m, j, name, err) : SF_EINVAL;
        }
        return r == SF_EINVAL ? sf_fail(err, r, "%.*s: a list of what is no text", (int)name.len, name.ptr)
                              : (r < 0 ? r : SF_OK);
    }
    if (type == SF_JSON_OBJECT) {
        return sf_fail(err, SF_EINVAL, "%.*s: an object", (int)name.len, name.ptr);
    }
    r = type == SF_JSON_STRING ? sf_json_string(j, buf, sizeof buf, &value) : sf_json_raw(j, &value);
    if (r != SF_OK || type == SF_JSON_NULL) {
        return r == SF_OK ? SF_OK : sf_fail(err, SF_EINVAL, "%.*s: no value", (int)name.len, name.ptr);
    }
    return set(m, name, value, err);
}

/* Walks through the members; *is: does type say that it is a subscription? */
static int set_members(making *m, sf_str json, int *is, sf_error *err)
{
    char buf[NAME_MOST];
    sf_str name, type;
    sf_json j;
    int r = SF_OK, in;
    sf_json_init(&j, json);
    for (in = sf_json_enter(&j, '{'); in > 0 && r == SF_OK && (in = sf_json_member(&j, &name)) > 0;) {
        if (sf_json_is(name, "type") && sf_json_peek(&j) == SF_JSON_STRING) {
            *is = sf_json_string(&j, buf, sizeof buf, &type) == SF_OK && sf_json_is(type, "subscribe");
        } else if (is_filter(name)) {
            r = set_value(m, &j, name, err);
        } else {
            r = sf_json_skip(&j) == SF_OK ? SF_OK : SF_EPARSE;
        }
    }
    if (r == SF_OK && sf_json_end(&j, NULL) != SF_OK) {
        *is = 0;
    }
    return r;
}

int filter_of_message(filter **out, sf_str json, sf_error *err)
{
    making m = {.f = NULL};
    int is = 0;
    int r = start(&m, err);
    r = r == SF_OK ? set_members(&m, json, &is, err) : r;
    r = finish(&m, r, out, err);
    if (!is && r != SF_ENOMEM) {
        filter_free(*out);
        *out = NULL;
        return 0;
    }
    return r == SF_OK ? 1 : r;
}

/* ---- does it pass? --------------------------------------------------------------------------------------------------- */

static int same(sf_str a, sf_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int is_or_any(sf_str wanted, sf_str is)
{
    return wanted.len == 0 || same(wanted, is);
}

static int among(const sf_str *list, size_t n, sf_str text)
{
    for (size_t i = 0; i < n; i++) {
        if (same(list[i], text)) {
            return 1;
        }
    }
    return 0;
}

static int passes_labels(const sf_question *q, const sf_signal *s)
{
    for (size_t i = 0; i < q->n_labels; i++) {
        if (!among(s->labels, s->n_labels, q->labels[i])) {
            return 0;
        }
    }
    for (size_t i = 0; i < q->n_without; i++) {
        if (among(s->labels, s->n_labels, q->without[i])) {
            return 0;
        }
    }
    return 1;
}

/* Not filtered by, or known and not below. */
static int at_least(double bound, double value)
{
    return isnan(bound) || value >= bound;
}

static int passes_numbers(const sf_question *q, const sf_signal *s)
{
    int by_sentiment = !isnan(q->min_sentiment) || !isnan(q->max_sentiment);
    return at_least(q->min_velocity, s->velocity) && at_least(q->min_score, s->raw_score) &&
           at_least(q->min_comments, s->comments) && (!by_sentiment || s->sentiment_cover >= SF_LEAST_COVER) &&
           at_least(q->min_sentiment, s->sentiment.compound) && at_least(-q->max_sentiment, -s->sentiment.compound) &&
           (!q->rising || s->rising == 1);
}

static int passes_text(const sf_question *q, const sf_signal *s)
{
    sf_buffer words = {0};
    if (q->n_terms == 0) {
        return 1;
    }
    words_fold(&words, s->title);
    words_fold(&words, s->body);
    int passes = !words.lost;
    for (size_t i = 0; i < q->n_terms && passes; i++) {
        passes = words_hold(&words, q->terms[i].text, q->terms[i].prefix);
    }
    sf_buffer_free(&words);
    return passes;
}

int filter_passes(const filter *f, const sf_signal *s)
{
    const sf_question *q = f->question;
    if ((q->platforms >> s->platform & 1) == 0) {
        return 0;
    }
    if (s->kind == SF_DELETE) {
        return 1;
    }
    return (q->kind < 0 || q->kind == s->kind || s->kind == SF_REFRESH) && is_or_any(q->channel, s->channel) &&
           is_or_any(q->author, s->author) && is_or_any(q->lang, s->lang) &&
           (q->topic.len == 0 || among(s->topics, s->n_topics, q->topic)) && passes_labels(q, s) &&
           passes_numbers(q, s) && passes_text(q, s);
}
