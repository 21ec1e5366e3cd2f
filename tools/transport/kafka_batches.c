/* SPDX-License-Identifier: MIT */
/* Batches on their way to a commit, see kafka_batches.h. */
#include "kafka_batches.h"

#include <time.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/plug.h"

enum { COMMIT_WAIT_MS = 1000, LOOK_MS = 100 };

void sf_kafka_batches_open(sf_kafka_batches *b)
{
    (void)pthread_mutex_init(&b->lock, NULL);
    (void)pthread_cond_init(&b->changed, NULL);
}

uint64_t sf_kafka_batches_term(sf_kafka_batches *b)
{
    pthread_mutex_lock(&b->lock);
    uint64_t term = b->term;
    pthread_mutex_unlock(&b->lock);
    return term;
}

/* ---- the table: all under the lock -------------------------------------------------------------------------------- */

static sf_kafka_batch *find(sf_kafka_batches *b, uint64_t position)
{
    sf_kafka_batch *found = &b->v[position % SF_KAFKA_MOST_BATCHES];
    return found->position == position ? found : NULL;
}

static void forget(sf_kafka_batches *b, sf_kafka_batch *batch)
{
    if (batch->offsets != NULL) {
        rd_kafka_topic_partition_list_destroy(batch->offsets);
    }
    *batch = (sf_kafka_batch){.position = 0};
    pthread_cond_broadcast(&b->changed);
}

static void forget_up_to(sf_kafka_batches *b, uint64_t position)
{
    for (size_t i = 0; i < SF_KAFKA_MOST_BATCHES; i++) {
        if (b->v[i].position != 0 && b->v[i].position <= position) {
            forget(b, &b->v[i]);
        }
    }
}

static int any_left(const sf_kafka_batches *b)
{
    for (size_t i = 0; i < SF_KAFKA_MOST_BATCHES; i++) {
        if (b->v[i].position != 0 && b->v[i].term == b->term) {
            return 1;
        }
    }
    return 0;
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
static void hand_on_offsets(sf_kafka_batches *b, const sf_kafka_batch *batch)
{
    sf_kafka_batch *next = batch->position != 0 ? find(b, batch->position + 1) : NULL;
    if (next != NULL && next->term == batch->term) {
        add_offsets(next->offsets, batch->offsets);
    }
}

void sf_kafka_batches_close(sf_kafka_batches *b)
{
    forget_up_to(b, UINT64_MAX);
    (void)pthread_cond_destroy(&b->changed);
    (void)pthread_mutex_destroy(&b->lock);
}

uint64_t sf_kafka_batches_add(sf_kafka_batches *b, uint64_t position, rd_kafka_topic_partition_list_t *offsets)
{
    pthread_mutex_lock(&b->lock);
    uint64_t term = b->term;
    sf_kafka_batch *place = &b->v[position % SF_KAFKA_MOST_BATCHES];
    hand_on_offsets(b, place);
    forget(b, place);
    *place = (sf_kafka_batch){.position = position, .term = term, .offsets = offsets};
    pthread_mutex_unlock(&b->lock);
    return term;
}

/* ---- committing --------------------------------------------------------------------------------------------------- */

/* Has the group gone on without us? */
static int is_gone(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID || code == RD_KAFKA_RESP_ERR__NO_OFFSET;
}

/* What an answer to a commit says: of the whole, then of each partition. */
static rd_kafka_resp_err_t read_answer(rd_kafka_event_t *answer)
{
    const rd_kafka_topic_partition_list_t *each = rd_kafka_event_topic_partition_list(answer);
    rd_kafka_resp_err_t code = rd_kafka_event_error(answer);
    for (int i = 0; each != NULL && i < each->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        code = each->elems[i].err;
    }
    return code;
}

/* rd_kafka_commit() would wait for a coordinator as long as it takes, and with it a stop that was asked for. An answer that
 * comes after all does no harm: the same offsets are asked for again. */
static rd_kafka_resp_err_t commit_offsets(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *offsets)
{
    rd_kafka_queue_t *answers = rd_kafka_queue_new(rk);
    rd_kafka_resp_err_t code = rd_kafka_commit_queue(rk, offsets, answers, NULL, NULL);
    rd_kafka_event_t *answer = code == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_queue_poll(answers, COMMIT_WAIT_MS) : NULL;
    if (answer != NULL) {
        code = read_answer(answer);
        rd_kafka_event_destroy(answer);
    } else if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    rd_kafka_queue_destroy(answers);
    return code;
}

/* The offsets of all batches up to this one that are still ours. */
static rd_kafka_topic_partition_list_t *offsets_up_to(sf_kafka_batches *b, uint64_t position)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    pthread_mutex_lock(&b->lock);
    /* The last word on a partition comes first. */
    for (uint64_t p = position, n = 0; p > 0 && n < SF_KAFKA_MOST_BATCHES; p--, n++) {
        const sf_kafka_batch *batch = find(b, p);
        if (batch != NULL && batch->term == b->term) {
            add_offsets(list, batch->offsets);
        }
    }
    pthread_mutex_unlock(&b->lock);
    return list;
}

