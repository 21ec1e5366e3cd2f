/* SPDX-License-Identifier: MIT */
/* What the platforms' readers share: values of JSON objects, fields of signals, children. */
#include "normalise/answer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "batch.h"
#include "number.h"

#define LAST_SECOND 253402300799.0 /* of the year 9999 */

/* ---- values ---- */

static int is_name(sf_str key, const sf_name *name)
{
    if (key.len == name->len && memcmp(key.ptr, name->text, key.len) == 0) {
        return 1;
    }
    return memchr(key.ptr, '\\', key.len) != NULL && sf_json_is(key, name->text);
}

void sf_answer_members(sf_str object, const sf_name *names, size_t n, sf_str *values)
{
    sf_json j;
    sf_str key, value;
    memset(values, 0, n * sizeof *values);
    sf_json_init(&j, object);
    for (int more = sf_json_enter(&j, '{'); more > 0 && sf_json_member(&j, &key) > 0;) {
        if (sf_json_raw(&j, &value) != SF_OK) {
            return;
        }
        for (size_t i = 0; i < n; i++) {
            if (is_name(key, &names[i])) {
                values[i] = *value.ptr == 'n' ? (sf_str){NULL, 0} : value;
            }
        }
    }
}

sf_str sf_answer_member(sf_str object, const char *name)
{
    sf_name wanted = {name, strlen(name)};
    sf_str value;
    sf_answer_members(object, &wanted, 1, &value);
    return value;
}

int sf_is_text(sf_str raw, const char *text)
{
    size_t n = strlen(text);
    return raw.len == n + 2 && *raw.ptr == '"' && memcmp(raw.ptr + 1, text, n) == 0;
}

int sf_starts_with(sf_str text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.len >= n && memcmp(text.ptr, prefix, n) == 0;
}

sf_str sf_first_of(sf_str a, sf_str b)
{
    return a.len > 0 && !sf_is_text(a, "") ? a : b.len > 0 ? b : a;
}

sf_json sf_answer_array(sf_str raw)
{
    sf_json j;
    sf_json_init(&j, raw);
    sf_json_enter(&j, '[');
    return j;
}

int sf_answer_next(sf_json *j, sf_str *element)
{
    return sf_json_element(j) > 0 && sf_json_raw(j, element) == SF_OK;
}

/* ---- fields ---- */

int sf_answer_refuse(sf_answer *a, const char *name, const char *what)
{
    snprintf(a->reason, sizeof a->reason, "%s: %s", name, what);
    return SF_EPARSE;
}

int sf_field_text(sf_answer *a, sf_str raw, const char *name, int slot, sf_str *out)
{
    sf_text *buf = &a->slots[slot];
    sf_json j;
    if (raw.len == 0) {
        return SF_OK;
    }
    if (*raw.ptr != '"') {
        return sf_answer_refuse(a, name, "not a string");
    }
    sf_json_init(&j, raw);
    int status = sf_json_string(&j, buf->ptr, buf->cap, out);
    if (status == SF_ETOOBIG) { /* the buffer was too small; three bytes a byte always suffice */
        if (sf_text_room(buf, 3 * raw.len) != SF_OK) {
            return SF_ENOMEM;
        }
        sf_json_init(&j, raw);
        status = sf_json_string(&j, buf->ptr, buf->cap, out);
    }
    a->replaced += j.replaced;
    return status == SF_OK ? SF_OK : sf_answer_refuse(a, name, "not a string");
}

int sf_field_id(sf_answer *a, sf_str raw, const char *name, int slot, sf_str *out)
{
    sf_text *buf = &a->slots[slot];
    sf_json j;
    int64_t id;
    if (!sf_is_number(raw)) {
        return sf_field_text(a, raw, name, slot, out);
    }
    sf_json_init(&j, raw);
    if (sf_json_integer(&j, &id) != SF_OK) {
        return sf_answer_refuse(a, name, "not a whole number");
    }
    if (sf_text_room(buf, 24) != SF_OK) {
        return SF_ENOMEM;
    }
    int n = snprintf(buf->ptr, 24, "%" PRId64, id);
    *out = (sf_str){buf->ptr, (size_t)n};
    return SF_OK;
}

