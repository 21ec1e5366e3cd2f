/* SPDX-License-Identifier: MIT */
/* The Hacker News source from within: what its files share. docs/sources.md is its manual. */
#ifndef SF_HACKERNEWS_H
#define SF_HACKERNEWS_H

#include "poller.h"

/* ---- lists: hackernews_lists.c ---- */

typedef enum sf_hackernews_form { SF_HACKERNEWS_IDS, SF_HACKERNEWS_UPDATES, SF_HACKERNEWS_HIGHEST } sf_hackernews_form;

/* A list that can be polled. */
typedef struct sf_hackernews_list {
    const char *name; /* in the URL: hackernews:new,top */
    const char *path; /* of the API */
    sf_hackernews_form form;
    int usual; /* 1: polled unless the URL names others */
    int64_t every_ms;
} sf_hackernews_list;

enum { SF_HACKERNEWS_LISTS = 8, SF_HACKERNEWS_MOST_IDS = 10000 };
extern const sf_hackernews_list sf_hackernews_lists[SF_HACKERNEWS_LISTS];

/* Reads a list's answer: tells each id, in its order; of SF_HACKERNEWS_HIGHEST the one. At most SF_HACKERNEWS_MOST_IDS.
 * SF_OK; SF_EPARSE: it is none, and nothing was told. */
int sf_hackernews_read_list(sf_hackernews_form form, sf_str answer, void (*id)(void *payload, uint64_t id),
                            void *payload);

/* ---- the source ---- */

typedef struct sf_hackernews {
    sf_source base;
    sf_poller poller;
    sf_http *http;
    sf_schedule *waiting; /* ids that were listed and whose item has not come yet; first and last listed in first_ms and
                             observed_ms, nulls counted in missed */
    const char *endpoint;
    struct {
        int wanted, asked;
        int64_t due_ms; /* steady clock */
    } lists[SF_HACKERNEWS_LISTS];
    struct { /* a search for all since then; times in seconds */
        const char *endpoint;
        int64_t since, until; /* until: where it stands; 0: not known yet */
        int64_t kept_since, kept_until;
        int asked, failed;
        int64_t due_ms; /* steady clock */
    } search;
    int polls;       /* it was opened with lists, not with a search alone */
    size_t wanted;   /* lists that are polled */
    uint64_t walked; /* all ids up to this one are waiting, or were seen; 0: there is no such walk yet */
} sf_hackernews;

extern const sf_poller_platform sf_hackernews_platform;

/* An id of a request: a list's index, or an item's id. */
#define SF_HACKERNEWS_LIST_TAG   ((uint64_t)1 << 63)
#define SF_HACKERNEWS_SEARCH_TAG ((uint64_t)1 << 62)

/* A list named this id. */
void sf_hackernews_listed(sf_hackernews *h, uint64_t id, int64_t now_ms);

/* The search: hackernews_search.c. Asks where that is due; takes an answer. SF_OK, or a failure. */
int sf_hackernews_want_search(sf_hackernews *h, const sf_url *url, sf_error *err);
int sf_hackernews_ask_search(sf_hackernews *h, sf_error *err);
int sf_hackernews_take_search(sf_hackernews *h, sf_records *b, const sf_http_answer *a);
int sf_hackernews_search_is_done(sf_hackernews *h); /* or there is none */

/* An answer about an item: hackernews_items.c. Adds a record where there is news. SF_OK, SF_ENOMEM. */
int sf_hackernews_item(sf_hackernews *h, sf_records *b, uint64_t id, const sf_http_answer *a);

/* ---- what it remembers beside what all pollers do: hackernews_memory.c ---- */

/* One line of the state, for sf_poller_recall(). SF_OK, SF_EPARSE, SF_ENOMEM. */
int sf_hackernews_recall_line(void *payload, sf_str key, sf_str value);

void sf_hackernews_keep_waiting(sf_hackernews *h, const sf_tracked *w);
void sf_hackernews_drop_waiting(sf_hackernews *h, sf_tracked *w); /* also from the schedule */
void sf_hackernews_keep_walked(sf_hackernews *h);

#endif
