/* SPDX-License-Identifier: MIT */
/* Parquet files in a folder or a bucket: dt=DAY/platform=NAME/TOPIC-PARTITION-FIRST-LAST.parquet.
 *
 * Records are gathered in open files, one a partition, day of observation and platform, until it is time to roll: then all files
 * are ended and put where they belong, and only then may the source commit. So what is committed is what all the files of a
 * roll hold, and a process that dies leaves whole files or none.
 *
 * It may leave some files of a roll that was not committed. Their records come again, and may then fall into other files,
 * since where a roll ends depends on time. So before the first of them is put, each partition's plan is (plan.h); whoever
 * starts from the same offset reads it, and what it names and is not written anew is taken away once the new files are there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "archive/place.h"
#include "archive/plan.h"
#include "archive/rows.h"
#include "common/clock.h"
#include "common/fail.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/plug.h"

enum { FILES_MOST = 64, DAY = 11, NAME_MOST = 512, WAITING = 128 };

/* A stretch of a partition, from one commit to the next; partition -1: what came from no partition. */
typedef struct stretch {
    char *topic;
    int32_t partition;
    int64_t from, to;
    sf_buffer stale; /* names of files that someone left who began from here, one a line */
    int planned;
} stretch;

/* A file while it is gathered. */
typedef struct file {
    size_t stretch;
    const char *platform;
    char day[DAY];
    const sf_record *waiting[WAITING]; /* of the batch at hand: rows are cheaper many at a time */
    size_t n_waiting;
    sf_parquet_writer *writer;
    FILE *spool; /* what the writer gave; NULL: nothing yet */
    size_t spooled;
    int put;
} file;

typedef struct archive {
    sf_sink base;
    sf_place *place;
    sf_codec *codec;
    int raw;
    int64_t roll_ms, roll_bytes;
    char run[48];  /* names files of what comes from no partition */
    unsigned roll; /* the number of this roll */
    stretch *stretches;
    size_t n_stretches, last;
    file **files;
    size_t n_files;
    uint64_t taken;   /* number of the batch that is in the files */
    int64_t since_ms; /* steady clock, of the first record */
    int settle, rolling;
    size_t rows;
} archive;

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

static void close_file(file *f)
{
    sf_parquet_writer_free(f->writer);
    if (f->spool != NULL) {
        (void)fclose(f->spool);
    }
    free(f);
}

static void forget(sf_sink *base)
{
    archive *a = (archive *)base;
    for (size_t i = 0; i < a->n_files; i++) {
        close_file(a->files[i]);
    }
    for (size_t i = 0; i < a->n_stretches; i++) {
        sf_buffer_free(&a->stretches[i].stale);
        free(a->stretches[i].topic);
    }
    a->n_files = a->n_stretches = a->last = a->rows = 0;
    a->settle = a->rolling = 0;
    a->roll++;
    sf_metric_set(SF_METRIC_GATHERED, 0);
}

static void close_archive(sf_sink *base)
{
    archive *a = (archive *)base;
    forget(base);
    free((void *)a->files);
    free(a->stretches);
    sf_codec_free(a->codec);
    sf_place_close(a->place);
    free(a);
}

static int read_settings(archive *a, const sf_settings *s, sf_error *err)
{
    const char *codec = sf_settings_text(s, "codec");
    sf_codec_kind kind = strcmp(codec, "zstd") == 0     ? SF_CODEC_ZSTD
                         : strcmp(codec, "snappy") == 0 ? SF_CODEC_SNAPPY
                                                        : SF_CODEC_NONE;
    a->raw = sf_settings_flag(s, "raw");
    a->roll_ms = sf_settings_integer(s, "roll-every");
    a->roll_bytes = sf_settings_integer(s, "roll-size");
    (void)snprintf(a->run, sizeof a->run, "%013" PRId64 "-%ld", sf_clock_ms(), (long)getpid());
    int r = sf_codec_new(&a->codec, kind, (int)sf_settings_integer(s, "level"));
    return r == SF_OK ? SF_OK : sf_fail(err, r, "%s", sf_strerror(r));
}

static int open_place(archive *a, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    int r = sf_place_open_url(&a->place, url, settings, err);
    sf_error why = {.message = ""};
    r = r == SF_OK ? a->place->ops->check(a->place, &why) : r;
    if (r == SF_EAGAIN) {
        sf_log(SF_LOG_WARN, "%s; it will be tried again once there is something to put", why.message);
        return SF_OK;
    }
    if (r != SF_OK && why.message[0] != '\0') {
        *err = why;
    }
    return r;
}

