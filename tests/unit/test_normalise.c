/* SPDX-License-Identifier: MIT */
/* sf_normalise() on the answers of tests/vectors/normalise/PLATFORM.jsonl: every field of every signal, every reason of a
 * skip or error; the same answers cut off at every byte; each child's bytes as an answer of their own.
 *
 * A line: {"name", "observed_ms", "answer": any JSON | "text": a string, "signals": [as sf_signal_json() writes them],
 * "children": [their reasons, "" for a signal]}, or "status" and "message" in place of the last two. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

enum { NAME, OBSERVED, ANSWER, TEXT, SIGNALS, CHILDREN, STATUS, MESSAGE, MEMBERS };

typedef struct vector {
    int32_t platform;
    sf_str raw[MEMBERS]; /* as they stand in the line; ptr NULL if missing */
    sf_str answer;
    int64_t observed_ms;
} vector;

static void read_vector(vector *v, char *line, sf_batch *b)
{
    static const char *const names[MEMBERS] = {"name",    "observed_ms", "answer", "text",
                                               "signals", "children",    "status", "message"};
    sf_json j;
    sf_str key;
    memset(v->raw, 0, sizeof v->raw);
    sf_json_init(&j, sf_cstr(line));
    for (int r = sf_json_enter(&j, '{'); r > 0 && sf_json_member(&j, &key) > 0;) {
        int i = 0;
        while (i < MEMBERS - 1 && !sf_json_is(key, names[i])) {
            i++;
        }
        sf_json_raw(&j, &v->raw[i]);
    }
    assert_int_equal(sf_json_end(&j, NULL), SF_OK);
    sf_json_init(&j, v->raw[OBSERVED]);
    assert_int_equal(sf_json_integer(&j, &v->observed_ms), SF_OK);
    v->answer = v->raw[ANSWER];
    if (v->raw[TEXT].ptr != NULL) {
        sf_json_init(&j, v->raw[TEXT]);
        assert_int_equal(sf_json_string_in(&j, b, &v->answer), SF_OK);
    }
}

static void expect_text(const vector *v, sf_str raw, const char *is)
{
    char *quoted = malloc(raw.len * 6 + 64 + strlen(is) * 6);
    assert_non_null(quoted);
    sf_json_quote(sf_cstr(is), quoted, raw.len * 6 + 64 + strlen(is) * 6);
    if (strlen(quoted) != raw.len || memcmp(quoted, raw.ptr, raw.len) != 0) {
        print_error("%.*s: %s is not %.*s\n", (int)v->raw[NAME].len, v->raw[NAME].ptr, quoted, (int)raw.len, raw.ptr);
        fail();
    }
    free(quoted);
}

static void expect_signals(const vector *v, const sf_batch *b)
{
    sf_json j;
    sf_str raw;
    size_t i = 0;
    static char is[8192];
    sf_json_init(&j, v->raw[SIGNALS]);
    for (int r = sf_json_enter(&j, '['); r > 0 && sf_json_element(&j) > 0; i++) {
        assert_int_equal(sf_json_raw(&j, &raw), SF_OK);
        int64_t n = sf_signal_json(sf_batch_at(b, i), is, sizeof is);
        if (n != (int64_t)raw.len || memcmp(is, raw.ptr, raw.len) != 0) {
            print_error("%.*s:\n  is  %s\n  not %.*s\n", (int)v->raw[NAME].len, v->raw[NAME].ptr, is, (int)raw.len,
                        raw.ptr);
            fail();
        }
    }
    assert_int_equal(sf_batch_count(b), i);
}

static void expect_children(const vector *v, const sf_normalise_report *report)
{
    sf_json j;
    sf_str raw;
    size_t i = 0;
    int64_t next = 0;
    sf_json_init(&j, v->raw[CHILDREN]);
    for (int r = sf_json_enter(&j, '['); r > 0 && sf_json_element(&j) > 0; i++) {
        assert_int_equal(sf_json_raw(&j, &raw), SF_OK);
        assert_true(i < report->n_children);
        const sf_child *c = &report->children[i];
        expect_text(v, raw, c->reason);
        assert_int_equal(c->signal, c->status == SF_OK ? next++ : -1);
        assert_int_equal(c->status == SF_OK, c->reason[0] == '\0');
        assert_true(c->length > 0 && c->offset + c->length <= v->answer.len);
    }
    assert_int_equal(report->n_children, i);
    assert_int_equal(report->signals + report->skips + report->errors, i);
    assert_int_equal(report->signals, (size_t)next);
}

