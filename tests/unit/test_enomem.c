/* SPDX-License-Identifier: MIT */
/* Every public operation with its first, second, third ... allocation failing, until it succeeds: each failing run gives
 * SF_ENOMEM and leaks nothing, and where only that one allocation failed, the same call again succeeds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/alloc.h"

#define T0 INT64_C(1767324600000)

static int retry; /* 1: allocations work again after the one that failed */

/* Makes a call; where memory was scarce and no longer is, makes it again: it must succeed then. Yields the result of
 * the first failure, so that the operation reports it, and goes on to its end all the same. */
#define TRY(status, call)                                                                                              \
    do {                                                                                                               \
        int64_t first_ = (call);                                                                                       \
        if (first_ == SF_ENOMEM && retry) {                                                                            \
            int64_t second_ = (call);                                                                                  \
            assert_true(second_ >= 0);                                                                                 \
        }                                                                                                              \
        if (first_ < 0 && (status) >= 0) {                                                                             \
            (status) = first_;                                                                                         \
        }                                                                                                              \
    } while (0)

/* Should the operation go on? Only if all went well, or was made up for. */
#define GO_ON(status) ((status) >= 0 || retry)

static const char text[] =
    "What a GREAT release! IBM and Google, not Barack Obama, show quantum computing in New York but isn't it :-) 🎉🎉 "
    "kind of... the bomb?! http://example.org @you #ClimateAction naïve Zürich. ";

static char long_text[20000];

static const char json[] =
    "{\"platform\":\"reddit\",\"source_id\":\"t3_a\",\"kind\":\"post\",\"title\":\"IBM shows a great quantum \\u00e9\","
    "\"body\":\"It \\ud83c\\udf89 works\",\"author\":\"ann\",\"url\":\"https://example.org\",\"raw_score\":45,\"ts\":"
    "\"2026-01-02T03:04:05Z\",\"observed_at\":\"2026-01-02T03:09:05Z\",\"labels\":[\"nsfw\",\"x\"],\"topics\":[\"ibm\"]"
    ","
    "\"entities\":[{\"text\":\"IBM\",\"label\":\"ORG\",\"start\":0,\"end\":3,\"id\":\"ibm\"}],\"keywords\":["
    "\"quantum\"],"
    "\"sentiment\":{\"neg\":0.0,\"neu\":0.5,\"pos\":0.5,\"compound\":0.6249}}";

/* ---- batch ---- */

static int64_t batch_is_filled(void)
{
    int64_t status = SF_OK;
    sf_batch *b = NULL;
    sf_signal s;
    sf_str labels[] = {{"nsfw", 4}, {"spoiler", 7}}, copy, whole;
    sf_signal_init(&s, sizeof s);
    s.platform = SF_REDDIT;
    s.source_id = sf_cstr("t3_b");
    s.title = s.body = (sf_str){long_text, sizeof long_text - 1};
    s.labels = labels;
    s.n_labels = 2;
    TRY(status, sf_batch_new(&b));
    for (int i = 0; GO_ON(status) && i < 40; i++) {
        TRY(status, sf_batch_add(b, &s, sizeof s));
        TRY(status, GO_ON(status) ? sf_batch_add_json(b, sf_cstr(json), NULL) : 0);
        TRY(status, GO_ON(status) ? sf_batch_copy(b, s.title, &copy) : 0);
        TRY(status, GO_ON(status) ? sf_signal_text(b, sf_batch_at(b, 0), &whole) : 0);
        TRY(status, !GO_ON(status) || sf_batch_alloc(b, 100000) != NULL ? SF_OK : SF_ENOMEM);
    }
    if (GO_ON(status)) { /* what failed left nothing behind */
        assert_int_equal(sf_batch_count(b), 80);
        assert_string_equal(sf_batch_at(b, 79)->body.ptr, "It 🎉 works");
    }
    sf_batch_free(b);
    return status;
}

