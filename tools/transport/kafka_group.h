/* SPDX-License-Identifier: MIT */
/* A member of a consumer group: joins, places the partitions that it is given, keeps the group company while it must wait, leaves.
 *
 * When partitions are taken away, the batch that is being written gets some seconds to be finished and committed; what has been
 * read beyond is dropped, since the next member reads it. When they are lost (this process was away for too long), nothing
 * is committed. While the sinks hold things up, partitions are paused and the group is still kept company.
 *
 * One thread polls. The assignor is `range`: with librdkafka 2.0.2 the cooperative one loses commits. */
#ifndef SF_KAFKA_GROUP_H
#define SF_KAFKA_GROUP_H

#include "kafka_batches.h"
#include "kafka_parts.h"

/* Messages that came while they should not; they are the next. */
typedef struct sf_kafka_held {
    rd_kafka_message_t **v;
    size_t n, cap, at;
} sf_kafka_held;

typedef struct sf_kafka_group {
    /* set by who opens it, and living as long: */
    const char *label; /* for messages */
    const char *name;  /* the group's */
    const sf_kafka_place *place;
    int until_end;   /* partitions are read to where they end when they come */
    sf_store *store; /* decides with the group where reading starts; NULL: none */
    /* the group's own; all but the batches belong to the thread that reads: */
    rd_kafka_t *rk;
    sf_kafka_trouble trouble;
    int opened, joined, closing;
    rd_kafka_topic_partition_list_t *owned; /* what the group gave; NULL: nothing yet */
    sf_kafka_parts parts;
    int placed; /* the parts are where reading starts, and assigned */
    int paused;
    sf_kafka_held held;
    int64_t lag_told_ms; /* steady clock */
    sf_kafka_batches batches;
} sf_kafka_group;

/* Makes the client; nothing is asked of the brokers. Whatever it returns, the group is to be closed. SF_OK, SF_EINVAL,
 * SF_ENOMEM. */
int sf_kafka_group_open(sf_kafka_group *g, const sf_settings *settings, sf_error *err);

/* Sees to it that there is something to read from: checks the topics and joins, places what came, goes on with what was paused.
 * SF_OK, SF_EAGAIN, or final. */
int sf_kafka_group_ready(sf_kafka_group *g, sf_error *err);

/* The next message, or an event; NULL: none within the time. The partitions may have changed: see batches' term. */
rd_kafka_message_t *sf_kafka_group_next(sf_kafka_group *g, int timeout_ms);

/* Called while nothing can be taken: pauses the partitions and stays a member. */
void sf_kafka_group_wait(sf_kafka_group *g);

/* Have all partitions been read to where they ended? Only with until_end. */
int sf_kafka_group_all_read(const sf_kafka_group *g);

/* How much is left of each partition, into the figures; at most once a second. */
void sf_kafka_group_tell_lag(sf_kafka_group *g);

/* Leaves the group; one of zeros, never opened, is fine. 1; 0: the brokers are away, and threads of the library live on that use the group and what it points to,
 * so that none of it may be freed. */
int sf_kafka_group_close(sf_kafka_group *g);

#endif
