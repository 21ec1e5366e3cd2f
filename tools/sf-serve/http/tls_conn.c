/* SPDX-License-Identifier: MIT */
/* A connection of TLS: what comes from one side goes to the other. Each direction stops where the next one does not take it, so a client that does not
 * read is one that does not read to the server, too. */
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls_internal.h"

enum { HANDSHAKE_MS = 10000, STUCK_MS = 30000, LINGER_MS = 2000, ROUNDS = 16 };

/* ---- coming and going ---------------------------------------------------------------------------------------------- */

static void watch(const tls_conn *c, int fd, uint32_t *now, uint32_t wanted)
{
    if (fd < 0 || *now == wanted) {
        return;
    }
    /* Who is not waited for is not watched at all: a hang-up would be told again and again. */
    struct epoll_event e = {.events = wanted, .data.ptr = (void *)(uintptr_t)c};
    int what = *now == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    (void)epoll_ctl(c->front->epoll, what, fd, &e);
    *now = wanted;
}

void tls_conn_add(tls_front *t, int net, const char *peer)
{
    tls_conn *c = calloc(1, sizeof *c);
    SSL *ssl = c != NULL ? SSL_new(t->context) : NULL;
    if (ssl == NULL || SSL_set_fd(ssl, net) != 1) {
        SSL_free(ssl);
        free(c);
        (void)close(net);
        return;
    }
    *c = (tls_conn){.front = t, .ssl = ssl, .net = net, .plain = -1, .since_ms = t->now_ms};
    memcpy(c->peer, peer, strnlen(peer, sizeof c->peer - 1));
    c->next = t->all;
    c->prev = &t->all;
    if (t->all != NULL) {
        t->all->prev = &c->next;
    }
    t->all = c;
    t->n++;
    atomic_fetch_add(&t->shaking, 1);
    watch(c, net, &c->net_events, EPOLLIN);
}

void tls_conn_kill(tls_conn *c)
{
    tls_front *t = c->front;
    if (c->dead) {
        return;
    }
    (void)close(c->net);
    if (c->plain >= 0) {
        (void)close(c->plain);
    } else {
        atomic_fetch_sub(&t->shaking, 1);
    }
    SSL_free(c->ssl);
    free(c->in.bytes);
    free(c->out.bytes);
    *c->prev = c->next;
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    c->dead = 1;
    c->next = t->dead;
    t->dead = c;
    t->n--;
}

/* ---- the handshake ------------------------------------------------------------------------------------------------- */

/* 1: there is something to wait for, which is put into *wants; 0: it is over. */
static int would_wait(const tls_conn *c, int r, uint32_t *wants)
{
    int why = SSL_get_error(c->ssl, r);
    *wants = why == SSL_ERROR_WANT_READ ? EPOLLIN : why == SSL_ERROR_WANT_WRITE ? EPOLLOUT : 0;
    return *wants != 0;
}

static void shake_hands(tls_conn *c)
{
    int pair[2];
    uint32_t wants;
    ERR_clear_error();
    int r = SSL_accept(c->ssl);
    if (r != 1) {
        if (would_wait(c, r, &wants)) {
            watch(c, c->net, &c->net_events, wants);
        } else {
            tls_conn_kill(c);
        }
        return;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        tls_conn_kill(c);
        return;
    }
    c->plain = pair[0];
    c->since_ms = c->front->now_ms;
    c->front->o.take(c->front->o.payload, pair[1], c->peer);
    atomic_fetch_sub(&c->front->shaking, 1); /* in this order: it is never neither */
}

/* ---- bytes --------------------------------------------------------------------------------------------------------- */

/* Keeps what was not taken. 0: no memory. */
static int keep(tls_rest *r, const char *bytes, size_t len)
{
    r->bytes = malloc(len);
    if (r->bytes == NULL) {
        return 0;
    }
    memcpy(r->bytes, bytes, len);
    r->len = len;
    r->sent = 0;
    return 1;
}

static void advance(tls_rest *r, size_t n)
{
    r->sent += n;
    if (r->sent == r->len) {
        free(r->bytes);
        *r = (tls_rest){NULL, 0, 0};
    }
}

