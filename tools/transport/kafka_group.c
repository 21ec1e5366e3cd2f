/* SPDX-License-Identifier: MIT */
/* Membership of a group, see kafka_group.h. */
#define _GNU_SOURCE 1 /* pthread_timedjoin_np() */
#include "kafka_group.h"

#include <stdlib.h>
#include <time.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/metrics.h"
#include "kafka_topics.h"

enum { CHECK_MS = 3000, PLACE_MS = 5000, LEAVE_MS = 5000, CLOSE_MOST_S = 1, LAG_EVERY_MS = 1000 };

/* ---- messages that came while they should not --------------------------------------------------------------------- */

static void drop_held(sf_kafka_group *g)
{
    for (size_t i = g->held.at; i < g->held.n; i++) {
        rd_kafka_message_destroy(g->held.v[i]);
    }
    g->held.n = g->held.at = 0;
}

static void hold(sf_kafka_group *g, rd_kafka_message_t *m)
{
    if (g->held.n == g->held.cap) {
        size_t cap = g->held.cap == 0 ? 64 : g->held.cap * 2;
        rd_kafka_message_t **v = realloc((void *)g->held.v, cap * sizeof *v);
        if (v == NULL) { /* it comes again when the partitions are placed anew */
            sf_kafka_batches_look_again(&g->batches);
            rd_kafka_message_destroy(m);
            return;
        }
        g->held.v = v;
        g->held.cap = cap;
    }
    g->held.v[g->held.n++] = m;
}

rd_kafka_message_t *sf_kafka_group_next(sf_kafka_group *g, int timeout_ms)
{
    if (g->held.at < g->held.n) {
        rd_kafka_message_t *m = g->held.v[g->held.at++];
        if (g->held.at == g->held.n) {
            g->held.at = g->held.n = 0;
        }
        return m;
    }
    return rd_kafka_consumer_poll(g->rk, timeout_ms);
}

void sf_kafka_group_wait(sf_kafka_group *g)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_message_t *m;
    if (!g->joined) {
        return;
    }
    if (g->placed && !g->paused && rd_kafka_assignment(g->rk, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        (void)rd_kafka_pause_partitions(g->rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        g->paused = 1;
    }
    sf_kafka_group_tell_lag(g);
    while ((m = rd_kafka_consumer_poll(g->rk, 0)) != NULL) {
        if (g->placed && g->paused) {
            hold(g, m);
        } else {
            rd_kafka_message_destroy(m); /* of partitions that have gone */
        }
    }
}

/* Before they are placed anew or given away, too: the library remembers that a partition is paused, wherever it has been since,
 * and would read nothing of it. */
static void resume(sf_kafka_group *g)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    if (!g->paused) {
        return;
    }
    (void)rd_kafka_assignment(g->rk, &list);
    if (list != NULL) {
        (void)rd_kafka_resume_partitions(g->rk, list);
        rd_kafka_topic_partition_list_destroy(list);
    }
    g->paused = 0;
}

/* ---- partitions come and go --------------------------------------------------------------------------------------- */

static void forget_partitions(sf_kafka_group *g)
{
    resume(g);
    if (g->owned != NULL) {
        rd_kafka_topic_partition_list_destroy(g->owned);
        g->owned = NULL;
    }
    g->placed = 0;
    drop_held(g);
    for (size_t i = 0; i < g->place->n_topics; i++) {
        sf_metric_forget(SF_METRIC_LAG, g->place->topics[i]);
    }
}

/* They are placed at the next read, where failing is allowed; none are assigned until then. */
static void partitions_come(sf_kafka_group *g, const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
    sf_metric_add(SF_METRIC_REBALANCES, 1);
    g->owned = rd_kafka_topic_partition_list_copy(list);
    (void)rd_kafka_assign(g->rk, none);
    rd_kafka_topic_partition_list_destroy(none);
    sf_log(SF_LOG_DEBUG, "%s: %d partitions came", g->label, list->cnt);
}

static void partitions_go(sf_kafka_group *g, const rd_kafka_topic_partition_list_t *list)
{
    int lost = rd_kafka_assignment_lost(g->rk);
    sf_log(lost ? SF_LOG_WARN : SF_LOG_DEBUG, "%s: %d partitions %s", g->label, list->cnt,
           lost ? "were lost: this process was away for too long" : "go");
    if (sf_kafka_batches_finish(&g->batches, lost || g->closing ? 0 : LEAVE_MS) && !g->closing) {
        sf_log(SF_LOG_WARN, "%s: a batch was not written when its partitions went; their next reader has it again",
               g->label);
    }
    (void)rd_kafka_assign(g->rk, NULL);
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    sf_kafka_group *g = (sf_kafka_group *)((char *)opaque - offsetof(sf_kafka_group, trouble));
    (void)rk;
    forget_partitions(g);
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        partitions_come(g, list);
    } else {
        partitions_go(g, list);
    }
}