int sf_field_number(sf_answer *a, sf_str raw, const char *name, double *out)
{
    double value;
    sf_str text = raw;
    if (raw.len == 0) {
        return SF_OK;
    }
    if (sf_is_string(raw)) {
        text = (sf_str){raw.ptr + 1, raw.len - 2};
    }
    if (text.len == 0 || sf_number_read(text.ptr, text.len, &value) != text.len) {
        return sf_answer_refuse(a, name, "not a number");
    }
    if (!(fabs(value) <= SF_MAX_NUMBER)) {
        return sf_answer_refuse(a, name, "an absurd number");
    }
    *out = value;
    return SF_OK;
}

int sf_field_seconds(sf_answer *a, sf_str raw, const char *name, int64_t *out)
{
    double seconds = NAN;
    int status = sf_field_number(a, raw, name, &seconds);
    if (status != SF_OK || isnan(seconds)) {
        return status;
    }
    if (fabs(seconds) > LAST_SECOND) {
        return sf_answer_refuse(a, name, "an absurd time");
    }
    *out = (int64_t)floor(seconds * 1000.0);
    return SF_OK;
}

int sf_field_time(sf_answer *a, sf_str raw, const char *name, int64_t *out)
{
    sf_str text = {"", 0};
    int status = sf_field_text(a, raw, name, SF_SLOT_OTHER, &text);
    if (status != SF_OK || raw.len == 0) {
        return status;
    }
    return sf_time_parse(text, out) == SF_OK ? SF_OK : sf_answer_refuse(a, name, "not a time");
}

int sf_field_clean(sf_answer *a, uint32_t what, int slot, sf_str *text)
{
    sf_cleaner *c = &a->cleaners[slot];
    sf_text *buf = &a->slots[slot];
    sf_str out;
    int status = sf_clean(c, *text, what, &out);
    if (status == SF_OK && (out.ptr == c->texts[0].ptr || out.ptr == c->texts[1].ptr)) {
        /* the cleaned text takes the slot, so that the cleaner can be used on it again */
        sf_text *made = &c->texts[out.ptr == c->texts[1].ptr];
        sf_text swapped = *buf;
        *buf = *made;
        *made = swapped;
        buf->len = made->len = 0;
    }
    *text = status == SF_OK ? out : *text;
    return status;
}

int sf_field_join(sf_answer *a, const char *first, sf_str second, int slot, sf_str *out)
{
    sf_text *joined = &a->joined[slot];
    joined->len = 0;
    if (sf_text_room(joined, strlen(first) + second.len) != SF_OK) {
        return SF_ENOMEM;
    }
    sf_text_bytes(joined, first, strlen(first));
    sf_text_bytes(joined, second.ptr, second.len);
    *out = (sf_str){joined->ptr, joined->len};
    return SF_OK;
}

void sf_answer_label(sf_answer *a, sf_str label)
{
    for (size_t i = 0; i < a->n_labels; i++) {
        if (a->labels[i].len == label.len && memcmp(a->labels[i].ptr, label.ptr, label.len) == 0) {
            return;
        }
    }
    if (a->n_labels < SF_MAX_LABELS && label.len > 0) {
        a->labels[a->n_labels++] = label;
    }
}

/* ---- children ---- */

void sf_answer_begin(sf_answer *a, sf_signal *s, int32_t platform, int32_t kind)
{
    sf_signal_init(s, sizeof *s);
    s->platform = platform;
    s->kind = kind;
    s->observed_ms = a->observed_ms;
    a->n_labels = 0;
    a->replaced = 0;
}

static int add_child(sf_answer *a, sf_str raw, int64_t signal, int status, const char *reason)
{
    sf_str kept = {"", 0};
    if (sf_grow(&a->children, &a->cap_children, a->n_children + 1, sizeof *a->children) != SF_OK ||
        (*reason != '\0' && sf_batch_copy(a->batch, sf_cstr(reason), &kept) != SF_OK)) {
        return SF_ENOMEM;
    }
    sf_child *c = &a->children[a->n_children++];
    memset(c, 0, sizeof *c);
    c->offset = (uint64_t)(raw.ptr - a->text.ptr);
    c->length = raw.len;
    c->signal = signal;
    c->status = status;
    c->reason = kept.ptr;
    a->signals += status == SF_OK;
    a->skips += status == SF_ESKIP;
    a->errors += status != SF_OK && status != SF_ESKIP;
    return SF_OK;
}

