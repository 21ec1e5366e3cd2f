/* SPDX-License-Identifier: MIT */
/* A question to a store: what is asked, and filters. It is put together from names and values, be they options of a command line
 * or parameters of an HTTP request: one parser, one set of messages. Stores answer it (sf_store_ops.ask); nothing here knows how.
 *
 *     sf_question_new(&q, SF_ASK_SIGNALS, now);
 *     sf_question_set(q, "platform", "reddit,bluesky", &err);
 *     sf_question_set(q, "since", "2h", &err);
 *     sf_question_finish(q, 0, &err);
 *     store->ops->ask(store, q, answer, &err);
 *
 * docs/query.md says what each filter means. */
#ifndef SF_QUESTION_H
#define SF_QUESTION_H

#include "answer.h"
#include "settings.h"

typedef enum sf_ask {
    SF_ASK_SIGNALS,  /* posts, newest first */
    SF_ASK_TRENDING, /* posts, hottest first */
    SF_ASK_TOPICS,   /* topics that rise against their usual */
    SF_ASK_PULSE,    /* how a topic, or all of it, does: platform by platform and in all */
    SF_ASK_COMPARE,  /* platforms beside each other: events, or for a topic the platforms themselves */
    SF_ASK_HISTORY,  /* looks at one post, oldest first */
    SF_ASK_COUNT
} sf_ask;

typedef enum sf_order {
    SF_ORDER_NEW,
    SF_ORDER_OLD,
    SF_ORDER_HOT, /* by the trending score, halved for every 6 hours since it was seen */
    SF_ORDER_VELOCITY,
    SF_ORDER_SCORE,
    SF_ORDER_COMMENTS
} sf_order;

/* A word or phrase that title or body must hold. */
typedef struct sf_term {
    sf_str text;
    int prefix; /* its last word may go on */
} sf_term;

/* Where a page ends: the last row's place in the order, and its id. */
typedef struct sf_cursor {
    int given;
    double key;
    int64_t id;
} sf_cursor;

#define SF_QUESTION_TERMS  128
#define SF_QUESTION_LABELS 16
#define SF_QUESTION_FIELDS 64
#define SF_QUESTION_STEPS  2000 /* of a pulse in steps */
#define SF_DAY_MS          INT64_C(86400000)

/* The sentiment of a text with a smaller share of known words (its language is another) is none. */
#define SF_LEAST_COVER 0.5

/* Read its fields after sf_question_finish(). What is not filtered by is empty, NaN, SF_NO_TIME, -1 or 0. */
typedef struct sf_question {
    sf_ask ask;
    uint32_t platforms;  /* bit (1 << sf_platform) for each; all known ones if none was named */
    int named_platforms; /* 1: by name */
    uint32_t apart;      /* those of the platforms that are left out, since they may not be put together with others */
    sf_str topic, channel, author, lang, source_id;
    sf_term terms[SF_QUESTION_TERMS];
    size_t n_terms;
    sf_str labels[SF_QUESTION_LABELS], without[SF_QUESTION_LABELS]; /* all of the first, none of the second */
    size_t n_labels, n_without;
    int32_t kind; /* SF_POST, SF_COMMENT, -1 */
    double min_velocity, min_score, min_comments, min_sentiment, max_sentiment;
    int rising, significant, deleted, total;
    int entities;               /* of a pulse: which are named most? */
    int coverage;               /* of signals: how well was each platform watched? */
    int64_t as_of_ms;           /* the moment asked about */
    int past;                   /* 1: as_of was given, so that rows must be as they were then */
    int64_t since_ms, until_ms; /* [since, until) of event times; SF_NO_TIME: no bound */
    int64_t step_ms;            /* of a pulse in steps; 0: none */
    int by_platform;            /* of a comparison: platforms of a topic instead of events */
    int by_topic;               /* of a pulse: topics instead of platforms */
    int by_lead;                /* of a comparison: who precedes whom */
    sf_order order;
    int turned; /* of 'trending' in its usual order, and of events: from the other end */
    uint32_t limit, offset;
    sf_cursor cursor;
    sf_landmark
        mark; /* of an answer to the same question, as of a moment ago: a page behind it is found from there on */
    int64_t
        known; /* how many rows there are, as of a moment ago: a store may go by it rather than count; 0: not known */
    /* Posts that a store may look at in an index, a tenth of that one by one, and ten times that to count, before it says what it has found so far; 0: all. Of
     * 'signals' and 'trending'. */
    uint32_t reach;
    const sf_column *columns[SF_QUESTION_FIELDS]; /* of the answer, in order */
    size_t n_columns;
    sf_batch *memory; /* of texts */
    struct sf_question_raw *raw;
} sf_question;

