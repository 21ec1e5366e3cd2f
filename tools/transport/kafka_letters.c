/* SPDX-License-Identifier: MIT */
/* Dead letters in Kafka, written and read back, see kafka_letters.h. */
#include "kafka_letters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/hash.h"
#include "common/plug.h"
#include "kafka_producer.h"
#include "kafka_raw.h"
#include "kafka_topics.h"

enum { CUT_BYTES = 64 * 1024, MOST_HEADERS = 10, NAME_MOST = 256 };

static int is_dlq(const char *topic)
{
    size_t n = strlen(topic), tail = sizeof SF_TOPIC_DLQ - 1;
    return n > tail && strcmp(topic + n - tail, SF_TOPIC_DLQ) == 0;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

void sf_kafka_names_free(sf_kafka_names *n)
{
    sf_batch_free(n->memory);
    *n = (sf_kafka_names){NULL, NULL};
}

static const char *keep(sf_kafka_names *n, sf_str name)
{
    sf_str kept;
    if (n->last != NULL && strlen(n->last) == name.len && memcmp(n->last, name.ptr, name.len) == 0) {
        return n->last;
    }
    if ((n->memory == NULL && sf_batch_new(&n->memory) != SF_OK) || sf_batch_copy(n->memory, name, &kept) != SF_OK) {
        return NULL;
    }
    return n->last = kept.ptr;
}

static int get(const rd_kafka_headers_t *headers, const char *name, sf_str *out)
{
    const void *value = NULL;
    size_t len = 0;
    if (rd_kafka_header_get_last(headers, name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR || value == NULL) {
        return 0;
    }
    *out = (sf_str){value, len};
    return 1;
}

/* A whole number, or -1 where it is none, or missing. */
static int64_t get_number(const rd_kafka_headers_t *headers, const char *name)
{
    sf_str text;
    int64_t v = 0;
    if (!get(headers, name, &text) || text.len == 0 || text.len > 18) {
        return -1;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return -1;
        }
        v = v * 10 + (text.ptr[i] - '0');
    }
    return v;
}

int sf_kafka_letter_read(const rd_kafka_headers_t *headers, const char *topic, sf_kafka_names *names, sf_batch *memory,
                         sf_record *r)
{
    sf_str name, cut;
    if (!is_dlq(topic)) {
        return SF_OK;
    }
    int64_t partition = get_number(headers, "partition"), offset = get_number(headers, "offset");
    int64_t line = get_number(headers, "line"), attempts = get_number(headers, "attempts");
    int from_topic = get(headers, "topic", &name);
    if (offset >= 0 && (from_topic ? partition >= 0 && partition <= INT32_MAX : get(headers, "file", &name))) {
        const char *origin = keep(names, name);
        if (origin == NULL) {
            return SF_ENOMEM;
        }
        r->at = (sf_coordinates){.origin = origin,
                                 .partition = from_topic ? (int32_t)partition : -1,
                                 .offset = offset,
                                 .line = line > 0 ? line : 0};
    }
    r->attempts = attempts > 0 && attempts < INT32_MAX ? (int32_t)attempts : 0;
    if (get(headers, "length", &cut)) {
        sf_error why;
        (void)sf_fail(&why, SF_ETOOBIG, "a dead letter that was cut: only its beginning is here");
        return sf_record_reject(r, memory, &why);
    }
    return SF_OK;
}

const char *sf_kafka_letters_url(const sf_kafka_place *source, char *buf, size_t cap)
{
    int n = snprintf(buf, cap, "kafka://%s%s%s", source->brokers, source->prefix[0] != '\0' ? "?prefix=" : "",
                     source->prefix);
    return n > 0 && (size_t)n < cap ? buf : NULL;
}

/* ---- one letter --------------------------------------------------------------------------------------------------- */

/* Headers, with room for their texts. */
typedef struct headers {
    sf_kafka_header v[MOST_HEADERS];
    char text[MOST_HEADERS][48];
    size_t n;
} headers;

static void add(headers *h, const char *name, sf_str value)
{
    h->v[h->n++] = (sf_kafka_header){name, value};
}

static void add_number(headers *h, const char *name, int64_t v)
{
    (void)snprintf(h->text[h->n], sizeof h->text[0], "%" PRId64, v);
    add(h, name, sf_cstr(h->text[h->n]));
}

static void add_place(headers *h, const sf_coordinates *at)
{
    sf_str origin = sf_cstr(at->origin != NULL ? at->origin : "");
    if (at->partition >= 0) {
        add(h, "topic", origin);
        add_number(h, "partition", at->partition);
    } else {
        add(h, "file", origin);
        add_number(h, "line", at->line);
    }
    add_number(h, "offset", at->offset);
}

static void add_cut(headers *h, sf_str whole)
{
    sf_hash hash = sf_hash_parts(&whole, 1);
    add_number(h, "length", (int64_t)whole.len);
    (void)snprintf(h->text[h->n], sizeof h->text[0], "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
    add(h, "hash", sf_cstr(h->text[h->n]));
}

static int send_letter(sf_kafka_producer *p, const char *topic, const sf_record *r, sf_error *err)
{
    headers h = {.n = 0};
    char time[25], observed[25];
    (void)sf_time_format(sf_clock_ms(), time);
    add_place(&h, &r->at);
    add(&h, "error", sf_cstr(r->error->message));
    add_number(&h, "attempts", (int64_t)r->attempts + 1);
    add(&h, "time", sf_cstr(time));
    add(&h, "version", sf_cstr(sf_version_string()));
    if (r->observed_ms != SF_NO_TIME && sf_time_format(r->observed_ms, observed) == SF_OK) {
        add(&h, SF_KAFKA_OBSERVED_AT, sf_cstr(observed));
    }
    sf_kafka_message m = {.topic = topic, .key = r->key, .value = r->raw, .at_ms = SF_NO_TIME};
    if (m.value.len + m.key.len > SF_KAFKA_MOST_BYTES - 2048) {
        add_cut(&h, r->raw);
        m.value.len = CUT_BYTES;
        m.key.len = m.key.len > CUT_BYTES ? CUT_BYTES : m.key.len;
    }
    m.headers = h.v;
    m.n_headers = h.n;
    return sf_kafka_produce(p, &m, err);
}

/* ---- the sink ----------------------------------------------------------------------------------------------------- */

typedef struct letters {
    sf_sink base;
    char *label;
    sf_kafka_place place;
    sf_kafka_producer *producer;
    uint64_t number; /* of the batch whose letters are on their way, from record `at` on */
    size_t at;
} letters;

static void letters_close(sf_sink *base)
{
    letters *s = (letters *)base;
    sf_kafka_producer_close(s->producer);
    sf_kafka_place_free(&s->place);
    free(s->label);
    free(s);
}

static int letters_open(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {SF_KAFKA_KEYS, NULL};
    letters *s = calloc(1, sizeof *s);
    if (s == NULL || (s->label = strdup(url->text)) == NULL) {
        free(s);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = sf_kafka_place_read(&s->place, url, known, err);
    if (r == SF_OK && s->place.n_topics > 1) {
        r = sf_fail(err, SF_EINVAL, "%.60s: dead letters go to one topic", url->text);
    }
    r = r == SF_OK ? sf_kafka_producer_open(&s->producer, s->label, &s->place, (const char *const *)s->place.topics,
                                            s->place.n_topics, settings, err)
                   : r;
    if (r != SF_OK) {
        letters_close(&s->base);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* The URL's topic; else that of where the record came from, with .dlq. */
static const char *topic_of(const letters *s, const sf_record *r, char buf[NAME_MOST])
{
    if (s->place.n_topics > 0) {
        return s->place.topics[0];
    }
    if (r->at.partition >= 0 && is_dlq(r->at.origin)) {
        return r->at.origin;
    }
    int from_topic = r->at.partition >= 0;
    (void)snprintf(buf, NAME_MOST, "%s%s" SF_TOPIC_DLQ, from_topic ? "" : s->place.prefix,
                   from_topic ? r->at.origin : SF_TOPIC_SIGNALS_NAME);
    return buf;
}

static int letters_write(sf_sink *base, sf_records *b, sf_error *err)
{
    letters *s = (letters *)base;
    char name[NAME_MOST];
    if (s->number != b->number) {
        s->number = b->number;
        s->at = 0;
    }
    for (; s->at < b->n; s->at++) {
        const sf_record *r = &b->v[s->at];
        int status = r->state == SF_RECORD_REJECTED ? send_letter(s->producer, topic_of(s, r, name), r, err) : SF_OK;
        if (status != SF_OK) {
            return status;
        }
    }
    return SF_OK;
}

static int letters_flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    letters *s = (letters *)base;
    int r = sf_kafka_settle(s->producer, timeout_ms, err);
    if (r == SF_EAGAIN) {
        s->number = 0;
    }
    return r;
}

const sf_sink_ops sf_kafka_letters_sink = {
    .scheme = "kafka",
    .summary = "kafka://HOST:PORT,...[/TOPIC]  dead letters to TOPIC, or to the .dlq of the topic each came from",
    .open = letters_open,
    .write = letters_write,
    .flush = letters_flush,
    .close = letters_close,
};
