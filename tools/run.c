/* SPDX-License-Identifier: MIT */
/* What the tools' main functions share. */
#include "run.h"

#include <stdlib.h>

#include "common/backoff.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/metrics.h"
#include "plugs.h"

/* Opens a source, unless one that is open takes this URL in too. */
static int open_source(sf_run *r, const char *url, sf_error *err)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < r->loop.n_sources; i++) {
        status = sf_source_join(r->sources[i], url, r->settings, err);
    }
    if (status != 0) {
        return status < 0 ? status : SF_OK;
    }
    sf_source **s = &r->sources[r->loop.n_sources];
    status = sf_source_open(s, sf_sources, url, r->settings, err);
    if (status == SF_OK) {
        r->loop.n_sources++;
        /* Stopping helps where the source stays where it is; a pipe's records would be lost, a file's bad lines come again. */
        r->loop.brake = (*s)->ops->commit != NULL ? SF_BRAKE : r->loop.brake;
    }
    return status;
}

/* Opens the store, however long its server takes to be there; a stop ends the waiting. */
static int open_store(sf_store **out, const char *url, sf_store_use use, const sf_lexicon *lexicon, sf_error *err)
{
    sf_backoff wait = {.first_ms = 100, .most_ms = 10000};
    int status;
    sf_stop_on_signals();
    while ((status = sf_store_open(out, sf_stores, url, use, lexicon, err)) == SF_EAGAIN && !sf_stop_asked()) {
        sf_log(SF_LOG_WARN, "%s; trying again", err->message);
        sf_pause(sf_backoff_next(&wait));
    }
    return status;
}

static int stores(const sf_settings *s)
{
    return sf_settings_knows(s, "store") && sf_settings_text(s, "store") != NULL;
}

/* A source that keeps its place in the store too asks it through a handle of its own, since it has a thread of its own. */
static int lend_store(sf_run *r, sf_source *s, size_t i, sf_error *err)
{
    if (r->store == NULL || s->ops->use_store == NULL) {
        return SF_OK;
    }
    int status =
        open_store(&r->offsets[i], sf_settings_text(r->settings, "store"), SF_STORE_READ, sf_lexicon_builtin(), err);
    if (status == SF_OK) {
        s->ops->use_store(s, r->offsets[i]);
    }
    return status;
}

/* The sources that this run is asked to read: the command line's, else those of --source. */
static size_t sources_asked_for(const sf_run *r)
{
    const char *const *urls;
    size_t n = sf_settings_count(r->settings);
    return r->name != NULL ? 0 : n > 0 ? n : sf_settings_list(r->settings, "source", &urls);
}

static const char *source_asked_for(const sf_run *r, size_t i)
{
    const char *const *urls, *argument = sf_settings_argument(r->settings, i);
    (void)sf_settings_list(r->settings, "source", &urls);
    return argument != NULL ? argument : urls[i];
}

/* Says where in the config file the source stands that could not be had. */
static int name_place(const sf_run *r, size_t i, int status, sf_error *err)
{
    char place[80];
    if (status != SF_OK && status != SF_EAGAIN && sf_settings_count(r->settings) == 0) {
        sf_error told = *err;
        (void)sf_fail(err, status, "%s%s", sf_settings_place(r->settings, "source", i, place, sizeof place),
                      told.message);
    }
    return status;
}

static int open_sources(sf_run *r, sf_error *err)
{
    size_t n = sources_asked_for(r);
    r->sources = calloc(n + 2, sizeof *r->sources);
    r->offsets = calloc(n + 2, sizeof *r->offsets);
    if (r->sources == NULL || r->offsets == NULL) {
        return SF_ENOMEM;
    }
    r->loop.sources = r->sources;
    int status = SF_OK;
    if (n == 0 || r->own_source != NULL) {
        status = open_source(r, r->own_source != NULL ? r->own_source : "-", err);
    }
    for (size_t i = 0; status == SF_OK && i < n; i++) {
        status = name_place(r, i, open_source(r, source_asked_for(r, i), err), err);
    }
    for (size_t i = 0; status == SF_OK && i < r->loop.n_sources; i++) {
        status = lend_store(r, r->sources[i], i, err);
    }
    return status;
}

/* The sinks that are asked for: --to, and stdout where nothing is and there is no store. */
static size_t sinks_asked_for(const sf_run *r, const char *const **urls)
{
    static const char *const standard[] = {"-"};
    size_t n = r->name == NULL ? sf_settings_list(r->settings, "to", urls) : 0;
    if (n == 0 && !stores(r->settings)) {
        *urls = standard;
        n = 1;
    }
    return n;
}

