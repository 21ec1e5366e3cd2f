/* SPDX-License-Identifier: MIT */
/* What 100,000 tracked posts of Bluesky take, which are seen posts as well: 16 MB of memory at most, so that the whole process, with what else it
 * holds while they come, stays below 20 (bench/tracked). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <malloc.h>
#include <unistd.h>

#include "common/memory.h"
#include "sources/bluesky.h"
#include "support/random.h"

enum { POSTS = 100000 };

/* Bytes that are in memory now. */
static long resident(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_true(f != NULL && fscanf(f, "%*d %ld", &pages) == 1);
    (void)fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static sf_str make_name(uint64_t i, char buf[SF_SOURCE_ID])
{
    static const char digits[] = "234567abcdefghijklmnopqrstuvwxyz";
    char did[25], key[14] = "3mbf222222222";
    for (size_t k = 0; k < 24; k++) {
        did[k] = digits[random_below(&i, 32)];
    }
    did[24] = '\0';
    for (size_t k = 4; k < 13; k++) {
        key[k] = digits[random_below(&i, 32)];
    }
    int n = snprintf(buf, SF_SOURCE_ID, "at://did:plc:%s/app.bsky.feed.post/%s", did, key);
    return (sf_str){buf, (size_t)n};
}

static void tracked_posts_are_small(void **state)
{
    sf_schedule *tracked = NULL;
    sf_seen *seen = NULL;
    const sf_poller_platform *p = &sf_bluesky_platform;
    char uri[SF_SOURCE_ID], back[SF_SOURCE_ID], buf[SF_TRACKED_NAME];
    (void)state;
    sf_memory_return_large(); /* as sf-ingest does */
#ifdef M_PERTURB
    (void)mallopt(M_PERTURB, 0); /* which would touch what nobody needs yet */
#endif
    long before = resident();
    assert_int_equal(sf_schedule_new(&tracked), SF_OK);
    assert_int_equal(sf_seen_new(&seen, SF_SEEN_MOST, SF_SEEN_MS), SF_OK);
    for (uint64_t i = 1; i <= POSTS; i++) {
        sf_str name = make_name(i, uri);
        sf_tracked *t = sf_schedule_add(tracked, p->id_of(name), 1767225600000, 1767225600000 + (int64_t)i);
        assert_true(t != NULL && sf_schedule_name(tracked, t, p->track_name(name, buf)) == SF_OK);
        assert_true(sf_seen_add(seen, t->id, t->first_ms) == 1 &&
                    sf_seen_mark(seen, t->id, p->author_of(name)) == SF_OK);
        sf_str again = p->source_id_of(t->id, sf_schedule_name_of(tracked, t), back);
        assert_memory_equal(again.ptr, name.ptr, name.len);
    }
    long took = resident() - before;
    assert_int_equal(sf_schedule_count(tracked), POSTS);
    print_message("%.1f MB\n", (double)took / 1e6);
    assert_in_range(took, 5000000, 16000000);
    assert_in_range(sizeof(sf_tracked), 60, 80); /* a field more is 400 kB */
    sf_schedule_free(tracked);
    sf_seen_free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tracked_posts_are_small)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
