/* SPDX-License-Identifier: MIT */
/* Any bytes as YouTube's answers (ids of videos, pages, reasons) and as what is kept of the day's units. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/youtube.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* It can stand in a URL. */
static void check_plain(const char *text, size_t cap)
{
    check(strlen(text) < cap, "too long");
    check(text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0',
          "no plain name");
}

static void take_id(void *payload, const char *id)
{
    check(id[0] != '\0', "an empty id");
    check_plain(id, SF_YOUTUBE_ID);
    ++*(int *)payload;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sf_str bytes = {(const char *)data, size};
    char page[SF_YOUTUBE_PAGE], reason[SF_YOUTUBE_REASON];
    sf_youtube_quota q = {.most = 1000};
    int n = 0;
    int r = sf_youtube_read_ids(bytes, take_id, &n, page);
    check(r == SF_OK || (n == 0 && page[0] == '\0'), "ids of what is no list");
    check_plain(page, sizeof page);
    sf_youtube_read_reason(bytes, reason);
    check_plain(reason, sizeof reason);
    if (sf_youtube_quota_recall_line(&q, sf_cstr("u"), bytes) == SF_OK) {
        check(q.spent >= 0 && q.ends_ms >= 0, "units that are none");
        int64_t day = sf_youtube_midnight(q.ends_ms);
        check(day > q.ends_ms && day - q.ends_ms <= 25 * 3600000, "a day that is none");
        q.ends_ms = INT64_MAX; /* no new day, and nothing is written */
        check(q.spent < q.most || sf_youtube_quota_pay(&q, 1, 0, 0) > 0, "units that were spent");
    }
    return 0;
}
