/* SPDX-License-Identifier: MIT */
/* Recorded posts and trajectories: see recorded.h. */
#include "recorded.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "common/fail.h"
#include "common/hash.h"

/* A line as it is read: what may be a number or an array is kept as the bytes it stands in. */
typedef struct fields {
    sf_signal signal;
    sf_str t, score, comments;
    int is_signal;
} fields;

static int is_null(sf_json *j)
{
    return sf_json_peek(j) == SF_JSON_NULL;
}

/* A string; null is the empty one. */
static void read_text(sf_json *j, sf_batch *b, sf_str *out)
{
    if (is_null(j)) {
        sf_json_skip(j);
    } else {
        sf_json_string_in(j, b, out);
    }
}

/* An id: a string, or a number whose digits serve as one. */
static void read_id(sf_json *j, sf_batch *b, sf_str *out)
{
    sf_str digits;
    if (sf_json_peek(j) != SF_JSON_NUMBER) {
        read_text(j, b, out);
    } else if (sf_json_raw(j, &digits) == SF_OK && sf_batch_copy(b, digits, out) != SF_OK) {
        sf_json_fail(j, SF_ENOMEM, "source_id");
    }
}

static void read_platform(sf_json *j, sf_batch *b, int32_t *out)
{
    sf_str name = {"", 0};
    sf_json_string_in(j, b, &name);
    *out = sf_platform_from_name(name);
    if (*out == SF_PLATFORM_UNKNOWN) {
        sf_json_fail(j, SF_EPARSE, "platform: unknown");
    }
}

/* RFC 3339 or seconds since 1970; null is "not known". */
static void read_time(sf_json *j, sf_batch *b, int64_t *out, const char *wrong)
{
    sf_str text = {"", 0};
    double seconds;
    if (is_null(j)) {
        sf_json_skip(j);
    } else if (sf_json_peek(j) == SF_JSON_NUMBER) {
        if (sf_json_number(j, &seconds) == SF_OK && fabs(seconds) < 1e11) {
            *out = llround(seconds * 1000);
        } else {
            sf_json_fail(j, SF_EPARSE, wrong);
        }
    } else if (sf_json_string_in(j, b, &text) == SF_OK && sf_time_parse(text, out) != SF_OK) {
        sf_json_fail(j, SF_EPARSE, wrong);
    }
}

static void read_member(sf_json *j, sf_batch *b, sf_str key, fields *f)
{
    sf_signal *s = &f->signal;
    if (sf_json_is(key, "platform")) {
        read_platform(j, b, &s->platform);
    } else if (sf_json_is(key, "source_id")) {
        read_id(j, b, &s->source_id);
    } else if (sf_json_is(key, "title")) {
        read_text(j, b, &s->title);
    } else if (sf_json_is(key, "body")) {
        read_text(j, b, &s->body);
    } else if (sf_json_is(key, "author")) {
        read_text(j, b, &s->author);
    } else if (sf_json_is(key, "url")) {
        read_text(j, b, &s->url);
    } else if (sf_json_is(key, "channel")) {
        read_text(j, b, &s->channel);
    } else if (sf_json_is(key, "created_at")) {
        read_time(j, b, &s->ts_ms, "created_at: not a time");
    } else if (sf_json_is(key, "observed_at")) {
        read_time(j, b, &s->observed_ms, "observed_at: not a time");
    } else if (sf_json_is(key, "t")) {
        sf_json_raw(j, &f->t);
    } else if (sf_json_is(key, "score")) {
        sf_json_raw(j, &f->score);
    } else if (sf_json_is(key, "comments")) {
        sf_json_raw(j, &f->comments);
    } else {
        f->is_signal |= sf_json_is(key, "v") || sf_json_is(key, "raw_score");
        sf_json_skip(j);
    }
}

static int read_fields(sf_batch *b, sf_str line, fields *f, sf_error *err)
{
    sf_json j;
    sf_str key;
    sf_signal_init(&f->signal, sizeof f->signal);
    sf_json_init(&j, line);
    if (sf_json_enter(&j, '{') > 0) {
        while (!f->is_signal && sf_json_member(&j, &key) > 0) {
            read_member(&j, b, key, f);
        }
    }
    return f->is_signal ? SF_OK : sf_json_end(&j, err);
}

/* A number that stands alone: null is NaN; one that no signal can hold is refused. */
static int number_in(sf_json *j, double *out)
{
    *out = NAN;
    int status = is_null(j) ? sf_json_skip(j) : sf_json_number(j, out);
    return status == SF_OK && fabs(*out) > SF_MAX_NUMBER ? sf_json_fail(j, SF_EPARSE, "absurdly large") : status;
}

static int read_number(sf_str raw, const char *name, double *out, sf_error *err)
{
    sf_json j;
    sf_json_init(&j, raw);
    if (raw.len != 0 && number_in(&j, out) != SF_OK) {
        return sf_fail(err, SF_EPARSE, "%s: not a number, or absurdly large", name);
    }
    return SF_OK;
}

