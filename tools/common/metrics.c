/* SPDX-License-Identifier: MIT */
/* The table of figures, their values and how they are told, see metrics.h. */
#include "metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "metrics_internal.h"

enum { COUNTER, GAUGE, HISTOGRAM };
enum { MOST_BOUNDS = 16, MOST_REASONS = 16, STALLED_MS = 60000 };

typedef struct definition {
    const char *name;
    int kind;
    const char *labels; /* "" or the names of its labels */
    const double *bounds;
    const char *help;
} definition;

static const double seconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 0};
static const double sizes[] = {1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 0};
static const double ages[] = {1, 5, 15, 60, 300, 900, 3600, 21600, 86400, 604800, 0};

static const definition table[SF_METRIC_COUNT] = {
    [SF_METRIC_READ] = {"signalflow_records_read_total", COUNTER, "", NULL, "Records that came from the sources."},
    [SF_METRIC_WRITTEN] = {"signalflow_records_written_total", COUNTER, "", NULL,
                           "Records that are safe in every required sink. Its rate is the throughput."},
    [SF_METRIC_REJECTED] = {"signalflow_dead_letters_total", COUNTER, "topic", NULL,
                            "Records that could not be processed, by the topic or file they came from."},
    [SF_METRIC_DEAD_LETTERS] = {"reddit_processor_dlq_messages_total", COUNTER, "", NULL,
                                "Dead letters of all topics; the name that dashboards of the first system use."},
    [SF_METRIC_DROPPED] = {"signalflow_records_dropped_total", COUNTER, "", NULL,
                           "Records that a best-effort sink did not get."},
    [SF_METRIC_BATCHES] = {"signalflow_batches_total", COUNTER, "", NULL, "Batches that were committed."},
    [SF_METRIC_RETRIES] = {"signalflow_retries_total", COUNTER, "", NULL,
                           "Times that a sink or a source had to be asked again."},
    [SF_METRIC_BATCH_SIZE] = {"signalflow_batch_records", HISTOGRAM, "", sizes, "Records of a batch."},
    [SF_METRIC_FLUSH_SECONDS] = {"signalflow_flush_seconds", HISTOGRAM, "", seconds,
                                 "From the first write of a batch to its commit."},
    [SF_METRIC_STORE_SECONDS] =
        {"signalflow_store_seconds", HISTOGRAM, "", seconds,
         "A batch into the first required sink, which is the store where there is one; retries included."},
    [SF_METRIC_AGE_OBSERVED] =
        {"signalflow_observed_age_seconds", HISTOGRAM, "", ages,
         "How old a post was when it was seen first: observed_at - ts of records of kind post and comment."},
    [SF_METRIC_AGE_STORED] = {"signalflow_stored_age_seconds", HISTOGRAM, "", ages,
                              "Freshness: from the observation of a record to its being safe."},
    [SF_METRIC_LAG] =
        {"signalflow_lag_records", GAUGE, "topic, partition", NULL,
         "Records of an owned partition that are still to be read. A partition that goes is no longer told of."},
    [SF_METRIC_REBALANCES] = {"signalflow_rebalances_total", COUNTER, "", NULL,
                              "Times that the group shared its partitions out anew."},
    [SF_METRIC_TAKEN_OVER] = {"signalflow_batches_taken_over_total", COUNTER, "", NULL,
                              "Batches that were dropped because another process had gone on from there."},
    [SF_METRIC_REQUESTS] = {"signalflow_requests_total", COUNTER, "source, status", NULL,
                            "Requests of live sources, by the status of the answer; 0: there was none."},
    [SF_METRIC_BUDGET] = {"signalflow_budget", GAUGE, "source", NULL,
                          "Requests that the platform's last headers left, or units of the day (youtube)."},
    [SF_METRIC_STALLS] = {"signalflow_stalls_total", COUNTER, "stall", NULL,
                          "Times that all requests of a source had to wait: away, slowed down (429), limit, budget."},
    [SF_METRIC_UP] = {"signalflow_source_up", GAUGE, "source", NULL,
                      "1 while the platform answers or its stream is open; what coverage counts."},
    [SF_METRIC_GAPS] = {"signalflow_gaps_total", COUNTER, "source", NULL, "Times that something may have been missed."},
    [SF_METRIC_SEEN] = {"signalflow_seen_ids", GAUGE, "source", NULL, "Ids that a live source remembers."},
    [SF_METRIC_TRACKED] = {"signalflow_tracked_posts", GAUGE, "source", NULL, "Posts that are looked at again."},
    [SF_METRIC_LOOKS] = {"signalflow_looks_total", COUNTER, "source", NULL,
                         "Looks at posts that were taken within a minute of their time."},
    [SF_METRIC_LOOKS_LATE] = {"signalflow_looks_late_total", COUNTER, "source", NULL, "Looks that came later."},
    [SF_METRIC_LOOKS_GIVEN_UP] = {"signalflow_looks_given_up_total", COUNTER, "source", NULL,
                                  "Looks for which there was no budget. Refresh coverage is the rest's share of all."},
    [SF_METRIC_LOOK_LATENESS] = {"signalflow_look_lateness_seconds", HISTOGRAM, "", ages,
                                 "From the time that a look at a post was due to its being taken."},
    [SF_METRIC_LIVE_CLIENTS] = {"signalflow_live_clients", GAUGE, "", NULL, "Sockets that the live feed goes to."},
    [SF_METRIC_LIVE_MESSAGES] = {"signalflow_live_messages_total", COUNTER, "", NULL,
                                 "Messages of the live feed, resets included."},
    [SF_METRIC_LIVE_DELIVERIES] = {"signalflow_live_deliveries_total", COUNTER, "", NULL,
                                   "Messages of the live feed times the sockets they went to."},
    [SF_METRIC_LIVE_BYTES] = {"signalflow_live_bytes_total", COUNTER, "", NULL, "Bytes of these on WebSockets."},
    [SF_METRIC_LIVE_CONFLATED] = {"signalflow_live_conflated_total", COUNTER, "", NULL,
                                  "Messages that a slow client did not get since a newer one tells of the same post."},
    [SF_METRIC_LIVE_DROPPED] = {"signalflow_live_dropped_total", COUNTER, "", NULL,
                                "Messages that could not be published: no JSON object, too long, or no room."},
    [SF_METRIC_LIVE_RESETS] = {"signalflow_live_resets_total", COUNTER, "", NULL,
                               "Times that clients were told to fetch anew because messages may have been lost."},
    [SF_METRIC_LIVE_TOO_SLOW] = {"signalflow_live_too_slow_total", COUNTER, "", NULL,
                                 "Clients that were closed because they read too slowly (1013)."},
    [SF_METRIC_LIVE_EXPIRED] = {"signalflow_live_expired_total", COUNTER, "", NULL,
                                "Clients that were closed because their token had expired (4401)."},
    [SF_METRIC_LIVE_SECONDS] = {"signalflow_live_seconds", HISTOGRAM, "", seconds,
                                "From a message's arrival to its having been sent to everyone who reads."},
    [SF_METRIC_HTTP_REQUESTS] = {"signalflow_http_requests_total", COUNTER, "status", NULL,
                                 "Requests that sf-serve answered, by status."},
    [SF_METRIC_HTTP_SECONDS] = {"signalflow_http_seconds", HISTOGRAM, "", seconds,
                                "From a whole request to its answer."},
    [SF_METRIC_HTTP_KEPT] = {"signalflow_http_kept_answers_total", COUNTER, "", NULL,
                             "Answers that were given again from memory."},
    [SF_METRIC_HTTP_CONNECTIONS] = {"signalflow_http_connections", GAUGE, "", NULL,
                                    "Connections that are open, but for those that listen."},
    [SF_METRIC_LOGINS_REFUSED] = {"signalflow_logins_refused_total", COUNTER, "", NULL,
                                  "Tries to log in that were wrong, or too many."},
    [SF_METRIC_GATHERED] = {"signalflow_archive_gathered_records", GAUGE, "", NULL,
                            "Records in sf-archive's open files: read, and not committed yet."},
    [SF_METRIC_FILES] = {"signalflow_archive_files_total", COUNTER, "", NULL, "Files that sf-archive has put."},
    [SF_METRIC_FILE_BYTES] = {"signalflow_archive_bytes_total", COUNTER, "", NULL, "Bytes of these files."},
    [SF_METRIC_CYCLES] = {"signalflow_aggregate_cycles_total", COUNTER, "", NULL,
                          "Cycles of sf-aggregate that came to their end."},
    [SF_METRIC_CYCLE_SECONDS] = {"signalflow_aggregate_seconds", HISTOGRAM, "", seconds, "What a cycle took."},
    [SF_METRIC_CYCLE_WINDOWS] = {"signalflow_aggregate_windows_total", COUNTER, "", NULL,
                                 "Windows that cycles worked out."},
    [SF_METRIC_CYCLE_ENDED] =
        {"signalflow_aggregate_end_time_seconds", GAUGE, "", NULL,
         "When the last cycle came to its end, in seconds since 1970; what topics and events are as fresh as."},
    [SF_METRIC_REPLICA_LAG] = {"signalflow_replica_lag_seconds", GAUGE, "", NULL,
                               "How long the store's replica (sf-aggregate --read-store) has not shown what the last "
                               "cycle left; 0: it does."},
    [SF_METRIC_READY] = {"signalflow_ready", GAUGE, "", NULL, "What /ready says: 1 or 0."},
    [SF_METRIC_MEMORY] = {"process_resident_memory_bytes", GAUGE, "", NULL, "Resident memory."},
    [SF_METRIC_START] = {"process_start_time_seconds", GAUGE, "", NULL,
                         "When it began to count, in seconds since 1970."},
    [SF_METRIC_BUILD] = {"signalflow_build_info", GAUGE, "version", NULL, "1, with the version as label."},
};

