/* SPDX-License-Identifier: MIT */
/* What goes out to one socket: runs of messages straight from the ring, as many as there are in one send. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "hub_internal.h"

enum { PIECES = 64, RUN_MOST = 1 << 20, SSE_MOST = 65536, OUT_MOST = 16384 };

/* ---- the private part ------------------------------------------------------------------------------------------------ */

static int put_bytes(client *c, const void *bytes, size_t len)
{
    if (c->out_at == c->out_len) {
        c->out_at = c->out_len = 0;
    }
    unsigned char *out = realloc(c->out, c->out_len + len);
    if (out == NULL) {
        return 0;
    }
    memcpy(out + c->out_len, bytes, len);
    c->out = out;
    c->out_len += len;
    return 1;
}

static int put_event(client *c, int opcode, const void *payload, size_t len)
{
    static const char ping[] = ": ping\n\n";
    if (opcode == FRAME_PING) {
        return put_bytes(c, ping, sizeof ping - 1);
    }
    return opcode != FRAME_TEXT || (put_bytes(c, "data: ", 6) && put_bytes(c, payload, len) && put_bytes(c, "\n\n", 2));
}

int client_put(client *c, int opcode, const void *payload, size_t len)
{
    unsigned char head[FRAME_HEAD];
    if (c->out_len - c->out_at > OUT_MOST && opcode == FRAME_PONG) {
        return 1; /* who does not read does not hear; a later ping is answered */
    }
    if (c->sse) {
        return put_event(c, opcode, payload, len);
    }
    return put_bytes(c, head, frame_head(head, opcode, len)) && (len == 0 || put_bytes(c, payload, len));
}

static void watch(client *c, int blocked)
{
    if (c->blocked != blocked) {
        struct epoll_event e = {.events = EPOLLIN | (blocked ? (uint32_t)EPOLLOUT : 0), .data.ptr = c};
        c->blocked = (unsigned char)blocked;
        (void)epoll_ctl(c->hub->epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
    }
}

/* Sends what is in `out`. 1: all of it; 0: not, or the socket is gone. */
static int send_out(client *c)
{
    while (c->out_at < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            if (errno == EAGAIN) {
                watch(c, 1);
            } else {
                client_drop(c);
            }
            return 0;
        }
        c->out_at += (size_t)n;
    }
    free(c->out);
    c->out = NULL;
    c->out_at = c->out_len = 0;
    return 1;
}

/* ---- runs of messages ------------------------------------------------------------------------------------------------ */

/* Does the client get this one? While it is behind, only the newest about each signal. */
static int gets(const client *c, uint64_t number, int conflate)
{
    return !(conflate && ring_at(c->hub->ring, number)->stale) &&
           (c->filter == NULL || hub_wants(c->hub, c->filter, number));
}

typedef struct run {
    struct iovec pieces[PIECES];
    size_t n, bytes;
    uint64_t messages, stale, end; /* the first that is not in it */
} run;

static void gather(const client *c, int conflate, run *r)
{
    const ring *all = c->hub->ring;
    uint64_t next = ring_next(all);
    r->n = r->bytes = 0;
    r->messages = r->stale = 0;
    for (r->end = c->next; r->end < next && r->bytes < RUN_MOST; r->end++) {
        if (!gets(c, r->end, conflate)) {
            r->stale += (uint64_t)ring_at(all, r->end)->stale;
            continue;
        }
        const ring_message *m = ring_at(all, r->end);
        struct iovec *last = r->n > 0 ? &r->pieces[r->n - 1] : NULL;
        if (last != NULL && (unsigned char *)last->iov_base + last->iov_len == m->frame) {
            last->iov_len += m->len;
        } else if (r->n == PIECES) {
            break;
        } else {
            r->pieces[r->n++] = (struct iovec){.iov_base = m->frame, .iov_len = m->len};
        }
        r->bytes += m->len;
        r->messages++;
    }
}

/* The run went out in part: what is left of the frame that was cut is the client's own from now on. */
static int settle_part(client *c, size_t sent, const run *r)
{
    const ring *all = c->hub->ring;
    size_t piece = 0, at = 0;
    uint64_t whole = 0;
    /* Walk the pieces' messages: they are those of the run, in order. */
    for (; c->next < r->end; c->next++) {
        const ring_message *m = ring_at(all, c->next);
        if (piece == r->n || (unsigned char *)r->pieces[piece].iov_base + at != m->frame) {
            continue; /* it was passed over */
        }
        if (sent < m->len) {
            break;
        }
        sent -= m->len;
        whole++;
        at += m->len;
        if (at == r->pieces[piece].iov_len) {
            piece++;
            at = 0;
        }
    }
    c->hub->counts.deliveries += (double)whole;
    if (sent > 0) {
        const ring_message *m = ring_at(all, c->next++);
        return put_bytes(c, m->frame + sent, m->len - sent);
    }
    return 1;
}

