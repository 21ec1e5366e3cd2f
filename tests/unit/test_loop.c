/* SPDX-License-Identifier: MIT */
/* The loop with made-up sources and sinks, which write down what happens and fail where they are told to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/loop.h"
#include "support/fake_plugs.h"

/* ---- a run of one source and up to four sinks ----------------------------------------------------------------------- */

typedef struct setup {
    fake_source source;
    fake_sink a, b, dead;
    sf_loop loop;
    sf_loop_counts counts;
    sf_error err;
} setup;

static int count_work(void *payload, sf_records *b, sf_error *err)
{
    (void)payload;
    happen("work", b->number);
    for (size_t i = 0; i < b->n; i++) {
        int r = sf_record_read(&b->v[i], b->lanes[0], err);
        if (r != SF_OK) {
            return r;
        }
    }
    return SF_OK;
}

static int run(setup *s)
{
    sf_source *sources[] = {fake_source_of(&s->source)};
    sf_sink *sinks[] = {fake_sink_of(&s->a, "a"), fake_sink_of(&s->b, "b")};
    forget_events();
    sf_stop_clear();
    s->loop.sources = sources;
    s->loop.n_sources = 1;
    s->loop.sinks = sinks;
    s->loop.n_sinks = 2;
    s->loop.dead = s->loop.dead != NULL ? fake_sink_of(&s->dead, "dead") : NULL;
    s->loop.work = s->loop.work != NULL ? s->loop.work : count_work;
    s->loop.retry_ms = 1;
    s->loop.retry_most_ms = 2;
    s->source.batches = s->source.batches != 0 ? s->source.batches : 6;
    s->source.records = s->source.records != 0 ? s->source.records : 3;
    return sf_loop_run(&s->loop, &s->counts, &s->err);
}

/* Of every batch up to n: written to both, flushed in both, then committed, then the next one. */
static void assert_committed_in_order(int n)
{
    for (int i = 1; i <= n; i++) {
        assert_true(when("work", i) > when("read", i));
        assert_true(when("a-write", i) > when("work", i));
        assert_true(when("b-write", i) > when("a-write", i));
        assert_true(when("a-flush", i) > when("b-write", i));
        assert_true(when("commit", i) > when("a-flush", i));
        assert_true(when("commit", i) > when("b-flush", i));
        assert_int_equal(times("commit", i), 1);
        assert_true(i == 1 || when("a-write", i) > when("commit", i - 1));
        assert_true(i <= 2 || when("read", i) > when("commit", i - 2)); /* two deep */
    }
    assert_int_equal(times("commit", n + 1), 0);
}

static void batches_go_through_in_order(void **state)
{
    setup s = {.source = {.batches = 40, .empty_at = 7}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_committed_in_order(40);
    assert_int_equal(s.counts.read, 120);
    assert_int_equal(s.counts.written, 120);
    assert_int_equal(s.counts.rejected, 0);
    assert_int_equal(s.counts.batches, 40);
    assert_int_equal(s.counts.retries, 0);
    assert_int_equal(s.a.durable, 1);
}

static void no_source_ends_at_once(void **state)
{
    setup s = {.source = {.batches = -1}};
    (void)state;
    s.source.at = -1;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.counts.read, 0);
}