static int open_archive(sf_sink **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    archive *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    int r = read_settings(a, settings, err);
    r = r == SF_OK ? open_place(a, url, settings, err) : r;
    if (r != SF_OK) {
        close_archive(&a->base);
        return r;
    }
    *out = &a->base;
    return SF_OK;
}

/* ---- stretches ---------------------------------------------------------------------------------------------------- */

static stretch *find_stretch(archive *a, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < a->n_stretches; i++) {
        size_t at = (a->last + i) % a->n_stretches;
        stretch *s = &a->stretches[at];
        if (s->partition == partition && (partition < 0 || strcmp(s->topic, topic) == 0)) {
            a->last = at;
            return s;
        }
    }
    return NULL;
}

static void plan_name(const stretch *s, char buf[NAME_MOST])
{
    (void)snprintf(buf, NAME_MOST, "_plans/%.250s-%" PRId32, s->topic, s->partition);
}

/* What did someone plan who began from the same offset? */
static int read_plan(archive *a, stretch *s, sf_error *err)
{
    char name[NAME_MOST];
    sf_mapped m;
    sf_str names = {"", 0};
    plan_name(s, name);
    int r = a->place->ops->get(a->place, name, &m, err);
    if (r != SF_OK) {
        return r == SF_EEND ? SF_OK : r;
    }
    if (sf_plan_read(m.bytes, &names) == s->from) {
        sf_buffer_put(&s->stale, names.ptr, names.len);
    }
    sf_mapped_close(&m);
    return s->stale.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : SF_OK;
}

static int add_stretch(archive *a, const char *topic, int32_t partition, int64_t from, sf_error *err)
{
    stretch *more = realloc(a->stretches, (a->n_stretches + 1) * sizeof *more);
    stretch s = {.topic = strdup(topic), .partition = partition, .from = from, .to = from};
    a->stretches = more != NULL ? more : a->stretches;
    int r = more != NULL && s.topic != NULL ? SF_OK : sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    r = r == SF_OK && partition >= 0 ? read_plan(a, &s, err) : r;
    if (r != SF_OK) {
        sf_buffer_free(&s.stale);
        free(s.topic);
        return r;
    }
    a->since_ms = a->n_stretches == 0 ? sf_clock_steady_ms() : a->since_ms;
    a->stretches[a->n_stretches++] = s;
    return SF_OK;
}

/* Where a partition's batch begins: where the group stood, or with its first record. */
static int64_t begins(const sf_records *b, const sf_advance *adv)
{
    for (size_t i = 0; i < b->n && adv->from < 0; i++) {
        if (b->v[i].at.partition == adv->partition && strcmp(b->v[i].at.origin, adv->topic) == 0) {
            return b->v[i].at.offset;
        }
    }
    return adv->from >= 0 ? adv->from : adv->next;
}

/* Sees to it that all of a batch has its stretch. Nothing of the batch is taken yet, so that it may fail. */
static int make_stretches(archive *a, const sf_records *b, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; i < b->n_advances && r == SF_OK; i++) {
        const sf_advance *adv = &b->advances[i];
        if (find_stretch(a, adv->topic, adv->partition) == NULL) {
            r = add_stretch(a, adv->topic, adv->partition, begins(b, adv), err);
        }
    }
    if (r == SF_OK && b->n_advances == 0 && find_stretch(a, "", -1) == NULL) {
        r = add_stretch(a, "", -1, 0, err);
    }
    return r;
}

/* ---- files -------------------------------------------------------------------------------------------------------- */

static int take_bytes(void *payload, sf_str bytes, sf_error *err)
{
    file *f = payload;
    int r = f->spool == NULL ? sf_temporary_file(&f->spool, err) : SF_OK;
    if (r == SF_OK && fwrite(bytes.ptr, 1, bytes.len, f->spool) != bytes.len) {
        r = sf_fail_errno(err, "temporary file");
    }
    f->spooled += bytes.len;
    return r;
}

/* The file of a stretch's records of a day and platform, opened where there is none. NULL: memory is scarce. */
static file *find_file(archive *a, size_t in, const char day[DAY], const char *platform)
{
    for (size_t i = a->n_files; i > 0; i--) {
        file *f = a->files[i - 1];
        if (f->stretch == in && f->platform == platform && strcmp(f->day, day) == 0) {
            return f;
        }
    }
    file **more = realloc((void *)a->files, (a->n_files + 1) * sizeof *more);
    file *f = calloc(1, sizeof *f);
    sf_archive_table t = sf_archive_table_of(a->raw);
    a->files = more != NULL ? more : a->files;
    if (more == NULL || f == NULL ||
        sf_parquet_writer_new(&f->writer, t.columns, t.n, a->codec, &(sf_parquet_output){take_bytes, f}) != SF_OK) {
        free(f);
        return NULL;
    }
    f->stretch = in;
    f->platform = platform;
    memcpy(f->day, day, DAY);
    a->files[a->n_files++] = f;
    return f;
}

