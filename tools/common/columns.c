/* SPDX-License-Identifier: MIT */
/* The columns of each answer: one table each, whatever store fills them. docs/query.md explains them. */
#include <string.h>

#include "fail.h"
#include "question.h"

#define TEXT    SF_CELL_TEXT
#define NUMBER  SF_CELL_NUMBER
#define INTEGER SF_CELL_INTEGER
#define TIME    SF_CELL_TIME
#define JSON    SF_CELL_JSON
#define BOOL    SF_CELL_BOOL
#define DATA    SF_COLUMN_DATA
#define BOTH    SF_COLUMN_BOTH
#define BRIEF   SF_COLUMN_BRIEF

/* Of signals and trending. */
const sf_column sf_post_columns[] = {
    {"id", "id", INTEGER, DATA, 0},
    {"event_at", "posted", TIME, BOTH, 0},
    {"platform", "platform", TEXT, BOTH, 0},
    {"source_id", "source id", TEXT, DATA, 0},
    {"kind", "kind", TEXT, DATA, 0},
    {"parent_id", "parent", TEXT, DATA, 0},
    {"channel", "channel", TEXT, DATA, 0},
    {"title", "title", TEXT, DATA, 0},
    {"body", "body", TEXT, DATA, 0},
    {"author", "author", TEXT, DATA, 0},
    {"url", "url", TEXT, DATA, 0},
    {"lang", "lang", TEXT, DATA, 0},
    {"labels", "labels", JSON, DATA, 0},
    {"raw_score", "points", NUMBER, BOTH, 0},
    {"comments", "comments", NUMBER, DATA, 0},
    {"velocity", "points/s", NUMBER, BOTH, 3},
    {"comment_velocity", "comments/s", NUMBER, DATA, 3},
    {"normalised_score", "normalised", NUMBER, DATA, 3},
    {"trending_score", "trending", NUMBER, BOTH, 3},
    {"hot", "hot", NUMBER, DATA, 3},
    {"rising", "rising", BOOL, BOTH, 0},
    {"sentiment_compound", "sentiment", NUMBER, BOTH, 2},
    {"sentiment_neg", "neg", NUMBER, DATA, 3},
    {"sentiment_neu", "neu", NUMBER, DATA, 3},
    {"sentiment_pos", "pos", NUMBER, DATA, 3},
    {"sentiment_cover", "cover", NUMBER, DATA, 2},
    {"topics", "topics", JSON, DATA, 0},
    {"primary_topic", "topic", TEXT, DATA, 0},
    {"entities", "entities", JSON, DATA, 0},
    {"keywords", "keywords", JSON, DATA, 0},
    {"text", "text", TEXT, BRIEF, 0},
    {"ts", "created", TIME, DATA, 0},
    {"observed_at", "seen", TIME, DATA, 0},
    {"first_seen_at", "first seen", TIME, DATA, 0},
    {"deleted_at", "deleted", TIME, DATA, 0},
    {"last_updated_at", "written", TIME, DATA, 0},
    {"analysis", "analysis", TEXT, DATA, 0},
    {NULL, NULL, TEXT, DATA, 0},
};

const sf_column sf_topic_columns[] = {
    {"place", "", INTEGER, BOTH, 0},
    {"topic", "topic", TEXT, BOTH, 0},
    {"now", "now", NUMBER, BOTH, 0},
    {"baseline", "usual", NUMBER, BOTH, 2},
    {"ratio", "times usual", NUMBER, BOTH, 1},
    {"z", "z", NUMBER, BOTH, 1},
    {"share", "share", NUMBER, BOTH, 4},
    {"authors", "authors", INTEGER, BOTH, 0},
    {"new", "new", BOOL, BOTH, 0},
    {"first_seen", "first seen", TIME, BOTH, 0},
    {NULL, NULL, TEXT, DATA, 0},
};