/* ---- values ------------------------------------------------------------------------------------------------------- */

typedef struct series {
    sf_metric metric;
    int32_t partition;
    char topic[256];
    double value;
    int64_t waits_since_ms; /* of lag: since when it is there and nothing has got on, steady clock */
} series;

/* Why somebody is not ready. */
typedef struct reason {
    const void *who; /* NULL: nobody */
    char why[160];
} reason;

static struct {
    pthread_mutex_t lock;
    double value[SF_METRIC_COUNT];
    double sum[SF_METRIC_COUNT];
    uint64_t buckets[SF_METRIC_COUNT][MOST_BOUNDS + 1]; /* the last: beyond all bounds */
    series *of;
    size_t n, cap;
    reason reasons[MOST_REASONS];
    int64_t started_ms;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static atomic_int on;

int sf_metrics_on(void)
{
    return atomic_load(&on);
}

void sf_metrics_turn_on(int yes)
{
    pthread_mutex_lock(&all.lock);
    all.started_ms = sf_clock_ms();
    pthread_mutex_unlock(&all.lock);
    atomic_store(&on, yes);
}

static void change(sf_metric m, double by, int absolute)
{
    if (sf_metrics_on()) {
        pthread_mutex_lock(&all.lock);
        all.value[m] = absolute ? by : all.value[m] + by;
        pthread_mutex_unlock(&all.lock);
    }
}

void sf_metric_add(sf_metric m, double by)
{
    change(m, by, 0);
}

void sf_metric_set(sf_metric m, double value)
{
    change(m, value, 1);
}

void sf_metric_observe(sf_metric m, double value)
{
    if (sf_metrics_on()) {
        size_t i = 0;
        while (table[m].bounds[i] > 0 && value > table[m].bounds[i]) {
            i++;
        }
        pthread_mutex_lock(&all.lock);
        all.buckets[m][table[m].bounds[i] > 0 ? i : MOST_BOUNDS]++;
        all.sum[m] += value;
        pthread_mutex_unlock(&all.lock);
    }
}

/* Under the lock. NULL: no memory. */
static series *find_series(sf_metric m, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < all.n; i++) {
        if (all.of[i].metric == m && all.of[i].partition == partition && strcmp(all.of[i].topic, topic) == 0) {
            return &all.of[i];
        }
    }
    if (all.n == all.cap) {
        size_t cap = all.cap == 0 ? 16 : all.cap * 2;
        series *v = realloc(all.of, cap * sizeof *v);
        if (v == NULL) {
            return NULL;
        }
        all.of = v;
        all.cap = cap;
    }
    series *s = &all.of[all.n++];
    *s = (series){.metric = m, .partition = partition};
    (void)snprintf(s->topic, sizeof s->topic, "%s", topic);
    return s;
}

