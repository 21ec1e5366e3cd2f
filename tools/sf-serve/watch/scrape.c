/* SPDX-License-Identifier: MIT */
/* Reading Prometheus' text format, see scrape.h. */
#include "scrape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A line "name{labels} value". */
typedef struct sample {
    sf_str name, labels;
    double value;
} sample;

/* A number of at most 63 characters, all of it; NaN counts as none. */
static int read_number(sf_str text, double *out)
{
    char copy[64];
    char *end;
    if (text.len == 0 || text.len >= sizeof copy) {
        return 0;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    *out = strtod(copy, &end);
    return *end == '\0' && !isnan(*out);
}

/* Where the labels end: a brace that is in no quotes. NULL: nowhere. */
static const char *end_of_labels(const char *at, const char *end)
{
    int quoted = 0;
    for (; at < end; at++) {
        if (quoted && *at == '\\') {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (*at == '}' && !quoted) {
            return at;
        }
    }
    return NULL;
}

static int read_sample(sf_str line, sample *out)
{
    const char *at = line.ptr, *end = line.ptr + line.len;
    while (at < end && *at != '{' && *at != ' ') {
        at++;
    }
    out->name = (sf_str){line.ptr, (size_t)(at - line.ptr)};
    out->labels = (sf_str){at, 0};
    if (at < end && *at == '{') {
        const char *close = end_of_labels(at, end);
        if (close == NULL) {
            return 0;
        }
        out->labels = (sf_str){at + 1, (size_t)(close - at - 1)};
        at = close + 1;
    }
    for (; at < end && *at == ' '; at++) {
    }
    const char *stop = memchr(at, ' ', (size_t)(end - at)); /* a time may follow */
    return read_number((sf_str){at, (size_t)((stop != NULL ? stop : end) - at)}, &out->value);
}

static int is_named(const sample *s, const char *name)
{
    return s->name.len == strlen(name) && memcmp(s->name.ptr, name, s->name.len) == 0;
}

static void add(double *sum, double value)
{
    *sum = isnan(*sum) ? value : *sum + value;
}

/* le="0.5"; the bounds rise, +Inf comes last. */
static void take_bound(scrape *out, const sample *s)
{
    static const char le[] = "le=\"";
    double bound;
    if (s->labels.len < sizeof le || memcmp(s->labels.ptr, le, sizeof le - 1) != 0 || out->n_bounds == SCRAPE_BOUNDS) {
        return;
    }
    sf_str text = {s->labels.ptr + sizeof le - 1, s->labels.len - sizeof le};
    if (s->labels.ptr[s->labels.len - 1] == '"' && read_number(text, &bound) &&
        (out->n_bounds == 0 || bound > out->bounds[out->n_bounds - 1])) {
        out->bounds[out->n_bounds] = bound;
        out->within[out->n_bounds++] = s->value;
    }
}

static int take(scrape *out, const sample *s)
{
    const struct {
        const char *name;
        double *sum;
    } sums[] = {
        {"signalflow_records_written_total", &out->written},
        {"reddit_processor_dlq_messages_total", &out->dead},
        {"signalflow_records_dropped_total", &out->dropped},
        {"signalflow_gaps_total", &out->gaps},
        {"signalflow_lag_records", &out->lag},
        {"signalflow_ready", &out->ready},
        {"process_start_time_seconds", &out->began},
    };
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        if (is_named(s, sums[i].name)) {
            add(sums[i].sum, s->value);
            return 1;
        }
    }
    if (is_named(s, "signalflow_flush_seconds_bucket")) {
        take_bound(out, s);
        return 1;
    }
    return 0;
}

int scrape_read(sf_str text, scrape *out)
{
    int ours = 0;
    *out = (scrape){.written = (double)NAN,
                    .dead = (double)NAN,
                    .dropped = (double)NAN,
                    .gaps = (double)NAN,
                    .lag = (double)NAN,
                    .ready = (double)NAN,
                    .began = (double)NAN};
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - text.ptr) - at : text.len - at;
        sample s;
        if (len > 0 && text.ptr[at] != '#' && read_sample((sf_str){text.ptr + at, len}, &s)) {
            ours |= take(out, &s);
        }
        at += len + 1;
    }
    return ours;
}

double scrape_p99(const scrape *c)
{
    if (c->n_bounds == 0 || !(c->within[c->n_bounds - 1] > 0)) {
        return (double)NAN;
    }
    double rank = 0.99 * c->within[c->n_bounds - 1], low = 0, below = 0;
    for (size_t i = 0; i < c->n_bounds; i++) {
        if (c->within[i] >= rank) {
            double inside = c->within[i] - below;
            if (isinf(c->bounds[i])) {
                return low; /* longer than the last bound; no more is known */
            }
            return inside > 0 ? low + (c->bounds[i] - low) * (rank - below) / inside : c->bounds[i];
        }
        low = c->bounds[i];
        below = c->within[i];
    }
    return low;
}
