/* SPDX-License-Identifier: MIT */
/* Kafka's source, sink and dead letters against librdkafka's mock of a cluster, which fails as it is told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/plug.h"
#include "common/store.h"
#include "transport/kafka_conf.h"
#include "transport/kafka_producer.h"
#include "transport/kafka_raw.h"
#include "transport/kafka_topic_settings.h"
#include "transport/kafka_topics.h"

extern const sf_source_ops sf_kafka_source;
extern const sf_sink_ops sf_kafka_sink, sf_kafka_letters_sink;

static const sf_source_ops *const sources[] = {&sf_kafka_source, NULL};
static const sf_sink_ops *const sinks[] = {&sf_kafka_sink, NULL};
static const sf_sink_ops *const letters[] = {&sf_kafka_letters_sink, NULL};

/* ---- a cluster ------------------------------------------------------------------------------------------------------ */

static rd_kafka_t *host;
static rd_kafka_mock_cluster_t *cluster;
static int turn; /* each test has topics and groups of its own, told by their prefix */

static sf_settings *settings; /* the mock waits for a session's end when a member leaves */

static sf_settings *settings_with(const char *first, const char *second)
{
    static const sf_option options[] = {
        {"kafka-opt", "KEY=VALUE", SF_OPTION_LIST, NULL, 0, 0, NULL, ""},
        {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
    };
    static const sf_tool tool = {.name = "sf-test", .options = options};
    static char name[] = "sf-test", flag[] = "--kafka-opt", values[2][2][200]; /* settings point into them */
    char(*value)[200] = values[second == NULL];
    char *argv[] = {name, flag, value[0], second != NULL ? flag : NULL, value[1], NULL};
    sf_settings *s = NULL;
    sf_error err;
    snprintf(value[0], sizeof values[0][0], "%s", first);
    snprintf(value[1], sizeof values[0][0], "%s", second != NULL ? second : "");
    assert_int_equal(sf_settings_read(&s, &tool, second != NULL ? 5 : 3, argv, &err), SF_OK);
    return s;
}

static int start_cluster(void **state)
{
    (void)state;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, NULL, 0);
    cluster = rd_kafka_mock_cluster_new(host, 3);
    settings = settings_with("session.timeout.ms=4000", "heartbeat.interval.ms=300");
    return cluster == NULL;
}

static int stop_cluster(void **state)
{
    (void)state;
    sf_settings_free(settings);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(host);
    return 0;
}

static void make_topic(const char *name, int partitions)
{
    char topic[80];
    snprintf(topic, sizeof topic, "t%d.%s", turn, name);
    assert_int_equal(rd_kafka_mock_topic_create(cluster, topic, partitions, 3), RD_KAFKA_RESP_ERR_NO_ERROR);
}

/* The topics of the table, for a test. */
static int make_topics(void **state)
{
    (void)state;
    turn++;
    for (const sf_kafka_topic *t = sf_kafka_topics; t->name != NULL; t++) {
        char dlq[80];
        snprintf(dlq, sizeof dlq, "%s%s", t->name, SF_TOPIC_DLQ);
        make_topic(t->name, t->partitions);
        make_topic(dlq, 1);
    }
    rd_kafka_mock_clear_request_errors(cluster, 0);
    return 0;
}

static const char *url_of(const char *rest)
{
    static char url[2][300];
    static int which;
    which = !which;
    snprintf(url[which], sizeof url[0], "kafka://%s/%s%cprefix=t%d.&%s", rd_kafka_mock_cluster_bootstraps(cluster),
             rest, strchr(rest, '?') != NULL ? '&' : '?', turn, "");
    size_t n = strlen(url[which]);
    url[which][n - 1] = '\0'; /* the last & */
    return url[which];
}

