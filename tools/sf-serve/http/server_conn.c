/* SPDX-License-Identifier: MIT */
/* A connection's life: a request comes, is handed over, is answered; the next. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server_internal.h"

enum { FIRST_ROOM = 2048, IN_MOST = 32768, LINGER_MS = 2000 };

/* ---- small things -------------------------------------------------------------------------------------------------- */

void http_conn_watch(http_conn *c, uint32_t events)
{
    if (c->events != events && c->fd >= 0) {
        struct epoll_event e = {.events = events, .data.ptr = c};
        (void)epoll_ctl(c->s->epoll, EPOLL_CTL_MOD, c->fd, &e);
        c->events = events;
    }
}

static void free_exchange(http_conn *c)
{
    free(c->x);
    c->x = NULL;
}

/* The connection is over. An exchange that is still being answered is told so, and freed by its answer. */
static void detach(http_conn *c)
{
    http_server *s = c->s;
    void (*ready)(http_exchange *) = c->ready;
    http_exchange *x = c->x;
    http_body_release(c->out.body);
    sf_buffer_free(&c->out.head);
    c->out = (conn_out){.head_sent = 0};
    http_peer_remove(s, c->peer);
    *c->prev = c->next;
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    s->n--;
    c->next = s->dead;
    s->dead = c;
    c->fd = -1;
    c->x = NULL;
    if (c->state == CONN_SENDING) {
        free(x); /* it has been answered */
        x = NULL;
    }
    if (x != NULL) { /* what it points to must stay for as long as it is answered */
        x->gone = 1;
        x->conn = NULL;
        x->kept = c->in;
        c->in = NULL;
    }
    if (x != NULL && c->state == CONN_STREAM && ready != NULL) {
        c->ready = NULL;
        ready(x);
    }
}

void http_conn_kill(http_conn *c)
{
    if (c->fd >= 0) {
        (void)close(c->fd);
        detach(c);
    }
}

static void linger(http_conn *c)
{
    (void)shutdown(c->fd, SHUT_WR);
    c->state = CONN_LINGER;
    c->since_ms = c->s->now_ms;
    c->len = 0;
    http_conn_watch(c, EPOLLIN);
}

/* ---- after an answer ----------------------------------------------------------------------------------------------- */

static void finish(http_conn *c)
{
    free_exchange(c);
    c->ready = NULL;
    if (!c->keep) {
        linger(c);
        return;
    }
    c->len -= c->taken;
    if (c->len > 0) {
        memmove(c->in, c->in + c->taken, c->len);
    }
    c->taken = 0;
    c->state = CONN_HEAD;
    c->since_ms = c->s->now_ms;
    http_conn_watch(c, EPOLLIN);
    if (!c->busy && c->len > 0) {
        http_conn_process(c);
    }
}

void http_conn_refuse(http_conn *c, int status)
{
    sf_buffer fields = {0}, body = {0};
    const char *type = c->s->o.refusal(c->s->o.payload, status, &fields, &body);
    http_answer a = {
        .status = status, .type = type, .fields = {fields.bytes, fields.len}, .text = {body.bytes, body.len}};
    c->keep = 0;
    c->taken = c->len;
    sf_str head = http_compose(c, NULL, &a, HTTP_LENGTH);
    sf_buffer_put(&c->s->scratch, body.bytes != NULL ? body.bytes : "", body.len);
    c->state = CONN_SENDING;
    if (http_conn_send(c, (sf_str){c->s->scratch.bytes, head.len + body.len}, NULL, 0) == 1) {
        finish(c);
    }
    sf_buffer_free(&fields);
    sf_buffer_free(&body);
}

/* A wholly sent answer, or a piece of one. */
static void sent(http_conn *c)
{
    if (c->state != CONN_STREAM) {
        finish(c);
    } else if (c->ready != NULL) {
        http_conn_watch(c, 0);
        c->ready(c->x);
    }
}

void http_conn_writable(http_conn *c)
{
    if (http_conn_flush(c) == 1) {
        sent(c);
    }
}

/* ---- answers ------------------------------------------------------------------------------------------------------- */

static void forget(http_exchange *x)
{
    free(x->kept);
    free(x);
}

