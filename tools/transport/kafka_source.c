/* SPDX-License-Identifier: MIT */
/* Records from Kafka, as a member of a group: kafka://HOST:PORT,.../TOPIC[,TOPIC...][?group=NAME][&until=end].
 *
 * The group shares partitions out among its members; each partition is read in order by one of them. Offsets are committed
 * by position: that of a batch once all of it is safe, whatever became of its records. A batch with a store carries its
 * advances too (store.h), so that a member that was taken for dead and wakes up writes nothing over its successor.
 *
 * When partitions are taken away, the batch that is being written gets some seconds to be finished and committed; what has been
 * read beyond is dropped, since the next member reads it. When they are lost (this process was away for too long), nothing
 * is committed. While the sinks hold things up, partitions are paused and the group is still kept company.
 *
 * One thread polls. The assignor is `range`: with librdkafka 2.0.2 the cooperative one loses commits. */
#define _GNU_SOURCE 1 /* pthread_timedjoin_np() */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/plug.h"
#include "kafka_letters.h"
#include "kafka_parts.h"
#include "kafka_raw.h"
#include "kafka_topics.h"

enum {
    CHECK_MS = 3000,
    PLACE_MS = 5000,
    LEAVE_MS = 5000,
    COMMIT_WAIT_MS = 1000,
    CLOSE_MOST_S = 1,
    MOST_BATCHES = 64,
    NAME_MOST = 128
};

/* A batch that was handed over and is not committed. */
typedef struct batch {
    uint64_t position; /* 0: none */
    uint64_t epoch;
    rd_kafka_topic_partition_list_t *offsets;
} batch;

/* Messages that came while they should not; they are the next. */
typedef struct held {
    rd_kafka_message_t **v;
    size_t n, cap, at;
} held;

typedef struct kafka_source {
    sf_source base;
    char *label; /* for messages */
    sf_kafka_place place;
    char group[NAME_MOST];
    int until_end;
    rd_kafka_t *rk;
    sf_kafka_trouble trouble;
    sf_store *store;
    int checked, closing;
    /* the reading thread's */
    rd_kafka_topic_partition_list_t *owned; /* what the group gave; NULL: nothing yet */
    sf_kafka_parts parts;
    int placed; /* the parts are where reading starts, and assigned */
    int paused;
    held held;
    sf_kafka_names names;
    uint64_t position;
    int64_t lag_told_ms; /* steady clock */
    /* both threads' */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int leaving;    /* partitions go, once what is being written is committed */
    uint64_t epoch; /* one more whenever partitions go; batches of another are nobody's business any more */
    int look_again; /* the store refused a batch */
    batch batches[MOST_BATCHES];
} kafka_source;

static uint64_t epoch_of(kafka_source *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t epoch = s->epoch;
    pthread_mutex_unlock(&s->lock);
    return epoch;
}

/* ---- batches on their way ----------------------------------------------------------------------------------------- */

static batch *find_batch(kafka_source *s, uint64_t position)
{
    batch *b = &s->batches[position % MOST_BATCHES];
    return b->position == position ? b : NULL;
}

static void forget_batch(kafka_source *s, batch *b)
{
    if (b->offsets != NULL) {
        rd_kafka_topic_partition_list_destroy(b->offsets);
    }
    *b = (batch){.position = 0};
    pthread_cond_broadcast(&s->changed);
}

/* Takes over the offsets of partitions that the list does not have. */
static void add_offsets(rd_kafka_topic_partition_list_t *to, const rd_kafka_topic_partition_list_t *from)
{
    for (int i = 0; i < from->cnt; i++) {
        const rd_kafka_topic_partition_t *p = &from->elems[i];
        if (rd_kafka_topic_partition_list_find(to, p->topic, p->partition) == NULL) {
            rd_kafka_topic_partition_list_add(to, p->topic, p->partition)->offset = p->offset;
        }
    }
}

/* More batches wait for their commit than there are places: the oldest one's offsets go to the next, since whoever commits that
 * commits this. */
static void hand_on_offsets(kafka_source *s, const batch *b)
{
    batch *next = b->position != 0 ? find_batch(s, b->position + 1) : NULL;
    if (next != NULL && next->epoch == b->epoch) {
        add_offsets(next->offsets, b->offsets);
    }
}

