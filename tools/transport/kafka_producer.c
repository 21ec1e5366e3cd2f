/* SPDX-License-Identifier: MIT */
/* The producer, see kafka_producer.h. */
#include "kafka_producer.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/fault.h"
#include "common/log.h"
#include "kafka_topics.h"

enum { CHECK_MS = 3000, FULL_MS = 1000, MOST_HANDLES = 64 };

struct sf_kafka_producer {
    const char *name;
    const sf_kafka_place *place;
    const sf_settings *settings;
    rd_kafka_t *rk;
    sf_kafka_trouble trouble; /* first that callbacks see; see on_delivery() */
    /* topics that messages went to, by name */
    rd_kafka_topic_t *handles[MOST_HANDLES];
    size_t n_handles;
    const char *const *topics; /* to be checked */
    size_t n_topics;
    int checked;
    uint64_t failed; /* since the last success */
    rd_kafka_resp_err_t why;
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    sf_kafka_producer *p = m->_private;
    (void)rk;
    (void)opaque;
    sf_fault("delivery");
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        p->failed++;
        p->why = m->err;
    }
}

static int open_client(sf_kafka_producer *p, sf_error *err)
{
    static const char *const ours[][2] = {{"enable.idempotence", "true"},    {"acks", "all"},
                                          {"partitioner", "murmur2_random"}, /* what Java's and Python's clients do */
                                          {"message.timeout.ms", "0"}, /* a message that is given up loses its place */
                                          {"message.max.bytes", "1048588"},  {NULL, NULL}};
    static const char *const theirs[][2] = {{"compression.codec", "snappy"},
                                            {"linger.ms", "5"},
                                            {"queue.buffering.max.messages", "100000"},
                                            {"queue.buffering.max.kbytes", "65536"},
                                            {NULL, NULL}};
    char why[200];
    rd_kafka_conf_t *conf = NULL;
    int r = sf_kafka_conf(&conf, p->place, p->settings, &p->trouble, theirs, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_kafka_set(conf, ours, err);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    p->rk = r == SF_OK ? rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why) : NULL;
    if (p->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return r != SF_OK ? r : sf_fail(err, SF_EINVAL, "%.50s: %.150s", p->name, why);
    }
    return SF_OK;
}

static void close_client(sf_kafka_producer *p)
{
    for (size_t i = 0; i < p->n_handles; i++) {
        rd_kafka_topic_destroy(p->handles[i]);
    }
    p->n_handles = 0;
    if (p->rk != NULL) {
        (void)rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_flush(p->rk, 1000); /* serves the reports of what was purged */
        rd_kafka_destroy(p->rk);
        p->rk = NULL;
    }
}

/* SF_OK, SF_EAGAIN, or final. */
static int check(sf_kafka_producer *p, sf_error *err)
{
    if (p->checked) {
        return SF_OK;
    }
    int r = sf_kafka_topics_check(p->rk, p->name, p->place->prefix, p->topics, p->n_topics, &p->trouble, CHECK_MS, err);
    p->checked = r == SF_OK;
    return r;
}

int sf_kafka_producer_open(sf_kafka_producer **out, const char *name, const sf_kafka_place *place,
                           const char *const *topics, size_t n_topics, const sf_settings *settings, sf_error *err)
{
    sf_kafka_producer *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return sf_fail(err, SF_ENOMEM, "%.50s: %s", name, sf_strerror(SF_ENOMEM));
    }
    *p =
        (sf_kafka_producer){.name = name, .place = place, .settings = settings, .topics = topics, .n_topics = n_topics};
    int r = open_client(p, err);
    if (r == SF_OK) {
        sf_error why = {.message = ""};
        r = check(p, &why);
        if (r == SF_EAGAIN) {
            sf_log(SF_LOG_WARN, "%s; goes on trying", why.message);
            r = SF_OK;
        } else if (r != SF_OK && err != NULL) {
            *err = why;
        }
    }
    if (r != SF_OK) {
        sf_kafka_producer_close(p);
        return r;
    }
    *out = p;
    return SF_OK;
}

void sf_kafka_producer_close(sf_kafka_producer *p)
{
    if (p != NULL) {
        close_client(p);
        free(p);
    }
}

/* ---- sending ------------------------------------------------------------------------------------------------------ */

/* One that was not named at the start must be there, and not be made by asking for it. */
static int is_known(const sf_kafka_producer *p, const char *topic)
{
    for (size_t i = 0; i < p->n_topics; i++) {
        if (strcmp(p->topics[i], topic) == 0) {
            return 1;
        }
    }
    return 0;
}

static int find_handle(sf_kafka_producer *p, const char *topic, rd_kafka_topic_t **out, sf_error *err)
{
    for (size_t i = 0; i < p->n_handles; i++) {
        if (strcmp(rd_kafka_topic_name(p->handles[i]), topic) == 0) {
            *out = p->handles[i];
            return SF_OK;
        }
    }
    int r = is_known(p, topic)
                ? SF_OK
                : sf_kafka_topics_check(p->rk, p->name, p->place->prefix, &topic, 1, &p->trouble, CHECK_MS, err);
    if (r != SF_OK) {
        return r;
    }
    *out = p->n_handles < MOST_HANDLES ? rd_kafka_topic_new(p->rk, topic, NULL) : NULL;
    if (*out == NULL) {
        return sf_fail(err, SF_ENOMEM, "%.50s: %.60s: no room for another topic", p->name, topic);
    }
    p->handles[p->n_handles++] = *out;
    return SF_OK;
}

