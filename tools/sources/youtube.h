/* SPDX-License-Identifier: MIT */
/* The YouTube source from within: what its files share. docs/sources.md is its manual. */
#ifndef SF_YOUTUBE_H
#define SF_YOUTUBE_H

#include "poller.h"

/* ---- what is read of answers beside their signals: youtube_read.c ---- */

enum { SF_YOUTUBE_ID = 64, SF_YOUTUBE_PAGE = 128, SF_YOUTUBE_REASON = 64 };

/* Tells the ids of videos in a list of search results or of a playlist's items; and where it goes on, "" where it ends. SF_OK;
 * SF_EPARSE: it is no list. */
int sf_youtube_read_ids(sf_str answer, void (*id)(void *payload, const char *id), void *payload,
                        char page[SF_YOUTUBE_PAGE]);

/* Why a request was refused: "quotaExceeded"; "" where the answer does not say. */
void sf_youtube_read_reason(sf_str answer, char reason[SF_YOUTUBE_REASON]);

extern const sf_poller_platform sf_youtube_platform;

/* ---- the day's units: youtube_quota.c ---- */

/* The next midnight in California, where the day of the quota ends. Daylight saving as it has been since 2007. */
int64_t sf_youtube_midnight(int64_t now_ms);

typedef struct sf_youtube_quota {
    sf_state *state;    /* a file of its own, since it is written before units are spent, not after */
    uint64_t position;  /* of the last write */
    int64_t most;       /* units a day */
    int64_t lists;      /* of these, what the polls of lists may take */
    int64_t ends_ms;    /* when this day does */
    int64_t spent;      /* today, what was written ahead before a kill included */
    int64_t written;    /* today: spent, and some ahead */
    int64_t spent_else; /* today, not by lists */
} sf_youtube_quota;

int sf_youtube_quota_open(sf_youtube_quota *q, const char *dir, int64_t most, sf_error *err);
void sf_youtube_quota_close(sf_youtube_quota *q);

/* One line of its state: "u", "END UNITS". */
int sf_youtube_quota_recall_line(void *payload, sf_str key, sf_str value);

/* Pays. 0; else for how many ms there is nothing to pay with. */
int64_t sf_youtube_quota_pay(sf_youtube_quota *q, int64_t units, int is_list, int64_t now_ms);

/* Units a second that are for anything but lists, on the average. */
double sf_youtube_quota_rate(const sf_youtube_quota *q);

/* Is it time yet to spend this on anything but lists? What is left for that is spread over the day. */
int sf_youtube_quota_may(sf_youtube_quota *q, int64_t units, int64_t now_ms);

/* YouTube says that all is spent. Returns for how long. */
int64_t sf_youtube_quota_is_spent(sf_youtube_quota *q, int64_t now_ms);

/* ---- the source ---- */

enum { SF_YOUTUBE_PARALLEL = 4, SF_YOUTUBE_LISTS = 64, SF_YOUTUBE_LOOK = 50, SF_YOUTUBE_QUEUE = 1000 };

typedef enum sf_youtube_form { SF_YOUTUBE_VIDEOS, SF_YOUTUBE_IDS } sf_youtube_form;

/* A list that is polled. */
typedef struct sf_youtube_list {
    char path[1200]; /* with its query, but for the page */
    sf_youtube_form form;
    int cost, pages_most; /* units a page */
    int off, asked, once; /* once: it never changes */
    int64_t due_ms;       /* steady clock */
    int pages, polls;     /* of this poll; polls that were made */
    char page[SF_YOUTUBE_PAGE];
} sf_youtube_list;

/* A request's tag: what it is, and which list, look or comment. */
typedef enum sf_youtube_kind { SF_YOUTUBE_LIST, SF_YOUTUBE_STATISTICS, SF_YOUTUBE_COMMENTS } sf_youtube_kind;

typedef struct sf_youtube {
    sf_source base;
    sf_poller poller;
    sf_http *http;
    sf_youtube_quota quota;
    sf_schedule *waiting; /* videos that a list named and whose numbers have not come yet */
    const char *endpoint, *key;
    sf_youtube_list *lists;
    size_t n_lists;
    int64_t every_ms; /* between polls, as the quota allows */
    int comments;     /* threads a video; 0: none */
    sf_look looks[SF_YOUTUBE_PARALLEL];
    struct { /* videos whose comments are to be asked for, oldest first; the first ones may be on their way */
        char id[SF_YOUTUBE_ID];
    } queue[SF_YOUTUBE_QUEUE];
    size_t n_queue;
    char asked_comments[SF_YOUTUBE_PARALLEL][SF_YOUTUBE_ID]; /* "": none */
    uint64_t unqueued;                                       /* videos that there was no room for */
} sf_youtube;

/* Its ends: youtube_open.c. */
int sf_youtube_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err);
int sf_youtube_join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err);
void sf_youtube_close(sf_source *base);

/* Asks for `what`, a path with its query. SF_OK, or a failure with a message; so do those below that ask. */
int sf_youtube_ask(sf_youtube *t, const char *what, sf_youtube_kind kind, size_t which, sf_error *err);

/* Reads an answer's signals into the scratch; *n: how many, or why there are none, which is said. SF_OK, SF_ENOMEM. */
int sf_youtube_read_answer(sf_youtube *t, sf_str body, sf_normalise_report *report, int64_t *n);

/* Videos and their numbers: youtube_videos.c. A list named one: what is not known waits for its first numbers (`payload` is the source). */
void sf_youtube_named(void *payload, const char *id);

/* Takes what was not known of an answer's signals; of the answer to a look, what waits. SF_OK, SF_ENOMEM. */
int sf_youtube_take_new(sf_youtube *t, sf_records *b, sf_str body, const sf_normalise_report *report, sf_look *look);

/* Asks for the numbers of up to 50 videos: those that wait for their first, then those that are due. */
int sf_youtube_ask_for_look(sf_youtube *t, size_t i, int64_t now_ms, sf_error *err);

/* The answer to a look, or what came instead. reason: why it was refused; "later": it will not always be. SF_OK, SF_ENOMEM. */
int sf_youtube_take_look(sf_youtube *t, sf_records *b, sf_look *look, const sf_http_answer *a, const char *reason);

/* Comments: youtube_comments.c. Those of a video are to be asked for, unless they are off. */
void sf_youtube_want_comments(sf_youtube *t, sf_str id);
int sf_youtube_ask_for_comments(sf_youtube *t, size_t i, sf_error *err);

/* The answer, or what came instead, as for looks; `video` is then free for the next. */
int sf_youtube_take_comments(sf_youtube *t, sf_records *b, char *video, const sf_http_answer *a, const char *reason);

#endif