static int any_batch(const kafka_source *s)
{
    for (size_t i = 0; i < MOST_BATCHES; i++) {
        if (s->batches[i].position != 0 && s->batches[i].epoch == s->epoch) {
            return 1;
        }
    }
    return 0;
}

/* Waits until batches that are being written are committed, for so long. Then they are no longer ours. */
static void finish_batches(kafka_source *s, int most_ms)
{
    int64_t end = sf_clock_steady_ms() + most_ms;
    pthread_mutex_lock(&s->lock);
    s->leaving = 1;
    while (any_batch(s) && sf_clock_steady_ms() < end) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100 * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        (void)pthread_cond_timedwait(&s->changed, &s->lock, &until);
    }
    if (any_batch(s) && !s->closing) {
        sf_log(SF_LOG_WARN, "%s: a batch was not written when its partitions went; their next reader has it again",
               s->label);
    }
    s->leaving = 0;
    s->epoch++;
    pthread_mutex_unlock(&s->lock);
}

/* ---- the group ---------------------------------------------------------------------------------------------------- */

static void drop_held(kafka_source *s)
{
    for (size_t i = s->held.at; i < s->held.n; i++) {
        rd_kafka_message_destroy(s->held.v[i]);
    }
    s->held.n = s->held.at = 0;
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    kafka_source *s = (kafka_source *)((char *)opaque - offsetof(kafka_source, trouble));
    if (s->owned != NULL) {
        rd_kafka_topic_partition_list_destroy(s->owned);
        s->owned = NULL;
    }
    s->placed = s->paused = 0;
    drop_held(s);
    for (size_t i = 0; i < s->place.n_topics; i++) {
        sf_metric_forget(SF_METRIC_LAG, s->place.topics[i]);
    }
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        sf_metric_add(SF_METRIC_REBALANCES, 1);
        /* They are placed at the next read, where failing is allowed; none are assigned until then. */
        rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
        s->owned = rd_kafka_topic_partition_list_copy(list);
        (void)rd_kafka_assign(rk, none);
        rd_kafka_topic_partition_list_destroy(none);
        sf_log(SF_LOG_DEBUG, "%s: %d partitions came", s->label, list->cnt);
        return;
    }
    int lost = rd_kafka_assignment_lost(rk);
    sf_log(lost ? SF_LOG_WARN : SF_LOG_DEBUG, "%s: %d partitions %s", s->label, list->cnt,
           lost ? "were lost: this process was away for too long" : "go");
    finish_batches(s, lost || s->closing ? 0 : LEAVE_MS);
    (void)rd_kafka_assign(rk, NULL);
}

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

static int open_client(kafka_source *s, const sf_settings *settings, sf_error *err)
{
    const char *const ours[][2] = {{"group.id", s->group},
                                   {"enable.auto.commit", "false"},
                                   {"enable.auto.offset.store", "false"},
                                   {"partition.assignment.strategy", "range"},
                                   {"enable.partition.eof", s->until_end ? "true" : "false"},
                                   {NULL, NULL}};
    static const char *const theirs[][2] = {{"auto.offset.reset", "earliest"},       {"session.timeout.ms", "10000"},
                                            {"heartbeat.interval.ms", "2000"},       {"fetch.wait.max.ms", "100"},
                                            {"queued.max.messages.kbytes", "32768"}, {NULL, NULL}};
    char why[200];
    rd_kafka_conf_t *conf = NULL;
    int r = sf_kafka_conf(&conf, &s->place, settings, &s->trouble, theirs, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_kafka_set(conf, ours, err);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    s->rk = r == SF_OK ? rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why) : NULL;
    if (s->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return r != SF_OK ? r : sf_fail(err, SF_EINVAL, "%.50s: %.150s", s->label, why);
    }
    return SF_OK;
}

/* Once the brokers can be reached: are the topics there? Then it joins the group. */
static int subscribe(kafka_source *s, sf_error *err)
{
    int r = sf_kafka_topics_check(s->rk, s->label, s->place.prefix, (const char *const *)s->place.topics,
                                  s->place.n_topics, &s->trouble, CHECK_MS, err);
    if (r != SF_OK) {
        return r;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)s->place.n_topics);
    for (size_t i = 0; i < s->place.n_topics; i++) {
        (void)rd_kafka_topic_partition_list_add(list, s->place.topics[i], RD_KAFKA_PARTITION_UA);
    }
    (void)rd_kafka_poll_set_consumer(s->rk);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(s->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    s->checked = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    return s->checked ? SF_OK : sf_kafka_fail(err, s->label, "group", code, &s->trouble);
}

