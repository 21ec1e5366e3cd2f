/* SPDX-License-Identifier: MIT */
/* Filters that clients have: those that are the same are one, and each message is judged by each once, when it comes; filters that come later judge what
 * the ring still holds. */
#include <stdlib.h>
#include <string.h>

#include "hub_internal.h"

int hub_wants(const hub *h, const filter *f, uint64_t number)
{
    uint64_t bit = number % h->o.ring_messages;
    return (int)(f->passed[bit / 64] >> (bit % 64) & 1);
}

static void judge(const hub *h, filter *f, uint64_t number, const sf_signal *s)
{
    uint64_t bit = number % h->o.ring_messages, mask = UINT64_C(1) << (bit % 64);
    const ring_message *m = ring_at(h->ring, number);
    int passes = !m->keyed ? m->for_all : s != NULL && filter_passes(f, s);
    f->passed[bit / 64] = (f->passed[bit / 64] & ~mask) | (passes ? mask : 0);
}

/* The signal of a message in the ring; NULL: it is none. */
static const sf_signal *read_signal(hub *h, uint64_t number)
{
    const ring_message *m = ring_at(h->ring, number);
    sf_batch_reset(h->signals);
    int64_t i =
        m->keyed ? sf_batch_add_json(h->signals, (sf_str){(char *)m->frame + m->head, m->len - m->head}, NULL) : -1;
    return i >= 0 ? sf_batch_at(h->signals, (size_t)i) : NULL;
}

static filter *share(const hub *h, filter *f)
{
    for (size_t i = 0; i < h->n_filters; i++) {
        if (strcmp(h->filters[i]->text, f->text) == 0) {
            h->filters[i]->refs++;
            filter_free(f);
            return h->filters[i];
        }
    }
    return NULL;
}

static int keep(hub *h, filter *f)
{
    if (h->n_filters == h->cap_filters) {
        size_t cap = h->cap_filters > 0 ? h->cap_filters * 2 : 16;
        filter **filters = realloc((void *)h->filters, cap * sizeof *filters);
        if (filters == NULL) {
            return SF_ENOMEM;
        }
        h->filters = filters;
        h->cap_filters = cap;
    }
    f->passed = calloc(h->o.ring_messages / 64 + 1, sizeof *f->passed);
    if (f->passed == NULL) {
        return SF_ENOMEM;
    }
    for (uint64_t n = ring_first(h->ring); n < ring_next(h->ring); n++) {
        judge(h, f, n, read_signal(h, n));
    }
    h->filters[h->n_filters++] = f;
    return SF_OK;
}

void hub_let_go(hub *h, filter *f)
{
    if (f == NULL || --f->refs > 0) {
        return;
    }
    for (size_t i = 0; i < h->n_filters; i++) {
        if (h->filters[i] == f) {
            h->filters[i] = h->filters[--h->n_filters];
            break;
        }
    }
    filter_free(f);
}

int hub_subscribe(client *c, filter *f)
{
    hub *h = c->hub;
    filter *shared = f != NULL ? share(h, f) : NULL;
    if (f != NULL && shared == NULL) {
        if (keep(h, f) != SF_OK) {
            filter_free(f);
            return SF_ENOMEM;
        }
        shared = f;
    }
    hub_let_go(h, c->filter);
    c->filter = shared;
    return SF_OK;
}

void hub_judge(hub *h, uint64_t number)
{
    const sf_signal *s = h->n_filters > 0 ? read_signal(h, number) : NULL;
    for (size_t i = 0; i < h->n_filters; i++) {
        judge(h, h->filters[i], number, s);
    }
}
