/* SPDX-License-Identifier: MIT */
/* Plugs that do as they are told, see fake_plugs.h. */
#include "fake_plugs.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/fail.h"

/* ---- what happened, in order ---------------------------------------------------------------------------------------- */

enum { MOST_EVENTS = 4000 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char text[MOST_EVENTS][24];
    size_t n;
} events = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void happen(const char *what, uint64_t number)
{
    pthread_mutex_lock(&events.lock);
    if (events.n < MOST_EVENTS) {
        snprintf(events.text[events.n++], sizeof events.text[0], "%s %d", what, (int)number);
    }
    pthread_cond_broadcast(&events.changed);
    pthread_mutex_unlock(&events.lock);
}

static int find_event(const char *text)
{
    for (size_t i = 0; i < events.n; i++) {
        if (strcmp(events.text[i], text) == 0) {
            return (int)i;
        }
    }
    return -1;
}

void await(const char *text)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&events.lock);
    while (find_event(text) < 0 && pthread_cond_timedwait(&events.changed, &events.lock, &until) == 0) {
    }
    pthread_mutex_unlock(&events.lock);
}

int when(const char *what, int number)
{
    char text[24];
    snprintf(text, sizeof text, "%s %d", what, number);
    int at = find_event(text);
    if (at < 0) {
        print_error("never: %s\n", text);
    }
    assert_true(at >= 0);
    return at;
}

int times(const char *what, int number)
{
    char text[24];
    int n = 0;
    snprintf(text, sizeof text, "%s %d", what, number);
    for (size_t i = 0; i < events.n; i++) {
        n += strcmp(events.text[i], text) == 0;
    }
    return n;
}

void forget_events(void)
{
    events.n = 0;
}

/* ---- a source and a sink that do as they are told -------------------------------------------------------------------- */

static char fake_name[] = "fake:";

static int64_t fake_read(sf_source *base, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    fake_source *s = (fake_source *)base;
    (void)most;
    (void)timeout_ms;
    if (s->at + 1 == s->fail_at && s->fail_times > 0) {
        s->fail_times--;
        return sf_fail(err, s->fail_with, "cannot read");
    }
    if (s->empty_at > 0 && s->at + 1 == s->empty_at) {
        s->empty_at = 0;
        return 0;
    }
    if (s->at == s->batches + atomic_load(&s->again)) {
        return SF_EEND;
    }
    happen(s->event, (uint64_t)s->at + 1);
    for (int i = 0; i < s->records; i++) {
        int number = s->at * s->records + i;
        char raw[160];
        snprintf(raw, sizeof raw,
                 "{\"v\":1,\"platform\":\"reddit\",\"source_id\":\"t3_%d\",\"kind\":\"post\",\"title\":\"A\","
                 "\"body\":\"\",\"raw_score\":1,\"ts\":null}",
                 number);
        sf_record *r = sf_records_add(b);
        int bad = (number >= s->bad_from && number < s->bad_to) || (s->bad_every > 0 && number % s->bad_every == 0);
        assert_int_equal(sf_batch_copy(b->memory, sf_cstr(bad ? "{\"v\":" : raw), &r->raw), SF_OK);
        r->at = (sf_coordinates){.origin = s->event, .partition = -1, .line = number + 1};
    }
    b->position = (uint64_t)++s->at;
    if (s->at == s->new_term_at) {
        atomic_store(&s->term, 1);
    }
    b->term = (uint64_t)atomic_load(&s->term);
    b->consumer = "group";
    b->advances = &s->advance;
    b->n_advances = 1;
    return s->records;
}

static void fake_dropped(sf_source *base, uint64_t position)
{
    fake_source *s = (fake_source *)base;
    atomic_store(&s->again, s->comes_again);
    happen("dropped", position);
}

static int fake_holds(sf_source *base, uint64_t term)
{
    return term == (uint64_t)atomic_load(&((fake_source *)base)->term);
}

