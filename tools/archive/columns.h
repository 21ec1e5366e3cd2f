/* SPDX-License-Identifier: MIT */
/* Which column of the archive's files is what: for those who write rows, and who read them. */
#ifndef SF_ARCHIVE_COLUMNS_H
#define SF_ARCHIVE_COLUMNS_H

#include <stddef.h>

#include "rows.h"

/* In the order of the tables in rows.c; those of records stand at the end of both tables. */
enum {
    PLATFORM,
    ID,
    KIND,
    CHANNEL,
    TITLE,
    BODY,
    AUTHOR,
    LINK,
    SCORE,
    COMMENTS,
    TS,
    OBSERVED,
    LANG,
    LABELS,
    PARENT,
    NEG,
    NEU,
    POS,
    COMPOUND,
    COVER,
    TOPICS,
    ENTITY_TEXT,
    ENTITY_LABEL,
    ENTITY_ID,
    ENTITY_START,
    ENTITY_END,
    KEYWORDS,
    PREVIOUS,
    VELOCITY,
    COMMENT_VELOCITY,
    NORMALISED,
    TRENDING,
    RISING,
    ANALYSIS,
    ARRIVED,
    TOPIC,
    PARTITION,
    OFFSET,
    SIGNAL_COLUMNS
};

enum { RAW_PLATFORM, RAW_ID, RAW_OBSERVED, RAW_VALUE, RAW_ARRIVED, RAW_TOPIC, RAW_PARTITION, RAW_OFFSET, RAW_COLUMNS };

/* Which of a signal's fields a column is. */
typedef struct field {
    size_t column, at;
} field;

#define FIELD(name) offsetof(sf_signal, name)

static const field doubles[] = {
    {SCORE, FIELD(raw_score)},
    {COMMENTS, FIELD(comments)},
    {NEG, FIELD(sentiment.neg)},
    {NEU, FIELD(sentiment.neu)},
    {POS, FIELD(sentiment.pos)},
    {COMPOUND, FIELD(sentiment.compound)},
    {COVER, FIELD(sentiment_cover)},
    {PREVIOUS, FIELD(previous_score)},
    {VELOCITY, FIELD(velocity)},
    {COMMENT_VELOCITY, FIELD(comment_velocity)},
    {NORMALISED, FIELD(normalised_score)},
    {TRENDING, FIELD(trending_score)},
};
static const field times[] = {{TS, FIELD(ts_ms)}, {OBSERVED, FIELD(observed_ms)}};
static const field texts[] = {
    {ID, FIELD(source_id)}, {CHANNEL, FIELD(channel)},  {TITLE, FIELD(title)},
    {BODY, FIELD(body)},    {AUTHOR, FIELD(author)},    {LINK, FIELD(url)},
    {LANG, FIELD(lang)},    {PARENT, FIELD(parent_id)}, {ANALYSIS, FIELD(analysis)},
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

#endif
