/* SPDX-License-Identifier: MIT */
/* reddit:SUB[+SUB...] polls Reddit: /r/SUB/new for new posts, /api/info and a schedule for their numbers. docs/sources.md is its
 * manual. */
#include "reddit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum { EVERY_MS = 30000, SOON_MS = 60000, LATER_MS = 600000, PAGE = 100 };

/* ---- opening ------------------------------------------------------------------------------------------------------ */

static int join(sf_source *base, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {NULL};
    sf_reddit *d = (sf_reddit *)base;
    size_t len = strlen(url->rest);
    (void)settings;
    int r = sf_url_check_query(url, known, err);
    if (r != SF_OK) {
        return r;
    }
    if (len == 0 || len != strspn(url->rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+") ||
        len >= sizeof d->listings[0].name) {
        return sf_fail(err, SF_EINVAL, "%.60s: names no subreddit, as in reddit:technology+science", url->text);
    }
    if (d->n_listings == SF_REDDIT_LISTINGS) {
        return sf_fail(err, SF_EINVAL, "%.60s: more than %d listings", url->text, SF_REDDIT_LISTINGS);
    }
    sf_reddit_listing *l = &d->listings[d->n_listings++];
    memcpy(l->name, url->rest, len + 1);
    l->every_ms = EVERY_MS;
    sf_reddit_recall_ground(d, l);
    return SF_OK;
}

static void close_reddit(sf_source *base)
{
    sf_reddit *d = (sf_reddit *)base;
    if (d->http != NULL) {
        sf_http_counts c = sf_http_count(d->http);
        sf_log(SF_LOG_INFO,
               "reddit: %" PRIu64 " requests, %" PRIu64 " again, %" PRIu64 " slowed down, %" PRIu64 " pauses; "
               "%zu posts tracked, %" PRIu64 " gaps",
               c.requests, c.again, c.slowed, c.pauses, sf_schedule_count(d->poller.tracked), d->gaps);
    }
    sf_http_free(d->http);
    sf_poller_close(&d->poller);
    free(d->listings);
    free(d);
}

/* Reddit wants to know who asks: platform:app-id:version (by /u/name). */
static int set_user_agent(sf_reddit *d, const sf_settings *settings, sf_error *err)
{
    const char *own = sf_settings_text(settings, "reddit-user-agent");
    int n = own != NULL ? snprintf(d->user_agent, sizeof d->user_agent, "%s", own)
                        : snprintf(d->user_agent, sizeof d->user_agent, "linux:signalflow:v%s (by /u/%s)",
                                   sf_version_string(), d->username != NULL ? d->username : "");
    if (own == NULL && d->username == NULL) {
        return sf_fail(err, SF_EINVAL, "reddit: needs reddit-user-agent, \"platform:app-id:version (by /u/name)\"");
    }
    if (n < 0 || (size_t)n >= sizeof d->user_agent || strstr(d->user_agent, "/u/") == NULL ||
        d->user_agent[strcspn(d->user_agent, "\r\n")] != '\0') {
        return sf_fail(err, SF_EINVAL, "reddit-user-agent: is not as \"platform:app-id:version (by /u/name)\"");
    }
    return SF_OK;
}

static int read_credentials(sf_reddit *d, const sf_settings *settings, sf_error *err)
{
    d->client_id = sf_settings_text(settings, "reddit-client-id");
    d->client_secret = sf_settings_text(settings, "reddit-client-secret");
    d->username = sf_settings_text(settings, "reddit-username");
    d->password = sf_settings_text(settings, "reddit-password");
    if (d->client_id == NULL || d->client_secret == NULL) {
        return sf_fail(err, SF_EINVAL,
                       "reddit: needs an app's id and secret, in SF_REDDIT_CLIENT_ID and "
                       "SF_REDDIT_CLIENT_SECRET (or files, in SF_REDDIT_..._FILE)");
    }
    if ((d->username == NULL) != (d->password == NULL)) {
        return sf_fail(err, SF_EINVAL, "reddit: reddit-username and reddit-password go together");
    }
    return set_user_agent(d, settings, err);
}

static int open_parts(sf_reddit *d, const sf_settings *settings, sf_error *err)
{
    sf_http_options http = {.name = "reddit",
                            .user_agent = d->user_agent,
                            .parallel = SF_REDDIT_PARALLEL,
                            .per_second = d->rate,
                            .timeout_ms = sf_settings_integer(settings, "http-timeout"),
                            .nowhere = "/subreddits/search", /* there is no such subreddit */
                            .limit = {.reset = "x-ratelimit-reset", .remaining = "x-ratelimit-remaining"}};
    int r = sf_poller_open(&d->poller, &sf_reddit_platform, settings, err);
    r = r == SF_OK ? sf_poller_recall(&d->poller, sf_reddit_recall_line, d, err) : r;
    if (r == SF_OK && sf_http_new(&d->http, &http) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "reddit: %s", sf_strerror(SF_ENOMEM));
    }
    return r;
}

