/* SPDX-License-Identifier: MIT */
/* sf-archive: signals, or raw records, into Parquet files in a folder or a bucket; and what such an archive needs else. */
#include "archive/place.h"
#include "common/fail.h"
#include "common/log.h"
#include "plugs.h"
#include "purge.h"
#include "run.h"

static const sf_option options[] = {
    SF_RUN_OPTIONS_TO("Where files go: a folder, or s3://BUCKET/PREFIX?region=NAME (&endpoint=URL where it is not AWS; "
                      "&part=BYTES of a larger file's upload)."),
    {"group", "NAME", SF_OPTION_TEXT, "signal-archive", 0, 0, NULL,
     "The group that kafka: sources read in, unless they say ?group=."},
    {"raw", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Archives records as they came, the platforms' own bytes, rather than signals: for the raw topics."},
    {"codec", "NAME", SF_OPTION_CHOICE, "zstd", 0, 0, "zstd|snappy|none", "How pages are compressed."},
    {"level", "N", SF_OPTION_INTEGER, "3", -20, 19, NULL, "zstd's level; below 0 less CPU and larger files."},
    {"roll-every", "DURATION", SF_OPTION_DURATION, "15m", 100, 86400000, NULL,
     "Files are ended and put where they belong after so long, ..."},
    {"roll-size", "SIZE", SF_OPTION_SIZE, "256M", 65536, 1e12, NULL,
     "... or once so many bytes are gathered in all open files, compressed for the most part."},
    {"setup-bucket", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Makes the bucket of --to if it is not there, gives it a rule by which files go after --keep, and exits."},
    {"keep", "DURATION", SF_OPTION_DURATION, "90d", 86400000, 1e13, NULL, "How long --setup-bucket has files kept."},
    {"purge", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Takes every post that a delete in the archive names out of all its files, and exits."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

static const sf_tool tool = {
    .name = "sf-archive",
    .summary = "keeps signals in Parquet files",
    .usage = "[SOURCE] --to FOLDER|s3://BUCKET/PREFIX?region=NAME",
    .description =
        "Reads signals (NDJSON on stdin, kafka:, or any other SOURCE that sf-ingest knows) and writes them to "
        "dt=DAY/platform=NAME/*.parquet, DAY being that of their observation. Offsets are committed once the files "
        "that hold the "
        "records are where they belong. sf-ingest replay:FOLDER and replay:s3://... read them back.\n\n"
        "The keys of a bucket come from SF_S3_KEY and SF_S3_SECRET, or the config file, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN).",
    .examples = "sf-archive kafka://b1:9092/signals.normalised --to 's3://signals/archive?region=eu-north-1'\n"
                "sf-archive kafka://b1:9092/reddit.posts.raw --raw --to /srv/raw\n"
                "sf-archive --to archive < signals.ndjson\n"
                "sf-archive --setup-bucket --to 's3://signals/archive?region=eu-north-1'\n"
                "sf-archive --purge --to archive",
    .options = options,
};

/* Raw records are written as they came: nothing is read from them. */
static int leave_alone(void *payload, sf_records *b, sf_error *err)
{
    (void)payload, (void)b, (void)err;
    return SF_OK;
}

static int purge(sf_place *place, const sf_settings *s, sf_error *err)
{
    sf_purge_counts n;
    sf_codec *codec;
    int r = sf_codec_new(&codec, SF_CODEC_ZSTD, (int)sf_settings_integer(s, "level"));
    if (r != SF_OK) {
        return sf_fail(err, r, "%s", sf_strerror(r));
    }
    sf_stop_on_signals();
    r = sf_purge(place, codec, &n, err);
    sf_log(SF_LOG_INFO, "%llu files, %llu deleted posts; %llu rows taken out, %llu files written anew",
           (unsigned long long)n.files, (unsigned long long)n.deleted, (unsigned long long)n.rows,
           (unsigned long long)n.rewritten);
    sf_codec_free(codec);
    return r;
}

static int set_up(sf_place *place, const sf_settings *s, sf_error *err)
{
    int64_t days = sf_settings_integer(s, "keep") / 86400000;
    if (place->ops->set_up == NULL) {
        return sf_fail(err, SF_EINVAL, "--setup-bucket is for s3://BUCKET/PREFIX");
    }
    int r = place->ops->set_up(place, days, err);
    if (r == SF_OK) {
        sf_log(SF_LOG_INFO, "the bucket is there; files go after %lld days", (long long)days);
    }
    return r;
}

/* --setup-bucket and --purge. Returns the exit code, or -1: neither is asked for. */
static int do_once(const sf_settings *s)
{
    const char *const *to;
    sf_error err = {.status = SF_OK};
    sf_url url = {0};
    sf_place *place = NULL;
    int setting_up = sf_settings_flag(s, "setup-bucket");
    if ((!setting_up && !sf_settings_flag(s, "purge")) || sf_settings_flag(s, "check-config")) {
        return -1;
    }
    int r = sf_settings_list(s, "to", &to) == 1 ? sf_url_parse(to[0], &url, &err)
                                                : sf_fail(&err, SF_EINVAL, "--to says where, once");
    r = r == SF_OK ? sf_place_open_url(&place, &url, s, &err) : r;
    r = r == SF_OK ? (setting_up ? set_up : purge)(place, s, &err) : r;
    err.status = r;
    sf_place_close(place);
    sf_url_free(&url);
    return r == SF_OK ? 0 : sf_run_failed(&err);
}

/* Offsets of several sources could not be committed one without the other. Returns the exit code, or -1: go on. */
static int check_sources(const sf_settings *s)
{
    sf_error err;
    const char *const *urls;
    if (sf_settings_count(s) > 1 || (sf_settings_count(s) == 0 && sf_settings_list(s, "source", &urls) > 1)) {
        (void)sf_fail(&err, SF_EINVAL, "one SOURCE; kafka://.../TOPIC,TOPIC reads several topics");
        return sf_run_failed(&err);
    }
    return -1;
}

int main(int argc, char **argv)
{
    sf_run run;
    int code = sf_run_settings(&run, &tool, argc, argv);
    run.sink_table = sf_archive_sinks;
    code = code >= 0 ? code : do_once(run.settings);
    code = code >= 0 ? code : check_sources(run.settings);
    if (code < 0 && sf_settings_flag(run.settings, "raw")) {
        run.loop.work = leave_alone;
    }
    code = code >= 0 ? code : sf_run_open(&run);
    code = code >= 0 ? code : sf_run_loop(&run, NULL, NULL);
    sf_run_close(&run);
    return code;
}
