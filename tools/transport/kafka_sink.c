/* SPDX-License-Identifier: MIT */
/* Signals to Kafka. With a topic in the URL each goes there as JSON. Without one each goes twice, as the table of topics says:
 * what the platform gave to the platform's raw topic, and the signal to signals.normalised. One producer sends both, keyed by
 * source_id, so that a post's records keep their order, and both are acknowledged before the source commits. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/fault.h"
#include "common/plug.h"
#include "kafka_producer.h"
#include "kafka_raw.h"
#include "kafka_topics.h"

enum { MOST_TOPICS = 16 };

/* A message whose timestamp lies further back than this could be removed by retention before anyone read it, and one
 * further ahead is refused by brokers. The exact time stands in a header. */
enum { OLDEST_MS = 3600 * 1000, NEWEST_MS = 5 * 60 * 1000 };

typedef struct kafka_sink {
    sf_sink base;
    char *label; /* for messages */
    sf_kafka_place place;
    const char *topics[MOST_TOPICS]; /* where it may send to */
    char *made[MOST_TOPICS];         /* names that were made for the table's topics */
    size_t n_topics;
    const char *signals; /* where signals go */
    int raw;             /* raw records as well */
    sf_kafka_producer *producer;
    uint64_t number; /* the batch that is being sent, 0: none ... */
    size_t at;       /* ... from this record on; */
    int raw_is_sent; /* 1: the raw one of it is on its way */
} kafka_sink;

static void sink_close(sf_sink *base)
{
    kafka_sink *s = (kafka_sink *)base;
    sf_kafka_producer_close(s->producer);
    for (size_t i = 0; i < MOST_TOPICS; i++) {
        free(s->made[i]);
    }
    sf_kafka_place_free(&s->place);
    free(s->label);
    free(s);
}

/* The topics of the table, with the prefix, in its order. */
static int take_table(kafka_sink *s)
{
    size_t before = strlen(s->place.prefix);
    for (const sf_kafka_topic *t = sf_kafka_topics; t->name != NULL; t++) {
        char *name = malloc(before + strlen(t->name) + 1);
        if (name == NULL) {
            return SF_ENOMEM;
        }
        memcpy(name, s->place.prefix, before);
        memcpy(name + before, t->name, strlen(t->name) + 1);
        s->made[s->n_topics] = name;
        s->topics[s->n_topics++] = name;
        if (t->use == SF_TOPIC_SIGNALS) {
            s->signals = name;
        }
    }
    s->raw = 1;
    return SF_OK;
}

static int take_place(kafka_sink *s, const sf_url *url, sf_error *err)
{
    static const char *const known[] = {SF_KAFKA_KEYS, NULL};
    s->label = strdup(url->text);
    int r = s->label != NULL ? sf_kafka_place_read(&s->place, url, known, err) : SF_ENOMEM;
    if (r != SF_OK || s->place.n_topics == 0) {
        return r != SF_OK ? r : take_table(s);
    }
    if (s->place.n_topics > 1) {
        return sf_fail(err, SF_EINVAL, "%.60s: signals go to one topic", url->text);
    }
    s->signals = s->topics[s->n_topics++] = s->place.topics[0];
    return SF_OK;
}