static int64_t json_strings_go_into_a_batch(void)
{
    int64_t status = SF_OK;
    sf_batch *b = NULL;
    sf_json j;
    sf_str out;
    static char quoted[sizeof long_text * 2 + 3];
    assert_true(sf_json_quote((sf_str){long_text, sizeof long_text - 1}, quoted, sizeof quoted) <
                (int64_t)sizeof quoted);
    TRY(status, sf_batch_new(&b));
    if (GO_ON(status)) {
        sf_json_init(&j, sf_cstr(quoted));
        sf_json start = j;
        TRY(status, (j = start, sf_json_string_in(&j, b, &out)));
    }
    sf_batch_free(b);
    return status;
}

/* ---- lexicon, analyser ---- */

static int64_t lexicon_is_loaded(void)
{
    static const sf_lexicon_table tables[] = {
        {"sentiment", "a", {"zorblatt\t3.1\n-good\n", 19}},
        {"emoji", "b", {"\xF0\x9F\x98\x80\tgrinning face\n", 19}},
        {"names", "c", {"ORG\tZorblatt Inc|Zorblatt|ZBI\tzorblatt\n", 39}},
        {"stopwords", "d", {"zzz\n", 4}},
        {"frequencies", "e", {"zorblatt\t3.5\n", 13}},
        {"classes", "g", {"zorblast\tnoun\n", 14}},
        {"baselines", "f", {"youtube\t0.5\t100\t3600\t3\n", 23}},
    };
    int64_t status = SF_OK;
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    o.tables = tables;
    o.n_tables = sizeof tables / sizeof *tables;
    for (o.empty = 0; o.empty < 2; o.empty++) {
        if (GO_ON(status)) {
            TRY(status, sf_lexicon_load(&l, &o, NULL));
            sf_lexicon_free(l);
            l = NULL;
        }
    }
    return status;
}

static int64_t text_is_analysed(void)
{
    int64_t status = SF_OK;
    sf_analyser *a = NULL;
    sf_scores scores = {0, 0, 0, 0};
    double cover, column[4];
    const int64_t offsets[] = {0, sizeof long_text - 1};
    const sf_entity *entities;
    const sf_keyword *keywords;
    sf_explanation told = SF_EXPLANATION_INIT;
    sf_str t = {long_text, sizeof long_text - 1};
    TRY(status, sf_analyser_new(&a, NULL));
    TRY(status, GO_ON(status) ? sf_entities(a, t, &entities) : 0);
    TRY(status, GO_ON(status) ? sf_keywords(a, t, 0, &keywords) : 0);
    TRY(status, GO_ON(status) ? sf_sentiment_cover(a, t, &cover) : 0);
    TRY(status, GO_ON(status) ? sf_sentiment_column(a, long_text, offsets, 1, column) : 0);
    TRY(status, GO_ON(status) ? sf_sentiment_explain(a, t, &told) : 0);
    TRY(status, GO_ON(status) ? sf_sentiment(a, t, &scores) : 0);
    if (GO_ON(status)) {
        assert_true(scores.compound == column[3] && scores.compound == told.scores.compound && scores.compound > 0.5);
    }
    sf_analyser_free(a);
    return status;
}

static int64_t column_is_analysed(void)
{
    int64_t status = SF_OK, rows[3];
    sf_analyser *a = NULL;
    sf_batch *b = NULL;
    const int64_t offsets[] = {0, 90, sizeof text - 1};
    const sf_entity *entities = NULL;
    const char *const *reasons = NULL;
    const sf_str *topics = NULL;
    const sf_keyword *words = NULL;
    TRY(status, sf_analyser_new(&a, NULL));
    TRY(status, GO_ON(status) ? sf_batch_new(&b) : 0);
    TRY(status, GO_ON(status) ? sf_entities_column(a, b, text, offsets, 2, rows, &entities, &reasons) : 0);
    if (GO_ON(status)) {
        assert_true(rows[2] > 0 && entities[0].id.len > 0 && strlen(reasons[0]) > 0);
    }
    TRY(status, GO_ON(status) ? sf_text_topics_column(a, b, text, offsets, 2, rows, &topics) : 0);
    TRY(status, GO_ON(status) ? sf_keywords_column(a, b, text, offsets, 2, 0, rows, &words) : 0);
    sf_batch_free(b);
    sf_analyser_free(a);
    return status;
}