static rd_kafka_headers_t *headers_of(const sf_kafka_message *m)
{
    rd_kafka_headers_t *h = m->n_headers > 0 ? rd_kafka_headers_new(m->n_headers) : NULL;
    for (size_t i = 0; i < m->n_headers; i++) {
        (void)rd_kafka_header_add(h, m->headers[i].name, -1, m->headers[i].value.ptr, (ssize_t)m->headers[i].value.len);
    }
    return h;
}

static size_t size_of(const sf_kafka_message *m)
{
    size_t n = m->key.len + m->value.len;
    for (size_t i = 0; i < m->n_headers; i++) {
        n += strlen(m->headers[i].name) + m->headers[i].value.len + 10;
    }
    return n;
}

/* Once more into the queue. Headers are taken only where that succeeds. */
static rd_kafka_resp_err_t enqueue(sf_kafka_producer *p, rd_kafka_topic_t *t, const sf_kafka_message *m,
                                   rd_kafka_headers_t *h)
{
    rd_kafka_vu_t args[8] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = t},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)m->value.ptr, m->value.len}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = p},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = m->at_ms != SF_NO_TIME ? m->at_ms : 0},
    };
    size_t n = 5;
    if (m->key.len > 0) {
        args[n].vtype = RD_KAFKA_VTYPE_KEY;
        args[n].u.mem.ptr = (void *)(uintptr_t)m->key.ptr;
        args[n++].u.mem.size = m->key.len;
    }
    if (h != NULL) {
        args[n].vtype = RD_KAFKA_VTYPE_HEADERS;
        args[n++].u.headers = h;
    }
    rd_kafka_error_t *e = rd_kafka_produceva(p->rk, args, n);
    rd_kafka_resp_err_t code = e != NULL ? rd_kafka_error_code(e) : RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_error_destroy(e);
    return code;
}

static int is_broken(const sf_kafka_producer *p)
{
    char why[8];
    return rd_kafka_fatal_error(p->rk, why, sizeof why) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

int sf_kafka_produce(sf_kafka_producer *p, const sf_kafka_message *m, sf_error *err)
{
    int r = check(p, err);
    if (r != SF_OK) {
        return r;
    }
    if (size_of(m) > SF_KAFKA_MOST_BYTES) {
        return sf_fail(err, SF_ETOOBIG, "%zu bytes, more than the %d that a message may have", size_of(m),
                       (int)SF_KAFKA_MOST_BYTES);
    }
    rd_kafka_topic_t *t = NULL;
    r = find_handle(p, m->topic, &t, err);
    if (r != SF_OK) {
        return r;
    }
    rd_kafka_headers_t *h = headers_of(m);
    if (h == NULL && m->n_headers > 0) {
        return sf_fail(err, SF_ENOMEM, "%.50s: %s", p->name, sf_strerror(SF_ENOMEM));
    }
    rd_kafka_resp_err_t code = enqueue(p, t, m, h);
    for (int waited = 0; code == RD_KAFKA_RESP_ERR__QUEUE_FULL && waited < FULL_MS; waited += 50) {
        (void)rd_kafka_poll(p->rk, 50);
        code = enqueue(p, t, m, h);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && h != NULL) {
        rd_kafka_headers_destroy(h);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && is_broken(p)) { /* it is lost like what was before; settle() sees to it */
        p->failed++;
        return SF_OK;
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? SF_OK : sf_kafka_fail(err, p->name, "sending", code, &p->trouble);
}

/* ---- acknowledgements --------------------------------------------------------------------------------------------- */

static int make_anew(sf_kafka_producer *p, sf_error *err)
{
    char why[160] = "";
    (void)rd_kafka_fatal_error(p->rk, why, sizeof why);
    sf_log(SF_LOG_WARN, "%s: the producer broke (%s); it is made anew", p->name, why);
    close_client(p);
    p->failed = 0;
    int r = open_client(p, err);
    return r == SF_OK ? sf_fail(err, SF_EAGAIN, "%.50s: the producer broke: %.120s", p->name, why) : r;
}

int sf_kafka_settle(sf_kafka_producer *p, int timeout_ms, sf_error *err)
{
    rd_kafka_resp_err_t code = rd_kafka_flush(p->rk, timeout_ms);
    if (is_broken(p)) {
        return make_anew(p, err);
    }
    if (p->trouble.refused) {
        return sf_kafka_fail(err, p->name, "sending", RD_KAFKA_RESP_ERR__AUTHENTICATION, &p->trouble);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)sf_kafka_fail(err, p->name, "no acknowledgement", code, &p->trouble);
        return 1;
    }
    if (p->failed > 0) {
        p->failed = 0;
        return sf_kafka_fail(err, p->name, "not taken", p->why, NULL);
    }
    return SF_OK;
}

void sf_kafka_producer_break(sf_kafka_producer *p)
{
    (void)rd_kafka_test_fatal_error(p->rk, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test says so");
}
