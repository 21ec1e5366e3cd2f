/* SPDX-License-Identifier: MIT */
/* The least that reading from Kafka takes with librdkafka: a member of a group that reads N messages, touches none of their bytes, and
 * commits every 1,000.
 *
 *     kafka_consume BROKERS TOPIC GROUP N */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char why[200];
    if (rd_kafka_conf_set(conf, key, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
        (void)fprintf(stderr, "%s\n", why);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    char why[200];
    if (argc != 5) {
        return 2;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    set(conf, "group.id", argv[3]);
    set(conf, "enable.auto.commit", "false");
    set(conf, "auto.offset.reset", "earliest");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (rk == NULL) {
        (void)fprintf(stderr, "%s\n", why);
        return 1;
    }
    (void)rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(topics, argv[2], RD_KAFKA_PARTITION_UA);
    (void)rd_kafka_subscribe(rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    for (long n = 0, want = strtol(argv[4], NULL, 10); n < want;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 1000);
        if (m != NULL && m->err == RD_KAFKA_RESP_ERR_NO_ERROR && ++n % 1000 == 0) {
            (void)rd_kafka_commit_message(rk, m, 0);
        }
        if (m != NULL) {
            rd_kafka_message_destroy(m);
        }
    }
    (void)rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