static void *leave(void *rk)
{
    (void)rd_kafka_consumer_close(rk);
    return NULL;
}

/* Leaves the group; returns whether that came to an end. rd_kafka_consumer_close() waits for a coordinator that may be away for
 * good, and so would rd_kafka_destroy() after it: a thread of its own waits, and is left behind if it must be. */
static int leave_group(kafka_source *s)
{
    pthread_t thread;
    struct timespec until;
    if (pthread_create(&thread, NULL, leave, s->rk) != 0) {
        return 0;
    }
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_MOST_S;
    if (pthread_timedjoin_np(thread, NULL, &until) != 0) {
        (void)pthread_detach(thread);
        return 0;
    }
    return 1;
}

static void source_close(sf_source *base)
{
    kafka_source *s = (kafka_source *)base;
    s->closing = 1;
    if (s->rk != NULL) {
        drop_held(s);
        if (!s->checked || leave_group(s)) {
            rd_kafka_destroy(s->rk);
        } else {
            sf_log(SF_LOG_WARN,
                   "%s: the brokers are away: the group learns by its time limit that this member has left", s->label);
            return; /* its threads live until the process ends, and read what belongs to this source */
        }
    }
    for (size_t i = 0; i < MOST_BATCHES; i++) {
        forget_batch(s, &s->batches[i]);
    }
    if (s->owned != NULL) {
        rd_kafka_topic_partition_list_destroy(s->owned);
    }
    sf_kafka_parts_free(&s->parts);
    sf_kafka_names_free(&s->names);
    sf_kafka_place_free(&s->place);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->lock);
    free((void *)s->held.v);
    free(s->label);
    free(s);
}

static int read_url(kafka_source *s, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {SF_KAFKA_KEYS, "group", "until", NULL};
    char until[16] = "";
    const char *group =
        settings != NULL && sf_settings_knows(settings, "group") ? sf_settings_text(settings, "group") : NULL;
    (void)snprintf(s->group, sizeof s->group, "%s", group != NULL ? group : "signal-processor");
    s->label = strdup(url->text);
    int r = s->label != NULL ? sf_kafka_place_read(&s->place, url, known, err) : SF_ENOMEM;
    if (r != SF_OK) {
        return r;
    }
    (void)sf_url_query(url, "group", s->group, sizeof s->group);
    s->until_end = sf_url_query(url, "until", until, sizeof until) != NULL && strcmp(until, "end") == 0;
    if (until[0] != '\0' && !s->until_end) {
        return sf_fail(err, SF_EINVAL, "%.60s: until is \"end\" or left out", url->text);
    }
    return s->place.n_topics > 0 && s->group[0] != '\0'
               ? SF_OK
               : sf_fail(err, SF_EINVAL, "%.60s: names no topic, or no group", url->text);
}

