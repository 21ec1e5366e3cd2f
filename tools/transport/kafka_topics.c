/* SPDX-License-Identifier: MIT */
/* The table of topics, and what makes and checks them. */
#include "kafka_topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "kafka_topic_settings.h"

const sf_kafka_topic sf_kafka_topics[] = {
    {"reddit.posts.raw", 3, SF_TOPIC_RAW, SF_REDDIT},
    {"reddit.posts.refresh", 3, SF_TOPIC_REFRESH, SF_REDDIT},
    {"hackernews.stories.raw", 3, SF_TOPIC_RAW, SF_HACKERNEWS},
    {"bluesky.posts.raw", 6, SF_TOPIC_RAW, SF_BLUESKY},
    {"youtube.comments.raw", 3, SF_TOPIC_RAW, SF_YOUTUBE},
    {"lobsters.stories.raw", 3, SF_TOPIC_RAW, SF_LOBSTERS},
    {SF_TOPIC_SIGNALS_NAME, 6, SF_TOPIC_SIGNALS, SF_PLATFORM_UNKNOWN},
    {NULL, 0, SF_TOPIC_RAW, SF_PLATFORM_UNKNOWN},
};

enum { MOST_TOPICS = 32, CREATE_MS = 30000, CHECK_MS = 10000, LONGEST_NAME = 256 };

/* What has just been made is known to one broker after the other: so long a topic that is missing is asked for again. */
enum { MADE_MS = 30000, MISSING_MS = 2000, AGAIN_MS = 250 };

const sf_kafka_topic *sf_kafka_topic_find(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);
    const sf_kafka_topic *t = sf_kafka_topics;
    if (strncmp(name, prefix, n) != 0) {
        return NULL;
    }
    while (t->name != NULL && strcmp(t->name, name + n) != 0) {
        t++;
    }
    return t->name != NULL ? t : NULL;
}

const sf_kafka_topic *sf_kafka_topic_raw(int32_t platform, int32_t kind)
{
    int later = kind == SF_REFRESH || kind == SF_DELETE;
    const sf_kafka_topic *found = NULL;
    for (const sf_kafka_topic *t = sf_kafka_topics; t->name != NULL; t++) {
        if (t->platform == platform && (t->use == SF_TOPIC_RAW || (t->use == SF_TOPIC_REFRESH && later))) {
            found = t;
        }
    }
    return found;
}

/* ---- checking them ------------------------------------------------------------------------------------------------ */

static const rd_kafka_metadata_topic_t *find(const rd_kafka_metadata_t *m, const char *topic)
{
    for (int i = 0; i < m->topic_cnt; i++) {
        if (strcmp(m->topics[i].topic, topic) == 0 && m->topics[i].partition_cnt > 0) {
            return &m->topics[i];
        }
    }
    return NULL;
}

/* How many partitions a name must have; 0: it is none of ours. */
static int32_t partitions_of(const char *topic, const char *prefix)
{
    char name[LONGEST_NAME];
    size_t n = strlen(topic), tail = sizeof SF_TOPIC_DLQ - 1;
    const sf_kafka_topic *t = sf_kafka_topic_find(topic, prefix);
    if (t != NULL) {
        return t->partitions;
    }
    if (n <= tail || n >= sizeof name || strcmp(topic + n - tail, SF_TOPIC_DLQ) != 0) {
        return 0;
    }
    memcpy(name, topic, n - tail);
    name[n - tail] = '\0';
    return sf_kafka_topic_find(name, prefix) != NULL;
}

static int check(const rd_kafka_metadata_topic_t *t, const char *name, const char *prefix, sf_error *err)
{
    const char *topic = t->topic;
    int32_t right = partitions_of(topic, prefix);
    if (right > 0 && t->partition_cnt != right) {
        sf_log(SF_LOG_ERROR,
               "topic %s was made with %d partitions, not %" PRId32
               ": keys would change places and lose their order; make it anew, or have a prefix (?prefix=)",
               topic, t->partition_cnt, right);
        return sf_fail(err, SF_EIO, "%.40s: topic %.40s has %d partitions, not %" PRId32, name, topic, t->partition_cnt,
                       right);
    }
    if (right > 0 && t->partitions[0].replica_cnt < SF_TOPIC_REPLICAS) {
        sf_log(SF_LOG_WARN, "%.50s: topic %s has %d copies, fewer than %d: a broker's end can lose records", name,
               topic, t->partitions[0].replica_cnt, (int)SF_TOPIC_REPLICAS);
    }
    return SF_OK;
}

/* What is asked of the brokers. */
typedef struct question {
    rd_kafka_t *rk;
    const char *name, *prefix;
    const char *const *topics;
    size_t n;
    const sf_kafka_trouble *trouble;
    int timeout_ms;
} question;

