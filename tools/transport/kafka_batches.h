/* SPDX-License-Identifier: MIT */
/* Batches that a consumer handed over and that are not committed yet: the offsets each comes to, and whether they are still ours
 * to commit. The thread that reads adds them, the one that writes commits or drops them. */
#ifndef SF_KAFKA_BATCHES_H
#define SF_KAFKA_BATCHES_H

#include <pthread.h>

#include "kafka_conf.h"

enum { SF_KAFKA_MOST_BATCHES = 64 };

typedef struct sf_kafka_batch {
    uint64_t position; /* 0: none */
    uint64_t term;
    rd_kafka_topic_partition_list_t *offsets;
} sf_kafka_batch;

typedef struct sf_kafka_batches {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int leaving;    /* partitions go, once what is being written is committed */
    uint64_t term;  /* one more whenever partitions go; batches of another are nobody's business any more */
    int look_again; /* what was read last comes again: partitions are to be placed anew */
    sf_kafka_batch v[SF_KAFKA_MOST_BATCHES];
} sf_kafka_batches;

void sf_kafka_batches_open(sf_kafka_batches *b);
void sf_kafka_batches_close(sf_kafka_batches *b);

uint64_t sf_kafka_batches_term(sf_kafka_batches *b);

/* Notes a batch, whose offsets become this table's; positions count up by one. Returns the term it belongs to. */
uint64_t sf_kafka_batches_add(sf_kafka_batches *b, uint64_t position, rd_kafka_topic_partition_list_t *offsets);

/* Commits all batches up to a position that are still ours. One that the group has given to others is no failure, but it is
 * logged: its next reader has it again. SF_OK, SF_EAGAIN, or final. */
int sf_kafka_batches_commit(sf_kafka_batches *b, rd_kafka_t *rk, const char *name, uint64_t position, sf_error *err);

/* Partitions go: waits for so long that what is being written is committed, then begins a new term. Returns 1 if something
 * was left uncommitted. */
int sf_kafka_batches_finish(sf_kafka_batches *b, int most_ms);

/* Is what was read in this term still ours? 1; SF_LEAVING: for some seconds yet; 0. */
int sf_kafka_batches_holds(sf_kafka_batches *b, uint64_t term);

/* A batch was refused, since another is ahead: it and what was read behind it come again. */
void sf_kafka_batches_drop(sf_kafka_batches *b, uint64_t position);

/* Has partitions placed anew, and are they to be? (Which is told once.) */
void sf_kafka_batches_look_again(sf_kafka_batches *b);
int sf_kafka_batches_must_look_again(sf_kafka_batches *b);

#endif