static int source_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    kafka_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->changed, NULL);
    int r = read_url(s, url, settings, err);
    r = r == SF_OK ? open_client(s, settings, err) : r;
    if (r != SF_OK) {
        source_close(&s->base);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static int place_parts(kafka_source *s, sf_error *err)
{
    const sf_kafka_start start = {.name = s->label,
                                  .group = s->group,
                                  .topics = (const char *const *)s->place.topics,
                                  .n_topics = s->place.n_topics,
                                  .store = s->store,
                                  .until_end = s->until_end,
                                  .timeout_ms = PLACE_MS,
                                  .trouble = &s->trouble};
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(s->owned);
    int r = sf_kafka_parts_place(&s->parts, s->rk, list, &start, err);
    rd_kafka_topic_partition_list_destroy(list);
    s->placed = r == SF_OK;
    s->paused = 0;
    return r;
}

/* Sees to it that there is something to read from. SF_OK, SF_EAGAIN, or final. */
static int be_ready(kafka_source *s, sf_error *err)
{
    int r = s->checked ? SF_OK : subscribe(s, err);
    pthread_mutex_lock(&s->lock);
    int look_again = s->look_again;
    s->look_again = 0;
    pthread_mutex_unlock(&s->lock);
    if (look_again) {
        s->placed = 0;
        drop_held(s);
    }
    if (r == SF_OK && s->owned != NULL && !s->placed) {
        r = place_parts(s, err);
    }
    if (r == SF_OK && s->paused) {
        rd_kafka_topic_partition_list_t *list = NULL;
        (void)rd_kafka_assignment(s->rk, &list);
        if (list != NULL) {
            (void)rd_kafka_resume_partitions(s->rk, list);
            rd_kafka_topic_partition_list_destroy(list);
        }
        s->paused = 0;
    }
    return r;
}

static rd_kafka_message_t *next_message(kafka_source *s, int timeout_ms)
{
    if (s->held.at < s->held.n) {
        rd_kafka_message_t *m = s->held.v[s->held.at++];
        if (s->held.at == s->held.n) {
            s->held.at = s->held.n = 0;
        }
        return m;
    }
    return rd_kafka_consumer_poll(s->rk, timeout_ms);
}

/* What is no record: the end of a partition, or trouble. SF_OK, or final. */
static int take_event(kafka_source *s, const rd_kafka_message_t *m, sf_error *err)
{
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        sf_kafka_part *part = sf_kafka_parts_find(&s->parts, rd_kafka_topic_name(m->rkt), m->partition);
        if (part != NULL) {
            part->at_end = 1;
        }
        return SF_OK;
    }
    int r = sf_kafka_fail(err, s->label, "reading", m->err, &s->trouble);
    if (r == SF_EAGAIN) {
        sf_log(SF_LOG_DEBUG, "%s: %s", s->label, rd_kafka_message_errstr(m));
        r = SF_OK;
    }
    return r;
}

static int take_headers(kafka_source *s, const rd_kafka_message_t *m, const char *topic, sf_batch *memory, sf_record *r)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value;
    size_t len;
    if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return SF_OK;
    }
    if (rd_kafka_header_get_last(headers, SF_KAFKA_OBSERVED_AT, &value, &len) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        value != NULL) {
        (void)sf_time_parse((sf_str){value, len}, &r->observed_ms);
    }
    return sf_kafka_letter_read(headers, topic, &s->names, memory, r);
}

/* Adds a message to the batch. Its bytes are copied, since they go back to the library at once. */
static int take(kafka_source *s, const sf_kafka_part *part, sf_records *b, const rd_kafka_message_t *m)
{
    int told = sf_records_take_coverage(b, (sf_str){m->payload, m->len});
    if (told != 0) {
        return told == 1 ? SF_OK : told;
    }
    sf_record *r = sf_records_add(b);
    if (r == NULL) {
        return SF_ENOMEM;
    }
    rd_kafka_timestamp_type_t type;
    int64_t at_ms = rd_kafka_message_timestamp(m, &type);
    r->arrived_ms = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && at_ms > 0 ? at_ms : sf_clock_ms();
    r->at = (sf_coordinates){.origin = part->topic, .partition = m->partition, .offset = m->offset};
    int status = sf_batch_copy(b->memory, (sf_str){m->payload, m->len}, &r->raw);
    if (status == SF_OK && m->key_len > 0) {
        status = sf_batch_copy(b->memory, (sf_str){m->key, m->key_len}, &r->key);
    }
    return status == SF_OK ? take_headers(s, m, part->topic, b->memory, r) : status;
}

/* The offsets that a batch comes to, for the group and for the store. */
static int stamp(kafka_source *s, sf_records *b)
{
    batch new = {.position = ++s->position, .offsets = rd_kafka_topic_partition_list_new((int)s->parts.n + 1)};
    b->advances = sf_batch_alloc(b->memory, (s->parts.n + 1) * sizeof *b->advances);
    if (b->advances == NULL) {
        rd_kafka_topic_partition_list_destroy(new.offsets);
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->parts.n; i++) {
        sf_kafka_part *p = &s->parts.v[i];
        if (p->batch == new.position) {
            rd_kafka_topic_partition_list_add(new.offsets, p->topic, p->partition)->offset = p->next;
            b->advances[b->n_advances++] = (sf_advance){p->topic, p->partition, p->held, p->next};
            p->held = p->next;
        }
    }
    b->consumer = s->group;
    b->position = new.position;
    pthread_mutex_lock(&s->lock);
    b->term = new.epoch = s->epoch;
    batch *entry = &s->batches[new.position % MOST_BATCHES];
    hand_on_offsets(s, entry);
    forget_batch(s, entry);
    *entry = new;
    pthread_mutex_unlock(&s->lock);
    return SF_OK;
}

