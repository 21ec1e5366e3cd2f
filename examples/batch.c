/* SPDX-License-Identifier: MIT */
/* A batch: what a platform's API answered becomes signals, which are analysed together and written as lines of JSON. A batch
 * is an arena, so a program that goes on resets it and fills it again, and soon asks for no more memory.
 *
 *     $ batch
 *     round 1: 2 signals, 1 skipped
 *     round 2: 2 signals, 1 skipped
 *     reddit t3_1: NASA lands on Europa, compound +0.6249
 *     reddit t3_2: Launch delayed, sadly, compound -0.5719
 *     {"v":1,"platform":"reddit","source_id":"t3_2","kind":"post",
 */
#include <signalflow/signalflow.h>
#include <stdio.h>

static const char answer[] =
    "{\"kind\":\"Listing\",\"data\":{\"children\":["
    "{\"kind\":\"t3\",\"data\":{\"name\":\"t3_1\",\"subreddit\":\"space\",\"title\":\"NASA lands on Europa\","
    "\"selftext\":\"**Great** news &amp; pictures\",\"score\":45,\"num_comments\":2,\"created_utc\":1767323045.0}},"
    "{\"kind\":\"t3\",\"data\":{\"name\":\"t3_2\",\"subreddit\":\"space\",\"title\":\"Launch delayed, sadly\","
    "\"selftext\":\"\",\"score\":12,\"num_comments\":0,\"created_utc\":1767323105.0}},"
    "{\"kind\":\"more\",\"data\":{\"count\":0}}]}}";

/* The signals, and the start of the last one's JSON. */
static void print_signals(const sf_batch *b)
{
    const sf_signal *s = NULL;
    for (size_t i = 0; i < sf_batch_count(b); i++) {
        s = sf_batch_at(b, i);
        printf("%s %s: %s, compound %+.4f\n", sf_platform_name(s->platform), s->source_id.ptr, s->title.ptr,
               s->sentiment.compound);
    }
    char start[61]; /* what does not fit is cut; pipe_filter.c makes room for all */
    if (s != NULL && sf_signal_json(s, start, sizeof start) > 0) {
        printf("%s\n", start);
    }
}

int main(void)
{
    sf_analyser *a = NULL;
    sf_batch *b = NULL;
    if (sf_analyser_new(&a, NULL) != SF_OK || sf_batch_new(&b) != SF_OK) {
        sf_analyser_free(a);
        return 1;
    }
    int failed = 0;
    for (int round = 0; round < 2 && !failed; round++) {
        sf_error err;
        sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
        sf_batch_reset(b);
        if (sf_normalise(b, SF_REDDIT, sf_cstr(answer), SF_NO_TIME, &report, &err) < 0) {
            fprintf(stderr, "byte %d: %s\n", (int)err.offset, err.message);
            failed = 1;
        } else if (sf_analyse(a, b, 0, SF_DO_ALL) < 0) {
            failed = 1;
        } else {
            printf("round %d: %d signals, %d skipped\n", round + 1, (int)report.signals, (int)report.skips);
        }
    }
    print_signals(b);
    sf_batch_free(b);
    sf_analyser_free(a);
    return failed;
}
