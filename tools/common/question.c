/* SPDX-License-Identifier: MIT */
/* Questions from start to end: what filters mean once all of them are set, and what stores begin and end an answer with. */
#include "question.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "question_internal.h"

static const char *const names[SF_ASK_COUNT] = {"signals", "trending", "topics", "pulse", "compare", "history"};

const char *sf_ask_name(sf_ask ask)
{
    return names[ask];
}

int sf_ask_from_name(const char *name)
{
    for (int i = 0; i < SF_ASK_COUNT; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- start and end ------------------------------------------------------------------------------------------------- */

int sf_question_new(sf_question **out, sf_ask ask, int64_t now_ms)
{
    sf_question *q = calloc(1, sizeof *q);
    if (q == NULL || sf_batch_new(&q->memory) != SF_OK ||
        (q->raw = sf_batch_alloc(q->memory, sizeof *q->raw)) == NULL) {
        sf_question_free(q);
        return SF_ENOMEM;
    }
    *q->raw = (struct sf_question_raw){.now_ms = now_ms, .fields = sf_cstr("")};
    q->ask = ask;
    q->topic = q->channel = q->author = q->lang = q->source_id = sf_cstr("");
    q->kind = -1;
    q->min_velocity = q->min_score = q->min_comments = q->min_sentiment = q->max_sentiment = (double)NAN;
    *out = q;
    return SF_OK;
}

void sf_question_free(sf_question *q)
{
    if (q != NULL) {
        sf_batch_free(q->memory);
        free(q);
    }
}

void sf_question_tolerate(sf_question *q)
{
    q->raw->tolerant = 1;
}

void sf_question_forgive(sf_question *q)
{
    q->raw->tolerant = q->raw->forgiving = 1;
}

static int64_t resolve(const sf_moment *m, int64_t base)
{
    return !m->given ? SF_NO_TIME : m->at_ms != SF_NO_TIME ? m->at_ms : base - m->ago_ms;
}

/* How far a question looks back when nobody says. */
static int64_t usual_period(const sf_question *q)
{
    switch (q->ask) {
    case SF_ASK_TRENDING: return SF_DAY_MS;
    case SF_ASK_PULSE: return q->topic.len > 0 || q->n_terms > 0 || q->by_topic ? SF_DAY_MS : SF_DAY_MS / 4;
    case SF_ASK_COMPARE: return q->by_platform ? SF_DAY_MS : 7 * SF_DAY_MS;
    default: return 0;
    }
}

static int settle_times(sf_question *q, sf_error *err)
{
    const struct sf_question_raw *raw = q->raw;
    int64_t as_of_ms = resolve(&raw->as_of, raw->now_ms);
    q->past = as_of_ms != SF_NO_TIME;
    q->as_of_ms = q->past ? as_of_ms : raw->now_ms;
    q->since_ms = resolve(&raw->since, q->as_of_ms);
    q->until_ms = resolve(&raw->until, q->as_of_ms);
    int64_t end = q->until_ms != SF_NO_TIME ? q->until_ms : q->as_of_ms;
    if (q->since_ms == SF_NO_TIME && usual_period(q) > 0) {
        q->since_ms = end - usual_period(q);
    }
    int nothing = q->since_ms != SF_NO_TIME && q->until_ms != SF_NO_TIME && q->since_ms >= q->until_ms;
    if (raw->forgiving && (nothing || (q->past && q->rising))) { /* what was rising is not kept: none is known to */
        q->raw->nothing = 1;
        q->until_ms = nothing ? q->since_ms : q->until_ms;
        return SF_OK;
    }
    if (nothing) {
        return sf_fail(err, SF_EINVAL, "until: not after since");
    }
    if (q->past && q->rising) {
        return sf_fail(err, SF_EINVAL, "rising: what was rising is not kept; leave as-of or rising out");
    }
    if (q->step_ms > 0 && (end - q->since_ms) / q->step_ms >= SF_QUESTION_STEPS) {
        return sf_fail(err, SF_EINVAL, "step: more than %d of them in the period", SF_QUESTION_STEPS);
    }
    return SF_OK;
}

static int settle_order(sf_question *q, sf_error *err)
{
    static const char *const orders[] = {"new", "old", "hot", "velocity", "score", "comments"};
    q->order = q->ask == SF_ASK_TRENDING ? SF_ORDER_HOT : SF_ORDER_NEW;
    for (int i = 0; q->raw->order != NULL && i < 6; i++) {
        q->order = strcmp(orders[i], q->raw->order) == 0 ? (sf_order)i : q->order;
    }
    if (q->cursor.given > 0 && q->cursor.given - 1 != (int)q->order) {
        return sf_fail(err, SF_EINVAL, "cursor: of an answer in another order");
    }
    return SF_OK;
}

/* Filters of single posts, which aggregated answers cannot have. */
static int has_post_filters(const sf_question *q)
{
    return q->n_terms > 0 || q->channel.len > 0 || q->author.len > 0 || q->lang.len > 0 || q->n_labels > 0 ||
           q->n_without > 0 || q->kind >= 0;
}

static int settle_comparison(sf_question *q, sf_error *err)
{
    const char *by = q->raw->by;
    int topics = by != NULL && strcmp(by, "topic") == 0, events = by != NULL && strcmp(by, "event") == 0;
    if (q->ask == SF_ASK_PULSE ? events : topics) {
        return sf_fail(err, SF_EINVAL, "by: not of %s", sf_ask_name(q->ask));
    }
    q->by_topic = topics;
    if (q->by_topic && q->step_ms > 0) {
        return sf_fail(err, SF_EINVAL, "step: of platforms only, see by");
    }
    q->by_platform = q->ask == SF_ASK_COMPARE && (by != NULL ? strcmp(by, "platform") == 0 : q->topic.len > 0);
    if (q->ask == SF_ASK_COMPARE && !q->by_platform && has_post_filters(q)) {
        return sf_fail(err, SF_EINVAL, "by: events cannot be filtered by text, channel, author, lang, label or kind");
    }
    if (q->by_platform && q->significant) {
        return sf_fail(err, SF_EINVAL, "significant: of events only, see by");
    }
    return SF_OK;
}

/* A history is that of one post. */
static int settle_post(const sf_question *q, sf_error *err)
{
    int one = q->source_id.len > 0 && q->named_platforms && (q->platforms & (q->platforms - 1)) == 0;
    return q->ask != SF_ASK_HISTORY || one ? SF_OK
                                           : sf_fail(err, SF_EINVAL, "source-id: of which post? A platform and an id");
}

/* All, where none was named; of several, those that may be put together. */
static void settle_platforms(sf_question *q)
{
    if (q->platforms == 0 && !q->named_platforms) {
        q->platforms = (1U << SF_PLATFORM_COUNT) - 2;
    }
    q->apart &= (q->platforms & (q->platforms - 1)) != 0 ? q->platforms : 0;
    q->platforms &= ~q->apart;
}

int sf_question_finish(sf_question *q, int table, sf_error *err)
{
    int r = settle_comparison(q, err);
    r = r == SF_OK ? settle_post(q, err) : r;
    r = r == SF_OK ? settle_times(q, err) : r;
    r = r == SF_OK ? settle_order(q, err) : r;
    settle_platforms(q);
    if (q->raw->nothing) {
        q->platforms = 0;
        q->named_platforms = 1;
    }
    int counted = (q->ask == SF_ASK_PULSE && !q->by_topic) || q->by_platform;
    q->limit = q->limit > 0 ? q->limit : counted ? 100000 : q->by_topic ? 50 : 20;
    return r == SF_OK ? sf_question_choose_columns(q, q->raw->fields, table, err) : r;
}

/* ---- cursors ---------------------------------------------------------------------------------------------------- */

void sf_question_cursor(const sf_question *q, double key, int64_t id, char out[SF_CURSOR_BYTES])
{
    uint64_t bits;
    memcpy(&bits, &key, sizeof bits);
    (void)snprintf(out, SF_CURSOR_BYTES, "%c%016llx%llx", SF_ORDER_LETTERS[q->order], (unsigned long long)bits,
                   (unsigned long long)id);
}

/* ---- what stores begin and end with ---------------------------------------------------------------------------------- */

void sf_question_start(const sf_question *q, sf_answer *a)
{
    a->what = sf_ask_name(q->ask);
    a->as_of_ms = q->as_of_ms;
    a->since_ms = q->since_ms;
    a->until_ms = q->until_ms;
    sf_answer_start(a, q->columns, q->n_columns);
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        if ((q->apart >> i & 1U) != 0) {
            sf_answer_note(a, "apart",
                           "without %s, which is not put together with others; --platform %s asks for it alone",
                           sf_platform_name(i), sf_platform_name(i));
        }
    }
}

void sf_question_explain_empty(const sf_question *q, sf_answer *a)
{
    char first[32], last[32];
    int64_t end = q->until_ms != SF_NO_TIME ? q->until_ms : q->as_of_ms;
    if (a->first_ms == SF_NO_TIME) {
        sf_answer_note(a, "empty", "the store holds no posts yet%s", q->named_platforms ? " of this platform" : "");
        return;
    }
    (void)sf_time_format(a->first_ms, first);
    (void)sf_time_format(a->last_ms, last);
    if (q->since_ms != SF_NO_TIME && q->since_ms > a->last_ms) {
        sf_answer_note(a, "empty",
                       "nothing in this period: the store's posts are from %s to %s; as-of %s asks about then", first,
                       last, last);
    } else if (end <= a->first_ms) {
        sf_answer_note(a, "empty", "nothing in this period: the store's posts are from %s to %s", first, last);
    } else {
        sf_answer_note(a, "empty", "nothing that fits; the store's posts are from %s to %s", first, last);
    }
}
