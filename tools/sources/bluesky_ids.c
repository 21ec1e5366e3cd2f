/* SPDX-License-Identifier: MIT */
/* Names of Bluesky's posts, at://DID/app.bsky.feed.post/KEY, as ids and as names to track them by.
 *
 * A key is a TID: 13 digits of base 32, 53 bits of time and 10 of chance. An id is that number, xor a hash of the DID: so the posts of
 * an account can be told from their ids and its DID. Where the key is something else the id is a hash of the whole, and tells nothing. */
#include <stdio.h>

#include "bluesky.h"
#include "common/hash.h"

#define POSTS "/app.bsky.feed.post/"
#define PLC   "did:plc:" /* what nearly all DIDs begin with; it is left out of names */

enum { TID_DIGITS = 13, PLC_LEN = sizeof PLC - 1 };

static const sf_str none = {"", 0};
static const char digits[] = "234567abcdefghijklmnopqrstuvwxyz";

/* ---- parts -------------------------------------------------------------------------------------------------------- */

static int is_plain(sf_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              strchr(".:_~%-", c) != NULL) ||
            c == '\0') {
            return 0;
        }
    }
    return text.len > 0;
}

/* 1; 0: it is no such name. */
static int split(sf_str uri, sf_str *did, sf_str *key)
{
    const char *slash = uri.len > 5 ? memchr(uri.ptr + 5, '/', uri.len - 5) : NULL;
    size_t len = slash != NULL ? (size_t)(slash - uri.ptr) - 5 : 0, posts = sizeof POSTS - 1;
    if (len < 5 || memcmp(uri.ptr, "at://did:", 9) != 0 || uri.len <= 5 + len + posts ||
        memcmp(slash, POSTS, posts) != 0) {
        return 0;
    }
    *did = (sf_str){uri.ptr + 5, len};
    *key = (sf_str){slash + posts, uri.len - 5 - len - posts};
    return is_plain(*did) && is_plain(*key);
}

/* The number of a TID; 0: the key is none. The top two bits are never set: times end in 2112. */
static uint64_t read_tid(sf_str key)
{
    uint64_t n = 0;
    for (size_t i = 0; i < key.len && key.len == TID_DIGITS; i++) {
        const char *digit = memchr(digits, key.ptr[i], sizeof digits - 1);
        if (digit == NULL || (i == 0 && digit - digits > 3)) {
            return 0;
        }
        n = n << 5 | (uint64_t)(digit - digits);
    }
    return n;
}

static void write_tid(uint64_t n, char key[TID_DIGITS + 1])
{
    for (int i = TID_DIGITS; i-- > 0; n >>= 5) {
        key[i] = digits[n & 31];
    }
    key[TID_DIGITS] = '\0';
}

/* ---- ids ---------------------------------------------------------------------------------------------------------- */

static uint64_t id_of(sf_str source_id)
{
    sf_str did, key;
    uint64_t tid = split(source_id, &did, &key) ? read_tid(key) : 0;
    uint64_t id = tid != 0 ? tid ^ sf_hash_parts(&did, 1).low : sf_hash_parts(&source_id, 1).low;
    return id > 0 ? id : 1;
}

static uint64_t tid_of(uint64_t id, sf_str did)
{
    return id ^ sf_hash_parts(&did, 1).low;
}

uint32_t sf_bluesky_author(sf_str did)
{
    uint32_t author = (uint32_t)sf_hash_parts(&did, 1).high;
    return author > 0 ? author : 1;
}

static uint32_t author_of(sf_str source_id)
{
    sf_str did, key;
    return split(source_id, &did, &key) && read_tid(key) != 0 ? sf_bluesky_author(did) : 0;
}

sf_str sf_bluesky_post_of(uint64_t id, sf_str did, int64_t now_ms, char buf[SF_SOURCE_ID])
{
    char key[TID_DIGITS + 1];
    uint64_t tid = tid_of(id, did);
    if (tid == 0 || tid >> 62 != 0 || (int64_t)(tid >> 10) / 1000 > now_ms + 86400000 || did.len >= SF_TRACKED_NAME ||
        !is_plain(did)) {
        return none;
    }
    write_tid(tid, key);
    int n = snprintf(buf, SF_SOURCE_ID, "at://%.*s" POSTS "%s", (int)did.len, did.ptr, key);
    return (sf_str){buf, (size_t)n};
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

/* Without PLC; not where the rest would read as a whole DID. */
static sf_str short_did(sf_str did)
{
    int is_plc = did.len > PLC_LEN && memcmp(did.ptr, PLC, PLC_LEN) == 0 &&
                 !(did.len >= PLC_LEN + 4 && memcmp(did.ptr + PLC_LEN, PLC, 4) == 0);
    return is_plc ? (sf_str){did.ptr + PLC_LEN, did.len - PLC_LEN} : did;
}

/* "DID", or "DID/KEY" where the id does not tell the key; nothing where it is not that, or too long. */
static sf_str track_name(sf_str uri, char buf[SF_TRACKED_NAME])
{
    sf_str did, key;
    if (!split(uri, &did, &key) || did.len + 1 + key.len >= SF_TRACKED_NAME) {
        return none;
    }
    did = short_did(did);
    if (read_tid(key) != 0) {
        return did;
    }
    int n = snprintf(buf, SF_TRACKED_NAME, "%.*s/%.*s", (int)did.len, did.ptr, (int)key.len, key.ptr);
    return (sf_str){buf, (size_t)n};
}

static sf_str source_id_of(uint64_t id, sf_str name, char buf[SF_SOURCE_ID])
{
    char key[SF_TRACKED_NAME];
    const char *slash = memchr(name.ptr, '/', name.len);
    int did = (int)(slash != NULL ? (size_t)(slash - name.ptr) : name.len), n;
    n = snprintf(buf, SF_SOURCE_ID, "at://%s%.*s", did >= 4 && memcmp(name.ptr, "did:", 4) == 0 ? "" : PLC, did,
                 name.ptr);
    if (slash == NULL) {
        write_tid(tid_of(id, (sf_str){buf + 5, (size_t)n - 5}), key);
    } else {
        (void)snprintf(key, sizeof key, "%.*s", (int)name.len - did - 1, slash + 1);
    }
    n += snprintf(buf + n, SF_SOURCE_ID - (size_t)n, POSTS "%s", key);
    return (sf_str){buf, (size_t)n};
}

int sf_bluesky_is_by(sf_str name, sf_str did)
{
    did = short_did(did);
    return name.len >= did.len && memcmp(name.ptr, did.ptr, did.len) == 0 &&
           (name.len == did.len || name.ptr[did.len] == '/');
}

const sf_poller_platform sf_bluesky_platform = {
    .name = "bluesky",
    .id = SF_BLUESKY,
    .fastest = 0.01,
    .id_of = id_of,
    .author_of = author_of,
    .source_id_of = source_id_of,
    .track_name = track_name,
};
