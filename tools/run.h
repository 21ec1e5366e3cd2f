/* SPDX-License-Identifier: MIT */
/* What the tools' main functions share: options to open ends, the loop, the exit code. */
#ifndef SF_RUN_H
#define SF_RUN_H

#include "common/loop.h"
#include "common/store.h"
#include "live_options.h"

typedef struct sf_run {
    sf_settings *settings;
    const char
        *name; /* NULL: the program's run; else of one beside it, which has the same settings, only own_source to read
                         from and only the store to write to */
    sf_store_use use;   /* of the store */
    sf_store *store;    /* NULL: none */
    sf_store **offsets; /* further handles on it, one a source that asks it how far it has come; NULL: none */
    const sf_sink_ops *const *sink_table; /* what --to takes, one of them and no stdout; NULL: any sinks */
    const char *own_source;               /* a URL that the tool reads from in place of stdin; NULL: none */
    sf_source **sources;
    sf_sink **sinks;
    sf_sink *dead;
    sf_loop loop; /* ready to run; the tool adds its work */
    int64_t started_ms;
} sf_run;

/* What every tool that runs the loop reads; first in its table of options. */
#define SF_RUN_OPTIONS_TO(TO)                                                                                          \
    {"source", "URL", SF_OPTION_LIST, NULL,                                                                            \
     0,        0,     NULL,           "What is read where no SOURCE is an argument; for the config file."},            \
        {"to", "URL", SF_OPTION_LIST, NULL, 0, 0, NULL, TO},                                                           \
        {"dlq",                                                                                                        \
         "FILE",                                                                                                       \
         SF_OPTION_TEXT,                                                                                               \
         NULL,                                                                                                         \
         0,                                                                                                            \
         0,                                                                                                            \
         NULL,                                                                                                         \
         "Dead letters: appends what cannot be processed to FILE, with the reason. Without it, it is reported on "     \
         "stderr and the exit code is 1."},                                                                            \
        {"kafka-opt",                                                                                                  \
         "KEY=VALUE",                                                                                                  \
         SF_OPTION_LIST,                                                                                               \
         NULL,                                                                                                         \
         0,                                                                                                            \
         0,                                                                                                            \
         NULL,                                                                                                         \
         "A setting of librdkafka for kafka: URLs, such as security.protocol=sasl_ssl. KEY=@FILE takes the value "     \
         "from a file, which secrets (passwords, keys) must."},                                                        \
        {"s3-key", "ID", SF_OPTION_TEXT, NULL,                                                                         \
         0,        0,    NULL,           "s3: the access key; else AWS_ACCESS_KEY_ID in the environment."},            \
        {"s3-secret", "SECRET", SF_OPTION_SECRET, NULL, 0, 0, NULL, "s3: its secret; else AWS_SECRET_ACCESS_KEY."},    \
        {"metrics",                                                                                                    \
         "HOST:PORT",                                                                                                  \
         SF_OPTION_TEXT,                                                                                               \
         NULL,                                                                                                         \
         0,                                                                                                            \
         0,                                                                                                            \
         NULL,                                                                                                         \
         "Answers there /metrics (for Prometheus), /ready and /health; :PORT is on loopback."},                        \
        {"limit",                                                                                                      \
         "N",                                                                                                          \
         SF_OPTION_INTEGER,                                                                                            \
         "0",                                                                                                          \
         0,                                                                                                            \
         1e15,                                                                                                         \
         NULL,                                                                                                         \
         "Ends after N records, or a few more where they come together; 0: when the sources end."},                    \
        {"batch-size", "N", SF_OPTION_INTEGER, "1000", 1, 1000000, NULL, "Records that go round together."},           \
        {"observed-at",                                                                                                \
         "TIME",                                                                                                       \
         SF_OPTION_TIME,                                                                                               \
         NULL,                                                                                                         \
         0,                                                                                                            \
         0,                                                                                                            \
         NULL,                                                                                                         \
         "When recorded API answers were read; and when that was observed which says neither when it was observed "    \
         "nor when it was created."},                                                                                  \
        {"shift-to", "TIME", SF_OPTION_TIME, NULL,                                                                     \
         0,          0,      NULL,           "replay: moves all times so that the newest observation becomes TIME."},  \
    {                                                                                                                  \
        "speed", "N", SF_OPTION_NUMBER, "0", 0, 1e9, NULL,                                                             \
            "replay: goes N times as fast as it was recorded; 0: as fast as it can."                                   \
    }

#define SF_RUN_OPTIONS                                                                                                 \
    SF_RUN_OPTIONS_TO("Where signals go: a file (appended), or - for stdout. Default: stdout, unless there is a "      \
                      "store.")

/* Reads the settings. Returns the exit code, or -1: go on. sf_run_close() at the end either way. */
int sf_run_settings(sf_run *r, const sf_tool *tool, int argc, char **argv);

/* Opens the store that --store names, if the tool has that option: the first of the sinks. Call it before sf_run_open().
 * Returns as above. */
int sf_run_open_store(sf_run *r, const sf_lexicon *lexicon);

/* Opens sources (stdin if there are none), sinks and dead letters; with --check-config it only looks whether it could.
 * Returns as above. What the tool opens itself from its settings, it opens before. */
int sf_run_open(sf_run *r);

/* Runs the loop and says on stderr what came of it; the tool may add to that line. Returns the exit code. */
int sf_run_loop(sf_run *r, const char *(*also)(void *payload), void *payload);

/* Says what went wrong. Returns the exit code: 2 for wrong use, else 1. */
int sf_run_failed(const sf_error *err);

void sf_run_close(sf_run *r);

#endif
