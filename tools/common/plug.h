/* SPDX-License-Identifier: MIT */
/* Plugs: sources, sinks and stores, opened by URL through tables of schemes that every tool shares.
 *
 * An implementation embeds the base struct first and fills in an ops table; tools/plugs.c lists the tables. A handle belongs
 * to one thread at a time: sources to the reading one, required sinks and stores to the writing one, each best-effort sink
 * to a thread of its own. The one exception is a source's commit(), see there. Error messages start with the plug's name. */
#ifndef SF_PLUG_H
#define SF_PLUG_H

#include <stdio.h>

#include "record.h"
#include "settings.h"
#include "url.h"

typedef struct sf_source sf_source;
typedef struct sf_sink sf_sink;
struct sf_store; /* store.h */

typedef struct sf_source_ops {
    const char *scheme;  /* "replay", "ndjson", "kafka", "hackernews" */
    const char *summary; /* one line for --help */
    int live;            /* 1: has no end; several of them take turns, while others are read one after the other */
    int (*open)(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err);
    /* Takes a further URL into an open source, whose order then spans both. NULL: each URL is a source of its own. */
    int (*join)(sf_source *s, const sf_url *url, const sf_settings *settings, sf_error *err);
    /* Appends what is there, at most about `most` records or SF_BATCH_BYTES, and stamps the batch's position. Waits up to
     * timeout_ms for the first; never for a second: what is there goes on its way. Returns the number added, coverage
     * included (0: nothing yet), SF_EEND at the end (with nothing added), SF_EAGAIN (its server is away: asked again after a pause), or final. */
    int64_t (*read)(sf_source *s, sf_records *b, size_t most, int timeout_ms, sf_error *err);
    /* Everything up to this position is safe: save the cursor, commit the offsets. Called in the order of the batches (where a
     * sink gathers them, for the last of several), on
     * the writing thread, maybe while read() runs on the reading one. SF_OK, SF_EAGAIN (asked again), or final. NULL:
     * there is nothing to commit. */
    int (*commit)(sf_source *s, uint64_t position, sf_error *err);
    /* Instead of commit(): a store found that someone else reads on from there (SF_TAKEN_OVER), so the batch came to
     * nothing. The source looks up anew from where it is to read, also if it has come to its end. NULL where a batch has no
     * advances. */
    void (*dropped)(sf_source *s, uint64_t position);
    /* Is what was read in this term (sf_records.term) still this source's to commit? Asked on the writing thread, for sinks that
     * keep batches. 1; SF_LEAVING: yes, for some seconds yet; 0: it is not, its next reader has it again. NULL: it always is. */
    int (*holds)(sf_source *s, uint64_t term);
    /* The sinks hold things up, read() is not called for the time being; this is, on the reading thread, about twice a
     * second, for what must go on meanwhile: keeping a place in a group. NULL: nothing must. */
    void (*idle)(sf_source *s);
    /* Gives the source a handle of its own on the store that its batches go into, to be asked how far that has come
     * (read_offset). Called once, before the first read(). NULL: it keeps its place elsewhere. */
    void (*use_store)(sf_source *s, struct sf_store *store);
    /* The URL of where its dead letters go unless --dlq says otherwise, in buf. NULL: nowhere. */
    const char *(*dead_letters)(const sf_source *s, char *buf, size_t cap);
    /* For --dry-run: writes what it would ask of its server, and how often, a line each, instead of asking. NULL: it is read. */
    void (*plan)(const sf_source *s, FILE *to);
    void (*close)(sf_source *s);
} sf_source_ops;

struct sf_source {
    const sf_source_ops *ops;
    char *name; /* the URL, for messages; set by sf_source_open() */
};

typedef struct sf_sink_ops {
    const char *scheme;
    const char *summary;
    int best_effort; /* 1: gets accepted records only, after the required sinks; never holds back a commit */
    int (*open)(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err);
    /* Takes a batch. SF_OK; SF_EAGAIN: the same batch comes again, and that must have the same effect as once; SF_EEND: who
     * reads this sink has gone, the run ends quietly; or final. Stores also: SF_EPARSE, a record in it can never be
     * taken: the loop writes halves of the batch until it has found and rejected it; SF_TAKEN_OVER. */
    int (*write)(sf_sink *s, sf_records *b, sf_error *err);
    /* Waits up to timeout_ms until all that was written is safe; only after SF_OK from all may the source commit. 1: not all
     * yet (err may say why), flush again; SF_EAGAIN: it is lost, write the same batch again; SF_EEND as above; or final.
     * A sink that gathers batches also says SF_KEPT: the batch is in its keeping but not safe, go on with the next; a later
     * SF_OK is for all of them. It is asked again a few times a second even where nothing comes, and SF_EAGAIN means that it
     * still has what it keeps, and wants to be asked again. NULL: what was written is safe, as a store's is, which commits it. */
    int (*flush)(sf_sink *s, int timeout_ms, sf_error *err);
    /* Of a sink that gathers: the next flushes are to make safe all that it keeps; or, nobody will commit that: it is to be
     * dropped. NULL: the sink keeps nothing. */
    void (*settle)(sf_sink *s);
    void (*forget)(sf_sink *s);
    void (*close)(sf_sink *s);
} sf_sink_ops;

/* What a store's write() returns when the batch's advances do not start from where it stands: someone else has taken the
 * partitions over and is ahead. Nothing was written. */
#define SF_TAKEN_OVER 1

/* What a sink's flush() returns that gathers batches, and a source's holds() whose partitions are about to go. */
#define SF_KEPT    2
#define SF_LEAVING 2

struct sf_sink {
    const sf_sink_ops *ops;
    char *name;
};

/* Opens by URL through a table that ends with NULL: "replay:FILE"; "-", "file:FILE" and plain paths are scheme "ndjson".
 * SF_OK, or a status with a message that names the URL; an unknown scheme is SF_EINVAL and the message lists the known. */
int sf_source_open(sf_source **out, const sf_source_ops *const *table, const char *url, const sf_settings *settings,
                   sf_error *err);
int sf_sink_open(sf_sink **out, const sf_sink_ops *const *table, const char *url, const sf_settings *settings,
                 sf_error *err);
/* Lets an open source take a further URL of its scheme in, if its kind does that. 1 if it did, 0 if not, or a failure. */
int sf_source_join(sf_source *s, const char *url, const sf_settings *settings, sf_error *err);
void sf_source_close(sf_source *s); /* NULL is fine */
void sf_sink_close(sf_sink *s);

/* For --check-config: could it be opened, as far as its URL says? Of a source that has a plan(), and settings of its own, as far as those say
 * too: with that flag its open() looks at them and at nothing else. */
int sf_source_check(const sf_source_ops *const *table, const char *url, const sf_settings *settings, sf_error *err);
int sf_sink_check(const sf_sink_ops *const *table, const char *url, sf_error *err);

#endif
