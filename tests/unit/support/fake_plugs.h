/* SPDX-License-Identifier: MIT */
/* A source and a sink that do as they are told, fail where they are told to, and write down what happens, for tests of what runs between them. */
#ifndef SF_TEST_FAKE_PLUGS_H
#define SF_TEST_FAKE_PLUGS_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/plug.h"

/* ---- what happened, in order: "read 1", "a-write 1", "commit 1", ... ------------------------------------------------ */

void happen(const char *what, uint64_t number);
void forget_events(void);

/* Blocks until it has happened; gives up after 20 s so that what is broken fails the test and does not hang it. */
void await(const char *text);

/* Where in the run it happened; fails the test if it did not. */
int when(const char *what, int number);

int times(const char *what, int number);

/* ---- the plugs ----------------------------------------------------------------------------------------------------- */

typedef struct fake_source {
    sf_source base;
    sf_source_ops ops;
    const char *event; /* "read" */
    int batches, records;
    int bad_from, bad_to; /* these records (0-based, of the source) are no JSON */
    int bad_every;        /* and each so-manieth */
    int at;               /* batches read */
    int fail_at, fail_with, fail_times;
    int empty_at; /* before this batch nothing is there, once */
    int commit_fail_at, commit_fail_with, commit_fail_times;
    uint64_t committed;
    sf_advance advance;
    int new_term_at; /* from this batch on it is another term, and what was read before is no longer its own */
    atomic_int term;
    int comes_again;  /* 1: what is dropped is read again */
    atomic_int again; /* batches, beyond the others */
} fake_source;

sf_source *fake_source_of(fake_source *s);

typedef struct fake_sink {
    sf_sink base;
    sf_sink_ops ops;
    const char *name;
    int write_fail_at, write_fail_with, write_fail_times;
    int flush_fail_at, flush_fail_with, flush_fail_times;
    int block_at;            /* write of that batch waits ... */
    const char *block_until; /* ... for this event */
    int poison_from,
        poison_to; /* refuses batches with one of these records (0-based, of the source), as a store might */
    int keeps;     /* makes safe what it keeps with every so-manieth batch */
    int settled;
    int taken_over_at;     /* that batch is someone else's */
    int reject_at;         /* rejects the first record of that batch, as a store might */
    sf_record_state state; /* sets the others to this one; 0: leaves them */
    uint64_t written, records, rejected, number, advances;
    int durable;
} fake_sink;

/* Its events are "NAME-write", "NAME-flush", "NAME-flushfail", "NAME-refuse" and "NAME-forget". */
sf_sink *fake_sink_of(fake_sink *s, const char *name);

#endif