static int put_waiting(const archive *a, file *f, sf_error *err)
{
    size_t n = f->n_waiting;
    f->n_waiting = 0;
    return n > 0 ? sf_archive_put(f->writer, f->waiting, n, a->raw, err) : SF_OK;
}

static int take_record(archive *a, const sf_record *r, sf_error *err)
{
    char time[25];
    const char *topic = r->at.partition >= 0 ? r->at.origin : "";
    const stretch *s = find_stretch(a, topic, r->at.partition >= 0 ? r->at.partition : -1);
    (void)sf_time_format(sf_archive_observed_ms(r, a->raw), time);
    time[DAY - 1] = '\0';
    file *f = s != NULL ? find_file(a, (size_t)(s - a->stretches), time, sf_archive_platform(r, a->raw)) : NULL;
    if (f == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    a->rows++;
    f->waiting[f->n_waiting++] = r;
    return f->n_waiting == WAITING ? put_waiting(a, f, err) : SF_OK;
}

static int write_batch(sf_sink *base, sf_records *b, sf_error *err)
{
    archive *a = (archive *)base;
    int r = b->number != a->taken ? make_stretches(a, b, err) : SF_OK;
    if (r != SF_OK || b->number == a->taken) {
        return r;
    }
    for (size_t i = 0; i < b->n && r == SF_OK; i++) {
        r = b->v[i].state != SF_RECORD_REJECTED ? take_record(a, &b->v[i], err) : SF_OK;
    }
    for (size_t i = 0; i < a->n_files; i++) { /* the records live no longer than the batch */
        r = r == SF_OK ? put_waiting(a, a->files[i], err) : r;
        a->files[i]->n_waiting = 0;
    }
    for (size_t i = 0; i < b->n_advances; i++) {
        find_stretch(a, b->advances[i].topic, b->advances[i].partition)->to = b->advances[i].next;
    }
    a->taken = b->number;
    sf_metric_set(SF_METRIC_GATHERED, (double)a->rows);
    return r;
}

/* ---- rolling ------------------------------------------------------------------------------------------------------ */

static int is_due(archive *a)
{
    size_t bytes = 0;
    if (a->rolling || a->settle || a->n_files >= FILES_MOST) {
        return 1;
    }
    for (size_t i = 0; i < a->n_files; i++) {
        bytes += sf_parquet_writer_holds(a->files[i]->writer) + a->files[i]->spooled;
    }
    return bytes >= (size_t)a->roll_bytes || sf_clock_steady_ms() - a->since_ms >= a->roll_ms;
}

static void name_file(const archive *a, const file *f, char buf[NAME_MOST])
{
    const stretch *s = &a->stretches[f->stretch];
    int n = snprintf(buf, NAME_MOST, "dt=%s/platform=%s/", f->day, f->platform);
    if (s->partition >= 0) {
        (void)snprintf(buf + n, NAME_MOST - (size_t)n, "%.250s-%" PRId32 "-%020" PRId64 "-%020" PRId64 ".parquet",
                       s->topic, s->partition, s->from, s->to - 1);
    } else {
        (void)snprintf(buf + n, NAME_MOST - (size_t)n, "stream-%s-%06u.parquet", a->run, a->roll);
    }
}

/* Is it a name that this roll writes? */
static int is_written(const archive *a, size_t in, sf_str name)
{
    char own[NAME_MOST];
    for (size_t i = 0; i < a->n_files; i++) {
        if (a->files[i]->stretch == in) {
            name_file(a, a->files[i], own);
            if (name.len == strlen(own) && memcmp(own, name.ptr, name.len) == 0) {
                return 1;
            }
        }
    }
    return 0;
}

/* Puts a partition's plan: the files to come, and those that are to go. */
static int put_plan(archive *a, size_t i, sf_error *err)
{
    stretch *s = &a->stretches[i];
    char name[NAME_MOST];
    sf_buffer text = {0};
    sf_str rest = {s->stale.bytes, s->stale.len}, stale;
    sf_buffer_format(&text, "%" PRId64 "\n", s->from);
    for (size_t k = 0; k < a->n_files; k++) {
        if (a->files[k]->stretch == i) {
            name_file(a, a->files[k], name);
            sf_buffer_format(&text, "%s\n", name);
        }
    }
    while (sf_plan_next(&rest, &stale)) {
        if (!is_written(a, i, stale)) {
            sf_buffer_put(&text, stale.ptr, stale.len);
            sf_buffer_text(&text, "\n");
        }
    }
    plan_name(s, name);
    int r = text.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM))
                      : a->place->ops->put(a->place, name, (sf_str){text.bytes, text.len}, err);
    sf_buffer_free(&text);
    s->planned = r == SF_OK;
    return r;
}