/* 1: go on; 0: the socket takes no more, or is gone. */
static int send_run(client *c, int conflate)
{
    run r;
    gather(c, conflate, &r);
    if (r.n == 0) {
        c->next = r.end;
        return 1;
    }
    struct msghdr m = {.msg_iov = r.pieces, .msg_iovlen = r.n};
    ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        client_drop(c);
        return 0;
    }
    size_t sent = n > 0 ? (size_t)n : 0;
    c->hub->counts.bytes += (double)sent;
    if (sent == r.bytes) {
        c->hub->counts.deliveries += (double)r.messages;
        c->hub->counts.conflated += (double)(conflate ? r.stale : 0);
        c->next = r.end;
        return 1;
    }
    if (!settle_part(c, sent, &r)) {
        client_drop(c);
        return 0;
    }
    watch(c, 1);
    return 0;
}

/* ---- server-sent events ---------------------------------------------------------------------------------------------- */

static void put_message_event(sf_buffer *b, const hub *h, uint64_t number)
{
    const ring_message *m = ring_at(h->ring, number);
    sf_buffer_format(b, "id: %s-%" PRIu64 "\ndata: ", h->epoch, number);
    size_t from = b->len;
    sf_buffer_put(b, (const char *)m->frame + m->head, m->len - m->head);
    for (size_t i = from; i < b->len && !b->lost; i++) {
        if (b->bytes[i] == '\n' || b->bytes[i] == '\r') {
            b->bytes[i] = ' '; /* in JSON it can only be white space between members */
        }
    }
    sf_buffer_text(b, "\n\n");
}

/* Events are made for each client: there are few, and they do not look like frames. */
static int send_events(client *c, int conflate)
{
    sf_buffer b = {0};
    uint64_t messages = 0;
    for (; c->next < ring_next(c->hub->ring) && b.len < SSE_MOST; c->next++) {
        if (gets(c, c->next, conflate)) {
            put_message_event(&b, c->hub, c->next);
            messages++;
        }
    }
    int good = !b.lost && (b.len == 0 || put_bytes(c, b.bytes, b.len));
    sf_buffer_free(&b);
    if (!good) {
        client_drop(c);
        return 0;
    }
    c->hub->counts.deliveries += (double)messages;
    return send_out(c);
}

/* ---- all of it ------------------------------------------------------------------------------------------------------- */

void client_send(client *c)
{
    const hub *h = c->hub;
    if (c->state == CLIENT_GONE || !send_out(c)) {
        return;
    }
    watch(c, 0);
    if (c->state == CLIENT_CLOSING) {
        if (!c->after_close) {
            c->after_close = 1;
            (void)shutdown(c->fd, SHUT_WR);
        }
        return;
    }
    while (c->state == CLIENT_OPEN && c->next < ring_next(h->ring)) {
        if (c->next < ring_first(h->ring)) {
            client_close(c, CLOSE_TOO_SLOW); /* what it needs next has fallen out */
            return;
        }
        int conflate = ring_behind(h->ring, c->next) > h->o.backlog_bytes;
        if (!(c->sse ? send_events(c, conflate) : send_run(c, conflate))) {
            return;
        }
    }
}

static void count_close(int code)
{
    if (code == CLOSE_TOO_SLOW) {
        sf_metric_add(SF_METRIC_LIVE_TOO_SLOW, 1);
    } else if (code == CLOSE_EXPIRED) {
        sf_metric_add(SF_METRIC_LIVE_EXPIRED, 1);
    }
}

void client_close(client *c, int code)
{
    unsigned char payload[2] = {(unsigned char)(code >> 8), (unsigned char)code};
    if (c->state != CLIENT_OPEN) {
        return;
    }
    count_close(code);
    c->state = CLIENT_CLOSING;
    c->closing_ms = sf_clock_steady_ms();
    if (!client_put(c, FRAME_CLOSE, payload, code == CLOSE_NO_STATUS ? 0 : 2)) {
        client_drop(c);
        return;
    }
    if (!c->blocked) {
        client_send(c);
    }
}

void client_drop(client *c)
{
    if (c->state != CLIENT_GONE) {
        c->state = CLIENT_GONE;
        (void)close(c->fd); /* leaves epoll by itself */
        c->fd = -1;
        hub_forget(c);
    }
}