/* Have all partitions been read to where they ended? */
static int all_read(const kafka_source *s)
{
    int all = s->until_end && s->placed;
    for (size_t i = 0; i < s->parts.n && all; i++) {
        all = s->parts.v[i].at_end;
    }
    return all;
}

static int take_message(kafka_source *s, sf_records *b, const rd_kafka_message_t *m, sf_error *err)
{
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return take_event(s, m, err);
    }
    sf_kafka_part *part = s->placed ? sf_kafka_parts_find(&s->parts, rd_kafka_topic_name(m->rkt), m->partition) : NULL;
    if (part == NULL) {
        return SF_OK; /* it was on its way when its partition went */
    }
    if (part->end >= 0 && m->offset >= part->end) {
        part->at_end = 1; /* came after the start: for the next run */
        return SF_OK;
    }
    if (take(s, part, b, m) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%.50s: %s", s->label, sf_strerror(SF_ENOMEM));
    }
    part->next = m->offset + 1;
    part->batch = s->position + 1;
    part->at_end = part->end >= 0 && part->next >= part->end;
    return SF_OK;
}

/* How much is left of each partition, as the last fetches told; once a second. */
static void tell_lag(kafka_source *s)
{
    int64_t now = sf_clock_steady_ms(), low, high;
    if (!sf_metrics_on() || now - s->lag_told_ms < 1000) {
        return;
    }
    s->lag_told_ms = now;
    for (size_t i = 0; i < s->parts.n && s->placed; i++) {
        const sf_kafka_part *p = &s->parts.v[i];
        if (p->next >= 0 &&
            rd_kafka_get_watermark_offsets(s->rk, p->topic, p->partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            high >= p->next) {
            sf_metric_set_of(SF_METRIC_LAG, p->topic, p->partition, (double)(high - p->next));
        }
    }
}

static int64_t source_read(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    kafka_source *s = (kafka_source *)base;
    size_t bytes = 0;
    int r = be_ready(s, err);
    uint64_t epoch = epoch_of(s);
    while (r == SF_OK && sf_records_size(b) < most && bytes < SF_BATCH_BYTES && !all_read(s)) {
        rd_kafka_message_t *m = next_message(s, sf_records_size(b) == 0 ? timeout_ms : 0);
        if (epoch_of(s) != epoch) { /* what the batch has so far is read again, here or elsewhere */
            b->n = b->n_coverage = 0;
            s->placed = 0;
        }
        if (m == NULL) {
            break;
        }
        bytes += m->len;
        r = take_message(s, b, m, err);
        rd_kafka_message_destroy(m);
        if (!s->placed) {
            break;
        }
    }
    if (s->trouble.refused) {
        return sf_kafka_fail(err, s->label, "reading", RD_KAFKA_RESP_ERR__AUTHENTICATION, &s->trouble);
    }
    tell_lag(s);
    if (r == SF_OK && sf_records_size(b) > 0 && stamp(s, b) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%.50s: %s", s->label, sf_strerror(SF_ENOMEM));
    }
    return r != SF_OK ? r : sf_records_size(b) > 0 ? (int64_t)sf_records_size(b) : all_read(s) ? SF_EEND : 0;
}

/* ---- while it waits ----------------------------------------------------------------------------------------------- */

static void hold(kafka_source *s, rd_kafka_message_t *m)
{
    if (s->held.n == s->held.cap) {
        size_t cap = s->held.cap == 0 ? 64 : s->held.cap * 2;
        rd_kafka_message_t **v = realloc((void *)s->held.v, cap * sizeof *v);
        if (v == NULL) { /* it comes again when the partitions are placed anew */
            pthread_mutex_lock(&s->lock);
            s->look_again = 1;
            pthread_mutex_unlock(&s->lock);
            rd_kafka_message_destroy(m);
            return;
        }
        s->held.v = v;
        s->held.cap = cap;
    }
    s->held.v[s->held.n++] = m;
}

static void source_idle(sf_source *base)
{
    kafka_source *s = (kafka_source *)base;
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_message_t *m;
    if (!s->checked) {
        return;
    }
    if (s->placed && !s->paused && rd_kafka_assignment(s->rk, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)rd_kafka_pause_partitions(s->rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        s->paused = 1;
    }
    tell_lag(s);
    while ((m = rd_kafka_consumer_poll(s->rk, 0)) != NULL) {
        if (s->placed && s->paused) {
            hold(s, m);
        } else {
            rd_kafka_message_destroy(m); /* of partitions that have gone */
        }
    }
}

/* ---- committing --------------------------------------------------------------------------------------------------- */

/* Has the group gone on without us? */
static int is_gone(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || code == RD_KAFKA_RESP_ERR__NO_OFFSET;
}

/* rd_kafka_commit() would wait for a coordinator as long as it takes, and with it a stop that was asked for. An answer that
 * comes after all does no harm: the same offsets are asked for again. */
static rd_kafka_resp_err_t commit_offsets(kafka_source *s, rd_kafka_topic_partition_list_t *offsets)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(s->rk);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(s->rk, offsets, answers, NULL, NULL);
    rd_kafka_event_t *answer = code == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_queue_poll(answers, COMMIT_WAIT_MS) : NULL;
    if (answer != NULL) {
        const rd_kafka_topic_partition_list_t *each = rd_kafka_event_topic_partition_list(answer);
        code = rd_kafka_event_error(answer);
        for (int i = 0; each != NULL && i < each->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
            code = each->elems[i].err;
        }
        rd_kafka_event_destroy(answer);
    } else if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    rd_kafka_queue_destroy(answers);
    return code;
}

/* The offsets of all batches up to this one that are still ours. */
static rd_kafka_topic_partition_list_t *offsets_up_to(kafka_source *s, uint64_t position)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    pthread_mutex_lock(&s->lock);
    /* The last word on a partition comes first. */
    for (uint64_t p = position, n = 0; p > 0 && n < MOST_BATCHES; p--, n++) {
        const batch *b = find_batch(s, p);
        if (b != NULL && b->epoch == s->epoch) {
            add_offsets(list, b->offsets);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return list;
}

static int source_commit(sf_source *base, uint64_t position, sf_error *err)
{
    kafka_source *s = (kafka_source *)base;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *offsets = offsets_up_to(s, position);
    if (offsets->cnt > 0) {
        code = commit_offsets(s, offsets);
    }
    rd_kafka_topic_partition_list_destroy(offsets);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !is_gone(code)) {
        return sf_kafka_fail(err, s->label, "commit", code, NULL);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        sf_log(SF_LOG_WARN, "%s: a batch that is written cannot be committed: %s; its next reader has it again",
               s->label, rd_kafka_err2str(code));
    }
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < MOST_BATCHES; i++) {
        if (s->batches[i].position != 0 && s->batches[i].position <= position) {
            forget_batch(s, &s->batches[i]);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return SF_OK;
}

static int source_holds(sf_source *base, uint64_t term)
{
    kafka_source *s = (kafka_source *)base;
    pthread_mutex_lock(&s->lock);
    int ours = term != s->epoch ? 0 : s->leaving ? SF_LEAVING : 1;
    pthread_mutex_unlock(&s->lock);
    return ours;
}

static void source_dropped(sf_source *base, uint64_t position)
{
    kafka_source *s = (kafka_source *)base;
    pthread_mutex_lock(&s->lock);
    batch *b = find_batch(s, position);
    if (b != NULL && b->epoch == s->epoch) {
        s->look_again = 1;
        s->epoch++; /* what was read behind it comes again too */
    }
    if (b != NULL) {
        forget_batch(s, b);
    }
    pthread_mutex_unlock(&s->lock);
}

static void source_use_store(sf_source *base, sf_store *store)
{
    ((kafka_source *)base)->store = store;
}

static const char *source_dead_letters(const sf_source *base, char *buf, size_t cap)
{
    const kafka_source *s = (const kafka_source *)base;
    return sf_kafka_letters_url(&s->place, buf, cap);
}

const sf_source_ops sf_kafka_source = {
    .scheme = "kafka",
    .summary = "kafka://HOST:PORT,.../TOPIC,...[?group=NAME][&until=end]  records of a consumer group",
    .live = 1,
    .open = source_open,
    .read = source_read,
    .commit = source_commit,
    .dropped = source_dropped,
    .holds = source_holds,
    .idle = source_idle,
    .use_store = source_use_store,
    .dead_letters = source_dead_letters,
    .close = source_close,
};