/* Where signals are published, best effort: --publish. */
static size_t publishers(const sf_run *r, const char *const **urls)
{
    return sf_settings_knows(r->settings, "publish") ? sf_settings_list(r->settings, "publish", urls) : 0;
}

/* What sinks are opened through. */
static const sf_sink_ops *const *sink_table(const sf_run *r)
{
    return r->sink_table != NULL ? r->sink_table : sf_sinks;
}

/* A tool with a table of its own has one sink, and that is no pipe. */
static int check_count(const sf_run *r, sf_error *err)
{
    const char *const *urls;
    return r->sink_table == NULL || sf_settings_list(r->settings, "to", &urls) == 1
               ? SF_OK
               : sf_fail(err, SF_EINVAL, "--to says where, once: a folder, or s3://BUCKET/PREFIX?region=NAME");
}

static int check_all(const sf_sink_ops *const *table, const char *const *urls, size_t n, sf_error *err)
{
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < n; i++) {
        status = sf_sink_check(table, urls[i], err);
    }
    return status;
}

/* Could the sinks be opened, as far as their URLs say? */
static int check_sinks(const sf_run *r, sf_error *err)
{
    const char *const *urls;
    const char *letters = sf_settings_text(r->settings, "dlq");
    size_t n = sinks_asked_for(r, &urls);
    int status = check_count(r, err);
    status = status == SF_OK ? check_all(sink_table(r), urls, n, err) : status;
    if (status == SF_OK) {
        n = publishers(r, &urls);
        status = check_all(sf_sinks, urls, n, err);
    }
    return status == SF_OK && letters != NULL ? sf_sink_check(sf_dead_letter_sinks, letters, err) : status;
}

/* Where dead letters go: --dlq, or what the first source that has a place for them says. NULL: nowhere. */
static const char *letters_url(const sf_run *r, char *buf, size_t cap)
{
    const char *url = sf_settings_text(r->settings, "dlq");
    for (size_t i = 0; url == NULL && i < r->loop.n_sources; i++) {
        const sf_source *s = r->sources[i];
        url = s->ops->dead_letters != NULL ? s->ops->dead_letters(s, buf, cap) : NULL;
    }
    return url;
}

static int open_all(sf_run *r, const sf_sink_ops *const *table, const char *const *urls, size_t n, sf_error *err)
{
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < n; i++) {
        status = sf_sink_open(&r->sinks[r->loop.n_sinks], table, urls[i], r->settings, err);
        r->loop.n_sinks += status == SF_OK;
    }
    return status;
}

static int open_sinks(sf_run *r, sf_error *err)
{
    const char *const *urls, *const *published;
    size_t n = sinks_asked_for(r, &urls), n_published = publishers(r, &published);
    char own[1024];
    const char *letters = letters_url(r, own, sizeof own);
    if (r->loop.dry_run) { /* to open a file is to make it, or to empty it */
        return check_sinks(r, err);
    }
    r->sinks = calloc(n + n_published + 2, sizeof *r->sinks);
    if (r->sinks == NULL) {
        return SF_ENOMEM;
    }
    r->loop.sinks = r->sinks;
    if (r->store != NULL) {
        r->sinks[r->loop.n_sinks++] = &r->store->sink; /* first: it tells the others what it made of a record */
    }
    int status = check_count(r, err);
    status = status == SF_OK ? open_all(r, sink_table(r), urls, n, err) : status;
    status = status == SF_OK ? open_all(r, sf_sinks, published, n_published, err) : status;
    if (status == SF_OK && letters != NULL) {
        status = sf_sink_open(&r->dead, sf_dead_letter_sinks, letters, r->settings, err);
        r->loop.dead = r->dead;
    }
    return status;
}

int sf_run_open_store(sf_run *r, const sf_lexicon *lexicon)
{
    sf_error err = {0};
    const char *url = sf_settings_text(r->settings, "store");
    if (url == NULL) {
        return -1;
    }
    if (sf_settings_flag(r->settings, "check-config") || sf_settings_flag(r->settings, "dry-run")) {
        err.status = sf_store_check(sf_stores, url, &err);
    } else {
        err.status = open_store(&r->store, url, r->use, lexicon, &err);
    }
    return err.status != SF_OK ? sf_run_failed(&err) : -1;
}

