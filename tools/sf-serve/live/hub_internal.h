/* SPDX-License-Identifier: MIT */
/* What the files of the hub share: hub.c is what others call, hub_loop.c the thread, hub_filters.c who wants what, hub_client.c one
 * socket, hub_inbound.c what clients say. */
#ifndef SERVE_HUB_INTERNAL_H
#define SERVE_HUB_INTERNAL_H

#include <pthread.h>

#include "filter.h"
#include "frames.h"
#include "hub.h"
#include "ring.h"

enum { EPOCH_MOST = 20, CURSOR_MOST = 48, CLOSE_MS = 2000, IN_MOST = 65536 };

typedef struct user {
    struct user *next; /* of the same bucket */
    size_t clients;
    char id[];
} user;

typedef enum client_state {
    CLIENT_OPEN,
    CLIENT_CLOSING, /* a close frame is on its way; what comes is passed over */
    CLIENT_GONE     /* to be freed once no event can name it */
} client_state;

/* A socket. What it has not been sent yet is in the ring, from `next` on, but for `out`: the rest of a frame that was sent in part, and answers. */
typedef struct client {
    hub *hub;
    int fd;
    unsigned char sse, blocked, pinged, after_close;
    client_state state;
    uint64_t next;
    filter *filter; /* NULL: everything */
    user *user;
    unsigned char *out;
    size_t out_at, out_len;
    unsigned char *in; /* a frame that has come in part */
    size_t in_len;
    unsigned char *text; /* fragments of a message */
    size_t text_len;
    int text_opcode;                                   /* 0: there is none */
    int64_t expires_ms, heard_ms, slow_ms, closing_ms; /* steady clock, but for the first; 0: not */
    size_t place;                                      /* in the hub's list */
    struct client *next_gone;                          /* once it is gone */
} client;

typedef enum note_kind { NOTE_MESSAGE, NOTE_ADOPT, NOTE_KICK, NOTE_RESET } note_kind;

/* What other threads hand to the hub's, in order. */
typedef struct note {
    struct note *next;
    note_kind kind;
    client *client;
    int reset_first; /* a client: it asked to resume from a place that is not there */
    char cursor[CURSOR_MOST];
    int keyed;
    sf_hash key;
    int64_t at_ns;
    size_t len;
    char bytes[]; /* a message, or a user's id; ends with a NUL */
} note;

enum { USER_BUCKETS = 1024 };

struct hub {
    hub_options o;
    char epoch[EPOCH_MOST];
    int epoll_fd, event_fd;
    pthread_t thread;
    int started;

    pthread_mutex_t lock;
    note *first, **last;
    size_t waiting_bytes;
    int stopping, lost; /* lost: a message found no room */
    int64_t stop_by_ms;
    size_t n_users_clients; /* clients that are there or on their way */
    user *users[USER_BUCKETS];

    /* The thread's own. */
    ring *ring;
    client **clients;
    size_t n, cap;
    client *gone; /* freed once the events at hand are done */
    filter **filters;
    size_t n_filters, cap_filters;
    sf_batch *signals; /* one, while filters look at it */
    int64_t flush_at_ns, oldest_ns, swept_ms;
    struct {
        double deliveries, conflated, bytes;
    } counts; /* since the last tick */
};

int64_t hub_now_ns(void); /* steady */

/* Frees a note, and ends the client that it still has. */
void hub_free_note(hub *h, note *n);

/* ---- clients ---- */

/* Sends what there is for it, as far as the socket takes it. */
void client_send(client *c);

/* Puts a frame behind what goes out; for server-sent events a comment or an event. 0 where there is no memory. */
int client_put(client *c, int opcode, const void *payload, size_t len);

/* Says why and ends: a close frame, and then, once the other end has answered or after a while, the socket. */
void client_close(client *c, int code);

/* Ends the socket at once. */
void client_drop(client *c);

/* Bytes of the client that came in; they are changed. */
void client_take(client *c, unsigned char *bytes, size_t len);

/* Something can be read. */
void client_read(client *c);

/* ---- the loop's ---- */

void *hub_loop(void *hub);

/* One socket less. */
void hub_forget(client *c);

/* Gives the client these filters (taken over; NULL: none) in place of those it has. SF_OK, SF_ENOMEM. */
int hub_subscribe(client *c, filter *f);

/* Is it wanted by those who share the filters? */
int hub_wants(const hub *h, const filter *f, uint64_t number);

/* A message has come: who wants it? */
void hub_judge(hub *h, uint64_t number);

/* One client less has these filters; NULL is fine. */
void hub_let_go(hub *h, filter *f);

void hub_leave(hub *h, client *c); /* the user has one less */

#endif