static int open_reddit(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    sf_reddit *d = calloc(1, sizeof *d);
    if (d == NULL || (d->listings = calloc(SF_REDDIT_LISTINGS, sizeof *d->listings)) == NULL) {
        free(d);
        return sf_fail(err, SF_ENOMEM, "reddit: %s", sf_strerror(SF_ENOMEM));
    }
    d->poller.platform = &sf_reddit_platform;
    d->rate = sf_settings_number(settings, "reddit-rate");
    int r = sf_endpoint(settings, "reddit-endpoint", &d->endpoint, err);
    r = r == SF_OK ? sf_endpoint(settings, "reddit-token-endpoint", &d->token_endpoint, err) : r;
    r = r == SF_OK ? read_credentials(d, settings, err) : r;
    r = r == SF_OK && !sf_settings_flag(settings, "check-config") ? open_parts(d, settings, err) : r;
    r = r == SF_OK ? join(&d->base, url, settings, err) : r;
    if (r != SF_OK) {
        close_reddit(&d->base);
        return r;
    }
    *out = &d->base;
    return SF_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static int ask(sf_reddit *d, const char *what, sf_reddit_kind kind, size_t which, sf_error *err)
{
    char url[4096], authorization[SF_REDDIT_TOKEN + 32];
    const char *const headers[] = {authorization, NULL};
    size_t len = strlen(d->endpoint);
    len -= len > 0 && d->endpoint[len - 1] == '/';
    int n = snprintf(url, sizeof url, "%.*s%s", (int)len, d->endpoint, what);
    if (n < 0 || (size_t)n >= sizeof url) {
        return sf_fail(err, SF_EINVAL, "reddit-endpoint: too long");
    }
    (void)snprintf(authorization, sizeof authorization, "Authorization: bearer %s", d->token);
    uint64_t tag = (uint64_t)kind << 56 | (uint64_t)(d->generation & 0xFFFFFF) << 32 | which;
    return sf_http_add(d->http, &(sf_http_request){.url = url, .headers = headers, .tag = tag}, err);
}

static int ask_for_page(sf_reddit *d, size_t i, sf_error *err)
{
    sf_reddit_listing *l = &d->listings[i];
    char what[512];
    (void)snprintf(what, sizeof what, "/r/%s/new?limit=%d&raw_json=1%s%s", l->name, PAGE,
                   l->after[0] != '\0' ? "&after=" : "", l->after);
    l->asked = 1;
    return ask(d, what, SF_REDDIT_NEW, i, err);
}

/* Asks for the numbers of up to 100 posts. Returns 0 where none is due. */
static int ask_for_look(sf_reddit *d, size_t i, int64_t now_ms, int *r, sf_error *err)
{
    sf_look *look = &d->looks[i];
    char what[SF_LOOK_MOST * 20 + 64], buf[SF_SOURCE_ID];
    if (sf_poller_take_look(&d->poller, look, SF_LOOK_MOST, now_ms) == 0) {
        return 0;
    }
    size_t n = (size_t)snprintf(what, sizeof what, "/api/info?raw_json=1&id=");
    for (size_t k = 0; k < look->n; k++) {
        sf_str id = d->poller.platform->source_id_of(look->ids[k], (sf_str){"", 0}, buf);
        n += (size_t)snprintf(what + n, sizeof what - n, "%s%s", k > 0 ? "," : "", id.ptr);
    }
    *r = ask(d, what, SF_REDDIT_INFO, i, err);
    return 1;
}

/* Listings first, since they are what shows news. */
static int ask_for_all(sf_reddit *d, int64_t now_ms, sf_error *err)
{
    int64_t steady = sf_clock_steady_ms();
    int r = SF_OK;
    if (!sf_reddit_log_in(d, &r, err)) {
        return r;
    }
    for (size_t i = 0; i < d->n_listings && r == SF_OK; i++) {
        sf_reddit_listing *l = &d->listings[i];
        if (!l->off && !l->asked && l->due_ms <= steady && sf_http_room(d->http) > 0) {
            r = ask_for_page(d, i, err);
        }
    }
    for (size_t i = 0; i < SF_REDDIT_PARALLEL && r == SF_OK && sf_http_room(d->http) > 0; i++) {
        if (d->looks[i].n == 0 && !ask_for_look(d, i, now_ms, &r, err)) {
            break;
        }
    }
    return r;
}

/* How long until something is due; at most `most`. */
static int64_t until_due(sf_reddit *d, int64_t now_ms, int64_t most)
{
    int64_t steady = sf_clock_steady_ms();
    if (d->token[0] == '\0' || steady >= d->token_ends_ms) {
        return most; /* until there is a token again */
    }
    for (size_t i = 0; i < d->n_listings; i++) {
        const sf_reddit_listing *l = &d->listings[i];
        most = !l->off && !l->asked && l->due_ms - steady < most ? l->due_ms - steady : most;
    }
    return sf_poller_until_due(&d->poller, now_ms, most);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int take_look(sf_reddit *d, sf_records *b, sf_look *look, const sf_http_answer *a)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    sf_poller_observed(&d->poller, a->answered_ms);
    if (a->verdict != SF_HTTP_GOOD) {
        int64_t later = a->verdict == SF_HTTP_LOG_IN ? 0 : a->verdict == SF_HTTP_AGAIN ? SOON_MS : LATER_MS;
        sf_log(later > 0 ? SF_LOG_WARN : SF_LOG_DEBUG, "reddit: info: %s; put off", a->reason);
        sf_poller_put_off_look(&d->poller, look, later);
        return SF_OK;
    }
    sf_batch_reset(d->poller.scratch);
    int64_t n = sf_normalise(d->poller.scratch, SF_REDDIT, a->body, d->poller.last_ms, &report, &why);
    if (n < 0) {
        sf_log(SF_LOG_WARN, "reddit: info: %s; put off", why.message);
        sf_poller_put_off_look(&d->poller, look, SOON_MS);
        return n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
    }
    return sf_poller_take_answer(&d->poller, b, look, a->body, &report);
}

/* A token that is refused is renewed; if the new one is refused as well, there is no way in. */
static int take_refusal(sf_reddit *d, const sf_http_answer *a, sf_error *err)
{
    /* Of several that were on their way together only the first counts. */
    int current = (a->tag >> 32 & 0xFFFFFF) == (d->generation & 0xFFFFFF) && d->token[0] != '\0';
    if (a->verdict == SF_HTTP_GOOD) {
        d->refused = 0;
    } else if (a->verdict == SF_HTTP_LOG_IN && current) {
        d->token[0] = '\0';
        if (d->refused++ > 0) {
            return sf_fail(err, SF_EIO, "reddit: 401, and with a new token again");
        }
    }
    return SF_OK;
}

static int take_answer(sf_reddit *d, sf_records *b, const sf_http_answer *a, sf_error *err)
{
    size_t which = (size_t)(a->tag & UINT32_MAX);
    int r = SF_OK;
    switch ((sf_reddit_kind)(a->tag >> 56)) {
    case SF_REDDIT_LOGIN: return sf_reddit_take_login(d, a, err);
    case SF_REDDIT_NEW: r = sf_reddit_take_page(d, b, &d->listings[which], a); break;
    case SF_REDDIT_INFO: r = take_look(d, b, &d->looks[which], a); break;
    }
    return r == SF_OK ? take_refusal(d, a, err) : r;
}

static int is_any_left(const sf_reddit *d)
{
    size_t i = 0;
    while (i < d->n_listings && d->listings[i].off) {
        i++;
    }
    return i < d->n_listings;
}

/* With --once: is nothing on its way, and nothing due? */
static int is_done(sf_reddit *d, int64_t now_ms)
{
    return d->poller.once && d->token[0] != '\0' && sf_http_busy(d->http) == 0 && until_due(d, now_ms, 1) > 0;
}

static int64_t read_reddit(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    sf_reddit *d = (sf_reddit *)base;
    sf_http_answer a;
    size_t before = b->n;
    int64_t now = sf_clock_ms();
    if (!is_any_left(d)) {
        return sf_fail(err, SF_EIO, "reddit: no listing is left to be polled");
    }
    if (is_done(d, now)) {
        return SF_EEND;
    }
    sf_poller_expire(&d->poller, now);
    int r = sf_poller_fit(&d->poller, d->http, now, sf_http_rate(d->http) * SF_LOOK_MOST);
    r = r == SF_OK ? ask_for_all(d, now, err) : r;
    (void)sf_http_wait(d->http, sf_http_room(d->http) > 0 ? until_due(d, now, timeout_ms) : timeout_ms);
    while (r == SF_OK && b->n - before < most && sf_http_next(d->http, &a)) {
        r = take_answer(d, b, &a, err);
    }
    if (r == SF_OK) {
        sf_watched seen = sf_poller_watched(d->http);
        seen.gaps = d->gaps;
        r = sf_poller_watch(&d->poller, b, seen);
    }
    return sf_poller_end(&d->poller, b, before, r, d->http, err);
}

static int commit(sf_source *base, uint64_t position, sf_error *err)
{
    return sf_state_commit(((sf_reddit *)base)->poller.state, position, err);
}

static void plan(const sf_source *base, FILE *to)
{
    const sf_reddit *d = (const sf_reddit *)base;
    for (size_t i = 0; i < d->n_listings; i++) {
        char what[300];
        (void)snprintf(what, sizeof what, "/r/%s/new, 100 posts a page", d->listings[i].name);
        sf_poller_plan(to, "reddit", what, d->listings[i].every_ms, 1);
    }
    sf_poller_plan_looks(&d->poller, to, sf_http_rate(d->http), SF_LOOK_MOST);
}

const sf_source_ops sf_reddit_source = {
    .scheme = "reddit",
    .summary = "reddit:SUB[+SUB...]  new posts of subreddits, live",
    .live = 1,
    .open = open_reddit,
    .join = join,
    .read = read_reddit,
    .commit = commit,
    .plan = plan,
    .close = close_reddit,
};
