/* SPDX-License-Identifier: MIT */
/* The client for the platforms' APIs, on libcurl's multi interface. A request stays on its line from sf_http_add() to the
 * sf_http_next() after the one that gave its answer. */
#include "http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backoff.h"
#include "clock.h"
#include "fail.h"
#include "log.h"
#include "metrics.h"

enum { FREE, WAITING, SENT, ANSWERED, TAKEN };

typedef struct line {
    CURL *easy;
    struct curl_slist *headers;
    char *body; /* what came */
    size_t len, cap;
    struct sf_http *client;
    uint64_t tag;
    int state;
    unsigned tries;
    uint64_t worked_before; /* the client's count when the first try went out */
    int64_t not_before_ms;  /* steady clock */
    int too_long;
    sf_http_verdict verdict;
    long status;
    int64_t answered_ms;
    char reason[CURL_ERROR_SIZE];
} line;

struct sf_http {
    sf_http_options o;
    CURLM *multi;
    line *lines;
    size_t n_lines;
    size_t sent;          /* lines in that state */
    double pace;          /* requests a second as the server's headers allow; -1: they say nothing */
    int watched;          /* a descriptor that ends waits; -1: none */
    double allowance;     /* requests that may go out now */
    int64_t allowance_ms; /* steady clock, when it was reckoned */
    uint64_t worked;      /* answers from a server that is there */
    int64_t held_ms;      /* steady clock: nothing goes out before */
    char held_why[96];
    sf_backoff away; /* tries > 0: the server is taken to be away */
    sf_backoff slow; /* tries > 0: the last answers were 429 */
    uint64_t seed;
    sf_http_counts counts;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up_curl(void)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

static size_t take_bytes(char *bytes, size_t size, size_t n, void *payload)
{
    line *l = payload;
    n *= size;
    if (n > l->client->o.most_bytes - l->len) {
        l->too_long = 1;
        return CURL_WRITEFUNC_ERROR;
    }
    if (l->cap - l->len < n) {
        size_t cap = l->cap < 4096 ? 4096 : l->cap;
        while (cap - l->len < n) {
            cap *= 2;
        }
        char *body = realloc(l->body, cap);
        if (body == NULL) {
            return CURL_WRITEFUNC_ERROR;
        }
        l->body = body;
        l->cap = cap;
    }
    memcpy(l->body + l->len, bytes, n);
    l->len += n;
    return n;
}

static int open_line(sf_http *h, line *l)
{
    CURL *e = curl_easy_init();
    char agent[64];
    if (e == NULL) {
        return SF_ENOMEM;
    }
    (void)snprintf(agent, sizeof agent, "SignalFlow/%s", sf_version_string());
    l->easy = e;
    l->client = h;
    unsigned bad = curl_easy_setopt(e, CURLOPT_PRIVATE, l) | curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_bytes) |
                   curl_easy_setopt(e, CURLOPT_WRITEDATA, l) | curl_easy_setopt(e, CURLOPT_ERRORBUFFER, l->reason) |
                   curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) | curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) |
                   curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") |
                   curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)h->o.timeout_ms) |
                   curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)h->o.timeout_ms) |
                   curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) | curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L) |
                   curl_easy_setopt(e, CURLOPT_USERAGENT, h->o.user_agent != NULL ? h->o.user_agent : agent);
    (void)curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, ""); /* whatever it can unpack */
    return bad == 0 ? SF_OK : SF_ENOMEM;
}

static void free_line(sf_http *h, line *l)
{
    if (l->state == SENT) {
        (void)curl_multi_remove_handle(h->multi, l->easy);
    }
    curl_easy_cleanup(l->easy);
    curl_slist_free_all(l->headers);
    free(l->body);
}

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