/* "signals", ...; and back, -1 for any other name. */
const char *sf_ask_name(sf_ask ask);
int sf_ask_from_name(const char *name);

/* Has it a letter or a digit? What has none, full text does not know. */
int sf_question_has_word(sf_str text);

/* Starts a question. now_ms is the moment it is asked. SF_OK, SF_ENOMEM. */
int sf_question_new(sf_question **out, sf_ask ask, int64_t now_ms);
void sf_question_free(sf_question *q); /* NULL is fine */

/* Sets a filter. `-` and `_` in names are the same; an empty value sets nothing; a filter that is set again has its last value,
 * but those that are lists (platform, label, without-label) take each. Returns SF_OK, or SF_EINVAL with a message that starts
 * with the name: no such filter, none of this question, a value that is none. A platform that does not exist is SF_EINVAL too,
 * or, once sf_question_tolerate() was called, one without posts, as the first system's API had it. After
 * sf_question_forgive() a text without a word or with a NUL, a period that ends before it begins, and what rose in the past mean no post, too. */
int sf_question_set(sf_question *q, const char *name, sf_str value, sf_error *err);
void sf_question_tolerate(sf_question *q);
void sf_question_forgive(sf_question *q);

/* Sets what a tool's settings have of SF_QUESTION_OPTIONS. */
int sf_question_set_all(sf_question *q, const sf_settings *s, sf_error *err);

/* Works out times and columns once all filters are set. table: 1 for the columns that people see, if no fields were asked for.
 * SF_OK, or SF_EINVAL: filters that do not go together. */
int sf_question_finish(sf_question *q, int table, sf_error *err);

/* Writes the cursor that goes on behind a row. */
void sf_question_cursor(const sf_question *q, double key, int64_t id, char out[SF_CURSOR_BYTES]);

/* What a store sets at the start: what was asked, the period, the columns. */
void sf_question_start(const sf_question *q, sf_answer *a);

/* Says why there is nothing: first_ms and last_ms of the answer are set. */
void sf_question_explain_empty(const sf_question *q, sf_answer *a);

/* Part of sf_question_finish(): the columns that `fields` names, "" for the usual ones. */
int sf_question_choose_columns(sf_question *q, sf_str fields, int table, sf_error *err);

/* The columns of an answer; q->step_ms and the q->by_ choose among those of a question. */
const sf_column *sf_question_all_columns(const sf_question *q);
extern const sf_column sf_post_columns[], sf_topic_columns[], sf_pulse_columns[], sf_step_columns[],
    sf_pulse_topic_columns[], sf_history_columns[], sf_platform_columns[], sf_event_columns[], sf_lead_columns[];

