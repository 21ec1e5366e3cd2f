/* SPDX-License-Identifier: MIT */
/* bluesky:[jetstream|search|feed][?...] follows Bluesky: its stream, searches and feeds for new posts, what the stream tells and
 * getPosts for their numbers. docs/sources.md is its manual. */
#include "bluesky.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

enum {
    SOON_MS = 60000,
    LATER_MS = 600000,
    EVERY_MS = 60000,   /* between polls of a search or feed */
    CHECK_MS = 3600000, /* what was counted is checked so often */
    PAGES_MOST = 10,
    KNOWN_POSTS = 2, /* on a page that make it known ground */
    OFF_MS = 3600000,
    NOTED_MS = 12 * 3600000,
    OLD_MS = 72 * 3600000, /* posts that are older are asked for: what was counted does not say that they are there */
    QUIET_MS = 30000       /* a stream that has said nothing new for so long has nothing to say */
};

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static int ask(sf_bluesky *y, const char *what, uint64_t tag, sf_error *err)
{
    char url[32768], authorization[SF_BLUESKY_TOKEN + 32];
    const sf_bluesky_login *l = &y->login;
    const char *endpoint = l->identifier != NULL ? l->endpoint : y->endpoint, *const headers[] = {authorization, NULL};
    size_t len = strlen(endpoint);
    len -= len > 0 && endpoint[len - 1] == '/';
    int n = snprintf(url, sizeof url, "%.*s%s", (int)len, endpoint, what);
    if (n < 0 || (size_t)n >= sizeof url) {
        return sf_fail(err, SF_EINVAL, "bluesky-endpoint: too long");
    }
    (void)snprintf(authorization, sizeof authorization, "Authorization: Bearer %s", l->token);
    sf_http_request r = {.url = url, .tag = tag | (uint64_t)(l->generation & 0xFFFFFF) << 34};
    r.headers = l->identifier != NULL ? headers : NULL;
    return sf_http_add(y->http, &r, err);
}

static int ask_for_list(sf_bluesky *y, size_t i, sf_error *err)
{
    sf_bluesky_list *l = &y->lists[i];
    char what[sizeof l->path + SF_BLUESKY_CURSOR * 3 + 16], cursor[SF_BLUESKY_CURSOR * 3 + 1] = "";
    int more = l->cursor[0] != '\0' && sf_url_encode(l->cursor, cursor, sizeof cursor) > 0;
    (void)snprintf(what, sizeof what, "%s%s%s", l->path, more ? "&cursor=" : "", cursor);
    l->asked = 1;
    return ask(y, what, i, err);
}

/* Has all that happened to the post been heard since its numbers were asked for last? While there is no stream nobody knows. */
static int is_heard(const sf_bluesky *y, const sf_tracked *t)
{
    return y->stream.socket != NULL && (y->stream.collections & SF_BLUESKY_LIKE) != 0 && !t->again && !t->gone &&
           t->missed == 0 && t->first_ms + t->checked_ms >= y->check_from_ms;
}

/* Is what the stream has told of this post good enough? Only if it was checked not long ago: at 1, 2, 4, 8 ... hours of age. */
static int is_counted(const sf_bluesky *y, const sf_tracked *t, int64_t now_ms)
{
    int64_t checked_ms = t->first_ms + t->checked_ms;
    return is_heard(y, t) && now_ms - t->first_ms < OLD_MS &&
           (now_ms - checked_ms < CHECK_MS || now_ms - checked_ms < checked_ms - t->first_ms);
}

/* Asks for the numbers of up to 25 posts; the first of them is due. */
static int ask_for_look(sf_bluesky *y, size_t i, int64_t now_ms, sf_error *err)
{
    sf_look *look = &y->looks[i];
    char what[SF_BLUESKY_LOOK * (SF_SOURCE_ID + 8) + 64], buf[SF_SOURCE_ID];
    size_t n = (size_t)snprintf(what, sizeof what, "/xrpc/app.bsky.feed.getPosts");
    const sf_tracked *t = sf_schedule_first(y->poller.tracked);
    while (look->n < SF_BLUESKY_LOOK && t != NULL && !is_counted(y, t, now_ms) &&
           (t = sf_poller_take_due(&y->poller, now_ms)) != NULL) {
        look->ids[look->n++] = t->id;
        t = sf_schedule_first(y->poller.tracked);
    }
    for (size_t k = 0; k < look->n; k++) {
        t = sf_schedule_find(y->poller.tracked, look->ids[k]);
        n += (size_t)snprintf(what + n, sizeof what - n, "%curis=%s", k == 0 ? '?' : '&',
                              sf_poller_source_id(&y->poller, t, buf).ptr);
    }
    return look->n > 0 ? ask(y, what, SF_BLUESKY_LOOK_TAG | i, err) : SF_OK;
}