static sf_sink *open_sink(const sf_sink_ops *const *table, const char *rest)
{
    sf_sink *s = NULL;
    sf_error err = {.message = ""};
    int r = sf_sink_open(&s, table, url_of(rest), settings, &err);
    if (r != SF_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(r, SF_OK);
    return s;
}

static sf_source *open_source(const char *rest)
{
    sf_source *s = NULL;
    sf_error err = {.message = ""};
    int r = sf_source_open(&s, sources, url_of(rest), settings, &err);
    if (r != SF_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(r, SF_OK);
    return s;
}

/* ---- records -------------------------------------------------------------------------------------------------------- */

static sf_records *records(uint64_t number)
{
    sf_records *b = NULL;
    assert_int_equal(sf_records_new(&b, 1), SF_OK);
    b->number = number;
    return b;
}

static sf_record *add_signal(sf_records *b, int32_t platform, int32_t kind, const char *id, const char *title)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = platform;
    s.kind = kind;
    s.source_id = sf_cstr(id);
    s.title = sf_cstr(title);
    s.raw_score = 45;
    s.observed_ms = 1767322500000;
    sf_record *r = sf_records_add(b);
    int64_t i = sf_batch_add(b->memory, &s, sizeof s);
    assert_true(i >= 0);
    r->signal = sf_batch_at(b->memory, (size_t)i);
    r->raw = sf_cstr("{\"as\":\"recorded\"}");
    return r;
}

static void write_batch(sf_sink *s, sf_records *b)
{
    sf_error err = {.message = ""};
    assert_int_equal(s->ops->write(s, b, &err), SF_OK);
    int r;
    while ((r = s->ops->flush(s, 500, &err)) == 1) {
    }
    if (r != SF_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(r, SF_OK);
}

/* Sends n signals with ids of their own. */
static void send_signals(sf_sink *s, uint64_t number, int from, int n)
{
    sf_records *b = records(number);
    for (int i = from; i < from + n; i++) {
        char id[16];
        snprintf(id, sizeof id, "t3_%d", i);
        add_signal(b, SF_REDDIT, SF_POST, id, "A title");
    }
    write_batch(s, b);
    sf_records_free(b);
}

/* Reads until n records have come, or the end. */
static size_t read_records(sf_source *s, sf_records *b, size_t n)
{
    sf_error err = {.message = ""};
    int64_t end = sf_clock_steady_ms() + 60000, got = 0;
    for (size_t before = 0; before < n && got != SF_EEND && sf_clock_steady_ms() < end; before = b->n) {
        sf_records *part = records(1);
        got = s->ops->read(s, part, n - b->n, 200, &err);
        if (got < 0 && got != SF_EEND) {
            assert_int_equal(got, SF_EAGAIN);
        }
        for (size_t i = 0; i < part->n; i++) {
            sf_record *r = sf_records_add(b);
            *r = part->v[i];
            assert_int_equal(sf_batch_copy(b->memory, part->v[i].raw, &r->raw), SF_OK);
            assert_int_equal(sf_batch_copy(b->memory, part->v[i].key, &r->key), SF_OK);
            if (r->error != NULL) {
                r->error = NULL;
            }
        }
        if (part->n > 0) {
            b->position = part->position;
            b->consumer = part->consumer;
            b->n_advances = part->n_advances;
            b->advances = sf_batch_alloc(b->memory, (part->n_advances + 1) * sizeof *b->advances);
            memcpy(b->advances, part->advances, part->n_advances * sizeof *b->advances);
        }
        sf_records_free(part);
    }
    return b->n;
}

static int is(sf_str a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.ptr, b, a.len) == 0;
}

/* ---- there and back ------------------------------------------------------------------------------------------------- */

static void a_signal_goes_to_two_topics_and_back(void **state)
{
    sf_sink *sink = open_sink(sinks, "");
    sf_records *b = records(1), *raw = records(1), *signals = records(1);
    (void)state;
    add_signal(b, SF_REDDIT, SF_POST, "t3_xyz789", "IBM & quantum");
    sf_record *hn = add_signal(b, SF_HACKERNEWS, SF_POST, "8863", "My YC app");
    hn->native = 1;
    write_batch(sink, b);
    sf_source *s = open_source("reddit.posts.raw,hackernews.stories.raw?until=end&group=raw");
    assert_int_equal(read_records(s, raw, 10), 2);
    for (size_t i = 0; i < 2; i++) {
        const sf_record *r = &raw->v[i];
        assert_int_equal(r->observed_ms,
                         1767322500000); /* its header says so; the timestamp does not: it is long ago */
        assert_true(llabs(r->arrived_ms - sf_clock_ms()) < 600000);
        assert_non_null(strstr(r->at.origin, ".raw"));
        assert_true(r->at.partition >= 0 && r->at.offset == 0);
        if (is(r->key, "t3_xyz789")) {
            assert_true(is(r->raw, "{\"kind\":\"t3\",\"data\":{\"id\":\"xyz789\",\"name\":\"t3_xyz789\","
                                   "\"title\":\"IBM & quantum\",\"score\":45}}"));
        } else {
            assert_true(is(r->key, "8863"));
            assert_true(is(r->raw, "{\"as\":\"recorded\"}"));
        }
    }
    sf_source_close(s);
    s = open_source("signals.normalised?until=end&group=signals");
    assert_int_equal(read_records(s, signals, 10), 2);
    for (size_t i = 0; i < 2; i++) {
        sf_error err;
        assert_int_equal(sf_record_read(&signals->v[i], signals->memory, &err), SF_OK);
        assert_true(is(signals->v[i].signal->title, is(signals->v[i].key, "8863") ? "My YC app" : "IBM & quantum"));
        assert_int_equal(signals->v[i].observed_ms, SF_NO_TIME);
    }
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(raw);
    sf_records_free(signals);
}

/* What a source tells of itself is no record, and its offset is committed nevertheless. */
static void coverage_comes_back(void **state)
{
    sf_coverage c = {.source = "reddit", .start_ms = 1767322800000, .seconds = 840.5, .failures = 2};
    sf_sink *sink = open_sink(sinks, "");
    sf_records *b = records(1);
    sf_error err = {.message = ""};
    (void)state;
    assert_int_equal(sf_records_cover(b, &c), SF_OK);
    write_batch(sink, b);
    sf_records_free(b);
    sf_sink_close(sink);
    sf_source *s = open_source("signals.normalised?until=end&group=coverage");
    int64_t got = 0, end = sf_clock_steady_ms() + 60000;
    b = records(1);
    while (b->n_coverage == 0 && got != SF_EEND && sf_clock_steady_ms() < end) {
        sf_records_reset(b);
        got = s->ops->read(s, b, 1, 200, &err);
    }
    assert_int_equal(b->n_coverage, 1);
    assert_int_equal(b->n, 0);
    assert_true(b->coverage[0].seconds == 840.5 && b->coverage[0].failures == 2);
    assert_true(b->n_advances > 0);
    assert_int_equal(s->ops->commit(s, b->position, &err), SF_OK);
    sf_records_free(b);
    sf_source_close(s);
}

static void a_refresh_goes_to_the_topic_of_refreshes(void **state)
{
    sf_sink *sink = open_sink(sinks, "");
    sf_records *b = records(1), *got = records(1);
    (void)state;
    add_signal(b, SF_REDDIT, SF_REFRESH, "t3_1", "");
    add_signal(b, SF_REDDIT, SF_DELETE, "t3_2", "");
    write_batch(sink, b);
    sf_source *s = open_source("reddit.posts.refresh,reddit.posts.raw?until=end");
    assert_int_equal(read_records(s, got, 10), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_non_null(strstr(got->v[i].at.origin, "reddit.posts.refresh"));
        assert_true(is(got->v[i].raw,
                       is(got->v[i].key, "t3_1")
                           ? "{\"kind\":\"t3\",\"data\":{\"id\":\"1\",\"name\":\"t3_1\",\"score\":45}}"
                           : "{\"kind\":\"t3\",\"data\":{\"id\":\"2\",\"name\":\"t3_2\",\"selftext\":\"[deleted]\"}}"));
    }
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(got);
}

/* What our Reddit form says is what normalise reads from it. */
static void reddits_form_is_read_as_it_was_meant(void **state)
{
    char text[2000];
    sf_batch *b = NULL;
    sf_signal s;
    sf_str label = sf_cstr("nsfw");
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    sf_signal_init(&s, sizeof s);
    s.platform = SF_REDDIT;
    s.kind = SF_POST;
    s.source_id = sf_cstr("t3_abc");
    s.channel = sf_cstr("technology");
    s.title = sf_cstr("\"Quoted\" \\ and\ttabs");
    s.body = sf_cstr("First.\nSecond.");
    s.author = sf_cstr("someone");
    s.url = sf_cstr("https://example.org/?a=1");
    s.raw_score = -3;
    s.comments = 12;
    s.ts_ms = 1767322145250;
    s.labels = &label;
    s.n_labels = 1;
    for (int comment = 0; comment < 2; comment++) {
        s.kind = comment ? SF_COMMENT : SF_POST;
        s.source_id = sf_cstr(comment ? "t1_abc" : "t3_abc");
        s.title = comment ? sf_cstr("") : s.title;
        s.comments = comment ? NAN : s.comments;
        s.parent_id = comment ? sf_cstr("t3_abc") : s.parent_id;
        size_t n = sf_reddit_thing(&s, text, sizeof text);
        assert_true(n < sizeof text && n == strlen(text));
        assert_int_equal(sf_reddit_thing(&s, NULL, 0), n);
        char cut[10];
        assert_int_equal(sf_reddit_thing(&s, cut, sizeof cut), n);
        sf_batch_reset(b);
        assert_int_equal(sf_normalise(b, SF_REDDIT, sf_cstr(text), 1, NULL, NULL), 1);
        const sf_signal *back = sf_batch_at(b, 0);
        assert_int_equal(back->kind, s.kind);
        assert_true(is(back->source_id, s.source_id.ptr) && is(back->channel, "technology"));
        assert_true(back->title.len == s.title.len && memcmp(back->title.ptr, s.title.ptr, s.title.len) == 0);
        assert_true(is(back->body, "First.\nSecond.") && is(back->author, "someone"));
        assert_true(is(back->url, "https://example.org/?a=1"));
        assert_true(back->raw_score == -3 && (comment || back->comments == 12));
        assert_int_equal(back->ts_ms, 1767322145250);
        assert_int_equal(back->n_labels, 1);
    }
    sf_batch_free(b);
}

/* murmur2 as Kafka's Java client has it; this is what decides about order per key across clients. */
static uint32_t murmur2(const char *key)
{
    const unsigned char *p = (const unsigned char *)key;
    uint32_t len = (uint32_t)strlen(key), h = 0x9747b28cU ^ len;
    for (; len >= 4; p += 4, len -= 4) {
        uint32_t k = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        k *= 0x5bd1e995U;
        k ^= k >> 24;
        h = h * 0x5bd1e995U ^ k * 0x5bd1e995U;
    }
    h ^= len > 2 ? (uint32_t)p[2] << 16 : 0;
    h ^= len > 1 ? (uint32_t)p[1] << 8 : 0;
    h = len > 0 ? (h ^ p[0]) * 0x5bd1e995U : h;
    h = (h ^ h >> 13) * 0x5bd1e995U;
    return (h ^ h >> 15) & 0x7fffffffU;
}

static void keys_lie_where_other_clients_put_them(void **state)
{
    sf_sink *sink = open_sink(sinks, "");
    sf_records *got = records(1);
    (void)state;
    send_signals(sink, 1, 0, 500);
    sf_source *s = open_source("reddit.posts.raw,signals.normalised?until=end");
    assert_int_equal(read_records(s, got, 2000), 1000);
    for (size_t i = 0; i < got->n; i++) {
        uint32_t partitions = strstr(got->v[i].at.origin, "reddit") != NULL ? 3 : 6;
        assert_int_equal(got->v[i].at.partition, murmur2(got->v[i].key.ptr) % partitions);
    }
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(got);
}

/* ---- producing ------------------------------------------------------------------------------------------------------ */

static void errors_that_pass_are_waited_out(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *got = records(1);
    (void)state;
    rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    send_signals(sink, 1, 0, 300);
    sf_source *s = open_source("signals.normalised?until=end");
    assert_int_equal(read_records(s, got, 1000), 300);
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(got);
}

static void a_producer_that_broke_is_made_anew(void **state)
{
    sf_kafka_place place = {.brokers = (char *)(uintptr_t)rd_kafka_mock_cluster_bootstraps(cluster),
                            .prefix = (char *)(uintptr_t) ""};
    sf_kafka_producer *p = NULL;
    sf_error err = {.message = ""};
    char topic[40];
    (void)state;
    snprintf(topic, sizeof topic, "t%d.signals.normalised", turn);
    sf_kafka_message m = {.topic = topic, .key = sf_cstr("k"), .value = sf_cstr("v"), .at_ms = SF_NO_TIME};
    assert_int_equal(sf_kafka_producer_open(&p, "test", &place, NULL, 0, NULL, &err), SF_OK);
    assert_int_equal(sf_kafka_produce(p, &m, &err), SF_OK);
    assert_int_equal(sf_kafka_settle(p, 20000, &err), SF_OK);
    sf_kafka_producer_break(p);
    assert_int_equal(sf_kafka_produce(p, &m, &err), SF_OK);
    assert_int_equal(sf_kafka_settle(p, 20000, &err), SF_EAGAIN);
    assert_non_null(strstr(err.message, "broke"));
    assert_int_equal(sf_kafka_produce(p, &m, &err), SF_OK); /* all of it again */
    assert_int_equal(sf_kafka_settle(p, 20000, &err), SF_OK);
    sf_kafka_producer_close(p);
}

/* Posts t3_0 to t3_(n - 1), n of at most 200, each at least once. */
static void assert_all_there(const sf_records *got, size_t n)
{
    char seen[200] = "";
    for (size_t i = 0; i < got->n; i++) {
        seen[atoi(got->v[i].key.ptr + 3)] = 1;
    }
    assert_null(memchr(seen, 0, n));
}

/* The broker says that its order of messages is another: with that a producer is broken for good. */
static void a_batch_whose_producer_breaks_is_sent_again(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(2), *got = records(1);
    sf_error err = {.message = ""};
    char id[16];
    int r;
    (void)state;
    send_signals(sink, 1, 0, 100);
    for (int i = 100; i < 200; i++) {
        snprintf(id, sizeof id, "t3_%d", i);
        add_signal(b, SF_REDDIT, SF_POST, id, "A title");
    }
    rd_kafka_mock_push_request_errors(cluster, 0 /* Produce */, 1, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert_int_equal(sink->ops->write(sink, b, &err), SF_OK);
    while ((r = sink->ops->flush(sink, 500, &err)) == 1) {
    }
    assert_int_equal(r, SF_EAGAIN);
    assert_non_null(strstr(err.message, "the producer broke"));
    write_batch(sink, b); /* what the loop does then */
    sf_source *s = open_source("signals.normalised?until=end");
    assert_in_range(read_records(s, got, 1000), 200, 300);
    assert_all_there(got, 200);
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(got);
}

static void what_no_message_can_hold_is_rejected(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(1), *got = records(1);
    char *title = calloc(1, 1000001);
    (void)state;
    memset(title, 'a', 1000000);
    add_signal(b, SF_REDDIT, SF_POST, "t3_1", "small");
    add_signal(b, SF_REDDIT, SF_POST, "t3_2", title);
    add_signal(b, SF_REDDIT, SF_POST, "t3_3", "small");
    write_batch(sink, b);
    assert_int_equal(b->v[1].state, SF_RECORD_REJECTED);
    assert_int_equal(b->v[1].error->status, SF_ETOOBIG);
    sf_source *s = open_source("signals.normalised?until=end");
    assert_int_equal(read_records(s, got, 10), 2);
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(got);
    free(title);
}

static void brokers_that_are_away_are_waited_for(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(1), *got = records(1);
    sf_error err = {.message = ""};
    (void)state;
    for (int32_t i = 1; i <= 3; i++) {
        rd_kafka_mock_broker_set_down(cluster, i);
    }
    add_signal(b, SF_REDDIT, SF_POST, "t3_1", "kept");
    assert_int_equal(sink->ops->write(sink, b, &err), SF_OK);
    assert_int_equal(sink->ops->flush(sink, 1000, &err), 1);
    for (int32_t i = 1; i <= 3; i++) {
        rd_kafka_mock_broker_set_up(cluster, i);
    }
    write_batch(sink, b);
    sf_source *s = open_source("signals.normalised?until=end");
    assert_int_equal(read_records(s, got, 10), 1); /* once */
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(got);
}

/* What waits is bounded: a batch is held up where the queue is full, and goes on there. */
static void a_full_queue_holds_a_batch_up(void **state)
{
    sf_settings *small = settings_with("queue.buffering.max.messages=10", NULL);
    sf_records *b = records(1), *got = records(1);
    sf_sink *sink = NULL;
    sf_error err = {.message = ""};
    int r;
    (void)state;
    assert_int_equal(sf_sink_open(&sink, sinks, url_of("signals.normalised"), small, &err), SF_OK);
    for (int i = 0; i < 100; i++) {
        char id[16];
        snprintf(id, sizeof id, "t3_%d", i);
        add_signal(b, SF_REDDIT, SF_POST, id, "A title");
    }
    for (int32_t i = 1; i <= 3; i++) {
        rd_kafka_mock_broker_set_down(cluster, i);
    }
    assert_int_equal(sink->ops->write(sink, b, &err), SF_EAGAIN);
    assert_non_null(strstr(err.message, "Queue full"));
    for (int32_t i = 1; i <= 3; i++) {
        rd_kafka_mock_broker_set_up(cluster, i);
    }
    while ((r = sink->ops->write(sink, b, &err)) == SF_EAGAIN) {
    }
    assert_int_equal(r, SF_OK);
    write_batch(sink, b); /* of which nothing is left to be written */
    sf_source *s = open_source("signals.normalised?until=end");
    /* What was on its way when the brokers went may stand there twice: these ones do not know a producer's numbers. */
    assert_in_range(read_records(s, got, 1000), 100, 110);
    assert_all_there(got, 100);
    sf_source_close(s);
    sf_sink_close(sink);
    sf_settings_free(small);
    sf_records_free(b);
    sf_records_free(got);
}

/* ---- consuming ------------------------------------------------------------------------------------------------------ */

static void what_is_committed_is_not_read_again(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_error err = {.message = ""};
    (void)state;
    send_signals(sink, 1, 0, 60);
    for (int run = 0; run < 3; run++) {
        sf_source *s = open_source("signals.normalised?until=end&group=again");
        sf_records *b = records(1);
        /* 60; all again, since nothing was committed; nothing */
        assert_int_equal(read_records(s, b, 60), run < 2 ? 60 : 0);
        if (run == 1) {
            for (uint64_t p = 1; p <= b->position; p++) {
                assert_int_equal(s->ops->commit(s, p, &err), SF_OK);
            }
        }
        sf_source_close(s);
        sf_records_free(b);
    }
    sf_sink_close(sink);
}

static void a_commit_that_fails_is_tried_again_or_left_to_others(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(1);
    sf_error err = {.message = ""};
    (void)state;
    send_signals(sink, 1, 0, 10);
    sf_source *s = open_source("signals.normalised?until=end&group=commits");
    assert_int_equal(read_records(s, b, 10), 10);
    for (uint64_t p = 1; p < b->position; p++) {
        assert_int_equal(s->ops->commit(s, p, &err), SF_OK);
    }
    rd_kafka_mock_push_request_errors(cluster, 8 /* OffsetCommit */, 1, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION);
    assert_int_equal(s->ops->commit(s, b->position, &err), SF_OK); /* the group has gone on */
    assert_int_equal(s->ops->commit(s, b->position, &err), SF_OK); /* and it is forgotten */
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
}

/* A store that stands where it is told to. */
static int64_t stands[6];

static int fake_read_offset(sf_store *s, const char *consumer, const char *topic, int32_t partition, int64_t *next,
                            sf_error *err)
{
    (void)s;
    (void)err;
    assert_string_equal(consumer, "stored");
    assert_non_null(strstr(topic, "signals.normalised"));
    *next = stands[partition];
    return SF_OK;
}

/* Reads what there is and commits it; returns how many there were. */
static size_t read_with_store(sf_records *b, int drop)
{
    static const sf_store_ops ops = {.read_offset = fake_read_offset};
    sf_store store = {.ops = &ops};
    sf_error err = {.message = ""};
    sf_source *s = open_source("signals.normalised?until=end&group=stored");
    s->ops->use_store(s, &store);
    size_t n = read_records(s, b, 1000);
    for (uint64_t p = 1; p <= b->position; p++) {
        if (drop) {
            s->ops->dropped(s, p);
        } else {
            assert_int_equal(s->ops->commit(s, p, &err), SF_OK);
        }
    }
    if (drop) {
        sf_records *again = records(1);
        assert_int_equal(read_records(s, again, 1000), n);
        sf_records_free(again);
    }
    sf_source_close(s);
    return n;
}

/* Reading starts with the lesser of what the group and what the store says; batches say from where they go on. */
static void a_store_says_where_to_read_on(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(1);
    (void)state;
    send_signals(sink, 1, 0, 100);
    for (int i = 0; i < 6; i++) {
        stands[i] = -1;
    }
    assert_int_equal(read_with_store(b, 1), 100); /* dropped: it looks again, and has all again */
    sf_records_reset(b);
    assert_int_equal(read_with_store(b, 0), 100);
    int64_t ends[6] = {0};
    for (size_t i = 0; i < b->n; i++) {
        int64_t next = b->v[i].at.offset + 1;
        ends[b->v[i].at.partition] = next > ends[b->v[i].at.partition] ? next : ends[b->v[i].at.partition];
    }
    sf_records_reset(b);
    memcpy(stands, ends, sizeof stands);
    assert_int_equal(read_with_store(b, 0), 0); /* both have all */
    stands[2] = ends[2] - 3;                    /* the store was restored, and has lost some */
    assert_int_equal(read_with_store(b, 0), 3);
    assert_int_equal(b->n_advances, 1);
    assert_int_equal(b->advances[0].partition, 2);
    assert_int_equal(b->advances[0].from, ends[2] - 3);
    assert_int_equal(b->advances[0].next, ends[2]);
    sf_sink_close(sink);
    sf_records_free(b);
}

/* ---- two members ---------------------------------------------------------------------------------------------------- */

/* A second member joins: what the first one had read and not committed is the second one's too. */
static void what_was_not_committed_is_the_next_members(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *one = records(1), *two = records(1), *none = records(1);
    sf_error err = {.message = ""};
    (void)state;
    send_signals(sink, 1, 0, 120);
    sf_source *first = open_source("signals.normalised?group=two");
    assert_int_equal(read_records(first, one, 120), 120);
    sf_source *second = open_source("signals.normalised?group=two");
    int64_t end = sf_clock_steady_ms() + 60000;
    while (two->n == 0 && sf_clock_steady_ms() < end) {
        sf_records *b = records(1);
        (void)first->ops->read(first, b, 1, 100, &err);
        sf_records_free(b);
        (void)second->ops->read(second, two, 120, 100, &err);
    }
    assert_true(two->n > 0);
    uint64_t stale = one->position;
    assert_int_equal(first->ops->commit(first, stale, &err), SF_OK); /* is nobody's business any more */
    sf_source_close(first);
    sf_source_close(second);
    sf_source *third = open_source("signals.normalised?until=end&group=two");
    assert_int_equal(read_records(third, none, 1000), 120); /* all of them: no commit has counted */
    sf_source_close(third);
    sf_sink_close(sink);
    sf_records_free(one);
    sf_records_free(two);
    sf_records_free(none);
}

/* While it is idle nothing is lost of what comes in. */
static void nothing_is_lost_while_it_waits(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(1);
    (void)state;
    send_signals(sink, 1, 0, 200);
    sf_source *s = open_source("signals.normalised?group=idle");
    assert_int_equal(read_records(s, b, 20), 20);
    for (int i = 0; i < 10; i++) {
        s->ops->idle(s);
        sf_sleep_ms(50);
    }
    send_signals(sink, 2, 200, 100);
    s->ops->idle(s);
    assert_int_equal(read_records(s, b, 300), 300);
    unsigned char seen[300] = {0};
    for (size_t i = 0; i < b->n; i++) {
        long id = strtol(b->v[i].key.ptr + 3, NULL, 10);
        assert_int_equal(seen[id]++, 0);
    }
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
}

/* Partitions that were paused come anew, since a store refused a batch or since the group shared out again: they are read on. */
static void what_waited_is_read_on_wherever_it_comes_from(void **state)
{
    sf_sink *sink = open_sink(sinks, "signals.normalised");
    sf_records *b = records(1), *again = records(1);
    sf_error err = {.message = ""};
    (void)state;
    send_signals(sink, 1, 0, 200);
    sf_source *s = open_source("signals.normalised?group=paused");
    assert_int_equal(read_records(s, b, 20), 20);
    s->ops->idle(s);
    for (uint64_t p = 1; p <= b->position; p++) {
        s->ops->dropped(s, p);
    }
    assert_int_equal(read_records(s, again, 200), 200);
    for (uint64_t p = 1; p <= again->position; p++) {
        assert_int_equal(s->ops->commit(s, p, &err), SF_OK);
    }
    s->ops->idle(s);
    sf_source *other = open_source("signals.normalised?group=paused");
    int64_t end = sf_clock_steady_ms() + 5000;
    while (sf_clock_steady_ms() < end) { /* it joins, and has nothing to read */
        s->ops->idle(s);
        sf_records_reset(b);
        assert_true(other->ops->read(other, b, 1, 100, &err) <= 0);
        (void)s->ops->read(s, b, 1, 10, &err); /* places what it has now */
        s->ops->idle(s);
    }
    sf_source_close(other);
    send_signals(sink, 2, 200, 100);
    sf_records_reset(again);
    assert_int_equal(read_records(s, again, 100), 100);
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(again);
}

/* ---- dead letters --------------------------------------------------------------------------------------------------- */

static sf_record *add_rejected(sf_records *b, const char *raw, size_t len, const char *topic)
{
    sf_error why;
    sf_record *r = sf_records_add(b);
    sf_fail(&why, SF_EPARSE, "raw_score: expected a number");
    r->raw = (sf_str){raw, len};
    r->key = sf_cstr("t3_1");
    r->at = (sf_coordinates){.origin = topic, .partition = 4, .offset = 4711};
    r->attempts = 2;
    assert_int_equal(sf_record_reject(r, b->memory, &why), SF_OK);
    return r;
}

static void dead_letters_keep_bytes_and_place(void **state)
{
    char topic[60];
    sf_sink *sink = open_sink(letters, "");
    sf_records *b = records(1), *got = records(1);
    char *big = calloc(1, 1000000);
    (void)state;
    snprintf(topic, sizeof topic, "t%d.bluesky.posts.raw", turn);
    add_rejected(b, "\0\xff{broken", 9, topic);
    add_rejected(b, big, 1000000, topic);
    sf_record *file = add_rejected(b, "from a file", 11, "bad.ndjson");
    file->at = (sf_coordinates){.origin = "bad.ndjson", .partition = -1, .offset = 12, .line = 3};
    write_batch(sink, b);
    sf_source *s = open_source("bluesky.posts.raw.dlq?until=end");
    assert_int_equal(read_records(s, got, 10), 2);
    assert_true(got->v[0].raw.len == 9 && memcmp(got->v[0].raw.ptr, "\0\xff{broken", 9) == 0);
    assert_int_equal(got->v[0].state, SF_RECORD_NEW);
    assert_int_equal(got->v[1].raw.len, 65536);
    assert_int_equal(got->v[1].state, SF_RECORD_REJECTED); /* there is no more of it */
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(got->v[i].at.origin, topic);
        assert_int_equal(got->v[i].at.partition, 4);
        assert_int_equal(got->v[i].at.offset, 4711);
        assert_int_equal(got->v[i].attempts, 3);
        assert_true(is(got->v[i].key, "t3_1"));
    }
    sf_source_close(s);
    s = open_source("signals.normalised.dlq?until=end");
    sf_records_reset(got);
    assert_int_equal(read_records(s, got, 10), 1);
    assert_string_equal(got->v[0].at.origin, "bad.ndjson");
    assert_int_equal(got->v[0].at.partition, -1);
    assert_int_equal(got->v[0].at.line, 3);
    sf_source_close(s);
    sf_sink_close(sink);
    sf_records_free(b);
    sf_records_free(got);
    free(big);
}

static void a_source_says_where_its_dead_letters_go(void **state)
{
    char buf[300], want[300];
    (void)state;
    sf_source *s = open_source("signals.normalised");
    snprintf(want, sizeof want, "kafka://%s?prefix=t%d.", rd_kafka_mock_cluster_bootstraps(cluster), turn);
    assert_string_equal(s->ops->dead_letters(s, buf, sizeof buf), want);
    assert_null(s->ops->dead_letters(s, buf, 10));
    sf_source_close(s);
}

/* ---- what is wrong -------------------------------------------------------------------------------------------------- */

static void assert_wrong_sink(const char *rest, int status, const char *message)
{
    sf_sink *s = NULL;
    sf_error err = {.message = ""};
    assert_int_equal(sf_sink_open(&s, sinks, url_of(rest), NULL, &err), status);
    if (strstr(err.message, message) == NULL) {
        print_error("%s\n", err.message);
    }
    assert_non_null(strstr(err.message, message));
}

static void wrong_topics_are_told(void **state)
{
    (void)state;
    assert_wrong_sink("absent", SF_EIO, "there is no topic t");
    assert_wrong_sink("one,two", SF_EINVAL, "signals go to one topic");
    assert_wrong_sink("a%20b", SF_EINVAL, "no name of a topic");
    assert_wrong_sink("signals.normalised?partitions=3", SF_EINVAL, "\"partitions\" is nothing it knows");
    turn++;
    make_topic("signals.normalised", 5);
    assert_wrong_sink("signals.normalised", SF_EIO, "has 5 partitions, not 6");
}

static void settings_that_lose_less_are_as_good(void **state)
{
    static const struct {
        const char *key, *value;
        int dlq, good;
    } cases[] = {
        {"min.insync.replicas", "2", 0, 1},
        {"min.insync.replicas", "3", 0, 1},
        {"min.insync.replicas", "1", 0, 0},
        {"min.insync.replicas", "1", 1, 0},
        {"retention.ms", "604800000", 0, 1},
        {"retention.ms", "604799999", 0, 0},
        {"retention.ms", "604800000", 1, 0},
        {"retention.ms", "-1", 1, 1},
        {"cleanup.policy", "delete", 0, 1},
        {"cleanup.policy", "compact", 0, 0},
        {"unclean.leader.election.enable", "true", 0, 0},
        {"compression.type", "producer", 0, 1},
        {"segment.bytes", "1", 0, 1},
        {"min.insync.replicas", "", 0, 1}, /* what is no number is not judged */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *harm = "";
        assert_int_equal(sf_kafka_topic_setting_good(cases[i].key, cases[i].value, cases[i].dlq, &harm), cases[i].good);
        assert_true(cases[i].good || harm[0] != '\0');
    }
}

static void *make_late(void *unused)
{
    sf_sleep_ms(500);
    make_topic("late", 1);
    return unused;
}

/* Brokers tell of a new topic by and by. */
static void a_topic_that_comes_late_is_waited_for(void **state)
{
    pthread_t other;
    (void)state;
    assert_int_equal(pthread_create(&other, NULL, make_late, NULL), 0);
    sf_sink_close(open_sink(sinks, "late"));
    assert_int_equal(pthread_join(other, NULL), 0);
}

static void wrong_urls_are_told(void **state)
{
    static const char *const wrong[] = {"kafka:topic",           "kafka:///topic",          "kafka://h:1",
                                        "kafka://h:1/",          "kafka://u:p@h:1/topic",   "kafka://h:1/a,,b",
                                        "kafka://h:1/t?until=x", "kafka://h:1/t?group=&a=", "kafka://h:1/.."};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        sf_source *s = NULL;
        sf_error err = {.message = ""};
        if (sf_source_open(&s, sources, wrong[i], NULL, &err) != SF_EINVAL) {
            fail_msg("%s was taken", wrong[i]);
        }
        assert_true(err.message[0] != '\0');
    }
}

