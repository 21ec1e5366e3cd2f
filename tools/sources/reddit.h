/* SPDX-License-Identifier: MIT */
/* The Reddit source from within: what its files share. docs/sources.md is its manual. */
#ifndef SF_REDDIT_H
#define SF_REDDIT_H

#include "poller.h"

/* ---- what is read of answers beside their signals: reddit_read.c ---- */

enum { SF_REDDIT_TOKEN = 2048, SF_REDDIT_AFTER = 24, SF_REDDIT_ERROR = 80 };

/* An answer of the token endpoint, whatever its status was: a refusal comes with 200 as well. SF_OK; SF_EPARSE: there is no
 * token, and `error` says what it says instead. */
int sf_reddit_read_token(sf_str answer, char token[SF_REDDIT_TOKEN], int64_t *expires_s, char error[SF_REDDIT_ERROR]);

/* Where a listing goes on: "t3_abc"; "" where it ends. */
void sf_reddit_read_after(sf_str answer, char after[SF_REDDIT_AFTER]);

/* The id of a child that could not be read as a whole; 0: not even that. */
uint64_t sf_reddit_read_id(sf_str child);

/* 64-bit ids: the number that "t3_abc" is to the base of 36; 0 for what is no post. */
uint64_t sf_reddit_id_of(sf_str source_id);
extern const sf_poller_platform sf_reddit_platform;

/* ---- the source ---- */

/* One /r/NAME/new that is polled; NAME may be several with + between. A walk goes from the newest post down to known ground. */
typedef struct sf_reddit_listing {
    char name[256];
    int off, asked;
    int64_t due_ms, every_ms; /* steady clock */
    uint64_t ground;          /* all posts up to this id were listed; 0: nothing is known of it yet */
    uint64_t highest;         /* of this walk */
    size_t pages, fresh;      /* of this walk; fresh: posts that were new */
    char after[SF_REDDIT_AFTER];
} sf_reddit_listing;

enum { SF_REDDIT_LISTINGS = 256, SF_REDDIT_PARALLEL = 4 };

typedef struct sf_reddit {
    sf_source base;
    sf_poller poller;
    sf_http *http;
    const char *endpoint, *token_endpoint;
    const char *client_id, *client_secret, *username, *password;
    char user_agent[160];
    double rate;
    sf_reddit_listing *listings;
    size_t n_listings;
    sf_look looks[SF_REDDIT_PARALLEL];
    struct { /* grounds that the state holds, by hash of a listing's name */
        uint64_t listing, ground;
    } grounds[SF_REDDIT_LISTINGS];
    size_t n_grounds;
    char token[SF_REDDIT_TOKEN]; /* "": there is none */
    int64_t token_ends_ms;       /* steady clock */
    uint32_t generation;         /* of the token */
    int logging_in, refused;     /* refused: answers 401 since the last good one */
    uint64_t gaps;               /* walks that did not come to known ground */
} sf_reddit;

/* A request's tag: what it is, the token's generation, and which listing or look. */
typedef enum sf_reddit_kind { SF_REDDIT_LOGIN, SF_REDDIT_NEW, SF_REDDIT_INFO } sf_reddit_kind;

/* The login: reddit_login.c. Asks for a token if there is none, or the one there is ends soon. Returns 1 if there is one. */
int sf_reddit_log_in(sf_reddit *d, int *r, sf_error *err);
int sf_reddit_take_login(sf_reddit *d, const sf_http_answer *a, sf_error *err); /* SF_OK; SF_EIO: it was refused */

/* An answer about a listing: reddit_listing.c. SF_OK, SF_ENOMEM. */
int sf_reddit_take_page(sf_reddit *d, sf_records *b, sf_reddit_listing *l, const sf_http_answer *a);

/* Grounds as they are kept. */
void sf_reddit_recall_ground(sf_reddit *d, sf_reddit_listing *l);
void sf_reddit_keep_ground(sf_reddit *d, const sf_reddit_listing *l);

/* One line of the state, for sf_poller_recall(). SF_OK, SF_EPARSE, SF_ENOMEM. */
int sf_reddit_recall_line(void *payload, sf_str key, sf_str value);

#endif