/* All topics are asked for: asking for one by name could have the brokers make it, and wrongly. 1: one is missing. */
static int ask(const question *q, sf_error *err)
{
    const rd_kafka_metadata_t *m = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(q->rk, 1, NULL, &m, q->timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)rd_kafka_poll(q->rk, 0); /* why */
        return sf_kafka_fail(err, q->name, "brokers cannot be reached", code, q->trouble);
    }
    int r = SF_OK;
    for (size_t i = 0; i < q->n && r == SF_OK; i++) {
        const rd_kafka_metadata_topic_t *t = find(m, q->topics[i]);
        if (t == NULL) {
            (void)sf_fail(err, SF_EIO, "%.50s: there is no topic %.60s; sf-ingest --create-topics makes ours", q->name,
                          q->topics[i]);
        }
        r = t == NULL ? 1 : check(t, q->name, q->prefix, err);
    }
    rd_kafka_metadata_destroy(m);
    return r;
}

/* Those of our table are made for what is promised. Others may be as they like. */
static void look_at_settings(const question *q)
{
    sf_kafka_topic_look v[MOST_TOPICS];
    size_t n = 0;
    for (size_t i = 0; i < q->n && n < MOST_TOPICS; i++) {
        if (partitions_of(q->topics[i], q->prefix) > 0) {
            v[n++] = (sf_kafka_topic_look){q->topics[i], sf_kafka_topic_find(q->topics[i], q->prefix) == NULL};
        }
    }
    sf_kafka_topic_settings_look(q->rk, q->name, v, n, q->timeout_ms);
}

static int ask_until_there(const question *q, int patience_ms, sf_error *err)
{
    int64_t end = sf_clock_steady_ms() + patience_ms;
    int r;
    while ((r = ask(q, err)) == 1 && sf_clock_steady_ms() < end) {
        sf_sleep_ms(AGAIN_MS);
    }
    if (r == SF_OK) {
        look_at_settings(q);
    }
    return r == 1 ? SF_EIO : r;
}

int sf_kafka_topics_check(rd_kafka_t *rk, const char *name, const char *prefix, const char *const *topics, size_t n,
                          const sf_kafka_trouble *trouble, int timeout_ms, sf_error *err)
{
    const question q = {rk, name, prefix, topics, n, trouble, timeout_ms};
    return ask_until_there(&q, MISSING_MS, err);
}

/* ---- making them -------------------------------------------------------------------------------------------------- */

static rd_kafka_NewTopic_t *new_topic(const char *name, int32_t partitions, int dlq, sf_error *err)
{
    char why[128];
    rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(name, partitions, SF_TOPIC_REPLICAS, why, sizeof why);
    if (t == NULL) {
        (void)sf_fail(err, SF_EIO, "%.100s: %s", name, why);
        return NULL;
    }
    if (sf_kafka_topic_settings_put(t, dlq) != SF_OK) {
        rd_kafka_NewTopic_destroy(t);
        (void)sf_fail(err, SF_ENOMEM, "%.100s: %s", name, sf_strerror(SF_ENOMEM));
        return NULL;
    }
    return t;
}

/* The table as requests, each topic followed by its dead letters'. */
static int table_to_requests(const char *prefix, rd_kafka_NewTopic_t **v, size_t *n, sf_error *err)
{
    char name[LONGEST_NAME];
    for (const sf_kafka_topic *t = sf_kafka_topics; t->name != NULL; t++) {
        for (int dlq = 0; dlq < 2; dlq++) {
            (void)snprintf(name, sizeof name, "%s%s%s", prefix, t->name, dlq ? SF_TOPIC_DLQ : "");
            v[*n] = new_topic(name, dlq ? 1 : t->partitions, dlq, err);
            if (v[*n] == NULL) {
                return SF_EIO;
            }
            (*n)++;
        }
    }
    return SF_OK;
}

static int read_results(rd_kafka_event_t *e, const char *name, const sf_kafka_trouble *trouble, size_t *made,
                        sf_error *err)
{
    size_t n = 0;
    if (e == NULL || rd_kafka_event_error(e) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return sf_kafka_fail(err, name, "topics cannot be made",
                             e != NULL ? rd_kafka_event_error(e) : RD_KAFKA_RESP_ERR__TIMED_OUT, trouble);
    }
    const rd_kafka_topic_result_t **v = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e), &n);
    for (size_t i = 0; i < n; i++) {
        rd_kafka_resp_err_t code = rd_kafka_topic_result_error(v[i]);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            (*made)++;
        } else if (code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            const char *why = rd_kafka_topic_result_error_string(v[i]);
            return sf_fail(err, sf_kafka_is_final(code) ? SF_EIO : SF_EAGAIN, "%.50s: topic %.60s: %.120s", name,
                           rd_kafka_topic_result_name(v[i]), why != NULL ? why : rd_kafka_err2str(code));
        }
    }
    return SF_OK;
}