/* Without a token, where there is a login, nothing is asked for. */
static int may_ask(const sf_bluesky *y)
{
    return y->login.identifier == NULL || y->login.token[0] != '\0';
}

/* A look that is not on its way, if a request may be; SF_BLUESKY_PARALLEL: none. */
static size_t free_look(const sf_bluesky *y)
{
    size_t i = 0;
    while (i < SF_BLUESKY_PARALLEL && y->looks[i].n > 0) {
        i++;
    }
    return sf_http_room(y->http) > 0 && may_ask(y) ? i : SF_BLUESKY_PARALLEL;
}

/* Looks at posts that are due: what was counted is told at once, the others are asked for; what was heard is told nevertheless where no
 * request may go out. */
static int look_at_posts(sf_bluesky *y, sf_records *b, size_t most, int64_t now_ms, sf_error *err)
{
    sf_tracked *t;
    int r = SF_OK;
    while (r == SF_OK && b->n < most && (t = sf_schedule_first(y->poller.tracked)) != NULL && t->due_ms <= now_ms) {
        size_t i = free_look(y);
        if (is_counted(y, t, now_ms) || (i == SF_BLUESKY_PARALLEL && is_heard(y, t))) {
            t = sf_poller_take_due(&y->poller, now_ms);
            r = t != NULL ? sf_poller_count(&y->poller, b, t, now_ms) : SF_OK;
        } else if (i < SF_BLUESKY_PARALLEL) {
            r = ask_for_look(y, i, now_ms, err);
        } else {
            break;
        }
    }
    return r;
}

static int ask_for_lists(sf_bluesky *y, sf_error *err)
{
    int64_t steady = sf_clock_steady_ms();
    int r = SF_OK;
    for (size_t i = 0; i < y->n_lists && r == SF_OK && may_ask(y); i++) {
        sf_bluesky_list *l = &y->lists[i];
        if (!l->off && !l->asked && l->due_ms <= steady && sf_http_room(y->http) > 0) {
            r = ask_for_list(y, i, err);
        }
    }
    return r;
}

/* How long until something is due that can be asked for; at most `most`. */
static int64_t until_due(sf_bluesky *y, int64_t now_ms, int64_t most)
{
    int64_t steady = sf_clock_steady_ms();
    for (size_t i = 0; i < y->n_lists && sf_http_room(y->http) > 0 && may_ask(y); i++) {
        const sf_bluesky_list *l = &y->lists[i];
        most = !l->off && !l->asked && l->due_ms - steady < most ? l->due_ms - steady : most;
    }
    if (y->stream.wanted && y->stream.socket == NULL) {
        most = y->stream.due_ms - steady < most ? y->stream.due_ms - steady : most;
    }
    most = most > 0 ? most : 0;
    return free_look(y) < SF_BLUESKY_PARALLEL ? sf_poller_until_due(&y->poller, now_ms, most) : most;
}

/* ---- answers ------------------------------------------------------------------------------------------------------ */

int sf_bluesky_take_posts(sf_bluesky *y, sf_records *b, sf_str body, size_t *known)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_batch_reset(y->poller.scratch);
    int64_t n = sf_normalise(y->poller.scratch, SF_BLUESKY, body, y->poller.last_ms, &report, NULL);
    int r = n < 0 ? (int)n : SF_OK;
    for (size_t i = 0; i < report.n_children && r == SF_OK; i++) {
        const sf_child *c = &report.children[i];
        sf_str raw = {body.ptr + c->offset, (size_t)c->length};
        size_t before = b->n;
        if (c->signal >= 0) {
            sf_signal *s = sf_batch_at(y->poller.scratch, (size_t)c->signal);
            r = sf_bluesky_first_sight(y, b, s, raw);
        } else if (c->status != SF_ESKIP) {
            r = sf_poller_reject_once(&y->poller, b, 0, raw, c);
        }
        *known += b->n == before;
    }
    return r;
}

/* What a list is remembered by, among the ids that were seen: it has known ground for as long as they are kept. */
static uint64_t id_of_list(const sf_bluesky_list *l)
{
    return sf_bluesky_platform.id_of(sf_cstr(l->path));
}