static int64_t batch_is_analysed(void)
{
    static char first[8192]; /* what the first, undisturbed run wrote */
    char line[sizeof first];
    int64_t status = SF_OK;
    sf_analyser *a = NULL;
    sf_batch *b = NULL;
    TRY(status, sf_batch_new(&b));
    TRY(status, GO_ON(status) ? sf_analyser_new(&a, NULL) : 0);
    for (int i = 0; GO_ON(status) && i < 40; i++) {
        TRY(status, sf_batch_add_json(b, sf_cstr(json), NULL));
        if (GO_ON(status)) {
            TRY(status, sf_analyse(a, b, (size_t)i, SF_DO_ALL));
        }
    }
    if (GO_ON(status)) {
        int64_t n = sf_signal_json(sf_batch_at(b, 39), line, sizeof line);
        assert_true(n > 0 && n < (int64_t)sizeof line);
        if (first[0] == '\0') {
            memcpy(first, line, sizeof first);
        }
        assert_string_equal(line, first);
    }
    sf_analyser_free(a);
    sf_batch_free(b);
    return status;
}

/* ---- normalise ---- */

static const struct {
    int32_t platform;
    const char *answer;
} answers[] = {
    {SF_REDDIT,
     "{\"kind\":\"Listing\",\"data\":{\"after\":null,\"children\":[{\"kind\":\"t3\",\"data\":{\"id\":\"a\",\"name\":"
     "\"t3_a\",\"title\":\"A &amp; b\",\"selftext\":\"**bold** [link](http://x.org)\",\"author\":\"ann\",\"score\":5,"
     "\"num_comments\":2,\"created_utc\":1767323045.0,\"subreddit\":\"x\",\"over_18\":true}},{\"kind\":\"t5\","
     "\"data\":{}}]}}"},
    {SF_HACKERNEWS,
     "{\"id\":1,\"type\":\"story\",\"by\":\"ann\",\"time\":1767323045,\"title\":\"T\",\"text\":\"<p>a&#x27;b"
     "<p>c\",\"score\":5,\"descendants\":2}"},
    {SF_BLUESKY, "{\"did\":\"did:plc:a\",\"time_us\":1767323045000000,\"kind\":\"commit\",\"commit\":{\"rev\":\"r\","
                 "\"operation\":\"create\",\"collection\":\"app.bsky.feed.post\",\"rkey\":\"k\",\"record\":{\"$type\":"
                 "\"app.bsky.feed.post\",\"text\":\"hello\",\"createdAt\":\"2026-01-02T03:04:05Z\",\"langs\":[\"en\"]},"
                 "\"cid\":\"c\"}}"},
    {SF_YOUTUBE,
     "{\"kind\":\"youtube#videoListResponse\",\"items\":[{\"kind\":\"youtube#video\",\"id\":\"abc\",\"snippet\":"
     "{\"title\":\"T &amp; u\",\"description\":\"d\",\"channelId\":\"c\",\"channelTitle\":\"n\",\"publishedAt\":"
     "\"2026-01-02T03:04:05Z\"},\"statistics\":{\"likeCount\":\"5\",\"commentCount\":\"2\"}}]}"},
};