void http_reply(http_exchange *x, const http_answer *a)
{
    http_conn *c = x->conn;
    if (c == NULL) {
        http_body_release(a->body);
        forget(x);
        return;
    }
    int bare = http_same(x->head.method, "HEAD") && x->head.method.ptr[0] == 'H';
    c->keep = c->keep && !a->close && !c->s->stopping;
    c->state = CONN_SENDING;
    sf_str head = http_compose(c, &x->head, a, HTTP_LENGTH);
    if (!bare && a->text.len > 0) {
        sf_buffer_put(&c->s->scratch, a->text.ptr, a->text.len);
        head = (sf_str){c->s->scratch.bytes, c->s->scratch.lost ? 0 : c->s->scratch.len};
    }
    if (head.len == 0) {
        http_body_release(a->body);
        http_conn_kill(c);
        return;
    }
    if (bare) {
        http_body_release(a->body);
    }
    if (http_conn_send(c, head, bare ? NULL : a->body, 0) == 1) {
        finish(c);
    }
}

void http_reply_start(http_exchange *x, const http_answer *a, void (*ready)(http_exchange *x))
{
    http_conn *c = x->conn;
    if (c == NULL) {
        ready(x);
        return;
    }
    c->chunks = x->head.minor > 0;
    c->keep = c->keep && c->chunks && !c->s->stopping;
    c->state = CONN_STREAM;
    c->ready = ready;
    sf_str head = http_compose(c, &x->head, a, c->chunks ? HTTP_CHUNKED : HTTP_UNTIL_CLOSE);
    if (http_conn_send(c, head, NULL, 0) == 1) {
        sent(c);
    }
}

void http_reply_piece(http_exchange *x, http_body *piece)
{
    http_conn *c = x->conn;
    if (c == NULL || piece == NULL || piece->len == 0) {
        http_body_release(piece);
        if (c != NULL) {
            sent(c);
        }
        return;
    }
    sf_buffer *b = &c->s->scratch;
    sf_buffer_cut(b, 0);
    if (c->chunks) {
        sf_buffer_format(b, "%zx\r\n", piece->len);
    }
    if (http_conn_send(c, (sf_str){b->len > 0 ? b->bytes : "", b->len}, piece, c->chunks ? 2 : 0) == 1) {
        sent(c);
    }
}

void http_reply_end(http_exchange *x, int whole)
{
    http_conn *c = x->conn;
    if (c == NULL) {
        forget(x);
        return;
    }
    c->state = CONN_SENDING;
    c->keep = c->keep && whole;
    c->ready = NULL;
    if (!whole) {
        c->x = NULL;
        free(x);
        http_conn_kill(c);
        return;
    }
    if (http_conn_send(c, sf_cstr(c->chunks ? "0\r\n\r\n" : ""), NULL, 0) == 1) {
        finish(c);
    }
}

int http_take_over(http_exchange *x, sf_str head, sf_buffer *rest)
{
    http_conn *c = x->conn;
    if (c == NULL) {
        forget(x);
        return -1;
    }
    int fd = c->fd;
    if (send(fd, head.ptr, head.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)head.len) {
        free_exchange(c);
        http_conn_kill(c);
        return -1;
    }
    sf_buffer_put(rest, c->in + c->taken, c->len - c->taken);
    (void)epoll_ctl(c->s->epoll, EPOLL_CTL_DEL, fd, NULL);
    free_exchange(c);
    detach(c);
    return fd;
}

/* ---- requests ------------------------------------------------------------------------------------------------------ */

static int make_room(http_conn *c, size_t need)
{
    if (c->cap >= need) {
        return 1;
    }
    size_t cap = c->cap < FIRST_ROOM ? FIRST_ROOM : 2 * c->cap;
    cap = cap < need ? need : cap;
    char *in = realloc(c->in, cap);
    if (in == NULL) {
        http_conn_kill(c);
        return 0;
    }
    c->in = in;
    c->cap = cap;
    return 1;
}

/* Hands a whole request over. */
static void handle(http_conn *c, sf_str body, size_t taken)
{
    http_exchange *x = calloc(1, sizeof *x);
    if (x == NULL || http_read_head((sf_str){c->in, c->head_len}, &x->head) <= 0) {
        free(x);
        http_conn_kill(c);
        return;
    }
    c->fresh = 0;
    c->taken = taken;
    c->keep = x->head.keep_alive;
    c->state = CONN_HANDLING;
    c->x = x;
    x->body = body;
    memcpy(x->peer, c->peer, sizeof x->peer);
    x->secure = c->secure;
    x->server = c->s;
    x->conn = c;
    memcpy(x->remote, c->peer, sizeof x->remote);
    c->s->o.request(c->s->o.payload, x);
    if (c->fd >= 0 && c->state == CONN_HANDLING) {
        http_conn_watch(c, 0); /* until it is answered */
    }
}

