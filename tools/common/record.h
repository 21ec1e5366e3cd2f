/* SPDX-License-Identifier: MIT */
/* The record: what plugs exchange; and the batch of records that goes round the loop.
 *
 * A record is the raw bytes as they came, where they came from, the signal that was read from them or the error that
 * says why there is none, and a state. The store sets the state; sinks that come later see it. */
#ifndef SF_RECORD_H
#define SF_RECORD_H

#include "coverage.h"
#include "signalflow/signalflow.h"

typedef enum sf_record_state {
    SF_RECORD_NEW,       /* no store has looked at it */
    SF_RECORD_ACCEPTED,  /* the store took something from it */
    SF_RECORD_UNCHANGED, /* the store knew all of it */
    SF_RECORD_STALE,     /* the store knows something newer */
    SF_RECORD_REJECTED   /* it cannot be processed: goes to dead letters */
} sf_record_state;

/* Where a record came from. */
typedef struct sf_coordinates {
    const char *origin; /* file or topic; lives as long as the source */
    int32_t partition;  /* -1: none */
    int64_t offset;     /* byte of the file, or offset in the partition */
    int64_t line;       /* 1-based, 0: none */
} sf_coordinates;

typedef struct sf_record {
    sf_str raw; /* the bytes as they came */
    sf_str key; /* empty, or what the transport keys by */
    sf_coordinates at;
    int64_t arrived_ms;  /* when the transport took it in, else when it was read */
    int64_t observed_ms; /* when its origin was read, as the transport says; SF_NO_TIME: it does not */
    int32_t attempts;    /* how often it has been a dead letter */
    int native;          /* 1: raw is what its platform's API gave */
    int again;           /* 1: no observation, but a store's own text of a post, for what is made of it now (store.h) */
    sf_signal *signal;   /* NULL: not read yet, or rejected */
    sf_error *error;     /* of a rejected one */
    sf_record_state state;
    sf_str explain; /* a JSON object that becomes member "explain", or empty */
    sf_str json;    /* the signal as written, once sf_record_json() made it */
} sf_record;

/* How far a batch takes a partition: it was read from `from` on (-1: the reader knows of no earlier place), the next record
 * is `next`. */
typedef struct sf_advance {
    const char *topic; /* lives as long as the source */
    int32_t partition;
    int64_t from, next;
} sf_advance;

/* A batch of records. Everything in it lives in its arenas until reset. */
typedef struct sf_records {
    sf_batch *memory; /* bytes of records, and signals that the source itself made */
    sf_batch **lanes; /* one arena a worker: signals and results made in parallel */
    size_t n_lanes;
    sf_record *v;
    size_t n, cap;
    uint64_t position;    /* the source's: what its commit takes once all of it is safe */
    const char *consumer; /* who reads: the name under which stores keep the advances; NULL: they are not kept */
    sf_advance *advances; /* in `memory` */
    size_t n_advances;
    sf_coverage *coverage; /* what sources tell of themselves; sinks that have no use for it pass it over */
    size_t n_coverage, cap_coverage;
    uint64_t term;   /* the source's: one more whenever what it reads was shared out anew */
    uint64_t number; /* the loop's: 1, 2, 3 ...; the same number is the same batch again */
    int durable;     /* the loop's: the source will forget this batch, so flush it to where a crash cannot reach it */
} sf_records;

/* A source ends a batch at about so many bytes, however few records they are. */
#define SF_BATCH_BYTES (8 * 1024 * 1024)

int sf_records_new(sf_records **out, size_t lanes); /* lanes >= 1; SF_OK, SF_ENOMEM */
void sf_records_free(sf_records *b);
void sf_records_reset(sf_records *b);

/* Adds an empty record, or NULL when memory is scarce. The pointer is good until the next add. */
sf_record *sf_records_add(sf_records *b);

/* Adds what a source tells of itself. SF_OK, SF_ENOMEM. */
int sf_records_cover(sf_records *b, const sf_coverage *c);

/* A line may tell that instead of a signal: then it is added, and is no record. 1, 0, SF_ENOMEM. */
int sf_records_take_coverage(sf_records *b, sf_str line);

/* What a batch holds, records or not: 0, and there is no reason to send it round. */
static inline size_t sf_records_size(const sf_records *b)
{
    return b->n + b->n_coverage;
}

/* Reads a record's signal from its raw bytes (JSON of a signal) into the given arena, unless it has one or is rejected.
 * On malformed input the record is rejected and the call succeeds. Fails with SF_ENOMEM, and with SF_EVERSION where the
 * record is newer than this program: then reading on would lose data. */
int sf_record_read(sf_record *r, sf_batch *memory, sf_error *err);

/* Cuts a batch in front of the first record that has not been read: what sf_record_read() failed on. */
void sf_records_cut(sf_records *b);

/* Turns a record into a rejected one; the error is copied into the arena. SF_OK, SF_ENOMEM. */
int sf_record_reject(sf_record *r, sf_batch *memory, const sf_error *err);

/* The record as one line of JSON without its end, made once and kept: the signal, and "explain" if there is one.
 * SF_OK, SF_ENOMEM, SF_EINVAL for a record without a signal. */
int sf_record_json(sf_record *r, sf_batch *memory, sf_str *out);

#endif