/* Batch 1 is not written before batch 2 has been read and worked on: this can only end if the two overlap. */
static void the_next_batch_is_read_while_one_is_written(void **state)
{
    setup s = {.a = {.block_at = 1, .block_until = "work 2"}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_true(when("work", 2) < when("b-write", 1));
    assert_committed_in_order(6);
}

static void a_sink_that_is_away_gets_the_same_batch_again(void **state)
{
    setup s = {.b = {.write_fail_at = 3, .write_fail_with = SF_EAGAIN, .write_fail_times = 5}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(times("b-write", 3), 6);
    assert_int_equal(times("a-write", 3), 1); /* the other one has it */
    assert_int_equal(s.counts.retries, 5);
    assert_committed_in_order(6);
}

static void a_flush_that_lost_it_writes_again(void **state)
{
    setup s = {.a = {.flush_fail_at = 2, .flush_fail_with = SF_EAGAIN, .flush_fail_times = 2}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(times("a-write", 2), 3);
    assert_int_equal(times("b-write", 2), 1);
    assert_true(when("commit", 2) > when("a-flush", 2));
}

static void a_slow_flush_is_asked_again(void **state)
{
    setup s = {.a = {.flush_fail_at = 2, .flush_fail_with = 1, .flush_fail_times = 3}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(times("a-write", 2), 1);
    assert_int_equal(times("a-flushfail", 2), 3);
    assert_true(when("commit", 2) > when("a-flush", 2));
}

static void a_commit_is_tried_again(void **state)
{
    setup s = {.source = {.commit_fail_at = 4, .commit_fail_with = SF_EAGAIN, .commit_fail_times = 2}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.counts.retries, 2);
    assert_int_equal(times("a-write", 4), 1);
    assert_committed_in_order(6);
}

static void a_source_that_is_away_is_asked_again(void **state)
{
    setup s = {.source = {.fail_at = 3, .fail_with = SF_EAGAIN, .fail_times = 3}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.counts.retries, 3);
    assert_committed_in_order(6);
}

/* ---- failures ------------------------------------------------------------------------------------------------------- */

static int fail_work(void *payload, sf_records *b, sf_error *err)
{
    return b->number == 4 ? sf_fail(err, SF_EVERSION, "too new") : count_work(payload, b, err);
}

/* Whatever fails at batch 4: 1 to 3 are committed, and nothing after. */
static void a_failure_commits_what_was_safe(void **state)
{
    setup s[] = {
        {.source = {.fail_at = 4, .fail_with = SF_EIO, .fail_times = 1}},
        {.loop = {.work = fail_work}},
        {.a = {.write_fail_at = 4, .write_fail_with = SF_EIO, .write_fail_times = 1}},
        {.b = {.write_fail_at = 4, .write_fail_with = SF_EIO, .write_fail_times = 1}},
        {.a = {.flush_fail_at = 4, .flush_fail_with = SF_EIO, .flush_fail_times = 1}},
        {.b = {.flush_fail_at = 4, .flush_fail_with = SF_EIO, .flush_fail_times = 1}},
        {.source = {.commit_fail_at = 4, .commit_fail_with = SF_EIO, .commit_fail_times = 1}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof s / sizeof s[0]; i++) {
        assert_int_equal(run(&s[i]), i == 1 ? SF_EVERSION : SF_EIO);
        assert_int_equal(s[i].err.status, i == 1 ? SF_EVERSION : SF_EIO);
        assert_true(strlen(s[i].err.message) > 0);
        assert_committed_in_order(3);
        assert_int_equal(s[i].source.committed, 3);
        assert_int_equal(s[i].counts.written, 9);
        assert_int_equal(times("a-write", 5), 0);
    }
}

static void a_reader_that_went_away_ends_the_run_quietly(void **state)
{
    setup s[] = {
        {.b = {.write_fail_at = 3, .write_fail_with = SF_EEND, .write_fail_times = 1}},
        {.b = {.flush_fail_at = 3, .flush_fail_with = SF_EEND, .flush_fail_times = 1}},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run(&s[i]), SF_OK);
        assert_committed_in_order(2);
    }
}

/* ---- rejected records ----------------------------------------------------------------------------------------------- */

static void rejected_records_are_dead_letters(void **state)
{
    setup s = {.source = {.bad_from = 4, .bad_to = 7}, .a = {.reject_at = 5}, .loop = {.dead = &s.dead.base}};
    (void)state;
    s.loop.brake = SF_BRAKE;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.counts.rejected, 4);
    assert_int_equal(s.counts.written, 14);
    assert_int_equal(s.dead.rejected, 4);
    assert_int_equal(times("dead-write", 1), 0); /* nothing for it there */
    for (int i = 2; i <= 5; i++) {
        if (i != 4) {
            assert_true(when("dead-flush", i) < when("commit", i));
        }
    }
    assert_committed_in_order(6);
}

/* Three of 64 records of batch 2 are what the store can never take: they are found, and all others are written. */
static void records_that_a_store_can_never_take_are_found(void **state)
{
    setup s = {.source = {.records = 64}, .a = {.poison_from = 100, .poison_to = 103}, .loop = {.dead = &s.dead.base}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.counts.rejected, 3);
    assert_int_equal(s.counts.written, 6 * 64 - 3);
    assert_int_equal(s.dead.rejected, 3);
    assert_int_equal(times("a-refuse", 1), 3);
    assert_int_equal(s.a.advances, 6); /* once a batch, and only with the whole of it */
    assert_int_equal(times("b-write", 2), 1);
    assert_true(when("dead-flush", 2) < when("commit", 2));
    assert_int_equal(s.source.committed, 6);
}

static void an_outage_is_no_poison(void **state)
{
    setup s = {.a = {.write_fail_at = 2, .write_fail_with = SF_EAGAIN, .write_fail_times = 20},
               .loop = {.dead = &s.dead.base}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.counts.rejected, 0);
    assert_committed_in_order(6);
}

static void what_was_taken_over_is_dropped(void **state)
{
    setup s = {.source = {.bad_from = 6, .bad_to = 7}, .a = {.taken_over_at = 3}, .loop = {.dead = &s.dead.base}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(times("b-write", 3), 0);
    assert_int_equal(times("dead-write", 3), 0);
    assert_int_equal(times("commit", 3), 0);
    assert_int_equal(times("dropped", 3), 1);
    assert_int_equal(times("commit", 4), 1);
    assert_int_equal(s.counts.written, 15);
}

/* The last batch is dropped when the source has been found at its end already: it is asked once more. */
static void what_is_dropped_at_the_end_is_read_again(void **state)
{
    setup s = {.source = {.batches = 3, .comes_again = 1},
               .a = {.taken_over_at = 3, .block_at = 3, .block_until = "idle 0"}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(times("dropped", 3), 1);
    assert_int_equal(times("b-write", 4), 1);
    assert_int_equal(times("commit", 4), 1);
}

/* While a sink holds things up, sources that have to are heard of: the write goes on only once that has happened. */
static void sources_are_kept_alive_while_a_sink_is_slow(void **state)
{
    setup s = {.a = {.block_at = 1, .block_until = "idle 0"}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_true(when("idle", 0) < when("a-flush", 1));
    assert_committed_in_order(6);
}

static void dead_letters_are_safe_before_a_commit(void **state)
{
    setup s = {.source = {.bad_from = 4, .bad_to = 5}, .loop = {.dead = &s.dead.base}};
    (void)state;
    s.dead.flush_fail_at = 2;
    s.dead.flush_fail_with = SF_EIO;
    s.dead.flush_fail_times = 1;
    assert_int_equal(run(&s), SF_EIO);
    assert_int_equal(s.source.committed, 1);
}

static void without_dead_letters_the_run_says_so_at_its_end(void **state)
{
    setup s = {.source = {.bad_from = 4, .bad_to = 6}};
    (void)state;
    assert_int_equal(run(&s), SF_EPARSE);
    assert_committed_in_order(6);
    assert_int_equal(s.counts.rejected, 2);
    assert_non_null(strstr(s.err.message, "2 records were rejected"));
    assert_non_null(strstr(s.err.message, "read:5"));
}

static void the_brake_stops_a_run_that_goes_wrong(void **state)
{
    /* Of 1,000 good ones before, 950 are still in the window when the 51st bad one comes: 51 of 1,000. */
    setup s = {.source = {.batches = 40, .records = 50, .bad_from = 1000, .bad_to = 1051},
               .loop = {.dead = &s.dead.base, .brake = SF_BRAKE}};
    (void)state;
    assert_int_equal(run(&s), SF_EIO);
    assert_non_null(strstr(s.err.message, "5 %"));
    assert_int_equal(s.source.committed, 21);     /* 50 of 1,000 are not more than 5 % */
    assert_int_equal(times("a-write", 22), 0);    /* the batch that trips it is not written */
    assert_int_equal(times("dead-write", 22), 0); /* nor are its dead letters */
    assert_int_equal(s.counts.rejected, 50);
}

static void the_brake_lets_few_failures_pass(void **state)
{
    setup s[] = {
        {.source = {.batches = 1, .records = 49, .bad_from = 0, .bad_to = 49}},
        {.source = {.batches = 40, .records = 50, .bad_from = 1000, .bad_to = 1050}},
        {.source = {.batches = 1, .records = 50, .bad_from = 0, .bad_to = 50}}, /* trips */
        {.source = {.batches = 1, .records = 50, .bad_from = 0, .bad_to = 50}}, /* no brake */
        {.source = {.batches = 60, .records = 50, .bad_every = 25}},            /* old failures leave the window */
    };
    (void)state;
    for (size_t i = 0; i < sizeof s / sizeof s[0]; i++) {
        s[i].loop.dead = &s[i].dead.base;
        s[i].loop.brake = i != 3 ? SF_BRAKE : 0;
        assert_int_equal(run(&s[i]), i == 2 ? SF_EIO : SF_OK);
    }
}

static void a_store_that_refuses_too_much_trips_the_brake_too(void **state)
{
    setup s = {.source = {.batches = 60, .records = 1}, .loop = {.dead = &s.dead.base, .brake = 0.5}};
    (void)state;
    s.source.bad_to = 49;
    s.a.reject_at = 50;
    assert_int_equal(run(&s), SF_EIO);
    assert_int_equal(s.source.committed, 49);
    assert_int_equal(times("a-write", 50), 1); /* only then it was known */
    assert_int_equal(times("dead-write", 50), 0);
}

/* A batch of which the store can take nothing: the offsets in it do not move, since nothing of it has a place yet. */
static void a_store_that_can_take_nothing_stays_where_it_is(void **state)
{
    setup s = {.source = {.records = 64},
               .a = {.poison_from = 64, .poison_to = 128},
               .loop = {.dead = &s.dead.base, .brake = SF_BRAKE}};
    (void)state;
    assert_int_equal(run(&s), SF_EIO);
    assert_int_equal(s.a.advances, 1); /* of the batch before */
    assert_int_equal(s.source.committed, 1);
    assert_int_equal(s.dead.rejected, 0);
}

/* ---- stopping ------------------------------------------------------------------------------------------------------- */

static int stop_in_work(void *payload, sf_records *b, sf_error *err)
{
    if (b->number == 3) {
        sf_stop_ask();
    }
    return count_work(payload, b, err);
}

static void a_stop_finishes_the_batch(void **state)
{
    setup s = {.source = {.batches = 1000000}, .loop = {.work = stop_in_work}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_committed_in_order(3);
    assert_int_equal(s.counts.read, 9);
}

static void a_stop_does_not_wait_for_ever(void **state)
{
    setup s[] = {
        {.a = {.write_fail_at = 3, .write_fail_with = SF_EAGAIN, .write_fail_times = 1000000}},
        {.b = {.flush_fail_at = 3, .flush_fail_with = 1, .flush_fail_times = 1000000000}},
        {.source = {.commit_fail_at = 3, .commit_fail_with = SF_EAGAIN, .commit_fail_times = 1000000}},
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        s[i].loop.work = stop_in_work;
        s[i].loop.give_up_ms = 30;
        assert_int_equal(run(&s[i]), SF_EIO);
        assert_int_equal(s[i].source.committed, 2);
        assert_non_null(strstr(s[i].err.message, "read again from read:7"));
    }
}

/* ---- best effort ---------------------------------------------------------------------------------------------------- */

static void best_effort_gets_what_was_accepted(void **state)
{
    setup s = {.source = {.batches = 5, .records = 4}, .a = {.state = SF_RECORD_ACCEPTED}};
    (void)state;
    s.b.ops.best_effort = 1;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.b.records, 10); /* the store called every second one stale */
    assert_int_equal(s.counts.dropped, 0);
    assert_int_equal(s.counts.written, 20);
    for (int i = 1; i <= 5; i++) {
        assert_true(when("b-write", i) > when("a-flush", i));
    }
}

static void without_a_store_new_is_accepted(void **state)
{
    setup s = {.source = {.batches = 5, .records = 4, .bad_from = 2, .bad_to = 4}, .loop = {.dead = &s.dead.base}};
    (void)state;
    s.b.ops.best_effort = 1;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.b.records, 18);
    assert_int_equal(s.b.rejected, 0);
}

/* It takes nothing until all is committed: 2 batches wait in its queue, 38 are dropped, and nobody waits for it. */
static void a_slow_best_effort_sink_holds_nobody_up(void **state)
{
    setup s = {.source = {.batches = 40, .records = 3}, .b = {.block_at = 1, .block_until = "commit 40"}};
    (void)state;
    s.b.ops.best_effort = 1;
    s.loop.queue_batches = 2;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(s.source.committed, 40);
    assert_int_equal(s.counts.dropped, 38 * 3);
    assert_int_equal(s.b.records, 2 * 3);
}

static void a_best_effort_sink_that_fails_fails_alone(void **state)
{
    setup s[] = {
        {.b = {.write_fail_at = 2, .write_fail_with = SF_EIO, .write_fail_times = 1}},
        {.b = {.write_fail_at = 2, .write_fail_with = SF_EAGAIN, .write_fail_times = 3}},
        {.b = {.flush_fail_at = 2, .flush_fail_with = SF_EAGAIN, .flush_fail_times = 3}},
        {.b = {.flush_fail_at = 2, .flush_fail_with = SF_EEND, .flush_fail_times = 1}},
        {.b = {.write_fail_at = 6, .write_fail_with = SF_EAGAIN, .write_fail_times = 1000000}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof s / sizeof s[0]; i++) {
        s[i].b.ops.best_effort = 1;
        s[i].loop.give_up_ms = 50;
        assert_int_equal(run(&s[i]), SF_OK);
        assert_int_equal(s[i].source.committed, 6);
        assert_int_equal(s[i].counts.dropped, i == 1 || i == 2 ? 0 : 3);
    }
}

/* ---- sources -------------------------------------------------------------------------------------------------------- */

static void run_two(setup *s, fake_source *second)
{
    sf_source *sources[] = {fake_source_of(&s->source), fake_source_of(second)};
    forget_events();
    sf_stop_clear();
    s->loop.sources = sources;
    s->loop.n_sources = 2;
    assert_int_equal(sf_loop_run(&s->loop, &s->counts, &s->err), SF_OK);
}

static void sources_are_read_one_after_the_other(void **state)
{
    setup s = {.source = {.batches = 3, .records = 2, .empty_at = 2}};
    fake_source second = {.event = "second", .batches = 3, .records = 2};
    (void)state;
    run_two(&s, &second);
    assert_true(when("second", 1) > when("read", 3));
    assert_int_equal(s.counts.read, 12);
    assert_int_equal(s.source.committed, 3);
    assert_int_equal(second.committed, 3);
}

static void live_sources_take_turns(void **state)
{
    setup s = {.source = {.batches = 3, .records = 2}};
    fake_source second = {.event = "second", .batches = 5, .records = 2, .empty_at = 2};
    (void)state;
    s.source.ops.live = second.ops.live = 1;
    run_two(&s, &second);
    assert_true(when("second", 1) > when("read", 1) && when("second", 1) < when("read", 2));
    assert_true(when("read", 3) < when("second", 3));
    assert_int_equal(s.counts.read, 16);
}

/* One that fails for good ends, the other goes on; the run tells of it at its end. */
static void live_sources_do_not_disturb_each_other(void **state)
{
    setup s = {.source = {.batches = 3, .records = 2, .fail_at = 2, .fail_with = SF_EIO, .fail_times = 1}};
    fake_source second = {.event = "second", .batches = 5, .records = 2};
    sf_source *sources[] = {fake_source_of(&s.source), fake_source_of(&second)};
    (void)state;
    forget_events();
    sf_stop_clear();
    s.source.ops.live = second.ops.live = 1;
    s.loop.sources = sources;
    s.loop.n_sources = 2;
    assert_int_equal(sf_loop_run(&s.loop, &s.counts, &s.err), SF_EIO);
    assert_int_equal(second.committed, 5);
    assert_int_equal(s.source.committed, 1);
}

static void what_a_sink_gathers_is_committed_once_it_is_safe(void **state)
{
    setup s = {.source = {.batches = 10},
               .a = {.keeps = 4, .flush_fail_at = 4, .flush_fail_with = SF_EAGAIN, .flush_fail_times = 2}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    for (int i = 1; i <= 10; i++) {
        assert_int_equal(times("commit", i),
                         i == 4 || i == 8 || i == 10); /* the last ones when there is nothing more */
    }
    assert_true(when("commit", 4) > when("a-flushfail", 4));
    assert_true(when("a-write", 5) > when("commit", 4));
    assert_int_equal(s.counts.written, 30);
    assert_int_equal(s.counts.batches, 10);
}

static void what_was_gathered_of_another_term_is_dropped(void **state)
{
    setup s = {.source = {.batches = 9, .new_term_at = 6}, .a = {.keeps = 8}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    for (int i = 1; i <= 7; i++) {
        assert_int_equal(times("commit", i), 0);
    }
    assert_int_equal(times("a-forget", 0), 1);
    assert_true(when("a-write", 6) > when("a-forget", 0));
    assert_int_equal(times("commit", 8), 1);
    assert_int_equal(times("commit", 9), 1);
    assert_int_equal(s.counts.written, 12); /* from the sixth batch on */
}

static void a_dry_run_writes_and_commits_nothing(void **state)
{
    setup s = {.loop = {.dry_run = 1, .dead = &s.dead.base}, .source = {.bad_from = 1, .bad_to = 2}};
    (void)state;
    s.b.ops.best_effort = 1;
    assert_int_equal(run(&s), SF_EPARSE);
    assert_int_equal(s.a.written + s.b.written + s.dead.written, 0);
    assert_int_equal(s.source.committed, 0);
    assert_int_equal(s.counts.read, 18);
    assert_int_equal(times("work", 6), 1);
}

static void on_progress(void *payload, const sf_loop_counts *counts)
{
    *(sf_loop_counts *)payload = *counts;
}

static void progress_is_told_after_each_commit(void **state)
{
    sf_loop_counts last = {0};
    setup s = {.loop = {.progress = on_progress, .progress_payload = &last}};
    (void)state;
    assert_int_equal(run(&s), SF_OK);
    assert_int_equal(last.batches, 6);
    assert_int_equal(last.written, 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_go_through_in_order),
        cmocka_unit_test(no_source_ends_at_once),
        cmocka_unit_test(the_next_batch_is_read_while_one_is_written),
        cmocka_unit_test(a_sink_that_is_away_gets_the_same_batch_again),
        cmocka_unit_test(a_flush_that_lost_it_writes_again),
        cmocka_unit_test(a_slow_flush_is_asked_again),
        cmocka_unit_test(a_commit_is_tried_again),
        cmocka_unit_test(a_source_that_is_away_is_asked_again),
        cmocka_unit_test(a_failure_commits_what_was_safe),
        cmocka_unit_test(a_reader_that_went_away_ends_the_run_quietly),
        cmocka_unit_test(rejected_records_are_dead_letters),
        cmocka_unit_test(records_that_a_store_can_never_take_are_found),
        cmocka_unit_test(an_outage_is_no_poison),
        cmocka_unit_test(what_was_taken_over_is_dropped),
        cmocka_unit_test(what_is_dropped_at_the_end_is_read_again),
        cmocka_unit_test(sources_are_kept_alive_while_a_sink_is_slow),
        cmocka_unit_test(dead_letters_are_safe_before_a_commit),
        cmocka_unit_test(without_dead_letters_the_run_says_so_at_its_end),
        cmocka_unit_test(the_brake_stops_a_run_that_goes_wrong),
        cmocka_unit_test(the_brake_lets_few_failures_pass),
        cmocka_unit_test(a_store_that_refuses_too_much_trips_the_brake_too),
        cmocka_unit_test(a_store_that_can_take_nothing_stays_where_it_is),
        cmocka_unit_test(a_stop_finishes_the_batch),
        cmocka_unit_test(a_stop_does_not_wait_for_ever),
        cmocka_unit_test(best_effort_gets_what_was_accepted),
        cmocka_unit_test(without_a_store_new_is_accepted),
        cmocka_unit_test(a_slow_best_effort_sink_holds_nobody_up),
        cmocka_unit_test(a_best_effort_sink_that_fails_fails_alone),
        cmocka_unit_test(sources_are_read_one_after_the_other),
        cmocka_unit_test(live_sources_take_turns),
        cmocka_unit_test(live_sources_do_not_disturb_each_other),
        cmocka_unit_test(what_a_sink_gathers_is_committed_once_it_is_safe),
        cmocka_unit_test(what_was_gathered_of_another_term_is_dropped),
        cmocka_unit_test(a_dry_run_writes_and_commits_nothing),
        cmocka_unit_test(progress_is_told_after_each_commit),
    };
    sf_log_open("test", "text", "error");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
