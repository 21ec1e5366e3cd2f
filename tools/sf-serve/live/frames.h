/* SPDX-License-Identifier: MIT */
/* Frames of WebSocket (RFC 6455) as a server reads and writes them. Own code in place of wslay, whose context keeps 4 KiB a connection and copies each
 * message for each socket; sf-ingest's client, which has one connection, uses wslay.
 *
 * Reading is without state: bytes in, one frame out or "more". */
#ifndef SERVE_FRAMES_H
#define SERVE_FRAMES_H

#include "signalflow/signalflow.h"

enum { FRAME_CONTINUES = 0, FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };
enum {
    FRAME_HEAD = 10,
    FRAME_CONTROL = 125
}; /* the longest head that a server writes; the longest payload of a control frame */
enum {
    CLOSE_NORMAL = 1000,
    CLOSE_AWAY = 1001,
    CLOSE_PROTOCOL = 1002,
    CLOSE_NO_STATUS = 1005, /* a close frame without a code; never sent */
    CLOSE_TEXT = 1007,
    CLOSE_POLICY = 1008,
    CLOSE_TOO_BIG = 1009,
    CLOSE_TOO_SLOW = 1013,
    CLOSE_EXPIRED = 4401
};

typedef struct frame {
    int opcode, last;
    unsigned char *payload; /* unmasked, in place */
    size_t len;
    size_t whole; /* bytes of the frame */
} frame;

/* Takes one frame from a client's bytes and unmasks it. 1; 0: there is more to come; or the code to close with, negative: -CLOSE_PROTOCOL,
 * -CLOSE_TOO_BIG (beyond `most`, known from the head alone). */
int frame_take(unsigned char *bytes, size_t len, size_t most, frame *f);

/* Writes the head of a server's whole frame; returns its length. */
size_t frame_head(unsigned char head[FRAME_HEAD], int opcode, size_t len);

/* What to answer to a close frame: its own code, CLOSE_NO_STATUS for none, or CLOSE_PROTOCOL or CLOSE_TEXT where it is wrong. */
int frame_close_code(const unsigned char *payload, size_t len);

/* Is it UTF-8? */
int frame_is_utf8(sf_str text);

#endif