static int conf_with(const char *option, sf_error *err)
{
    static const char *const none[][2] = {{NULL, NULL}};
    sf_settings *with = settings_with(option, NULL);
    char name[] = "none";
    sf_kafka_place place = {.brokers = name, .prefix = name};
    sf_kafka_trouble trouble;
    rd_kafka_conf_t *conf = NULL;
    int r = sf_kafka_conf(&conf, &place, with, &trouble, none, err);
    if (r == SF_OK && strncmp(option, "sasl.password", 13) == 0) {
        char got[40];
        size_t n = sizeof got;
        assert_int_equal(rd_kafka_conf_get(conf, "sasl.password", got, &n), RD_KAFKA_CONF_OK);
        assert_string_equal(got, "very secret");
    }
    if (conf != NULL) {
        rd_kafka_conf_destroy(conf);
    }
    sf_settings_free(with);
    return r;
}

static void settings_pass_through_but_for_ours_and_secrets(void **state)
{
    char path[] = "/tmp/sf-kafka-XXXXXX", option[80];
    sf_error err = {.message = ""};
    (void)state;
    assert_int_equal(conf_with("security.protocol=sasl_ssl", &err), SF_OK);
    assert_int_equal(conf_with("no.such.key=1", &err), SF_EINVAL);
    assert_int_equal(conf_with("linger.ms", &err), SF_EINVAL);
    assert_int_equal(conf_with("acks=1", &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "not to be changed"));
    assert_int_equal(conf_with("enable.auto.commit=true", &err), SF_EINVAL);
    assert_int_equal(conf_with("sasl.password=very secret", &err), SF_EINVAL);
    assert_null(strstr(err.message, "very secret"));
    assert_int_equal(conf_with("sasl.password=@/no/such/file", &err), SF_EINVAL);
    FILE *f = fdopen(mkstemp(path), "w");
    assert_non_null(f);
    fputs("very secret\n", f);
    fclose(f);
    snprintf(option, sizeof option, "sasl.password=@%s", path);
    assert_int_equal(conf_with(option, &err), SF_OK);
    remove(path);
}

