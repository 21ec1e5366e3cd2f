/* SPDX-License-Identifier: MIT */
/* The Bluesky source from within: what its files share. docs/sources.md is its manual. */
#ifndef SF_BLUESKY_H
#define SF_BLUESKY_H

#include "common/backoff.h"
#include "common/websocket.h"
#include "poller.h"

/* ---- what is read of the stream: bluesky_read.c ---- */

enum { SF_BLUESKY_POST = 1, SF_BLUESKY_LIKE = 2, SF_BLUESKY_REPOST = 4 }; /* collections */

/* An event of Jetstream, as far as it decides what becomes of it. Texts are slices of the message, "" where there is none. */
typedef struct sf_bluesky_event {
    int64_t time_us; /* 0: it has none */
    sf_str did;
    int collection;             /* SF_BLUESKY_; 0: another, or no commit */
    int is_create, is_delete;   /* of a commit; neither: an update */
    int is_account, is_active;  /* of an account event */
    sf_str status;              /* of an account that is not active */
    sf_str key, subject, reply; /* the record's key; what is liked or reposted; the post that is replied to */
    sf_str languages;           /* raw: an array, or nothing */
} sf_bluesky_event;

/* SF_OK; SF_EPARSE: it is no event. */
int sf_bluesky_read_event(sf_str message, sf_bluesky_event *out);

/* Does the raw array hold one of the languages, "en,de"? "pt" is also in "pt-BR". */
int sf_bluesky_is_language(sf_str raw, const char *wanted);

/* Does the text hold one of the words, "quantum,open source"? Both are case-folded. */
int sf_bluesky_is_word(sf_str folded, const char *folded_wanted);

/* Where a search goes on: the answer's cursor; "" where it ends. */
enum { SF_BLUESKY_CURSOR = 256 };
void sf_bluesky_read_cursor(sf_str answer, char cursor[SF_BLUESKY_CURSOR]);

/* ---- what came packed: bluesky_unpack.c ---- */

typedef struct sf_bluesky_unpacker sf_bluesky_unpacker;

/* SF_OK; SF_EINVAL: that is no dictionary; SF_ENOMEM. */
int sf_bluesky_unpacker_new(sf_bluesky_unpacker **out, sf_str dictionary);
int sf_bluesky_unpacker_open(sf_bluesky_unpacker **out, const char *path, sf_error *err);
void sf_bluesky_unpacker_free(sf_bluesky_unpacker *u); /* NULL is fine */

/* A message as it was before it was packed, valid until the next call; one that is not packed stays. SF_OK; SF_EPARSE. */
int sf_bluesky_unpack(sf_bluesky_unpacker *u, sf_str *message, sf_error *err);

/* ---- whose a post is: bluesky_ids.c ---- */

extern const sf_poller_platform sf_bluesky_platform;

/* What an account's posts are marked with among those that were seen. */
uint32_t sf_bluesky_author(sf_str did);

/* The name of the account's post with this id, in buf; empty: it is none of its posts, or tells nothing. */
sf_str sf_bluesky_post_of(uint64_t id, sf_str did, int64_t now_ms, char buf[SF_SOURCE_ID]);

/* Is the post that is tracked by this name the account's? */
int sf_bluesky_is_by(sf_str name, sf_str did);

/* ---- the source ---- */

enum { SF_BLUESKY_PARALLEL = 4, SF_BLUESKY_LISTS = 64, SF_BLUESKY_LOOK = 25 };

/* A search or a feed that is polled. */
typedef struct sf_bluesky_list {
    char path[1024];         /* with its query, but for the cursor */
    int off, asked, goes_on; /* goes_on: it is walked down to known ground, else its first page is all */
    int64_t due_ms;          /* steady clock */
    size_t pages;
    char cursor[SF_BLUESKY_CURSOR];
} sf_bluesky_list;

