/* SPDX-License-Identifier: MIT */
/* Gzip data piece by piece. */
#include "gunzip.h"

#include <string.h>

#include "fail.h"

int sf_is_gzip(const void *bytes, size_t len)
{
    return len >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
}

int sf_gunzip_open(sf_gunzip *g)
{
    memset(g, 0, sizeof *g);
    return inflateInit2(&g->z, 15 + 16) == Z_OK ? SF_OK : SF_ENOMEM;
}

void sf_gunzip_close(sf_gunzip *g)
{
    (void)inflateEnd(&g->z);
}

/* Behind a member: passes over zeros. Returns 1 when there is another one. */
static int next_member(sf_gunzip *g)
{
    while (g->z.avail_in > 0 && *g->z.next_in == 0) {
        g->z.next_in++;
        g->z.avail_in--;
    }
    if (g->z.avail_in == 0) {
        return 0;
    }
    (void)inflateReset(&g->z);
    g->member_ended = 0;
    return 1;
}

int64_t sf_gunzip_some(sf_gunzip *g, void *out, size_t cap, const char *name, sf_error *err)
{
    z_stream *z = &g->z;
    z->next_out = out;
    z->avail_out = (uInt)cap;
    while (z->avail_out > 0 && (!g->member_ended || next_member(g))) {
        int r = inflate(z, Z_NO_FLUSH);
        if (r == Z_STREAM_END) {
            g->member_ended = 1;
        } else if (r == Z_OK) {
            continue;
        } else if (r == Z_BUF_ERROR || z->avail_out < cap) {
            break; /* no more input; or what there is first: a failure comes again */
        } else if (r == Z_MEM_ERROR) {
            return sf_fail(err, SF_ENOMEM, "%s: %s", name, sf_strerror(SF_ENOMEM));
        } else {
            return sf_fail(err, SF_EIO, "%s: broken gzip data: %s", name, z->msg != NULL ? z->msg : "no header");
        }
    }
    return (int64_t)(cap - z->avail_out);
}

int sf_gunzip_end(const sf_gunzip *g, const char *name, sf_error *err)
{
    return g->member_ended ? SF_OK : sf_fail(err, SF_EIO, "%s: gzip data ends early", name);
}
