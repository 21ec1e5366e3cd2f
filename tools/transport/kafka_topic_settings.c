/* SPDX-License-Identifier: MIT */
/* Settings of topics, see kafka_topic_settings.h. */
#include "kafka_topic_settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/log.h"
#include "kafka_topics.h"

#define DAY_MS 86400000

enum { MOST_MS_DIGITS = 24 };

/* A setting: a number that must not be less, where -1 is without end; or a word. */
static const struct {
    const char *key, *word;
    int64_t least, least_dlq;
    const char *harm; /* of another value; NULL: none, records are only larger */
} settings[] = {
    {"min.insync.replicas", NULL, SF_TOPIC_IN_SYNC, SF_TOPIC_IN_SYNC,
     "what is acknowledged can be lost with one broker"},
    {"retention.ms", NULL, (int64_t)SF_TOPIC_DAYS *DAY_MS, (int64_t)SF_TOPIC_DLQ_DAYS *DAY_MS,
     "records are removed sooner"},
    {"compression.type", "snappy", 0, 0, NULL},
    {"cleanup.policy", "delete", 0, 0, "of a post's records only the last would be kept"},
    {"unclean.leader.election.enable", "false", 0, 0, "what is acknowledged can be lost with its leader"},
};

enum { N_SETTINGS = sizeof settings / sizeof settings[0] };

/* Ours, as text. */
static const char *ours(size_t i, int dlq, char buf[MOST_MS_DIGITS])
{
    if (settings[i].word != NULL) {
        return settings[i].word;
    }
    (void)snprintf(buf, MOST_MS_DIGITS, "%lld", (long long)(dlq ? settings[i].least_dlq : settings[i].least));
    return buf;
}

int sf_kafka_topic_settings_put(rd_kafka_NewTopic_t *t, int dlq)
{
    char digits[MOST_MS_DIGITS];
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < N_SETTINGS && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = rd_kafka_NewTopic_set_config(t, settings[i].key, ours(i, dlq, digits));
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? SF_OK : SF_ENOMEM;
}

/* ---- comparing ---------------------------------------------------------------------------------------------------- */

static int find(const char *key)
{
    int i = 0;
    while (i < N_SETTINGS && strcmp(settings[i].key, key) != 0) {
        i++;
    }
    return i < N_SETTINGS ? i : -1;
}

static int is_enough(const char *value, int64_t least)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    return errno != 0 || end == value || *end != '\0' || v == -1 || v >= least; /* what is no number is not judged */
}

int sf_kafka_topic_setting_good(const char *key, const char *value, int dlq, const char **harm)
{
    int i = find(key);
    if (i < 0 || settings[i].harm == NULL) {
        return 1;
    }
    *harm = settings[i].harm;
    return settings[i].word != NULL ? strcmp(settings[i].word, value) == 0
                                    : is_enough(value, dlq ? settings[i].least_dlq : settings[i].least);
}

static void warn_of(const char *name, const rd_kafka_ConfigResource_t *topic, int dlq)
{
    size_t n = 0;
    char digits[MOST_MS_DIGITS];
    const char *harm = NULL;
    const rd_kafka_ConfigEntry_t **v = rd_kafka_ConfigResource_configs(topic, &n);
    for (size_t i = 0; i < n; i++) {
        const char *key = rd_kafka_ConfigEntry_name(v[i]), *value = rd_kafka_ConfigEntry_value(v[i]);
        if (value != NULL && !sf_kafka_topic_setting_good(key, value, dlq, &harm)) {
            sf_log(SF_LOG_WARN, "%.50s: topic %s has %s=%s, not %s: %s", name, rd_kafka_ConfigResource_name(topic), key,
                   value, ours((size_t)find(key), dlq, digits), harm);
        }
    }
}

static void read_answer(rd_kafka_event_t *e, const char *name, const sf_kafka_topic_look *v, size_t n)
{
    size_t told = 0;
    const rd_kafka_ConfigResource_t **topics =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(e), &told);
    for (size_t i = 0; i < told; i++) {
        const char *topic = rd_kafka_ConfigResource_name(topics[i]);
        for (size_t k = 0; k < n && rd_kafka_ConfigResource_error(topics[i]) == RD_KAFKA_RESP_ERR_NO_ERROR; k++) {
            if (strcmp(v[k].topic, topic) == 0) {
                warn_of(name, topics[i], v[k].dlq);
                break;
            }
        }
    }
}

void sf_kafka_topic_settings_look(rd_kafka_t *rk, const char *name, const sf_kafka_topic_look *v, size_t n,
                                  int timeout_ms)
{
    char why[128];
    rd_kafka_ConfigResource_t **topics = n > 0 ? calloc(n, sizeof *topics) : NULL;
    if (topics == NULL) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        topics[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, v[i].topic);
    }
    rd_kafka_queue_t *answers = rd_kafka_queue_new(rk);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, why, sizeof why);
    rd_kafka_DescribeConfigs(rk, topics, n, options, answers);
    rd_kafka_event_t *e = rd_kafka_queue_poll(answers, timeout_ms + 500);
    if (e != NULL && rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        read_answer(e, name, v, n);
    } else {
        sf_log(SF_LOG_DEBUG, "%s: the brokers do not tell the settings of topics: %s", name,
               e != NULL ? rd_kafka_event_error_string(e) : "no answer");
    }
    if (e != NULL) {
        rd_kafka_event_destroy(e);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(answers);
    rd_kafka_ConfigResource_destroy_array(topics, n);
    free((void *)topics);
}
