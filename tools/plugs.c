/* SPDX-License-Identifier: MIT */
/* What every tool can open, by scheme. A new plug is a file of its own and a row here. */
#include "plugs.h"

#include <stddef.h>

/* sources/, transport/ */
extern const sf_source_ops sf_bluesky_source;
extern const sf_source_ops sf_dead_letters_source;
extern const sf_source_ops sf_hackernews_source;
extern const sf_source_ops sf_kafka_source;
extern const sf_source_ops sf_lobsters_source;
extern const sf_source_ops sf_ndjson_source;
extern const sf_source_ops sf_reddit_source;
extern const sf_source_ops sf_replay_source;
extern const sf_source_ops sf_stored_source;
extern const sf_source_ops sf_youtube_source;

const sf_source_ops *const sf_sources[] = {
    &sf_bluesky_source,
    &sf_dead_letters_source,
    &sf_hackernews_source,
    &sf_kafka_source,
    &sf_lobsters_source,
    &sf_ndjson_source,
    &sf_reddit_source,
    &sf_replay_source,
    &sf_stored_source,
    &sf_youtube_source,
    NULL,
};

/* transport/, sinks/ */
extern const sf_sink_ops sf_kafka_sink;
extern const sf_sink_ops sf_ndjson_sink;
extern const sf_sink_ops sf_redis_sink;

const sf_sink_ops *const sf_sinks[] = {
    &sf_kafka_sink,
    &sf_ndjson_sink,
    &sf_redis_sink,
    NULL,
};

extern const sf_sink_ops sf_bucket_archive;
extern const sf_sink_ops sf_folder_archive;

const sf_sink_ops *const sf_archive_sinks[] = {
    &sf_bucket_archive,
    &sf_folder_archive,
    NULL,
};

extern const sf_sink_ops sf_dead_letters_sink;
extern const sf_sink_ops sf_kafka_letters_sink;

const sf_sink_ops *const sf_dead_letter_sinks[] = {
    &sf_dead_letters_sink,
    &sf_kafka_letters_sink,
    NULL,
};
