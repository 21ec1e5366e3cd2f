/* SPDX-License-Identifier: MIT */
/* sf-aggregate: from the posts of a store to its topics, events and trends; and what is too old goes. */
#include <stdlib.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/metrics.h"
#include "common/own_lexicon.h"
#include "cycle.h"
#include "fit.h"
#include "leads.h"
#include "plugs.h"
#include "replica.h"
#include "retain.h"
#include "run.h"
#include "trends.h"

#define RETAIN_EVERY_MS 600000  /* looking for what is old takes longer than a cycle */
#define LEADS_EVERY_MS  3600000 /* 4 weeks hardly look otherwise a minute later */

static const sf_option options[] = {
    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "The store to work on: sqlite:FILE or postgresql://HOST/DATABASE."},
    {"read-store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "A replica of the store: how far it is behind is told by --metrics."},
    {"once", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, "Runs one cycle and exits."},
    {"every", "TIME", SF_OPTION_DURATION, "60s", 100, 86400000, NULL, "Without --once: a cycle begins so often."},
    {"retention", "AGE", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "Removes posts that were created longer ago, with their history and the figures of their windows: 90d, or for one "
     "platform youtube=30d. Several may stand with commas between them. Without it nothing is removed."},
    {"max-size", "SIZE", SF_OPTION_SIZE, "0", 0, 1e15, NULL,
     "Removes the oldest posts until the store takes no more room than that; 0: no bound."},
    {"as-of", "TIME", SF_OPTION_TIME, NULL, 0, 0, NULL,
     "The time that ages of --retention count from, and that trends are told of. Default: the clock's for ages, the "
     "newest observation's for trends."},
    {"fit-baselines", "FILE", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Writes the platforms' baselines as the last 7 days have them to FILE (- is stdout), for --lexicon "
     "baselines=FILE, and exits."},
    {"lexicon", "KIND=FILE", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "Lays a table over the built-in lexicon; of its kinds only baselines matters here."},
    {"metrics", "HOST:PORT", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Answers there /metrics (for Prometheus), /ready and /health; :PORT is on loopback."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

static const sf_tool tool = {
    .name = "sf-aggregate",
    .summary = "keeps topics, events and trends of a store up to date",
    .usage = "--store URL [--once | --every TIME]",
    .description =
        "Works out topic_timeseries, cross_platform_events and topic_trends anew wherever posts have changed since it "
        "last did, whatever the order they came in. Several on one store take turns.\n\n"
        "--dry-run says how much there is to do, and changes nothing.",
    .examples = "sf-aggregate --store sqlite:signals.db --once\n"
                "sf-aggregate --store sqlite:signals.db --every 60s --retention 7d --max-size 5G\n"
                "sf-aggregate --store sqlite:signals.db --once --retention 90d,youtube=30d",
    .options = options,
};

typedef struct job {
    sf_settings *settings;
    sf_lexicon *own; /* NULL: the built-in lexicon */
    sf_store *store;
    sf_kept *kept;
    sf_cycle *cycle;
    sf_retention keep;
    sf_replica replica;
    uint64_t left;       /* marks that the last cycle left to the next */
    int64_t retained_ms; /* when retention last ran, by the steady clock; 0: not yet */
    int64_t led_ms;      /* likewise leads */
} job;

/* ---- one pass ----------------------------------------------------------------------------------------------------- */

static void tell(const sf_cycle_counts *n, int64_t took_ms)
{
    sf_metric_add(SF_METRIC_CYCLES, 1);
    sf_metric_observe(SF_METRIC_CYCLE_SECONDS, (double)took_ms / 1000);
    sf_metric_add(SF_METRIC_CYCLE_WINDOWS, (double)n->windows);
    sf_metric_set(SF_METRIC_CYCLE_ENDED, (double)sf_clock_ms() / 1000);
}

static int aggregate(job *j, sf_error *err)
{
    sf_cycle_counts n;
    uint64_t topics = 0;
    int64_t started = sf_clock_steady_ms();
    int r = sf_cycle_run(j->cycle, &n, err);
    if (r == SF_OK && !sf_stop_asked()) {
        r = sf_update_trends(j->store, j->kept, sf_settings_time(j->settings, "as-of"), n.buckets > 0, &topics, err);
    }
    if (r == SF_OK) {
        int64_t took = sf_clock_steady_ms() - started;
        j->left = n.left;
        tell(&n, took);
        sf_log(SF_LOG_INFO,
               "%llu windows (%llu again for earlier ones), %llu buckets, %llu events, %llu trends changed, %lld ms%s",
               (unsigned long long)n.windows, (unsigned long long)n.later, (unsigned long long)n.buckets,
               (unsigned long long)n.events, (unsigned long long)topics, (long long)took,
               n.left > 0 ? "; more to do" : "");
    }
    return r;
}

static int lead(job *j, sf_error *err)
{
    int64_t now = sf_clock_steady_ms();
    if (j->led_ms != 0 && now - j->led_ms < LEADS_EVERY_MS) {
        return SF_OK;
    }
    int r = sf_update_leads(j->store, sf_settings_time(j->settings, "as-of"), err);
    if (r == SF_OK) {
        j->led_ms = now;
    }
    return r;
}

static int retain(job *j, sf_error *err)
{
    uint64_t removed;
    int64_t now = sf_clock_steady_ms(), as_of = sf_settings_time(j->settings, "as-of");
    if (!sf_retention_asked(&j->keep) || (j->retained_ms != 0 && now - j->retained_ms < RETAIN_EVERY_MS)) {
        return SF_OK;
    }
    int r = sf_retain(j->store, j->kept, &j->keep, as_of != SF_NO_TIME ? as_of : sf_clock_ms(), &removed, err);
    if (r == SF_OK) {
        j->retained_ms = now;
        sf_log(SF_LOG_INFO, "retention: %llu posts removed, %lld ms", (unsigned long long)removed,
               (long long)(sf_clock_steady_ms() - now));
    }
    return r;
}

static int pass(job *j, sf_error *err)
{
    const sf_aggregate_ops *ask = j->store->ops->aggregate;
    int r = ask->lock(j->store, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_kept_settle(j->kept, err);
    r = r == SF_OK ? aggregate(j, err) : r;
    r = r == SF_OK && !sf_stop_asked() ? ask->refresh_views(j->store, err) : r;
    r = r == SF_OK && !sf_stop_asked() ? lead(j, err) : r;
    r = r == SF_OK && !sf_stop_asked() ? retain(j, err) : r;
    ask->unlock(j->store);
    return r;
}

/* Passes until one is enough, a stop is asked for, or something fails for good. A store that is away or busy is tried again; one that is left work in
 * is gone on with at once. */
static int run(job *j, sf_error *err)
{
    int once = sf_settings_flag(j->settings, "once");
    int64_t every = sf_settings_integer(j->settings, "every");
    sf_backoff wait = {.first_ms = 100, .most_ms = 10000};
    while (!sf_stop_asked()) {
        int64_t started = sf_clock_steady_ms();
        sf_replica_look(&j->replica, j->store);
        int r = pass(j, err);
        sf_metrics_not_ready(j, r == SF_OK ? NULL : err->message);
        if (r == SF_EAGAIN) {
            sf_metric_add(SF_METRIC_RETRIES, 1);
            sf_log(SF_LOG_WARN, "%s; trying again", err->message);
            sf_pause(sf_backoff_next(&wait));
            continue;
        }
        if (r != SF_OK || (once && j->left == 0)) {
            return r;
        }
        wait.tries = 0;
        sf_pause(j->left > 0 ? 0 : started + every - sf_clock_steady_ms());
    }
    return SF_OK;
}

/* ---- what would be done ------------------------------------------------------------------------------------------- */

typedef struct tally {
    uint64_t windows;
    int64_t last_ms;
} tally;

static int count_window(void *payload, sf_mark m)
{
    tally *t = payload;
    t->windows += t->windows == 0 || m.start_ms != t->last_ms;
    t->last_ms = m.start_ms;
    return SF_OK;
}

static int say_what_is_to_do(job *j, sf_error *err)
{
    tally t = {0};
    sf_extent is;
    int r = j->store->ops->aggregate->read_marks(j->store, count_window, &t, err);
    r = r == SF_OK ? j->store->ops->aggregate->measure(j->store, &is, err) : r;
    if (r == SF_OK) {
        sf_log(SF_LOG_INFO, "%llu windows to be worked out; %lld posts, %lld bytes", (unsigned long long)t.windows,
               (long long)is.posts, (long long)is.bytes);
    }
    return r;
}

/* ---- main --------------------------------------------------------------------------------------------------------- */

static int open_store(job *j, sf_error *err)
{
    const sf_lexicon *l = j->own != NULL ? j->own : sf_lexicon_builtin();
    int reads = sf_settings_flag(j->settings, "dry-run") || sf_settings_text(j->settings, "fit-baselines") != NULL;
    sf_store_use use = reads ? SF_STORE_READ : SF_STORE_WRITE;
    sf_backoff wait = {.first_ms = 100, .most_ms = 10000};
    int r;
    while ((r = sf_store_open(&j->store, sf_stores, sf_settings_text(j->settings, "store"), use, l, err)) ==
               SF_EAGAIN &&
           !sf_stop_asked()) {
        sf_metrics_not_ready(j, err->message);
        sf_log(SF_LOG_WARN, "%s; trying again", err->message);
        sf_pause(sf_backoff_next(&wait));
    }
    sf_metrics_not_ready(j, NULL);
    j->replica.lexicon = l;
    if (r == SF_OK && sf_kept_new(&j->kept, j->store, !sf_settings_flag(j->settings, "once")) != SF_OK) {
        r = sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    return r == SF_OK ? sf_cycle_new(&j->cycle, j->store, j->kept, l, err) : r;
}

static int check(job *j, sf_error *err)
{
    const char *const *texts, *url = sf_settings_text(j->settings, "store");
    size_t n = sf_settings_list(j->settings, "retention", &texts);
    if (url == NULL || sf_settings_count(j->settings) > 0) {
        return sf_fail(err, SF_EINVAL,
                       url == NULL ? "--store is missing: which one?"
                                   : "\"%.60s\": there are no arguments, only options",
                       url == NULL ? "" : sf_settings_argument(j->settings, 0));
    }
    int r = sf_retention_read(&j->keep, texts, n, err);
    j->keep.most_bytes = sf_settings_integer(j->settings, "max-size");
    r = r == SF_OK ? sf_store_check(sf_stores, url, err) : r;
    j->replica.url = sf_settings_text(j->settings, "read-store");
    r = r == SF_OK && j->replica.url != NULL ? sf_store_check(sf_stores, j->replica.url, err) : r;
    return r == SF_OK ? sf_own_lexicon(&j->own, j->settings, err) : r;
}

static int work(job *j, sf_error *err)
{
    int r = check(j, err);
    if (r != SF_OK || sf_settings_flag(j->settings, "check-config")) {
        return r;
    }
    sf_stop_on_signals();
    const char *metrics = sf_settings_text(j->settings, "metrics");
    r = metrics != NULL ? sf_metrics_listen(metrics, err) : SF_OK;
    r = r == SF_OK ? open_store(j, err) : r;
    if (r != SF_OK) {
        return sf_stop_asked() ? SF_OK : r;
    }
    const char *baselines = sf_settings_text(j->settings, "fit-baselines");
    if (baselines != NULL) {
        const sf_lexicon *l = j->own != NULL ? j->own : sf_lexicon_builtin();
        return sf_fit_baselines(j->store, l, sf_settings_time(j->settings, "as-of"), baselines, err);
    }
    return sf_settings_flag(j->settings, "dry-run") ? say_what_is_to_do(j, err) : run(j, err);
}

int main(int argc, char **argv)
{
    sf_run settings;
    job j = {0};
    int code = sf_run_settings(&settings, &tool, argc, argv);
    if (code < 0) {
        sf_error err = {0};
        j.settings = settings.settings;
        err.status = work(&j, &err);
        code = err.status != SF_OK ? sf_run_failed(&err) : 0;
    }
    sf_cycle_free(j.cycle);
    sf_kept_free(j.kept);
    sf_replica_close(&j.replica);
    sf_store_close(j.store);
    sf_lexicon_free(j.own);
    sf_run_close(&settings);
    return code;
}
