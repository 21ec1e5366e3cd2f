/* SPDX-License-Identifier: MIT */
/* The front's thread: accepting, waiting, reading the files again, the end. */
#define _GNU_SOURCE /* accept4 */
#include "tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "server_internal.h"
#include "tls_internal.h"

enum { EVENTS = 256, ACCEPTS = 64, SWEEP_MS = 1000 };

/* ---- accepting ----------------------------------------------------------------------------------------------------- */

static void set_accepting(tls_front *t, int yes)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &t->listener};
    if (t->listener >= 0 && t->accepting != yes) {
        (void)epoll_ctl(t->epoll, yes ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, t->listener, &e);
        t->accepting = yes;
    }
}

static void accept_some(tls_front *t)
{
    for (int i = 0; i < ACCEPTS; i++) {
        struct sockaddr_storage a;
        socklen_t n = sizeof a;
        char peer[48] = "";
        int yes = 1, fd = accept4(t->listener, (struct sockaddr *)&a, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
            set_accepting(t, 0); /* until the next sweep: some may be free by then */
            return;
        }
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED) {
            return;
        }
        if (fd >= 0 && t->o.most > 0 && t->n >= t->o.most) {
            (void)close(fd);
        } else if (fd >= 0) {
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            http_name_peer(&a, peer);
            tls_conn_add(t, fd, peer);
        }
    }
}

/* ---- what it is told ----------------------------------------------------------------------------------------------- */

static void wake(tls_front *t)
{
    uint64_t one = 1;
    (void)!write(t->wake, &one, sizeof one);
}

void tls_front_reload(tls_front *t)
{
    atomic_store(&t->reload, 1);
    wake(t);
}

void tls_front_close(tls_front *t)
{
    atomic_store(&t->close, 1);
    wake(t);
}

int tls_front_pending(tls_front *t)
{
    return !atomic_load(&t->closed) || atomic_load(&t->shaking) > 0;
}

static void read_again(tls_front *t)
{
    sf_error err = {.message = ""};
    SSL_CTX *c = NULL;
    if (tls_context_new(&c, t->o.cert, t->o.key, &err) != SF_OK) {
        sf_log(SF_LOG_ERROR, "%s; the certificate stays as it is", err.message);
        return;
    }
    SSL_CTX_free(t->context);
    t->context = c;
    sf_log(SF_LOG_INFO, "%s: read again", t->o.cert);
}

static void obey(tls_front *t)
{
    uint64_t n;
    (void)!read(t->wake, &n, sizeof n);
    if (atomic_exchange(&t->reload, 0)) {
        read_again(t);
    }
    if (atomic_load(&t->close) && t->listener >= 0) {
        accept_some(t); /* who has connected is served */
        set_accepting(t, 0);
        (void)close(t->listener);
        t->listener = -1;
        atomic_store(&t->closed, 1);
    }
}

/* ---- the loop ------------------------------------------------------------------------------------------------------ */

static void sweep(tls_front *t)
{
    t->swept_ms = t->now_ms;
    set_accepting(t, 1);
    for (tls_conn *c = t->all, *next; c != NULL; c = next) {
        next = c->next;
        tls_conn_time(c);
    }
}

static void free_dead(tls_front *t)
{
    while (t->dead != NULL) {
        tls_conn *c = t->dead;
        t->dead = c->next;
        free(c);
    }
}

static int is_over(tls_front *t)
{
    if (!atomic_load(&t->stop)) {
        return 0;
    }
    t->stop_ms = t->stop_ms == 0 ? t->now_ms : t->stop_ms;
    return t->n == 0 || t->now_ms - t->stop_ms >= t->stop_most_ms;
}

static void *run(void *payload)
{
    tls_front *t = payload;
    struct epoll_event events[EVENTS];
    do {
        int n = epoll_wait(t->epoll, events, EVENTS, atomic_load(&t->stop) ? 50 : SWEEP_MS);
        t->now_ms = sf_clock_steady_ms();
        for (int i = 0; i < n; i++) {
            tls_conn *c = events[i].data.ptr;
            if (events[i].data.ptr == &t->listener) {
                accept_some(t);
            } else if (events[i].data.ptr == &t->wake) {
                obey(t);
            } else if (!c->dead) {
                tls_conn_move(c);
            }
        }
        if (t->now_ms - t->swept_ms >= SWEEP_MS) {
            sweep(t);
        }
        free_dead(t);
    } while (!is_over(t));
    return NULL;
}

/* ---- start and end ------------------------------------------------------------------------------------------------- */

static int start(tls_front *t, sf_error *err)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &t->wake};
    sigset_t every, before;
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (t->epoll < 0 || t->wake < 0 || epoll_ctl(t->epoll, EPOLL_CTL_ADD, t->wake, &e) != 0) {
        return sf_fail_errno(err, "--tls-cert");
    }
    t->now_ms = t->swept_ms = sf_clock_steady_ms();
    set_accepting(t, 1);
    (void)sigfillset(&every); /* signals are the server's */
    (void)pthread_sigmask(SIG_SETMASK, &every, &before);
    t->started = pthread_create(&t->thread, NULL, run, t) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return t->started ? SF_OK : sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
}

int tls_front_new(tls_front **out, int listener, const tls_options *o, sf_error *err)
{
    tls_front *t = calloc(1, sizeof *t);
    if (t == NULL) {
        (void)close(listener);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    t->o = *o;
    t->listener = listener;
    t->epoll = t->wake = -1;
    int r = tls_context_new(&t->context, o->cert, o->key, err);
    r = r == SF_OK ? start(t, err) : r;
    if (r != SF_OK) {
        tls_front_free(t, 0);
        return r;
    }
    *out = t;
    return SF_OK;
}

void tls_front_free(tls_front *t, int64_t ms)
{
    if (t == NULL) {
        return;
    }
    if (t->started) {
        t->stop_most_ms = ms;
        atomic_store(&t->stop, 1);
        wake(t);
        (void)pthread_join(t->thread, NULL);
    }
    while (t->all != NULL) {
        tls_conn_kill(t->all);
    }
    free_dead(t);
    int fds[] = {t->listener, t->epoll, t->wake};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
    SSL_CTX_free(t->context);
    free(t);
}
