/* SPDX-License-Identifier: MIT */
/* sf-process: signals in, the same signals with sentiment, topics, entities, keywords, velocity and trending out. */
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/own_lexicon.h"
#include "legacy.h"
#include "run.h"
#include "transport/kafka_topics.h"
#include "work.h"

static const sf_option options[] = {
    SF_RUN_OPTIONS,
    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Keeps signals in a store, sqlite:FILE or postgresql://HOST/DATABASE, which knows each post's history; nothing "
     "goes "
     "to stdout then."},
    {"publish", "URL", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "Publishes each accepted signal once it is stored: redis://HOST:PORT[/DB][?channel=NAME], which sf-serve listens "
     "to. "
     "Best effort: it holds nothing up. A password stands in SF_REDIS_PASSWORD."},
    {"migrate", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Makes the tables of --store, or brings them up to date, and exits. Whoever may make tables can so do it for "
     "those "
     "who may not."},
    SF_LIVE_OPTIONS("0"),
    {"redrive", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Tries the dead letters of kafka://HOST:PORT,.../TOPIC.dlq once more, those that are there now, and ends. What "
     "fails again goes back, with its attempts counted."},
    {"reanalyse", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Goes through --store instead of reading signals: each text that an older version, or other tables, made "
     "something of is "
     "analysed anew and written back, with its trending score; then it ends. Runs beside live writers, and may be "
     "stopped and "
     "started again."},
    {"since", "TIME", SF_OPTION_TIME, NULL, 0, 0, NULL, "With --reanalyse: posts made, or first seen, since then."},
    {"legacy", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Beside that, on a thread of its own: what Reddit gave, from kafka://HOST:PORT,.../reddit.posts.raw,"
     "reddit.posts.refresh, into the store's tables reddit_posts and reddit_nlp_features. Should one of both paths "
     "fail, "
     "the other goes on."},
    {"threads", "N", SF_OPTION_INTEGER, "0", 0, 256, NULL,
     "Threads that analyse; 0: one a processor. The output is the same for any number."},
    {"track", "N", SF_OPTION_INTEGER, "262144", 1, 1e9, NULL,
     "Without a store: posts whose latest observation is remembered, for velocity and trending; about 160 bytes each. "
     "Beyond it, the "
     "one "
     "that was not seen for the longest time is forgotten."},
    {"lexicon", "KIND=FILE", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "Lays a table over the built-in lexicon: sentiment, emoji, names, watch, patterns, rules, stopwords, frequencies, "
     "classes, languages or baselines; or adds a language (eo=FILE), told by a text in it."},
    {"explain", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Adds member \"explain\": which words and rules made the sentiment, why entities were found, the parts of the "
     "trending score."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

static const sf_tool tool = {
    .name = "sf-process",
    .summary = "adds sentiment, topics, velocity and trending to signals",
    .usage = "[SOURCE...] [--store URL] [--to URL]... [--publish URL]...",
    .description =
        "Reads signals (NDJSON on stdin, or any SOURCE that sf-ingest knows) and writes each with sentiment, "
        "entities, topics, keywords, velocity and trending score, in the same order.",
    .examples = "sf-ingest replay:posts.ndjson.gz | sf-process > enriched.ndjson\n"
                "sf-process --dlq bad.ndjson < signals.ndjson > enriched.ndjson\n"
                "sf-process replay:posts.ndjson.gz --store sqlite:signals.db\n"
                "sf-process --migrate --store sqlite:signals.db\n"
                "sf-process --reanalyse --store sqlite:signals.db\n"
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

/* When that was observed which does not say; a store needs to know. */
static int64_t observed_at(const sf_settings *s)
{
    int64_t ms = sf_settings_time(s, "observed-at");
    return ms == SF_NO_TIME && sf_settings_text(s, "store") != NULL ? sf_clock_ms() : ms;
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
    w->observed_ms = observed_at(s);
    run->loop.work = sf_worker_work;
    run->loop.payload = w;
    run->loop.lanes = sf_pool_lanes(w->pool);
    return -1;
}

/* --migrate: opening the store does it. Returns the exit code, or -1: go on. */
static int migrate(sf_run *run)
{
    if (!sf_settings_flag(run->settings, "migrate")) {
        return -1;
    }
    if (sf_settings_text(run->settings, "store") == NULL) {
        sf_error err;
        (void)sf_fail(&err, SF_EINVAL, "--migrate: which --store?");
        return sf_run_failed(&err);
    }
    int code = sf_run_open_store(run, sf_lexicon_builtin());
    return code >= 0 ? code : 0;
}

/* --redrive: the dead letters that are there by now, each once, whoever asks. Returns the exit code, or -1: go on. */
static int redrive_url(const sf_run *run, const char *letters, char *url, size_t cap)
{
    sf_error err;
    char mark = strchr(letters, '?') != NULL ? '&' : '?';
    int n = snprintf(url, cap, "%s%cgroup=redrive&until=end", letters, mark);
    if (strncmp(letters, "kafka:", 6) != 0 || n < 0 || (size_t)n >= cap) {
        (void)sf_fail(&err, SF_EINVAL, "--redrive %.60s: not kafka://HOST:PORT,.../TOPIC.dlq", letters);
        return sf_run_failed(&err);
    }
    if (sf_settings_text(run->settings, "legacy") != NULL) {
        (void)sf_fail(&err, SF_EINVAL, "--redrive: goes without --legacy, and finds out itself whose letters they are");
        return sf_run_failed(&err);
    }
    return -1;
}

/* --reanalyse: the texts of the store that were not made by this lexicon. Returns the exit code, or -1: go on. */
static int reread_url(const sf_run *run, const sf_lexicon *l, char *url, size_t cap)
{
    const sf_settings *s = run->settings;
    int64_t since_ms = sf_settings_time(s, "since");
    if (!sf_settings_flag(s, "reanalyse")) {
        return -1;
    }
    if (sf_settings_text(s, "store") == NULL || sf_settings_count(s) > 0 || sf_settings_text(s, "legacy") != NULL ||
        sf_settings_text(s, "redrive") != NULL) {
        sf_error err;
        (void)sf_fail(&err, SF_EINVAL, "--reanalyse goes with --store, and without other sources");
        return sf_run_failed(&err);
    }
    int n = snprintf(url, cap, "stored:?analysis=%s", sf_lexicon_id(l));
    if (since_ms != SF_NO_TIME) {
        (void)snprintf(url + n, cap - (size_t)n, "&since=%lld", (long long)since_ms);
    }
    return -1;
}

/* Both paths, or one of them. */
typedef struct paths {
    sf_run run;
    sf_worker worker;
    sf_legacy legacy;
    sf_lexicon *own;
    char redrive[1024], reread[128];
    int signals, reddit; /* which of them there are */
} paths;

/* Which paths are there, and what they read beside the arguments. Returns as below. */
static int choose(paths *p)
{
    const sf_settings *s = p->run.settings;
    const char *letters = sf_settings_text(s, "redrive"), *legacy = sf_settings_text(s, "legacy");
    int code = letters != NULL ? redrive_url(&p->run, letters, p->redrive, sizeof p->redrive) : -1;
    if (code >= 0) {
        return code;
    }
    int raw_letters = letters != NULL && sf_kafka_url_is_raw(p->redrive);
    p->signals = !raw_letters;
    p->reddit = legacy != NULL || raw_letters;
    p->run.own_source = letters != NULL ? p->redrive : NULL;
    p->legacy.run.own_source = raw_letters ? p->redrive : legacy;
    return -1;
}

/* Returns the exit code, or -1: go on. */
static int open_paths(paths *p)
{
    int code = open_worker(&p->worker, &p->run, &p->own);
    const sf_lexicon *l = p->worker.lexicon;
    code = code < 0 ? reread_url(&p->run, l, p->reread, sizeof p->reread) : code;
    if (p->reread[0] != '\0') {
        p->run.own_source = p->reread;
    }
    if (code < 0 && p->signals) {
        code = sf_run_open_store(&p->run, l);
        code = code >= 0 ? code : sf_run_open(&p->run);
    }
    /* A check of the settings ends with 0 and goes on to the next path. */
    if (code <= 0 && p->reddit) {
        code = sf_legacy_open(&p->legacy, &p->run, l, p->worker.observed_ms);
    }
    return code;
}

/* The one that is not on a thread of its own ends first or last; the exit code is that of the one that failed. */
static int run_paths(paths *p)
{
    int code = p->reddit && p->signals ? sf_legacy_start(&p->legacy) : -1;
    if (code >= 0) {
        return code;
    }
    code = p->signals ? sf_run_loop(&p->run, also, &p->worker) : sf_legacy_run(&p->legacy);
    int other = p->reddit && p->signals ? sf_legacy_join(&p->legacy) : 0;
    return code != 0 ? code : other;
}

int main(int argc, char **argv)
{
    static paths p; /* {0} */
    int code = sf_run_settings(&p.run, &tool, argc, argv);
    code = code >= 0 ? code : migrate(&p.run);
    code = code >= 0 ? code : choose(&p);
    code = code >= 0 ? code : open_paths(&p);
    code = code >= 0 ? code : run_paths(&p);
    sf_legacy_close(&p.legacy);
    sf_worker_close(&p.worker);
    sf_run_close(&p.run);
    sf_lexicon_free(p.own);
    return code;
}
