/* SPDX-License-Identifier: MIT */
/* The hub's thread: takes notes, sends once a tick, looks at the clock.
 *
 * The tick follows the load: a round over all sockets that took the processor for d is followed by a pause of 2 d, at most tick_ms. So little
 * load has no delay, and much load has long runs, which are what makes it cheap. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics.h"
#include "hub_internal.h"

enum { EVENTS = 256, SWEEP_MS = 250, SHORT_NS = 1000000 };

static const char reset_message[] = "{\"type\":\"reset\"}";

/* ---- messages -------------------------------------------------------------------------------------------------------- */

static void add_message(hub *h, sf_str object, const sf_hash *key, int for_all)
{
    uint64_t number = ring_next(h->ring);
    if (ring_add(h->ring, h->epoch, object, key) != SF_OK) {
        return; /* hub_publish() has seen to it that it fits */
    }
    ring_at(h->ring, number)->for_all = for_all;
    hub_judge(h, number);
    sf_metric_add(SF_METRIC_LIVE_MESSAGES, 1);
}

static void add_reset(hub *h)
{
    add_message(h, sf_cstr(reset_message), NULL, 1);
    sf_metric_add(SF_METRIC_LIVE_RESETS, 1);
}

/* ---- clients --------------------------------------------------------------------------------------------------------- */

void hub_forget(client *c)
{
    hub *h = c->hub;
    h->clients[c->place] = h->clients[--h->n];
    h->clients[c->place]->place = c->place;
    c->next_gone = h->gone;
    h->gone = c;
    hub_leave(h, c);
    hub_let_go(h, c->filter);
    c->filter = NULL;
    sf_metric_add(SF_METRIC_LIVE_CLIENTS, -1);
}

static void reap(hub *h)
{
    for (client *c = h->gone, *next; c != NULL; c = next) {
        next = c->next_gone;
        free(c->out);
        free(c->in);
        free(c->text);
        free(c);
    }
    h->gone = NULL;
}

/* Where a cursor goes on; 0: that is not there any more, or never was. */
static uint64_t resume(const hub *h, const char *cursor)
{
    size_t n = strlen(h->epoch);
    char *end;
    if (strncmp(cursor, h->epoch, n) != 0 || cursor[n] != '-' || cursor[n + 1] < '0' || cursor[n + 1] > '9') {
        return 0;
    }
    uint64_t number = strtoull(cursor + n + 1, &end, 10);
    return *end == '\0' && number < ring_next(h->ring) && number + 1 >= ring_first(h->ring) ? number + 1 : 0;
}

static int list(hub *h, client *c)
{
    if (h->n == h->cap) {
        size_t cap = h->cap > 0 ? h->cap * 2 : 256;
        client **clients = realloc((void *)h->clients, cap * sizeof *clients);
        if (clients == NULL) {
            return SF_ENOMEM;
        }
        h->clients = clients;
        h->cap = cap;
    }
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, c->fd, &e) != 0) {
        return SF_EIO;
    }
    c->place = h->n;
    h->clients[h->n++] = c;
    return SF_OK;
}

/* The note keeps the client if it cannot be taken. */
static void take_client(hub *h, note *n)
{
    client *c = n->client;
    filter *f = c->filter;
    uint64_t from = n->cursor[0] != '\0' ? resume(h, n->cursor) : ring_next(h->ring);
    if (list(h, c) != SF_OK) {
        return;
    }
    n->client = NULL;
    sf_metric_add(SF_METRIC_LIVE_CLIENTS, 1);
    c->filter = NULL;
    c->next = from > 0 ? from : ring_next(h->ring);
    c->heard_ms = sf_clock_steady_ms() - (int64_t)(c->place * 37 % (size_t)h->o.ping_ms); /* pings spread */
    if (hub_subscribe(c, f) != SF_OK ||
        (from == 0 && !client_put(c, FRAME_TEXT, reset_message, sizeof reset_message - 1))) {
        client_drop(c);
        return;
    }
    size_t len = c->in_len;
    if (len > 0) {
        unsigned char *rest = c->in;
        c->in = NULL;
        c->in_len = 0;
        client_take(c, rest, len);
        free(rest);
    }
    client_send(c);
}

static void kick(hub *h, const char *id)
{
    for (size_t i = h->n; i > 0; i--) {
        if (i <= h->n && strcmp(h->clients[i - 1]->user->id, id) == 0) {
            client_close(h->clients[i - 1], CLOSE_POLICY);
        }
    }
}

/* ---- notes ----------------------------------------------------------------------------------------------------------- */

static void take_note(hub *h, note *n)
{
    switch (n->kind) {
    case NOTE_MESSAGE:
        add_message(h, (sf_str){n->bytes, n->len}, n->keyed ? &n->key : NULL, 0);
        h->oldest_ns = h->oldest_ns > 0 ? h->oldest_ns : n->at_ns;
        break;
    case NOTE_RESET: add_reset(h); break;
    case NOTE_KICK: kick(h, n->bytes); break;
    case NOTE_ADOPT: take_client(h, n); break;
    }
    hub_free_note(h, n);
}

/* Returns whether it is to stop. */
static int take_notes(hub *h)
{
    uint64_t ignored;
    (void)!read(h->event_fd, &ignored, sizeof ignored);
    pthread_mutex_lock(&h->lock);
    note *n = h->first;
    int lost = h->lost, stopping = h->stopping;
    h->first = NULL;
    h->last = &h->first;
    h->waiting_bytes = 0;
    h->lost = 0;
    pthread_mutex_unlock(&h->lock);
    for (note *next; n != NULL; n = next) {
        next = n->next;
        take_note(h, n);
    }
    if (lost) {
        add_reset(h);
    }
    return stopping;
}

