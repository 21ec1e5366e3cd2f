/* SPDX-License-Identifier: MIT */
/* Plugs: sources, sinks and stores, opened by URL through one table of schemes in every tool.
 *
 * An implementation embeds the base struct first and fills in an ops table; plugs.c lists the tables. A handle belongs to
 * one thread at a time: sources to the reading one, sinks and stores to the writing one. */
#ifndef SF_PLUG_H
#define SF_PLUG_H

#include "record.h"
#include "settings.h"
#include "url.h"

typedef struct sf_source sf_source;
typedef struct sf_sink sf_sink;

struct sf_source_ops {
    const char *scheme;  /* "replay", "ndjson", "kafka", "hackernews" */
    const char *summary; /* one line for --help */
    int (*open)(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err);
    /* Appends what is there, at most about `most` records, and stamps the batch's position. Waits up to timeout_ms for the
     * first. Returns the number added (0: nothing yet), SF_EEND at the end (with nothing added), or a failure. */
    int64_t (*read)(sf_source *s, sf_records *b, size_t most, int timeout_ms, sf_error *err);
    /* Everything up to this position is safe: save the cursor, commit the offsets. May be NULL: nothing to commit. */
    int (*commit)(sf_source *s, uint64_t position, sf_error *err);
    void (*close)(sf_source *s);
};
struct sf_source {
    const struct sf_source_ops *ops;
};

struct sf_sink_ops {
    const char *scheme;
    const char *summary;
    int best_effort; /* 1: gets accepted records only, after the required ones; never holds back a commit */
    int (*open)(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err);
    /* Takes a batch. The same batch again has the same effect. SF_OK, SF_EAGAIN (try the same batch again), or final. */
    int (*write)(sf_sink *s, sf_records *b, sf_error *err);
    /* Returns SF_OK only when all that was written is safe; only then may the source commit. SF_EAGAIN, or final. */
    int (*flush)(sf_sink *s, int timeout_ms, sf_error *err);
    void (*close)(sf_sink *s);
};
struct sf_sink {
    const struct sf_sink_ops *ops;
};

/* A store is a sink that can be asked; sf_store_ops joins these two when the first store does. */

/* The table of schemes. Each ends with NULL. */
extern const struct sf_source_ops *const sf_sources[];
extern const struct sf_sink_ops *const sf_sinks[];

/* Opens by URL: "replay:FILE", "-" and plain paths are NDJSON. SF_OK, or a status with a message that names the URL. */
int sf_source_open(sf_source **out, const char *url, const sf_settings *settings, sf_error *err);
int sf_sink_open(sf_sink **out, const char *url, const sf_settings *settings, sf_error *err);
void sf_source_close(sf_source *s); /* NULL is fine */
void sf_sink_close(sf_sink *s);

#endif
