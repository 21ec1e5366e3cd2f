/* SPDX-License-Identifier: MIT */
/* Any bytes as what Bluesky sends: events, cursors, the answer to a stream's handshake; and as names of posts, which come back
 * the same or not at all. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/bluesky.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void read_name(sf_str uri)
{
    char name[SF_TRACKED_NAME], back[SF_SOURCE_ID];
    sf_str short_name = sf_bluesky_platform.track_name(uri, name);
    if (short_name.len > 0) {
        check(memchr(short_name.ptr, ' ', short_name.len) == NULL, "no name");
        sf_str again = sf_bluesky_platform.source_id_of(sf_bluesky_platform.id_of(uri), short_name, back);
        check(again.len == uri.len && memcmp(again.ptr, uri.ptr, uri.len) == 0, "a name does not survive");
        sf_str did = {uri.ptr + 5, (size_t)((const char *)memchr(uri.ptr + 5, '/', uri.len - 5) - uri.ptr) - 5};
        check(sf_bluesky_is_by(short_name, did), "a post is not its author's");
        uint32_t author = sf_bluesky_platform.author_of(uri);
        again = sf_bluesky_post_of(sf_bluesky_platform.id_of(uri), did, INT64_C(1) << 52, back);
        check(author == 0 || (author == sf_bluesky_author(did) && again.len == uri.len &&
                              memcmp(again.ptr, uri.ptr, uri.len) == 0),
              "an id does not survive");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char accept[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    sf_str bytes = {(const char *)data, size};
    char token[SF_BLUESKY_TOKEN], renewal[SF_BLUESKY_TOKEN], cursor[SF_BLUESKY_CURSOR];
    sf_bluesky_event e;
    sf_error err;
    if (sf_bluesky_read_event(bytes, &e) == SF_OK) {
        check(e.time_us >= 0 && e.did.len > 0, "no event");
        (void)sf_bluesky_is_language(e.languages, "en,pt");
        read_name(e.subject);
    }
    read_name(bytes);
    (void)sf_bluesky_is_language(bytes, "en,,x");
    (void)sf_bluesky_is_word(bytes, "a,,bc");
    sf_bluesky_read_cursor(bytes, cursor);
    check(strlen(cursor) < sizeof cursor, "too long a cursor");
    int session = sf_bluesky_read_session(bytes, token, renewal);
    check((session == SF_OK) == (token[0] != '\0') || session != SF_OK, "a session without a token");
    check(strpbrk(token, "\r\n ") == NULL && strpbrk(renewal, "\r\n ") == NULL, "a token that splits a header");
    int64_t head = sf_websocket_read_handshake(bytes, accept, &err);
    check(head == SF_EIO || (head >= 0 && head <= (int64_t)size), "an answer that is longer than it is");
    return 0;
}
