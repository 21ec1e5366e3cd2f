/* SPDX-License-Identifier: MIT */
/* The signal as JSON: written in the schema's order, read back as the same, refused with the field's name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"
#include "support/random.h"

#define REPLACEMENT "\xEF\xBF\xBD"

static const char post[] =
    "{\"v\":1,\"platform\":\"reddit\",\"source_id\":\"t3_xyz789\",\"kind\":\"post\",\"channel\":\"technology\","
    "\"title\":\"IBM's "
    "\\\"breakthrough\\\"\",\"body\":\"two\\nlines\",\"author\":\"someone\",\"url\":\"https://x.org/\","
    "\"raw_score\":45,\"comments\":2,\"ts\":\"2026-01-02T03:04:05.000Z\",\"observed_at\":\"2026-01-02T03:09:05.000Z\","
    "\"lang\":\"en\",\"labels\":[\"nsfw\"],\"parent_id\":null}";

static const char analysed[] =
    "{\"v\":1,\"platform\":\"hackernews\",\"source_id\":\"123\",\"kind\":\"refresh\",\"channel\":null,"
    "\"title\":\"IBM and quantum computing\",\"body\":\"\",\"author\":null,\"url\":null,\"raw_score\":1200,"
    "\"comments\":null,\"ts\":null,\"observed_at\":\"2026-01-02T03:09:05.000Z\",\"lang\":null,\"labels\":[],"
    "\"parent_id\":null,\"sentiment\":{\"neg\":0,\"neu\":0.5,\"pos\":0.5,\"compound\":0.6249},\"sentiment_cover\":0.8,"
    "\"topics\":[\"ibm\",\"quantum computing\"],\"entities\":[{\"text\":\"IBM\",\"label\":\"ORG\",\"start\":0,"
    "\"end\":3,\"id\":\"ibm\"}],\"keywords\":[\"quantum\",\"computing\"],\"previous_score\":45,\"velocity\":3.85,"
    "\"comment_velocity\":0.14333333333333334,\"normalised_score\":0.81,\"trending_score\":0.93,\"rising\":true,"
    "\"analysis\":\"0.1.0-5f3c9a\"}";

static const char unknown[] =
    "{\"v\":1,\"platform\":\"bluesky\",\"source_id\":\"at://x\",\"kind\":\"delete\",\"channel\":null,\"title\":\"\","
    "\"body\":\"\",\"author\":null,\"url\":null,\"raw_score\":null,\"comments\":null,\"ts\":null,\"observed_at\":null,"
    "\"lang\":null,\"labels\":[],\"parent_id\":null,\"sentiment\":null,\"sentiment_cover\":null,\"topics\":[],"
    "\"entities\":[],\"keywords\":[],\"previous_score\":null,\"velocity\":null,\"comment_velocity\":null,"
    "\"normalised_score\":null,\"trending_score\":null,\"rising\":null,\"analysis\":\"x\"}";

static sf_batch *batch;

static int make_batch(void **state)
{
    (void)state;
    return sf_batch_new(&batch);
}

static int free_batch(void **state)
{
    (void)state;
    sf_batch_free(batch);
    return 0;
}

static int empty_batch(void **state)
{
    (void)state;
    sf_batch_reset(batch);
    return 0;
}

static sf_signal *read_signal(const char *json)
{
    sf_error err = {0};
    int64_t i = sf_batch_add_json(batch, sf_cstr(json), &err);
    if (i < 0) {
        fail_msg("%s at %llu in %s", err.message, (unsigned long long)err.offset, json);
    }
    return sf_batch_at(batch, (size_t)i);
}

static void written_as_read(void **state)
{
    static const char *const lines[] = {post, analysed, unknown};
    char buf[2000];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sf_signal_json(read_signal(lines[i]), buf, sizeof buf), strlen(lines[i]));
        assert_string_equal(buf, lines[i]);
    }
}

static void fields(void **state)
{
    const sf_signal *s = read_signal(post);
    (void)state;
    assert_int_equal(s->platform, SF_REDDIT);
    assert_int_equal(s->kind, SF_POST);
    assert_string_equal(s->title.ptr, "IBM's \"breakthrough\"");
    assert_string_equal(s->body.ptr, "two\nlines");
    assert_true(s->raw_score == 45.0 && s->comments == 2.0 && isnan(s->velocity));
    assert_true(s->observed_ms - s->ts_ms == 300000);
    assert_string_equal(s->labels[0].ptr, "nsfw");
    assert_string_equal(s->parent_id.ptr, "");
    assert_int_equal(s->rising, -1);
    s = read_signal(analysed);
    assert_int_equal(s->kind, SF_REFRESH);
    assert_true(s->sentiment.compound == 0.6249 && s->velocity == 3.85 && s->previous_score == 45.0);
    assert_int_equal(s->rising, 1);
    assert_int_equal(s->n_topics, 2);
    assert_string_equal(s->topics[1].ptr, "quantum computing");
    assert_string_equal(s->entities[0].id.ptr, "ibm");
    assert_int_equal(s->entities[0].end, 3);
    assert_string_equal(s->keywords[0].ptr, "quantum");
    assert_string_equal(s->analysis.ptr, "0.1.0-5f3c9a");
    assert_true(isnan(s->comments) && s->ts_ms == SF_NO_TIME);
}

/* The analysis stands in the line only where there was one. */
static void before_analysis(void **state)
{
    char buf[2000];
    sf_signal *s = read_signal(analysed);
    (void)state;
    s->analysis.len = 0;
    sf_signal_json(s, buf, sizeof buf);
    assert_null(strstr(buf, "sentiment"));
    assert_null(strstr(buf, "velocity"));
    assert_non_null(strstr(buf, "\"parent_id\":null}"));
}

