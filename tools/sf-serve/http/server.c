/* SPDX-License-Identifier: MIT */
/* The loop: listening, accepting, waiting, stopping. */
#define _GNU_SOURCE /* accept4 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "server_internal.h"

enum { EVENTS = 256, ACCEPTS = 64, BACKLOG = 4096 };

/* ---- listening ----------------------------------------------------------------------------------------------------- */

static int bind_to(const struct addrinfo *a)
{
    int yes = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
            int why = errno;
            (void)close(fd);
            errno = why;
            return -1;
        }
    }
    return fd;
}

static int listen_on(int *fd, const char *address, sf_error *err)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    size_t n = colon != NULL ? (size_t)(colon - address) : 0;
    if (colon == NULL || colon[1] == '\0' || n >= sizeof host) {
        return sf_fail(err, SF_EINVAL, "--listen %.60s: not HOST:PORT", address);
    }
    memcpy(host, address, n);
    host[n] = '\0';
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        memmove(host, host + 1, n - 2);
        host[n - 2] = '\0';
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int r = getaddrinfo(n > 0 ? host : "127.0.0.1", colon + 1, &hints, &found);
    if (r != 0) {
        return sf_fail(err, SF_EINVAL, "--listen %.60s: %s", address, gai_strerror(r));
    }
    *fd = bind_to(found);
    freeaddrinfo(found);
    return *fd >= 0 ? SF_OK : sf_fail(err, SF_EIO, "--listen %.60s: %s", address, strerror(errno));
}

int http_server_port(const http_server *s)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    if (getsockname(s->listener, (struct sockaddr *)&a, &n) != 0) {
        return 0;
    }
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&a)->sin6_port
                                         : ((struct sockaddr_in *)(void *)&a)->sin_port);
}

/* ---- start and end ------------------------------------------------------------------------------------------------- */

static int watch(http_server *s, int fd, void *ptr)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = ptr};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

int http_server_new(http_server **out, const char *address, const http_options *o, sf_error *err)
{
    http_server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    s->o = *o;
    s->listener = s->epoll = s->wake = s->reserve = -1;
    int r = listen_on(&s->listener, address, err);
    if (r == SF_OK) {
        s->epoll = epoll_create1(EPOLL_CLOEXEC);
        s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        s->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (s->epoll < 0 || s->wake < 0 || !watch(s, s->wake, &s->wake) ||
            (o->tls_cert == NULL && !watch(s, s->listener, &s->listener))) {
            r = sf_fail_errno(err, "--listen");
        }
        r = r == SF_OK && o->tls_cert != NULL ? http_tls_start(s, err) : r;
    }
    if (r != SF_OK) {
        http_server_free(s);
        return r;
    }
    *out = s;
    return SF_OK;
}

static void free_dead(http_server *s)
{
    while (s->dead != NULL) {
        http_conn *c = s->dead;
        s->dead = c->next;
        free(c->in);
        free(c);
    }
}

static void close_one(int fd)
{
    if (fd >= 0) {
        (void)close(fd);
    }
}

void http_server_free(http_server *s)
{
    if (s == NULL) {
        return;
    }
    while (s->all != NULL) {
        http_conn_kill(s->all);
    }
    for (size_t i = 0; i < s->n_pools; i++) {
        workers_free(s->pools[i]);
    }
    free_dead(s);
    http_tls_end(s);
    close_one(s->listener);
    close_one(s->epoll);
    close_one(s->wake);
    close_one(s->reserve);
    sf_buffer_free(&s->scratch);
    free(s);
}

workers *http_server_workers(http_server *s, workers_options o)
{
    o.wake_fd = s->wake;
    if (s->n_pools == MOST_POOLS || workers_new(&s->pools[s->n_pools], &o) != SF_OK) {
        return NULL;
    }
    return s->pools[s->n_pools++];
}

size_t http_server_connections(const http_server *s)
{
    return s->n;
}

/* ---- accepting ----------------------------------------------------------------------------------------------------- */

