/* SPDX-License-Identifier: MIT */
/* What all that talks to Kafka has in common: the URL, librdkafka's configuration, its errors.
 *
 *   kafka://HOST:PORT[,HOST:PORT...][/TOPIC[,TOPIC...]][?prefix=TEXT]
 *
 * `prefix` stands before the name of every topic, so that several installations can share a cluster. */
#ifndef SF_KAFKA_CONF_H
#define SF_KAFKA_CONF_H

#include <librdkafka/rdkafka.h>

#include "common/settings.h"
#include "common/url.h"

/* Keys that stand before the ones a plug knows itself. */
#define SF_KAFKA_KEYS "prefix"

/* What a URL names. */
typedef struct sf_kafka_place {
    char *brokers;
    char *prefix;  /* "" if there is none */
    char **topics; /* with the prefix */
    size_t n_topics;
} sf_kafka_place;

/* Reads the URL; `known` are all query keys it may have, ended by NULL. SF_OK, SF_EINVAL, SF_ENOMEM. */
int sf_kafka_place_read(sf_kafka_place *out, const sf_url *url, const char *const *known, sf_error *err);
void sf_kafka_place_free(sf_kafka_place *p); /* what was read of it */

/* A client's errors, as they come in while it is polled. */
typedef struct sf_kafka_trouble {
    rd_kafka_resp_err_t code; /* of the last one */
    int refused;              /* 1: the brokers know us and will not have us: trying again does not help */
    char text[160];
} sf_kafka_trouble;

/* librdkafka's configuration: brokers, the plug's defaults (pairs, ended by NULL), and over them what --kafka-opt says. Errors go to `trouble`, which outlives the client; what the
 * library logs goes to the log, as debug. SF_OK; SF_EINVAL: a setting is wrong, unknown, or one that is not the user's to
 * change; SF_ENOMEM. */
int sf_kafka_conf(rd_kafka_conf_t **out, const sf_kafka_place *place, const sf_settings *settings,
                  sf_kafka_trouble *trouble, const char *const defaults[][2], sf_error *err);

/* Sets what the client is built on. It cannot fail but through a mistake of ours or a library without a feature. */
int sf_kafka_set(rd_kafka_conf_t *conf, const char *const pairs[][2], sf_error *err);

/* An error of librdkafka as one of ours: SF_EAGAIN if it can pass, else SF_EIO; "NAME: what: why". */
int sf_kafka_fail(sf_error *err, const char *name, const char *what, rd_kafka_resp_err_t code,
                  const sf_kafka_trouble *trouble);

/* Does this error say that the configuration is wrong, so that it will not pass by itself? */
int sf_kafka_is_final(rd_kafka_resp_err_t code);

#endif
