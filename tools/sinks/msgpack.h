/* SPDX-License-Identifier: MIT */
/* JSON as MessagePack, for consumers that take their messages so. Source: the MessagePack specification, github.com/msgpack/msgpack. */
#ifndef SF_MSGPACK_H
#define SF_MSGPACK_H

#include "common/buffer.h"

/* Appends a value. Whole numbers of up to 63 bits are integers, all others 64-bit floats. SF_OK; SF_EPARSE: it is no JSON; SF_ENOMEM. */
int sf_msgpack_put(sf_str json, sf_buffer *b);

/* Appends a string; and the head of a map with so many (at most 15) members. */
void sf_msgpack_text(sf_buffer *b, sf_str text);
void sf_msgpack_map(sf_buffer *b, unsigned n);

#endif
