/* SPDX-License-Identifier: MIT */
/* The table of what to do about answers. */
#include "http_retry.h"

#include <curl/curl.h>
#include <math.h>
#include <stdlib.h>

enum { LEAST_MS = 5000, MOST_MS = 86400000 };

/* One value and nothing behind it: neither HTML, nor a body that was cut off. */
static int is_json(sf_str body)
{
    sf_json j;
    sf_json_init(&j, body);
    (void)sf_json_skip(&j);
    return sf_json_end(&j, NULL) == SF_OK;
}

sf_http_verdict sf_http_judge(long status, sf_str body)
{
    switch (status) {
    case 401: return SF_HTTP_LOG_IN;
    case 403: return SF_HTTP_FORBIDDEN;
    case 404:
    case 410:
    case 451: return SF_HTTP_GONE;
    case 408: return SF_HTTP_AGAIN;
    case 429: return SF_HTTP_SLOW_DOWN;
    default: break;
    }
    if (status >= 200 && status < 300) {
        return is_json(body) ? SF_HTTP_GOOD : SF_HTTP_AGAIN;
    }
    return status >= 400 && status < 500 ? SF_HTTP_REFUSED : SF_HTTP_AGAIN;
}

/* Reads "7" or "12.5"; -1 where it is no number. */
static double seconds_of(const char *text)
{
    char *end;
    double v = text != NULL && text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : -1;
    return v >= 0 && *end == '\0' && isfinite(v) ? v : -1;
}

static double until(double at_s, int64_t now_ms)
{
    return at_s * 1000 - (double)now_ms;
}

int64_t sf_http_limit_wait(const sf_http_limit *limit, const char *retry_after, const char *reset, int64_t now_ms)
{
    double wait = LEAST_MS, after = seconds_of(retry_after), at = seconds_of(reset);
    if (after >= 0) {
        wait = fmax(wait, after * 1000);
    } else if (retry_after != NULL) {
        time_t date = curl_getdate(retry_after, NULL);
        wait = date >= 0 ? fmax(wait, until((double)date, now_ms)) : wait;
    }
    if (at >= 0) {
        wait = fmax(wait, limit->is_date ? until(at, now_ms) : at * 1000);
    }
    return (int64_t)fmin(wait, MOST_MS);
}

double sf_http_limit_pace(const sf_http_limit *limit, const char *remaining, const char *reset, int64_t now_ms,
                          int64_t *wait_ms)
{
    double left = seconds_of(remaining), at = seconds_of(reset);
    double ms = at < 0 ? -1 : limit->is_date ? until(at, now_ms) : at * 1000;
    *wait_ms = 0;
    if (left < 0 || at < 0 || ms > MOST_MS) {
        return -1;
    }
    if (left >= 1) {
        return left * 1000 / fmax(ms, 1000);
    }
    *wait_ms = (int64_t)fmax(ms, 1000);
    return 0;
}
