/* SPDX-License-Identifier: MIT */
/* Dead letters in Kafka: the record's bytes and key as they were, in TOPIC.dlq, with headers that say the rest:
 *
 *   topic, partition, offset    where it came from (file, line, offset of one that came from a file)
 *   error                       why it was refused
 *   attempts                    how often by now
 *   time, version               when, and by which version of the programs
 *   observed_at                 when its platform said so, where the record had that header
 *   length, hash                of one that is too large for a message: then the value is its first 64 KiB
 *
 * Numbers are in decimal, hash is that of hash.h in hexadecimal. */
#ifndef SF_KAFKA_LETTERS_H
#define SF_KAFKA_LETTERS_H

#include "common/record.h"
#include "kafka_conf.h"

/* Names that live as long as their source; mostly it is the same one again. */
typedef struct sf_kafka_names {
    sf_batch *memory; /* NULL: none yet */
    const char *last;
} sf_kafka_names;

void sf_kafka_names_free(sf_kafka_names *n);

/* What the headers of a message from a dead-letter topic say goes into its record: the place where it came from at first, and
 * attempts. A letter that was cut is rejected: there is no more of it. Other topics' messages stay as they are. SF_OK,
 * SF_ENOMEM. */
int sf_kafka_letter_read(const rd_kafka_headers_t *headers, const char *topic, sf_kafka_names *names, sf_batch *memory,
                         sf_record *r);

/* The URL of the dead letters of a source: the same brokers. NULL where it does not fit. */
const char *sf_kafka_letters_url(const sf_kafka_place *source, char *buf, size_t cap);

#endif