static void change_of(sf_metric m, const char *topic, int32_t partition, double by, int absolute)
{
    if (sf_metrics_on()) {
        pthread_mutex_lock(&all.lock);
        series *s = find_series(m, topic, partition);
        if (s != NULL) {
            double before = s->value;
            s->value = absolute ? by : s->value + by;
            s->waits_since_ms = before > 0 ? s->waits_since_ms : sf_clock_steady_ms();
        }
        pthread_mutex_unlock(&all.lock);
    }
}

void sf_metric_add_of(sf_metric m, const char *topic, int32_t partition, double by)
{
    change_of(m, topic, partition, by, 0);
}

void sf_metric_set_of(sf_metric m, const char *topic, int32_t partition, double value)
{
    change_of(m, topic, partition, value, 1);
}

void sf_metric_forget(sf_metric m, const char *topic)
{
    pthread_mutex_lock(&all.lock);
    size_t kept = 0;
    for (size_t i = 0; i < all.n; i++) {
        if (all.of[i].metric != m || strcmp(all.of[i].topic, topic) != 0) {
            all.of[kept++] = all.of[i];
        }
    }
    all.n = kept;
    pthread_mutex_unlock(&all.lock);
}

/* Under the lock. The entry of this one, or one that is free where it has none; NULL: all are taken. */
static reason *find_reason(const void *who)
{
    reason *found = NULL;
    for (size_t i = 0; i < MOST_REASONS; i++) {
        if (all.reasons[i].who == who) {
            return &all.reasons[i];
        }
        if (all.reasons[i].who == NULL && found == NULL) {
            found = &all.reasons[i];
        }
    }
    return found;
}

