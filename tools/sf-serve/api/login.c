/* SPDX-License-Identifier: MIT */
/* Tokens are had for a password, then for a refresh token that is used up by it; with the first system's words. Each takes a worker: hashes
 * take long, and rows are written. */
#include <stdlib.h>
#include <string.h>

#include "../auth/password.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "form.h"
#include "internal.h"

static const char no_account[] = "No active account found with the given credentials";
static const char no_account_for_token[] = "No active account found for the given token.";

typedef struct login_job {
    job base; /* first */
    request *r;
    void (*work)(struct login_job *b, worker *w);
    sf_batch *memory;
    form f;
    int status, later;
    const char *detail, *code;
    sf_buffer body; /* where there is no detail */
    int refund;     /* of the limits: it was no guess */
} login_job;

/* ---- pairs --------------------------------------------------------------------------------------------------------- */

static int sign_pair(api *a, int64_t user, char access[JWT_BYTES], char refresh[JWT_BYTES], jwt_claims *second)
{
    int64_t now = sf_clock_ms();
    jwt_claims first = {.type = JWT_ACCESS, .user = user, .iat_ms = now, .exp_ms = now + a->o.access_ms};
    *second = (jwt_claims){.type = JWT_REFRESH, .user = user, .iat_ms = now, .exp_ms = now + a->o.refresh_ms};
    int r = jwt_sign(a->o.keys, &first, access);
    return r == SF_OK ? jwt_sign(a->o.keys, second, refresh) : r;
}

static void put_pair(login_job *b, const char *first, const char *one, const char *second, const char *other)
{
    b->status = 200;
    sf_buffer_format(&b->body, "{\"%s\":\"%s\",\"%s\":\"%s\"}", first, one, second, other);
}

static void refuse(login_job *b, int status, const char *detail, const char *code)
{
    b->status = status;
    b->detail = detail;
    b->code = code;
}

static void lost(login_job *b, worker *w)
{
    b->later = 1;
    b->detail = "Users cannot be looked up now.";
    worker_lost_accounts(w);
}

/* ---- a password ---------------------------------------------------------------------------------------------------- */

static void rehash(accounts *a, const account *one, sf_str password)
{
    char hash[PASSWORD_BYTES];
    if (password_is_weak(one->hash) && password_hash(password, hash) == SF_OK) {
        (void)accounts_set_hash(a, one->id, hash, NULL); /* the next login tries again */
    }
}

static void log_in(login_job *b, worker *w)
{
    char access[JWT_BYTES], refresh[JWT_BYTES];
    account one = {.id = 0};
    jwt_claims c;
    int found = accounts_by_name(w->accounts, b->f.values[0], &one, NULL);
    if (found < 0) {
        lost(b, w);
        return;
    }
    int right = password_is(b->f.values[1], found == 1 ? one.hash : NULL);
    if (!right || !one.active) {
        sf_metric_add(SF_METRIC_LOGINS_REFUSED, 1);
        refuse(b, 401, no_account, NULL);
        return;
    }
    rehash(w->accounts, &one, b->f.values[1]);
    b->refund = 1;
    int r = sign_pair(w->api, one.id, access, refresh, &c);
    issued_token t = {c.jti, one.id, c.iat_ms, c.exp_ms};
    r = r == SF_OK ? accounts_give(w->accounts, &t, NULL) : r;
    if (r != SF_OK) {
        lost(b, w);
        return;
    }
    put_pair(b, "refresh", refresh, "access", access);
}

/* ---- refresh tokens ------------------------------------------------------------------------------------------------ */

static void agree(login_job *b)
{
    b->status = 200;
    sf_buffer_text(&b->body, "{}");
}

static void refuse_spent(login_job *b, token_state state)
{
    refuse(b, 401, state == TOKEN_SPENT ? "Token is blacklisted" : "Token is invalid", "token_not_valid");
}

static void replace(login_job *b, worker *w, const jwt_claims *old)
{
    char access[JWT_BYTES], refresh[JWT_BYTES];
    jwt_claims c;
    token_state state;
    int r = sign_pair(w->api, old->user, access, refresh, &c);
    issued_token t = {c.jti, old->user, c.iat_ms, c.exp_ms};
    r = r == SF_OK ? accounts_replace(w->accounts, old->jti, &t, &state, NULL) : r;
    if (r != SF_OK) {
        lost(b, w);
    } else if (state == TOKEN_FRESH) {
        put_pair(b, "access", access, "refresh", refresh);
    } else {
        refuse_spent(b, state);
    }
}

static void refresh(login_job *b, worker *w)
{
    jwt_claims c;
    account one = {.id = 0};
    jwt_fault f = jwt_read(w->api->o.keys, b->f.values[0], JWT_REFRESH, sf_clock_ms(), &c);
    if (f != JWT_FINE || !c.has_user) {
        refuse(b, 401, jwt_fault_text(f), "token_not_valid");
        return;
    }
    int found = accounts_by_id(w->accounts, c.user, &one, NULL);
    if (found < 0) {
        lost(b, w);
    } else if (found == 0 || !one.active) {
        refuse(b, 401, no_account_for_token, NULL);
    } else {
        replace(b, w, &c);
    }
}