/* The walk over a search ends. */
static void end_walk(sf_bluesky *y, sf_bluesky_list *l)
{
    int64_t seen_ms = sf_seen_at(y->poller.seen, id_of_list(l));
    if (seen_ms == SF_NO_TIME || y->poller.last_ms - seen_ms >= NOTED_MS) {
        sf_poller_keep_seen(&y->poller, id_of_list(l), y->poller.last_ms);
    }
    l->pages = 0;
    l->cursor[0] = '\0';
    l->due_ms = sf_clock_steady_ms() + EVERY_MS;
}

static int read_list(sf_bluesky *y, sf_records *b, sf_bluesky_list *l, sf_str body)
{
    size_t known = 0;
    y->poller.oldest_ms = SF_NO_TIME;
    int r = sf_bluesky_take_posts(y, b, body, &known);
    if (r == SF_ENOMEM) {
        return r;
    }
    sf_bluesky_read_cursor(body, l->cursor);
    l->pages++;
    int met = sf_seen_at(y->poller.seen, id_of_list(l)) != SF_NO_TIME;
    if (r != SF_OK || !l->goes_on || (!met && sf_poller_is_filled(&y->poller)) || (met && known >= KNOWN_POSTS) ||
        l->cursor[0] == '\0' || l->pages == PAGES_MOST) {
        end_walk(y, l);
    }
    return SF_OK;
}

static int take_list(sf_bluesky *y, sf_records *b, sf_bluesky_list *l, const sf_http_answer *a)
{
    l->asked = 0;
    l->due_ms = sf_clock_steady_ms();
    switch (a->verdict) {
    case SF_HTTP_GOOD: return read_list(y, b, l, a->body);
    case SF_HTTP_AGAIN:
        sf_log(SF_LOG_WARN, "bluesky: %.60s: %s; asked again", l->path, a->reason);
        l->due_ms += EVERY_MS;
        break;
    case SF_HTTP_LOG_IN:
    case SF_HTTP_FORBIDDEN:
        sf_log(SF_LOG_WARN, "bluesky: %.60s: %s; left alone for an hour", l->path, a->reason);
        l->due_ms += OFF_MS;
        break;
    default:
        sf_log(SF_LOG_WARN, "bluesky: %.60s: %s; polled no more", l->path, a->reason);
        l->off = 1;
        break;
    }
    return SF_OK;
}

static int take_look(sf_bluesky *y, sf_records *b, sf_look *look, const sf_http_answer *a)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {.message = ""};
    sf_batch_reset(y->poller.scratch);
    int64_t n = a->verdict != SF_HTTP_GOOD
                    ? SF_EPARSE
                    : sf_normalise(y->poller.scratch, SF_BLUESKY, a->body, y->poller.last_ms, &report, &why);
    if (n >= 0) {
        return sf_poller_take_answer(&y->poller, b, look, a->body, &report);
    }
    sf_log(SF_LOG_WARN, "bluesky: getPosts: %s; put off", a->verdict != SF_HTTP_GOOD ? a->reason : why.message);
    sf_poller_put_off_look(&y->poller, look,
                           a->verdict == SF_HTTP_AGAIN || a->verdict == SF_HTTP_GOOD ? SOON_MS : LATER_MS);
    return n == SF_ENOMEM ? SF_ENOMEM : SF_OK;
}

/* The token has ended: the same is asked for again. */
static int ask_anew(sf_bluesky *y, const sf_http_answer *a)
{
    size_t i = (size_t)(a->tag & UINT32_MAX);
    if ((a->tag & SF_BLUESKY_LOOK_TAG) != 0) {
        sf_poller_put_off_look(&y->poller, &y->looks[i], 0);
    } else {
        y->lists[i].asked = 0;
    }
    return SF_OK;
}

static int take_answer(sf_bluesky *y, sf_records *b, const sf_http_answer *a, sf_error *err)
{
    size_t i = (size_t)(a->tag & UINT32_MAX);
    if ((a->tag & SF_BLUESKY_LOGIN_TAG) != 0) {
        return sf_bluesky_take_login(y, a, err);
    }
    int refused = sf_bluesky_take_refusal(y, a, err);
    if (refused != 0) {
        return refused == 1 ? ask_anew(y, a) : refused;
    }
    return (a->tag & SF_BLUESKY_LOOK_TAG) != 0 ? take_look(y, b, &y->looks[i], a) : take_list(y, b, &y->lists[i], a);
}

static int take_answers(sf_bluesky *y, sf_records *b, size_t most, sf_error *err)
{
    sf_http_answer a;
    int r = SF_OK;
    while (r == SF_OK && b->n < most && sf_http_next(y->http, &a)) {
        sf_poller_observed(&y->poller, a.answered_ms);
        r = take_answer(y, b, &a, err);
    }
    return r;
}

