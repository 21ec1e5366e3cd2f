/* SPDX-License-Identifier: MIT */
/* From a URL's parameters to a question. Names that the first system had mean what they meant there; others are the filters of sf-serve query. */
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "internal.h"

enum { VALUE_MOST = 200 };

/* Parameters that are filters, and under which name. */
static const struct name {
    const char *param, *filter;
} names[] = {
    {"platform", "platform"},
    {"topic", "topic"},
    {"q", "q"},
    {"since", "since"},
    {"until", "until"},
    {"as_of", "as-of"},
    {"channel", "channel"},
    {"author", "author"},
    {"lang", "lang"},
    {"label", "label"},
    {"labels", "label"},
    {"without_label", "without-label"},
    {"kind", "kind"},
    {"min_velocity", "min-velocity"},
    {"min_score", "min-score"},
    {"min_comments", "min-comments"},
    {"min_sentiment", "min-sentiment"},
    {"sentiment_min", "min-sentiment"},
    {"max_sentiment", "max-sentiment"},
    {"sentiment_max", "max-sentiment"},
    {"rising", "rising"},
    {"significant", "significant"},
    {"deleted", "deleted"},
    {"step", "step"},
    {"by", "by"},
};

static const struct ordering {
    const char *param, *order;
} orderings[] = {
    {"-ts", "new"},
    {"ts", "old"},
    {"-trending_score", "hot"},
    {"-hotness", "hot"},
    {"-velocity", "velocity"},
    {"-raw_score", "score"},
    {"-comments", "comments"},
};

static const char *filter_of(sf_str name)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (name.len == strlen(names[i].param) && memcmp(name.ptr, names[i].param, name.len) == 0) {
            return names[i].filter;
        }
    }
    return NULL;
}

static int set_order(sf_question *q, sf_str value, sf_error *err)
{
    for (size_t i = 0; i < sizeof orderings / sizeof orderings[0]; i++) {
        if (value.len == strlen(orderings[i].param) && memcmp(value.ptr, orderings[i].param, value.len) == 0) {
            return sf_question_set(q, "order", sf_cstr(orderings[i].order), err);
        }
    }
    return sf_fail(err, SF_EINVAL, "ordering: -ts, ts, -trending_score, -velocity, -raw_score, -comments");
}

/* Characters, of what is valid UTF-8. */
static size_t characters(sf_str v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.len; i++) {
        n += ((unsigned char)v.ptr[i] & 0xc0) != 0x80;
    }
    return n;
}

/* A platform that cannot be named is one that does not exist. */
static sf_str platform_value(sf_str v)
{
    return memchr(v.ptr, '\0', v.len) != NULL ? sf_cstr("?") : v;
}

static int set_one(sf_question *q, const param *p, sf_error *err)
{
    const char *filter = filter_of(p->name);
    if (filter != NULL && characters(p->value) > VALUE_MOST) {
        return sf_fail(err, SF_EINVAL, "%s: longer than %d characters", filter, VALUE_MOST);
    }
    if (filter != NULL) {
        int platform = strcmp(filter, "platform") == 0;
        return sf_question_set(q, filter, platform ? platform_value(p->value) : p->value, err);
    }
    int posts = q->ask == SF_ASK_SIGNALS || q->ask == SF_ASK_TRENDING;
    if (posts && p->value.len > 0 && p->name.len == 8 && memcmp(p->name.ptr, "ordering", 8) == 0) {
        return set_order(q, p->value, err);
    }
    return SF_OK;
}

int question_of(sf_question **out, const api *a, sf_ask ask, const params *p, sf_error *err)
{
    sf_question *q;
    int r = sf_question_new(&q, ask, sf_clock_ms());
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    sf_question_forgive(q);
    for (size_t i = 0; a != NULL && i < a->o.n_apart && r == SF_OK; i++) {
        r = sf_question_set(q, "combine-except", sf_cstr(a->o.apart[i]), err);
    }
    for (size_t i = 0; i < p->n && r == SF_OK; i++) {
        r = set_one(q, &p->of[i], err);
    }
    if (r != SF_OK) {
        sf_question_free(q);
        return r;
    }
    *out = q;
    return SF_OK;
}

void put_count_key(sf_ask ask, const params *p, sf_buffer *b)
{
    params filters = {.n = 0};
    for (size_t i = 0; i < p->n; i++) {
        int order = p->of[i].name.len == 8 && memcmp(p->of[i].name.ptr, "ordering", 8) == 0;
        if (filter_of(p->of[i].name) != NULL || order) {
            filters.of[filters.n++] = p->of[i];
        }
    }
    sf_buffer_format(b, "%s?", sf_ask_name(ask));
    params_write(&filters, "", NULL, b);
}

/* ---- no answer ----------------------------------------------------------------------------------------------------- */

void make_error(const asked *q, made *m, int status, const char *detail)
{
    sf_buffer_cut(&m->body, 0);
    m->status = status;
    m->type = put_error(q->problem, status, detail, NULL, &m->body);
}

void make_failure(const asked *q, made *m, const sf_error *err)
{
    if (err->status == SF_EINVAL && strncmp(err->message, "cursor:", 7) == 0) {
        make_error(q, m, 404, "Invalid cursor");
    } else if (err->status == SF_EINVAL) {
        make_error(q, m, 400, err->message);
    } else {
        sf_log(SF_LOG_WARN, "%s", err->message);
        m->lost = 1;
    }
}