typedef struct sf_bluesky_stream {
    int wanted; /* the URL names it, or nothing else */
    const char *endpoint;
    int collections;
    char languages[256], words[1024]; /* "": any; words are case-folded */
    double sample;                    /* share of posts that are taken */
    sf_bluesky_unpacker *unpacker;    /* NULL: nothing is to come packed */
    sf_websocket *socket;             /* NULL: there is none now */
    int64_t due_ms;                   /* when to connect: steady clock */
    sf_backoff backoff;
    int64_t timeout_ms;
    int64_t cursor_us;            /* the latest event's time; 0: none yet */
    int64_t heard_us;             /* the latest event's time before this connection: what is not younger was counted */
    int64_t asked_us;             /* the cursor that the connection was made with; 0 once its first event has come */
    uint64_t events, gaps, drops; /* drops: connections that broke off, or came to nothing */
    int heard;                    /* something has come on this connection */
    int64_t gap_us;
} sf_bluesky_stream;

/* The login, if there is one. */
enum { SF_BLUESKY_TOKEN = 4096 };
typedef struct sf_bluesky_login {
    const char *identifier, *password; /* NULL: nobody logs in */
    const char *endpoint;              /* of logins, and then of all requests */
    char token[SF_BLUESKY_TOKEN], renewal[SF_BLUESKY_TOKEN];
    uint32_t generation; /* of the token */
    int logging_in, refused;
    int64_t due_ms; /* steady clock */
} sf_bluesky_login;

typedef struct sf_bluesky {
    sf_source base;
    sf_poller poller;
    sf_http *http;
    const char *endpoint;
    sf_bluesky_login login;
    sf_bluesky_stream stream;
    sf_bluesky_list *lists;
    size_t n_lists;
    sf_look looks[SF_BLUESKY_PARALLEL];
    size_t track_most;
    int64_t opened_ms;     /* wall clock */
    int64_t check_from_ms; /* a post's numbers have to be asked for if that was not done since then */
} sf_bluesky;

/* A request's tag: what it is, the token's generation from bit 34 on, and which list or look. */
#define SF_BLUESKY_LOOK_TAG  ((uint64_t)1 << 32)
#define SF_BLUESKY_LOGIN_TAG ((uint64_t)1 << 33)

/* Its ends: bluesky_open.c. */
int sf_bluesky_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err);
int sf_bluesky_join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err);
void sf_bluesky_close(sf_source *base);
void sf_bluesky_keep_cursor(sf_bluesky *y);

/* The login: bluesky_login.c. Asks for a session if one is needed. Returns 1 if requests may go out. */
int sf_bluesky_log_in(sf_bluesky *y, int *r, sf_error *err);
int sf_bluesky_take_login(sf_bluesky *y, const sf_http_answer *a, sf_error *err); /* SF_OK; SF_EIO: it was refused */

/* Was the token refused? 1: the same has to be asked for again; 0; SF_EIO: a new one as well. */
int sf_bluesky_take_refusal(sf_bluesky *y, const sf_http_answer *a, sf_error *err);

/* An answer with a session. SF_OK; SF_EPARSE: there is no token in it. */
int sf_bluesky_read_session(sf_str answer, char token[SF_BLUESKY_TOKEN], char renewal[SF_BLUESKY_TOKEN]);

/* The stream: bluesky_stream.c. Connects where that is due, and takes events until `most` records were added or there are no
 * more. SF_OK, SF_ENOMEM. */
int sf_bluesky_take_events(sf_bluesky *y, sf_records *b, size_t most);

/* One event: bluesky_event.c. SF_OK, SF_ENOMEM. */
int sf_bluesky_take_event(sf_bluesky *y, sf_records *b, sf_str message);

/* A post that may be new; of more than `track_most` those are tracked that gain most. SF_OK, SF_ENOMEM. */
int sf_bluesky_first_sight(sf_bluesky *y, sf_records *b, sf_signal *s, sf_str raw);

/* Posts of an answer that were not known, and how many were: for lists and events. SF_OK, SF_EPARSE, SF_ENOMEM. */
int sf_bluesky_take_posts(sf_bluesky *y, sf_records *b, sf_str body, size_t *known);

/* One line of the state, for sf_poller_recall(). SF_OK, SF_EPARSE, SF_ENOMEM. */
int sf_bluesky_recall_line(void *payload, sf_str key, sf_str value);

#endif
