/* SPDX-License-Identifier: MIT */
/* Any bytes as what a client of the live feed sends: frames in pieces of any length, and messages; as a query string; and as a message of the feed, which then is looked at
 * through a filter. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sf-serve/live/filter.h"
#include "sf-serve/live/frames.h"
#include "sf-serve/live/ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4096 };

/* Each frame lies within the bytes, and a close's answer may be sent. */
static void check_frames(const uint8_t *data, size_t size)
{
    unsigned char *bytes = malloc(size + 1); /* of its own, so that reading past it is seen */
    frame f;
    size_t at = 0;
    if (bytes == NULL) {
        return;
    }
    memcpy(bytes, data, size);
    while (frame_take(bytes + at, size - at, MOST, &f) == 1) {
        if (f.payload + f.len != bytes + at + f.whole || at + f.whole > size || f.len > MOST) {
            abort();
        }
        if (f.opcode >= FRAME_CLOSE && (f.len > FRAME_CONTROL || !f.last)) {
            abort();
        }
        int code = frame_close_code(f.payload, f.len);
        if (code != CLOSE_NO_STATUS && (code < 1000 || code > 4999 || code == 1006)) {
            abort();
        }
        (void)frame_is_utf8((sf_str){(const char *)f.payload, f.len});
        at += f.whole;
    }
    free(bytes);
}

static void look_through(const filter *f, sf_str json)
{
    sf_batch *b = NULL;
    if (f != NULL && sf_batch_new(&b) == SF_OK) {
        int64_t i = sf_batch_add_json(b, json, NULL);
        (void)(i >= 0 && filter_passes(f, sf_batch_at(b, (size_t)i)));
    }
    sf_batch_free(b);
}

/* A ring that is nearly always full: what it says is there must be whole. */
static void check_ring(sf_str text)
{
    ring *r = NULL;
    if (text.len < 2 || ring_new(&r, MOST, 8) != SF_OK) {
        return;
    }
    for (size_t i = 0; i < 40; i++) {
        sf_str object = {text.ptr, 2 + (text.len - 2) * (i * 7 % 5) / 4};
        sf_hash key = {i % 3, i % 3};
        (void)ring_add(r, "e", object, i % 4 != 0 ? &key : NULL);
        for (uint64_t n = ring_first(r); n < ring_next(r); n++) {
            const ring_message *m = ring_at(r, n);
            if ((m->frame[0] | 15) != 0x8F || memcmp(m->frame + m->head, "{\"cursor\":\"e-", 13) != 0) {
                abort();
            }
        }
    }
    ring_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), cursor[48];
    filter *f = NULL;
    if (text == NULL) {
        return 0;
    }
    memcpy(text, data, size);
    sf_str s = {text, size};
    check_frames(data, size);
    if (filter_of_query(&f, s, cursor, sizeof cursor, NULL) == SF_OK) {
        look_through(f, s);
        filter_free(f);
    }
    f = NULL;
    if (filter_of_message(&f, s, NULL) == 1) {
        look_through(f, s);
        filter_free(f);
    }
    check_ring(s);
    free(text);
    return 0;
}
