/* SPDX-License-Identifier: MIT */
/* Bluesky's sessions: an account's app password gives a token that holds for hours and another one that renews it. Sessions are renewed
 * and not made anew where that is possible: there may be 300 a day. */
#include <stdio.h>
#include <string.h>

#include "bluesky.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum { FORM = 2048, AGAIN_MS = 60000 };

/* {"identifier", "password"}. Returns its length; 0 where it is too long. */
static size_t write_form(const sf_bluesky_login *l, char form[FORM])
{
    char name[512], password[512];
    int64_t n = sf_json_quote(sf_cstr(l->identifier), name, sizeof name);
    int64_t p = sf_json_quote(sf_cstr(l->password), password, sizeof password);
    if (n >= (int64_t)sizeof name || p >= (int64_t)sizeof password) {
        return 0;
    }
    int len = snprintf(form, FORM, "{\"identifier\":%s,\"password\":%s}", name, password);
    memset(password, 0, sizeof password);
    return len > 0 && len < FORM ? (size_t)len : 0;
}

static int ask_for_session(sf_bluesky *y, sf_error *err)
{
    sf_bluesky_login *l = &y->login;
    char url[1024], form[FORM], authorization[SF_BLUESKY_TOKEN + 32];
    const char *const renews[] = {authorization, NULL}, *const anew[] = {"Content-Type: application/json", NULL};
    int renew = l->renewal[0] != '\0';
    size_t len = renew ? 0 : write_form(l, form);
    int n = snprintf(url, sizeof url, "%s/xrpc/com.atproto.server.%s", l->endpoint,
                     renew ? "refreshSession" : "createSession");
    if (n < 0 || (size_t)n >= sizeof url || (!renew && len == 0)) {
        return sf_fail(err, SF_EINVAL, "bluesky: the login's endpoint, name or password is too long");
    }
    (void)snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", l->renewal);
    sf_http_request r = {.url = url, .headers = renew ? renews : anew, .body = {renew ? "" : form, len}};
    r.tag = SF_BLUESKY_LOGIN_TAG;
    int added = sf_http_add(y->http, &r, err);
    memset(form, 0, sizeof form);
    memset(authorization, 0, sizeof authorization);
    l->logging_in = added == SF_OK;
    return added;
}

int sf_bluesky_log_in(sf_bluesky *y, int *r, sf_error *err)
{
    sf_bluesky_login *l = &y->login;
    if (l->identifier == NULL || l->token[0] != '\0') {
        return 1;
    }
    if (!l->logging_in && sf_http_room(y->http) > 0 && l->due_ms <= sf_clock_steady_ms()) {
        *r = ask_for_session(y, err);
    }
    return 0;
}

/* Takes a member's token, if it is one. */
static int read_token(sf_json *j, char token[SF_BLUESKY_TOKEN])
{
    char buf[SF_BLUESKY_TOKEN];
    sf_str text = {"", 0};
    int r = sf_json_string(j, buf, sizeof buf, &text);
    size_t plain = 0;
    while (plain < text.len && text.ptr[plain] > 0x20 && text.ptr[plain] < 0x7F) {
        plain++;
    }
    if (r == SF_OK && text.len > 0 && plain == text.len && text.len < SF_BLUESKY_TOKEN) {
        memcpy(token, text.ptr, text.len);
        token[text.len] = '\0';
    }
    return r;
}

int sf_bluesky_read_session(sf_str answer, char token[SF_BLUESKY_TOKEN], char renewal[SF_BLUESKY_TOKEN])
{
    sf_json j;
    sf_str key;
    token[0] = renewal[0] = '\0';
    sf_json_init(&j, answer);
    int r = sf_json_peek(&j) == SF_JSON_OBJECT ? sf_json_enter(&j, '{') : SF_EPARSE;
    while (r > 0 && (r = sf_json_member(&j, &key)) > 0) {
        int got = sf_json_is(key, "accessJwt")    ? read_token(&j, token)
                  : sf_json_is(key, "refreshJwt") ? read_token(&j, renewal)
                                                  : sf_json_skip(&j);
        r = got == SF_OK ? 1 : got;
    }
    return token[0] != '\0' && r == 0 ? SF_OK : SF_EPARSE;
}

int sf_bluesky_take_login(sf_bluesky *y, const sf_http_answer *a, sf_error *err)
{
    sf_bluesky_login *l = &y->login;
    int renewed = l->renewal[0] != '\0';
    l->logging_in = 0;
    if (a->verdict == SF_HTTP_AGAIN) {
        sf_log(SF_LOG_WARN, "bluesky: login: %s; asked again", a->reason);
        l->due_ms = sf_clock_steady_ms() + AGAIN_MS;
        return SF_OK;
    }
    if (a->verdict == SF_HTTP_GOOD && sf_bluesky_read_session(a->body, l->token, l->renewal) == SF_OK) {
        l->generation++;
        return SF_OK;
    }
    l->token[0] = l->renewal[0] = '\0';
    return renewed ? SF_OK
                   : sf_fail(err, SF_EIO, "bluesky: the login was refused: %s", a->reason); /* renewed: anew, then */
}

/* A token that has ended comes with 400 as well. */
static int is_expired(const sf_http_answer *a)
{
    static const char word[] = "\"ExpiredToken\"";
    for (size_t i = 0; a->status == 400 && i + sizeof word - 1 <= a->body.len; i++) {
        if (memcmp(a->body.ptr + i, word, sizeof word - 1) == 0) {
            return 1;
        }
    }
    return a->verdict == SF_HTTP_LOG_IN;
}

int sf_bluesky_take_refusal(sf_bluesky *y, const sf_http_answer *a, sf_error *err)
{
    sf_bluesky_login *l = &y->login;
    l->refused = a->verdict == SF_HTTP_GOOD ? 0 : l->refused;
    if (l->identifier == NULL || !is_expired(a)) {
        return 0;
    }
    if ((a->tag >> 34 & 0xFFFFFF) != (l->generation & 0xFFFFFF) || l->token[0] == '\0') {
        return 1; /* of a token that is known to have ended: requests were on their way together */
    }
    l->token[0] = '\0';
    return l->refused++ > 0 ? sf_fail(err, SF_EIO, "bluesky: %s, and with a new token again", a->reason) : 1;
}
