/* SPDX-License-Identifier: MIT */
/* The batch from within: what the parts that fill it share. */
#ifndef SF_BATCH_INTERNAL_H
#define SF_BATCH_INTERNAL_H

#include "signalflow/signal.h"

/* The bytes that it holds of the system, used or not. */
size_t sf_batch_memory(const sf_batch *b);

/* Room for at least `bytes` bytes of text, NULL when memory is scarce. Only what sf_batch_keep() then names is taken. */
char *sf_batch_reserve(sf_batch *b, size_t bytes);
void sf_batch_keep(sf_batch *b, size_t bytes);

/* Copies text as a signal may hold it: valid UTF-8 without NUL. What is replaced is counted. SF_OK, SF_ENOMEM. */
int sf_batch_copy_text(sf_batch *b, sf_str text, sf_str *out, uint32_t *replaced);

/* Room for the next signal, not yet counted; NULL when memory is scarce. */
sf_signal *sf_batch_next(sf_batch *b);

/* Counts the signal that was put into sf_batch_next(); returns its index. */
int64_t sf_batch_push(sf_batch *b);

/* A point to go back to when a signal fails half way. Taken after sf_batch_next(). */
typedef struct sf_batch_mark {
    struct sf_chunk *chunk;
    char *at;
} sf_batch_mark;
sf_batch_mark sf_batch_here(const sf_batch *b);
void sf_batch_back(sf_batch *b, sf_batch_mark mark);

/* Forgets the signals from index `count` on; their memory stays taken until the batch is reset. */
void sf_batch_truncate(sf_batch *b, size_t count);

/* What a signal must hold to be one. SF_OK, SF_EINVAL or SF_ETOOBIG, with the field's name in the message. */
int sf_signal_check(const sf_signal *s, sf_error *err);

#endif
