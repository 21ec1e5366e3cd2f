/* SPDX-License-Identifier: MIT */
/* How long it takes to read and to write a signal's JSON, in nanoseconds of CPU time a record: the best of several runs. Beside it cJSON, which makes a tree
 * and writes that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cJSON.h>

#include "signalflow/signalflow.h"

#define ROUNDS  15
#define RECORDS 20000

static const char plain[] =
    "{\"v\":1,\"platform\":\"reddit\",\"source_id\":\"t3_xyz789\",\"kind\":\"post\",\"channel\":\"technology\","
    "\"title\":\"IBM announces a breakthrough in quantum computing\",\"body\":\"The company says that its new chip "
    "keeps qubits stable for minutes.\\nOthers aren't so sure \xE2\x80\x94 \\\"we have heard that before\\\", says "
    "one.\","
    "\"author\":\"someone_else\",\"url\":\"https://www.reddit.com/r/technology/comments/xyz789/ibm_announces/\","
    "\"raw_score\":45,\"comments\":2,\"ts\":\"2026-01-02T03:04:05.000Z\",\"observed_at\":\"2026-01-02T03:09:05.000Z\","
    "\"lang\":\"en\",\"labels\":[],\"parent_id\":null}";

static const char analysis[] =
    ",\"sentiment\":{\"neg\":0,\"neu\":0.712,\"pos\":0.288,\"compound\":0.6249},\"sentiment_cover\":0.9473684210526315,"
    "\"topics\":[\"ibm\",\"quantum "
    "computing\"],\"entities\":[{\"text\":\"IBM\",\"label\":\"ORG\",\"start\":0,\"end\":3,"
    "\"id\":\"ibm\"},{\"text\":\"quantum computing\",\"label\":\"MISC\",\"start\":32,\"end\":49,"
    "\"id\":\"quantum computing\"}],\"keywords\":[\"qubits\",\"breakthrough\",\"quantum\",\"computing\",\"chip\"],"
    "\"previous_score\":45,\"velocity\":3.85,\"comment_velocity\":0.14333333333333334,\"normalised_score\":"
    "0.8127341926351844,\"trending_score\":0.9316728349012657,\"rising\":true,\"analysis\":\"0.1.0-5f3c9a\"}";

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void measure(const char *name, sf_str line)
{
    static char buf[65536];
    sf_batch *b = NULL;
    double best_read = 1e18, best_write = 1e18, best_skip = 1e18;
    if (sf_batch_new(&b) != SF_OK) {
        exit(1);
    }
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        for (int i = 0; i < RECORDS; i++) {
            if (i % 500 == 0) {
                sf_batch_reset(b); /* as the tools do */
            }
            if (sf_batch_add_json(b, line, NULL) < 0) {
                exit(1);
            }
        }
        double read = now();
        for (int i = 0; i < RECORDS; i++) {
            if (sf_signal_json(sf_batch_at(b, (size_t)i % 500), buf, sizeof buf) != (int64_t)line.len) {
                exit(1);
            }
        }
        double written = now();
        for (int i = 0; i < RECORDS; i++) {
            sf_json j;
            sf_json_init(&j, line);
            sf_json_skip(&j);
        }
        double skipped = now();
        best_read = read - start < best_read ? read - start : best_read;
        best_write = written - read < best_write ? written - read : best_write;
        best_skip = skipped - written < best_skip ? skipped - written : best_skip;
    }
    printf("%-10s %4zu bytes   read %6.0f ns   write %6.0f ns   skip %6.0f ns\n", name, line.len, best_read / RECORDS,
           best_write / RECORDS, best_skip / RECORDS);
    sf_batch_free(b);
}

static void measure_peer(sf_str line)
{
    double best_read = 1e18, best_write = 1e18;
    cJSON **trees = malloc(RECORDS * sizeof *trees);
    for (int round = 0; trees != NULL && round < ROUNDS; round++) {
        double start = now();
        for (int i = 0; i < RECORDS; i++) {
            trees[i] = cJSON_ParseWithLength(line.ptr, line.len);
        }
        double read = now();
        for (int i = 0; i < RECORDS; i++) {
            cJSON_free(cJSON_PrintUnformatted(trees[i]));
        }
        double written = now();
        for (int i = 0; i < RECORDS; i++) {
            cJSON_Delete(trees[i]);
        }
        best_read = read - start < best_read ? read - start : best_read;
        best_write = written - read < best_write ? written - read : best_write;
    }
    free(trees);
    printf("%-10s %4zu bytes   read %6.0f ns   write %6.0f ns\n", "  cJSON", line.len, best_read / RECORDS,
           best_write / RECORDS);
}

int main(void)
{
    char line[sizeof plain + sizeof analysis];
    size_t len = sizeof plain - 2; /* without the last brace */
    measure("plain", (sf_str){plain, sizeof plain - 1});
    measure_peer((sf_str){plain, sizeof plain - 1});
    memcpy(line, plain, len);
    memcpy(line + len, analysis, sizeof analysis);
    measure("analysed", (sf_str){line, len + sizeof analysis - 1});
    measure_peer((sf_str){line, len + sizeof analysis - 1});
    return 0;
}