static int put_file(archive *a, file *f, sf_error *err)
{
    char name[NAME_MOST];
    sf_mapped m;
    int r = SF_OK;
    if (f->writer != NULL) {
        r = sf_parquet_writer_close(f->writer, err);
        sf_parquet_writer_free(f->writer);
        f->writer = NULL;
    }
    r = r == SF_OK ? sf_mapped_stream(&m, f->spool, err) : r;
    if (r != SF_OK) {
        return r == SF_EAGAIN ? SF_EIO : r;
    }
    name_file(a, f, name);
    r = a->place->ops->put(a->place, name, m.bytes, err);
    sf_mapped_close(&m);
    if (r == SF_OK) {
        f->put = 1;
        sf_metric_add(SF_METRIC_FILES, 1);
        sf_metric_add(SF_METRIC_FILE_BYTES, (double)f->spooled);
        sf_log(SF_LOG_DEBUG, "%s: %zu bytes", name, f->spooled);
    }
    return r;
}

/* Takes away what someone left of a roll that was not committed, now that its records are in the new files. */
static int remove_stale(archive *a, size_t i, sf_error *err)
{
    stretch *s = &a->stretches[i];
    char name[NAME_MOST];
    sf_str rest = {s->stale.bytes, s->stale.len}, stale;
    int r = SF_OK;
    while (r == SF_OK && sf_plan_next(&rest, &stale)) {
        if (!is_written(a, i, stale) && stale.len < sizeof name) {
            memcpy(name, stale.ptr, stale.len);
            name[stale.len] = '\0';
            r = a->place->ops->remove(a->place, name, err);
        }
    }
    if (r == SF_OK) {
        sf_buffer_cut(&s->stale, 0);
    }
    return r;
}

/* The next step of a roll: plans, then files, then what is stale. 1: there is more to do; SF_OK: all is where it belongs. */
static int roll(archive *a, sf_error *err)
{
    for (size_t i = 0; i < a->n_stretches; i++) {
        if (a->stretches[i].partition >= 0 && !a->stretches[i].planned) {
            int r = put_plan(a, i, err);
            sf_fault("archive-plan");
            return r == SF_OK ? 1 : r;
        }
    }
    for (size_t i = 0; i < a->n_files; i++) {
        if (!a->files[i]->put) {
            int r = put_file(a, a->files[i], err);
            sf_fault("archive-put");
            return r == SF_OK ? 1 : r;
        }
    }
    for (size_t i = 0; i < a->n_stretches; i++) {
        int r = remove_stale(a, i, err);
        if (r != SF_OK) {
            return r;
        }
    }
    sf_fault("archive-rolled");
    return SF_OK;
}

static int flush(sf_sink *base, int timeout_ms, sf_error *err)
{
    archive *a = (archive *)base;
    (void)timeout_ms;
    if (a->n_stretches == 0) {
        a->settle = 0;
        return SF_OK;
    }
    if (!is_due(a)) {
        return SF_KEPT;
    }
    a->rolling = 1; /* what is planned stays so: nothing more is taken before all is put */
    int r = roll(a, err);
    if (r == SF_OK) {
        forget(base);
    }
    return r;
}

static void settle(sf_sink *base)
{
    ((archive *)base)->settle = 1;
}

const sf_sink_ops sf_folder_archive = {
    .scheme = "ndjson", /* what a plain path is taken for */
    .summary = "a folder",
    .open = open_archive,
    .write = write_batch,
    .flush = flush,
    .settle = settle,
    .forget = forget,
    .close = close_archive,
};

const sf_sink_ops sf_bucket_archive = {
    .scheme = "s3",
    .summary = "s3://BUCKET/PREFIX?region=NAME[&endpoint=URL]",
    .open = open_archive,
    .write = write_batch,
    .flush = flush,
    .settle = settle,
    .forget = forget,
    .close = close_archive,
};