static int64_t answers_are_normalised(void)
{
    int64_t status = SF_OK;
    sf_batch *b = NULL;
    TRY(status, sf_batch_new(&b));
    for (size_t i = 0; i < 4 * 10 && GO_ON(status); i++) {
        sf_normalise_report r = SF_NORMALISE_REPORT_INIT;
        TRY(status, sf_normalise(b, answers[i % 4].platform, sf_cstr(answers[i % 4].answer), T0, &r, NULL));
        if (GO_ON(status)) {
            assert_int_equal(sf_batch_count(b), i + 1);
            assert_int_equal(r.signals, 1);
        }
    }
    sf_batch_free(b);
    return status;
}

static int64_t text_is_cleaned(void)
{
    static char out[sizeof long_text * 4];
    int64_t status = SF_OK;
    TRY(status, sf_clean_text((sf_str){long_text, sizeof long_text - 1}, (1U << 19) - 1, out, sizeof out));
    return status;
}

static int64_t text_is_mapped(void)
{
    static char out[sizeof long_text * 4];
    int64_t status = SF_OK;
    sf_batch *b = NULL;
    sf_clean_map map = {NULL, 0};
    TRY(status, sf_batch_new(&b));
    if (GO_ON(status)) {
        TRY(status,
            sf_clean_text_mapped(b, (sf_str){long_text, sizeof long_text - 1}, (1U << 19) - 1, out, sizeof out, &map));
        assert_true(map.n_runs > 0 || !GO_ON(status));
    }
    sf_batch_free(b);
    return status;
}

/* ---- aggregate ---- */

static int64_t posts_are_aggregated(void)
{
    int64_t status = SF_OK;
    sf_aggregator *g = NULL;
    const sf_event *events = NULL;
    char id[16];
    size_t n = 0;
    TRY(status, sf_aggregator_new(&g, NULL));
    for (int i = 0; GO_ON(status) && i < 120; i++) {
        sf_str topics[] = {{id, 0}, {"ibm", 3}};
        sf_signal s;
        sf_signal_init(&s, sizeof s);
        s.platform = 1 + i % 4;
        topics[0].len = (size_t)snprintf(id, sizeof id, "id%d", i);
        s.source_id = topics[0];
        s.author = sf_cstr("ann");
        s.topics = topics;
        s.n_topics = 2;
        s.ts_ms = s.observed_ms = T0 + i * 60000;
        s.raw_score = i;
        TRY(status, sf_aggregator_add(g, &s));
        TRY(status, GO_ON(status) ? sf_aggregator_past(g, topics[0], SF_REDDIT, T0 - i * SF_BUCKET_MS, 3) : 0);
    }
    if (GO_ON(status)) {
        sf_aggregator_since(g, 0);
        TRY(status, sf_aggregator_read(g, 0, INT64_MAX, NULL, &events, &n));
        assert_true(!GO_ON(status) || n == 8);
    }
    sf_aggregator_free(g);
    return status;
}

/* ---- trends ---- */

static int64_t topics_are_compared(void)
{
    int64_t status = SF_OK;
    sf_trends *t = NULL;
    const sf_topic_trend *rows = NULL;
    char name[16];
    TRY(status, sf_trends_new(&t, NULL));
    for (int i = 0; GO_ON(status) && i < 120; i++) {
        sf_str topic = {name, (size_t)snprintf(name, sizeof name, "topic%d", i)};
        TRY(status, sf_trends_add(t, topic, 1 + i % 4, T0, 3, 3));
        TRY(status, GO_ON(status) ? sf_trends_add(t, sf_cstr("ibm"), 1 + i % 4, T0 - i * SF_BUCKET_MS, 3, 3) : 0);
        TRY(status, GO_ON(status) ? sf_trends_total(t, 1 + i % 4, T0 - i * SF_BUCKET_MS, 9, 9) : 0);
        TRY(status, GO_ON(status) ? sf_trends_topic(t, topic, T0, 3) : 0);
    }
    if (GO_ON(status)) {
        sf_trends_since(t, SF_REDDIT, 0);
        int64_t n = 0;
        TRY(status, n = sf_trends_read(t, T0, &rows));
        assert_true(!GO_ON(status) || retry || n == 121);
        assert_true(!GO_ON(status) || sf_trends_read(t, T0, &rows) == 121);
    }
    sf_trends_free(t);
    return status;
}