/* How many elements an array may have, at the most: one more than commas. */
static size_t room_for(sf_str raw)
{
    size_t n = 1;
    for (size_t i = 0; i < raw.len; i++) {
        n += raw.ptr[i] == ',';
    }
    return n;
}

/* Reads an array of numbers. A missing one has n unknowns; the length must be n unless n is 0. */
static int read_array(sf_batch *b, sf_str raw, const char *name, size_t *n, const double **out, sf_error *err)
{
    size_t cap = raw.len == 0 ? *n : room_for(raw), got = 0;
    double *v = sf_batch_alloc(b, cap * sizeof *v);
    if (v == NULL) {
        return SF_ENOMEM;
    }
    *out = v;
    if (raw.len == 0) {
        for (; got < cap; got++) {
            v[got] = NAN;
        }
        return SF_OK;
    }
    sf_json j;
    sf_json_init(&j, raw);
    if (sf_json_enter(&j, '[') > 0) {
        while (sf_json_element(&j) > 0 && got < cap) {
            number_in(&j, &v[got++]);
        }
    }
    if (sf_json_end(&j, NULL) != SF_OK) {
        return sf_fail(err, SF_EPARSE, "%s: not an array of numbers, or absurdly large ones", name);
    }
    if (*n != 0 && got != *n) {
        return sf_fail(err, SF_EPARSE, "%s: %zu numbers, but t has %zu", name, got, *n);
    }
    *n = got;
    return SF_OK;
}

static int read_trajectory(sf_batch *b, const fields *f, sf_recorded *out, sf_error *err)
{
    out->n = 0;
    int status = read_array(b, f->t, "t", &out->n, &out->t, err);
    if (status == SF_OK && out->n == 0) {
        return sf_fail(err, SF_EPARSE, "t: empty");
    }
    for (size_t i = 0; status == SF_OK && i < out->n; i++) {
        if (!(fabs(out->t[i]) < 1e11)) {
            return sf_fail(err, SF_EPARSE, "t: no time in seconds at place %zu", i);
        }
    }
    status = status != SF_OK ? status : read_array(b, f->score, "score", &out->n, &out->score, err);
    return status != SF_OK ? status : read_array(b, f->comments, "comments", &out->n, &out->comments, err);
}

/* An id for a post whose origin gives none: the same text always gets the same. */
static int derive_id(sf_batch *b, sf_signal *s)
{
    char id[40];
    sf_str parts[3] = {sf_cstr(sf_platform_name(s->platform)), s->title, s->body};
    sf_hash h = sf_hash_parts(parts, 3);
    snprintf(id, sizeof id, "x-%016" PRIx64 "%016" PRIx64, h.high, h.low);
    return sf_batch_copy(b, sf_cstr(id), &s->source_id);
}

static int finish_post(sf_batch *b, fields *f, sf_error *err)
{
    sf_signal *s = &f->signal;
    int has_text = s->title.len != 0 || s->body.len != 0;
    s->kind = s->title.len != 0 || s->body.len == 0 || s->platform == SF_BLUESKY ? SF_POST : SF_COMMENT;
    int status = read_number(f->score, "score", &s->raw_score, err);
    status = status != SF_OK ? status : read_number(f->comments, "comments", &s->comments, err);
    if (status == SF_OK && s->source_id.len == 0 && has_text) {
        status = derive_id(b, s);
    }
    return status;
}

/* Adds what was read to the batch, which is where it becomes valid. */
static int add(sf_batch *b, const sf_signal *s, sf_signal **out, sf_error *err)
{
    if (s->platform == SF_PLATFORM_UNKNOWN) {
        return sf_fail(err, SF_EPARSE, "platform: missing");
    }
    if (s->source_id.len == 0) {
        return sf_fail(err, SF_EPARSE, "source_id: missing, and there is no text to derive one from");
    }
    int64_t i = sf_batch_add(b, s, sizeof *s);
    if (i < 0) {
        return i == SF_ENOMEM ? SF_ENOMEM : sf_fail(err, (int)i, "%s", sf_strerror((int)i));
    }
    *out = sf_batch_at(b, (size_t)i);
    return SF_OK;
}

int sf_recorded_read(sf_batch *b, sf_str line, sf_recorded *out, sf_error *err)
{
    fields f = {.is_signal = 0};
    int status = read_fields(b, line, &f, err);
    if (status != SF_OK) {
        return status;
    }
    if (f.is_signal) {
        int64_t i = sf_batch_add_json(b, line, err);
        out->format = SF_RECORDED_SIGNAL;
        out->signal = i < 0 ? NULL : sf_batch_at(b, (size_t)i);
        return i < 0 ? (int)i : SF_OK;
    }
    out->format = f.t.len != 0 ? SF_RECORDED_TRAJECTORY : SF_RECORDED_POST;
    status = f.t.len != 0 ? read_trajectory(b, &f, out, err) : finish_post(b, &f, err);
    return status != SF_OK ? status : add(b, &f.signal, &out->signal, err);
}