/* How many were taken; 0: none now. Nobody there to take them: all are, so that the client can go on to its end. */
static size_t put_plain(tls_conn *c, const char *bytes, size_t len)
{
    ssize_t n = c->deaf ? -1 : send(c->plain, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
        return (size_t)n;
    }
    if (!c->deaf && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    c->deaf = 1;
    return len;
}

/* Likewise; -1: the connection is broken. */
static ssize_t put_net(tls_conn *c, const char *bytes, size_t len)
{
    size_t n = 0;
    ERR_clear_error();
    int r = SSL_write_ex(c->ssl, bytes, len, &n);
    c->write_wants = 0;
    if (r == 1) {
        c->since_ms = c->front->now_ms;
        return (ssize_t)n;
    }
    return would_wait(c, r, &c->write_wants) ? 0 : -1;
}

/* Passes on what has come, until one side will not any more. 0: the connection is broken. */
static int move_in(tls_conn *c)
{
    char *scratch = c->front->scratch;
    for (;;) {
        if (c->in.len > 0) {
            advance(&c->in, put_plain(c, c->in.bytes + c->in.sent, c->in.len - c->in.sent));
        }
        if (c->in.len > 0 || c->net_ended) {
            return 1;
        }
        size_t n = 0;
        ERR_clear_error();
        int r = SSL_read_ex(c->ssl, scratch, TLS_ROOM, &n);
        c->read_wants = 0;
        if (r != 1) {
            if (would_wait(c, r, &c->read_wants)) {
                return 1;
            }
            c->net_ended = 1;
            (void)shutdown(c->plain, SHUT_WR);
            return SSL_get_error(c->ssl, r) == SSL_ERROR_ZERO_RETURN;
        }
        size_t taken = put_plain(c, scratch, n);
        if (taken < n && !keep(&c->in, scratch + taken, n - taken)) {
            return 0;
        }
    }
}

static void say_goodbye(tls_conn *c)
{
    c->plain_ended = 1;
    c->since_ms = c->front->now_ms;
    (void)SSL_shutdown(c->ssl);
    (void)shutdown(c->net, SHUT_WR);
}

static int move_out(tls_conn *c)
{
    char *scratch = c->front->scratch;
    for (int i = 0; i < ROUNDS; i++) { /* others want to go on, too */
        if (c->out.len > 0) {
            ssize_t n = put_net(c, c->out.bytes + c->out.sent, c->out.len - c->out.sent);
            if (n < 0) {
                return 0;
            }
            advance(&c->out, (size_t)n);
        }
        if (c->out.len > 0 || c->plain_ended) {
            return 1;
        }
        ssize_t n = recv(c->plain, scratch, TLS_ROOM, MSG_DONTWAIT);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        if (n == 0) {
            say_goodbye(c);
            return 1;
        }
        ssize_t taken = put_net(c, scratch, (size_t)n);
        if (taken < 0 || (taken < n && !keep(&c->out, scratch + taken, (size_t)(n - taken)))) {
            return 0;
        }
    }
    return 1;
}

void tls_conn_move(tls_conn *c)
{
    if (c->plain < 0) {
        shake_hands(c);
        if (c->dead || c->plain < 0) {
            return;
        }
    }
    if (!move_in(c) || !move_out(c) || (c->net_ended && c->plain_ended)) {
        tls_conn_kill(c);
        return;
    }
    watch(c, c->net, &c->net_events,
          (c->net_ended || c->in.len > 0 ? 0 : c->read_wants) | (c->out.len > 0 ? c->write_wants : 0));
    watch(c, c->plain, &c->plain_events,
          (c->plain_ended || c->out.len > 0 ? 0 : EPOLLIN) | (c->in.len > 0 ? EPOLLOUT : 0));
}

void tls_conn_time(tls_conn *c)
{
    int64_t past = c->front->now_ms - c->since_ms;
    if ((c->plain < 0 && past > (atomic_load(&c->front->closed) ? 1000 : HANDSHAKE_MS)) ||
        (c->out.len > 0 && past > STUCK_MS) || (c->plain_ended && past > LINGER_MS)) {
        tls_conn_kill(c);
    }
}