static void forgiven(void **state)
{
    const sf_signal *s = read_signal("{\"platform\":\"youtube\",\"source_id\":\"x\"}");
    (void)state;
    assert_int_equal(s->kind, SF_POST);
    assert_true(isnan(s->raw_score) && s->ts_ms == SF_NO_TIME);
    s = read_signal(" \n{ \"source_id\" : \"x\" , \"platform\" : \"youtube\" , \"title\" : null , \"body\" : null ,"
                    "\"labels\":null,\"topics\":null,\"entities\":null,\"sentiment\":null,\"rising\":null,\"v\":1.0,"
                    "\"more\":{\"deep\":[{},[]],\"huge\":1e999},\"\":0} \r\n");
    assert_string_equal(s->title.ptr, "");
    assert_int_equal(s->n_labels, 0);
    s = read_signal("\xEF\xBB\xBF{\"pl\\u0061tform\":\"youtube\",\"source\\u005fid\":\"x\",\"title\":\"t\"}");
    assert_string_equal(s->title.ptr, "t");
    s = read_signal("{\"platform\":\"youtube\",\"source_id\":\"x\",\"ts\":\"2026-01-02 05:04:05.5+02:00\","
                    "\"sentiment\":{\"compound\":-1,\"neg\":null,\"other\":[]},\"rising\":false}");
    assert_true(s->sentiment.compound == -1.0 && isnan(s->sentiment.neg));
    assert_int_equal(s->rising, 0);
    assert_true(s->ts_ms == INT64_C(1767323045500));
}

static void repaired(void **state)
{
    const sf_signal *s = read_signal("{\"platform\":\"reddit\",\"source_id\":\"a\\u0000\",\"title\":\"\xFF\\ud800\","
                                     "\"labels\":[\"\\udc00\"],\"unread\":\"\xFF\"}");
    (void)state;
    assert_string_equal(s->source_id.ptr, "a" REPLACEMENT);
    assert_string_equal(s->title.ptr, REPLACEMENT REPLACEMENT);
    assert_string_equal(s->labels[0].ptr, REPLACEMENT);
    assert_int_equal(s->replaced, 4);
}

static void the_last_one_holds(void **state)
{
    const sf_signal *s = read_signal(
        "{\"platform\":\"reddit\",\"source_id\":\"a\",\"source_id\":\"b\",\"platform\":\"bluesky\",\"title\":\"a\","
        "\"title\":\"b\",\"body\":\"a\",\"body\":null,\"raw_score\":1,\"raw_sc\\u006fre\":null,\"ts\":"
        "\"2026-01-02T03:04:05Z\",\"ts\":null,\"labels\":[\"a\",\"b\"],\"labels\":null,\"sentiment\":{\"neg\":1},"
        "\"sentiment\":{\"pos\":1},\"rising\":true,\"rising\":null,\"comments\":1,\"comments\":2}");
    (void)state;
    assert_string_equal(s->source_id.ptr, "b");
    assert_int_equal(s->platform, SF_BLUESKY);
    assert_string_equal(s->title.ptr, "b");
    assert_string_equal(s->body.ptr, "");
    assert_true(isnan(s->raw_score) && s->ts_ms == SF_NO_TIME && s->comments == 2.0);
    assert_int_equal(s->n_labels, 0);
    assert_true(isnan(s->sentiment.neg) && s->sentiment.pos == 1.0);
    assert_int_equal(s->rising, -1);
}