/* ---- fit ---- */

static int64_t baselines_are_fitted(void)
{
    int64_t status = SF_OK;
    sf_fit *f = NULL;
    TRY(status, sf_fit_new(&f));
    TRY(status, GO_ON(status) ? sf_fit_score(f, SF_REDDIT, 5.0) : 0);
    sf_fit_free(f);
    return status < 0 ? status : SF_OK;
}

/* ---- the harness ---- */

/* Runs an operation with each of its allocations failing in turn, alone or with all that follow. */
static void run_out(int64_t (*operation)(void), int all)
{
    unsigned long k = 0;
    retry = !all;
    alloc_fail_at(0, 0);
    assert_true(operation() >= 0);
    for (;;) {
        long live = alloc_live();
        alloc_fail_at(++k, all);
        int64_t status = operation();
        int failed = alloc_failed();
        alloc_fail_at(0, 0);
        if (alloc_live() != live) {
            fail_msg("allocation %lu failed: %ld blocks leak", k, alloc_live() - live);
        }
        if (!failed) {
            assert_true(status >= 0);
            break;
        }
        if (status != SF_ENOMEM) {
            fail_msg("allocation %lu failed: status %ld, not SF_ENOMEM", k, (long)status);
        }
    }
    printf("%lu allocations\n", k - 1);
    assert_true(k > 1);
}

/* ---- leads ---- */

static int64_t platforms_are_compared(void)
{
    int64_t status = SF_OK;
    sf_leads *l = NULL;
    const sf_lead *rows = NULL;
    TRY(status, sf_leads_new(&l, NULL));
    for (int i = 1; GO_ON(status) && i < 80; i++) {
        TRY(status, sf_leads_add(l, sf_cstr("ibm"), 1 + i % 2, T0 - i * 11 * SF_BUCKET_MS, 1));
    }
    if (GO_ON(status)) {
        int64_t n = 0;
        TRY(status, n = sf_leads_read(l, T0, &rows));
        assert_true(!GO_ON(status) || retry || n == 1);
        assert_true(!GO_ON(status) || sf_leads_read(l, T0, &rows) == 1);
    }
    sf_leads_free(l);
    return status;
}

static void each_allocation_fails(void **state)
{
    int64_t (*operation)(void);
    memcpy(&operation, *state, sizeof operation);
    run_out(operation, 0);
    run_out(operation, 1);
}

static int64_t (*const operations[])(void) = {
    batch_is_filled,     json_strings_go_into_a_batch, lexicon_is_loaded,      text_is_analysed, column_is_analysed,
    batch_is_analysed,   answers_are_normalised,       text_is_cleaned,        text_is_mapped,   posts_are_aggregated,
    topics_are_compared, baselines_are_fitted,         platforms_are_compared,
};
static const char *const labels[] = {
    "batch", "json", "lexicon",   "analyser", "columns", "analyse", "normalise",
    "clean", "map",  "aggregate", "trends",   "fit",     "leads",
};
#define OPERATIONS (sizeof operations / sizeof *operations)

int main(void)
{
    struct CMUnitTest tests[OPERATIONS];
    const void *addresses[OPERATIONS];
    for (size_t i = 0; i + sizeof text < sizeof long_text; i += sizeof text - 1) {
        memcpy(long_text + i, text, sizeof text);
    }
    memset(long_text + strlen(long_text), ' ', sizeof long_text - 1 - strlen(long_text));
    for (size_t i = 0; i < OPERATIONS; i++) {
        addresses[i] = &operations[i];
        tests[i] = (struct CMUnitTest){labels[i], each_allocation_fails, NULL, NULL, NULL};
        memcpy(&tests[i].initial_state, &addresses[i], sizeof addresses[i]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