static void fake_idle(sf_source *base)
{
    (void)base;
    happen("idle", 0);
}

static int fake_commit(sf_source *base, uint64_t position, sf_error *err)
{
    fake_source *s = (fake_source *)base;
    if ((int)position == s->commit_fail_at && s->commit_fail_times > 0) {
        s->commit_fail_times--;
        return sf_fail(err, s->commit_fail_with, "cannot commit");
    }
    happen("commit", position);
    s->committed = position;
    return SF_OK;
}

sf_source *fake_source_of(fake_source *s)
{
    s->ops.read = fake_read;
    s->ops.commit = fake_commit;
    s->ops.dropped = fake_dropped;
    s->ops.idle = fake_idle;
    s->ops.holds = fake_holds;
    s->base.ops = &s->ops;
    s->event = s->event != NULL ? s->event : "read";
    s->base.name = fake_name;
    return &s->base;
}

static void event_of(const fake_sink *s, const char *what, uint64_t number)
{
    char text[16];
    snprintf(text, sizeof text, "%s-%s", s->name, what);
    happen(text, number);
}

static int fake_write(sf_sink *base, sf_records *b, sf_error *err)
{
    fake_sink *s = (fake_sink *)base;
    s->number = b->number;
    s->durable = b->durable;
    event_of(s, "write", b->number);
    if ((int)b->number == s->block_at) {
        await(s->block_until);
    }
    if ((int)b->number == s->write_fail_at && s->write_fail_times > 0) {
        s->write_fail_times--;
        return sf_fail(err, s->write_fail_with, "cannot write");
    }
    if ((int)b->number == s->taken_over_at) {
        return SF_TAKEN_OVER;
    }
    for (size_t i = 0; i < b->n; i++) {
        int number = (int)b->v[i].at.line - 1;
        if (number >= s->poison_from && number < s->poison_to && b->v[i].state != SF_RECORD_REJECTED) {
            event_of(s, "refuse", b->n);
            return sf_fail(err, SF_EPARSE, "record %d does not fit", number);
        }
    }
    s->advances += b->n_advances;
    for (size_t i = 0; i < b->n; i++) {
        sf_record *r = &b->v[i];
        if ((int)b->number == s->reject_at && i == 0) {
            sf_error why;
            sf_fail(&why, SF_EINVAL, "the store refuses it");
            assert_int_equal(sf_record_reject(r, b->memory, &why), SF_OK);
        }
        s->rejected += r->state == SF_RECORD_REJECTED;
        if (s->state != SF_RECORD_NEW && r->state == SF_RECORD_NEW) {
            r->state = i % 2 == 0 ? s->state : SF_RECORD_STALE;
        }
    }
    s->written++;
    s->records += b->n;
    return SF_OK;
}

static int fake_flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    fake_sink *s = (fake_sink *)base;
    (void)timeout_ms;
    if ((int)s->number == s->flush_fail_at && s->flush_fail_times > 0) {
        s->flush_fail_times--;
        event_of(s, "flushfail", s->number);
        return sf_fail(err, s->flush_fail_with, "cannot flush");
    }
    event_of(s, "flush", s->number);
    return s->keeps > 0 && s->number % (uint64_t)s->keeps != 0 && !s->settled ? SF_KEPT : SF_OK;
}

static void fake_settle(sf_sink *base)
{
    ((fake_sink *)base)->settled = 1;
}

static void fake_forget(sf_sink *base)
{
    event_of((fake_sink *)base, "forget", 0);
}

sf_sink *fake_sink_of(fake_sink *s, const char *name)
{
    s->name = name;
    s->ops.write = fake_write;
    s->ops.flush = fake_flush;
    s->ops.settle = s->keeps > 0 ? fake_settle : NULL;
    s->ops.forget = s->keeps > 0 ? fake_forget : NULL;
    s->base.ops = &s->ops;
    s->base.name = fake_name;
    return &s->base;
}