static void fill_in_defaults(sf_http_options *o)
{
    o->name = o->name != NULL ? o->name : "http";
    o->parallel = o->parallel > 0 ? o->parallel : 8;
    o->timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : 16000;
    o->most_bytes = o->most_bytes > 0 ? o->most_bytes : 8 * 1024 * 1024;
}

int sf_http_new(sf_http **out, const sf_http_options *o)
{
    (void)pthread_once(&once, set_up_curl);
    sf_http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return SF_ENOMEM;
    }
    h->o = *o;
    h->pace = -1;
    h->watched = -1;
    fill_in_defaults(&h->o);
    h->away = (sf_backoff){.first_ms = 30000, .most_ms = 600000};
    h->slow = (sf_backoff){.first_ms = 5000, .most_ms = 300000};
    h->allowance_ms = sf_clock_steady_ms();
    h->multi = curl_multi_init();
    h->lines = calloc(h->o.parallel, sizeof *h->lines);
    int r = h->multi != NULL && h->lines != NULL ? SF_OK : SF_ENOMEM;
    while (r == SF_OK && h->n_lines < h->o.parallel) {
        r = open_line(h, &h->lines[h->n_lines++]);
    }
    if (r != SF_OK) {
        sf_http_free(h);
        return r;
    }
    (void)curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->o.parallel);
    (void)curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)h->o.parallel);
    *out = h;
    return SF_OK;
}

void sf_http_free(sf_http *h)
{
    if (h != NULL) {
        for (size_t i = 0; i < h->n_lines; i++) {
            free_line(h, &h->lines[i]);
        }
        free(h->lines);
        (void)curl_multi_cleanup(h->multi);
        free(h);
    }
}

/* ---- requests ----------------------------------------------------------------------------------------------------- */

size_t sf_http_room(const sf_http *h)
{
    size_t room = 0;
    for (size_t i = 0; i < h->n_lines; i++) {
        room += h->lines[i].state == FREE || h->lines[i].state == TAKEN;
    }
    return room;
}

size_t sf_http_busy(const sf_http *h)
{
    return h->n_lines - sf_http_room(h);
}

static int set_headers(line *l, const char *const *headers)
{
    curl_slist_free_all(l->headers);
    l->headers = NULL;
    for (; headers != NULL && *headers != NULL; headers++) {
        struct curl_slist *more = curl_slist_append(l->headers, *headers);
        if (more == NULL) {
            return SF_ENOMEM;
        }
        l->headers = more;
    }
    return SF_OK;
}

static int set_request(line *l, const sf_http_request *r)
{
    CURLcode c = CURLE_OK;
    if (set_headers(l, r->headers) != SF_OK) {
        return SF_ENOMEM;
    }
    (void)curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers);
    if (r->body.ptr != NULL) {
        (void)curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        c = curl_easy_setopt(l->easy, CURLOPT_COPYPOSTFIELDS, r->body.ptr);
    } else {
        (void)curl_easy_setopt(l->easy, CURLOPT_HTTPGET, 1L);
    }
    c = c == CURLE_OK ? curl_easy_setopt(l->easy, CURLOPT_USERPWD, r->login) : c;
    c = c == CURLE_OK ? curl_easy_setopt(l->easy, CURLOPT_URL, r->url) : c;
    return c == CURLE_OK ? SF_OK : SF_ENOMEM;
}

int sf_http_add(sf_http *h, const sf_http_request *r, sf_error *err)
{
    line *l = NULL;
    for (size_t i = 0; i < h->n_lines && l == NULL; i++) {
        l = h->lines[i].state == FREE || h->lines[i].state == TAKEN ? &h->lines[i] : NULL;
    }
    if (l == NULL) {
        return sf_fail(err, SF_EINVAL, "%s: more requests than it has room for", h->o.name);
    }
    if (strncmp(r->url, "http://", 7) != 0 && strncmp(r->url, "https://", 8) != 0) {
        return sf_fail(err, SF_EINVAL, "%s: %.60s: neither http:// nor https://", h->o.name, r->url);
    }
    if (set_request(l, r) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s: %s", h->o.name, sf_strerror(SF_ENOMEM));
    }
    l->tag = r->tag;
    l->tries = 0;
    l->not_before_ms = 0;
    l->state = WAITING;
    return SF_OK;
}