/* The filters as options of a tool; their names are those of HTTP parameters, with `_` for `-`. */
#define SF_QUESTION_OPTIONS                                                                                              \
    {"platform",                                                                                                         \
     "NAME",                                                                                                             \
     SF_OPTION_LIST,                                                                                                     \
     NULL,                                                                                                               \
     0,                                                                                                                  \
     0,                                                                                                                  \
     NULL,                                                                                                               \
     "Posts of this platform only: reddit, hackernews, bluesky, youtube, lobsters; several between commas."},            \
        {"combine-except",                                                                                               \
         "NAME",                                                                                                         \
         SF_OPTION_LIST,                                                                                                 \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "This platform is told of only where it alone is asked for, and has no part in rankings, sums and events of "   \
         "several; several between commas."},                                                                            \
        {"topic", "TOPIC", SF_OPTION_TEXT, NULL, 0, 0, NULL, "About this topic: its canonical name in lower case."},     \
        {"q",                                                                                                            \
         "TEXT",                                                                                                         \
         SF_OPTION_TEXT,                                                                                                 \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "Full text: posts whose title or body has all these words; \"two words\" in quotes are a phrase, wor* is "      \
         "the "                                                                                                          \
         "start of a word. Of topics: those whose name holds the text."},                                                \
        {"since",                                                                                                        \
         "TIME",                                                                                                         \
         SF_OPTION_MOMENT,                                                                                               \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "Posts made at this time or later: a time, or as 2h how long before as-of. trending, pulse and topic "          \
         "comparisons look back 24 hours without it, events 7 days."},                                                   \
        {"until", "TIME", SF_OPTION_MOMENT, NULL, 0, 0, NULL, "Posts made before this time; likewise."},                 \
        {"as-of",                                                                                                        \
         "TIME",                                                                                                         \
         SF_OPTION_MOMENT,                                                                                               \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "The answer as it would have been then, as far as stored data tell; 2h is two hours ago."},                     \
        {"channel", "NAME", SF_OPTION_TEXT, NULL, 0, 0, NULL, "In this subreddit, video, feed; exactly so."},            \
        {"author", "NAME", SF_OPTION_TEXT, NULL, 0, 0, NULL, "By this author; exactly so."},                             \
        {"source-id", "ID", SF_OPTION_TEXT, NULL, 0, 0, NULL, "The post that its platform knows by this id."},           \
        {"lang", "TAG", SF_OPTION_TEXT, NULL, 0, 0, NULL, "In this language, as the platform or the author says: en."},  \
        {"label", "NAME", SF_OPTION_LIST, NULL, 0, 0, NULL, "With this label, e.g. nsfw; several: with all of them."},   \
        {"without-label", "NAME", SF_OPTION_LIST, NULL, 0, 0, NULL, "Without this label."},                              \
        {"kind", "KIND", SF_OPTION_CHOICE, NULL, 0, 0, "post|comment", "Posts or comments only."},                       \
        {"min-velocity", "X", SF_OPTION_NUMBER, NULL, 0, 0, NULL, "At least so many points a second."},                  \
        {"min-score", "N", SF_OPTION_NUMBER, NULL, 0, 0, NULL, "At least so many points."},                              \
        {"min-comments", "N", SF_OPTION_NUMBER, NULL, 0, 0, NULL, "At least so many comments."},                         \
        {"min-sentiment",                                                                                                \
         "X",                                                                                                            \
         SF_OPTION_NUMBER,                                                                                               \
         NULL,                                                                                                           \
         -1,                                                                                                             \
         1,                                                                                                              \
         NULL,                                                                                                           \
         "Sentiment (compound) of at least X; texts that sentiment cannot be told of are left out."},                    \
        {"max-sentiment", "X", SF_OPTION_NUMBER, NULL, -1, 1, NULL, "Sentiment of at most X; likewise."},                \
        {"rising", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Posts that are rising; topics that are above their usual."}, \
        {"significant", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "compare: events that are no chance."},                  \
        {"deleted",                                                                                                      \
         NULL,                                                                                                           \
         SF_OPTION_FLAG,                                                                                                 \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "Deleted posts instead of those that are there: id and times, for nothing else is kept."},                      \
        {"by",                                                                                                           \
         "WHAT",                                                                                                         \
         SF_OPTION_CHOICE,                                                                                               \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         "event|platform|topic|lead",                                                                                    \
         "compare: events, or the platforms of a topic beside each other (what it does if there is a topic). "           \
         "pulse: platforms, or the topics that are spoken of most."},                                                    \
        {"step",                                                                                                         \
         "TIME",                                                                                                         \
         SF_OPTION_DURATION,                                                                                             \
         NULL,                                                                                                           \
         900000,                                                                                                         \
         31622400000.0,                                                                                                  \
         NULL,                                                                                                           \
         "pulse: a row for each 15m, 1h, 1d, ... of the period; whole quarters of an hour."},                            \
        {"order",                                                                                                        \
         "ORDER",                                                                                                        \
         SF_OPTION_CHOICE,                                                                                               \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         "new|old|hot|velocity|score|comments",                                                                          \
         "signals and trending: what comes first; posts that have no such number are left out. Without it signals "      \
         "are "                                                                                                          \
         "by new and trending by hot; others than these and old look at each post of the period."},                      \
        {"limit", "N", SF_OPTION_INTEGER, NULL, 1, 100000, NULL, "The most rows. 20 without it; a pulse has all."},      \
        {"offset",                                                                                                       \
         "N",                                                                                                            \
         SF_OPTION_INTEGER,                                                                                              \
         NULL,                                                                                                           \
         0,                                                                                                              \
         1000000,                                                                                                        \
         NULL,                                                                                                           \
         "Leaves out so many rows first; a cursor is better."},                                                          \
        {"cursor",                                                                                                       \
         "CURSOR",                                                                                                       \
         SF_OPTION_TEXT,                                                                                                 \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "signals and trending: goes on where the answer ended that gave this cursor."},                                 \
        {"fields", "NAMES", SF_OPTION_TEXT, NULL, 0, 0, NULL, "Which columns, between commas; all: every one."},         \
    {                                                                                                                    \
        "total", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Counts how many rows there are in all."                        \
    }

#endif
