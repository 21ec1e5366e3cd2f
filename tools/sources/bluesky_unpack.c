/* SPDX-License-Identifier: MIT */
/* Messages of a stream that come compressed by zstd, each for itself, with a dictionary that both sides have. */
#include <stdlib.h>
#include <zstd.h>

#include "bluesky.h"
#include "common/fail.h"
#include "common/mapped.h"

enum { MESSAGE_MOST = 1024 * 1024 }; /* as long as one that is not packed may be */

struct sf_bluesky_unpacker {
    ZSTD_DCtx *zstd;
    ZSTD_DDict *dictionary;
    char message[MESSAGE_MOST];
};

int sf_bluesky_unpacker_new(sf_bluesky_unpacker **out, sf_str dictionary)
{
    sf_bluesky_unpacker *u = calloc(1, sizeof *u);
    if (u == NULL || (u->zstd = ZSTD_createDCtx()) == NULL) {
        sf_bluesky_unpacker_free(u);
        return SF_ENOMEM;
    }
    u->dictionary = dictionary.len > 0 ? ZSTD_createDDict(dictionary.ptr, dictionary.len) : NULL;
    if (u->dictionary == NULL) {
        sf_bluesky_unpacker_free(u);
        return SF_EINVAL;
    }
    *out = u;
    return SF_OK;
}

int sf_bluesky_unpacker_open(sf_bluesky_unpacker **out, const char *path, sf_error *err)
{
    sf_mapped file;
    sf_error why;
    int r = sf_mapped_open(&file, path, &why);
    if (r != SF_OK) {
        return sf_fail(err, SF_EINVAL, "jetstream-dict: %s", why.message);
    }
    r = sf_bluesky_unpacker_new(out, file.bytes);
    sf_mapped_close(&file);
    return r == SF_OK ? r
                      : sf_fail(err, r, "jetstream-dict: %s: %s", path,
                                r == SF_EINVAL ? "is no dictionary of zstd" : sf_strerror(r));
}

void sf_bluesky_unpacker_free(sf_bluesky_unpacker *u)
{
    if (u != NULL) {
        (void)ZSTD_freeDCtx(u->zstd);
        (void)ZSTD_freeDDict(u->dictionary);
        free(u);
    }
}

/* All JSON begins with something else. */
static int is_packed(sf_str message)
{
    return message.len >= 4 && memcmp(message.ptr, "\x28\xB5\x2F\xFD", 4) == 0;
}

int sf_bluesky_unpack(sf_bluesky_unpacker *u, sf_str *message, sf_error *err)
{
    if (!is_packed(*message)) {
        return SF_OK;
    }
    unsigned wants = ZSTD_getDictID_fromFrame(message->ptr, message->len),
             has = ZSTD_getDictID_fromDDict(u->dictionary);
    if (wants != 0 && wants != has) {
        return sf_fail(err, SF_EPARSE, "packed with dictionary %u, not with jetstream-dict %u", wants, has);
    }
    size_t n =
        ZSTD_decompress_usingDDict(u->zstd, u->message, sizeof u->message, message->ptr, message->len, u->dictionary);
    if (ZSTD_isError(n)) {
        return sf_fail(err, SF_EPARSE, "what is packed cannot be read: %s", ZSTD_getErrorName(n));
    }
    *message = (sf_str){u->message, n};
    return SF_OK;
}
