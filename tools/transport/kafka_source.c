/* SPDX-License-Identifier: MIT */
/* Records from Kafka, as a member of a group: kafka://HOST:PORT,.../TOPIC[,TOPIC...][?group=NAME][&until=end].
 *
 * The group (kafka_group.h) shares partitions out among its members; each partition is read in order by one of them. Offsets are
 * committed by position: that of a batch once all of it is safe, whatever became of its records. A batch with a store carries its
 * advances too (store.h), so that a member that was taken for dead and wakes up writes nothing over its successor. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/plug.h"
#include "kafka_group.h"
#include "kafka_letters.h"
#include "kafka_raw.h"

enum { NAME_MOST = 128 };

typedef struct kafka_source {
    sf_source base;
    char *label; /* for messages */
    sf_kafka_place place;
    char name[NAME_MOST]; /* the group's */
    sf_kafka_group group;
    sf_kafka_names names;
    uint64_t position;
} kafka_source;

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

static void source_close(sf_source *base)
{
    kafka_source *s = (kafka_source *)base;
    if (!sf_kafka_group_close(&s->group)) {
        return; /* its threads live until the process ends, and read what belongs to this source */
    }
    sf_kafka_names_free(&s->names);
    sf_kafka_place_free(&s->place);
    free(s->label);
    free(s);
}

static int read_url(kafka_source *s, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {SF_KAFKA_KEYS, "group", "until", NULL};
    char until[16] = "";
    const char *group =
        settings != NULL && sf_settings_knows(settings, "group") ? sf_settings_text(settings, "group") : NULL;
    (void)snprintf(s->name, sizeof s->name, "%s", group != NULL ? group : "signal-processor");
    s->label = strdup(url->text);
    int r = s->label != NULL ? sf_kafka_place_read(&s->place, url, known, err) : SF_ENOMEM;
    if (r != SF_OK) {
        return r;
    }
    (void)sf_url_query(url, "group", s->name, sizeof s->name);
    s->group.until_end = sf_url_query(url, "until", until, sizeof until) != NULL && strcmp(until, "end") == 0;
    if (until[0] != '\0' && !s->group.until_end) {
        return sf_fail(err, SF_EINVAL, "%.60s: until is \"end\" or left out", url->text);
    }
    return s->place.n_topics > 0 && s->name[0] != '\0'
               ? SF_OK
               : sf_fail(err, SF_EINVAL, "%.60s: names no topic, or no group", url->text);
}

static int source_open(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    kafka_source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = read_url(s, url, settings, err);
    s->group.label = s->label;
    s->group.name = s->name;
    s->group.place = &s->place;
    if (r == SF_OK) {
        r = sf_kafka_group_open(&s->group, settings, err);
    }
    if (r != SF_OK) {
        source_close(&s->base);
        return r;
    }
    *out = &s->base;
    return SF_OK;
}

/* ---- a message ---------------------------------------------------------------------------------------------------- */

/* What is no record: the end of a partition, or trouble. SF_OK, or final. */
static int take_event(kafka_source *s, const rd_kafka_message_t *m, sf_error *err)
{
    sf_kafka_group *g = &s->group;
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        sf_kafka_part *part = sf_kafka_parts_find(&g->parts, rd_kafka_topic_name(m->rkt), m->partition);
        if (part != NULL) {
            part->at_end = 1;
        }
        return SF_OK;
    }
    int r = sf_kafka_fail(err, s->label, "reading", m->err, &g->trouble);
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

static int take_message(kafka_source *s, sf_records *b, const rd_kafka_message_t *m, sf_error *err)
{
    sf_kafka_group *g = &s->group;
    if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return take_event(s, m, err);
    }
    sf_kafka_part *part = g->placed ? sf_kafka_parts_find(&g->parts, rd_kafka_topic_name(m->rkt), m->partition) : NULL;
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

/* ---- a batch ------------------------------------------------------------------------------------------------------ */

/* The offsets that a batch comes to, for the group and for the store. */
static int stamp(kafka_source *s, sf_records *b)
{
    sf_kafka_parts *parts = &s->group.parts;
    b->advances = sf_batch_alloc(b->memory, (parts->n + 1) * sizeof *b->advances);
    if (b->advances == NULL) {
        return SF_ENOMEM;
    }
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new((int)parts->n + 1);
    s->position++;
    for (size_t i = 0; i < parts->n; i++) {
        sf_kafka_part *p = &parts->v[i];
        if (p->batch == s->position) {
            rd_kafka_topic_partition_list_add(offsets, p->topic, p->partition)->offset = p->next;
            b->advances[b->n_advances++] = (sf_advance){p->topic, p->partition, p->held, p->next};
            p->held = p->next;
        }
    }
    b->consumer = s->name;
    b->position = s->position;
    b->term = sf_kafka_batches_add(&s->group.batches, s->position, offsets);
    return SF_OK;
}

/* Takes what comes, until the batch is full, nothing more is there, or partitions come or go. SF_OK, or final. */
static int gather(kafka_source *s, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    sf_kafka_group *g = &s->group;
    uint64_t term = sf_kafka_batches_term(&g->batches);
    size_t bytes = 0;
    int r = SF_OK;
    while (r == SF_OK && sf_records_size(b) < most && bytes < SF_BATCH_BYTES && !sf_kafka_group_all_read(g)) {
        rd_kafka_message_t *m = sf_kafka_group_next(g, sf_records_size(b) == 0 ? timeout_ms : 0);
        if (sf_kafka_batches_term(&g->batches) != term) { /* what it has so far is read again, here or elsewhere */
            b->n = b->n_coverage = 0;
            g->placed = 0;
        }
        if (m == NULL) {
            break;
        }
        bytes += m->len;
        r = take_message(s, b, m, err);
        rd_kafka_message_destroy(m);
        if (!g->placed) {
            break;
        }
    }
    return r;
}

static int64_t source_read(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    kafka_source *s = (kafka_source *)base;
    sf_kafka_group *g = &s->group;
    int r = sf_kafka_group_ready(g, err);
    r = r == SF_OK ? gather(s, b, most, timeout_ms, err) : r;
    if (g->trouble.refused) {
        return sf_kafka_fail(err, s->label, "reading", RD_KAFKA_RESP_ERR__AUTHENTICATION, &g->trouble);
    }
    sf_kafka_group_tell_lag(g);
    if (r == SF_OK && sf_records_size(b) > 0 && stamp(s, b) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%.50s: %s", s->label, sf_strerror(SF_ENOMEM));
    }
    if (r != SF_OK) {
        return r;
    }
    return sf_records_size(b) > 0 ? (int64_t)sf_records_size(b) : sf_kafka_group_all_read(g) ? SF_EEND : 0;
}

/* ---- what else it is asked ---------------------------------------------------------------------------------------- */

static void source_idle(sf_source *base)
{
    sf_kafka_group_wait(&((kafka_source *)base)->group);
}

static int source_commit(sf_source *base, uint64_t position, sf_error *err)
{
    sf_kafka_group *g = &((kafka_source *)base)->group;
    return sf_kafka_batches_commit(&g->batches, g->rk, g->label, position, err);
}

static int source_holds(sf_source *base, uint64_t term)
{
    return sf_kafka_batches_holds(&((kafka_source *)base)->group.batches, term);
}

static void source_dropped(sf_source *base, uint64_t position)
{
    sf_kafka_batches_drop(&((kafka_source *)base)->group.batches, position);
}

static void source_use_store(sf_source *base, sf_store *store)
{
    ((kafka_source *)base)->group.store = store;
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