void sf_metrics_not_ready(const void *who, const char *why)
{
    pthread_mutex_lock(&all.lock);
    reason *r = find_reason(who);
    if (r != NULL) {
        r->who = why != NULL ? who : NULL;
        (void)snprintf(r->why, sizeof r->why, "%s", why != NULL ? why : "");
    }
    pthread_mutex_unlock(&all.lock);
}

void sf_metrics_got_on(const char *topic, int32_t partition)
{
    if (sf_metrics_on()) {
        pthread_mutex_lock(&all.lock);
        for (size_t i = 0; i < all.n; i++) {
            if (all.of[i].metric == SF_METRIC_LAG && all.of[i].partition == partition &&
                strcmp(all.of[i].topic, topic) == 0) {
                all.of[i].waits_since_ms = sf_clock_steady_ms();
            }
        }
        pthread_mutex_unlock(&all.lock);
    }
}

/* ---- telling ------------------------------------------------------------------------------------------------------ */

static void put_value(sf_text *t, const char *name, const char *labels, double v)
{
    char digits[32];
    sf_json_double(v, digits);
    sf_text_add(t, "%s%s %s\n", name, labels, digits);
}

/* A label's value must have its quotes, backslashes and line ends escaped. */
static void put_label(char *to, size_t cap, const char *value)
{
    size_t n = 0;
    for (; *value != '\0' && n + 3 < cap; value++) {
        if (*value == '"' || *value == '\\' || *value == '\n') {
            to[n++] = '\\';
        }
        to[n++] = *value == '\n' ? 'n' : *value;
    }
    to[n] = '\0';
}