/* The exit code of all together. */
static int wait_for(const pid_t *children, size_t n)
{
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        int status = -1;
        failed |= children[i] < 0 || waitpid(children[i], &status, 0) != children[i] || status != 0;
    }
    return failed;
}

/* Each test is a process with a cluster of its own, all at once: most of a test is waiting for groups to form. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_signal_goes_to_two_topics_and_back, make_topics),
        cmocka_unit_test_setup(a_refresh_goes_to_the_topic_of_refreshes, make_topics),
        cmocka_unit_test_setup(coverage_comes_back, make_topics),
        cmocka_unit_test(reddits_form_is_read_as_it_was_meant),
        cmocka_unit_test_setup(keys_lie_where_other_clients_put_them, make_topics),
        cmocka_unit_test_setup(errors_that_pass_are_waited_out, make_topics),
        cmocka_unit_test_setup(a_producer_that_broke_is_made_anew, make_topics),
        cmocka_unit_test_setup(a_batch_whose_producer_breaks_is_sent_again, make_topics),
        cmocka_unit_test_setup(what_no_message_can_hold_is_rejected, make_topics),
        cmocka_unit_test_setup(what_is_committed_is_not_read_again, make_topics),
        cmocka_unit_test_setup(a_commit_that_fails_is_tried_again_or_left_to_others, make_topics),
        cmocka_unit_test_setup(a_store_says_where_to_read_on, make_topics),
        cmocka_unit_test_setup(what_was_not_committed_is_the_next_members, make_topics),
        cmocka_unit_test_setup(nothing_is_lost_while_it_waits, make_topics),
        cmocka_unit_test_setup(what_waited_is_read_on_wherever_it_comes_from, make_topics),
        cmocka_unit_test_setup(dead_letters_keep_bytes_and_place, make_topics),
        cmocka_unit_test_setup(a_source_says_where_its_dead_letters_go, make_topics),
        cmocka_unit_test_setup(wrong_topics_are_told, make_topics),
        cmocka_unit_test(settings_that_lose_less_are_as_good),
        cmocka_unit_test_setup(a_topic_that_comes_late_is_waited_for, make_topics),
        cmocka_unit_test(wrong_urls_are_told),
        cmocka_unit_test(settings_pass_through_but_for_ours_and_secrets),
        cmocka_unit_test_setup(brokers_that_are_away_are_waited_for, make_topics),
        cmocka_unit_test_setup(a_full_queue_holds_a_batch_up, make_topics),
    };
    enum { N = sizeof tests / sizeof *tests };
    pid_t children[N];
    sf_log_open("test", "text", "error");
    for (size_t i = 0; i < N; i++) {
        const struct CMUnitTest one[] = {tests[i]};
        children[i] = fork();
        if (children[i] == 0) {
            exit(cmocka_run_group_tests(one, start_cluster, stop_cluster));
        }
    }
    return wait_for(children, N);
}
