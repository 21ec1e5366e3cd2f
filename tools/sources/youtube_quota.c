/* SPDX-License-Identifier: MIT */
/* The units of the day: written before they are spent, so that no kill makes any of them come twice. */
#include <inttypes.h>
#include <stdio.h>

#include "common/fail.h"
#include "common/log.h"
#include "common/metrics.h"
#include "youtube.h"

#define HOUR_MS ((int64_t)3600000)
#define DAY_MS  (24 * HOUR_MS)
#define LAST_MS 253402300799999 /* of the year 9999 */

enum { AHEAD_SHARE = 200, RETRY_MS = 60000 }; /* a kill takes a 200th of the day's units at most */

/* ---- the day ------------------------------------------------------------------------------------------------------ */

/* Days since 1970 of a date; 1 is January. */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year, m = (month + 9) % 12;
    int64_t era = y / 400, of_era = y % 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* The n-th Sunday of a month. */
static int64_t sunday(int64_t year, int month, int n)
{
    int64_t first = days_of(year, month, 1);
    return first + (10 - first % 7) % 7 + 7 * (n - 1); /* 1970 began with a Thursday */
}

/* Summer: from 2:00 on the second Sunday of March to 2:00 on the first of November, both as clocks there show before. */
static int64_t offset_at(int64_t ms)
{
    int64_t year = 1970 + (int64_t)((double)ms / (double)DAY_MS / 365.2425);
    year += ms >= days_of(year + 1, 1, 1) * DAY_MS;
    year -= ms < days_of(year, 1, 1) * DAY_MS;
    int64_t from = sunday(year, 3, 2) * DAY_MS + 10 * HOUR_MS, to = sunday(year, 11, 1) * DAY_MS + 9 * HOUR_MS;
    return ms >= from && ms < to ? -7 * HOUR_MS : -8 * HOUR_MS;
}

int64_t sf_youtube_midnight(int64_t now_ms)
{
    int64_t local = now_ms + offset_at(now_ms);
    int64_t next = (local / DAY_MS + 1) * DAY_MS; /* there */
    int64_t at = next + 8 * HOUR_MS;
    return at - HOUR_MS + offset_at(at - HOUR_MS) == next ? at - HOUR_MS : at;
}

/* ---- what is kept ------------------------------------------------------------------------------------------------- */

int sf_youtube_quota_recall_line(void *payload, sf_str key, sf_str value)
{
    sf_youtube_quota *q = payload;
    const char *space = value.len > 0 ? memchr(value.ptr, ' ', value.len) : NULL;
    size_t n = space != NULL ? (size_t)(space - value.ptr) : 0;
    uint64_t ends = 0, units = 0;
    if (key.len != 1 || key.ptr[0] != 'u' || n == 0 || !sf_poller_read_number((sf_str){value.ptr, n}, &ends) ||
        !sf_poller_read_number((sf_str){space + 1, value.len - n - 1}, &units) || ends < (uint64_t)DAY_MS ||
        ends > (uint64_t)LAST_MS || units > (uint64_t)SF_MAX_NUMBER) {
        return SF_EPARSE;
    }
    q->ends_ms = (int64_t)ends;
    q->spent = q->written = q->spent_else =
        (int64_t)units; /* for what, is not known: the rest of the day gets its share */
    return SF_OK;
}

int sf_youtube_quota_open(sf_youtube_quota *q, const char *dir, int64_t most, sf_error *err)
{
    q->most = most;
    int r = sf_state_open(&q->state, dir, "youtube-quota", err);
    return r == SF_OK ? sf_state_read(q->state, sf_youtube_quota_recall_line, q, err) : r;
}

void sf_youtube_quota_close(sf_youtube_quota *q)
{
    sf_state_close(q->state);
}

/* Writes what is to be spent from now on. */
static int write_ahead(sf_youtube_quota *q, int64_t units)
{
    char text[64];
    sf_error why = {.message = ""};
    (void)snprintf(text, sizeof text, "%" PRId64 " %" PRId64, q->ends_ms, units);
    sf_state_set(q->state, "u", sf_cstr(text));
    q->position++;
    int r = sf_state_seal(q->state, q->position);
    r = r == SF_OK ? sf_state_commit(q->state, q->position, &why) : r;
    if (r != SF_OK) {
        sf_log(SF_LOG_WARN, "youtube: the units cannot be written down, so none are spent: %s", why.message);
        return r;
    }
    q->written = units;
    return SF_OK;
}

/* ---- spending ----------------------------------------------------------------------------------------------------- */

static void begin_day(sf_youtube_quota *q, int64_t now_ms)
{
    if (now_ms >= q->ends_ms) {
        q->ends_ms = sf_youtube_midnight(now_ms);
        q->spent = q->written = q->spent_else = 0;
    }
}

int64_t sf_youtube_quota_pay(sf_youtube_quota *q, int64_t units, int is_list, int64_t now_ms)
{
    begin_day(q, now_ms);
    int64_t after = q->spent + units;
    if (after > q->most) {
        return q->ends_ms - now_ms;
    }
    int64_t ahead = after + q->most / AHEAD_SHARE;
    if (after > q->written && write_ahead(q, ahead < q->most ? ahead : q->most) != SF_OK) {
        return RETRY_MS;
    }
    q->spent = after;
    sf_metric_set_of(SF_METRIC_BUDGET, "youtube", -1, (double)(q->most - after));
    q->spent_else += is_list ? 0 : units;
    return 0;
}

double sf_youtube_quota_rate(const sf_youtube_quota *q)
{
    return (double)(q->most - q->lists) / ((double)DAY_MS / 1000);
}

int sf_youtube_quota_may(sf_youtube_quota *q, int64_t units, int64_t now_ms)
{
    begin_day(q, now_ms);
    int64_t rest = q->most - q->lists, gone_ms = DAY_MS - (q->ends_ms - now_ms);
    int64_t until_now =
        (int64_t)((double)rest * (double)(gone_ms > 0 ? gone_ms : 0) / (double)DAY_MS) + q->most / AHEAD_SHARE;
    return q->spent + units <= q->most && q->spent_else + units <= (until_now < rest ? until_now : rest);
}

int64_t sf_youtube_quota_is_spent(sf_youtube_quota *q, int64_t now_ms)
{
    begin_day(q, now_ms);
    (void)write_ahead(q, q->most);
    q->spent = q->most;
    return q->ends_ms - now_ms;
}