static void refused(void **state)
{
#define ID "\"platform\":\"reddit\",\"source_id\":\"x\""
    static const struct {
        const char *json;
        int status;
        const char *message;
    } cases[] = {
        {"", SF_EPARSE, "the input ends too early"},
        {"[]", SF_EPARSE, "expected an object"},
        {"{}", SF_EPARSE, "platform: missing"},
        {"{\"platform\":\"reddit\"}", SF_EPARSE, "source_id: missing"},
        {"{\"source_id\":\"x\"}", SF_EPARSE, "platform: missing"},
        {"{\"platform\":\"reddit\",\"source_id\":\"\"}", SF_EPARSE, "source_id: must not be empty"},
        {"{\"platform\":\"reddit\",\"source_id\":null}", SF_EPARSE, "source_id: expected a string"},
        {"{\"platform\":\"reddit\",\"source_id\":12}", SF_EPARSE,
         "source_id: expected a string: ids stay text even where they look like numbers"},
        {"{\"platform\":\"myspace\",\"source_id\":\"x\"}", SF_EPARSE, "platform: no known platform"},
        {"{\"platform\":\"Reddit\",\"source_id\":\"x\"}", SF_EPARSE, "platform: no known platform"},
        {"{\"platform\":\"unknown\",\"source_id\":\"x\"}", SF_EPARSE, "platform: no known platform"},
        {"{\"platform\":1,\"source_id\":\"x\"}", SF_EPARSE, "platform: expected a string"},
        {"{" ID ",\"kind\":\"like\"}", SF_EPARSE, "kind: expected post, comment, refresh or delete"},
        {"{" ID ",\"kind\":null}", SF_EPARSE, "kind: expected a string"},
        {"{" ID ",\"title\":1}", SF_EPARSE, "title: expected a string"},
        {"{" ID ",\"body\":[]}", SF_EPARSE, "body: expected a string"},
        {"{" ID ",\"raw_score\":\"45\"}", SF_EPARSE, "raw_score: expected a number"},
        {"{" ID ",\"raw_score\":true}", SF_EPARSE, "raw_score: expected a number"},
        {"{" ID ",\"raw_score\":NaN}", SF_EPARSE, "raw_score: expected a value"},
        {"{" ID ",\"raw_score\":1e300}", SF_EPARSE, "raw_score: absurdly large"},
        {"{" ID ",\"raw_score\":1e999}", SF_EPARSE, "raw_score: the number is too large"},
        {"{" ID ",\"comments\":-9007199254740994}", SF_EPARSE, "comments: absurdly large"},
        {"{" ID ",\"ts\":1767323045}", SF_EPARSE, "ts: expected a string"},
        {"{" ID ",\"ts\":\"yesterday\"}", SF_EPARSE, "ts: expected a time such as 2026-01-02T03:04:05.000Z"},
        {"{" ID ",\"observed_at\":\"2026-02-30T00:00:00Z\"}", SF_EPARSE,
         "observed_at: expected a time such as 2026-01-02T03:04:05.000Z"},
        {"{" ID ",\"labels\":\"nsfw\"}", SF_EPARSE, "labels: expected an array"},
        {"{" ID ",\"labels\":[1]}", SF_EPARSE, "labels: expected a string"},
        {"{" ID ",\"topics\":[null]}", SF_EPARSE, "topics: expected a string"},
        {"{" ID ",\"rising\":1}", SF_EPARSE, "rising: expected true or false"},
        {"{" ID ",\"sentiment\":0.5}", SF_EPARSE, "sentiment: expected an object"},
        {"{" ID ",\"sentiment\":{\"neg\":\"x\"}}", SF_EPARSE, "sentiment: expected a number"},
        {"{" ID ",\"entities\":[{\"start\":-1}]}", SF_EPARSE, "entities: expected an offset"},
        {"{" ID ",\"entities\":[{\"start\":1.5}]}", SF_EPARSE, "entities: expected a whole number of 64 bits"},
        {"{" ID ",\"title\":\"ab\",\"entities\":[{\"start\":2,\"end\":1}]}", SF_EPARSE,
         "entities: one ends before it starts"},
        {"{\"entities\":[{\"start\":0,\"end\":6}],\"title\":\"ab\",\"body\":\"cd\"," ID "}", SF_EPARSE,
         "entities: one ends behind the text"},
        {"{" ID ",\"v\":0}", SF_EPARSE, "v: expected 1"},
        {"{" ID ",\"v\":\"1\"}", SF_EPARSE, "v: expected a number"},
        {"{" ID ",\"v\":null}", SF_EPARSE, "v: expected a number"},
        {"{" ID ",\"v\":2}", SF_EVERSION, "v: a newer schema version than this program knows, which is 1"},
        {"{\"source_id\":{},\"title\":7,\"v\":2}", SF_EVERSION,
         "v: a newer schema version than this program knows, which is 1"},
        {"{" ID ",\"title\":\"x}", SF_EPARSE, "title: the string has no end"},
        {"{" ID ",}", SF_EPARSE, "expected the name of a member"},
        {"{" ID "} {}", SF_EPARSE, "something follows the value"},
        {"{" ID ",\"x\":[[}", SF_EPARSE, "expected a value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_error err = {0};
        assert_int_equal(sf_batch_add_json(batch, sf_cstr(cases[i].json), &err), cases[i].status);
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.status, cases[i].status);
        assert_true(err.offset <= strlen(cases[i].json));
        assert_int_equal(sf_batch_add_json(batch, sf_cstr(cases[i].json), NULL), cases[i].status);
    }
    assert_int_equal(sf_batch_count(batch), 0);
    assert_int_equal(sf_batch_add_json(NULL, sf_cstr(post), NULL), SF_EINVAL);
    assert_int_equal(sf_batch_add_json(batch, (sf_str){NULL, 3}, NULL), SF_EINVAL);
    assert_int_equal(sf_signal_json(NULL, NULL, 0), SF_EINVAL);
}