/* ---- the tick -------------------------------------------------------------------------------------------------------- */

static void tell_counts(hub *h)
{
    sf_metric_add(SF_METRIC_LIVE_DELIVERIES, h->counts.deliveries);
    sf_metric_add(SF_METRIC_LIVE_BYTES, h->counts.bytes);
    if (h->counts.conflated > 0) {
        sf_metric_add(SF_METRIC_LIVE_CONFLATED, h->counts.conflated);
    }
    memset(&h->counts, 0, sizeof h->counts);
}

/* What the thread has worked: neighbours on a busy machine must not lengthen the tick. */
static int64_t worked_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void flush(hub *h)
{
    int64_t before = worked_ns();
    for (size_t i = h->n; i > 0; i--) {
        client *c = i <= h->n ? h->clients[i - 1] : NULL;
        if (c != NULL && !c->blocked && c->state == CLIENT_OPEN && c->next < ring_next(h->ring)) {
            client_send(c);
        }
    }
    int64_t end = hub_now_ns(), took = worked_ns() - before, pause = took < SHORT_NS ? 0 : 2 * took;
    pause = pause > h->o.tick_ms * 1000000 ? h->o.tick_ms * 1000000 : pause;
    h->flush_at_ns = end + pause;
    if (h->oldest_ns > 0) {
        sf_metric_observe(SF_METRIC_LIVE_SECONDS, (double)(end - h->oldest_ns) / 1e9);
        h->oldest_ns = 0;
    }
    tell_counts(h);
}

/* Has anything come since the last round? */
static int is_due(const hub *h, uint64_t sent)
{
    return ring_next(h->ring) != sent;
}

/* ---- the clock ------------------------------------------------------------------------------------------------------- */

static void look_at_clock(hub *h, client *c, int64_t now, int64_t wall)
{
    int behind =
        ring_behind(h->ring, c->next < ring_first(h->ring) ? ring_first(h->ring) : c->next) > h->o.backlog_bytes;
    if (c->state == CLIENT_CLOSING) {
        if (now - c->closing_ms > CLOSE_MS) {
            client_drop(c);
        }
        return;
    }
    c->slow_ms = !behind ? 0 : c->slow_ms > 0 ? c->slow_ms : now;
    if (c->expires_ms != SF_NO_TIME && wall >= c->expires_ms) {
        client_close(c, CLOSE_EXPIRED);
    } else if (c->next < ring_first(h->ring) || (behind && now - c->slow_ms > h->o.backlog_ms)) {
        client_close(c, CLOSE_TOO_SLOW);
    } else if (!c->sse && now - c->heard_ms > 3 * h->o.ping_ms) {
        client_drop(c); /* two pings were not answered */
    } else if (now - c->heard_ms > (c->pinged + 1) * h->o.ping_ms) {
        c->pinged++;
        c->heard_ms = c->sse ? now : c->heard_ms;
        c->pinged = c->sse ? 0 : c->pinged;
        if (!client_put(c, FRAME_PING, NULL, 0)) {
            client_drop(c);
        } else if (!c->blocked) {
            client_send(c);
        }
    }
}

static void sweep(hub *h)
{
    int64_t now = sf_clock_steady_ms(), wall = sf_clock_ms();
    if (now - h->swept_ms < SWEEP_MS) {
        return;
    }
    h->swept_ms = now;
    for (size_t i = h->n; i > 0; i--) {
        if (i <= h->n) {
            look_at_clock(h, h->clients[i - 1], now, wall);
        }
    }
}

/* ---- the loop -------------------------------------------------------------------------------------------------------- */

static int wait_ms(const hub *h, int due)
{
    int64_t left = due ? (h->flush_at_ns - hub_now_ns() + 999999) / 1000000 : SWEEP_MS;
    return left < 0 ? 0 : left > SWEEP_MS ? SWEEP_MS : (int)left;
}

static void take_event(const struct epoll_event *e)
{
    client *c = e->data.ptr;
    if (c->state != CLIENT_GONE && (e->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        client_read(c);
    }
    if (c->state != CLIENT_GONE && (e->events & EPOLLOUT) != 0) {
        client_send(c);
    }
}

static void close_all(hub *h)
{
    for (size_t i = h->n; i > 0; i--) {
        if (i <= h->n) {
            client_close(h->clients[i - 1], CLOSE_AWAY);
        }
    }
}

static int is_past(hub *h)
{
    pthread_mutex_lock(&h->lock);
    int past = sf_clock_steady_ms() >= h->stop_by_ms;
    pthread_mutex_unlock(&h->lock);
    return past;
}

void *hub_loop(void *payload)
{
    hub *h = payload;
    struct epoll_event events[EVENTS];
    uint64_t sent = ring_next(h->ring);
    int stopping = 0, closed = 0;
    while (!stopping || (h->n > 0 && !is_past(h))) {
        int n = epoll_wait(h->epoll_fd, events, EVENTS, stopping ? 20 : wait_ms(h, is_due(h, sent)));
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr != NULL) {
                take_event(&events[i]);
            } else {
                stopping = take_notes(h);
            }
        }
        if (is_due(h, sent) && (stopping || hub_now_ns() >= h->flush_at_ns)) {
            sent = ring_next(h->ring);
            flush(h);
        }
        sweep(h);
        if (stopping && !closed) {
            close_all(h);
            closed = 1;
        }
        reap(h);
    }
    while (h->n > 0) {
        client_drop(h->clients[h->n - 1]);
    }
    reap(h);
    return NULL;
}
