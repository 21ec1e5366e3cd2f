/* SPDX-License-Identifier: MIT */
/* From the text of a setting to what it means. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fail.h"
#include "settings_internal.h"

typedef struct unit {
    const char *name;
    double factor;
} unit;

static const unit size_units[] = {
    {"", 1}, {"k", 1024}, {"K", 1024}, {"M", 1048576.0}, {"G", 1073741824.0}, {"T", 1099511627776.0}, {NULL, 0}};
static const unit duration_units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000}, {"min", 60000},
                                      {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const unit no_units[] = {{"", 1}, {NULL, 0}};

/* Reads "1.5h" with one of the units. Returns 0 where it is none. No sign but "-", no hexadecimal, no "inf". */
static int read_quantity(const char *text, const unit *units, double *out)
{
    char *end;
    const char *digits = text[0] == '-' ? text + 1 : text;
    size_t plain = strspn(digits, "0123456789.");
    if (plain == 0 || strlen(digits) > 40 || digits[plain] == 'x' || digits[plain] == 'X') {
        return 0;
    }
    double v = strtod(text, &end); /* too small for a double is 0, or nearly */
    if (!isfinite(v) || end < digits + plain) {
        return 0;
    }
    for (; units->name != NULL; units++) {
        if (strcmp(end, units->name) == 0) {
            *out = v * units->factor;
            return 1;
        }
    }
    return 0;
}

static int out_of_range(const sf_option *o, double v)
{
    return (o->min != 0 || o->max != 0) && !(v >= o->min && v <= o->max);
}

static int read_whole(const sf_option *o, const char *text, const unit *units, const char *form, const char *what,
                      sf_value *out, sf_error *err)
{
    double v;
    if (!read_quantity(text, units, &v) || v != floor(v) || fabs(v) > 9007199254740992.0) {
        return sf_fail(err, SF_EINVAL, "%s: \"%.30s\" is not %s", what, text, form);
    }
    if (out_of_range(o, v)) {
        return sf_fail(err, SF_EINVAL, "%s: %.30s is not within %.15g to %.15g", what, text, o->min, o->max);
    }
    out->whole = (int64_t)v;
    out->number = v;
    return SF_OK;
}

static int read_number(const sf_option *o, const char *text, const char *what, sf_value *out, sf_error *err)
{
    if (!read_quantity(text, no_units, &out->number)) {
        return sf_fail(err, SF_EINVAL, "%s: \"%.30s\" is no number", what, text);
    }
    if (out_of_range(o, out->number)) {
        return sf_fail(err, SF_EINVAL, "%s: %.30s is not within %.15g to %.15g", what, text, o->min, o->max);
    }
    return SF_OK;
}

static int read_time(const char *text, const char *what, sf_value *out, sf_error *err)
{
    if (strcmp(text, "now") == 0) {
        out->whole = sf_clock_ms();
        return SF_OK;
    }
    if (sf_time_parse(sf_cstr(text), &out->whole) != SF_OK) {
        return sf_fail(err, SF_EINVAL, "%s: \"%.30s\" is no time as 2026-01-02T03:04:05Z, nor \"now\"", what, text);
    }
    return SF_OK;
}

/* 2026-01-02, or whole seconds since 1970. */
static int read_date(const char *text, int64_t *out)
{
    char whole[32];
    size_t len = strlen(text);
    if (len == 10 && text[4] == '-') {
        (void)snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
        return sf_time_parse(sf_cstr(whole), out) == SF_OK;
    }
    if (len >= 1 && len <= 11 && strspn(text, "0123456789") == len) {
        *out = strtoll(text, NULL, 10) * 1000;
        return 1;
    }
    return 0;
}

/* A time goes into `whole`; what is so long before another moment has SF_NO_TIME there, and its milliseconds in `number`. */
static int read_moment(const char *text, const char *what, sf_value *out, sf_error *err)
{
    double ago;
    out->whole = SF_NO_TIME;
    out->number = 0;
    if (read_date(text, &out->whole) || sf_time_parse(sf_cstr(text), &out->whole) == SF_OK) {
        return SF_OK;
    }
    if (strcmp(text, "now") == 0) {
        out->whole = sf_clock_ms();
        return SF_OK;
    }
    if (read_quantity(text, duration_units, &ago) && ago >= 0 && ago <= 1e14) {
        out->number = floor(ago);
        return SF_OK;
    }
    return sf_fail(err, SF_EINVAL,
                   "%s: \"%.30s\" is no time as 2026-01-02T03:04:05Z, 2026-01-02 or now, nor as 2h before", what, text);
}

/* Is text one of "a|b|c"? */
static int is_choice(const char *choices, const char *text)
{
    size_t len = strlen(text);
    while (*choices != '\0') {
        size_t n = strcspn(choices, "|");
        if (n == len && memcmp(choices, text, n) == 0) {
            return 1;
        }
        choices += n + (choices[n] == '|');
    }
    return 0;
}

static int read_flag(const char *text, const char *what, sf_value *out, sf_error *err)
{
    out->whole = is_choice("yes|true|on|1", text);
    if (!out->whole && !is_choice("no|false|off|0", text)) {
        return sf_fail(err, SF_EINVAL, "%s: \"%.30s\" is neither yes nor no", what, text);
    }
    return SF_OK;
}

int sf_duration_read(const char *text, int64_t *ms)
{
    double v;
    if (!read_quantity(text, duration_units, &v) || v < 0 || v != floor(v) || v > 9007199254740992.0) {
        return SF_EINVAL;
    }
    *ms = (int64_t)v;
    return SF_OK;
}

int sf_value_read(const sf_option *o, const char *text, const char *what, sf_value *out, sf_error *err)
{
    switch (o->type) {
    case SF_OPTION_FLAG: return read_flag(text, what, out, err);
    case SF_OPTION_INTEGER: return read_whole(o, text, no_units, "a whole number", what, out, err);
    case SF_OPTION_SIZE: return read_whole(o, text, size_units, "a size as 64k, 16M or 5G", what, out, err);
    case SF_OPTION_DURATION:
        if (strcmp(text, "0") == 0) {
            text = "0s";
        }
        return read_whole(o, text, duration_units, "a duration as 500ms, 60s, 15m, 2h or 7d", what, out, err);
    case SF_OPTION_NUMBER: return read_number(o, text, what, out, err);
    case SF_OPTION_TIME: return read_time(text, what, out, err);
    case SF_OPTION_MOMENT: return read_moment(text, what, out, err);
    case SF_OPTION_CHOICE:
        if (!is_choice(o->choices, text)) {
            return sf_fail(err, SF_EINVAL, "%s: \"%.30s\" is none of %s", what, text, o->choices);
        }
        return SF_OK;
    case SF_OPTION_TEXT:
    case SF_OPTION_SECRET:
    case SF_OPTION_LIST: return SF_OK;
    }
    return SF_EINVAL;
}