int sf_answer_add(sf_answer *a, sf_str raw, sf_signal *s, int status)
{
    sf_error err = {0};
    s->labels = a->labels;
    s->n_labels = s->kind == SF_DELETE ? 0 : a->n_labels;
    s->replaced = a->replaced;
    if (status == SF_OK) {
        status = sf_signal_check(s, &err);
        snprintf(a->reason, sizeof a->reason, "%.*s", (int)sizeof a->reason - 1, err.message);
    }
    if (status == SF_OK) {
        int64_t index = sf_batch_add(a->batch, s, sizeof *s);
        if (index >= 0) {
            return add_child(a, raw, index, SF_OK, "");
        }
        status = (int)index;
        snprintf(a->reason, sizeof a->reason, "%s", sf_strerror(status));
    }
    return status == SF_ENOMEM ? SF_ENOMEM : add_child(a, raw, -1, status, a->reason);
}

int sf_answer_skip(sf_answer *a, sf_str raw, const char *reason)
{
    return add_child(a, raw, -1, SF_ESKIP, reason);
}

int sf_answer_error(sf_answer *a, sf_str raw)
{
    return add_child(a, raw, -1, SF_EPARSE, a->reason);
}

/* ---- error documents ---- */

/* A few characters of a value, as text. */
static sf_str gist(sf_answer *a, sf_str raw)
{
    sf_str text = {"", 0};
    if (sf_is_number(raw)) {
        return raw;
    }
    if (sf_is_string(raw) && sf_field_text(a, raw, "", SF_SLOT_OTHER, &text) != SF_OK) {
        return (sf_str){"", 0};
    }
    text.len = text.len > 60 ? 60 : text.len;
    return text;
}

/* Appends a value to the reason. */
static void tell(sf_answer *a, sf_str raw)
{
    sf_str text = gist(a, raw);
    size_t len = strlen(a->reason);
    if (text.len > 0) {
        snprintf(a->reason + len, sizeof a->reason - len, " %.*s", (int)text.len, text.ptr);
        a->reason[sf_utf8_valid(a->reason, strlen(a->reason))] = '\0'; /* a character may have been cut */
    }
}

int sf_answer_unknown(sf_answer *a, sf_str object, const char *what)
{
    enum { ERROR, MESSAGE, REASON, STATUS, CODE, ERRORS, DESCRIPTION, EXPLANATION, NAMES };
    static const sf_name names[NAMES] = {
        SF_NAME("error"),  SF_NAME("message"),           SF_NAME("reason"),     SF_NAME("status"), SF_NAME("code"),
        SF_NAME("errors"), SF_NAME("error_description"), SF_NAME("explanation")};
    sf_str v[NAMES], inner;
    sf_answer_members(object, names, NAMES, v);
    if (sf_is_object(v[ERROR])) { /* Google's: {"error": {"code", "message", "errors": [{"reason"}]}} */
        sf_answer_members(v[ERROR], names, NAMES, v);
        v[ERROR] = v[CODE];
        sf_json j = sf_answer_array(v[ERRORS]);
        if (sf_is_array(v[ERRORS]) && sf_answer_next(&j, &inner)) {
            v[REASON] = sf_answer_member(inner, "reason");
        }
    }
    if (v[ERROR].len == 0 && v[MESSAGE].len == 0) {
        snprintf(a->reason, sizeof a->reason, "no %s", what);
        return SF_EPARSE;
    }
    snprintf(a->reason, sizeof a->reason, "an error document:");
    tell(a, v[ERROR].len > 0 ? v[ERROR] : v[STATUS]);
    tell(a, v[REASON]);
    tell(a, v[MESSAGE]);
    tell(a, v[DESCRIPTION].len > 0 ? v[DESCRIPTION] : v[EXPLANATION]);
    return SF_EPARSE;
}
