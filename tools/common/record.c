/* SPDX-License-Identifier: MIT */
/* Records and batches of them. */
#include "record.h"

#include <stdlib.h>

#include "fail.h"

int sf_records_new(sf_records **out, size_t lanes)
{
    sf_records *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return SF_ENOMEM;
    }
    b->lanes = calloc(lanes, sizeof *b->lanes);
    int r = b->lanes != NULL ? sf_batch_new(&b->memory) : SF_ENOMEM;
    while (r == SF_OK && b->n_lanes < lanes) {
        r = sf_batch_new(&b->lanes[b->n_lanes]);
        b->n_lanes += r == SF_OK;
    }
    if (r != SF_OK) {
        sf_records_free(b);
        return r;
    }
    *out = b;
    return SF_OK;
}

void sf_records_free(sf_records *b)
{
    if (b != NULL) {
        for (size_t i = 0; i < b->n_lanes; i++) {
            sf_batch_free(b->lanes[i]);
        }
        sf_batch_free(b->memory);
        free((void *)b->lanes);
        free(b->v);
        free(b->coverage);
        free(b);
    }
}

void sf_records_reset(sf_records *b)
{
    for (size_t i = 0; i < b->n_lanes; i++) {
        sf_batch_reset(b->lanes[i]);
    }
    sf_batch_reset(b->memory);
    b->n = 0;
    b->position = 0;
    b->consumer = NULL;
    b->term = 0;
    b->advances = NULL;
    b->n_advances = 0;
    b->n_coverage = 0;
}

sf_record *sf_records_add(sf_records *b)
{
    if (b->n == b->cap) {
        size_t cap = b->cap == 0 ? 256 : b->cap * 2;
        sf_record *v = realloc(b->v, cap * sizeof *v);
        if (v == NULL) {
            return NULL;
        }
        b->v = v;
        b->cap = cap;
    }
    sf_record *r = &b->v[b->n++];
    *r = (sf_record){.at = {.partition = -1}, .arrived_ms = SF_NO_TIME, .observed_ms = SF_NO_TIME};
    return r;
}

int sf_records_cover(sf_records *b, const sf_coverage *c)
{
    if (b->n_coverage == b->cap_coverage) {
        size_t cap = b->cap_coverage == 0 ? 8 : b->cap_coverage * 2;
        sf_coverage *v = realloc(b->coverage, cap * sizeof *v);
        if (v == NULL) {
            return SF_ENOMEM;
        }
        b->coverage = v;
        b->cap_coverage = cap;
    }
    b->coverage[b->n_coverage++] = *c;
    return SF_OK;
}

int sf_records_take_coverage(sf_records *b, sf_str line)
{
    sf_coverage c;
    if (sf_coverage_read(line, &c) != SF_OK) {
        return 0;
    }
    return sf_records_cover(b, &c) == SF_OK ? 1 : SF_ENOMEM;
}

void sf_records_cut(sf_records *b)
{
    size_t n = 0;
    while (n < b->n && (b->v[n].signal != NULL || b->v[n].state == SF_RECORD_REJECTED)) {
        n++;
    }
    b->n = n;
}

int sf_record_reject(sf_record *r, sf_batch *memory, const sf_error *err)
{
    sf_error *copy = sf_batch_alloc(memory, sizeof *copy);
    if (copy == NULL) {
        return SF_ENOMEM;
    }
    *copy = *err;
    r->error = copy;
    r->signal = NULL;
    r->state = SF_RECORD_REJECTED;
    return SF_OK;
}

int sf_record_read(sf_record *r, sf_batch *memory, sf_error *err)
{
    if (r->signal != NULL || r->state == SF_RECORD_REJECTED) {
        return SF_OK;
    }
    sf_error why = {0};
    int64_t i = sf_batch_add_json(memory, r->raw, &why);
    if (i >= 0) {
        r->signal = sf_batch_at(memory, (size_t)i);
        return SF_OK;
    }
    if (i == SF_ENOMEM) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    if (i == SF_EVERSION) {
        return sf_fail(err, SF_EVERSION, "%s:%lld: %s", r->at.origin != NULL ? r->at.origin : "record",
                       (long long)(r->at.line > 0 ? r->at.line : r->at.offset), why.message);
    }
    return sf_record_reject(r, memory, &why);
}

/* How long the JSON will be, unless much has to be escaped or there are many results. */
static size_t expected_length(const sf_signal *s)
{
    return 1024 + s->title.len + s->body.len + s->author.len + s->url.len + s->source_id.len + s->parent_id.len +
           s->channel.len + s->lang.len + (s->title.len + s->body.len) / 8 + s->n_entities * 96 +
           (s->n_topics + s->n_keywords + s->n_labels) * 24;
}

int sf_record_json(sf_record *r, sf_batch *memory, sf_str *out)
{
    static const char member[] = ",\"explain\":";
    if (r->json.len == 0) {
        if (r->signal == NULL) {
            return SF_EINVAL;
        }
        size_t extra = r->explain.len > 0 ? sizeof member + r->explain.len : 1;
        size_t cap = expected_length(r->signal);
        char *text = sf_batch_alloc(memory, cap + extra);
        int64_t n = text != NULL ? sf_signal_json(r->signal, text, cap) : SF_ENOMEM;
        if (n >= (int64_t)cap) {
            cap = (size_t)n + 1;
            text = sf_batch_alloc(memory, cap + extra);
            n = text != NULL ? sf_signal_json(r->signal, text, cap) : SF_ENOMEM;
        }
        if (n < 0) {
            return (int)n;
        }
        size_t len = (size_t)n;
        if (r->explain.len > 0) {
            char *end = text + len - 1; /* the closing brace */
            memcpy(end, member, sizeof member - 1);
            memcpy(end + sizeof member - 1, r->explain.ptr, r->explain.len);
            len += sizeof member - 1 + r->explain.len;
            memcpy(text + len - 1, "}", 2);
        }
        r->json = (sf_str){text, len};
    }
    *out = r->json;
    return SF_OK;
}
