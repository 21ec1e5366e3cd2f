/* SPDX-License-Identifier: MIT */
/* Who asks: the token says it, and the user's row whether that still holds. Rows are kept for some seconds; tokens that were checked are too,
 * since checking them costs more than all else of an answer that is kept. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/hash.h"
#include "internal.h"

/* Together with the second between two ticks less than the 5 s after which who was disabled must be out. */
enum { FRESH_MS = 3500, STALE_MOST_MS = 3600000, USERS = 4096, TOKENS = 8192 };

typedef struct user {
    int64_t id;
    int known; /* the row was read at all */
    int exists, active;
    int sockets; /* has some that stay open */
    int64_t at_ms;
    struct row_job *job; /* reads the row just now */
    struct user *next;
} user;

typedef struct checked {
    sf_hash key;
    int64_t user, expires_ms;
} checked;

struct users {
    user *of[USERS];
    checked tokens[TOKENS];
};

struct users *users_new(void)
{
    return calloc(1, sizeof(struct users));
}

void users_free(struct users *u)
{
    for (size_t i = 0; u != NULL && i < USERS; i++) {
        for (user *one = u->of[i], *next; one != NULL; one = next) {
            next = one->next;
            free(one);
        }
    }
    free(u);
}

static user *find(struct users *u, int64_t id)
{
    user **at = &u->of[(uint64_t)id % USERS];
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    if (*at == NULL && (*at = calloc(1, sizeof **at)) != NULL) {
        (*at)->id = id;
    }
    return *at;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

/* What goes on once it is known who asks. */
typedef struct goes_on {
    void (*then)(request *r);
    void (*refuse)(request *r, int status, const char *detail, const char *code);
} goes_on;

typedef struct waiter {
    request *r;
    goes_on on;
    struct waiter *next;
} waiter;

typedef struct row_job {
    job base; /* first */
    api *api;
    int64_t id;
    int result; /* as by_id() */
    account row;
    waiter *first;
} row_job;

static void decide(request *r, const user *u, const goes_on *on)
{
    if (!u->known) {
        reply_later(r, 5, "Users cannot be looked up now.");
    } else if (!u->exists) {
        on->refuse(r, 401, "User not found", "user_not_found");
    } else if (!u->active) {
        on->refuse(r, 401, "User is inactive", "user_inactive");
    } else {
        on->then(r);
    }
}

static void read_row(job *j, void *own)
{
    row_job *b = (row_job *)j;
    b->result = worker_user(own, b->id, &b->row, NULL);
}

static void took_row(job *j)
{
    row_job *b = (row_job *)j;
    user *u = find(b->api->users, b->id);
    if (u != NULL) {
        if (b->result >= 0 && !(b->result == 0 && workers_stopping(b->api->askers))) {
            u->known = 1;
            u->exists = b->result == 1;
            u->active = b->result == 1 && b->row.active;
            u->at_ms = sf_clock_steady_ms();
        } else if (u->known && sf_clock_steady_ms() - u->at_ms > STALE_MOST_MS) {
            u->known = 0;
        }
        u->job = NULL;
        for (waiter *at = b->first, *next; at != NULL; at = next) {
            next = at->next;
            decide(at->r, u, &at->on);
            free(at);
        }
    }
    free(b);
}

/* Has the row read; r, unless NULL, goes on then. */
static void fetch(api *a, user *u, request *r, const goes_on *on)
{
    waiter *w = r != NULL ? calloc(1, sizeof *w) : NULL;
    if (r != NULL && w == NULL) {
        reply_later(r, 1, "Too much at once.");
        return;
    }
    if (w != NULL) {
        *w = (waiter){r, *on, NULL};
    }
    if (u->job != NULL) {
        if (w != NULL) {
            w->next = u->job->first;
            u->job->first = w;
        }
        return;
    }
    row_job *b = calloc(1, sizeof *b);
    if (b != NULL) {
        *b = (row_job){.base = {.work = read_row, .done = took_row}, .api = a, .id = u->id, .first = w};
    }
    if (b == NULL || !workers_give(a->askers, &b->base)) {
        free(b);
        free(w);
        if (r != NULL) {
            reply_later(r, 1, "Too much at once.");
        }
        return;
    }
    u->job = b;
}

/* ---- tokens -------------------------------------------------------------------------------------------------------- */

int bearer_of(sf_str header, sf_str *token)
{
    sf_str parts[3];
    size_t n = 0;
    for (size_t at = 0; header.ptr != NULL && at < header.len;) {
        size_t len = 0;
        while (at + len < header.len && header.ptr[at + len] != ' ' && header.ptr[at + len] != '\t') {
            len++;
        }
        if (len > 0 && n < 3) {
            parts[n++] = (sf_str){header.ptr + at, len};
        }
        at += len + 1;
    }
    if (n == 0 || parts[0].len != 6 || memcmp(parts[0].ptr, "Bearer", 6) != 0) {
        return 0;
    }
    *token = n == 2 ? parts[1] : (sf_str){NULL, 0};
    return n == 2 ? 1 : -1;
}

static jwt_fault check(api *a, sf_str token, jwt_claims *c)
{
    sf_hash key = sf_hash_parts(&token, 1);
    checked *kept = &a->users->tokens[key.low % TOKENS];
    int64_t now = sf_clock_ms();
    if (sf_hash_equal(kept->key, key) && now < kept->expires_ms) {
        *c = (jwt_claims){.type = JWT_ACCESS, .user = kept->user, .has_user = 1, .exp_ms = kept->expires_ms};
        return JWT_FINE;
    }
    jwt_fault f = jwt_read(a->o.keys, token, JWT_ACCESS, now, c);
    if (f == JWT_FINE && c->has_user) {
        *kept = (checked){key, c->user, c->exp_ms};
    }
    return f;
}

static void refuse_token(request *r, jwt_fault f)
{
    sf_buffer b = {0};
    if (wants_problem(&r->x->head)) {
        reply_error_code(r, 401, jwt_fault_text(f), "token_not_valid");
        return;
    }
    sf_buffer_text(&b, "{\"detail\":\"Given token not valid for any token "
                       "type\",\"code\":\"token_not_valid\",\"messages\":[{\"token_class\":"
                       "\"AccessToken\",\"token_type\":\"access\",\"message\":");
    sf_buffer_quoted(&b, sf_cstr(jwt_fault_text(f)));
    sf_buffer_text(&b, "}]}");
    reply_json(r, 401, (sf_str){b.bytes, b.len});
    sf_buffer_free(&b);
}

static void settle(request *r, const goes_on *on)
{
    api *a = r->api;
    user *u = find(a->users, r->user);
    if (u == NULL) {
        reply_later(r, 1, "Too much at once.");
    } else if (u->known && sf_clock_steady_ms() - u->at_ms < FRESH_MS) {
        decide(r, u, on);
    } else {
        fetch(a, u, r, on);
    }
}

void authorise_token(request *r, sf_str token, void (*then)(request *r),
                     void (*refuse)(request *r, int status, const char *, const char *))
{
    jwt_claims c;
    jwt_fault f = check(r->api, token, &c);
    if (f != JWT_FINE) {
        refuse != NULL ? refuse(r, 401, jwt_fault_text(f), "token_not_valid") : refuse_token(r, f);
        return;
    }
    if (!c.has_user) {
        (refuse != NULL ? refuse : reply_error_code)(r, 401, "Token contained no recognizable user identification",
                                                     "token_not_valid");
        return;
    }
    r->user = c.user;
    r->expires_ms = c.exp_ms;
    settle(r, &(goes_on){then, refuse != NULL ? refuse : reply_error_code});
}

int is_guest(const request *r)
{
    return r->api->o.demo && http_field_of(&r->x->head, "authorization").ptr == NULL;
}

void authorise(request *r, void (*then)(request *r))
{
    sf_str token;
    int given = bearer_of(http_field_of(&r->x->head, "authorization"), &token);
    if (given == 0 && is_guest(r)) {
        r->expires_ms = SF_NO_TIME;
        then(r);
    } else if (given == 0) {
        reply_error(r, 401, "Authentication credentials were not provided.");
    } else if (given < 0) {
        reply_error_code(r, 401, "Authorization header must contain two space-delimited values",
                         "bad_authorization_header");
    } else {
        authorise_token(r, token, then, NULL);
    }
}

/* ---- sockets that stay open ---------------------------------------------------------------------------------------- */

void users_watch(api *a, int64_t id)
{
    user *u = find(a->users, id);
    if (u != NULL) {
        u->sockets = 1;
    }
}

void users_tick(api *a)
{
    int64_t now = sf_clock_steady_ms();
    for (size_t i = 0; i < USERS; i++) {
        for (user *u = a->users->of[i]; u != NULL; u = u->next) {
            if (!u->sockets) {
                continue;
            }
            if (u->known && (!u->exists || !u->active)) {
                u->sockets = 0;
                live_kick(a, u->id);
            } else if (now - u->at_ms > FRESH_MS - 1000) {
                fetch(a, u, NULL, NULL);
            }
        }
    }
}
