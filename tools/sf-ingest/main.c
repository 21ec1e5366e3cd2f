/* SPDX-License-Identifier: MIT */
/* sf-ingest: from platforms and recordings to signals. */
#include "common/fail.h"
#include "common/log.h"
#include "common/memory.h"
#include "run.h"
#include "transport/kafka_topics.h"

static const sf_option options[] = {
    SF_RUN_OPTIONS,
    SF_LIVE_OPTIONS("15m"),
    {"create-topics", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Makes what topics are missing on the brokers of --to kafka://HOST:PORT,..., checks the others, and exits."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

static const sf_tool tool = {
    .name = "sf-ingest",
    .summary = "reads platforms and recordings and writes signals",
    .usage = "[SOURCE...] [--to URL]...",
    .description =
        "Reads each SOURCE and writes one signal a line, whatever the platform: posts, comments, refreshes of their "
        "numbers, deletes. Recordings are replayed together, in order of observation time.\n\n"
        "SOURCE is hackernews:, reddit:NAME, bluesky:, youtube:LIST or lobsters:, live; replay:FILE[.gz], recorded "
        "posts, score "
        "histories or signals, one JSON object a "
        "line; "
        "replay:FILE[.gz]?platform=NAME, an answer of a platform's API or one a line (reddit, hackernews, bluesky, "
        "youtube, lobsters); dlq:FILE, dead letters fed back; or signals as NDJSON: a file, or - for stdin.",
    .examples = "sf-ingest hackernews: --to signals.ndjson\n"
                "sf-ingest replay:posts.ndjson.gz replay:histories.ndjson.gz | sf-process > enriched.ndjson\n"
                "sf-ingest 'replay:listing.json?platform=reddit' --observed-at 2026-01-02T03:04:05Z\n"
                "sf-ingest replay:posts.ndjson --shift-to now --speed 60",
    .options = options,
};

/* Returns the exit code, or -1: go on. */
static int create_topics(const sf_settings *s)
{
    const char *const *urls;
    size_t n = sf_settings_list(s, "to", &urls), made = 0, all = 0;
    sf_error err = {.status = SF_OK};
    if (!sf_settings_flag(s, "create-topics") || sf_settings_flag(s, "check-config")) {
        return -1;
    }
    for (size_t i = 0; i < n && err.status == SF_OK; i++, all += made) {
        err.status = sf_kafka_topics_make(urls[i], s, &made, &err);
    }
    if (n == 0) {
        (void)sf_fail(&err, SF_EINVAL, "--create-topics: --to kafka://HOST:PORT,... says where");
    }
    if (err.status == SF_OK) {
        sf_log(SF_LOG_INFO, "%zu topics were made, the others are as they should be", all);
    }
    return err.status == SF_OK ? 0 : sf_run_failed(&err);
}

int main(int argc, char **argv)
{
    sf_run run;
    sf_memory_return_large();
    int code = sf_run_settings(&run, &tool, argc, argv);
    code = code >= 0 ? code : create_topics(run.settings);
    code = code >= 0 ? code : sf_run_open(&run);
    code = code >= 0 ? code : sf_run_loop(&run, NULL, NULL);
    sf_run_close(&run);
    return code;
}
