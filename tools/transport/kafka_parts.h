/* SPDX-License-Identifier: MIT */
/* The partitions that a consumer has, how far each is read, and where reading starts when they come. */
#ifndef SF_KAFKA_PARTS_H
#define SF_KAFKA_PARTS_H

#include "common/store.h"
#include "kafka_conf.h"

typedef struct sf_kafka_part {
    const char *topic; /* the source's */
    int32_t partition;
    int64_t next; /* offset to be read; -1: not known before the first record */
    int64_t
        held; /* where the store, or without one the group, stands once it has all that was handed over; -1: nowhere */
    int64_t end;    /* where it ended when it came, with ?until=end; -1: no matter */
    int at_end;     /* nothing more was there */
    uint64_t batch; /* the last batch that had */
} sf_kafka_part;

typedef struct sf_kafka_parts {
    sf_kafka_part *v;
    size_t n;
    size_t last; /* the one that was found last */
} sf_kafka_parts;

void sf_kafka_parts_free(sf_kafka_parts *p);

/* The entry of a partition, or NULL. */
sf_kafka_part *sf_kafka_parts_find(sf_kafka_parts *p, const char *topic, int32_t partition);

/* What decides where reading starts. */
typedef struct sf_kafka_start {
    const char *name; /* the source's, for messages */
    const char *group;
    const char *const *topics; /* names that live as long as the source */
    size_t n_topics;
    sf_store *store; /* NULL: none */
    int until_end;
    int timeout_ms;
    const sf_kafka_trouble *trouble;
} sf_kafka_start;

/* Finds out where to start each partition of the list, sets it there and fills the table. That is what the group committed or
 * what the store holds, whichever is less: all that is required has everything before it. (The group is behind when a run died
 * between the store's commit and the group's; the store is when it was restored, or is a new one.) Where one of them knows of
 * nothing, reading starts with the oldest record. SF_OK, SF_EAGAIN, SF_ENOMEM, or final. */
int sf_kafka_parts_place(sf_kafka_parts *p, rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list,
                         const sf_kafka_start *start, sf_error *err);

#endif
