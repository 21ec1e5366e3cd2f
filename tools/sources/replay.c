/* SPDX-License-Identifier: MIT */
/* replay:FILE[.gz]: recorded posts, trajectories and signals, or raw API answers (?platform=), in order of observation time
 * over all files, at full speed or paced; and replay:FOLDER, replay:s3://..., what sf-archive wrote. docs/replay.md is its manual. */
#include <stdlib.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/plug.h"
#include "replay.h"

typedef struct replay {
    sf_source base;
    sf_replay_index index;
    int ready;          /* the index is made */
    size_t at;          /* the next moment */
    double speed;       /* recorded seconds a second; 0: as fast as it goes */
    int64_t started_ms; /* steady clock at the first moment; 0: not yet */
} replay;

static int join(sf_source *source, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const known[] = {"platform", NULL};
    replay *r = (replay *)source;
    char name[32];
    const char *path = sf_place_is_s3(url->rest) ? url->rest : sf_url_path(url);
    struct stat st;
    if (path != NULL && (sf_place_is_s3(path) || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))) {
        sf_place *place = NULL;
        int opened = sf_place_open(&place, path, url, settings, err);
        return opened == SF_OK ? sf_replay_index_archive(&r->index, place, err) : opened;
    }
    int status = sf_url_file(url, known, &path, err);
    if (status != SF_OK) {
        return status;
    }
    const char *platform = sf_url_query(url, "platform", name, sizeof name);
    int32_t p = platform != NULL ? sf_platform_from_name(sf_cstr(platform)) : SF_PLATFORM_UNKNOWN;
    if (platform != NULL && p == SF_PLATFORM_UNKNOWN) {
        return sf_fail(err, SF_EINVAL, "%s: unknown platform", platform);
    }
    return sf_replay_index_file(&r->index, path, p, err);
}

static void close_replay(sf_source *source)
{
    replay *r = (replay *)source;
    sf_replay_index_free(&r->index);
    free(r);
}

static int open_replay(sf_source **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    replay *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return SF_ENOMEM;
    }
    r->speed = sf_settings_number(settings, "speed");
    r->index.read_ms = sf_settings_time(settings, "observed-at");
    r->index.run_ms = r->index.read_ms != SF_NO_TIME ? r->index.read_ms : sf_clock_ms();
    r->index.shift_to = sf_settings_time(settings, "shift-to");
    int status = join(&r->base, url, settings, err);
    if (status != SF_OK) {
        close_replay(&r->base);
        return status;
    }
    *out = &r->base;
    return SF_OK;
}

static int make(replay *r, sf_error *err)
{
    int status = sf_replay_index_make(&r->index, err);
    if (status != SF_OK) {
        return status;
    }
    r->ready = 1;
    if (r->index.skipped > 0) {
        sf_log(SF_LOG_INFO, "replay: %llu entries of API answers are no posts, skipped",
               (unsigned long long)r->index.skipped);
    }
    if (r->index.joined > 0) {
        sf_log(SF_LOG_DEBUG, "replay: %llu posts stand in trajectories too and come once",
               (unsigned long long)r->index.joined);
    }
    return SF_OK;
}

/* Milliseconds until the next moment is due. What has no place in time is due at once. */
static int64_t wait_for(replay *r)
{
    const sf_replay_moment *m = r->index.moments;
    size_t first = 0;
    if (r->speed <= 0 || m[r->at].ms == INT64_MIN) {
        return 0;
    }
    while (m[first].ms == INT64_MIN) {
        first++;
    }
    if (r->started_ms == 0) {
        r->started_ms = sf_clock_steady_ms();
    }
    double passed = (double)(sf_clock_steady_ms() - r->started_ms);
    double due = (double)(m[r->at].ms - m[first].ms) / r->speed;
    return due > passed ? (int64_t)(due - passed) + 1 : 0;
}

static int64_t read_replay(sf_source *source, sf_records *b, size_t most, int timeout_ms, sf_error *err)
{
    replay *r = (replay *)source;
    int status = r->ready ? SF_OK : make(r, err);
    if (status != SF_OK) {
        return status;
    }
    if (r->at == r->index.n_moments) {
        return SF_EEND;
    }
    int64_t wait = wait_for(r), added = 0;
    if (wait > 0) {
        sf_sleep_ms(wait < timeout_ms ? wait : timeout_ms);
    }
    size_t bytes = 0;
    while (r->at < r->index.n_moments && (size_t)added < most && bytes < SF_BATCH_BYTES && wait_for(r) == 0) {
        status = sf_replay_record(&r->index, r->at, b);
        if (status != SF_OK) {
            return sf_fail(err, status, "replay: %s", sf_strerror(status));
        }
        bytes += b->v[b->n - 1].raw.len;
        r->at++;
        added++;
    }
    b->position = r->at;
    return added;
}

const sf_source_ops sf_replay_source = {
    .scheme = "replay",
    .summary = "replay:FILE[.gz][?platform=NAME]  recorded posts, trajectories, signals or API answers, by time; or "
               "replay:FOLDER, replay:s3://BUCKET/PREFIX?region=NAME, what sf-archive wrote",
    .open = open_replay,
    .join = join,
    .read = read_replay,
    .close = close_replay,
};