static int place_parts(sf_kafka_group *g, sf_error *err)
{
    const sf_kafka_start start = {.name = g->label,
                                  .group = g->name,
                                  .topics = (const char *const *)g->place->topics,
                                  .n_topics = g->place->n_topics,
                                  .store = g->store,
                                  .until_end = g->until_end,
                                  .timeout_ms = PLACE_MS,
                                  .trouble = &g->trouble};
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_copy(g->owned);
    int r = sf_kafka_parts_place(&g->parts, g->rk, list, &start, err);
    rd_kafka_topic_partition_list_destroy(list);
    g->placed = r == SF_OK;
    return r;
}

int sf_kafka_group_all_read(const sf_kafka_group *g)
{
    int all = g->until_end && g->placed;
    for (size_t i = 0; i < g->parts.n && all; i++) {
        all = g->parts.v[i].at_end;
    }
    return all;
}

void sf_kafka_group_tell_lag(sf_kafka_group *g)
{
    int64_t now = sf_clock_steady_ms(), low, high;
    if (!sf_metrics_on() || now - g->lag_told_ms < LAG_EVERY_MS) {
        return;
    }
    g->lag_told_ms = now;
    for (size_t i = 0; i < g->parts.n && g->placed; i++) {
        const sf_kafka_part *p = &g->parts.v[i];
        if (p->next >= 0 &&
            rd_kafka_get_watermark_offsets(g->rk, p->topic, p->partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR &&
            high >= p->next) {
            sf_metric_set_of(SF_METRIC_LAG, p->topic, p->partition, (double)(high - p->next));
        }
    }
}

/* ---- joining and leaving ------------------------------------------------------------------------------------------ */

int sf_kafka_group_open(sf_kafka_group *g, const sf_settings *settings, sf_error *err)
{
    const char *const ours[][2] = {{"group.id", g->name},
                                   {"enable.auto.commit", "false"},
                                   {"enable.auto.offset.store", "false"},
                                   {"partition.assignment.strategy", "range"},
                                   {"enable.partition.eof", g->until_end ? "true" : "false"},
                                   {NULL, NULL}};
    static const char *const theirs[][2] = {{"auto.offset.reset", "earliest"},       {"session.timeout.ms", "10000"},
                                            {"heartbeat.interval.ms", "2000"},       {"fetch.wait.max.ms", "100"},
                                            {"queued.max.messages.kbytes", "32768"}, {NULL, NULL}};
    char why[200];
    rd_kafka_conf_t *conf = NULL;
    sf_kafka_batches_open(&g->batches);
    g->opened = 1;
    int r = sf_kafka_conf(&conf, g->place, settings, &g->trouble, theirs, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_kafka_set(conf, ours, err);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    g->rk = r == SF_OK ? rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why) : NULL;
    if (g->rk == NULL) {
        rd_kafka_conf_destroy(conf);
        return r != SF_OK ? r : sf_fail(err, SF_EINVAL, "%.50s: %.150s", g->label, why);
    }
    return SF_OK;
}

/* Once the brokers can be reached: are the topics there? Then it joins. */
static int join(sf_kafka_group *g, sf_error *err)
{
    int r = sf_kafka_topics_check(g->rk, g->label, g->place->prefix, (const char *const *)g->place->topics,
                                  g->place->n_topics, &g->trouble, CHECK_MS, err);
    if (r != SF_OK) {
        return r;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)g->place->n_topics);
    for (size_t i = 0; i < g->place->n_topics; i++) {
        (void)rd_kafka_topic_partition_list_add(list, g->place->topics[i], RD_KAFKA_PARTITION_UA);
    }
    (void)rd_kafka_poll_set_consumer(g->rk);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(g->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    g->joined = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    return g->joined ? SF_OK : sf_kafka_fail(err, g->label, "group", code, &g->trouble);
}

int sf_kafka_group_ready(sf_kafka_group *g, sf_error *err)
{
    int r = g->joined ? SF_OK : join(g, err);
    resume(g);
    if (sf_kafka_batches_must_look_again(&g->batches)) {
        g->placed = 0;
        drop_held(g);
    }
    if (r == SF_OK && g->owned != NULL && !g->placed) {
        r = place_parts(g, err);
    }
    return r;
}

static void *leave(void *rk)
{
    (void)rd_kafka_consumer_close(rk);
    return NULL;
}

/* Returns whether leaving came to an end. rd_kafka_consumer_close() waits for a coordinator that may be away for good, and so
 * would rd_kafka_destroy() after it: a thread of its own waits, and is left behind if it must be. */
static int leave_in_time(sf_kafka_group *g)
{
    pthread_t thread;
    struct timespec until;
    if (pthread_create(&thread, NULL, leave, g->rk) != 0) {
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

int sf_kafka_group_close(sf_kafka_group *g)
{
    if (!g->opened) {
        return 1;
    }
    g->closing = 1;
    drop_held(g);
    if (g->joined && !leave_in_time(g)) {
        sf_log(SF_LOG_WARN, "%s: the brokers are away: the group learns by its time limit that this member has left",
               g->label);
        return 0;
    }
    if (g->rk != NULL) {
        rd_kafka_destroy(g->rk);
    }
    sf_kafka_batches_close(&g->batches);
    if (g->owned != NULL) {
        rd_kafka_topic_partition_list_destroy(g->owned);
    }
    sf_kafka_parts_free(&g->parts);
    free((void *)g->held.v);
    return 1;
}