int sf_kafka_batches_commit(sf_kafka_batches *b, rd_kafka_t *rk, const char *name, uint64_t position, sf_error *err)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *offsets = offsets_up_to(b, position);
    if (offsets->cnt > 0) {
        code = commit_offsets(rk, offsets);
    }
    rd_kafka_topic_partition_list_destroy(offsets);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && !is_gone(code)) {
        return sf_kafka_fail(err, name, "commit", code, NULL);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        sf_log(SF_LOG_WARN, "%s: a batch that is written cannot be committed: %s; its next reader has it again", name,
               rd_kafka_err2str(code));
    }
    pthread_mutex_lock(&b->lock);
    forget_up_to(b, position);
    pthread_mutex_unlock(&b->lock);
    return SF_OK;
}

/* ---- when partitions go ------------------------------------------------------------------------------------------- */

static void wait_for_change(sf_kafka_batches *b, int ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&b->changed, &b->lock, &until);
}

int sf_kafka_batches_finish(sf_kafka_batches *b, int most_ms)
{
    int64_t end = sf_clock_steady_ms() + most_ms;
    pthread_mutex_lock(&b->lock);
    b->leaving = 1;
    while (any_left(b) && sf_clock_steady_ms() < end) {
        wait_for_change(b, LOOK_MS);
    }
    int left = any_left(b);
    b->leaving = 0;
    b->term++;
    pthread_mutex_unlock(&b->lock);
    return left;
}

int sf_kafka_batches_holds(sf_kafka_batches *b, uint64_t term)
{
    pthread_mutex_lock(&b->lock);
    int ours = term != b->term ? 0 : b->leaving ? SF_LEAVING : 1;
    pthread_mutex_unlock(&b->lock);
    return ours;
}

void sf_kafka_batches_drop(sf_kafka_batches *b, uint64_t position)
{
    pthread_mutex_lock(&b->lock);
    sf_kafka_batch *batch = find(b, position);
    if (batch != NULL && batch->term == b->term) {
        b->look_again = 1;
        b->term++; /* what was read behind it comes again too */
    }
    if (batch != NULL) {
        forget(b, batch);
    }
    pthread_mutex_unlock(&b->lock);
}

void sf_kafka_batches_look_again(sf_kafka_batches *b)
{
    pthread_mutex_lock(&b->lock);
    b->look_again = 1;
    pthread_mutex_unlock(&b->lock);
}

int sf_kafka_batches_must_look_again(sf_kafka_batches *b)
{
    pthread_mutex_lock(&b->lock);
    int must = b->look_again;
    b->look_again = 0;
    pthread_mutex_unlock(&b->lock);
    return must;
}
