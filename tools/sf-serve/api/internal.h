/* SPDX-License-Identifier: MIT */
/* What the parts of the API share. All of it belongs to the loop's thread, but for what says "worker". */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include <stdatomic.h>

#include "../auth/accounts.h"
#include "../auth/tries.h"
#include "api.h"
#include "common/store.h"
#include "params.h"

typedef struct route route;

/* What is known of a request while it is on its way: x->state. */
typedef struct request {
    api *api;
    http_exchange *x;
    const route *route;
    int64_t user;
    int64_t expires_ms; /* of the token */
    int64_t began_ms;
    char path[1024]; /* decoded */
    size_t path_len;
    void *payload;        /* of the handler */
    struct request *next; /* of those that wait for the same */
} request;

struct route {
    const char *path;
    const char *methods; /* "GET, HEAD, OPTIONS", as Allow says it */
    const char *name;
    int open; /* no token is asked for */
    void (*handle)(request *r);
    int of_store; /* for handlers: which question */
};

/* A worker's own. */
typedef struct worker {
    api *api;
    sf_store *store;       /* NULL: not open, or lost */
    accounts *accounts;    /* NULL likewise */
    accounts *readers;     /* those of a replica; likewise, or there is none */
    sf_batch *memory;      /* of the job at hand */
    sf_analyser *analyser; /* NULL before the first explanation */
    struct shared *shared; /* NULL: answers are not shared */
} worker;

struct api {
    api_options o;
    http_server *server;
    workers *askers, *hashers;
    struct cache *cache;
    struct users *users;
    struct counts *counts;
    struct hub *hub;
    struct feed *feed;   /* NULL: none */
    struct watch *watch; /* NULL: nothing is watched */
    limits *by_name, *by_address;
    sf_buffer fields;                                                 /* where header lines are put together */
    atomic_int store_lost, users_lost, logins_lost;                   /* what /ready/ says */
    atomic_llong store_again_ms, accounts_again_ms, readers_again_ms; /* no worker opens one before that */
    int keeping_up;
    int64_t kept_up_ms;
};

/* ---- answers: answer.c --------------------------------------------------------------------------------------------- */

/* The headers that every answer has, into a->fields, which is emptied first; then those that depend on the request. */
sf_buffer *fields_of(request *r);

/* Answers with JSON; `text` is copied. */
void reply_json(request *r, int status, sf_str text);
void reply_error(request *r, int status, const char *detail);
void reply_error_code(request *r, int status, const char *detail, const char *code);
void reply_later(request *r, int seconds, const char *detail); /* 503 */
void end_request(request *r, const http_answer *a);
void count_request(const request *r, int status);

/* {"detail": ...}, or a problem (RFC 9457) where the client asked for one. Returns the media type. */
const char *put_error(int wants_problem, int status, const char *detail, const char *code, sf_buffer *b);
int wants_problem(const http_head *h);

/* "http://host", as the client sees it. */
void put_base(const request *r, sf_buffer *b);

/* Does the client take gzip? */
int takes_gzip(const http_head *h);
/* Does it have the answer of this tag already? Its tags are weak or strong, between commas, or "*". */
int is_known_tag(const http_head *h, const char *etag);

/* ---- who asks: users.c --------------------------------------------------------------------------------------------- */

struct users *users_new(void);
void users_free(struct users *u);
/* Checks the token in the request's Authorization, then whether the user may ask; goes on with then(), or answers. */
void authorise(request *r, void (*then)(request *r));
/* Likewise with a token from elsewhere; refuse() says no, if not NULL. */
void authorise_token(request *r, sf_str token, void (*then)(request *r),
                     void (*refuse)(request *r, int status, const char *detail, const char *code));
/* Does it come without a token, and may it? It may only read, which is all that paths but those of logins are for. */
int is_guest(const request *r);
/* The token of a header "Bearer TOKEN". 0: none is given; 1: a token; -1: malformed. */
int bearer_of(sf_str header, sf_str *token);
void users_tick(api *a);
void users_watch(api *a, int64_t user); /* open sockets end once the user is disabled */