static void blacklist(login_job *b, worker *w)
{
    jwt_claims c;
    token_state state;
    jwt_fault f = jwt_read(w->api->o.keys, b->f.values[0], JWT_REFRESH, sf_clock_ms(), &c);
    if (f != JWT_FINE) {
        refuse(b, 401, jwt_fault_text(f), "token_not_valid");
    } else if (accounts_revoke(w->accounts, c.jti, sf_clock_ms(), &state, NULL) != SF_OK) {
        lost(b, w);
    } else if (state != TOKEN_FRESH) {
        refuse_spent(b, state);
    } else {
        agree(b);
    }
}

/* A token of either kind. */
static void verify(login_job *b, worker *w)
{
    jwt_claims c;
    token_state state = TOKEN_FRESH;
    jwt_fault f = jwt_read(w->api->o.keys, b->f.values[0], JWT_REFRESH, sf_clock_ms(), &c);
    int is_refresh = f == JWT_FINE;
    f = f == JWT_WRONG_TYPE && c.type == JWT_ACCESS ? JWT_FINE : f;
    if (f != JWT_FINE) {
        refuse(b, 401, jwt_fault_text(f), "token_not_valid");
    } else if (is_refresh &&
               (worker_accounts(w, NULL) != SF_OK || accounts_look(w->accounts, c.jti, &state, NULL) != SF_OK)) {
        lost(b, w);
    } else if (state != TOKEN_FRESH) {
        refuse_spent(b, state);
    } else {
        agree(b);
    }
}

/* ---- requests ------------------------------------------------------------------------------------------------------ */

static void work(job *j, void *own)
{
    login_job *b = (login_job *)j;
    if (own == NULL || (b->work != verify && worker_accounts(own, NULL) != SF_OK)) { /* an access token needs none */
        lost(b, own);
    } else {
        b->work(b, own);
    }
}

static void done(job *j)
{
    login_job *b = (login_job *)j;
    request *r = b->r;
    if (b->refund) {
        limits_give(r->api->by_name, b->f.values[0]);
        limits_give(r->api->by_address, sf_cstr(r->x->remote));
    }
    if (b->later || b->body.lost || (b->status == 0)) {
        reply_later(r, 5, b->detail != NULL ? b->detail : "Not now.");
    } else if (b->detail != NULL) {
        reply_error_code(r, b->status, b->detail, b->code);
    } else {
        reply_json(r, b->status, (sf_str){b->body.bytes, b->body.len});
    }
    sf_buffer_free(&b->body);
    sf_batch_free(b->memory);
    free(b);
}

static void drop(login_job *b)
{
    sf_buffer_free(&b->body);
    sf_batch_free(b->memory);
    free(b);
}

static void begin(login_job *b)
{
    request *r = b->r;
    if (!workers_give(r->api->hashers, &b->base)) {
        reply_later(r, 2, "Too many log in at once.");
        drop(b);
    }
}

/* Reads the body's fields. NULL: it was answered. */
static login_job *read_job(request *r, const char *first, const char *second, void (*how)(login_job *b, worker *w))
{
    login_job *b = calloc(1, sizeof *b);
    if (b == NULL || sf_batch_new(&b->memory) != SF_OK) {
        free(b);
        reply_later(r, 1, "Too much at once.");
        return NULL;
    }
    b->base = (job){.work = work, .done = done};
    b->r = r;
    b->work = how;
    b->f = (form){.names = {first, second}};
    int status = form_read(&b->f, http_field_of(&r->x->head, "content-type"), r->x->body, b->memory, &b->body);
    if (status != 0) {
        reply_json(r, status, (sf_str){b->body.bytes, b->body.len});
        drop(b);
        return NULL;
    }
    return b;
}

/* Seconds to wait before this may be tried; 0: none. */
static int wait_of(const login_job *b)
{
    const api *a = b->r->api;
    int64_t now = sf_clock_steady_ms();
    if (a->o.logins <= 0) {
        return 0;
    }
    int address = limits_take(a->by_address, sf_cstr(b->r->x->remote), now);
    return address > 0 ? address : limits_take(a->by_name, b->f.values[0], now);
}

void handle_token(request *r)
{
    login_job *b = read_job(r, "username", "password", log_in);
    if (b == NULL) {
        return;
    }
    int wait = wait_of(b);
    if (wait > 0) {
        sf_metric_add(SF_METRIC_LOGINS_REFUSED, 1);
        char text[100];
        sf_buffer *f = fields_of(r);
        sf_buffer_format(f, "Retry-After: %d\r\nCache-Control: no-store\r\n", wait);
        (void)snprintf(text, sizeof text, "{\"detail\":\"Request was throttled. Expected available in %d second%s.\"}",
                       wait, wait == 1 ? "" : "s");
        end_request(
            r, &(http_answer){
                   .status = 429, .type = "application/json", .fields = {f->bytes, f->len}, .text = sf_cstr(text)});
        drop(b);
        return;
    }
    begin(b);
}

static void handle_with(request *r, const char *field, void (*how)(login_job *b, worker *w))
{
    login_job *b = read_job(r, field, NULL, how);
    if (b != NULL) {
        begin(b);
    }
}

void handle_refresh(request *r)
{
    handle_with(r, "refresh", refresh);
}

void handle_verify(request *r)
{
    handle_with(r, "token", verify);
}

void handle_blacklist(request *r)
{
    handle_with(r, "refresh", blacklist);
}