static void put_series(sf_text *t, sf_metric m)
{
    for (size_t i = 0; i < all.n; i++) {
        char topic[520], labels[600];
        if (all.of[i].metric != m) {
            continue;
        }
        put_label(topic, sizeof topic, all.of[i].topic);
        const char *names = table[m].labels, *second = strstr(names, ", ");
        int first = (int)strcspn(names, ",");
        if (all.of[i].partition >= 0 && second != NULL) {
            (void)snprintf(labels, sizeof labels, "{%.*s=\"%s\",%s=\"%" PRId32 "\"}", first, names, topic, second + 2,
                           all.of[i].partition);
        } else {
            (void)snprintf(labels, sizeof labels, "{%.*s=\"%s\"}", first, names, topic);
        }
        put_value(t, table[m].name, labels, all.of[i].value);
    }
}

static void put_histogram(sf_text *t, sf_metric m)
{
    uint64_t below = 0;
    for (size_t i = 0; table[m].bounds[i] > 0; i++) {
        char bound[32];
        below += all.buckets[m][i];
        sf_json_double(table[m].bounds[i], bound);
        sf_text_add(t, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", table[m].name, bound, below);
    }
    below += all.buckets[m][MOST_BOUNDS];
    sf_text_add(t, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", table[m].name, below);
    sf_text_add(t, "%s_count %" PRIu64 "\n", table[m].name, below);
    sf_text_add(t, "%s_sum", table[m].name);
    put_value(t, "", "", all.sum[m]);
}

static double resident_bytes(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f != NULL) {
        if (fscanf(f, "%lu %lu", &pages, &resident) != 2) {
            resident = 0;
        }
        (void)fclose(f);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* Under the lock. "" where all is well. */
static const char *not_ready(void)
{
    int64_t now = sf_clock_steady_ms();
    for (size_t i = 0; i < MOST_REASONS; i++) {
        if (all.reasons[i].who != NULL) {
            return all.reasons[i].why;
        }
    }
    for (size_t i = 0; i < all.n; i++) {
        const series *s = &all.of[i];
        if (s->metric == SF_METRIC_LAG && s->value > 0 && now - s->waits_since_ms > STALLED_MS) {
            return "a partition has something to read and has not got on for a minute";
        }
    }
    return "";
}

void sf_metrics_put(sf_text *t)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    pthread_mutex_lock(&all.lock);
    all.value[SF_METRIC_READY] = not_ready()[0] == '\0';
    all.value[SF_METRIC_MEMORY] = resident_bytes();
    all.value[SF_METRIC_START] = (double)all.started_ms / 1000;
    for (sf_metric m = 0; m < SF_METRIC_COUNT; m++) {
        sf_text_add(t, "# HELP %s %s\n# TYPE %s %s\n", table[m].name, table[m].help, table[m].name,
                    kinds[table[m].kind]);
        if (m == SF_METRIC_BUILD) {
            sf_text_add(t, "%s{version=\"%s\"} 1\n", table[m].name, sf_version_string());
        } else if (table[m].kind == HISTOGRAM) {
            put_histogram(t, m);
        } else if (table[m].labels[0] != '\0') {
            put_series(t, m);
        } else {
            put_value(t, table[m].name, "", all.value[m]);
        }
    }
    pthread_mutex_unlock(&all.lock);
}

int sf_metrics_ready(char *why, size_t cap)
{
    pthread_mutex_lock(&all.lock);
    (void)snprintf(why, cap, "%s", not_ready());
    pthread_mutex_unlock(&all.lock);
    return why[0] == '\0';
}

void sf_metrics_print_markdown(FILE *f)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    fputs("| name | kind | labels | what it is |\n|---|---|---|---|\n", f);
    for (sf_metric m = 0; m < SF_METRIC_COUNT; m++) {
        fprintf(f, "| `%s` | %s | %s | %s |\n", table[m].name, kinds[table[m].kind], table[m].labels, table[m].help);
    }
}
