/* SPDX-License-Identifier: MIT */
/* The tools' clocks, and the one that tests put in their place. */
#include "clock.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- the clock of tests ------------------------------------------------------------------------------------------- */

typedef struct test_clock {
    _Atomic int64_t now, limit;
} test_clock;

static test_clock *shared; /* NULL: the system's clocks hold */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void map_test_clock(void)
{
    const char *path = getenv("SF_TEST_CLOCK");
    int fd = path != NULL && path[0] != '\0' ? open(path, O_RDWR | O_CLOEXEC) : -1;
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(test_clock)) {
        void *at = mmap(NULL, sizeof(test_clock), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        shared = at != MAP_FAILED ? at : NULL;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

static test_clock *test_clock_of_run(void)
{
    (void)pthread_once(&once, map_test_clock);
    return shared;
}

static void sleep_really(int64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&t, NULL);
}

/* Moves time on to where the sleep ends, or to the limit; there it waits a little for someone else to move it. */
static void sleep_by_clock(test_clock *c, int64_t ms)
{
    int64_t start = atomic_load(&c->now), end = start + ms, now = start;
    for (int idle = 0; now >= start && now < end && idle < 10;) { /* or until it is set back */
        int64_t limit = atomic_load(&c->limit);
        if (now >= limit) {
            sleep_really(1);
            idle = atomic_load(&c->now) == now ? idle + 1 : 0;
            now = atomic_load(&c->now);
        } else if (atomic_compare_exchange_weak(&c->now, &now, end < limit ? end : limit)) {
            now = end < limit ? end : limit;
        }
    }
}

/* ---- clocks ------------------------------------------------------------------------------------------------------- */

static int64_t read_clock(clockid_t id)
{
    test_clock *c = test_clock_of_run();
    struct timespec t;
    if (c != NULL) {
        return atomic_load(&c->now);
    }
    (void)clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t sf_clock_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t sf_clock_steady_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void sf_sleep_ms(int64_t ms)
{
    test_clock *c = test_clock_of_run();
    if (ms > 0 && c != NULL) {
        sleep_by_clock(c, ms);
    } else if (ms > 0) {
        sleep_really(ms);
    }
}

void sf_sleep_until_readable(int fd, int64_t ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int by_clock = test_clock_of_run() != NULL;
    int most = ms > INT_MAX ? INT_MAX : ms > 0 ? (int)ms : 0;
    if (fd < 0 || (poll(&p, 1, by_clock ? 0 : most) == 0 && by_clock)) {
        sf_sleep_ms(ms);
    }
}