/* Every average stands beside the number of posts it is of, and the interval that it lies in. */
#define PULSE                                                                                                          \
    {"platform", "platform", TEXT, BOTH, 0}, {"count", "posts", INTEGER, BOTH, 0},                                     \
        {"authors", "authors", INTEGER, BOTH, 0}, {"avg_sentiment", "sentiment", NUMBER, BOTH, 2},                     \
        {"sentiment_low", "low", NUMBER, BOTH, 2}, {"sentiment_high", "high", NUMBER, BOTH, 2},                        \
        {"n_scored", "of", INTEGER, BOTH, 0}, {"avg_velocity", "points/s", NUMBER, BOTH, 3},                           \
        {"velocity_low", "low", NUMBER, DATA, 3}, {"velocity_high", "high", NUMBER, DATA, 3},                          \
        {"n_velocity", "of", INTEGER, BOTH, 0}, {"avg_score", "points", NUMBER, BOTH, 1},                              \
        {"score_low", "low", NUMBER, DATA, 1}, {"score_high", "high", NUMBER, DATA, 1},                                \
        {"n_score", "of", INTEGER, BOTH, 0}, {"score_gain", "gained", NUMBER, BOTH, 0},                                \
    {                                                                                                                  \
        "watched_seconds", "watched s", NUMBER, DATA, 0                                                                \
    }

const sf_column sf_pulse_columns[] = {PULSE, {"top", "with", JSON, BOTH, 0}, {NULL, NULL, TEXT, DATA, 0}};
const sf_column sf_step_columns[] = {{"from", "from", TIME, BOTH, 0}, PULSE, {NULL, NULL, TEXT, DATA, 0}};

const sf_column sf_pulse_topic_columns[] = {
    {"topic", "topic", TEXT, BOTH, 0},         {"count", "posts", INTEGER, BOTH, 0},
    {"authors", "authors", INTEGER, BOTH, 0},  {"avg_sentiment", "sentiment", NUMBER, BOTH, 2},
    {"sentiment_low", "low", NUMBER, BOTH, 2}, {"sentiment_high", "high", NUMBER, BOTH, 2},
    {"n_scored", "of", INTEGER, BOTH, 0},      {"avg_velocity", "points/s", NUMBER, BOTH, 3},
    {"velocity_low", "low", NUMBER, DATA, 3},  {"velocity_high", "high", NUMBER, DATA, 3},
    {"n_velocity", "of", INTEGER, BOTH, 0},    {"avg_score", "points", NUMBER, DATA, 1},
    {"score_low", "low", NUMBER, DATA, 1},     {"score_high", "high", NUMBER, DATA, 1},
    {"n_score", "of", INTEGER, DATA, 0},       {"first_at", "first", TIME, DATA, 0},
    {"platforms", "platforms", JSON, BOTH, 0}, {NULL, NULL, TEXT, DATA, 0},
};

const sf_column sf_history_columns[] = {
    {"observed_at", "seen", TIME, BOTH, 0},
    {"score", "points", NUMBER, BOTH, 0},
    {"comments", "comments", NUMBER, BOTH, 0},
    {"velocity", "points/s", NUMBER, BOTH, 3},
    {"comment_velocity", "comments/s", NUMBER, BOTH, 3},
    {"trending_score", "trending", NUMBER, BOTH, 3},
    {NULL, NULL, TEXT, DATA, 0},
};

const sf_column sf_platform_columns[] = {
    {"platform", "platform", TEXT, BOTH, 0},
    {"first_at", "first", TIME, BOTH, 0},
    {"lag_seconds", "s later", NUMBER, BOTH, 0},
    {"count", "posts", INTEGER, BOTH, 0},
    {"share", "share", NUMBER, BOTH, 4},
    {"authors", "authors", INTEGER, BOTH, 0},
    {"avg_sentiment", "sentiment", NUMBER, BOTH, 2},
    {"sentiment_low", "low", NUMBER, BOTH, 2},
    {"sentiment_high", "high", NUMBER, BOTH, 2},
    {"n_scored", "of", INTEGER, BOTH, 0},
    {"avg_normalised_score", "normalised", NUMBER, BOTH, 3},
    {"normalised_low", "low", NUMBER, DATA, 3},
    {"normalised_high", "high", NUMBER, DATA, 3},
    {"n_normalised", "of", INTEGER, BOTH, 0},
    {"avg_velocity", "points/s", NUMBER, BOTH, 3},
    {"velocity_low", "low", NUMBER, DATA, 3},
    {"velocity_high", "high", NUMBER, DATA, 3},
    {"n_velocity", "of", INTEGER, BOTH, 0},
    {"score_gain", "gained", NUMBER, BOTH, 0},
    {NULL, NULL, TEXT, DATA, 0},
};

