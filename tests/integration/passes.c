/* SPDX-License-Identifier: MIT */
/* sf-aggregate's passes over a store, one at a time as told on stdin, so that a test says when each comes and what time it is:
 *
 *     pass          a cycle and trends
 *     retain MS     the same, then what was created more than 5 days before that moment goes
 *
 * Each is answered by a line: how many windows were worked out, how many are kept in memory, and how many marks are left. With LOOKS a cycle takes
 * hardly more of older windows than that, so that there are some; with 0 the process is one that does not go on, and keeps no windows:
 *
 *     passes URL [LOOKS] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugs.h"
#include "sf-aggregate/kept_internal.h"
#include "sf-aggregate/retain.h"
#include "sf-aggregate/trends.h"

#define AGE_MS (120 * HOUR_MS)

static int retain(sf_store *store, sf_kept *kept, int64_t now_ms, sf_error *err)
{
    uint64_t removed;
    sf_retention keep = {.most_bytes = 0};
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        keep.age_ms[p] = AGE_MS;
    }
    return sf_retain(store, kept, &keep, now_ms, &removed, err);
}

static int pass(sf_store *store, sf_kept *kept, sf_cycle *cycle, const char *line, sf_error *err)
{
    sf_cycle_counts n;
    uint64_t topics;
    int64_t now_ms;
    const sf_aggregate_ops *ask = store->ops->aggregate;
    int r = ask->lock(store, err);
    if (r != SF_OK) {
        return r;
    }
    r = sf_kept_settle(kept, err);
    r = r == SF_OK ? sf_cycle_run(cycle, &n, err) : r;
    r = r == SF_OK ? sf_update_trends(store, kept, SF_NO_TIME, n.buckets > 0, &topics, err) : r;
    if (r == SF_OK && sscanf(line, "retain %" SCNd64, &now_ms) == 1) {
        r = retain(store, kept, now_ms, err);
    }
    ask->unlock(store);
    if (r == SF_OK) {
        size_t held = 0;
        for (size_t i = 0; i < kept->n_windows; i++) {
            held += (size_t)kept->windows[i].read;
        }
        printf("%" PRIu64 " %zu %" PRIu64 "\n", n.windows, held, n.left);
        fflush(stdout);
    }
    return r;
}

int main(int argc, char **argv)
{
    char line[80];
    sf_error err = {0};
    sf_store *store = NULL;
    sf_kept *kept = NULL;
    sf_cycle *cycle = NULL;
    uint64_t looks = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    int goes_on = argc < 3 || looks > 0;
    int r =
        argc < 2 ? SF_EINVAL : sf_store_open(&store, sf_stores, argv[1], SF_STORE_WRITE, sf_lexicon_builtin(), &err);
    r = r == SF_OK ? sf_kept_new(&kept, store, goes_on) : r;
    r = r == SF_OK ? sf_cycle_new(&cycle, store, kept, sf_lexicon_builtin(), &err) : r;
    if (r == SF_OK && looks > 0) {
        cycle->most_old_looks = looks;
    }
    while (r == SF_OK && fgets(line, sizeof line, stdin) != NULL) {
        r = pass(store, kept, cycle, line, &err);
    }
    if (r != SF_OK) {
        fprintf(stderr, "passes: %s\n", err.message);
    }
    sf_cycle_free(cycle);
    sf_kept_free(kept);
    sf_store_close(store);
    return r != SF_OK;
}