/* ---- sending ------------------------------------------------------------------------------------------------------ */

/* Requests a second that are allowed, the slower of what is set and what the server says; 0: any number. */
static double rate_of(const sf_http *h)
{
    return h->pace > 0 && (h->o.per_second <= 0 || h->pace < h->o.per_second) ? h->pace : h->o.per_second;
}

double sf_http_rate(const sf_http *h)
{
    return rate_of(h);
}

/* Brings the allowance up to date; up to a second's worth is saved up, and one request at least. */
static void reckon(sf_http *h, int64_t now_ms)
{
    double rate = rate_of(h), most = rate > 1 ? rate : 1;
    h->allowance = rate > 0 ? h->allowance + rate * (double)(now_ms - h->allowance_ms) / 1000 : most;
    h->allowance = h->allowance < most ? h->allowance : most;
    h->allowance_ms = now_ms;
}

/* When the line's request may go out: steady clock; INT64_MAX: not before something else happens. */
static int64_t ready_ms(const sf_http *h, const line *l)
{
    int64_t at = l->not_before_ms > h->held_ms ? l->not_before_ms : h->held_ms;
    double rate = rate_of(h);
    if (rate > 0 && h->allowance < 1) {
        int64_t budget = h->allowance_ms + (int64_t)((1 - h->allowance) / rate * 1000) + 1;
        at = budget > at ? budget : at;
    }
    return h->away.tries > 0 && h->sent > 0 ? INT64_MAX : at; /* one at a time feels its way */
}

void sf_http_hold(sf_http *h, int64_t ms, const char *why)
{
    int64_t until = sf_clock_steady_ms() + ms;
    if (until > h->held_ms) {
        h->held_ms = until;
        (void)snprintf(h->held_why, sizeof h->held_why, "%.*s", (int)sizeof h->held_why - 1, why);
    }
}

/* For the figures: everything waits, and why. */
static void stall(const sf_http *h, const char *why)
{
    char name[80];
    (void)snprintf(name, sizeof name, "%.40s: %s", h->o.name, why);
    sf_metric_add_of(SF_METRIC_STALLS, name, -1, 1);
}

static void send_line(sf_http *h, line *l)
{
    int64_t unpaid = h->o.pay != NULL ? h->o.pay(h->o.payload, l->tag) : 0;
    if (unpaid > 0) {
        stall(h, "budget");
        sf_http_hold(h, unpaid, "the budget is spent");
        return;
    }
    if (l->tries == 0) {
        l->worked_before = h->worked;
    }
    l->tries++;
    l->len = 0;
    l->too_long = 0;
    l->reason[0] = '\0';
    if (curl_multi_add_handle(h->multi, l->easy) == CURLM_OK) {
        l->state = SENT;
        h->sent++;
        h->counts.requests++;
        h->allowance -= 1;
    }
}