void http_conn_add(http_server *s, int fd, const char *peer, int secure)
{
    http_conn *c = calloc(1, sizeof *c);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    int yes = 1;
    if (c != NULL) {
        memcpy(c->peer, peer, strnlen(peer, sizeof c->peer - 1));
    }
    if (c == NULL || (s->o.most_connections > 0 && s->n >= s->o.most_connections) || !http_peer_add(s, c->peer)) {
        (void)close(fd);
        free(c);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) != 0) {
        http_peer_remove(s, c->peer);
        (void)close(fd);
        free(c);
        return;
    }
    c->s = s;
    c->fd = fd;
    c->events = EPOLLIN;
    c->fresh = 1;
    c->secure = secure;
    c->since_ms = s->now_ms;
    c->next = s->all;
    c->prev = &s->all;
    if (s->all != NULL) {
        s->all->prev = &c->next;
    }
    s->all = c;
    s->n++;
}

/* Out of descriptors: the one held back takes the connection, so that it can be closed instead of waiting for ever. */
static void turn_away(http_server *s)
{
    close_one(s->reserve);
    close_one(accept(s->listener, NULL, NULL));
    s->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_some(http_server *s)
{
    if (s->tls.front != NULL) {
        return; /* which does it */
    }
    for (int i = 0; i < ACCEPTS && s->listener >= 0; i++) {
        struct sockaddr_storage a;
        socklen_t n = sizeof a;
        int fd = accept4(s->listener, (struct sockaddr *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) {
            char peer[48] = "";
            http_name_peer(&a, peer);
            http_conn_add(s, fd, peer, 0);
        } else if (errno == EMFILE || errno == ENFILE) {
            turn_away(s);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* ---- the loop ------------------------------------------------------------------------------------------------------ */

void http_server_stop(http_server *s)
{
    uint64_t one = 1;
    atomic_store(&s->stop, 1);
    (void)!write(s->wake, &one, sizeof one);
}

int http_server_stopping(const http_server *s)
{
    return s->stopping;
}

static void wake_up(http_server *s)
{
    uint64_t n;
    (void)!read(s->wake, &n, sizeof n);
    http_tls_adopt(s);
    for (size_t i = 0; i < s->n_pools; i++) {
        workers_finish(s->pools[i]);
    }
}

static void happen(http_server *s, const struct epoll_event *e)
{
    if (e->data.ptr == &s->listener) {
        accept_some(s);
    } else if (e->data.ptr == &s->wake) {
        wake_up(s);
    } else {
        http_conn *c = e->data.ptr;
        if (c->fd >= 0 && (e->events & (EPOLLERR | EPOLLHUP)) != 0 && (e->events & EPOLLIN) == 0) {
            http_conn_kill(c);
        }
        if (c->fd >= 0 && (e->events & EPOLLOUT) != 0) {
            http_conn_writable(c);
        }
        if (c->fd >= 0 && (e->events & EPOLLIN) != 0) {
            http_conn_readable(c);
        }
    }
}

static void tick(http_server *s)
{
    s->tick_ms = s->now_ms;
    for (http_conn *c = s->all, *next; c != NULL; c = next) {
        next = c->next;
        http_conn_time(c);
    }
    if (s->o.tick != NULL) {
        s->o.tick(s->o.payload);
    }
}

static void begin_to_stop(http_server *s)
{
    accept_some(s); /* who has connected is served */
    if (s->tls.front != NULL) {
        tls_front_close(s->tls.front);
    } else {
        (void)epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->listener, NULL);
        close_one(s->listener);
    }
    s->listener = -1;
    s->stopping = 1;
    s->stop_ms = s->now_ms;
}

int http_server_run(http_server *s, sf_error *err)
{
    struct epoll_event events[EVENTS];
    s->now_ms = s->tick_ms = sf_clock_steady_ms();
    while (!s->stopping || ((s->n > 0 || http_tls_pending(s)) && s->now_ms - s->stop_ms < s->o.drain_ms)) {
        int n = epoll_wait(s->epoll, events, EVENTS, s->stopping ? 100 : 1000);
        if (n < 0 && errno != EINTR) {
            return sf_fail_errno(err, "epoll");
        }
        s->now_ms = sf_clock_steady_ms();
        for (int i = 0; i < n; i++) {
            happen(s, &events[i]);
        }
        if (atomic_load(&s->stop) && !s->stopping) {
            begin_to_stop(s);
        }
        if (s->now_ms - s->tick_ms >= (s->stopping ? 100 : 1000)) {
            tick(s);
        }
        free_dead(s);
    }
    return SF_OK;
}