/* What a child says of itself is an answer that gives the same signal first. */
static void expect_children_alone(const vector *v, const sf_batch *b, const sf_normalise_report *report)
{
    sf_batch *alone;
    assert_int_equal(sf_batch_new(&alone), SF_OK);
    for (size_t i = 0; i < report->n_children; i++) {
        const sf_child *c = &report->children[i];
        if (c->status == SF_OK) {
            sf_str raw = {v->answer.ptr + c->offset, (size_t)c->length};
            sf_batch_reset(alone);
            assert_true(sf_normalise(alone, v->platform, raw, v->observed_ms, NULL, NULL) > 0);
            assert_string_equal(sf_batch_at(alone, 0)->source_id.ptr, sf_batch_at(b, (size_t)c->signal)->source_id.ptr);
            assert_string_equal(sf_batch_at(alone, 0)->body.ptr, sf_batch_at(b, (size_t)c->signal)->body.ptr);
        }
    }
    sf_batch_free(alone);
}

/* No prefix of an answer but a whole one is an answer, and none adds anything. */
static void expect_prefixes(const vector *v)
{
    sf_batch *b;
    sf_error err;
    if (v->answer.len == 0 || (*v->answer.ptr != '{' && *v->answer.ptr != '[')) {
        return;
    }
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (size_t n = 0; n < v->answer.len; n++) {
        char *exact = malloc(n + 1); /* so that reading beyond it is seen */
        assert_non_null(exact);
        memcpy(exact, v->answer.ptr, n);
        int64_t r = sf_normalise(b, v->platform, (sf_str){exact, n}, v->observed_ms, NULL, &err);
        if (r != SF_EPARSE && v->raw[ANSWER].ptr != NULL) {
            print_error("%.*s: cut at %zu gives %" PRId64 "\n", (int)v->raw[NAME].len, v->raw[NAME].ptr, n, r);
            fail();
        }
        assert_int_equal(sf_batch_count(b), 0);
        free(exact);
    }
    sf_batch_free(b);
}

static void check(const vector *v)
{
    sf_batch *b;
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error err = {0};
    assert_int_equal(sf_batch_new(&b), SF_OK);
    int64_t n = sf_normalise(b, v->platform, v->answer, v->observed_ms, &report, &err);
    if (v->raw[STATUS].ptr != NULL) {
        char status[16];
        snprintf(status, sizeof status, "%" PRId64, n);
        assert_int_equal(strlen(status), v->raw[STATUS].len);
        assert_memory_equal(status, v->raw[STATUS].ptr, v->raw[STATUS].len);
        assert_int_equal(err.status, n);
        expect_text(v, v->raw[MESSAGE], err.message);
        assert_int_equal(sf_batch_count(b), 0);
    } else {
        assert_int_equal(n, (int64_t)report.signals);
        expect_signals(v, b);
        expect_children(v, &report);
        expect_children_alone(v, b, &report);
    }
    expect_prefixes(v);
    sf_batch_free(b);
}

static void check_platform(int32_t platform)
{
    char path[4096], *line = NULL;
    size_t cap = 0, count = 0;
    vector v = {.platform = platform};
    sf_batch *b;
    snprintf(path, sizeof path, "%s/normalise/%s.jsonl", getenv("SF_VECTORS"), sf_platform_name(platform));
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (; getline(&line, &cap, f) > 0; count++) {
        read_vector(&v, line, b);
        check(&v);
    }
    assert_true(count > 10);
    sf_batch_free(b);
    free(line);
    fclose(f);
}

static void platforms(void **state)
{
    (void)state;
    for (int32_t p = SF_PLATFORM_UNKNOWN + 1; p < SF_PLATFORM_COUNT; p++) {
        check_platform(p);
    }
}

static void wrong_use(void **state)
{
    sf_batch *b;
    sf_normalise_report small = {.struct_size = 8};
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    assert_int_equal(sf_normalise(NULL, SF_REDDIT, sf_cstr("{}"), 0, NULL, NULL), SF_EINVAL);
    assert_int_equal(sf_normalise(b, SF_PLATFORM_UNKNOWN, sf_cstr("{}"), 0, NULL, NULL), SF_EINVAL);
    assert_int_equal(sf_normalise(b, SF_PLATFORM_COUNT, sf_cstr("{}"), 0, NULL, NULL), SF_EINVAL);
    assert_int_equal(sf_normalise(b, SF_REDDIT, sf_cstr("{}"), 0, &small, NULL), SF_EINVAL);
    assert_int_equal(sf_normalise(b, SF_REDDIT, (sf_str){NULL, 0}, 0, NULL, NULL), SF_EPARSE);
    sf_batch_free(b);
}