/* Sends what may be sent. Returns when the next one may: steady clock, INT64_MAX if none waits for time to pass. */
static int64_t send_ready(sf_http *h)
{
    int64_t now = sf_clock_steady_ms(), next = INT64_MAX;
    reckon(h, now);
    for (size_t i = 0; i < h->n_lines; i++) {
        line *l = &h->lines[i];
        if (l->state == WAITING && ready_ms(h, l) <= now) {
            send_line(h, l);
        } else if (l->state == WAITING) {
            int64_t at = ready_ms(h, l);
            next = at < next ? at : next;
        }
    }
    return next;
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

/* The server is away: everything waits, for half of the pause at least. */
static void pause_all(sf_http *h, line *l)
{
    int64_t least = h->away.first_ms;
    for (unsigned i = 0; i < h->away.tries && least < h->away.most_ms; i++) {
        least *= 2;
    }
    least = (least < h->away.most_ms ? least : h->away.most_ms) / 2;
    int64_t random = sf_backoff_next(&h->away) / 2;
    sf_http_hold(h, least + random, l->reason);
    h->counts.pauses++;
    stall(h, "away");
    l->tries = 0;
    l->state = WAITING;
}

static void ask_again(sf_http *h, line *l)
{
    h->counts.again++;
    if (h->away.tries > 0) {
        pause_all(h, l);
    } else if (l->tries < SF_HTTP_TRIES) {
        sf_backoff pause = {.first_ms = 1000, .most_ms = 60000, .tries = l->tries, .seed = h->seed};
        l->not_before_ms = sf_clock_steady_ms() + sf_backoff_next(&pause);
        h->seed = pause.seed;
        l->state = WAITING;
    } else if (h->worked == l->worked_before) {
        pause_all(h, l);
    } else {
        l->state = ANSWERED;
    }
}

static const char *header_of(const line *l, const char *name)
{
    struct curl_header *found;
    return curl_easy_header(l->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : NULL;
}

/* 429: as long as the server says, and longer each time it says it again. */
static void slow_down(sf_http *h, line *l)
{
    const char *reset = h->o.limit.reset != NULL ? header_of(l, h->o.limit.reset) : NULL;
    int64_t wait = sf_http_limit_wait(&h->o.limit, header_of(l, "retry-after"), reset, l->answered_ms);
    int64_t more = h->slow.tries > 0 ? sf_backoff_next(&h->slow) : 0;
    h->slow.tries += h->slow.tries == 0;
    h->counts.slowed++;
    stall(h, "slowed down");
    sf_http_hold(h, wait + more, "429, too many requests");
    l->tries--;
    l->state = WAITING;
}

static int is_redirect(const line *l)
{
    return l->status >= 300 && l->status < 400;
}

static sf_http_verdict judge(const sf_http *h, const line *l)
{
    const char *to = h->o.nowhere != NULL && is_redirect(l) ? header_of(l, "location") : NULL;
    return to != NULL && strstr(to, h->o.nowhere) != NULL ? SF_HTTP_GONE
                                                          : sf_http_judge(l->status, (sf_str){l->body, l->len});
}

static void say_why(line *l, CURLcode result)
{
    if (l->too_long) {
        (void)snprintf(l->reason, sizeof l->reason, "an answer longer than %zu bytes", l->client->o.most_bytes);
    } else if (result != CURLE_OK && l->reason[0] == '\0') {
        (void)snprintf(l->reason, sizeof l->reason, "%s", curl_easy_strerror(result));
    } else if (result == CURLE_OK) {
        (void)snprintf(l->reason, sizeof l->reason, "%ld%s", l->status,
                       l->status >= 200 && l->status < 300 ? ", and no whole JSON"
                       : is_redirect(l)                    ? ", a redirect"
                                                           : "");
    }
}

/* What the headers say of the platform's limit, on any answer. */
static void read_limit(sf_http *h, const line *l)
{
    const sf_http_limit *limit = &h->o.limit;
    int64_t wait = 0;
    if (limit->remaining != NULL && limit->reset != NULL) {
        double pace = sf_http_limit_pace(limit, header_of(l, limit->remaining), header_of(l, limit->reset),
                                         l->answered_ms, &wait);
        h->pace = pace >= 0 ? pace : h->pace;
        if (pace >= 0) {
            sf_metric_set_of(SF_METRIC_BUDGET, h->o.name, -1, strtod(header_of(l, limit->remaining), NULL));
        }
    }
    if (wait > 0) {
        stall(h, "limit");
        sf_http_hold(h, wait, "the limit is reached");
    }
}

static void finish(sf_http *h, line *l, CURLcode result)
{
    l->status = 0;
    if (result == CURLE_OK) {
        (void)curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &l->status);
    }
    l->answered_ms = sf_clock_ms();
    sf_metric_add_of(SF_METRIC_REQUESTS, h->o.name, (int32_t)l->status, 1);
    l->verdict = judge(h, l);
    if (l->status != 0) {
        read_limit(h, l);
    }
    h->counts.good += l->verdict == SF_HTTP_GOOD;
    if (l->verdict != SF_HTTP_GOOD) {
        h->counts.failed++;
        say_why(l, result);
        sf_log(SF_LOG_DEBUG, "%s: %s (try %u)", h->o.name, l->reason, l->tries);
    }
    if (l->verdict == SF_HTTP_AGAIN) {
        ask_again(h, l);
        return;
    }
    h->away.tries = 0;
    if (l->verdict == SF_HTTP_SLOW_DOWN) {
        slow_down(h, l);
        return;
    }
    h->worked++;
    h->slow.tries = 0;
    l->state = ANSWERED;
}

/* Lets libcurl work, and takes what has ended. Returns how many answers there are. */
static size_t perform(sf_http *h)
{
    int running, left;
    size_t answers = 0;
    (void)curl_multi_perform(h->multi, &running);
    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left)) != NULL;) {
        line *l = NULL;
        CURLcode result = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&l);
        (void)curl_multi_remove_handle(h->multi, l->easy);
        h->sent--;
        finish(h, l, result);
    }
    for (size_t i = 0; i < h->n_lines; i++) {
        answers += h->lines[i].state == ANSWERED;
    }
    return answers;
}