static int is_any_left(const sf_bluesky *y)
{
    size_t i = 0;
    while (i < y->n_lists && y->lists[i].off) {
        i++;
    }
    return y->stream.wanted || i < y->n_lists;
}

/* With --once: is the stream read up to where the run began (or as far as it says anything), and nothing else on its way or due? */
static int is_done(sf_bluesky *y, int64_t now_ms)
{
    const sf_bluesky_stream *s = &y->stream;
    int read = !s->wanted || s->cursor_us / 1000 >= y->opened_ms ||
               (s->socket != NULL && now_ms - y->opened_ms > QUIET_MS &&
                sf_clock_steady_ms() - sf_websocket_heard_ms(s->socket) > QUIET_MS / 10);
    return y->poller.once && read && sf_http_busy(y->http) == 0 && until_due(y, now_ms, 1) > 0;
}

/* Until the stream or the API have something to say. */
static void wait_for_more(sf_bluesky *y, int64_t ms)
{
    sf_websocket *socket = y->stream.socket;
    sf_http_watch(y->http, socket != NULL ? sf_websocket_fd(socket) : -1);
    (void)sf_http_wait(y->http, socket != NULL && sf_websocket_wait_open(socket, ms) ? 0 : ms);
}

/* Where there is a stream, it is what watches. */
static sf_watched watched(const sf_bluesky *y)
{
    const sf_bluesky_stream *s = &y->stream;
    sf_watched seen = sf_poller_watched(y->http);
    seen.is_up = s->wanted ? s->socket != NULL && s->heard : seen.is_up;
    seen.failures += s->drops;
    seen.gaps = s->gaps;
    return seen;
}

static int64_t read_bluesky(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    sf_bluesky *y = (sf_bluesky *)base;
    size_t before = b->n;
    int64_t now = sf_clock_ms();
    if (!is_any_left(y)) {
        return sf_fail(err, SF_EIO, "bluesky: nothing is left to be polled");
    }
    if (is_done(y, now)) {
        return SF_EEND;
    }
    sf_poller_expire(&y->poller, now);
    int r = sf_poller_fit(&y->poller, y->http, now, sf_http_rate(y->http) * SF_BLUESKY_LOOK);
    r = r == SF_OK ? sf_bluesky_take_events(y, b, most - most / 4)
                   : r; /* so that looks have room, however busy the stream is */
    r = r == SF_OK ? look_at_posts(y, b, before + most, now, err) : r;
    (void)sf_bluesky_log_in(y, &r, err);
    r = r == SF_OK ? ask_for_lists(y, err) : r;
    if (r == SF_OK) { /* what was read is on its way first; else it waits for something to be read */
        wait_for_more(y, b->n > before ? 0 : until_due(y, now, timeout_ms));
        r = take_answers(y, b, before + most, err);
    }
    if (b->n > before) {
        sf_bluesky_keep_cursor(y);
    }
    r = r == SF_OK ? sf_poller_watch(&y->poller, b, watched(y)) : r;
    return sf_poller_end(&y->poller, b, before, r, y->stream.wanted ? NULL : y->http, err);
}

static int commit(sf_source *base, uint64_t position, sf_error *err)
{
    return sf_state_commit(((sf_bluesky *)base)->poller.state, position, err);
}

static void plan(const sf_source *base, FILE *to)
{
    const sf_bluesky *y = (const sf_bluesky *)base;
    if (y->stream.wanted) {
        fprintf(to, "bluesky: the stream of posts%s%s, one connection\n",
                y->stream.collections & SF_BLUESKY_LIKE ? ", likes" : "",
                y->stream.collections & SF_BLUESKY_REPOST ? ", reposts" : "");
    }
    for (size_t i = 0; i < y->n_lists; i++) {
        sf_poller_plan(to, "bluesky", y->lists[i].path, EVERY_MS, 1);
    }
    sf_poller_plan_looks(&y->poller, to, sf_http_rate(y->http), SF_BLUESKY_LOOK);
}

const sf_source_ops sf_bluesky_source = {
    .scheme = "bluesky",
    .summary = "bluesky:[jetstream|search|feed][?...]  Bluesky's stream, searches, feeds, live",
    .live = 1,
    .open = sf_bluesky_open,
    .join = sf_bluesky_join,
    .read = read_bluesky,
    .commit = commit,
    .plan = plan,
    .close = sf_bluesky_close,
};