static void limits(void **state)
{
    size_t cap = SF_MAX_RECORD + 1000;
    char *line = malloc(cap);
    (void)state;
    assert_non_null(line);
    int n = snprintf(line, cap, "{\"platform\":\"reddit\",\"source_id\":\"%0512d\"}", 7);
    assert_int_equal(sf_batch_add_json(batch, (sf_str){line, (size_t)n}, NULL), 0);
    n = snprintf(line, cap, "{\"platform\":\"reddit\",\"source_id\":\"%0513d\"}", 7);
    assert_int_equal(sf_batch_add_json(batch, (sf_str){line, (size_t)n}, NULL), SF_ETOOBIG);
    n = snprintf(line, cap, "{\"platform\":\"reddit\",\"source_id\":\"1\",\"body\":\"");
    memset(line + n, 'x', cap - (size_t)n);
    memcpy(line + SF_MAX_RECORD - 2, "\"} ", 3);
    assert_int_equal(sf_batch_add_json(batch, (sf_str){line, SF_MAX_RECORD}, NULL), 1);
    assert_int_equal(sf_batch_add_json(batch, (sf_str){line, SF_MAX_RECORD + 1}, NULL), SF_ETOOBIG);
    free(line);
    char many[4000] = "{\"platform\":\"reddit\",\"source_id\":\"1\",\"labels\":[";
    for (int i = 0; i < 100; i++) {
        strcat(many, "\"x\",");
    }
    strcat(many, "7],\"entities\":["); /* what is behind the limit is not looked at */
    for (int i = 0; i < 100; i++) {
        strcat(many, "{\"id\":\"x\"},");
    }
    strcat(many, "{}]}");
    const sf_signal *s = read_signal(many);
    assert_int_equal(s->n_labels, SF_MAX_LABELS);
    assert_int_equal(s->n_entities, SF_MAX_ENTITIES);
    assert_string_equal(s->entities[63].id.ptr, "x");
    assert_string_equal(s->entities[63].label.ptr, "");
}

/* A line that is cut anywhere is refused and leaves nothing behind. */
static void cut_lines(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof analysed - 1; len++) {
        sf_error err = {0};
        assert_int_equal(sf_batch_add_json(batch, (sf_str){analysed, len}, &err), SF_EPARSE);
        assert_true(err.offset <= len);
    }
    assert_int_equal(sf_batch_count(batch), 0);
}

