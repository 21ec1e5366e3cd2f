/* SPDX-License-Identifier: MIT */
/* Bluesky's stream: connections, where each goes on, and what was missed in between. */
#include <inttypes.h>
#include <stdio.h>

#include "bluesky.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"

#define SECOND_US ((int64_t)1000000)

enum {
    EVENTS_MOST = 20000, /* that are taken in a turn */
    SILENCE_MS = 120000, /* a stream that says nothing for so long is dead */
    REWIND_S = 5,        /* events come at least once, and not quite in order */
    GAP_S = 60           /* events that start so much later than asked for: the server has forgotten some */
};

static int connect_to(sf_bluesky *y)
{
    sf_bluesky_stream *s = &y->stream;
    sf_websocket_options o = {.name = "bluesky: stream", .timeout_ms = s->timeout_ms};
    sf_error why = {.message = ""};
    char url[1200];
    int n = snprintf(url, sizeof url, "%s?wantedCollections=app.bsky.feed.post%s%s%s", s->endpoint,
                     s->collections & SF_BLUESKY_LIKE ? "&wantedCollections=app.bsky.feed.like" : "",
                     s->collections & SF_BLUESKY_REPOST ? "&wantedCollections=app.bsky.feed.repost" : "",
                     s->unpacker != NULL ? "&compress=true" : "");
    s->heard_us = s->cursor_us;
    s->asked_us = s->cursor_us > 0 ? s->cursor_us - REWIND_S * SECOND_US : 0;
    if (s->asked_us > 0 && n > 0 && (size_t)n < sizeof url) {
        n += snprintf(url + n, sizeof url - (size_t)n, "&cursor=%" PRId64, s->asked_us);
    }
    if (n < 0 || (size_t)n >= sizeof url) {
        return SF_EINVAL;
    }
    int r = sf_websocket_open(&s->socket, url, &o, &why);
    if (r != SF_OK) {
        sf_log(SF_LOG_ERROR, "%s", why.message);
    }
    return r;
}

static void disconnect(sf_bluesky *y, const char *why)
{
    sf_bluesky_stream *s = &y->stream;
    int64_t pause = sf_backoff_next(&s->backoff);
    sf_log(SF_LOG_WARN, "%s; connecting again in %.1f s", why, (double)pause / 1000);
    sf_websocket_close(s->socket);
    s->socket = NULL;
    s->heard = 0;
    s->drops++;
    s->due_ms = sf_clock_steady_ms() + pause;
}

/* The first event of a connection: does it start where it was asked to? */
static void look_for_gap(sf_bluesky *y, sf_str message)
{
    sf_bluesky_stream *s = &y->stream;
    sf_bluesky_event e;
    if (sf_bluesky_read_event(message, &e) != SF_OK || e.time_us == 0) {
        return;
    }
    if (e.time_us > s->cursor_us + GAP_S * SECOND_US) {
        s->gaps++;
        s->gap_us += e.time_us - s->cursor_us;
        y->check_from_ms = e.time_us / 1000; /* what was counted is short of what happened meanwhile */
        sf_log(SF_LOG_WARN, "bluesky: stream: a gap of %" PRId64 " s: the server has forgotten what came in it",
               (e.time_us - s->cursor_us) / SECOND_US);
    }
    s->asked_us = 0;
}

/* The next message, unpacked. What cannot be unpacked ends the connection: the next one asks for the same, not packed. */
static int next_message(sf_bluesky_stream *s, sf_str *message, sf_error *why)
{
    sf_error detail;
    int r = sf_websocket_next(s->socket, message, why);
    if (r <= 0 || s->unpacker == NULL || sf_bluesky_unpack(s->unpacker, message, &detail) == SF_OK) {
        return r;
    }
    sf_bluesky_unpacker_free(s->unpacker);
    s->unpacker = NULL;
    return sf_fail(why, SF_EIO, "bluesky: stream: %s; asked for unpacked", detail.message);
}

static int take_messages(sf_bluesky *y, sf_records *b, size_t most)
{
    sf_bluesky_stream *s = &y->stream;
    sf_error why = {.message = ""};
    sf_str message;
    int r = 0, added = SF_OK;
    for (int n = 0; n < EVENTS_MOST && b->n < most && added == SF_OK; n++) {
        r = next_message(s, &message, &why);
        if (r <= 0) {
            break;
        }
        if (s->asked_us > 0) {
            look_for_gap(y, message);
        }
        s->events++;
        s->heard = 1;
        s->backoff.tries = 0;
        added = sf_bluesky_take_event(y, b, message);
    }
    if (added == SF_OK && r < 0 && r != SF_ENOMEM) {
        disconnect(y, why.message);
    }
    return added == SF_OK && r == SF_ENOMEM ? SF_ENOMEM : added;
}

int sf_bluesky_take_events(sf_bluesky *y, sf_records *b, size_t most)
{
    sf_bluesky_stream *s = &y->stream;
    if (s->wanted && s->socket == NULL && sf_clock_steady_ms() >= s->due_ms) {
        int r = connect_to(y);
        if (r != SF_OK) {
            return r;
        }
    }
    if (s->socket == NULL) {
        return SF_OK;
    }
    int r = take_messages(y, b, b->n + most);
    if (s->socket != NULL && sf_clock_steady_ms() - sf_websocket_heard_ms(s->socket) > SILENCE_MS) {
        disconnect(y, "bluesky: stream: nothing came for two minutes");
    }
    return r;
}