const sf_column sf_event_columns[] = {
    {"id", "id", INTEGER, DATA, 0},
    {"ts", "when", TIME, BOTH, 0},
    {"topic", "topic", TEXT, BOTH, 0},
    {"bucket", "window", TIME, DATA, 0},
    {"platforms", "platforms", JSON, BOTH, 0},
    {"leader", "leader", TEXT, BOTH, 0},
    {"lead_seconds", "lead s", NUMBER, BOTH, 0},
    {"delta_score", "difference", NUMBER, BOTH, 3},
    {"delta_low", "from", NUMBER, DATA, 3},
    {"delta_high", "to", NUMBER, DATA, 3},
    {"support", "posts", INTEGER, BOTH, 0},
    {"p_value", "p", NUMBER, BOTH, 4},
    {"significant", "significant", BOOL, BOTH, 0},
    {NULL, NULL, TEXT, DATA, 0},
};

const sf_column sf_lead_columns[] = {
    {"topic", "topic", TEXT, BOTH, 0},
    {"leader", "leader", TEXT, BOTH, 0},
    {"follower", "follower", TEXT, BOTH, 0},
    {"lag_seconds", "s later", NUMBER, BOTH, 0},
    {"correlation", "correlation", NUMBER, BOTH, 3},
    {"correlation_low", "low", NUMBER, BOTH, 3},
    {"correlation_high", "high", NUMBER, BOTH, 3},
    {"p", "p", NUMBER, BOTH, 4},
    {"significant", "significant", BOOL, BOTH, 0},
    {"n", "windows", INTEGER, BOTH, 0},
    {NULL, NULL, TEXT, DATA, 0},
};

const sf_column *sf_question_all_columns(const sf_question *q)
{
    switch (q->ask) {
    case SF_ASK_TOPICS: return sf_topic_columns;
    case SF_ASK_HISTORY: return sf_history_columns;
    case SF_ASK_PULSE:
        return q->step_ms > 0 ? sf_step_columns : q->by_topic ? sf_pulse_topic_columns : sf_pulse_columns;
    case SF_ASK_COMPARE: return q->by_platform ? sf_platform_columns : q->by_lead ? sf_lead_columns : sf_event_columns;
    default: return sf_post_columns;
    }
}

static int choose(sf_question *q, const sf_column *all, const char *name, size_t len, sf_error *err)
{
    for (; all->name != NULL; all++) {
        if (strlen(all->name) == len && memcmp(all->name, name, len) == 0) {
            if (q->n_columns == SF_QUESTION_FIELDS) {
                return sf_fail(err, SF_EINVAL, "fields: too many");
            }
            q->columns[q->n_columns++] = all;
            return SF_OK;
        }
    }
    return sf_fail(err, SF_EINVAL, "fields: %s have no \"%.*s\"", sf_ask_name(q->ask), (int)(len < 40 ? len : 40),
                   name);
}

int sf_question_choose_columns(sf_question *q, sf_str fields, int table, sf_error *err)
{
    const sf_column *all = sf_question_all_columns(q);
    int every = strcmp(fields.ptr, "all") == 0;
    q->n_columns = 0;
    for (const sf_column *c = all; (every || fields.len == 0) && c->name != NULL; c++) {
        if (every || c->use == BOTH || c->use == (table ? BRIEF : DATA)) {
            q->columns[q->n_columns++] = c;
        }
    }
    for (const char *at = fields.ptr; !every && *at != '\0';) {
        size_t n = strcspn(at, ", ");
        int r = n > 0 ? choose(q, all, at, n, err) : SF_OK;
        if (r != SF_OK) {
            return r;
        }
        at += n + (at[n] != '\0');
    }
    return q->n_columns > 0 ? SF_OK : sf_fail(err, SF_EINVAL, "fields: none");
}