static void as_snprintf_does(void **state)
{
    char buf[2000];
    const sf_signal *s = read_signal(analysed);
    size_t len = sizeof analysed - 1;
    (void)state;
    assert_int_equal(sf_signal_json(s, NULL, 0), len);
    for (size_t cap = 1; cap < len + 2; cap++) {
        memset(buf, '#', sizeof buf);
        assert_int_equal(sf_signal_json(s, buf, cap), len);
        size_t n = cap - 1 < len ? cap - 1 : len;
        assert_memory_equal(buf, analysed, n);
        assert_int_equal(buf[n], 0);
        assert_int_equal(buf[cap], '#');
    }
}

static void random_text(uint64_t *random, char *buf, size_t cap, sf_str *out)
{
    static const char *const pieces[] = {"a",     "\"",  "\\", "\n", "\x01", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                         "word ", "\xFF"};
    size_t len = 0;
    for (uint32_t n = random_below(random, 20); n > 0; n--) {
        const char *piece = pieces[random_below(random, 9)];
        if (len + strlen(piece) < cap) {
            memcpy(buf + len, piece, strlen(piece));
            len += strlen(piece);
        }
    }
    *out = (sf_str){buf, len};
}

/* Whatever a caller adds is written, read and written again as the same bytes. */
static void round_trips(void **state)
{
    uint64_t random = 1;
    char text[4][200], once[8000], twice[8000];
    (void)state;
    for (int i = 0; i < 2000; i++) {
        sf_signal s;
        sf_signal_init(&s, sizeof s);
        s.platform = 1 + (int32_t)random_below(&random, 4);
        s.kind = (int32_t)random_below(&random, 4);
        s.source_id = sf_cstr("id");
        random_text(&random, text[0], 200, &s.title);
        random_text(&random, text[1], 200, &s.body);
        random_text(&random, text[2], 200, &s.author);
        random_text(&random, text[3], 200, &s.channel);
        s.labels = s.topics = s.keywords = &s.author;
        s.n_labels = random_below(&random, 2);
        s.n_topics = s.n_keywords = random_below(&random, 2);
        s.raw_score = random_below(&random, 4) > 0 ? (double)(int64_t)random_log(&random, 1.0, 1e15) : (double)NAN;
        s.velocity = random_log(&random, 1e-9, 1e9) - 1.0;
        s.trending_score = random_unit(&random);
        s.sentiment = (sf_scores){0.0, random_unit(&random), 0.5, -0.0};
        s.observed_ms = (int64_t)random_log(&random, 1.0, 2e14);
        s.rising = (int32_t)random_below(&random, 3) - 1;
        s.analysis = sf_cstr(random_below(&random, 2) > 0 ? "0.1.0" : "");
        int64_t at = sf_batch_add(batch, &s, sizeof s);
        assert_true(at >= 0);
        const sf_signal *added = sf_batch_at(batch, (size_t)at);
        int64_t len = sf_signal_json(added, once, sizeof once);
        assert_true(len > 0 && len < (int64_t)sizeof once);
        const sf_signal *back = read_signal(once);
        sf_signal_json(back, twice, sizeof twice);
        assert_string_equal(once, twice);
        assert_int_equal(back->replaced, 0);
        assert_memory_equal(&back->raw_score, &added->raw_score, sizeof(double));
        if (s.analysis.len > 0) {
            assert_memory_equal(&back->velocity, &added->velocity, sizeof(double));
            assert_memory_equal(&back->sentiment, &added->sentiment, sizeof(sf_scores));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(written_as_read, empty_batch),
        cmocka_unit_test_teardown(fields, empty_batch),
        cmocka_unit_test_teardown(before_analysis, empty_batch),
        cmocka_unit_test_teardown(forgiven, empty_batch),
        cmocka_unit_test_teardown(repaired, empty_batch),
        cmocka_unit_test_teardown(the_last_one_holds, empty_batch),
        cmocka_unit_test_teardown(refused, empty_batch),
        cmocka_unit_test_teardown(limits, empty_batch),
        cmocka_unit_test_teardown(cut_lines, empty_batch),
        cmocka_unit_test_teardown(as_snprintf_does, empty_batch),
        cmocka_unit_test_teardown(round_trips, empty_batch),
    };
    return cmocka_run_group_tests(tests, make_batch, free_batch);
}
