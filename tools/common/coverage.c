/* SPDX-License-Identifier: MIT */
/* Coverage as a line of JSON, and back. */
#include "coverage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

size_t sf_coverage_json(const sf_coverage *c, char buf[SF_COVERAGE_JSON])
{
    char source[SF_COVERAGE_SOURCE * 2 + 3], time[25], seconds[32];
    (void)sf_json_quote(sf_cstr(c->source), source, sizeof source);
    (void)sf_time_format(c->start_ms, time);
    (void)sf_json_double(c->seconds, seconds);
    int n = snprintf(buf, SF_COVERAGE_JSON,
                     "{\"v\":1,\"kind\":\"coverage\",\"source\":%s,\"bucket\":\"%s\",\"observed_seconds\":%s,"
                     "\"failures\":%lld,\"gaps\":%lld}",
                     source, time, seconds, (long long)c->failures, (long long)c->gaps);
    return n > 0 && n < SF_COVERAGE_JSON ? (size_t)n : 0;
}

/* Few lines are short enough, and fewer hold the word, which is looked for by its rarest letter. */
static int may_be(sf_str line)
{
    static const char word[] = "\"coverage\"";
    enum { BEFORE = 3, FROM = sizeof word - 1 - BEFORE }; /* bytes before the v, and from it on */
    if (line.len < sizeof word - 1 || line.len >= SF_COVERAGE_JSON) {
        return 0;
    }
    const char *end = line.ptr + line.len - FROM + 1;
    const char *v = line.ptr + BEFORE;
    while (v < end && (v = memchr(v, word[BEFORE], (size_t)(end - v))) != NULL) {
        if (memcmp(v - BEFORE, word, sizeof word - 1) == 0) {
            return 1;
        }
        v++;
    }
    return 0;
}

typedef struct members {
    char kind[16], bucket[40];
    int64_t version;
} members;

/* A string with plain characters alone. */
static void read_text(sf_json *j, char *out, size_t cap)
{
    sf_str text;
    if (sf_json_string(j, out, cap, &text) != SF_OK) {
        return;
    }
    if (text.len == 0 || text.len >= cap) {
        (void)sf_json_fail(j, SF_EPARSE, "a text that is too long, or none");
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == '"' || text.ptr[i] == '\\') {
            (void)sf_json_fail(j, SF_EPARSE, "a name with strange characters");
            return;
        }
    }
    memmove(out, text.ptr, text.len);
    out[text.len] = '\0';
}

static void read_member(sf_json *j, sf_str key, members *m, sf_coverage *c)
{
    if (sf_json_is(key, "v")) {
        (void)sf_json_integer(j, &m->version);
    } else if (sf_json_is(key, "kind")) {
        read_text(j, m->kind, sizeof m->kind);
    } else if (sf_json_is(key, "source")) {
        read_text(j, c->source, sizeof c->source);
    } else if (sf_json_is(key, "bucket")) {
        read_text(j, m->bucket, sizeof m->bucket);
    } else if (sf_json_is(key, "observed_seconds")) {
        (void)sf_json_number(j, &c->seconds);
    } else if (sf_json_is(key, "failures")) {
        (void)sf_json_integer(j, &c->failures);
    } else if (sf_json_is(key, "gaps")) {
        (void)sf_json_integer(j, &c->gaps);
    } else {
        (void)sf_json_skip(j);
    }
}

int sf_coverage_read(sf_str line, sf_coverage *out)
{
    sf_coverage c = {.source = "", .seconds = -1};
    members m = {.kind = ""};
    sf_json j;
    sf_str key;
    if (!may_be(line)) {
        return SF_EPARSE;
    }
    sf_json_init(&j, line);
    int r = sf_json_enter(&j, '{');
    while (r > 0 && (r = sf_json_member(&j, &key)) > 0) {
        read_member(&j, key, &m, &c);
    }
    if (sf_json_end(&j, NULL) != SF_OK || m.version != 1 || strcmp(m.kind, "coverage") != 0 || c.source[0] == '\0' ||
        sf_time_parse(sf_cstr(m.bucket), &c.start_ms) != SF_OK || c.start_ms % SF_BUCKET_MS != 0) {
        return SF_EPARSE;
    }
    if (!(c.seconds >= 0 && c.seconds <= (double)SF_BUCKET_MS / 1000) || c.failures < 0 || c.gaps < 0) {
        return SF_EPARSE;
    }
    *out = c;
    return SF_OK;
}
