/* SPDX-License-Identifier: MIT */
/* What clients say: pings, closes, and the one message that means something, {"type":"subscribe",...}; any other text is passed over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "hub_internal.h"

enum { FRAME_MOST_HEAD = 14 };

static void answer(client *c, const sf_error *err)
{
    static const char fine[] = "{\"type\":\"subscribed\"}";
    sf_buffer b = {0};
    if (err == NULL) {
        sf_buffer_text(&b, fine);
    } else {
        sf_buffer_text(&b, "{\"type\":\"error\",\"detail\":");
        sf_buffer_quoted(&b, sf_cstr(err->message));
        sf_buffer_text(&b, "}");
    }
    if (b.lost || !client_put(c, FRAME_TEXT, b.bytes, b.len)) {
        client_drop(c);
    }
    sf_buffer_free(&b);
}

static void take_text(client *c, const unsigned char *bytes, size_t len)
{
    filter *f = NULL;
    sf_error err = {.message = ""};
    sf_str text = {(const char *)bytes, len};
    if (!frame_is_utf8(text)) {
        client_close(c, CLOSE_TEXT);
        return;
    }
    int r = filter_of_message(&f, text, &err);
    if (r == 1) {
        r = hub_subscribe(c, f);
        r = r == SF_OK ? 1 : r;
    }
    if (r == 1) {
        answer(c, NULL);
    } else if (r < 0) {
        answer(c, &err);
    }
}

static void take_part(client *c, const frame *f)
{
    int first = f->opcode != FRAME_CONTINUES;
    if (first == (c->text_opcode != 0)) {
        client_close(c, CLOSE_PROTOCOL); /* a new message inside another, or a part of none */
        return;
    }
    if (first && f->last) { /* the usual case: nothing to put together */
        if (f->opcode == FRAME_TEXT) {
            take_text(c, f->payload, f->len);
        }
        return;
    }
    if (c->text_len + f->len > IN_MOST) {
        client_close(c, CLOSE_TOO_BIG);
        return;
    }
    unsigned char *text = realloc(c->text, c->text_len + f->len + 1);
    if (text == NULL) {
        client_drop(c);
        return;
    }
    memcpy(text + c->text_len, f->payload, f->len);
    c->text = text;
    c->text_len += f->len;
    c->text_opcode = first ? f->opcode : c->text_opcode;
    if (f->last) {
        int opcode = c->text_opcode;
        size_t len = c->text_len;
        c->text = NULL;
        c->text_len = 0;
        c->text_opcode = 0;
        if (opcode == FRAME_TEXT) {
            take_text(c, text, len);
        }
        free(text);
    }
}

static void take_frame(client *c, const frame *f)
{
    switch (f->opcode) {
    case FRAME_PING:
        if (!client_put(c, FRAME_PONG, f->payload, f->len)) {
            client_drop(c);
        }
        break;
    case FRAME_PONG: break;
    case FRAME_CLOSE: client_close(c, frame_close_code(f->payload, f->len)); break;
    default: take_part(c, f); break;
    }
}

/* Takes whole frames; returns how many bytes they were. */
static size_t take_frames(client *c, unsigned char *bytes, size_t len)
{
    size_t at = 0;
    frame f;
    int r = 1;
    while (c->state == CLIENT_OPEN && (r = frame_take(bytes + at, len - at, IN_MOST, &f)) == 1) {
        at += f.whole;
        take_frame(c, &f);
    }
    if (r < 0 && c->state == CLIENT_OPEN) {
        client_close(c, -r);
    }
    return c->state == CLIENT_OPEN ? at : len;
}

void client_take(client *c, unsigned char *bytes, size_t len)
{
    if (c->in_len > 0) { /* the beginning of a frame came before */
        unsigned char *in = realloc(c->in, c->in_len + len);
        if (in == NULL) {
            client_drop(c);
            return;
        }
        memcpy(in + c->in_len, bytes, len);
        c->in = in;
        c->in_len += len;
        size_t taken = take_frames(c, c->in, c->in_len);
        c->in_len -= taken;
        memmove(c->in, c->in + taken, c->in_len);
    } else {
        size_t taken = take_frames(c, bytes, len);
        if (taken < len && (c->in = malloc(len - taken)) != NULL) {
            c->in_len = len - taken;
            memcpy(c->in, bytes + taken, c->in_len);
        } else if (taken < len) {
            client_drop(c);
            return;
        }
    }
    if (c->in_len == 0) {
        free(c->in);
        c->in = NULL;
    }
}

void client_read(client *c)
{
    static _Thread_local unsigned char bytes[IN_MOST];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        client_drop(c);
        return;
    }
    if (n > 0 && c->state == CLIENT_OPEN && !c->sse) {
        c->heard_ms = sf_clock_steady_ms();
        c->pinged = 0;
        client_take(c, bytes, (size_t)n);
        if (c->state == CLIENT_OPEN && c->out_len > c->out_at && !c->blocked) {
            client_send(c);
        }
    }
}
