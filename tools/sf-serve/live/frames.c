/* SPDX-License-Identifier: MIT */
/* Frames, see frames.h. */
#include "frames.h"

#include <string.h>
#include <utf8proc.h>

/* The length that a head announces and how long the head is, mask included; 0: there is more to come; -1: no length. */
static int read_length(const unsigned char *bytes, size_t len, uint64_t *payload)
{
    unsigned n = bytes[1] & 127U;
    size_t more = n < 126 ? 0 : n == 126 ? 2 : 8;
    if (len < 2 + more) {
        return 0;
    }
    *payload = more == 0 ? n : 0;
    for (size_t i = 0; i < more; i++) {
        *payload = *payload << 8 | bytes[2 + i];
    }
    int longer_than_needed = (more == 2 && *payload < 126) || (more == 8 && *payload < 65536);
    return longer_than_needed || *payload >> 63 != 0 ? -1 : (int)(2 + more + 4);
}

static int wrong_head(const unsigned char *bytes)
{
    int opcode = bytes[0] & 15, control = opcode >= FRAME_CLOSE, last = bytes[0] >> 7;
    int known = opcode <= FRAME_BINARY || (control && opcode <= FRAME_PONG);
    return (bytes[0] & 0x70) != 0 || !known || (bytes[1] & 128) == 0 || (control && (!last || (bytes[1] & 127) > 125));
}

int frame_take(unsigned char *bytes, size_t len, size_t most, frame *f)
{
    uint64_t payload;
    if (len < 2) {
        return 0;
    }
    if (wrong_head(bytes)) {
        return -CLOSE_PROTOCOL;
    }
    int head = read_length(bytes, len, &payload);
    if (head <= 0) {
        return head == 0 ? 0 : -CLOSE_PROTOCOL;
    }
    if (payload > most) {
        return -CLOSE_TOO_BIG;
    }
    if (len < (size_t)head + payload) {
        return 0;
    }
    const unsigned char *mask = bytes + head - 4;
    f->opcode = bytes[0] & 15;
    f->last = bytes[0] >> 7;
    f->payload = bytes + head;
    f->len = (size_t)payload;
    f->whole = (size_t)head + f->len;
    for (size_t i = 0; i < f->len; i++) {
        f->payload[i] ^= mask[i & 3];
    }
    return 1;
}

size_t frame_head(unsigned char head[FRAME_HEAD], int opcode, size_t len)
{
    size_t more = len < 126 ? 0 : len < 65536 ? 2 : 8;
    head[0] = (unsigned char)(0x80 | opcode);
    head[1] = (unsigned char)(more == 0 ? len : more == 2 ? 126 : 127);
    for (size_t i = 0; i < more; i++) {
        head[2 + i] = (unsigned char)((uint64_t)len >> (8 * (more - 1 - i)));
    }
    return 2 + more;
}

int frame_close_code(const unsigned char *payload, size_t len)
{
    if (len < 2) {
        return len == 0 ? CLOSE_NO_STATUS : CLOSE_PROTOCOL;
    }
    int code = payload[0] << 8 | payload[1];
    int may_be_sent = (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
                      (code >= 3000 && code <= 4999);
    if (!may_be_sent) {
        return CLOSE_PROTOCOL;
    }
    return frame_is_utf8((sf_str){(const char *)payload + 2, len - 2}) ? code : CLOSE_TEXT;
}

int frame_is_utf8(sf_str text)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text.ptr, *end = at + text.len;
    while (at < end) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = *at < 0x80 ? 1 : utf8proc_iterate(at, end - at, &c);
        if (n <= 0) {
            return 0;
        }
        at += n;
    }
    return 1;
}