/* Signals that were in the batch stay; those of a later answer come behind them, and their children say so. */
static void behind_others(void **state)
{
    static const char item[] = "{\"id\":1,\"type\":\"story\",\"title\":\"t\"}";
    sf_batch *b;
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    assert_int_equal(sf_normalise(b, SF_HACKERNEWS, sf_cstr(item), SF_NO_TIME, NULL, NULL), 1);
    assert_int_equal(sf_normalise(b, SF_HACKERNEWS, sf_cstr("[{\"id\":2,\"type\":\"story\"},"), 0, NULL, NULL),
                     SF_EPARSE);
    assert_int_equal(sf_normalise(b, SF_HACKERNEWS, sf_cstr(item), 5, &report, NULL), 1);
    assert_int_equal(sf_batch_count(b), 2);
    assert_int_equal(report.children[0].signal, 1);
    assert_true(sf_batch_at(b, 0)->observed_ms == SF_NO_TIME);
    assert_int_equal(sf_batch_at(b, 1)->observed_ms, 5);
    sf_batch_free(b);
}

/* Nesting, members and children without end take time in proportion. */
static void large_answers(void **state)
{
    enum { SIZE = 1024 * 1024 };
    static const char *const starts[] = {"",
                                         "{\"kind\":\"Listing\",\"data\":{\"children\":[",
                                         "{\"hits\":[",
                                         "{\"posts\":[",
                                         "{\"kind\":\"x\",\"items\":[",
                                         "["};
    static const char *const pieces[] = {"[",
                                         "{\"a\":",
                                         "{},",
                                         "{\"kind\":\"t1\",\"data\":{\"replies\":",
                                         "null,",
                                         "{\"post\":{\"uri\":\"a\"}},",
                                         "{\"kind\":\"youtube#video\"},",
                                         "{\"children\":["};
    char *text = malloc(SIZE + 128);
    sf_batch *b;
    (void)state;
    assert_non_null(text);
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
        for (int32_t platform = SF_REDDIT; platform < SF_PLATFORM_COUNT; platform++) {
            size_t len = strlen(starts[platform]), n = strlen(pieces[p]);
            memcpy(text, starts[platform], len);
            for (; len < SIZE; len += n) {
                memcpy(text + len, pieces[p], n);
            }
            if (pieces[p][n - 1] == ',') { /* a whole answer */
                len--;
                len += (size_t)sprintf(text + len, "%s",
                                       platform == SF_REDDIT     ? "]}}"
                                       : platform == SF_LOBSTERS ? "]"
                                                                 : "]}");
            }
            sf_batch_reset(b);
            int64_t r = sf_normalise(b, platform, (sf_str){text, len}, 0, NULL, NULL);
            assert_true(r == SF_EPARSE || r == SF_ETOOBIG || (r == 0 && pieces[p][n - 1] == ','));
        }
    }
    sf_batch_free(b);
    free(text);
}

/* Trees as deep as real ones: 80 parents of a Bluesky post, comments 100 deep on Hacker News. */
static void deep_trees(void **state)
{
    static char text[64 * 1024];
    size_t len = (size_t)sprintf(text, "{\"thread\":");
    sf_batch *b;
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (int i = 0; i <= 80; i++) {
        len +=
            (size_t)sprintf(text + len, "{\"post\":{\"uri\":\"at://did:plc:a/app.bsky.feed.post/%d\",\"record\":{}}%s",
                            i, i < 80 ? ",\"parent\":" : "");
    }
    memset(text + len, '}', 82);
    assert_int_equal(sf_normalise(b, SF_BLUESKY, (sf_str){text, len + 82}, 0, NULL, NULL), 81);
    sf_batch_reset(b);
    len = 0;
    for (int i = 0; i < 100; i++) {
        len += (size_t)sprintf(text + len, "{\"id\":%d,\"type\":\"comment\",\"author\":\"a\",\"children\":[", i);
    }
    for (int i = 0; i < 100; i++) {
        len += (size_t)sprintf(text + len, "]}");
    }
    assert_int_equal(sf_normalise(b, SF_HACKERNEWS, (sf_str){text, len}, 0, NULL, NULL), 100);
    sf_batch_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms),     cmocka_unit_test(wrong_use),  cmocka_unit_test(behind_others),
        cmocka_unit_test(large_answers), cmocka_unit_test(deep_trees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
