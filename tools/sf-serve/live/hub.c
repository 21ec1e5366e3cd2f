/* SPDX-License-Identifier: MIT */
/* What others call: notes to the hub's thread, and who is there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/metrics.h"
#include "hub_internal.h"

enum { WAITING_MOST = 16 * 1024 * 1024, SEND_BUFFER = 256 * 1024 };

int64_t hub_now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- start and end --------------------------------------------------------------------------------------------------- */

static void take_options(hub *h, const hub_options *o)
{
    static const hub_options usual = {20000, SIZE_MAX, 6 << 20, 16384, 256 << 10, 10000, 50, 20000};
    h->o = *o;
#define USUAL(field) h->o.field = o->field > 0 ? o->field : usual.field
    USUAL(most_clients);
    USUAL(most_of_user);
    USUAL(ring_bytes);
    USUAL(ring_messages);
    USUAL(backlog_bytes);
    USUAL(backlog_ms);
    USUAL(tick_ms);
    USUAL(ping_ms);
#undef USUAL
}

static int set_up(hub *h)
{
    uint64_t random = 0;
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random || h->epoll_fd < 0 || h->event_fd < 0 ||
        epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, h->event_fd, &e) != 0) {
        return SF_EIO;
    }
    (void)snprintf(h->epoch, sizeof h->epoch, "%016" PRIx64, random);
    if (ring_new(&h->ring, h->o.ring_bytes, h->o.ring_messages) != SF_OK || sf_batch_new(&h->signals) != SF_OK) {
        return SF_ENOMEM;
    }
    h->started = pthread_create(&h->thread, NULL, hub_loop, h) == 0;
    return h->started ? SF_OK : SF_ENOMEM;
}

int hub_new(hub **out, const hub_options *o, sf_error *err)
{
    hub *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return sf_fail(err, SF_ENOMEM, "live: %s", sf_strerror(SF_ENOMEM));
    }
    take_options(h, o);
    h->epoll_fd = h->event_fd = -1;
    h->last = &h->first;
    (void)pthread_mutex_init(&h->lock, NULL);
    int r = set_up(h);
    if (r != SF_OK) {
        hub_free(h);
        return sf_fail(err, r, "live: %s", r == SF_EIO ? strerror(errno) : sf_strerror(r));
    }
    *out = h;
    return SF_OK;
}

static void wake(hub *h)
{
    uint64_t one = 1;
    (void)!write(h->event_fd, &one, sizeof one);
}

void hub_stop(hub *h, int64_t ms)
{
    if (h->started) {
        pthread_mutex_lock(&h->lock);
        h->stopping = 1;
        h->stop_by_ms = sf_clock_steady_ms() + ms;
        pthread_mutex_unlock(&h->lock);
        wake(h);
        (void)pthread_join(h->thread, NULL);
        h->started = 0;
    }
}

void hub_free_note(hub *h, note *n)
{
    if (n->client != NULL) {
        (void)close(n->client->fd);
        hub_leave(h, n->client);
        filter_free(n->client->filter);
        free(n->client->in);
        free(n->client);
    }
    free(n);
}

void hub_free(hub *h)
{
    if (h == NULL) {
        return;
    }
    hub_stop(h, 0);
    for (note *n = h->first, *next; n != NULL; n = next) {
        next = n->next;
        hub_free_note(h, n);
    }
    for (size_t i = 0; i < h->n_filters; i++) {
        filter_free(h->filters[i]);
    }
    free((void *)h->filters);
    free((void *)h->clients);
    ring_free(h->ring);
    sf_batch_free(h->signals);
    (void)close(h->epoll_fd);
    (void)close(h->event_fd);
    (void)pthread_mutex_destroy(&h->lock);
    free(h);
}

/* ---- notes ----------------------------------------------------------------------------------------------------------- */

