/* SPDX-License-Identifier: MIT */
/* What brokers are told of a topic beside its partitions and copies: given to those that are made, compared with those that are
 * there. */
#ifndef SF_KAFKA_TOPIC_SETTINGS_H
#define SF_KAFKA_TOPIC_SETTINGS_H

#include "kafka_conf.h"

/* Gives them to a topic that is about to be made. `dlq`: it is for dead letters. SF_OK, SF_ENOMEM. */
int sf_kafka_topic_settings_put(rd_kafka_NewTopic_t *t, int dlq);

/* A topic to be looked at. */
typedef struct sf_kafka_topic_look {
    const char *topic;
    int dlq;
} sf_kafka_topic_look;

/* Logs a warning for each setting with which records of these topics can be lost that would not be with ours; one that keeps
 * more is as good. Brokers that do not tell (an old one, no permission) are not asked again: nothing is warned of. */
void sf_kafka_topic_settings_look(rd_kafka_t *rk, const char *name, const sf_kafka_topic_look *v, size_t n,
                                  int timeout_ms);

/* The same for one value, of which `harm` says what it does: 1 where it is as good as ours, or is none of ours. */
int sf_kafka_topic_setting_good(const char *key, const char *value, int dlq, const char **harm);

#endif
