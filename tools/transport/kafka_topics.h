/* SPDX-License-Identifier: MIT */
/* The topics: one table that says what there is, makes it, and is held against what is there. */
#ifndef SF_KAFKA_TOPICS_H
#define SF_KAFKA_TOPICS_H

#include "kafka_conf.h"

typedef enum sf_kafka_use {
    SF_TOPIC_RAW,     /* what a platform's API gave, on first sight; without a topic for refreshes, always */
    SF_TOPIC_REFRESH, /* what it gave later */
    SF_TOPIC_SIGNALS  /* signals, of every platform */
} sf_kafka_use;

typedef struct sf_kafka_topic {
    const char *name;
    int32_t partitions;
    sf_kafka_use use;
    int32_t platform; /* SF_PLATFORM_UNKNOWN: of all */
} sf_kafka_topic;

extern const sf_kafka_topic sf_kafka_topics[]; /* ends with a name of NULL */

/* What they have in common. Beside each stands NAME.dlq with one partition, for its dead letters. */
enum { SF_TOPIC_REPLICAS = 3, SF_TOPIC_IN_SYNC = 2, SF_TOPIC_DAYS = 7, SF_TOPIC_DLQ_DAYS = 30 };
#define SF_TOPIC_SIGNALS_NAME "signals.normalised"
#define SF_TOPIC_DLQ          ".dlq"

/* The topic of this name, or NULL. `prefix` is cut off first. */
const sf_kafka_topic *sf_kafka_topic_find(const char *name, const char *prefix);

/* Does a kafka: URL read what platforms gave, and not signals? Their dead letters are of the same kind. */
int sf_kafka_url_is_raw(const char *url);

/* Where a platform's raw records go; NULL: it has no topic. */
const sf_kafka_topic *sf_kafka_topic_raw(int32_t platform, int32_t kind);

/* Makes the topics that are not there, with their dead letters', waits until brokers tell of them, and checks those that
 * are; what was there stays as it is.
 * SF_OK; SF_EAGAIN: the brokers are away; SF_EIO with what is wrong. `made` is how many were made. */
int sf_kafka_topics_create(rd_kafka_t *rk, const char *name, const char *prefix, const sf_kafka_trouble *trouble,
                           size_t *made, sf_error *err);

/* The same on the brokers that a kafka: URL names. Fails with SF_EAGAIN while they are away. */
int sf_kafka_topics_make(const char *url, const sf_settings *settings, size_t *made, sf_error *err);

/* Are these topics there, and those of our table as it says? Names have the prefix. A topic that is missing is asked for again
 * for two seconds, since brokers learn of a new one by and by. SF_OK, SF_EAGAIN, SF_EIO. Threads: the one that polls the client. */
int sf_kafka_topics_check(rd_kafka_t *rk, const char *name, const char *prefix, const char *const *topics, size_t n,
                          const sf_kafka_trouble *trouble, int timeout_ms, sf_error *err);

#endif