size_t sf_http_wait(sf_http *h, int64_t timeout_ms)
{
    (void)perform(h); /* what came meanwhile may say that nothing more is to be sent */
    int64_t next = send_ready(h), now = sf_clock_steady_ms();
    int64_t wait = next < now ? 0 : next - now < timeout_ms ? next - now : timeout_ms;
    size_t answers = perform(h);
    if (answers == 0 && h->sent > 0) {
        struct curl_waitfd also = {.fd = h->watched, .events = CURL_WAIT_POLLIN};
        (void)curl_multi_poll(h->multi, &also, h->watched >= 0, (int)wait, NULL);
        answers = perform(h);
    } else if (answers == 0) {
        sf_sleep_until_readable(h->watched, wait);
    }
    return answers;
}

void sf_http_watch(sf_http *h, int fd)
{
    h->watched = fd;
}

int sf_http_next(sf_http *h, sf_http_answer *out)
{
    line *found = NULL;
    for (size_t i = 0; i < h->n_lines; i++) {
        line *l = &h->lines[i];
        l->state = l->state == TAKEN ? FREE : l->state;
        found = found == NULL && l->state == ANSWERED ? l : found;
    }
    if (found == NULL) {
        return 0;
    }
    found->state = TAKEN;
    *out = (sf_http_answer){.tag = found->tag,
                            .verdict = found->verdict,
                            .status = found->status,
                            .body = {found->body, found->len},
                            .answered_ms = found->answered_ms,
                            .reason = found->reason,
                            .line = found};
    return 1;
}

const char *sf_http_header(const sf_http_answer *a, const char *name)
{
    return header_of(a->line, name);
}

int sf_http_away(const sf_http *h, sf_error *err)
{
    int64_t left = h->held_ms - sf_clock_steady_ms();
    int held = left > 0 && h->sent == 0;
    if (held) {
        (void)sf_fail(err, SF_EAGAIN, "%s: %s; paused for %lld s", h->o.name, h->held_why,
                      (long long)(left / 1000 + 1));
    } else if (h->away.tries > 0) {
        (void)sf_fail(err, SF_EAGAIN, "%s: %s", h->o.name, h->held_why);
    }
    return held || h->away.tries > 0;
}

sf_http_counts sf_http_count(const sf_http *h)
{
    return h->counts;
}