static note *new_note(note_kind kind, sf_str bytes)
{
    note *n = calloc(1, sizeof *n + bytes.len + 1);
    if (n != NULL) {
        n->kind = kind;
        n->len = bytes.len;
        n->at_ns = hub_now_ns();
        if (bytes.len > 0) {
            memcpy(n->bytes, bytes.ptr, bytes.len);
        }
    }
    return n;
}

/* Hands a note over, or NULL: something was lost. SF_OK; SF_ENOMEM: there is no room, the note is the caller's. */
static int hand_over(hub *h, note *n)
{
    pthread_mutex_lock(&h->lock);
    int fits = n != NULL && (n->kind != NOTE_MESSAGE || h->waiting_bytes + n->len <= WAITING_MOST);
    if (fits) {
        *h->last = n;
        h->last = &n->next;
        h->waiting_bytes += n->len;
    } else {
        h->lost = 1;
    }
    int first = !fits || h->first == n; /* otherwise the thread has been woken already */
    pthread_mutex_unlock(&h->lock);
    if (first) {
        wake(h);
    }
    return fits ? SF_OK : SF_ENOMEM;
}

void hub_reset(hub *h)
{
    note *n = new_note(NOTE_RESET, sf_cstr(""));
    if (hand_over(h, n) != SF_OK) {
        free(n);
    }
}

void hub_kick_user(hub *h, sf_str id)
{
    note *n = new_note(NOTE_KICK, id);
    if (hand_over(h, n) != SF_OK) {
        free(n);
    }
}

/* Is it an object with members? Finds out what signal it is about. */
static int read_message(sf_str message, int *keyed, sf_hash *key)
{
    char id_buf[SF_MAX_ID * 3], platform_buf[32];
    sf_str name, id = {"", 0}, platform = {"", 0};
    size_t members = 0;
    sf_json j;
    sf_json_init(&j, message);
    for (int r = sf_json_enter(&j, '{'); r > 0 && (r = sf_json_member(&j, &name)) > 0; members++) {
        if (sf_json_is(name, "source_id") && sf_json_peek(&j) == SF_JSON_STRING) {
            (void)sf_json_string(&j, id_buf, sizeof id_buf, &id);
        } else if (sf_json_is(name, "platform") && sf_json_peek(&j) == SF_JSON_STRING) {
            (void)sf_json_string(&j, platform_buf, sizeof platform_buf, &platform);
        } else {
            (void)sf_json_skip(&j);
        }
    }
    if (sf_json_end(&j, NULL) != SF_OK || members == 0 || message.ptr[0] != '{' || !frame_is_utf8(message)) {
        return SF_EPARSE;
    }
    *keyed = id.len > 0 && platform.len > 0;
    *key = sf_hash_parts((const sf_str[]){platform, id}, 2);
    return SF_OK;
}

int hub_publish(hub *h, sf_str message)
{
    int keyed;
    sf_hash key;
    int r = message.len > h->o.ring_bytes / 16 ? SF_ETOOBIG : read_message(message, &keyed, &key);
    note *n = r == SF_OK ? new_note(NOTE_MESSAGE, message) : NULL;
    if (n != NULL) {
        n->keyed = keyed;
        n->key = key;
    }
    if (r != SF_EPARSE && hand_over(h, n) != SF_OK) {
        free(n);
        r = r == SF_OK ? SF_ENOMEM : r;
    }
    if (r != SF_OK) {
        sf_metric_add(SF_METRIC_LIVE_DROPPED, 1);
    }
    return r;
}

/* ---- who is there ---------------------------------------------------------------------------------------------------- */

/* Under the lock. */
static user **find_user(hub *h, sf_str id)
{
    user **u = &h->users[sf_hash_parts(&id, 1).low % USER_BUCKETS];
    while (*u != NULL && (strlen((*u)->id) != id.len || memcmp((*u)->id, id.ptr, id.len) != 0)) {
        u = &(*u)->next;
    }
    return u;
}

/* Under the lock. */
static int has_room(hub *h, sf_str id)
{
    const user *u = *find_user(h, id);
    return !h->stopping && h->n_users_clients < h->o.most_clients && (u == NULL || u->clients < h->o.most_of_user);
}