static int request(rd_kafka_t *rk, rd_kafka_NewTopic_t **v, size_t n, const char *name, const sf_kafka_trouble *trouble,
                   size_t *made, sf_error *err)
{
    char why[128];
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, CREATE_MS, why, sizeof why);
    (void)rd_kafka_AdminOptions_set_request_timeout(options, CREATE_MS, why, sizeof why);
    rd_kafka_CreateTopics(rk, v, n, options, queue);
    rd_kafka_event_t *e = rd_kafka_queue_poll(queue, CREATE_MS + 1000);
    (void)rd_kafka_poll(rk, 0); /* what went wrong meanwhile */
    int r = read_results(e, name, trouble, made, err);
    if (e != NULL) {
        rd_kafka_event_destroy(e);
    }
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return r;
}

/* The whole table, with its dead letters', as names. */
static size_t table_names(const char *prefix, char names[][LONGEST_NAME], const char **out)
{
    size_t n = 0;
    for (const sf_kafka_topic *t = sf_kafka_topics; t->name != NULL; t++) {
        for (int dlq = 0; dlq < 2; dlq++, n++) {
            (void)snprintf(names[n], LONGEST_NAME, "%s%s%s", prefix, t->name, dlq ? SF_TOPIC_DLQ : "");
            out[n] = names[n];
        }
    }
    return n;
}

int sf_kafka_topics_create(rd_kafka_t *rk, const char *name, const char *prefix, const sf_kafka_trouble *trouble,
                           size_t *made, sf_error *err)
{
    rd_kafka_NewTopic_t *v[MOST_TOPICS];
    const question anyone = {rk, name, prefix, NULL, 0, trouble, CHECK_MS};
    size_t n = 0;
    *made = 0;
    int r = ask(&anyone, err); /* a request to nobody would wait for much longer */
    r = r == SF_OK ? table_to_requests(prefix, v, &n, err) : r;
    r = r == SF_OK ? request(rk, v, n, name, trouble, made, err) : r;
    rd_kafka_NewTopic_destroy_array(v, n);
    if (r != SF_OK) {
        return r;
    }
    char names[MOST_TOPICS][LONGEST_NAME];
    const char *all[MOST_TOPICS];
    n = table_names(prefix, names, all);
    const question q = {rk, name, prefix, all, n, trouble, CHECK_MS};
    return ask_until_there(&q, MADE_MS, err);
}

/* ---- for a tool --------------------------------------------------------------------------------------------------- */

static int make_at(const sf_kafka_place *place, const char *name, const sf_settings *settings, size_t *made,
                   sf_error *err)
{
    static const char *const none[][2] = {{NULL, NULL}};
    char why[200];
    sf_kafka_trouble trouble;
    rd_kafka_conf_t *conf = NULL;
    int r = sf_kafka_conf(&conf, place, settings, &trouble, none, err);
    if (r != SF_OK) {
        return r;
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return sf_fail(err, SF_EINVAL, "%.50s: %.150s", name, why);
    }
    r = sf_kafka_topics_create(rk, name, place->prefix, &trouble, made, err);
    rd_kafka_destroy(rk);
    return r;
}

/* A raw topic of the table, or its dead letters'. */
static int is_raw(const char *topic, const char *prefix)
{
    char name[LONGEST_NAME];
    size_t n = strlen(topic), tail = sizeof SF_TOPIC_DLQ - 1;
    (void)snprintf(name, sizeof name, "%s", topic);
    if (n > tail && n < sizeof name && strcmp(topic + n - tail, SF_TOPIC_DLQ) == 0) {
        name[n - tail] = '\0';
    }
    const sf_kafka_topic *t = sf_kafka_topic_find(name, prefix);
    return t != NULL && t->use != SF_TOPIC_SIGNALS;
}

int sf_kafka_url_is_raw(const char *url)
{
    static const char *const known[] = {SF_KAFKA_KEYS, "group", "until", NULL};
    sf_kafka_place place;
    sf_url u;
    if (sf_url_parse(url, &u, NULL) != SF_OK) {
        return 0;
    }
    int raw = strcmp(u.scheme, "kafka") == 0 && sf_kafka_place_read(&place, &u, known, NULL) == SF_OK;
    if (raw) {
        raw = place.n_topics > 0;
        for (size_t i = 0; i < place.n_topics && raw; i++) {
            raw = is_raw(place.topics[i], place.prefix);
        }
        sf_kafka_place_free(&place);
    }
    sf_url_free(&u);
    return raw;
}

int sf_kafka_topics_make(const char *url, const sf_settings *settings, size_t *made, sf_error *err)
{
    static const char *const known[] = {SF_KAFKA_KEYS, NULL};
    sf_kafka_place place;
    sf_url u;
    int r = sf_url_parse(url, &u, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_kafka_place_read(&place, &u, known, err);
    if (r == SF_OK) {
        r = make_at(&place, u.text, settings, made, err);
        sf_kafka_place_free(&place);
    }
    sf_url_free(&u);
    return r;
}
