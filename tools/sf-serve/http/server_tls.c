/* SPDX-License-Identifier: MIT */
/* What TLS hands over: its thread puts plain ends of connections into a list, the server's takes them out. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server_internal.h"

struct http_handed {
    int fd;
    char peer[48];
    struct http_handed *next;
};

/* In the front's thread. */
static void take(void *payload, int fd, const char *peer)
{
    http_server *s = payload;
    uint64_t one = 1;
    struct http_handed *h = calloc(1, sizeof *h);
    if (h == NULL) {
        (void)close(fd);
        return;
    }
    h->fd = fd;
    memcpy(h->peer, peer, strnlen(peer, sizeof h->peer - 1));
    (void)pthread_mutex_lock(&s->tls.lock);
    h->next = s->tls.first;
    s->tls.first = h;
    (void)pthread_mutex_unlock(&s->tls.lock);
    (void)!write(s->wake, &one, sizeof one);
}

int http_tls_start(http_server *s, sf_error *err)
{
    tls_options o = {
        .cert = s->o.tls_cert, .key = s->o.tls_key, .most = s->o.most_connections, .take = take, .payload = s};
    (void)pthread_mutex_init(&s->tls.lock, NULL);
    int listener = s->listener;
    int r = tls_front_new(&s->tls.front, listener, &o, err);
    s->listener = r == SF_OK ? listener : -1; /* to be asked for its port */
    return r;
}

static struct http_handed *all_handed(http_server *s)
{
    (void)pthread_mutex_lock(&s->tls.lock);
    struct http_handed *first = s->tls.first;
    s->tls.first = NULL;
    (void)pthread_mutex_unlock(&s->tls.lock);
    return first;
}

void http_tls_adopt(http_server *s)
{
    for (struct http_handed *h = s->tls.front != NULL ? all_handed(s) : NULL, *next; h != NULL; h = next) {
        next = h->next;
        http_conn_add(s, h->fd, h->peer, 1);
        free(h);
    }
}

int http_tls_pending(http_server *s)
{
    return s->tls.front != NULL && tls_front_pending(s->tls.front);
}

void http_server_reload(http_server *s)
{
    if (s->tls.front != NULL) {
        tls_front_reload(s->tls.front);
    }
}

void http_tls_end(http_server *s)
{
    enum { FAREWELL_MS = 1000 };
    if (s->tls.front == NULL) {
        return;
    }
    s->listener = -1; /* it was the front's */
    tls_front_free(s->tls.front, FAREWELL_MS);
    for (struct http_handed *h = all_handed(s), *next; h != NULL; h = next) {
        next = h->next;
        (void)close(h->fd);
        free(h);
    }
    (void)pthread_mutex_destroy(&s->tls.lock);
}
