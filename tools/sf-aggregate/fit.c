/* SPDX-License-Identifier: MIT */
/* Histories, folded as writers fold them, into the library's sf_fit; and what comes out into a file. */
#include "fit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/fail.h"
#include "common/log.h"

#define SPAN_MS INT64_C(604800000) /* 7 days */

static const char head[] =
    "# Baselines, fitted by sf-aggregate. Columns: platform, v0 (points/s), s50 (points), half life (s), "
    "rising_at (multiple of v0).\n";

/* The post whose looks come by. */
typedef struct fitting {
    sf_fit *fit;
    const sf_lexicon *lexicon;
    int64_t since_ms;
    char id[SF_MAX_ID + 1];
    int32_t platform;
    sf_baseline base;
    sf_trend trend;
    double score;
} fitting;

static void begin_post(fitting *f, const sf_signal *s)
{
    size_t len = s->source_id.len < SF_MAX_ID ? s->source_id.len : SF_MAX_ID;
    memcpy(f->id, s->source_id.ptr, len);
    f->id[len] = '\0';
    f->platform = s->platform;
    f->base = sf_lexicon_baseline(f->lexicon, s->platform);
    f->trend = (sf_trend){0};
    f->score = NAN;
}

/* The last score counts once a post. */
static void end_post(fitting *f)
{
    if (f->platform != SF_PLATFORM_UNKNOWN) {
        (void)sf_fit_score(f->fit, f->platform, f->score);
    }
}

static int take_look(void *payload, const sf_signal *s, int64_t first_seen_ms)
{
    fitting *f = payload;
    if (s->platform != f->platform || strcmp(f->id, s->source_id.ptr) != 0) {
        end_post(f);
        begin_post(f, s);
    }
    if (isnan(s->raw_score)) {
        return SF_OK;
    }
    double rate = sf_trend_observe(&f->trend, &f->base, s->raw_score, s->observed_ms, s->ts_ms);
    f->score = s->raw_score;
    if (s->observed_ms >= f->since_ms) {
        (void)sf_fit_rate(f->fit, f->platform, rate,
                          s->observed_ms - (s->ts_ms != SF_NO_TIME ? s->ts_ms : first_seen_ms));
    }
    return SF_OK;
}

/* ---- out ---------------------------------------------------------------------------------------------------------- */

static int write_rows(FILE *to, const fitting *f)
{
    char row[256];
    fputs(head, to);
    for (int32_t p = SF_PLATFORM_UNKNOWN; p < SF_PLATFORM_COUNT; p++) {
        sf_baseline base = sf_lexicon_baseline(f->lexicon, p);
        int fitted = p != SF_PLATFORM_UNKNOWN ? sf_fit_baseline(f->fit, p, &base, &base) : 0;
        if (sf_baseline_row(p, &base, row, sizeof row) >= (int64_t)sizeof row) {
            return SF_EIO;
        }
        fprintf(to, "%s\n", row);
        if (p != SF_PLATFORM_UNKNOWN) {
            sf_log(SF_LOG_INFO, "%s: %s", sf_platform_name(p),
                   fitted == 3   ? "fitted"
                   : fitted == 1 ? "rates fitted, too few posts for scores"
                   : fitted == 2 ? "scores fitted, too few looks for rates"
                                 : "too little seen, left as it was");
        }
    }
    return ferror(to) ? SF_EIO : SF_OK;
}

static int write_file(const fitting *f, const char *path, sf_error *err)
{
    char part[4096];
    int to_stdout = strcmp(path, "-") == 0, n = snprintf(part, sizeof part, "%s.part", path);
    if (n < 0 || (size_t)n >= sizeof part) {
        return sf_fail(err, SF_EINVAL, "--fit-baselines: the path is too long");
    }
    FILE *to = to_stdout ? stdout : fopen(part, "w");
    if (to == NULL) {
        return sf_fail_errno(err, part);
    }
    int r = write_rows(to, f);
    r = (to_stdout ? fflush(to) : fclose(to)) == 0 ? r : SF_EIO;
    if (r == SF_OK && !to_stdout && rename(part, path) != 0) {
        return sf_fail_errno(err, path);
    }
    return r == SF_OK ? r : sf_fail_errno(err, to_stdout ? "stdout" : part);
}

int sf_fit_baselines(sf_store *store, const sf_lexicon *l, int64_t as_of_ms, const char *path, sf_error *err)
{
    const sf_aggregate_ops *ask = store->ops->aggregate;
    fitting f = {.lexicon = l, .platform = SF_PLATFORM_UNKNOWN};
    sf_span reach[SF_PLATFORM_COUNT];
    int r = as_of_ms == SF_NO_TIME ? ask->read_reach(store, reach, err) : SF_OK;
    as_of_ms = r == SF_OK && as_of_ms == SF_NO_TIME ? reach[SF_PLATFORM_UNKNOWN].to_ms : as_of_ms;
    if (r == SF_OK && as_of_ms == SF_NO_TIME) {
        return sf_fail(err, SF_EINVAL, "--fit-baselines: the store is empty");
    }
    if (r == SF_OK && sf_fit_new(&f.fit) != SF_OK) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    f.since_ms = as_of_ms - SPAN_MS;
    r = r == SF_OK ? ask->read_histories(store, f.since_ms, as_of_ms, take_look, &f, err) : r;
    end_post(&f);
    r = r == SF_OK ? write_file(&f, path, err) : r;
    sf_fit_free(f.fit);
    return r;
}
