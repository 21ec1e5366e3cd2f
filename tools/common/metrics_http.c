/* SPDX-License-Identifier: MIT */
/* The listener for /metrics, /ready and /health: one connection after the other, one request each, in bounded time and memory.
 * It is for a scraper on the same machine or network, and no web server. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "metrics.h"
#include "metrics_internal.h"

enum { LONGEST_REQUEST = 8192, PATIENCE_MS = 2000 };

static struct {
    int fd, stop[2];
    int running;
    pthread_t thread;
} listener = {.fd = -1};

void sf_text_add(sf_text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0 && !t->failed && t->n + (size_t)n + 1 > t->cap) {
        size_t cap = (t->n + (size_t)n + 1) * 2;
        char *v = realloc(t->v, cap);
        t->failed = v == NULL;
        t->v = v != NULL ? v : t->v;
        t->cap = v != NULL ? cap : t->cap;
    }
    if (n >= 0 && !t->failed) {
        (void)vsnprintf(t->v + t->n, t->cap - t->n, format, again);
        t->n += (size_t)n;
    }
    va_end(again);
}

/* ---- a request ---------------------------------------------------------------------------------------------------- */

static int asks_for(sf_str request, const char *path)
{
    size_t n = strlen(path);
    return request.len > n + 4 && memcmp(request.ptr, "GET ", 4) == 0 && memcmp(request.ptr + 4, path, n) == 0 &&
           (request.len == n + 4 || request.ptr[n + 4] == ' ' || request.ptr[n + 4] == '?');
}

char *sf_metrics_answer(sf_str request, size_t *len)
{
    sf_text body = {.failed = 0}, answer = {.failed = 0};
    char why[160];
    const char *status = "200 OK", *type = "text/plain; charset=utf-8";
    if (asks_for(request, "/metrics")) {
        sf_metrics_put(&body);
        type = "text/plain; version=0.0.4; charset=utf-8";
    } else if (asks_for(request, "/ready")) {
        int ready = sf_metrics_ready(why, sizeof why);
        status = ready ? status : "503 Service Unavailable";
        sf_text_add(&body, "%s\n", ready ? "ready" : why);
    } else if (asks_for(request, "/health")) {
        sf_text_add(&body, "alive\n");
    } else {
        int get = request.len >= 4 && memcmp(request.ptr, "GET ", 4) == 0;
        status = get ? "404 Not Found" : "405 Method Not Allowed";
        sf_text_add(&body, "/metrics, /ready, /health\n");
    }
    sf_text_add(&answer,
                "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n"
                "Connection: close\r\n\r\n%s",
                status, type, body.n, body.v != NULL ? body.v : "");
    int failed = body.failed || answer.failed;
    free(body.v);
    if (failed) {
        free(answer.v);
        return NULL;
    }
    *len = answer.n;
    return answer.v;
}

/* ---- connections -------------------------------------------------------------------------------------------------- */

/* Waits for a socket until the deadline. */
static int await(int fd, short what, int64_t end_ms)
{
    int64_t left = end_ms - sf_clock_steady_ms();
    struct pollfd p = {.fd = fd, .events = what};
    return left > 0 && poll(&p, 1, (int)left) == 1;
}

static size_t read_request(int fd, char *buf, int64_t end_ms)
{
    size_t n = 0;
    while (n < LONGEST_REQUEST && await(fd, POLLIN, end_ms)) {
        ssize_t got = read(fd, buf + n, LONGEST_REQUEST - n);
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
        buf[n] = '\0';
        if (strstr(buf, "\r\n\r\n") != NULL || strstr(buf, "\n\n") != NULL) {
            return n;
        }
    }
    return 0;
}

static void serve_one(int fd)
{
    char request[LONGEST_REQUEST + 1];
    int64_t end_ms = sf_clock_steady_ms() + PATIENCE_MS;
    size_t n = read_request(fd, request, end_ms), len = 0, sent = 0;
    char *answer = n > 0 ? sf_metrics_answer((sf_str){request, n}, &len) : NULL;
    while (sent < len && await(fd, POLLOUT, end_ms)) {
        ssize_t put = send(fd, answer + sent, len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            break;
        }
        sent += put > 0 ? (size_t)put : 0;
    }
    free(answer);
    (void)shutdown(fd, SHUT_WR);
    (void)close(fd);
}

static void *serve(void *unused)
{
    (void)unused;
    struct pollfd p[2] = {{.fd = listener.fd, .events = POLLIN}, {.fd = listener.stop[0], .events = POLLIN}};
    while (poll(p, 2, -1) >= 0 || errno == EINTR) {
        if (p[1].revents != 0) {
            break;
        }
        int fd = p[0].revents != 0 ? accept(listener.fd, NULL, NULL) : -1;
        if (fd >= 0) {
            serve_one(fd);
        }
    }
    return NULL;
}

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

static int bind_to(const struct addrinfo *a)
{
    int yes = 1;
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 16) != 0) {
            int why = errno;
            (void)close(fd);
            errno = why;
            return -1;
        }
    }
    return fd;
}

/* "HOST:PORT", "[::1]:PORT", ":PORT". */
static int open_socket(const char *address, sf_error *err)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    size_t n = colon != NULL ? (size_t)(colon - address) : 0;
    if (colon == NULL || colon[1] == '\0' || n >= sizeof host) {
        return sf_fail(err, SF_EINVAL, "--metrics %.60s: not HOST:PORT", address);
    }
    memcpy(host, address, n);
    host[n] = '\0';
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        memmove(host, host + 1, n - 2);
        host[n - 2] = '\0';
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int r = getaddrinfo(n > 0 ? host : "127.0.0.1", colon + 1, &hints, &found);
    if (r != 0) {
        return sf_fail(err, SF_EINVAL, "--metrics %.60s: %s", address, gai_strerror(r));
    }
    listener.fd = bind_to(found);
    freeaddrinfo(found);
    return listener.fd >= 0 ? SF_OK : sf_fail(err, SF_EIO, "--metrics %.60s: %s", address, strerror(errno));
}

int sf_metrics_listen(const char *address, sf_error *err)
{
    int r = open_socket(address, err);
    if (r != SF_OK) {
        return r;
    }
    sigset_t every, before;
    sf_metrics_turn_on(1);
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, &before);
    listener.running = pipe(listener.stop) == 0 && pthread_create(&listener.thread, NULL, serve, NULL) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return listener.running ? SF_OK : sf_fail(err, SF_ENOMEM, "--metrics: %s", sf_strerror(SF_ENOMEM));
}

void sf_metrics_close(void)
{
    if (listener.running) {
        (void)!write(listener.stop[1], "", 1);
        (void)pthread_join(listener.thread, NULL);
        (void)close(listener.stop[0]);
        (void)close(listener.stop[1]);
        listener.running = 0;
    }
    if (listener.fd >= 0) {
        (void)close(listener.fd);
        listener.fd = -1;
    }
}
