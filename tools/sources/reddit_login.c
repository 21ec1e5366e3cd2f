/* SPDX-License-Identifier: MIT */
/* Reddit's OAuth2: a token for the app itself, or for the account of a script app. */
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "reddit.h"

enum { EARLY_MS = 60000, FORM = 2048 };

/* The form of the grant. Returns its length; 0 where it is too long. */
static size_t write_form(const sf_reddit *d, char form[FORM])
{
    char name[512], password[1024];
    if (d->username == NULL) {
        return (size_t)snprintf(form, FORM, "grant_type=client_credentials");
    }
    if (sf_url_encode(d->username, name, sizeof name) == 0 ||
        sf_url_encode(d->password, password, sizeof password) == 0) {
        return 0;
    }
    int n = snprintf(form, FORM, "grant_type=password&username=%s&password=%s", name, password);
    memset(password, 0, sizeof password);
    return n > 0 && n < FORM ? (size_t)n : 0;
}

static int ask_for_token(sf_reddit *d, sf_error *err)
{
    char form[FORM], login[1024];
    size_t len = write_form(d, form);
    int n = snprintf(login, sizeof login, "%s:%s", d->client_id, d->client_secret);
    if (len == 0 || n < 0 || (size_t)n >= sizeof login) {
        return sf_fail(err, SF_EINVAL, "reddit: the credentials are too long");
    }
    int r = sf_http_add(
        d->http,
        &(sf_http_request){
            .url = d->token_endpoint, .login = login, .body = {form, len}, .tag = (uint64_t)SF_REDDIT_LOGIN << 56},
        err);
    memset(form, 0, sizeof form);
    memset(login, 0, sizeof login);
    d->logging_in = r == SF_OK;
    return r;
}

int sf_reddit_log_in(sf_reddit *d, int *r, sf_error *err)
{
    int ends = d->token[0] == '\0' || sf_clock_steady_ms() >= d->token_ends_ms - EARLY_MS;
    if (ends && !d->logging_in && sf_http_room(d->http) > 0) {
        *r = ask_for_token(d, err);
    }
    return d->token[0] != '\0' && sf_clock_steady_ms() < d->token_ends_ms;
}

int sf_reddit_take_login(sf_reddit *d, const sf_http_answer *a, sf_error *err)
{
    char error[SF_REDDIT_ERROR];
    int64_t expires_s;
    d->logging_in = 0;
    if (a->verdict == SF_HTTP_AGAIN) { /* it comes back by itself */
        sf_log(SF_LOG_WARN, "reddit: login: %s; asked again", a->reason);
        return SF_OK;
    }
    if (sf_reddit_read_token(a->body, d->token, &expires_s, error) != SF_OK) {
        return a->verdict == SF_HTTP_GOOD ? sf_fail(err, SF_EIO, "reddit: the login was refused: %s", error)
                                          : sf_fail(err, SF_EIO, "reddit: the login was refused: %s", a->reason);
    }
    d->token_ends_ms = sf_clock_steady_ms() + expires_s * 1000;
    d->generation++;
    return SF_OK;
}
