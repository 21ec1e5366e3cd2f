/* SPDX-License-Identifier: MIT */
/* sf-process: signals in, the same signals with sentiment, topics, entities, keywords, velocity and trending out. */
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/own_lexicon.h"
#include "run.h"
#include "work.h"

static const sf_option options[] = {
    SF_RUN_OPTIONS,
    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Keeps signals in a store, sqlite:FILE, which knows each post's history; nothing goes to stdout then."},
    SF_LIVE_OPTIONS("0"),
    {"redrive", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Tries the dead letters of kafka://HOST:PORT,.../TOPIC.dlq once more, those that are there now, and ends. What "
     "fails again goes back, with its attempts counted."},
    {"threads", "N", SF_OPTION_INTEGER, "0", 0, 256, NULL,
     "Threads that analyse; 0: one a processor. The output is the same for any number."},
    {"track", "N", SF_OPTION_INTEGER, "262144", 1, 1e9, NULL,
     "Without a store: posts whose latest observation is remembered, for velocity and trending; about 160 bytes each. "
     "Beyond it, the "
     "one "
     "that was not seen for the longest time is forgotten."},
    {"lexicon", "KIND=FILE", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "Lays a table over the built-in lexicon: sentiment, emoji, names, stopwords, frequencies or baselines."},
    {"explain", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Adds member \"explain\": which words and rules made the sentiment, why entities were found, the parts of the "
     "trending score."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

static const sf_tool tool = {
    .name = "sf-process",
    .summary = "adds sentiment, topics, velocity and trending to signals",
    .usage = "[SOURCE...] [--store URL] [--to URL]...",
    .description =
        "Reads signals (NDJSON on stdin, or any SOURCE that sf-ingest knows) and writes each with sentiment, "
        "entities, topics, keywords, velocity and trending score, in the same order.",
    .examples = "sf-ingest replay:posts.ndjson.gz | sf-process > enriched.ndjson\n"
                "sf-process --dlq bad.ndjson < signals.ndjson > enriched.ndjson\n"
                "sf-process replay:posts.ndjson.gz --store sqlite:signals.db\n"
                "sf-process --explain < signals.ndjson",
    .options = options,
};

/* The part of the last line that only sf-process has. */
static const char *also(void *payload)
{
    static char text[128];
    const sf_worker *w = payload;
    snprintf(text, sizeof text, ", %llu clamped, %llu evicted", (unsigned long long)w->clamped,
             (unsigned long long)(w->tracker != NULL ? sf_tracker_evicted(w->tracker) : 0));
    return text;
}

static size_t count_threads(const sf_settings *s)
{
    int64_t n = sf_settings_integer(s, "threads");
    if (n == 0) {
        n = sysconf(_SC_NPROCESSORS_ONLN);
    }
    return n < 1 ? 1 : n > 256 ? 256 : (size_t)n;
}

/* Returns the exit code, or -1: go on. */
static int open_worker(sf_worker *w, sf_run *run, sf_lexicon **own)
{
    const sf_settings *s = run->settings;
    sf_error err = {0};
    err.status = sf_own_lexicon(own, s, &err);
    if (err.status == SF_OK) {
        const sf_lexicon *l = *own != NULL ? *own : sf_lexicon_builtin();
        size_t posts = sf_settings_text(s, "store") != NULL ? 0 : (size_t)sf_settings_integer(s, "track");
        err.status = sf_worker_open(w, count_threads(s), posts, l);
    }
    if (err.status != SF_OK) {
        return sf_run_failed(&err);
    }
    w->explain = sf_settings_flag(s, "explain");
    w->observed_ms = sf_settings_time(s, "observed-at");
    if (w->observed_ms == SF_NO_TIME && sf_settings_text(s, "store") != NULL) {
        w->observed_ms = sf_clock_ms(); /* a store needs to know when */
    }
    run->loop.work = sf_worker_work;
    run->loop.payload = w;
    run->loop.lanes = sf_pool_lanes(w->pool);
    return -1;
}

/* --redrive: the dead letters that are there by now, each once, whoever asks. Returns the exit code, or -1: go on. */
static int redrive(sf_run *run, char *url, size_t cap)
{
    const char *letters = sf_settings_text(run->settings, "redrive");
    if (letters != NULL) {
        sf_error err;
        char mark = strchr(letters, '?') != NULL ? '&' : '?';
        int n = snprintf(url, cap, "%s%cgroup=redrive&until=end", letters, mark);
        if (strncmp(letters, "kafka:", 6) != 0 || n < 0 || (size_t)n >= cap) {
            (void)sf_fail(&err, SF_EINVAL, "--redrive %.60s: not kafka://HOST:PORT,.../TOPIC.dlq", letters);
            return sf_run_failed(&err);
        }
        run->own_source = url;
    }
    return -1;
}

int main(int argc, char **argv)
{
    sf_run run;
    sf_worker worker = {.explain = 0};
    sf_lexicon *own = NULL;
    char url[1024];
    int code = sf_run_settings(&run, &tool, argc, argv);
    code = code >= 0 ? code : redrive(&run, url, sizeof url);
    code = code >= 0 ? code : open_worker(&worker, &run, &own);
    code = code >= 0 ? code : sf_run_open_store(&run, worker.lexicon);
    code = code >= 0 ? code : sf_run_open(&run);
    code = code >= 0 ? code : sf_run_loop(&run, also, &worker);
    sf_worker_close(&worker);
    sf_run_close(&run);
    sf_lexicon_free(own);
    return code;
}