/* The body, if it is all there. 1: handed over or refused; 0: there is more to come. */
static int take_body(http_conn *c, const http_head *h)
{
    if (!h->chunked) {
        size_t length = (size_t)h->length;
        if (c->len < c->head_len + length) {
            return 0;
        }
        handle(c, (sf_str){c->in + c->head_len, length}, c->head_len + length);
        return 1;
    }
    int r = http_dechunk(&c->decoded, c->in + c->head_len, c->len - c->head_len, HTTP_BODY_MOST);
    if (r < 0) {
        http_conn_refuse(c, -r);
    } else if (r > 0) {
        handle(c, (sf_str){c->in + c->head_len, c->decoded.out}, c->head_len + c->decoded.in);
    } else if (c->len - c->head_len > 2 * HTTP_BODY_MOST) {
        http_conn_refuse(c, 413); /* chunks of next to nothing */
        r = 1;
    }
    return r != 0;
}

/* A head has come as a whole. 1: go on, 0: there is more to come. */
static int begin(http_conn *c, const http_head *h)
{
    if (h->length > HTTP_BODY_MOST) {
        http_conn_refuse(c, 413);
        return 1;
    }
    c->decoded = (http_chunks){.state = 0};
    if (take_body(c, h)) {
        return 1;
    }
    c->state = CONN_BODY;
    if (h->wants_continue && c->len == c->head_len) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        (void)!send(c->fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return 0;
}

void http_conn_process(http_conn *c)
{
    http_head h;
    int more = 1;
    c->busy = 1;
    while (more && c->fd >= 0 && c->len > 0 && (c->state == CONN_HEAD || c->state == CONN_BODY)) {
        int r = http_read_head((sf_str){c->in, c->state == CONN_BODY ? c->head_len : c->len}, &h);
        if (r < 0) {
            http_conn_refuse(c, -r);
        } else if (c->state == CONN_BODY) {
            more = take_body(c, &h);
        } else if (r > 0) {
            c->head_len = (size_t)r;
            more = begin(c, &h);
        } else {
            more = 0;
        }
    }
    c->busy = 0;
}

/* Bytes that may still be read. */
static size_t most_of(const http_conn *c)
{
    return c->state == CONN_BODY ? c->head_len + 2 * HTTP_BODY_MOST + 4096 : IN_MOST;
}

static void read_on(http_conn *c)
{
    size_t most = most_of(c);
    if (c->len >= most || !make_room(c, c->len + 1024 < most ? c->len + 1024 : most)) {
        return;
    }
    ssize_t n = recv(c->fd, c->in + c->len, c->cap - c->len, MSG_DONTWAIT);
    if (n > 0) {
        c->since_ms = c->len == 0 && c->state == CONN_HEAD ? c->s->now_ms : c->since_ms;
        c->len += (size_t)n;
        http_conn_process(c);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        http_conn_kill(c); /* nothing is being answered in these states */
    }
}

static void throw_away(http_conn *c)
{
    char waste[4096];
    ssize_t n = recv(c->fd, waste, sizeof waste, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        http_conn_kill(c);
    }
}

void http_conn_readable(http_conn *c)
{
    if (c->state == CONN_LINGER) {
        throw_away(c);
    } else if (c->state == CONN_HEAD || c->state == CONN_BODY) {
        read_on(c);
    }
}

/* ---- time ---------------------------------------------------------------------------------------------------------- */

static void time_head(http_conn *c, int64_t past)
{
    const http_options *o = &c->s->o;
    if (c->len > 0) {
        if (past > o->head_ms) {
            http_conn_refuse(c, 408);
        }
        return;
    }
    if (past > (c->fresh ? o->head_ms : o->idle_ms) || (c->s->stopping && past > 1000)) {
        http_conn_kill(c);
    } else if (past > 2000 && c->in != NULL) { /* it rests: its room is for others */
        free(c->in);
        c->in = NULL;
        c->cap = 0;
    }
}

void http_conn_time(http_conn *c)
{
    int64_t past = c->s->now_ms - c->since_ms;
    switch (c->state) {
    case CONN_HEAD: time_head(c, past); break;
    case CONN_BODY:
        if (past > c->s->o.body_ms) {
            http_conn_refuse(c, 408);
        }
        break;
    case CONN_SENDING:
    case CONN_STREAM:
        if (past > c->s->o.write_ms && (c->events & EPOLLOUT) != 0) {
            http_conn_kill(c);
        }
        break;
    case CONN_LINGER:
        if (past > LINGER_MS) {
            http_conn_kill(c);
        }
        break;
    default: break;
    }
}