/* Could all of it be opened, as far as the URLs and settings say? */
static int check(const sf_run *r, sf_error *err)
{
    int status = r->own_source != NULL ? sf_source_check(sf_sources, r->own_source, r->settings, err) : SF_OK;
    for (size_t i = 0; status == SF_OK && i < sources_asked_for(r); i++) {
        status = name_place(r, i, sf_source_check(sf_sources, source_asked_for(r, i), r->settings, err), err);
    }
    return status == SF_OK ? check_sinks(r, err) : status;
}

static void show_progress(void *payload, const sf_loop_counts *counts)
{
    const sf_run *r = payload;
    double seconds = (double)(sf_clock_steady_ms() - r->started_ms + 1) / 1000;
    uint64_t done = counts->written + counts->rejected;
    sf_log_progress("%llu records, %.0f a second", (unsigned long long)done, (double)done / seconds);
}

int sf_run_open(sf_run *r)
{
    sf_error err = {0};
    if (sf_settings_flag(r->settings, "check-config")) {
        err.status = check(r, &err);
        return err.status != SF_OK ? sf_run_failed(&err) : 0;
    }
    r->started_ms = sf_clock_steady_ms();
    r->loop.limit = (uint64_t)sf_settings_integer(r->settings, "limit");
    r->loop.batch_records = (size_t)sf_settings_integer(r->settings, "batch-size");
    r->loop.dry_run = sf_settings_flag(r->settings, "dry-run");
    r->loop.progress = r->name == NULL ? show_progress : NULL;
    r->loop.progress_payload = r;
    sf_stop_on_signals();
    if (r->name == NULL && sf_settings_text(r->settings, "metrics") != NULL) {
        err.status = sf_metrics_listen(sf_settings_text(r->settings, "metrics"), &err);
    }
    err.status = err.status != SF_OK ? err.status : open_sources(r, &err);
    err.status = err.status != SF_OK ? err.status : open_sinks(r, &err);
    return err.status != SF_OK ? sf_run_failed(&err) : -1;
}

/* At once when the loop has ended: a member of a group that nobody polls any more would hold up all others. */
static void close_sources(sf_run *r)
{
    for (size_t i = 0; i < r->loop.n_sources; i++) {
        sf_source_close(r->sources[i]);
        r->sources[i] = NULL;
    }
}

/* A dry run asks nothing of a platform: it says what it would ask. 1 if there was something to say. */
static int tell_plans(const sf_run *r)
{
    int told = 0;
    for (size_t i = 0; r->loop.dry_run && i < r->loop.n_sources; i++) {
        const sf_source *s = r->sources[i];
        if (s->ops->plan != NULL) {
            s->ops->plan(s, stdout);
            told = 1;
        }
    }
    return told;
}

int sf_run_loop(sf_run *r, const char *(*also)(void *payload), void *payload)
{
    sf_error err = {0};
    sf_loop_counts counts = {0};
    if (tell_plans(r)) {
        return 0;
    }
    int status = sf_loop_run(&r->loop, &counts, &err);
    int64_t ms = sf_clock_steady_ms() - r->started_ms;
    close_sources(r);
    sf_log_progress_end();
    if (status != SF_OK) {
        err.status = status;
        sf_run_failed(&err);
        sf_metrics_not_ready(r, err.message[0] != '\0' ? err.message : sf_strerror(status)); /* others may go on */
    }
    sf_log(SF_LOG_INFO, "%s%s%llu read, %llu %s, %llu rejected%s in %lld.%03lld s", r->name != NULL ? r->name : "",
           r->name != NULL ? ": " : "", (unsigned long long)counts.read, (unsigned long long)counts.written,
           r->loop.dry_run ? "to be written" : "written", (unsigned long long)counts.rejected,
           also != NULL ? also(payload) : "", (long long)(ms / 1000), (long long)(ms % 1000));
    return status == SF_OK ? 0 : 1;
}

void sf_run_close(sf_run *r)
{
    if (r->name == NULL) {
        sf_metrics_close();
    }
    close_sources(r);
    if (r->loop.n_sinks == 0) {
        sf_store_close(r->store); /* it never got among the sinks */
    }
    for (size_t i = 0; i < r->loop.n_sinks; i++) {
        sf_sink_close(r->sinks[i]);
    }
    sf_sink_close(r->dead);
    for (size_t i = 0; r->offsets != NULL && i < r->loop.n_sources; i++) {
        sf_store_close(r->offsets[i]);
    }
    free((void *)r->offsets);
    free((void *)r->sources);
    free((void *)r->sinks);
    if (r->name == NULL) {
        sf_settings_free(r->settings);
    }
}
