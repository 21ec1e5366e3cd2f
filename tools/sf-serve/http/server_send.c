/* SPDX-License-Identifier: MIT */
/* Answers on their way out: heads are put together in one place for all connections, bodies are shared; what a socket does not take
 * at once is kept. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "common/clock.h"
#include "server_internal.h"

static const char crlf[] = "\r\n";

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {205, "Reset Content"},
        {301, "Moved Permanently"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "";
}

/* ---- heads --------------------------------------------------------------------------------------------------------- */

static const char *date(http_server *s)
{
    int64_t now = sf_clock_ms() / 1000;
    struct tm parts;
    time_t t = (time_t)now;
    if (now != s->date_s && gmtime_r(&t, &parts) != NULL) {
        s->date_s = now;
        (void)strftime(s->date, sizeof s->date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return s->date;
}

/* A number behind a name; cheaper than a format. */
static void put_length(sf_buffer *b, size_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    sf_buffer_text(b, "Content-Length: ");
    sf_buffer_put(b, digits + at, sizeof digits - at);
    sf_buffer_text(b, crlf);
}

static void put_connection(sf_buffer *b, const http_conn *c, const http_head *h)
{
    if (!c->keep) {
        sf_buffer_text(b, "Connection: close\r\n");
    } else if (h != NULL && h->minor == 0) {
        sf_buffer_text(b, "Connection: keep-alive\r\n");
    }
}

sf_str http_compose(http_conn *c, const http_head *h, const http_answer *a, http_framing framing)
{
    sf_buffer *b = &c->s->scratch;
    char status[8] = {(char)('0' + a->status / 100 % 10), (char)('0' + a->status / 10 % 10),
                      (char)('0' + a->status % 10), ' '};
    sf_buffer_cut(b, 0);
    b->lost = 0;
    sf_buffer_text(b, "HTTP/1.1 ");
    sf_buffer_text(b, status);
    sf_buffer_text(b, reason_of(a->status));
    sf_buffer_text(b, "\r\nDate: ");
    sf_buffer_text(b, date(c->s));
    sf_buffer_text(b, crlf);
    if (a->type != NULL) {
        sf_buffer_text(b, "Content-Type: ");
        sf_buffer_text(b, a->type);
        sf_buffer_text(b, crlf);
    }
    if (framing == HTTP_CHUNKED) {
        sf_buffer_text(b, "Transfer-Encoding: chunked\r\n");
    } else if (framing == HTTP_LENGTH && a->status != 304 && a->status != 204) {
        put_length(b, a->body != NULL ? a->body->len : a->text.len);
    }
    put_connection(b, c, h);
    sf_buffer_put(b, a->fields.ptr, a->fields.len);
    sf_buffer_text(b, crlf);
    return (sf_str){b->bytes, b->lost ? 0 : b->len};
}

/* ---- sending ------------------------------------------------------------------------------------------------------- */

/* How many bytes the socket took; 0: none now; -1: it is broken. */
static ssize_t put_out(int fd, sf_str head, sf_str body, size_t tail)
{
    struct iovec v[3] = {{(void *)(uintptr_t)head.ptr, head.len},
                         {(void *)(uintptr_t)body.ptr, body.len},
                         {(void *)(uintptr_t)(crlf + 2 - tail), tail}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 3};
    ssize_t n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* Takes from the front of a text. */
static size_t pass(sf_str *text, size_t n)
{
    size_t part = n < text->len ? n : text->len;
    text->ptr += part;
    text->len -= part;
    return n - part;
}

static void clear_out(http_conn *c)
{
    http_body_release(c->out.body);
    sf_buffer_free(&c->out.head);
    c->out = (conn_out){.head_sent = 0};
}

int http_conn_send(http_conn *c, sf_str head, http_body *body, size_t tail)
{
    sf_str rest = {body != NULL ? body->bytes : "", body != NULL ? body->len : 0};
    ssize_t sent = put_out(c->fd, head, rest, tail);
    if (sent < 0) {
        http_body_release(body);
        http_conn_kill(c);
        return -1;
    }
    c->since_ms = c->s->now_ms;
    size_t more = pass(&rest, pass(&head, (size_t)sent));
    if (head.len == 0 && rest.len == 0 && more == tail) {
        http_body_release(body);
        return 1;
    }
    sf_buffer_put(&c->out.head, head.ptr, head.len);
    c->out.body = body;
    c->out.body_sent = body != NULL ? body->len - rest.len : 0;
    c->out.tail_left = tail - more;
    if (c->out.head.lost) {
        http_conn_kill(c);
        return -1;
    }
    http_conn_watch(c, EPOLLOUT);
    return 0;
}

int http_conn_flush(http_conn *c)
{
    conn_out *o = &c->out;
    sf_str head = {o->head.bytes != NULL ? o->head.bytes + o->head_sent : "", o->head.len - o->head_sent};
    sf_str body = {o->body != NULL ? o->body->bytes + o->body_sent : "",
                   o->body != NULL ? o->body->len - o->body_sent : 0};
    ssize_t sent = put_out(c->fd, head, body, o->tail_left);
    if (sent < 0) {
        http_conn_kill(c);
        return -1;
    }
    c->since_ms = sent > 0 ? c->s->now_ms : c->since_ms;
    size_t before_head = head.len, before_body = body.len;
    size_t more = pass(&body, pass(&head, (size_t)sent));
    o->head_sent += before_head - head.len;
    o->body_sent += before_body - body.len;
    o->tail_left -= more;
    if (head.len > 0 || body.len > 0 || o->tail_left > 0) {
        return 0;
    }
    clear_out(c);
    return 1;
}