/* ---- answers that are kept: cache.c -------------------------------------------------------------------------------- */

/* What a worker makes for the cache. */
typedef struct made {
    int status;
    const char *type;
    sf_buffer body, fields; /* fields: header lines of this answer alone */
    int lost;               /* the store could not be asked: what was kept before may stand in */
} made;

/* An answer's question, for a worker: copies of what it needs of the request. */
typedef struct asked {
    const route *route;
    sf_str path, query, base; /* decoded; as it came; "http://host" */
    int problem;
} asked;

struct cache *cache_new(const api *a); /* of its settings */
void cache_free(struct cache *c);
/* Answers from what is kept, or has a worker make it: make() runs there. One worker for all who ask the same at once. */
void reply_made(request *r, void (*make)(worker *w, const asked *q, made *m));

/* ---- workers: work.c ----------------------------------------------------------------------------------------------- */

void *worker_start(void *api);
void worker_stop(void *own);
/* Opens what is not open. SF_OK or a failure. */
int worker_store(worker *w, sf_error *err);
int worker_accounts(worker *w, sf_error *err);
void worker_lost_accounts(worker *w); /* they failed: they are opened anew the next time */
/* A user's row, from the replica if there is one; whom that does not know, or not let in, the primary is asked about. As accounts_by_id(). */
int worker_user(worker *w, int64_t id, account *out, sf_error *err);
/* Asks; a store that fails is closed, and opened anew the next time. */
int worker_ask(worker *w, const sf_question *q, sf_answer *a, sf_error *err);

/* Once a second: tries again what is lost, and removes tokens that have ended. */
void keep_up(api *a);

/* ---- counts: counts.c, workers --------------------------------------------------------------------------------------- */

struct counts *counts_new(void);
void counts_free(struct counts *c);
/* 1: known, and young enough; of many, half a minute is. */
int counts_get(struct counts *c, sf_str key, int64_t most_age_ms, int64_t *n, int *cut);
void counts_put(struct counts *c, sf_str key, int64_t n, int cut); /* cut: at least so many */
/* Likewise a place of a question's rows; not known: mark.rows is 0. */
sf_landmark counts_mark(struct counts *c, sf_str key);
void counts_put_mark(struct counts *c, sf_str key, sf_landmark mark);

/* ---- what lies behind paths ---------------------------------------------------------------------------------------- */

extern const route routes[]; /* ends with path NULL */

void handle_health(request *r);
void handle_ready(request *r);
void handle_token(request *r);
void handle_refresh(request *r);
void handle_verify(request *r);
void handle_blacklist(request *r);
void handle_list(request *r);
void handle_pulse(request *r);
void handle_topics(request *r);
void handle_detail(request *r);
void handle_export(request *r);
void handle_openapi(request *r);
void handle_pipeline(request *r);
void handle_web(request *r);
void handle_websocket(request *r);
void handle_stream(request *r);
void live_kick(api *a, int64_t user);

/* ---- questions from parameters: questions.c, workers ---------------------------------------------------------------- */

/* Puts a question together from parameters; those that are none of the question's are passed over. SF_OK; SF_EINVAL: the message says why. */
/* a: whose settings say which platforms are not put together with others; NULL: all are. */
int question_of(sf_question **out, const api *a, sf_ask ask, const params *p, sf_error *err);
/* "lead_lag":[...] beside a comparison's rows. SF_OK; SF_EINVAL, SF_EAGAIN, ... as a question. */
int put_leads(worker *w, const params *p, sf_buffer *b, sf_error *err);
/* What tells apart questions of which there are different numbers of rows. */
void put_count_key(sf_ask ask, const params *p, sf_buffer *b);
/* An answer that says why there is none. */
void make_error(const asked *q, made *m, int status, const char *detail);
void make_failure(const asked *q, made *m, const sf_error *err);

#endif