static int sink_open(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    kafka_sink *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = take_place(s, url, err);
    r = r == SF_OK ? sf_kafka_producer_open(&s->producer, s->label, &s->place, s->topics, s->n_topics, settings, err)
                   : r;
    if (r != SF_OK) {
        sink_close(&s->base);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* ---- one record --------------------------------------------------------------------------------------------------- */

/* The name, with the prefix, of a topic of the table. */
static const char *name_of(const kafka_sink *s, const sf_kafka_topic *t)
{
    return s->made[t - sf_kafka_topics];
}

static int send_raw(kafka_sink *s, sf_record *r, sf_batch *memory, sf_error *err)
{
    const sf_kafka_topic *topic = sf_kafka_topic_raw(r->signal->platform, r->signal->kind);
    char time[25];
    sf_str raw;
    if (topic == NULL) {
        return SF_OK;
    }
    int status = sf_kafka_raw(r, memory, &raw);
    if (status != SF_OK) {
        return sf_fail(err, status, "%.50s: %s", s->label, sf_strerror(status));
    }
    if (raw.len == 0) {
        return SF_OK; /* no answer told it: a post's absence, a count from a stream */
    }
    int64_t now = sf_clock_ms(), observed = r->signal->observed_ms;
    sf_kafka_header header = {SF_KAFKA_OBSERVED_AT, {time, sizeof time - 1}};
    sf_kafka_message m = {.topic = name_of(s, topic), .key = r->signal->source_id, .value = raw, .at_ms = now};
    if (observed != SF_NO_TIME && sf_time_format(observed, time) == SF_OK) {
        m.headers = &header;
        m.n_headers = 1;
        m.at_ms = observed < now - OLDEST_MS || observed > now + NEWEST_MS ? now : observed;
    }
    return sf_kafka_produce(s->producer, &m, err);
}

static int send_signal(kafka_sink *s, sf_record *r, sf_batch *memory, sf_error *err)
{
    sf_str json;
    int status = sf_record_json(r, memory, &json);
    if (status != SF_OK) {
        return sf_fail(err, status, "%.50s: %s", s->label, sf_strerror(status));
    }
    sf_kafka_message m = {.topic = s->signals, .key = r->signal->source_id, .value = json, .at_ms = SF_NO_TIME};
    return sf_kafka_produce(s->producer, &m, err);
}

static int send_both(kafka_sink *s, sf_record *r, sf_batch *memory, sf_error *err)
{
    sf_error why = {.message = ""};
    int status = s->raw && !s->raw_is_sent ? send_raw(s, r, memory, &why) : SF_OK;
    if (status == SF_OK) {
        s->raw_is_sent = 1;
        sf_fault("produce");
        status = send_signal(s, r, memory, &why);
    }
    if (status == SF_ETOOBIG) {
        status = sf_record_reject(r, memory, &why);
    }
    if (status != SF_OK && err != NULL) {
        *err = why;
    }
    return status;
}

static int send_coverage(kafka_sink *s, const sf_coverage *c, sf_error *err)
{
    char line[SF_COVERAGE_JSON];
    sf_kafka_message m = {.topic = s->signals, .key = sf_cstr(c->source), .at_ms = SF_NO_TIME};
    m.value = (sf_str){line, sf_coverage_json(c, line)};
    return sf_kafka_produce(s->producer, &m, err);
}

/* ---- the sink ----------------------------------------------------------------------------------------------------- */

/* A batch that comes again goes on where the queue was full, or starts anew where flush() said that it is lost. */
static int sink_write(sf_sink *base, sf_records *b, sf_error *err)
{
    kafka_sink *s = (kafka_sink *)base;
    if (s->number != b->number) {
        s->number = b->number;
        s->at = 0;
        s->raw_is_sent = 0;
    }
    while (s->at < b->n) {
        sf_record *r = &b->v[s->at];
        int status = r->state != SF_RECORD_REJECTED ? send_both(s, r, b->memory, err) : SF_OK;
        if (status != SF_OK) {
            return status;
        }
        s->at++;
        s->raw_is_sent = 0;
    }
    for (; s->at < sf_records_size(b); s->at++) {
        int status = send_coverage(s, &b->coverage[s->at - b->n], err);
        if (status != SF_OK) {
            return status;
        }
    }
    return SF_OK;
}

static int sink_flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    kafka_sink *s = (kafka_sink *)base;
    int r = sf_kafka_settle(s->producer, timeout_ms, err);
    if (r == SF_EAGAIN) {
        s->number = 0;
    }
    return r;
}

const sf_sink_ops sf_kafka_sink = {
    .scheme = "kafka",
    .summary = "kafka://HOST:PORT,.../TOPIC  signals as JSON; without a topic: raw records and signals.normalised",
    .open = sink_open,
    .write = sink_write,
    .flush = sink_flush,
    .close = sink_close,
};
