/* SPDX-License-Identifier: MIT */
/* A producer that loses nothing, doubles nothing while it lives, and keeps each key's order.
 *
 * It is idempotent, waits for all copies that are in sync, and never gives a message up: brokers that are away are waited
 * for. The queue is bounded. Should librdkafka declare the producer broken (2.0.2 can: "sequence desynchronization"), it is
 * made anew and what was not acknowledged is to be sent again. */
#ifndef SF_KAFKA_PRODUCER_H
#define SF_KAFKA_PRODUCER_H

#include "kafka_conf.h"

typedef struct sf_kafka_producer sf_kafka_producer;

typedef struct sf_kafka_header {
    const char *name;
    sf_str value;
} sf_kafka_header;

typedef struct sf_kafka_message {
    const char *topic;
    sf_str key; /* empty: none */
    sf_str value;
    int64_t at_ms; /* the message's timestamp; SF_NO_TIME: now */
    const sf_kafka_header *headers;
    size_t n_headers;
} sf_kafka_message;

/* What a message may have with its headers: what brokers take unless told otherwise, less what goes around it. */
enum { SF_KAFKA_MOST_BYTES = 1000000 };

/* The topics are checked as soon as the brokers can be reached. `name` (the plug's, for messages) and `place` must outlive
 * it. SF_OK, also while the brokers are away; SF_EINVAL, SF_EIO, SF_ENOMEM. */
int sf_kafka_producer_open(sf_kafka_producer **out, const char *name, const sf_kafka_place *place,
                           const char *const *topics, size_t n_topics, const sf_settings *settings, sf_error *err);
void sf_kafka_producer_close(sf_kafka_producer *p); /* what is not acknowledged is thrown away; NULL is fine */

/* Queues a message; its bytes are copied. SF_OK; SF_ETOOBIG: it is larger than SF_KAFKA_MOST_BYTES; SF_EAGAIN: the queue
 * has been full for a second, or the topics could not be checked yet; final. */
int sf_kafka_produce(sf_kafka_producer *p, const sf_kafka_message *m, sf_error *err);

/* Waits up to timeout_ms for the acknowledgement of all that was queued. SF_OK; 1: not all yet; SF_EAGAIN: some of it is
 * lost, send all since the last SF_OK again; final. */
int sf_kafka_settle(sf_kafka_producer *p, int timeout_ms, sf_error *err);

/* For tests: declares the producer broken, as librdkafka would. */
void sf_kafka_producer_break(sf_kafka_producer *p);

#endif
