/* SPDX-License-Identifier: MIT */
/* How well platforms were watched in a period: what is not there may not have been, or may not have been looked for. */
#include <math.h>
#include <string.h>

#include "ask.h"

/* A source is its platform's, or one of several: "hackernews", "reddit:technology". */
int32_t sf_ask_platform_of_source(sf_str source)
{
    const char *colon = source.len > 0 ? memchr(source.ptr, ':', source.len) : NULL;
    source.len = colon != NULL ? (size_t)(colon - source.ptr) : source.len;
    return sf_platform_from_name(source);
}

/* The part of the question's period, or of a source's own, that lies within the windows that are known of it. */
static double length_of(const sf_question *q, int64_t first_ms, int64_t last_ms)
{
    int64_t start = q->since_ms != SF_NO_TIME ? q->since_ms : first_ms;
    int64_t end = q->until_ms != SF_NO_TIME   ? q->until_ms
                  : q->since_ms != SF_NO_TIME ? q->as_of_ms
                                              : last_ms + SF_BUCKET_MS;
    return end > start ? (double)(end - start) / 1000 : 0;
}

int sf_ask_coverage(sf_db *db, const sf_question *q, sf_answer *a, sf_error *err)
{
    double seen[SF_PLATFORM_COUNT] = {0}, whole[SF_PLATFORM_COUNT] = {0};
    sf_sql s = {.db = db};
    sf_sql_add(&s, "SELECT source, sum(observed_seconds), min(bucket), max(bucket) FROM coverage WHERE bucket >= ");
    sf_sql_time(&s, q->since_ms != SF_NO_TIME ? q->since_ms - q->since_ms % SF_BUCKET_MS : 0);
    sf_sql_add(&s, " AND bucket < ");
    sf_sql_time(&s, q->until_ms != SF_NO_TIME ? q->until_ms : q->as_of_ms);
    sf_sql_add(&s, " GROUP BY source");
    int r = sf_sql_prepare(&s, db, err);
    while (r == SF_OK && (r = sf_sql_step(&s, err)) == 1) {
        int32_t platform = sf_ask_platform_of_source(sf_column_text(s.stmt, 0));
        seen[platform] += sf_column_number(s.stmt, 1);
        whole[platform] += length_of(q, sf_column_time(s.stmt, 2), sf_column_time(s.stmt, 3));
        r = SF_OK;
    }
    sf_sql_free(&s);
    for (int32_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        a->coverage[i] = whole[i] > 0 ? fmin(1, seen[i] / whole[i]) : (double)NAN;
    }
    return r;
}
