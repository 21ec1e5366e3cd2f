/* SPDX-License-Identifier: MIT */
/* sf_normalise(): one row a platform. What holds for all of them is here: that the answer is JSON at all, that nothing is
 * added where it is not, and the report. */
#include <stdlib.h>

#include "batch.h"
#include "error.h"
#include "normalise/answer.h"

static const struct {
    int32_t platform;
    int (*read)(sf_answer *a, sf_str answer);
} readers[] = {
    {SF_REDDIT, sf_reddit_read},   {SF_HACKERNEWS, sf_hackernews_read}, {SF_BLUESKY, sf_bluesky_read},
    {SF_YOUTUBE, sf_youtube_read}, {SF_LOBSTERS, sf_lobsters_read},
};

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* What an answer that is no JSON starts with, so that its reader knows what it was. */
static int not_json(sf_str text, size_t at, sf_error *err)
{
    sf_str start = {text.ptr + at, text.len - at};
    if (*start.ptr == '<') {
        return sf_error_set(err, SF_EPARSE, 1, at, "HTML instead of JSON");
    }
    size_t n = 0;
    while (n < start.len && n < 40 && start.ptr[n] >= ' ' && start.ptr[n] < 0x7F) {
        n++;
    }
    return sf_error_set(err, SF_EPARSE, 1, at, "not JSON: \"%.*s\"", (int)n, start.ptr);
}

/* Checks the whole answer; *value is its one JSON value. */
static int check(sf_str text, sf_str *value, sf_error *err)
{
    sf_json j;
    size_t at = text.len >= 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (at < text.len && is_space(text.ptr[at])) {
        at++;
    }
    if (at == text.len) {
        return sf_error_set(err, SF_EPARSE, 1, at, "an empty answer");
    }
    sf_json_init(&j, text);
    if (sf_json_peek(&j) == SF_JSON_ERROR) {
        return not_json(text, at, err);
    }
    sf_json_raw(&j, value);
    return sf_json_end(&j, err);
}

static void release(sf_answer *a)
{
    for (size_t i = 0; i < SF_SLOTS; i++) {
        free(a->slots[i].ptr);
        free(a->joined[i].ptr);
        sf_cleaner_free(&a->cleaners[i]);
    }
    free(a->children);
}

/* Moves the children into the batch and tells what there was. */
static int hand_over(sf_answer *a, sf_normalise_report *report)
{
    size_t bytes = a->n_children * sizeof *a->children;
    sf_child *kept = sf_batch_alloc(a->batch, bytes);
    if (kept == NULL) {
        return SF_ENOMEM;
    }
    if (bytes > 0) {
        memcpy(kept, a->children, bytes);
    }
    report->signals = a->signals;
    report->skips = a->skips;
    report->errors = a->errors;
    report->children = kept;
    report->n_children = a->n_children;
    return SF_OK;
}

int64_t sf_normalise(sf_batch *b, int32_t platform, sf_str json, int64_t observed_ms, sf_normalise_report *report,
                     sf_error *err)
{
    size_t row = 0;
    while (row < sizeof readers / sizeof *readers && readers[row].platform != platform) {
        row++;
    }
    if (b == NULL || row == sizeof readers / sizeof *readers ||
        (report != NULL && report->struct_size < sizeof *report)) {
        return sf_error_set(err, SF_EINVAL, 0, 0, b == NULL ? "no batch" : "unknown platform or report");
    }
    sf_str value = {"", 0};
    int status = check(json, &value, err);
    if (status != SF_OK) {
        return status;
    }
    sf_answer a = {.batch = b, .text = json, .observed_ms = observed_ms};
    size_t count = sf_batch_count(b);
    status = readers[row].read(&a, value);
    if (status == SF_OK && report != NULL) {
        status = hand_over(&a, report);
    }
    if (status != SF_OK) {
        sf_batch_truncate(b, count);
        size_t at = (size_t)(value.ptr - json.ptr);
        sf_error_set(err, status, 1, at, "%s", status == SF_ENOMEM ? sf_strerror(status) : a.reason);
    }
    int64_t signals = (int64_t)a.signals;
    release(&a);
    return status != SF_OK ? status : signals;
}
