/* SPDX-License-Identifier: MIT */
/* What to do about an answer: the one table of it, for all platforms.
 *
 *   connection or reading failed; 408, 5xx; 2xx that is no whole JSON;
 *   3xx: redirects are not followed, and may pass                        again, three times; then see sf_http
 *   429                                                                  slow down: wait as long as the server says
 *   401                                                                  log in anew, once
 *   403                                                                  forbidden: the source knows what to leave alone
 *   404, 410, 451                                                        gone: nothing is there
 *   other 4xx                                                            refused: asking again would change nothing
 */
#ifndef SF_HTTP_RETRY_H
#define SF_HTTP_RETRY_H

#include "signalflow/signalflow.h"

typedef enum sf_http_verdict {
    SF_HTTP_GOOD,
    SF_HTTP_AGAIN,
    SF_HTTP_SLOW_DOWN,
    SF_HTTP_LOG_IN,
    SF_HTTP_FORBIDDEN,
    SF_HTTP_GONE,
    SF_HTTP_REFUSED
} sf_http_verdict;

enum { SF_HTTP_TRIES = 3 };

/* The table. status: 0 where there was no whole answer. */
sf_http_verdict sf_http_judge(long status, sf_str body);

/* How the server tells of its limit, beside Retry-After. */
typedef struct sf_http_limit {
    const char *reset;     /* a header: when the limit ends, "x-ratelimit-reset"; NULL: none */
    int is_date;           /* 1: it holds a time in seconds since 1970; 0: seconds from now on */
    const char *remaining; /* a header: how many more requests until then, "x-ratelimit-remaining"; NULL: none */
} sf_http_limit;

/* Milliseconds to wait after a 429: what Retry-After or the reset header ask for, the longer one, and never less than 5 s. At
 * most a day, so that a wrong header does not end it all. Texts may be NULL.
 *   retry_after  seconds, or an HTTP date
 *   reset        the header that `limit` names */
int64_t sf_http_limit_wait(const sf_http_limit *limit, const char *retry_after, const char *reset, int64_t now_ms);

/* What the two headers of any answer allow: requests a second, so that what remains lasts until the reset. With none left it is 0,
 * and *wait_ms is how long to send nothing. Returns -1 where a header is missing or makes no sense. */
double sf_http_limit_pace(const sf_http_limit *limit, const char *remaining, const char *reset, int64_t now_ms,
                          int64_t *wait_ms);

#endif
