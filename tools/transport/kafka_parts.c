/* SPDX-License-Identifier: MIT */
/* Partitions and their places, see kafka_parts.h. */
#include "kafka_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/log.h"

void sf_kafka_parts_free(sf_kafka_parts *p)
{
    free(p->v);
    *p = (sf_kafka_parts){.n = 0};
}

sf_kafka_part *sf_kafka_parts_find(sf_kafka_parts *p, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < p->n; i++) {
        size_t at = (p->last + i) % p->n;
        if (p->v[at].partition == partition && strcmp(p->v[at].topic, topic) == 0) {
            p->last = at;
            return &p->v[at];
        }
    }
    return NULL;
}

static const char *own_name(const sf_kafka_start *start, const char *topic)
{
    for (size_t i = 0; i < start->n_topics; i++) {
        if (strcmp(start->topics[i], topic) == 0) {
            return start->topics[i];
        }
    }
    return NULL;
}

/* What the group has committed, into the list. */
static int ask_group(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list, const sf_kafka_start *start, sf_error *err)
{
    rd_kafka_resp_err_t code = rd_kafka_committed(rk, list, start->timeout_ms);
    for (int i = 0; i < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = list->elems[i].err;
    }
    return code == RD_KAFKA_RESP_ERR_NO_ERROR
               ? SF_OK
               : sf_kafka_fail(err, start->name, "what is committed", code, start->trouble);
}

static int ask_store(sf_kafka_part *part, const sf_kafka_start *start, sf_error *err)
{
    part->held = -1;
    return start->store == NULL ? SF_OK
                                : start->store->ops->read_offset(start->store, start->group, part->topic,
                                                                 part->partition, &part->held, err);
}

/* Where either knows of nothing, nothing is known: a run can have died between the store's transaction and its first commit,
 * with dead letters still to be written. */
static int64_t choose(const sf_kafka_part *part, int64_t committed, const sf_kafka_start *start)
{
    if (start->store == NULL) {
        return committed >= 0 ? committed : RD_KAFKA_OFFSET_BEGINNING;
    }
    if (part->held < 0 || committed < 0) {
        if (part->held >= 0 || committed >= 0) {
            sf_log(SF_LOG_INFO, "%s: %s has not seen %s/%d yet: it is read from its start", start->name,
                   part->held < 0 ? "the store" : "the group", part->topic, part->partition);
        }
        return RD_KAFKA_OFFSET_BEGINNING;
    }
    if (committed != part->held) {
        sf_log(SF_LOG_INFO, "%s: %s/%d: %lld is committed, the store is at %lld; goes on from the lesser", start->name,
               part->topic, part->partition, (long long)committed, (long long)part->held);
    }
    return committed < part->held ? committed : part->held;
}

static int place(sf_kafka_part *part, rd_kafka_t *rk, rd_kafka_topic_partition_t *to, const sf_kafka_start *start,
                 sf_error *err)
{
    int64_t low = 0, high = -1;
    part->topic = own_name(start, to->topic);
    part->partition = to->partition;
    if (part->topic == NULL) {
        return sf_fail(err, SF_EIO, "%.50s: given a partition of %.60s, which was not asked for", start->name,
                       to->topic);
    }
    int r = ask_store(part, start, err);
    if (r != SF_OK) {
        return r;
    }
    if (start->until_end) {
        rd_kafka_resp_err_t code =
            rd_kafka_query_watermark_offsets(rk, to->topic, to->partition, &low, &high, start->timeout_ms);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return sf_kafka_fail(err, start->name, "where the topic ends", code, start->trouble);
        }
    }
    to->offset = choose(part, to->offset, start);
    part->end = high;
    part->next = to->offset >= 0 ? to->offset : -1;
    part->held = start->store == NULL ? part->next : part->held;
    part->at_end = start->until_end && (high == low || (part->next >= 0 && part->next >= high));
    return SF_OK;
}

int sf_kafka_parts_place(sf_kafka_parts *p, rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list,
                         const sf_kafka_start *start, sf_error *err)
{
    sf_kafka_parts_free(p);
    int r = list->cnt > 0 ? ask_group(rk, list, start, err) : SF_OK;
    p->v = r == SF_OK ? calloc((size_t)list->cnt + 1, sizeof *p->v) : NULL;
    if (r == SF_OK && p->v == NULL) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    for (int i = 0; i < list->cnt && r == SF_OK; i++, p->n++) {
        r = place(&p->v[i], rk, &list->elems[i], start, err);
    }
    rd_kafka_resp_err_t code = r == SF_OK ? rd_kafka_assign(rk, list) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        r = sf_kafka_fail(err, start->name, "partitions", code, start->trouble);
    }
    if (r != SF_OK) {
        sf_kafka_parts_free(p);
    }
    return r;
}