int hub_has_room(hub *h, sf_str id)
{
    pthread_mutex_lock(&h->lock);
    int yes = has_room(h, id);
    pthread_mutex_unlock(&h->lock);
    return yes;
}

size_t hub_clients(hub *h)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->n_users_clients;
    pthread_mutex_unlock(&h->lock);
    return n;
}

static int enter(hub *h, client *c, sf_str id)
{
    int r = SF_OK;
    pthread_mutex_lock(&h->lock);
    user **u = find_user(h, id);
    if (!has_room(h, id)) {
        r = SF_EAGAIN;
    } else if (*u == NULL) {
        *u = calloc(1, sizeof **u + id.len + 1);
        r = *u != NULL ? SF_OK : SF_ENOMEM;
        if (r == SF_OK && id.len > 0) {
            memcpy((*u)->id, id.ptr, id.len);
        }
    }
    if (r == SF_OK) {
        c->user = *u;
        c->user->clients++;
        h->n_users_clients++;
    }
    pthread_mutex_unlock(&h->lock);
    return r;
}

void hub_leave(hub *h, client *c)
{
    pthread_mutex_lock(&h->lock);
    h->n_users_clients--;
    if (--c->user->clients == 0) {
        user **u = find_user(h, sf_cstr(c->user->id));
        *u = c->user->next;
        free(c->user);
    }
    c->user = NULL;
    pthread_mutex_unlock(&h->lock);
}

/* ---- adoption -------------------------------------------------------------------------------------------------------- */

int hub_check_query(sf_str query, sf_error *err)
{
    char cursor[CURSOR_MOST];
    filter *f = NULL;
    int r = filter_of_query(&f, query, cursor, sizeof cursor, err);
    filter_free(f);
    return r;
}

static int fill_in(client *c, note *n, const hub_client *who)
{
    int r = filter_of_query(&c->filter, who->query, n->cursor, sizeof n->cursor, NULL);
    if (r == SF_OK && who->cursor.len > 0) {
        size_t len = who->cursor.len < CURSOR_MOST ? who->cursor.len
                                                   : 0; /* too long: none of ours, "" would be no wish at all */
        (void)snprintf(n->cursor, sizeof n->cursor, "%.*s", len > 0 ? (int)len : 1, len > 0 ? who->cursor.ptr : "?");
    }
    if (r == SF_OK && who->rest.len > 0) {
        c->in = malloc(who->rest.len);
        r = c->in != NULL ? SF_OK : SF_ENOMEM;
        c->in_len = r == SF_OK ? who->rest.len : 0;
        if (r == SF_OK) {
            memcpy(c->in, who->rest.ptr, who->rest.len);
        }
    }
    return r;
}

static int adopt(hub *h, int fd, const hub_client *who, int sse)
{
    client *c = calloc(1, sizeof *c);
    note *n = new_note(NOTE_ADOPT, sf_cstr(""));
    int size = SEND_BUFFER;
    int r = c != NULL && n != NULL ? SF_OK : SF_ENOMEM;
    r = r == SF_OK ? fill_in(c, n, who) : r;
    r = r == SF_OK ? enter(h, c, who->user) : r;
    if (r != SF_OK) {
        if (c != NULL) {
            filter_free(c->filter);
            free(c->in);
        }
        free(c);
        free(n);
        (void)close(fd);
        return r;
    }
    c->hub = h;
    c->fd = fd;
    c->sse = (unsigned char)sse;
    c->expires_ms = who->expires_ms;
    n->client = c;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size); /* what the kernel keeps for who does not read */
    return hand_over(h, n);
}

int hub_adopt(hub *h, int fd, const hub_client *c)
{
    return adopt(h, fd, c, 0);
}

int hub_adopt_sse(hub *h, int fd, const hub_client *c)
{
    return adopt(h, fd, c, 1);
}
