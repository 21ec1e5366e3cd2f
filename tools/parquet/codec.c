/* SPDX-License-Identifier: MIT */
/* How pages are compressed: libzstd and libsnappy. */
#define ZSTD_STATIC_LINKING_ONLY /* declares ZSTD_c_literalCompressionMode */
#include "codec.h"

#include <snappy-c.h>
#include <stdlib.h>
#include <zstd.h>

enum { SPARES = 64, SPARE_BYTES = 64 * 1024 * 1024 };

struct sf_codec {
    sf_codec_kind kind;
    ZSTD_CCtx *zstd;
    sf_buffer page;
    sf_buffer spares[SPARES];
    size_t n_spares, spare_bytes;
    char *buf;
    size_t cap;
};

/* Below level 0 zstd looks for fewer repetitions, and leaves the letters between them as they are, unless it is told otherwise. Few
 * texts repeat much, so that most of what it can save lies in the letters, and coding them is the cheaper part. A libzstd that no longer
 * knows the parameter makes larger files there, nothing else. */
static ZSTD_CCtx *new_zstd(int level)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (z != NULL) {
        (void)ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, level);
        (void)ZSTD_CCtx_setParameter(z, ZSTD_c_literalCompressionMode, ZSTD_ps_enable);
    }
    return z;
}

int sf_codec_new(sf_codec **out, sf_codec_kind kind, int level)
{
    sf_codec *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return SF_ENOMEM;
    }
    c->kind = kind;
    c->zstd = kind == SF_CODEC_ZSTD ? new_zstd(level) : NULL;
    if (kind == SF_CODEC_ZSTD && c->zstd == NULL) {
        free(c);
        return SF_ENOMEM;
    }
    *out = c;
    return SF_OK;
}

void sf_codec_free(sf_codec *c)
{
    if (c != NULL) {
        (void)ZSTD_freeCCtx(c->zstd);
        sf_buffer_free(&c->page);
        for (size_t i = 0; i < c->n_spares; i++) {
            sf_buffer_free(&c->spares[i]);
        }
        free(c->buf);
        free(c);
    }
}

sf_codec_kind sf_codec_of(const sf_codec *c)
{
    return c->kind;
}

sf_buffer *sf_codec_page(sf_codec *c)
{
    sf_buffer_cut(&c->page, 0);
    c->page.lost = 0;
    return &c->page;
}

sf_buffer sf_codec_lend(sf_codec *c)
{
    if (c->n_spares == 0) {
        return (sf_buffer){.bytes = NULL};
    }
    sf_buffer b = c->spares[--c->n_spares];
    c->spare_bytes -= b.cap;
    return b;
}

void sf_codec_give_back(sf_codec *c, sf_buffer *b)
{
    if (c->n_spares == SPARES || b->cap > SPARE_BYTES - c->spare_bytes) {
        sf_buffer_free(b);
        return;
    }
    sf_buffer_cut(b, 0);
    b->lost = 0;
    c->spare_bytes += b->cap;
    c->spares[c->n_spares++] = *b;
    *b = (sf_buffer){.bytes = NULL};
}

int sf_codec_pack(sf_codec *c, sf_str bytes, sf_str *out)
{
    size_t need = c->kind == SF_CODEC_ZSTD     ? ZSTD_compressBound(bytes.len)
                  : c->kind == SF_CODEC_SNAPPY ? snappy_max_compressed_length(bytes.len)
                                               : 0;
    if (c->kind == SF_CODEC_NONE) {
        *out = bytes;
        return SF_OK;
    }
    if (c->cap < need) {
        free(c->buf);
        c->buf = malloc(need);
        c->cap = c->buf != NULL ? need : 0;
        if (c->buf == NULL) {
            return SF_ENOMEM;
        }
    }
    size_t len = c->cap;
    int bad;
    if (c->kind == SF_CODEC_ZSTD) {
        len = ZSTD_compress2(c->zstd, c->buf, c->cap, bytes.ptr, bytes.len);
        bad = ZSTD_isError(len) != 0;
    } else {
        bad = snappy_compress(bytes.ptr, bytes.len, c->buf, &len) != SNAPPY_OK;
    }
    *out = (sf_str){c->buf, len};
    return bad ? SF_ENOMEM : SF_OK; /* with room enough, there is nothing else that they could lack */
}

int sf_codec_unpack(sf_codec_kind kind, sf_str bytes, char *buf, size_t cap)
{
    size_t len = cap;
    int good = 0;
    if (kind == SF_CODEC_NONE) {
        good = bytes.len == cap;
        if (good && cap > 0) {
            memcpy(buf, bytes.ptr, cap);
        }
    } else if (kind == SF_CODEC_ZSTD) {
        good = ZSTD_decompress(buf, cap, bytes.ptr, bytes.len) == cap;
    } else if (kind == SF_CODEC_SNAPPY) {
        good = snappy_uncompressed_length(bytes.ptr, bytes.len, &len) == SNAPPY_OK && len == cap &&
               snappy_uncompress(bytes.ptr, bytes.len, buf, &len) == SNAPPY_OK;
    }
    return good ? SF_OK : SF_EPARSE;
}
