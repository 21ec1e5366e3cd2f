/* SPDX-License-Identifier: MIT */
/* Retention, step by step. */
#include "retain.h"

#include <string.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/loop.h"

enum { POSTS_A_STEP = 500, LONGEST_PAUSE_MS = 100 };

/* A store that is too large is cut down to this share of its bound, so that it is not at it again at once. */
#define CUT_TO 0.95

/* ---- what is asked for -------------------------------------------------------------------------------------------- */

static int read_item(sf_retention *to, int64_t *all_ms, const char *text, size_t len, sf_error *err)
{
    char item[128];
    if (len == 0 || len >= sizeof item) {
        return sf_fail(err, SF_EINVAL, "--retention: \"%.60s\" is neither as 90d nor as youtube=30d", text);
    }
    memcpy(item, text, len);
    item[len] = '\0';
    char *equals = strchr(item, '=');
    const char *age = equals != NULL ? equals + 1 : item;
    int64_t *where = all_ms;
    if (equals != NULL) {
        *equals = '\0';
        int32_t platform = sf_platform_from_name(sf_cstr(item));
        if (platform == SF_PLATFORM_UNKNOWN) {
            return sf_fail(err, SF_EINVAL, "--retention: no platform is called \"%.60s\"", item);
        }
        where = &to->age_ms[platform];
    }
    if (sf_duration_read(age, where) != SF_OK || *where < SF_BUCKET_MS) {
        return sf_fail(err, SF_EINVAL, "--retention: \"%.60s\" is no duration as 90d or 36h", age);
    }
    return SF_OK;
}

int sf_retention_read(sf_retention *to, const char *const *texts, size_t n, sf_error *err)
{
    int64_t all_ms = SF_NO_TIME;
    int r = SF_OK;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        to->age_ms[p] = SF_NO_TIME;
    }
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        for (const char *at = texts[i]; r == SF_OK; at++) {
            size_t len = strcspn(at, ",");
            r = read_item(to, &all_ms, at, len, err);
            at += len;
            if (*at == '\0') {
                break;
            }
        }
    }
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        to->age_ms[p] = to->age_ms[p] == SF_NO_TIME ? all_ms : to->age_ms[p];
    }
    return r;
}

int sf_retention_asked(const sf_retention *r)
{
    int asked = r->most_bytes > 0;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        asked |= r->age_ms[p] != SF_NO_TIME;
    }
    return asked;
}

/* ---- doing it ----------------------------------------------------------------------------------------------------- */

/* Leaves writers as long as the step took. */
static void give_way(int64_t started_ms)
{
    int64_t took = sf_clock_steady_ms() - started_ms;
    sf_pause(took < 1 ? 1 : took > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : took);
}

static int remove_posts(sf_store *store, const sf_limits *beyond, uint64_t *removed, sf_error *err)
{
    int64_t n = 1;
    int r = SF_OK;
    while (r == SF_OK && n > 0 && !sf_stop_asked()) {
        int64_t started = sf_clock_steady_ms();
        r = store->ops->aggregate->remove_posts(store, beyond, POSTS_A_STEP, &n, err);
        *removed += r == SF_OK ? (uint64_t)n : 0;
        give_way(started);
    }
    return r;
}

static int remove_windows(sf_store *store, sf_kept *kept, const sf_limits *beyond, sf_error *err)
{
    int64_t at = SF_NO_TIME, before_ms = SF_NO_TIME;
    int r = SF_OK;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        before_ms = beyond->before_ms[p] > before_ms ? beyond->before_ms[p] : before_ms;
    }
    sf_kept_removed(kept, before_ms);
    do {
        int64_t started = sf_clock_steady_ms();
        r = store->ops->aggregate->remove_windows(store, beyond, sf_kept_stamp(kept), &at, err);
        give_way(started);
    } while (r == SF_OK && at != SF_NO_TIME && !sf_stop_asked());
    return r;
}

static int remove_beyond(sf_store *store, sf_kept *kept, const sf_limits *beyond, uint64_t *removed, sf_error *err)
{
    int r = remove_posts(store, beyond, removed, err);
    return r == SF_OK && !sf_stop_asked() ? remove_windows(store, kept, beyond, err) : r;
}

/* Removed texts give up their room only after a while; what is measured next should not count it. */
static int tidy(sf_store *store, sf_error *err)
{
    int more = 1, r = SF_OK;
    while (r == SF_OK && more && !sf_stop_asked()) {
        int64_t started = sf_clock_steady_ms();
        r = store->ops->aggregate->tidy(store, &more, err);
        give_way(started);
    }
    return r;
}

static void limit_all(sf_limits *beyond, int64_t before_ms)
{
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        beyond->before_ms[p] = before_ms;
    }
}

/* One cut: so many of the oldest posts that the rest should fit, and the windows before those that are left. */
static int cut(sf_store *store, sf_kept *kept, const sf_extent *is, int64_t most_bytes, uint64_t *removed,
               sf_error *err)
{
    sf_limits beyond;
    int64_t event_ms;
    double share = 1.0 - CUT_TO * (double)most_bytes / (double)is->bytes;
    int64_t n = (int64_t)(share * (double)is->posts) + 1;
    int r = store->ops->aggregate->read_age(store, n < is->posts ? n : is->posts, &event_ms, err);
    if (r != SF_OK || event_ms == SF_NO_TIME) {
        return r;
    }
    limit_all(&beyond, event_ms + 1);
    r = remove_beyond(store, kept, &beyond, removed, err);
    r = r == SF_OK ? store->ops->aggregate->read_age(store, 1, &event_ms, err) : r;
    if (r == SF_OK && event_ms != SF_NO_TIME) { /* the last post of a window may have been the last to go */
        limit_all(&beyond, event_ms);
        r = remove_beyond(store, kept, &beyond, removed, err);
    }
    return r == SF_OK ? tidy(store, err) : r;
}

static int fit(sf_store *store, sf_kept *kept, int64_t most_bytes, uint64_t *removed, sf_error *err)
{
    sf_extent is;
    int r = store->ops->aggregate->measure(store, &is, err);
    while (r == SF_OK && is.bytes > most_bytes && is.posts > 0 && !sf_stop_asked()) {
        r = cut(store, kept, &is, most_bytes, removed, err);
        r = r == SF_OK ? store->ops->aggregate->measure(store, &is, err) : r;
    }
    if (r == SF_OK && is.bytes > most_bytes && is.posts == 0) {
        sf_log(SF_LOG_WARN, "--max-size %lld: an empty store takes %lld bytes", (long long)most_bytes,
               (long long)is.bytes);
    }
    return r;
}

int sf_retain(sf_store *store, sf_kept *kept, const sf_retention *keep, int64_t now_ms, uint64_t *removed,
              sf_error *err)
{
    sf_limits beyond;
    int aged = 0;
    for (int32_t p = 0; p < SF_PLATFORM_COUNT; p++) {
        beyond.before_ms[p] = keep->age_ms[p] != SF_NO_TIME ? now_ms - keep->age_ms[p] : SF_NO_TIME;
        aged |= keep->age_ms[p] != SF_NO_TIME;
    }
    *removed = 0;
    int r = aged ? remove_beyond(store, kept, &beyond, removed, err) : SF_OK;
    return r == SF_OK && keep->most_bytes > 0 ? fit(store, kept, keep->most_bytes, removed, err) : r;
}
