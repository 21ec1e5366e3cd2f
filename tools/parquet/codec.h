/* SPDX-License-Identifier: MIT */
/* How pages are compressed. One serves any number of files, one after the other or in turn. */
#ifndef SF_PARQUET_CODEC_H
#define SF_PARQUET_CODEC_H

#include "common/buffer.h"

/* The numbers are Parquet's. */
typedef enum sf_codec_kind { SF_CODEC_NONE = 0, SF_CODEC_SNAPPY = 1, SF_CODEC_ZSTD = 6 } sf_codec_kind;

typedef struct sf_codec sf_codec;

/* level: zstd's, up to 19; below 0 faster, with larger files. SF_OK, SF_ENOMEM. */
int sf_codec_new(sf_codec **out, sf_codec_kind kind, int level);
void sf_codec_free(sf_codec *c);
sf_codec_kind sf_codec_of(const sf_codec *c);

/* Where a page is put together before it is compressed: empty, and everyone's until the next call. */
sf_buffer *sf_codec_page(sf_codec *c);

/* Memory for pages that an earlier file no longer needs, empty; and where it goes. Memory that is new to a process costs it a page fault
 * every 4 KiB, which for files one after the other is a twentieth of all. */
sf_buffer sf_codec_lend(sf_codec *c);
void sf_codec_give_back(sf_codec *c, sf_buffer *b);

/* The bytes compressed, until the next call. SF_OK, SF_ENOMEM. */
int sf_codec_pack(sf_codec *c, sf_str bytes, sf_str *out);

/* Unpacks into exactly cap bytes; anything else is broken. kind: any; SF_OK, SF_EPARSE. */
int sf_codec_unpack(sf_codec_kind kind, sf_str bytes, char *buf, size_t cap);

#endif
